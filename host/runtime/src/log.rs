//! What a plugin logs.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::bindings::log::Level;

/// Lines that are kept for the error of a call that traps.
const LAST_LINES: usize = 3;
/// Bytes that are kept of each.
const LAST_LINE: usize = 1_024;

/// The log of one instance: `tracing` events with the plugin's id, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct Log {
    plugin: Arc<str>,
    left: usize,
    limit: usize,
    full: bool,
    last: VecDeque<String>,
}

impl Log {
    pub(crate) fn new(plugin: Arc<str>, limit: usize) -> Self {
        Log { plugin, left: limit, limit, full: false, last: VecDeque::new() }
    }

    pub(crate) fn write(&mut self, level: Level, message: &str) {
        // Kept even where the log is full: a panic's message comes last.
        if self.last.len() == LAST_LINES {
            self.last.pop_front();
        }
        self.last.push_back(cut(message, LAST_LINE).to_owned());
        if self.full {
            return;
        }
        // A line's end is a byte, too, or lines of none would never fill it.
        let fits = message.len() < self.left;
        let kept = cut(message, self.left);
        self.left = self.left.saturating_sub(kept.len() + 1);
        if fits || !kept.is_empty() {
            self.emit(level, kept);
        }
        if !fits {
            self.full = true;
            self.emit(Level::Warn, &format!("[cut: more than {} bytes of log]", self.limit));
        }
    }

    /// Gives the last lines and forgets them.
    pub(crate) fn take_last(&mut self) -> Option<String> {
        let lines: Vec<String> = std::mem::take(&mut self.last).into();
        (!lines.is_empty()).then(|| lines.join("\n"))
    }

    fn emit(&self, level: Level, message: &str) {
        let plugin: &str = &self.plugin;
        match level {
            Level::Debug => tracing::debug!(target: "meed::plugin", plugin, "{message}"),
            Level::Info => tracing::info!(target: "meed::plugin", plugin, "{message}"),
            Level::Warn => tracing::warn!(target: "meed::plugin", plugin, "{message}"),
            Level::Error => tracing::error!(target: "meed::plugin", plugin, "{message}"),
        }
    }
}

/// Gives the longest beginning of a text that has no more than `limit` bytes.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    &text[..text.floor_char_boundary(limit)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_log_still_keeps_the_last_lines() {
        let mut log = Log::new("p".into(), 4);
        for line in ["one", "two", "three", "four"] {
            log.write(Level::Info, line);
        }
        assert!(log.full);
        assert_eq!(log.left, 0);
        assert_eq!(log.take_last().as_deref(), Some("two\nthree\nfour"));
        assert_eq!(log.take_last(), None);
    }

    #[test]
    fn empty_lines_fill_a_log() {
        let mut log = Log::new("p".into(), 4);
        for _ in 0..4 {
            assert!(!log.full);
            log.write(Level::Info, "");
        }
        log.write(Level::Info, "");
        assert!(log.full);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("aé", 2), "a");
        assert_eq!(cut("aé", 3), "aé");
        assert_eq!(cut("a", 9), "a");
    }
}
