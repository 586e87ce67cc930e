//! Parquet gives back every bit, however rows are cut on the way in and out.

use meed_trajectory::{NamedField, Schema, Table};
use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Folder, read_all, reader, write};

/// Any finite number: both zeros, the smallest and the largest ones too.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![
        any::<u32>().prop_map(f32::from_bits).prop_filter("finite", |value| value.is_finite()),
        prop::sample::select(vec![0.0, -0.0, f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, f32::MIN]),
        (-2_i8..3).prop_map(f32::from),
    ]
}

#[derive(Debug, Clone)]
struct Recording {
    schema: Schema,
    table: Table,
}

/// Episodes of some steps, of some agents each. Some steps are left out, some agents leave early, some episodes just stop.
fn recording() -> impl Strategy<Value = Recording> {
    let episodes = vec((vec((any::<bool>(), any::<u8>()), 1..12), any::<bool>(), any::<bool>()), 1..8);
    (episodes, 1_usize..4, 1_usize..3, any::<[bool; 4]>(), 1_u32..4).prop_flat_map(
        |(episodes, observation, action, [reward, next, agent, task], agents)| {
            let mut schema = Schema::new(observation, action);
            schema.reward = reward;
            schema.next_observation = next;
            schema.agent = agent;
            schema.environment = Some("Test-v0".into());
            if task {
                let field = |name: &str, size| NamedField { name: name.into(), size, unit: "m".into() };
                schema = schema.with_task(vec![field("goal", 2), field("mass", 1)]);
            }
            let mut table = schema.table();
            for (number, (steps, terminated, truncated)) in episodes.iter().enumerate() {
                let mut step = 0;
                for (index, (skip, present)) in steps.iter().enumerate() {
                    step += 1 + u32::from(*skip);
                    let last = index + 1 == steps.len();
                    for who in 0..if agent { agents } else { 1 } {
                        if agent && present & (1 << who) == 0 && who > 0 {
                            continue;
                        }
                        table.rows += 1;
                        table.episode.push(number as u32 * 3);
                        table.step.push(step);
                        if agent {
                            table.agent.push(who * 2);
                        }
                        table.terminated.push(last && *terminated);
                        table.truncated.push(last && *truncated);
                    }
                }
            }
            let rows = table.rows;
            let numbers = |width: usize, there: bool| vec(number(), if there { rows * width } else { 0 });
            let columns = (
                numbers(observation, true),
                numbers(action, true),
                numbers(1, reward),
                numbers(observation, next),
                numbers(3, task),
                vec(any::<bool>(), rows),
            );
            (Just(schema), Just(table), columns).prop_map(|(schema, mut table, columns)| {
                let own;
                (table.observation, table.action, table.reward, table.next_observation, table.task, own) = columns;
                // Most next observations are the next row's, as in a real recording; the others must be stored.
                for (row, like_next) in own.into_iter().enumerate().take(table.rows.saturating_sub(1)) {
                    if like_next && !table.next_observation.is_empty() {
                        let width = table.observation_size;
                        let next = table.observation[(row + 1) * width..(row + 2) * width].to_vec();
                        table.next_observation[row * width..(row + 1) * width].copy_from_slice(&next);
                    }
                }
                Recording { schema, table }
            })
        },
    )
}

fn bits(table: &Table) -> Vec<Vec<u32>> {
    [&table.observation, &table.action, &table.reward, &table.next_observation, &table.task]
        .map(|column| column.iter().map(|value| value.to_bits()).collect())
        .to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_bit_comes_back(recording in recording(), cuts in vec(0_usize..200, 0..4), max in 3_usize..40) {
        let Recording { schema, table } = recording;
        let folder = Folder::new();
        let file = folder.file("r.parquet");
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(table.rows)).chain([0, table.rows]).collect();
        cuts.sort_unstable();
        let parts: Vec<Table> = cuts.windows(2).map(|pair| table.copy_rows(pair[0], pair[1])).collect();
        write(&file, &schema, &parts).unwrap();

        let mut back = reader(&file);
        prop_assert_eq!(back.schema(), &schema);
        prop_assert_eq!(back.rows_hint(), Some(table.rows as u64));
        let all = read_all(&mut back, max).unwrap();
        prop_assert_eq!(bits(&all), bits(&table));
        prop_assert_eq!(&all, &table);
    }

    #[test]
    fn episodes_come_whole(recording in recording(), max in 36_usize..100) {
        let Recording { schema, table } = recording;
        let folder = Folder::new();
        let file = folder.file("r.parquet");
        write(&file, &schema, std::slice::from_ref(&table)).unwrap();
        let mut back = reader(&file);
        let mut all = schema.table();
        while let Some(part) = back.next_episodes(max).unwrap() {
            prop_assert!(part.rows <= max);
            prop_assert_ne!(all.episode.last(), part.episode.first());
            all.append(&part);
        }
        prop_assert_eq!(all, table);
    }
}

fn walk(rows: usize, length: usize) -> (Schema, Table) {
    let schema = Schema::new(1, 1).with_next_observation();
    let table = Table {
        rows,
        observation: (0..rows).map(|row| row as f32).collect(),
        next_observation: (1..=rows).map(|row| row as f32).collect(),
        action: vec![0.0; rows],
        terminated: (1..=rows).map(|row| row % length == 0).collect(),
        truncated: vec![false; rows],
        episode: (0..rows).map(|row| (row / length) as u32).collect(),
        step: (0..rows).map(|row| (row % length) as u32).collect(),
        ..schema.table()
    };
    (schema, table)
}

#[test]
fn next_observations_are_stored_only_where_they_differ() {
    let folder = Folder::new();
    let file = folder.file("r.parquet");
    let (schema, table) = walk(10, 5);
    write(&file, &schema, &[table]).unwrap();
    let source = std::fs::File::open(&file).unwrap();
    let batches = parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder::try_new(source).unwrap();
    let batch = batches.build().unwrap().next().unwrap().unwrap();
    let stored: Vec<bool> = {
        use arrow_array::Array;
        let column = batch.column_by_name("next_observation").unwrap();
        (0..10).map(|row| column.is_valid(row)).collect()
    };
    assert_eq!(stored, [false, false, false, false, true, false, false, false, false, true]);
}

#[test]
fn an_episode_longer_than_the_limit_is_an_error_and_not_the_end() {
    let folder = Folder::new();
    let file = folder.file("r.parquet");
    let (schema, table) = walk(20, 10);
    write(&file, &schema, &[table]).unwrap();
    let mut back = reader(&file);
    let error = back.next_episodes(9).unwrap_err();
    assert_eq!(error.code(), "episode-too-long");
    assert!(error.to_string().ends_with("r.parquet: row 0: episode 0 has more than 9 rows"), "{error}");
    assert_eq!(back.next_episodes(10).unwrap().unwrap().rows, 10);
    let error = back.next_episodes(9).unwrap_err();
    assert!(error.to_string().ends_with("row 10: episode 1 has more than 9 rows"), "{error}");
    assert_eq!(back.next_episodes(1000).unwrap().unwrap().rows, 10);
    assert_eq!(back.next_episodes(1000).unwrap(), None);
}

#[test]
fn the_agents_of_a_step_stay_together() {
    let schema = Schema::new(1, 1).with_agent();
    let table = Table {
        rows: 9,
        observation: vec![0.0; 9],
        action: vec![0.0; 9],
        terminated: vec![false; 9],
        truncated: vec![false; 9],
        agent: vec![0, 1, 2, 0, 1, 2, 0, 1, 2],
        episode: vec![4; 9],
        step: vec![0, 0, 0, 1, 1, 1, 2, 2, 2],
        ..schema.table()
    };
    let folder = Folder::new();
    let file = folder.file("r.parquet");
    write(&file, &schema, &[table]).unwrap();
    let mut back = reader(&file);
    let part = back.next_rows(5).unwrap().unwrap();
    assert_eq!((part.rows, part.group_offsets), (3, vec![0, 3]));
    let error = back.next_rows(2).unwrap_err();
    assert!(error.to_string().ends_with("row 3: the group that begins here has more than 2 rows"), "{error}");
    let part = back.next_rows(7).unwrap().unwrap();
    assert_eq!((part.rows, part.group_offsets), (6, vec![0, 3, 6]));
    assert_eq!(back.next_rows(7).unwrap(), None);
}

#[test]
fn the_episodes_of_a_task_stay_together_in_every_format() {
    let (mut schema, mut table) = walk(40, 5);
    schema.group = true;
    // Eight episodes of 5 steps: three of one task, one of another, four of a third.
    table.group = (0..40).map(|row| [9, 9, 9, 2, 4, 4, 4, 4][row / 5]).collect();
    let folder = Folder::new();
    let parquet = folder.file("r.parquet");
    write(&parquet, &schema, &[table.clone()]).unwrap();
    let lines: Vec<String> = (0..40)
        .map(|row| {
            format!(
                r#"{{"observation": [0], "action": 0, "terminated": false, "truncated": false, "episode": {}, "group": {}}}"#,
                table.episode[row], table.group[row]
            )
        })
        .collect();
    for file in [parquet, folder.with("r.jsonl", lines.join("\n"))] {
        let mut back = reader(&file);
        assert!(back.schema().group);
        let error = back.next_episodes(14).unwrap_err();
        assert!(error.to_string().ends_with("row 0: the group that begins here has more than 14 rows"), "{error}");
        let part = back.next_episodes(29).unwrap().unwrap();
        assert_eq!((part.rows, part.sibling_offsets()), (20, vec![0, 3, 4]));
        let part = back.next_episodes(29).unwrap().unwrap();
        assert_eq!((part.rows, part.sibling_offsets()), (20, vec![0, 4]));
        assert_eq!(back.next_episodes(29).unwrap(), None);
    }
}

#[test]
fn a_recording_appears_when_it_is_whole_and_replaces_what_was_there() {
    let folder = Folder::new();
    let file = folder.with("r.parquet", "older");
    let entries = || std::fs::read_dir(file.parent().unwrap()).unwrap().count();
    let (schema, table) = walk(10, 5);
    {
        let mut writer = meed_trajectory::Writer::create(&file, schema.clone()).unwrap();
        writer.write(&table).unwrap();
        assert_eq!(entries(), 2);
    }
    assert_eq!((entries(), std::fs::read(&file).unwrap()), (1, b"older".to_vec()));
    write(&file, &schema, std::slice::from_ref(&table)).unwrap();
    assert_eq!((entries(), reader(&file).next_rows(10).unwrap()), (1, Some(table)));
}
