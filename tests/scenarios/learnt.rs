//! A reward that was learnt from returns is a plugin again: it verifies, gives the bits that the run gave, and trains a fresh agent.

use std::path::Path;
use std::process::Output;

use meed_tests::{meed, plugin};

fn run(arguments: &[&str]) -> Output {
    meed(arguments).output().unwrap()
}

fn done(arguments: &[&str]) -> String {
    let output = run(arguments);
    let (out, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {out}{said}");
    out.into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_learnt_reward_is_exported_verified_and_trained_with() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let (first, learnt, data, second) = (at("first"), at("learnt.wasm"), at("random.parquet"), at("second"));
    let guest = plugin("pendulum");
    let sac = ["train", "--env", "Pendulum-v1", "--algo", "sac", "--steps", "800", "--reward"];
    done(&[&sac[..], &[path(&guest), "--credit", "lare-rrd", "--out", path(&first)]].concat());

    let exported = done(&["export", path(&first), "--out", path(&learnt), "--json"]);
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    assert!(exported["rows"].as_u64().unwrap() >= 10_000, "{exported}");

    let described: serde_json::Value = serde_json::from_str(&done(&["inspect", path(&learnt), "--json"])).unwrap();
    assert_eq!(described["description"]["name"], "pendulum-learnt");
    assert_eq!(described["description"]["factors"].as_array().unwrap().len(), 1);
    done(&["record", "--env", "Pendulum-v1", "--episodes", "10", "--out", path(&data)]);
    let verified: serde_json::Value =
        serde_json::from_str(&done(&["verify", path(&learnt), "--data", path(&data), "--json"])).unwrap();
    assert_eq!(verified["verdict"], "pass");

    done(&[&sac[..], &[path(&learnt), "--out", path(&second)]].concat());
    let metrics = std::fs::read_to_string(second.join("metrics.csv")).unwrap();
    assert!(metrics.lines().next().unwrap().contains("factor.learnt"), "{metrics}");
    assert!(second.join("policy.json").exists());

    // What is no run with a decoder of factors is refused, with what to do.
    let refused = run(&["export", path(&second), "--out", path(&at("none.wasm"))]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("meed train --credit lare-rrd"), "{said}");
    assert!(!at("none.wasm").exists());
}
