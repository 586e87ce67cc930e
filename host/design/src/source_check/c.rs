//! What generated C may not contain.
//!
//! The preprocessor reads files, so that it may do nothing here but include headers that are known to be harmless; comments, texts and
//! joined lines are taken as the compiler takes them. Names that begin with two underscores are the compiler's own: attributes that
//! import and export, assembly, questions for files.

use super::{SourceError, check_depth};
use crate::extract::LONGEST;

/// Headers that may be included; the last is the interface's.
const HEADERS: [&str; 8] = [
    "<float.h>",
    "<math.h>",
    "<stdbool.h>",
    "<stddef.h>",
    "<stdint.h>",
    "<stdlib.h>",
    "<string.h>",
    "\"meed_reward.h\"",
];
/// Files that lines may be said to be of: the author's, and the frame's.
const FILES: [&str; 2] = ["\"reward.c\"", "\"frame.c\""];
/// Names that are the compiler's own, and harmless.
const BUILT_IN: [&str; 3] = ["__builtin_trap", "__func__", "__builtin_unreachable"];

/// Checks that a source in C contains nothing that reads from the machine that compiles it.
///
/// # Errors
/// The first thing that is not allowed.
pub(crate) fn check_c(source: &str) -> Result<(), SourceError> {
    check(source).map_err(|error| {
        // As the compiler counts: from the last line that says that here the author's code begins.
        let before = source.lines().take(error.line.saturating_sub(1));
        let begin = before.enumerate().filter(|(_, line)| line.starts_with("#line 1 ")).last();
        SourceError { line: error.line - begin.map_or(0, |(place, _)| place + 1), ..error }
    })
}

fn check(source: &str) -> Result<(), SourceError> {
    if source.len() > LONGEST {
        return Err(SourceError { line: 0, what: "a source of this length".into(), why: "it has more than 64 KiB" });
    }
    check_depth(source)?;
    // What the compiler joins or replaces before it reads, nobody needs.
    for (marks, what) in
        [("\\\n", "a line that goes on in the next"), ("\\\r", "a line that goes on in the next"), ("??", "a trigraph")]
    {
        if let Some(place) = source.find(marks) {
            return Err(refused(source, place, what.into(), "the code would be read otherwise than it looks"));
        }
    }
    let plain = blanked(source)?;
    for (line, text) in (1..).zip(plain.lines()) {
        let text = text.trim();
        let Some(directive) = text.strip_prefix('#').or_else(|| text.strip_prefix("%:")) else {
            if text.contains('#') || text.contains("%:") {
                return Err(SourceError { line, what: "`#`".into(), why: "a reward defines no macros" });
            }
            continue;
        };
        // The names of files are blanked with all other texts: they are read in the source itself.
        let original = source.lines().nth(line - 1).unwrap_or_default().trim();
        let allowed = match directive.split_whitespace().next() {
            Some("include") => HEADERS.iter().any(|header| original == format!("#include {header}")),
            Some("line") => FILES.iter().any(|file| original == format!("#line 1 {file}")),
            _ => false,
        };
        if !allowed {
            let what = format!("`{}`", crate::quote::excerpt(original, 60));
            return Err(SourceError {
                line,
                what,
                why: "a reward includes only headers of the language that touch no file, and defines no macros",
            });
        }
    }
    check_names(&plain)
}

fn check_names(plain: &str) -> Result<(), SourceError> {
    let mut place = 0;
    for word in plain.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
        let name = word.trim_end_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        let own = name.starts_with("__") && !BUILT_IN.contains(&name);
        if own || ["asm", "_Pragma"].contains(&name) {
            return Err(refused(plain, place, format!("`{name}`"), "names of the compiler's own are not needed"));
        }
        place += word.len();
    }
    for (marks, why) in [("[[", "attributes are not needed"), ("<:", "the code would be read otherwise than it looks")]
    {
        if let Some(place) = plain.find(marks) {
            return Err(refused(plain, place, format!("`{marks}`"), why));
        }
    }
    Ok(())
}

fn refused(source: &str, place: usize, what: String, why: &'static str) -> SourceError {
    let line = source.get(..place).unwrap_or_default().matches('\n').count() + 1;
    SourceError { line, what, why }
}

/// Replaces what stands in comments and between quotation marks by spaces; lines stay lines, and all places stay where they are.
fn blanked(source: &str) -> Result<String, SourceError> {
    let bytes = source.as_bytes();
    let mut plain: Vec<u8> = Vec::with_capacity(bytes.len());
    let mut place = 0;
    while let Some(&byte) = bytes.get(place) {
        let end = match (byte, bytes.get(place + 1)) {
            (b'/', Some(b'/')) => {
                source.get(place..).and_then(|rest| rest.find('\n')).map_or(bytes.len(), |n| place + n)
            }
            (b'/', Some(b'*')) => {
                let found = bytes.get(place + 2..).and_then(|rest| rest.windows(2).position(|pair| pair == b"*/"));
                let Some(length) = found else {
                    return Err(refused(source, place, "a comment".into(), "it does not end"));
                };
                place + 2 + length + 2
            }
            (b'"' | b'\'', _) => match quoted(bytes, place) {
                Some(end) => end,
                None => return Err(refused(source, place, "a quotation mark".into(), "it has no partner in its line")),
            },
            _ => {
                plain.push(if byte.is_ascii() { byte } else { b' ' });
                place += 1;
                continue;
            }
        };
        let hidden = bytes.get(place..end).unwrap_or_default();
        plain.extend(hidden.iter().map(|byte| if *byte == b'\n' { b'\n' } else { b' ' }));
        place = end;
    }
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

/// Finds the end of a text or a character that begins here.
fn quoted(bytes: &[u8], start: usize) -> Option<usize> {
    let mark = *bytes.get(start)?;
    let mut place = start + 1;
    loop {
        match *bytes.get(place)? {
            b'\\' => place += 2,
            b'\n' => return None,
            byte if byte == mark => return Some(place + 1),
            _ => place += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::super::tests::{assert_refused, some_of};
    use super::*;

    #[test]
    fn harmless_code_is_taken() {
        for code in [
            include_str!("../../../../plugins/pendulum-c/reward.c"),
            "// #include \"/etc/passwd\"\n/* __asm__ */ static const char *a = \"#include <x> __attribute__ [[\"; char b = '\"';",
            "#include <math.h>\n#line 1 \"reward.c\"\nint f(int x) { return x / 2; } // it's fine",
        ] {
            check_c(code).unwrap();
        }
    }

    #[test]
    fn every_way_to_read_the_machine_is_refused_at_its_line() {
        let codes = [
            ("#include \"/etc/passwd\"", "/etc/passwd"),
            ("#include </etc/passwd>", "/etc/passwd"),
            ("  #  include <stdio.h>", "stdio"),
            ("%:include <stdio.h>", "stdio"),
            ("/* */ #include \"secret\"", "secret"),
            ("/*\n*/#include \"secret\"", "secret"),
            ("#include/**/\"secret\"", "secret"),
            ("#include <math.h> \"secret\"", "secret"),
            ("static char a[] = {\n#embed \"/etc/passwd\"\n};", "#embed"),
            ("#inc\\\nlude \"secret\"", "goes on"),
            ("??=include \"secret\"", "trigraph"),
            ("#define JOIN(a, b) a ## b", "#define"),
            ("#pragma clang module import x", "#pragma"),
            ("_Pragma(\"x\")", "_Pragma"),
            ("int f(void) __attribute__((import_module(\"env\")));", "__attribute__"),
            ("[[clang::import_module(\"env\")]] int f(void);", "[["),
            ("<:<:clang::x:>:> int f(void);", "<:"),
            ("asm(\".incbin \\\"/etc/passwd\\\"\");", "asm"),
            ("__asm__(\".incbin\");", "__asm__"),
            ("int a = __has_include(\"/etc/passwd\");", "__has_include"),
            ("#line 1 \"/etc/passwd\"", "#line"),
            ("char a = '\"; char *b = \"'; __asm__(1);", "__asm__"),
            ("/* without end", "comment"),
        ];
        assert_refused(check_c, "", &codes);
    }

    #[test]
    fn lines_are_counted_in_the_authors_code() {
        let error = check_c("int a;\n#line 1 \"reward.c\"\nint b;\nasm(1);\n").unwrap_err();
        assert_eq!(error.line, 2, "{error}");
    }

    proptest! {
        /// Whatever stands around it, an include that is not known is not taken for text.
        #[test]
        fn an_include_in_a_line_of_its_own_is_seen(
            before in some_of(["/*", "*/", "\"", "'", "//", "\n", "\\", " a ", "\"x\"", "/* b */"])
        ) {
            let source = format!("{}\n#include \"/etc/passwd\"\n", before.concat());
            // Only within a comment it may stand, which the compiler would not read either.
            if check_c(&source).is_ok() {
                prop_assert!(blanked(&source).unwrap().lines().all(|line| !line.contains('#')));
                prop_assert!(before.contains(&"/*"));
            }
        }
    }
}
