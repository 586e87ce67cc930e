//! What a decoder of rows reads, as the factors of a plugin: where a run was trained without one, this one carries its decoder.
//!
//! A row is the observation, what the actor chose, and by how much the next observation is less. A plugin is shown actions, not
//! choices: a number chosen from -1 to 1 is worked out from the action that it became, an index becomes one of several ones again.
//! What PPO chooses beyond that range is cut off before a decoder reads it, as it is in the action.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use meed_core::{Field, Kind};
use meed_design::{BuildOptions, Language, ScaffoldOptions, build, scaffold};
use meed_envs::{ActionSpace, EnvSpec};
use meed_train::Reads;

/// What the plugin is called, and its factors with a number each.
const NAME: &str = "rows";

/// Builds the plugin for an environment, and gives the component.
pub(super) fn build_plugin(spec: &EnvSpec, reads: Reads) -> Result<Vec<u8>> {
    let source = source(spec, reads);
    let folder = tempfile::tempdir().context("a folder to build in")?;
    let options = ScaffoldOptions {
        name: NAME.into(),
        language: Language::Rust,
        kind: Kind::Transition,
        parent: folder.path().into(),
    };
    let made = scaffold(&options)?;
    write(&made.dir.join("src/lib.rs"), &source)?;
    let built = build(&made.dir, &BuildOptions::default())?;
    std::fs::read(&built.component).with_context(|| built.component.display().to_string())
}

fn write(path: &Path, source: &str) -> Result<()> {
    std::fs::write(path, source).with_context(|| path.display().to_string())
}

/// Writes the plugin.
fn source(spec: &EnvSpec, reads: Reads) -> String {
    let observed: Vec<String> = spec.observation.iter().flat_map(columns).collect();
    let mut factors: Vec<String> = observed.iter().map(|column| format!("observation.{column}")).collect();
    let choice = reads == Reads::Rows { choice: true };
    if choice {
        factors.extend(chosen(spec));
    }
    factors.extend(observed.iter().map(|column| format!("observation.{column} - next.{column}")));
    let (action, shown) = if choice {
        (format!("    action: Action {{\n{}    }},\n", fields(&spec.action)), "observation, action, next")
    } else {
        (String::new(), "observation, next")
    };
    let parameters = if choice {
        "observation: &Observation, action: &Action, next: &Observation"
    } else {
        "observation: &Observation, next: &Observation"
    };
    let mut source = format!(
        "//! A row as a decoder reads it.\n\nuse meed_guest::prelude::*;\n\nmeed_guest::transition! {{\n    name: {NAME:?},\n    \
         summary: \"A row as a decoder reads it\",\n    observation: Observation {{\n{}    }},\n{action}    factors: Factors {{\n",
        fields(&spec.observation)
    );
    for (index, factor) in factors.iter().enumerate() {
        let _ = writeln!(source, "        c{index}: {factor:?},");
    }
    let _ = writeln!(
        source,
        "    }},\n    reward: reward({shown}),\n}}\n\nfn reward({parameters}) -> Factors {{\n    Factors {{"
    );
    for (index, factor) in factors.iter().enumerate() {
        let _ = writeln!(source, "        c{index}: {factor},");
    }
    source.push_str("    }\n}\n");
    source
}

/// Writes what the actor chose in terms of the action.
fn chosen(spec: &EnvSpec) -> Vec<String> {
    let columns: Vec<String> = spec.action.iter().flat_map(columns).collect();
    match &spec.action_space {
        ActionSpace::Discrete(choices) => {
            let is = |choice: usize| format!("if action.{} == {choice}.0 {{ 1.0 }} else {{ 0.0 }}", columns[0]);
            (0..*choices).map(is).collect()
        }
        ActionSpace::Box { low, high } => {
            let scaled = |((column, low), high): ((&String, &f32), &f32)| {
                // The distribution's own middle and half.
                let (centre, half) = ((low + high) / 2.0, (high - low) / 2.0);
                if centre.is_finite() && half.is_finite() {
                    format!("(action.{column} - {centre:?}) / {half:?}")
                } else {
                    format!("action.{column}")
                }
            };
            columns.iter().zip(low).zip(high).map(scaled).collect()
        }
    }
}

/// Names the columns of a field as the plugin's code does.
fn columns(field: &Field) -> Vec<String> {
    match field.size {
        1 => vec![format!("r#{}", field.name)],
        size => (0..size).map(|column| format!("r#{}[{column}]", field.name)).collect(),
    }
}

/// Declares fields.
fn fields(fields: &[Field]) -> String {
    let declared = |field: &Field| {
        let ty = if field.size == 1 { "f32".into() } else { format!("[f32; {}]", field.size) };
        let range = match (field.low.is_finite(), field.high.is_finite()) {
            (true, true) => format!(" in {:?}..={:?}", field.low, field.high),
            (true, false) => format!(" in {:?}..", field.low),
            (false, true) => format!(" in ..={:?}", field.high),
            (false, false) => String::new(),
        };
        format!("        r#{}: {ty} = {:?}{range},\n", field.name, field.unit)
    };
    fields.iter().map(declared).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_observation_choice_and_difference() {
        let spec = meed_envs::spec("Pendulum-v1").unwrap();
        let written = source(&spec, Reads::Rows { choice: true });
        for line in [
            "        r#cos: f32 = \"1\" in -1.0..=1.0,\n",
            "        c2: observation.r#velocity,\n        c3: (action.r#torque - 0.0) / 2.0,\n",
            "        c6: observation.r#velocity - next.r#velocity,\n    }\n",
        ] {
            assert!(written.contains(line), "{written}");
        }
        let blind = source(&spec, Reads::Rows { choice: false });
        assert!(!blind.contains("action") && blind.contains("c5: ") && !blind.contains("c6: "), "{blind}");
        let pushes = source(&meed_envs::spec("CartPole-v1").unwrap(), Reads::Rows { choice: true });
        assert!(pushes.contains("c5: if action.r#push == 1.0 { 1.0 } else { 0.0 },"));
    }
}
