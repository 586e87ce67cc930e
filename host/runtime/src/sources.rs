//! One file a kind: how its batches go in and its answers come out.

mod answer;
mod arena;
mod caller;
mod cut;
mod episode;
mod rows;
mod scorer;
mod stateful;
mod text;
mod transition;

pub(crate) use cut::{Part, parts};
pub(crate) use episode::EpisodeSource;
pub(crate) use scorer::Scorer;
pub(crate) use stateful::StatefulSource;
pub(crate) use text::TextSource;
pub(crate) use transition::TransitionSource;
