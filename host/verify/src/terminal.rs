//! The report for a terminal.

use std::io::IsTerminal;

use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::finding::short;
use crate::{FactorReport, Report, RuleReport, Severity, Verdict};

/// What a terminal can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terminal {
    /// Characters in a line, at least 40.
    pub width: u16,
    /// Whether colours may be used.
    pub colour: bool,
}

impl Terminal {
    /// Width of a line where no terminal says one.
    const WIDTH: u16 = 100;

    /// Looks at standard output: its width, and colours where it is a terminal and `NO_COLOR` is not set.
    pub fn stdout() -> Self {
        let width = terminal_size::terminal_size().map_or(Self::WIDTH, |(width, _)| width.0);
        let colour =
            std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Terminal { width, colour }
    }
}

const GREEN: &str = "\x1b[32;1m";
const RED: &str = "\x1b[31;1m";
const YELLOW: &str = "\x1b[33;1m";

impl Report {
    /// Writes the report for standard output, to be read in ten seconds.
    pub fn table(&self) -> String {
        self.table_for(Terminal::stdout())
    }

    /// Writes the report for a terminal: what failed first, then what could not be told, what passed, and the factors.
    pub fn table_for(&self, terminal: Terminal) -> String {
        let width = terminal.width.max(40);
        let mut text = String::new();
        let mut rows = vec![self.headline()];
        rows.extend(self.problems());
        rows.extend(self.rest());
        for (word, lines) in rows {
            let block = block(word, &lines, width);
            text.push_str(&paint(&block, word, terminal.colour));
        }
        if !self.factors.is_empty() {
            text.push('\n');
            text.push_str(&factor_table(&self.factors, width));
        }
        text
    }

    fn headline(&self) -> (&'static str, Vec<String>) {
        let word = match self.verdict {
            Verdict::Pass => "PASS",
            Verdict::Fail => "FAIL",
            Verdict::Inconclusive => "OPEN",
        };
        let warnings = self.count(Severity::Warning, Verdict::Fail);
        let errors = self.count(Severity::Error, Verdict::Fail);
        let open = self.rules.iter().filter(|rule| rule.verdict == Some(Verdict::Inconclusive) && !rule.extra).count();
        let unknown =
            self.rules.iter().filter(|rule| rule.verdict == Some(Verdict::Inconclusive) && rule.extra).count();
        let passed = self.rules.iter().filter(|rule| rule.verdict == Some(Verdict::Pass)).count();
        let data = &self.data;
        let mut of = format!("{} of {} rows", short(data.used as f64), short(data.rows as f64));
        if let Some(episodes) = data.episodes() {
            of.push_str(&format!(", {}", plural(episodes as usize, "episode")));
        }
        if let Some(fuel) = self.cost.fuel_per_row {
            of.push_str(&format!(", {} fuel a row", short(fuel)));
        }
        let mut counts = format!(
            "{}, {}, {open} inconclusive, {passed} passed",
            plural(errors, "error"),
            plural(warnings, "warning")
        );
        if unknown > 0 {
            counts.push_str(&format!(", {unknown} not told by the data"));
        }
        let mut lines = vec![clean(&self.reward.title()), counts];
        if data.rows > 0 {
            lines.push(of);
        }
        lines.push(String::new());
        (word, lines)
    }

    /// One block a finding.
    fn problems(&self) -> Vec<(&'static str, Vec<String>)> {
        let block = |(rule, finding): (&RuleReport, &crate::Finding)| {
            let word = match (rule.verdict, rule.severity) {
                (Some(Verdict::Inconclusive), _) => "open",
                (_, Severity::Error) => "fail",
                (_, Severity::Warning) => "warn",
            };
            let mut lines = vec![format!("{} {}: {}", rule.code, rule.name, clean(&finding.message))];
            let mut numbers: Vec<String> = finding.observed.iter().map(|number| clean(&number.to_string())).collect();
            numbers.extend(finding.limit.as_ref().map(|limit| format!("limit: {}", clean(&limit.to_string()))));
            if !numbers.is_empty() {
                lines.push(numbers.join("; "));
            }
            if !finding.rows.is_empty() {
                let rows: Vec<String> = finding.rows.iter().map(u64::to_string).collect();
                let inputs =
                    finding.inputs.as_deref().map_or_else(String::new, |inputs| format!(": {}", clean(inputs)));
                let word = if rows.len() == 1 { "row" } else { "rows" };
                lines.push(format!("{word} {}{inputs}", rows.join(", ")));
            }
            lines.push(format!("hint: {}", clean(&finding.hint)));
            lines.push(String::new());
            (word, lines)
        };
        self.findings().map(block).collect()
    }

    /// The rules that are inconclusive without a finding, by their reasons: those that need more than plain recordings, or the
    /// others.
    fn open(&self, word: &'static str, extra: bool) -> Vec<(&'static str, Vec<String>)> {
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        let open = self.rules.iter().filter(|rule| rule.verdict == Some(Verdict::Inconclusive) && rule.extra == extra);
        for rule in open.filter(|rule| rule.findings.is_empty()) {
            match reasons.iter_mut().find(|(reason, _)| *reason == rule.reason) {
                Some((_, codes)) => codes.push(rule.code),
                None => reasons.push((&rule.reason, vec![rule.code])),
            }
        }
        reasons
            .into_iter()
            .map(|(reason, codes)| (word, vec![format!("{}: {}", codes.join(" "), clean(reason))]))
            .collect()
    }

    /// Everything else, by what it came to.
    fn rest(&self) -> Vec<(&'static str, Vec<String>)> {
        let mut rows = self.open("open", false);
        let passed = self.rules.iter().filter(|rule| rule.verdict == Some(Verdict::Pass));
        let passed: Vec<&str> = passed.map(|rule| rule.code).collect();
        if !passed.is_empty() {
            rows.push(("pass", vec![passed.join(" ")]));
        }
        rows.extend(self.open("n/a", true));
        let other: Vec<&str> = self.rules.iter().filter(|rule| rule.verdict.is_none()).map(|rule| rule.code).collect();
        if !other.is_empty() {
            rows.push(("n/a", vec![other.join(" ")]));
        }
        rows
    }
}

/// Counts things by their name.
pub(crate) fn plural(count: usize, word: &str) -> String {
    format!("{} {word}{}", short(count as f64), if count == 1 { "" } else { "s" })
}

/// Lays lines out to the right of a word, wrapped at the width.
fn block(word: &str, lines: &[String], width: u16) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.add_row([word, &lines.join("\n")]);
    table.set_constraints([ColumnConstraint::Absolute(Width::Fixed(7))]);
    table.trim_fmt() + "\n"
}

fn paint(block: &str, word: &str, colour: bool) -> String {
    let code = match word {
        "PASS" | "pass" => GREEN,
        "FAIL" | "fail" => RED,
        "OPEN" | "open" | "warn" => YELLOW,
        _ => return block.into(),
    };
    if colour { block.replacen(word, &format!("{code}{word}\x1b[0m"), 1) } else { block.into() }
}

fn factor_table(factors: &[FactorReport], width: u16) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    table.set_header(["factor", "range", "min", "mean", "max", "std", "over the data"]);
    for factor in factors {
        let described = &factor.described;
        let range = format!("{} to {}", bound(described.low), bound(described.high));
        let numbers = [factor.min, factor.mean, factor.max, factor.std].map(short);
        let [min, mean, max, std] = numbers;
        table.add_row([clean(&described.name), range, min, mean, max, std, spark(&factor.points)]);
    }
    for column in 1..6 {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt() + "\n"
}

/// Writes a declared bound.
pub(crate) fn bound(value: f32) -> String {
    if value == f32::INFINITY {
        "∞".into()
    } else if value == f32::NEG_INFINITY {
        "-∞".into()
    } else {
        short(f64::from(value))
    }
}

/// Draws numbers as bars of eight heights.
fn spark(points: &[f64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let min = points.iter().copied().fold(f64::INFINITY, f64::min);
    let max = points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let height = |value: &f64| if max > min { ((value - min) / (max - min) * 7.0).round() as usize } else { 0 };
    points.iter().map(|value| BARS[height(value).min(7)]).collect()
}

/// Makes text from a plugin harmless on a terminal: no control characters, no marks that turn the direction of writing, at
/// most 300 characters.
pub(crate) fn clean(text: &str) -> String {
    const MOST: usize = 300;
    let turns = |c: char| matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let mut clean: String = text.chars().take(MOST).map(|c| if c.is_control() || turns(c) { '�' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        clean.push('…');
    }
    clean
}
