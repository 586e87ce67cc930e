//! The loop with a scripted model, a builder that compiles nothing and a judge that reads the source's mind.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::RefCell;
use std::collections::HashMap;

use super::*;
use crate::{RunInfo, SourceError, show};

/// Answers from a script and remembers what it was asked.
struct Script {
    answers: HashMap<String, Result<Answer, ModelError>>,
    asked: Vec<Request>,
    /// Fails at this request, counted from 0.
    fails_at: usize,
}

impl Script {
    fn new(answers: &[(&str, &str)]) -> Script {
        let answers = answers.iter().map(|(id, text)| ((*id).to_owned(), Ok(spoken(text)))).collect();
        Script { answers, asked: Vec::new(), fails_at: usize::MAX }
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
    built: RefCell<usize>,
}

impl Builder for Copy {
    fn build(&self, source: &str) -> Result<Vec<u8>, CandidateError> {
        *self.built.borrow_mut() += 1;
        match source.contains("broken") {
            true => Err(SourceError { line: 1, what: "broken".into(), why: "it is" }.into()),
            false => Ok(source.as_bytes().to_vec()),
        }
    }
}

/// Finds what the source says is wrong with it.
#[derive(Default)]
struct Mind {
    asked: usize,
}

impl Judge for Mind {
    fn judge(&mut self, component: &Path, part: Part) -> Result<Option<Judgement>, Box<dyn Error + Send + Sync>> {
        self.asked += 1;
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

struct Bench {
    folder: tempfile::TempDir,
    task: Task,
    builder: Copy,
    judge: Mind,
}

impl Bench {
    fn new(task: Task) -> Bench {
        Bench { folder: tempfile::tempdir().unwrap(), task, builder: Copy::default(), judge: Mind::default() }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn run(&mut self, model: &mut Script) -> Result<Summary, DesignError> {
        let mut dir = match self.root().exists() {
            true => DesignDir::resume(&self.root(), &self.task)?,
            false => DesignDir::create(&self.root(), &self.task, &RunInfo::new("lare", "script"))?,
        };
        lare(&mut Design {
            task: &self.task,
            model,
            builder: &self.builder,
            judge: &mut self.judge,
            dir: &mut dir,
            progress: &mut |_| (),
        })
    }
}

fn last_words(request: &Request) -> &str {
    &request.messages.last().unwrap().content
}

#[test]
fn failures_come_back_with_evidence_and_the_repaired_one_wins() {
    let (prose, broken, wrong) = ("I would rather not.", code("broken"), code("wrong one"));
    let (still, good) = (code("wrong two"), code("good"));
    let answers =
        [("c1-0", prose), ("c2-0", &broken), ("c3-0", &wrong), ("c1-1", &broken), ("c2-1", &still), ("c3-1", &good)];
    let mut model = Script::new(&answers.map(|(id, text)| (id, text)));
    let mut bench = Bench::new(task(3, 3));
    let summary = bench.run(&mut model).unwrap();
    assert_eq!(
        (summary.winner.as_deref(), summary.verdict, summary.ended),
        (Some("c3-1"), Some(Verdict::Pass), Ended::Found)
    );
    assert_eq!((summary.tokens, summary.attempts.len()), (6 * 110, 6));
    let asked: HashMap<&str, &Request> = model.asked.iter().map(|request| (request.id.as_str(), request)).collect();
    assert!(last_words(asked["c1-1"]).contains("holds no code block"));
    assert!(last_words(asked["c2-1"]).contains("| line 1: broken is not allowed"));
    let words = last_words(asked["c3-1"]);
    assert!(words.contains("V012 (error)") && words.contains("| row 3") && words.contains("| mend it"), "{words}");
    // Each sees its own draft and nobody else's.
    assert!(asked["c3-1"].messages[2].content.contains("wrong one"));
    assert!(!asked["c3-1"].messages.iter().any(|message| message.content.contains("broken")));
    assert_eq!(std::fs::read_to_string(bench.root().join("winner.rs")).unwrap(), "transition! { good }\n");
    assert_eq!(summary.attempts[5].parent.as_deref(), Some("c3-0"));
}

#[test]
fn of_several_that_pass_the_one_with_the_fewest_warnings_wins() {
    let mut model = Script::new(&[("c1-0", &code("odd")), ("c2-0", &code("a")), ("c3-0", &code("b"))]);
    assert_eq!(Bench::new(task(3, 2)).run(&mut model).unwrap().winner.as_deref(), Some("c2-0"));
}

#[test]
fn pleasing_the_shown_data_alone_is_not_enough() {
    let mut model = Script::new(&[("c1-0", &code("overfit")), ("c1-1", &code("overfit too")), ("c1-2", &code("good"))]);
    let mut bench = Bench::new(task(1, 2));
    let summary = bench.run(&mut model).unwrap();
    assert_eq!(summary.winner.as_deref(), Some("c1-2"));
    let words = last_words(&model.asked[1]);
    assert!(words.contains("fails on others") && !words.contains("V012") && !words.contains("row 3"), "{words}");
    let mut model = Script::new(&[("c1-0", &code("overfit"))]);
    let summary = Bench::new(task(1, 0)).run(&mut model).unwrap();
    assert_eq!((summary.winner, summary.verdict, summary.ended), (None, None, Ended::Rounds));
}

#[test]
fn what_the_data_cannot_refute_is_chosen_for_want_of_better_and_says_so() {
    let mut model = Script::new(&[("c1-0", &code("unclear")), ("c2-0", &code("wrong")), ("c2-1", &code("wrong"))]);
    let summary = Bench::new(task(2, 1)).run(&mut model).unwrap();
    assert_eq!((summary.winner.as_deref(), summary.verdict), (Some("c1-0"), Some(Verdict::Inconclusive)));
}

#[test]
fn the_budget_is_never_exceeded() {
    let mut task = task(64, 3);
    task.budget.tokens = 20_000;
    let answers: Vec<(String, String)> = (1..=64).map(|candidate| (format!("c{candidate}-0"), code("wrong"))).collect();
    let answers: Vec<(&str, &str)> = answers.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let mut model = Script::new(&answers);
    // What each request costs is only known afterwards; that it could cost all that it may is known before.
    for answer in model.answers.values_mut().flatten() {
        answer.answer_tokens = Some(4096);
    }
    let mut bench = Bench::new(task);
    let summary = bench.run(&mut model).unwrap();
    assert_eq!((summary.ended, summary.winner), (Ended::Tokens, None));
    assert!(summary.tokens > 8_000 && summary.tokens <= 20_000, "{}", summary.tokens);
    assert_eq!(summary.attempts.len(), model.asked.len());
}

#[test]
fn one_answer_too_long_costs_one_candidate() {
    let mut model = Script::new(&[("c2-0", &code("good"))]);
    model.answers.insert("c1-0".into(), Err(ModelError::TooLong { url: "http://h".into(), limit: 1 }));
    let summary = Bench::new(task(2, 0)).run(&mut model).unwrap();
    assert_eq!(summary.winner.as_deref(), Some("c2-0"));
    assert!(matches!(&summary.attempts[0].fate, Fate::NoAnswer { code, .. } if code == "model-too-long"));
}

#[test]
fn a_design_that_stopped_anywhere_goes_on_as_if_it_had_not() {
    let script = || {
        let answers = [
            ("c1-0", "nothing".to_owned()),
            ("c2-0", code("broken")),
            ("c3-0", code("wrong")),
            ("c1-1", code("wrong")),
            ("c2-1", code("overfit")),
            ("c3-1", code("wrong")),
            ("c1-2", code("good")),
            ("c2-2", code("odd")),
            ("c3-2", code("wrong")),
        ];
        Script::new(&answers.each_ref().map(|(id, text)| (*id, text.as_str())))
    };
    let mut whole = Bench::new(task(3, 2));
    let mut model = script();
    let expected = whole.run(&mut model).unwrap();
    let asked = model.asked;
    for stop in 0..asked.len() {
        let mut bench = Bench::new(task(3, 2));
        let mut first = script();
        first.fails_at = stop;
        let error = bench.run(&mut first).unwrap_err();
        assert_eq!(error.code(), "model-unreachable");
        assert_eq!(show(&bench.root()).unwrap().result, None);
        let mut second = script();
        assert_eq!(bench.run(&mut second).unwrap(), expected, "stopped at {stop}");
        first.asked.extend(second.asked);
        assert_eq!(first.asked, asked, "stopped at {stop}: every question is put once");
        assert_eq!(
            (*bench.builder.built.borrow(), bench.judge.asked),
            (*whole.builder.built.borrow(), whole.judge.asked)
        );
        let shown = show(&bench.root()).unwrap();
        assert_eq!((shown.attempts, shown.result), (expected.attempts.clone(), Some(expected.clone())));
    }
    // The transcript says the same again.
    let mut replay = crate::ReplayModel::open(&whole.root().join("transcript.jsonl")).unwrap();
    for request in &asked {
        assert!(replay.complete(request).is_ok());
    }
}

#[test]
fn a_file_that_was_lost_is_made_again_without_asking() {
    let mut bench = Bench::new(task(1, 1));
    let expected = bench.run(&mut Script::new(&[("c1-0", &code("wrong")), ("c1-1", &code("good"))])).unwrap();
    let attempt = bench.root().join("attempts/c1-1");
    for lost in ["outcome.json", "component.wasm", "source.rs", "hidden.json"] {
        std::fs::remove_file(attempt.join(lost)).unwrap();
    }
    std::fs::write(attempt.join(".meed-half"), "{").unwrap();
    assert_eq!(bench.run(&mut Script::new(&[])).unwrap(), expected);
}

#[test]
fn a_folder_is_one_designs_alone() {
    let mut bench = Bench::new(task(1, 0));
    bench.run(&mut Script::new(&[("c1-0", &code("good"))])).unwrap();
    let info = RunInfo::new("lare", "script");
    assert_eq!(DesignDir::create(&bench.root(), &bench.task, &info).unwrap_err().code(), "design-exists");
    assert_eq!(DesignDir::resume(&bench.root(), &task(2, 0)).unwrap_err().code(), "design-other-task");
    let held = DesignDir::resume(&bench.root(), &bench.task).unwrap();
    assert_eq!(DesignDir::resume(&bench.root(), &bench.task).unwrap_err().code(), "design-in-use");
    drop(held);
    assert_eq!(DesignDir::resume(bench.folder.path(), &bench.task).unwrap_err().code(), "design-none");
    std::fs::write(bench.root().join("attempts/c1-0/answer.json"), "{\"id\":").unwrap();
    assert_eq!(DesignDir::resume(&bench.root(), &bench.task).unwrap_err().code(), "design-none");
}
