//! What `wit-bindgen` makes of `wit/`: the interface in Rust, with one set of types for all kinds.
//!
//! Authors rarely need it: the macros of this crate write against it, and a plugin that does so goes without their protection.
//!
//! The worlds of `wit/` all export `plugin`, and an export macro of one name cannot be defined twice in a crate. So the bindings
//! are made of worlds of one interface each, and a plugin exports two of them; the component that comes out is the same.
#![allow(unsafe_code, reason = "generated: the canonical ABI passes pointers")]
#![allow(missing_docs, unreachable_pub, clippy::all, reason = "generated from the documented interface in wit/")]

/// What every plugin exports, and the types that all interfaces share.
pub mod plugin {
    wit_bindgen::generate!({
        inline: "package meed:guest; world plugin { export meed:reward/plugin@0.1.0; import meed:reward/types@0.1.0; }",
        path: "../../wit",
        generate_all,
        generate_unused_types: true,
        additional_derives: [PartialEq],
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        default_bindings_module: "meed_guest::bindings::plugin",
        export_macro_name: "export_plugin",
    });
}

pub use plugin::meed::reward::types;

/// The export of transition rewards.
pub mod transition {
    wit_bindgen::generate!({
        inline: "package meed:guest; world transition { export meed:reward/transition@0.1.0; }",
        path: "../../wit",
        with: { "meed:reward/types@0.1.0": super::types },
        generate_all,
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        default_bindings_module: "meed_guest::bindings::transition",
        export_macro_name: "export_transition",
    });
}

/// The export of episode rewards.
pub mod episode {
    wit_bindgen::generate!({
        inline: "package meed:guest; world episode { export meed:reward/episode@0.1.0; }",
        path: "../../wit",
        with: { "meed:reward/types@0.1.0": super::types },
        generate_all,
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        default_bindings_module: "meed_guest::bindings::episode",
        export_macro_name: "export_episode",
    });
}

/// The export of stateful rewards.
pub mod stateful {
    wit_bindgen::generate!({
        inline: "package meed:guest; world stateful { export meed:reward/stateful@0.1.0; }",
        path: "../../wit",
        with: { "meed:reward/types@0.1.0": super::types },
        generate_all,
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        default_bindings_module: "meed_guest::bindings::stateful",
        export_macro_name: "export_stateful",
    });
}

/// The export of text rewards.
pub mod text {
    wit_bindgen::generate!({
        inline: "package meed:guest; world text { export meed:reward/text@0.1.0; }",
        path: "../../wit",
        with: { "meed:reward/types@0.1.0": super::types },
        generate_all,
        pub_export_macro: true,
        disable_custom_section_link_helpers: true,
        default_bindings_module: "meed_guest::bindings::text",
        export_macro_name: "export_text",
    });
}

/// The import through which a plugin logs.
pub mod logging {
    wit_bindgen::generate!({
        inline: "package meed:guest; world logging { import meed:reward/log@0.1.0; }",
        path: "../../wit",
        generate_all,
    });
}
