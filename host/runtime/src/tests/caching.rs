//! The compile cache, whole and broken.

use std::fs::FileTimes;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use meed_core::RewardFactory;

use super::fixture::{each_row, score, transition};
use crate::cache::Cache;
use crate::{CacheLocation, Host, HostConfig, HostError, Profile};

fn host(folder: &Path, profile: Profile) -> Result<Host, HostError> {
    Host::new(HostConfig { cache: CacheLocation::Folder(folder.into()), ..HostConfig::new(profile) })
}

fn check(folder: &Path) {
    let plugin = host(folder, Profile::Train).unwrap().load(&transition(&each_row("(local.get $x)"))).unwrap();
    assert_eq!(score(&mut *plugin.source(0).unwrap(), &[0.5]).unwrap().values, [0.5]);
}

fn entries(folder: &Path) -> Vec<std::path::PathBuf> {
    std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

#[test]
fn a_compiled_component_is_kept_and_found() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("a/b");
    check(&folder);
    assert_eq!(folder.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let [entry] = &entries(&folder)[..] else { panic!() };
    let made = entry.metadata().unwrap().modified().unwrap();
    check(&folder);
    assert_eq!(entries(&folder).len(), 1);
    assert_eq!(entry.metadata().unwrap().modified().unwrap(), made);
    // Another profile compiles differently.
    host(&folder, Profile::Verify).unwrap().load(&transition(&each_row("(local.get $x)"))).unwrap();
    assert_eq!(entries(&folder).len(), 2);
}

#[test]
fn a_cache_that_grows_too_large_loses_what_was_not_used_for_longest() {
    let folder = tempfile::tempdir().unwrap();
    let cache = Cache::open(&CacheLocation::Folder(folder.path().into())).unwrap().unwrap();
    let mebibyte = vec![0u8; 1 << 20];
    let write = |name: &str, age: u64| {
        let path = folder.path().join(name);
        std::fs::write(&path, &mebibyte).unwrap();
        let then = SystemTime::now() - Duration::from_secs(age);
        let times = FileTimes::new().set_modified(then).set_accessed(then);
        std::fs::File::options().write(true).open(path).unwrap().set_times(times).unwrap();
    };
    let entry = |number: u8| format!("{}-{number}-train", "ab".repeat(32));
    (0..8).for_each(|number| write(&entry(number), 10_000 - u64::from(number)));
    write("notes.txt", 100_000);
    // An old one that somebody has read lately.
    let file = std::fs::File::options().write(true).open(folder.path().join(entry(0))).unwrap();
    file.set_times(FileTimes::new().set_accessed(SystemTime::now())).unwrap();
    cache.shrink(8 << 20).unwrap();
    assert_eq!(entries(folder.path()).len(), 9, "not more than there may be");
    cache.shrink(7 << 20).unwrap();
    let mut left: Vec<String> =
        entries(folder.path()).iter().map(|path| path.file_name().unwrap().to_str().unwrap().to_owned()).collect();
    left.sort();
    assert_eq!(left, [entry(0), entry(6), entry(7), "notes.txt".to_owned()]);
}

#[test]
fn a_broken_entry_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path());
    let [entry] = &entries(folder.path())[..] else { panic!() };
    let whole = std::fs::read(entry).unwrap();
    let mut altered = whole.clone();
    altered[whole.len() / 2] ^= 1;
    for broken in [&[][..], &whole[..20], &whole[..whole.len() - 1], &altered] {
        std::fs::write(entry, broken).unwrap();
        check(folder.path());
        assert_eq!(std::fs::read(entry).unwrap(), whole);
    }
}

#[test]
fn an_entry_that_others_can_write_to_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    check(folder.path());
    let [entry] = &entries(folder.path())[..] else { panic!() };
    let mode = || entry.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);
    std::fs::set_permissions(entry, std::fs::Permissions::from_mode(0o666)).unwrap();
    check(folder.path());
    assert_eq!(mode(), 0o600);
}

#[test]
fn two_at_once_both_find_whole_entries() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| (0..5).for_each(|_| check(folder.path())));
        }
    });
    assert_eq!(entries(folder.path()).len(), 1);
}

#[test]
fn a_cache_that_cannot_be_written_costs_time_only() {
    // A file where the folder should be, and a folder that is gone by the time of the load.
    let file = tempfile::NamedTempFile::new().unwrap();
    check(&file.path().join("folder"));
    let folder = tempfile::tempdir().unwrap();
    let host = host(folder.path(), Profile::Train).unwrap();
    drop(folder);
    host.load(&transition(&each_row("(local.get $x)"))).unwrap();
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    // Only root can give a folder away; everybody else finds one that is root's.
    let foreign = match std::os::unix::fs::chown(folder.path(), Some(12_345), None) {
        Ok(()) => folder.path(),
        Err(_) => Path::new("/usr"),
    };
    let error = host(foreign, Profile::Train).err().unwrap();
    assert_eq!(error.to_string(), format!("the compile cache {} belongs to another user", foreign.display()));
}

#[test]
fn a_folder_that_others_can_write_to_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o770)).unwrap();
    let error = host(folder.path(), Profile::Train).err().unwrap();
    assert_eq!(error.code(), "cache-not-private");
}
