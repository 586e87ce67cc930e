//! Loading a plugin, as every command that takes one does.

use std::path::Path;

use anyhow::{Context, Result};
use meed_core::RewardFactory;
use meed_runtime::{Host, HostConfig, LoadError, Plugin, Profile};

use crate::exit::PluginError;

/// Loads a component for a profile, whatever its description says.
pub(crate) fn load(file: &Path, profile: Profile) -> Result<Plugin> {
    let host = Host::new(HostConfig::new(profile))?;
    host.load_file(file).map_err(|error| match error {
        // This one names the file itself.
        LoadError::Read { .. } => error.into(),
        error => anyhow::Error::from(error).context(file.display().to_string()),
    })
}

/// Loads a component whose scores are to be used: one with a sound description.
pub(crate) fn load_sound(file: &Path, profile: Profile) -> Result<Plugin> {
    let plugin = load(file, profile)?;
    match plugin.description().problems().first() {
        None => Ok(plugin),
        Some(problem) => Err(PluginError(format!("its description is unsound: {problem}")))
            .with_context(|| file.display().to_string()),
    }
}
