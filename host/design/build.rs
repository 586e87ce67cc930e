//! Embeds the interface, the author's SDK and the templates, so that the one binary scaffolds and builds without the repository.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").ok_or(io::ErrorKind::NotFound)?);
    let root = here.join("../..").canonicalize()?;
    let mut sdk = Vec::new();
    for folder in ["wit", "guest-sdk/rust"] {
        list(&root, &root.join(folder), &mut sdk)?;
    }
    let mut templates = Vec::new();
    list(&here.join("templates"), &here.join("templates"), &mut templates)?;
    let text = format!(
        "pub(crate) static SDK: &[(&str, &str)] = &[{}];\n\
         pub(crate) static TEMPLATES: &[(&str, &str)] = &[{}];\n",
        entries(&sdk),
        entries(&templates)
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").ok_or(io::ErrorKind::NotFound)?);
    fs::write(out.join("embedded.rs"), text)
}

/// Lists the files below `folder`, sorted, with their names relative to `root`; tells Cargo to watch them.
fn list(root: &Path, folder: &Path, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // Leftovers of editors and of builds inside the SDK's folder are no part of it.
        if path.is_dir() && name != "target" && name != "tests" {
            list(root, &path, files)?;
        } else if path.is_file() && !name.starts_with('.') && name != "Cargo.lock" {
            println!("cargo::rerun-if-changed={}", path.display());
            let relative = path.strip_prefix(root).map_err(io::Error::other)?;
            files.push((relative.to_string_lossy().replace('\\', "/"), path));
        }
    }
    Ok(())
}

fn entries(files: &[(String, PathBuf)]) -> String {
    files.iter().map(|(name, path)| format!("({name:?}, {}),\n", include(path))).collect()
}

fn include(path: &Path) -> String {
    format!("include_str!({:?})", path.display().to_string())
}
