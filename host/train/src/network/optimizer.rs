//! Adam, and how its memory is kept.
//!
//! Its memory is kept by the parameters' ids, which is why networks number their parameters instead of drawing ids.

use burn::optim::decay::WeightDecayConfig;
use burn::optim::{
    Adam, AdamConfig, AdamState, AdaptiveMomentumState, LearningRate, ModuleOptimizer, Optimizer, OptimizerRecord,
};
use burn::tensor::{Bytes, Device, Tensor};
use pulp::Arch;

use crate::network::processor::{on_processor, put, take};

/// PyTorch's, and everyone's.
const BETAS: (f32, f32) = (0.9, 0.999);

/// Makes an Adam that has not stepped yet. `epsilon` is 1e-5 for PPO and 1e-8, PyTorch's, for the others.
pub(crate) fn adam(epsilon: f32) -> ModuleOptimizer {
    adam_with_decay(epsilon, 0.0)
}

/// Makes one that adds such a share of each weight to its gradient, as PyTorch's `weight_decay`.
pub(crate) fn adam_with_decay(epsilon: f32, decay: f32) -> ModuleOptimizer {
    let (beta_1, beta_2) = BETAS;
    let weight_decay = (decay > 0.0).then(|| WeightDecayConfig::new(decay));
    let config = AdamConfig::new().with_beta_1(beta_1).with_beta_2(beta_2).with_epsilon(epsilon);
    ModuleOptimizer::from(OnePass { burns: config.with_weight_decay(weight_decay).build(), epsilon, decay })
}

/// Gives an optimiser's memory as bytes.
pub(crate) fn memory(optimizer: &ModuleOptimizer) -> Result<Vec<u8>, String> {
    optimizer.to_record().into_bytes().map(|bytes| bytes.to_vec()).map_err(|error| error.to_string())
}

/// Gives an optimiser the memory of another.
pub(crate) fn remember(optimizer: ModuleOptimizer, memory: Vec<u8>) -> Result<ModuleOptimizer, String> {
    let record = OptimizerRecord::from_bytes(Bytes::from_bytes_vec(memory)).map_err(|error| error.to_string())?;
    Ok(optimizer.load_record(record))
}

/// Burn's Adam, which on the processor goes over the numbers once, in place: Burn's passes over them a dozen times.
#[derive(Clone)]
struct OnePass {
    burns: Adam,
    epsilon: f32,
    decay: f32,
}

impl Optimizer for OnePass {
    type State<const D: usize> = AdamState<D>;

    fn step<const D: usize>(
        &self,
        rate: LearningRate,
        tensor: Tensor<D>,
        gradient: Tensor<D>,
        state: Option<AdamState<D>>,
    ) -> (Tensor<D>, Option<AdamState<D>>) {
        // The first step makes the memory.
        let state = match state {
            Some(state) if on_processor(&tensor) => state.momentum,
            state => return self.burns.step(rate, tensor, gradient, state),
        };
        let (shape, device, time) = (tensor.dims(), tensor.device(), state.time + 1);
        let [mut values, mut first, mut second] = [tensor, state.moment_1, state.moment_2].map(take);
        let step = Step::of(time, rate, self.epsilon, self.decay);
        step.take(&mut values, &take(gradient), &mut first, &mut second);
        let put = |numbers| put(numbers, shape, &device);
        (put(values), Some(AdamState::new(AdaptiveMomentumState::new(time, put(first), put(second)))))
    }

    fn to_device<const D: usize>(state: AdamState<D>, device: &Device) -> AdamState<D> {
        Adam::to_device(state, device)
    }
}

/// The numbers that a step is the same in for all parameters.
#[derive(Clone, Copy)]
struct Step {
    rate: f32,
    epsilon: f32,
    decay: f32,
}

impl Step {
    fn of(time: usize, rate: f64, epsilon: f32, decay: f32) -> Self {
        let left = |beta: f32| 1.0 - f64::from(beta).powf(time as f64);
        let second = left(BETAS.1).sqrt();
        Step { rate: (rate * second / left(BETAS.0)) as f32, epsilon: (f64::from(epsilon) * second) as f32, decay }
    }

    fn take(&self, values: &mut [f32], gradient: &[f32], first: &mut [f32], second: &mut [f32]) {
        // Copies: where they were borrowed, each number would be read anew for each weight, and vectors would stay empty.
        let (Step { rate, epsilon, decay }, (beta_1, beta_2)) = (*self, BETAS);
        Arch::new().dispatch(move || {
            for (((value, gradient), first), second) in values.iter_mut().zip(gradient).zip(first).zip(second) {
                let gradient = gradient + decay * *value;
                *first = *first * beta_1 + gradient * (1.0 - beta_1);
                *second = *second * beta_2 + gradient * gradient * (1.0 - beta_2);
                *value -= rate * *first / (second.sqrt() + epsilon);
            }
        });
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use burn::module::{Module, Param, ParamId};
    use burn::optim::GradientsParams;
    use burn::tensor::TensorData;

    use super::*;
    use crate::network::actor_critic::numbers;

    #[derive(Module, Debug)]
    struct One {
        values: Param<Tensor<2>>,
    }

    fn tensor(step: usize) -> Tensor<2> {
        let values: Vec<f32> = (0..33).map(|index| ((index + 1) * (step + 3) % 19) as f32 / 9.0 - 1.0).collect();
        Tensor::from_data(TensorData::new(values, [3, 11]), &Device::flex())
    }

    /// Some steps on gradients that change, from one restart to the next.
    fn steps(mut optimizer: ModuleOptimizer, restart: bool) -> Vec<f32> {
        let values = Tensor::from_inner(tensor(0)).require_grad();
        let mut module = One { values: Param::initialized(ParamId::from(1), values) };
        for step in 0..50 {
            let mut gradients = GradientsParams::new();
            gradients.register(ParamId::from(1), tensor(step));
            module = optimizer.step(1e-2, module, gradients);
            if restart && step == 20 {
                optimizer = remember(adam(1e-5), memory(&optimizer).unwrap()).unwrap();
            }
        }
        numbers(module.values.val())
    }

    #[test]
    fn one_pass_goes_where_burns_adam_goes_and_goes_on_after_a_restart() {
        let (own, theirs) = (steps(adam(1e-5), false), steps(AdamConfig::new().with_epsilon(1e-5).init(), false));
        let near =
            |own: &[f32], theirs: &[f32]| own.iter().zip(theirs).all(|(own, theirs)| (own - theirs).abs() < 1e-5);
        assert!(near(&own, &theirs), "{own:?} for {theirs:?}");
        let decaying = AdamConfig::new().with_epsilon(1e-5).with_weight_decay(Some(WeightDecayConfig::new(0.1)));
        let decayed = steps(adam_with_decay(1e-5, 0.1), false);
        assert!(near(&decayed, &steps(decaying.init(), false)) && !near(&decayed, &own), "{decayed:?}");
        assert_eq!(steps(adam(1e-5), true), own);
    }
}
