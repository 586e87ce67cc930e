//! Where the learner computes.
//!
//! Burn chooses its backend at run time by a `Device`; this is the one place that makes one. A device is a new variant here
//! and a cargo feature that brings its backend: nothing else in the crate knows.

use std::fmt;
use std::str::FromStr;

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use crate::TrainError;

/// A device by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The processor, through Burn's `flex` backend. The same seed gives the same bits.
    #[default]
    Cpu,
    /// A GPU through WebGPU.
    Wgpu,
    /// An NVIDIA GPU through CUDA.
    Cuda,
}

impl DeviceChoice {
    /// Opens the device.
    ///
    /// # Errors
    /// [`TrainError::Device`] for a device whose backend is not built in.
    pub fn open(self) -> Result<Device, TrainError> {
        match self {
            DeviceChoice::Cpu => Ok(Device::flex()),
            #[cfg(feature = "wgpu")]
            DeviceChoice::Wgpu => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
            #[cfg(feature = "cuda")]
            DeviceChoice::Cuda => Ok(Device::cuda(0)),
            #[cfg(not(feature = "wgpu"))]
            DeviceChoice::Wgpu => Err(missing(self, "`cargo build --features wgpu` makes one that can")),
            #[cfg(not(feature = "cuda"))]
            DeviceChoice::Cuda => Err(missing(self, "`cargo build --features cuda` makes one that can")),
        }
    }
}

fn missing(device: impl fmt::Display, missing: &'static str) -> TrainError {
    TrainError::Device { device: device.to_string(), missing }
}

impl fmt::Display for DeviceChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DeviceChoice::Cpu => "cpu",
            DeviceChoice::Wgpu => "wgpu",
            DeviceChoice::Cuda => "cuda",
        })
    }
}

impl FromStr for DeviceChoice {
    type Err = TrainError;

    fn from_str(name: &str) -> Result<Self, TrainError> {
        match name {
            "cpu" => Ok(DeviceChoice::Cpu),
            "wgpu" => Ok(DeviceChoice::Wgpu),
            "cuda" => Ok(DeviceChoice::Cuda),
            _ => Err(missing(name, "there are cpu, wgpu and cuda")),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_built_in_is_refused_with_how_to_get_it() {
        assert!("cpu".parse::<DeviceChoice>().unwrap().open().is_ok());
        assert_eq!("tpu".parse::<DeviceChoice>().unwrap_err().code(), "device");
        #[cfg(not(feature = "wgpu"))]
        assert!(DeviceChoice::Wgpu.open().unwrap_err().to_string().contains("cargo build --features wgpu"));
        #[cfg(not(feature = "cuda"))]
        assert!(DeviceChoice::Cuda.open().unwrap_err().to_string().contains("cargo build --features cuda"));
    }
}
