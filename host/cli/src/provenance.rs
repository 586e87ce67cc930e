//! What a component says of where it comes from, for people. Nobody has signed it.

use std::fmt::Write;
use std::path::Path;

use meed_design::Provenance;

use crate::printable::line;

/// Reads what the component in a file says; `None` where it says nothing, or cannot be read.
pub(crate) fn of(file: &Path) -> Option<Provenance> {
    Provenance::read(&std::fs::read(file).ok()?)
}

/// Writes it as lines that begin as those of `meed inspect` do.
pub(crate) fn text(provenance: &Provenance) -> String {
    let mut text = String::from("  designed     as the file says of itself; nothing is signed\n");
    for (name, value) in provenance.lines() {
        let _ = writeln!(text, "  {name:<12} {}", line(&value));
    }
    text
}
