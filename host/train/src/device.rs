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
        let missing = match self {
            DeviceChoice::Cpu => return Ok(Device::flex()),
            DeviceChoice::Wgpu => "Burn's wgpu backend is not built in",
            DeviceChoice::Cuda => "Burn's cuda backend is not built in",
        };
        Err(TrainError::Device { device: self.to_string(), missing })
    }
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
            _ => Err(TrainError::Device { device: name.into(), missing: "there are cpu, wgpu and cuda" }),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_is_not_built_in_is_refused_with_what_is_missing() {
        assert!("cpu".parse::<DeviceChoice>().unwrap().open().is_ok());
        for name in ["wgpu", "cuda"] {
            let error = name.parse::<DeviceChoice>().unwrap().open().unwrap_err();
            assert!(error.to_string().contains(&format!("{name} backend is not built in")), "{error}");
        }
        assert_eq!("tpu".parse::<DeviceChoice>().unwrap_err().code(), "device");
    }
}
