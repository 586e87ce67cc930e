//! What generated Python may not contain.
//!
//! A module runs while it is built, in a sandbox that gives it nothing; what it would need there is refused before. Comments and texts
//! are taken as Python takes them. Nothing is imported but `math`, and names with two underscores, which lead from any value to
//! everything else, stand nowhere.

use super::{SourceError, check_depth};
use crate::extract::LONGEST;
use crate::quote::excerpt;

/// Ends the author's code in a module; what stands behind the last of these lines is Meed's.
pub(crate) const FRAME: &str = "# ---- What makes a plugin of it, by Meed.";

const CODE: &str = "a reward runs no code but its own";
const OUTSIDE: &str = "a reward reads nothing, prints nothing and does not end its host";
const NEEDLESS: &str = "a table and functions are all that a reward needs";
const INSIDE: &str = "it leads from a value to what is behind it";
/// Names that may stand nowhere, with what is wrong with them.
const NAMES: [(&str, &str); 33] = [
    ("exec", CODE),
    ("eval", CODE),
    ("compile", CODE),
    ("open", OUTSIDE),
    ("input", OUTSIDE),
    ("breakpoint", OUTSIDE),
    ("print", OUTSIDE),
    ("help", OUTSIDE),
    ("exit", OUTSIDE),
    ("quit", OUTSIDE),
    ("globals", INSIDE),
    ("locals", INSIDE),
    ("vars", INSIDE),
    ("getattr", INSIDE),
    ("setattr", INSIDE),
    ("delattr", INSIDE),
    ("f_back", INSIDE),
    ("f_builtins", INSIDE),
    ("f_globals", INSIDE),
    ("f_locals", INSIDE),
    ("tb_frame", INSIDE),
    ("gi_frame", INSIDE),
    ("gi_code", INSIDE),
    ("cr_frame", INSIDE),
    ("cr_code", INSIDE),
    ("ag_frame", INSIDE),
    ("ag_code", INSIDE),
    ("class", NEEDLESS),
    ("async", NEEDLESS),
    ("await", NEEDLESS),
    ("type", NEEDLESS),
    ("global", "a reward keeps no state"),
    ("nonlocal", "a reward keeps no state"),
];

/// Checks that a module's author uses nothing that reaches beyond it.
///
/// # Errors
/// The first thing that is not allowed.
pub(crate) fn check_python(source: &str) -> Result<(), SourceError> {
    let source = source.rsplit_once(FRAME).map_or(source, |(author, _)| author);
    if source.len() > LONGEST {
        return Err(SourceError { line: 0, what: "a source of this length".into(), why: "it has more than 64 KiB" });
    }
    check_depth(source)?;
    let plain = blanked_python(source)?;
    for (line, text) in (1..).zip(plain.lines()) {
        let refused = |what: &str, why| Err(SourceError { line, what: format!("`{}`", excerpt(what, 60)), why });
        if let Some(mark) = text.chars().find(|c| !c.is_ascii() || ['@', '\\'].contains(c)) {
            let why = match mark {
                '@' => "decorators are not needed",
                '\\' => "the code would be read otherwise than it looks",
                _ => "names have no other letters than those from a to z",
            };
            return refused(&mark.to_string(), why);
        }
        for name in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            if name == "import" && !imports_math(text.trim()) {
                return refused(text.trim(), "a reward imports nothing but math, in a line of its own");
            }
            if name.contains("__") {
                return refused(name, INSIDE);
            }
            if let Some((_, why)) = NAMES.iter().find(|(known, _)| *known == name) {
                return refused(name, why);
            }
        }
    }
    Ok(())
}

/// Tells whether a line imports from `math` and does nothing else.
fn imports_math(line: &str) -> bool {
    let names = |c: char| c.is_ascii_alphanumeric() || ['_', ' ', ',', '*', '(', ')'].contains(&c);
    line == "import math" || line.strip_prefix("from math import ").is_some_and(|rest| rest.chars().all(names))
}

/// Replaces what stands in comments and between quotation marks by spaces; lines stay lines.
///
/// # Errors
/// Where a text does not end, holds code, or the file would be read otherwise than it looks.
pub(crate) fn blanked_python(source: &str) -> Result<String, SourceError> {
    let mut plain = String::with_capacity(source.len());
    let mut line = 1;
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let refused = |what: &str, why| Err(SourceError { line, what: what.into(), why });
        let length = match c {
            '#' => {
                let comment = rest.lines().next().unwrap_or_default();
                // In the first two lines a comment may name the encoding in which Python reads the file.
                if line <= 2 && comment.contains("coding") {
                    return refused("a comment on the encoding", "the code would be read otherwise than it looks");
                }
                comment.trim_end_matches('\r').find(is_odd).unwrap_or(comment.len())
            }
            '"' | '\'' => {
                let letters = plain.chars().rev().take_while(char::is_ascii_alphanumeric);
                if letters.into_iter().any(|c| ['f', 'F', 't', 'T'].contains(&c)) {
                    return refused("a text with code in it", "write numbers and texts apart");
                }
                match quoted(rest) {
                    Some(length) => length,
                    None => return refused("a quotation mark", "it has no partner"),
                }
            }
            _ if is_odd(c) && !rest.starts_with("\r\n") => {
                return refused("a character that is not seen", "the code would be read otherwise than it looks");
            }
            _ => {
                plain.push(c);
                line += usize::from(c == '\n');
                rest = rest.strip_prefix(c).unwrap_or_default();
                continue;
            }
        };
        let (hidden, behind) = rest.split_at(length);
        if hidden.contains(|c| is_odd(c) && c != '\r') {
            return refused("a character that is not seen", "the code would be read otherwise than it looks");
        }
        plain.extend(hidden.chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
        line += hidden.matches('\n').count();
        rest = behind;
    }
    Ok(plain)
}

/// Tells characters that end a line for some readers, or are seen by none.
fn is_odd(c: char) -> bool {
    c.is_control() && !['\n', '\t'].contains(&c)
}

/// Finds the end of a text that begins here, with its last quotation mark.
fn quoted(rest: &str) -> Option<usize> {
    let mark = rest.get(..1)?;
    let triple = mark.repeat(3);
    let end = if rest.starts_with(&triple) { triple.as_str() } else { mark };
    let mut place = end.len();
    loop {
        let here = rest.get(place..)?;
        if here.starts_with(end) {
            return Some(place + end.len());
        }
        let c = here.chars().next()?;
        place += c.len_utf8();
        match c {
            // Whatever follows is part of the text, in a raw one, too.
            '\\' => place += rest.get(place..)?.chars().next()?.len_utf8(),
            '\n' if end.len() == 1 => return None,
            _ => {}
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
            "import math\nfrom math import sin, cos as c\nx = math.pi / 2  # import os, it's __fine__ @\n",
            "\"\"\"import os\n__import__('os')\"\"\"\ny = 'exec(\"x\")' + \"it's\" + r'\\\\' + b'a'.hex()\n",
            "def reward(a, b, c):\r\n    \u{23}\u{e9}\r\n    return [a.x if a.x > 0 else -a.x]\r\n",
            "if_open = 1\nimportant = 2\n",
        ] {
            check_python(&format!("{code}\n{FRAME}\nimport os\nclass Plugin: pass")).unwrap();
        }
    }

    #[test]
    fn every_way_out_is_refused_at_its_line() {
        let codes = [
            ("import os", "import os"),
            ("import math, os", "math, os"),
            ("import math; import os", "import os"),
            ("from math import sin; import os", "import os"),
            ("from os import *", "from os"),
            ("  from ctypes import CDLL", "ctypes"),
            ("import socket as math", "socket"),
            ("from mathx import y", "mathx"),
            ("import \\\nos", "otherwise than it looks"),
            ("__import__('os')", "__import__"),
            ("().__class__.__base__.__subclasses__()", "__class__"),
            ("math.__loader__", "__loader__"),
            ("(lambda: (yield))().gi_frame.f_back", "gi_frame"),
            ("exec('x')", "exec"),
            ("e = eval", "eval"),
            ("open('/etc/passwd')", "open"),
            ("getattr(x, '_' + '_class_' + '_')", "getattr"),
            ("\u{ff45}\u{ff58}\u{ff45}\u{ff43}('x')", "letters"),
            ("x = f'{open(1)}'", "code in it"),
            ("x = rf'''{open(1)}'''", "code in it"),
            ("x = t'{open(1)}'", "code in it"),
            ("# x\rimport os", "not seen"),
            ("x = 'a\\\\' ; import os #'", "import os"),
            ("x = '''a''' ; import os", "import os"),
            ("x = \"\" ; import os", "import os"),
            ("@exec\ndef f(): pass", "@"),
            ("class A: pass", "class"),
            ("while True: print(1)", "print"),
            ("x = 'no end", "partner"),
            ("x = '''no end", "partner"),
            ("\u{c}import os", "not seen"),
        ];
        assert_refused(check_python, &format!("\n{FRAME}\n"), &codes);
        for code in ["# -*- coding: utf-7 -*-\n", "\n# vim: set fileencoding=utf-7 :\n"] {
            assert!(check_python(code).unwrap_err().to_string().contains("encoding"), "{code}");
        }
    }

    #[test]
    fn an_author_does_not_end_his_own_code_for_the_check() {
        let error = check_python(&format!("x = 1\n{FRAME}\nimport os\n{FRAME}\nimport math\n")).unwrap_err();
        assert_eq!(error.line, 3, "{error}");
    }

    proptest! {
        /// Whatever stands around it, an import in a line of its own is only taken for text within three quotation marks.
        #[test]
        fn an_import_in_a_line_of_its_own_is_seen(
            before in some_of(["'''", "\"\"\"", "\"", "'", "#", "\n", "\\", " a ", "\"x\"", "r"])
        ) {
            let source = format!("{}\nimport os\n", before.concat());
            if check_python(&source).is_ok() {
                prop_assert!(source.contains("'''") || source.contains("\"\"\""), "{}", source);
            }
        }
    }
}
