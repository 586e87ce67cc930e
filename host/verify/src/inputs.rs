//! What a reward may read, one input at a time, and copies of a sample in which one of them is changed.
//!
//! A field is one input as a whole, whatever its size, and another one where it is read in the next observation.

use meed_core::{Description, Field, Kind};
use meed_trajectory::{SampleTable, Table};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// Something that a reward declares as read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Input {
    /// Its name, for people.
    pub(crate) name: String,
    pub(crate) place: Place,
}

/// Where an input stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Place {
    /// Neighbouring columns of a row of numbers.
    Numbers {
        row: NumberRow,
        start: usize,
        field: Field,
    },
    Terminated,
    Truncated,
    Reward,
    Agent,
    Episode,
    Step,
    Completion,
    Prompt,
    Reference,
    Tokens,
    /// A text column of this name.
    Column(String),
}

/// The rows of numbers that fields lie in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NumberRow {
    Observation,
    Action,
    Next,
    Task,
}

impl NumberRow {
    fn values(self, table: &Table) -> &[f32] {
        match self {
            NumberRow::Observation => &table.observation,
            NumberRow::Action => &table.action,
            NumberRow::Next => &table.next_observation,
            NumberRow::Task => &table.task,
        }
    }

    fn values_mut(self, table: &mut Table) -> &mut Vec<f32> {
        match self {
            NumberRow::Observation => &mut table.observation,
            NumberRow::Action => &mut table.action,
            NumberRow::Next => &mut table.next_observation,
            NumberRow::Task => &mut table.task,
        }
    }
}

/// Lists what a reward declares as read, fields first.
pub(crate) fn inputs(description: &Description) -> Vec<Input> {
    let mut inputs = Vec::new();
    let rows = [
        ("", &description.observation, NumberRow::Observation),
        ("", &description.action, NumberRow::Action),
        ("next ", &description.observation, NumberRow::Next),
        ("", &description.task, NumberRow::Task),
    ];
    for (prefix, fields, row) in rows {
        let mut start = 0;
        for field in fields {
            if if row == NumberRow::Next { field.reads.next } else { field.reads.current } {
                let place = Place::Numbers { row, start, field: field.clone() };
                inputs.push(Input { name: format!("{prefix}{}", field.name), place });
            }
            start += field.size;
        }
    }
    let read = &description.inputs;
    let named = [
        (read.terminated, Place::Terminated, "terminated"),
        (read.truncated, Place::Truncated, "truncated"),
        (read.reward, Place::Reward, "the environment's reward"),
        (read.agent, Place::Agent, "agent"),
        (read.episode, Place::Episode, "episode"),
        (read.step, Place::Step, "step"),
        (description.kind == Kind::Text, Place::Completion, "completion"),
        (read.prompt, Place::Prompt, "prompt"),
        (read.reference, Place::Reference, "reference"),
        (read.tokens, Place::Tokens, "tokens"),
    ];
    inputs.extend(
        named.into_iter().filter(|(read, ..)| *read).map(|(_, place, name)| Input { name: name.into(), place }),
    );
    inputs.extend(
        description.columns.iter().map(|name| Input { name: name.clone(), place: Place::Column(name.clone()) }),
    );
    inputs
}

impl Place {
    /// Tells whether it is a number that may take any value between others, so that neighbouring values mean much the same.
    pub(crate) fn is_continuous(&self) -> bool {
        matches!(self, Place::Numbers { field, .. } if field.unit != "index")
    }

    /// Tells whether the input differs anywhere in the rows.
    pub(crate) fn varies(&self, table: &Table) -> bool {
        fn differ<T: PartialEq>(values: &[T]) -> bool {
            values.windows(2).any(|pair| pair[0] != pair[1])
        }
        match self {
            Place::Numbers { row, start, field } => {
                let values = row.values(table);
                let width = values.len().checked_div(table.rows).unwrap_or(0).max(1);
                let first = values.get(*start..start + field.size);
                values.chunks(width).any(|values| values.get(*start..start + field.size) != first)
            }
            Place::Terminated => differ(&table.terminated),
            Place::Truncated => differ(&table.truncated),
            Place::Reward => differ(&table.reward),
            Place::Agent => differ(&table.agent),
            Place::Episode => differ(&table.episode),
            Place::Step => differ(&table.step),
            _ => false,
        }
    }

    /// Tells whether the input differs anywhere in the texts.
    pub(crate) fn varies_in_texts(&self, texts: &SampleTable) -> bool {
        fn differ<T: PartialEq>(values: &[T]) -> bool {
            values.windows(2).any(|pair| pair[0] != pair[1])
        }
        match self {
            Place::Completion => differ(&texts.completion),
            Place::Prompt => differ(&texts.prompt),
            Place::Reference => differ(&texts.reference),
            Place::Tokens => differ(&texts.tokens),
            Place::Column(name) => texts.columns.iter().any(|(known, values)| known == name && differ(values)),
            _ => false,
        }
    }

    /// Gives each row the input of another row, chosen by chance.
    pub(crate) fn shuffle(&self, table: &mut Table, chance: &mut impl Rng) {
        match self {
            Place::Numbers { row, start, field } => {
                let rows = table.rows;
                shuffle_columns(row.values_mut(table), rows, *start, field.size, chance);
            }
            Place::Terminated => table.terminated.shuffle(chance),
            Place::Truncated => table.truncated.shuffle(chance),
            Place::Reward => table.reward.shuffle(chance),
            Place::Agent => table.agent.shuffle(chance),
            Place::Episode => table.episode.shuffle(chance),
            Place::Step => table.step.shuffle(chance),
            _ => {}
        }
    }

    /// Gives each text the input of another text, chosen by chance.
    pub(crate) fn shuffle_texts(&self, texts: &mut SampleTable, chance: &mut impl Rng) {
        match self {
            Place::Completion => texts.completion.shuffle(chance),
            Place::Prompt => texts.prompt.shuffle(chance),
            Place::Reference => texts.reference.shuffle(chance),
            Place::Tokens => texts.tokens.shuffle(chance),
            Place::Column(name) => {
                texts
                    .columns
                    .iter_mut()
                    .filter(|(known, _)| known == name)
                    .for_each(|(_, values)| values.shuffle(chance));
            }
            _ => {}
        }
    }

    /// Draws the input anew in every row: numbers from their declared range, or from three times what the rows span where they
    /// declare none; flags by a coin.
    pub(crate) fn draw(&self, table: &mut Table, chance: &mut impl Rng) {
        match self {
            Place::Numbers { row, start, field } => {
                let rows = table.rows;
                let values = row.values_mut(table);
                let width = values.len().checked_div(rows).unwrap_or(0).max(1);
                for column in *start..start + field.size {
                    let (low, high) = drawn_range(field, values.iter().skip(column).step_by(width));
                    for value in values.iter_mut().skip(column).step_by(width) {
                        let drawn = (low + (high - low) * chance.random::<f64>()) as f32;
                        *value = if field.unit == "index" { drawn.round() } else { drawn };
                    }
                }
            }
            Place::Terminated => table.terminated.iter_mut().for_each(|flag| *flag = chance.random()),
            Place::Truncated => table.truncated.iter_mut().for_each(|flag| *flag = chance.random()),
            Place::Reward => table.reward.iter_mut().for_each(|value| *value = chance.random_range(-100.0..100.0)),
            Place::Agent => table.agent.iter_mut().for_each(|value| *value = chance.random_range(0..8)),
            Place::Episode => table.episode.iter_mut().for_each(|value| *value = chance.random_range(0..1000)),
            Place::Step => table.step.iter_mut().for_each(|value| *value = chance.random_range(0..1000)),
            _ => {}
        }
    }

    /// Writes another number for each number of the input.
    pub(crate) fn map(&self, table: &mut Table, mut change: impl FnMut(f32) -> f32) {
        let Place::Numbers { row, start, field } = self else { return };
        let rows = table.rows;
        let values = row.values_mut(table);
        let width = values.len().checked_div(rows).unwrap_or(0).max(1);
        for row in values.chunks_mut(width) {
            if let Some(numbers) = row.get_mut(*start..start + field.size) {
                numbers.iter_mut().for_each(|value| *value = change(*value));
            }
        }
    }

    /// Borrows the numbers of the input, row by row.
    pub(crate) fn numbers<'a>(&self, table: &'a Table) -> Vec<&'a [f32]> {
        let Place::Numbers { row, start, field } = self else { return Vec::new() };
        let values = row.values(table);
        let width = values.len().checked_div(table.rows).unwrap_or(0).max(1);
        values.chunks(width).filter_map(|row| row.get(*start..start + field.size)).collect()
    }
}

/// Gives the range to draw a column from; a bound that is not declared lies as far out as the values span.
fn drawn_range<'a>(field: &Field, column: impl Iterator<Item = &'a f32>) -> (f64, f64) {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for value in column {
        (least, most) = (least.min(f64::from(*value)), most.max(f64::from(*value)));
    }
    let span = if most > least { most - least } else { 1.0 + most.abs() };
    let low = if field.low.is_finite() { f64::from(field.low) } else { least - span };
    let high = if field.high.is_finite() { f64::from(field.high) } else { most + span };
    (low, high.max(low))
}

fn shuffle_columns(values: &mut [f32], rows: usize, start: usize, size: usize, chance: &mut impl Rng) {
    let width = values.len().checked_div(rows).unwrap_or(0);
    if width < start + size {
        return;
    }
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(chance);
    let taken: Vec<f32> =
        order.iter().flat_map(|row| values[row * width + start..row * width + start + size].iter().copied()).collect();
    for (row, numbers) in taken.chunks(size.max(1)).enumerate() {
        values[row * width + start..row * width + start + size].copy_from_slice(numbers);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use meed_core::Reads;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn description() -> Description {
        Description::transition("p", "0.1.0").observation([
            Field::new("x", 1, "m", 0.0, 9.0),
            Field::new("v", 2, "m/s", f32::NEG_INFINITY, f32::INFINITY).reads(Reads::BOTH),
        ])
    }

    fn table() -> Table {
        Table {
            rows: 4,
            observation_size: 3,
            observation: (0..12).map(|value| value as f32).collect(),
            next_observation: vec![1.0; 12],
            ..Table::default()
        }
    }

    #[test]
    fn an_input_is_a_field_where_it_is_read() {
        let names: Vec<String> = inputs(&description()).into_iter().map(|input| input.name).collect();
        assert_eq!(names, ["x", "v", "next v"]);
    }

    #[test]
    fn shuffling_moves_a_field_as_a_whole_and_leaves_the_others() {
        let (mut chance, inputs) = (ChaCha8Rng::seed_from_u64(3), inputs(&description()));
        let mut shuffled = table();
        inputs[1].place.shuffle(&mut shuffled, &mut chance);
        assert_ne!(shuffled, table());
        let mut rows: Vec<&[f32]> = shuffled.observation.chunks(3).collect();
        assert_eq!(rows.iter().map(|row| row[0]).collect::<Vec<_>>(), [0.0, 3.0, 6.0, 9.0]);
        rows.sort_by(|a, b| a[1].total_cmp(&b[1]));
        assert_eq!(
            rows.iter().map(|row| [row[1], row[2]]).collect::<Vec<_>>(),
            [[1.0, 2.0], [4.0, 5.0], [7.0, 8.0], [10.0, 11.0]]
        );
    }

    #[test]
    fn what_is_drawn_lies_in_the_declared_range_or_around_the_data() {
        let (mut chance, inputs) = (ChaCha8Rng::seed_from_u64(3), inputs(&description()));
        let mut drawn = table();
        inputs.iter().for_each(|input| input.place.draw(&mut drawn, &mut chance));
        assert!(drawn.observation.iter().step_by(3).all(|x| (0.0..=9.0).contains(x)));
        assert!(drawn.observation.iter().skip(1).step_by(3).all(|v| (-8.0..=19.0).contains(v)));
        assert!(drawn.next_observation.iter().skip(1).step_by(3).all(|v| (-1.0..=3.0).contains(v)));
        assert_eq!(drawn.next_observation[0], 1.0);
    }

    #[test]
    fn a_column_of_one_value_does_not_vary() {
        let varies: Vec<bool> = inputs(&description()).iter().map(|input| input.place.varies(&table())).collect();
        assert_eq!(varies, [true, true, false]);
    }
}
