//! Takes the code out of a model's answer.
//!
//! Models write prose around code, several blocks, blocks of other languages, or no block at all. One answer is one candidate: what is
//! taken is one contiguous piece of it, and where two pieces could be meant, none is taken. Parts are never put together.

use crate::quote::excerpt;

/// Most bytes of a candidate's source.
pub(crate) const LONGEST: usize = 64 * 1024;

/// How a candidate of one language is told from other code.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dialect {
    /// The language's name.
    name: &'static str,
    /// Languages by which a block of it is labelled.
    labels: &'static [&'static str],
    /// What every candidate has, and nothing but a candidate.
    mark: &'static str,
    /// How code without fences begins.
    begins: &'static [&'static str],
    /// Tells a model how to write what is missing.
    hint: &'static str,
}

pub(crate) const RUST: Dialect = Dialect {
    name: "Rust",
    labels: &["rust", "rs"],
    mark: "transition!",
    begins: &["use meed_guest", "meed_guest::transition!", "//", "#![", "#[allow"],
    hint: "begin with `use meed_guest::prelude::*;` and call meed_guest::transition! once",
};

pub(crate) const C: Dialect = Dialect {
    name: "C",
    labels: &["c"],
    mark: "FACTORS",
    begins: &["static", "//", "/*", "#include"],
    hint: "define the table FACTORS and the function reward once each, as the example does",
};

pub(crate) const PYTHON: Dialect = Dialect {
    name: "Python",
    labels: &["python", "py", "python3"],
    mark: "FACTORS",
    begins: &["import math", "from math", "FACTORS", "#", "def "],
    hint: "define the table FACTORS and the function reward once each, as the example does",
};

/// Why an answer holds no candidate. The message is written for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ExtractError {
    /// There is no code.
    #[error("the answer holds no code block")]
    NoCode,
    /// There is code, and none of it is a reward.
    #[error("the code holds no {mark}, so it describes no reward")]
    NoReward {
        /// What every reward has.
        mark: &'static str,
        /// How to write it.
        hint: &'static str,
    },
    /// The code is of another language.
    #[error("the code is {language}, not {wanted}")]
    WrongLanguage {
        /// The block's label, shortened.
        language: String,
        /// The language that is wanted.
        wanted: &'static str,
    },
    /// There are several rewards.
    #[error("the answer holds {count} different rewards, so it is unclear which one is meant")]
    Several {
        /// How many.
        count: usize,
    },
    /// The answer ends in the middle of the code.
    #[error("the answer became too long and ends in the middle of the code")]
    CutOff,
    /// The code is too long.
    #[error("the code has {bytes} bytes, more than 65536")]
    TooLong {
        /// Its size.
        bytes: usize,
    },
    /// The answer should be JSON of a given form, and is not.
    #[error("the answer is not the JSON that is wanted: {problem}")]
    Json {
        /// What is wrong with it.
        problem: String,
    },
}

impl ExtractError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            ExtractError::NoCode => "no-code",
            ExtractError::NoReward { .. } => "no-reward",
            ExtractError::WrongLanguage { .. } => "wrong-language",
            ExtractError::Several { .. } => "several-rewards",
            ExtractError::CutOff => "cut-off",
            ExtractError::TooLong { .. } => "source-too-long",
            ExtractError::Json { .. } => "answer-json",
        }
    }

    /// Tells a model what to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            ExtractError::NoCode => "answer in the form that the example shows",
            ExtractError::NoReward { hint, .. } => hint,
            ExtractError::WrongLanguage { wanted: "C", .. } => {
                "write the reward in C, in one block that begins with ```c"
            }
            ExtractError::WrongLanguage { wanted: "Python", .. } => {
                "write the reward in Python, in one block that begins with ```python"
            }
            ExtractError::WrongLanguage { .. } => "write the reward in Rust, in one block that begins with ```rust",
            ExtractError::Several { .. } => "answer with one block of code, and with the final version only",
            ExtractError::CutOff | ExtractError::TooLong { .. } => "write less: no explanations, few comments",
            ExtractError::Json { .. } => "answer with one JSON object as the example shows it, and nothing else",
        }
    }
}

/// A block between fences.
struct Block<'a> {
    /// The first word behind the opening fence, in lower case.
    label: String,
    text: &'a str,
    closed: bool,
}

/// Takes the one candidate of Rust out of an answer. `cut` says that the answer was ended by its limit.
///
/// # Errors
/// Where there is no candidate, or more than one.
pub fn extract(answer: &str, cut: bool) -> Result<&str, ExtractError> {
    extract_of(&RUST, answer, cut)
}

/// Takes the one candidate of a language out of an answer.
pub(crate) fn extract_of<'a>(dialect: &Dialect, answer: &'a str, cut: bool) -> Result<&'a str, ExtractError> {
    let answer = after_thoughts(answer);
    let blocks = blocks(answer);
    if blocks.is_empty() {
        return bare(dialect, answer, cut);
    }
    let labelled: Vec<&Block<'_>> =
        blocks.iter().filter(|block| dialect.labels.contains(&block.label.as_str())).collect();
    let unlabelled: Vec<&Block<'_>> = blocks.iter().filter(|block| block.label.is_empty()).collect();
    let chosen = if labelled.is_empty() { unlabelled } else { labelled };
    if chosen.is_empty() {
        let language = blocks.first().map(|block| excerpt(&block.label, 20)).unwrap_or_default();
        return Err(ExtractError::WrongLanguage { language, wanted: dialect.name });
    }
    let mut rewards: Vec<&Block<'_>> = Vec::new();
    for block in chosen.iter().filter(|block| block.text.contains(dialect.mark)) {
        // The same block twice is one candidate said twice.
        if !rewards.iter().any(|known| known.text.trim() == block.text.trim()) {
            rewards.push(block);
        }
    }
    match rewards.as_slice() {
        [] if cut => Err(ExtractError::CutOff),
        [] => Err(ExtractError::NoReward { mark: dialect.mark, hint: dialect.hint }),
        [block] if cut && !block.closed => Err(ExtractError::CutOff),
        [block] => bounded(block.text),
        _ => Err(ExtractError::Several { count: rewards.len() }),
    }
}

/// Leaves out what a reasoning model thought aloud before its answer.
pub(crate) fn after_thoughts(answer: &str) -> &str {
    match answer.trim_start().starts_with("<think>") {
        true => answer.split_once("</think>").map_or("", |(_, rest)| rest),
        false => answer,
    }
}

/// Takes an answer without fences as code where it begins as code does.
fn bare<'a>(dialect: &Dialect, answer: &'a str, cut: bool) -> Result<&'a str, ExtractError> {
    let text = answer.trim_start();
    match dialect.begins.iter().any(|start| text.starts_with(start)) && text.contains(dialect.mark) {
        true if cut => Err(ExtractError::CutOff),
        true => bounded(text),
        // What was too long to be read at all says nothing.
        false if cut && text.is_empty() => Err(ExtractError::CutOff),
        false => Err(ExtractError::NoCode),
    }
}

fn bounded(text: &str) -> Result<&str, ExtractError> {
    if text.len() > LONGEST { Err(ExtractError::TooLong { bytes: text.len() }) } else { Ok(text) }
}

/// Lists the blocks between fences of three or more backticks or tildes, as Markdown has them: a block ends with a fence of the
/// same character, at least as long, with nothing behind it, or with the text.
fn blocks(answer: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<(char, usize, String, usize)> = None;
    let mut place = 0;
    for line in answer.split_inclusive('\n') {
        let fence = fence(line);
        match (&open, fence) {
            (None, Some((mark, length, rest))) if !rest.contains('`') => {
                let label = rest.split([' ', ',', '{', '\t']).next().unwrap_or_default().to_lowercase();
                open = Some((mark, length, label, place + line.len()));
            }
            (Some((mark, length, label, start)), Some((other, longer, rest)))
                if *mark == other && longer >= *length && rest.is_empty() =>
            {
                blocks.push(Block { label: label.clone(), text: &answer[*start..place], closed: true });
                open = None;
            }
            _ => {}
        }
        place += line.len();
    }
    if let Some((_, _, label, start)) = open {
        blocks.push(Block { label, text: &answer[start..], closed: false });
    }
    blocks
}

/// Tells a fence: its character, its length, what stands behind it. It may be set in, as within a list.
fn fence(line: &str) -> Option<(char, usize, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|c| ['`', '~'].contains(c))?;
    let rest = line.trim_start_matches(mark);
    let length = line.len() - rest.len();
    (length >= 3).then(|| (mark, length, rest.trim()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    const A: &str = "use meed_guest::prelude::*;\nmeed_guest::transition! { name: \"a\" }\n";
    const B: &str = "use meed_guest::prelude::*;\nmeed_guest::transition! { name: \"b\" }\n";

    fn rust(code: &str) -> String {
        format!("```rust\n{code}```\n")
    }

    #[test]
    fn one_block_is_taken_whatever_stands_around_it() {
        for answer in [
            rust(A),
            format!("Sure! Here it is:\n\n{}\nHope it helps, `x`.", rust(A)),
            format!("```toml\n[package]\n```\n{}```python\nprint()\n```", rust(A)),
            format!("First a sketch:\n{}and now all of it:\n{}", rust("let x = 1;\n"), rust(A)),
            format!("{}Once more:\n{}", rust(A), rust(A)),
            format!("```Rust, no_run\n{A}```"),
            format!("~~~~rs\n{A}~~~~"),
            format!("  ```\n{A}  ```"),
            format!("<think>maybe\n{}no</think>\n{}", rust(B), rust(A)),
            format!("```rust\n{A}"),
            A.to_owned(),
        ] {
            assert_eq!(extract(&answer, false).unwrap().trim(), A.trim(), "{answer}");
        }
    }

    #[test]
    fn a_block_within_a_longer_fence_is_part_of_it() {
        let code = format!("//! ```\n//! x\n//! ```\n{A}");
        assert_eq!(extract(&rust(&code), false).unwrap(), code);
        let outer = format!("````rust\n/*\n```\n*/\n{A}````");
        assert!(extract(&outer, false).unwrap().starts_with("/*\n```\n*/"));
    }

    #[test]
    fn what_is_no_candidate_says_why() {
        for (answer, cut, code) in [
            (String::new(), false, "no-code"),
            (String::new(), true, "cut-off"),
            ("I cannot help with that.".into(), false, "no-code"),
            (format!("Here: {A}"), false, "no-code"),
            ("<think>I wonder".into(), true, "cut-off"),
            (rust("fn reward() {}\n"), false, "no-reward"),
            ("```python\ndef reward(): pass\n```".into(), false, "wrong-language"),
            (format!("{}or\n{}", rust(A), rust(B)), false, "several-rewards"),
            (format!("```rust\n{A}"), true, "cut-off"),
            (A.into(), true, "cut-off"),
            (rust(&format!("{A}//{}\n", "x".repeat(LONGEST))), false, "source-too-long"),
        ] {
            let error = extract(&answer, cut).unwrap_err();
            assert_eq!(error.code(), code, "{answer}");
            assert!(!error.hint().is_empty());
        }
    }

    #[test]
    fn c_is_taken_where_c_is_wanted() {
        let code = "static const Factor FACTORS[] = {};\n";
        for answer in [format!("So:\n```c\n{code}```"), format!("```\n{code}```"), code.to_owned()] {
            assert_eq!(extract_of(&C, &answer, false), Ok(code));
        }
        assert_eq!(extract_of(&C, &rust(A), false).unwrap_err().to_string(), "the code is rust, not C");
        let error = extract_of(&C, "```c\nint main;\n```", false).unwrap_err();
        assert!(error.code() == "no-reward" && error.hint().contains("FACTORS"), "{error}");
    }

    proptest! {
        /// Code comes back byte for byte from prose of any kind.
        #[test]
        fn prose_changes_nothing(
            before in "[^`~<]{0,200}", after in "[^`~]{0,200}",
            code in "[a-z \n{}();]{0,100}", name in "[a-z]{1,10}",
        ) {
            let code = format!("meed_guest::transition! {{ {name} }}\n{code}\n");
            let answer = format!("{before}\n```rust\n{code}```\n{after}");
            prop_assert_eq!(extract(&answer, false), Ok(code.as_str()));
        }

        /// Whatever is taken is one piece of the answer, and no piece holds two candidates' blocks.
        #[test]
        fn candidates_stay_apart(parts in prop::collection::vec(prop::sample::select(vec![
            "```rust\n", "```\n", "~~~\n", "````\n", "transition! { a }\n", "transition! { b }\n", "prose ", "<think>", "</think>", "\n", "```python\n",
        ]), 0..24), cut in any::<bool>()) {
            let answer = parts.concat();
            if let Ok(code) = extract(&answer, cut) {
                prop_assert!(answer.contains(code) && code.contains(RUST.mark));
            }
        }

        #[test]
        fn two_candidates_are_never_mixed(a in "[a-z]{1,20}", b in "[A-Z]{1,20}", between in "[^`~]{0,100}") {
            let block = |name: &str| format!("```rust\ntransition! {{ {name} }}\n```\n");
            let answer = format!("{}{between}\n{}", block(&a), block(&b));
            prop_assert_eq!(extract(&answer, false), Err(ExtractError::Several { count: 2 }));
        }

        #[test]
        fn any_text_is_survived(answer in "(?s).{0,400}", cut in any::<bool>()) {
            let _ = extract(&answer, cut);
        }
    }
}
