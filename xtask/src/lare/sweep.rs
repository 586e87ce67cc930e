//! The experiment as a file for `meed sweep`: one to change, to cut up for several machines, or to begin one's own from.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;

use anyhow::Result;

use super::{Asked, Job, jobs, parse};
use crate::run::root;

/// The files, with the arguments of the budgets that they stand for.
const FILES: [(&str, &[&str]); 2] = [("examples/lare.toml", &[]), ("examples/lare-full.toml", &["--full"])];

/// Writes both files.
pub(super) fn write() -> Result<()> {
    for (file, arguments) in FILES {
        fs::write(root().join(file), text(&parse(arguments)?))?;
    }
    Ok(())
}

fn text(asked: &Asked<'_>) -> String {
    let mut tasks: BTreeMap<&str, Vec<Job<'_>>> = BTreeMap::new();
    for job in jobs(asked, true).into_iter().filter(|job| job.seed == 1) {
        tasks.entry(job.task.env).or_default().push(job);
    }
    let seeds: Vec<String> = (1..=asked.seeds).map(|seed| seed.to_string()).collect();
    let envs: Vec<String> = tasks.keys().map(|env| format!("\"{env}\"")).collect();
    let (mut steps, mut algorithms, mut rewards) = (String::new(), String::new(), String::new());
    for (env, jobs) in &tasks {
        for job in jobs.iter().take(1) {
            let _ = writeln!(steps, "\"{env}\" = {}", job.steps);
            let _ = writeln!(algorithms, "\"{env}\" = [\"{}\"]", job.task.algorithm);
        }
        let _ = writeln!(rewards, "\"{env}\" = [");
        for job in jobs {
            let _ = writeln!(rewards, "  {},", reward(job));
        }
        rewards += "]\n";
    }
    let size =
        if asked.budget == 0 { "what fits two cores in some hours" } else { "LaRe's size, for a larger machine" };
    format!(
        "# LaRe's experiment, {size}: `meed sweep FILE --out DIR`, in a `meed` with MuJoCo where tasks need it.\n\
         # Build the plugins first: `meed build plugins/latent/NAME`. `cargo xtask lare --files` wrote this; `cargo xtask lare` does it all.\n\
         seeds = [{}]\nenvironments = [{}]\n\n[steps]\n{steps}\n[algorithms]\n{algorithms}\n[rewards]\n{rewards}\n\
         [config]\ncheckpoint_every = 5_000\n",
        seeds.join(", "),
        envs.join(", "),
    )
}

/// Writes a method as one of a sweep's rewards.
fn reward(job: &Job<'_>) -> String {
    let method = job.method;
    let file = method.factors.map_or("environment".into(), |variant| {
        let name = format!("{}{variant}", job.task.factors);
        format!("../plugins/latent/{name}/build/latent-{name}.wasm")
    });
    let credit = method.credit.map(|credit| format!(", credit = \"{credit}\"")).unwrap_or_default();
    let switch = method.switch.map(|switch| format!(", {} = true", switch.trim_start_matches('-').replace('-', "_")));
    format!("{{ name = \"{}\", reward = \"{file}\"{credit}{} }}", method.name, switch.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_current() -> Result<()> {
        for (file, arguments) in FILES {
            let there = fs::read_to_string(root().join(file))?;
            assert!(there == text(&parse(arguments)?), "{file}: `cargo xtask lare --files` writes it anew");
        }
        Ok(())
    }
}
