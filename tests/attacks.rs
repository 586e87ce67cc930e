//! Attacks on the sandbox: one list, for the scenario tests, for `cargo xtask attacks` and for `docs/security.md`.
//!
//! An attack is a component that is loaded and asked for scores in both profiles, or a scene of its own, such as two processes that
//! race. It has an outcome that is expected word for word. After each, a good plugin in the same host must give the same bits as
//! before the first.
#![allow(clippy::unwrap_used, reason = "only tests call this")]

mod abi;
mod answers;
mod arena;
mod bytes;
mod cache;
mod conduct;
mod descriptions;
mod effort;
mod guest;
mod interface;
mod logs;
mod processes;
mod resources;
mod rounds;
pub mod sources;
mod state;
mod target;

pub use rounds::{Growth, Held, LOOK, rounds};
pub use target::{Outcome, Target};

/// Something that a plugin, or whoever meddles with its files, might do.
pub struct Attack {
    /// What it attacks: the file of this module that it stands in.
    pub family: &'static str,
    /// Unique among all attacks.
    pub name: &'static str,
    /// How it must end: an error's code, `load: ` and one where it never gets as far as a call, or what its scene says. Where the two
    /// profiles end differently, verify's comes first, then a slash.
    pub expected: &'static str,
    act: Act,
}

enum Act {
    /// A component.
    Guest(Box<dyn Fn() -> Vec<u8> + Send + Sync>),
    /// Anything else; it says how it ended.
    Scene(fn(&Target) -> String),
}

/// Gives all attacks, family by family.
pub fn all() -> Vec<Attack> {
    let families: [(&str, Vec<Attack>); 13] = [
        ("bytes", bytes::attacks()),
        ("interface", interface::attacks()),
        ("abi", abi::attacks()),
        ("resources", resources::attacks()),
        ("effort", effort::attacks()),
        ("answers", answers::attacks()),
        ("conduct", conduct::attacks()),
        ("arena", arena::attacks()),
        ("descriptions", descriptions::attacks()),
        ("logs", logs::attacks()),
        ("state", state::attacks()),
        ("cache", [cache::attacks(), processes::attacks()].into_iter().flatten().collect()),
        ("sources", sources::attacks()),
    ];
    families
        .into_iter()
        .flat_map(|(family, attacks)| attacks.into_iter().map(move |attack| Attack { family, ..attack }))
        .collect()
}

/// Makes an attack of a component.
fn guest(
    name: &'static str,
    expected: &'static str,
    component: impl Fn() -> Vec<u8> + Send + Sync + 'static,
) -> Attack {
    Attack { family: "", name, expected, act: Act::Guest(Box::new(component)) }
}

/// Makes an attack of a scene.
fn scene(name: &'static str, expected: &'static str, play: fn(&Target) -> String) -> Attack {
    Attack { family: "", name, expected, act: Act::Scene(play) }
}

/// Writes the attacks' components into a folder, for the loader's fuzz target to begin from.
///
/// # Errors
/// Where the folder or a file in it can't be written.
pub fn write_components(folder: &std::path::Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    for attack in all() {
        if let Act::Guest(component) = &attack.act {
            let bytes = component();
            // Larger ones are mostly one thing over and over.
            if bytes.len() <= 65_536 {
                std::fs::write(folder.join(attack.name).with_extension("wasm"), bytes)?;
            }
        }
    }
    Ok(())
}
