//! How candidates are asked for, judged and chosen. Each strategy is a file of its own; what they share is one attempt: ask, take
//! the code out, build, judge, and write down each of these before the next begins.
//!
//! An attempt whose answer is written down is never asked for again, and one whose outcome is, is not built or judged again. So a
//! strategy that is begun anew in the same folder goes the same way up to where it was stopped, and then on.

mod lare;
#[cfg(test)]
mod tests;

use std::error::Error;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use lare::lare;

use crate::workshop::CandidateError;
use crate::{
    Answer, BuildError, Builder, DesignDir, Message, Model, ModelError, Recorded, Request, Task, extract, prompt,
};

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

/// What a judge says of a component.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was found, the worst first.
    pub findings: Vec<Evidence>,
    /// The whole report, for the record.
    pub report: serde_json::Value,
}

/// Which recorded data a component is judged on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The part whose findings the model is told.
    Shown,
    /// The part that no model is told anything about, so that none can be pleased by it.
    Hidden,
}

/// Something that runs and verifies components. This crate does neither.
pub trait Judge {
    /// Judges the component in a file. `None` where there is no such part of the data.
    ///
    /// # Errors
    /// Where the judge itself fails. What is wrong with the component is a judgement.
    fn judge(&mut self, component: &Path, part: Part) -> Result<Option<Judgement>, Box<dyn Error + Send + Sync>>;
}

/// How far an attempt came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "fate", rename_all = "kebab-case")]
pub enum Fate {
    /// The model's answer could not be taken.
    NoAnswer {
        /// Why, for scripts.
        code: String,
        /// Why.
        message: String,
        /// What to do about it.
        hint: String,
    },
    /// The answer holds no candidate.
    NoCode {
        /// Why, for scripts.
        code: String,
        /// Why.
        message: String,
        /// What to do about it.
        hint: String,
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
    /// Its name: `c2-1` is the second candidate's first repair.
    pub id: String,
    /// The attempt that it repairs.
    pub parent: Option<String>,
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
            Fate::NoAnswer { code, message, .. } | Fate::NoCode { code, message, .. } => {
                format!("no candidate ({code}): {message}")
            }
            Fate::NotBuilt { code, message, .. } => {
                let told = message.lines().find(|line| line.trim_start().starts_with("error")).unwrap_or(message);
                format!("not built ({code}): {}", told.lines().next().unwrap_or_default())
            }
            Fate::Judged { verdict, findings } => {
                let codes: Vec<&str> = findings.iter().map(|finding| finding.code.as_str()).collect();
                format!("{verdict}{}{}", if codes.is_empty() { "" } else { ": " }, codes.join(", "))
            }
        };
        crate::quote::excerpt(&text, 160)
    }

    /// The verdict on the shown part; `None` where it did not come so far.
    pub fn verdict(&self) -> Option<Verdict> {
        match self.fate {
            Fate::Judged { verdict, .. } => Some(verdict),
            _ => None,
        }
    }

    fn warnings(&self) -> usize {
        match &self.fate {
            Fate::Judged { findings, .. } => findings.len(),
            _ => usize::MAX,
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
    /// All attempts, in the order in which they were made.
    pub attempts: Vec<Outcome>,
}

/// Why a design stopped before its end. What was answered is kept, and the design goes on from there when it is resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// The model gives no answers.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// This machine cannot build candidates.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The verification itself failed.
    #[error("candidate {id} could not be verified")]
    Judge {
        /// The attempt.
        id: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// There is a folder already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is no design's.
    #[error("{} is not the folder of a design: {problem}", path.display())]
    NoDesign {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        problem: String,
    },
    /// The folder's task is another one.
    #[error("{} was begun with another task", path.display())]
    OtherTask {
        /// The folder.
        path: PathBuf,
    },
    /// Another process works in the folder.
    #[error("another process works in {}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

impl DesignError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            DesignError::Model(error) => error.code(),
            DesignError::Build(error) => error.code(),
            DesignError::Judge { .. } => "design-judge",
            DesignError::Exists { .. } => "design-exists",
            DesignError::NoDesign { .. } => "design-none",
            DesignError::OtherTask { .. } => "design-other-task",
            DesignError::InUse { .. } => "design-in-use",
        }
    }

    /// Says what to do about it, in one line; nothing where the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            DesignError::Model(error) => Some(error.hint().into()),
            DesignError::Build(error) => error.hint(),
            DesignError::Judge { .. } => None,
            DesignError::Exists { .. } => Some("go on with it by --resume, or name another folder".into()),
            DesignError::NoDesign { .. } => Some("begin one without --resume".into()),
            DesignError::OtherTask { .. } => Some("resume with the task file that it was begun with".into()),
            DesignError::InUse { .. } => Some("wait for it, or end it".into()),
        }
    }
}

/// What a strategy works with.
pub struct Design<'a> {
    /// What is wanted.
    pub task: &'a Task,
    /// Who writes.
    pub model: &'a mut dyn Model,
    /// Who builds.
    pub builder: &'a dyn Builder,
    /// Who verifies.
    pub judge: &'a mut dyn Judge,
    /// Where everything is written down.
    pub dir: &'a mut DesignDir,
    /// Told of each attempt, also of those that an earlier process made.
    pub progress: &'a mut dyn FnMut(&Outcome),
}

impl Design<'_> {
    /// Makes one attempt, or takes what an earlier process made of it; `None` where there are not tokens enough left to ask.
    fn attempt(&mut self, candidate: u32, round: u32, last: Option<&Outcome>) -> Result<Option<Outcome>, DesignError> {
        let id = format!("c{candidate}-{round}");
        if let Some(outcome) = self.dir.outcome(&id)? {
            (self.progress)(&outcome);
            return Ok(Some(outcome));
        }
        let messages = match last {
            None => prompt::first(self.task, candidate),
            Some(last) => prompt::repair(self.task, candidate, last, self.dir.source(&last.id)?.as_deref()),
        };
        let request = self.request(&id, messages, candidate);
        let Some(answer) = self.answer(&request)? else { return Ok(None) };
        let mut outcome = Outcome {
            id,
            parent: last.map(|last| last.id.clone()),
            prompt: request.hash(),
            source: None,
            component: None,
            tokens: answer.as_ref().map_or_else(|_| request.most_tokens(), |answer| answer.spent(&request)),
            fate: Fate::NoAnswer { code: String::new(), message: String::new(), hint: String::new() },
        };
        outcome.fate = match answer {
            Ok(answer) => self.try_out(&answer, &mut outcome)?,
            Err(error) => Fate::NoAnswer {
                code: error.code().into(),
                message: "it is far too long".into(),
                hint: "answer with one block of code, and nothing else".into(),
            },
        };
        self.dir.write_outcome(&outcome)?;
        (self.progress)(&outcome);
        Ok(Some(outcome))
    }

    fn request(&self, id: &str, messages: Vec<Message>, candidate: u32) -> Request {
        Request {
            id: id.into(),
            messages,
            max_tokens: self.task.budget.answer_tokens,
            temperature: 0.8,
            seed: candidate,
        }
    }

    /// Asks, unless it was answered; `None` where there are not tokens enough left.
    fn answer(&mut self, request: &Request) -> Result<Option<Result<Answer, ModelError>>, DesignError> {
        if let Some(recorded) = self.dir.answer(&request.id)? {
            return Ok(Some(Ok(recorded.answer)));
        }
        let most = request.most_tokens().saturating_add(u64::from(request.max_tokens));
        if self.dir.tokens().saturating_add(most) > self.task.budget.tokens {
            return Ok(None);
        }
        self.dir.write_prompt(request)?;
        match self.model.complete(request) {
            Ok(answer) => {
                let recorded = Recorded { id: request.id.clone(), prompt: Some(request.hash()), answer };
                self.dir.write_answer(&recorded, recorded.answer.spent(request))?;
                Ok(Some(Ok(recorded.answer)))
            }
            Err(error) if error.concerns_one_answer() => Ok(Some(Err(error))),
            Err(error) => Err(error.into()),
        }
    }

    /// Takes the code out of an answer, builds it and has it judged.
    fn try_out(&mut self, answer: &Answer, outcome: &mut Outcome) -> Result<Fate, DesignError> {
        let source = match extract(&answer.text, answer.cut) {
            Ok(source) => source,
            Err(error) => {
                let (code, message, hint) = (error.code().into(), error.to_string(), error.hint().into());
                return Ok(Fate::NoCode { code, message, hint });
            }
        };
        self.dir.write_source(&outcome.id, source)?;
        outcome.source = Some(sha256(source.as_bytes()));
        let component = match self.builder.build(source) {
            Ok(component) => component,
            Err(CandidateError::Machine(error)) => return Err(error.into()),
            Err(error) => {
                return Ok(Fate::NotBuilt {
                    code: error.code().into(),
                    message: error.to_string(),
                    hint: error.hint(),
                });
            }
        };
        outcome.component = Some(sha256(&component));
        let path = self.dir.write_component(&outcome.id, &component)?;
        let judgement = self.judged(&outcome.id, &path, Part::Shown)?.ok_or_else(|| DesignError::Judge {
            id: outcome.id.clone(),
            source: "there are no data to verify it on".into(),
        })?;
        Ok(Fate::Judged { verdict: judgement.verdict, findings: judgement.findings })
    }

    fn judged(&mut self, id: &str, component: &Path, part: Part) -> Result<Option<Judgement>, DesignError> {
        let judgement =
            self.judge.judge(component, part).map_err(|source| DesignError::Judge { id: id.into(), source })?;
        if let Some(judgement) = &judgement {
            self.dir.write_report(id, part, &judgement.report)?;
        }
        Ok(judgement)
    }

    /// Judges an attempt on the part of the data that no model hears of; `Pass` where there is no such part.
    fn hidden_verdict(&mut self, id: &str) -> Result<Verdict, DesignError> {
        if let Some(verdict) = self.dir.hidden_verdict(id)? {
            return Ok(verdict);
        }
        let component = self.dir.component(id);
        let verdict = self.judged(id, &component, Part::Hidden)?.map_or(Verdict::Pass, |judgement| judgement.verdict);
        self.dir.write_hidden_verdict(id, verdict)?;
        Ok(verdict)
    }
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Makes an outcome of a fate, for tests.
#[cfg(test)]
pub(crate) fn outcome(id: &str, fate: Fate) -> Outcome {
    Outcome { id: id.into(), parent: None, prompt: String::new(), source: None, component: None, tokens: 0, fate }
}
