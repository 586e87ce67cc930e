//! Meddling with the compile cache, by whoever can write to it or where it lies.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use meed_runtime::{CacheLocation, Host, HostConfig, HostError, Plugin, Profile};

use super::guest::sound;
use super::{Attack, Target, scene};

const ANEW: &str = "compiled anew, same bits";

pub(super) fn attacks() -> Vec<Attack> {
    vec![
        scene("entry-tampered-with", ANEW, |target| {
            meddled(target, |entry| {
                let mut bytes = std::fs::read(entry).unwrap();
                let middle = bytes.len() / 2;
                bytes[middle] ^= 1;
                std::fs::write(entry, bytes).unwrap();
            })
        }),
        scene("entry-truncated", ANEW, |target| {
            meddled(target, |entry| {
                let bytes = std::fs::read(entry).unwrap();
                std::fs::write(entry, &bytes[..bytes.len() / 2]).unwrap();
            })
        }),
        scene("entry-emptied", ANEW, |target| meddled(target, |entry| std::fs::write(entry, []).unwrap())),
        scene("entry-of-another-component", ANEW, |target| {
            // A whole entry with a digest that fits, of other code.
            meddled(target, |entry| {
                let folder = tempfile::tempdir().unwrap();
                open(folder.path()).unwrap().load(&sound("")).unwrap();
                std::fs::copy(&entries(folder.path())[0], entry).unwrap();
            })
        }),
        scene("entry-that-others-can-write", ANEW, |target| {
            meddled(target, |entry| {
                std::fs::set_permissions(entry, std::fs::Permissions::from_mode(0o666)).unwrap();
            })
        }),
        scene("entry-that-leads-elsewhere", ANEW, |target| {
            meddled(target, |entry| {
                std::fs::remove_file(entry).unwrap();
                symlink("/etc/passwd", entry).unwrap();
            })
        }),
        scene("folder-that-others-can-write", "refused: cache-not-private", |_| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
            match open(folder.path()) {
                Err(error) => format!("refused: {}", error.code()),
                Ok(_) => "opened".into(),
            }
        }),
        scene("folder-that-is-a-file", "compiled, same bits", |target| {
            let file = tempfile::NamedTempFile::new().unwrap();
            same(target, &load(file.path())).unwrap_or("compiled, same bits").into()
        }),
        scene("folder-that-is-gone", "compiled, same bits", |target| {
            let folder = tempfile::tempdir().unwrap();
            let host = open(folder.path()).unwrap();
            drop(folder);
            let plugin = host.load_file(&crate::plugin("pendulum")).unwrap();
            same(target, &plugin).unwrap_or("compiled, same bits").into()
        }),
    ]
}

fn open(folder: &Path) -> Result<Host, HostError> {
    Host::new(HostConfig { cache: CacheLocation::Folder(folder.into()), ..HostConfig::new(Profile::Train) })
}

fn load(folder: &Path) -> Plugin {
    open(folder).unwrap().load_file(&crate::plugin("pendulum")).unwrap()
}

fn same(target: &Target, plugin: &Plugin) -> Option<&'static str> {
    (!target.equals_good(plugin)).then_some("other bits")
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

/// Fills the cache, meddles with its entries, and loads again.
fn meddled(target: &Target, meddle: fn(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    load(folder.path());
    let whole: Vec<(PathBuf, Vec<u8>)> =
        entries(folder.path()).into_iter().map(|entry| (entry.clone(), std::fs::read(entry).unwrap())).collect();
    assert!(!whole.is_empty());
    whole.iter().for_each(|(entry, _)| meddle(entry));
    if let Some(end) = same(target, &load(folder.path())) {
        return end.into();
    }
    for (entry, bytes) in whole {
        let found = entry.symlink_metadata().unwrap();
        if found.is_symlink() || found.permissions().mode() & 0o777 != 0o600 {
            return "the entry was left as it was".into();
        } else if std::fs::read(&entry).unwrap() != bytes {
            return "the entry was kept".into();
        }
    }
    ANEW.into()
}
