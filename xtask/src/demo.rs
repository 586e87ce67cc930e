//! `cargo xtask demo`: the main job from end to end.
