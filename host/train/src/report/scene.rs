//! An episode of a policy as a moving picture: lines and dots in a plane, and where they are in each frame.
//!
//! Pictures are drawn from an environment's state, without a renderer. What a state looks like is written down for the classic control
//! tasks, the particle worlds, and those of MuJoCo that live in a plane; other environments have no picture.

mod classic;
mod particles;
mod planar;

use std::fmt::Write;

use meed_envs::VectorEnv;

use super::text::escape;
use crate::{Policy, Run};

/// Frames of a picture at most: an episode's first ones.
const FRAMES: usize = 400;

/// What draws an environment's states.
trait Artist {
    /// What is in the picture.
    fn shapes(&self) -> Vec<Shape>;
    /// What of it stays where it is, as SVG.
    fn scenery(&self) -> String {
        String::new()
    }
    /// Puts the shapes where a state has them, each with the numbers that it takes.
    fn draw(&mut self, state: &[f64], observation: &[f32], out: &mut Vec<f64>);
    /// The rectangle that is seen: left, bottom, width and height. Where it is not given, it is what the shapes need.
    fn view(&self) -> Option<[f64; 4]> {
        None
    }
    /// Frames in a second of the environment's time.
    fn rate(&self) -> f64;
}

/// Something that moves.
#[derive(Clone, Copy)]
enum Shape {
    /// A line with round ends, of a width: x and y of either end.
    Line(f64, Colour),
    /// A disc of a radius: x and y.
    Dot(f64, Colour),
}

/// What a shape is to the viewer.
#[derive(Clone, Copy)]
enum Colour {
    /// The agent.
    Agent,
    /// Another part of it, or whom it is after.
    Other,
    /// What stands in the way, or is to be reached.
    Thing,
}

/// A whole episode.
struct Scene {
    shapes: Vec<Shape>,
    scenery: String,
    view: [f64; 4],
    rate: f64,
    /// The shapes' numbers, frame by frame.
    frames: Vec<Vec<f64>>,
    /// Sum of the environment's own reward over the steps shown; of several agents the mean of their sums.
    gained: f64,
    /// Whether the episode goes on after the last frame.
    cut: bool,
}

/// Shows the first episode of a run's newest policy, drawn as HTML; nothing where there is no policy, or no picture of its environment.
/// A policy that can't play is told of in place of the picture.
pub(super) fn html(run: &Run) -> Option<String> {
    let file = run.policy.as_ref()?;
    let artist = artist(&run.info.config.env)?;
    Some(match Policy::load(file).map_err(|error| error.to_string()).and_then(|policy| play(&policy, artist)) {
        Ok(scene) => scene.html(),
        Err(reason) => format!("<p class=soft>No picture: {}</p>", escape(&reason)),
    })
}

fn artist(env: &str) -> Option<Box<dyn Artist>> {
    classic::artist(env).or_else(|| particles::artist(env)).or_else(|| planar::artist(env))
}

fn play(policy: &Policy, mut artist: Box<dyn Artist>) -> Result<Scene, String> {
    let mut env = policy.make_env(1, 0).map_err(|error| error.to_string())?;
    let agents = env.spec().agents as f64;
    let (mut frames, mut gained, mut cut) = (Vec::new(), 0.0, true);
    let mut take = |env: &dyn VectorEnv| {
        let mut frame = Vec::new();
        artist.draw(env.state(0), env.observation(), &mut frame);
        frames.push(frame);
        frames.len()
    };
    while take(&*env) < FRAMES {
        let action = policy.act(env.observation());
        let step = env.step(&action).map_err(|error| error.to_string())?;
        gained += step.reward_f64.iter().sum::<f64>() / agents;
        if step.terminated[0] || step.truncated[0] {
            cut = false;
            break;
        }
    }
    let view = artist.view().unwrap_or_else(|| around(&artist.shapes(), &frames));
    Ok(Scene { shapes: artist.shapes(), scenery: artist.scenery(), view, rate: artist.rate(), frames, gained, cut })
}

/// Gives the smallest square, with a margin, that holds all shapes in all frames.
fn around(shapes: &[Shape], frames: &[Vec<f64>]) -> [f64; 4] {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    for frame in frames {
        let mut numbers = frame.chunks_exact(2);
        for shape in shapes {
            let (points, reach) = match shape {
                Shape::Line(width, _) => (2, width / 2.0),
                Shape::Dot(radius, _) => (1, *radius),
            };
            for point in numbers.by_ref().take(points) {
                for axis in 0..2 {
                    low[axis] = low[axis].min(point[axis] - reach);
                    high[axis] = high[axis].max(point[axis] + reach);
                }
            }
        }
    }
    let side = (high[0] - low[0]).max(high[1] - low[1]).max(1e-3) * 1.06;
    [(low[0] + high[0] - side) / 2.0, (low[1] + high[1] - side) / 2.0, side, side]
}

impl Scene {
    fn html(&self) -> String {
        let [left, bottom, width, height] = self.view;
        let mut svg = format!(
            "<svg class=stage viewBox='{left:.4} {:.4} {width:.4} {height:.4}' role=img aria-label='the policy at work'>\
             <g transform='scale(1 -1)'><g>{}</g>",
            -(bottom + height),
            self.scenery
        );
        let mut numbers = self.frames.first().map_or(&[][..], |frame| frame);
        for shape in &self.shapes {
            match (shape, numbers) {
                (Shape::Line(width, colour), [x1, y1, x2, y2, rest @ ..]) => {
                    let class = colour.class();
                    let _ = write!(
                        svg,
                        "<line class={class} stroke-width='{width}' x1='{x1:.3}' y1='{y1:.3}' x2='{x2:.3}' y2='{y2:.3}'/>"
                    );
                    numbers = rest;
                }
                (Shape::Dot(radius, colour), [x, y, rest @ ..]) => {
                    let _ = write!(svg, "<circle class={} r='{radius}' cx='{x:.3}' cy='{y:.3}'/>", colour.class());
                    numbers = rest;
                }
                _ => {}
            }
        }
        svg.push_str("</g></svg>");
        let last = self.frames.len().saturating_sub(1);
        let frames: Vec<String> = self
            .frames
            .iter()
            .map(|frame| frame.iter().map(|number| format!("{number:.3}")).collect::<Vec<_>>().join(" "))
            .collect();
        format!(
            "<div class=scene data-rate='{:.3}' data-frames='{}'>{svg}<div class=controls><button type=button>Play</button>\
             <input type=range min=0 max={last} value=0 aria-label='step'><output>step 0</output></div>\
             <p class=soft>{} steps, true return {:.1}{}</p></div>",
            self.rate,
            frames.join(";"),
            last + usize::from(!self.cut),
            self.gained,
            if self.cut { " so far: the episode goes on" } else { "" }
        )
    }
}

impl Colour {
    fn class(self) -> &'static str {
        match self {
            Colour::Agent => "agent",
            Colour::Other => "other",
            Colour::Thing => "thing",
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::TrainConfig;

    fn scene(env: &str) -> Scene {
        let spec = meed_envs::spec(env).unwrap();
        let config = TrainConfig::new(env, 1, 0);
        let policy = Policy::new(&spec, &config, &mut ChaCha8Rng::seed_from_u64(0)).unwrap();
        play(&policy, artist(env).unwrap()).unwrap()
    }

    #[test]
    fn every_environment_that_is_drawn_gives_each_shape_its_numbers_in_every_frame() {
        let drawn: Vec<&str> = meed_envs::ids().filter(|env| artist(env).is_some()).collect();
        assert!(drawn.len() >= 26, "{drawn:?}");
        for env in drawn {
            let scene = scene(env);
            let needed: usize = scene.shapes.iter().map(|shape| if let Shape::Line(..) = shape { 4 } else { 2 }).sum();
            assert!(scene.frames.iter().all(|frame| frame.len() == needed), "{env}");
            // Particles that a fresh policy leaves alone stay where they are.
            assert!(scene.frames.len() > 1 && (env.contains('/') || scene.frames[0] != scene.frames[1]), "{env}");
            let html = scene.html();
            assert_eq!(
                html.matches("<line class").count() - scene.scenery.matches("<line class").count()
                    + html.matches("<circle class").count(),
                scene.shapes.len()
            );
            assert_eq!(html.matches(';').count() + 1, scene.frames.len(), "{env}");
        }
        assert!(artist("gym:LunarLander-v3").is_none());
    }

    #[test]
    fn the_view_holds_everything() {
        let shapes = [Shape::Dot(1.0, Colour::Agent), Shape::Line(0.0, Colour::Thing)];
        let [left, bottom, width, height] = around(&shapes, &[vec![0.0, 0.0, 0.0, 0.0, 9.0, 0.0]]);
        assert!(left < -1.0 && left + width > 9.0 && bottom < -1.0 && bottom + height > 1.0);
    }
}
