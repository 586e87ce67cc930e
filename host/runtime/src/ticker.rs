//! The clock that ends calls which do not return.

use std::time::Duration;

use wasmtime::Engine;

/// Length of a tick. A call is ended at the first loop or function that begins after its last tick.
pub(crate) const TICK: Duration = Duration::from_millis(1);

/// Starts a thread that counts an engine's ticks for as long as the engine lives: it holds the engine weakly. Deadlines are
/// numbers of ticks, so that one slow plugin never ends the calls of its siblings.
///
/// # Errors
/// Where the operating system gives no thread.
pub(crate) fn start(engine: &Engine) -> std::io::Result<()> {
    let engine = engine.weak();
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(TICK);
        }
    };
    std::thread::Builder::new().name("meed-ticker".into()).spawn(tick).map(drop)
}

/// Counts the ticks of a time, at least one more than have begun.
pub(crate) fn ticks(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2).min(u64::MAX / 2).saturating_add(1)
}
