//! The three answers of a check, and how much each check counts.

use serde::Serialize;

/// What a rule, or the whole verification, found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything that was looked for was looked at, and is as it should be.
    Pass,
    /// Something is wrong.
    Fail,
    /// It could not be told: data are missing or one-sided, or an earlier failure stood in the way.
    Inconclusive,
}

impl Verdict {
    /// Names the verdict as reports do.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::Fail => "fail",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// How much a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Decides the whole verdict.
    Error,
    /// Raises a flag for a person to look at; what it finds may be meant so, and never decides the whole verdict.
    Warning,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Whether the file is a plugin that may be loaded at all.
    Load,
    /// Whether the reward keeps the interface's promises.
    Contract,
    /// Whether its numbers can teach anything.
    Signal,
}

impl Category {
    /// Names the category as reports do.
    pub fn name(self) -> &'static str {
        match self {
            Category::Load => "load",
            Category::Contract => "contract",
            Category::Signal => "signal",
        }
    }
}

/// What a rule needs to be told apart from a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// The plugin file.
    File,
    /// The reward's own description.
    Description,
    /// Recorded rows, without labels.
    Rows,
    /// The reward in the train profile, beside the verify profile.
    TrainProfile,
    /// A source that counts fuel and memory: a WebAssembly plugin.
    Costs,
}
