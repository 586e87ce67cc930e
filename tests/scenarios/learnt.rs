//! A reward that was learnt from returns is a plugin again: it verifies, gives the bits that the run gave, and trains a fresh agent.

use std::path::Path;
use std::process::Output;

use meed_core::{Batch, RewardFactory, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Profile};
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

    // What is no run with a decoder is refused, with what to do.
    let refused = run(&["export", path(&second), "--out", path(&at("none.wasm"))]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("meed train --credit lare-rrd"), "{said}");
    assert!(!at("none.wasm").exists());
}

#[test]
fn what_was_learnt_of_rows_without_a_plugin_is_exported_too() {
    let folder = tempfile::tempdir().unwrap();
    let (run, learnt) = (folder.path().join("run"), folder.path().join("learnt.wasm"));
    let train = [
        "train",
        "--env",
        "Pendulum-v1",
        "--algo",
        "sac",
        "--steps",
        "400",
        "--credit",
        "rrd",
        "--reward",
        "environment",
    ];
    done(&[&train[..], &["--out", path(&run)]].concat());
    let exported = done(&["export", path(&run), "--out", path(&learnt), "--json"]);
    let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
    assert!(exported["rows"].as_u64().unwrap() >= 10_000, "{exported}");
    let described: serde_json::Value = serde_json::from_str(&done(&["inspect", path(&learnt), "--json"])).unwrap();
    assert_eq!(described["description"]["name"], "rows-learnt");

    // The component's value of a row is the decoder's of observation, choice and difference, as the run's file has the decoder.
    let layers: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(run.join("decoder.json")).unwrap()).unwrap();
    let numbers = |layer: usize| -> Vec<f32> {
        let values = layers["networks"][0][layer]["values"].as_array().unwrap();
        values.iter().map(|value| value.as_f64().unwrap() as f32).collect()
    };
    let (observation, action, next) = ([0.6f32, -0.8, 2.0], [-1.5f32], [0.5f32, -0.75, 2.5]);
    let mut row = vec![0.6, -0.8, 2.0, -0.75, 0.6 - 0.5, -0.8 + 0.75, -0.5];
    for layer in 0..3 {
        let (weight, mut out) = (numbers(2 * layer), numbers(2 * layer + 1));
        let outputs = out.len();
        for (input, weights) in row.iter().zip(weight.chunks(outputs)) {
            out.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += input * weight);
        }
        row = if layer < 2 { out.into_iter().map(|value| value.max(0.0)).collect() } else { out };
    }
    let plugin = Host::new(HostConfig::new(Profile::Train)).unwrap().load_file(&learnt).unwrap();
    let rows = Transitions {
        rows: 1,
        observation: &observation,
        action: &action,
        next_observation: &next,
        ..Transitions::default()
    };
    let mut scores = Scores::default();
    plugin.source(0).unwrap().evaluate(Batch::Transitions(&rows), &mut scores).unwrap();
    assert_eq!(scores.values[0].to_bits(), row[0].to_bits());
}

/// Each of the decoders that are more than one network of a plugin's factors; `export` itself compares 10,000 rows, bit by bit.
#[test]
fn bottlenecks_sums_and_what_ppo_learnt_are_exported_too() {
    let folder = tempfile::tempdir().unwrap();
    for (algorithm, credit, steps) in [("sac", "vib", "400"), ("sac", "spa", "400"), ("ppo", "rd", "4096")] {
        let (run, learnt) = (folder.path().join(credit), folder.path().join(format!("{credit}.wasm")));
        let train = ["train", "--env", "Pendulum-v1", "--algo", algorithm, "--steps", steps, "--credit", credit];
        done(&[&train[..], &["--reward", "environment", "--out", path(&run)]].concat());
        let exported = done(&["export", path(&run), "--out", path(&learnt), "--json"]);
        let exported: serde_json::Value = serde_json::from_str(&exported).unwrap();
        assert!(exported["rows"].as_u64().unwrap() >= 10_000, "{credit}: {exported}");
    }
    // What agents share is no agent's own.
    let (run, none) = (folder.path().join("team"), folder.path().join("none.wasm"));
    let train =
        ["train", "--env", "lare/spread-3", "--steps", "200", "--credit", "rd", "--team", "--reward", "environment"];
    done(&[&train[..], &["--out", path(&run)]].concat());
    let refused = self::run(&["export", path(&run), "--out", path(&none)]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(refused.status.code() == Some(2) && said.contains("--team") && !none.exists(), "{said}");
    // Half a point for every action, in the run as in the plugin.
    let kept = std::fs::read_to_string(folder.path().join("spa/decoder.json")).unwrap();
    let kept: serde_json::Value = serde_json::from_str(&kept).unwrap();
    assert_eq!(kept["adds"]["always"], 0.5);
    // A file that does not say so is refused, not exported without.
    let mut older = kept.clone();
    older.as_object_mut().unwrap().remove("adds");
    std::fs::write(folder.path().join("spa/decoder.json"), older.to_string()).unwrap();
    let refused = self::run(&["export", path(&folder.path().join("spa")), "--out", path(&none)]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains("missing field `adds`") && !none.exists(), "{said}");
}
