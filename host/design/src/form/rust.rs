//! A whole source file of Rust; and the file that is written around factors which came as JSON.

use std::fmt::Write;

use proc_macro2::TokenTree;

use super::Draft;
use crate::extract::{ExtractError, extract};
use crate::quote::excerpt;
use crate::{Answer, Task, TaskField};

pub(super) const RULES: &str = r#"You write reward functions for reinforcement learning, in Rust, for the crate `meed_guest`.
A reward looks at one step of an episode and returns several named numbers, its factors. The agent is trained on their weighted sum.

Rules
- Answer with exactly one code block that begins with ```rust and holds one whole file. No other code blocks.
- The file calls `meed_guest::transition!` once and defines one function. Nothing is imported but `meed_guest::prelude::*`.
- In the macro, every field of a row is declared, in the order and with the types given. A field that the function does not
  read gets an underscore before its name, as in `_velocity`. One that it does read has none.
- Each factor has a meaning, a weight, and the range that its values lie in for every possible input. Clamp where needed.
- `reward: reward(...)` lists what the function takes, of: observation, next, action (references to the rows; `next` is
  the observation after the step, of the type `Observation`), terminated, truncated (bool), step (u32).
- Use f32 and `math::{abs, sqrt, exp, ln, sin, cos, atan2, tanh, pow, min, max, clamp, hypot}`, called as `math::sin(x)`.
- Numbers are finite for every input. No state, statics, randomness, files, clock, unsafe, macros of your own, printing.
- A factor varies over the data, and no two factors say the same.

Example, for another task
```rust
use meed_guest::prelude::*;

meed_guest::transition! {
    name: "reach",
    summary: "Get to the middle, without haste",
    observation: Observation {
        position: f32 = "m" in -2.0..=2.0,
        _colour: f32 = "1",
    },
    action: Action { force: f32 = "N" in -1.0..=1.0 },
    factors: Factors {
        near: "one in the middle, zero at the ends" in 0.0..=1.0,
        effort: "minus the squared force" weight 0.1 in -1.0..=0.0,
    },
    reward: reward(next, action),
}

fn reward(next: &Observation, action: &Action) -> Factors {
    let distance = math::min(math::abs(next.position), 2.0);
    let force = math::clamp(action.force, -1.0, 1.0);
    Factors { near: 1.0 - distance / 2.0, effort: -force * force }
}
```
"#;

pub(super) fn rows(task: &Task) -> String {
    let mut text = format!("The rows, as the macro declares them\nname: \"{}\",\n", task.name);
    for (section, row, fields) in sections(task) {
        text.push_str(&format!("{section}: {row} {{\n"));
        for field in fields {
            text.push_str(&format!("    {},{}\n", field.declaration(), meaning(field)));
        }
        text.push_str("},\n");
    }
    text
}

pub(super) fn sections(task: &Task) -> impl Iterator<Item = (&'static str, &'static str, &Vec<TaskField>)> {
    let all = [("observation", "Observation", &task.observation), ("action", "Action", &task.action)];
    all.into_iter().filter(|(_, _, fields)| !fields.is_empty())
}

/// What a field is, as a comment behind it.
pub(super) fn meaning(field: &TaskField) -> String {
    if field.meaning.is_empty() { String::new() } else { format!(" // {}", excerpt(&field.meaning, 200)) }
}

pub(super) fn draft(answer: &Answer) -> Result<Draft, ExtractError> {
    let source = extract(&answer.text, answer.cut)?;
    Ok(Draft { said: format!("```rust\n{}\n```", source.trim_end()), source: source.to_owned() })
}

/// A factor whose code stands in one expression.
pub(super) struct Factor {
    pub(super) name: String,
    pub(super) meaning: String,
    pub(super) expression: String,
    pub(super) low: f32,
    pub(super) high: f32,
    pub(super) weight: f32,
}

/// Writes the file around factors. What the expressions read is declared as read.
pub(super) fn file(task: &Task, factors: &[Factor]) -> String {
    let mut uses = Vec::new();
    for factor in factors {
        // What is no Rust reads nothing; the check of the source says so.
        let tokens: Result<proc_macro2::TokenStream, _> = factor.expression.parse();
        walk(tokens.unwrap_or_default(), &mut uses);
    }
    let uses_row = |row: &str| uses.iter().any(|(used, _)| used == row);
    let mut text = format!(
        "use meed_guest::prelude::*;\n\nmeed_guest::transition! {{\n    name: {:?},\n    summary: {:?},\n",
        task.name,
        excerpt(&task.words, 120)
    );
    for (section, row, fields) in sections(task) {
        let _ = writeln!(text, "    {section}: {row} {{");
        for field in fields {
            let used = |row: &str| uses.contains(&(row.to_owned(), field.rust_name()));
            let reads = match section {
                "action" => (used("action"), false),
                _ => (used("observation"), used("next")),
            };
            let both = uses_row("observation") && uses_row("next");
            let declared = match (section, reads) {
                (_, (false, false)) => field.unread_declaration(),
                ("observation", (true, false)) if both => format!("#[only(current)] {}", field.declaration()),
                ("observation", (false, true)) if both => format!("#[only(next)] {}", field.declaration()),
                _ => field.declaration(),
            };
            let _ = writeln!(text, "        {declared},");
        }
        text.push_str("    },\n");
    }
    text.push_str("    factors: Factors {\n");
    for Factor { name, meaning, low, high, weight, .. } in factors {
        let _ = writeln!(text, "        {name}: {:?} weight {weight:?} in {low:?}..={high:?},", excerpt(meaning, 120));
    }
    let inputs = ["observation", "next", "action", "terminated", "truncated", "step"];
    let inputs: Vec<&str> = inputs.into_iter().filter(|input| uses_row(input)).collect();
    let takes: Vec<String> = inputs.iter().map(|input| format!("{input}: {}", type_of(input))).collect();
    let _ = write!(
        text,
        "    }},\n    reward: reward({}),\n}}\n\nfn reward({}) -> Factors {{\n    Factors {{\n",
        inputs.join(", "),
        takes.join(", ")
    );
    for Factor { name, expression, low, high, .. } in factors {
        let _ = writeln!(text, "        {name}: math::clamp({}, {low:?}, {high:?}),", expression.trim());
    }
    text + "    }\n}\n"
}

fn type_of(input: &str) -> &'static str {
    match input {
        "observation" | "next" => "&Observation",
        "action" => "&Action",
        "step" => "u32",
        _ => "bool",
    }
}

/// Lists the names that an expression reads, each with the field behind its dot, or nothing.
fn walk(tokens: proc_macro2::TokenStream, uses: &mut Vec<(String, String)>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Ident(ident) => {
                let dot = |offset: usize| matches!(tokens.get(index + offset), Some(TokenTree::Punct(p)) if p.as_char() == '.');
                let of_another =
                    index > 0 && matches!(tokens.get(index - 1), Some(TokenTree::Punct(p)) if p.as_char() == '.');
                if !of_another {
                    let field = match tokens.get(index + 2) {
                        Some(TokenTree::Ident(field)) if dot(1) => field.to_string(),
                        _ => String::new(),
                    };
                    uses.push((ident.to_string(), field));
                }
            }
            TokenTree::Group(group) => walk(group.stream(), uses),
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::example;
    use super::*;

    #[test]
    fn the_example_keeps_its_own_rules() {
        crate::check_source(&draft(&example(RULES)).unwrap().source).unwrap();
    }

    #[test]
    fn a_file_declares_what_its_expressions_read() {
        let field = |name: &str| meed_core::Field::new(name, 1, "m", 0.0, 1.0);
        let task = Task::in_environment("E", &[field("a"), field("b"), field("c")], &[field("move")]);
        let factor = |name: &str, expression: &str| Factor {
            name: name.into(),
            meaning: "m".into(),
            expression: expression.into(),
            low: 0.0,
            high: 1.0,
            weight: 0.5,
        };
        let text =
            file(&task, &[factor("x", "next.a - observation.a"), factor("y", "math::abs(next.b * step as f32)")]);
        for line in [
            "        a: f32 = \"m\" in 0.0..=1.0,",
            "        #[only(next)] b: f32 = \"m\" in 0.0..=1.0,",
            "        _c: f32 = \"m\" in 0.0..=1.0,",
            "        _move: f32 = \"m\" in 0.0..=1.0,",
            "    reward: reward(observation, next, step),",
            "        x: math::clamp(next.a - observation.a, 0.0, 1.0),",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        crate::check_source(&text).unwrap();
    }
}
