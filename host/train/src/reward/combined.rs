//! Several rewards as one: their factors side by side, each under its reward's name and with its reward's weight.

use meed_core::{
    Batch, Description, Factor, Inputs, Kind, NativeReward, Reason, RewardError, RewardSource, Scores, Transitions,
    Unscored,
};
use meed_envs::EnvSpec;

use crate::run::checkpoint::{pack, unpack};
use crate::{TrainConfig, TrainError};

/// Makes the environment's own reward a reward like any other, with the one factor `environment`.
pub fn environment(spec: &EnvSpec) -> Box<dyn RewardSource> {
    let factor = Factor::new("environment", f32::NEG_INFINITY, f32::INFINITY, 1.0, "the environment's own reward");
    let description = Description::transition("environment", "0.1.0")
        .summary(&format!("What {} itself gives", spec.id))
        .inputs(Inputs { reward: true, ..Inputs::default() })
        .factors([factor]);
    Box::new(NativeReward::per_batch(description, |rows, scores| {
        scores.values.copy_from_slice(rows.reward);
        Ok(())
    }))
}

/// Makes one reward of several, each with a weight that its factors' own are multiplied by.
///
/// A row is scored where all of them score it; where one faults the row is at fault, and else where one abstains it abstains.
/// The one reward has state where any of them has.
///
/// # Errors
/// The first reward that does not fit the environment, as [`train`](crate::train) would find it alone.
pub fn combine(
    rewards: Vec<(Box<dyn RewardSource>, f32)>,
    spec: &EnvSpec,
) -> Result<Box<dyn RewardSource>, TrainError> {
    let alone = TrainConfig::new(&spec.id, 1, 0);
    let mut names: Vec<String> = Vec::new();
    let mut factors = Vec::new();
    let (mut kind, mut shown) = (Kind::Transition, false);
    for (source, weight) in &rewards {
        let description = source.description();
        alone.check_fit(spec, Some(description))?;
        if description.kind == Kind::Stateful {
            kind = Kind::Stateful;
        }
        let same = names.iter().filter(|name| **name == description.name).count();
        let prefix = if same == 0 { description.name.clone() } else { format!("{}-{}", description.name, same + 1) };
        factors.extend(description.factors.iter().map(|factor| {
            let weight = factor.weight * weight;
            Factor { name: format!("{prefix}.{}", factor.name), weight, ..factor.clone() }
        }));
        names.push(description.name.clone());
        shown |= description.inputs.reward;
    }
    let mut description = Description::new(kind, &names.join("-and-"), "0.1.0").factors(factors);
    // What the parts read, each knows itself; the whole is given everything.
    description.observation.clone_from(&spec.observation);
    description.action.clone_from(&spec.action);
    description.inputs.reward = shown;
    let parts = rewards.into_iter().map(|(source, _)| Part { source, scores: Scores::default() }).collect();
    Ok(Box::new(Combined { description, parts }))
}

struct Part {
    source: Box<dyn RewardSource>,
    scores: Scores,
}

impl Part {
    fn has_state(&self) -> bool {
        self.source.description().kind == Kind::Stateful
    }
}

struct Combined {
    description: Description,
    parts: Vec<Part>,
}

impl RewardSource for Combined {
    fn description(&self) -> &Description {
        &self.description
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let (rows, factors) = (batch.rows(), self.description.factors.len());
        scores.reset(rows, factors);
        let mut reasons: Vec<Option<Reason>> = vec![None; rows];
        let mut column = 0;
        for part in &mut self.parts {
            part.source.evaluate(batch, &mut part.scores)?;
            let width = part.scores.factors;
            for row in 0..rows {
                scores.values[row * factors + column..][..width].copy_from_slice(part.scores.row(row));
            }
            for Unscored { row, reason } in &part.scores.unscored {
                if !matches!(reasons[*row], Some(Reason::Fault { .. })) {
                    reasons[*row] = Some(reason.clone());
                }
            }
            column += width;
        }
        for (row, reason) in reasons.into_iter().enumerate() {
            if let Some(reason) = reason {
                scores.values[row * factors..(row + 1) * factors].fill(0.0);
                scores.unscored.push(Unscored { row, reason });
            }
        }
        Ok(())
    }

    fn observe(&mut self, batch: &Transitions<'_>) -> Result<(), RewardError> {
        self.parts.iter_mut().filter(|part| part.has_state()).try_for_each(|part| part.source.observe(batch))
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, RewardError> {
        let with_state = self.parts.iter_mut().filter(|part| part.has_state());
        let snapshots = with_state.map(|part| part.source.snapshot()).collect::<Result<Vec<_>, _>>()?;
        pack(&snapshots).map_err(|message| self.fault("snapshot", message))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), RewardError> {
        let snapshots: Vec<Vec<u8>> = unpack(snapshot).map_err(|message| self.fault("restore", message))?;
        let with_state = self.parts.iter().filter(|part| part.has_state()).count();
        if snapshots.len() != with_state {
            return Err(self.fault("restore", format!("{} states for {with_state} rewards", snapshots.len())));
        }
        let with_state = self.parts.iter_mut().filter(|part| part.has_state());
        with_state.zip(snapshots).try_for_each(|(part, snapshot)| part.source.restore(&snapshot))
    }
}

impl Combined {
    fn fault(&self, export: &'static str, message: String) -> RewardError {
        let Description { name, version, .. } = self.description.clone();
        RewardError { plugin: name, version, export, failure: meed_core::Failure::Fault { message } }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn spec() -> EnvSpec {
        meed_envs::spec("Pendulum-v1").unwrap()
    }

    /// Gives the torque times `factor`, and says nothing of torques above 1.
    fn torque(factor: f32, reason: Reason) -> Box<dyn RewardSource> {
        let description = Description::transition("torque", "0.1.0")
            .action(spec().action)
            .factors([Factor::new("t", -9.0, 9.0, 2.0, "")]);
        Box::new(NativeReward::per_batch(description, move |rows, scores| {
            for row in 0..rows.rows {
                scores.values[row] = rows.action[row] * factor;
                if rows.action[row] > 1.0 {
                    scores.unscored.push(Unscored { row, reason: reason.clone() });
                }
            }
            Ok(())
        }))
    }

    fn rows<'a>(action: &'a [f32], reward: &'a [f32]) -> Transitions<'a> {
        Transitions { rows: action.len(), observation: &[0.0; 9], action, reward, ..Transitions::default() }
    }

    #[test]
    fn factors_stand_side_by_side_with_the_product_of_the_weights() {
        let parts = vec![
            (environment(&spec()), 0.5),
            (torque(3.0, Reason::Abstain), 10.0),
            (torque(4.0, Reason::Abstain), 1.0),
        ];
        let mut combined = combine(parts, &spec()).unwrap();
        let description = combined.description().clone();
        assert_eq!(description.problems(), []);
        let names: Vec<_> = description.factors.iter().map(|factor| (factor.name.as_str(), factor.weight)).collect();
        assert_eq!(names, [("environment.environment", 0.5), ("torque.t", 20.0), ("torque-2.t", 2.0)]);
        let mut scores = Scores::default();
        combined.evaluate(Batch::Transitions(&rows(&[1.0, -1.0, 0.0], &[7.0, 8.0, 9.0])), &mut scores).unwrap();
        assert_eq!(scores.values, [7.0, 3.0, 4.0, 8.0, -3.0, -4.0, 9.0, 0.0, 0.0]);
        assert_eq!(scores.weighted(1, description.factors.iter().map(|f| f.weight)), 4.0 - 60.0 - 8.0);
    }

    #[test]
    fn a_row_without_one_score_has_none_and_a_fault_outdoes_an_abstention() {
        let fault = || Reason::Fault { message: "hot".into() };
        let reason = |first, second| {
            let mut combined = combine(vec![(torque(1.0, first), 1.0), (torque(1.0, second), 1.0)], &spec()).unwrap();
            let mut scores = Scores::default();
            combined.evaluate(Batch::Transitions(&rows(&[0.5, 1.5, 0.5], &[0.0; 3])), &mut scores).unwrap();
            assert_eq!(scores.values, [0.5, 0.5, 0.0, 0.0, 0.5, 0.5]);
            assert_eq!(scores.unscored.len(), 1);
            scores.reason(1).cloned()
        };
        assert_eq!(reason(Reason::Abstain, Reason::Abstain), Some(Reason::Abstain));
        assert_eq!(reason(Reason::Abstain, fault()), Some(fault()));
        assert_eq!(reason(fault(), Reason::Abstain), Some(fault()));
    }

    #[test]
    fn a_part_that_does_not_fit_the_environment_is_refused() {
        let cart_pole = meed_envs::spec("CartPole-v1").unwrap();
        let error = combine(vec![(torque(1.0, Reason::Abstain), 1.0)], &cart_pole).err().unwrap();
        assert_eq!(error.code(), "fields");
    }
}
