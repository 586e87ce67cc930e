//! A table of factors and a function in C; the file around them is written here.

use std::fmt::Write;

use super::Draft;
use super::rust::meaning;
use crate::extract::{C, ExtractError, extract_of};
use crate::quote::excerpt;
use crate::{Answer, Task, TaskField};

pub(super) const RULES: &str = r#"You write reward functions for reinforcement learning, in C17.
A reward looks at one step of an episode and computes several named numbers, its factors. The agent is trained on their weighted sum.

Rules
- Answer with exactly one code block that begins with ```c. No other code blocks.
- It defines the table FACTORS and the function reward, with exactly these types. It may define further functions and constants.
- Each factor has a meaning, a weight, and the smallest and largest of its values for every possible input. Clamp where needed.
- `next` is the observation after the step. `factors[i]` is set to the value of the factor in line i of the table.
- math.h, stdbool.h, stdint.h, stdlib.h and string.h are included already. Include nothing, define no macros.
- Use float and the functions that end in f, such as `sinf`. Numbers are finite for every input. No state, no printing, no files.
- A factor varies over the data, and no two factors say the same.

Example, for another task
```c
static const Factor FACTORS[] = {
    // name, meaning, weight, smallest, largest
    {"near", "one in the middle, zero at the ends", 1.0f, 0.0f, 1.0f},
    {"effort", "minus the squared force", 0.1f, -1.0f, 0.0f},
};

static void reward(const Observation *observation, const Observation *next, const Action *action, float *factors) {
    float distance = fminf(fabsf(next->position), 2.0f);
    float force = fmaxf(-1.0f, fminf(action->force, 1.0f));
    factors[0] = 1.0f - distance / 2.0f;
    factors[1] = -force * force;
}
```
"#;

/// What stands before and behind an author's code; the lines of his messages are his own.
const BEFORE: &str = include_str!("frame-before.c");
const BEHIND: &str = include_str!("frame-behind.c");

/// Words of C that may be fields of a task.
const KEYWORDS: [&str; 12] =
    ["auto", "case", "char", "default", "double", "float", "int", "long", "register", "short", "signed", "volatile"];

pub(super) fn rows(task: &Task) -> String {
    format!("The rows\n{}", structs(task))
}

fn structs(task: &Task) -> String {
    let mut text = String::new();
    for (name, fields) in [("Observation", &task.observation), ("Action", &task.action)] {
        text.push_str("typedef struct {\n");
        for field in fields {
            let size = if field.size == 1 { String::new() } else { format!("[{}]", field.size) };
            let range = field.range();
            let _ = writeln!(text, "    float {}{size}; // {}{range}{}", name_of(field), field.unit, meaning(field));
        }
        if fields.is_empty() {
            text.push_str("    char nothing;\n");
        }
        let _ = writeln!(text, "}} {name};");
    }
    text
}

fn name_of(field: &TaskField) -> String {
    let taken = KEYWORDS.contains(&field.name.as_str()) || crate::scaffold::KEYWORDS.contains(&field.name.as_str());
    if taken { format!("{}_", field.name) } else { field.name.clone() }
}

pub(super) fn draft(task: &Task, answer: &Answer) -> Result<Draft, ExtractError> {
    let code = extract_of(&C, &answer.text, answer.cut)?;
    Ok(Draft { said: format!("```c\n{}\n```", code.trim_end()), source: file(task, code) })
}

/// Writes the file around an author's code.
fn file(task: &Task, code: &str) -> String {
    let mut text =
        format!("{BEFORE}{}\n#line 1 \"reward.c\"\n{}\n#line 1 \"frame.c\"\n", structs(task), code.trim_end());
    // With both of them the size of a row is a constant of its own.
    let columns = |fields: &[TaskField]| fields.iter().map(|field| field.size).sum::<usize>();
    let _ = writeln!(
        text,
        "enum {{ OBSERVATION_COLUMNS = {}, ACTION_COLUMNS = {} }};",
        columns(&task.observation),
        columns(&task.action)
    );
    let words = [("NAME", task.name.clone()), ("SUMMARY", excerpt(&task.words, 120))];
    for (name, words) in words {
        let _ = writeln!(text, "static const char *const {name} = {};", quoted(&words));
    }
    for (name, fields, reads) in [
        ("OBSERVATION_FIELDS", &task.observation, reads as fn(&str, &str) -> &'static str),
        ("ACTION_FIELDS", &task.action, reads_action),
    ] {
        let _ = writeln!(text, "static const Field {name}[] = {{");
        for field in fields {
            let bound = |bound: Option<f32>, none: &str| bound.map_or(none.to_owned(), |bound| format!("{bound:?}f"));
            let _ = writeln!(
                text,
                "    {{{}, {}, {}, {}, {}, {}}},",
                quoted(&field.name),
                field.size,
                quoted(&field.unit),
                bound(field.low, "-INFINITY"),
                bound(field.high, "INFINITY"),
                reads(code, &name_of(field))
            );
        }
        // A table has at least one line; how many count is said beside it.
        let _ = writeln!(text, "    {{0}},\n}};\nenum {{ {name}_COUNT = {} }};", fields.len());
    }
    text + BEHIND
}

/// Says which of the two rows code reads a field of. Code that hands a row on as a whole may read all of it.
fn reads(code: &str, name: &str) -> &'static str {
    match (row_reads(code, "observation", name), row_reads(code, "next", name)) {
        (true, true) => "MEED_REWARD_TYPES_READS_CURRENT | MEED_REWARD_TYPES_READS_NEXT",
        (false, true) => "MEED_REWARD_TYPES_READS_NEXT",
        (true, false) => "MEED_REWARD_TYPES_READS_CURRENT",
        (false, false) => "0",
    }
}

fn reads_action(code: &str, name: &str) -> &'static str {
    if row_reads(code, "action", name) { "MEED_REWARD_TYPES_READS_CURRENT" } else { "0" }
}

fn row_reads(code: &str, row: &str, name: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(row).any(|(start, _)| {
        let (before, after) = (code[..start].chars().next_back(), &code[start + row.len()..]);
        if before.is_some_and(word) || after.starts_with(word) {
            return false;
        }
        match after.trim_start().strip_prefix("->") {
            Some(field) => field.trim_start().strip_prefix(name).is_some_and(|rest| !rest.starts_with(word)),
            // A parameter reads nothing, nor does one that is said to be unused; any other mention may read all.
            None => !is_unread(&code[..start]),
        }
    })
}

/// Tells whether what stands before a row's name makes it a parameter, or one that is not used.
fn is_unread(before: &str) -> bool {
    let before = before.trim_end();
    if before.ends_with("(void)") {
        return true;
    }
    let before = before.strip_suffix('*').unwrap_or(before).trim_end();
    before.ends_with("Observation") || before.ends_with("Action")
}

/// Writes a text as C does.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' | b'?' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            // Three digits, so that none of the text's own is taken for one.
            _ => {
                let _ = write!(quoted, "\\{byte:03o}");
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
    use crate::source_check::check_c;

    #[test]
    fn the_example_keeps_its_own_rules() {
        let task = task("double");
        let draft = draft(&task, &example(RULES)).unwrap();
        check_c(&draft.source).unwrap();
        assert!(draft.said.starts_with("```c\nstatic const Factor FACTORS[] = {\n"));
        let fields = [
            "    {\"position\", 1, \"m\", -2.0f, 2.0f, MEED_REWARD_TYPES_READS_NEXT},",
            "    {\"double\", 2, \"m\", -2.0f, 2.0f, 0},",
            "    {\"force\", 1, \"m\", -2.0f, 2.0f, MEED_REWARD_TYPES_READS_CURRENT},",
        ];
        assert_holds(&draft.source, &fields);
        assert_holds(&rows(&task), &["    float double_[2]; // m, -2 to 2\n"]);
    }

    #[test]
    fn a_row_that_is_handed_on_may_be_read_whole() {
        assert!(row_reads("return helper(next);", "next", "x"));
        assert!(row_reads("return next -> x ;", "next", "x"));
        for code in ["return next->xy;", "return the_next->x;", "f(const Observation *next) {}", "(void)next;"] {
            assert!(!row_reads(code, "next", "x"), "{code}");
        }
    }

    #[test]
    fn texts_are_quoted() {
        assert_eq!(quoted("a\"b\\c?\u{e9}1\n"), r#""a\"b\\c\?\303\2511\012""#);
    }
}
