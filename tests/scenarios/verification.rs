//! `meed verify` with more than plain recordings: a reference, a settings file; and `meed compare`.

use std::path::{Path, PathBuf};
use std::process::Output;

use meed_tests::{meed, plugin};

fn run(arguments: &[&str], files: &[&Path]) -> Output {
    meed(arguments).args(files).output().unwrap()
}

fn record(folder: &Path) -> PathBuf {
    let out = folder.join("random.parquet");
    let arguments = ["record", "--env", "Pendulum-v1", "--episodes", "12", "--seed", "3", "--out"];
    assert_eq!(run(&arguments, &[&out]).status.code(), Some(0));
    out
}

fn verify(data: &Path, more: &[&str], files: &[&Path]) -> (Option<i32>, serde_json::Value) {
    let component = plugin("pendulum");
    let mut arguments = vec!["verify", component.to_str().unwrap(), "--json", "--data", data.to_str().unwrap()];
    arguments.extend(more);
    let output = run(&arguments, files);
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("no report: {}", String::from_utf8_lossy(&output.stderr)));
    (output.status.code(), json)
}

fn verdict<'a>(report: &'a serde_json::Value, code: &str) -> &'a str {
    let rules = report["rules"].as_array().unwrap();
    rules.iter().find(|rule| rule["code"] == code).unwrap()["verdict"].as_str().unwrap()
}

#[test]
fn the_environments_own_terms_are_near_its_recorded_reward_and_near_themselves() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path());
    let (code, report) = verify(&data, &["--reference", "env"], &[]);
    assert_eq!(
        (code, verdict(&report, "V110"), verdict(&report, "V171"), verdict(&report, "V200")),
        (Some(0), "pass", "pass", "pass")
    );
    assert_eq!(verdict(&report, "V170"), "inconclusive", "a recorded reward cannot be asked");
    let (code, report) = verify(&data, &["--profile", "quick", "--reference"], &[&plugin("pendulum-c")]);
    assert_eq!((code, verdict(&report, "V170")), (Some(0), "pass"));
    assert_eq!(report["settings"]["rows"], 2000);
}

#[test]
fn a_settings_file_says_what_matters_and_what_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (record(folder.path()), folder.path().join("meed-verify.toml"));
    let with = |text: &str| {
        std::fs::write(&file, text).unwrap();
        verify(&data, &["--settings"], &[&file])
    };
    let mirror = "[task]\nmatters = [\"cos\"]\nsymmetries = [{ name = \"mirror\", negate = [\"sin\", \"velocity\", \"torque\"] }]";
    let (code, report) = with(&format!("off = [\"V081\"]\n{mirror}"));
    assert_eq!((code, verdict(&report, "V073"), verdict(&report, "V230")), (Some(0), "pass", "pass"));
    assert!(report["rules"].as_array().unwrap().iter().any(|rule| rule["reason"] == "switched off"));
    let (code, report) = with("[task]\nmatters = [\"torque\"]");
    assert_eq!((code, verdict(&report, "V073")), (Some(1), "fail"));
    std::fs::write(&file, "nonsense = 1").unwrap();
    let refused =
        run(&["verify", plugin("pendulum").to_str().unwrap(), "--data"], &[&data, "--settings".as_ref(), &file]);
    assert_eq!(refused.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("nonsense"));
}

#[test]
fn a_simulator_tells_what_no_recording_does() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path());
    let (code, report) = verify(&data, &["--simulator", "env", "--reference"], &[&plugin("pendulum-c")]);
    assert_eq!((code, verdict(&report, "V180"), verdict(&report, "V190")), (Some(0), "pass", "pass"));
    // The environment's own terms are not paid more where the task is done worse.
    assert_ne!(verdict(&report, "V270"), "fail");
    let (code, report) = verify(&data, &["--simulator", "Pendulum-v1", "--reference", "env"], &[]);
    assert_eq!((code, verdict(&report, "V190")), (Some(0), "pass"));
    assert_eq!(verdict(&report, "V180"), "inconclusive", "a recorded reward cannot be asked");
    let component = plugin("pendulum");
    let refused = run(&["verify", component.to_str().unwrap(), "--simulator", "Pendulun-v1", "--data"], &[&data]);
    assert_eq!(refused.status.code(), Some(2), "{}", String::from_utf8_lossy(&refused.stderr));
}

#[test]
fn a_hundred_thousand_transitions_take_seconds_and_the_report_says_where_they_went() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("long.parquet");
    let record = ["record", "--env", "Pendulum-v1", "--episodes", "500", "--out"];
    assert_eq!(run(&record, &[&data]).status.code(), Some(0));
    let (code, report) = verify(&data, &[], &[]);
    assert_eq!((code, report["data"]["rows"].as_u64()), (Some(0), Some(100_000)));
    let time = &report["time"];
    // It takes a fifth of a second on an idle machine.
    assert!(time["whole"].as_f64().unwrap() < 10.0, "{time}");
    assert!(time["rules"]["V030"].as_f64().unwrap() > 0.0, "{time}");
    let output = run(&["verify", plugin("pendulum").to_str().unwrap(), "--verbose", "--data"], &[&data]);
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(talk.contains("reading") && talk.contains("whole") && talk.contains("MiB at most"), "{talk}");
}

#[test]
fn two_builds_of_one_reward_are_at_no_distance() {
    let folder = tempfile::tempdir().unwrap();
    let data = record(folder.path());
    let (rust, c) = (plugin("pendulum"), plugin("pendulum-c"));
    let compare = |more: &[&str]| run(&[&["compare"][..], more].concat(), &[&rust, &c, "--data".as_ref(), &data]);
    let compared = compare(&["--json"]);
    assert_eq!(compared.status.code(), Some(0), "{}", String::from_utf8_lossy(&compared.stderr));
    let json: serde_json::Value = serde_json::from_slice(&compared.stdout).unwrap();
    assert!(json["epic"].as_f64().unwrap() < 1e-3 && json["alignment"].as_f64().unwrap() > 0.999, "{json}");
    assert!(String::from_utf8_lossy(&compare(&[]).stdout).contains("EPIC distance"));
    let other = run(&["compare"], &[&rust, &plugin("smoothness"), "--data".as_ref(), &data]);
    assert_eq!(other.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&other.stderr).contains("cannot be compared"));
}
