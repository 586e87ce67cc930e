//! One file a kind: how its batches go in and its answers come out.

mod answer;
mod caller;
mod episode;
mod rows;
mod stateful;
mod text;
mod transition;

pub(crate) use episode::EpisodeSource;
pub(crate) use stateful::StatefulSource;
pub(crate) use text::TextSource;
pub(crate) use transition::TransitionSource;
