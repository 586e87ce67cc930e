//! The table for a page of text: a method a row, a task a column.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Row;

const BEGIN: &str = "<!-- begin of table -->\n";
const END: &str = "<!-- end of table -->\n";

/// Writes the table: tasks with the most methods first, methods by their mean place among those of a task.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut tasks: BTreeMap<(&str, u64), Vec<&Row>> = BTreeMap::new();
    for row in rows {
        tasks.entry((&row.env, row.steps)).or_default().push(row);
    }
    let mut places: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    for rows in tasks.values() {
        for (place, row) in rows.iter().enumerate() {
            places.entry(&row.method).or_default().push(place as f64 / rows.len() as f64);
        }
    }
    let mean = |places: &[f64]| places.iter().sum::<f64>() / places.len() as f64;
    let mut methods: Vec<&str> = places.keys().copied().collect();
    methods.sort_by(|a, b| mean(&places[a]).total_cmp(&mean(&places[b])));

    let most = rows.iter().map(|row| row.seeds).max().unwrap_or_default();
    let mut text = String::from("| Method |");
    for (env, steps) in tasks.keys() {
        let _ = write!(text, " {env}, {} |", thousands(*steps));
    }
    let _ = writeln!(text, "\n|---|{}", "---|".repeat(tasks.len()));
    for method in methods {
        let _ = write!(text, "| `{method}` |");
        for rows in tasks.values() {
            match rows.iter().find(|row| row.method == method) {
                None => text.push_str("  |"),
                Some(Row { seeds, iqm_return, low, high, .. }) => {
                    let fewer = if *seeds < most { format!("; {seeds} seeds") } else { String::new() };
                    let _ = write!(text, " {iqm_return:.1} ({low:.1} to {high:.1}{fewer}) |");
                }
            }
        }
        text.push('\n');
    }
    text
}

/// Puts the table between its marks in a text; none where the marks are missing.
pub(crate) fn put(text: &str, table: &str) -> Option<String> {
    let (before, rest) = text.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// Writes a number with commas.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}
