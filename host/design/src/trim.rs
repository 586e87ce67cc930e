//! Drops from a core module what no host calls.
//!
//! Whatever a linked library exports is kept whole by every compiler, used or not: the Rust SDK's replacements for the C library's
//! mathematics alone are twenty functions, of which a reward uses one or two. Here exports that belong to no interface go, and with
//! them what only they reached. Functions keep their numbers, so that all else can stay as it is: the body of one that nothing
//! reaches becomes a trap of three bytes. The names of the others stay, for a trap's backtrace shows them.

use wasm_encoder::{CodeSection, CustomSection, ExportSection, Module, NameMap, NameSection, RawSection};
use wasmparser::{
    BinaryReaderError, ConstExpr, ElementItems, ExternalKind, FunctionBody, KnownCustom, Name, Operator, Parser,
    Payload, TableInit, TypeRef,
};

/// The body of a function that never runs: no locals, `unreachable`, `end`.
const TRAP: &[u8] = &[0x00, 0x00, 0x0b];
/// Beginnings of the names of functions that a host or a translator of components looks for; an interface's have a colon.
const CALLED: [&str; 4] = ["cabi_", "_initialize", "meed_", "reward_"];

fn is_called(name: &str) -> bool {
    name.contains(':') || CALLED.iter().any(|beginning| name.starts_with(beginning))
}

/// Drops what nothing reaches that a host calls.
///
/// # Errors
/// Where the module is malformed.
pub(crate) fn trim(core: &[u8]) -> Result<Vec<u8>, BinaryReaderError> {
    let reached = reached(core)?;
    let is_reached = |function: u32| reached.functions.get(function as usize).copied().unwrap_or(true);
    let mut module = Module::new();
    let mut code = CodeSection::new();
    let mut left = 0;
    let mut next = reached.imported;
    for payload in Parser::new(0).parse_all(core) {
        let payload = payload?;
        match &payload {
            Payload::ExportSection(exports) => {
                let mut kept = ExportSection::new();
                for export in exports.clone() {
                    let export = export?;
                    if export.kind != ExternalKind::Func || is_called(export.name) {
                        kept.export(export.name, export.kind.into(), export.index);
                    }
                }
                module.section(&kept);
            }
            Payload::CodeSectionStart { count, .. } => left = *count,
            Payload::CodeSectionEntry(body) => {
                if is_reached(next) {
                    code.raw(body.as_bytes());
                } else {
                    code.raw(TRAP);
                }
                (next, left) = (next + 1, left - 1);
                if left == 0 {
                    module.section(&code);
                }
            }
            Payload::CustomSection(custom) => match custom.as_known() {
                KnownCustom::Name(subsections) => {
                    let mut names = NameSection::new();
                    for subsection in subsections {
                        let Name::Function(functions) = subsection? else { continue };
                        let mut kept = NameMap::new();
                        for name in functions {
                            let name = name?;
                            if is_reached(name.index) {
                                kept.append(name.index, name.name);
                            }
                        }
                        names.functions(&kept);
                    }
                    module.section(&names);
                }
                _ => {
                    module.section(&CustomSection { name: custom.name().into(), data: custom.data().into() });
                }
            },
            other => {
                if let Some((id, range)) = other.as_section() {
                    module.section(&RawSection { id, data: &core[range] });
                }
            }
        }
    }
    Ok(module.finish())
}

/// Which functions can run.
struct Reached {
    /// Functions that are imported; they come first.
    imported: u32,
    /// For each function, imported ones included, whether it can.
    functions: Vec<bool>,
}

fn reached(core: &[u8]) -> Result<Reached, BinaryReaderError> {
    let (mut imported, mut roots, mut bodies) = (0, Vec::new(), Vec::new());
    for payload in Parser::new(0).parse_all(core) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_) | TypeRef::FuncExact(_)));
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    let export = export?;
                    if export.kind == ExternalKind::Func && is_called(export.name) {
                        roots.push(export.index);
                    }
                }
            }
            Payload::StartSection { func, .. } => roots.push(func),
            Payload::GlobalSection(globals) => {
                for global in globals {
                    constants(&global?.init_expr, &mut roots)?;
                }
            }
            Payload::TableSection(tables) => {
                for table in tables {
                    if let TableInit::Expr(expression) = table?.init {
                        constants(&expression, &mut roots)?;
                    }
                }
            }
            Payload::ElementSection(elements) => {
                for element in elements {
                    match element?.items {
                        ElementItems::Functions(functions) => {
                            for function in functions {
                                roots.push(function?);
                            }
                        }
                        ElementItems::Expressions(_, expressions) => {
                            for expression in expressions {
                                constants(&expression?, &mut roots)?;
                            }
                        }
                    }
                }
            }
            Payload::CodeSectionEntry(body) => bodies.push(body),
            _ => {}
        }
    }
    let mut functions = vec![false; imported as usize + bodies.len()];
    while let Some(function) = roots.pop() {
        let Some(seen) = functions.get_mut(function as usize) else { continue };
        if !std::mem::replace(seen, true)
            && let Some(body) = function.checked_sub(imported).and_then(|index| bodies.get(index as usize))
        {
            calls(body, &mut roots)?;
        }
    }
    Ok(Reached { imported, functions })
}

/// Lists the functions that a body calls or takes the address of.
fn calls(body: &FunctionBody<'_>, found: &mut Vec<u32>) -> Result<(), BinaryReaderError> {
    for operator in body.get_operators_reader()? {
        if let Operator::Call { function_index }
        | Operator::ReturnCall { function_index }
        | Operator::RefFunc { function_index } = operator?
        {
            found.push(function_index);
        }
    }
    Ok(())
}

fn constants(expression: &ConstExpr<'_>, found: &mut Vec<u32>) -> Result<(), BinaryReaderError> {
    for operator in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = operator? {
            found.push(function_index);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_only_a_foreign_export_reaches_becomes_a_trap() {
        let core = wat::parse_str(
            r#"(module
                (import "meed:reward/log@0.1.0" "log" (func $log))
                (table 1 funcref)
                (memory (export "memory") 1)
                (func $called (export "meed:reward/plugin@0.1.0#describe") call $helper)
                (func $foreign (export "sinf") call $only_foreign i32.const 7 drop)
                (func $helper call $log i32.const 1 drop)
                (func $only_foreign i32.const 2 drop)
                (func $pointed i32.const 3 drop)
                (elem (i32.const 0) func $pointed))"#,
        )
        .unwrap();
        let trimmed = trim(&core).unwrap();
        wasmparser::validate(&trimmed).unwrap();
        let text = format!("{:?}", trimmed.len());
        assert!(trimmed.len() < core.len(), "{text}");
        let reached = reached(&trimmed).unwrap();
        assert_eq!(reached.imported, 1);
        assert_eq!(reached.functions, [true, true, false, true, false, true]);
        let has = |text: &str| trimmed.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(has("describe") && has("memory") && has("called") && has("pointed"));
        assert!(!has("sinf") && !has("foreign") && !has("only_foreign"));
        assert_eq!(trim(&trimmed).unwrap(), trimmed);
    }
}
