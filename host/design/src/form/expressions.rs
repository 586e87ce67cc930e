//! A template with holes: a name, a meaning, a range, a weight and one expression for each factor.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rust::{Factor, file, meaning, sections};
use super::{Draft, object};
use crate::extract::ExtractError;
use crate::quote::excerpt;
use crate::{Answer, Task, scaffold};

/// Most factors of an answer.
const MOST: usize = 8;

pub(super) const RULES: &str = r#"You design reward functions for reinforcement learning. A reward looks at one step of an episode and computes
several named numbers, its factors. The agent is trained on their weighted sum, so the larger a factor, the better.

Answer with one JSON object, and nothing else. For each factor:
- name: lower-case letters and underscores
- meaning: a few words
- expression: one expression of Rust over f32, of the fields below, + - * / and math::abs, sqrt, exp, sin, cos, tanh, min, max, hypot
- low, high: the range of the expression; values outside are clamped
- weight: from 0 to 1

Example, for another task
{"factors": [
  {"name": "near", "meaning": "one in the middle, zero at the ends", "expression": "1.0 - math::abs(next.position) / 2.0", "low": 0, "high": 1, "weight": 1},
  {"name": "effort", "meaning": "minus the squared force", "expression": "-action.force * action.force", "low": -1, "high": 0, "weight": 0.1}
]}
"#;

pub(super) fn rows(task: &Task) -> String {
    let mut text = String::from("The fields\n");
    for (section, _, fields) in sections(task) {
        // The state after the step is what a reward is mostly about.
        let row = if section == "observation" { "next" } else { "action" };
        for field in fields {
            let index = if field.size > 1 { format!("[0] to [{}]", field.size - 1) } else { String::new() };
            let range = match (field.low, field.high) {
                (Some(low), Some(high)) => format!(", {low} to {high}"),
                _ => String::new(),
            };
            let unit = if field.unit == "1" { String::new() } else { format!(", {}", field.unit) };
            text.push_str(&format!("{row}.{}{index}{range}{unit}{}\n", field.rust_name(), meaning(field)));
        }
    }
    text
}

pub(super) fn schema() -> Value {
    let factor = json!({
        "type": "object",
        "properties": {
            "name": { "type": "string", "pattern": "^[a-z][a-z_]{0,19}$" },
            "meaning": { "type": "string", "maxLength": 100 },
            "expression": { "type": "string", "maxLength": 200 },
            "low": { "type": "number" },
            "high": { "type": "number" },
            "weight": { "type": "number" },
        },
        "required": ["name", "meaning", "expression", "low", "high", "weight"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": { "factors": { "type": "array", "items": factor, "minItems": 1, "maxItems": MOST } },
        "required": ["factors"],
        "additionalProperties": false,
    })
}

#[derive(Deserialize)]
struct Factors {
    factors: Vec<Given>,
}

#[derive(Deserialize)]
struct Given {
    name: String,
    #[serde(default)]
    meaning: String,
    expression: String,
    low: f32,
    high: f32,
    #[serde(default = "one")]
    weight: f32,
}

fn one() -> f32 {
    1.0
}

pub(super) fn draft(task: &Task, answer: &Answer) -> Result<Draft, ExtractError> {
    let (given, said): (Factors, String) = object(answer)?;
    let wrong = |problem: String| Err(ExtractError::Json { problem });
    if !(1..=MOST).contains(&given.factors.len()) {
        return wrong(format!("it has {} factors, not from 1 to {MOST}", given.factors.len()));
    }
    let mut factors: Vec<Factor> = Vec::new();
    for Given { name, meaning, expression, low, high, weight } in given.factors {
        let shown = excerpt(&name, 40);
        let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
            && !scaffold::KEYWORDS.contains(&name.as_str());
        if !sound {
            return wrong(format!("{shown:?} is no name for a factor"));
        }
        if factors.iter().any(|factor| factor.name == name) {
            return wrong(format!("there are two factors {shown:?}"));
        }
        if !(low.is_finite() && high.is_finite() && low < high) {
            return wrong(format!("low is not below high in {shown:?}"));
        }
        if !weight.is_finite() {
            return wrong(format!("the weight of {shown:?} is not finite"));
        }
        factors.push(Factor { name, meaning, expression, low, high, weight });
    }
    Ok(Draft { said, source: file(task, &factors) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn task() -> Task {
        let field = |name: &str| meed_core::Field::new(name, 1, "m", -2.0, 2.0);
        Task::in_environment("E", &[field("position")], &[field("force")])
    }

    fn take(text: &str) -> Result<Draft, ExtractError> {
        draft(&task(), &Answer { text: text.into(), cut: false, prompt_tokens: None, answer_tokens: None })
    }

    #[test]
    fn the_example_becomes_a_source() {
        let draft = take(RULES.split_once("another task").unwrap().1).unwrap();
        crate::check_source(&draft.source).unwrap();
        assert!(draft.source.contains("near: math::clamp(1.0 - math::abs(next.position) / 2.0, 0.0, 1.0)"));
        assert!(rows(&task()).contains("next.position, -2 to 2, m"));
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let factor = |name: &str, low: i32| {
            format!("{{\"name\": {name:?}, \"expression\": \"1.0\", \"low\": {low}, \"high\": 1}}")
        };
        let all = |factors: &[String]| format!("Sure:\n{{\"factors\": [{}]}}", factors.join(","));
        assert!(take(&all(&[factor("a", 0)])).is_ok());
        for (text, said) in [
            (all(&[]), "it has 0 factors"),
            (all(&[factor("fn", 0)]), "is no name"),
            (all(&[factor("a b", 0)]), "is no name"),
            (all(&[factor("a", 0), factor("a", 0)]), "two factors"),
            (all(&[factor("a", 2)]), "low is not below high"),
            ("{\"factors\": 3}".into(), "invalid type"),
        ] {
            let error = take(&text).unwrap_err();
            assert!(error.code() == "answer-json" && error.to_string().contains(said), "{error}");
        }
        assert_eq!(take("I would rather not.").unwrap_err().code(), "no-code");
    }
}
