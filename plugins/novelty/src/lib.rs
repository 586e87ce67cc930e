//! Pays for states unlike those seen before: the mean distance to the nearest of an archive. Shows a stateful reward, with a
//! snapshot that restores it bit for bit.

use meed_guest::prelude::*;

meed_guest::stateful! {
    name: "novelty",
    summary: "Mean distance to the 15 nearest states of an archive",
    observation: Observation {
        cos: f32 = "1" in -1.0..=1.0,
        sin: f32 = "1" in -1.0..=1.0,
        velocity: f32 = "rad/s" in -8.0..=8.0,
    },
    factors: Factors { novelty: "mean distance, the velocity counted in units of its limit" in 0.0..=2.8285 },
    state: Novelty,
    observe: observe(observation),
    reward: novelty(observation),
}

/// Neighbours that count; novelty search's usual number.
const NEAREST: usize = 15;
/// States the archive holds: as many as keep a call of 1,024 rows within some milliseconds.
const CAPACITY: usize = 1024;

/// A uniform sample of all states that were observed.
struct Novelty {
    /// State by state.
    archive: Vec<[f32; 3]>,
    /// How many states were observed.
    seen: u64,
    /// State of the random numbers (SplitMix64).
    random: u64,
}

fn behaviour(observation: &Observation) -> [f32; 3] {
    [observation.cos, observation.sin, observation.velocity / 8.0]
}

impl Novelty {
    /// Keeps every state while there is room, and then each with the chance that leaves all equally likely to be kept.
    fn observe(&mut self, observation: &Observation) {
        self.seen += 1;
        if self.archive.len() < CAPACITY {
            self.archive.push(behaviour(observation));
            return;
        }
        let place = (self.next_random() % self.seen) as usize;
        if let Some(kept) = self.archive.get_mut(place) {
            *kept = behaviour(observation);
        }
    }

    /// Abstains while nothing has been observed: everything is new then, and nothing is newer than the rest.
    fn novelty(&self, observation: &Observation) -> Option<Factors> {
        let here = behaviour(observation);
        let mut distances: Vec<f32> = self.archive.iter().map(|other| distance(&here, other)).collect();
        let count = distances.len().min(NEAREST);
        if count == 0 {
            return None;
        }
        distances.select_nth_unstable_by(count - 1, f32::total_cmp);
        let nearest = &mut distances[..count];
        // Sorted, so that the sum does not depend on how the archive is ordered.
        nearest.sort_unstable_by(f32::total_cmp);
        Some(Factors { novelty: sum(nearest) / count as f32 })
    }

    fn next_random(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.random ^ (self.random >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

impl State for Novelty {
    fn new(seed: u64) -> Self {
        Novelty { archive: Vec::new(), seen: 0, random: seed }
    }

    fn save(&self, out: &mut Writer) {
        out.f32s(self.archive.as_flattened());
        out.u64(self.seen);
        out.u64(self.random);
    }

    fn load(input: &mut Reader<'_>) -> Option<Self> {
        let flat = input.f32s()?;
        let (states, rest) = flat.as_chunks::<3>();
        let sound = rest.is_empty() && states.len() <= CAPACITY;
        let state = Novelty { archive: states.to_vec(), seen: input.u64()?, random: input.u64()? };
        (sound && state.seen >= state.archive.len() as u64).then_some(state)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn circle(count: usize) -> Vec<f32> {
        (0..count)
            .map(|i| i as f32 * 0.37)
            .flat_map(|angle| [math::cos(angle), math::sin(angle), angle % 8.0])
            .collect()
    }

    #[test]
    fn what_was_seen_is_less_new() {
        let mut plugin = Plugin::new(3);
        let probe = Rows { rows: 2, observation: &[1.0, 0.0, 0.0, -1.0, 0.0, 0.0], ..Rows::default() };
        assert_eq!(plugin.evaluate(&probe).unscored.len(), 2);
        let seen = [1.0, 0.0, 0.0].repeat(20);
        plugin.observe(&Rows { rows: 20, observation: &seen, ..Rows::default() });
        assert_eq!(plugin.evaluate(&probe).values, [0.0, 2.0]);
    }

    #[test]
    fn a_restored_state_goes_on_bit_for_bit() {
        let (many, more) = (circle(5_000), circle(300));
        let (many, more) = (
            Rows { rows: 5_000, observation: &many, ..Rows::default() },
            Rows { rows: 300, observation: &more, ..Rows::default() },
        );
        let mut plugin = Plugin::new(3);
        plugin.observe(&many);
        let mut again = Plugin::restore(&plugin.snapshot()).unwrap();
        for plugin in [&mut plugin, &mut again] {
            plugin.observe(&more);
        }
        assert_eq!(plugin.snapshot(), again.snapshot());
        assert_eq!(plugin.evaluate(&more), again.evaluate(&more));
        assert_ne!(plugin.snapshot(), Plugin::new(3).snapshot());
    }

    #[test]
    fn an_archive_that_is_too_large_is_no_snapshot() {
        let mut state = Novelty::new(0);
        state.archive = vec![[0.0; 3]; CAPACITY + 1];
        state.seen = u64::MAX;
        assert!(Plugin::restore(&Plugin { state }.snapshot()).is_err());
    }
}
