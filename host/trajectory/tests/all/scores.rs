//! The file of scores that `meed eval` writes.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt32Type};
use arrow_array::{Array, RecordBatch};
use meed_core::{Description, Factor, Granularity, Kind, Reason, Scores, Unscored};
use meed_trajectory::{Schema, ScoreWriter, Table};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use crate::Folder;

fn description(kind: Kind) -> Description {
    Description::new(kind, "p", "0.1.0")
        .factors([Factor::new("reward", -1.0, 1.0, 2.0, ""), Factor::new("b", -1.0, 1.0, -1.0, "")])
}

fn scores() -> Scores {
    Scores {
        values: vec![0.5, 0.25, 0.0, 0.0, 0.0, 0.0],
        factors: 2,
        unscored: vec![
            Unscored { row: 1, reason: Reason::Abstain },
            Unscored { row: 2, reason: Reason::Fault { message: "no".into() } },
        ],
    }
}

fn read(file: &std::path::Path) -> RecordBatch {
    let file = std::fs::File::open(file).unwrap();
    ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap().next().unwrap().unwrap()
}

fn names(batch: &RecordBatch) -> Vec<String> {
    batch.schema().fields().iter().map(|field| field.name().clone()).collect()
}

#[test]
fn a_score_an_abstention_and_a_fault_are_told_apart() {
    let folder = Folder::new();
    let file = folder.file("s.parquet");
    let schema = Schema::new(1, 1);
    let table = Table { rows: 3, episode: vec![1, 1, 2], step: vec![0, 1, 0], ..schema.table() };
    let mut writer = ScoreWriter::for_rows(&file, &description(Kind::Transition), &schema).unwrap();
    writer.write_rows(&table, &scores()).unwrap();
    assert!(!file.exists());
    writer.finish().unwrap();

    let batch = read(&file);
    assert_eq!(names(&batch), ["episode", "step", "factor.reward", "factor.b", "reward", "status", "message"]);
    let reward = batch.column(4).as_primitive::<Float32Type>();
    assert_eq!(reward.iter().collect::<Vec<_>>(), [Some(0.75), None, None]);
    assert!(batch.column(2).is_null(1) && batch.column(2).is_null(2));
    let status: Vec<_> = batch.column(5).as_string::<i32>().iter().flatten().collect();
    assert_eq!(status, ["score", "abstain", "fault"]);
    let message: Vec<_> = batch.column(6).as_string::<i32>().iter().collect();
    assert_eq!(message, [None, None, Some("no")]);
}

#[test]
fn scores_of_episodes_and_samples_have_keys_of_their_own() {
    let folder = Folder::new();
    let file = folder.file("s.parquet");
    let mut episodes = description(Kind::Episode);
    episodes.granularity = Granularity::Episode;
    let table = Table { rows: 5, episode: vec![1, 1, 4, 4, 2], ..Table::default() };
    let mut writer = ScoreWriter::for_rows(&file, &episodes, &Schema::new(1, 1)).unwrap();
    writer.write_rows(&table, &scores()).unwrap();
    writer.finish().unwrap();
    let batch = read(&file);
    assert_eq!(names(&batch)[..2], ["episode", "factor.reward"]);
    assert_eq!(batch.column(0).as_primitive::<UInt32Type>().values(), &[1, 4, 2]);

    let mut writer = ScoreWriter::for_samples(&file, &description(Kind::Text)).unwrap();
    writer.write_samples(&scores()).unwrap();
    writer.write_samples(&scores()).unwrap();
    writer.finish().unwrap();
    let batch = read(&file);
    assert_eq!(names(&batch)[0], "sample");
    assert_eq!(batch.column(0).as_primitive::<arrow_array::types::UInt64Type>().values(), &[0, 1, 2, 3, 4, 5]);
}

#[test]
fn too_few_scores_are_refused() {
    let folder = Folder::new();
    let schema = Schema::new(1, 1);
    let table = Table { rows: 2, episode: vec![1, 1], step: vec![0, 1], ..schema.table() };
    let mut writer = ScoreWriter::for_rows(&folder.file("s.parquet"), &description(Kind::Transition), &schema).unwrap();
    let error = writer.write_rows(&table, &scores()).unwrap_err();
    assert!(error.to_string().ends_with("3 scores of 2 factors for 2 of 2"), "{error}");
}
