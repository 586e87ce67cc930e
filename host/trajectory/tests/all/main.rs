//! What a recording goes through from writer to reader, in every format.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod damage;
mod formats;
mod malformed;
mod minari;
mod round_trip;
mod samples;
mod scores;

use std::path::{Path, PathBuf};

use meed_trajectory::{Dataset, Reader, Schema, Table, TrajectoryError, Writer, open};

/// A folder that is gone after the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let file = self.file(name);
        std::fs::write(&file, content).unwrap();
        file
    }
}

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("MEED_ROOT")).join("host/trajectory/tests/fixtures").join(name)
}

fn reader(file: &Path) -> Reader {
    match open(file) {
        Ok(Dataset::Transitions(reader)) => reader,
        other => panic!("{other:?}"),
    }
}

fn write(file: &Path, schema: &Schema, tables: &[Table]) -> Result<(), TrajectoryError> {
    let mut writer = Writer::create(file, schema.clone())?;
    for table in tables {
        writer.write(table)?;
    }
    writer.finish()
}

/// Reads everything in tables of at most `max` rows and puts them together again.
fn read_all(reader: &mut Reader, max: usize) -> Result<Table, TrajectoryError> {
    let mut all = reader.schema().table();
    while let Some(table) = reader.next_rows(max)? {
        assert!(table.rows <= max);
        all.append(&table);
    }
    Ok(all)
}

/// Opens and reads everything, and gives the error without the folder's name.
fn error(file: &Path) -> String {
    let error = match open(file) {
        Err(error) => error,
        Ok(Dataset::Transitions(mut reader)) => match read_all(&mut reader, 1000) {
            Err(error) => {
                assert!(matches!(reader.next_rows(1000), Ok(None)), "a reader is at its end after an error");
                error
            }
            Ok(table) => panic!("{table:?}"),
        },
        Ok(Dataset::Samples(mut reader)) => loop {
            match reader.next_samples(1000) {
                Err(error) => break error,
                Ok(Some(_)) => {}
                Ok(None) => panic!("no error"),
            }
        },
    };
    assert!(!error.hint().is_empty());
    error.to_string().replace(&format!("{}/", file.parent().unwrap().display()), "")
}
