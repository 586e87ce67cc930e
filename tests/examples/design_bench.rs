//! How fast candidates go from a model's answer to a verdict, and where the time goes: `cargo xtask bench design [--json]`.
//!
//! A recorded design of many drafts, of which one in four does not compile and one in four fails, is played against the built `meed`;
//! what one of a single draft takes, which is mostly preparation, is taken off. Then each step of each draft is done by itself. Times
//! are the processor's, over all processes, beside those of the clock: a machine that does other things is slower by the clock alone.

use std::fmt::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use meed_design::{Builder, Confinement, Language, Workshop, extract};
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
        Ok((report, rows)) if json => rows.iter().chain([&report]).for_each(|row| println!("{row}")),
        Ok((report, _)) => table(&report),
        Err(error) => {
            eprintln!("error: {error:#}");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

/// Seconds by the clock, and of all processors: this process's, and those of its children that have ended.
#[derive(Clone, Copy)]
struct Seconds {
    clock: f64,
    processor: f64,
}

fn timed<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, Seconds)> {
    let (begun, before) = (Instant::now(), processor_seconds()?);
    let done = work()?;
    Ok((done, Seconds { clock: begun.elapsed().as_secs_f64(), processor: processor_seconds()? - before }))
}

/// Reads the system's count: user and system time, own and children's, in hundredths of a second.
fn processor_seconds() -> Result<f64> {
    let text = std::fs::read_to_string("/proc/self/stat").context("processor time is read from Linux")?;
    let fields: Vec<&str> = text.rsplit_once(") ").context("it names the process")?.1.split(' ').collect();
    let times = fields.get(11..15).context("it has the times")?;
    Ok(times.iter().filter_map(|field| field.parse::<f64>().ok()).sum::<f64>() / 100.0)
}

/// Gives the whole, and a row for each draft.
fn measure() -> Result<(Value, Vec<Value>)> {
    let folder = tempfile::tempdir()?;
    // The first design of all compiles the SDK and records the data's policy; it counts for nothing.
    play(folder.path(), "first", 1)?;
    let (_, one) = timed(|| play(folder.path(), "one", 1))?;
    let (attempts, many) = timed(|| play(folder.path(), "many", DRAFTS))?;
    let data = folder.path().join("many/shown.parquet");
    let (rows, machine) = steps(folder.path(), &data, &attempts)?;
    let mean = |step: &str| {
        let values: Vec<f64> = rows.iter().filter_map(|row| row[step].as_f64()).collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    let (clock, processor) = (many.clock - one.clock, many.processor - one.processor);
    let candidates = (DRAFTS - 1) as f64;
    let report = json!({
        "processors": std::thread::available_parallelism().map_or(1, usize::from),
        "drafts": DRAFTS,
        "verified": attempts.iter().filter(|attempt| attempt["fate"] == "judged").count(),
        "candidates_a_minute": 60.0 * candidates / clock,
        "candidates_a_minute_of_two_idle_processors": 2.0 * 60.0 * candidates / processor,
        "processor_seconds_a_candidate": processor / candidates,
        "build_processor_seconds": mean("build"),
        "refusal_processor_seconds": mean("refusal"),
        "start_processor_seconds": mean("start"),
        "load_processor_seconds": mean("load"),
        "verification_processor_seconds": mean("verification"),
        "preparation_processor_seconds": one.processor,
        "workshop_processor_seconds": machine.processor,
    });
    Ok((report, rows))
}

/// Does each draft's steps by themselves: builds it, starts `meed` for nothing, has it load the component, verifies that. Gives the
/// processor seconds of each, of a step what the one before it does not take, and what opening the workshop took.
fn steps(folder: &Path, data: &Path, attempts: &[Value]) -> Result<(Vec<Value>, Seconds)> {
    let (workshop, opening) = timed(|| Ok(Workshop::open(Language::Rust, Confinement::Required)?))?;
    let mut rows = Vec::new();
    for (draft, attempt) in (1..).zip(attempts) {
        let text = answer(draft);
        let source = extract(&text, false)?;
        let (built, build) = timed(|| Ok(workshop.build(source)))?;
        let Ok(component) = built else {
            rows.push(
                json!({ "draft": draft, "fate": attempt["fate"], "refusal": build.processor, "clock": build.clock }),
            );
            continue;
        };
        let file = folder.join(format!("{draft}.wasm"));
        std::fs::write(&file, component)?;
        let run = |arguments: &[&std::ffi::OsStr]| timed(|| Ok(meed(arguments).output()?));
        let (_, start) = run(&["--version".as_ref()])?;
        let (_, load) = run(&["inspect".as_ref(), file.as_ref()])?;
        let (_, verify) =
            run(&["verify".as_ref(), file.as_ref(), "--data".as_ref(), data.as_ref(), "--json".as_ref()])?;
        rows.push(json!({
            "draft": draft, "fate": attempt["fate"], "verdict": attempt["verdict"], "build": build.processor, "start": start.processor,
            "load": load.processor - start.processor, "verification": verify.processor - load.processor,
            "clock": build.clock + verify.clock,
        }));
    }
    Ok((rows, opening))
}

/// Plays a design of so many drafts; gives its attempts.
fn play(folder: &Path, name: &str, drafts: usize) -> Result<Vec<Value>> {
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
    ensure!(done.status.code().is_some_and(|code| code < 4), "{}", String::from_utf8_lossy(&done.stderr));
    let shown = meed(&["design", "show", "--json"]).arg(&out).output()?;
    let shown: Value = serde_json::from_slice(&shown.stdout)?;
    let attempts = shown["attempts"].as_array().context("a design has attempts")?.clone();
    ensure!(attempts.len() == drafts, "{} of {drafts} drafts were tried", attempts.len());
    Ok(attempts)
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
    println!("candidates a minute, answer to verdict    {:>8.1}", number("candidates_a_minute"));
    println!("the same, had it two processors to itself {:>8.1}", number("candidates_a_minute_of_two_idle_processors"));
    println!("\nprocessor seconds");
    for (what, key) in [
        ("a candidate, over all", "processor_seconds_a_candidate"),
        ("  build, one that builds", "build_processor_seconds"),
        ("  build, one that does not", "refusal_processor_seconds"),
        ("  starting the verifier's process", "start_processor_seconds"),
        ("  loading the component in it", "load_processor_seconds"),
        ("  verification", "verification_processor_seconds"),
        ("a design of one candidate", "preparation_processor_seconds"),
        ("  of which opening the workshop", "workshop_processor_seconds"),
    ] {
        println!("{what:<41} {:>8.2}", number(key));
    }
}
