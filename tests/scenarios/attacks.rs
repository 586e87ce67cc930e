//! Attacks on the sandbox: each ends as expected, in time, and beside it a good plugin goes on giving the same bits.

use std::collections::BTreeSet;
use std::process::Command;

use meed_tests::attacks::{Target, all};
use meed_tests::{root, say};

#[test]
fn every_attack_is_contained() {
    let target = Target::new();
    let mut wrong = Vec::new();
    for attack in all() {
        let ended = target.run(&attack);
        say(&format!("{:<13} {:<38} {:<36} {:>6}", attack.family, attack.name, ended.outcome, ended.millis));
        if !ended.contained {
            wrong.push(format!("{}: expected {:?}, got {:?}", attack.name, attack.expected, ended.outcome));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_two_attacks_are_the_same() {
    let attacks = all();
    let names: BTreeSet<&str> = attacks.iter().map(|attack| attack.name).collect();
    assert_eq!(names.len(), attacks.len());
    assert!(attacks.len() >= 150, "{} attacks", attacks.len());
}

/// In a process of its own, for other tests start threads and open files. Of the rounds, the first thousands fill what is kept; the
/// last 10,000 must leave nothing behind.
#[test]
fn ten_thousand_rounds_leave_nothing_behind() {
    let test = std::env::current_exe().unwrap();
    let program = test.ancestors().nth(2).unwrap().join("examples/attacks");
    assert!(program.is_file(), "{} is missing: run `cargo build --workspace --examples`", program.display());
    let output = Command::new(program).args(["--json", "--rounds", "100000"]).output().unwrap();
    let growth: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    say(&growth.to_string());
    assert!(growth["attacks"].as_u64() >= Some(100));
    assert_eq!(growth["same_bits"], true);
    assert_eq!(growth["steady"], true, "{growth}");
    assert!(output.status.success(), "{growth}");
}

/// `docs/security.md` names a test or an attack for each claim.
#[test]
fn the_threat_model_names_tests_that_exist() {
    let text = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let attacks: BTreeSet<&str> = all().iter().map(|attack| attack.name).collect();
    let mut named = 0;
    for quoted in text.split('`').skip(1).step_by(2) {
        if let Some(attack) = quoted.strip_prefix("attack:") {
            assert!(attacks.contains(attack), "there is no attack {attack}");
            named += 1;
        } else if let Some((file, test)) = quoted.split_once(".rs::") {
            let file = format!("{file}.rs");
            let source = std::fs::read_to_string(root().join(&file)).unwrap_or_else(|_| panic!("there is no {file}"));
            assert!(source.contains(&format!("fn {test}(")), "there is no {test} in {file}");
            named += 1;
        }
    }
    assert!(named >= 40, "{named} tests and attacks are named");
}
