//! The pictures of a design's page: the tree of its candidates, and the curves of what agents learnt.

use std::collections::HashMap;
use std::fmt::Write;

use super::{class, text};
use crate::design_dir::{AttemptView, DesignView};
use crate::quote::excerpt;
use crate::strategy::{Fate, Verdict};

/// Sizes in the picture of the tree.
const NODE: (usize, usize) = (132, 44);
const GAP: (usize, usize) = (56, 14);
const HEAD: usize = 26;
/// Sizes in the picture of the curves.
const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 224.0;

/// Whether a candidate is the chosen one, the candidate, and the points of its training.
type Curve<'a> = (bool, &'a AttemptView, Vec<(f64, f64)>);

impl DesignView {
    /// Draws the candidates, a column a round, with a line from each to what was made of it.
    pub(super) fn tree(&self) -> String {
        let mut places: HashMap<&str, (usize, usize)> = HashMap::new();
        let mut filled: Vec<usize> = Vec::new();
        for AttemptView { outcome, .. } in &self.attempts {
            let round = outcome.id.split('-').nth(1).and_then(|round| round.parse().ok()).unwrap_or(0_usize).min(64);
            if filled.len() <= round {
                filled.resize(round + 1, 0);
            }
            let place = (round * (NODE.0 + GAP.0) + 2, HEAD + filled[round] * (NODE.1 + GAP.1));
            filled[round] += 1;
            places.insert(&outcome.id, place);
        }
        let width = filled.len() * (NODE.0 + GAP.0) - if filled.is_empty() { 0 } else { GAP.0 } + 4;
        let height = HEAD + filled.iter().max().unwrap_or(&0) * (NODE.1 + GAP.1);
        let line = self.line();
        let (mut lines, mut nodes) = (String::new(), String::new());
        for attempt in &self.attempts {
            let outcome = &attempt.outcome;
            let Some(&(x, y)) = places.get(outcome.id.as_str()) else { continue };
            for (parent, &(left, top)) in
                outcome.parents.iter().filter_map(|parent| Some((parent, places.get(parent.as_str())?)))
            {
                let (from, middle) = (left + NODE.0, y + NODE.1 / 2);
                let bend = (from + x) / 2;
                let on = if line.contains(&outcome.id.as_str()) && line.contains(&parent.as_str()) {
                    " class=\"line\""
                } else {
                    ""
                };
                let _ = write!(
                    lines,
                    "<path{on} d=\"M{from} {} C{bend} {} {bend} {middle} {x} {middle}\"/>",
                    top + NODE.1 / 2,
                    top + NODE.1 / 2
                );
            }
            let chosen = self.winner().is_some_and(|winner| winner.outcome.id == outcome.id);
            let _ = write!(
                nodes,
                "<g class=\"{}{}\"><rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" rx=\"6\"/><text x=\"{}\" y=\"{}\">{}</text>\
                 <text class=\"why\" x=\"{}\" y=\"{}\">{}</text></g>",
                class(outcome.verdict()),
                if chosen { " chosen" } else { "" },
                NODE.0,
                NODE.1,
                x + 8,
                y + 18,
                text(&outcome.id),
                x + 8,
                y + 35,
                text(&short(attempt))
            );
        }
        let heads: String = (0..filled.len())
            .map(|round| {
                format!(
                    "<text class=\"head\" x=\"{}\" y=\"14\">{}</text>",
                    round * (NODE.0 + GAP.0) + 2,
                    if round == 0 { "first drafts".into() } else { format!("round {round}") }
                )
            })
            .collect();
        format!(
            "<h2>From drafts to a reward</h2>\n<div class=\"scroll\"><svg class=\"tree\" width=\"{width}\" height=\"{height}\" \
             role=\"img\" aria-label=\"The candidates round by round; each is described below\">{heads}{lines}{nodes}</svg></div>\n"
        )
    }

    /// Lists the winner and all that it was made from.
    fn line(&self) -> Vec<&str> {
        let mut line: Vec<&str> = self.winner().map(|winner| winner.outcome.id.as_str()).into_iter().collect();
        let mut next = 0;
        while let Some(id) = line.get(next).copied() {
            next += 1;
            let found = self.attempts.iter().find(|attempt| attempt.outcome.id == id);
            for parent in found.into_iter().flat_map(|attempt| &attempt.outcome.parents) {
                if !line.contains(&parent.as_str()) {
                    line.push(parent);
                }
            }
        }
        line
    }

    /// Draws the true return over each training, the winner's on top.
    pub(super) fn curves(&self) -> String {
        let mut curves: Vec<Curve<'_>> = Vec::new();
        for attempt in &self.attempts {
            let Some(training) = &attempt.training else { continue };
            let points = training.curve.iter().filter_map(|point| Some((point.step as f64, point.true_return?)));
            let points: Vec<(f64, f64)> = points.filter(|(_, value)| value.is_finite()).collect();
            if !points.is_empty() {
                let chosen = self.winner().is_some_and(|winner| winner.outcome.id == attempt.outcome.id);
                curves.push((chosen, attempt, points));
            }
        }
        if curves.is_empty() {
            return String::new();
        }
        curves.sort_by_key(|(chosen, ..)| *chosen);
        let all = || curves.iter().flat_map(|(_, _, points)| points.iter());
        let most = all().map(|(x, _)| *x).fold(1.0, f64::max);
        let (low, high) =
            all().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), (_, y)| (low.min(*y), high.max(*y)));
        let span = if high > low { high - low } else { 1.0 };
        let mut paths = String::new();
        for (chosen, attempt, points) in &curves {
            let place = |(x, y): &(f64, f64)| {
                format!("{:.1} {:.1}", x / most * WIDTH, 4.0 + (high - y) / span * (HEIGHT - 8.0))
            };
            let path: Vec<String> = points.iter().map(place).collect();
            let class = if *chosen { " class=\"line\"" } else { "" };
            let _ = write!(
                paths,
                "<path{class} vector-effect=\"non-scaling-stroke\" d=\"M{}\"><title>{}</title></path>",
                path.join("L"),
                text(&attempt.outcome.id)
            );
        }
        format!(
            "<h2>What agents learnt</h2>\n<p class=\"soft\">True return while training, by the environment's own reward; the chosen \
             candidate's in colour.</p>\n<div class=\"ends soft\"><span>{high:.1}</span></div><svg class=\"curve\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             preserveAspectRatio=\"none\" role=\"img\" aria-label=\"True return over the training\">{paths}</svg>\n\
             <div class=\"ends soft\"><span>{low:.1}</span><span>{most} steps</span></div>\n"
        )
    }
}

/// Says in a few words what became of an attempt.
fn short(attempt: &AttemptView) -> String {
    let words = match &attempt.outcome.fate {
        Fate::NoCode { code, .. } | Fate::NotBuilt { code, .. } => code.clone(),
        Fate::Rejected { .. } => "critic says no".into(),
        Fate::Judged { verdict: Verdict::Fail, findings } => {
            findings.first().map_or_else(String::new, |first| first.code.clone())
        }
        Fate::Judged { verdict, .. } => match attempt.hidden {
            Some(hidden) if hidden < *verdict => format!("hidden data: {hidden}"),
            _ => verdict.to_string(),
        },
    };
    match attempt.training.as_ref().and_then(|training| training.score) {
        Some(score) => excerpt(&format!("{words}, return {score:.0}"), 20),
        None => excerpt(&words, 20),
    }
}
