//! `cargo xtask fuzz`: runs a fuzz target of `tests/fuzz` for some seconds.
//!
//! It needs a nightly toolchain and cargo-fuzz. What it finds lies in `tests/fuzz/artifacts`; what becomes of it is a test.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::run::{cargo, command, root, run};

/// The targets, each with the folder of files that it begins from, if there is one, and their ending.
const TARGETS: [(&str, Option<(&str, &str)>); 6] = [
    ("loader", Some(("tests/fuzz/seeds", "wasm"))),
    ("description", None),
    ("differential", None),
    ("parquet", Some(("host/trajectory/tests/fixtures", "parquet"))),
    ("jsonl", Some(("host/trajectory/tests/fixtures", "jsonl"))),
    ("npz", Some(("host/trajectory/tests/fixtures", "npz"))),
];

/// Runs a target.
pub(crate) fn fuzz(target: &str, seconds: &str) -> Result<()> {
    let names = TARGETS.map(|(name, _)| name).join(", ");
    let (_, seeds) = TARGETS.iter().find(|(name, _)| *name == target).with_context(|| format!("targets: {names}"))?;
    let seconds: u64 = seconds.parse().with_context(|| format!("{seconds} is no number of seconds"))?;
    let installed = command("cargo", &["+nightly", "fuzz", "--version"]).output()?.status.success();
    ensure!(
        installed,
        "needed are a nightly toolchain and cargo-fuzz: `rustup toolchain install nightly && cargo install cargo-fuzz`"
    );
    let folder = root().join("tests/fuzz");
    let corpus = folder.join("corpus").join(target);
    std::fs::create_dir_all(&corpus).with_context(|| format!("making {}", corpus.display()))?;
    if let Some((seeds, ending)) = seeds {
        if target == "loader" {
            // Every attack's component is a seed.
            run(&mut cargo(&[
                "run",
                "--quiet",
                "--package",
                "meed-tests",
                "--example",
                "attacks",
                "--",
                "--seeds",
                seeds,
            ]))?;
        }
        copy(&root().join(seeds), ending, &corpus)?;
    }
    let time = format!("-max_total_time={seconds}");
    let options = ["--", &time, "-rss_limit_mb=4096", "-timeout=30", "-print_final_stats=1", "-max_len=65536"];
    // Rustup's choice of toolchain is not to be the one that runs this program.
    let mut command =
        command("cargo", &[&["+nightly", "fuzz", "run", "--fuzz-dir", "tests/fuzz", target][..], &options].concat());
    run(command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN"))
}

fn copy(from: &Path, ending: &str, to: &Path) -> Result<()> {
    let entries = std::fs::read_dir(from).with_context(|| format!("reading {}", from.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.extension() == Some(OsStr::new(ending)) {
            let name = path.file_name().unwrap_or_default();
            std::fs::copy(&path, to.join(name)).with_context(|| format!("copying {}", path.display()))?;
        }
    }
    Ok(())
}
