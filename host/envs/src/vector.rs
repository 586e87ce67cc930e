//! Several copies of one environment, stepped together.
//!
//! A copy whose episode ended begins the next one within the same step: `next_observation` is what the episode ended in,
//! `observation` is where the next action is taken. The two are the same wherever nothing ended.

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::{EnvError, EnvSpec, RngState};

/// Several copies of one environment.
///
/// Rows belong to the copies in order; all lists are flat and row-major. Dropping it is all the cleaning up there is.
pub trait VectorEnv: Send {
    /// Describes the environment.
    fn spec(&self) -> &EnvSpec;

    /// Counts the copies.
    fn num_envs(&self) -> usize;

    /// Borrows the observations in which the next actions are taken, copies x observation size.
    fn observation(&self) -> &[f32];

    /// Begins a new episode in every copy. With a seed the chances start over as they do in [`make`](crate::make); without,
    /// they go on.
    fn reset(&mut self, seed: Option<u64>);

    /// Takes one step in every copy; `actions` is copies x action size.
    ///
    /// # Errors
    /// [`EnvError::ActionLength`] and [`EnvError::Action`], the latter for an index that there is not and for NaN. Copies
    /// before the one at fault have then taken their step: reset before going on.
    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError>;

    /// Borrows the state of a copy, or nothing where there is no such copy.
    fn state(&self, env: usize) -> &[f64];

    /// Puts a copy into a state, at the first step of an episode.
    ///
    /// # Errors
    /// [`EnvError::State`] where there is no such copy or the state has another length.
    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError>;

    /// Gives all that decides what comes next as bytes: the states, how far each episode is, and where the chances stand.
    ///
    /// # Errors
    /// [`EnvError::NoSnapshot`] where the environment cannot tell.
    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        Err(EnvError::NoSnapshot { id: self.spec().id.into() })
    }

    /// Goes back to a snapshot: every step from here on is, bit for bit, what it was from there on.
    ///
    /// # Errors
    /// [`EnvError::NoSnapshot`] as above; [`EnvError::Snapshot`] where the bytes are not a snapshot of as many copies of this
    /// environment.
    fn restore(&mut self, _snapshot: &[u8]) -> Result<(), EnvError> {
        Err(EnvError::NoSnapshot { id: self.spec().id.into() })
    }
}

/// What a step gave. Each list has an entry, or a row, for each copy.
#[derive(Clone, Copy, Debug)]
pub struct Step<'a> {
    /// The observation that the action led to: the episode's final one where it ended.
    pub next_observation: &'a [f32],
    /// The observation in which the next action is taken: a new episode's first one where the last ended.
    pub observation: &'a [f32],
    /// The environment's own reward.
    pub reward: &'a [f32],
    /// The same in full precision.
    pub reward_f64: &'a [f64],
    /// The task itself ended the episode.
    pub terminated: &'a [bool],
    /// The time limit ended the episode. Both hold where the task ended it at its last step.
    pub truncated: &'a [bool],
}

/// How a single copy moves: what an environment's own file provides.
pub(crate) trait Dynamics: Send + 'static {
    /// The state, as many numbers as the environment has.
    type State: AsRef<[f64]> + AsMut<[f64]> + Copy + Send + Default;

    /// Describes the environment.
    fn spec() -> EnvSpec;

    /// Draws an initial state.
    fn initial(rng: &mut ChaCha8Rng) -> Self::State;

    /// Writes what the agent sees of a state.
    fn observe(state: &Self::State, observation: &mut [f32]);

    /// Moves the state by one step and gives the reward and whether the task ended; the error says what actions may be.
    fn step(state: &mut Self::State, action: &[f32]) -> Result<(f64, bool), &'static str>;
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
}

impl<D: Dynamics> Vectorised<D> {
    pub(crate) fn new(num_envs: usize, seed: u64) -> Result<Self, EnvError> {
        if num_envs == 0 {
            return Err(EnvError::NoEnvs);
        }
        let spec = D::spec();
        let columns = num_envs * spec.observation_size();
        let mut env = Vectorised {
            spec,
            rngs: Vec::new(),
            states: vec![D::State::default(); num_envs],
            steps: vec![0; num_envs],
            observation: vec![0.0; columns],
            next_observation: vec![0.0; columns],
            reward: vec![0.0; num_envs],
            reward_f64: vec![0.0; num_envs],
            terminated: vec![false; num_envs],
            truncated: vec![false; num_envs],
        };
        env.reset(Some(seed));
        Ok(env)
    }

    fn begin_episode(&mut self, env: usize) {
        self.states[env] = D::initial(&mut self.rngs[env]);
        self.steps[env] = 0;
    }

    fn observe(&mut self, env: usize) {
        let width = self.spec.observation_size();
        D::observe(&self.states[env], &mut self.observation[env * width..(env + 1) * width]);
    }
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

    fn reset(&mut self, seed: Option<u64>) {
        if let Some(seed) = seed {
            self.rngs = (0..self.states.len() as u64)
                .map(|env| {
                    let mut rng = ChaCha8Rng::seed_from_u64(seed);
                    rng.set_stream(env);
                    rng
                })
                .collect();
        }
        for env in 0..self.states.len() {
            self.begin_episode(env);
            self.observe(env);
        }
    }

    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError> {
        let envs = self.states.len();
        let width = self.spec.action_size();
        if actions.len() != envs * width {
            return Err(EnvError::ActionLength { len: actions.len(), envs, width });
        }
        for (env, action) in actions.chunks_exact(width).enumerate() {
            let (reward, terminated) = D::step(&mut self.states[env], action).map_err(|allowed| EnvError::Action {
                env,
                action: action[0],
                allowed,
            })?;
            self.steps[env] += 1;
            self.reward_f64[env] = reward;
            self.reward[env] = reward as f32;
            self.terminated[env] = terminated;
            self.truncated[env] = self.steps[env] >= self.spec.max_episode_steps;
            self.observe(env);
        }
        self.next_observation.copy_from_slice(&self.observation);
        for env in 0..envs {
            if self.terminated[env] || self.truncated[env] {
                self.begin_episode(env);
                self.observe(env);
            }
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
        let (envs, width) = (self.states.len(), D::State::default().as_ref().len());
        match self.states.get_mut(env) {
            Some(own) if state.len() == width => own.as_mut().copy_from_slice(state),
            _ => return Err(EnvError::State { env, len: state.len(), envs, width }),
        }
        self.steps[env] = 0;
        self.observe(env);
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        let snapshot = Snapshot {
            id: self.spec.id.into(),
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
    use crate::{EnvError, make};

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
    fn a_seeded_reset_starts_the_chances_over_and_a_plain_one_goes_on() {
        let mut env = make("Pendulum-v1", 2, 3).unwrap();
        let first = env.observation().to_vec();
        env.reset(None);
        assert_ne!(env.observation(), first);
        env.reset(Some(3));
        assert_eq!(env.observation(), first);
        env.reset(Some(4));
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
        for id in crate::IDS {
            let mut env = make(id, 3, 9).unwrap();
            // Both actions lie in every space; the sum of two clocks ends CartPole's episodes at different steps.
            let actions = |step: usize, width: usize| vec![f32::from(step % 3 == 0); 3 * width];
            let width = env.spec().action_size();
            let go = |env: &mut Box<dyn crate::VectorEnv>| -> Vec<Vec<f32>> {
                (0..450)
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
    fn what_does_not_fit_is_refused() {
        let mut env = make("CartPole-v1", 2, 0).unwrap();
        assert_eq!(env.step(&[0.0]).err(), Some(EnvError::ActionLength { len: 1, envs: 2, width: 1 }));
        assert_eq!(env.set_state(0, &[0.0; 3]), Err(EnvError::State { env: 0, len: 3, envs: 2, width: 4 }));
        assert_eq!(env.set_state(2, &[0.0; 4]), Err(EnvError::State { env: 2, len: 4, envs: 2, width: 4 }));
        assert_eq!(env.set_state(1, &[1.0, 2.0, 3.0, 4.0]), Ok(()));
        assert_eq!((env.state(1), env.state(2)), (&[1.0, 2.0, 3.0, 4.0][..], &[][..]));
        assert_eq!(env.observation()[4..], [1.0, 2.0, 3.0, 4.0]);
    }
}
