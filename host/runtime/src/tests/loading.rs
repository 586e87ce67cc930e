//! What is a plugin and what is not.

use meed_core::{Description, DescriptionProblem, Factor, Field, Kind, RewardFactory};

use super::fixture::{
    DESCRIBE, component, component_of_version, core, description, each_row, host, host_with, score, transition,
    transition_core,
};
use crate::{LoadError, Profile};

const SAME: &str = "(local.get $x)";

fn load(bytes: &[u8]) -> Result<crate::Plugin, LoadError> {
    host(Profile::Train).load(bytes)
}

#[test]
fn a_plugin_says_what_it_is() {
    let bytes = transition(&each_row(SAME));
    let plugin = load(&bytes).unwrap();
    assert_eq!(plugin.description(), &description());
    assert_eq!((plugin.kind(), plugin.interface_version()), (Kind::Transition, "0.1.0"));
    assert_eq!((plugin.size(), plugin.hash().len(), plugin.has_arena()), (bytes.len(), 64, false));
    assert!(plugin.imports().iter().all(|name| name == "meed:reward/types@0.1.0"), "{:?}", plugin.imports());
}

#[test]
fn a_plugin_of_a_later_patch_of_the_interface_is_one() {
    let core = transition_core(&description(), &each_row(SAME));
    let plugin = load(&component_of_version("logger", &core, "0.1.7")).unwrap();
    assert_eq!(plugin.interface_version(), "0.1.7");
    assert_eq!(score(&mut *plugin.source(0).unwrap(), &[2.0]).unwrap().values, [2.0]);
    let error = load(&component_of_version("transition-plugin", &core, "0.2.0")).unwrap_err();
    assert_eq!(error.code(), "forbidden-import");
}

#[test]
fn the_sdks_arena_is_seen() {
    let own = format!("{}(func (export \"meed_arena_version\"))", each_row(SAME));
    assert!(load(&transition(&own)).unwrap().has_arena());
}

#[test]
fn exactly_one_kind_is_needed() {
    let episode = r#"(func (export "meed:reward/episode@0.1.0#evaluate") (param i32) (result i32) (i32.const 0))"#;
    let both = transition_core(&description(), &format!("{}{episode}", each_row(SAME)));
    assert_eq!(load(&component("both", &both)).unwrap_err().code(), "several-kinds");
    assert_eq!(load(&component("nothing", &core(&description(), DESCRIBE))).unwrap_err().code(), "no-kind");
    let undescribed = transition_core(&description(), &each_row(SAME)).replace(DESCRIBE, "");
    assert_eq!(load(&component("undescribed", &undescribed)).unwrap_err().code(), "no-plugin");
}

#[test]
fn a_forbidden_import_is_refused_by_name() {
    let import = "\n;; import (import \"$root\" \"now\" (func $now (result i64)))\n";
    let own = format!("{import}{}", each_row("(f32.convert_i64_u (call $now))"));
    let error = load(&component("clocked", &transition_core(&description(), &own))).unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("forbidden-import", "imports what no plugin may: now"));
}

#[test]
fn an_interface_of_the_right_name_and_the_wrong_shape_is_refused() {
    let exports = r#"(instance $none)
        (export "meed:reward/plugin@0.1.0" (instance $none)) (export "meed:reward/transition@0.1.0" (instance $none))"#;
    for component in [
        format!("(component {exports})"),
        format!("(component (import \"meed:reward/types@0.1.0\" (instance (export \"now\" (func)))) {exports})"),
    ] {
        assert_eq!(load(&wat::parse_str(component).unwrap()).unwrap_err().code(), "interface");
    }
}

#[test]
fn what_does_not_validate_does_not_load() {
    let bytes = transition(&each_row(SAME));
    for len in (0..bytes.len()).step_by(97) {
        assert!(load(&bytes[..len]).is_err());
    }
    assert_eq!(load(b"MZ").unwrap_err().code(), "not-a-component");
}

#[test]
fn a_component_may_be_too_large() {
    let bytes = transition(&each_row(SAME));
    let small = host_with(Profile::Train, |limits| limits.component = 100);
    assert_eq!(small.load(&bytes).unwrap_err().code(), "component-size");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), &bytes).unwrap();
    assert_eq!(small.load_file(file.path()).unwrap_err().code(), "component-size");
    assert!(host(Profile::Train).load_file(file.path()).is_ok());
    assert_eq!(small.load_file("/nowhere/p.wasm".as_ref()).unwrap_err().code(), "read");
}

fn load_described(description: Description) -> Result<crate::Plugin, LoadError> {
    load(&component("transition-plugin", &transition_core(&description, &each_row(SAME))))
}

#[test]
fn a_poor_description_loads_and_its_problems_are_told() {
    let plugin = load_described(Description::transition("P", "")).unwrap();
    assert!(plugin.description().problems().contains(&DescriptionProblem::NoFactors));
}

#[test]
fn an_unreasonable_description_does_not_load() {
    let long = Factor::new(&"f".repeat(5_000), 0.0, 1.0, 1.0, "");
    let many = vec![Factor::new("", 0.0, 1.0, 1.0, ""); 5_000];
    let wide = [Field::new("x", u32::MAX as usize, "m", 0.0, 1.0), Field::new("y", 7, "m", 0.0, 1.0)];
    for (description, size) in [
        (description().factors([long]), 5_000),
        (description().factors(many), 5_000),
        (description().observation(wide), u32::MAX as usize + 7),
    ] {
        let error = load_described(description).unwrap_err();
        assert!(matches!(error, LoadError::Description { size: found, .. } if found == size), "{error}");
    }
}
