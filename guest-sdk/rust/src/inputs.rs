//! The inputs that a function's list names: how each is fetched, and what the description says is read.

use crate::bindings::types;

/// Collects the input list of a function as bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputSet(pub u16);

impl InputSet {
    /// Tells whether an input is in the list.
    pub const fn has(self, input: InputSet) -> bool {
        self.0 & input.0 != 0
    }

    /// Gives the interface's flags.
    pub fn flags(self) -> types::Inputs {
        let all = [
            (Self::TERMINATED, types::Inputs::TERMINATED),
            (Self::TRUNCATED, types::Inputs::TRUNCATED),
            (Self::ENV_REWARD, types::Inputs::REWARD),
            (Self::GROUP, types::Inputs::GROUP),
            (Self::AGENT, types::Inputs::AGENT),
            (Self::EPISODE, types::Inputs::EPISODE),
            (Self::STEP, types::Inputs::STEP),
            (Self::PROMPT, types::Inputs::PROMPT),
            (Self::REFERENCE, types::Inputs::REFERENCE),
            (Self::TOKENS, types::Inputs::TOKENS),
        ];
        all.into_iter().filter(|(input, _)| self.has(*input)).map(|(_, flag)| flag).collect()
    }
}

macro_rules! inputs {
    ($($CONST:ident = $bit:literal),* $(,)?) => {
        #[allow(missing_docs, reason = "named as in an input list")]
        impl InputSet {
            $(pub const $CONST: InputSet = InputSet(1 << $bit);)*
        }
    };
}

inputs! {
    OBSERVATION = 0, ACTION = 1, NEXT = 2, TASK = 3, TERMINATED = 4, TRUNCATED = 5, ENV_REWARD = 6, GROUP = 7, AGENT = 8,
    EPISODE = 9, STEP = 10, PROMPT = 11, REFERENCE = 12, TOKENS = 13,
}

/// Turns an input list into an [`InputSet`](crate::inputs::InputSet); a word that is no input does not match.
#[doc(hidden)]
#[macro_export]
macro_rules! __input_set {
    ($($input:ident)*) => {
        $crate::inputs::InputSet(0 $(| $crate::__input_bit!($input).0)*)
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __input_bit {
    (observation) => {
        $crate::inputs::InputSet::OBSERVATION
    };
    (action) => {
        $crate::inputs::InputSet::ACTION
    };
    (next) => {
        $crate::inputs::InputSet::NEXT
    };
    (task) => {
        $crate::inputs::InputSet::TASK
    };
    (terminated) => {
        $crate::inputs::InputSet::TERMINATED
    };
    (truncated) => {
        $crate::inputs::InputSet::TRUNCATED
    };
    (env_reward) => {
        $crate::inputs::InputSet::ENV_REWARD
    };
    (group) => {
        $crate::inputs::InputSet::GROUP
    };
    (agent) => {
        $crate::inputs::InputSet::AGENT
    };
    (episode) => {
        $crate::inputs::InputSet::EPISODE
    };
    (step) => {
        $crate::inputs::InputSet::STEP
    };
    (prompt) => {
        $crate::inputs::InputSet::PROMPT
    };
    (completion) => {
        $crate::inputs::InputSet(0)
    };
    (reference) => {
        $crate::inputs::InputSet::REFERENCE
    };
    (tokens) => {
        $crate::inputs::InputSet::TOKENS
    };
    (columns) => {
        $crate::inputs::InputSet(0)
    };
    ($other:ident) => {
        compile_error!(concat!("`", stringify!($other), "` is no input; the documentation of the macro lists them"))
    };
}

/// Describes a plugin of row-shaped inputs; the macros call it.
#[doc(hidden)]
#[macro_export]
macro_rules! __description {
    ($name:literal, [$($version:literal)?], $summary:literal, $READS:expr, $granularity:expr, $Factors:ident) => {{
        let reads: $crate::inputs::InputSet = $READS;
        $crate::bindings::types::Description {
            name: String::from($name),
            version: String::from($crate::__version!($($version)?)),
            summary: String::from($summary),
            observation: <ObservationRow as $crate::fields::Fields>::describe(
                reads.has($crate::inputs::InputSet::OBSERVATION),
                reads.has($crate::inputs::InputSet::NEXT),
            ),
            action: <ActionRow as $crate::fields::Fields>::describe(reads.has($crate::inputs::InputSet::ACTION), false),
            task: <TaskRow as $crate::fields::Fields>::describe(reads.has($crate::inputs::InputSet::TASK), false),
            columns: Vec::new(),
            inputs: reads.flags(),
            granularity: $granularity,
            factors: <$Factors as $crate::outcome::Factors>::describe(),
        }
    }};
}

/// Gives the version that was written, or the package's.
#[doc(hidden)]
#[macro_export]
macro_rules! __version {
    () => {
        match option_env!("CARGO_PKG_VERSION") {
            Some(version) => version,
            None => "0.0.0",
        }
    };
    ($version:literal) => {
        $version
    };
}

/// Refuses to compile a function that asks for a row of which no field is read.
#[doc(hidden)]
#[macro_export]
macro_rules! __check_reads {
    ($READS:expr) => {
        const _: () = {
            assert!(
                !$READS.has($crate::inputs::InputSet::OBSERVATION)
                    || <ObservationRow as $crate::fields::Fields>::CURRENT > 0,
                "the function takes `observation`, but no field of it is declared as read there"
            );
            assert!(
                !$READS.has($crate::inputs::InputSet::NEXT) || <ObservationRow as $crate::fields::Fields>::NEXT > 0,
                "the function takes `next`, but no field of the observation is declared as read there"
            );
            assert!(
                !$READS.has($crate::inputs::InputSet::ACTION) || <ActionRow as $crate::fields::Fields>::CURRENT > 0,
                "the function takes `action`, but no field of it is declared as read"
            );
            assert!(
                !$READS.has($crate::inputs::InputSet::TASK) || <TaskRow as $crate::fields::Fields>::CURRENT > 0,
                "the function takes `task`, but no field of it is declared as read"
            );
        };
    };
}
