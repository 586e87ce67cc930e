//! The page: a table and the curves of every task.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::{Point, Row, Run};

const STYLE: &str = "
:root { color-scheme: light dark; --soft: #667; --line: #8884; --mark: #2563eb; --lare: #d9480f }
@media (prefers-color-scheme: dark) { :root { --soft: #99a; --mark: #7aa2ff; --lare: #ff9a6b } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { margin-top: 2.5rem } .soft { color: var(--soft) } .scroll { overflow-x: auto }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100% }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); white-space: nowrap }
td.n { text-align: right } svg { display: block; width: 100%; height: auto; overflow: visible }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 1rem }
.grid h3 { font-size: .9rem; margin: 0 0 .25rem } .range { stroke: var(--mark); stroke-width: 2 }
.dot { fill: var(--mark) } .lare .range, .lare .run { stroke: var(--lare) } .lare .dot { fill: var(--lare) }
.run { fill: none; stroke: var(--mark); stroke-width: 1.5; vector-effect: non-scaling-stroke } .axis { stroke: var(--line) }
";

/// Writes the page.
pub(crate) fn page(rows: &[Row], runs: &[Run], points: &[Point]) -> String {
    let mut page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content='width=device-width'>\
         <title>LaRe beside other decompositions of returns</title><style>{STYLE}</style>\n\
         <h1>LaRe beside other decompositions of returns</h1>\n<p>Episodes pay their return when they end, and nothing before. \
         Every method has the same agent, memory and steps; only what tells the steps' worth differs. <b>dense</b> is paid at \
         every step what the environment pays; <b>direct</b> is the plugin's own weighted sum, without returns.\n\
         <p class=soft>Interquartile mean of the trained policies' true returns (100 episodes each, best actions), with the 95 % \
         interval of a stratified bootstrap. {} runs. Few seeds make wide intervals: read the curves.\n",
        runs.len()
    );
    let mut tasks: Vec<(&str, u64)> = rows.iter().map(|row| (row.env.as_str(), row.steps)).collect();
    tasks.dedup();
    for (env, steps) in tasks {
        let rows: Vec<&Row> = rows.iter().filter(|row| row.env == env && row.steps == steps).collect();
        let (low, high) = bounds(rows.iter().flat_map(|row| [row.low, row.high]));
        let _ = writeln!(page, "<h2>{env}, {steps} steps</h2><div class=scroll><table>");
        page.push_str("<tr><th>method<th>seeds<th>IQM<th>95 % interval<th style='width:45%'>\n");
        for row in &rows {
            let Row { method, seeds, iqm_return, low: from, high: to, .. } = row;
            let at = |value: f64| 100.0 * (value - low) / (high - low);
            let _ = writeln!(
                page,
                "<tr class='{}'><td>{method}<td class=n>{seeds}<td class=n>{iqm_return:.1}<td>{from:.1} to {to:.1}<td>\
                 <svg viewBox='0 0 100 6' role=img aria-label='{iqm_return:.1}, {from:.1} to {to:.1}'>\
                 <line class=range x1={:.1} x2={:.1} y1=3 y2=3 /><circle class=dot cx={:.1} cy=3 r=1.8 /></svg>",
                class(method),
                at(*from),
                at(*to),
                at(*iqm_return)
            );
        }
        page.push_str(
            "</table></div>\n<h3>While exploring</h3><p class=soft>Mean true return of the last 100 episodes against \
                       steps, a line each seed, all on one scale.</p><div class=grid>\n",
        );
        let here = |point: &&Point| point.env == env && point.steps == steps;
        let (low, high) = bounds(points.iter().filter(here).filter_map(|point| point.mean_return));
        for row in &rows {
            let _ = write!(page, "<div class='{}'><h3>{}</h3>", class(&row.method), row.method);
            page.push_str("<svg viewBox='0 0 200 100' preserveAspectRatio=none role=img aria-label='curves'>");
            page.push_str("<line class=axis x1=0 x2=200 y1=100 y2=100 /><line class=axis x1=0 x2=0 y1=0 y2=100 />");
            let mut lines: BTreeMap<u32, String> = BTreeMap::new();
            for point in points.iter().filter(here).filter(|point| point.method == row.method) {
                if let Some(value) = point.mean_return {
                    let x = 200.0 * point.step / steps as f64;
                    let y = 100.0 - 100.0 * (value - low) / (high - low);
                    let _ = write!(lines.entry(point.seed).or_default(), "{x:.1},{y:.1} ");
                }
            }
            lines.values().for_each(|line| page.push_str(&format!("<polyline class=run points='{line}' />")));
            page.push_str("</svg></div>\n");
        }
        let _ = writeln!(page, "</div><p class=soft>From {low:.0} to {high:.0}.</p>");
    }
    page + "</html>\n"
}

fn class(method: &str) -> &'static str {
    if method.starts_with("lare") { "lare" } else { "" }
}

fn bounds(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
    if low < high { (low, high) } else { (low - 1.0, low + 1.0) }
}
