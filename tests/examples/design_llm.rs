//! Designs rewards with a real, small model: `cargo xtask test-llm`, which gives the server's address as the argument.
//!
//! The model is bad at it, and that is the test: whatever it answers, a design ends within its budget, says in one line what came of
//! it, and leaves a folder from which it can be had again without the model. How far each form of answer gets is printed.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use meed_tests::{meed, root};
use serde_json::Value;

/// Tokens that a design may use.
const TOKENS: u64 = 60_000;
/// The tasks of this repository.
const TASKS: [&str; 2] = ["pendulum", "cartpole"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [address] = &arguments[..] else {
        eprintln!("usage: cargo xtask test-llm");
        return ExitCode::from(2);
    };
    match designs(address) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn designs(address: &str) -> Result<()> {
    println!("task      answer       drafts  usable  built  verified  passed  tokens  seconds  the end");
    for task in TASKS {
        for form in ["code", "expressions", "weights"] {
            let folder = tempfile::tempdir()?;
            one(address, task, form, folder.path()).with_context(|| format!("{task}, answers as {form}"))?;
        }
    }
    Ok(())
}

fn one(address: &str, task: &str, form: &str, folder: &Path) -> Result<()> {
    let text = std::fs::read_to_string(root().join(format!("tests/designs/{task}.toml")))?;
    let (head, rest) = text.split_once("[budget]").context("the task has a budget")?;
    let fields = rest.find("[[observation]]").and_then(|start| rest.get(start..)).context("the task has fields")?;
    let budget = format!("candidates = 4\nrounds = 4\ntokens = {TOKENS}\nanswer-tokens = 512\n");
    let (file, out) = (folder.join("task.toml"), folder.join("run"));
    std::fs::write(&file, format!("{head}answer = \"{form}\"\n\n[budget]\n{budget}\n{fields}"))?;
    let begun = Instant::now();
    let design = |model: &str, out: &Path| {
        let arguments = [
            "design".as_ref(),
            file.as_os_str(),
            "--model".as_ref(),
            model.as_ref(),
            "--json".as_ref(),
            "--out".as_ref(),
        ];
        meed(&arguments).arg(out).output()
    };
    let done = design(address, &out)?;
    let seconds = begun.elapsed().as_secs_f64();
    let said = String::from_utf8_lossy(&done.stderr);
    ensure!(matches!(done.status.code(), Some(0 | 1 | 3)), "{said}");
    let last = said.lines().last().unwrap_or_default();
    ensure!(last.contains(" is chosen: ") || last.starts_with("no candidate passed"), "it ends with {last:?}");
    let summary: Value = serde_json::from_slice(&done.stdout)?;
    let tokens = summary["tokens"].as_u64().context("tokens are counted")?;
    ensure!(tokens <= TOKENS, "{tokens} tokens were used");
    let attempts = summary["attempts"].as_array().context("there are attempts")?;
    let count = |test: &dyn Fn(&Value) -> bool| attempts.iter().filter(|attempt| test(attempt)).count();
    println!(
        "{task:<9} {form:<12} {:>6}  {:>6}  {:>5}  {:>8}  {:>6}  {tokens:>6}  {seconds:>7.0}  {last}",
        attempts.len(),
        count(&|attempt| attempt["source"].is_string()),
        count(&|attempt| attempt["component"].is_string()),
        count(&|attempt| attempt["fate"] == "judged"),
        count(&|attempt| attempt["verdict"] == "pass"),
    );
    // What was answered is had again without the model, to the same end.
    let replay = format!("replay:{}", out.join("transcript.jsonl").display());
    let again: Value = serde_json::from_slice(&design(&replay, &folder.join("again"))?.stdout)?;
    ensure!(
        again["attempts"] == summary["attempts"] && again["winner"] == summary["winner"],
        "the replay went another way"
    );
    Ok(())
}
