//! Takes the description that a plugin gives of itself into the host's types.

use meed_core::{Description, Factor, Field, Granularity, Inputs, Kind, Reads};

use crate::bindings::types;
use crate::{Limits, LoadError};

/// Bytes of a whole description.
pub(crate) const DESCRIPTION_BYTES: usize = 4 << 20;

/// Converts a description. What is merely wrong in it, such as an empty list of factors, `Description::problems` tells.
///
/// # Errors
/// [`LoadError::Description`] where a text, a list or a row is longer than is allowed.
pub(crate) fn convert(kind: Kind, given: types::Description, limits: &Limits) -> Result<Description, LoadError> {
    check(&given, limits)?;
    let fields = |fields: Vec<types::Field>| fields.into_iter().map(field).collect();
    Ok(Description {
        kind,
        name: given.name,
        version: given.version,
        summary: given.summary,
        observation: fields(given.observation),
        action: fields(given.action),
        task: fields(given.task),
        columns: given.columns,
        inputs: inputs(given.inputs),
        granularity: match given.granularity {
            types::Granularity::Row => Granularity::Row,
            types::Granularity::Episode => Granularity::Episode,
        },
        factors: given.factors.into_iter().map(factor).collect(),
    })
}

fn check(given: &types::Description, limits: &Limits) -> Result<(), LoadError> {
    let within = |what, size, limit| {
        if size <= limit { Ok(()) } else { Err(LoadError::Description { what, size, limit }) }
    };
    let text = |what, text: &String| within(what, text.len(), limits.description_text);
    text("a name", &given.name)?;
    text("a version", &given.version)?;
    text("a summary", &given.summary)?;
    for (what, fields) in
        [("an observation row", &given.observation), ("an action row", &given.action), ("a task row", &given.task)]
    {
        within("a list of fields", fields.len(), limits.description_items)?;
        let columns = fields.iter().map(|field| field.size as usize).fold(0, usize::saturating_add);
        within(what, columns, limits.row_columns)?;
        for field in fields {
            text("a field's name", &field.name)?;
            text("a field's unit", &field.unit)?;
        }
    }
    within("a list of columns", given.columns.len(), limits.description_items)?;
    given.columns.iter().try_for_each(|name| text("a column's name", name))?;
    within("a list of factors", given.factors.len(), limits.description_items)?;
    for factor in &given.factors {
        text("a factor's name", &factor.name)?;
        text("a factor's meaning", &factor.meaning)?;
    }
    Ok(())
}

fn field(given: types::Field) -> Field {
    let reads =
        Reads { current: given.reads.contains(types::Reads::CURRENT), next: given.reads.contains(types::Reads::NEXT) };
    Field { name: given.name, size: given.size as usize, unit: given.unit, low: given.low, high: given.high, reads }
}

fn factor(given: types::Factor) -> Factor {
    let types::Factor { name, low, high, weight, meaning } = given;
    Factor { name, low, high, weight, meaning }
}

fn inputs(given: types::Inputs) -> Inputs {
    let has = |input| given.contains(input);
    Inputs {
        terminated: has(types::Inputs::TERMINATED),
        truncated: has(types::Inputs::TRUNCATED),
        reward: has(types::Inputs::REWARD),
        group: has(types::Inputs::GROUP),
        agent: has(types::Inputs::AGENT),
        episode: has(types::Inputs::EPISODE),
        step: has(types::Inputs::STEP),
        prompt: has(types::Inputs::PROMPT),
        reference: has(types::Inputs::REFERENCE),
        tokens: has(types::Inputs::TOKENS),
    }
}
