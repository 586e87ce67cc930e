//! The ten rewards that LaRe's own pre-verification lets through: each is rejected or flagged here, with a code of its own; where
//! WebAssembly makes one impossible, it is the import or the type that is refused.

use meed_tests::{hostile, say};

use crate::hostile::flagged;

/// The reward, its source in `plugins/hostile`, and the code that is its own.
const TEN: [(&str, &str, &str); 10] = [
    ("a constant", "constant", "V060"),
    ("NaN", "nan", "V011"),
    ("Inf", "infinite", "V012"),
    ("a random-number reward", "random", "V020"),
    ("the batch mean leaked into every row", "batch_leak", "V030"),
    ("an output hard-coded to B=2", "fixed_batch", "V032"),
    ("zero factors", "zero_factors", "V013"),
    ("a string dtype (the type is refused)", "string_scores", "V002"),
    ("a directory listing (the import is refused)", "directory_listing", "V001"),
    ("an empty list of functions (nothing to call)", "no_functions", "V007"),
];

#[test]
fn each_of_the_ten_is_rejected_with_its_own_code() {
    let mut wrong = Vec::new();
    say(&format!("{:<46} {:<6} {}", "LaRe's check passes", "code", "all that is flagged"));
    for (what, source, code) in TEN {
        let flagged = flagged(&hostile(source).unwrap());
        say(&format!("{what:<46} {code:<6} {}", flagged.join(" ")));
        if !flagged.iter().any(|found| found == code) {
            wrong.push(format!("{what}: {code} is not among {flagged:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    let codes: std::collections::HashSet<&str> = TEN.iter().map(|(_, _, code)| *code).collect();
    assert_eq!(codes.len(), TEN.len());
}
