//! A model writes a reward: broken first answers come back with reasons, the repaired one is verified and trains an agent.
//!
//! The transcripts in `tests/designs` are written by hand, as their first lines say.

use std::path::{Path, PathBuf};
use std::process::Output;

use meed_core::{RewardFactory, RewardSource};
use meed_envs::{Episodic, VectorEnv};
use meed_runtime::Profile;
use meed_tests::{host, meed, root, say};
use meed_train::{Silent, TrainConfig, evaluate, train};
use serde_json::Value;

fn designs() -> PathBuf {
    root().join("tests/designs")
}

fn design(task: &str, transcript: &Path, out: &Path, more: &[&str]) -> Output {
    let (task, replay) = (designs().join(task), format!("replay:{}", transcript.display()));
    meed(&["design".as_ref(), task.as_os_str(), "--model".as_ref(), replay.as_ref(), "--out".as_ref(), out.as_os_str()])
        .args(more)
        .output()
        .unwrap()
}

/// Designs by a transcript of this repository and gives the folder and what it came to.
fn designed(name: &str, out: &Path) -> Value {
    let done = design(&format!("{name}.toml"), &designs().join(format!("{name}.jsonl")), out, &["--json"]);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    serde_json::from_slice(&done.stdout).unwrap()
}

/// Says how far each attempt came: why there is no candidate, or the verdict and the codes of what was found.
fn fates(summary: &Value) -> Vec<String> {
    let fate = |attempt: &Value| match attempt["fate"].as_str() {
        Some("judged") => {
            let found = attempt["findings"].as_array().unwrap().iter();
            let errors = found.filter(|finding| finding["severity"] == "error");
            let first = errors.map(|finding| finding["code"].as_str().unwrap()).next().unwrap_or_default();
            format!("{} {} {first}", attempt["id"].as_str().unwrap(), attempt["verdict"].as_str().unwrap())
        }
        _ => format!("{} {}", attempt["id"].as_str().unwrap(), attempt["code"].as_str().unwrap()),
    };
    summary["attempts"].as_array().unwrap().iter().map(fate).collect()
}

/// Trains with the winner, and with the environment's own reward paid only when an episode ends, and asserts that the designed one
/// teaches more in as many steps; gives both true returns.
fn beats_sparse(env: &str, winner: &Path, steps: u64, least: f64) {
    let plugin = host(Profile::Train).load_file(winner).unwrap();
    let config = TrainConfig::new(env, steps, 1);
    let mean = |env: Box<dyn VectorEnv>, reward: Option<Box<dyn RewardSource>>| {
        let summary = train(env, reward, &config, None, &mut Silent).unwrap();
        evaluate(&summary.policy, 20, 1).unwrap().mean
    };
    let designed = mean(config.make_env().unwrap(), Some(plugin.source(1).unwrap()));
    let sparse = mean(Box::new(Episodic::new(config.make_env().unwrap())), None);
    say(&format!(
        "{env}, {steps} steps: true return {designed:.1} by the designed reward, {sparse:.1} by the sparse one"
    ));
    assert!(designed > sparse + least, "{designed} against {sparse}");
}

#[test]
fn a_pendulum_reward_is_summarised_repaired_verified_and_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let summary = designed("pendulum", &out);
    let expected =
        ["c1-0 no-code", "c2-0 compile", "c3-0 fail V040", "c0-1 source-refused", "c0-2 wrong-language", "c0-3 pass "];
    assert_eq!(fates(&summary), expected);
    assert_eq!(
        (&summary["winner"], &summary["verdict"], &summary["ended"]),
        (&"c0-3".into(), &"pass".into(), &"found".into())
    );

    // The next prompt holds what was wrong: the compiler's message at the line, the finding with its evidence.
    let prompt = |id: &str| std::fs::read_to_string(out.join("attempts").join(id).join("prompt.json")).unwrap();
    for part in ["no field `theta`", "src/lib.rs:21:", "V040 (error)", "| factors: angle"] {
        assert!(prompt("c0-1").contains(part), "{part}: {}", prompt("c0-1"));
    }
    assert!(prompt("c0-2").contains("`include_str` is not allowed"), "{}", prompt("c0-2"));

    // A run is a transcript of itself, to the bit, and is shown.
    let again = folder.path().join("again");
    let done = design("pendulum.toml", &out.join("transcript.jsonl"), &again, &["--json"]);
    assert_eq!(fates(&serde_json::from_slice(&done.stdout).unwrap()), expected);
    let winner = |run: &Path| std::fs::read(run.join("winner.wasm")).unwrap();
    assert!(winner(&out) == winner(&again), "the same answers gave other bits");
    let page = folder.path().join("page.html");
    let shown = meed(&["design", "show", "--html"]).arg(&page).arg(&out).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("c0-3 is chosen: pass") && shown.contains("include_str"), "{shown}");
    let page = std::fs::read_to_string(&page).unwrap();
    assert!(page.contains("c0-3 is chosen") && page.contains("<td class=\"name\">calm</td>"), "{page}");

    says_where_it_comes_from(&out, &summary);
    beats_sparse("Pendulum-v1", &out.join("winner.wasm"), 40_000, 200.0);
}

/// Asserts that the winner tells its origin to those who ask, and that it changes nothing for those who don't.
fn says_where_it_comes_from(out: &Path, summary: &Value) {
    let winner = out.join("winner.wasm");
    let inspected = meed(&["inspect", "--json"]).arg(&winner).output().unwrap();
    let inspected: Value = serde_json::from_slice(&inspected.stdout).unwrap();
    let origin = &inspected["provenance"];
    let attempt = summary["attempts"].as_array().unwrap().last().unwrap();
    assert_eq!((&origin["model"], &origin["strategy"]), (&"written by hand".into(), &"lare".into()));
    assert_eq!((&origin["prompt"], &origin["source"]), (&attempt["prompt"], &attempt["source"]));
    assert_eq!(origin["parents"].as_array().unwrap().len(), 1);

    let verify = |more: &[&str]| {
        let arguments = ["verify".as_ref(), winner.as_os_str(), "--data".as_ref()];
        meed(&arguments).arg(out.join("shown.parquet")).args(more).output().unwrap()
    };
    let report: Value = serde_json::from_slice(&verify(&["--json"]).stdout).unwrap();
    assert_eq!(&report["provenance"], origin);
    let table = String::from_utf8(verify(&[]).stdout).unwrap();
    assert!(
        table.contains("model        written by hand") && table.contains(origin["task"].as_str().unwrap()),
        "{table}"
    );

    // A runtime that knows nothing of it takes both, and finds the same exports in them.
    let bare = out.join("attempts").join(attempt["id"].as_str().unwrap()).join("component.wasm");
    let engine = wasmtime::Engine::default();
    let exports = |file: &Path| {
        let component = wasmtime::component::Component::from_file(&engine, file).unwrap();
        component.component_type().exports(&engine).map(|(name, _)| name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(exports(&winner), exports(&bare));
    let (with, without) = (std::fs::read(&winner).unwrap(), std::fs::read(&bare).unwrap());
    assert!(with.len() > without.len() && with.starts_with(&without));
}

#[test]
fn a_cart_pole_reward_is_repaired_verified_and_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let summary = designed("cartpole", &out);
    let expected =
        ["c1-0 several-rewards", "c2-0 fail V011", "c2-1 compile", "c2-2 fail V040", "c2-3 fail V016", "c2-4 pass "];
    assert_eq!(fates(&summary), expected);
    beats_sparse("CartPole-v1", &out.join("winner.wasm"), 30_000, 50.0);
}

#[test]
fn a_reward_for_agents_that_spread_is_summarised_verified_and_teaches() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let summary = designed("spread", &out);
    assert_eq!(fates(&summary), ["c1-0 compile", "c2-0 fail V040", "c0-1 pass "]);
    assert_eq!((&summary["winner"], &summary["verdict"]), (&"c0-1".into(), &"pass".into()));
    beats_sparse("mpe2/simple_spread-3", &out.join("winner.wasm"), 120_000, 2.0);
}

#[test]
fn a_reward_in_c_is_repaired_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let summary = designed("pendulum-c", &out);
    assert_eq!(fates(&summary), ["c1-0 compile", "c2-0 source-refused", "c0-1 fail V110", "c0-2 pass "]);
    // What was wrong comes back with the author's own lines.
    let prompt = std::fs::read_to_string(out.join("attempts/c0-1/prompt.json")).unwrap();
    for part in ["reward.c:10:", "no member named 'theta'", "line 1: `#include <stdio.h>` is not allowed"] {
        assert!(prompt.contains(part), "{part}: {prompt}");
    }
    assert!(std::fs::read_to_string(out.join("winner.c")).unwrap().contains("factors[0] = next->cos;"));
    let shown = meed(&["inspect"]).arg(out.join("winner.wasm")).output().unwrap();
    assert!(String::from_utf8(shown.stdout).unwrap().contains("height of the tip"));
}

#[test]
fn a_reward_in_python_is_repaired_and_verified() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let summary = designed("pendulum-python", &out);
    assert_eq!(fates(&summary), ["c1-0 compile", "c2-0 source-refused", "c0-1 pass "]);
    let prompt = std::fs::read_to_string(out.join("attempts/c0-1/prompt.json")).unwrap();
    for part in [
        r#"File \"reward.py\", line 11, in reward"#,
        "no attribute 'theta'",
        "line 1: `import numpy as np` is not allowed",
    ] {
        assert!(prompt.contains(part), "{part}: {prompt}");
    }
    assert!(!prompt.contains("_values(Observation"), "Meed's part of the module is shown: {prompt}");
    assert!(std::fs::read_to_string(out.join("winner.py")).unwrap().contains("        next.cos,"));
    // An agent can be trained with it.
    let trained = meed(&["train", "--env", "Pendulum-v1", "--steps", "2048", "--reward"])
        .arg(out.join("winner.wasm"))
        .arg("--out")
        .arg(folder.path().join("trained"))
        .output()
        .unwrap();
    assert!(trained.status.success(), "{}", String::from_utf8_lossy(&trained.stderr));
}

#[test]
fn what_a_small_real_model_answered_goes_the_same_way_again() {
    let results = std::fs::read_to_string(designs().join("smollm2/results.jsonl")).unwrap();
    let rows = results.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    // In the form of code nothing is built; the others take too long for a test.
    let played = ["code", "weights"];
    let rows: Vec<Value> = rows
        .filter(|row| row["task"] == "pendulum" && played.iter().any(|form| row["answer"] == *form))
        .filter(|row| row["by"] != "chance")
        .collect();
    assert_eq!(rows.len(), played.len());
    for row in rows {
        let name = format!("smollm2/pendulum-{}", row["answer"].as_str().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let transcript = designs().join(format!("{name}.jsonl"));
        let done = design(&format!("{name}.toml"), &transcript, &folder.path().join("run"), &["--json"]);
        let summary: Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!((&summary["winner"], &summary["tokens"]), (&row["winner"], &row["tokens"]), "{name}");
        let fate = |attempt: &Value| match attempt["fate"] == "judged" {
            true => attempt["verdict"].clone(),
            false => attempt["code"].clone(),
        };
        let fates = summary["attempts"].as_array().unwrap().iter();
        let fates: Vec<Value> = fates.map(|attempt| serde_json::json!([attempt["id"], fate(attempt)])).collect();
        assert_eq!(Value::Array(fates), row["attempts"], "{name}");
    }
}

#[test]
fn every_environments_own_description_begins_a_task() {
    let folder = tempfile::tempdir().unwrap();
    for (index, env) in meed_envs::ids().enumerate() {
        let file = folder.path().join(format!("{index}.toml"));
        let made = meed(&["task", "init", "--env", env, "--out"]).arg(&file).output().unwrap();
        assert_eq!(made.status.code(), Some(0), "{env}: {}", String::from_utf8_lossy(&made.stderr));
        let task = meed_design::Task::read(&file).unwrap();
        assert_eq!(task.environment.as_deref(), Some(env));
        let size: usize = task.observation.iter().map(|field| field.size).sum();
        assert_eq!(size, meed_envs::spec(env).unwrap().observation_size(), "{env}");
    }
    assert_eq!(meed(&["task", "init", "--env", "Nowhere-v0"]).output().unwrap().status.code(), Some(2));
}

#[test]
fn a_server_that_is_not_there_is_said_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let bad = meed(&["design"])
        .arg(designs().join("pendulum.toml"))
        .args(["--model", "http://me:secret@127.0.0.1:1/v1", "--out"])
        .arg(folder.path().join("run"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&bad.stderr);
    assert_eq!(bad.status.code(), Some(2), "{text}");
    assert!(text.contains("MEED_API_KEY") && !text.contains("secret"), "{text}");
    assert!(!folder.path().join("run").exists());
}
