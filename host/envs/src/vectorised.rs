//! Copies of an environment that runs in this process, made of how a single one moves.

use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::vector::{Step, VectorEnv};
use crate::{EnvError, EnvSpec, RngState};

/// How a single copy moves: what an environment's own file provides.
pub(crate) trait Dynamics: Send + Sync + 'static {
    /// The state, as many numbers as the environment has.
    type State: AsRef<[f64]> + AsMut<[f64]> + Clone + Send;

    /// Describes the environment.
    fn spec(&self) -> EnvSpec;

    /// Draws an initial state.
    fn initial(&self, rng: &mut ChaCha8Rng) -> Self::State;

    /// Writes what each agent sees of a state, agents x observation size.
    fn observe(&self, state: &Self::State, observation: &mut [f32]);

    /// Puts a state to numbers of its own, and tells whether they fit.
    fn place(&self, state: &mut Self::State, numbers: &[f64]) -> bool {
        let state = state.as_mut();
        let fits = state.len() == numbers.len();
        if fits {
            state.copy_from_slice(numbers);
        }
        fits
    }

    /// Moves the state by one step and tells whether the task ended. `action` is agents x action size, indices that there are or
    /// finite numbers; each agent's reward goes into `reward`.
    fn step(&self, state: &mut Self::State, action: &[f32], reward: &mut [f64]) -> bool;
}

/// What a snapshot of [`Vectorised`] holds, a copy an entry. Everything else follows from it.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    id: String,
    rngs: Vec<RngState>,
    states: Vec<Vec<f64>>,
    steps: Vec<u32>,
}

pub(crate) struct Vectorised<D: Dynamics> {
    dynamics: D,
    spec: EnvSpec,
    rngs: Vec<ChaCha8Rng>,
    states: Vec<D::State>,
    steps: Vec<u32>,
    observation: Vec<f32>,
    next_observation: Vec<f32>,
    reward: Vec<f32>,
    reward_f64: Vec<f64>,
    terminated: Vec<bool>,
    truncated: Vec<bool>,
    /// Copies that a thread steps at least: all of them until a step has shown that it takes long enough to be shared.
    share: usize,
}

/// Where a step of all copies takes longer than this, threads share it: ten times what sharing costs.
const LONG: Duration = Duration::from_micros(200);

impl<D: Dynamics> Vectorised<D> {
    pub(crate) fn new(dynamics: D, num_envs: usize, seed: u64) -> Result<Self, EnvError> {
        if num_envs == 0 {
            return Err(EnvError::NoEnvs);
        }
        let spec = dynamics.spec();
        let mut rngs = generators(seed, num_envs);
        let states = rngs.iter_mut().map(|rng| dynamics.initial(rng)).collect();
        let rows = num_envs * spec.agents;
        let columns = rows * spec.observation_size();
        let mut env = Vectorised {
            dynamics,
            spec,
            rngs,
            states,
            steps: vec![0; num_envs],
            observation: vec![0.0; columns],
            next_observation: vec![0.0; columns],
            reward: vec![0.0; rows],
            reward_f64: vec![0.0; rows],
            terminated: vec![false; rows],
            truncated: vec![false; rows],
            share: num_envs,
        };
        for copy in 0..num_envs {
            env.observe(copy);
        }
        Ok(env)
    }

    fn begin_episode(&mut self, env: usize) {
        self.states[env] = self.dynamics.initial(&mut self.rngs[env]);
        self.steps[env] = 0;
        self.observe(env);
    }

    fn observe(&mut self, env: usize) {
        let width = self.spec.agents * self.spec.observation_size();
        self.dynamics.observe(&self.states[env], &mut self.observation[env * width..(env + 1) * width]);
    }
}

/// Makes each copy's own stream of chances.
pub(crate) fn generators(seed: u64, num_envs: usize) -> Vec<ChaCha8Rng> {
    let generator = |env| {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(env);
        rng
    };
    (0..num_envs as u64).map(generator).collect()
}

impl<D: Dynamics> VectorEnv for Vectorised<D> {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn num_envs(&self) -> usize {
        self.states.len()
    }

    fn observation(&self) -> &[f32] {
        &self.observation
    }

    fn reset(&mut self, seed: Option<u64>) -> Result<(), EnvError> {
        if let Some(seed) = seed {
            self.rngs = generators(seed, self.states.len());
        }
        for env in 0..self.states.len() {
            self.begin_episode(env);
        }
        Ok(())
    }

    fn restart(&mut self, env: usize) -> Result<(), EnvError> {
        if env >= self.states.len() {
            return Err(EnvError::NoCopy { env, envs: self.states.len() });
        }
        self.begin_episode(env);
        Ok(())
    }

    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError> {
        let (envs, agents) = (self.states.len(), self.spec.agents);
        self.spec.check_actions(actions, envs)?;
        let seen = agents * self.spec.observation_size();
        let (dynamics, limit) = (&self.dynamics, self.spec.max_episode_steps);
        let begun = Instant::now();
        // Each copy has its own state, its own chances and its own rows: who steps it does not matter.
        let copies = (
            self.states.par_iter_mut(),
            self.rngs.par_iter_mut(),
            self.steps.par_iter_mut(),
            actions.par_chunks_exact(agents * self.spec.action_size()),
            self.reward_f64.par_chunks_exact_mut(agents),
            self.terminated.par_chunks_exact_mut(agents),
            self.truncated.par_chunks_exact_mut(agents),
            self.observation.par_chunks_exact_mut(seen),
            self.next_observation.par_chunks_exact_mut(seen),
        );
        copies.into_par_iter().with_min_len(self.share).for_each(
            |(state, rng, steps, action, reward, terminated, truncated, observation, next_observation)| {
                let ended = dynamics.step(state, action, reward);
                *steps += 1;
                let late = limit.is_some_and(|limit| *steps >= limit);
                terminated.fill(ended);
                truncated.fill(late);
                dynamics.observe(state, next_observation);
                if ended || late {
                    *state = dynamics.initial(rng);
                    *steps = 0;
                    dynamics.observe(state, observation);
                } else {
                    observation.copy_from_slice(next_observation);
                }
            },
        );
        if self.share == envs && begun.elapsed() > LONG {
            self.share = envs.div_ceil(rayon::current_num_threads());
        }
        for (single, double) in self.reward.iter_mut().zip(&self.reward_f64) {
            *single = *double as f32;
        }
        Ok(Step {
            next_observation: &self.next_observation,
            observation: &self.observation,
            reward: &self.reward,
            reward_f64: &self.reward_f64,
            terminated: &self.terminated,
            truncated: &self.truncated,
        })
    }

    fn state(&self, env: usize) -> &[f64] {
        self.states.get(env).map_or(&[], AsRef::as_ref)
    }

    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError> {
        let (envs, width) = (self.states.len(), self.states[0].as_ref().len());
        if !self.states.get_mut(env).is_some_and(|own| self.dynamics.place(own, state)) {
            return Err(EnvError::State { env, len: state.len(), envs, width });
        }
        self.steps[env] = 0;
        self.observe(env);
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        let snapshot = Snapshot {
            id: self.spec.id.clone(),
            rngs: self.rngs.iter().map(RngState::from).collect(),
            states: self.states.iter().map(|state| state.as_ref().to_vec()).collect(),
            steps: self.steps.clone(),
        };
        postcard::to_allocvec(&snapshot).map_err(|error| EnvError::Snapshot { reason: error.to_string() })
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), EnvError> {
        let refused = |reason: String| EnvError::Snapshot { reason };
        let snapshot: Snapshot = postcard::from_bytes(snapshot).map_err(|error| refused(error.to_string()))?;
        if snapshot.id != self.spec.id {
            return Err(refused(format!("it is of {}, not of {}", snapshot.id, self.spec.id)));
        }
        let envs = self.states.len();
        if [snapshot.rngs.len(), snapshot.states.len(), snapshot.steps.len()] != [envs; 3] {
            return Err(refused(format!("it is of {} copies, not of {envs}", snapshot.states.len())));
        }
        for (env, state) in snapshot.states.iter().enumerate() {
            self.set_state(env, state)?;
        }
        self.rngs = snapshot.rngs.iter().map(ChaCha8Rng::from).collect();
        self.steps = snapshot.steps;
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::Vectorised;
    use crate::particles::{Flavor, Spread};
    use crate::{EnvError, VectorEnv, make};

    #[test]
    fn a_copys_episodes_do_not_depend_on_how_many_stand_beside_it() {
        let (mut one, mut three) = (make("CartPole-v1", 1, 5).unwrap(), make("CartPole-v1", 3, 5).unwrap());
        for step in 0..300 {
            let action = f32::from(step % 3 == 0);
            assert_eq!(one.observation(), &three.observation()[..4]);
            let ended = one.step(&[action]).unwrap().terminated[0];
            assert_eq!(ended, three.step(&[action, 1.0, 0.0]).unwrap().terminated[0]);
        }
        assert_ne!(three.state(0), three.state(1));
    }

    #[test]
    fn threads_that_share_the_copies_change_nothing() {
        let spread = || Vectorised::new(Spread::new(Flavor::Mpe2, 6), 7, 3).unwrap();
        let (mut alone, mut shared) = (spread(), spread());
        shared.share = 1;
        for step in 0..60 {
            alone.share = 7;
            let actions: Vec<f32> = (0..42).map(|row| ((step * 7 + row * 3) % 5) as f32).collect();
            let (one, other) = (alone.step(&actions).unwrap(), shared.step(&actions).unwrap());
            assert_eq!(one.observation, other.observation);
            assert_eq!(one.next_observation, other.next_observation);
            assert_eq!((one.reward_f64, one.truncated), (other.reward_f64, other.truncated));
        }
    }

    #[test]
    fn a_seeded_reset_starts_the_chances_over_and_a_plain_one_goes_on() {
        let mut env = make("Pendulum-v1", 2, 3).unwrap();
        let first = env.observation().to_vec();
        env.reset(None).unwrap();
        assert_ne!(env.observation(), first);
        env.reset(Some(3)).unwrap();
        assert_eq!(env.observation(), first);
        env.reset(Some(4)).unwrap();
        assert_ne!(env.observation(), first);
    }

    #[test]
    fn the_time_limit_truncates_and_the_next_episode_begins_in_the_same_step() {
        let mut env = make("Pendulum-v1", 1, 0).unwrap();
        for step in 1..=400 {
            let step_given = env.step(&[0.0]).unwrap();
            let ended = step % 200 == 0;
            assert_eq!((step_given.terminated[0], step_given.truncated[0]), (false, ended), "step {step}");
            assert_eq!(step_given.next_observation != step_given.observation, ended, "step {step}");
            assert_eq!(step_given.observation.to_vec(), env.observation(), "step {step}");
        }
    }

    #[test]
    fn every_environment_goes_on_from_a_snapshot_as_it_went_on_before() {
        for id in crate::ids() {
            let mut env = make(id, 3, 9).unwrap();
            // Both actions lie in every space; the sum of two clocks ends CartPole's episodes at different steps.
            let actions = |step: usize, width: usize| vec![f32::from(step.is_multiple_of(3)); width];
            let width = env.rows() * env.spec().action_size();
            let steps = if crate::IDS.contains(&id) { 450 } else { 40 };
            let go = |env: &mut Box<dyn crate::VectorEnv>| -> Vec<Vec<f32>> {
                (0..steps)
                    .map(|step| {
                        let step = env.step(&actions(step, width)).unwrap();
                        [step.next_observation, step.observation, step.reward].concat()
                    })
                    .collect()
            };
            go(&mut env);
            let snapshot = env.snapshot().unwrap();
            let first = go(&mut env);
            // Into another one, with other chances behind it, and back into the same.
            let mut other = make(id, 3, 1).unwrap();
            go(&mut other);
            for env in [&mut other, &mut env] {
                env.restore(&snapshot).unwrap();
                assert_eq!(go(env), first, "{id}");
            }
            assert!(make(id, 2, 9).unwrap().restore(&snapshot).is_err(), "{id}");
            assert!(env.restore(&snapshot[..snapshot.len() / 2]).is_err(), "{id}");
        }
        let snapshot = make("CartPole-v1", 1, 0).unwrap().snapshot().unwrap();
        let error = make("Pendulum-v1", 1, 0).unwrap().restore(&snapshot).unwrap_err();
        assert!(error.to_string().contains("it is of CartPole-v1, not of Pendulum-v1"), "{error}");
    }

    #[test]
    fn one_copy_begins_anew_alone() {
        let mut env = make("CartPole-v1", 3, 0).unwrap();
        env.step(&[1.0; 3]).unwrap();
        let before = env.observation().to_vec();
        env.restart(1).unwrap();
        assert_eq!((&env.observation()[..4], &env.observation()[8..]), (&before[..4], &before[8..]));
        assert!(env.observation()[4..8] != before[4..8] && env.state(1).iter().all(|number| number.abs() <= 0.05));
        assert_eq!(env.restart(3), Err(EnvError::NoCopy { env: 3, envs: 3 }));
    }

    #[test]
    fn an_action_that_there_is_not_moves_nothing() {
        for id in crate::ids() {
            let mut env = make(id, 2, 0).unwrap();
            let good = vec![1.0; env.rows() * env.spec().action_size()];
            let state = env.state(0).to_vec();
            let discrete = matches!(env.spec().action_space, crate::ActionSpace::Discrete(_));
            let indices = [-1.0, 0.5, 5.0, f32::MAX].into_iter().filter(|_| discrete);
            for wrong in indices.chain([f32::NAN, f32::INFINITY]) {
                let mut actions = good.clone();
                *actions.last_mut().unwrap() = wrong;
                let error = env.step(&actions).unwrap_err();
                assert!(matches!(error, EnvError::Action { env: 1, .. }), "{id}: {error}");
                assert_eq!(env.state(0), state, "{id}");
            }
            assert!(env.step(&good).is_ok(), "{id}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let mut env = make("CartPole-v1", 2, 0).unwrap();
        assert_eq!(env.step(&[0.0]).err(), Some(EnvError::ActionLength { len: 1, rows: 2, width: 1 }));
        assert_eq!(env.set_state(0, &[0.0; 3]), Err(EnvError::State { env: 0, len: 3, envs: 2, width: 4 }));
        assert_eq!(env.set_state(2, &[0.0; 4]), Err(EnvError::State { env: 2, len: 4, envs: 2, width: 4 }));
        assert_eq!(env.set_state(1, &[1.0, 2.0, 3.0, 4.0]), Ok(()));
        assert_eq!((env.state(1), env.state(2)), (&[1.0, 2.0, 3.0, 4.0][..], &[][..]));
        assert_eq!(env.observation()[4..], [1.0, 2.0, 3.0, 4.0]);
    }
}
