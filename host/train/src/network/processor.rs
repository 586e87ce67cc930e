//! The numbers of tensors that lie on the processor, without copies wherever nobody else has them.

use burn::tensor::{Device, Tensor, TensorData};

/// Tells whether a tensor without a graph lies on the processor.
pub(crate) fn on_processor<const D: usize>(tensor: &Tensor<D>) -> bool {
    tensor.device() == Device::flex()
}

/// Takes the numbers out of a tensor.
pub(crate) fn take<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_into_vec().unwrap_or_default()
}

/// Makes a tensor of numbers.
pub(crate) fn put<const D: usize>(numbers: Vec<f32>, shape: [usize; D], device: &Device) -> Tensor<D> {
    Tensor::from_data(TensorData::new(numbers, shape), device)
}
