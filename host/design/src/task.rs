//! The task file: what a reward is wanted for, in words and in fields, and what its design may cost.
//!
//! ```toml
//! name = "pendulum"                     # of the plugin
//! words = "Swing the pendulum up and hold it there, with little force."
//! success = "The tip stays up and hardly moves."
//! success-return = -300.0               # optional: the true return from which on an episode is a success
//! environment = "Pendulum-v1"           # or: trajectories = ["good.parquet", "bad.parquet"]
//!
//! answer = "code"                       # or "expressions", "weights": forms for small models
//! language = "rust"                     # of code; or "c", "python"
//!
//! [budget]                              # each line may be left out
//! candidates = 4                        # drafts of a round
//! rounds = 3                            # further rounds
//! tokens = 200000                       # of prompts and answers together
//! answer-tokens = 4096                  # of one answer
//! money = 2.5                           # of prompts and answers together; needs prices
//! training-steps = 20000                # of each training; 0 where nothing is to be trained
//!
//! [prices]                              # optional: of a million tokens, as the model's provider has them
//! currency = "USD"
//! prompt = 0.5
//! answer = 1.5
//!
//! [[observation]]                       # all columns of a row, in order
//! name = "cos"
//! unit = "1"
//! low = -1.0                            # unbounded where left out
//! high = 1.0
//! meaning = "cosine of the angle from upright"
//!
//! [[action]]
//! name = "torque"
//! unit = "N m"
//! ```

mod budget;
mod field;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Language;
use crate::form::Form;

pub use budget::{Budget, Prices};
pub use field::TaskField;
use field::check_fields;

/// Most bytes of the task's words, and of what it says about success: more is no instruction but a book.
const LONGEST_WORDS: usize = 8 * 1024;

/// What a reward is wanted for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Task {
    /// The plugin's name: lower-case letters, digits and hyphens, at most 64, a letter first.
    pub name: String,
    /// What the agent is to do, for a model to read.
    pub words: String,
    /// What counts as success, likewise; empty where nothing is said.
    #[serde(default)]
    pub success: String,
    /// True return from which on an episode is a success.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub success_return: Option<f64>,
    /// The environment's id. Either this or `trajectories` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Recordings to verify candidates on; relative paths begin at the task file's folder.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trajectories: Vec<PathBuf>,
    /// The form of a model's answers.
    #[serde(default, skip_serializing_if = "is_code")]
    pub answer: Form,
    /// The language of answers that are code.
    #[serde(default, skip_serializing_if = "is_rust")]
    pub language: Language,
    /// What the design may cost.
    #[serde(default)]
    pub budget: Budget,
    /// What tokens cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prices: Option<Prices>,
    /// The fields of an observation row, in order and without gaps.
    pub observation: Vec<TaskField>,
    /// The fields of an action row.
    #[serde(default)]
    pub action: Vec<TaskField>,
}

fn is_rust(language: &Language) -> bool {
    *language == Language::Rust
}

fn is_code(answer: &Form) -> bool {
    *answer == Form::Code
}

/// What is wrong with a task file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TaskError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// It is no TOML, or has keys that a task has not.
    #[error("the task file: {message}")]
    Parse {
        /// What is wrong, with the line.
        message: String,
    },
    /// A value that cannot be meant.
    #[error("the task file: {key}: {problem}")]
    Value {
        /// Which value.
        key: String,
        /// What is wrong with it.
        problem: String,
    },
}

impl TaskError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            TaskError::Read { .. } => "task-read",
            TaskError::Parse { .. } => "task-parse",
            TaskError::Value { .. } => "task-value",
        }
    }

    /// Says what to do about it, in one line.
    pub fn hint(&self) -> &'static str {
        match self {
            TaskError::Read { .. } => "write one with: meed task init --env ENV --out TASK.toml",
            TaskError::Parse { .. } => "compare it with what `meed task init --env ENV` writes",
            TaskError::Value { .. } => "change the value in the file",
        }
    }
}

impl Task {
    /// Begins a task in an environment, given the environment's own fields; the words are the author's to change.
    ///
    /// Characters that no plugin's name has are replaced.
    pub fn in_environment(id: &str, observation: &[meed_core::Field], action: &[meed_core::Field]) -> Task {
        let letters: String =
            id.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
        let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
        let name: String = words.join("-").chars().take(56).collect();
        Task {
            name: format!("{}-reward", name.trim_start_matches(|c: char| !c.is_ascii_lowercase()))
                .trim_start_matches('-')
                .to_owned(),
            words: format!("Say here what an agent in {id} is to do, and what it is to avoid."),
            success: "Say here how one sees that it has done it.".into(),
            success_return: None,
            environment: Some(id.into()),
            trajectories: Vec::new(),
            answer: Form::Code,
            language: Language::Rust,
            budget: Budget::default(),
            prices: None,
            observation: observation.iter().map(TaskField::from).collect(),
            action: action.iter().map(TaskField::from).collect(),
        }
    }

    /// Reads a task file; relative paths in it then begin at the current folder.
    ///
    /// # Errors
    /// Where the file cannot be read, is no task, or holds a value that cannot be meant.
    pub fn read(path: &Path) -> Result<Task, TaskError> {
        let text = std::fs::read_to_string(path).map_err(|source| TaskError::Read { path: path.into(), source })?;
        let mut task = Task::parse(&text)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        for file in &mut task.trajectories {
            *file = folder.join(&file);
        }
        Ok(task)
    }

    /// Reads a task from TOML.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn parse(text: &str) -> Result<Task, TaskError> {
        let task: Task = toml::from_str(text).map_err(|error| TaskError::Parse { message: error.to_string() })?;
        task.check()?;
        Ok(task)
    }

    /// Gives SHA-256 over the task, in hexadecimal: over its JSON, with the recordings by their names alone, so that a task is the same
    /// one wherever it lies.
    pub fn hash(&self) -> String {
        let mut task = self.clone();
        for file in &mut task.trajectories {
            *file = file.file_name().map(PathBuf::from).unwrap_or_default();
        }
        // A task is made of texts and finite numbers, which JSON has no trouble with.
        let json = serde_json::to_vec(&task).unwrap_or_default();
        Sha256::digest(json).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Writes the task as TOML that [`parse`](Self::parse) reads.
    ///
    /// # Errors
    /// Where a value cannot be meant.
    pub fn to_toml(&self) -> Result<String, TaskError> {
        self.check()?;
        let text = toml::to_string_pretty(self).map_err(|error| TaskError::Parse { message: error.to_string() })?;
        Ok(format!("# What a reward is wanted for: `meed design` reads it.\n{text}"))
    }

    fn check(&self) -> Result<(), TaskError> {
        let wrong = |key: &str, problem: &str| Err(TaskError::Value { key: key.into(), problem: problem.into() });
        if crate::scaffold::check_name(&self.name).is_err() {
            return wrong("name", "a plugin's name has lower-case letters, digits and hyphens only, a letter first");
        }
        for (key, text) in [("words", &self.words), ("success", &self.success)] {
            if text.len() > LONGEST_WORDS {
                return wrong(key, "it is longer than 8 KiB");
            }
        }
        if self.words.trim().is_empty() {
            return wrong("words", "it is empty");
        }
        if self.success_return.is_some_and(|value| !value.is_finite()) {
            return wrong("success-return", "it is not finite");
        }
        if self.environment.is_some() != self.trajectories.is_empty() {
            return wrong("environment", "either an environment or trajectories are given, and not both");
        }
        if self.language != Language::Rust && self.answer != Form::Code {
            return wrong("language", "expressions and weights become Rust; only code can be of another language");
        }
        self.budget.check(self.prices.as_ref(), self.environment.is_some())?;
        if self.observation.is_empty() && self.action.is_empty() {
            return wrong("observation", "there is no field");
        }
        check_fields("observation", &self.observation)?;
        check_fields("action", &self.action)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use meed_core::Field;

    use super::*;

    const SMALL: &str =
        "name = \"t\"\nwords = \"w\"\nenvironment = \"E\"\n[[observation]]\nname = \"x\"\nunit = \"m\"\n";

    fn pendulum() -> Task {
        let observation =
            [Field::new("cos", 1, "1", -1.0, 1.0), Field::new("angular-velocity", 2, "rad/s", f32::NEG_INFINITY, 8.0)];
        Task::in_environment("Pendulum-v1", &observation, &[Field::new("move", 1, "index", 0.0, 2.0)])
    }

    #[test]
    fn what_an_environment_says_becomes_a_task_that_reads_back() {
        let task = pendulum();
        let text = task.to_toml().unwrap();
        assert_eq!(Task::parse(&text).unwrap(), task);
        assert_eq!(task.name, "pendulum-v1-reward");
        assert!(text.contains("environment = \"Pendulum-v1\"") && text.contains("[budget]"), "{text}");
        let declared: Vec<_> = task.observation.iter().chain(&task.action).map(TaskField::declaration).collect();
        assert_eq!(
            declared,
            [
                "cos: f32 = \"1\" in -1.0..=1.0",
                "angular_velocity: [f32; 2] = \"rad/s\" in ..=8.0",
                "r#move: f32 = \"index\" in 0.0..=2.0"
            ]
        );
    }

    #[test]
    fn every_environments_id_gives_a_name_that_will_do() {
        for id in ["gym:LunarLander-v3", "mpe2/simple_spread-3", "2048", "x", &"long/".repeat(40)] {
            let task = Task::in_environment(id, &[Field::new("x", 1, "1", 0.0, 1.0)], &[]);
            assert!(task.to_toml().is_ok(), "{id} gave {:?}", task.name);
        }
    }

    #[test]
    fn what_is_left_out_has_a_default() {
        let task = Task::parse(SMALL).unwrap();
        assert_eq!(task.budget, Budget::default());
        assert_eq!((task.observation[0].size, task.observation[0].low), (1, None));
    }

    #[test]
    fn a_value_that_cannot_be_meant_is_named() {
        for (from, to, key) in [
            ("\"t\"", "\"T t\"", "name"),
            ("\"w\"", "\" \"", "words"),
            ("environment = \"E\"", "", "environment"),
            ("environment = \"E\"", "environment = \"E\"\ntrajectories = [\"a.parquet\"]", "environment"),
            ("[[observation]]", "[budget]\ncandidates = 0\n[[observation]]", "budget.candidates"),
            ("[[observation]]", "[budget]\ntokens = 0\n[[observation]]", "budget.tokens"),
            ("[[observation]]", "[budget]\nmoney = 1.0\n[[observation]]", "budget.money"),
            ("[[observation]]", "[prices]\ncurrency = \"X\"\nprompt = -1.0\nanswer = 1.0\n[[observation]]", "prices"),
            (
                "environment = \"E\"",
                "trajectories = [\"a.parquet\"]\n[budget]\ntraining-steps = 10",
                "budget.training-steps",
            ),
            ("\"x\"", "\"x y\"", "observation field \"x y\""),
            ("\"x\"", "\"_x\"", "observation field \"_x\""),
            ("\"m\"", "\"\\\" in ..\"", "observation field \"x\""),
            ("\"m\"", "\"m\"\nlow = 2.0\nhigh = 1.0", "observation field \"x\""),
            ("\"m\"", "\"m\"\nlow = nan", "observation field \"x\""),
            ("\"m\"", "\"m\"\nsize = 0", "observation field \"x\""),
            ("\"m\"", "\"m\"\n[[observation]]\nname = \"x\"\nunit = \"m\"", "observation field \"x\""),
        ] {
            let text = SMALL.replace(from, to);
            match Task::parse(&text) {
                Err(TaskError::Value { key: found, .. }) => assert_eq!(found, key, "{text}"),
                other => unreachable!("{text}\n{other:?}"),
            }
        }
    }

    #[test]
    fn an_unknown_key_is_shown_with_its_line() {
        let error = Task::parse(&SMALL.replace("words", "word")).unwrap_err();
        assert_eq!(error.code(), "task-parse");
        assert!(error.to_string().contains("word"), "{error}");
    }

    #[test]
    fn the_hash_is_of_the_task_and_not_of_its_place() {
        let task = Task::parse(&SMALL.replace("environment = \"E\"", "trajectories = [\"a.parquet\"]")).unwrap();
        let mut elsewhere = task.clone();
        elsewhere.trajectories[0] = "/other/a.parquet".into();
        assert_eq!(task.hash(), elsewhere.hash());
        elsewhere.words.push('!');
        assert_ne!(task.hash(), elsewhere.hash());
    }

    #[test]
    fn trajectories_lie_beside_the_task() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("task.toml");
        std::fs::write(&path, SMALL.replace("environment = \"E\"", "trajectories = [\"a.parquet\"]")).unwrap();
        assert_eq!(Task::read(&path).unwrap().trajectories, [dir.path().join("a.parquet")]);
        assert_eq!(Task::read(&dir.path().join("none.toml")).unwrap_err().code(), "task-read");
    }
}
