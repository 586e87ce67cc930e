//! Lets actions be chosen from -1 to 1, whatever the environment's range.

use crate::{ActionSpace, EnvError, EnvSpec, Step, VectorEnv};

/// Takes actions from -1 to 1 and stretches them to the range of the environment. What lies outside is clipped.
pub struct ScaledAction {
    env: Box<dyn VectorEnv>,
    spec: EnvSpec,
    low: Vec<f32>,
    high: Vec<f32>,
    scaled: Vec<f32>,
}

impl ScaledAction {
    /// Scales the actions of an environment.
    ///
    /// # Errors
    /// [`EnvError::ActionRange`] where actions are choices or have no bounds.
    pub fn new(env: Box<dyn VectorEnv>) -> Result<Self, EnvError> {
        let mut spec = env.spec().clone();
        let (low, high) = match &spec.action_space {
            ActionSpace::Box { low, high } if low.iter().chain(high).all(|bound| bound.is_finite()) => {
                (low.clone(), high.clone())
            }
            _ => return Err(EnvError::ActionRange { id: spec.id }),
        };
        spec.action_space = ActionSpace::Box { low: vec![-1.0; low.len()], high: vec![1.0; low.len()] };
        for field in &mut spec.action {
            (field.unit, field.low, field.high) = ("1".into(), -1.0, 1.0);
        }
        Ok(ScaledAction { env, spec, low, high, scaled: Vec::new() })
    }
}

impl VectorEnv for ScaledAction {
    fn spec(&self) -> &EnvSpec {
        &self.spec
    }

    fn num_envs(&self) -> usize {
        self.env.num_envs()
    }

    fn observation(&self) -> &[f32] {
        self.env.observation()
    }

    fn reset(&mut self, seed: Option<u64>) -> Result<(), EnvError> {
        self.env.reset(seed)
    }

    fn restart(&mut self, env: usize) -> Result<(), EnvError> {
        self.env.restart(env)
    }

    fn step(&mut self, actions: &[f32]) -> Result<Step<'_>, EnvError> {
        let ranges = self.low.iter().zip(&self.high).cycle();
        // Halves of both bounds, not a multiple of their difference, which may not fit: the ends are met exactly.
        let stretch = |(action, (low, high)): (&f32, (&f32, &f32))| {
            let action = action.clamp(-1.0, 1.0);
            0.5 * (1.0 - action) * low + 0.5 * (1.0 + action) * high
        };
        self.scaled.clear();
        self.scaled.extend(actions.iter().zip(ranges).map(stretch));
        self.env.step(&self.scaled)
    }

    fn state(&self, env: usize) -> &[f64] {
        self.env.state(env)
    }

    fn set_state(&mut self, env: usize, state: &[f64]) -> Result<(), EnvError> {
        self.env.set_state(env, state)
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, EnvError> {
        self.env.snapshot()
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), EnvError> {
        self.env.restore(snapshot)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::make;

    #[test]
    fn the_whole_range_is_reached_and_nothing_beyond() {
        let (mut plain, scaled) = (make("Pendulum-v1", 2, 5).unwrap(), make("Pendulum-v1", 2, 5).unwrap());
        let mut scaled = ScaledAction::new(scaled).unwrap();
        assert_eq!(scaled.spec().action_space, ActionSpace::Box { low: vec![-1.0], high: vec![1.0] });
        for (own, theirs) in [([-1.0, 1.0], [-2.0, 2.0]), ([0.0, 0.25], [0.0, 0.5]), ([-7.0, 7.0], [-2.0, 2.0])] {
            let (a, b) = (plain.step(&theirs).unwrap(), scaled.step(&own).unwrap());
            assert_eq!((a.observation, a.reward), (b.observation, b.reward), "{own:?}");
        }
        assert!(scaled.step(&[f32::NAN, 0.0]).is_err());
    }

    #[test]
    fn choices_cannot_be_scaled() {
        let error = ScaledAction::new(make("CartPole-v1", 1, 0).unwrap()).err();
        assert_eq!(error, Some(EnvError::ActionRange { id: "CartPole-v1".into() }));
    }
}
