//! What the particle worlds look like from above.

use super::{Artist, Colour, Shape};

/// A state holds x, y and two velocities of every body that moves, then x and y of everything else.
struct World {
    agents: usize,
    prey: usize,
    things: usize,
    /// Radii of agents, prey and things.
    radius: [f64; 3],
}

pub(super) fn artist(env: &str) -> Option<Box<dyn Artist>> {
    if env == "lare/triangle-area" {
        return Some(Box::new(World { agents: 3, prey: 0, things: 3, radius: [0.15, 0.0, 0.4] }));
    }
    let (family, agents) = env.rsplit_once('-')?;
    let agents: usize = agents.parse().ok()?;
    let (prey, obstacles) = match agents {
        ..4 => (1, 2),
        4..10 => (2, 3),
        10..20 => (5, 5),
        _ => (10, 10),
    };
    let lare_radius = match agents {
        ..10 => [0.075, 0.05, 0.2],
        10..20 => [0.02, 0.01, 0.1],
        _ => [0.01, 0.005, 0.05],
    };
    Some(Box::new(match family {
        "mpe2/simple_spread" | "lare/spread" => World { agents, prey: 0, things: agents, radius: [0.15, 0.0, 0.05] },
        "mpe2/simple_tag" | "mpe2/simple_chase" => {
            World { agents, prey, things: obstacles, radius: [0.075, 0.05, 0.2] }
        }
        "lare/tag" => World { agents, prey, things: obstacles, radius: lare_radius },
        _ => return None,
    }))
}

impl Artist for World {
    fn shapes(&self) -> Vec<Shape> {
        let of = |count, radius, colour| std::iter::repeat_n(Shape::Dot(radius, colour), count);
        let [agent, prey, thing] = self.radius;
        let bodies = of(self.agents, agent, Colour::Agent).chain(of(self.prey, prey, Colour::Other));
        bodies.chain(of(self.things, thing, Colour::Thing)).collect()
    }

    fn draw(&mut self, state: &[f64], _: &[f32], out: &mut Vec<f64>) {
        let (movers, things) = state.split_at((4 * (self.agents + self.prey)).min(state.len()));
        movers.chunks_exact(4).for_each(|body| out.extend(&body[..2]));
        out.extend(things);
    }

    fn rate(&self) -> f64 {
        10.0
    }
}
