//! Writing what an agent sees, number after number.

use super::{difference, length};

/// Fills an agent's row from its beginning; what is not written stays 0.
pub(super) struct Row<'a> {
    row: &'a mut [f32],
    written: usize,
    here: [f64; 2],
}

impl<'a> Row<'a> {
    /// Begins the row of an agent that is at `here`, with its velocity and its position.
    pub(super) fn begin(row: &'a mut [f32], velocity: [f64; 2], here: [f64; 2]) -> Self {
        row.fill(0.0);
        let mut row = Row { row, written: 0, here };
        row.write(velocity);
        row.write(here);
        row
    }

    /// Writes two numbers as they are.
    pub(super) fn write(&mut self, pair: [f64; 2]) {
        self.row[self.written..self.written + 2].copy_from_slice(&pair.map(|number| number as f32));
        self.written += 2;
    }

    /// Writes where a place lies, seen from the agent.
    pub(super) fn place(&mut self, there: [f64; 2]) {
        self.write(difference(there, self.here));
    }

    /// Writes where the `count` nearest of some places lie, the nearest first, and gives their indices among them.
    pub(super) fn nearest(&mut self, places: impl Iterator<Item = [f64; 2]>, count: usize) -> Vec<usize> {
        let mut found: Vec<(usize, [f64; 2], f64)> =
            places.enumerate().map(|(index, there)| (index, there, length(difference(there, self.here)))).collect();
        found.sort_by(|a, b| a.2.total_cmp(&b.2));
        found.truncate(count);
        for (_, there, _) in &found {
            self.place(*there);
        }
        found.into_iter().map(|(index, ..)| index).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first_and_what_is_missing_is_zero() {
        let mut numbers = [7.0; 10];
        let mut row = Row::begin(&mut numbers, [0.5, 0.25], [1.0, 1.0]);
        assert_eq!(row.nearest([[4.0, 1.0], [1.0, 2.0], [1.0, 0.5]].into_iter(), 2), [2, 1]);
        assert_eq!(numbers, [0.5, 0.25, 1.0, 1.0, 0.0, -0.5, 0.0, 1.0, 0.0, 0.0]);
    }
}
