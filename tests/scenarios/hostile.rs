//! Hostile rewards: each ends in its own typed error or verdict, within its limits, and the next good plugin gives the same bits
//! as before.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use meed_core::{Batch, RewardFactory, Scores, Transitions};
use meed_design::componentize;
use meed_runtime::{Limits, Plugin, Profile};
use meed_tests::{host, hostile, hostile_module, load, meed, say};

/// What must become of a hostile reward.
struct Case {
    name: &'static str,
    /// How a load, or a call on 64 rows, ends in training: an error's code, or `scores`.
    training: &'static str,
    /// The rules that fail or warn when it is verified; empty where verification finds nothing wrong.
    verification: &'static [&'static str],
}

const fn case(name: &'static str, training: &'static str, verification: &'static [&'static str]) -> Case {
    Case { name, training, verification }
}

const CASES: &[Case] = &[
    case("abstains", "scores", &[]),
    case("bad_description", "scores", &["V019", "V040", "V063"]),
    case("batch_leak", "scores", &["V030", "V031"]),
    case("changing_description", "scores", &[]),
    case("constant", "scores", &["V060"]),
    case("deep_recursion", "stack-overflow", &["V016"]),
    case("directory_listing", "load: forbidden-import", &["V001"]),
    case("duplicate_factors", "scores", &["V063"]),
    case("endless_description", "load: deadline", &["V006"]),
    case("evaluate_changes_state", "scores", &["V020", "V024", "V030", "V031"]),
    case("fault", "fault", &["V015"]),
    case("fixed_batch", "output-length", &["V010", "V032"]),
    case("forbidden_import", "no component", &[]),
    case("hidden_state", "scores", &["V020"]),
    case("huge_description", "load: result-size", &["V006"]),
    case("huge_result", "result-size", &["V018"]),
    case("infinite", "output-infinite", &["V012"]),
    case("infinite_loop", "deadline", &["V017"]),
    case("log_flood", "scores", &[]),
    case("memory_bomb", "memory", &["V018"]),
    case("memory_leak", "scores", &["V054"]),
    case("nan", "output-nan", &["V011"]),
    case("no_functions", "load: no-kind", &["V007"]),
    case("out_of_bounds", "scores", &["V040"]),
    case("panic", "trap", &["V016"]),
    case("panicking_description", "load: trap", &["V006"]),
    case("plain_math", "scores", &["V100"]),
    case("quadratic", "scores", &["V051"]),
    case("random", "scores", &["V020", "V030", "V031", "V040"]),
    case("saturated", "scores", &["V062", "V090"]),
    case("snapshot_forgets", "scores", &["V026"]),
    case("string_scores", "load: interface", &["V002"]),
    case("unread_field", "scores", &["V071"]),
    case("unsorted_unscored", "output-unscored", &["V010", "V032"]),
    case("wrong_length", "output-length", &["V010"]),
    case("zero_factors", "scores", &["V013"]),
];

/// Rows of Pendulum under a random policy.
pub(crate) static DATA: LazyLock<PathBuf> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap().keep();
    let file = folder.join("random.parquet");
    let recorded = meed(&["record", "--env", "Pendulum-v1", "--episodes", "5", "--seed", "1", "--out"])
        .arg(&file)
        .status()
        .unwrap();
    assert!(recorded.success());
    file
});

/// Verifies a component on [`DATA`] as its author would, and gives the codes of the rules that did not pass.
pub(crate) fn flagged(component: &[u8]) -> Vec<String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), component).unwrap();
    let verified = meed(&["verify", "--json"]).arg(file.path()).arg("--data").arg(&*DATA).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&verified.stdout)
        .unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&verified.stderr)));
    let flagged: Vec<String> = report["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["verdict"] == "fail")
        .map(|rule| rule["code"].as_str().unwrap().to_owned())
        .collect();
    let code = match report["verdict"].as_str().unwrap() {
        "pass" => 0,
        "fail" => 1,
        _ => 3,
    };
    assert_eq!(verified.status.code(), Some(code));
    flagged
}

/// Scores 64 rows and says how that ended.
fn call(plugin: &Plugin) -> String {
    let observation: Vec<f32> = (0..64 * 3).map(|index| (index as f32 * 0.7).sin()).collect();
    let mut action: Vec<f32> = (0..64).map(|index| (index as f32 * 1.3).cos()).collect();
    if plugin.description().action.is_empty() {
        action.clear();
    }
    let batch = Transitions { rows: 64, observation: &observation, action: &action, ..Transitions::default() };
    let mut source = plugin.source(0).unwrap();
    match source.evaluate(Batch::Transitions(&batch), &mut Scores::default()) {
        Ok(()) => "scores".into(),
        Err(error) => error.failure.code().into(),
    }
}

fn good_bits(plugin: &Plugin) -> Vec<u32> {
    let observation: Vec<f32> = (0..300).map(|index| (index as f32 * 0.37).sin()).collect();
    let batch =
        Transitions { rows: 100, observation: &observation, action: &observation[..100], ..Transitions::default() };
    let mut scores = Scores::default();
    plugin.source(0).unwrap().evaluate(Batch::Transitions(&batch), &mut scores).unwrap();
    scores.values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn every_hostile_reward_is_contained() {
    let good = load("pendulum", Profile::Train);
    let before = good_bits(&good);
    let mut wrong = Vec::new();
    say(&format!("{:<26} {:<18} {:>7}  {}", "hostile reward", "in training", "millis", "verification"));
    for case in CASES {
        let begun = Instant::now();
        let (training, verification) = match hostile(case.name) {
            Err(_) => ("no component".into(), Vec::new()),
            Ok(component) => {
                let training = match host(Profile::Train).load(&component) {
                    Err(error) => format!("load: {}", error.code()),
                    Ok(plugin) => call(&plugin),
                };
                (training, flagged(&component))
            }
        };
        let taken = begun.elapsed();
        say(&format!("{:<26} {:<18} {:>7}  {}", case.name, training, taken.as_millis(), verification.join(" ")));
        // Loading may run into the limit as well as calling; verification goes by fuel, which is spent faster than that.
        let limit = 2 * Limits::of(Profile::Train).time + Limits::of(Profile::Verify).time + Duration::from_secs(5);
        if training != case.training || verification != case.verification || taken > limit {
            wrong.push(format!("{}: expected {} and {:?}", case.name, case.training, case.verification));
        }
        if good_bits(&good) != before {
            wrong.push(format!("{}: the good plugin's bits have changed", case.name));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_hostile_source_has_its_case() {
    let folder = meed_tests::root().join("plugins/hostile/examples");
    let mut sources: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let mut cases: Vec<&str> = CASES.iter().map(|case| case.name).collect();
    sources.sort();
    cases.sort();
    assert_eq!(sources, cases);
}

#[test]
fn meed_build_refuses_forbidden_imports_by_name() {
    for (name, import) in [("forbidden_import", "env"), ("directory_listing", "wasi:filesystem/preopens@0.2.0")] {
        let error = componentize(&hostile_module(name)).unwrap_err();
        assert_eq!(error.code(), "forbidden-import");
        assert!(error.to_string().contains(import), "{error}");
    }
}
