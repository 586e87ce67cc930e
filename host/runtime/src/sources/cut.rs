//! Cuts a batch between groups into the parts that go into one call each.

use std::ops::Range;

use meed_core::{Failure, OutputError, RewardError, Transitions};

/// What goes into one call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) rows: Range<usize>,
    /// The groups that these rows are; without offsets, each row is one.
    pub(crate) groups: Range<usize>,
}

impl Part {
    /// Takes a whole batch for one part.
    pub(crate) fn whole(batch: &Transitions<'_>) -> Part {
        Part { rows: 0..batch.rows, groups: 0..batch.group_offsets.len().saturating_sub(1) }
    }
}

/// Cuts `rows` rows into parts of at most `fit` rows each, but for a single group that is larger.
pub(crate) fn parts(offsets: &[u32], rows: usize, fit: usize) -> impl Iterator<Item = Part> {
    let mut group = 0;
    std::iter::from_fn(move || {
        let start = row_of(offsets, group);
        (start < rows).then(|| {
            let groups = next_groups(offsets, group, rows, fit);
            group = groups.end;
            Part { rows: start..row_of(offsets, groups.end), groups }
        })
    })
}

/// Gives the groups, from `first` on, that go together into one call: as many as fit, at least one.
fn next_groups(offsets: &[u32], first: usize, rows: usize, fit: usize) -> Range<usize> {
    if offsets.is_empty() {
        return first..rows.min(first + fit);
    }
    let most = offsets[first] as usize + fit;
    let mut end = first + 1;
    while end + 1 < offsets.len() && offsets[end + 1] as usize <= most {
        end += 1;
    }
    first..end
}

/// Gives the row at which a group begins; without offsets each row is a group.
fn row_of(offsets: &[u32], group: usize) -> usize {
    if offsets.is_empty() { group } else { offsets[group] as usize }
}

/// Counts the rows that an error names from the beginning of the whole batch.
pub(crate) fn shift(mut error: RewardError, start: usize) -> RewardError {
    if let Failure::Output(output) = &mut error.failure {
        match output {
            OutputError::NotANumber { row, .. } | OutputError::Infinite { row, .. } => *row += start,
            OutputError::Unscored { row, rows } => {
                *row += start;
                *rows += start;
            }
            OutputError::Length { .. } => {}
        }
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(offsets: &[u32], rows: usize, fit: usize) -> Vec<usize> {
        parts(offsets, rows, fit).map(|part| part.rows.end).collect()
    }

    #[test]
    fn a_batch_is_cut_between_groups_only() {
        assert_eq!(cuts(&[], 10, 4), [4, 8, 10]);
        assert_eq!(cuts(&[0, 3, 6, 9, 10], 10, 4), [3, 6, 10]);
        assert_eq!(cuts(&[0, 2, 4, 6, 8, 10], 10, 4), [4, 8, 10]);
        // A group that is larger than fits goes alone; empty groups go along.
        assert_eq!(cuts(&[0, 7, 7, 8, 10], 10, 4), [7, 10]);
        assert_eq!(cuts(&[0, 0, 10, 10], 10, 4), [0, 10]);
        assert!(cuts(&[], 0, 4).is_empty());
    }
}
