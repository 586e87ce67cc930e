//! The part of the data that no model hears of: what fits the shown part alone is refused by it.

use std::path::{Path, PathBuf};
use std::process::Output;

use meed_core::Field;
use meed_tests::{meed, root};
use meed_trajectory::{Schema, Table, Writer};
use serde_json::{Value, json};

/// Plays recorded answers against a task.
fn design(folder: &Path, task: &str, answers: &[Value]) -> Output {
    let (file, transcript) = (folder.join("task.toml"), folder.join("answers.jsonl"));
    std::fs::write(&file, task).unwrap();
    let lines: String = answers.iter().map(|answer| format!("{answer}\n")).collect();
    std::fs::write(&transcript, lines).unwrap();
    let mut command = meed(&["design"]);
    command.arg(&file).arg("--model").arg(format!("replay:{}", transcript.display()));
    command.args(["--json", "--out"]).arg(folder.join("run")).output().unwrap()
}

fn read(folder: &Path, file: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("run/attempts").join(file)).unwrap()).unwrap()
}

/// Asserts that the first attempt passes on the shown part and fails on the hidden one by a rule, and that nobody was told by which.
fn assert_fits_the_shown_part_alone(folder: &Path, rule: &str) {
    assert_eq!(read(folder, "c1-0/outcome.json")["verdict"], "pass");
    assert_eq!(read(folder, "c1-0/hidden.json"), "fail");
    let errors = |report: &Value| -> Vec<String> {
        let rules = report["rules"].as_array().unwrap().iter().filter(|rule| rule["severity"] == "error");
        let found = rules.flat_map(|rule| rule["findings"].as_array().into_iter().flatten());
        found.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(errors(&read(folder, "c1-0/report.json")), Vec::<String>::new());
    assert_eq!(errors(&read(folder, "c1-0/hidden-report.json")), [rule]);
    let prompt =
        read(folder, "c1-1/prompt.json")["messages"].as_array().unwrap().last().unwrap()["content"].to_string();
    assert!(prompt.contains("it fits these alone") && !prompt.contains(rule), "{prompt}");
}

#[test]
fn a_candidate_that_fits_the_shown_episodes_of_an_environment_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let task = std::fs::read_to_string(root().join("tests/designs/pendulum.toml")).unwrap();
    let task = task.replace("candidates = 3", "candidates = 1").replace("rounds = 3", "rounds = 1");
    let task = task.replace("environment = ", "answer = \"expressions\"\nenvironment = ");
    let answer = |id: &str, expression: &str| {
        let factors = json!({ "factors": [{ "expression": expression, "name": "good", "weight": 1 }] });
        json!({ "id": id, "text": factors.to_string() })
    };
    // Which way the pendulum turns says nothing of how good that is, but in forty episodes it may seem to.
    let answers = [
        answer("c1-0", "0.056 * next.velocity - 0.0125 * math::abs(next.velocity)"),
        answer("c1-1", "next.cos - 0.01 * next.velocity * next.velocity"),
    ];
    let done = design(folder.path(), &task.replace("success-return = -300.0\n", ""), &answers);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_fits_the_shown_part_alone(folder.path(), "V110");
    let summary: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&summary["winner"], &summary["verdict"]), (&"c1-1".into(), &"pass".into()));
}

/// Records sixty episodes of a thing that is worth what its place says, whatever its colour. Every third one, which is what a design
/// hides, has another colour.
fn recording(folder: &Path) -> PathBuf {
    const EPISODES: u32 = 60;
    const STEPS: u32 = 8;
    let field = |name: &str, low| Field::new(name, 1, "1", low, 1.0);
    let schema = Schema::new([field("place", -1.0), field("colour", 0.0)].as_slice(), [field("push", -1.0)].as_slice())
        .with_reward();
    let file = folder.join("own.parquet");
    let mut table = Table { rows: (EPISODES * STEPS) as usize, ..schema.table() };
    for episode in 0..EPISODES {
        // A permutation of the episodes, so that their order says nothing.
        let worth = (episode * 17 % EPISODES) as f32 / EPISODES as f32 * 1.6 - 0.8;
        for step in 0..STEPS {
            let place = worth + 0.02 * (step as f32 - 3.5);
            table.observation.extend([place, if episode % 3 == 2 { 1.0 } else { 0.25 }]);
            table.action.push((step as f32 - 3.5) / 4.0);
            table.reward.push(place);
            table.terminated.push(false);
            table.truncated.push(step + 1 == STEPS);
            table.episode.push(episode);
            table.step.push(step);
        }
    }
    let mut writer = Writer::create(&file, schema).unwrap();
    writer.write(&table).unwrap();
    writer.finish().unwrap();
    file
}

const OWN: &str = r#"
name = "own"
words = "Get as far to the right as possible."
trajectories = ["own.parquet"]

[budget]
candidates = 1
rounds = 1

[[observation]]
name = "place"
unit = "1"
low = -1.0
high = 1.0

[[observation]]
name = "colour"
unit = "1"
low = 0.0
high = 1.0

[[action]]
name = "push"
unit = "1"
low = -1.0
high = 1.0
"#;

/// A reward of one factor, in code.
fn own_reward(colour: &str, value: &str) -> String {
    format!(
        "```rust\nuse meed_guest::prelude::*;\n\nmeed_guest::transition! {{\n    name: \"own\",\n    summary: \"To the right\",\n    \
         observation: Observation {{ place: f32 = \"1\" in -1.0..=1.0, {colour}: f32 = \"1\" in 0.0..=1.0 }},\n    \
         action: Action {{ _push: f32 = \"1\" in -1.0..=1.0 }},\n    factors: Factors {{ right: \"how far to the right\" in -1.0..=1.0 }},\n    \
         reward: reward(observation),\n}}\n\nfn reward(o: &Observation) -> Factors {{\n    Factors {{ right: {value} }}\n}}\n```\n"
    )
}

#[test]
fn a_candidate_that_fits_the_shown_episodes_of_own_recordings_alone_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    recording(folder.path());
    let answers = [
        json!({ "id": "c1-0", "text": own_reward("colour", "if o.colour > 0.5 { -o.place } else { o.place }") }),
        json!({ "id": "c1-1", "text": own_reward("_colour", "o.place") }),
    ];
    let done = design(folder.path(), OWN, &answers);
    assert_eq!(done.status.code(), Some(0), "{}", String::from_utf8_lossy(&done.stderr));
    assert_fits_the_shown_part_alone(folder.path(), "V110");
    let summary: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!((&summary["winner"], &summary["verdict"]), (&"c1-1".into(), &"pass".into()));
}
