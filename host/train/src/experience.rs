//! What algorithms learn from: steps taken in environments, what the reward says of them, and how long they are kept.

pub(crate) mod episodes;
pub(crate) mod memory;
pub(crate) mod play;
pub(crate) mod replay;
pub(crate) mod rollout;
pub(crate) mod stage;
