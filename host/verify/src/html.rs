//! The report as one HTML file that needs nothing else: no script, no font, no network.

use std::fmt::Write;

use crate::finding::short;
use crate::terminal::{bound, clean, plural};
use crate::{FactorReport, Finding, Number, Portrait, Report, RuleReport, Severity, Verdict, picture, rules};

const STYLE: &str = include_str!("report.css");

/// Nothing may be loaded or run, whatever a plugin's texts say.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

impl Report {
    /// Writes the report as an HTML page for light and dark, wide and narrow screens.
    pub fn html(&self) -> String {
        let title = text(&self.reward.title());
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
             <title>{}: {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
            self.verdict
        );
        page.push_str(&self.head(&title));
        page.push_str(&self.contents());
        let findings: String = self.findings().map(|(rule, finding)| card(rule, finding)).collect();
        if findings.is_empty() {
            page.push_str("<h2 id=\"findings\">Findings</h2>\n<p class=\"soft\">None.</p>\n");
        } else {
            let _ = write!(page, "<h2 id=\"findings\">Findings</h2>\n{findings}");
        }
        if !self.factors.is_empty() {
            page.push_str(&factor_table(&self.factors));
            let cards: String = self.factors.iter().map(factor_card).collect();
            let _ = write!(page, "<div class=\"factors\">\n{cards}</div>\n");
        }
        page.push_str(&shares("balance", BALANCE, &self.portrait.balance));
        page.push_str(&shares("inputs", INPUTS, &self.portrait.sensitivity));
        page.push_str(&episodes(&self.portrait));
        page.push_str(&extreme_rows(&self.portrait));
        page.push_str(&rule_table(&self.rules));
        page.push_str(&self.foot());
        page.push_str("</body>\n</html>\n");
        page
    }

    fn head(&self, title: &str) -> String {
        let data = &self.data;
        let mut facts = vec![format!(
            "{}, {}",
            plural(self.count(Severity::Error, Verdict::Fail), "error"),
            plural(self.count(Severity::Warning, Verdict::Fail), "warning")
        )];
        if data.rows > 0 {
            let episodes =
                data.episodes().map_or_else(String::new, |count| format!(" in {} episodes", short(count as f64)));
            facts.push(format!("{} of {} rows{episodes}", short(data.used as f64), short(data.rows as f64)));
        }
        facts.extend(self.cost.fuel_per_row.map(|fuel| format!("{} units of fuel a row", short(fuel))));
        facts.extend(self.cost.memory.map(|bytes| format!("{} KiB of memory", short((bytes / 1024) as f64))));
        let summary =
            self.reward.summary.as_deref().map_or_else(String::new, |summary| format!("<p>{}</p>", text(summary)));
        format!(
            "<header>\n<span class=\"verdict {}\">{}</span>\n<div><h1>{title}</h1>{summary}\n\
             <p class=\"soft\">{}</p></div>\n</header>\n",
            class(Some(self.verdict), Severity::Error),
            self.verdict,
            facts.join(" · ")
        )
    }

    /// Leads to the sections that there are.
    fn contents(&self) -> String {
        let portrait = &self.portrait;
        let sections = [
            ("findings", "Findings", true),
            ("factors", "Factors", !self.factors.is_empty()),
            ("balance", "Balance", !portrait.balance.is_empty()),
            ("inputs", "Inputs", !portrait.sensitivity.is_empty()),
            ("episodes", "Episodes", !portrait.episodes.is_empty()),
            ("rows", "Rows", !portrait.lowest.is_empty()),
            ("rules", "Rules", true),
        ];
        let links = sections.iter().filter(|(.., there)| *there);
        let links: String = links.map(|(id, name, _)| format!("<a href=\"#{id}\">{name}</a>")).collect();
        format!("<nav>{links}</nav>\n")
    }

    fn foot(&self) -> String {
        let mut facts = vec![format!("Meed {}", self.meed_version), format!("seed {}", self.settings.seed)];
        facts.extend(self.data.files.iter().map(|file| format!("data {}", text(&file.file))));
        facts.extend(self.reward.file.as_deref().map(|file| format!("plugin {}", text(file))));
        facts.extend(self.reward.hash.as_deref().map(|hash| format!("SHA-256 {}", text(hash))));
        format!("<p class=\"soft\">{}</p>\n", facts.join(" · "))
    }
}

fn card(rule: &RuleReport, finding: &Finding) -> String {
    let mut card = format!(
        "<section class=\"card finding {}\">\n<h3 class=\"verdict\">{} {}</h3>\n<p>{}</p>\n",
        class(rule.verdict, rule.severity),
        rule.code,
        rule.name,
        text(&finding.message)
    );
    let limit = finding.limit.as_ref().map(|limit| format!("limit: {}", text(&limit.to_string())));
    let numbers: Vec<String> = finding.observed.iter().map(|number| text(&number.to_string())).chain(limit).collect();
    if !numbers.is_empty() {
        let _ = writeln!(card, "<p class=\"number\">{}</p>", numbers.join(" · "));
    }
    if !finding.rows.is_empty() {
        let rows: Vec<String> = finding.rows.iter().map(u64::to_string).collect();
        let inputs = finding.inputs.as_deref().map_or_else(String::new, |inputs| format!(": {}", text(inputs)));
        let word = if rows.len() == 1 { "row" } else { "rows" };
        let _ = writeln!(card, "<p class=\"number\">{word} {}{inputs}</p>", rows.join(", "));
    }
    let _ = writeln!(card, "<p><b>What to do:</b> {}</p>", text(&finding.hint));
    if let Some(why) = rules().iter().find(|known| known.code == rule.code).map(|known| known.why) {
        let _ = writeln!(card, "<p class=\"soft\">{}</p>", text(why));
    }
    card + "</section>\n"
}

fn factor_table(factors: &[FactorReport]) -> String {
    let mut table = String::from("<h2 id=\"factors\">Factors</h2>\n<div class=\"scroll\"><table>\n<tr><th>factor</th>");
    for name in ["range", "weight", "min", "mean", "max", "std", "rows"] {
        let _ = write!(table, "<th class=\"number\">{name}</th>");
    }
    table.push_str("</tr>\n");
    for factor in factors {
        let described = &factor.described;
        let range = format!("{} to {}", bound(described.low), bound(described.high));
        let numbers =
            [f64::from(described.weight), factor.min, factor.mean, factor.max, factor.std, factor.count as f64];
        let cells = std::iter::once(range).chain(numbers.map(short));
        let cells: String = cells.map(|cell| format!("<td class=\"number\">{cell}</td>")).collect();
        let _ = writeln!(table, "<tr><td class=\"name\">{}</td>{cells}</tr>", text(&described.name));
    }
    table + "</table></div>\n"
}

const BALANCE: (&str, &str) = ("Balance", "Each weighted factor's share of the reward's variance.");
const INPUTS: (&str, &str) = (
    "Inputs",
    "How much the reward changes where an input is taken from other rows, in standard deviations of the reward.",
);

/// Shows numbers as bars, the largest of them, or 1, as long as there is room.
fn shares(id: &str, (title, what): (&str, &str), numbers: &[Number]) -> String {
    if numbers.is_empty() {
        return String::new();
    }
    let most = numbers.iter().map(|number| number.value).fold(1.0, f64::max);
    let mut table = format!("<h2 id=\"{id}\">{title}</h2>\n<p class=\"soft\">{what}</p>\n<table class=\"shares\">\n");
    for number in numbers {
        let (name, value) = (text(&number.name), short(number.value));
        let bar = picture::share(number.value / most, &format!("{name}: {value}"));
        let _ =
            writeln!(table, "<tr><td class=\"name\">{name}</td><td>{bar}</td><td class=\"number\">{value}</td></tr>");
    }
    table + "</table>\n"
}

/// Shows what each episode gets beside what the environment gave it.
fn episodes(portrait: &Portrait) -> String {
    let points: Vec<(f64, f64)> =
        portrait.episodes.iter().map(|episode| (episode.reward, episode.environment)).collect();
    let Some(&first) = points.first() else { return String::new() };
    let range = |of: fn(&(f64, f64)) -> f64| {
        let ends = points.iter().map(of).fold((of(&first), of(&first)), |(a, b), x| (a.min(x), b.max(x)));
        [short(ends.0), short(ends.1)]
    };
    let ([left, right], [low, high]) = (range(|point| point.0), range(|point| point.1));
    let label = format!("Reward of each episode, {left} to {right}, beside its true return, {low} to {high}");
    format!(
        "<h2 id=\"episodes\">Episodes</h2>\n<p class=\"soft\">{}, each by its reward (to the right) and by the environment's own \
         return (upwards, {low} to {high}).</p>\n<section class=\"card plot\">\n{}\n<div class=\"ends soft\"><span>{left}</span>\
         <span>reward</span><span>{right}</span></div>\n</section>\n",
        plural(points.len(), "episode"),
        picture::scatter(&points, &label)
    )
}

/// Shows the rows that get least and most.
fn extreme_rows(portrait: &Portrait) -> String {
    if portrait.lowest.is_empty() {
        return String::new();
    }
    let mut page = String::from("<h2 id=\"rows\">Rows</h2>\n");
    for (title, rows) in [("Least paid", &portrait.lowest), ("Most paid", &portrait.highest)] {
        let _ = write!(
            page,
            "<details open><summary>{title}</summary>\n<div class=\"scroll\"><table>\n<tr><th>row</th>\
             <th class=\"number\">reward</th><th>inputs</th></tr>\n"
        );
        for row in rows {
            let (number, reward, inputs) = (row.row, short(row.reward), text(&row.inputs));
            let _ = writeln!(
                page,
                "<tr><td>{number}</td><td class=\"number\">{reward}</td><td><code>{inputs}</code></td></tr>"
            );
        }
        page.push_str("</table></div></details>\n");
    }
    page
}

fn factor_card(factor: &FactorReport) -> String {
    let name = text(&factor.described.name);
    let (min, max) = (short(factor.min), short(factor.max));
    let mut card = format!(
        "<section class=\"card\"><h3>{name}</h3><p class=\"soft\">{}</p>\n{}\n\
         <div class=\"ends soft\"><span>{min}</span><span>values</span><span>{max}</span></div>\n",
        text(&factor.described.meaning),
        picture::bars(&factor.histogram, &format!("Distribution of {name} from {min} to {max}"))
    );
    let known = factor.course.iter().flatten();
    let low = known.clone().copied().fold(f64::INFINITY, f64::min);
    let high = known.copied().fold(f64::NEG_INFINITY, f64::max);
    if low <= high && factor.course.len() > 1 {
        let label = format!("Course of {name} over the first episode, from {} to {}", short(low), short(high));
        let _ = write!(
            card,
            "{}\n<div class=\"ends soft\"><span>step 0</span><span>first episode: {} to {}</span><span>{}</span></div>\n",
            picture::line(&factor.course, low, high, &label),
            short(low),
            short(high),
            factor.course.len() - 1
        );
    }
    card + "</section>\n"
}

fn rule_table(judged: &[RuleReport]) -> String {
    let mut table = String::from(
        "<h2 id=\"rules\">Rules</h2>\n<details><summary>Every rule, what it does and what it came to</summary>\n<div class=\"scroll\"><table class=\"rules\">\n<tr><th>code</th><th>rule</th><th>verdict</th><th>what it does</th></tr>\n",
    );
    for rule in judged {
        let verdict = match (rule.verdict, rule.severity) {
            (None, _) => "not for this",
            (Some(Verdict::Fail), Severity::Warning) => "warning",
            (Some(verdict), _) => verdict.name(),
        };
        let what = rules().iter().find(|known| known.code == rule.code).map_or("", |known| known.what);
        let mut notes: Vec<String> = rule.measured.iter().map(|number| text(&number.to_string())).collect();
        if !rule.reason.is_empty() {
            notes.push(text(&rule.reason));
        }
        let notes = if notes.is_empty() { String::new() } else { format!("<br><small>{}</small>", notes.join(" · ")) };
        let _ = writeln!(
            table,
            "<tr><td class=\"word\"><code>{}</code></td><td class=\"name\">{}</td><td class=\"word {}\">{verdict}</td>\
             <td class=\"what\">{}{notes}</td></tr>",
            rule.code,
            rule.name,
            class(rule.verdict, rule.severity),
            text(what)
        );
    }
    table + "</table></div></details>\n"
}

fn class(verdict: Option<Verdict>, severity: Severity) -> &'static str {
    match (verdict, severity) {
        (Some(Verdict::Pass), _) => "pass",
        (Some(Verdict::Fail), Severity::Error) => "fail",
        (None, _) => "soft",
        _ => "open",
    }
}

/// Makes any text harmless within a page's text and attributes.
fn text(raw: &str) -> String {
    let mut escaped = String::with_capacity(raw.len());
    for c in clean(raw).chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(c),
        }
    }
    escaped
}
