//! What Python writes is read: pyarrow, NumPy and json.

use meed_trajectory::{Dataset, NamedField, Schema, Table, open};

use crate::{Folder, fixture, read_all, reader, write};

fn expected() -> Table {
    Table {
        rows: 6,
        observation_size: 2,
        action_size: 1,
        task_size: 3,
        observation: (0..12).map(|value| value as f32).collect(),
        action: vec![0.0, 1.0, 2.0, 0.0, 1.0, 2.0],
        next_observation: vec![2.0, 3.0, 4.0, 5.0, 50.0, 51.0, 8.0, 9.0, 10.0, 11.0, 100.0, 101.0],
        task: [1.0, 2.0, 3.0].repeat(6),
        terminated: vec![false, false, true, false, false, false],
        truncated: vec![false, false, false, false, false, true],
        reward: vec![0.5; 6],
        agent: vec![],
        episode: vec![0, 0, 0, 1, 1, 1],
        step: vec![0, 1, 2, 0, 1, 2],
        group: vec![],
        group_offsets: vec![],
    }
}

#[test]
fn one_recording_reads_the_same_from_every_format_that_python_writes() {
    for name in ["pyarrow.parquet", "stored.npz", "compressed.npz", "python.jsonl"] {
        for max in [1, 2, 1000] {
            let mut reader = reader(&fixture(name));
            assert_eq!(read_all(&mut reader, max).unwrap(), expected(), "{name}, {max} rows at a time");
            let schema = reader.schema();
            let task: Vec<_> = schema.task.fields.iter().map(|field| (field.name.as_str(), field.size)).collect();
            assert_eq!(task, [("goal", 2), ("mass", 1)], "{name}");
            assert!(schema.reward && schema.next_observation && !schema.agent, "{name}");
        }
    }
}

#[test]
fn json_lines_may_be_short() {
    let folder = Folder::new();
    let lines = "\
{\"observation\": 1, \"action\": 0, \"terminated\": 0, \"truncated\": 0}
{\"observation\": 2.5, \"action\": [1], \"terminated\": 1, \"truncated\": false, \"info\": {\"x\": 1}}
{\"observation\": [3], \"action\": 2, \"terminated\": false, \"truncated\": true}

";
    let table = read_all(&mut reader(&folder.with("r.NDJSON", lines)), 10).unwrap();
    let schema = Schema::new(1, 1);
    let expected = Table {
        rows: 3,
        observation: vec![1.0, 2.5, 3.0],
        action: vec![0.0, 1.0, 2.0],
        terminated: vec![false, true, false],
        truncated: vec![false, false, true],
        episode: vec![0, 0, 1],
        step: vec![0, 1, 0],
        ..schema.table()
    };
    assert_eq!(table, expected);
}

#[test]
fn a_json_next_observation_may_stand_in_the_last_line_of_an_episode_only() {
    let folder = Folder::new();
    let row = |episode: u32, value: u32, ended: bool, more: &str| {
        format!(
            "{{\"episode\":{episode},\"observation\":[{value}],\"action\":0,\
             \"terminated\":{ended},\"truncated\":false{more}}}\n"
        )
    };
    let lines = [
        row(5, 1, false, ""),
        row(5, 2, true, ",\"next_observation\":[9]"),
        row(2, 3, false, ",\"next_observation\":null"),
        row(2, 4, true, ",\"next_observation\":8"),
    ];
    let table = read_all(&mut reader(&folder.with("r.jsonl", lines.concat())), 10).unwrap();
    assert_eq!(table.next_observation, [2.0, 9.0, 4.0, 8.0]);
}

#[test]
fn the_metadata_that_the_documentation_shows_is_read() {
    let page = include_str!("../../../../docs/trajectories.md");
    let shown: Vec<&str> = page.split("```json\n").skip(1).map(|part| part.split("```").next().unwrap()).collect();
    let folder = Folder::new();
    let mut lines = reader(&folder.with("r.jsonl", shown[1]));
    assert_eq!(read_all(&mut lines, 10).unwrap().next_observation.len(), 4);
    assert!(matches!(open(&folder.with("s.jsonl", shown[2])), Ok(Dataset::Samples(_))));

    let file = folder.file("r.parquet");
    let mut schema = Schema::new(
        ["cos-angle", "sin-angle", "speed"]
            .map(|name| field(name, if name == "speed" { "rad/s" } else { "1" }))
            .to_vec(),
        vec![field("torque", "N m")],
    )
    .with_reward()
    .with_next_observation();
    schema.environment = Some("Pendulum-v1".into());
    schema.seed = Some(7);
    schema.policy = Some("random".into());
    schema.creator = Some("meed 0.1.0".into());
    let table = Table {
        rows: 1,
        observation: vec![1.0, 0.0, 0.0],
        next_observation: vec![1.0, 0.0, 0.0],
        action: vec![0.0],
        reward: vec![0.0],
        terminated: vec![false],
        truncated: vec![true],
        episode: vec![0],
        step: vec![0],
        ..schema.table()
    };
    write(&file, &schema, &[table]).unwrap();
    let handle = std::fs::File::open(&file).unwrap();
    let builder = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(handle).unwrap();
    let pairs = builder.metadata().file_metadata().key_value_metadata().unwrap();
    let written = pairs.iter().find(|pair| pair.key == "meed.schema").unwrap().value.as_deref().unwrap();
    let parse = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    assert_eq!(parse(written), parse(shown[0]));
}

fn field(name: &str, unit: &str) -> NamedField {
    NamedField { name: name.into(), size: 1, unit: unit.into() }
}
