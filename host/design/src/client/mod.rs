//! The model that writes rewards, behind one small trait.
//!
//! [`HttpModel`] asks a server that speaks OpenAI's chat completions: hosted ones, vLLM, Ollama, llama.cpp. [`ReplayModel`] reads the
//! answers from a file, so that examples and tests need no model.

mod http;
mod replay;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub(crate) use http::KEY_VARIABLE;
pub use http::{HttpModel, HttpOptions, Key};
pub use replay::{Recorded, ReplayModel};

/// Something that answers a conversation.
pub trait Model {
    /// Names the model for the record: without a key, without a password.
    fn name(&self) -> String;

    /// Answers.
    ///
    /// # Errors
    /// Why there is no answer. Asking again later may give one; nothing is kept of a failed request.
    fn complete(&mut self, request: &Request) -> Result<Answer, ModelError>;
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// The rules of the conversation.
    System,
    /// Meed.
    User,
    /// The model.
    Assistant,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Names the request within its run, such as `c1-0`; a model does not see it.
    pub id: String,
    /// The conversation, its last turn the user's.
    pub messages: Vec<Message>,
    /// Most tokens of the answer.
    pub max_tokens: u32,
    /// How freely the model chooses, from 0.
    pub temperature: f32,
    /// For models whose chance can be had again.
    pub seed: u32,
    /// The JSON schema that the answer is to fit, where it is to be JSON. Servers that know no schemas may ignore it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<serde_json::Value>,
}

impl Request {
    /// Gives SHA-256 over the conversation, in hexadecimal: what was asked, whoever asked and however.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        for message in &self.messages {
            hash.update(format!("{:?} {}\n", message.role, message.content.len()));
            hash.update(&message.content);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Bounds what an answer could cost.
    pub(crate) fn most(&self) -> Spent {
        Spent { prompt_tokens: self.most_tokens(), answer_tokens: u64::from(self.max_tokens) }
    }

    /// Bounds the tokens of the conversation from above, for servers that don't count: no tokenizer in use makes more than one of
    /// two bytes of English and code.
    fn most_tokens(&self) -> u64 {
        self.messages.iter().map(|message| tokens_of(&message.content) + 8).sum()
    }
}

fn tokens_of(text: &str) -> u64 {
    (text.len() as u64).div_ceil(2)
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The text.
    pub text: String,
    /// Whether it stops because it became too long, in the middle of things.
    #[serde(default)]
    pub cut: bool,
    /// Tokens of the prompt; `None` where the server does not say.
    #[serde(default)]
    pub prompt_tokens: Option<u64>,
    /// Tokens of the answer.
    #[serde(default)]
    pub answer_tokens: Option<u64>,
}

impl Answer {
    /// Counts the tokens of a request and of its answer: the server's own count, else a bound from above.
    pub(crate) fn spent(&self, request: &Request) -> Spent {
        Spent {
            prompt_tokens: self.prompt_tokens.unwrap_or_else(|| request.most_tokens()),
            answer_tokens: self.answer_tokens.unwrap_or_else(|| tokens_of(&self.text)),
        }
    }
}

/// What was used up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Spent {
    /// Tokens of prompts.
    pub(crate) prompt_tokens: u64,
    /// Tokens of answers.
    pub(crate) answer_tokens: u64,
}

impl Spent {
    pub(crate) fn tokens(self) -> u64 {
        self.prompt_tokens.saturating_add(self.answer_tokens)
    }

    pub(crate) fn and(self, other: Spent) -> Spent {
        Spent {
            prompt_tokens: self.prompt_tokens.saturating_add(other.prompt_tokens),
            answer_tokens: self.answer_tokens.saturating_add(other.answer_tokens),
        }
    }
}

/// Why a model gave no answer. The message says what happened, [`hint`](ModelError::hint) what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// The address is none.
    #[error("{address:?} is no address of a model: {problem}")]
    Address {
        /// What was given, without a password in it.
        address: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The key has characters that no key has. It is not shown.
    #[error("the key has characters that cannot be sent")]
    Key,
    /// Nobody answers there.
    #[error("no server at {url}: {message}")]
    Unreachable {
        /// Where.
        url: String,
        /// The system's answer.
        message: String,
    },
    /// It did not answer in time.
    #[error("{url} did not answer within {seconds} s, asked {attempts} times")]
    TimedOut {
        /// Where.
        url: String,
        /// The limit in seconds.
        seconds: u64,
        /// Times that it was asked.
        attempts: u32,
    },
    /// The connection broke in the middle of the answer.
    #[error("the answer of {url} broke off: {message}")]
    BrokenOff {
        /// Where.
        url: String,
        /// How.
        message: String,
    },
    /// What came back is no HTTP.
    #[error("what {url} sends is no HTTP: {message}")]
    Garbled {
        /// Where.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// The server is overloaded or limits the rate, and stayed so.
    #[error("{url} answers with status {status}, asked {attempts} times: {said}")]
    Busy {
        /// Where.
        url: String,
        /// 429, or 500 and above.
        status: u16,
        /// Times that it was asked.
        attempts: u32,
        /// What it said, shortened.
        said: String,
    },
    /// The server refuses the request.
    #[error("{url} refuses with status {status}: {said}")]
    Refused {
        /// Where.
        url: String,
        /// The status.
        status: u16,
        /// What it said, shortened.
        said: String,
    },
    /// The answer is longer than any that can be meant.
    #[error("the answer of {url} has more than {limit} bytes")]
    TooLong {
        /// Where.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The answer is no JSON.
    #[error("the answer of {url} is no JSON: {said}")]
    NotJson {
        /// Where.
        url: String,
        /// What it is, shortened.
        said: String,
    },
    /// The answer is JSON, and no chat completion.
    #[error("the answer of {url} is no chat completion: {problem}: {said}")]
    Schema {
        /// Where.
        url: String,
        /// What is missing.
        problem: String,
        /// What it is, shortened.
        said: String,
    },
    /// A transcript cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Transcript {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A transcript's line is no answer.
    #[error("{} line {line}: {problem}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The transcript holds no answer to what is asked.
    #[error("{} holds no answer {id:?}", path.display())]
    NotRecorded {
        /// The file.
        path: PathBuf,
        /// The request's name.
        id: String,
    },
}

impl ModelError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            ModelError::Address { .. } => "model-address",
            ModelError::Key => "model-key",
            ModelError::Unreachable { .. } => "model-unreachable",
            ModelError::TimedOut { .. } => "model-timed-out",
            ModelError::BrokenOff { .. } => "model-broken-off",
            ModelError::Garbled { .. } => "model-garbled",
            ModelError::Busy { .. } => "model-busy",
            ModelError::Refused { .. } => "model-refused",
            ModelError::TooLong { .. } => "model-too-long",
            ModelError::NotJson { .. } => "model-not-json",
            ModelError::Schema { .. } => "model-schema",
            ModelError::Transcript { .. } => "transcript",
            ModelError::Line { .. } => "transcript-line",
            ModelError::NotRecorded { .. } => "transcript-not-recorded",
        }
    }

    /// Says what to do about it, in one line.
    pub fn hint(&self) -> &'static str {
        match self {
            ModelError::Address { .. } => "give http://HOST:PORT/v1, https://HOST/v1 or replay:FILE",
            ModelError::Key => "look for a line end or a quotation mark in the variable MEED_API_KEY",
            ModelError::Unreachable { .. } => "is the server running, and the address right? Then go on with --resume",
            ModelError::TimedOut { .. } | ModelError::Busy { .. } | ModelError::BrokenOff { .. } => {
                "nothing is lost: go on with --resume when the server has time"
            }
            ModelError::Refused { status: 401 | 403, .. } => "set the variable MEED_API_KEY to a key of this server",
            ModelError::Refused { status: 404, .. } => {
                "does the address end in /v1, and does --model-name name a model of this server?"
            }
            ModelError::Refused { .. } => "read what the server said",
            ModelError::Garbled { .. } | ModelError::NotJson { .. } | ModelError::Schema { .. } => {
                "is this the address of a server that speaks OpenAI's chat completions? It usually ends in /v1"
            }
            ModelError::TooLong { .. } => "ask for fewer tokens with budget.answer-tokens",
            ModelError::Transcript { .. } => "name a file of JSON lines: replay:FILE",
            ModelError::Line { .. } => "a line is {\"id\": \"c1-0\", \"text\": \"…\"}",
            ModelError::NotRecorded { .. } => {
                "the run goes another way than the recorded one; a transcript fits one task and one version of Meed"
            }
        }
    }

    /// Makes an answer of a failure that is about this one answer, so that the next request may well be answered: nothing can be
    /// read of it, and it cost all that it might.
    pub(crate) fn as_answer(&self, request: &Request) -> Option<Answer> {
        let answer_tokens = Some(u64::from(request.max_tokens));
        matches!(self, ModelError::TooLong { .. }).then(|| Answer {
            text: String::new(),
            cut: true,
            prompt_tokens: None,
            answer_tokens,
        })
    }
}
