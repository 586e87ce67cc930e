//! The author's source without a sandbox.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use meed_guest::arena::Arena;

use crate::candidate::Candidate;
use crate::rewards::Reward;
use crate::rows::Batch;

/// The function in a plain loop over row-major rows.
pub(crate) struct Native {
    name: &'static str,
    score: fn(&[f32], &[f32], &mut [f32]),
    batch: Batch,
    out: Vec<f32>,
}

impl Native {
    /// As a release is compiled: what everything is held against.
    pub(crate) fn plain(reward: &'static Reward, batch: &Batch) -> Self {
        Self::new("native", reward.native, reward, batch)
    }

    /// With the flags that plugins are compiled with.
    pub(crate) fn flagged(reward: &'static Reward, batch: &Batch) -> Self {
        Self::new("native-flags", reward.flagged, reward, batch)
    }

    fn new(name: &'static str, score: fn(&[f32], &[f32], &mut [f32]), reward: &Reward, batch: &Batch) -> Self {
        Native { name, score, batch: batch.clone(), out: vec![0.0; batch.rows * reward.factors] }
    }
}

impl Candidate for Native {
    fn name(&self) -> &'static str {
        self.name
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        (self.score)(&self.batch.observation, &self.batch.action, &mut self.out);
        Ok(self.out.clone())
    }

    fn time(&mut self, times: u32) -> Result<Duration> {
        let begin = Instant::now();
        for _ in 0..times {
            let Batch { observation, action, .. } = black_box(&self.batch);
            (self.score)(observation, action, black_box(&mut self.out));
        }
        Ok(begin.elapsed())
    }
}

/// The SDK's loop over tiles of columns, compiled natively.
pub(crate) struct Lanes {
    reward: &'static Reward,
    batch: Batch,
    arena: Arena,
}

impl Lanes {
    pub(crate) fn new(reward: &'static Reward, batch: &Batch) -> Result<Self> {
        let mut arena = Arena::new();
        ensure!((reward.open)(&mut arena, batch.rows), "an arena has no room for {} rows", batch.rows);
        batch.write_tiles(arena.input());
        Ok(Lanes { reward, batch: batch.clone(), arena })
    }
}

impl Candidate for Lanes {
    fn name(&self) -> &'static str {
        "native-lanes"
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        let unscored = (self.reward.lanes)(&mut self.arena, self.batch.rows).context("the arena has no such room")?;
        ensure!(unscored == 0, "{unscored} rows have no score");
        Ok(self.batch.read_tiles(self.arena.output(), self.reward.factors))
    }

    fn time(&mut self, times: u32) -> Result<Duration> {
        let begin = Instant::now();
        for _ in 0..times {
            black_box((self.reward.lanes)(black_box(&mut self.arena), self.batch.rows));
        }
        Ok(begin.elapsed())
    }
}
