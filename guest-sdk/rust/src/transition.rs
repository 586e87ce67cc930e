//! The macro for transition rewards.

/// Makes a plugin of a function that scores one row.
///
/// The description is written once, and everything else follows from it: the structs `Observation`, `Action` (and `Task`) that
/// the function takes, the struct `Factors` that it returns, the batch export, the fast path's exports, and for native code a
/// unit struct `Plugin` with `description()`, `evaluate(&Rows)` and, where the function needs nothing but observation, action and
/// next observation, `step(observation, action, next, out)`.
///
/// ```
/// use meed_guest::prelude::*;
///
/// meed_guest::transition! {
///     name: "reach",
///     summary: "Closeness to a goal, and effort",
///     observation: Observation {
///         position: [f32; 2] = "m" in -1.0..=1.0,
///         _velocity: [f32; 2] = "m/s",
///         goal: [f32; 2] = "m" in -1.0..=1.0,
///     },
///     action: Action { force: [f32; 2] = "N" in -1.0..=1.0 },
///     factors: Factors {
///         closeness: "one at the goal, falling with the distance" in 0.0..=1.0,
///         effort: "minus the squared force" weight 0.1 in -2.0..=0.0,
///     },
///     reward: reward(next, action),
/// }
///
/// fn reward(next: &Observation, action: &Action) -> Factors {
///     let [x, y] = next.position;
///     let [goal_x, goal_y] = next.goal;
///     Factors { closeness: math::exp(-math::hypot(x - goal_x, y - goal_y)), effort: -dot(&action.force, &action.force) }
/// }
///
/// # fn main() {
/// let mut factors = [0.0; 2];
/// let next = [0.5, 0.5, 0.0, 0.0, 0.5, 0.5];
/// Plugin::step(&[], &[1.0, 0.0], &next, &mut factors);
/// assert_eq!(factors, [1.0, -1.0]);
/// assert_eq!(Plugin::description().observation[1].name, "velocity");
/// # }
/// ```
///
/// # Sections, in this order
/// - `name`, optionally `version` (the package's otherwise), `summary`.
/// - `observation`, `action`, `task`: each optional, `Struct { field: type = "unit" in low..=high, … }`. A type is `f32` or
///   `[f32; N]`; the unit is an SI symbol, `"1"`, or `"index"` for one of several choices; the range may be open at either end or
///   left out. Fields follow each other without gaps, so all are declared; one that the function does not read begins with an
///   underscore, which is not part of its published name, and holds zero (the verifier, not the
///   compiler, finds a field without one that is not read). A field of which only one of observation and next observation is read carries `#[only(current)]` or `#[only(next)]`.
/// - `factors`: `Struct { name: "meaning" weight 0.5 in low..=high, … }`; the weight is 1 and the range unbounded unless said.
/// - `reward`: the function's name and the list of what it takes, in its order:
///   `observation`, `next` (`&Observation`), `action` (`&Action`), `task` (`&Task`), `terminated`, `truncated` (`bool`),
///   `env_reward` (`f32`), `agent`, `episode`, `step` (`u32`), `group` (`&Group<Observation, Action>`, see
///   [`Group`](crate::Group)). The list is also what the plugin declares as read, so that the two cannot differ.
///
/// What cannot be meant does not compile: a word in the list that is no input, or a row of which no field is read.
///
/// ```compile_fail
/// meed_guest::transition! {
///     name: "blind",
///     summary: "Takes an observation of which nothing is read",
///     observation: Observation { _position: f32 = "m" },
///     factors: Factors { nothing: "always one" },
///     reward: reward(observation),
/// }
/// fn reward(_: &Observation) -> Factors { Factors { nothing: 1.0 } }
/// # fn main() {}
/// ```
///
/// The function returns `Factors`, or [`Outcome<Factors>`](crate::Outcome), `Option<Factors>` (none abstains) or
/// `Result<Factors, String>` (an error is that row's fault).
#[macro_export]
macro_rules! transition {
    (
        name: $name:literal,
        $(version: $version:literal,)?
        summary: $summary:literal,
        $(observation: $Observation:ident { $($observation:tt)* },)?
        $(action: $Action:ident { $($action:tt)* },)?
        $(task: $Task:ident { $($task:tt)* },)?
        factors: $Factors:ident { $($factors:tt)* },
        reward: $reward:ident($($input:ident),* $(,)?) $(,)?
    ) => {
        $($crate::__fields!($Observation { $($observation)* });)?
        $($crate::__fields!($Action { $($action)* });)?
        $($crate::__fields!($Task { $($task)* });)?
        $crate::__factors!($Factors { $($factors)* });

        /// The plugin, for native code.
        #[derive(Clone, Copy, Debug)]
        pub struct Plugin;

        const _: () = {
            type ObservationRow = $crate::__row_type!($($Observation)?);
            type ActionRow = $crate::__row_type!($($Action)?);
            type TaskRow = $crate::__row_type!($($Task)?);
            const READS: $crate::inputs::InputSet = $crate::__input_set!($($input)*);
            $crate::__check_reads!(READS);

            impl Plugin {
                /// Describes the reward.
                pub fn description() -> $crate::Description {
                    $crate::__description!($name, [$($version)?], $summary, READS, $crate::__granularity!(row), $Factors)
                }
            }

            $crate::__step!([$($input)*] $reward $Factors READS);
            $crate::__arena!([$($input)*] $reward $Factors READS);

            #[cfg(target_arch = "wasm32")]
            const _: () = {
                impl $crate::bindings::plugin::exports::meed::reward::plugin::Guest for Plugin {
                    fn describe() -> $crate::Description {
                        Plugin::description()
                    }
                }

                $crate::bindings::plugin::export_plugin!(Plugin with_types_in $crate::bindings::plugin);
                $crate::bindings::transition::export_transition!(Plugin with_types_in $crate::bindings::transition);
            };
        };
    };
}

/// Fetches one input of a row from a batch.
#[doc(hidden)]
#[macro_export]
macro_rules! __row_input {
    (observation, $rows:ident, $index:ident, $groups:ident) => {
        &<ObservationRow as $crate::fields::Fields>::row($crate::fields::Place::Current, $rows.observation, $index)
    };
    (next, $rows:ident, $index:ident, $groups:ident) => {
        &<ObservationRow as $crate::fields::Fields>::row($crate::fields::Place::Next, $rows.next_observation, $index)
    };
    (action, $rows:ident, $index:ident, $groups:ident) => {
        &<ActionRow as $crate::fields::Fields>::row($crate::fields::Place::Current, $rows.action, $index)
    };
    (task, $rows:ident, $index:ident, $groups:ident) => {
        &<TaskRow as $crate::fields::Fields>::row($crate::fields::Place::Current, $rows.task, $index)
    };
    (terminated, $rows:ident, $index:ident, $groups:ident) => {
        $rows.terminated[$index] != 0
    };
    (truncated, $rows:ident, $index:ident, $groups:ident) => {
        $rows.truncated[$index] != 0
    };
    (env_reward, $rows:ident, $index:ident, $groups:ident) => {
        $rows.reward[$index]
    };
    (agent, $rows:ident, $index:ident, $groups:ident) => {
        $rows.agent[$index]
    };
    (episode, $rows:ident, $index:ident, $groups:ident) => {
        $rows.episode[$index]
    };
    (step, $rows:ident, $index:ident, $groups:ident) => {
        $rows.step[$index]
    };
    (group, $rows:ident, $index:ident, $groups:ident) => {
        &$groups.group::<ObservationRow, ActionRow>($rows, $index)
    };
    ($other:ident, $($rest:tt)*) => {
        compile_error!(concat!(
            "`",
            stringify!($other),
            "` is no input of a reward of rows; the macro's documentation lists them"
        ))
    };
}

/// Makes `Plugin::step` where the function takes nothing but observation, action and next observation.
#[doc(hidden)]
#[macro_export]
macro_rules! __step {
    ([$($input:ident)*] $reward:ident $Factors:ident $READS:ident) => {
        $crate::__step!(@look [$($input)*] [$($input)*] $reward $Factors $READS);
    };
    (@look [observation $($rest:ident)*] $all:tt $reward:ident $Factors:ident $READS:ident) => {
        $crate::__step!(@look [$($rest)*] $all $reward $Factors $READS);
    };
    (@look [action $($rest:ident)*] $all:tt $reward:ident $Factors:ident $READS:ident) => {
        $crate::__step!(@look [$($rest)*] $all $reward $Factors $READS);
    };
    (@look [next $($rest:ident)*] $all:tt $reward:ident $Factors:ident $READS:ident) => {
        $crate::__step!(@look [$($rest)*] $all $reward $Factors $READS);
    };
    // Another input: no step.
    (@look [$other:ident $($rest:ident)*] $all:tt $reward:ident $Factors:ident $READS:ident) => {};
    (@look [] [$($input:ident)*] $reward:ident $Factors:ident $READS:ident) => {
        impl Plugin {
            /// Scores one row, given as whole rows of columns, into `out`, which has room for the factors. A row that the
            /// function does not take may be empty.
            #[allow(unused_variables)]
            pub fn step(observation: &[f32], action: &[f32], next: &[f32], out: &mut [f32]) -> $crate::Outcome<()> {
                let rows = $crate::Rows { rows: 1, observation, action, next_observation: next, ..Default::default() };
                let (rows, index) = (&rows, 0);
                $crate::outcome::write_factors::<$Factors>(
                    $crate::outcome::IntoOutcome::into_outcome(
                        $reward($($crate::__row_input!($input, rows, index, groups)),*)
                    ),
                    out,
                )
            }
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            /// Scores the row at three addresses to a fourth: 0 scored, 1 abstained, 2 faulty.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn reward_step(obs: *const f32, act: *const f32, next: *const f32, out: *mut f32) -> u32 {
                use $crate::inputs::InputSet;
                let size = |input, columns| if $READS.has(input) { columns } else { 0 };
                let observation = <ObservationRow as $crate::fields::Fields>::SIZE;
                let action = <ActionRow as $crate::fields::Fields>::SIZE;
                let rows = [
                    (obs, size(InputSet::OBSERVATION, observation)),
                    (act, size(InputSet::ACTION, action)),
                    (next, size(InputSet::NEXT, observation)),
                ];
                let out = (out, <$Factors as $crate::outcome::Factors>::COUNT);
                // SAFETY: the host gives addresses of whole rows and of room for the factors.
                unsafe { $crate::one_row::call(rows, out, Plugin::step) }
            }
        };
    };
}
