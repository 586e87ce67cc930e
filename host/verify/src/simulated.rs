//! Steps that no file holds, made in the simulator for the rules that ask what would have happened.

use meed_trajectory::Table;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

use crate::bench::Bench;
use crate::rule::Stop;
use crate::sample::Sample;
use crate::{Actions, Simulator, SimulatorError, Stepped};

/// A simulator with the chances of the rule that runs it.
pub(crate) struct Simulated {
    simulator: Box<dyn Simulator>,
    actions: Actions,
    pub(crate) chance: ChaCha8Rng,
}

/// Rows that a simulator gave, an agent's after another's, step after step.
#[derive(Clone, Default)]
pub(crate) struct Steps {
    pub(crate) table: Table,
    agents: usize,
    episode: u32,
    step: u32,
}

impl Simulated {
    /// Starts the simulator that was offered.
    pub(crate) fn start(bench: &Bench<'_>, code: &str) -> Result<Simulated, Stop> {
        bench.scores()?;
        let Some(simulation) = bench.simulation else {
            return Err(Stop::Inconclusive("there is no simulator".into()));
        };
        let simulator = simulation.start(bench.settings.seed).map_err(broke)?;
        let actions = simulator.actions();
        let bounded = match &actions {
            Actions::Choices(_) => true,
            Actions::Numbers { low, high } => low.iter().chain(high).all(|bound| bound.is_finite()),
        };
        match bounded {
            true => Ok(Simulated { actions, simulator, chance: bench.chance(code) }),
            false => Err(Stop::Inconclusive("the simulator's actions have no bounds to draw from".into())),
        }
    }

    pub(crate) fn agents(&self) -> usize {
        self.simulator.agents()
    }

    pub(crate) fn actions(&self) -> &Actions {
        &self.actions
    }

    pub(crate) fn observation(&self) -> &[f32] {
        self.simulator.observation()
    }

    /// Gives the state, where there is one to go back to.
    pub(crate) fn state(&self) -> Result<Vec<f64>, Stop> {
        let state = self.simulator.state();
        match state.is_empty() {
            true => Err(Stop::Inconclusive("the simulator cannot be put into a state".into())),
            false => Ok(state),
        }
    }

    pub(crate) fn set_state(&mut self, state: &[f64]) -> Result<(), Stop> {
        self.simulator.set_state(state).map_err(broke)
    }

    pub(crate) fn reset(&mut self) -> Result<(), Stop> {
        self.simulator.reset().map_err(broke)
    }

    /// Draws an action for every agent, each as likely as any other.
    pub(crate) fn any_action(&mut self) -> Vec<f32> {
        let chance = &mut self.chance;
        (0..self.simulator.agents()).flat_map(|_| any(&self.actions, chance)).collect()
    }

    /// Takes a step and adds its rows to `steps`; tells whether it ended the episode.
    pub(crate) fn step(&mut self, action: &[f32], steps: &mut Steps) -> Result<bool, Stop> {
        let observation = self.simulator.observation().to_vec();
        let stepped = self.simulator.step(action).map_err(broke)?;
        Ok(steps.push(self.simulator.agents(), &observation, action, stepped))
    }
}

fn any(actions: &Actions, chance: &mut impl Rng) -> Vec<f32> {
    match actions {
        Actions::Choices(choices) => vec![chance.random_range(0..(*choices).max(1)) as f32],
        Actions::Numbers { low, high } => {
            low.iter().zip(high).map(|(low, high)| low + chance.random::<f32>() * (high - low)).collect()
        }
    }
}

fn broke(error: SimulatorError) -> Stop {
    Stop::Inconclusive(format!("the simulator broke: {error}"))
}

impl Steps {
    /// Adds a step; tells whether it ended the episode.
    pub(crate) fn push(&mut self, agents: usize, observation: &[f32], action: &[f32], stepped: Stepped) -> bool {
        let table = &mut self.table;
        self.agents = agents;
        (table.observation_size, table.action_size) = (observation.len() / agents, action.len() / agents);
        table.rows += agents;
        table.observation.extend_from_slice(observation);
        table.action.extend_from_slice(action);
        table.next_observation.extend(stepped.next_observation);
        table.reward.extend(stepped.reward);
        table.episode.extend(std::iter::repeat_n(self.episode, agents));
        table.step.extend(std::iter::repeat_n(self.step, agents));
        if agents > 1 {
            table.agent.extend(0..agents as u32);
        }
        let ended = stepped.terminated.contains(&true) || stepped.truncated.contains(&true);
        table.terminated.extend(stepped.terminated);
        table.truncated.extend(stepped.truncated);
        self.step += 1;
        if ended {
            self.end();
        }
        ended
    }

    /// Adds the step that leads from where one step ended to where another did, by the other's action.
    pub(crate) fn join(&mut self, from: &Steps, to: &Steps) {
        fn last<T: Clone>(values: &[T], count: usize) -> Vec<T> {
            values[values.len().saturating_sub(count)..].to_vec()
        }
        let (agents, width) = (to.agents, to.agents * to.table.observation_size);
        let stepped = Stepped {
            next_observation: last(&to.table.next_observation, width),
            reward: vec![0.0; agents],
            terminated: vec![false; agents],
            truncated: vec![false; agents],
        };
        let action = last(&to.table.action, agents * to.table.action_size);
        self.push(agents, &last(&from.table.next_observation, width), &action, stepped);
    }

    /// Takes the last step back.
    pub(crate) fn drop_last(&mut self) {
        let rows = self.table.rows.saturating_sub(self.agents);
        self.table = self.table.copy_rows(0, rows);
    }

    /// Says that the next step is of another episode.
    pub(crate) fn end(&mut self) {
        (self.episode, self.step) = (self.episode + 1, 0);
    }

    /// Makes a sample of the rows, of the reward's kind; inconclusive where it reads what a simulator does not give.
    pub(crate) fn sample(self, bench: &Bench<'_>) -> Result<Sample, Stop> {
        let (rows, agents, description) = (self.table.rows as u32, self.agents.max(1), bench.description);
        let numbers = (0..u64::from(rows)).collect();
        let sample = match description.kind {
            meed_core::Kind::Episode => {
                let offsets = self.table.episode_offsets();
                Sample::of_episodes(self.table, offsets, Vec::new(), numbers)
            }
            _ if description.inputs.group => Sample::of_rows(self.table, (0..=rows).step_by(agents).collect(), numbers),
            _ => Sample::of_rows(self.table, Vec::new(), numbers),
        };
        match sample.with_batch(description, |batch| batch.check(description)) {
            Ok(()) => Ok(sample),
            Err(error) => {
                Err(Stop::Inconclusive(format!("the simulator does not give what the reward reads: {error}")))
            }
        }
    }
}
