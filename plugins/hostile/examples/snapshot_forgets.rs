//! A stateful reward whose snapshot leaves out half of its state.

use meed_guest::prelude::*;

meed_guest::stateful! {
    name: "hostile",
    summary: "Forgets when restored",
    observation: Observation { cos: f32 = "1" in -1.0..=1.0, sin: f32 = "1", velocity: f32 = "rad/s" },
    factors: Factors { value: "distance from the mean of what was seen" in 0.0.. },
    state: Mean,
    observe: observe(observation),
    reward: value(observation),
}

struct Mean {
    sum: f32,
    count: f32,
}

impl Mean {
    fn observe(&mut self, observation: &Observation) {
        self.sum += observation.velocity;
        self.count += 1.0;
    }

    fn value(&self, observation: &Observation) -> Factors {
        let mean = self.sum / math::max(self.count, 1.0);
        Factors { value: math::abs(observation.velocity - mean) + math::abs(observation.cos * observation.sin) }
    }
}

impl State for Mean {
    fn new(_seed: u64) -> Self {
        Mean { sum: 0.0, count: 0.0 }
    }

    fn save(&self, out: &mut Writer) {
        out.f32(self.sum);
    }

    fn load(input: &mut Reader<'_>) -> Option<Self> {
        Some(Mean { sum: input.f32()?, count: 0.0 })
    }
}
