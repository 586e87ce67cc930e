//! What an author's function answers: a score, an abstention or a fault.

use crate::bindings::types;

/// The factors of one row. [`transition!`](crate::transition) and its sisters implement it.
pub trait Factors: Sized {
    /// How many there are.
    const COUNT: usize;

    /// Appends them in order.
    fn push(&self, values: &mut Vec<f32>);

    /// Hands each to `write` with its index.
    fn each(&self, write: impl FnMut(usize, f32));

    /// Describes them.
    fn describe() -> Vec<types::Factor>;
}

/// What a reward says of one row: three different things that never turn into each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome<F> {
    /// The row's factors.
    Score(F),
    /// The reward does not apply here; it is neither a zero nor a mistake.
    Abstain,
    /// The reward cannot handle the row, and says why.
    Fault(String),
}

/// What an author's function may return: the factors, an [`Outcome`], an `Option` (none abstains) or a `Result` whose error is
/// the fault's message.
pub trait IntoOutcome<F>: Sized {
    /// Whether it cannot be anything but a score.
    const CERTAIN: bool = false;

    /// Turns it into an outcome.
    fn into_outcome(self) -> Outcome<F>;

    /// Hands a score to `score`, and gives the outcome without it. Where the function cannot but give a score, no outcome is made.
    #[inline(always)]
    fn take_score(self, score: impl FnOnce(F)) -> Outcome<()> {
        match self.into_outcome() {
            Outcome::Score(factors) => {
                score(factors);
                Outcome::Score(())
            }
            Outcome::Abstain => Outcome::Abstain,
            Outcome::Fault(message) => Outcome::Fault(message),
        }
    }
}

impl<F: Factors> IntoOutcome<F> for F {
    const CERTAIN: bool = true;

    #[inline(always)]
    fn into_outcome(self) -> Outcome<F> {
        Outcome::Score(self)
    }

    #[inline(always)]
    fn take_score(self, score: impl FnOnce(F)) -> Outcome<()> {
        score(self);
        Outcome::Score(())
    }
}

impl<F> IntoOutcome<F> for Outcome<F> {
    #[inline(always)]
    fn into_outcome(self) -> Outcome<F> {
        self
    }
}

impl<F> IntoOutcome<F> for Option<F> {
    #[inline(always)]
    fn into_outcome(self) -> Outcome<F> {
        self.map_or(Outcome::Abstain, Outcome::Score)
    }
}

impl<F, E: Into<String>> IntoOutcome<F> for Result<F, E> {
    #[inline(always)]
    fn into_outcome(self) -> Outcome<F> {
        self.map_or_else(|message| Outcome::Fault(message.into()), Outcome::Score)
    }
}

/// Gathers outcomes, in order, into the answer to a batch.
#[derive(Debug, Default)]
pub struct Sheet {
    values: Vec<f32>,
    unscored: Vec<types::Unscored>,
    row: u32,
}

impl Sheet {
    /// Begins an answer of about `rows` vectors.
    pub fn new<F: Factors>(rows: usize) -> Self {
        Sheet { values: Vec::with_capacity(rows * F::COUNT), ..Sheet::default() }
    }

    /// Appends the next outcome.
    #[inline(always)]
    pub fn push<F: Factors>(&mut self, outcome: Outcome<F>) {
        match outcome {
            Outcome::Score(factors) => factors.push(&mut self.values),
            Outcome::Abstain => self.unscored::<F>(types::Reason::Abstain),
            Outcome::Fault(message) => self.unscored::<F>(types::Reason::Fault(types::Fault { message })),
        }
        self.row += 1;
    }

    #[cold]
    fn unscored<F: Factors>(&mut self, reason: types::Reason) {
        self.values.resize(self.values.len() + F::COUNT, 0.0);
        self.unscored.push(types::Unscored { row: self.row, reason });
    }

    /// Counts the outcomes so far.
    pub fn rows(&self) -> usize {
        self.row as usize
    }

    /// Gives the answer.
    pub fn finish(self) -> types::Scores {
        types::Scores { values: self.values, unscored: self.unscored }
    }
}

/// Makes the struct of a reward's factors and implements [`Factors`](crate::outcome::Factors) for it.
#[doc(hidden)]
#[macro_export]
macro_rules! __factors {
    ($Factors:ident {
        $($factor:ident : $meaning:literal $(weight $weight:literal)? $(in $range:expr)?),* $(,)?
    }) => {
        #[derive(Clone, Copy, Debug, PartialEq)]
        struct $Factors { $(#[doc = $meaning] $factor: f32),* }

        impl $crate::outcome::Factors for $Factors {
            const COUNT: usize = [$(stringify!($factor)),*].len();

            #[inline(always)]
            fn push(&self, values: &mut Vec<f32>) {
                values.extend_from_slice(&[$(self.$factor),*]);
            }

            #[inline(always)]
            #[allow(unused_assignments, unused_mut, unused_variables)]
            fn each(&self, mut write: impl FnMut(usize, f32)) {
                let mut index = 0;
                $(
                    write(index, self.$factor);
                    index += 1;
                )*
            }

            fn describe() -> Vec<$crate::bindings::types::Factor> {
                vec![$($crate::outcome::describe_factor(
                    stringify!($factor),
                    $meaning,
                    $crate::__weight!($($weight)?),
                    $crate::__bounds!($($range)?),
                )),*]
            }
        }

        const _: () = assert!(<$Factors as $crate::outcome::Factors>::COUNT > 0, "a reward has at least one factor");
    };
}

/// Gives the weight that was written, or 1.
#[doc(hidden)]
#[macro_export]
macro_rules! __weight {
    () => {
        1.0
    };
    ($weight:literal) => {
        $weight
    };
}

/// Describes one factor; the macros call it.
#[doc(hidden)]
pub fn describe_factor(name: &str, meaning: &str, weight: f32, bounds: (f32, f32)) -> types::Factor {
    types::Factor {
        name: crate::fields::published(name),
        low: bounds.0,
        high: bounds.1,
        weight,
        meaning: meaning.to_owned(),
    }
}

/// Writes a score's factors to `out`, and gives the outcome without them.
///
/// # Panics
/// Where `out` has no room for the factors.
#[inline(always)]
pub fn write_factors<F: Factors>(outcome: Outcome<F>, out: &mut [f32]) -> Outcome<()> {
    match outcome {
        Outcome::Score(factors) => {
            factors.each(|index, value| out[index] = value);
            Outcome::Score(())
        }
        Outcome::Abstain => Outcome::Abstain,
        Outcome::Fault(message) => Outcome::Fault(message),
    }
}

/// Checks that a function gave one score for each step.
#[doc(hidden)]
pub fn check_steps(steps: usize, scores: usize) -> Result<(), crate::Fault> {
    if steps == scores {
        return Ok(());
    }
    Err(crate::Fault { message: format!("gave {scores} scores for an episode of {steps} steps") })
}
