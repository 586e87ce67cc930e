//! The examples run, and print what they say they do.

use std::path::PathBuf;
use std::process::Command;

use meed_tests::{meed, plugin};

fn example(name: &str, arguments: &[&str]) -> String {
    let test = std::env::current_exe().unwrap();
    let binary: PathBuf = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(binary.is_file(), "{} is missing: run `cargo build --workspace --examples`", binary.display());
    let output = Command::new(binary).args(arguments).output().unwrap();
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn embed() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data.parquet");
    let recorded = meed(&["record", "--env", "Pendulum-v1", "--episodes", "5", "--out"]).arg(&data).status().unwrap();
    assert!(recorded.success());
    let text = example("embed", &[plugin("pendulum").to_str().unwrap(), data.to_str().unwrap()]);
    assert!(text.contains("pendulum: 1000 rows") && text.trim_end().ends_with("pass"), "{text}");
}

#[test]
fn native_beside_wasm() {
    let text = example("native_beside_wasm", &[plugin("pendulum").to_str().unwrap()]);
    assert!(text.starts_with("upright: [1.0] and [-1.0]\npendulum: ["), "{text}");
}

#[test]
fn train_from_rust() {
    let text = example("train_from_rust", &[plugin("cartpole").to_str().unwrap(), "CartPole-v1", "512"]);
    assert!(text.starts_with("512 steps on cartpole"), "{text}");
}
