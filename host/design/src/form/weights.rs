//! No code at all: for each field the model says what is wanted of it, from a list, and how much that counts.
//!
//! One entry a field, with a value from a list: nothing can be chosen twice, and no choice contradicts another.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::rust::{Factor, file};
use super::{Draft, object};
use crate::extract::ExtractError;
use crate::quote::excerpt;
use crate::{Answer, Task, TaskField};

/// The weights there are: a small model that may write any number writes any number.
const WEIGHTS: [f32; 4] = [1.0, 0.5, 0.1, 0.01];
/// What is wanted of a field that does not matter.
const ANY: &str = "any";
/// The entry that is not a field's.
const END: &str = "the_end";

pub(super) const RULES: &str = r#"You choose what an agent is rewarded for. For each field say what the agent should make of it, from the list, or "any" where it
does not matter. Most fields do not matter. Say how much it counts: 1 for what says most about the goal, else 0.5, 0.1 or 0.01.

Answer with one JSON object, and nothing else.

Example, for another task
{"position": {"want": "small", "weight": 1}, "force": {"want": "small", "weight": 0.1}, "colour": {"want": "any", "weight": 0.01}}
"#;

/// What can be wanted of one field, each with its factor.
struct Menu {
    field: String,
    /// For people, and for models.
    meaning: String,
    wants: Vec<(&'static str, Factor)>,
}

/// Lists what the task's fields allow.
fn menus(task: &Task) -> Vec<Menu> {
    let mut menus = Vec::new();
    for (row, fields) in [("next", &task.observation), ("action", &task.action)] {
        menus.extend(fields.iter().filter(|field| field.unit != "index").map(|field| of_field(row, field)));
    }
    if !task.observation.is_empty() && menus.iter().all(|menu| menu.field != END) {
        let going_on = factor("going_on", "one until the episode ends by itself", "if terminated { 0.0 } else { 1.0 }");
        let meaning = "when the episode ends by itself".into();
        menus.push(Menu { field: END.into(), meaning, wants: vec![("late", going_on)] });
    }
    menus
}

/// A factor from zero to one.
fn factor(name: &str, meaning: &str, expression: &str) -> Factor {
    let (name, meaning, expression) = (name.into(), meaning.into(), expression.into());
    Factor { name, meaning, expression, low: 0.0, high: 1.0, weight: 1.0 }
}

fn of_field(row: &str, field: &TaskField) -> Menu {
    let (name, place) = (&field.name, format!("{row}.{}", field.rust_name()));
    let what = if field.meaning.is_empty() { name.clone() } else { excerpt(&field.meaning, 80) };
    let want = |want: &'static str, meaning: &str, expression: &str| {
        (want, factor(&format!("{name}_{want}"), &format!("{meaning} {what}"), expression))
    };
    let wants = if field.size > 1 {
        let squares: Vec<String> =
            (0..field.size).map(|index| format!("{place}[{index}] * {place}[{index}]")).collect();
        let norm = |squares: &[String]| format!("math::sqrt({})", squares.join(" + "));
        let near = |distance: &str| format!("1.0 / (1.0 + {distance})");
        let mut wants = vec![
            want("large", "the length of", &format!("math::tanh({})", norm(&squares))),
            want("small", "nearness to zero of", &near(&norm(&squares))),
        ];
        if field.size >= 4 && field.size.is_multiple_of(2) {
            // Places in the plane, as those of others are given.
            let nearest = squares.chunks(2).map(norm).reduce(|a, b| format!("math::min({a}, {b})")).unwrap_or_default();
            wants.push(want("one_near", "nearness to zero of the nearest pair of", &near(&nearest)));
        }
        wants
    } else {
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
            want("high", "the height of", &high),
            want("low", "the lowness of", &low),
            want("small", "nearness to zero of", &small),
        ]
    };
    Menu { field: name.clone(), meaning: what, wants }
}

pub(super) fn menu(task: &Task) -> String {
    let mut text = String::from("The fields, and what can be wanted of each\n");
    for Menu { field, meaning, wants } in menus(task) {
        let wants: Vec<&str> = wants.iter().map(|(want, _)| *want).collect();
        text.push_str(&format!("{field} ({meaning}): {}, {ANY}\n", wants.join(", ")));
    }
    text
}

pub(super) fn schema(task: &Task) -> Value {
    let menus = menus(task);
    let entry = |menu: &Menu| {
        let wants: Vec<&str> = menu.wants.iter().map(|(want, _)| *want).chain([ANY]).collect();
        json!({
            "type": "object",
            "properties": { "want": { "enum": wants }, "weight": { "enum": WEIGHTS.map(shown) } },
            "required": ["want", "weight"],
            "additionalProperties": false,
        })
    };
    json!({
        "type": "object",
        "properties": menus.iter().map(|menu| (menu.field.clone(), entry(menu))).collect::<serde_json::Map<_, _>>(),
        "required": menus.iter().map(|menu| menu.field.as_str()).collect::<Vec<_>>(),
        "additionalProperties": false,
    })
}

/// Writes a weight with the digits that it has in decimal.
pub(super) fn shown(weight: f32) -> Value {
    serde_json::from_str(&weight.to_string()).unwrap_or_default()
}

#[derive(Deserialize)]
struct Choice {
    want: String,
    weight: f32,
}

pub(super) fn draft(task: &Task, answer: &Answer) -> Result<Draft, ExtractError> {
    let (mut chosen, said): (BTreeMap<String, Choice>, String) = object(answer)?;
    let wrong = |problem: String| Err(ExtractError::Json { problem });
    let mut factors = Vec::new();
    for Menu { field, wants, .. } in menus(task) {
        let Some(Choice { want, weight }) = chosen.remove(&field).filter(|choice| choice.want != ANY) else { continue };
        if !(weight.is_finite() && weight > 0.0) {
            return wrong(format!("the weight of {field:?} is not above zero"));
        }
        match wants.into_iter().find(|(name, _)| *name == want) {
            Some((_, factor)) => factors.push(Factor { weight, ..factor }),
            None => return wrong(format!("of {field:?} one cannot want {:?}", excerpt(&want, 40))),
        }
    }
    if let Some(name) = chosen.keys().next() {
        return wrong(format!("there is no field {:?} in the list", excerpt(name, 40)));
    }
    if factors.is_empty() {
        return wrong("nothing is wanted of any field".into());
    }
    Ok(Draft { said, source: file(task, &factors) })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::answer;
    use super::*;

    fn task() -> Task {
        let field = |name: &str, size, unit: &str, high| meed_core::Field::new(name, size, unit, -1.0, high);
        let observation =
            [field("cos", 1, "1", 1.0), field("speed", 1, "m", f32::INFINITY), field("others", 4, "m", 1.0)];
        Task::in_environment("E", &observation, &[field("push", 1, "index", 1.0)])
    }

    fn take(text: &str) -> Result<Draft, ExtractError> {
        draft(&task(), &answer(text))
    }

    fn choice(field: &str, want: &str, weight: &str) -> String {
        format!("{{{field:?}: {{\"want\": {want:?}, \"weight\": {weight}}}}}")
    }

    #[test]
    fn every_choice_is_a_source_that_may_be_built() {
        let wants = |menu: &Menu| menu.wants.iter().map(|(want, _)| *want).collect::<Vec<_>>().join(" ");
        let all: Vec<(String, String)> = menus(&task()).iter().map(|menu| (menu.field.clone(), wants(menu))).collect();
        let expected = [
            ("cos", "high low small"),
            ("speed", "high low small"),
            ("others", "large small one_near"),
            ("the_end", "late"),
        ];
        assert_eq!(all, expected.map(|(field, wants)| (field.to_owned(), wants.to_owned())));
        for (field, wants) in expected {
            for want in wants.split(' ') {
                crate::check_source(&take(&choice(field, want, "0.5")).unwrap().source).unwrap();
            }
        }
        let schema = schema(&task());
        assert_eq!(schema["properties"]["cos"]["properties"]["weight"]["enum"][2].to_string(), "0.1");
        assert!(menu(&task()).contains("\nothers (others): large, small, one_near, any\n"));
    }

    #[test]
    fn what_is_not_in_the_list_is_named() {
        for (text, said) in [
            ("{}".into(), "nothing is wanted"),
            (choice("cos", "any", "1"), "nothing is wanted"),
            (choice("height", "high", "1"), "no field \"height\""),
            (choice("cos", "one_near", "1"), "one cannot want \"one_near\""),
            (choice("cos", "high", "-1"), "not above zero"),
        ] {
            let error = take(&text).unwrap_err();
            assert!(error.to_string().contains(said), "{text}: {error}");
        }
    }
}
