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

impl Severity {
    /// Names the severity as reports do.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Category {
    /// Whether the file is a plugin that may be loaded at all.
    Load,
    /// Whether the reward keeps the interface's promises.
    Contract,
    /// Whether its numbers can teach anything.
    Signal,
    /// Whether it puts better episodes above worse ones.
    Ordering,
    /// How far it is from a reward that is known to be right.
    Reference,
    /// Whether it pays for something that was not meant.
    Hacking,
}

impl Category {
    /// All of them, in the order of the reference.
    pub const ALL: [Category; 6] = [
        Category::Load,
        Category::Contract,
        Category::Signal,
        Category::Ordering,
        Category::Reference,
        Category::Hacking,
    ];

    /// Names the category as reports do.
    pub fn name(self) -> &'static str {
        match self {
            Category::Load => "load",
            Category::Contract => "contract",
            Category::Signal => "signal",
            Category::Ordering => "ordering",
            Category::Reference => "reference",
            Category::Hacking => "hacking",
        }
    }

    /// Says in a few words what the category asks.
    pub fn title(self) -> &'static str {
        match self {
            Category::Load => "Load: can it be loaded?",
            Category::Contract => "Contract: does it keep its promises?",
            Category::Signal => "Signal: can its numbers teach anything?",
            Category::Ordering => "Ordering: does it put better episodes above worse ones?",
            Category::Reference => "Reference: how far is it from a reward known to be right?",
            Category::Hacking => "Hacking: does it pay for what was not meant?",
        }
    }
}

/// What a rule needs to be told apart from a guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
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
    /// Whole episodes with the environment's own rewards.
    Returns,
    /// Episodes of which some succeeded and others failed.
    Successes,
    /// Recordings of a random and of a better policy, a file each.
    Policies,
    /// A reward that is known to be right.
    Reference,
    /// A simulator of the task.
    Simulator,
    /// Something that the profile file says about the task.
    Task,
}

impl Need {
    /// Names what is needed, for people.
    pub fn name(self) -> &'static str {
        match self {
            Need::File => "the plugin file",
            Need::Description => "the description",
            Need::Rows => "recorded rows",
            Need::TrainProfile => "the train profile",
            Need::Costs => "a plugin whose fuel and memory are counted",
            Need::Returns => "whole episodes with the environment's rewards",
            Need::Successes => "episodes that succeeded and episodes that failed",
            Need::Policies => "recordings of a random and of a better policy",
            Need::Reference => "a reference reward (`--reference`)",
            Need::Simulator => "a simulator of the task (`--simulator`)",
            Need::Task => "what the profile file says about the task",
        }
    }

    /// Tells whether it is something that a user offers beside plain recordings. A rule that needs such a thing can fail the
    /// whole, and its being inconclusive does not make the whole inconclusive.
    pub fn is_extra(self) -> bool {
        matches!(
            self,
            Need::Returns | Need::Successes | Need::Policies | Need::Reference | Need::Simulator | Need::Task
        )
    }
}
