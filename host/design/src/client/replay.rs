//! Answers from a file: JSON lines, one a request.
//!
//! ```json
//! {"note": "written to show how models err", "model": "written by hand"}
//! {"id": "c1-0", "text": "```rust\n…\n```"}
//! {"id": "c1-1", "text": "…", "prompt": "SHA-256 of the prompt", "prompt_tokens": 900, "answer_tokens": 310}
//! ```
//!
//! A line without an `id` is a note; its `model` names who answered, where it has one. `meed design` writes the transcript of its run in this form, so that every run can be had again
//! without its model. An answer is found by its `id`; where the line names the prompt that it answered and another one is asked,
//! that is logged, since a compiler's version shows in the prompts.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Answer, Model, ModelError, Request};
use crate::quote::excerpt;

/// A line of a transcript.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Recorded {
    /// The request's name.
    pub id: String,
    /// SHA-256 of the prompt in hexadecimal, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
    /// The answer.
    #[serde(flatten)]
    pub answer: Answer,
}

/// A model that says what a file says.
#[derive(Debug)]
pub struct ReplayModel {
    path: PathBuf,
    name: String,
    answers: HashMap<String, Recorded>,
}

impl ReplayModel {
    /// Reads a transcript.
    ///
    /// # Errors
    /// Where the file cannot be read, a line is no answer, or two have one name.
    pub fn open(path: &Path) -> Result<ReplayModel, ModelError> {
        let text =
            std::fs::read_to_string(path).map_err(|source| ModelError::Transcript { path: path.into(), source })?;
        let (mut answers, mut name) = (HashMap::new(), "replay".to_owned());
        for (line, text) in text.lines().enumerate() {
            let wrong = |problem: String| ModelError::Line { path: path.into(), line: line + 1, problem };
            if text.trim().is_empty() {
                continue;
            }
            let value: serde_json::Value = serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
            if value.is_object() && value.get("id").is_none() && value.get("text").is_none() {
                if let Some(model) = value["model"].as_str() {
                    name = excerpt(model, 100);
                }
                continue;
            }
            let recorded: Recorded = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
            let id = recorded.id.clone();
            if answers.insert(id.clone(), recorded).is_some() {
                return Err(wrong(format!("there is an answer {id:?} already")));
            }
        }
        Ok(ReplayModel { path: path.into(), name, answers })
    }
}

impl Model for ReplayModel {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn complete(&mut self, request: &Request) -> Result<Answer, ModelError> {
        let Some(recorded) = self.answers.get(&request.id) else {
            return Err(ModelError::NotRecorded { path: self.path.clone(), id: request.id.clone() });
        };
        if recorded.prompt.as_ref().is_some_and(|prompt| *prompt != request.hash()) {
            tracing::warn!(id = request.id, "the recorded answer is to another prompt");
        }
        Ok(recorded.answer.clone())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn open(text: &str) -> Result<ReplayModel, ModelError> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        ReplayModel::open(file.path())
    }

    fn ask(model: &mut ReplayModel, id: &str) -> Result<Answer, ModelError> {
        let id = id.into();
        model.complete(&Request { id, messages: Vec::new(), max_tokens: 1, temperature: 0.0, seed: 0, schema: None })
    }

    #[test]
    fn answers_are_found_by_name_in_any_order() {
        let text =
            "{\"note\": \"by hand\"}\n\n{\"id\":\"b\",\"text\":\"two\",\"cut\":true}\n{\"id\":\"a\",\"text\":\"one\"}";
        let mut model = open(text).unwrap();
        assert_eq!(model.name(), "replay");
        assert_eq!(open("{\"note\": \"x\", \"model\": \"me\"}").unwrap().name(), "me");
        assert_eq!(ask(&mut model, "a").unwrap().text, "one");
        assert!(ask(&mut model, "b").unwrap().cut);
        assert_eq!(ask(&mut model, "c").unwrap_err().code(), "transcript-not-recorded");
    }

    #[test]
    fn a_damaged_line_is_named() {
        for (text, line) in [
            ("{\"id\":\"a\",\"text\":\"\"}\n{\"id\":", "line 2"),
            ("{\"id\":\"a\"}", "line 1"),
            ("{\"text\":\"a\"}", "line 1"),
            ("[]", "line 1"),
            ("{\"id\":\"a\",\"text\":\"\"}\n{\"id\":\"a\",\"text\":\"\"}", "line 2"),
        ] {
            let error = open(text).unwrap_err();
            assert_eq!(error.code(), "transcript-line", "{text}");
            assert!(error.to_string().contains(line), "{error}");
        }
        assert_eq!(ReplayModel::open(Path::new("/no/such")).unwrap_err().code(), "transcript");
    }
}
