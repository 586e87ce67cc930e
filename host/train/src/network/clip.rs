//! Clipping of gradients by their norm taken all together.
//!
//! Burn's `GradientClipping::Norm` clips each tensor by its own norm, which changes the direction of the whole; PPO wants
//! the length cut and the direction kept. Nothing is read back: the scale stays on the device.

use burn::module::{Module, ModuleVisitor, Param};
use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// Scales all gradients of `module` so that their joint norm is at most `max_norm`.
pub(crate) fn clip_global_norm<M: Module>(module: &M, gradients: &mut GradientsParams, max_norm: f32) {
    let mut squares = Squares { gradients, sum: None };
    module.visit(&mut squares);
    if let Some(sum) = squares.sum {
        // PyTorch's formula; the small number keeps a zero gradient zero.
        let scale = sum.sqrt().add_scalar(1e-6).recip().mul_scalar(max_norm).clamp_max(1.0);
        module.visit(&mut Scale { gradients, scale });
    }
}

struct Squares<'a> {
    gradients: &'a GradientsParams,
    sum: Option<Tensor<1>>,
}

impl ModuleVisitor for Squares<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.get::<D>(param.id) {
            let square = gradient.square().sum();
            self.sum = Some(match self.sum.take() {
                Some(sum) => sum + square,
                None => square,
            });
        }
    }
}

struct Scale<'a> {
    gradients: &'a mut GradientsParams,
    scale: Tensor<1>,
}

impl ModuleVisitor for Scale<'_> {
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        if let Some(gradient) = self.gradients.remove::<D>(param.id) {
            self.gradients.register(param.id, gradient * self.scale.clone().unsqueeze());
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::network::actor_critic::numbers;

    #[derive(Module, Debug)]
    struct Two {
        a: Param<Tensor<1>>,
        b: Param<Tensor<2>>,
    }

    /// Gradients (3, 0) and (0, 4): norm 5 together.
    fn clipped(max_norm: f32) -> (Vec<f32>, Vec<f32>) {
        let device = Device::flex();
        let module = Two {
            a: Param::from_data(TensorData::new(vec![1.0f32, 1.0], [2]), &device),
            b: Param::from_data(TensorData::new(vec![1.0f32, 1.0], [1, 2]), &device),
        };
        let mut gradients = GradientsParams::new();
        gradients.register(module.a.id, Tensor::<1>::from_floats([3.0, 0.0], &device));
        gradients.register(module.b.id, Tensor::<2>::from_floats([[0.0, 4.0]], &device));
        clip_global_norm(&module, &mut gradients, max_norm);
        let read = |values: Vec<f32>| values;
        (
            read(numbers(gradients.get::<1>(module.a.id).unwrap())),
            read(numbers(gradients.get::<2>(module.b.id).unwrap())),
        )
    }

    #[test]
    fn a_long_gradient_is_cut_to_the_norm_and_keeps_its_direction() {
        let (a, b) = clipped(1.0);
        assert!((a[0] - 0.6).abs() < 1e-5 && a[1] == 0.0, "{a:?}");
        assert!((b[1] - 0.8).abs() < 1e-5 && b[0] == 0.0, "{b:?}");
    }

    #[test]
    fn a_short_gradient_is_left_alone() {
        assert_eq!(clipped(6.0), (vec![3.0, 0.0], vec![0.0, 4.0]));
    }
}
