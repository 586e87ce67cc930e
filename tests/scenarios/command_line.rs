//! The contract of the `meed` command: its exit codes, what goes to which stream, and one clear error for bad input.

use std::path::{Path, PathBuf};
use std::process::Output;

use meed_tests::{meed, plugin};

fn run(arguments: &[&str]) -> Output {
    meed(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn record(folder: &Path, episodes: &str) -> PathBuf {
    let out = folder.join(format!("random-{episodes}.parquet"));
    let done = run(&["record", "--env", "Pendulum-v1", "--episodes", episodes, "--seed", "1", "--out", path(&out)]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(stdout(&done).trim(), path(&out));
    out
}

#[test]
fn a_good_plugin_is_inspected_verified_and_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path(), "5");
    let component = plugin("pendulum");

    let inspected = run(&["inspect", path(&component), "--json"]);
    let json: serde_json::Value = serde_json::from_str(stdout(&inspected)).unwrap();
    assert_eq!(json["description"]["name"], "pendulum");
    assert_eq!(json["description"]["factors"].as_array().unwrap().len(), 3);
    assert!(stdout(&run(&["inspect", path(&component)])).contains("velocity"));

    let page = folder.path().join("report.html");
    let verified = run(&["verify", path(&component), "--data", path(&data), "--json", "--html", path(&page)]);
    assert_eq!(verified.status.code(), Some(0), "{}", stdout(&verified));
    let json: serde_json::Value = serde_json::from_str(stdout(&verified)).unwrap();
    assert_eq!(json["verdict"], "pass");
    assert!(std::fs::read_to_string(&page).unwrap().contains("</html>"));

    let scores = folder.path().join("scores.parquet");
    let evaluated = run(&["eval", path(&component), "--data", path(&data), "--out", path(&scores)]);
    assert_eq!(evaluated.status.code(), Some(0), "{}", stderr(&evaluated));
    assert_eq!(stdout(&evaluated).trim(), path(&scores));
    assert!(stderr(&evaluated).contains("1000 scored, 0 abstained, 0 at fault"), "{}", stderr(&evaluated));
}

#[test]
fn a_broken_plugin_fails_with_reasons() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path(), "5");
    let verified = run(&["verify", path(&plugin("pendulum-broken")), "--data", path(&data)]);
    assert_eq!(verified.status.code(), Some(1), "{}", stdout(&verified));
    assert!(stdout(&verified).contains("V0"), "{}", stdout(&verified));
}

#[test]
fn data_that_does_not_suffice_is_inconclusive() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("one.jsonl");
    std::fs::write(
        &data,
        r#"{"episode":0,"observation":[1.0,0.0,0.0],"action":[0.5],"reward":-1.0,"terminated":true,"truncated":false}"#,
    )
    .unwrap();
    let verified = run(&["verify", path(&plugin("pendulum")), "--data", path(&data)]);
    assert_eq!(verified.status.code(), Some(3), "{}{}", stdout(&verified), stderr(&verified));
}

#[test]
fn wrong_usage_is_2() {
    assert_eq!(run(&["verify"]).status.code(), Some(2));
    assert_eq!(run(&["nonsense"]).status.code(), Some(2));
    let wrong_ending = run(&["record", "--env", "Pendulum-v1", "--episodes", "1", "--out", "x.csv"]);
    assert_eq!(wrong_ending.status.code(), Some(2));
    let unknown = run(&["record", "--env", "Nowhere-v0", "--episodes", "1", "--out", "x.parquet"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(stderr(&unknown).contains("CartPole-v1"), "{}", stderr(&unknown));
    let named = run(&["new", "Bad_Name"]);
    assert_eq!(named.status.code(), Some(2));
    assert!(stderr(&named).contains("bad-name"), "{}", stderr(&named));
}

#[test]
fn what_the_host_cannot_do_is_4_with_one_error() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path(), "2");
    let component = plugin("pendulum");

    let missing = run(&["verify", "nowhere.wasm", "--data", path(&data)]);
    assert_eq!(missing.status.code(), Some(4));
    assert!(stderr(&missing).contains("nowhere.wasm"), "{}", stderr(&missing));

    let bytes = std::fs::read(&data).unwrap();
    let cut = folder.path().join("cut.parquet");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let truncated = run(&["verify", path(&component), "--data", path(&cut)]);
    assert_eq!(truncated.status.code(), Some(4));
    assert!(
        stderr(&truncated).contains("cut.parquet") && stderr(&truncated).contains("hint:"),
        "{}",
        stderr(&truncated)
    );

    let cart_pole = run(&[
        "train",
        "--env",
        "CartPole-v1",
        "--reward",
        path(&component),
        "--steps",
        "1000",
        "--out",
        path(&folder.path().join("run")),
    ]);
    assert_eq!(cart_pole.status.code(), Some(4));
    assert!(stderr(&cart_pole).contains("observation"), "{}", stderr(&cart_pole));

    let nowhere = folder.path().join("no/such/folder/out.parquet");
    let unwritable = run(&["eval", path(&component), "--data", path(&data), "--out", path(&nowhere)]);
    assert_eq!(unwritable.status.code(), Some(4));

    let device = run(&[
        "train",
        "--env",
        "Pendulum-v1",
        "--reward",
        path(&component),
        "--steps",
        "1000",
        "--device",
        "cuda",
        "--out",
        path(&folder.path().join("run")),
    ]);
    assert_eq!(device.status.code(), Some(2));
    assert!(stderr(&device).contains("cuda"), "{}", stderr(&device));
    assert!(!folder.path().join("run").exists());
}

#[test]
fn files_that_are_no_plugins_are_the_plugins_failure() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path(), "2");
    for (name, bytes) in [("empty.wasm", &b""[..]), ("text.wasm", b"not wasm"), ("core.wasm", b"\0asm\x01\0\0\0")] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).unwrap();
        let inspected = run(&["inspect", path(&file)]);
        assert_eq!(inspected.status.code(), Some(1), "{name}: {}", stderr(&inspected));
        let verified = run(&["verify", path(&file), "--data", path(&data), "--json"]);
        assert_eq!(verified.status.code(), Some(1), "{name}");
        let json: serde_json::Value = serde_json::from_str(stdout(&verified)).unwrap();
        assert_eq!(json["verdict"], "fail", "{name}");
    }
}
