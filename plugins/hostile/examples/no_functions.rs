//! Describes itself and exports no function that scores.

/// The plugin.
pub struct Plugin;

impl meed_guest::bindings::plugin::exports::meed::reward::plugin::Guest for Plugin {
    fn describe() -> meed_guest::Description {
        hostile::description()
    }
}

#[cfg(target_arch = "wasm32")]
const _: () = {
    use meed_guest::bindings::plugin;
    plugin::export_plugin!(Plugin with_types_in plugin);
};
