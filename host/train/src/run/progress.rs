//! What watches a training.

use indicatif::{ProgressBar, ProgressStyle};

use crate::Metrics;

/// Something that is told of every update.
pub trait Progress {
    /// Hears of an update; `total` is the number of environment steps to take.
    fn update(&mut self, metrics: &Metrics, total: u64);
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn update(&mut self, _metrics: &Metrics, _total: u64) {}
}

/// Draws a bar on stderr where that is a terminal, and nothing where it is not.
#[derive(Debug)]
pub struct Bar {
    bar: ProgressBar,
}

impl Bar {
    /// Makes a bar; it shows with the first update and goes when it is dropped.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        let template = "{wide_bar} {human_pos}/{human_len} steps, {eta} left, return {msg}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        Bar { bar }
    }
}

impl Default for Bar {
    fn default() -> Self {
        Bar::new()
    }
}

impl Progress for Bar {
    fn update(&mut self, metrics: &Metrics, total: u64) {
        self.bar.set_length(total);
        self.bar.set_message(metrics.mean_return.map_or_else(|| "not known yet".into(), |mean| format!("{mean:.1}")));
        self.bar.set_position(metrics.step.min(total));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
