//! Designs rewards with a real, small model: `cargo xtask test-llm`, which gives the server's address as the argument.
//!
//! The model is bad at it, and that is the test: whatever it answers, a design ends within its budget, says in one line what came of
//! it, and leaves a folder from which it can be had again without the model. How far each form of answer gets is printed, beside what
//! choices by chance come to where there is nothing but to choose.
//!
//! With `--record`, what the model answered is kept in `tests/designs/smollm2`, with a line on each design in `results.jsonl`; a test
//! plays it again.

use std::path::{Path, PathBuf};
use std::process::{ExitCode, Output};
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use meed_tests::{meed, root};
use serde_json::{Value, json};

/// The model's name, for the record.
const MODEL: &str = "SmolLM2-135M-Instruct";
/// Tokens that a design may use.
const TOKENS: u64 = 60_000;
/// First drafts.
const DRAFTS: u32 = 8;
/// The rest of its budget: many drafts and few repairs, for a small model is no good at mending.
const BUDGET: &str = "rounds = 2\nanswer-tokens = 512\n";
/// The tasks of this repository.
const TASKS: [&str; 2] = ["pendulum", "cartpole"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (address, record) = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [address] => (address, false),
        [address, "--record"] => (address, true),
        _ => {
            eprintln!("usage: cargo xtask test-llm [--record]");
            return ExitCode::from(2);
        }
    };
    match designs(address, record) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn designs(address: &str, record: bool) -> Result<()> {
    println!("task      answer       by      drafts  usable  built  passed  tokens  seconds  the end");
    let (mut rows, mut found) = (Vec::new(), false);
    for task in TASKS {
        for form in ["code", "expressions", "weights"] {
            let folder = tempfile::tempdir()?;
            let bench = Bench::new(task, form, folder.path())?;
            let row = bench.one(address).with_context(|| format!("{task}, answers as {form}"))?;
            found |= row["winner"].is_string();
            rows.push(row);
            if record {
                let kept = root().join(format!("tests/designs/smollm2/{task}-{form}.jsonl"));
                std::fs::create_dir_all(kept.parent().context("it has a folder")?)?;
                std::fs::copy(bench.out.join("transcript.jsonl"), kept)?;
                std::fs::copy(&bench.file, root().join(format!("tests/designs/smollm2/{task}-{form}.toml")))?;
            }
            if form == "weights" {
                rows.push(bench.chance()?);
            }
        }
    }
    if record {
        let lines: String = rows.iter().map(|row| format!("{row}\n")).collect();
        std::fs::write(root().join("tests/designs/smollm2/results.jsonl"), lines)?;
    }
    ensure!(found, "in no form did the model come to a verified reward");
    Ok(())
}

/// A task in one form of answer, and the folder of its design.
struct Bench {
    task: &'static str,
    form: &'static str,
    file: PathBuf,
    out: PathBuf,
}

impl Bench {
    fn new(task: &'static str, form: &'static str, folder: &Path) -> Result<Bench> {
        let text = std::fs::read_to_string(root().join(format!("tests/designs/{task}.toml")))?;
        let (head, rest) = text.split_once("[budget]").context("the task has a budget")?;
        let fields = rest.find("[[observation]]").and_then(|start| rest.get(start..)).context("the task has fields")?;
        let (file, out) = (folder.join("task.toml"), folder.join("run"));
        std::fs::write(
            &file,
            format!(
                "{head}answer = \"{form}\"\n\n[budget]\ncandidates = {DRAFTS}\n{BUDGET}tokens = {TOKENS}\n\n{fields}"
            ),
        )?;
        Ok(Bench { task, form, file, out })
    }

    fn design(&self, model: &str, out: &Path) -> Result<Output> {
        let task = ["design".as_ref(), self.file.as_os_str(), "--json".as_ref(), "--out".as_ref(), out.as_os_str()];
        let done = meed(&task).args(["--model", model, "--model-name", MODEL]).output()?;
        ensure!(matches!(done.status.code(), Some(0 | 1 | 3)), "{}", String::from_utf8_lossy(&done.stderr));
        Ok(done)
    }

    /// Designs with the model, and again without it.
    fn one(&self, address: &str) -> Result<Value> {
        let begun = Instant::now();
        let done = self.design(address, &self.out)?;
        let row = self.row(&done, MODEL, begun.elapsed().as_secs_f64())?;
        let replay = format!("replay:{}", self.out.join("transcript.jsonl").display());
        let again: Value = serde_json::from_slice(&self.design(&replay, &self.out.with_file_name("again"))?.stdout)?;
        let summary: Value = serde_json::from_slice(&done.stdout)?;
        for same in ["attempts", "winner", "verdict"] {
            ensure!(again[same] == summary[same], "the replay went another way");
        }
        Ok(row)
    }

    /// Designs by answers that chance chooses, of those that the schema allows: the first drafts alone, as many as the model's.
    fn chance(&self) -> Result<Value> {
        let prompt = std::fs::read_to_string(self.out.join("attempts/c1-0/prompt.json"))?;
        let schema = serde_json::from_str::<Value>(&prompt)?["schema"].clone();
        let mut state = 1_u64;
        // A linear congruential generator, by its upper bits.
        let mut choose = |options: &Value| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let options = options["enum"].as_array().cloned().unwrap_or_default();
            options.get(((state >> 33) as usize) % options.len().max(1)).cloned()
        };
        let mut lines = String::new();
        for candidate in 1..=DRAFTS {
            let fields = schema["properties"].as_object().context("there are fields to choose for")?.iter();
            let answer: serde_json::Map<String, Value> = fields
                .map(|(field, entry)| {
                    let entry = &entry["properties"];
                    (field.clone(), json!({ "want": choose(&entry["want"]), "weight": choose(&entry["weight"]) }))
                })
                .collect();
            let text = Value::Object(answer).to_string();
            lines += &format!("{}\n", json!({ "id": format!("c{candidate}-0"), "text": text }));
        }
        let (answers, task) = (self.out.with_file_name("chance.jsonl"), self.out.with_file_name("chance.toml"));
        std::fs::write(&answers, lines)?;
        std::fs::write(&task, std::fs::read_to_string(&self.file)?.replace("rounds = 2", "rounds = 0"))?;
        let chance = Bench { file: task, out: self.out.with_file_name("chance"), ..*self };
        let begun = Instant::now();
        let done = chance.design(&format!("replay:{}", answers.display()), &chance.out)?;
        chance.row(&done, "chance", begun.elapsed().as_secs_f64())
    }

    /// Says how far a design came, and holds it to its budget and to a clear last word.
    fn row(&self, done: &Output, by: &str, seconds: f64) -> Result<Value> {
        let said = String::from_utf8_lossy(&done.stderr);
        let last = said.lines().last().unwrap_or_default();
        ensure!(last.contains(" is chosen: ") || last.starts_with("no candidate passed"), "it ends with {last:?}");
        let summary: Value = serde_json::from_slice(&done.stdout)?;
        let tokens = summary["tokens"].as_u64().context("tokens are counted")?;
        ensure!(tokens <= TOKENS, "{tokens} tokens were used");
        let attempts = summary["attempts"].as_array().context("there are attempts")?;
        let count = |test: &dyn Fn(&Value) -> bool| attempts.iter().filter(|attempt| test(attempt)).count();
        let (usable, built) =
            (count(&|attempt| attempt["source"].is_string()), count(&|attempt| attempt["component"].is_string()));
        let passed = count(&|attempt| attempt["verdict"] == "pass");
        let (task, form) = (self.task, self.form);
        println!(
            "{task:<9} {form:<12} {:<7} {:>6}  {usable:>6}  {built:>5}  {passed:>6}  {tokens:>6}  {seconds:>7.0}  {last}",
            by.split('-').next().unwrap_or_default(),
            attempts.len(),
        );
        let attempts: Vec<Value> = attempts
            .iter()
            .map(|attempt| {
                let what = if attempt["fate"] == "judged" { &attempt["verdict"] } else { &attempt["code"] };
                json!([attempt["id"], what])
            })
            .collect();
        Ok(json!({
            "task": task, "answer": form, "by": by, "usable": usable, "built": built, "passed": passed, "tokens": tokens,
            "winner": summary["winner"], "verdict": summary["verdict"], "attempts": attempts,
        }))
    }
}
