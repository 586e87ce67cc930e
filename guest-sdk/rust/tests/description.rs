//! What a plugin says of itself follows from what its function takes, and what it answers from what the function returns.

use meed_guest::bindings::types::{Granularity, Inputs, Reads, Reason};
use meed_guest::prelude::*;

meed_guest::transition! {
    name: "taken",
    version: "1.2.3",
    summary: "Takes much and returns every kind of outcome",
    observation: Observation {
        both: f32 = "m" in 0.0..,
        _none: [f32; 3] = "1",
        #[only(next)] after: f32 = "m" in ..=1.0,
        /// Documented.
        #[only(current)] before: f32 = "m" in -1.0..=1.0,
    },
    action: Action { r#loop: f32 = "index" in 0.0..=3.0 },
    factors: Factors { one: "first" weight -0.5 in ..=0.0, two: "second" },
    reward: reward(next, terminated, observation),
}

fn reward(next: &Observation, terminated: bool, observation: &Observation) -> Outcome<Factors> {
    match (terminated, next.after < observation.before) {
        (true, true) => Outcome::Fault("it ended early".into()),
        (true, false) => Outcome::Abstain,
        (false, _) => {
            Outcome::Score(Factors { one: next.both, two: observation.both + next.before + observation.after })
        }
    }
}

#[test]
fn reads_and_inputs_follow_from_the_list() {
    let description = Plugin::description();
    assert_eq!((description.name.as_str(), description.version.as_str()), ("taken", "1.2.3"));
    let fields: Vec<_> = description.observation.iter().map(|f| (f.name.as_str(), f.size, f.reads)).collect();
    let both = Reads::CURRENT | Reads::NEXT;
    assert_eq!(
        fields,
        [("both", 1, both), ("none", 3, Reads::empty()), ("after", 1, Reads::NEXT), ("before", 1, Reads::CURRENT)]
    );
    assert_eq!((description.observation[0].low, description.observation[0].high), (0.0, f32::INFINITY));
    assert_eq!((description.observation[2].low, description.observation[2].high), (f32::NEG_INFINITY, 1.0));
    assert_eq!(description.action[0].name, "loop");
    assert_eq!(description.action[0].reads, Reads::empty(), "the list has no action");
    assert_eq!(description.inputs, Inputs::TERMINATED);
    assert_eq!(description.granularity, Granularity::Row);
    assert_eq!(description.factors[0].weight, -0.5);
    assert_eq!((description.factors[1].weight, description.factors[1].high), (1.0, f32::INFINITY));
}

#[test]
fn score_abstention_and_fault_stay_three_things() {
    let observation = [1.0, 9.0, 9.0, 9.0, 9.0, 0.5].repeat(3);
    let next = [2.0, 9.0, 9.0, 9.0, 0.0, 9.0, 2.0, 9.0, 9.0, 9.0, 1.0, 9.0, 2.0, 9.0, 9.0, 9.0, 0.0, 9.0];
    let rows =
        Rows { rows: 3, observation: &observation, next_observation: &next, terminated: &[0, 1, 1], ..Rows::default() };
    let scores = Plugin::evaluate(&rows);
    // Fields that are not read where they stand are zero: the second factor is the observation's alone.
    assert_eq!(scores.values, [2.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
    assert_eq!(scores.unscored.iter().map(|unscored| unscored.row).collect::<Vec<_>>(), [1, 2]);
    assert!(matches!(scores.unscored[0].reason, Reason::Abstain));
    assert!(matches!(&scores.unscored[1].reason, Reason::Fault(fault) if fault.message == "it ended early"));
}
