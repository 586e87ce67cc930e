//! A line for the author's eyes.

use crate::bindings::logging::meed::reward::log;

/// How much a line matters.
pub use log::Level;

/// Logs a line: in a plugin through the host, natively to standard error.
///
/// A plugin imports the host's `log` only where this is called. A plugin that logs is still refused everything else, but its
/// arena is not offered to the host, since that fast path is for modules without imports.
pub fn log(level: Level, message: &str) {
    #[cfg(target_arch = "wasm32")]
    log::log(level, message);
    #[cfg(not(target_arch = "wasm32"))]
    eprintln!("{level:?}: {message}");
}

/// Logs a line, formatted as by `format!`: `log!(Info, "seen {n} rows")`. The levels are `Debug`, `Info`, `Warn` and `Error`.
#[macro_export]
macro_rules! log {
    ($level:ident, $($message:tt)+) => {
        $crate::log::log($crate::log::Level::$level, &format!($($message)+))
    };
}
