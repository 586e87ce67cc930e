//! Hostile rewards, as an author would write them: what verification says of each. What becomes of them when they run, with all other
//! attacks, is in `attacks`.

use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use meed_design::componentize;
use meed_runtime::{Limits, Profile};
use meed_tests::attacks::sources::SOURCES;
use meed_tests::{hostile, hostile_module, meed, say};

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

#[test]
fn verification_says_what_is_wrong_with_every_hostile_reward() {
    let mut wrong = Vec::new();
    say(&format!("{:<26} {:>7}  {}", "hostile reward", "millis", "verification"));
    for source in SOURCES {
        let Ok(component) = hostile(source.name) else { continue };
        let begun = Instant::now();
        let verification = flagged(&component);
        let taken = begun.elapsed();
        say(&format!("{:<26} {:>7}  {}", source.name, taken.as_millis(), verification.join(" ")));
        // Verification goes by fuel, which is spent long before the time.
        if verification != source.verification || taken > Limits::of(Profile::Verify).time + Duration::from_secs(5) {
            wrong.push(format!("{}: expected {:?}", source.name, source.verification));
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
    let mut cases: Vec<&str> = SOURCES.iter().map(|source| source.name).collect();
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
