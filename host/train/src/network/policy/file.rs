//! The file that a policy is kept in.
//!
//! It is JSON, so that anything can read it; each number is written with the digits that restore it exactly.

use std::path::Path;

use burn::tensor::Device;
use meed_core::Field;
use meed_envs::Wrappers;
use serde::{Deserialize, Serialize};

use super::{Head, Network, Policy, sizes};
use crate::TrainError;
use crate::network::actor_critic::{Parameter, Sizes};
use crate::network::normalizer::Normalizer;
use crate::run::atomic::write_whole;

/// The file's first field: says what it is.
const FORMAT: &str = "meed-policy-1";

#[derive(Serialize, Deserialize)]
struct PolicyFile {
    format: String,
    env: String,
    #[serde(default, skip_serializing_if = "Wrappers::is_empty")]
    wrappers: Wrappers,
    observation: Vec<Field>,
    action: Vec<Field>,
    sizes: Sizes,
    /// Absent where it is an actor with a critic beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    head: Option<Head>,
    normalizer: Option<Normalizer>,
    parameters: Vec<Parameter>,
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// [`TrainError::Io`] where it cannot be read, [`TrainError::PolicyFile`] where it is not a policy of an environment that
    /// this build knows as it was when the policy was trained.
    pub fn load(path: &Path) -> Result<Self, TrainError> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).map_err(TrainError::io(&file))?;
        Policy::from_json(&text).map_err(|reason| TrainError::PolicyFile { file, reason })
    }

    /// Reads the text of a policy file, or says what is wrong with it.
    pub(crate) fn from_json(text: &str) -> Result<Self, String> {
        let file: PolicyFile = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if file.format != FORMAT {
            return Err(format!("its format is {:?}, not {FORMAT:?}", file.format));
        }
        let spec = file.wrappers.spec(&file.env).map_err(|error| error.to_string())?;
        if file.observation != spec.observation || file.action != spec.action {
            return Err(format!("its fields are not those of {}", spec.id));
        }
        let values = file.sizes.values;
        if values == 0 || file.sizes != (Sizes { values, ..sizes(&spec, file.sizes.hidden) }) {
            return Err(format!("its sizes do not fit {}", spec.id));
        }
        if file.normalizer.as_ref().is_some_and(|normalizer| !normalizer.is_sound(file.sizes.observation)) {
            return Err("its normalizer is broken".into());
        }
        Policy::build(&spec, file.sizes, file.head, file.normalizer, &file.parameters, Device::flex())
            .map(|policy| policy.within(&file.wrappers))
    }

    /// Writes the policy as the text of a policy file.
    pub fn to_json(&self) -> String {
        let file = PolicyFile {
            format: FORMAT.into(),
            env: self.env.clone(),
            wrappers: self.wrappers.clone(),
            observation: self.observation.clone(),
            action: self.action.clone(),
            sizes: self.sizes,
            head: match &self.network {
                Network::ActorCritic(_) => None,
                Network::Mlp(head, _) => Some(*head),
            },
            normalizer: self.normalizer.clone(),
            parameters: self.parameters(),
        };
        serde_json::to_string(&file).unwrap_or_default()
    }

    /// Writes a policy file, under a temporary name first so that it is never seen half written.
    ///
    /// # Errors
    /// [`TrainError::Io`] where it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), TrainError> {
        write_whole(path, self.to_json().as_bytes()).map_err(TrainError::io(path.display().to_string()))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::super::tests::{policy, with_head};
    use super::*;

    #[test]
    fn a_policy_file_restores_every_bit() {
        let all = meed_envs::IDS.into_iter().map(policy).chain([
            with_head("CartPole-v1", Head::Values),
            with_head("Pendulum-v1", Head::Tangent),
            with_head("Pendulum-v1", Head::SquashedGaussian),
        ]);
        for policy in all {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("policy.json");
            policy.save(&file).unwrap();
            let loaded = Policy::load(&file).unwrap();
            assert_eq!(loaded.to_json(), policy.to_json());
            let observation: Vec<f32> = (0..24).map(|i| (i as f32 * 0.37).sin()).collect();
            assert_eq!(loaded.act(&observation), policy.act(&observation));
        }
    }

    #[test]
    fn a_file_that_is_not_whole_or_not_of_this_environment_is_refused() {
        let text = policy("Pendulum-v1").to_json();
        let refused = |text: &str| Policy::from_json(text).map(|_| ()).unwrap_err();
        refused(&text[..text.len() / 2]);
        assert!(refused(&text.replace("meed-policy-1", "meed-policy-9")).contains("meed-policy-9"));
        assert!(refused(&text.replace("Pendulum-v1", "CartPole-v1")).contains("fields"));
        assert!(refused(&text.replace("Pendulum-v1", "Hopper-v9")).contains("there are CartPole-v1"));
        assert!(refused(&text.replace("\"hidden\":64", "\"hidden\":32")).contains("first.weight"));
        assert!(refused(&text.replace("\"outputs\":1", "\"outputs\":2")).contains("sizes"));
    }
}
