//! A training run as a page: what was trained, how the true return went, what came of it.
//!
//! The page is one file without scripts, for light and dark, wide and narrow. It is made from what the run directory holds, so
//! that a run which failed or was killed can be looked at, too.

use std::fmt::Write;

use crate::{AlgorithmName, Evaluation, Metrics, RewardIdentity, Run, State, TrainConfig};

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 200.0;

/// Writes the page. `judged` is the trained policy's evaluation, where there was one.
pub fn report(run: &Run, judged: Option<&Evaluation>) -> String {
    let config = &run.info.config;
    let rewards = &run.info.rewards;
    let name = |reward: &RewardIdentity| format!("<b>{} {}</b>", escape(&reward.name), escape(&reward.version));
    let reward_name = match &rewards[..] {
        [] => "the environment's own reward".into(),
        [one] => format!("the plugin {}", name(one)),
        several => several.iter().map(name).collect::<Vec<_>>().join(" and "),
    };
    let state = match (run.status.state, &run.status.error) {
        (State::Finished, _) => "finished".into(),
        (State::Failed, Some(error)) => format!("failed: {}", escape(error)),
        (State::Failed, None) => "failed".into(),
        (State::Running, _) => "running, or killed".into(),
    };
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>{env}: training</title><style>{STYLE}</style>\n\
         <h1>{env}, trained with {reward_name}</h1>\n<p class=soft>{steps} of {total} steps, seed {seed}, {state}\n",
        env = escape(&config.env),
        steps = run.status.steps,
        total = run.status.total_steps,
        seed = config.seed,
    );
    if let Some(judged) = judged {
        let _ = writeln!(
            page,
            "<p class=big>{:.1} ± {:.1}<p class=soft>true return of the trained policy: mean and standard deviation over {} \
             episodes, its best actions, the environment's own reward\n<h2>Returns of these episodes</h2>{}",
            judged.mean,
            judged.deviation,
            judged.returns.len(),
            chart(
                &judged.returns.iter().enumerate().map(|(i, r)| (i as f64, *r)).collect::<Vec<_>>(),
                "episode",
                Mark::Dot
            ),
        );
    }
    for (title, value) in CURVES {
        let points: Vec<(f64, f64)> = run
            .metrics
            .iter()
            .filter_map(|row| Some((row.step as f64, value(row)?)))
            .filter(|(_, y)| y.is_finite())
            .collect();
        let _ = writeln!(page, "<h2>{title}</h2>{}", chart(&points, "step", Mark::Line));
    }
    page.push_str("<h2>Hyper-parameters</h2><div class=scroll><table>\n");
    for reward in rewards {
        if let Some(hash) = reward.hash.as_deref() {
            let _ = writeln!(page, "<tr><th>{}, sha256<td><code>{}</code>", escape(&reward.name), escape(hash));
        }
    }
    if let Ok(serde_json::Value::Object(values)) = hyper_parameters(config) {
        for (name, value) in values {
            let _ = writeln!(page, "<tr><th>{}<td><code>{}</code>", escape(&name), escape(&value.to_string()));
        }
    }
    page + "</table></div></html>\n"
}

/// Gives the section of the configuration that the algorithm reads.
fn hyper_parameters(config: &TrainConfig) -> serde_json::Result<serde_json::Value> {
    match config.algorithm {
        AlgorithmName::Ppo => serde_json::to_value(&config.ppo),
        AlgorithmName::Sac => serde_json::to_value(&config.sac),
        AlgorithmName::Td3 => serde_json::to_value(&config.td3),
        AlgorithmName::Dqn => serde_json::to_value(&config.dqn),
    }
}

type Curve = (&'static str, fn(&Metrics) -> Option<f64>);

const CURVES: [Curve; 4] = [
    ("True return, mean of the last 100 episodes while exploring", |row| row.mean_return),
    ("Reward of a row, as training saw it", |row| Some(row.mean_reward)),
    ("Variance of the returns that the values explain", |row| row.explained_variance),
    ("Entropy of the policy", |row| row.entropy),
];

#[derive(Clone, Copy, PartialEq)]
enum Mark {
    Line,
    Dot,
}

/// Draws points, with the ends of both axes written beside them.
fn chart(points: &[(f64, f64)], axis: &str, mark: Mark) -> String {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return "<p class=soft>nothing recorded".into();
    };
    let low = points.iter().map(|(_, y)| *y).fold(f64::INFINITY, f64::min);
    let high = points.iter().map(|(_, y)| *y).fold(f64::NEG_INFINITY, f64::max);
    let place = |(x, y): (f64, f64)| {
        let across = if last.0 > first.0 { (x - first.0) / (last.0 - first.0) } else { 0.5 };
        let up = if high > low { (y - low) / (high - low) } else { 0.5 };
        (4.0 + across * (WIDTH - 8.0), 4.0 + (1.0 - up) * (HEIGHT - 8.0))
    };
    let mut marks = String::new();
    match mark {
        Mark::Line => {
            let path = points.iter().map(|point| place(*point)).map(|(x, y)| format!("{x:.1},{y:.1}"));
            let _ = write!(marks, "<polyline points='{}'/>", path.collect::<Vec<_>>().join(" "));
        }
        Mark::Dot => {
            for (x, y) in points.iter().map(|point| place(*point)) {
                let _ = write!(marks, "<circle cx='{x:.1}' cy='{y:.1}' r='2.5'/>");
            }
        }
    }
    format!(
        "<figure><div class=ends><span>{}</span></div><svg viewBox='0 0 {WIDTH} {HEIGHT}' role=img \
         aria-label='from {} to {}'>{marks}</svg><div class=ends><span>{}</span><span>{axis} {} to {}</span></div>\
         </figure>",
        number(high),
        number(first.1),
        number(last.1),
        number(low),
        first.0,
        last.0
    )
}

/// Writes four digits, more or less, without zeros that say nothing.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

const STYLE: &str = "
:root { color-scheme: light dark; --page: #fff; --text: #1c2127; --soft: #5b6570; --line: #d9dee4; --ink: #2b6cb0 }
@media (prefers-color-scheme: dark) { :root { --page: #14171a; --text: #e6e9ec; --soft: #9aa5b1; --line: #333a42; --ink: #74b3f0 } }
body { margin: 0 auto; max-width: 52rem; padding: 1.5rem 1rem 4rem; background: var(--page); color: var(--text);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
h1 { font-size: 1.4rem; margin: 0 } h2 { font-size: 1rem; margin: 2rem 0 .5rem } p { margin: .25rem 0 }
.soft, .ends { color: var(--soft); font-size: .875rem } .big { font-size: 2rem; font-weight: 700; margin-top: 1rem }
figure { margin: 0 } .ends { display: flex; justify-content: space-between; gap: 1rem }
svg { display: block; width: 100%; border: 1px solid var(--line); border-radius: .25rem }
polyline { fill: none; stroke: var(--ink); stroke-width: 2; stroke-linejoin: round } circle { fill: var(--ink) }
.scroll { overflow-x: auto } table { border-collapse: collapse } th { text-align: left; font-weight: 400; color: var(--soft) }
th, td { padding: .2rem 1.5rem .2rem 0; border-bottom: 1px solid var(--line) }
";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunInfo, Status};

    fn run(metrics: Vec<Metrics>) -> Run {
        let reward = RewardIdentity {
            name: "<b>&".into(),
            version: "0.1.0".into(),
            weight: 1.0,
            hash: Some("ab".into()),
            file: None,
        };
        Run {
            info: RunInfo::new(TrainConfig::new("Pendulum-v1", 1000, 7), Some(reward)),
            status: Status { state: State::Running, steps: 10, total_steps: 1000, error: None },
            metrics,
            policy: None,
            checkpoints: Vec::new(),
        }
    }

    #[test]
    fn what_a_plugin_says_is_escaped() {
        let page = report(&run(Vec::new()), None);
        assert!(page.contains("&lt;b&gt;&amp;") && !page.contains("<b><b>&"));
    }

    #[test]
    fn a_point_lies_where_its_number_is() {
        let svg = chart(&[(0.0, -10.0), (5.0, 0.0), (10.0, -5.0)], "step", Mark::Line);
        assert!(svg.contains("points='4.0,196.0 320.0,4.0 636.0,100.0'"), "{svg}");
    }

    #[test]
    fn a_run_without_a_row_says_so() {
        assert!(report(&run(Vec::new()), None).contains("nothing recorded"));
        assert!(
            report(&run(vec![Metrics { step: 1, mean_return: Some(-5.0), ..Metrics::default() }]), None)
                .contains("<polyline")
        );
    }
}
