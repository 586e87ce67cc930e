//! Designs that are killed, at several moments of each strategy, and go on.
//!
//! The model's answers are recorded ones, and what was answered before the kill is taken out of the recording: a question that was put
//! again would find no answer.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use meed_tests::{meed, root};
use serde_json::{Value, json};

/// A design by recorded answers.
struct Design {
    task: PathBuf,
    strategy: &'static str,
    answers: Vec<Value>,
    folder: tempfile::TempDir,
}

impl Design {
    fn of(task: &str, strategy: &'static str, answers: Vec<Value>) -> Design {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("task.toml");
        std::fs::write(&file, task).unwrap();
        Design { task: file, strategy, answers, folder }
    }

    fn command(&self, answers: &Path, out: &Path) -> Command {
        let mut command = meed(&["design"]);
        command.arg(&self.task).args(["--strategy", self.strategy, "--json", "--model"]);
        command.arg(format!("replay:{}", answers.display())).arg("--out").arg(out);
        command
    }

    /// Writes the answers that a design has not got yet.
    fn left(&self, out: &Path) -> PathBuf {
        let answered =
            |answer: &Value| out.join("attempts").join(answer["id"].as_str().unwrap()).join("answer.json").is_file();
        let lines: String =
            self.answers.iter().filter(|answer| !answered(answer)).map(|answer| format!("{answer}\n")).collect();
        let file = self.folder.path().join("answers.jsonl");
        std::fs::write(&file, lines).unwrap();
        file
    }

    /// Designs to the end; gives what it came to.
    fn finished(&self, out: &Path, resume: &[&str]) -> Value {
        let done = self.command(&self.left(out), out).args(resume).output().unwrap();
        assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
        serde_json::from_slice(&done.stdout).unwrap()
    }

    /// Designs until a file is there, and kills it then.
    fn killed_at(&self, out: &Path, file: &str, resume: &[&str]) {
        let mut command = self.command(&self.left(out), out);
        let mut running = command.args(resume).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + Duration::from_secs(120);
        while !out.join(file).exists() {
            assert!(Instant::now() < deadline && running.try_wait().unwrap().is_none(), "it did not come to {file}");
            std::thread::sleep(Duration::from_millis(1));
        }
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(!out.join("result.json").exists(), "it was finished before it was killed at {file}");
    }

    /// Asserts that a design that is killed at each of these moments in turn comes to what one comes to that is not killed.
    fn assert_same_end(&self, moments: &[&str]) {
        let whole = self.finished(&self.folder.path().join("whole"), &[]);
        let out = self.folder.path().join("killed");
        for (number, moment) in moments.iter().enumerate() {
            self.killed_at(&out, moment, if number > 0 { &["--resume"] } else { &[] });
        }
        let shown = meed(&["design", "show"]).arg(&out).output().unwrap();
        assert!(String::from_utf8(shown.stdout).unwrap().contains("not finished: go on with --resume"));
        let again = self.command(&self.left(&out), &out).output().unwrap();
        assert_eq!(again.status.code(), Some(2), "a folder is not written over");
        assert_eq!(self.finished(&out, &["--resume"]), whole);
        let winner = |folder: &str| std::fs::read(self.folder.path().join(folder).join("winner.wasm")).unwrap();
        assert!(winner("whole") == winner("killed"), "the same answers gave other bits");
        // Everything that was recorded was asked for, and once.
        let asked = std::fs::read_dir(out.join("attempts")).unwrap().map(|entry| entry.unwrap().file_name());
        let recorded = self.answers.iter().map(|answer| answer["id"].as_str().unwrap().into());
        assert_eq!(asked.collect::<BTreeSet<_>>(), recorded.collect());
    }
}

fn cart_pole() -> String {
    std::fs::read_to_string(root().join("tests/designs/cartpole.toml")).unwrap()
}

/// The same with one candidate, one further round, and a short training.
fn trained_cart_pole() -> String {
    let task = cart_pole().replace("candidates = 2", "candidates = 1").replace("rounds = 4", "rounds = 1");
    task.replace("answer-tokens = 2048", "answer-tokens = 2048\ntraining-steps = 4096")
}

fn recorded() -> Vec<Value> {
    let text = std::fs::read_to_string(root().join("tests/designs/cartpole.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|line| line["id"].is_string()).collect()
}

/// The recorded answer that passes, under another name, its first factor weighed so.
fn good(id: &str, weight: &str) -> Value {
    let text = recorded().last().unwrap()["text"].as_str().unwrap().to_owned();
    assert!(text.contains("weight 0.5"));
    json!({ "id": id, "text": text.replace("weight 0.5", &format!("weight {weight}")) })
}

#[test]
fn a_killed_design_goes_on_without_asking_again() {
    // In the middle of a build, of a verification, and between an answer and what comes of it.
    let moments = ["attempts/c2-0/answer.json", "attempts/c2-1/source.rs", "attempts/c2-2/component.wasm"];
    Design::of(&cart_pole(), "lare", recorded()).assert_same_end(&moments);
}

#[test]
fn a_killed_critic_is_not_asked_again() {
    let answers = vec![
        good("c1-0", "0.1"),
        json!({ "id": "c1-0-critic", "text": "It is too timid.\nREJECT" }),
        good("c1-1", "0.5"),
    ];
    let moments = ["attempts/c1-0/source.rs", "attempts/c1-1/component.wasm", "attempts/c1-1/training/status.json"];
    Design::of(&trained_cart_pole(), "critic", answers).assert_same_end(&moments);
}

#[test]
fn a_killed_generation_goes_on_with_its_trainings() {
    let answers = vec![good("c1-0", "0.1"), good("c1-1", "0.5")];
    let moments = ["attempts/c1-0/training/status.json", "attempts/c1-0/training.json", "attempts/c1-1/component.wasm"];
    Design::of(&trained_cart_pole(), "evolve", answers).assert_same_end(&moments);
}
