//! `meed envs`.

use std::fmt::Write;

use anyhow::Result;
use meed_core::Field;
use meed_envs::{ActionSpace, EnvSpec};

use crate::args::Envs;
use crate::exit::Exit;
use crate::inspect::range;

pub(crate) fn run(args: Envs) -> Result<Exit> {
    let ids = if args.ids.is_empty() { meed_envs::ids().map(String::from).collect() } else { args.ids };
    let specs = ids.iter().map(|id| meed_envs::spec(id)).collect::<Result<Vec<_>, _>>()?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&specs)?);
    } else {
        let texts: Vec<String> = specs.iter().map(text).collect();
        print!("{}", texts.join("\n"));
    }
    Ok(Exit::Done)
}

fn text(spec: &EnvSpec) -> String {
    let agents = if spec.agents == 1 { String::new() } else { format!(", {} agents", spec.agents) };
    let limit = spec.max_episode_steps.map_or("no step limit".into(), |steps| format!("at most {steps} steps"));
    let action = match &spec.action_space {
        ActionSpace::Discrete(choices) => format!("{choices} actions"),
        ActionSpace::Box { low, .. } => format!("actions of {} numbers", low.len()),
    };
    let mut text = format!("{}: {limit}, {action}{agents}\n", spec.id);
    for (row, fields) in [("observation", &spec.observation), ("action", &spec.action)] {
        for field in fields {
            let _ = writeln!(text, "  {row:<12} {}", line(field));
        }
    }
    text
}

fn line(field: &Field) -> String {
    let size = if field.size == 1 { String::new() } else { format!("[{}]", field.size) };
    let unit = if matches!(field.unit.as_str(), "1" | "index") { String::new() } else { format!(", {}", field.unit) };
    format!("{}{size}: {}{unit}", field.name, range(field.low, field.high))
}
