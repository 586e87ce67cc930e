//! A template with holes: a name, a weight and one expression for each factor.
//!
//! The range is no hole: a small model's is wrong most of the time. Each expression is squashed into -1 to 1.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rust::{Factor, file, meaning, sections};
use super::weights::shown;
use super::{Draft, object};
use crate::extract::ExtractError;
use crate::quote::excerpt;
use crate::{Answer, Task, TaskField, scaffold};

/// Most factors of an answer.
const MOST: usize = 4;
/// The weights that a schema offers.
const WEIGHTS: [f32; 4] = [1.0, 0.5, 0.1, 0.01];

pub(super) const RULES: &str = r#"You design reward functions for reinforcement learning. A reward looks at one step of an episode and computes
one to four named numbers, its factors. The agent is trained on their weighted sum, so the larger a factor, the better.

Answer with one JSON object, and nothing else. For each factor:
- expression: one expression of Rust over f32, of the fields below, + - * / and math::abs, sqrt, exp, sin, cos, tanh, min, max, hypot.
  Its hyperbolic tangent is taken, so that it ends up between -1 and 1: scale it so that it mostly stays there.
- name: lower-case letters and underscores
- weight: from 0 to 1

Example, for another task
{"factors": [
  {"expression": "1.0 - math::abs(next.position)", "name": "near", "weight": 1},
  {"expression": "-0.1 * action.force * action.force", "name": "effort", "weight": 0.1}
]}
"#;

pub(super) fn rows(task: &Task) -> String {
    let mut text = String::from("The fields\n");
    for (section, _, fields) in sections(task) {
        // The state after the step is what a reward is mostly about.
        let row = if section == "observation" { "next" } else { "action" };
        for field in fields {
            let index = if field.size > 1 { format!("[0] to [{}]", field.size - 1) } else { String::new() };
            let range = field.range();
            let unit = if field.unit == "1" { String::new() } else { format!(", {}", field.unit) };
            text.push_str(&format!("{row}.{}{index}{range}{unit}{}\n", field.rust_name(), meaning(field)));
        }
    }
    text
}

/// Describes expressions that a small model can't get wrong: sums and products of this task's fields, of numbers, and of some functions of a
/// field. A server that keeps to schemas has the model write no others.
fn pattern(task: &Task) -> String {
    let mut places = Vec::new();
    for (section, _, fields) in sections(task) {
        let row = if section == "observation" { "next" } else { "action" };
        for field in fields {
            places.push(format!("{row}\\.{}{}", field.rust_name(), indices(field)));
        }
    }
    let place = format!("({})", places.join("|"));
    let atom = format!("({place}|math::(abs|sin|cos|tanh)\\({place}\\)|[0-9]\\.[0-9]{{1,2}})");
    format!("^-?{atom}( [-+*] {atom}){{0,4}}$")
}

fn indices(field: &TaskField) -> String {
    let all: Vec<String> = (0..field.size).map(|index| index.to_string()).collect();
    if field.size > 1 { format!("\\[({})\\]", all.join("|")) } else { String::new() }
}

pub(super) fn schema(task: &Task) -> Value {
    let factor = json!({
        "type": "object",
        "properties": {
            "expression": { "type": "string", "pattern": pattern(task) },
            "name": { "type": "string", "pattern": "^[a-z][a-z_]{1,19}$" },
            "weight": { "enum": WEIGHTS.map(shown) },
        },
        "required": ["expression", "name", "weight"],
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
    expression: String,
    name: String,
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
    for (number, Given { name, expression, weight }) in (1..).zip(given.factors) {
        let shown = excerpt(&name, 40);
        let sound = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !sound {
            return wrong(format!("{shown:?} is no name for a factor"));
        }
        if !weight.is_finite() {
            return wrong(format!("the weight of {shown:?} is not finite"));
        }
        // A small model names all its factors alike, which is no reason to lose them.
        let taken = factors.iter().any(|factor| factor.name == name) || scaffold::KEYWORDS.contains(&name.as_str());
        let name = if taken { format!("{name}_{number}") } else { name };
        let (meaning, expression) = (excerpt(&expression, 80), format!("math::tanh({expression})"));
        factors.push(Factor { name, meaning, expression, low: -1.0, high: 1.0, weight });
    }
    Ok(Draft { said, source: file(task, &factors) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::{answer, assert_holds, example, task};
    use super::*;

    fn take(text: &str) -> Result<Draft, ExtractError> {
        draft(&task("others"), &answer(text))
    }

    #[test]
    fn the_example_becomes_a_source() {
        let task = task("others");
        let draft = draft(&task, &example(RULES)).unwrap();
        crate::check_source(&draft.source).unwrap();
        let line = "near: math::clamp(math::tanh(1.0 - math::abs(next.position)), -1.0, 1.0)";
        assert_holds(&draft.source, &[line]);
        assert_holds(&rows(&task), &["next.position, -2 to 2, m"]);
    }

    #[test]
    fn the_schema_names_the_fields() {
        let place = r"(next\.position|next\.others\[(0|1)\]|action\.force)";
        let atom = format!(r"({place}|math::(abs|sin|cos|tanh)\({place}\)|[0-9]\.[0-9]{{1,2}})");
        let factor = &schema(&task("others"))["properties"]["factors"]["items"]["properties"];
        assert_eq!(factor["expression"]["pattern"], format!("^-?{atom}( [-+*] {atom}){{0,4}}$"));
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let factor = |name: &str| format!("{{\"name\": {name:?}, \"expression\": \"1.0\"}}");
        let all = |factors: &[String]| format!("Sure:\n{{\"factors\": [{}]}}", factors.join(","));
        let twice = take(&all(&[factor("a"), factor("a"), factor("fn")])).unwrap();
        for name in ["a", "a_2", "fn_3"] {
            assert!(twice.source.contains(&format!("        {name}: math::clamp(")), "{}", twice.source);
        }
        for (text, said) in [
            (all(&[]), "it has 0 factors"),
            (all(&[factor("a b")]), "is no name"),
            ("{\"factors\": 3}".into(), "invalid type"),
        ] {
            let error = take(&text).unwrap_err();
            assert!(error.code() == "answer-json" && error.to_string().contains(said), "{error}");
        }
        assert_eq!(take("I would rather not.").unwrap_err().code(), "no-code");
    }
}
