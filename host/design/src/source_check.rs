//! What generated Rust may not contain, found before a compiler sees it.
//!
//! A compiler is no sandbox: macros such as `include_str!` copy files into what it makes, attributes such as `#[path]` read them, and
//! procedural macros run. The source is read as the compiler reads it, token by token, so that comments and strings don't
//! count and renaming does not help: the names of what reads from the machine may stand nowhere, and only macros and attributes
//! that are known to be harmless may be called.

mod c;
mod python;

use std::str::FromStr;

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};

use crate::extract::LONGEST;

pub(crate) use c::check_c;
pub(crate) use python::{FRAME, blanked_python, check_python};

/// Deepest nesting of brackets: far beyond what a person writes, and far from a compiler's own limits.
const DEEPEST: usize = 64;

/// Macros that may be called.
const MACROS: [&str; 17] = [
    "transition",
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "concat",
    "format",
    "matches",
    "panic",
    "stringify",
    "todo",
    "unimplemented",
    "unreachable",
    "vec",
    "write",
];

/// Attributes that may be used; `only` is the SDK's.
const ATTRIBUTES: [&str; 16] = [
    "allow",
    "cfg",
    "cold",
    "default",
    "deny",
    "derive",
    "doc",
    "expect",
    "inline",
    "must_use",
    "non_exhaustive",
    "only",
    "repr",
    "rustfmt",
    "test",
    "warn",
];

/// Names that may stand nowhere, with what is wrong with them.
const NAMES: [(&str, &str); 21] = [
    ("include", READS),
    ("include_str", READS),
    ("include_bytes", READS),
    ("env", READS),
    ("option_env", READS),
    ("unsafe", "a reward needs no unsafe code"),
    ("extern", "a reward imports nothing and exports what the SDK exports for it"),
    ("macro_rules", "a reward defines no macros"),
    ("proc_macro", "a reward defines no macros"),
    ("asm", ASSEMBLY),
    ("global_asm", ASSEMBLY),
    ("naked_asm", ASSEMBLY),
    ("link", EXPORTS),
    ("link_section", EXPORTS),
    ("no_mangle", EXPORTS),
    ("export_name", EXPORTS),
    ("wit_bindgen", INSIDE),
    ("generate", INSIDE),
    ("bindings", INSIDE),
    ("arena", INSIDE),
    ("one_row", INSIDE),
];
const READS: &str = "it would read from the machine that compiles it";
const ASSEMBLY: &str = "a reward contains no assembly";
const EXPORTS: &str = "a reward exports what the SDK exports for it";
const INSIDE: &str = "it belongs to the inside of the SDK";

/// Modules of the standard library that give nothing in a plugin.
const ABSENT: [&str; 7] = ["fs", "net", "process", "os", "thread", "time", "io"];

/// Why a source is refused. The message is written for the model.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {what} is not allowed: {why}")]
pub struct SourceError {
    /// The line, from 1; 0 where the whole source is meant.
    pub line: usize,
    /// What stands there.
    pub what: String,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Checks that a source contains nothing that reads from the machine that compiles it.
///
/// # Errors
/// The first thing that is not allowed.
pub fn check_source(source: &str) -> Result<(), SourceError> {
    if source.len() > LONGEST {
        return Err(SourceError { line: 0, what: "a source of this length".into(), why: "it has more than 64 KiB" });
    }
    check_depth(source)?;
    let tokens = TokenStream::from_str(source).map_err(|error| SourceError {
        line: error.span().start().line,
        what: "what stands here".into(),
        why: "it is no Rust: a bracket or a quotation mark has no partner, or a character has no meaning",
    })?;
    check(tokens)
}

/// Bounds the brackets that could be nested, by all that stand in the text, before anything walks down them.
fn check_depth(source: &str) -> Result<(), SourceError> {
    let (mut depth, mut line) = (0_usize, 1);
    for c in source.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '\n' => line += 1,
            _ => {}
        }
        if depth > DEEPEST {
            return Err(SourceError {
                line,
                what: "nesting this deep".into(),
                why: "there are more than 64 open brackets",
            });
        }
    }
    Ok(())
}

fn check(tokens: TokenStream) -> Result<(), SourceError> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        let after = |offset: usize| tokens.get(index + offset);
        match token {
            TokenTree::Ident(ident) => {
                let name = plain(&ident.to_string());
                if let Some((name, why)) = NAMES.iter().find(|(forbidden, _)| *forbidden == name) {
                    return refuse(ident.span(), format!("`{name}`"), why);
                }
                let calls = is_punct(after(1), '!') && matches!(after(2), Some(TokenTree::Group(_)));
                if calls && !MACROS.contains(&name.as_str()) {
                    return refuse(
                        ident.span(),
                        format!("the macro `{name}!`"),
                        "only common macros and the SDK's are known here",
                    );
                }
                if name == "mod" && is_punct(after(2), ';') {
                    return refuse(ident.span(), "a module in another file".into(), "a reward is one file");
                }
                let std = name == "std" && is_punct(after(1), ':') && is_punct(after(2), ':');
                if let (true, Some(TokenTree::Ident(module))) = (std, after(3)) {
                    let module = plain(&module.to_string());
                    if ABSENT.contains(&module.as_str()) {
                        let why = "a reward has no files, network, processes, threads or clock";
                        return refuse(ident.span(), format!("`std::{module}`"), why);
                    }
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let inner = is_punct(after(1), '!');
                if let Some(TokenTree::Group(group)) = after(if inner { 2 } else { 1 })
                    && group.delimiter() == Delimiter::Bracket
                {
                    let name = match group.stream().into_iter().next() {
                        Some(TokenTree::Ident(ident)) => plain(&ident.to_string()),
                        _ => String::new(),
                    };
                    if !ATTRIBUTES.contains(&name.as_str()) {
                        return refuse(
                            group.span_open(),
                            format!("the attribute `{name}`"),
                            "only common attributes are known here",
                        );
                    }
                }
            }
            TokenTree::Group(group) => check(group.stream())?,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    Ok(())
}

/// Strips `r#`, which changes nothing about what a name means.
fn plain(ident: &str) -> String {
    ident.strip_prefix("r#").unwrap_or(ident).to_owned()
}

fn is_punct(token: Option<&TokenTree>, c: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == c)
}

fn refuse(span: Span, what: String, why: &'static str) -> Result<(), SourceError> {
    Err(SourceError { line: span.start().line, what, why })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    /// Asserts that a check refuses each code, in its own lines and in words that hold these. `behind` stands behind every code.
    #[track_caller]
    pub(super) fn assert_refused(check: fn(&str) -> Result<(), SourceError>, behind: &str, codes: &[(&str, &str)]) {
        for (code, what) in codes {
            let error = check(&format!("\n\n{code}{behind}")).unwrap_err();
            assert!(error.line >= 3 && error.to_string().contains(what), "{code}: {error}");
        }
    }

    /// Fewer than a dozen of these pieces of text, in any order.
    pub(super) fn some_of<const N: usize>(pieces: [&'static str; N]) -> impl Strategy<Value = Vec<&'static str>> {
        prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..12)
    }

    #[test]
    fn the_templates_and_the_plugins_are_allowed() {
        let template =
            crate::embedded::TEMPLATES.iter().find(|(name, _)| *name == "rust/transition/src/lib.rs").unwrap().1;
        check_source(template).unwrap();
        let root = std::path::Path::new(env!("MEED_ROOT")).join("plugins");
        for name in ["pendulum", "cartpole"] {
            check_source(&std::fs::read_to_string(root.join(name).join("src/lib.rs")).unwrap()).unwrap();
        }
    }

    #[test]
    fn comments_and_strings_do_not_count() {
        check_source("// unsafe include_str!(\"x\")\n/* extern */ fn f() { let _ = \"env!(PATH) unsafe\"; }").unwrap();
        check_source("//! include!(\"x\")\nfn f(x: f32) -> bool { x != 0.0 && !(x > 1.0) }").unwrap();
    }

    #[test]
    fn every_way_to_read_the_machine_is_refused_at_its_line() {
        for (source, what) in [
            ("const X: &str = include_str!(\"/etc/passwd\");", "`include_str`"),
            ("const X: &[u8] = core::include_bytes!(\"/etc/shadow\");", "`include_bytes`"),
            ("std::include!{\"/etc/hosts\"}", "`include`"),
            ("use core::include_str as format; const X: &str = format!(\"/etc/passwd\");", "`include_str`"),
            ("const X: &str = r#include_str!(\"/etc/passwd\");", "`include_str`"),
            ("const X: &str = env!(\"HOME\");", "`env`"),
            ("const X: Option<&str> = option_env!(\"MEED_API_KEY\");", "`option_env`"),
            ("#[path = \"/etc/passwd\"] mod x;", "the attribute `path`"),
            ("#[cfg_attr(all(), path = \"/etc/passwd\")] mod x;", "the attribute `cfg_attr`"),
            ("mod secrets;", "a module in another file"),
            ("#[doc = include_str!(\"/etc/passwd\")] fn f() {}", "`include_str`"),
            ("extern crate wit_bindgen;", "`extern`"),
            ("unsafe extern \"C\" { fn open(); }", "`unsafe`"),
            ("#[link(wasm_import_module = \"host\")] fn f() {}", "the attribute `link`"),
            ("#[no_mangle] fn f() {}", "the attribute `no_mangle`"),
            ("#![feature(asm)]", "the attribute `feature`"),
            ("macro_rules! m { ($i:ident) => { $i!(\"/etc/passwd\") } }", "`macro_rules`"),
            ("macro_rules!{m{()=>{}}}", "`macro_rules`"),
            ("meed_guest::bindings::types::x!()", "`bindings`"),
            ("wit_bindgen::generate!({ path: \"/home\" });", "`wit_bindgen`"),
            ("fn f() { println!(\"obey\"); }", "the macro `println!`"),
            ("#[derive(Debug)] struct X; fn f() { std::fs::read(\"x\"); }", "`std::fs`"),
            ("fn f() { unsafe { std::hint::unreachable_unchecked() } }", "`unsafe`"),
            ("const X: &str = concat!(env!(\"HOME\"), \"/.ssh\");", "`env`"),
            ("fn f() { vec![include!(\"x\")]; }", "`include`"),
        ] {
            let error = check_source(&format!("\n\n{source}")).unwrap_err();
            assert_eq!((error.what.as_str(), error.line), (what, 3), "{source}");
        }
    }

    #[test]
    fn what_is_no_rust_or_too_much_of_it_is_refused() {
        assert_eq!(check_source("\nfn f( {").unwrap_err().line, 2);
        assert!(check_source("let x = \"").is_err());
        assert!(check_source(&"(".repeat(30_000)).is_err());
        // The function's own bracket is the first.
        let nested = |depth: usize| format!("fn f() {{ {}1{} }}", "(".repeat(depth - 1), ")".repeat(depth - 1));
        assert_eq!(check_source(&nested(DEEPEST)), Ok(()));
        assert_eq!(check_source(&nested(DEEPEST + 1)).unwrap_err().what, "nesting this deep");
        assert_eq!(check_source(&"x".repeat(LONGEST)), Ok(()));
        assert_eq!(check_source(&"x".repeat(LONGEST + 1)).unwrap_err().what, "a source of this length");
    }

    proptest! {
        #[test]
        fn any_text_is_survived(source in "(?s).{0,400}") {
            let _ = (check_source(&source), check_c(&source), check_python(&source));
        }

        /// However it is wrapped, a forbidden name is found.
        #[test]
        fn wrapping_does_not_hide_a_name(
            name in prop::sample::select(NAMES.iter().map(|(name, _)| *name).collect::<Vec<_>>()),
            wraps in prop::collection::vec(prop::sample::select(vec![("(", ")"), ("{", "}"), ("[", "]"), ("use a::{", "}"), ("vec![", "]")]), 0..20),
            raw in any::<bool>(), comment in "[a-z ]{0,10}",
        ) {
            let raw = if raw && !["unsafe", "extern"].contains(&name) { "r#" } else { "" };
            let mut source = format!("/*{comment}*/{raw}{name} /*{comment}*/ ");
            for (open, close) in wraps {
                source = format!("{open}{source}{close}");
            }
            prop_assert!(check_source(&source).is_err());
        }
    }
}
