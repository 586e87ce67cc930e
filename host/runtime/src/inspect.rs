//! What can be read off a component's bytes before anything is compiled.

use std::ops::Range;

use meed_core::Kind;
use wasmparser::{Encoding, Parser, Payload};

use crate::LoadError;

/// The core export by which a plugin says that it has an arena.
const ARENA: &str = "meed_arena_version";
/// The core export that a component calls before all others; the fast path knows no such thing.
const INITIALIZE: &str = "_initialize";
/// Components and modules within each other. Real ones have three levels; the memory that compiling takes grows with the square of
/// the depth, so that a megabyte of nothing but nesting would take all that there is.
const DEPTH: usize = 32;
/// The versions of the interface that this host speaks: 0.1.x.
const SPOKEN: &str = "0.1.";

/// A component's face.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    /// Names of what it imports, in order.
    pub(crate) imports: Vec<String>,
    /// Names of what it exports, in order.
    pub(crate) exports: Vec<String>,
    /// A core module within has an arena.
    pub(crate) has_arena: bool,
    /// Where the core module lies, if it is the only one and needs nothing from outside.
    pub(crate) module: Option<Range<usize>>,
}

/// What an outline says of a plugin.
#[derive(Debug, PartialEq)]
pub(crate) struct Identity {
    pub(crate) kind: Kind,
    /// The version of the interface that it speaks.
    pub(crate) version: String,
}

/// Reads the names of a component's imports and exports.
///
/// # Errors
/// [`LoadError::CoreModule`] and [`LoadError::NotAComponent`].
pub(crate) fn outline(bytes: &[u8]) -> Result<Outline, LoadError> {
    let mut outline = Outline::default();
    let (mut depth, mut modules, mut needs) = (0, 0, 0);
    for payload in Parser::new(0).parse_all(bytes) {
        match payload.map_err(not_a_component)? {
            Payload::Version { encoding: Encoding::Module, .. } if depth == 0 => return Err(LoadError::CoreModule),
            Payload::Version { .. } if depth == DEPTH => {
                return Err(LoadError::NotAComponent { reason: format!("nested more than {DEPTH} deep") });
            }
            Payload::Version { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 1 => {
                for import in section {
                    outline.imports.push(import.map_err(not_a_component)?.name.name.to_owned());
                }
            }
            Payload::ComponentExportSection(section) if depth == 1 => {
                for export in section {
                    outline.exports.push(export.map_err(not_a_component)?.name.name.to_owned());
                }
            }
            Payload::ModuleSection { unchecked_range, .. } => {
                modules += 1;
                outline.module = Some(unchecked_range);
            }
            Payload::ImportSection(section) => needs += section.count(),
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export.map_err(not_a_component)?;
                    outline.has_arena |= export.name == ARENA;
                    needs += u32::from(export.name == INITIALIZE);
                }
            }
            _ => {}
        }
    }
    if modules != 1 || needs > 0 {
        outline.module = None;
    }
    Ok(outline)
}

fn not_a_component(error: wasmparser::BinaryReaderError) -> LoadError {
    LoadError::NotAComponent { reason: error.to_string() }
}

impl Outline {
    /// Gives the core module whose arena the host may use: the only one, which imports nothing.
    pub(crate) fn arena(&self) -> Option<Range<usize>> {
        self.module.clone().filter(|_| self.has_arena)
    }

    /// Checks the imports, and tells the kind and the version.
    ///
    /// # Errors
    /// An import that no plugin may have, no kind, several kinds, or another version of the interface.
    pub(crate) fn identify(&self) -> Result<Identity, LoadError> {
        let allowed = |name: &String| matches!(interface(name), Some(("types" | "log", version)) if spoken(version));
        let names: Vec<String> = self.imports.iter().filter(|name| !allowed(name)).cloned().collect();
        if !names.is_empty() {
            return Err(LoadError::Imports { names });
        }
        let exports: Vec<(&str, &str)> = self.exports.iter().filter_map(|name| interface(name)).collect();
        let Some((_, described)) = exports.iter().find(|(name, _)| *name == "plugin") else {
            return Err(LoadError::NoPlugin { exports: self.exports.clone() });
        };
        let kinds: Vec<(Kind, &str)> = exports
            .iter()
            .filter_map(|(name, version)| Some((Kind::ALL.into_iter().find(|kind| kind.name() == *name)?, *version)))
            .collect();
        let (kind, version) = match kinds[..] {
            [] => return Err(LoadError::NoKind { exports: self.exports.clone() }),
            [one] => one,
            _ => return Err(LoadError::SeveralKinds { kinds: kinds.iter().map(|(kind, _)| *kind).collect() }),
        };
        for (interface, found) in [("plugin", *described), (kind.name(), version)] {
            if !spoken(found) {
                return Err(LoadError::Version { interface: interface.into(), found: found.into() });
            }
        }
        Ok(Identity { kind, version: version.into() })
    }
}

/// Splits the name of one of the package's interfaces into its own name and its version.
fn interface(name: &str) -> Option<(&str, &str)> {
    name.strip_prefix("meed:reward/")?.split_once('@')
}

fn spoken(version: &str) -> bool {
    version
        .strip_prefix(SPOKEN)
        .is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn outline_of(imports: &[&str], exports: &[&str]) -> Outline {
        let owned = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
        Outline { imports: owned(imports), exports: owned(exports), ..Outline::default() }
    }

    fn code(imports: &[&str], exports: &[&str]) -> &'static str {
        outline_of(imports, exports).identify().unwrap_err().code()
    }

    const PLUGIN: &str = "meed:reward/plugin@0.1.0";

    #[test]
    fn the_kind_and_version_stand_in_the_exports() {
        for kind in Kind::ALL {
            let export = format!("meed:reward/{kind}@0.1.3");
            let identity = outline_of(&["meed:reward/log@0.1.0"], &[PLUGIN, &export]).identify().unwrap();
            assert_eq!(identity, Identity { kind, version: "0.1.3".into() });
        }
    }

    #[test]
    fn what_is_missing_doubled_or_of_another_version_is_refused() {
        assert_eq!(code(&[], &[]), "no-plugin");
        assert_eq!(code(&[], &[PLUGIN]), "no-kind");
        assert_eq!(code(&[], &[PLUGIN, "meed:reward/text@0.1.0", "meed:reward/episode@0.1.0"]), "several-kinds");
        assert_eq!(code(&[], &[PLUGIN, "meed:reward/text@0.2.0"]), "interface-version");
        assert_eq!(code(&[], &["meed:reward/plugin@1.0.0", "meed:reward/text@0.1.0"]), "interface-version");
        assert_eq!(code(&[], &[PLUGIN, "meed:reward/text@0.1.0-rc1"]), "interface-version");
    }

    #[test]
    fn imports_are_refused_by_name_with_what_to_do() {
        let exports = [PLUGIN, "meed:reward/text@0.1.0"];
        let error = outline_of(&["meed:reward/types@0.1.0", "wasi:clocks/wall-clock@0.2.3"], &exports).identify();
        let error = error.unwrap_err();
        assert_eq!(error.to_string(), "imports what no plugin may: wasi:clocks/wall-clock@0.2.3");
        assert!(error.hint().contains("wasm32-unknown-unknown"));
        for import in ["meed:reward/log@0.2.0", "meed:reward/clock@0.1.0", "now", "meed:other/log@0.1.0"] {
            assert_eq!(code(&[import], &exports), "forbidden-import", "{import}");
        }
    }

    #[test]
    fn a_core_module_is_told_from_garbage() {
        assert_eq!(outline(&wat::parse_str("(module)").unwrap()).unwrap_err().code(), "core-module");
        assert_eq!(outline(b"no wasm").unwrap_err().code(), "not-a-component");
        assert_eq!(outline(b"").unwrap_err().code(), "not-a-component");
    }

    #[test]
    fn components_within_each_other_end_at_a_depth() {
        let nested =
            |depth: usize| wat::parse_str(format!("{}{}", "(component ".repeat(depth), ")".repeat(depth))).unwrap();
        assert!(outline(&nested(DEPTH)).is_ok());
        assert_eq!(outline(&nested(DEPTH + 1)).unwrap_err().code(), "not-a-component");
    }

    #[test]
    fn a_nested_components_imports_are_its_own_affair() {
        let bytes = wat::parse_str(r#"(component (component (import "x" (func))) (import "y" (func)))"#).unwrap();
        assert_eq!(outline(&bytes).unwrap().imports, ["y"]);
    }
}
