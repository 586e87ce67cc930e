//! The named columns of a row: what `observation: Observation { … }` in a plugin's description turns into.

use std::ops::{RangeFrom, RangeFull, RangeInclusive, RangeToInclusive};

use crate::arena::Column;
use crate::bindings::types;

/// A type that a field may have: `f32`, or an array of `f32`.
pub trait Cells: Copy {
    /// Columns it takes.
    const SIZE: usize;
    /// What a field holds where the reward does not read it.
    const ZERO: Self;

    /// Reads it from the columns that begin at `first`.
    fn read(first: usize, cell: impl Fn(usize) -> f32) -> Self;
}

impl Cells for f32 {
    const SIZE: usize = 1;
    const ZERO: Self = 0.0;

    #[inline(always)]
    fn read(first: usize, cell: impl Fn(usize) -> f32) -> Self {
        cell(first)
    }
}

impl<const N: usize> Cells for [f32; N] {
    const SIZE: usize = N;
    const ZERO: Self = [0.0; N];

    #[inline(always)]
    fn read(first: usize, cell: impl Fn(usize) -> f32) -> Self {
        let mut cells = [0.0; N];
        for (index, value) in cells.iter_mut().enumerate() {
            *value = cell(first + index);
        }
        cells
    }
}

/// Which of a transition's two observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The one the action was taken in. Actions and task rows count as current.
    Current,
    /// The one after it.
    Next,
}

/// Where one field is read, as far as its declaration says: a leading underscore means nowhere, `#[only(next)]` and
/// `#[only(current)]` mean one place, and anything else wherever the function asks for the row.
#[derive(Clone, Copy, Debug)]
pub struct ReadIn {
    current: bool,
    next: bool,
}

impl ReadIn {
    /// Works it out from the field's name and the word in its `#[only(…)]`, empty where there is none.
    #[allow(clippy::panic, reason = "evaluated while the plugin is compiled")]
    pub const fn of(name: &str, only: &str) -> Self {
        let unread = !name.is_empty() && name.as_bytes()[0] == b'_';
        match only.as_bytes() {
            b"" => ReadIn { current: !unread, next: !unread },
            b"current" => ReadIn { current: !unread, next: false },
            b"next" => ReadIn { current: false, next: !unread },
            _ => panic!("a field is read only(current) or only(next)"),
        }
    }

    /// Tells whether the field is read in that place.
    pub const fn is(self, place: Place) -> bool {
        match place {
            Place::Current => self.current,
            Place::Next => self.next,
        }
    }
}

/// A row of named columns. [`transition!`](crate::transition) and its sisters implement it.
pub trait Fields: Sized {
    /// The columns of each field in order, and where it is read.
    const FIELDS: &'static [(usize, ReadIn)];
    /// Columns of the row, those that are not read included.
    const SIZE: usize = columns(Self::FIELDS, None);
    /// Columns of the row that are read in the current observation.
    const CURRENT: usize = columns(Self::FIELDS, Some(Place::Current));
    /// Columns of the row that are read in the next observation.
    const NEXT: usize = columns(Self::FIELDS, Some(Place::Next));

    /// Takes the row from its columns; fields that are not read there are zero.
    fn load(place: Place, cell: impl Fn(usize) -> f32) -> Self;

    /// Takes the row from the columns that are read, which stand side by side as in a tile of the arena.
    fn load_dense(place: Place, cell: impl Fn(usize) -> f32) -> Self;

    /// Writes the columns that are read of some rows, at most a tile of them, side by side into columns of a tile; `values` is
    /// row-major, and the first of the rows is `first`.
    ///
    /// # Panics
    /// Where `values` has no such rows.
    fn turn(place: Place, values: &[f32], first: usize, lanes: usize, tile: &mut [Column]);

    /// Describes the fields, given whether the function asks for this row and for the next one.
    fn describe(current: bool, next: bool) -> Vec<types::Field>;

    /// Takes the row from row-major data.
    ///
    /// # Panics
    /// Where `values` has no such row, such as when a group's rows are read that the input list does not name.
    #[inline(always)]
    fn row(place: Place, values: &[f32], index: usize) -> Self {
        let cells = &values[index * Self::SIZE..][..Self::SIZE];
        Self::load(place, |column| cells[column])
    }
}

/// Counts the columns of the fields that are read in a place, or of all.
const fn columns(fields: &[(usize, ReadIn)], place: Option<Place>) -> usize {
    let (mut sum, mut index) = (0, 0);
    while index < fields.len() {
        let (size, read) = fields[index];
        let counts = match place {
            Some(place) => read.is(place),
            None => true,
        };
        if counts {
            sum += size;
        }
        index += 1;
    }
    sum
}

impl Fields for () {
    const FIELDS: &'static [(usize, ReadIn)] = &[];

    fn load(_: Place, _: impl Fn(usize) -> f32) -> Self {}

    fn load_dense(_: Place, _: impl Fn(usize) -> f32) -> Self {}

    fn turn(_: Place, _: &[f32], _: usize, _: usize, _: &mut [Column]) {}

    fn describe(_: bool, _: bool) -> Vec<types::Field> {
        Vec::new()
    }
}

/// A range of numbers as a description writes it: `-1.0..=1.0`, `0.0..`, `..=0.0` or `..`.
pub trait Bounds {
    /// Smallest and largest number, infinite where there is none.
    fn bounds(self) -> (f32, f32);
}

impl Bounds for RangeInclusive<f32> {
    fn bounds(self) -> (f32, f32) {
        self.into_inner()
    }
}

impl Bounds for RangeFrom<f32> {
    fn bounds(self) -> (f32, f32) {
        (self.start, f32::INFINITY)
    }
}

impl Bounds for RangeToInclusive<f32> {
    fn bounds(self) -> (f32, f32) {
        (f32::NEG_INFINITY, self.end)
    }
}

impl Bounds for RangeFull {
    fn bounds(self) -> (f32, f32) {
        (f32::NEG_INFINITY, f32::INFINITY)
    }
}

/// Strips what Rust, not the reader, needs in a field's name: the underscore of an unread field, the `r#` of a keyword.
pub fn published(name: &str) -> String {
    let name = name.strip_prefix("r#").unwrap_or(name);
    name.strip_prefix('_').unwrap_or(name).to_owned()
}

/// Describes one field; the macros call it.
#[doc(hidden)]
pub fn describe_field(name: &str, size: usize, unit: &str, bounds: (f32, f32), read: [bool; 2]) -> types::Field {
    let mut reads = types::Reads::empty();
    reads.set(types::Reads::CURRENT, read[0]);
    reads.set(types::Reads::NEXT, read[1]);
    types::Field {
        name: published(name),
        size: size as u32,
        unit: unit.to_owned(),
        low: bounds.0,
        high: bounds.1,
        reads,
    }
}

/// Gives the range that was written, or the unbounded one.
#[doc(hidden)]
#[macro_export]
macro_rules! __bounds {
    () => {
        $crate::fields::Bounds::bounds(..)
    };
    ($range:expr) => {
        $crate::fields::Bounds::bounds($range)
    };
}

/// Makes the struct of a row's fields and implements [`Fields`](crate::fields::Fields) for it.
#[doc(hidden)]
#[macro_export]
macro_rules! __fields {
    ($Row:ident {
        $($(#[doc = $doc:literal])* $(#[only($only:ident)])? $field:ident : $ty:ty = $unit:literal $(in $range:expr)?),* $(,)?
    }) => {
        #[derive(Clone, Copy, Debug, PartialEq)]
        struct $Row { $($(#[doc = $doc])* $field: $ty),* }

        impl $crate::fields::Fields for $Row {
            const FIELDS: &'static [(usize, $crate::fields::ReadIn)] = &[$((
                <$ty as $crate::fields::Cells>::SIZE,
                $crate::fields::ReadIn::of(stringify!($field), concat!($(stringify!($only))?)),
            )),*];

            #[inline(always)]
            #[allow(unused_assignments, unused_variables, unused_mut)]
            fn load(place: $crate::fields::Place, cell: impl Fn(usize) -> f32) -> Self {
                let mut first = 0;
                $(
                    let read = const {
                        $crate::fields::ReadIn::of(stringify!($field), concat!($(stringify!($only))?))
                    };
                    let $field = if read.is(place) {
                        <$ty as $crate::fields::Cells>::read(first, &cell)
                    } else {
                        <$ty as $crate::fields::Cells>::ZERO
                    };
                    first += <$ty as $crate::fields::Cells>::SIZE;
                )*
                Self { $($field),* }
            }

            #[inline(always)]
            #[allow(unused_assignments, unused_variables, unused_mut)]
            fn load_dense(place: $crate::fields::Place, cell: impl Fn(usize) -> f32) -> Self {
                let mut first = 0;
                $(
                    let read = const {
                        $crate::fields::ReadIn::of(stringify!($field), concat!($(stringify!($only))?))
                    };
                    let $field = if read.is(place) {
                        let value = <$ty as $crate::fields::Cells>::read(first, &cell);
                        first += <$ty as $crate::fields::Cells>::SIZE;
                        value
                    } else {
                        <$ty as $crate::fields::Cells>::ZERO
                    };
                )*
                Self { $($field),* }
            }

            #[inline(always)]
            fn turn(
                place: $crate::fields::Place,
                values: &[f32],
                first: usize,
                lanes: usize,
                tile: &mut [$crate::arena::Column],
            ) {
                // An array of no columns cannot divide a slice.
                const SIZE: usize = if <$Row as $crate::fields::Fields>::SIZE == 0 { 1 } else { <$Row as $crate::fields::Fields>::SIZE };
                let rows = &values.as_chunks::<SIZE>().0[first..][..lanes];
                $crate::turn::fields(<$Row as $crate::fields::Fields>::FIELDS, place, rows, tile);
            }

            fn describe(current: bool, next: bool) -> Vec<$crate::bindings::types::Field> {
                vec![$({
                    let read = $crate::fields::ReadIn::of(stringify!($field), concat!($(stringify!($only))?));
                    $crate::fields::describe_field(
                        stringify!($field),
                        <$ty as $crate::fields::Cells>::SIZE,
                        $unit,
                        $crate::__bounds!($($range)?),
                        [
                            current && read.is($crate::fields::Place::Current),
                            next && read.is($crate::fields::Place::Next),
                        ],
                    )
                }),*]
            }
        }
    };
}

/// Names a row's type, or `()` where the plugin has no such row.
#[doc(hidden)]
#[macro_export]
macro_rules! __row_type {
    () => {
        ()
    };
    ($Row:ident) => {
        $Row
    };
}
