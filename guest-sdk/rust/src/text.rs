//! The macro for text rewards.

use crate::bindings::types;

/// The completions of one prompt, and which of them is being judged.
///
/// It gives only what the reward's input list names beside `group`, and panics otherwise; completions are always there.
#[derive(Clone, Copy, Debug)]
pub struct Answers<'a> {
    samples: &'a types::Samples,
    first: usize,
    size: usize,
    me: usize,
}

impl<'a> Answers<'a> {
    /// Finds the group of sample `index`; samples must be asked for in ascending order.
    pub fn of(samples: &'a types::Samples, part: &mut usize, index: usize) -> Self {
        let offsets = &samples.group_offsets;
        let (first, end) = if offsets.is_empty() {
            (index, index + 1)
        } else {
            while offsets[*part + 1] as usize <= index {
                *part += 1;
            }
            (offsets[*part] as usize, offsets[*part + 1] as usize)
        };
        Answers { samples, first, size: end - first, me: index - first }
    }

    /// Counts the completions, the one being judged included.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Gives the index among them of the one being judged.
    pub fn me(&self) -> usize {
        self.me
    }

    /// Gives a completion. Panics, as the rest do, where `index` is not below [`size`](Self::size).
    pub fn completion(&self, index: usize) -> &'a str {
        &self.samples.completion[self.at(index)]
    }

    /// Gives the length of a completion in tokens.
    pub fn tokens(&self, index: usize) -> u32 {
        self.samples.tokens[self.at(index)]
    }

    fn at(&self, index: usize) -> usize {
        assert!(index < self.size, "the group has {} completions, not a number {index}", self.size);
        self.first + index
    }
}

/// Makes a plugin of a function that judges one completion.
///
/// Like [`transition!`](crate::transition), without rows. The function's inputs: `completion`, `prompt` (`&str`), `reference`
/// (`Option<&str>`), `tokens` (`u32`), `columns` (`&Columns`), `group` (`&Answers`, see [`Answers`](crate::Answers)). The section
/// `columns: Columns { language, hint = "a hint" }` names further text columns of the data; each is an `Option<&str>`.
///
/// ```
/// use meed_guest::prelude::*;
///
/// meed_guest::text! {
///     name: "echo",
///     summary: "Whether the completion says what was asked",
///     columns: Columns { language },
///     factors: Factors { echo: "1 where prompt and completion are the same" in 0.0..=1.0 },
///     reward: echo(prompt, completion, columns),
/// }
///
/// fn echo(prompt: &str, completion: &str, columns: &Columns) -> Option<Factors> {
///     columns.language?;
///     Some(Factors { echo: f32::from(u8::from(prompt == completion)) })
/// }
/// # fn main() {
/// assert_eq!(Plugin::description().columns, ["language"]);
/// # }
/// ```
#[macro_export]
macro_rules! text {
    (
        name: $name:literal,
        $(version: $version:literal,)?
        summary: $summary:literal,
        $(columns: $Columns:ident { $($column:ident $(= $title:literal)?),* $(,)? },)?
        factors: $Factors:ident { $($factors:tt)* },
        reward: $reward:ident($($input:ident),* $(,)?) $(,)?
    ) => {
        $crate::__factors!($Factors { $($factors)* });

        $(
            /// The text columns of a sample.
            #[derive(Clone, Copy, Debug)]
            struct $Columns<'a> { $($column: Option<&'a str>),* }
        )?

        /// The plugin, for native code.
        #[derive(Clone, Copy, Debug)]
        pub struct Plugin;

        const _: () = {
            type ObservationRow = ();
            type ActionRow = ();
            type TaskRow = ();
            const READS: $crate::inputs::InputSet = $crate::__input_set!($($input)*);

            /// Gives the columns of a sample, which come in the order of the description.
            #[allow(unused_variables, unused_mut, dead_code)]
            fn columns_of(samples: &$crate::Samples, index: usize) -> $crate::__columns_type!($($Columns)?) {
                let mut columns = samples.columns.iter();
                $($Columns { $($column: columns.next().and_then(|column| column.values[index].as_deref())),* })?
            }

            impl Plugin {
                /// Describes the reward.
                pub fn description() -> $crate::Description {
                    $crate::Description {
                        columns: vec![$($($crate::__column_name!($column $($title)?).to_owned()),*)?],
                        ..$crate::__description!(
                            $name, [$($version)?], $summary, READS, $crate::__granularity!(row), $Factors
                        )
                    }
                }

                /// Scores a batch.
                #[allow(unused_variables, unused_mut)]
                pub fn evaluate(samples: &$crate::Samples) -> $crate::Scores {
                    let rows = samples.rows as usize;
                    let mut sheet = $crate::outcome::Sheet::new::<$Factors>(rows);
                    let mut part = 0;
                    for index in 0..rows {
                        sheet.push($crate::outcome::IntoOutcome::<$Factors>::into_outcome(
                            $reward($($crate::__text_input!($input, samples, index, part)),*)
                        ));
                    }
                    sheet.finish()
                }
            }

            #[cfg(target_arch = "wasm32")]
            const _: () = {
                impl $crate::bindings::plugin::exports::meed::reward::plugin::Guest for Plugin {
                    fn describe() -> $crate::Description {
                        Plugin::description()
                    }
                }

                impl $crate::bindings::text::exports::meed::reward::text::Guest for Plugin {
                    fn evaluate(batch: $crate::Samples) -> Result<$crate::Scores, $crate::Fault> {
                        Ok(Plugin::evaluate(&batch))
                    }
                }

                $crate::bindings::plugin::export_plugin!(Plugin with_types_in $crate::bindings::plugin);
                $crate::bindings::text::export_text!(Plugin with_types_in $crate::bindings::text);
            };
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __columns_type {
    () => {
        ()
    };
    ($Columns:ident) => {
        $Columns<'_>
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __column_name {
    ($column:ident) => {
        stringify!($column)
    };
    ($column:ident $title:literal) => {
        $title
    };
}

/// Fetches one input of a sample.
#[doc(hidden)]
#[macro_export]
macro_rules! __text_input {
    (completion, $samples:ident, $index:ident, $part:ident) => {
        $samples.completion[$index].as_str()
    };
    (prompt, $samples:ident, $index:ident, $part:ident) => {
        $samples.prompt[$index].as_str()
    };
    (reference, $samples:ident, $index:ident, $part:ident) => {
        $samples.reference[$index].as_deref()
    };
    (tokens, $samples:ident, $index:ident, $part:ident) => {
        $samples.tokens[$index]
    };
    (columns, $samples:ident, $index:ident, $part:ident) => {
        &columns_of($samples, $index)
    };
    (group, $samples:ident, $index:ident, $part:ident) => {
        &$crate::Answers::of($samples, &mut $part, $index)
    };
    ($other:ident, $($rest:tt)*) => {
        compile_error!(concat!(
            "`",
            stringify!($other),
            "` is no input of a text reward; the macro's documentation lists them"
        ))
    };
}
