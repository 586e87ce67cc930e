//! OpenAI-compatible chat completions over HTTP.
//!
//! One request at a time, no streaming. What the server may do wrong is bounded: the time, the size of the answer, the number of
//! attempts. A redirect is not followed, so that a key goes nowhere but where it was meant to. The key comes from the
//! environment, stands in no message, record or log, and is struck out of whatever the server says.

use std::time::Duration;
use std::{fmt, thread};

use serde::Deserialize;
use ureq::http::StatusCode;

use super::{Answer, Model, ModelError, Request};
use crate::quote::excerpt;

/// The variable that the key comes from.
pub(crate) const KEY_VARIABLE: &str = "MEED_API_KEY";

/// Characters shown of what a server said.
const SAID: usize = 300;

/// A server's key. It shows itself to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Takes the key from the variable `MEED_API_KEY`; `None` where it is not set, or empty.
    ///
    /// # Errors
    /// Where it has characters that no key has.
    pub fn from_environment() -> Result<Option<Key>, ModelError> {
        match std::env::var_os(KEY_VARIABLE) {
            Some(key) if !key.is_empty() => Key::new(key.to_str().ok_or(ModelError::Key)?).map(Some),
            _ => Ok(None),
        }
    }

    /// Makes a key of a text.
    ///
    /// # Errors
    /// Where it has characters that no key has.
    pub fn new(key: &str) -> Result<Key, ModelError> {
        let sound = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_graphic());
        if sound { Ok(Key(key.into())) } else { Err(ModelError::Key) }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

/// How a server is asked.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The model's name at the server. Servers of one model take any; `default` unless said.
    pub model: String,
    /// The server's key, where it wants one.
    pub key: Option<Key>,
    /// How long a connection may take to come about; 10 s.
    pub connect: Duration,
    /// How long a request may take as a whole; 5 minutes: small machines write two tokens a second.
    pub answer: Duration,
    /// Times that a request is sent before its failure counts; 5.
    pub attempts: u32,
    /// The wait before the second attempt, doubled before each further one; 1 s.
    pub wait: Duration,
    /// The longest wait, also where the server asks for a longer one; 60 s.
    pub longest_wait: Duration,
    /// Most bytes of an answer; 512 KiB, several times the 65,536 tokens that may be asked for.
    pub bytes: u64,
}

impl Default for HttpOptions {
    fn default() -> Self {
        HttpOptions {
            model: "default".into(),
            key: None,
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(300),
            attempts: 5,
            wait: Duration::from_secs(1),
            longest_wait: Duration::from_secs(60),
            bytes: 512 * 1024,
        }
    }
}

/// A model behind a server.
#[derive(Debug)]
pub struct HttpModel {
    agent: ureq::Agent,
    url: String,
    options: HttpOptions,
}

impl HttpModel {
    /// Points to a server: `address` is what its clients call the base URL, such as `http://127.0.0.1:8080/v1`. Nothing is sent yet.
    ///
    /// # Errors
    /// Where the address is none, or has a password in it, which would stand in records.
    pub fn new(address: &str, options: HttpOptions) -> Result<HttpModel, ModelError> {
        let wrong = |problem| Err(ModelError::Address { address: without_password(address), problem });
        let Some((scheme, rest)) = address.split_once("://") else {
            return wrong("it does not begin with http:// or https://");
        };
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !["http", "https"].contains(&scheme) {
            return wrong("it does not begin with http:// or https://");
        }
        if host.contains('@') {
            return wrong("it holds a user or a password; a key belongs in the variable MEED_API_KEY");
        }
        if host.is_empty() || rest.contains(['?', '#']) || !rest.bytes().all(|byte| byte.is_ascii_graphic()) {
            return wrong("it is no host and path");
        }
        let base = address.trim_end_matches('/');
        let base = base.strip_suffix("/chat/completions").unwrap_or(base);
        let local = ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|name| host.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with(':')));
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_connect(Some(options.connect))
            .timeout_global(Some(options.answer))
            .user_agent(concat!("meed/", env!("CARGO_PKG_VERSION")));
        if local {
            config = config.proxy(None);
        }
        Ok(HttpModel { agent: config.build().new_agent(), url: format!("{base}/chat/completions"), options })
    }

    /// Asks once.
    fn ask(&self, body: &str, attempts: u32) -> Result<Answer, Failed> {
        let mut call = self.agent.post(&self.url).header("content-type", "application/json");
        if let Some(key) = &self.options.key {
            call = call.header("authorization", format!("Bearer {}", key.0));
        }
        let mut response = call.send(body).map_err(|error| self.failed(error, attempts))?;
        let status = response.status();
        let wait = response.headers().get("retry-after").and_then(|value| value.to_str().ok()?.trim().parse().ok());
        let read = response.body_mut().with_config().limit(self.options.bytes).read_to_vec();
        if !status.is_success() {
            // What a failing server says is worth reading, and no reason to fail differently.
            let said = self.said(&String::from_utf8_lossy(&read.unwrap_or_default()));
            return Err(self.unsuccessful(status, said, attempts, wait.map(Duration::from_secs)));
        }
        let bytes = read.map_err(|error| self.failed(error, attempts))?;
        self.answer(&bytes).map_err(Failed::for_good)
    }

    fn unsuccessful(&self, status: StatusCode, said: String, attempts: u32, wait: Option<Duration>) -> Failed {
        let (url, code) = (self.url.clone(), status.as_u16());
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::REQUEST_TIMEOUT
        {
            Failed { error: ModelError::Busy { url, status: code, attempts, said }, again: true, wait }
        } else {
            Failed::for_good(ModelError::Refused { url, status: code, said })
        }
    }

    /// Tells a transport's failures apart.
    fn failed(&self, error: ureq::Error, attempts: u32) -> Failed {
        let (url, message) = (self.url.clone(), self.said(&error.to_string()));
        match error {
            ureq::Error::BodyExceedsLimit(limit) => Failed::for_good(ModelError::TooLong { url, limit }),
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) | ureq::Error::HostNotFound => {
                Failed::again(ModelError::Unreachable { url, message })
            }
            ureq::Error::Timeout(_) => {
                Failed::again(ModelError::TimedOut { url, seconds: self.options.answer.as_secs(), attempts })
            }
            ureq::Error::ConnectionFailed => Failed::again(ModelError::Unreachable { url, message }),
            ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                Failed::again(ModelError::Unreachable { url, message })
            }
            ureq::Error::Io(_) => Failed::again(ModelError::BrokenOff { url, message }),
            ureq::Error::Tls(_) | ureq::Error::Rustls(_) => Failed::for_good(ModelError::Unreachable { url, message }),
            _ => Failed::for_good(ModelError::Garbled { url, message }),
        }
    }

    fn answer(&self, bytes: &[u8]) -> Result<Answer, ModelError> {
        let text = String::from_utf8_lossy(bytes);
        let url = || self.url.clone();
        let value: serde_json::Value =
            serde_json::from_slice(bytes).map_err(|_| ModelError::NotJson { url: url(), said: self.said(&text) })?;
        let schema = |problem: String| ModelError::Schema { url: url(), problem, said: self.said(&text) };
        let completion: Completion =
            serde_json::from_value(value).map_err(|error| schema(self.said(&error.to_string())))?;
        let choice = completion.choices.into_iter().next().ok_or_else(|| schema("it has no choice".into()))?;
        let content = choice.message.content.ok_or_else(|| schema("it has no text".into()))?;
        let usage = completion.usage.unwrap_or_default();
        Ok(Answer {
            text: self.without_key(&content),
            cut: choice.finish_reason.as_deref() == Some("length"),
            prompt_tokens: usage.prompt_tokens,
            answer_tokens: usage.completion_tokens,
        })
    }

    /// Shortens what a server said, and strikes the key out.
    fn said(&self, text: &str) -> String {
        excerpt(&self.without_key(text), SAID)
    }

    fn without_key(&self, text: &str) -> String {
        match &self.options.key {
            Some(key) => text.replace(&key.0, "[key]"),
            None => text.into(),
        }
    }
}

impl Model for HttpModel {
    fn name(&self) -> String {
        self.options.model.clone()
    }

    fn complete(&mut self, request: &Request) -> Result<Answer, ModelError> {
        let mut body = serde_json::json!({
            "model": self.options.model,
            "messages": request.messages,
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            "stream": false,
        });
        if let Some(schema) = &request.schema {
            let schema = serde_json::json!({ "name": "answer", "strict": true, "schema": schema });
            body["response_format"] = serde_json::json!({ "type": "json_schema", "json_schema": schema });
        }
        let body = body.to_string();
        let mut wait = self.options.wait;
        let mut attempt = 1;
        loop {
            match self.ask(&body, attempt) {
                Ok(answer) => return Ok(answer),
                Err(failed) if failed.again && attempt < self.options.attempts => {
                    let pause = failed.wait.unwrap_or(wait).min(self.options.longest_wait);
                    tracing::info!(id = request.id, attempt, ?pause, "{}", failed.error);
                    thread::sleep(pause);
                    wait = wait.saturating_mul(2);
                    attempt += 1;
                }
                Err(failed) => return Err(failed.error),
            }
        }
    }
}

/// A request that failed.
struct Failed {
    error: ModelError,
    /// Whether asking again may help.
    again: bool,
    /// How long the server asks to be left alone.
    wait: Option<Duration>,
}

impl Failed {
    fn for_good(error: ModelError) -> Self {
        Failed { error, again: false, wait: None }
    }

    fn again(error: ModelError) -> Self {
        Failed { error, again: true, wait: None }
    }
}

/// Strikes out what stands before an address's last `@`.
fn without_password(address: &str) -> String {
    match (address.split_once("://"), address.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, rest))) => format!("{scheme}://…@{rest}"),
        _ => address.into(),
    }
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Choice {
    message: Reply,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Reply {
    content: Option<String>,
}

#[derive(Default, Deserialize)]
struct Usage {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
}

#[cfg(test)]
mod tests;
