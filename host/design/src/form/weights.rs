//! No code at all: factors are made from the task's fields, and the model chooses some of them and weighs them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::rust::{Factor, file};
use super::{Draft, object};
use crate::extract::ExtractError;
use crate::quote::excerpt;
use crate::{Answer, Task, TaskField};

/// Most factors of an answer.
const MOST: usize = 4;
/// The weights there are: a small model that may write any number writes any number.
const WEIGHTS: [f32; 4] = [1.0, 0.5, 0.1, 0.01];

pub(super) const RULES: &str = r#"You choose what an agent is rewarded for. From the list of factors you take one to four, and give each a weight: 1, 0.5, 0.1 or 0.01.
The agent is trained to make their weighted sum as large as it can, so take what it should make large.
The factor that says most about the goal gets the weight 1, the others less.

Answer with one JSON object, and nothing else.

Example, for another task
{"factors": [{"name": "position_small", "weight": 1}, {"name": "force_small", "weight": 0.1}]}
"#;

/// Makes the factors that a task's fields allow.
fn choices(task: &Task) -> Vec<Factor> {
    let mut choices = Vec::new();
    for (row, fields) in [("next", &task.observation), ("action", &task.action)] {
        for field in fields.iter().filter(|field| field.unit != "index") {
            choices.extend(of_field(row, field));
        }
    }
    if !task.observation.is_empty() {
        choices.push(factor("going_on", "one until the episode ends by itself", "if terminated { 0.0 } else { 1.0 }"));
    }
    choices
}

/// A factor from zero to one.
fn factor(name: &str, meaning: &str, expression: &str) -> Factor {
    let (name, meaning, expression) = (name.into(), meaning.into(), expression.into());
    Factor { name, meaning, expression, low: 0.0, high: 1.0, weight: 1.0 }
}

fn of_field(row: &str, field: &TaskField) -> Vec<Factor> {
    let (name, place) = (&field.name, format!("{row}.{}", field.rust_name()));
    let what = if field.meaning.is_empty() { name.clone() } else { excerpt(&field.meaning, 80) };
    if field.size > 1 {
        let squares: Vec<String> =
            (0..field.size).map(|index| format!("{place}[{index}] * {place}[{index}]")).collect();
        let norm = |squares: &[String]| format!("math::sqrt({})", squares.join(" + "));
        let mut factors = vec![factor(
            &format!("{name}_small"),
            &format!("largest where {what} is zero"),
            &format!("1.0 / (1.0 + {})", norm(&squares)),
        )];
        if field.size >= 4 && field.size.is_multiple_of(2) {
            // Places in the plane, as those of others are given.
            let nearest = squares.chunks(2).map(norm).reduce(|a, b| format!("math::min({a}, {b})")).unwrap_or_default();
            factors.push(factor(
                &format!("{name}_one_near"),
                &format!("largest where one of the pairs of {what} is zero"),
                &format!("1.0 / (1.0 + {nearest})"),
            ));
        }
        return factors;
    }
    let (high, low, small) = match (field.low, field.high) {
        (Some(low), Some(high)) => {
            let (span, most) = (high - low, low.abs().max(high.abs()));
            (
                format!("({place} - {low:?}) / {span:?}"),
                format!("({high:?} - {place}) / {span:?}"),
                format!("1.0 - math::abs({place}) / {most:?}"),
            )
        }
        _ => (
            format!("0.5 + 0.5 * math::tanh({place})"),
            format!("0.5 - 0.5 * math::tanh({place})"),
            format!("1.0 / (1.0 + math::abs({place}))"),
        ),
    };
    vec![
        factor(&format!("{name}_high"), &format!("the larger, the higher {what}"), &high),
        factor(&format!("{name}_low"), &format!("the larger, the lower {what}"), &low),
        factor(&format!("{name}_small"), &format!("largest where {what} is zero"), &small),
    ]
}

pub(super) fn menu(task: &Task) -> String {
    let mut text = String::from("The factors to choose from, each from 0 to 1\n");
    for Factor { name, meaning, .. } in choices(task) {
        text.push_str(&format!("{name}: {meaning}\n"));
    }
    text
}

pub(super) fn schema(task: &Task) -> Value {
    let names: Vec<String> = choices(task).into_iter().map(|factor| factor.name).collect();
    let factor = json!({
        "type": "object",
        "properties": { "name": { "enum": names }, "weight": { "enum": WEIGHTS.map(shown) } },
        "required": ["name", "weight"],
        "additionalProperties": false,
    });
    json!({
        "type": "object",
        "properties": { "factors": { "type": "array", "items": factor, "minItems": 1, "maxItems": MOST } },
        "required": ["factors"],
        "additionalProperties": false,
    })
}

/// Writes a weight with the digits that it has in decimal.
fn shown(weight: f32) -> Value {
    serde_json::from_str(&weight.to_string()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Chosen {
    factors: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    name: String,
    weight: f32,
}

pub(super) fn draft(task: &Task, answer: &Answer) -> Result<Draft, ExtractError> {
    let (chosen, said): (Chosen, String) = object(answer)?;
    let wrong = |problem: String| Err(ExtractError::Json { problem });
    if !(1..=MOST).contains(&chosen.factors.len()) {
        return wrong(format!("it has {} factors, not from 1 to {MOST}", chosen.factors.len()));
    }
    let (mut left, mut factors) = (choices(task), Vec::new());
    for Choice { name, weight } in chosen.factors {
        let shown = excerpt(&name, 40);
        if !(weight.is_finite() && weight > 0.0) {
            return wrong(format!("the weight of {shown:?} is not above zero"));
        }
        match left.iter().position(|choice| choice.name == name) {
            Some(place) => factors.push(Factor { weight, ..left.remove(place) }),
            None if factors.iter().any(|taken: &Factor| taken.name == name) => {
                return wrong(format!("{shown:?} is chosen twice"));
            }
            None => return wrong(format!("there is no factor {shown:?} in the list")),
        }
    }
    Ok(Draft { said, source: file(task, &factors) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn task() -> Task {
        let field = |name: &str, size, unit: &str, high| meed_core::Field::new(name, size, unit, -1.0, high);
        let observation =
            [field("cos", 1, "1", 1.0), field("speed", 1, "m", f32::INFINITY), field("others", 4, "m", 1.0)];
        Task::in_environment("E", &observation, &[field("push", 1, "index", 1.0)])
    }

    fn take(text: &str) -> Result<Draft, ExtractError> {
        draft(&task(), &Answer { text: text.into(), cut: false, prompt_tokens: None, answer_tokens: None })
    }

    #[test]
    fn every_choice_is_a_source_that_may_be_built() {
        let names: Vec<String> = choices(&task()).into_iter().map(|factor| factor.name).collect();
        assert_eq!(
            names,
            [
                "cos_high",
                "cos_low",
                "cos_small",
                "speed_high",
                "speed_low",
                "speed_small",
                "others_small",
                "others_one_near",
                "going_on"
            ]
        );
        for name in names {
            let draft = take(&format!("{{\"factors\": [{{\"name\": {name:?}, \"weight\": 0.5}}]}}")).unwrap();
            crate::check_source(&draft.source).unwrap();
        }
        assert_eq!(
            schema(&task())["properties"]["factors"]["items"]["properties"]["weight"]["enum"][2].to_string(),
            "0.1"
        );
    }

    #[test]
    fn what_is_not_in_the_list_is_named() {
        let choice = |name: &str, weight: &str| format!("{{\"name\": {name:?}, \"weight\": {weight}}}");
        let all = |factors: &[String]| format!("{{\"factors\": [{}]}}", factors.join(","));
        for (text, said) in [
            (all(&[]), "0 factors"),
            (all(&[choice("height", "1")]), "no factor"),
            (all(&[choice("cos_high", "1"), choice("cos_high", "1")]), "chosen twice"),
            (all(&[choice("cos_high", "-1")]), "not above zero"),
        ] {
            assert!(take(&text).unwrap_err().to_string().contains(said), "{text}");
        }
    }
}
