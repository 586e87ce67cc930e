//! `cargo xtask fuzz`: runs a fuzz target of `tests/fuzz` for some seconds, and tells what has been run.
//!
//! It needs a nightly toolchain and cargo-fuzz. A run is cut into slices, each of which goes on from what the ones before it found out
//! and leaves a line in `tests/fuzz/runs.tsv`; so a run that is interrupted is resumed by running the rest. What a slice finds lies in
//! `tests/fuzz/artifacts`; what becomes of it is a test.

use std::ffi::OsStr;
use std::fs::{self, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};

use crate::run::{command, example, root, run};

/// A program of `tests/fuzz/fuzz_targets`.
struct Target {
    name: &'static str,
    /// The folder of files that it begins from, and their ending.
    seeds: Option<(&'static str, &'static str)>,
    /// What it attacks: a feature of `tests/fuzz`.
    feature: &'static str,
    /// What watches over its memory. The libraries that read recordings have code that must be watched; wasmtime's guests have their
    /// memory from the operating system, of which a sanitizer sees nothing.
    sanitizer: &'static str,
}

const TARGETS: [Target; 6] = [
    Target { name: "loader", feature: "plugins", seeds: Some(("tests/fuzz/seeds", "wasm")), sanitizer: "none" },
    Target { name: "description", feature: "plugins", seeds: None, sanitizer: "none" },
    Target { name: "differential", feature: "plugins", seeds: None, sanitizer: "none" },
    Target {
        name: "parquet",
        feature: "recordings",
        seeds: Some(("host/trajectory/tests/fixtures", "parquet")),
        sanitizer: "address",
    },
    Target {
        name: "jsonl",
        feature: "recordings",
        seeds: Some(("host/trajectory/tests/fixtures", "jsonl")),
        sanitizer: "address",
    },
    Target {
        name: "npz",
        feature: "recordings",
        seeds: Some(("host/trajectory/tests/fixtures", "npz")),
        sanitizer: "address",
    },
];

/// Seconds of a slice: what an interruption may cost.
const SLICE: u64 = 300;

/// Runs a target.
pub(crate) fn fuzz(target: &str, seconds: &str) -> Result<()> {
    let names = TARGETS.map(|target| target.name).join(", ");
    let target = TARGETS.iter().find(|known| known.name == target).with_context(|| format!("fuzz targets: {names}"))?;
    let mut left: u64 = seconds.parse().with_context(|| format!("{seconds} is no number of seconds"))?;
    let installed = command("cargo", &["+nightly", "fuzz", "--version"]).output()?.status.success();
    ensure!(
        installed,
        "needed are a nightly toolchain and cargo-fuzz: `rustup toolchain install nightly && cargo install cargo-fuzz`"
    );
    let corpus = folder().join("corpus").join(target.name);
    fs::create_dir_all(&corpus).with_context(|| format!("making {}", corpus.display()))?;
    if let Some((seeds, ending)) = target.seeds {
        if target.name == "loader" && !root().join(seeds).exists() {
            // Every attack's component is a seed.
            run(&mut example("attacks", &["--seeds", seeds])?)?;
        }
        copy(&root().join(seeds), ending, &corpus)?;
    }
    let program = build(target)?;
    while left > 0 {
        let seconds = left.min(SLICE);
        slice(target, &program, seconds)?;
        left -= seconds;
    }
    Ok(())
}

/// Builds a target and gives its program.
fn build(target: &Target) -> Result<PathBuf> {
    let built = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| folder().join("target"), PathBuf::from);
    let built = built.join(format!("fuzz-{}", target.sanitizer));
    let folders = ["--fuzz-dir", "tests/fuzz", "--target-dir", &built.to_string_lossy()];
    let kind = ["--sanitizer", target.sanitizer, "--features", target.feature];
    // A compiler is among what those without a sanitizer are linked from, and is built in half the time.
    let units: &[&str] = if target.sanitizer == "none" { &["--codegen-units", "16"] } else { &[] };
    let mut command =
        command("cargo", &[&["+nightly", "fuzz", "build"], &folders[..], &kind, units, &[target.name]].concat());
    // Rustup's choice of toolchain is not to be the one that runs this program.
    command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").env("RUSTC_WRAPPER", folder().join("rustc.sh"));
    run(&mut command)?;
    // Cargo-fuzz builds for a target that it names, whatever the machine.
    let programs = fs::read_dir(&built).with_context(|| format!("reading {}", built.display()))?;
    let programs = programs.filter_map(|entry| Some(entry.ok()?.path().join("release").join(target.name)));
    programs.into_iter().find(|program| program.is_file()).context("cargo fuzz built nothing")
}

/// Runs a target for so many seconds and writes down what came of it.
fn slice(target: &Target, program: &Path, seconds: u64) -> Result<()> {
    let artifacts = folder().join("artifacts").join(target.name);
    fs::create_dir_all(&artifacts).with_context(|| format!("making {}", artifacts.display()))?;
    let before = files(&artifacts);
    let time = format!("-max_total_time={seconds}");
    let prefix = format!("-artifact_prefix={}/", artifacts.display());
    let corpus = folder().join("corpus").join(target.name);
    // On a busy machine an input of milliseconds may wait for seconds.
    let options = [&prefix, &time, "-rss_limit_mb=4096", "-timeout=120", "-print_final_stats=1", "-max_len=65536"];
    let mut command = command(program, &options);
    let mut child = command.arg(&corpus).stderr(Stdio::piped()).spawn().context("starting a fuzz target")?;
    let (mut begun, mut stats) = (None, Stats::default());
    for line in BufReader::new(child.stderr.take().context("its output")?).split(b'\n') {
        let line = line.context("reading what it says")?;
        let line = String::from_utf8_lossy(&line);
        eprintln!("{line}");
        if line.starts_with("INFO: Seed:") {
            begun = Some(Instant::now());
        }
        stats.take(&line);
    }
    let status = child.wait().context("waiting for a fuzz target")?;
    let Some(begun) = begun else { bail!("{} ended with {status} before it began", target.name) };
    let findings: Vec<String> = files(&artifacts).into_iter().filter(|file| !before.contains(file)).collect();
    let (seconds, corpus) = (begun.elapsed().as_secs(), files(&corpus).len());
    let (name, Stats { executions, edges }) = (target.name, stats);
    let found = if findings.is_empty() { "-".into() } else { findings.join(" ") };
    let mut log = OpenOptions::new().create(true).append(true).open(log()).context("opening the list of runs")?;
    // One write a line, for two runs at once.
    let line = format!("{name}\t{}\t{seconds}\t{executions}\t{edges}\t{corpus}\t{found}\n", target.sanitizer);
    log.write_all(line.as_bytes()).context("writing to the list of runs")?;
    ensure!(status.success(), "{} ended with {status}: {findings:?} in {}", target.name, artifacts.display());
    Ok(())
}

/// What libFuzzer says of itself.
#[derive(Default)]
struct Stats {
    executions: u64,
    /// Branches that were seen taken.
    edges: u64,
}

impl Stats {
    /// Reads a line, such as `#1024 pulse cov: 517 ft: 880 corp: 64/3124b` or `stat::number_of_executed_units: 4096`.
    fn take(&mut self, line: &str) {
        let mut words = line.split_whitespace();
        while let Some(word) = words.next() {
            match word {
                "stat::number_of_executed_units:" => number(words.next(), &mut self.executions),
                "cov:" => number(words.next(), &mut self.edges),
                _ => {}
            }
        }
    }
}

fn number(word: Option<&str>, into: &mut u64) {
    if let Some(number) = word.and_then(|word| word.parse().ok()) {
        *into = number;
    }
}

/// Prints what has been run of each target, all slices together.
pub(crate) fn summary(as_json: bool) -> Result<()> {
    let text = fs::read_to_string(log()).context("no target has been run here")?;
    let runs: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
    let mut rows = Vec::new();
    for Target { name, .. } in &TARGETS {
        let (mut seconds, mut executions, mut findings) = (0, 0, 0);
        let (mut edges, mut corpus) = (0, 0);
        for run in runs.iter().filter(|run| run.first() == Some(name)) {
            let [_, _, ran, executed, seen, kept, found] = run[..] else { bail!("a run of {name} has {run:?}") };
            let number = |text: &str| text.parse::<u64>().with_context(|| format!("{text} is no number"));
            seconds += number(ran)?;
            executions += number(executed)?;
            (edges, corpus) = (number(seen)?, number(kept)?);
            // A slow input is one on a busy machine; one that is slow by itself ends as a timeout.
            findings += found.split(' ').filter(|name| *name != "-" && !name.starts_with("slow-unit")).count();
        }
        let hours = seconds as f64 / 3600.0;
        rows.push(if as_json {
            format!(
                r#"  {{"target": "{name}", "executions": {executions}, "hours": {hours:.2}, "edges": {edges}, "corpus": {corpus}, "findings": {findings}}}"#
            )
        } else {
            format!("{name:<13}{executions:>12}{hours:>8.2}{edges:>8}{corpus:>8}{findings:>10}")
        });
    }
    if as_json {
        println!("[\n{}\n]", rows.join(",\n"));
    } else {
        println!("{:<13}{:>12}{:>8}{:>8}{:>8}{:>10}", "target", "executions", "hours", "edges", "corpus", "findings");
        println!("{}", rows.join("\n"));
    }
    Ok(())
}

fn folder() -> PathBuf {
    root().join("tests/fuzz")
}

fn log() -> PathBuf {
    folder().join("runs.tsv")
}

/// Names the files in a folder, if there is one.
fn files(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).collect()
}

fn copy(from: &Path, ending: &str, to: &Path) -> Result<()> {
    let entries = fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(ending)) {
            let name = path.file_name().unwrap_or_default();
            fs::copy(&path, to.join(name)).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}
