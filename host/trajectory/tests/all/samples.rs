//! Text samples, as JSON lines and as Parquet.

use meed_core::{Batch, Description, Inputs, Kind};
use meed_trajectory::{Dataset, SampleReader, open};

use crate::{Folder, error, fixture};

fn samples(file: &std::path::Path) -> SampleReader {
    match open(file) {
        Ok(Dataset::Samples(reader)) => reader,
        other => panic!("{other:?}"),
    }
}

const LINES: &str = r#"{"prompt": "1+1", "completion": "2", "reference": "2", "tokens": 1, "group": 7, "style": "short", "id": 4}
{"prompt": "1+1", "completion": "3", "reference": "2", "tokens": 1, "group": 7}
{"prompt": "2+2", "completion": "4", "reference": null, "tokens": 1, "group": 8, "style": "short"}
"#;

#[test]
fn samples_read_the_same_from_json_lines_and_parquet() {
    let folder = Folder::new();
    let jsonl = samples(&folder.with("s.jsonl", LINES)).next_samples(10).unwrap().unwrap();
    let parquet = samples(&fixture("samples.parquet")).next_samples(10).unwrap().unwrap();
    assert_eq!(jsonl, parquet);
    assert_eq!(jsonl.completion, ["2", "3", "4"]);
    assert_eq!(jsonl.reference, [Some("2".into()), Some("2".into()), None]);
    assert_eq!(jsonl.group_offsets, [0, 2, 3]);
    assert_eq!(jsonl.columns, [("style".into(), vec![Some("short".into()), None, Some("short".into())])]);
}

#[test]
fn samples_are_lent_as_a_reward_takes_them() {
    let mut description = Description::new(Kind::Text, "t", "0.1.0");
    description.inputs = Inputs { prompt: true, reference: true, tokens: true, group: true, ..Inputs::default() };
    description.columns = vec!["style".into()];
    let dataset = open(&fixture("samples.parquet")).unwrap();
    dataset.check_against(&description).unwrap();
    let Dataset::Samples(mut reader) = dataset else { unreachable!() };
    let table = reader.next_samples(10).unwrap().unwrap();
    let rows = table.with_view(|samples| {
        assert_eq!(Batch::Samples(samples).check(&description), Ok(()));
        assert_eq!(samples.columns[0].values, [Some("short"), None, Some("short")]);
        samples.rows
    });
    assert_eq!(rows, 3);
}

#[test]
fn a_group_of_samples_is_never_divided() {
    let mut reader = samples(&fixture("samples.parquet"));
    let error = reader.next_samples(1).unwrap_err();
    assert!(error.to_string().ends_with("row 0: the group that begins here has more than 1 rows"), "{error}");
    assert_eq!(reader.next_samples(2).unwrap().unwrap().group, ["7", "7"]);
    assert_eq!(reader.next_samples(2).unwrap().unwrap().group_offsets, [0, 1]);
    assert_eq!(reader.next_samples(2).unwrap(), None);
}

#[test]
fn a_long_file_of_samples_comes_in_order() {
    let folder = Folder::new();
    let lines: String = (0..500).map(|row| format!("{{\"completion\": \"{row}\"}}\n")).collect();
    let mut reader = samples(&folder.with("s.jsonl", lines));
    let mut all = Vec::new();
    while let Some(table) = reader.next_samples(7).unwrap() {
        assert!(table.rows <= 7);
        all.extend(table.completion);
    }
    assert_eq!(all, (0..500).map(|row| row.to_string()).collect::<Vec<_>>());
}

#[test]
fn malformed_samples_are_named() {
    let folder = Folder::new();
    for (second, message) in [
        (r#"{"completion": 3, "group": 1}"#, "row 1, column completion: 3, expected is a text or null"),
        (r#"{"group": 1}"#, "row 1, column completion: absent, expected is a text"),
        (r#"{"completion": "b"}"#, "row 1, column group: absent, expected is a text"),
        (
            r#"{"completion": "b", "group": 1, "note": []}"#,
            "row 1, column note: a list of 0, expected is a text or null",
        ),
        (
            "{\"completion\": \"b\", \"group\": 2}\n{\"completion\": \"c\", \"group\": 1}",
            "row 2, column group: \"1\", expected is a new one, because other groups came after this one's samples",
        ),
    ] {
        let file =
            folder.with("s.jsonl", format!("{{\"completion\": \"a\", \"group\": 1, \"note\": \"x\"}}\n{second}"));
        assert_eq!(error(&file), format!("s.jsonl: {message}"));
    }
}
