//! Why a design stops before its end.

use std::error::Error;
use std::path::PathBuf;

use crate::{BuildError, ModelError};

/// Why a design stopped before its end. What was answered is kept, and the design goes on from there when it is resumed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DesignError {
    /// The model gives no answers.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// This machine cannot build candidates.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The verification itself failed.
    #[error("candidate {id} could not be verified")]
    Judge {
        /// The attempt.
        id: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The training itself failed.
    #[error("no agent could be trained with candidate {id}")]
    Train {
        /// The attempt.
        id: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The strategy goes by what agents learn, and none can be trained.
    #[error("the strategy evolve trains agents, and the task has no {missing}")]
    NoTraining {
        /// What the task lacks.
        missing: &'static str,
    },
    /// There is a folder already.
    #[error("{} exists already", path.display())]
    Exists {
        /// The folder.
        path: PathBuf,
    },
    /// The folder is no design's.
    #[error("{} is not the folder of a design: {problem}", path.display())]
    NoDesign {
        /// The folder.
        path: PathBuf,
        /// What is missing.
        problem: String,
    },
    /// The folder's design was begun otherwise.
    #[error("{} was begun with another {what}", path.display())]
    Other {
        /// The folder.
        path: PathBuf,
        /// `task` or `strategy`.
        what: &'static str,
    },
    /// Another process works in the folder.
    #[error("another process works in {}", path.display())]
    InUse {
        /// The folder.
        path: PathBuf,
    },
}

impl DesignError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            DesignError::Model(error) => error.code(),
            DesignError::Build(error) => error.code(),
            DesignError::Judge { .. } => "design-judge",
            DesignError::Train { .. } => "design-train",
            DesignError::NoTraining { .. } => "design-no-training",
            DesignError::Exists { .. } => "design-exists",
            DesignError::NoDesign { .. } => "design-none",
            DesignError::Other { .. } => "design-other",
            DesignError::InUse { .. } => "design-in-use",
        }
    }

    /// Says what to do about it, in one line; nothing where the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            DesignError::Model(error) => Some(error.hint().into()),
            DesignError::Build(error) => error.hint(),
            DesignError::Judge { .. } | DesignError::Train { .. } => None,
            DesignError::NoTraining { .. } => {
                Some("set environment, and training-steps under [budget], in the task file".into())
            }
            DesignError::Exists { .. } => Some("go on with it by --resume, or name another folder".into()),
            DesignError::NoDesign { .. } => Some("begin one without --resume".into()),
            DesignError::Other { what, .. } => Some(format!("resume with the {what} that it was begun with")),
            DesignError::InUse { .. } => Some("wait for it, or end it".into()),
        }
    }
}
