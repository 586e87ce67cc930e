//! The core module of a plugin, taken apart so that functions and data can be added to it.

use wasm_encoder::reencode::{Reencode, RoundtripReencoder};
use wasm_encoder::{
    CodeSection, ConstExpr, CustomSection, DataCountSection, DataSection, ExportSection, Function, FunctionSection,
    GlobalSection, GlobalType, Module, RawSection, SectionId, TypeSection, ValType,
};
use wasmparser::{CompositeInnerType, ExternalKind, FuncType, KnownCustom, Parser, Payload};

pub(super) const DESCRIBE: &str = "meed:reward/plugin@0.1.0#describe";
pub(super) const FREE_DESCRIPTION: &str = "cabi_post_meed:reward/plugin@0.1.0#describe";
pub(super) const EVALUATE: &str = "meed:reward/transition@0.1.0#evaluate";
/// Beginnings of the names of exports beside the interface that score rows, too.
const BESIDE: [&str; 2] = ["meed_", "reward_"];

/// A module, and what has been added to it.
pub(super) struct Core<'a> {
    /// Sections that stay as they are, each with its number.
    raw: Vec<(u8, &'a [u8])>,
    names: Option<&'a [u8]>,
    types: TypeSection,
    functions: FunctionSection,
    globals: GlobalSection,
    exports: Vec<(String, ExternalKind, u32)>,
    code: CodeSection,
    data: DataSection,
    /// The type of each function; none is imported.
    function_types: Vec<u32>,
    signatures: Vec<FuncType>,
    pub(super) describe: u32,
    pub(super) evaluate: u32,
    pub(super) realloc: u32,
}

impl<'a> Core<'a> {
    /// Takes the one core module of a component apart, or says why it can't be used.
    pub(super) fn of(component: &'a [u8]) -> Result<Self, String> {
        let text = |error: wasmparser::BinaryReaderError| error.to_string();
        let mut modules = Vec::new();
        for payload in Parser::new(0).parse_all(component) {
            if let Payload::ModuleSection { unchecked_range, .. } = payload.map_err(text)? {
                modules.push(&component[unchecked_range]);
            }
        }
        let [module] = modules[..] else {
            let count = modules.len();
            return Err(format!(
                "the plugin has {count} core modules; one that is written in Rust or C and logs nothing has one"
            ));
        };
        Core::parse(module)
    }

    fn parse(module: &'a [u8]) -> Result<Self, String> {
        fn text(error: impl std::fmt::Display) -> String {
            error.to_string()
        }
        let mut core = Core {
            raw: Vec::new(),
            names: None,
            types: TypeSection::new(),
            functions: FunctionSection::new(),
            globals: GlobalSection::new(),
            exports: Vec::new(),
            code: CodeSection::new(),
            data: DataSection::new(),
            function_types: Vec::new(),
            signatures: Vec::new(),
            describe: 0,
            evaluate: 0,
            realloc: 0,
        };
        let mut same = RoundtripReencoder;
        for payload in Parser::new(0).parse_all(module) {
            let payload = payload.map_err(text)?;
            match &payload {
                Payload::ImportSection(imports) => {
                    let mut imports = imports.clone().into_imports();
                    if let Some(import) = imports.next() {
                        return Err(format!("the plugin imports {:?}", import.map_err(text)?.name));
                    }
                }
                Payload::TypeSection(types) => {
                    for group in types.clone() {
                        for ty in group.map_err(text)?.types() {
                            let CompositeInnerType::Func(ty) = &ty.composite_type.inner else {
                                return Err("the plugin's module has types that are no functions'".into());
                            };
                            core.signatures.push(ty.clone());
                        }
                    }
                    same.parse_type_section(&mut core.types, types.clone()).map_err(text)?;
                }
                Payload::FunctionSection(functions) => {
                    for ty in functions.clone() {
                        let ty = ty.map_err(text)?;
                        core.function_types.push(ty);
                        core.functions.function(ty);
                    }
                }
                Payload::GlobalSection(globals) => {
                    same.parse_global_section(&mut core.globals, globals.clone()).map_err(text)?;
                }
                Payload::ExportSection(exports) => {
                    for export in exports.clone() {
                        let export = export.map_err(text)?;
                        let beside = export.kind == ExternalKind::Func
                            && BESIDE.iter().any(|beginning| export.name.starts_with(beginning));
                        if !beside {
                            core.exports.push((export.name.into(), export.kind, export.index));
                        }
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    core.code.raw(body.as_bytes());
                }
                Payload::DataSection(data) => same.parse_data_section(&mut core.data, data.clone()).map_err(text)?,
                Payload::CodeSectionStart { .. } | Payload::DataCountSection { .. } => {}
                Payload::CustomSection(custom) => {
                    if let KnownCustom::Name(_) = custom.as_known() {
                        core.names = Some(custom.data());
                    }
                }
                other => {
                    if let Some((id, range)) = other.as_section() {
                        core.raw.push((id, &module[range]));
                    }
                }
            }
        }
        core.describe = core.exported(DESCRIBE, &[], &[ValType::I32])?;
        core.evaluate = core.exported(EVALUATE, &[ValType::I32], &[ValType::I32])?;
        core.realloc = core.exported("cabi_realloc", &[ValType::I32; 4], &[ValType::I32])?;
        Ok(core)
    }

    /// Finds an exported function of a type.
    fn exported(&self, name: &str, params: &[ValType], results: &[ValType]) -> Result<u32, String> {
        let found = self.exports.iter().find(|(other, kind, _)| other == name && *kind == ExternalKind::Func);
        let (_, _, index) = found.ok_or_else(|| format!("the plugin's module exports no {name}"))?;
        let signature = self.function_types.get(*index as usize).and_then(|ty| self.signatures.get(*ty as usize));
        let is = |types: &[wasmparser::ValType], wanted: &[ValType]| {
            types.len() == wanted.len() && types.iter().all(|ty| *ty == wasmparser::ValType::I32)
        };
        match signature {
            Some(ty) if is(ty.params(), params) && is(ty.results(), results) => Ok(*index),
            _ => Err(format!("the plugin's {name} is of another type than the interface's")),
        }
    }

    /// Adds a number that functions share, 0 at first.
    pub(super) fn global(&mut self) -> u32 {
        let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
        self.globals.global(ty, &ConstExpr::i32_const(0));
        self.base()
    }

    /// Names the number that was added.
    pub(super) fn base(&self) -> u32 {
        self.globals.len() - 1
    }

    /// Adds bytes that a function copies to memory.
    pub(super) fn data(&mut self, bytes: &[u8]) -> u32 {
        self.data.passive(bytes.iter().copied());
        self.data.len() - 1
    }

    /// Adds a function.
    pub(super) fn function(&mut self, params: &[ValType], results: &[ValType], body: Function) -> u32 {
        let ty = self.types.len();
        self.types.ty().function(params.iter().copied(), results.iter().copied());
        self.functions.function(ty);
        self.code.function(&body);
        self.functions.len() - 1
    }

    /// Has an export, where there is one of that name, be another function.
    pub(super) fn replace(&mut self, name: &str, function: u32) {
        self.exports.iter_mut().filter(|(other, ..)| other == name).for_each(|(.., index)| *index = function);
    }

    /// Puts everything together.
    pub(super) fn finish(self) -> Result<Vec<u8>, String> {
        let mut exports = ExportSection::new();
        for (name, kind, index) in &self.exports {
            exports.export(name, (*kind).into(), *index);
        }
        let known = [SectionId::Table, SectionId::Memory, SectionId::Tag, SectionId::Start, SectionId::Element];
        if self.raw.iter().any(|(id, _)| !known.iter().any(|known| *known as u8 == *id)) {
            return Err("the plugin's module has sections that Meed does not know".into());
        }
        let place = |module: &mut Module, section: SectionId| {
            for (id, data) in self.raw.iter().filter(|(id, _)| *id == section as u8) {
                module.section(&RawSection { id: *id, data });
            }
        };
        let mut module = Module::new();
        module.section(&self.types).section(&self.functions);
        known[..3].iter().for_each(|section| place(&mut module, *section));
        module.section(&self.globals).section(&exports);
        known[3..].iter().for_each(|section| place(&mut module, *section));
        module.section(&DataCountSection { count: self.data.len() }).section(&self.code).section(&self.data);
        if let Some(names) = self.names {
            module.section(&CustomSection { name: "name".into(), data: names.into() });
        }
        Ok(module.finish())
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use meed_core::Kind;
    use wit_component::StringEncoding;

    use super::*;
    use crate::{componentize, wit};

    /// A component of a kind by hand, every function of it trapping.
    pub(in crate::learnt) fn component(kind: Kind) -> Vec<u8> {
        let text = format!(
            r#"(module
                (memory (export "memory") 1)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
                (func (export "meed_arena_version") (result i32) i32.const 1)
                (func (export "meed:reward/plugin@0.1.0#describe") (result i32) unreachable)
                (func (export "meed:reward/{kind}@0.1.0#evaluate") (param i32) (result i32) unreachable))"#,
        );
        let mut module = wat::parse_str(text).unwrap();
        let (resolve, world) = wit::resolve(kind).unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        componentize(&module).unwrap()
    }

    #[test]
    fn exports_that_score_beside_the_interface_are_gone() {
        let component = component(Kind::Transition);
        let core = Core::of(&component).unwrap();
        let names: Vec<&str> = core.exports.iter().map(|(name, ..)| name.as_str()).collect();
        assert!(names.contains(&EVALUATE) && !names.iter().any(|name| name.starts_with("meed_")), "{names:?}");
    }
}
