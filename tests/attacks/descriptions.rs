//! Descriptions that lie, and those that are unreasonable.

use std::fmt::Write;

use super::guest::{DESCRIPTION, FACTOR, FIELD, sound};
use super::processes::{Run, meed_with};
use super::{Attack, Target, guest, scene};

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        // Two factors are promised and one is given, and the other way round.
        guest("promises-two-factors", "output-length", || sound(&two_factors())),
        guest("promises-no-factor", "output-length", || sound(&words(DESCRIPTION + 60, "0 0"))),
        guest("promises-ten-thousand-factors", "load: description", || sound(&words(DESCRIPTION + 60, "8192 10000"))),
        guest("factors-beyond-the-answer", "load: result-size", || sound(&words(DESCRIPTION + 60, "8192 90000"))),
        guest("columns-of-all-ones", "load: description", || sound(&words(FIELD + 8, "-1"))),
        guest("columns-that-add-up", "load: description", || {
            // Forty fields of two hundred million columns.
            let mut fields = String::from("(data (i32.const 8192) (i32");
            for _ in 0..40 {
                fields.push_str(" 1185 1 200000000 1186 1 0 0 1");
            }
            fields.push_str("))");
            sound(&format!("{fields}{}", words(DESCRIPTION + 24, "8192 40")))
        }),
        guest("columns-none", "scores", || sound(&words(FIELD + 8, "0"))),
        guest("name-of-a-megabyte", "load: description", || sound(&words(DESCRIPTION, "65536 1000000"))),
        guest("one-text-for-everything", "load: result-size", || {
            // Four thousand fields whose names and units are one and the same megabyte.
            let mut fields = String::from("(data (i32.const 8192) (i32");
            for _ in 0..4_000 {
                let _ = write!(fields, " 1000000 1000000 1 1000000 1000000 0 0 1");
            }
            fields.push_str("))");
            sound(&format!("{fields}{}", words(DESCRIPTION + 24, "8192 4000")))
        }),
        // It loads, for `meed inspect` to show what is wrong; whoever would use its scores refuses it.
        guest("ranges-of-nan", "scores", || sound(&words(FACTOR + 8, "0x7fc00000 0x7fc00000"))),
        guest("weight-of-nan", "scores", || sound(&words(FACTOR + 16, "0x7fc00000"))),
        scene("unsound-description-in-use", "refused by exit code 1", unsound),
        scene("description-with-escape-sequences", "shown escaped", escapes),
        scene("description-that-forges-lines", "shown escaped", forged_lines),
    ]
}

fn words(at: u32, values: &str) -> String {
    format!("(data (i32.const {at}) (i32 {values}))")
}

fn two_factors() -> String {
    let factor = "1187 1 0xc1200000 0x41200000 0x3f800000 1188 7";
    format!("(data (i32.const 8192) (i32 {factor} {factor})){}", words(DESCRIPTION + 60, "8192 2"))
}

fn unsound(_: &Target) -> String {
    let component = sound(&words(FACTOR + 16, "0x7fc00000"));
    let Run { code, .. } = meed_with(&component, |file| {
        let out = file.with_file_name("out.parquet");
        vec!["eval".into(), file.into(), "--data".into(), "/nowhere.parquet".into(), "--out".into(), out.into()]
    });
    format!("refused by exit code {}", code.unwrap_or(-1))
}

/// A summary that would rename the terminal's window, and a name that would go over the line before.
fn escapes(_: &Target) -> String {
    inspected("\\1b]0;owned\\07\\1b[2K", |text| text.contains(['\u{1b}', '\u{7}']))
}

/// A summary that looks like lines of the host's own.
fn forged_lines(_: &Target) -> String {
    inspected("x\\0a  imports      forged\\0d", |text| {
        text.lines().any(|line| line.starts_with("  imports      forged"))
    })
}

fn inspected(summary: &str, is_bad: impl Fn(&str) -> bool) -> String {
    let len = summary.len() - 2 * summary.matches('\\').count();
    let component =
        sound(&format!("(data (i32.const 8192) \"{summary}\"){}", words(DESCRIPTION + 16, &format!("8192 {len}"))));
    let run = meed_with(&component, |file| vec!["inspect".into(), file.into()]);
    if run.code != Some(0) {
        format!("exit code {:?}: {}", run.code, run.stderr)
    } else if is_bad(&run.stdout) {
        format!("shown as it is: {:?}", run.stdout)
    } else {
        "shown escaped".into()
    }
}
