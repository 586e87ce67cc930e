//! The macro for stateful rewards.

/// Makes a plugin of a type that keeps a state: it takes rows in, and scores rows from what it has seen.
///
/// As [`transition!`](crate::transition), with two functions in the place of one, both methods of the type that `state` names
/// and both with a list of what they take. The type implements [`State`](crate::State): how it begins, and how it is written
/// down and read back. `observe` changes the state; scoring takes `&self` and leaves it alone.
///
/// ```
/// use meed_guest::prelude::*;
///
/// meed_guest::stateful! {
///     name: "farthest",
///     summary: "How near a position comes to the farthest that was seen",
///     observation: Observation { position: f32 = "m" in 0.0.. },
///     factors: Factors { share: "share of the farthest position" in 0.0..=1.0 },
///     state: Farthest,
///     observe: observe(observation),
///     reward: share(observation),
/// }
///
/// struct Farthest(f32);
///
/// impl Farthest {
///     fn observe(&mut self, observation: &Observation) {
///         self.0 = math::max(self.0, observation.position);
///     }
///
///     fn share(&self, observation: &Observation) -> Factors {
///         Factors { share: math::min(observation.position / self.0, 1.0) }
///     }
/// }
///
/// impl State for Farthest {
///     fn new(_seed: u64) -> Self {
///         Farthest(1.0)
///     }
///
///     fn save(&self, out: &mut Writer) {
///         out.f32(self.0);
///     }
///
///     fn load(input: &mut Reader) -> Option<Self> {
///         input.f32().map(Farthest)
///     }
/// }
///
/// # fn main() -> Result<(), meed_guest::Fault> {
/// let mut plugin = Plugin::new(0);
/// plugin.observe(&Rows { rows: 2, observation: &[3.0, 4.0], ..Rows::default() });
/// let again = Plugin::restore(&plugin.snapshot())?;
/// assert_eq!(again.evaluate(&Rows { rows: 1, observation: &[1.0], ..Rows::default() }).values, [0.25]);
/// # Ok(())
/// # }
/// ```
#[macro_export]
macro_rules! stateful {
    (
        name: $name:literal,
        $(version: $version:literal,)?
        summary: $summary:literal,
        $(observation: $Observation:ident { $($observation:tt)* },)?
        $(action: $Action:ident { $($action:tt)* },)?
        $(task: $Task:ident { $($task:tt)* },)?
        factors: $Factors:ident { $($factors:tt)* },
        state: $State:ident,
        observe: $observe:ident($($seen:ident),* $(,)?),
        reward: $reward:ident($($input:ident),* $(,)?) $(,)?
    ) => {
        $($crate::__fields!($Observation { $($observation)* });)?
        $($crate::__fields!($Action { $($action)* });)?
        $($crate::__fields!($Task { $($task)* });)?
        $crate::__factors!($Factors { $($factors)* });

        /// The plugin with its state, for native code.
        pub struct Plugin {
            state: $State,
        }

        const _: () = {
            type ObservationRow = $crate::__row_type!($($Observation)?);
            type ActionRow = $crate::__row_type!($($Action)?);
            type TaskRow = $crate::__row_type!($($Task)?);
            const READS: $crate::inputs::InputSet = $crate::__input_set!($($seen)* $($input)*);
            $crate::__check_reads!(READS);
            const NAME: [&str; 2] = [$name, $crate::__version!($($version)?)];

            impl Plugin {
                /// Describes the reward.
                pub fn description() -> $crate::Description {
                    $crate::__description!($name, [$($version)?], $summary, READS, $crate::__granularity!(row), $Factors)
                }

                /// Begins with an empty state.
                pub fn new(seed: u64) -> Self {
                    Plugin { state: <$State as $crate::State>::new(seed) }
                }

                /// Takes a batch into the state.
                #[allow(unused_variables, unused_mut)]
                pub fn observe(&mut self, rows: &$crate::Rows<'_>) {
                    let mut groups = $crate::rows::GroupCursor::default();
                    for index in 0..rows.rows {
                        self.state.$observe($($crate::__row_input!($seen, rows, index, groups)),*);
                    }
                }

                /// Scores a batch from the state as it is.
                #[allow(unused_variables, unused_mut)]
                pub fn evaluate(&self, rows: &$crate::Rows<'_>) -> $crate::Scores {
                    let mut sheet = $crate::outcome::Sheet::new::<$Factors>(rows.rows);
                    let mut groups = $crate::rows::GroupCursor::default();
                    for index in 0..rows.rows {
                        sheet.push($crate::outcome::IntoOutcome::<$Factors>::into_outcome(
                            self.state.$reward($($crate::__row_input!($input, rows, index, groups)),*)
                        ));
                    }
                    sheet.finish()
                }

                /// Gives the state as bytes.
                pub fn snapshot(&self) -> Vec<u8> {
                    $crate::state::snapshot(NAME, &self.state)
                }

                /// Gives the plugin in the state of a snapshot.
                ///
                /// # Errors
                /// Where the bytes are no snapshot of this version of the plugin.
                pub fn restore(bytes: &[u8]) -> Result<Self, $crate::Fault> {
                    Ok(Plugin { state: $crate::state::restore(NAME, bytes)? })
                }
            }

            #[cfg(target_arch = "wasm32")]
            const _: () = {
                use std::cell::RefCell;

                use $crate::bindings::stateful::exports::meed::reward::stateful::{Guest, GuestReward, Reward};

                struct Exports;

                /// The resource. Calls never nest, so the cell is never borrowed twice.
                struct Cell(RefCell<Plugin>);

                impl $crate::bindings::plugin::exports::meed::reward::plugin::Guest for Exports {
                    fn describe() -> $crate::Description {
                        Plugin::description()
                    }
                }

                impl Guest for Exports {
                    type Reward = Cell;
                }

                impl GuestReward for Cell {
                    fn new(seed: u64) -> Self {
                        Cell(RefCell::new(Plugin::new(seed)))
                    }

                    fn observe(&self, batch: $crate::bindings::types::Transitions) -> Result<(), $crate::Fault> {
                        self.0.borrow_mut().observe(&$crate::Rows::from(&batch));
                        Ok(())
                    }

                    fn evaluate(
                        &self,
                        batch: $crate::bindings::types::Transitions,
                    ) -> Result<$crate::Scores, $crate::Fault> {
                        Ok(self.0.borrow().evaluate(&$crate::Rows::from(&batch)))
                    }

                    fn snapshot(&self) -> Result<Vec<u8>, $crate::Fault> {
                        Ok(self.0.borrow().snapshot())
                    }

                    fn restore(bytes: Vec<u8>) -> Result<Reward, $crate::Fault> {
                        Ok(Reward::new(Cell(RefCell::new(Plugin::restore(&bytes)?))))
                    }
                }

                $crate::bindings::plugin::export_plugin!(Exports with_types_in $crate::bindings::plugin);
                $crate::bindings::stateful::export_stateful!(Exports with_types_in $crate::bindings::stateful);
            };
        };
    };
}
