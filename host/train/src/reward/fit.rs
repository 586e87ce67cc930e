//! Whether a reward can be trained on: that it describes what the environment gives, and has the factors it is asked for.

use meed_core::{Description, Field, Kind};
use meed_envs::EnvSpec;

use crate::{TrainConfig, TrainError, Transform};

/// Gives the name and the weights of a reward that can be trained on in the environment.
pub(crate) fn fit(
    description: &Description,
    spec: &EnvSpec,
    config: &TrainConfig,
) -> Result<(String, Vec<f32>), TrainError> {
    let name = format!("{} {}", description.name, description.version);
    check_description(description, spec, &name)?;
    check_credit(description, config, &name)?;
    let weights = weights(description, config, &name)?;
    potential(description, config, &name)?;
    Ok((name, weights))
}

/// Checks that what is to be learnt from returns alone does not read each step's reward.
fn check_credit(description: &Description, config: &TrainConfig, name: &str) -> Result<(), TrainError> {
    let shown = description.inputs.reward && config.credit.as_ref().is_some_and(|credit| credit.method.shown_factors());
    match shown {
        false => Ok(()),
        true => Err(TrainError::Config {
            name: "reward",
            value: name.into(),
            allowed: "one that does not read the environment's reward, because --credit is to learn it from returns",
        }),
    }
}

/// Finds the factor that shaping takes for a potential, where it is asked for.
pub(super) fn potential(
    description: &Description,
    config: &TrainConfig,
    name: &str,
) -> Result<Option<usize>, TrainError> {
    let mut asked = config.transforms.iter().filter_map(|transform| match transform {
        Transform::Shape { factor } => Some(factor),
        _ => None,
    });
    let Some(factor) = asked.next() else { return Ok(None) };
    let allowed = |allowed| TrainError::Config { name: "transform", value: format!("shape={factor}"), allowed };
    if asked.next().is_some() {
        return Err(allowed("the only one that shapes"));
    }
    if description.kind == Kind::Stateful {
        return Err(allowed("a factor of a reward without state, because a potential that changes is none"));
    }
    match description.factors.iter().position(|known| known.name == *factor) {
        Some(column) => Ok(Some(column)),
        None => Err(unknown(description, factor, name)),
    }
}

fn unknown(description: &Description, factor: &str, name: &str) -> TrainError {
    let names: Vec<&str> = description.factors.iter().map(|factor| factor.name.as_str()).collect();
    TrainError::UnknownFactor { reward: name.into(), factor: factor.into(), factors: names.join(", ") }
}

fn check_description(description: &Description, spec: &EnvSpec, name: &str) -> Result<(), TrainError> {
    let reward = || name.to_string();
    if !matches!(description.kind, Kind::Transition | Kind::Stateful) {
        return Err(TrainError::Kind { reward: reward(), kind: description.kind });
    }
    let problems: Vec<String> = description.problems().iter().map(ToString::to_string).collect();
    if !problems.is_empty() {
        return Err(TrainError::Description { reward: reward(), problems: problems.join("; ") });
    }
    let rows = [
        ("observation", &description.observation, &spec.observation),
        ("action", &description.action, &spec.action),
        ("task", &description.task, &Vec::new()),
    ];
    for (row, expected, given) in rows {
        let same = |a: &Field, b: &Field| a.name == b.name && a.size == b.size && a.unit == b.unit;
        let fits = expected.len() == given.len() && expected.iter().zip(given).all(|(a, b)| same(a, b));
        // A row of which nothing is described is a row that is not looked at.
        if !fits && !expected.is_empty() {
            return Err(TrainError::Fields {
                reward: reward(),
                row,
                expected: list(expected),
                given: list(given),
                env: spec.id.to_string(),
            });
        }
    }
    Ok(())
}

/// Writes fields as `angle (rad)` and `position (m, 3 columns)`.
fn list(fields: &[Field]) -> String {
    let one = |field: &Field| match field.size {
        1 => format!("{} ({})", field.name, field.unit),
        size => format!("{} ({}, {size} columns)", field.name, field.unit),
    };
    if fields.is_empty() { "nothing".into() } else { fields.iter().map(one).collect::<Vec<_>>().join(", ") }
}

fn weights(description: &Description, config: &TrainConfig, name: &str) -> Result<Vec<f32>, TrainError> {
    let known = |name: &String| description.factors.iter().any(|factor| factor.name == *name);
    if let Some(factor) = config.weights.keys().find(|name| !known(name)) {
        return Err(unknown(description, factor, name));
    }
    Ok(description.factors.iter().map(|factor| *config.weights.get(&factor.name).unwrap_or(&factor.weight)).collect())
}
