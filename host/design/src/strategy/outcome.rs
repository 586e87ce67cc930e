//! What becomes of attempts, and what a design comes to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::quote::excerpt;

/// What a verification says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Something is wrong.
    Fail,
    /// The data do not suffice to tell.
    Inconclusive,
    /// Nothing is wrong.
    Pass,
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
            Verdict::Pass => "pass",
        })
    }
}

/// One thing that a verification found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The rule's code, such as `V012`.
    pub code: String,
    /// `error` or `warning`.
    pub severity: String,
    /// What is wrong. It may hold words of the plugin's own.
    pub message: String,
    /// What was seen where: factors, numbers, rows, inputs; may be empty.
    pub evidence: String,
    /// What to do about it; may be empty.
    pub hint: String,
}

/// How far an attempt came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// The answer holds no candidate.
    NoCode {
        /// Why, for scripts.
        code: String,
        /// Why.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// The critic sent it back before it was built.
    Rejected {
        /// What the critic says.
        message: String,
    },
    /// The source was refused, or did not compile.
    NotBuilt {
        /// Why, for scripts.
        code: String,
        /// Why.
        message: String,
        /// What to do about it.
        hint: Option<String>,
    },
    /// The component was verified.
    Judged {
        /// The verdict.
        verdict: Verdict,
        /// What was found, the worst first.
        findings: Vec<Evidence>,
    },
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Its name: `c2-1` is the second candidate's in round 1. Candidate 0 is the summary of all others.
    pub id: String,
    /// The attempts that it was made from, in the order in which the prompt shows them.
    pub parents: Vec<String>,
    /// SHA-256 of the prompt in hexadecimal.
    pub prompt: String,
    /// SHA-256 of the source in hexadecimal, where there is one.
    pub source: Option<String>,
    /// SHA-256 of the component in hexadecimal, where there is one.
    pub component: Option<String>,
    /// Tokens of the prompt and the answer.
    pub tokens: u64,
    /// How far it came.
    #[serde(flatten)]
    pub fate: Fate,
}

impl Outcome {
    /// Says in one line how far the attempt came.
    pub fn line(&self) -> String {
        let text = match &self.fate {
            Fate::NoCode { code, message, .. } => format!("no candidate ({code}): {message}"),
            Fate::Rejected { message } => format!("sent back by the critic: {message}"),
            Fate::NotBuilt { code, message, .. } => {
                let told = message.lines().find(|line| line.trim_start().starts_with("error")).unwrap_or(message);
                format!("not built ({code}): {}", told.lines().next().unwrap_or_default())
            }
            Fate::Judged { verdict, findings } => {
                let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
                format!("{verdict}{}{}", if codes.is_empty() { "" } else { ": " }, codes.join(", "))
            }
        };
        excerpt(&text, 160)
    }

    /// The verdict on the shown part; `None` where it did not come so far.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.fate {
            Fate::Judged { verdict, .. } => Some(verdict),
            _ => None,
        }
    }

    /// Counts what was found; larger than any count where it was not verified.
    pub(crate) fn findings(&self) -> usize {
        match &self.fate {
            Fate::Judged { findings, .. } => findings.len(),
            _ => usize::MAX,
        }
    }

    /// Tells how far it came, for comparison: the further the larger.
    pub(crate) fn progress(&self) -> u8 {
        match &self.fate {
            Fate::NoCode { .. } => 0,
            Fate::Rejected { .. } => 1,
            Fate::NotBuilt { .. } => 2,
            Fate::Judged { verdict: Verdict::Fail, .. } => 3,
            Fate::Judged { verdict: Verdict::Inconclusive, .. } => 4,
            Fate::Judged { verdict: Verdict::Pass, .. } => 5,
        }
    }
}

/// Why a design ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// A candidate passed everything.
    Found,
    /// All rounds were played.
    Rounds,
    /// The next request could have cost more tokens than are left.
    Tokens,
    /// The next request could have cost more money than is left.
    Money,
}

/// What a design came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// 1. Fields may be added under one number; none changes or goes.
    pub schema_version: u32,
    /// The chosen attempt's name.
    pub winner: Option<String>,
    /// Its verdict, over both parts of the data: `None` without a winner.
    pub verdict: Option<Verdict>,
    /// Why the design ended.
    pub ended: Ended,
    /// Tokens of all prompts and answers.
    pub tokens: u64,
    /// What they cost, in the currency of the task's prices; `None` where it names none.
    pub cost: Option<f64>,
    /// All attempts, in the order in which they were made.
    pub attempts: Vec<Outcome>,
    /// True returns that agents reached which were trained with a candidate, by its name.
    pub trained: BTreeMap<String, f64>,
}

/// Makes an outcome of a fate, for tests.
#[cfg(test)]
pub(crate) fn outcome(id: &str, fate: Fate) -> Outcome {
    Outcome {
        id: id.into(),
        parents: Vec::new(),
        prompt: String::new(),
        source: None,
        component: None,
        tokens: 0,
        fate,
    }
}
