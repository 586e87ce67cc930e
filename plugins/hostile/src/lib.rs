//! Rewards that break a rule each: one file in `examples/` is one plugin, and one call of cargo builds them all. Each comes by its
//! fault the way an author might, and is sound otherwise.
//!
//! They are written against the SDK's bindings, since its macros allow few of these faults. All but the stateful ones describe
//! themselves as rewards of Pendulum rows, so that a recording of Pendulum fits them.

use meed_guest::bindings::types::{Factor, Field, Granularity, Inputs, Reads};
use meed_guest::{Description, Fault, Rows, Scores, math};

/// Describes a reward of Pendulum rows with one factor, from -17 to 0.
pub fn description() -> Description {
    let field = |name: &str, unit: &str, high: f32| Field {
        name: name.into(),
        size: 1,
        unit: unit.into(),
        low: -high,
        high,
        reads: Reads::CURRENT,
    };
    Description {
        name: "hostile".into(),
        version: "0.1.0".into(),
        summary: "Breaks a rule".into(),
        observation: vec![field("cos", "1", 1.0), field("sin", "1", 1.0), field("velocity", "rad/s", 8.0)],
        action: vec![field("torque", "N m", 2.0)],
        task: Vec::new(),
        columns: Vec::new(),
        inputs: Inputs::empty(),
        granularity: Granularity::Row,
        factors: vec![factor("cost", -17.0, 0.0)],
    }
}

/// Describes a factor.
pub fn factor(name: &str, low: f32, high: f32) -> Factor {
    Factor { name: name.into(), low, high, weight: 1.0, meaning: String::new() }
}

/// Scores each row on its own.
pub fn per_row(rows: &Rows<'_>, row: impl FnMut(&[f32], f32) -> f32) -> Vec<f32> {
    let mut row = row;
    rows.observation.chunks(3).zip(rows.action).map(|(observation, action)| row(observation, *action)).collect()
}

/// Scores a row as it should be.
pub fn sound(observation: &[f32], action: f32) -> f32 {
    let angle = math::atan2(observation[1], observation[0]);
    let torque = math::clamp(action, -2.0, 2.0);
    -(angle * angle + 0.1 * observation[2] * observation[2] + 0.001 * torque * torque)
}

/// Makes an answer of values without a row that has none.
pub fn answer(values: Vec<f32>) -> Result<Scores, Fault> {
    Ok(Scores { values, unscored: Vec::new() })
}

/// Makes a plugin of a function that scores a batch, and, where it is not [`description`], one that describes it.
#[macro_export]
macro_rules! hostile {
    ($evaluate:path) => {
        $crate::hostile!($crate::description, $evaluate);
    };
    ($describe:path, $evaluate:path) => {
        /// The plugin.
        pub struct Plugin;

        impl meed_guest::bindings::plugin::exports::meed::reward::plugin::Guest for Plugin {
            fn describe() -> meed_guest::Description {
                $describe()
            }
        }

        impl meed_guest::bindings::transition::exports::meed::reward::transition::Guest for Plugin {
            fn evaluate(
                batch: meed_guest::bindings::types::Transitions,
            ) -> Result<meed_guest::Scores, meed_guest::Fault> {
                $evaluate(&meed_guest::Rows::from(&batch))
            }
        }

        #[cfg(target_arch = "wasm32")]
        const _: () = {
            use meed_guest::bindings::{plugin, transition};
    plugin::export_plugin!(Plugin with_types_in plugin);
    transition::export_transition!(Plugin with_types_in transition);
        };
    };
}
