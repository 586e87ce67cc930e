//! What a rule is: a few constant facts and a function.

use meed_core::Kind;

use crate::VerifyError;
use crate::bench::Bench;
use crate::finding::{Finding, Number};
use crate::verdict::{Category, Need, Severity, Verdict};

/// A check, with everything that its page in the rule reference says.
///
/// Each rule is the constant `RULE` of one file in `src/rules/`. To add one, write the file and name it in `src/rules.rs`.
#[derive(Debug)]
#[non_exhaustive]
pub struct Rule {
    /// `V` and three digits; check n of the specification owns Vnn0 to Vnn9. A code never changes its meaning.
    pub code: &'static str,
    /// A few words, hyphenated.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// How much it counts.
    pub severity: Severity,
    /// The kinds of reward that it applies to.
    pub kinds: &'static [Kind],
    /// What it needs; where that is missing it is inconclusive.
    pub needs: &'static [Need],
    /// What it does.
    pub what: &'static str,
    /// Why what it finds is bad.
    pub why: &'static str,
    /// A reward that it finds, as an author would write it.
    pub example: &'static str,
    /// Codes of rules whose failure makes this one meaningless.
    pub(crate) after: &'static [&'static str],
    pub(crate) check: fn(&Bench<'_>) -> Result<Outcome, Stop>,
}

/// What a rule came to.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// `None` where the rule does not apply to the reward.
    pub(crate) verdict: Option<Verdict>,
    /// Why it is inconclusive or does not apply.
    pub(crate) reason: String,
    /// What was measured, whatever the verdict.
    pub(crate) measured: Vec<Number>,
    /// What is wrong.
    pub(crate) findings: Vec<Finding>,
    /// The code of an earlier rule whose failure explains what is wrong.
    pub(crate) unless: Option<&'static str>,
}

impl Outcome {
    pub(crate) fn pass() -> Self {
        Outcome { verdict: Some(Verdict::Pass), ..Outcome::default() }
    }

    pub(crate) fn fail(finding: Finding) -> Self {
        Outcome { verdict: Some(Verdict::Fail), findings: vec![finding], ..Outcome::default() }
    }

    /// Fails if there is a finding.
    pub(crate) fn of(findings: Vec<Finding>) -> Self {
        let verdict = if findings.is_empty() { Verdict::Pass } else { Verdict::Fail };
        Outcome { verdict: Some(verdict), findings, ..Outcome::default() }
    }

    pub(crate) fn inconclusive(reason: impl Into<String>) -> Self {
        Outcome { verdict: Some(Verdict::Inconclusive), reason: reason.into(), ..Outcome::default() }
    }

    pub(crate) fn not_applicable(reason: impl Into<String>) -> Self {
        Outcome { reason: reason.into(), ..Outcome::default() }
    }

    pub(crate) fn because(code: &str) -> Self {
        Outcome::inconclusive(format!("because {code}"))
    }

    /// Leaves the verdict to an earlier rule where that has failed.
    pub(crate) fn unless(mut self, code: &'static str) -> Self {
        self.unless = Some(code);
        self
    }

    pub(crate) fn measured(mut self, name: &str, value: f64) -> Self {
        self.measured.push(Number::new(name, value));
        self
    }
}

/// Why a rule could not come to an outcome of its own.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The rule of this code found something that makes this one meaningless.
    Because(&'static str),
    /// Something is missing.
    Inconclusive(String),
    /// The host failed.
    Host(VerifyError),
}

impl<E: Into<VerifyError>> From<E> for Stop {
    fn from(error: E) -> Self {
        Stop::Host(error.into())
    }
}
