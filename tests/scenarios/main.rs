//! What Meed promises, shown over the whole of it: from an author's source to a trained agent.
//!
//! Each file is one promise. The guests are built from `plugins/`; the `meed` binary is run as its users run it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod attacks;
mod command_line;
mod design;
mod design_hidden;
mod design_hostile;
mod design_killed;
mod environments;
mod examples;
mod fast_path;
mod fuel;
mod hostile;
mod kinds;
mod languages;
mod lare_ten;
mod latent;
mod learnt;
mod native_parity;
mod runs;
mod scaffold;
mod training;
mod verification;
