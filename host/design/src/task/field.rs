//! A field of a task's rows, and how Rust declares it.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::TaskError;
use crate::scaffold;

/// Most columns of a field.
const WIDEST: usize = 4096;

/// A field of a row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TaskField {
    /// Its name: letters, digits and underscores, a letter first.
    pub name: String,
    /// Columns, 1 unless said.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub size: usize,
    /// SI symbol, `1` for a number without a unit, `index` for one of several choices.
    pub unit: String,
    /// Smallest value; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low: Option<f32>,
    /// Largest value; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub high: Option<f32>,
    /// What it is, where the name does not say it all.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub meaning: String,
}

fn one() -> usize {
    1
}

fn is_one(size: &usize) -> bool {
    *size == 1
}

/// Refuses fields that no plugin could be declared with.
pub(super) fn check_fields(row: &str, fields: &[TaskField]) -> Result<(), TaskError> {
    let mut names = HashSet::new();
    for field in fields {
        let wrong = |problem: &str| {
            Err(TaskError::Value { key: format!("{row} field {:?}", field.name), problem: problem.into() })
        };
        let sound = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !field.name.starts_with(|c: char| c.is_ascii_alphabetic()) || !field.name.chars().all(sound) {
            return wrong("a field's name has letters, digits and underscores only, a letter first");
        }
        if ["self", "super", "crate", "Self"].contains(&field.name.as_str()) {
            return wrong("Rust keeps the name for itself");
        }
        if !names.insert(&field.name) {
            return wrong("there are two of that name");
        }
        if !(1..=WIDEST).contains(&field.size) {
            return wrong("its size is not from 1 to 4096");
        }
        if field.unit.is_empty() || field.unit.contains(['"', '\\']) || field.unit.chars().any(char::is_control) {
            return wrong("its unit is no SI symbol; write 1 for a number without a unit, index for a choice");
        }
        let finite = |bound: Option<f32>| bound.is_none_or(f32::is_finite);
        let ordered = !matches!((field.low, field.high), (Some(low), Some(high)) if low >= high);
        if !finite(field.low) || !finite(field.high) || !ordered {
            return wrong("its bounds are finite, and low is below high; leave out a bound that is not there");
        }
    }
    Ok(())
}

impl From<&meed_core::Field> for TaskField {
    fn from(field: &meed_core::Field) -> Self {
        let finite = |bound: f32| Some(bound).filter(|bound| bound.is_finite());
        TaskField {
            name: field.name.replace('-', "_"),
            size: field.size,
            unit: field.unit.clone(),
            low: finite(field.low),
            high: finite(field.high),
            meaning: String::new(),
        }
    }
}

impl TaskField {
    /// Writes the range behind other words, for a model; nothing where a bound is missing.
    pub(crate) fn range(&self) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) => format!(", {low} to {high}"),
            _ => String::new(),
        }
    }

    /// Writes the field's name as Rust does.
    pub(crate) fn rust_name(&self) -> String {
        if scaffold::KEYWORDS.contains(&self.name.as_str()) { format!("r#{}", self.name) } else { self.name.clone() }
    }

    /// Writes the field as the SDK's macros declare one that is not read.
    pub(crate) fn unread_declaration(&self) -> String {
        let declared = self.declaration();
        format!("_{}", declared.strip_prefix("r#").unwrap_or(&declared))
    }

    /// Writes the field as the SDK's macros declare it.
    pub(crate) fn declaration(&self) -> String {
        let kind = if self.size == 1 { "f32".to_owned() } else { format!("[f32; {}]", self.size) };
        let range = match (self.low, self.high) {
            (None, None) => String::new(),
            (low, high) => {
                let text = |bound: Option<f32>| bound.map(|bound| format!("{bound:?}")).unwrap_or_default();
                let equals = if high.is_some() { "=" } else { "" };
                format!(" in {}..{equals}{}", text(low), text(high))
            }
        };
        format!("{}: {kind} = {:?}{range}", self.rust_name(), self.unit)
    }
}
