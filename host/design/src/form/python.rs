//! A table of factors and a function in Python; what makes a plugin of them is written behind them here.

use std::fmt::Write;

use super::Draft;
use crate::extract::{ExtractError, PYTHON, extract_of};
use crate::quote::excerpt;
use crate::source_check::{FRAME, blanked_python};
use crate::{Answer, Task, TaskField};

pub(super) const RULES: &str = r#"You write reward functions for reinforcement learning, in Python 3.
A reward looks at one step of an episode and computes several named numbers, its factors. The agent is trained on their weighted sum.

Rules
- Answer with exactly one code block that begins with ```python. No other code blocks.
- It defines the table FACTORS and the function reward, as the example does. It may define further functions and constants.
- Each factor has a meaning, a weight, and the smallest and largest of its values for every possible input. Clamp where needed.
- `next` is the observation after the step. `reward` returns a list with one number for each line of the table, in its order.
- Import nothing but math. No classes, no decorators, no f-strings, no names with two underscores. No numpy.
- Numbers are finite for every input. No state, no printing, no files.
- A factor varies over the data, and no two factors say the same.

Example, for another task
```python
import math

FACTORS = [
    # name, meaning, weight, smallest, largest
    ("near", "one in the middle, zero at the ends", 1.0, 0.0, 1.0),
    ("effort", "minus the squared force", 0.1, -1.0, 0.0),
]


def reward(observation, next, action):
    distance = min(math.fabs(next.position), 2.0)
    force = max(-1.0, min(action.force, 1.0))
    return [1.0 - distance / 2.0, -force * force]
```
"#;

/// What makes a plugin of an author's table and function, given the task's fields.
const PLUGIN: &str = include_str!("frame.py");

/// Words of Python that may be fields of a task.
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
    "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

fn name_of(field: &TaskField) -> String {
    if KEYWORDS.contains(&field.name.as_str()) { format!("{}_", field.name) } else { field.name.clone() }
}

fn sections(task: &Task) -> [(&'static str, &Vec<TaskField>); 2] {
    [("observation", &task.observation), ("action", &task.action)]
}

pub(super) fn rows(task: &Task) -> String {
    let mut text = String::from("The rows\n");
    for (row, fields) in sections(task) {
        for field in fields {
            let kind = if field.size == 1 { "a float".to_owned() } else { format!("a list of {} floats", field.size) };
            let range = field.range();
            let meaning =
                if field.meaning.is_empty() { String::new() } else { format!("; {}", excerpt(&field.meaning, 200)) };
            let _ = writeln!(text, "{row}.{}: {kind}, {}{range}{meaning}", name_of(field), field.unit);
        }
    }
    text.push_str("next has the fields of observation.\n");
    text
}

pub(super) fn draft(task: &Task, answer: &Answer) -> Result<Draft, ExtractError> {
    let code = extract_of(&PYTHON, &answer.text, answer.cut)?;
    Ok(Draft { said: format!("```python\n{}\n```", code.trim_end()), source: file(task, code) })
}

/// Writes the module: the author's code, whose lines are so his own, and the rest behind it.
fn file(task: &Task, code: &str) -> String {
    let mut text = format!("{}\n\n\n{FRAME}\n", code.trim_end());
    let _ = writeln!(text, "_NAME = {}\n_SUMMARY = {}", quoted(&task.name), quoted(&excerpt(&task.words, 120)));
    // Comments and texts are no uses of a field.
    let plain = blanked_python(code).unwrap_or_default();
    for (row, fields) in sections(task) {
        let _ = writeln!(text, "_{} = [", row.to_uppercase());
        for field in fields {
            let bound = |bound: Option<f32>, none: &str| bound.map_or(none.to_owned(), |bound| format!("{bound:?}"));
            let _ = writeln!(
                text,
                "    ({}, {}, {}, {}, {}, {}),",
                quoted(&field.name),
                field.size,
                quoted(&field.unit),
                bound(field.low, "float(\"-inf\")"),
                bound(field.high, "float(\"inf\")"),
                u8::from(reads(&plain, row, &name_of(field)))
                    + 2 * u8::from(row == "observation" && reads(&plain, "next", &name_of(field))),
            );
        }
        text.push_str("]\n");
    }
    for (class, fields) in [("Observation", &task.observation), ("Action", &task.action)] {
        let names: Vec<String> = fields.iter().map(|field| format!("\"{}\"", name_of(field))).collect();
        let _ = write!(
            text,
            "\n\nclass {class}:\n    __slots__ = [{}]\n\n    def __init__(self, row):\n",
            names.join(", ")
        );
        let mut column = 0;
        for field in fields {
            let end = column + field.size;
            let value = if field.size == 1 { format!("row[{column}]") } else { format!("row[{column}:{end}]") };
            let _ = writeln!(text, "        self.{} = {value}", name_of(field));
            column = end;
        }
        if fields.is_empty() {
            text.push_str("        pass\n");
        }
    }
    text + PLUGIN
}

/// Tells whether code reads a field of a row. Code that hands a row on as a whole may read all of it; a parameter reads nothing.
fn reads(plain: &str, row: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    plain.lines().filter(|line| !line.trim_start().starts_with("def ")).any(|line| {
        line.match_indices(row).any(|(start, _)| {
            let (before, after) = (&line[..start], &line[start + row.len()..]);
            if before.ends_with(word) || before.trim_end().ends_with('.') || after.starts_with(word) {
                return false;
            }
            match after.trim_start().strip_prefix('.') {
                Some(field) => field.trim_start().strip_prefix(name).is_some_and(|rest| !rest.starts_with(word)),
                None => true,
            }
        })
    })
}

/// Writes a text as Python does.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            ' '..='~' => quoted.push(c),
            _ => {
                let _ = write!(quoted, "\\U{:08x}", u32::from(c));
            }
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::super::tests::{assert_holds, example, task};
    use super::*;
    use crate::source_check::check_python;

    #[test]
    fn the_example_keeps_its_own_rules() {
        let task = task("lambda");
        let draft = draft(&task, &example(RULES)).unwrap();
        check_python(&draft.source).unwrap();
        assert!(draft.said.starts_with("```python\nimport math\n") && draft.source.starts_with("import math\n"));
        let fields = [
            "    (\"position\", 1, \"m\", -2.0, 2.0, 2),\n",
            "    (\"lambda\", 2, \"m\", -2.0, 2.0, 0),\n",
            "    (\"force\", 1, \"m\", -2.0, 2.0, 1),\n",
            "        self.lambda_ = row[1:3]\n",
        ];
        assert_holds(&draft.source, &fields);
        assert_holds(&rows(&task), &["observation.lambda_: a list of 2 floats, m, -2 to 2\n"]);
    }

    #[test]
    fn a_row_that_is_handed_on_may_be_read_whole() {
        for code in ["return helper(next)", "return next . x", "a, b = next, 1"] {
            assert!(reads(code, "next", "x"), "{code}");
        }
        for code in ["return next.xy", "return the_next.x", "def reward(observation, next, action):", "a.next"] {
            assert!(!reads(code, "next", "x"), "{code}");
        }
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("a\"b\\c\u{e9}\n"), r#""a\"b\\c\U000000e9\U0000000a""#);
    }
}
