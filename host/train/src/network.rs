//! Networks, how their weights move, and the policies made of them.

pub(crate) mod actor_critic;
pub(crate) mod clip;
pub(crate) mod dense;
pub(crate) mod distribution;
pub(crate) mod mlp;
pub(crate) mod normalizer;
pub(crate) mod optimizer;
pub(crate) mod policy;
pub(crate) mod processor;
pub(crate) mod product;
