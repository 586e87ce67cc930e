//! Whole plugins, from WAT, loaded and called.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod arena;
mod caching;
mod failures;
mod fixture;
mod kinds;
mod limits;
mod loading;
mod numbers;
mod pool;
