//! A stateful reward that counts how often it was asked, and so answers otherwise the second time.

use std::cell::Cell;

use meed_guest::prelude::*;

meed_guest::stateful! {
    name: "hostile",
    summary: "Changes when asked",
    observation: Observation { cos: f32 = "1" in -1.0..=1.0, sin: f32 = "1", velocity: f32 = "rad/s" },
    factors: Factors { value: "grows with every question" in 0.0.. },
    state: Asked,
    observe: observe(observation),
    reward: value(observation),
}

struct Asked(Cell<f32>);

impl Asked {
    fn observe(&mut self, observation: &Observation) {
        self.0.set(self.0.get() + math::abs(observation.sin));
    }

    fn value(&self, observation: &Observation) -> Factors {
        self.0.set(self.0.get() + 1.0);
        Factors { value: math::abs(observation.cos) + self.0.get() + 0.0 * observation.velocity }
    }
}

impl State for Asked {
    fn new(_seed: u64) -> Self {
        Asked(Cell::new(0.0))
    }

    fn save(&self, out: &mut Writer) {
        out.f32(self.0.get());
    }

    fn load(input: &mut Reader<'_>) -> Option<Self> {
        input.f32().map(|asked| Asked(Cell::new(asked)))
    }
}
