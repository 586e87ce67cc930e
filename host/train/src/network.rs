//! Networks, how their weights move, and the policies made of them.

pub(crate) mod actor_critic;
pub(crate) mod clip;
pub(crate) mod distribution;
pub(crate) mod mlp;
pub(crate) mod normalizer;
pub(crate) mod optimizer;
pub(crate) mod policy;
