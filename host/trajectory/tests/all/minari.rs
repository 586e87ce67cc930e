//! What the package minari writes is read, in each of its formats.

use std::path::Path;

use meed_trajectory::{Table, open};

use crate::{Folder, error, fixture, read_all, reader};

/// The episodes of `minari_datasets.py`: of 2, 3 and 4 steps, with observations of so many equal numbers.
fn expected(numbers: usize) -> Table {
    let mut table = Table { observation_size: numbers, action_size: 1, ..Table::default() };
    for episode in 0..3u32 {
        let steps = 2 + episode;
        let seen = |step: u32| vec![(f64::from(episode) + f64::from(step) / 10.0) as f32; numbers];
        for step in 0..steps {
            table.rows += 1;
            table.observation.extend(seen(step));
            table.next_observation.extend(seen(step + 1));
            table.reward.push(0.5 * (step + 1) as f32);
            table.terminated.push(step + 1 == steps && episode != 1);
            table.truncated.push(step + 1 == steps);
            table.episode.push(episode);
            table.step.push(step);
        }
    }
    table
}

fn read(name: &str) -> Table {
    let mut reader = reader(&fixture(name));
    assert!(reader.schema().reward && reader.schema().next_observation && !reader.schema().agent, "{name}");
    read_all(&mut reader, 1000).unwrap()
}

#[test]
fn one_dataset_reads_the_same_from_every_format() {
    let first = read("minari/flat-hdf5-v0");
    assert_eq!(Table { action: Vec::new(), ..first.clone() }, expected(2));
    assert!(first.action.len() == 9 && first.action.iter().all(|action| action.abs() <= 2.0 && *action != 0.0));
    for name in [
        "minari/flat-arrow-v0",
        "minari/flat-arrow-v0/data",
        "minari/flat-parquet-v0",
        "minari/flat-hdf5-v0/data/main_data.hdf5",
        "compressed.hdf5",
    ] {
        assert_eq!(read(name), first, "{name}");
    }
    let schema = reader(&fixture("minari/flat-arrow-v0"));
    assert_eq!((schema.schema().policy.as_deref(), schema.rows_hint()), (Some("random"), Some(9)));
}

#[test]
fn shapes_are_flattened_and_choices_are_one_number() {
    for name in ["minari/discrete-hdf5-v0", "minari/discrete-arrow-v0"] {
        let table = read(name);
        assert!(table.action.iter().all(|action| [0.0, 1.0, 2.0, 3.0].contains(action)), "{:?}", table.action);
        assert_eq!(Table { action: Vec::new(), ..table }, expected(4), "{name}");
    }
}

#[test]
fn a_single_arrow_file_is_an_episode() {
    let table = read("minari/flat-arrow-v0/data/2/part-0.arrow");
    assert_eq!((table.rows, table.observation[0], table.episode), (4, 2.0, vec![0; 4]));
}

#[test]
fn spaces_that_are_not_flat_are_refused() {
    for (name, observed) in
        [("dict-hdf5-v0", "a group of several arrays"), ("dict-arrow-v0", "Struct"), ("tuple-arrow-v0", "Struct")]
    {
        let error = error(&fixture(&format!("minari/{name}")));
        assert!(error.contains("column observations is of type") && error.contains(observed), "{error}");
        assert!(error.contains("FlattenObservation"), "{error}");
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() { copy(&path, &to) } else { std::fs::copy(&path, &to).map(|_| ()).unwrap() }
    }
}

#[test]
fn what_is_missing_or_cut_off_is_one_clear_error() {
    let folder = Folder::new();
    let empty = folder.file("empty");
    std::fs::create_dir(&empty).unwrap();
    assert!(error(&empty).contains("no Minari dataset: there is no metadata.json"), "{}", error(&empty));

    let arrow = folder.file("arrow");
    copy(&fixture("minari/flat-arrow-v0"), &arrow);
    let part = arrow.join("data/1/part-0.arrow");
    let bytes = std::fs::read(&part).unwrap();
    std::fs::write(&part, &bytes[..bytes.len() / 2]).unwrap();
    assert!(error(&arrow).contains("not a sound Arrow file, rows from 2 on"), "{}", error(&arrow));
    std::fs::remove_file(&part).unwrap();
    assert!(error(&arrow).contains("holds no .arrow file"), "{}", error(&arrow));

    let bytes = std::fs::read(fixture("compressed.hdf5")).unwrap();
    let cut = folder.with("cut.hdf5", &bytes[..bytes.len() / 2]);
    assert!(error(&cut).contains("not a sound HDF5 file"), "{}", error(&cut));

    let strange = folder.file("strange");
    std::fs::create_dir(&strange).unwrap();
    std::fs::write(strange.join("metadata.json"), r#"{"data_format": "lance"}"#).unwrap();
    assert!(error(&strange).contains("the format lance, known are hdf5, arrow and parquet"), "{}", error(&strange));
    assert_eq!(open(&folder.with("r.lance", "x")).unwrap_err().code(), "extension");
}
