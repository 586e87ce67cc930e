//! What watches a training.

use indicatif::{HumanCount, ProgressBar, ProgressStyle};

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
        let template = "{wide_bar} {human_pos}/{human_len} steps, {eta} left, {msg}";
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
        self.bar.set_message(message(metrics));
        self.bar.set_position(metrics.step.min(total));
    }
}

/// Says how it goes: the mean return of the last episodes, and how fast training has been, its pauses left out.
fn message(metrics: &Metrics) -> String {
    let gained = metrics.mean_return.map_or_else(|| "not known yet".into(), |mean| format!("{mean:.1}"));
    let rate = metrics.step as f64 / metrics.seconds.max(1e-9);
    format!("return {gained}, {} steps/s", HumanCount(rate.round() as u64))
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_return_and_steps_per_second() {
        let metrics = Metrics { step: 30_000, seconds: 2.0, mean_return: Some(-12.34), ..Metrics::default() };
        assert_eq!(message(&metrics), "return -12.3, 15,000 steps/s");
        assert_eq!(message(&Metrics { mean_return: None, ..metrics }), "return not known yet, 15,000 steps/s");
    }
}
