//! Why a candidate did not become a component.

use meed_core::Kind;

use crate::quote::excerpt;
use crate::{BuildError, SourceError};

/// Why a candidate did not become a component.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CandidateError {
    /// The source contains what generated source may not.
    #[error("{0}")]
    Source(#[from] SourceError),
    /// The compiler refuses it, or what it makes is no plugin.
    #[error("{0}")]
    Build(BuildError),
    /// The component is too large.
    #[error("the component has {bytes} bytes, more than {most}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What it may have.
        most: usize,
    },
    /// The reward is of another kind than is wanted.
    #[error("it is a {kind} reward, and a transition reward is wanted")]
    WrongKind {
        /// What it is.
        kind: Kind,
    },
    /// The machine cannot build, whatever the candidate.
    #[error("no candidate can be built: {0}")]
    Machine(#[source] BuildError),
}

impl CandidateError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            CandidateError::Source(_) => "source-refused",
            CandidateError::Build(error) | CandidateError::Machine(error) => error.code(),
            CandidateError::TooLarge { .. } => "component-too-large",
            CandidateError::WrongKind { .. } => "wrong-kind",
        }
    }

    /// Says what to do about it, in one line; nothing where the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            CandidateError::Source(_) => {
                Some("leave it out: a reward computes numbers from the row it is given".into())
            }
            CandidateError::Build(BuildError::TimedOut { .. }) => {
                Some("leave out what is computed while compiling, such as loops in constants".into())
            }
            CandidateError::Build(error) | CandidateError::Machine(error) => error.hint(),
            CandidateError::TooLarge { .. } => Some("leave out large tables".into()),
            CandidateError::WrongKind { .. } => Some("call meed_guest::transition!, and no other of its macros".into()),
        }
    }

    /// Tells what is wrong with the candidate from what is wrong with the machine.
    pub(super) fn of(error: BuildError) -> CandidateError {
        match error {
            BuildError::Compile { .. }
            | BuildError::NoLibrary { .. }
            | BuildError::TimedOut { .. }
            | BuildError::ForbiddenImport { .. }
            | BuildError::NotAPlugin { .. }
            | BuildError::Componentize { .. } => CandidateError::Build(shortened(error)),
            _ => CandidateError::Machine(error),
        }
    }
}

/// Keeps a compiler's first messages: the further ones mostly follow from them.
fn shortened(error: BuildError) -> BuildError {
    const MOST: usize = 8 * 1024;
    match error {
        BuildError::Compile { diagnostics } => {
            // Warnings that come first are not what it failed of.
            let lines = diagnostics.split_inclusive('\n').skip_while(|line| !line.contains("error"));
            let kept: String = lines.collect();
            let kept = if kept.is_empty() { diagnostics } else { kept };
            BuildError::Compile { diagnostics: kept.chars().take(MOST).collect() }
        }
        BuildError::ForbiddenImport { module, name } => {
            BuildError::ForbiddenImport { module: excerpt(&module, 80), name: excerpt(&name, 80) }
        }
        other => other,
    }
}
