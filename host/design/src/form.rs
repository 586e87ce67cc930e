//! The form in which a model answers: the whole source, one expression a factor, or what is wanted of each field, from a list.
//!
//! The last two are for models too small to write a file of Rust: the answer is JSON, which a server can be told to keep to, and the
//! source is written here. It then goes the way of any candidate's source: checked, built, verified.

mod c;
mod expressions;
mod python;
mod rust;
mod weights;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::extract::{ExtractError, after_thoughts};
use crate::{Answer, Language, Task};

/// The form of an answer, as a task names it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// A whole source file.
    #[default]
    Code,
    /// JSON with an expression for each factor: the source's frame is ours, the holes are the model's.
    Expressions,
    /// JSON with what is wanted of each of the task's fields, from a list, and how much that counts.
    Weights,
}

/// What an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The draft as its author wrote it, fenced, to be shown to a model again.
    pub(crate) said: String,
    /// The source to be built.
    pub(crate) source: String,
}

impl Form {
    pub(crate) fn of(task: &Task) -> Form {
        task.answer
    }

    /// The rules, with an example.
    pub(crate) fn rules(self, task: &Task) -> &'static str {
        match self {
            Form::Code => match task.language {
                Language::Rust => rust::RULES,
                Language::C => c::RULES,
                Language::Python => python::RULES,
            },
            Form::Expressions => expressions::RULES,
            Form::Weights => weights::RULES,
        }
    }

    /// What there is to compute with.
    pub(crate) fn rows(self, task: &Task) -> String {
        match self {
            Form::Code => match task.language {
                Language::Rust => rust::rows(task),
                Language::C => c::rows(task),
                Language::Python => python::rows(task),
            },
            Form::Expressions => expressions::rows(task),
            Form::Weights => weights::menu(task),
        }
    }

    /// The schema of the answer, where it is JSON.
    pub(crate) fn schema(self, task: &Task) -> Option<Value> {
        match self {
            Form::Code => None,
            Form::Expressions => Some(expressions::schema(task)),
            Form::Weights => Some(weights::schema(task)),
        }
    }

    /// Asks for another draft.
    pub(crate) fn again(self, task: &Task) -> &'static str {
        match self {
            Form::Code => match task.language {
                Language::Rust => "Write the whole file again, changed, in one ```rust block.",
                Language::C => "Write the whole code again, changed, in one ```c block.",
                Language::Python => "Write the whole code again, changed, in one ```python block.",
            },
            Form::Expressions | Form::Weights => "Write the whole JSON object again, changed, and nothing else.",
        }
    }

    /// Takes the draft out of an answer.
    pub(crate) fn draft(self, task: &Task, answer: &Answer) -> Result<Draft, ExtractError> {
        match self {
            Form::Code => match task.language {
                Language::Rust => rust::draft(answer),
                Language::C => c::draft(task, answer),
                Language::Python => python::draft(task, answer),
            },
            Form::Expressions => expressions::draft(task, answer),
            Form::Weights => weights::draft(task, answer),
        }
    }
}

/// Takes the one JSON object out of an answer.
fn object<T: serde::de::DeserializeOwned>(answer: &Answer) -> Result<(T, String), ExtractError> {
    let text = after_thoughts(&answer.text);
    let (Some(start), Some(end)) = (text.find('{'), text.rfind('}')) else {
        return Err(if answer.cut { ExtractError::CutOff } else { ExtractError::NoCode });
    };
    let json = text.get(start..=end).ok_or(ExtractError::NoCode)?;
    let wrong = |error: serde_json::Error| match answer.cut {
        true => ExtractError::CutOff,
        false => ExtractError::Json { problem: crate::quote::excerpt(&error.to_string(), 200) },
    };
    let value = serde_json::from_str(json).map_err(wrong)?;
    Ok((value, format!("```json\n{}\n```", json.trim())))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    /// A task whose second field is two numbers of that name.
    pub(super) fn task(second: &str) -> Task {
        let field = |name: &str, size| meed_core::Field::new(name, size, "m", -2.0, 2.0);
        Task::in_environment("E", &[field("position", 1), field(second, 2)], &[field("force", 1)])
    }

    pub(super) fn answer(text: &str) -> Answer {
        Answer { text: text.into(), cut: false, prompt_tokens: None, answer_tokens: None }
    }

    /// The example at the end of rules, as an answer.
    pub(super) fn example(rules: &str) -> Answer {
        answer(rules.split_once("another task").unwrap().1)
    }

    #[track_caller]
    pub(super) fn assert_holds(text: &str, parts: &[&str]) {
        for part in parts {
            assert!(text.contains(part), "{part}\n{text}");
        }
    }
}
