//! What the classic control tasks look like.

use super::{Artist, Colour, Shape};

pub(super) fn artist(env: &str) -> Option<Box<dyn Artist>> {
    Some(match env {
        "CartPole-v1" => Box::new(CartPole),
        "Pendulum-v1" => Box::new(Pendulum),
        "MountainCar-v0" => Box::new(MountainCar { goal: 0.5 }),
        "MountainCarContinuous-v0" => Box::new(MountainCar { goal: 0.45 }),
        "Acrobot-v1" => Box::new(Acrobot),
        _ => return None,
    })
}

/// Position and velocity of the cart, angle and angular velocity of the pole, which is 1 m long; upright is 0.
struct CartPole;

impl Artist for CartPole {
    fn shapes(&self) -> Vec<Shape> {
        vec![Shape::Line(0.25, Colour::Thing), Shape::Line(0.1, Colour::Agent)]
    }

    fn scenery(&self) -> String {
        "<line class=ground stroke-width='.02' x1='-2.4' y1='0' x2='2.4' y2='0'/>".into()
    }

    fn draw(&mut self, state: &[f64], _: &[f32], out: &mut Vec<f64>) {
        let &[x, _, angle, _] = state else { return };
        out.extend([x - 0.2, 0.0, x + 0.2, 0.0, x, 0.1, x + angle.sin(), 0.1 + angle.cos()]);
    }

    fn view(&self) -> Option<[f64; 4]> {
        Some([-2.6, -0.5, 5.2, 2.0])
    }

    fn rate(&self) -> f64 {
        50.0
    }
}

/// Angle, counted from upright against the clock, and velocity.
struct Pendulum;

impl Artist for Pendulum {
    fn shapes(&self) -> Vec<Shape> {
        vec![Shape::Line(0.14, Colour::Agent), Shape::Dot(0.05, Colour::Thing)]
    }

    fn draw(&mut self, state: &[f64], _: &[f32], out: &mut Vec<f64>) {
        let &[angle, _] = state else { return };
        out.extend([0.0, 0.0, -angle.sin(), angle.cos(), 0.0, 0.0]);
    }

    fn view(&self) -> Option<[f64; 4]> {
        Some([-2.0, -1.15, 4.0, 2.3])
    }

    fn rate(&self) -> f64 {
        20.0
    }
}

/// Position and velocity in a valley of the form of a sine.
struct MountainCar {
    goal: f64,
}

fn height(x: f64) -> f64 {
    (3.0 * x).sin() * 0.45 + 0.55
}

impl Artist for MountainCar {
    fn shapes(&self) -> Vec<Shape> {
        vec![Shape::Dot(0.05, Colour::Agent)]
    }

    fn scenery(&self) -> String {
        let points: Vec<String> =
            (0..=60).map(|i| -1.2 + 1.8 * f64::from(i) / 60.0).map(|x| format!("{x:.3},{:.3}", height(x))).collect();
        let (x, y) = (self.goal, height(self.goal));
        format!(
            "<polyline class=ground stroke-width='.01' points='{}'/>\
             <line class=thing stroke-width='.02' x1='{x}' y1='{y:.3}' x2='{x}' y2='{:.3}'/>",
            points.join(" "),
            y + 0.2
        )
    }

    fn draw(&mut self, state: &[f64], _: &[f32], out: &mut Vec<f64>) {
        let &[x, _] = state else { return };
        out.extend([x, height(x) + 0.05]);
    }

    fn view(&self) -> Option<[f64; 4]> {
        Some([-1.3, -0.05, 2.0, 1.35])
    }

    fn rate(&self) -> f64 {
        30.0
    }
}

/// Two angles, the first counted from hanging, the second from the first, and their velocities. Both links are 1 m long.
struct Acrobot;

impl Artist for Acrobot {
    fn shapes(&self) -> Vec<Shape> {
        vec![Shape::Line(0.16, Colour::Agent), Shape::Line(0.16, Colour::Other), Shape::Dot(0.06, Colour::Thing)]
    }

    fn scenery(&self) -> String {
        "<line class=ground stroke-width='.02' x1='-2.2' y1='1' x2='2.2' y2='1'/>".into()
    }

    fn draw(&mut self, state: &[f64], _: &[f32], out: &mut Vec<f64>) {
        let &[first, second, ..] = state else { return };
        let elbow = [first.sin(), -first.cos()];
        let tip = [elbow[0] + (first + second).sin(), elbow[1] - (first + second).cos()];
        out.extend([0.0, 0.0, elbow[0], elbow[1], elbow[0], elbow[1], tip[0], tip[1], 0.0, 0.0]);
    }

    fn view(&self) -> Option<[f64; 4]> {
        Some([-2.3, -2.25, 4.6, 4.5])
    }

    fn rate(&self) -> f64 {
        15.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upright_pole_stands_up_and_a_hanging_acrobot_hangs() {
        let mut out = Vec::new();
        CartPole.draw(&[1.0, 0.0, 0.0, 0.0], &[], &mut out);
        assert_eq!(out[4..], [1.0, 0.1, 1.0, 1.1]);
        out.clear();
        Pendulum.draw(&[std::f64::consts::PI, 0.0], &[], &mut out);
        assert!(out[3] < -0.999);
        out.clear();
        Acrobot.draw(&[0.0; 4], &[], &mut out);
        assert_eq!(out[4..8], [0.0, -1.0, 0.0, -2.0]);
    }
}
