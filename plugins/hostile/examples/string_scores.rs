//! Answers with texts in the place of numbers: an interface of the same name and another type.
#![allow(unsafe_code, missing_docs, reason = "generated: the canonical ABI passes pointers")]

/// The interface as this author would have it.
pub mod bindings {
    wit_bindgen::generate!({
        inline: "
            package meed:reward@0.1.0;

            interface transition {
                evaluate: func(observation: list<f32>) -> list<string>;
            }

            world strings {
                export transition;
            }
        ",
        pub_export_macro: true,
        default_bindings_module: "bindings",
    });
}

/// The plugin.
pub struct Plugin;

impl meed_guest::bindings::plugin::exports::meed::reward::plugin::Guest for Plugin {
    fn describe() -> meed_guest::Description {
        hostile::description()
    }
}

impl bindings::exports::meed::reward::transition::Guest for Plugin {
    fn evaluate(observation: Vec<f32>) -> Vec<String> {
        observation.iter().map(f32::to_string).collect()
    }
}

#[cfg(target_arch = "wasm32")]
const _: () = {
    use meed_guest::bindings::plugin;
    plugin::export_plugin!(Plugin with_types_in plugin);
    bindings::export!(Plugin with_types_in bindings);
};
