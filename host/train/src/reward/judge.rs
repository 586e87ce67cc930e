//! From a reward's factors to the one number a row that PPO learns from.
//!
//! The reward is asked when a rollout is complete: one without state once for all rows, one with state step by step, first to
//! observe the rows of the step and then to evaluate them, in the order in which they happened. Rows carry everything that
//! the description may ask for; `action` is what the environment received, the agents of one step of one copy
//! are a group (`group_offsets` is empty where there is one agent), and there is no task.

use meed_core::{Batch, Kind, Reason, RewardError, RewardSource, Scores, Transitions};
use meed_envs::EnvSpec;

use crate::experience::rollout::Rollout;
use crate::reward::fit::{fit, potential};
use crate::reward::transform::shaping;
use crate::{OnAbstain, TrainConfig, TrainError};

/// What scores rollouts: a reward with its weights.
pub(crate) struct Judge {
    source: Box<dyn RewardSource>,
    /// Name and version, for messages.
    name: String,
    weights: Vec<f32>,
    on_abstain: OnAbstain,
    scores: Scores,
    /// The factors of all rows scored last, rows x factors; zeros where a row has no score.
    factors: Vec<f32>,
    potential: Option<Potential>,
    /// What shaping adds to the rows shaped last.
    shaped: Vec<f32>,
}

/// The factor that hints at how good a state is.
struct Potential {
    column: usize,
    weight: f32,
    gamma: f32,
}

impl Judge {
    /// Takes a reward, once it is clear that it describes what the environment gives.
    pub(crate) fn new(source: Box<dyn RewardSource>, spec: &EnvSpec, config: &TrainConfig) -> Result<Self, TrainError> {
        let (name, mut weights) = fit(source.description(), spec, config)?;
        let potential = potential(source.description(), config, &name)?;
        let potential = potential.map(|column| {
            let weight = std::mem::take(&mut weights[column]);
            Potential { column, weight, gamma: config.gamma() }
        });
        Ok(Judge {
            source,
            potential,
            shaped: Vec::new(),
            name,
            weights,
            on_abstain: config.on_abstain,
            scores: Scores::default(),
            factors: Vec::new(),
        })
    }

    /// Borrows the factors of the rows scored last, rows x factors.
    pub(crate) fn factors(&self) -> &[f32] {
        &self.factors
    }

    /// Borrows their weights.
    pub(crate) fn weights(&self) -> &[f32] {
        &self.weights
    }

    /// Names the factors.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.source.description().factors.iter().map(|factor| factor.name.as_str())
    }

    /// Gives the state of a reward that has one.
    pub(crate) fn snapshot(&mut self) -> Result<Option<Vec<u8>>, RewardError> {
        match self.source.description().kind {
            Kind::Stateful => self.source.snapshot().map(Some),
            _ => Ok(None),
        }
    }

    pub(crate) fn restore(&mut self, snapshot: &[u8]) -> Result<(), RewardError> {
        self.source.restore(snapshot)
    }

    /// Scores the rows into `rewards`, and counts those on which the reward abstained.
    pub(crate) fn score(&mut self, rollout: &Rollout, rewards: &mut Vec<f32>) -> Result<usize, TrainError> {
        let description = self.source.description();
        let rows = rollout.transitions();
        let part = if description.kind == Kind::Stateful { rollout.lanes() } else { rows.rows };
        rewards.clear();
        self.factors.clear();
        let mut abstained = Vec::new();
        for start in (0..rows.rows).step_by(part.max(1)) {
            // The offsets of a part's groups are the first ones of all: each group is as large as any other.
            let groups = part.checked_div(rollout.agents).unwrap_or(0);
            let group_offsets = rows.group_offsets.get(..=groups).unwrap_or_default();
            let rows = Transitions { group_offsets, ..rows.slice(start, start + part) };
            self.score_part(&rows, start, rewards, &mut abstained)?;
        }
        match abstained.first() {
            Some(first) if self.on_abstain == OnAbstain::Stop => Err(TrainError::Abstained {
                reward: self.name.clone(),
                abstained: abstained.len(),
                rows: rows.rows,
                episode: rollout.episode[*first],
                step: rollout.step[*first],
            }),
            _ => Ok(abstained.len()),
        }
    }

    /// Works out what shaping adds to each row; nothing where none is asked for.
    pub(crate) fn shape(&mut self, rollout: &Rollout) -> Result<&[f32], TrainError> {
        self.shaped.clear();
        if let Some(Potential { column, weight, gamma }) = self.potential {
            let before = self.factor_of_states(&rollout.observation, column, rollout)?;
            let after = self.factor_of_states(&rollout.next_observation, column, rollout)?;
            self.shaped.extend(
                before
                    .into_iter()
                    .zip(after)
                    .zip(&rollout.terminated)
                    .map(|((before, after), terminated)| shaping(before * weight, after * weight, *terminated, gamma)),
            );
        }
        Ok(&self.shaped)
    }

    /// Gives a factor of rows that stay in a state and do nothing.
    fn factor_of_states(&mut self, states: &[f32], column: usize, rollout: &Rollout) -> Result<Vec<f32>, TrainError> {
        let rows = rollout.transitions();
        let (nothing, never) = (vec![0.0; rows.action.len()], vec![false; rows.rows]);
        let still = Transitions {
            observation: states,
            next_observation: states,
            action: &nothing,
            terminated: &never,
            truncated: &never,
            reward: &vec![0.0; rows.rows],
            ..rows
        };
        self.source.evaluate(Batch::Transitions(&still), &mut self.scores)?;
        if let Some(unscored) = self.scores.unscored.first() {
            let message = match &unscored.reason {
                Reason::Abstain => "it abstains where it is asked for the potential of the state".to_owned(),
                Reason::Fault { message } => message.clone(),
            };
            let row = unscored.row;
            let (episode, step) = (rows.episode[row], rows.step[row]);
            return Err(TrainError::Fault { reward: self.name.clone(), row, episode, step, message });
        }
        Ok((0..rows.rows).map(|row| self.scores.row(row)[column]).collect())
    }

    fn score_part(
        &mut self,
        rows: &Transitions<'_>,
        start: usize,
        rewards: &mut Vec<f32>,
        abstained: &mut Vec<usize>,
    ) -> Result<(), TrainError> {
        if self.source.description().kind == Kind::Stateful {
            self.source.observe(rows)?;
        }
        self.source.evaluate(Batch::Transitions(rows), &mut self.scores)?;
        self.factors.extend_from_slice(&self.scores.values);
        let (columns, first) = (self.weights.len(), start * self.weights.len());
        for unscored in &self.scores.unscored {
            // What stands there is not a score.
            self.factors[first + unscored.row * columns..][..columns].fill(0.0);
        }
        for row in 0..rows.rows {
            let (episode, step) = (rows.episode[row], rows.step[row]);
            match self.scores.reason(row) {
                None => {
                    let value = self.scores.weighted(row, self.weights.iter().copied());
                    if !value.is_finite() {
                        return Err(TrainError::RewardNotFinite { reward: self.name.clone(), value, episode, step });
                    }
                    rewards.push(value);
                }
                Some(Reason::Abstain) => {
                    abstained.push(start + row);
                    rewards.push(if self.on_abstain == OnAbstain::Environment { rows.reward[row] } else { 0.0 });
                }
                Some(Reason::Fault { message }) => {
                    let (reward, message) = (self.name.clone(), message.clone());
                    return Err(TrainError::Fault { reward, row: start + row, episode, step, message });
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use meed_core::{Description, Factor, Field, NativeReward, Unscored};

    use super::*;
    use crate::Transform;

    fn description() -> Description {
        let spec = spec();
        Description::transition("p", "0.1.0")
            .observation(spec.observation)
            .action(spec.action)
            .factors([Factor::new("one", 0.0, 10.0, 1.0, ""), Factor::new("two", 0.0, 10.0, 0.5, "")])
    }

    fn spec() -> EnvSpec {
        meed_envs::spec("Pendulum-v1").unwrap()
    }

    fn config() -> TrainConfig {
        TrainConfig::new("Pendulum-v1", 1000, 0)
    }

    /// Three steps of two copies; the torque is the number of the row.
    fn rollout() -> Rollout {
        Rollout {
            envs: 2,
            agents: 1,
            observation: vec![0.0; 18],
            next_observation: vec![0.0; 18],
            action: (0..6).map(|row| row as f32).collect(),
            reward: vec![-7.0; 6],
            terminated: vec![false; 6],
            truncated: vec![false; 6],
            episode: vec![0, 1, 0, 1, 0, 1],
            step: vec![0, 0, 1, 1, 2, 2],
            agent: vec![0; 6],
            ..Rollout::default()
        }
    }

    fn factors(row: meed_core::Row<'_>, out: &mut [f32]) {
        (out[0], out[1]) = (row.action[0], 4.0);
    }

    fn unscored(reason: Reason) -> Box<dyn RewardSource> {
        Box::new(NativeReward::per_batch(description(), move |_, scores| {
            scores.unscored = [2, 5].map(|row| Unscored { row, reason: reason.clone() }).to_vec();
            Ok(())
        }))
    }

    fn score(source: Box<dyn RewardSource>, config: &TrainConfig) -> Result<(usize, Vec<f32>), TrainError> {
        let mut rewards = Vec::new();
        let abstained = Judge::new(source, &spec(), config)?.score(&rollout(), &mut rewards)?;
        Ok((abstained, rewards))
    }

    #[test]
    fn a_row_is_worth_the_weighted_sum_of_its_factors() {
        let source = || Box::new(NativeReward::per_row(description(), factors));
        assert_eq!(score(source(), &config()).unwrap(), (0, vec![2.0, 3.0, 4.0, 5.0, 6.0, 7.0]));
        let mut config = config();
        config.weights.insert("one".into(), -1.0);
        assert_eq!(score(source(), &config).unwrap().1, [2.0, 1.0, 0.0, -1.0, -2.0, -3.0]);
        config.weights.insert("three".into(), 1.0);
        assert!(score(source(), &config).unwrap_err().to_string().contains("it has one, two"));
        config.weights = [("two".to_string(), f32::MAX), ("one".to_string(), f32::MAX)].into();
        assert_eq!(score(source(), &config).unwrap_err().code(), "reward-not-finite");
    }

    #[test]
    fn a_potential_is_asked_of_states_alone_and_not_paid_for_itself() {
        let mut config = config();
        config.transforms = vec![Transform::Shape { factor: "two".into() }];
        config.weights.insert("two".into(), 3.0);
        // The second factor is the velocity, and whatever else it sees, it would tell.
        let source = NativeReward::per_row(description(), |row, out| {
            out[0] = row.action[0];
            out[1] = row.observation[2] + 100.0 * row.action[0] + 1000.0 * f32::from(row.terminated);
        });
        let mut judge = Judge::new(Box::new(source), &spec(), &config).unwrap();
        let mut rollout = rollout();
        for row in 0..6 {
            rollout.observation[row * 3 + 2] = row as f32;
            rollout.next_observation[row * 3 + 2] = row as f32 + 2.0;
        }
        rollout.terminated[4] = true;
        let mut rewards = Vec::new();
        judge.score(&rollout, &mut rewards).unwrap();
        assert_eq!(rewards, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        let shaped = judge.shape(&rollout).unwrap().to_vec();
        let expected = |row: f32| 3.0 * (config.gamma() * if row == 4.0 { 0.0 } else { row + 2.0 } - row);
        for (row, shaped) in shaped.into_iter().enumerate() {
            assert!((shaped - expected(row as f32)).abs() < 1e-4, "row {row}: {shaped}");
        }
        config.transforms = vec![Transform::Shape { factor: "three".into() }];
        let source = NativeReward::per_row(description(), factors);
        assert_eq!(Judge::new(Box::new(source), &spec(), &config).err().unwrap().code(), "unknown-factor");
    }

    #[test]
    fn an_abstention_is_what_the_configuration_says() {
        let error = score(unscored(Reason::Abstain), &config()).unwrap_err();
        assert_eq!(error.to_string(), "p 0.1.0 abstained on 2 of 6 rows, first at step 1 of episode 0");
        let with = |on_abstain| score(unscored(Reason::Abstain), &TrainConfig { on_abstain, ..config() }).unwrap();
        assert_eq!(with(OnAbstain::Zero), (2, vec![0.0; 6]));
        assert_eq!(with(OnAbstain::Environment), (2, vec![0.0, 0.0, -7.0, 0.0, 0.0, -7.0]));
    }

    #[test]
    fn a_fault_stops_and_names_the_row() {
        let error = score(unscored(Reason::Fault { message: "too cold".into() }), &config()).unwrap_err();
        assert_eq!(error.to_string(), "p 0.1.0 cannot handle step 1 of episode 0 (row 2 of the rollout): too cold");
    }

    #[test]
    fn a_reward_for_other_rows_is_refused_before_training() {
        let refused = |description: Description| {
            let source = Box::new(NativeReward::per_row(description, |_, _| {}));
            Judge::new(source, &spec(), &config()).err().map(|error| error.to_string())
        };
        let mut other = description();
        other.observation.swap(0, 1);
        let text = refused(other).unwrap();
        assert!(text.contains("observation rows of sin (1), cos (1)"), "{text}");
        let mut degrees = description();
        degrees.observation[2].unit = "deg/s".into();
        assert!(refused(degrees).unwrap().contains("velocity (deg/s)"));
        let mut task = description();
        task.task = vec![Field::new("mass", 1, "kg", 0.0, 1.0)];
        assert!(refused(task).unwrap().contains("task rows of mass (kg); Pendulum-v1 gives nothing"));
        let mut whole = description();
        whole.kind = Kind::Episode;
        assert!(refused(whole).unwrap().contains("kind episode"));
        let mut empty = description();
        empty.factors.clear();
        assert!(refused(empty).is_some());
        assert_eq!(refused(description()), None);
        let mut blind = description();
        blind.observation.clear();
        assert_eq!(refused(blind), None);
    }

    /// Gives each row the number of rows observed so far.
    struct Counter {
        description: Description,
        observed: usize,
    }

    impl RewardSource for Counter {
        fn description(&self) -> &Description {
            &self.description
        }

        fn observe(&mut self, batch: &Transitions<'_>) -> Result<(), RewardError> {
            self.observed += batch.rows;
            Ok(())
        }

        fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
            scores.reset(batch.rows(), 2);
            scores.values.iter_mut().step_by(2).for_each(|value| *value = self.observed as f32);
            Ok(())
        }
    }

    /// Gives each row the number of its group's rows and the sum of their torques.
    fn groups(rows: &Transitions<'_>, scores: &mut Scores) -> Result<(), Reason> {
        for group in rows.group_offsets.windows(2) {
            let range = group[0] as usize..group[1] as usize;
            let sum: f32 = rows.action[range.clone()].iter().sum();
            range
                .clone()
                .for_each(|row| scores.values[row * 2..row * 2 + 2].copy_from_slice(&[range.len() as f32, sum]));
        }
        Ok(())
    }

    #[test]
    fn agents_of_a_step_are_a_group_whether_rows_are_asked_for_at_once_or_step_by_step() {
        // Three steps of one copy with two agents in place of two copies.
        let rollout = Rollout { envs: 1, agents: 2, group_offsets: vec![0, 2, 4, 6], ..rollout() };
        for kind in [Kind::Transition, Kind::Stateful] {
            let native = NativeReward::per_batch(description(), groups);
            let source = Kinded { description: Description { kind, ..description() }, native: Box::new(native) };
            let mut rewards = Vec::new();
            Judge::new(Box::new(source), &spec(), &config()).unwrap().score(&rollout, &mut rewards).unwrap();
            assert_eq!(rewards, [2.5, 2.5, 4.5, 4.5, 6.5, 6.5], "{kind}");
        }
    }

    /// A reward that says it is of another kind.
    struct Kinded {
        description: Description,
        native: Box<dyn RewardSource>,
    }

    impl RewardSource for Kinded {
        fn description(&self) -> &Description {
            &self.description
        }

        fn observe(&mut self, _: &Transitions<'_>) -> Result<(), RewardError> {
            Ok(())
        }

        fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
            self.native.evaluate(batch, scores)
        }
    }

    #[test]
    fn a_reward_with_state_observes_each_step_before_it_scores_it() {
        let mut description = description();
        description.kind = Kind::Stateful;
        let (_, rewards) = score(Box::new(Counter { description, observed: 0 }), &config()).unwrap();
        assert_eq!(rewards, [2.0, 2.0, 4.0, 4.0, 6.0, 6.0]);
    }
}
