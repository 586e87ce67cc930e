//! A damaged file gives an error or other numbers, never a panic.

use meed_trajectory::{Dataset, open};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Folder, fixture};

fn read_to_the_end(file: &std::path::Path) {
    match open(file) {
        Ok(Dataset::Transitions(mut reader)) => while let Ok(Some(_)) = reader.next_rows(3) {},
        Ok(Dataset::Samples(mut reader)) => while let Ok(Some(_)) = reader.next_samples(3) {},
        Err(_) => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_a_reader_panic(
        name in prop::sample::select(vec![
            "pyarrow.parquet", "samples.parquet", "stored.npz", "compressed.npz", "python.jsonl",
            "minari/flat-arrow-v0/data/1/part-0.arrow", "minari/flat-hdf5-v0/data/main_data.hdf5", "compressed.hdf5",
        ]),
        changes in vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        length in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = std::fs::read(fixture(name)).unwrap();
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        if let Some(length) = length {
            bytes.truncate(length.index(bytes.len()));
        }
        let folder = Folder::new();
        read_to_the_end(&folder.with(name.rsplit('/').next().unwrap(), bytes));
    }
}

/// Found by the fuzz target `parquet`: a column chunk that begins before the file does, which the Parquet library panics on.
#[test]
fn a_column_of_negative_length_is_damage() {
    let error = open(&fixture("negative-length.parquet")).unwrap_err();
    assert_eq!(error.code(), "damaged");
    assert!(error.to_string().contains("should not be negative"), "{error}");
}
