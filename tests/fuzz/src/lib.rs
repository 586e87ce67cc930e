//! What the fuzz targets share.

#[cfg(feature = "plugins")]
pub mod differential;
#[cfg(feature = "plugins")]
#[path = "../../attacks/guest.rs"]
#[allow(dead_code, clippy::unwrap_used, clippy::panic, reason = "shared with the attacks")]
mod guest;
#[cfg(feature = "plugins")]
pub mod plugins;
#[cfg(feature = "recordings")]
pub mod recordings;

/// Gives the repository's root, in which `guest` looks for the interface.
#[cfg(feature = "plugins")]
fn root() -> &'static std::path::Path {
    std::path::Path::new(env!("MEED_ROOT"))
}
