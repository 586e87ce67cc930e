//! `meed inspect`.

use std::fmt::Write;

use anyhow::Result;
use meed_core::{Description, DescriptionProblem, Field, RewardFactory};
use meed_design::Provenance;
use meed_runtime::{CallPath, Plugin, Profile};
use serde::Serialize;

use crate::args::Inspect;
use crate::exit::Exit;
use crate::printable::line;
use crate::{plugin, provenance};

/// What `--json` prints.
#[derive(Serialize)]
struct Inspection<'a> {
    hash: &'a str,
    bytes: usize,
    interface: &'a str,
    imports: &'a [String],
    arena: bool,
    path: &'static str,
    problems: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<Provenance>,
    description: &'a Description,
}

pub(crate) fn run(args: Inspect) -> Result<Exit> {
    // As in training, so that it shows by which path.
    let plugin = plugin::load(&args.file, Profile::Train)?;
    let problems = plugin.description().problems();
    let provenance = provenance::of(&args.file);
    if args.json {
        let inspection = Inspection {
            hash: plugin.hash(),
            bytes: plugin.size(),
            interface: plugin.interface_version(),
            imports: plugin.imports(),
            arena: plugin.has_arena(),
            path: plugin.path().name(),
            problems: problems.iter().map(ToString::to_string).collect(),
            provenance,
            description: plugin.description(),
        };
        println!("{}", serde_json::to_string_pretty(&inspection)?);
    } else {
        print!("{}{}", text(&plugin, &problems), provenance.as_ref().map(provenance::text).unwrap_or_default());
    }
    Ok(Exit::Done)
}

fn text(plugin: &Plugin, problems: &[DescriptionProblem]) -> String {
    let description = plugin.description();
    let mut text =
        format!("{} {}, a {} reward\n", line(&description.name), line(&description.version), description.kind);
    if !description.summary.is_empty() {
        let _ = writeln!(text, "{}", line(&description.summary));
    }
    text.push('\n');
    for (row, fields) in
        [("observation", &description.observation), ("action", &description.action), ("task", &description.task)]
    {
        for field in fields {
            let _ = writeln!(text, "  {row:<12} {}", field_line(field));
        }
    }
    if !description.columns.is_empty() {
        let _ = writeln!(text, "  {:<12} {}", "columns", line(&description.columns.join(", ")));
    }
    let inputs = description.inputs.names();
    if !inputs.is_empty() {
        let _ = writeln!(text, "  {:<12} {}", "also reads", inputs.join(", "));
    }
    for factor in &description.factors {
        let (name, meaning) = (line(&factor.name), line(&factor.meaning));
        let range = range(factor.low, factor.high);
        let _ = writeln!(text, "  {:<12} {name} {range}, weight {}: {meaning}", "factor", factor.weight);
    }
    let _ = writeln!(text, "\n  {:<12} {}", "interface", plugin.interface_version());
    let imports = if plugin.imports().is_empty() { "nothing".into() } else { line(&plugin.imports().join(", ")) };
    let _ = writeln!(text, "  {:<12} {imports}", "imports");
    let unused = plugin.has_arena() && plugin.path() == CallPath::Portable;
    let note = if unused { " (the arena that it exports is not one that the host can use)" } else { "" };
    let _ = writeln!(text, "  {:<12} {}{note}, in training", "called by", plugin.path().name());
    let _ = writeln!(text, "  {:<12} {} bytes, sha256 {}", "component", plugin.size(), plugin.hash());
    for problem in problems {
        let _ = writeln!(text, "  {:<12} {}", "problem", line(&problem.to_string()));
    }
    text
}

fn field_line(field: &Field) -> String {
    let size = if field.size == 1 { String::new() } else { format!("[{}]", field.size) };
    let reads = match (field.reads.current, field.reads.next) {
        (true, true) => "read now and next",
        (true, false) => "read",
        (false, true) => "read next",
        (false, false) => "not read",
    };
    let unit = if field.unit == "1" { String::new() } else { format!(" {}", line(&field.unit)) };
    format!("{}{size} {}{unit}, {reads}", line(&field.name), range(field.low, field.high))
}

pub(crate) fn range(low: f32, high: f32) -> String {
    match (low.is_finite(), high.is_finite()) {
        (true, true) => format!("{low} to {high}"),
        (true, false) => format!("from {low}"),
        (false, true) => format!("up to {high}"),
        (false, false) => "unbounded".into(),
    }
}
