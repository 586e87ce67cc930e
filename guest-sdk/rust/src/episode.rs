//! The macro for episode rewards.

/// Makes a plugin of a function that scores one whole episode.
///
/// As [`transition!`](crate::transition), with `granularity` between `task` and `factors`:
/// - `granularity: episode`: the function returns one score for the episode, of any type that `transition!` allows.
/// - `granularity: row`: it returns one for each step, in order: a `Vec` or any other iterable.
///
/// The function's inputs: `observation`, `next` (`Series<Observation>`, see [`Series`](crate::Series)), `action`
/// (`Series<Action>`), `task` (`&Task`), `terminated`, `truncated` (`bool`: whether the episode ended so), `env_reward`
/// (`&[f32]`), `agent`, `step` (`&[u32]`), `episode` (`u32`), `group` (`&Siblings<Observation, Action>`, see
/// [`Siblings`](crate::Siblings)). An episode without steps abstains without asking.
///
/// ```
/// use meed_guest::prelude::*;
///
/// meed_guest::episode! {
///     name: "progress",
///     summary: "How far the episode came",
///     observation: Observation { position: f32 = "m" },
///     granularity: episode,
///     factors: Factors { way: "distance from the first to the last position" in 0.0.. },
///     reward: progress(observation),
/// }
///
/// fn progress(observation: Series<Observation>) -> Factors {
///     let way = observation.get(observation.len() - 1).position - observation.get(0).position;
///     Factors { way: math::abs(way) }
/// }
///
/// # fn main() {
/// let steps = Rows { rows: 3, observation: &[1.0, 2.0, 4.0], ..Rows::default() };
/// let scores = Plugin::evaluate(&Episodes { steps, episode_offsets: &[0, 3], ..Episodes::default() });
/// assert_eq!(scores.map(|scores| scores.values), Ok(vec![3.0]));
/// # }
/// ```
#[macro_export]
macro_rules! episode {
    (
        name: $name:literal,
        $(version: $version:literal,)?
        summary: $summary:literal,
        $(observation: $Observation:ident { $($observation:tt)* },)?
        $(action: $Action:ident { $($action:tt)* },)?
        $(task: $Task:ident { $($task:tt)* },)?
        granularity: $granularity:ident,
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
                    $crate::__description!(
                        $name, [$($version)?], $summary, READS, $crate::__granularity!($granularity), $Factors
                    )
                }

                /// Scores a batch of episodes.
                ///
                /// # Errors
                /// Where the function gives another number of scores than the episode has steps.
                #[allow(unused_variables, unused_mut)]
                pub fn evaluate(episodes: &$crate::Episodes<'_>) -> Result<$crate::Scores, $crate::Fault> {
                    let mut sheet = $crate::outcome::Sheet::new::<$Factors>(episodes.steps.rows);
                    let mut part = 0;
                    let batch = &episodes.steps;
                    for index in 0..episodes.count() {
                        let rows = episodes.rows(index);
                        $crate::__push_episode!(
                            $granularity, sheet, rows, $Factors,
                            $reward($($crate::__episode_input!($input, episodes, batch, index, rows, part)),*)
                        );
                    }
                    Ok(sheet.finish())
                }
            }

            #[cfg(target_arch = "wasm32")]
            const _: () = {
                impl $crate::bindings::plugin::exports::meed::reward::plugin::Guest for Plugin {
                    fn describe() -> $crate::Description {
                        Plugin::description()
                    }
                }

                impl $crate::bindings::episode::exports::meed::reward::episode::Guest for Plugin {
                    fn evaluate(batch: $crate::bindings::types::Episodes) -> Result<$crate::Scores, $crate::Fault> {
                        Plugin::evaluate(&$crate::Episodes::from(&batch))
                    }
                }

                $crate::bindings::plugin::export_plugin!(Plugin with_types_in $crate::bindings::plugin);
                $crate::bindings::episode::export_episode!(Plugin with_types_in $crate::bindings::episode);
            };
        };
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __granularity {
    (row) => {
        $crate::bindings::types::Granularity::Row
    };
    (episode) => {
        $crate::bindings::types::Granularity::Episode
    };
}

/// Scores one episode into the sheet.
#[doc(hidden)]
#[macro_export]
macro_rules! __push_episode {
    (episode, $sheet:ident, $rows:ident, $Factors:ident, $score:expr) => {
        $sheet.push(if $rows.is_empty() {
            $crate::Outcome::Abstain
        } else {
            $crate::outcome::IntoOutcome::<$Factors>::into_outcome($score)
        })
    };
    (row, $sheet:ident, $rows:ident, $Factors:ident, $scores:expr) => {
        if !$rows.is_empty() {
            let before = $sheet.rows();
            for score in $scores {
                $sheet.push($crate::outcome::IntoOutcome::<$Factors>::into_outcome(score));
            }
            $crate::outcome::check_steps($rows.len(), $sheet.rows() - before)?;
        }
    };
}

/// Fetches one input of an episode.
#[doc(hidden)]
#[macro_export]
macro_rules! __episode_input {
    (observation, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        $crate::Series::<ObservationRow>::new($crate::fields::Place::Current, $batch.observation, $rows.clone())
    };
    (next, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        $crate::Series::<ObservationRow>::new($crate::fields::Place::Next, $batch.next_observation, $rows.clone())
    };
    (action, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        $crate::Series::<ActionRow>::new($crate::fields::Place::Current, $batch.action, $rows.clone())
    };
    (task, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        &<TaskRow as $crate::fields::Fields>::row($crate::fields::Place::Current, $batch.task, $rows.start)
    };
    (terminated, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        $batch.terminated[$rows.clone()].contains(&1)
    };
    (truncated, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        $batch.truncated[$rows.clone()].contains(&1)
    };
    (env_reward, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        &$batch.reward[$rows.clone()]
    };
    (agent, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        &$batch.agent[$rows.clone()]
    };
    (step, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        &$batch.step[$rows.clone()]
    };
    (episode, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        $batch.episode[$rows.start]
    };
    (group, $episodes:ident, $batch:ident, $index:ident, $rows:ident, $part:ident) => {
        &$episodes.siblings::<ObservationRow, ActionRow>(&mut $part, $index)
    };
    ($other:ident, $($rest:tt)*) => {
        compile_error!(concat!(
            "`",
            stringify!($other),
            "` is no input of an episode reward; the macro's documentation lists them"
        ))
    };
}
