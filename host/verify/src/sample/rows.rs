//! Tables made of rows of other tables.

use std::ops::Range;

use meed_trajectory::{SampleTable, Table};

/// Joins the rows of tables, which are of one shape.
pub(crate) fn take_rows(table: &Table, rows: impl Iterator<Item = Range<usize>> + Clone) -> Table {
    let width = |len: usize| len.checked_div(table.rows).unwrap_or(0);
    Table {
        rows: rows.clone().map(|range| range.len()).sum(),
        observation_size: table.observation_size,
        action_size: table.action_size,
        task_size: table.task_size,
        observation: take(&table.observation, width(table.observation.len()), rows.clone()),
        action: take(&table.action, width(table.action.len()), rows.clone()),
        next_observation: take(&table.next_observation, width(table.next_observation.len()), rows.clone()),
        task: take(&table.task, width(table.task.len()), rows.clone()),
        terminated: take(&table.terminated, width(table.terminated.len()), rows.clone()),
        truncated: take(&table.truncated, width(table.truncated.len()), rows.clone()),
        reward: take(&table.reward, width(table.reward.len()), rows.clone()),
        agent: take(&table.agent, width(table.agent.len()), rows.clone()),
        episode: take(&table.episode, width(table.episode.len()), rows.clone()),
        step: take(&table.step, width(table.step.len()), rows.clone()),
        group: take(&table.group, width(table.group.len()), rows),
        group_offsets: Vec::new(),
    }
}

/// Joins runs of texts.
pub(crate) fn take_texts(texts: &SampleTable, rows: impl Iterator<Item = Range<usize>> + Clone) -> SampleTable {
    let column = |(name, values): &(String, Vec<_>)| (name.clone(), take(values, 1, rows.clone()));
    SampleTable {
        rows: rows.clone().map(|range| range.len()).sum(),
        completion: take(&texts.completion, 1, rows.clone()),
        prompt: take(&texts.prompt, 1, rows.clone()),
        reference: take(&texts.reference, 1, rows.clone()),
        tokens: take(&texts.tokens, 1, rows.clone()),
        columns: texts.columns.iter().map(column).collect(),
        ..SampleTable::default()
    }
}

/// Adds texts of the same columns.
pub(crate) fn append_texts(texts: &mut SampleTable, more: SampleTable) {
    if texts.rows == 0 {
        *texts = more;
        return;
    }
    texts.rows += more.rows;
    texts.completion.extend(more.completion);
    texts.prompt.extend(more.prompt);
    texts.reference.extend(more.reference);
    texts.tokens.extend(more.tokens);
    for ((_, values), (_, more)) in texts.columns.iter_mut().zip(more.columns) {
        values.extend(more);
    }
}

fn take<T: Clone>(values: &[T], width: usize, rows: impl Iterator<Item = Range<usize>>) -> Vec<T> {
    let mut taken = Vec::new();
    if !values.is_empty() {
        for range in rows {
            taken.extend_from_slice(&values[range.start * width..range.end * width]);
        }
    }
    taken
}
