//! Which columns of a batch stand where in a tile.

use meed_core::{Description, Field, Transitions};

use super::TILE;
use super::tiles::copy_columns;

/// The order of a tile's columns, which follows from the description.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layout {
    spans: Vec<Span>,
    inputs: Vec<Input>,
    /// Columns of an input tile.
    pub(crate) columns: usize,
    /// Factors of a row.
    pub(crate) factors: usize,
}

/// Neighbouring columns of a row, which are neighbours in the tile, too.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Span {
    row: Row,
    /// Columns of the whole row.
    width: usize,
    first: usize,
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Row {
    Observation,
    Action,
    Next,
    Task,
}

/// What a row is told beside its fields, a column each.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Input {
    Terminated,
    Truncated,
    Reward,
    Agent,
    Episode,
    Step,
}

impl Row {
    fn of<'a>(self, batch: &Transitions<'a>) -> &'a [f32] {
        match self {
            Row::Observation => batch.observation,
            Row::Action => batch.action,
            Row::Next => batch.next_observation,
            Row::Task => batch.task,
        }
    }
}

impl Layout {
    /// Lays out what a description says is read. A plugin that reads its group has no arena.
    pub(crate) fn of(description: &Description) -> Option<Layout> {
        let Description { observation, action, task, inputs, .. } = description;
        if inputs.group {
            return None;
        }
        let mut spans = Vec::new();
        let mut row = |row, fields: &[Field], read: fn(&Field) -> bool| {
            let width = fields.iter().map(|field| field.size).sum();
            let mut first = 0;
            for field in fields {
                if read(field) && field.size > 0 {
                    match spans.last_mut() {
                        Some(Span { row: last, first: begin, count, .. })
                            if *last == row && *begin + *count == first =>
                        {
                            *count += field.size;
                        }
                        _ => spans.push(Span { row, width, first, count: field.size }),
                    }
                }
                first += field.size;
            }
        };
        row(Row::Observation, observation, |field| field.reads.current);
        row(Row::Action, action, |field| field.reads.current);
        row(Row::Next, observation, |field| field.reads.next);
        row(Row::Task, task, |field| field.reads.current);
        let flags = [
            (inputs.terminated, Input::Terminated),
            (inputs.truncated, Input::Truncated),
            (inputs.reward, Input::Reward),
            (inputs.agent, Input::Agent),
            (inputs.episode, Input::Episode),
            (inputs.step, Input::Step),
        ];
        let inputs: Vec<Input> = flags.into_iter().filter_map(|(read, input)| read.then_some(input)).collect();
        let columns = spans.iter().map(|span| span.count).sum::<usize>() + inputs.len();
        Some(Layout { spans, inputs, columns, factors: description.factors.len() })
    }

    /// Tells whether a batch has, for sure, all that is read. It is a quick look: where it says no, `Batch::check` decides.
    pub(crate) fn fits(&self, batch: &Transitions<'_>) -> bool {
        let rows = batch.rows;
        batch.group_offsets.is_empty()
            && self.spans.iter().all(|span| span.row.of(batch).len() == rows * span.width)
            && self.inputs.iter().all(|input| match input {
                Input::Terminated => batch.terminated.len() == rows,
                Input::Truncated => batch.truncated.len() == rows,
                Input::Reward => batch.reward.len() == rows,
                Input::Agent => batch.agent.len() == rows,
                Input::Episode => batch.episode.len() == rows,
                Input::Step => batch.step.len() == rows,
            })
    }

    /// Writes `rows` rows from `first` on, at most a tile of them, into a tile. Cells of the lanes behind them stay as they are.
    pub(crate) fn fill(&self, batch: &Transitions<'_>, first: usize, rows: usize, tile: &mut [u32]) {
        let mut rest = tile;
        for span in &self.spans {
            let (columns, behind) = rest.split_at_mut(span.count * TILE);
            let source: &[u32] = bytemuck::cast_slice(span.row.of(batch));
            copy_columns(&source[first * span.width + span.first..], span.width, span.count, rows, columns);
            rest = behind;
        }
        for input in &self.inputs {
            let (column, behind) = rest.split_at_mut(TILE);
            let column = &mut column[..rows];
            let whole = |column: &mut [u32], values: &[u32]| column.copy_from_slice(&values[first..first + rows]);
            let truth = |column: &mut [u32], values: &[bool]| {
                for (cell, value) in column.iter_mut().zip(&values[first..first + rows]) {
                    *cell = u32::from(*value);
                }
            };
            match input {
                Input::Terminated => truth(column, batch.terminated),
                Input::Truncated => truth(column, batch.truncated),
                Input::Reward => whole(column, bytemuck::cast_slice(batch.reward)),
                Input::Agent => whole(column, batch.agent),
                Input::Episode => whole(column, batch.episode),
                Input::Step => whole(column, batch.step),
            }
            rest = behind;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use meed_core::{Factor, Reads};

    #[test]
    fn only_what_is_read_has_columns_in_the_documented_order() {
        let field = |name: &str, size, reads| Field::new(name, size, "1", 0.0, 1.0).reads(reads);
        let mut description = Description::transition("p", "0.1.0")
            .observation([
                field("a", 2, Reads::BOTH),
                field("b", 1, Reads::CURRENT),
                field("c", 1, Reads::NONE),
                field("d", 1, Reads::BOTH),
            ])
            .action([field("u", 1, Reads::NONE), field("v", 1, Reads::CURRENT)])
            .factors([Factor::new("f", 0.0, 1.0, 1.0, "")]);
        description.inputs.step = true;
        description.inputs.terminated = true;
        let layout = Layout::of(&description).unwrap_or_else(|| unreachable!());
        assert_eq!(layout.columns, 3 + 1 + 1 + 2 + 1 + 2);
        let rows = 66;
        let observation: Vec<f32> = (0..rows * 5).map(|i| i as f32).collect();
        let next: Vec<f32> = observation.iter().map(|value| -value).collect();
        let action: Vec<f32> = (0..rows * 2).map(|i| 0.5 + i as f32).collect();
        let step: Vec<u32> = (0..rows as u32).collect();
        let batch = Transitions {
            rows,
            observation: &observation,
            next_observation: &next,
            action: &action,
            terminated: &[true; 66],
            step: &step,
            ..Transitions::default()
        };
        assert!(layout.fits(&batch));
        assert!(!layout.fits(&Transitions { step: &step[1..], ..batch }));
        let mut tile = vec![u32::MAX; layout.columns * TILE];
        layout.fill(&batch, 64, 2, &mut tile);
        let column = |column: usize| [0, 1].map(|lane| f32::from_bits(tile[column * TILE + lane]));
        let whole = |column: usize| [0, 1].map(|lane| tile[column * TILE + lane]);
        let expected: [[f32; 2]; 8] = [
            [320.0, 325.0],
            [321.0, 326.0],
            [322.0, 327.0],
            [324.0, 329.0],
            [129.5, 131.5],
            [-320.0, -325.0],
            [-321.0, -326.0],
            [-324.0, -329.0],
        ];
        assert_eq!([0, 1, 2, 3, 4, 5, 6, 7].map(column), expected);
        assert_eq!([8, 9].map(whole), [[1, 1], [64, 65]]);
        assert_eq!(tile[2], u32::MAX);
        description.inputs.group = true;
        assert_eq!(Layout::of(&description), None);
    }
}
