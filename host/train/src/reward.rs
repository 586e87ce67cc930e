//! What training learns from: the reward's answers, several of them weighed together, and what is made of the numbers.

pub(crate) mod combined;
pub(crate) mod fit;
pub(crate) mod judge;
pub(crate) mod transform;
