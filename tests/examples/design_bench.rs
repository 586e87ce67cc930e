//! How fast candidates go from a model's answer to a verdict, and where the time goes: `cargo xtask bench design [--json]`.
//!
//! A recorded design of many drafts, half of which fail as generated code fails, is played against the built `meed`; what one of a
//! single draft takes, which is mostly preparation, is taken off.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use meed_tests::{meed, root};
use serde_json::{Value, json};

/// Drafts of the long design.
const DRAFTS: usize = 24;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let json = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--json"] => true,
        _ => {
            eprintln!("usage: cargo xtask bench design [--json]");
            return ExitCode::from(2);
        }
    };
    match measure() {
        Ok(report) if json => println!("{report}"),
        Ok(report) => table(&report),
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn measure() -> Result<Value> {
    let folder = tempfile::tempdir()?;
    // The first design of all compiles the SDK and records the data's policy; it counts for nothing.
    play(folder.path(), "first", 1)?;
    let (one, _) = play(folder.path(), "one", 1)?;
    let (many, attempts) = play(folder.path(), "many", DRAFTS)?;
    let timings: Vec<&Value> =
        attempts.iter().map(|attempt| &attempt["timing"]).filter(|timing| timing.is_object()).collect();
    let mean =
        |key: &str| timings.iter().filter_map(|timing| timing[key].as_f64()).sum::<f64>() / timings.len().max(1) as f64;
    let judged = |attempt: &&Value| attempt["fate"] == "judged";
    let seconds = (many - one) / (DRAFTS - 1) as f64;
    Ok(json!({
        "processors": std::thread::available_parallelism().map_or(1, usize::from),
        "drafts": DRAFTS,
        "verified": attempts.iter().filter(judged).count(),
        "preparation_seconds": one,
        "seconds_a_candidate": seconds,
        "candidates_a_minute": 60.0 / seconds,
        "build_seconds": mean("build"),
        "verification_seconds": attempts.iter().filter(judged).filter_map(|attempt| attempt["timing"]["judge"].as_f64()).sum::<f64>()
            / attempts.iter().filter(judged).count().max(1) as f64,
    }))
}

/// Plays a design of so many drafts; gives its seconds and its attempts.
fn play(folder: &Path, name: &str, drafts: usize) -> Result<(f64, Vec<Value>)> {
    let task = std::fs::read_to_string(root().join("tests/designs/pendulum.toml"))?;
    let task = task.replace("candidates = 3", &format!("candidates = {drafts}")).replace("rounds = 3", "rounds = 0");
    let (file, answers, out) =
        (folder.join(format!("{name}.toml")), folder.join(format!("{name}.jsonl")), folder.join(name));
    std::fs::write(&file, task.replace("tokens = 100000", "tokens = 100000000"))?;
    let mut transcript = String::new();
    for draft in 1..=drafts {
        writeln!(transcript, "{}", json!({ "id": format!("c{draft}-0"), "text": answer(draft) }))?;
    }
    std::fs::write(&answers, transcript)?;
    let begun = Instant::now();
    let model = format!("replay:{}", answers.display());
    let done = meed(&[
        "design".as_ref(),
        file.as_os_str(),
        "--model".as_ref(),
        model.as_ref(),
        "--out".as_ref(),
        out.as_os_str(),
    ])
    .output()?;
    let seconds = begun.elapsed().as_secs_f64();
    ensure!(done.status.code().is_some_and(|code| code < 4), "{}", String::from_utf8_lossy(&done.stderr));
    let shown = meed(&["design", "show", "--json"]).arg(&out).output()?;
    let shown: Value = serde_json::from_slice(&shown.stdout)?;
    let attempts = shown["attempts"].as_array().context("a design has attempts")?.clone();
    ensure!(attempts.len() == drafts, "{} of {drafts} drafts were tried", attempts.len());
    Ok((seconds, attempts))
}

/// A draft unlike all others. Of four, one does not compile, one fails its verification, and two would do.
fn answer(draft: usize) -> String {
    let angle = match draft % 4 {
        1 => "-observation.theta".into(),
        2 => format!("angle * angle + {draft}.0"),
        _ => format!("-angle * angle * {}.0 / {}.0", draft, draft + 1),
    };
    format!(
        "```rust\nuse meed_guest::prelude::*;\n\nmeed_guest::transition! {{\n    name: \"pendulum-designed\",\n    summary: \"Draft {draft}\",\n    \
         observation: Observation {{ cos: f32 = \"1\" in -1.0..=1.0, sin: f32 = \"1\" in -1.0..=1.0, velocity: f32 = \"rad/s\" in -8.0..=8.0 }},\n    \
         action: Action {{ torque: f32 = \"N m\" in -2.0..=2.0 }},\n    factors: Factors {{\n        angle: \"minus the squared angle\" in -9.8697..=0.0,\n        \
         calm: \"minus the squared velocity\" weight 0.1 in -64.0..=0.0,\n        effort: \"minus the squared torque\" weight 0.001 in -4.0..=0.0,\n    }},\n    \
         reward: reward(observation, action),\n}}\n\nfn reward(observation: &Observation, action: &Action) -> Factors {{\n    \
         let angle = math::atan2(observation.sin, observation.cos);\n    let torque = math::clamp(action.torque, -2.0, 2.0);\n    \
         Factors {{ angle: {angle}, calm: -observation.velocity * observation.velocity, effort: -torque * torque }}\n}}\n```\n"
    )
}

fn table(report: &Value) {
    let number = |key: &str| report[key].as_f64().unwrap_or_default();
    println!(
        "{} drafts on {} processors, {} of them verified",
        report["drafts"], report["processors"], report["verified"]
    );
    println!("  candidates a minute, answer to verdict  {:>8.1}", number("candidates_a_minute"));
    println!("  seconds of a candidate                  {:>8.2}", number("seconds_a_candidate"));
    println!("  of one, alone on its processor: build   {:>8.2}", number("build_seconds"));
    println!("                           verification   {:>8.2}", number("verification_seconds"));
    println!("  preparation, once for a design          {:>8.2}", number("preparation_seconds"));
}
