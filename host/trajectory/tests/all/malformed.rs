//! Each thing that can be wrong with a file, and the message that it gives.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::types::{Float32Type, Float64Type};
use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray};
use meed_trajectory::{Schema, Table, Writer, open};
use npyz::WriterBuilder;
use parquet::arrow::ArrowWriter;
use zip::write::SimpleFileOptions;

use crate::{Folder, error, fixture, read_all, reader, write};

fn parquet_file(folder: &Folder, columns: Vec<(&str, ArrayRef)>) -> PathBuf {
    let file = folder.file("r.parquet");
    let batch = RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
    let mut writer = ArrowWriter::try_new(std::fs::File::create(&file).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    file
}

fn lists(rows: &[&[f32]]) -> ArrayRef {
    let rows = rows.iter().map(|row| Some(row.iter().copied().map(Some).collect::<Vec<_>>()));
    Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(rows))
}

/// Three sound rows; `change` replaces a column, or takes it away.
fn columns(change: &str, column: Option<ArrayRef>) -> Vec<(&'static str, ArrayRef)> {
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("observation", lists(&[&[1.0, 2.0], &[3.0, 4.0], &[5.0, 6.0]])),
        ("action", Arc::new(Float64Array::from(vec![0.0, 1.0, 2.0]))),
        ("terminated", Arc::new(BooleanArray::from(vec![false, false, true]))),
        ("truncated", Arc::new(BooleanArray::from(vec![false; 3]))),
        ("reward", Arc::new(Float64Array::from(vec![0.0; 3]))),
        ("next_observation", lists(&[&[3.0, 4.0], &[5.0, 6.0], &[7.0, 8.0]])),
        ("episode", Arc::new(Int64Array::from(vec![0; 3]))),
    ];
    columns.retain(|(name, _)| *name != change || column.is_some());
    if let Some(column) = column {
        let place = columns.iter_mut().find(|(name, _)| *name == change).unwrap();
        place.1 = column;
    }
    columns
}

#[test]
fn parquet_columns_that_do_not_fit_are_named() {
    let folder = Folder::new();
    assert_eq!(read_all(&mut reader(&parquet_file(&folder, columns("", None))), 10).unwrap().rows, 3);
    let options = |values: Vec<Option<f64>>| -> ArrayRef { Arc::new(Float64Array::from(values)) };
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "b", "c"]));
    let text_lists: ArrayRef = {
        let mut builder = arrow_array::builder::ListBuilder::new(arrow_array::builder::StringBuilder::new());
        (0..3).for_each(|_| builder.append_value([Some("x"), Some("y")]));
        Arc::new(builder.finish())
    };
    let null_row: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>([
        Some(vec![Some(1.0), Some(2.0)]),
        None,
        Some(vec![Some(1.0), Some(2.0)]),
    ]));
    let null_item: ArrayRef = Arc::new(ListArray::from_iter_primitive::<Float64Type, _, _>([
        Some(vec![Some(1.0), Some(2.0)]),
        Some(vec![Some(1.0), None]),
        Some(vec![Some(1.0), Some(2.0)]),
    ]));
    for (column, values, message) in [
        ("observation", None, "column observation is missing, expected is a list of numbers"),
        ("action", None, "column action is missing, expected is a list of numbers"),
        ("terminated", None, "column terminated is missing, expected is true or false"),
        ("truncated", None, "column truncated is missing, expected is true or false"),
        ("reward", Some(texts.clone()), "column reward is of type Utf8, expected is a number"),
        (
            "observation",
            Some(text_lists),
            "column observation is of type List(Utf8, field: 'item'), expected is a number or a list of numbers",
        ),
        (
            "observation",
            Some(lists(&[&[1.0, 2.0], &[3.0, 4.0], &[5.0]])),
            "row 2, column observation: 1 numbers, expected are 2",
        ),
        (
            "observation",
            Some(lists(&[&[1.0, 2.0], &[3.0, f32::NAN], &[5.0, 6.0]])),
            "row 1, column observation[1]: NaN, expected is a finite number",
        ),
        ("observation", Some(lists(&[&[], &[], &[]])), "row 0, column observation: none, expected is a number or more"),
        ("observation", Some(null_row), "row 1, column observation: null, expected is numbers"),
        ("observation", Some(null_item), "row 1, column observation[1]: null, expected is a number"),
        (
            "reward",
            Some(options(vec![Some(0.0), Some(f64::INFINITY), Some(0.0)])),
            "row 1, column reward: inf, expected is a finite number",
        ),
        (
            "reward",
            Some(options(vec![Some(0.0), Some(1e300), Some(0.0)])),
            "row 1, column reward: 1e300, expected is a number within the range of float32",
        ),
        ("reward", Some(options(vec![Some(0.0), Some(1.0), None])), "row 2, column reward: null, expected is a number"),
        (
            "action",
            Some(Arc::new(Int64Array::from(vec![0, 16_777_217, 0]))),
            "row 1, column action: 16777217, expected is an integer that float32 holds exactly, such as one up to 16777216",
        ),
        (
            "episode",
            Some(Arc::new(Int64Array::from(vec![0, 0, -1]))),
            "row 2, column episode: -1, expected is an integer from 0 to 4294967295",
        ),
        ("truncated", Some(options(vec![Some(0.5); 3])), "row 0, column truncated: 0.5, expected is true or false"),
        (
            "next_observation",
            Some(lists(&[&[3.0, 4.0], &[5.0, 6.0], &[7.0]])),
            "row 2, column next_observation: 1 numbers, expected are 2",
        ),
    ] {
        let file = parquet_file(&folder, columns(column, values));
        let message = format!("r.parquet: {message}");
        // The library's name of a list's type says more than matters here.
        let observed = error(&file);
        let observed =
            observed.replace("List(nullable Utf8", "List(Utf8").replace("List(Utf8)", "List(Utf8, field: 'item')");
        assert_eq!(observed, message, "{column}");
    }
}

#[test]
fn a_next_observation_that_nothing_tells_is_an_error() {
    let folder = Folder::new();
    let next = |values: [Option<f32>; 3]| -> ArrayRef {
        let rows = values.map(|value| value.map(|value| vec![Some(value), Some(value)]));
        Arc::new(ListArray::from_iter_primitive::<Float32Type, _, _>(rows))
    };
    let with = |next, ends: [bool; 3], episodes: [i64; 3], steps: Option<[i64; 3]>| {
        let mut columns = columns("next_observation", Some(next));
        for column in &mut columns {
            match column.0 {
                "terminated" => column.1 = Arc::new(BooleanArray::from(ends.to_vec())),
                "episode" => column.1 = Arc::new(Int64Array::from(episodes.to_vec())),
                _ => {}
            }
        }
        if let Some(steps) = steps {
            columns.push(("step", Arc::new(Int64Array::from(steps.to_vec())) as ArrayRef));
        }
        parquet_file(&folder, columns)
    };
    let message = |row: usize, episode: usize, step: usize| {
        format!(
            "r.parquet: row {row}, column next_observation: absent (episode {episode}, step {step}), expected is a value \
             here or, in a row that does not end the episode, the next step's row"
        )
    };
    let some = Some(9.0);
    // The end of an episode, the end of a recording that just stops, a change of episode, a step left out.
    assert_eq!(error(&with(next([None, None, None]), [false, false, true], [0; 3], None)), message(2, 0, 2));
    assert_eq!(error(&with(next([None, None, None]), [false; 3], [0; 3], None)), message(2, 0, 2));
    assert_eq!(error(&with(next([None, None, some]), [false; 3], [0, 7, 7], None)), message(0, 0, 0));
    assert_eq!(error(&with(next([None, None, some]), [false; 3], [0; 3], Some([4, 5, 7]))), message(1, 0, 5));
}

#[test]
fn a_parquet_file_that_is_cut_off_is_damaged() {
    let folder = Folder::new();
    let whole = std::fs::read(fixture("pyarrow.parquet")).unwrap();
    let start = "r.parquet: not a sound Parquet file, rows from 0 on cannot be read: ";
    for length in [1, whole.len() / 2, whole.len() - 1] {
        let error = error(&folder.with("r.parquet", &whole[..length]));
        assert!(error.starts_with(start), "{error}");
    }
}

#[test]
fn a_file_without_rows_is_empty() {
    let folder = Folder::new();
    for name in ["r.parquet", "r.jsonl", "r.npz"] {
        assert_eq!(error(&folder.with(name, "")), format!("{name}: there are no rows"));
    }
    assert_eq!(error(&folder.with("r.jsonl", "\n\n")), "r.jsonl: there are no rows");
    let none: Vec<(&str, ArrayRef)> = columns("", None).into_iter().map(|(n, c)| (n, c.slice(0, 0))).collect();
    assert_eq!(error(&parquet_file(&folder, none)), "r.parquet: there are no rows");
    assert_eq!(error(&npz_file(&folder, &[("observations", &[0, 2])])), "r.npz: there are no rows");
}

#[test]
fn an_unknown_extension_and_a_missing_file_are_told_apart() {
    let folder = Folder::new();
    let message = |observed: &str| {
        format!("the extension \"{observed}\" is unknown, expected is parquet, jsonl, ndjson, npz, hdf5 or arrow")
    };
    assert_eq!(error(&folder.with("r.csv", "x")), format!("r.csv: {}", message("csv")));
    assert_eq!(error(&folder.with("r", "x")), format!("r: {}", message("")));
    assert_eq!(error(&folder.file("none.npz")), "none.npz: No such file or directory (os error 2)");
    assert_eq!(open(&folder.file("none.npz")).unwrap_err().code(), "io");
}

#[test]
fn json_lines_that_do_not_fit_are_named() {
    let folder = Folder::new();
    let sound = r#"{"episode":0,"observation":[1,2],"action":0,"reward":1,"terminated":false,"truncated":false,"task":{"m":1}}"#;
    for (second, message) in [
        (
            r#"{"episode":0,"observation":[1,"#,
            "line 2 (row 1) is not a JSON object: EOF while parsing a value at column 30",
        ),
        ("[1]", "line 2 (row 1) is not a JSON object: it is a list of 1"),
        ("\n{}", "line 2 (row 1) is not a JSON object: it is empty"),
        (&sound.replace("[1,2]", "[1]"), "row 1, column observation: 1 numbers, expected are 2"),
        (&sound.replace("[1,2]", "[1,NaN]"), "row 1, column observation[1]: NaN, expected is a finite number"),
        (
            &sound.replace("\"reward\":1", "\"reward\":-Infinity"),
            "row 1, column reward: -Infinity, expected is a finite number",
        ),
        (
            &sound.replace("\"reward\":1", "\"reward\":1e39"),
            "row 1, column reward: 1e39, expected is a number within the range of float32",
        ),
        (
            &sound.replace("\"reward\":1", "\"reward\":1e999"),
            "line 2 (row 1) is not a JSON object: number out of range at column 58",
        ),
        (
            &sound.replace("\"reward\":1,", ""),
            "row 1, column reward: absent, expected is a value, because the first line has one",
        ),
        (
            &sound.replace("\"episode\":0", "\"episode\":0,\"agent\":1"),
            "row 1, column agent: a value, expected is no value, because the first line has none",
        ),
        (
            &sound.replace("\"episode\":0", "\"episode\":0,\"episode\":0"),
            "line 2 (row 1) is not a JSON object: the key \"episode\" stands there twice at column 119",
        ),
        (&sound.replace("\"action\":0", "\"action\":\"left\""), "row 1, column action: \"left\", expected is a number"),
        (
            &sound.replace("\"terminated\":false", "\"terminated\":2"),
            "row 1, column terminated: 2, expected is true or false",
        ),
        (
            &sound.replace("\"episode\":0", "\"episode\":1.5"),
            "row 1, column episode: 1.5, expected is an integer from 0 to 4294967295",
        ),
        (&sound.replace("{\"m\":1}", "{}"), "row 1, column task.m: null, expected is a number"),
        (
            &sound.replace("{\"m\":1}", "{\"m\":1,\"n\":1}"),
            "row 1, column task.n: a value, expected is no value, because the first line has none",
        ),
    ] {
        let file = folder.with("r.jsonl", format!("{sound}\n{second}"));
        assert_eq!(error(&file), format!("r.jsonl: {message}"));
    }
    for key in ["observation", "action", "terminated", "truncated"] {
        let file = folder.with("r.jsonl", sound.replace(key, "x"));
        assert!(error(&file).starts_with(&format!("r.jsonl: column {key} is missing")), "{key}");
    }
    let file = folder.with("r.jsonl", sound.replace("episode", "agent"));
    assert!(error(&file).starts_with("r.jsonl: column episode is missing, expected is an integer, because"));
}

/// Three rows, with some arrays of another shape; a shape of no numbers leaves the array out.
fn npz_file(folder: &Folder, shapes: &[(&str, &[u64])]) -> PathBuf {
    let sound: [(&str, &[u64]); 4] =
        [("observations", &[3, 2]), ("actions", &[3]), ("terminated", &[3]), ("truncated", &[3])];
    let file = folder.file("r.npz");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&file).unwrap());
    let empty = shapes.iter().any(|(_, shape)| shape.first() == Some(&0));
    for (name, shape) in sound {
        let shape = shapes.iter().find(|(other, _)| *other == name).map_or(shape, |(_, shape)| shape);
        if shape.is_empty() {
            continue;
        }
        let shape: Vec<u64> =
            if empty { shape.iter().map(|n| if *n == 3 { 0 } else { *n }).collect() } else { shape.into() };
        archive.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
        let options = npyz::WriteOptions::new().default_dtype().shape(&shape);
        let mut array = options.writer(&mut archive).begin_nd().unwrap();
        array.extend(std::iter::repeat_n(0.0_f32, shape.iter().product::<u64>() as usize)).unwrap();
        array.finish().unwrap();
    }
    archive.finish().unwrap();
    file
}

/// Replaces one array by bytes of one's own.
fn npz_with(folder: &Folder, name: &str, header: &str, data: &[u8]) -> PathBuf {
    let file = npz_file(folder, &[(name, &[])]);
    let handle = std::fs::File::options().read(true).write(true).open(&file).unwrap();
    let mut archive = zip::ZipWriter::new_append(handle).unwrap();
    archive.start_file(format!("{name}.npy"), SimpleFileOptions::default()).unwrap();
    let header = format!("{header:<117}\n");
    archive.write_all(b"\x93NUMPY\x01\x00").unwrap();
    archive.write_all(&(header.len() as u16).to_le_bytes()).unwrap();
    archive.write_all(header.as_bytes()).unwrap();
    archive.write_all(data).unwrap();
    archive.finish().unwrap();
    file
}

#[test]
fn arrays_that_do_not_fit_are_named() {
    let folder = Folder::new();
    assert_eq!(read_all(&mut reader(&npz_file(&folder, &[])), 10).unwrap().rows, 3);
    for (array, shape, message) in [
        ("observations", &[][..], "column observations is missing, expected is an array of N x D numbers"),
        ("actions", &[], "column actions is missing, expected is an array of N x A or N numbers"),
        ("terminated", &[], "column terminated is missing, expected is an array of N flags"),
        ("truncated", &[], "column truncated is missing, expected is an array of N flags"),
        ("actions", &[4], "array actions has 4 rows, expected are 3, as many as observations has"),
        ("truncated", &[2], "array truncated has 2 rows, expected are 3, as many as observations has"),
        ("terminated", &[3, 2], "row 0, column terminated: 2 numbers, expected are 1"),
        (
            "observations",
            &[3, 1, 1],
            "column observations is of type shape [3, 1, 1], expected is an array of one or two dimensions",
        ),
    ] {
        assert_eq!(error(&npz_file(&folder, &[(array, shape)])), format!("r.npz: {message}"));
    }
    let nan: Vec<u8> = [0.0, 0.0, 0.0, f32::NAN, 0.0, 0.0].iter().flat_map(|value: &f32| value.to_le_bytes()).collect();
    for (header, data, message) in [
        (
            "{'descr': '<f4', 'fortran_order': True, 'shape': (3, 2), }",
            &[0; 24][..],
            "column observations is of type Fortran order, expected is C order, as numpy.ascontiguousarray gives it",
        ),
        (
            "{'descr': '<U4', 'fortran_order': False, 'shape': (3, 2), }",
            &[0; 96],
            "column observations is of type <U4, expected is float32, float64, bool or an integer type",
        ),
        (
            "{'descr': '|O', 'fortran_order': False, 'shape': (3, 2), }",
            &[0; 24],
            "column observations is of type |O, expected is float32, float64, bool or an integer type",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
            &nan,
            "row 1, column observation[1]: NaN, expected is a finite number",
        ),
        (
            "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
            &nan[..20],
            "not a sound NPZ file, rows from 2 on cannot be read: array observations ends early",
        ),
    ] {
        assert_eq!(error(&npz_with(&folder, "observations", header, data)), format!("r.npz: {message}"));
    }
}

#[test]
fn an_npz_file_that_is_cut_off_or_changed_is_damaged() {
    let folder = Folder::new();
    for name in ["stored.npz", "compressed.npz"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        let start = "r.npz: not a sound NPZ file, rows from 0 on cannot be read: ";
        let cut = error(&folder.with("r.npz", &whole[..whole.len() - 10]));
        assert!(cut.starts_with(start), "{cut}");
    }
    let mut changed = std::fs::read(fixture("stored.npz")).unwrap();
    // The last byte of the first array, just before the second member's header: the number changes and stays finite.
    let second = changed.windows(4).skip(1).position(|bytes| bytes == b"PK\x03\x04").unwrap() + 1;
    changed[second - 2] ^= 1;
    let message = error(&folder.with("r.npz", &changed));
    assert!(message.contains("array observations: the checksum does not match"), "{message}");
}

#[test]
fn metadata_that_this_version_or_the_columns_contradict_is_refused() {
    let folder = Folder::new();
    let sizes = |observation: usize| {
        format!("{{\"version\":1,\"observation\":{{\"size\":{observation}}},\"action\":{{\"size\":1}}}}")
    };
    for (metadata, message) in [
        ("{\"version\":9}".to_owned(), "the metadata is of version 9, expected is 1"),
        ("{".to_owned(), "the schema is unsound: metadata meed.schema: EOF while parsing an object at line 1 column 1"),
        (sizes(0), "the schema is unsound: the observation has no numbers"),
        (sizes(7), "the schema is unsound: the metadata gives the observation 7 numbers, the first row 2"),
    ] {
        let file = folder.file("r.parquet");
        let batch = RecordBatch::try_from_iter(columns("", None)).unwrap();
        let metadata = parquet::file::metadata::KeyValue::new("meed.schema".to_owned(), metadata);
        let properties =
            parquet::file::properties::WriterProperties::builder().set_key_value_metadata(Some(vec![metadata])).build();
        let handle = std::fs::File::create(&file).unwrap();
        let mut writer = ArrowWriter::try_new(handle, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        assert_eq!(error(&file), format!("r.parquet: {message}"));
    }
}

#[test]
fn a_writer_refuses_what_a_reader_would() {
    let folder = Folder::new();
    let file = folder.file("r.parquet");
    let schema = Schema::new(1, 1).with_reward();
    let table = Table {
        rows: 2,
        observation: vec![0.0; 2],
        action: vec![0.0; 2],
        reward: vec![0.0; 2],
        terminated: vec![false; 2],
        truncated: vec![false; 2],
        episode: vec![0; 2],
        step: vec![0, 1],
        ..schema.table()
    };
    type Change = fn(&mut Table);
    let changes: [(Change, &str); 5] = [
        (|table| table.reward.clear(), "the table's column reward has 0 values, expected are 2"),
        (|table| table.agent = vec![0, 1], "the table's column agent has 2 values, expected are 0"),
        (|table| table.action[1] = f32::NAN, "row 1, column action: NaN, expected is a finite number"),
        (
            |table| table.step = vec![1, 1],
            "row 1, column step: 1, expected is more than 1, the step before it in episode 0",
        ),
        (
            |table| table.truncated[0] = true,
            "row 1, column episode: 0, expected is another, because the row before it ended episode 0",
        ),
    ];
    for (change, message) in changes {
        let mut changed = table.clone();
        change(&mut changed);
        let error = write(&file, &schema, &[changed]).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {message}", file.display()));
    }
    assert_eq!(write(&file, &schema, &[]).unwrap_err().code(), "empty");
    assert_eq!(Writer::create(&file, Schema::new(0, 1)).unwrap_err().code(), "schema");
    assert_eq!(Writer::create(Path::new("/nowhere/at/all/r.parquet"), schema).unwrap_err().code(), "io");
    assert_eq!(std::fs::read_dir(file.parent().unwrap()).unwrap().count(), 0, "nothing is left behind");
}
