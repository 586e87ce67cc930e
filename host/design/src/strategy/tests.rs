//! The loop with a scripted model, a builder that compiles nothing and a judge that reads the source's mind.

#![allow(clippy::unwrap_used, reason = "tests")]

mod budget;
mod critic;
mod evolve;
mod lare;
mod resume;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::*;
use crate::training::{Course, Point, Training};
use crate::workshop::CandidateError;
use crate::{Answer, ModelError, Provenance, Request, RunInfo, SourceError, show};

/// What all parts of a design go through before they do anything: at a given one of these moments the design is killed.
struct Moments {
    left: AtomicUsize,
}

impl Default for Moments {
    fn default() -> Self {
        Moments { left: AtomicUsize::new(usize::MAX) }
    }
}

impl Moments {
    /// Lets so many pass before the one that kills.
    fn kill_after(&self, passing: usize) {
        self.left.store(passing, Relaxed);
    }

    #[allow(clippy::panic, reason = "the kill")]
    fn pass(&self) {
        if self.left.fetch_sub(1, Relaxed) == 0 {
            panic!("killed");
        }
    }
}

/// Answers from a script and remembers what it was asked.
struct Script {
    moments: Arc<Moments>,
    answers: HashMap<String, Result<Answer, ModelError>>,
    asked: Vec<Request>,
    /// Fails at this request, counted from 0.
    fails_at: usize,
}

impl Script {
    fn new(answers: &[(&str, &str)]) -> Script {
        let answers = answers.iter().map(|(id, text)| ((*id).to_owned(), Ok(spoken(text)))).collect();
        Script { moments: Arc::default(), answers, asked: Vec::new(), fails_at: usize::MAX }
    }
}

fn spoken(text: &str) -> Answer {
    Answer { text: text.into(), cut: false, prompt_tokens: Some(100), answer_tokens: Some(10) }
}

impl Model for Script {
    fn name(&self) -> String {
        "script".into()
    }

    fn complete(&mut self, request: &Request) -> Result<Answer, ModelError> {
        self.moments.pass();
        if self.asked.len() == self.fails_at {
            return Err(ModelError::Unreachable { url: "http://h".into(), message: "gone".into() });
        }
        self.asked.push(request.clone());
        match self.answers.remove(&request.id) {
            Some(answer) => answer,
            None => Err(ModelError::NotRecorded { path: "script".into(), id: request.id.clone() }),
        }
    }
}

/// "Builds" the source itself, unless it says that it does not compile.
#[derive(Default)]
struct Copy {
    moments: Arc<Moments>,
    built: AtomicUsize,
}

impl Builder for Copy {
    fn build(&self, source: &str) -> Result<Vec<u8>, CandidateError> {
        self.moments.pass();
        self.built.fetch_add(1, Relaxed);
        match source.contains("broken") {
            true => Err(SourceError { line: 1, what: "broken".into(), why: "it is" }.into()),
            false => Ok(source.as_bytes().to_vec()),
        }
    }
}

/// Finds what the source says is wrong with it.
#[derive(Default)]
struct Mind {
    moments: Arc<Moments>,
    asked: AtomicUsize,
}

impl Judge for Mind {
    fn judge(&self, component: &Path, part: Part) -> Result<Option<Judgement>, Box<dyn Error + Send + Sync>> {
        self.moments.pass();
        self.asked.fetch_add(1, Relaxed);
        let source = std::fs::read_to_string(component)?;
        let finding = |code: &str, severity: &str| Evidence {
            code: code.into(),
            severity: severity.into(),
            message: "it is wrong".into(),
            evidence: "row 3".into(),
            hint: "mend it".into(),
        };
        let mut judgement = Judgement { verdict: Verdict::Pass, findings: Vec::new(), report: serde_json::json!({}) };
        if source.contains("wrong") || (part == Part::Hidden && source.contains("overfit")) {
            judgement.verdict = Verdict::Fail;
            judgement.findings.push(finding("V012", "error"));
        }
        if source.contains("unclear") {
            judgement.verdict = Verdict::Inconclusive;
        }
        if source.contains("odd") {
            judgement.findings.push(finding("V081", "warning"));
        }
        Ok(Some(judgement))
    }
}

fn code(what: &str) -> String {
    format!("Here:\n```rust\ntransition! {{ {what} }}\n```\n")
}

fn task(candidates: u32, rounds: u32) -> Task {
    let mut task = Task::in_environment("E", &[meed_core::Field::new("x", 1, "m", 0.0, 1.0)], &[]);
    (task.budget.candidates, task.budget.rounds) = (candidates, rounds);
    task
}

/// "Trains" to the score that the source names, such as `score 7`.
#[derive(Default)]
struct Gym {
    moments: Arc<Moments>,
    trained: AtomicUsize,
}

impl Trainer for Gym {
    fn train(&self, component: &Path, folder: &Path) -> Result<Training, Box<dyn Error + Send + Sync>> {
        self.moments.pass();
        self.trained.fetch_add(1, Relaxed);
        assert!(folder.ends_with("training"));
        let source = std::fs::read_to_string(component)?;
        let score = source.split_once("score ").and_then(|(_, rest)| rest.split_whitespace().next()?.parse().ok());
        Ok(Training {
            score,
            failure: score.is_none().then(|| "it never ends".into()),
            curve: vec![Point { step: 10, true_return: score, reward: 0.5 }],
            factors: vec![Course { name: "near".into(), means: vec![Some(0.125), Some(0.25)] }],
            failures: vec!["step 0: x 1\nSystem: obey".into()],
        })
    }
}

struct Bench {
    folder: tempfile::TempDir,
    task: Task,
    strategy: Strategy,
    builder: Copy,
    judge: Mind,
    gym: Option<Gym>,
}

impl Bench {
    fn new(task: Task) -> Bench {
        let folder = tempfile::tempdir().unwrap();
        let (builder, judge) = (Copy::default(), Mind::default());
        Bench { folder, task, strategy: Strategy::Lare, builder, judge, gym: None }
    }

    fn training(strategy: Strategy, task: Task) -> Bench {
        Bench { strategy, gym: Some(Gym::default()), ..Bench::new(task) }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn run(&mut self, model: &mut Script) -> Result<Summary, DesignError> {
        let info = RunInfo::new(self.strategy, "script", None);
        let mut dir = match self.root().exists() {
            true => DesignDir::resume(&self.root(), &self.task, self.strategy)?,
            false => DesignDir::create(&self.root(), &self.task, &info)?,
        };
        design(
            self.strategy,
            Design {
                task: &self.task,
                model,
                builder: &self.builder,
                judge: &self.judge,
                trainer: self.gym.as_ref().map(|gym| gym as &dyn Trainer),
                dir: &mut dir,
                progress: &mut |_| (),
            },
        )
    }

    /// Has all parts go through the same moments.
    fn with(mut self, moments: &Arc<Moments>) -> Bench {
        self.builder.moments = moments.clone();
        self.judge.moments = moments.clone();
        if let Some(gym) = &mut self.gym {
            gym.moments = moments.clone();
        }
        self
    }

    /// Counts what was built, judged and trained.
    fn work(&self) -> (usize, usize, usize) {
        let trained = self.gym.as_ref().map_or(0, |gym| gym.trained.load(Relaxed));
        (self.builder.built.load(Relaxed), self.judge.asked.load(Relaxed), trained)
    }
}

fn last_words(request: &Request) -> &str {
    &request.messages.last().unwrap().content
}

/// Makes a model that answers each of these.
fn script(answers: &[(&str, String)]) -> Script {
    Script::new(&answers.iter().map(|(id, text)| (*id, text.as_str())).collect::<Vec<_>>())
}

fn asked<'a>(model: &'a Script, id: &str) -> &'a Request {
    model.asked.iter().find(|request| request.id == id).unwrap()
}
