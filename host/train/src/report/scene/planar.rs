//! What those of MuJoCo's bodies look like that live in a plane: the reacher from above, the runners from the side.
//!
//! Their shapes are those of Gymnasium's models, each a chain of capsules.

use super::{Artist, Colour, Shape};

pub(super) fn artist(env: &str) -> Option<Box<dyn Artist>> {
    if !meed_envs::MUJOCO_IDS.contains(&env) {
        return None;
    }
    Some(match env.rsplit_once('-')?.0 {
        "Reacher" => Box::new(Reacher),
        "HalfCheetah" => Box::new(Runner { parts: &CHEETAH, rest: 0.7, step: 0.05, x: 0.0 }),
        "Hopper" => Box::new(Runner { parts: &HOPPER, rest: 0.0, step: 0.008, x: 0.0 }),
        "Walker2d" => Box::new(Runner { parts: &WALKER, rest: 0.0, step: 0.008, x: 0.0 }),
        _ => return None,
    })
}

/// Cosines and sines of two joints, and where the target is. The links are 0.1 m and 0.11 m long.
struct Reacher;

impl Artist for Reacher {
    fn shapes(&self) -> Vec<Shape> {
        vec![Shape::Line(0.02, Colour::Agent), Shape::Line(0.02, Colour::Agent), Shape::Dot(0.012, Colour::Other)]
    }

    fn draw(&mut self, _: &[f64], observation: &[f32], out: &mut Vec<f64>) {
        let &[cos1, cos2, sin1, sin2, x, y, ..] = observation else { return };
        let [cos1, cos2, sin1, sin2, x, y] = [cos1, cos2, sin1, sin2, x, y].map(f64::from);
        let elbow = [0.1 * cos1, 0.1 * sin1];
        let tip = [elbow[0] + 0.11 * (cos1 * cos2 - sin1 * sin2), elbow[1] + 0.11 * (sin1 * cos2 + cos1 * sin2)];
        out.extend([0.0, 0.0, elbow[0], elbow[1], elbow[0], elbow[1], tip[0], tip[1], x, y]);
    }

    fn view(&self) -> Option<[f64; 4]> {
        Some([-0.25, -0.25, 0.5, 0.5])
    }

    fn rate(&self) -> f64 {
        50.0
    }
}

/// A capsule on a hinge.
struct Part {
    /// Which part it hangs on; the first one is the torso.
    parent: usize,
    /// Where the hinge is, seen from the parent's.
    hinge: [f64; 2],
    /// Which way the joint turns it: 1 with the clock, as seen here, -1 against it.
    turn: f64,
    /// The capsule's ends, seen from the hinge.
    ends: [[f64; 2]; 2],
    width: f64,
    colour: Colour,
}

const fn part(parent: usize, hinge: [f64; 2], turn: f64, ends: [[f64; 2]; 2], width: f64, colour: Colour) -> Part {
    Part { parent, hinge, turn, ends, width, colour }
}

/// A capsule's ends are its middle, and half its length along its axis either way.
const CHEETAH: [Part; 7] = [
    part(0, [0.0, 0.0], 1.0, [[-0.5, 0.0], [0.5, 0.0]], 0.092, Colour::Agent),
    part(0, [-0.5, 0.0], 1.0, [[0.011, -0.015], [0.189, -0.245]], 0.092, Colour::Agent),
    part(1, [0.16, -0.25], 1.0, [[-0.006, -0.004], [-0.274, -0.136]], 0.092, Colour::Agent),
    part(2, [-0.28, -0.14], 1.0, [[0.005, -0.006], [0.055, -0.188]], 0.092, Colour::Agent),
    part(0, [0.5, 0.0], 1.0, [[-0.004, -0.005], [-0.136, -0.235]], 0.092, Colour::Other),
    part(4, [-0.14, -0.24], 1.0, [[0.005, -0.003], [0.125, -0.177]], 0.092, Colour::Other),
    part(5, [0.13, -0.18], 1.0, [[0.005, -0.012], [0.085, -0.128]], 0.092, Colour::Other),
];

const HOPPER: [Part; 4] = [
    part(0, [0.0, 0.0], 1.0, [[0.0, 0.2], [0.0, -0.2]], 0.1, Colour::Agent),
    part(0, [0.0, -0.2], -1.0, [[0.0, 0.0], [0.0, -0.45]], 0.1, Colour::Agent),
    part(1, [0.0, -0.45], -1.0, [[0.0, 0.0], [0.0, -0.5]], 0.08, Colour::Agent),
    part(2, [0.0, -0.5], -1.0, [[-0.13, 0.0], [0.26, 0.0]], 0.12, Colour::Agent),
];

const WALKER: [Part; 7] = [
    part(0, [0.0, 0.0], 1.0, [[0.0, 0.2], [0.0, -0.2]], 0.1, Colour::Agent),
    part(0, [0.0, -0.2], -1.0, [[0.0, 0.0], [0.0, -0.45]], 0.1, Colour::Agent),
    part(1, [0.0, -0.45], -1.0, [[0.0, 0.0], [0.0, -0.5]], 0.08, Colour::Agent),
    part(2, [0.0, -0.5], -1.0, [[0.0, 0.0], [0.2, 0.0]], 0.12, Colour::Agent),
    part(0, [0.0, -0.2], -1.0, [[0.0, 0.0], [0.0, -0.45]], 0.1, Colour::Other),
    part(4, [0.0, -0.45], -1.0, [[0.0, 0.0], [0.0, -0.5]], 0.08, Colour::Other),
    part(5, [0.0, -0.5], -1.0, [[0.0, 0.0], [0.2, 0.0]], 0.12, Colour::Other),
];

/// A height, an angle, a joint for each further part, then the velocities, the one along the ground first. The picture goes along
/// with the body; marks on the ground, a metre apart, show how fast it is.
struct Runner {
    parts: &'static [Part],
    /// Height of the torso where the joint of the height is at 0.
    rest: f64,
    /// Seconds of a step.
    step: f64,
    /// How far it has come, in metres.
    x: f64,
}

const MARKS: usize = 4;

impl Artist for Runner {
    fn shapes(&self) -> Vec<Shape> {
        let marks = std::iter::repeat_n(Shape::Line(0.02, Colour::Thing), MARKS);
        marks.chain(self.parts.iter().map(|part| Shape::Line(part.width, part.colour))).collect()
    }

    fn scenery(&self) -> String {
        "<line class=ground stroke-width='.02' x1='-2' y1='0' x2='2' y2='0'/>".into()
    }

    fn draw(&mut self, _: &[f64], observation: &[f32], out: &mut Vec<f64>) {
        let joints = self.parts.len() + 1;
        if observation.len() < joints + 1 {
            return;
        }
        for mark in 0..MARKS {
            let x = (mark as f64 - self.x).rem_euclid(MARKS as f64) - 2.0;
            out.extend([x, -0.02, x, -0.12]);
        }
        self.x += f64::from(observation[joints]) * self.step;
        let mut placed: Vec<([f64; 2], f64)> = Vec::with_capacity(self.parts.len());
        for (index, part) in self.parts.iter().enumerate() {
            let (from, angle) =
                if index == 0 { ([0.0, self.rest + f64::from(observation[0])], 0.0) } else { placed[part.parent] };
            let hinge = if index == 0 { from } else { turned(from, part.hinge, angle) };
            let angle = angle + part.turn * f64::from(observation[index + 1]);
            placed.push((hinge, angle));
            part.ends.iter().for_each(|end| out.extend(turned(hinge, *end, angle)));
        }
    }

    fn view(&self) -> Option<[f64; 4]> {
        Some([-1.6, -0.2, 3.2, 2.0])
    }

    fn rate(&self) -> f64 {
        1.0 / self.step
    }
}

/// Gives the place that lies `off` from another one, turned with the clock.
fn turned(from: [f64; 2], off: [f64; 2], angle: f64) -> [f64; 2] {
    let (sin, cos) = angle.sin_cos();
    [from[0] + off[0] * cos + off[1] * sin, from[1] - off[0] * sin + off[1] * cos]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(mut artist: Box<dyn Artist>, observation: &[f32]) -> Vec<f64> {
        let mut out = Vec::new();
        artist.draw(&[], observation, &mut out);
        out.split_off(out.len() - 4)
    }

    #[test]
    fn a_walker_at_rest_stands_on_the_ground_and_bends_its_knees_backwards() {
        let mut observation = [0.0f32; 17];
        observation[0] = 1.25;
        let walker = || artist("Walker2d-v5").unwrap_or_else(|| Box::new(Reacher));
        let foot = last(walker(), &observation);
        assert!(
            foot.iter().zip([0.0, 0.1, 0.2, 0.1]).all(|(number, wanted)| (number - wanted).abs() < 1e-9),
            "{foot:?}"
        );
        // Its knees bend by negative angles, and its lower legs then point back.
        observation[6] = -1.0;
        let foot = last(walker(), &observation);
        assert!(foot[0] < -0.3 && foot[1] > 0.2, "{foot:?}");
    }

    #[test]
    fn the_reachers_tip_is_where_its_observation_says() {
        // The joints at 90 and 0 degrees: the arm points up.
        let mut out = Vec::new();
        Reacher.draw(&[], &[0.0, 1.0, 1.0, 0.0, 0.05, 0.06, 0.0, 0.0, -0.05, 0.15], &mut out);
        assert!((out[6]).abs() < 1e-9 && (out[7] - 0.21).abs() < 1e-9 && out[8] == f64::from(0.05f32));
    }
}
