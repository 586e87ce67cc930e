//! The interface as the guest compilers want it: parsed, or as files in a folder.

use std::path::Path;

use meed_core::Kind;
use wit_parser::{Resolve, SourceMap, WorldId};

use crate::embedded::SDK;
use crate::files::write_if_changed;
use crate::{BuildError, files};

/// The package that every interface name of ours begins with.
pub(crate) const PACKAGE: &str = "meed:reward/";

/// Names the world that a plugin of a kind implements.
pub(crate) fn world_name(kind: Kind) -> String {
    format!("{kind}-plugin")
}

/// Parses the embedded interface and picks the world of a kind.
pub(crate) fn resolve(kind: Kind) -> Result<(Resolve, WorldId), BuildError> {
    let broken = |message: String| BuildError::Interface { message };
    let mut sources = SourceMap::new();
    for (name, text) in wit_files() {
        sources.push_str(name, text);
    }
    let group = sources.parse().map_err(|(sources, error)| broken(error.render(&sources)))?;
    let mut resolve = Resolve::default();
    let package = resolve.push_group(group).map_err(|error| broken(error.to_string()))?;
    let world = resolve.select_world(&[package], Some(&world_name(kind))).map_err(|error| broken(error.to_string()))?;
    Ok((resolve, world))
}

/// Writes the interface's files into a folder.
pub(crate) fn unpack(folder: &Path) -> Result<(), BuildError> {
    files::create_folder(folder)?;
    for (name, text) in wit_files() {
        write_if_changed(&folder.join(name), text.as_bytes())?;
    }
    Ok(())
}

fn wit_files() -> impl Iterator<Item = (&'static str, &'static str)> {
    SDK.iter().filter_map(|(name, text)| {
        let name = name.strip_prefix("wit/")?;
        name.ends_with(".wit").then_some((name, *text))
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_kind_has_its_world() {
        for kind in Kind::ALL {
            let (resolve, world) = resolve(kind).unwrap();
            assert_eq!(resolve.worlds[world].name, world_name(kind));
        }
    }
}
