//! A design as one HTML file that needs nothing else: no script, no font, no network.

mod pictures;

use std::fmt::Write;

use crate::design_dir::{AttemptView, DesignView};
use crate::quote::excerpt;
use crate::strategy::{Evidence, Fate, Outcome, Verdict};

const STYLE: &str = include_str!("page.css");
/// Nothing may be loaded or run, whatever a candidate's texts say.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

impl DesignView {
    /// Writes the design as a page, for light and dark, wide and narrow screens.
    pub fn html(&self) -> String {
        let name = text(&self.task.name);
        let winner = self.winner();
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{name}: design</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n"
        );
        page.push_str(&self.head(&name));
        page.push_str(&self.tree());
        if let Some(winner) = winner {
            page.push_str(&factors(winner));
        }
        page.push_str(&self.curves());
        page.push_str("<h2>Candidates</h2>\n");
        for attempt in &self.attempts {
            page.push_str(&card(attempt, winner.is_some_and(|winner| winner.outcome.id == attempt.outcome.id)));
        }
        page.push_str(&self.foot());
        page.push_str("</body>\n</html>\n");
        page
    }

    fn winner(&self) -> Option<&AttemptView> {
        let id = self.result.as_ref()?.winner.as_ref()?;
        self.attempts.iter().find(|attempt| attempt.outcome.id == *id)
    }

    fn head(&self, name: &str) -> String {
        let (class, word) = match &self.result {
            None => ("open", "not finished".to_owned()),
            Some(summary) => match summary.verdict {
                Some(verdict) => (class(Some(verdict)), verdict.to_string()),
                None => ("fail", "none passed".into()),
            },
        };
        let mut facts = vec![format!("{} candidates", self.attempts.len())];
        if let Some(summary) = &self.result {
            if let Some(winner) = &summary.winner {
                facts.insert(0, format!("{} is chosen", text(winner)));
            }
            facts.push(format!("{} tokens", summary.tokens));
            if let (Some(cost), Some(prices)) = (summary.cost, &self.task.prices) {
                facts.push(format!("{cost:.4} {}", text(&prices.currency)));
            }
        }
        facts.push(format!("strategy {}", self.run.strategy.name()));
        facts.push(format!("model {}", text(&self.run.model)));
        format!(
            "<header>\n<span class=\"verdict {class}\">{word}</span>\n<div><h1>{name}</h1><p>{}</p>\n\
             <p class=\"soft\">{}</p></div>\n</header>\n",
            text(self.task.words.trim()),
            facts.join(" · ")
        )
    }

    fn foot(&self) -> String {
        let mut facts = vec![format!("Meed {}", text(&self.run.meed_version)), format!("task {}", self.task.hash())];
        facts.extend(self.run.place.iter().map(|place| format!("asked at {}", text(place))));
        format!("<p class=\"soft\">{}</p>\n", facts.join(" · "))
    }
}

/// The winner's factors: what it says of them, and what was measured on the shown data.
fn factors(winner: &AttemptView) -> String {
    let Some(factors) = winner.report.as_ref().and_then(|report| report["factors"].as_array()) else {
        return String::new();
    };
    let mut rows = String::new();
    for factor in factors {
        let words = |key: &str| text(factor[key].as_str().unwrap_or_default());
        let number = |key: &str| factor[key].as_f64().map_or_else(|| "–".into(), number);
        let mut learnt = winner.training.iter().flat_map(|training| &training.factors);
        let course = learnt.find(|course| Some(course.name.as_str()) == factor["name"].as_str());
        let course = course
            .and_then(|course| Some((course.means.iter().flatten().next()?, course.means.iter().flatten().last()?)));
        let course = course
            .map_or_else(|| "–".into(), |(first, last)| format!("{} → {}", self::number(*first), self::number(*last)));
        let _ = writeln!(
            rows,
            "<tr><td class=\"name\">{}</td><td class=\"what\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td>\
             <td class=\"number\">{} to {}</td><td class=\"number\">{course}</td></tr>",
            words("name"),
            words("meaning"),
            number("weight"),
            number("mean"),
            number("min"),
            number("max")
        );
    }
    format!(
        "<h2>Factors of {}</h2>\n<div class=\"scroll\"><table>\n<tr><th>name</th><th>meaning</th><th class=\"number\">weight</th>\
         <th class=\"number\">mean, recorded</th><th class=\"number\">range, recorded</th><th class=\"number\">mean over training</th></tr>\n\
         {rows}</table></div>\n",
        text(&winner.outcome.id)
    )
}

fn card(attempt: &AttemptView, chosen: bool) -> String {
    let AttemptView { outcome, hidden, training, timing, source, .. } = attempt;
    let mut card = format!(
        "<details class=\"{}\"{}><summary><b>{}</b> {}</summary>\n",
        class(outcome.verdict()),
        if chosen { " open" } else { "" },
        text(&outcome.id),
        text(&outcome.line())
    );
    let mut facts = vec![format!("{} tokens", outcome.tokens)];
    if !outcome.parents.is_empty() {
        facts.push(format!("made of {}", text(&outcome.parents.join(", "))));
    }
    facts.extend(hidden.map(|verdict| format!("hidden data: {verdict}")));
    facts.extend(training.iter().filter_map(|training| Some(format!("true return {:.1}", training.score?))));
    facts.extend(
        timing.iter().map(|timing| format!("built in {:.1} s, verified in {:.1} s", timing.build, timing.judge)),
    );
    let _ = writeln!(card, "<p class=\"soft\">{}</p>", facts.join(" · "));
    card.push_str(&died_of(outcome));
    if let Some(failure) = training.iter().find_map(|training| training.failure.as_deref()) {
        let _ = writeln!(card, "<p>Training failed:</p>{}", quoted(failure));
    }
    if let Some(source) = source {
        let _ = writeln!(card, "<pre>{}</pre>", text(source));
    }
    card + "</details>\n"
}

fn died_of(outcome: &Outcome) -> String {
    match &outcome.fate {
        Fate::NoCode { message, hint, .. } => format!("{}<p>{}</p>\n", quoted(message), text(hint)),
        Fate::Rejected { message } => format!("<p>The critic says:</p>{}", quoted(message)),
        Fate::NotBuilt { message, hint, .. } => {
            format!("{}<p>{}</p>\n", quoted(message), text(hint.as_deref().unwrap_or_default()))
        }
        Fate::Judged { findings, .. } => findings.iter().map(finding).collect(),
    }
}

fn finding(finding: &Evidence) -> String {
    let Evidence { code, severity, message, evidence, hint } = finding;
    format!(
        "<p><b>{}</b> ({}) {}</p>{}<p>{}</p>\n",
        text(code),
        text(severity),
        text(&excerpt(message, 400)),
        quoted(evidence),
        text(&excerpt(hint, 400))
    )
}

/// Shows words of a tool or a candidate, bounded.
fn quoted(words: &str) -> String {
    if words.is_empty() {
        String::new()
    } else {
        format!("<p class=\"quoted\">{}</p>", text(&crate::quote::quote(words)))
    }
}

fn class(verdict: Option<Verdict>) -> &'static str {
    match verdict {
        Some(Verdict::Pass) => "pass",
        Some(Verdict::Inconclusive) => "open",
        Some(Verdict::Fail) | None => "fail",
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size >= 100.0 => format!("{value:.0}"),
        // As it is written: what rounds to one is one.
        size if size >= 0.99995 => format!("{value:.2}"),
        _ => format!("{value:.4}"),
    }
}

fn text(text: &str) -> String {
    let escape = |c: char| match c {
        '&' => "&amp;".into(),
        '<' => "&lt;".into(),
        '>' => "&gt;".into(),
        '"' => "&quot;".into(),
        '\n' => "\n".into(),
        c if c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') => {
            c.escape_default().to_string()
        }
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::outcome::outcome;
    use crate::training::{Point, Training};
    use crate::{Ended, RunInfo, Strategy, Summary, Task};

    fn view() -> DesignView {
        let attempt = |outcome: Outcome| AttemptView {
            outcome,
            hidden: None,
            training: None,
            timing: None,
            source: Some("<script>alert(1)</script>".into()),
            report: None,
        };
        let finding = |message: &str| Evidence {
            code: "V012".into(),
            severity: "error".into(),
            message: message.into(),
            evidence: String::new(),
            hint: String::new(),
        };
        let failed = Fate::Judged { verdict: Verdict::Fail, findings: vec![finding("<img src=x onerror=alert(2)>")] };
        let passed = Fate::Judged { verdict: Verdict::Pass, findings: Vec::new() };
        let winner = Outcome { parents: vec!["c1-0".into()], ..outcome("c1-1", passed) };
        let curve = vec![
            Point { step: 0, true_return: Some(-10.0), reward: 0.0 },
            Point { step: 100, true_return: Some(10.0), reward: 0.0 },
        ];
        let training = Training { score: Some(12.0), curve, ..Training::default() };
        let report =
            serde_json::json!({ "factors": [{ "name": "near", "meaning": "closeness", "weight": 0.5, "mean": 0.25 }] });
        let winner = AttemptView { training: Some(training), report: Some(report), ..attempt(winner) };
        DesignView {
            run: RunInfo::new(Strategy::Lare, "<b>", None),
            task: Task::in_environment("E", &[meed_core::Field::new("x", 1, "m", 0.0, 1.0)], &[]),
            attempts: vec![attempt(outcome("c1-0", failed)), winner],
            result: Some(Summary {
                schema_version: 1,
                winner: Some("c1-1".into()),
                verdict: Some(Verdict::Pass),
                ended: Ended::Found,
                tokens: 7,
                cost: None,
                attempts: Vec::new(),
                trained: [("c1-1".to_owned(), 12.0)].into(),
            }),
        }
    }

    #[test]
    fn the_page_shows_the_tree_the_factors_and_the_curve() {
        let page = view().html();
        for part in [
            "c1-1 is chosen",
            "<path class=\"line\" d=\"M134 48 C162 48 162 48 190 48\"/>",
            "pass, return 12",
            "<td class=\"name\">near</td><td class=\"what\">closeness</td><td class=\"number\">0.5000</td>",
            "d=\"M0.0 220.0L640.0 4.0\"",
            "100 steps",
        ] {
            assert!(page.contains(part), "{part}\n{page}");
        }
    }

    #[test]
    fn what_candidates_say_is_escaped() {
        let page = view().html();
        assert!(!page.contains("<script") && !page.contains("<img") && !page.contains("model <b>"), "{page}");
    }

    #[test]
    fn a_design_that_has_hardly_begun_has_a_page_too() {
        let page = DesignView { attempts: Vec::new(), result: None, ..view() }.html();
        assert!(page.contains("not finished") && page.ends_with("</html>\n"), "{page}");
    }
}
