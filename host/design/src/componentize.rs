//! Makes a component of a core module, and checks that a component is a plugin.

use meed_core::Kind;
use wasmparser::{Parser, Payload};
use wit_component::{ComponentEncoder, DecodedWasm};
use wit_parser::{Resolve, WorldItem, WorldKey};

use crate::BuildError;
use crate::trim::trim;
use crate::wit::PACKAGE;

/// Makes a component of a core module that carries its world in a `component-type` section, as the bindings of every language
/// put it there. What no host calls is dropped first. The result is validated, and checked to be a plugin; the same module gives
/// the same bytes.
///
/// # Errors
///
/// Where the module imports what no plugin gets, or is no plugin, or is not valid.
pub fn componentize(core: &[u8]) -> Result<Vec<u8>, BuildError> {
    let refused = |message: String| BuildError::Componentize { message };
    let mut carries_world = false;
    for payload in Parser::new(0).parse_all(core) {
        match payload.map_err(|error| refused(error.to_string()))? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    let import = import.map_err(|error| refused(error.to_string()))?;
                    if !is_ours(import.module) {
                        let (module, name) = (import.module.into(), import.name.into());
                        return Err(BuildError::ForbiddenImport { module, name });
                    }
                }
            }
            Payload::CustomSection(section) => carries_world |= section.name().starts_with("component-type"),
            _ => {}
        }
    }
    if !carries_world {
        return Err(BuildError::NotAPlugin { reason: "it exports nothing of the interface".into() });
    }
    let core = trim(core).map_err(|error| refused(error.to_string()))?;
    let mut encoder = ComponentEncoder::default().validate(true);
    encoder = encoder.module(&core).map_err(|error| refused(format!("{error:#}")))?;
    let component = encoder.encode().map_err(|error| refused(format!("{error:#}")))?;
    plugin_kind(&component)?;
    Ok(component)
}

/// Tells whether a core import is part of the interface: a function of it, or what goes with a resource that is exported.
fn is_ours(module: &str) -> bool {
    module.strip_prefix("[export]").unwrap_or(module).starts_with(PACKAGE)
}

/// Checks that a component exports `plugin` and one kind, and imports nothing but the interface's `types` and `log`; tells the
/// kind.
///
/// # Errors
///
/// Where it does not.
pub fn plugin_kind(component: &[u8]) -> Result<Kind, BuildError> {
    let decoded =
        wit_component::decode(component).map_err(|error| BuildError::Componentize { message: format!("{error:#}") })?;
    let DecodedWasm::Component(resolve, world) = decoded else {
        return Err(BuildError::NotAPlugin { reason: "it is an interface without code".into() });
    };
    let world = &resolve.worlds[world];
    for (key, item) in &world.imports {
        let module = resolve.name_world_key(key);
        if !matches!(short(&module), Some("types" | "log")) {
            return Err(BuildError::ForbiddenImport { name: functions(&resolve, item), module });
        }
    }
    let exports: Vec<String> = world.exports.keys().map(|key: &WorldKey| resolve.name_world_key(key)).collect();
    let exports: Vec<&str> = exports.iter().filter_map(|name| short(name)).collect();
    let kinds: Vec<Kind> = Kind::ALL.into_iter().filter(|kind| exports.contains(&kind.name())).collect();
    let reason = match kinds[..] {
        [kind] if exports.contains(&"plugin") => return Ok(kind),
        [_] => "it does not export `plugin`".into(),
        [] => "it exports none of transition, episode, stateful, text".into(),
        [first, second, ..] => format!("it exports {first} and {second}"),
    };
    Err(BuildError::NotAPlugin { reason })
}

/// Gives `transition` for `meed:reward/transition@0.1.0`.
fn short(name: &str) -> Option<&str> {
    name.strip_prefix(PACKAGE)?.split('@').next()
}

/// Names the functions of an imported interface, or nothing where it is a type.
fn functions(resolve: &Resolve, item: &WorldItem) -> String {
    match item {
        WorldItem::Interface { id, .. } => {
            let names: Vec<&str> = resolve.interfaces[*id].functions.keys().map(String::as_str).collect();
            names.join(", ")
        }
        WorldItem::Function(function) => function.name.clone(),
        WorldItem::Type { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use wit_component::StringEncoding;

    use super::*;
    use crate::wit;

    /// A plugin by hand: every export of the world, trapping.
    fn core(kind: Kind, imports: &str) -> Vec<u8> {
        let (evaluate, destructor) = match kind {
            Kind::Stateful => (
                "[method]reward.evaluate",
                r#"(func (export "meed:reward/stateful@0.1.0#[constructor]reward") (param i64) (result i32) unreachable)
                   (func (export "meed:reward/stateful@0.1.0#[method]reward.observe") (param i32) (result i32) unreachable)
                   (func (export "meed:reward/stateful@0.1.0#[method]reward.snapshot") (param i32) (result i32) unreachable)
                   (func (export "meed:reward/stateful@0.1.0#[static]reward.restore") (param i32 i32) (result i32) unreachable)"#,
            ),
            _ => ("evaluate", ""),
        };
        let text = format!(
            r#"(module {imports}
                (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (func (export "meed:reward/plugin@0.1.0#describe") (result i32) unreachable)
                {destructor}
                (func (export "meed:reward/{kind}@0.1.0#{evaluate}") (param i32) (result i32) unreachable))"#,
        );
        let mut module = wat::parse_str(text).unwrap();
        let (resolve, world) = wit::resolve(kind).unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        module
    }

    #[test]
    fn every_kind_becomes_a_component_of_that_kind() {
        for kind in [Kind::Episode, Kind::Stateful] {
            let component = componentize(&core(kind, "")).unwrap();
            assert_eq!(plugin_kind(&component).unwrap(), kind);
            assert_eq!(component, componentize(&core(kind, "")).unwrap());
        }
    }

    #[test]
    fn an_import_is_refused_by_name() {
        let imports = r#"(import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))"#;
        let error = componentize(&core(Kind::Episode, imports)).unwrap_err();
        assert_eq!(error.to_string(), "the plugin imports \"fd_write\" from \"wasi_snapshot_preview1\"");
        assert!(error.hint().unwrap().contains("printf"));
        let imports = r#"(import "env" "helper" (func))"#;
        let error = componentize(&core(Kind::Episode, imports)).unwrap_err();
        assert_eq!(error.code(), "forbidden-import");
    }

    #[test]
    fn a_module_without_the_interface_is_no_plugin() {
        let error = componentize(&wat::parse_str("(module)").unwrap()).unwrap_err();
        assert_eq!(error.code(), "not-a-plugin");
        assert_eq!(componentize(b"nonsense").unwrap_err().code(), "componentize");
        let error = plugin_kind(&wat::parse_str("(component)").unwrap()).unwrap_err();
        assert!(error.to_string().contains("none of transition"), "{error}");
    }
}
