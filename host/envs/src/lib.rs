//! meed-envs
