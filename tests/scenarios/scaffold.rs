//! An author's first minutes: `meed new`, `meed build`, `meed verify`; and a mistake, shown at the author's line.

use std::path::{Path, PathBuf};

use meed_tests::meed;

/// Data that a scaffolded plugin of the kind can be verified on.
fn data(kind: &str, folder: &Path) -> PathBuf {
    let file = folder.join(if kind == "text" { "samples.jsonl" } else { "rows.parquet" });
    if kind == "text" {
        // The first line tells the columns, so that it has a reference; some of the others have none.
        let lines = (0..300).map(|sample| {
            let answer = sample % 7;
            let reference = if sample % 11 == 10 { String::new() } else { format!(r#","reference":"{}""#, sample % 5) };
            let completion = format!("Let me think {}. The answer is {answer}", "step by step ".repeat(sample % 9));
            format!(
                r#"{{"prompt":"What is {sample} mod 5?","completion":"{completion}"{reference},"tokens":{sample}}}"#
            )
        });
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).unwrap();
    } else {
        let recorded = meed(&["record", "--env", "Pendulum-v1", "--episodes", "20", "--seed", "1", "--out"])
            .arg(&file)
            .status()
            .unwrap();
        assert!(recorded.success());
    }
    file
}

fn new_build_verify(kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    let name = format!("my-{kind}");
    let made = meed(&["new", &name, "--lang", "rust", "--kind", kind]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    build_verify(&name, kind, folder.path());
}

fn build_verify(name: &str, kind: &str, folder: &Path) {
    let built = meed(&["build", name]).current_dir(folder).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    let component = String::from_utf8(built.stdout).unwrap();
    let verified = meed(&["verify", component.trim(), "--data"]).arg(data(kind, folder)).output().unwrap();
    let report = String::from_utf8_lossy(&verified.stdout);
    assert_eq!(verified.status.code(), Some(0), "{report}{}", String::from_utf8_lossy(&verified.stderr));
}

#[test]
fn a_transition_plugin_passes() {
    new_build_verify("transition");
}

#[test]
fn an_episode_plugin_passes() {
    new_build_verify("episode");
}

#[test]
fn a_stateful_plugin_passes() {
    new_build_verify("stateful");
}

#[test]
fn a_text_plugin_passes() {
    new_build_verify("text");
}

#[test]
fn the_plugin_in_the_readme_passes() {
    let readme = std::fs::read_to_string(meed_tests::root().join("README.md")).unwrap();
    let (_, rest) = readme.split_once("```rust\n").unwrap();
    let (source, _) = rest.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let made = meed(&["new", "readme"]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success());
    std::fs::write(folder.path().join("readme/src/lib.rs"), source).unwrap();
    build_verify("readme", "transition", folder.path());
}

#[test]
fn a_mistake_is_shown_at_the_authors_line() {
    let folder = tempfile::tempdir().unwrap();
    let made = meed(&["new", "mistaken"]).current_dir(folder.path()).status().unwrap();
    assert!(made.success());
    let source = folder.path().join("mistaken/src/lib.rs");
    let text = std::fs::read_to_string(&source).unwrap();
    let line = text.lines().position(|line| line.starts_with("fn reward")).unwrap() + 1;
    let mistaken: Vec<String> = text
        .lines()
        .enumerate()
        .map(
            |(index, text)| if index == line { format!("    let wrong: f32 = \"text\";\n{text}") } else { text.into() },
        )
        .collect();
    std::fs::write(&source, mistaken.join("\n")).unwrap();
    let built = meed(&["build", "mistaken"]).current_dir(folder.path()).output().unwrap();
    assert_eq!(built.status.code(), Some(1));
    let shown = String::from_utf8(built.stderr).unwrap();
    assert!(shown.contains("mismatched types"), "{shown}");
    assert!(shown.contains(&format!("src/lib.rs:{}:22", line + 1)), "{shown}");
}
