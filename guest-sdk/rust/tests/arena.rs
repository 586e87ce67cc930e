//! Arena and batch give what the function itself gives row by row, bit for bit.

use meed_guest::arena::{Arena, TILE};
use meed_guest::prelude::*;

meed_guest::transition! {
    name: "everything",
    summary: "Reads something of every input that a tile has",
    observation: Observation { a: [f32; 2] = "m", _b: f32 = "m", #[only(current)] c: f32 = "m", #[only(next)] d: f32 = "m" },
    action: Action { force: f32 = "N", _unused: f32 = "N" },
    task: Task { goal: [f32; 2] = "m" },
    factors: Factors { sum: "of much", product: "of some" },
    reward: reward(step, next, observation, task, env_reward, action, terminated, truncated, agent, episode),
}

#[allow(clippy::too_many_arguments, reason = "every input there is")]
fn reward(
    step: u32,
    next: &Observation,
    observation: &Observation,
    task: &Task,
    env_reward: f32,
    action: &Action,
    terminated: bool,
    truncated: bool,
    agent: u32,
    episode: u32,
) -> Result<Factors, String> {
    if step % 7 == 3 {
        return Err(format!("step {step}"));
    }
    let flags = f32::from(u8::from(terminated)) + 0.5 * f32::from(u8::from(truncated));
    let [x, y] = observation.a;
    assert_eq!((observation.d, next.c, observation._b, action._unused), (0.0, 0.0, 0.0, 0.0));
    Ok(Factors {
        sum: x + 2.0 * y + 3.0 * observation.c + 5.0 * next.d + 7.0 * next.a[1] + env_reward + flags,
        product: action.force * dot(&task.goal, &observation.a) + (agent * 100 + episode) as f32,
    })
}

/// Calls the function for each row, on rows that are put together by hand.
fn row_by_row(batch: &Rows<'_>) -> meed_guest::Scores {
    let mut sheet = meed_guest::outcome::Sheet::new::<Factors>(batch.rows);
    for row in 0..batch.rows {
        let [now, next] = [batch.observation, batch.next_observation].map(|values| &values[5 * row..][..5]);
        let outcome = reward(
            batch.step[row],
            &Observation { a: [next[0], next[1]], _b: 0.0, c: 0.0, d: next[4] },
            &Observation { a: [now[0], now[1]], _b: 0.0, c: now[3], d: 0.0 },
            &Task { goal: [batch.task[2 * row], batch.task[2 * row + 1]] },
            batch.reward[row],
            &Action { force: batch.action[2 * row], _unused: 0.0 },
            batch.terminated[row] != 0,
            batch.truncated[row] != 0,
            batch.agent[row],
            batch.episode[row],
        );
        sheet.push(outcome.map_or_else(Outcome::Fault, Outcome::Score));
    }
    sheet.finish()
}

fn bits(scores: &meed_guest::Scores) -> Vec<u32> {
    scores.values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn arena_and_batch_agree_with_the_function_bit_for_bit() {
    let mut arena = Arena::new();
    for rows in [0, 1, 2, 3, 4, 5, 63, 64, 65, 1000] {
        let floats = |columns: usize, seed: usize| -> Vec<f32> {
            (0..rows * columns).map(|i| ((i * 7919 + seed) % 1013) as f32 / 31.0 - 16.0).collect()
        };
        let wholes = |seed: usize| -> Vec<u32> { (0..rows).map(|i| ((i * 31 + seed) % 17) as u32).collect() };
        let flags = |seed: usize| -> Vec<u8> { (0..rows).map(|i| u8::from((i + seed).is_multiple_of(3))).collect() };
        let (observation, next, action, task) = (floats(5, 1), floats(5, 2), floats(2, 3), floats(2, 4));
        let (reward, terminated, truncated) = (floats(1, 5), flags(0), flags(1));
        let (agent, episode, step) = (wholes(1), wholes(2), wholes(3));
        let batch = Rows {
            rows,
            observation: &observation,
            action: &action,
            next_observation: &next,
            task: &task,
            terminated: &terminated,
            truncated: &truncated,
            reward: &reward,
            agent: &agent,
            episode: &episode,
            step: &step,
            group_offsets: &[],
        };
        let expected = row_by_row(&batch);
        let scores = Plugin::evaluate(&batch);
        assert_eq!(bits(&scores), bits(&expected), "{rows} rows");
        assert_eq!(scores.unscored, expected.unscored, "{rows} rows");

        // In the order of docs/arena.md: what is read of observation, action, next observation and task, then the rest.
        type Cell<'a> = Box<dyn Fn(usize) -> u32 + 'a>;
        fn float<'a>(values: &'a [f32], width: usize, column: usize) -> Cell<'a> {
            Box::new(move |row| values[row * width + column].to_bits())
        }
        let columns: Vec<Cell<'_>> = vec![
            float(&observation, 5, 0),
            float(&observation, 5, 1),
            float(&observation, 5, 3),
            float(&action, 2, 0),
            float(&next, 5, 0),
            float(&next, 5, 1),
            float(&next, 5, 4),
            float(&task, 2, 0),
            float(&task, 2, 1),
            Box::new(|row| u32::from(terminated[row])),
            Box::new(|row| u32::from(truncated[row])),
            float(&reward, 1, 0),
            Box::new(|row| agent[row]),
            Box::new(|row| episode[row]),
            Box::new(|row| step[row]),
        ];
        assert_eq!(Plugin::COLUMNS.count, columns.len());
        let header = Plugin::open_arena(&mut arena, rows).copied().unwrap_or_default();
        assert_eq!(header[..3], [(rows.div_ceil(TILE) * TILE) as u32, columns.len() as u32, 2]);
        let input = arena.input();
        assert_eq!(input.as_ptr().align_offset(64), 0);
        for row in 0..rows {
            for (column, cell) in columns.iter().enumerate() {
                input[(row / TILE * columns.len() + column) * TILE + row % TILE] = cell(row);
            }
        }
        assert_eq!(Plugin::evaluate_arena(&mut arena, rows), Some(expected.unscored.len() as u32));
        let mut unscored = expected.unscored.iter().map(|unscored| unscored.row as usize).peekable();
        for row in 0..rows {
            if unscored.next_if_eq(&row).is_some() {
                assert_eq!(arena.status()[row], 2, "row {row}");
                continue;
            }
            assert_eq!(arena.status()[row], 0, "row {row}");
            for factor in 0..2 {
                let cell = arena.output()[(row / TILE * 2 + factor) * TILE + row % TILE];
                assert_eq!(cell, expected.values[row * 2 + factor].to_bits(), "row {row}, factor {factor}");
            }
        }
        assert_eq!(arena.message().is_empty(), expected.unscored.is_empty());
    }
}

#[test]
fn more_rows_than_there_is_room_for_are_refused() {
    let mut arena = Arena::new();
    assert_eq!(Plugin::evaluate_arena(&mut arena, 0), None);
    assert!(Plugin::open_arena(&mut arena, 64).is_some());
    assert_eq!(Plugin::evaluate_arena(&mut arena, 65), None);
    assert!(Plugin::open_arena(&mut arena, usize::MAX).is_none());
}
