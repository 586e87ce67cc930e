//! Makes the folder of a new plugin: an example of its kind that builds, is tested and passes its verification, to be changed.
//!
//! The folder is filled under a temporary name beside its place and renamed, so that it is there whole or not at all.

use std::path::{Path, PathBuf};
use std::{fs, io};

use meed_core::Kind;

use crate::embedded::TEMPLATES;
use crate::{BuildError, Language, files, sdk};

/// What plugin to begin.
#[derive(Clone, Debug)]
pub struct ScaffoldOptions {
    /// The plugin's name, which is also its folder's: lower-case letters, digits and hyphens, at most 64, a letter first.
    pub name: String,
    /// The language; templates exist for Rust.
    pub language: Language,
    /// The kind of reward.
    pub kind: Kind,
    /// The folder that the plugin's folder appears in.
    pub parent: PathBuf,
}

/// What was made.
#[derive(Clone, Debug)]
pub struct Scaffolded {
    /// The plugin's folder.
    pub dir: PathBuf,
    /// The files in it, relative to it.
    pub files: Vec<PathBuf>,
}

/// Why no plugin was begun. The message says what happened, [`hint`](ScaffoldError::hint) what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScaffoldError {
    /// The name cannot be a plugin's.
    #[error("{name:?} cannot be a plugin's name: {problem}")]
    Name {
        /// What was asked for.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
        /// A name like it that would do.
        suggestion: String,
    },
    /// Something of that name is there.
    #[error("{} exists already", dir.display())]
    Exists {
        /// The path.
        dir: PathBuf,
    },
    /// There is no template.
    #[error("there is no template for {language}")]
    NoTemplate {
        /// The language.
        language: Language,
    },
    /// The files could not be written.
    #[error(transparent)]
    Files(#[from] BuildError),
}

impl ScaffoldError {
    /// Names the failure for scripts; it never changes.
    pub fn code(&self) -> &'static str {
        match self {
            ScaffoldError::Name { .. } => "name",
            ScaffoldError::Exists { .. } => "exists",
            ScaffoldError::NoTemplate { .. } => "no-template",
            ScaffoldError::Files(error) => error.code(),
        }
    }

    /// Says what to do about it, in one line; nothing where the message says it all.
    pub fn hint(&self) -> Option<String> {
        match self {
            ScaffoldError::Name { suggestion, .. } => Some(format!("call it {suggestion}, for instance")),
            ScaffoldError::Exists { .. } => Some("choose another name, or move what is there away".into()),
            ScaffoldError::NoTemplate { language } => {
                Some(format!("a folder with a {} is a plugin: begin with a copy of one in plugins/", language.source()))
            }
            ScaffoldError::Files(error) => error.hint(),
        }
    }
}

/// Makes the folder of a new plugin.
///
/// # Errors
///
/// Where the name won't do, something of that name exists, there is no template, or the file system refuses. Then nothing is
/// left behind.
pub fn scaffold(options: &ScaffoldOptions) -> Result<Scaffolded, ScaffoldError> {
    check_name(&options.name)?;
    if options.language != Language::Rust {
        return Err(ScaffoldError::NoTemplate { language: options.language });
    }
    let dir = options.parent.join(&options.name);
    if fs::symlink_metadata(&dir).is_ok() {
        return Err(ScaffoldError::Exists { dir });
    }
    let draft = files::scratch(&options.parent)?;
    let mut written = Vec::new();
    for (name, text) in template(options.language, options.kind) {
        // A file that is hidden, or that means something to this repository, has another name among the templates.
        let name = PathBuf::from(if name == "gitignore" { ".gitignore" } else { name });
        let path = draft.path().join(&name);
        files::create_folder(path.parent().unwrap_or(draft.path()))?;
        files::write_atomically(&path, text.replace("{{name}}", &options.name).as_bytes())?;
        written.push(name);
    }
    sdk::point_cargo_to(draft.path(), &sdk::unpack()?)?;
    rename(draft, &dir)?;
    written.sort();
    Ok(Scaffolded { dir, files: written })
}

/// Lists the files of a template: those that all kinds share, and the kind's.
fn template(language: Language, kind: Kind) -> impl Iterator<Item = (&'static str, &'static str)> {
    let folders = [format!("{}/common/", language.name()), format!("{}/{kind}/", language.name())];
    TEMPLATES.iter().filter_map(move |(name, text)| {
        folders.iter().find_map(|folder| name.strip_prefix(folder.as_str())).map(|name| (name, *text))
    })
}

/// Moves the finished folder to its place.
fn rename(draft: tempfile::TempDir, dir: &Path) -> Result<(), ScaffoldError> {
    let broken = |source| BuildError::io("write", dir, source);
    // It was private while it was a draft.
    #[cfg(unix)]
    fs::set_permissions(draft.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).map_err(broken)?;
    match fs::rename(draft.path(), dir) {
        Ok(()) => {
            // There is nothing left at the temporary name to remove.
            let _ = draft.keep();
            Ok(())
        }
        Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {
            Err(ScaffoldError::Exists { dir: dir.into() })
        }
        Err(error) => Err(broken(error).into()),
    }
}

/// Names that Cargo or Rust keep for themselves.
const RESERVED: [&str; 8] = ["test", "core", "std", "alloc", "proc-macro", "self", "super", "meed-guest"];
/// Words that are no identifiers in Rust.
pub(crate) const KEYWORDS: [&str; 37] = [
    "as", "async", "await", "break", "const", "continue", "crate", "dyn", "else", "enum", "extern", "false", "fn",
    "for", "if", "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub", "ref", "return", "static",
    "struct", "trait", "true", "type", "unsafe", "use", "where", "while", "gen", "try",
];

/// Checks that a plugin may have the name.
pub(crate) fn check_name(name: &str) -> Result<(), ScaffoldError> {
    let sound = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let problem = if name.is_empty() {
        "it is empty"
    } else if name.len() > 64 {
        "it has more than 64 characters"
    } else if !name.chars().all(sound) {
        "only lower-case letters, digits and hyphens may stand in it"
    } else if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        "it does not begin with a letter"
    } else if name.ends_with('-') {
        "it ends with a hyphen"
    } else if RESERVED.contains(&name) || KEYWORDS.contains(&name) {
        "Rust keeps it for itself"
    } else {
        return Ok(());
    };
    Err(ScaffoldError::Name { name: name.into(), problem, suggestion: suggest(name) })
}

/// Makes a name that will do of one that will not.
fn suggest(name: &str) -> String {
    let mapped: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect();
    let words: Vec<&str> = mapped.split('-').filter(|word| !word.is_empty()).collect();
    let joined: String = words.join("-").chars().take(50).collect();
    let joined = joined.trim_end_matches('-');
    match joined {
        "" => "my-reward".into(),
        _ if !joined.starts_with(|c: char| c.is_ascii_lowercase()) => format!("reward-{joined}"),
        _ if RESERVED.contains(&joined) || KEYWORDS.contains(&joined) => format!("{joined}-reward"),
        _ => joined.into(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn options(name: &str, parent: &Path) -> ScaffoldOptions {
        ScaffoldOptions { name: name.into(), language: Language::Rust, kind: Kind::Transition, parent: parent.into() }
    }

    fn entries(dir: &Path) -> Vec<String> {
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn every_kind_has_a_whole_template() {
        let parent = tempfile::tempdir().unwrap();
        for kind in Kind::ALL {
            let made = scaffold(&ScaffoldOptions { kind, ..options(&format!("my-{kind}"), parent.path()) }).unwrap();
            for file in [".gitignore", "Cargo.toml", "README.md", "src/lib.rs"] {
                assert!(made.files.contains(&file.into()), "{kind}: {file}");
                let text = fs::read_to_string(made.dir.join(file)).unwrap();
                assert!(!text.contains("{{"), "{kind}: {file} has a gap");
            }
            let lib = fs::read_to_string(made.dir.join("src/lib.rs")).unwrap();
            assert!(lib.contains(&format!("{kind}!")) && lib.contains(&format!("name: \"my-{kind}\"")), "{kind}");
        }
        assert_eq!(entries(parent.path()).len(), Kind::ALL.len(), "no drafts are left");
    }

    #[test]
    fn a_bad_name_is_refused_with_a_better_one() {
        let parent = tempfile::tempdir().unwrap();
        for (name, better) in [
            ("", "my-reward"),
            ("../up", "up"),
            ("My Reward", "my-reward"),
            ("2d_walker", "reward-2d-walker"),
            ("fn", "fn-reward"),
            ("meed-guest", "meed-guest-reward"),
            ("tail-", "tail"),
            ("größe", "gr-e"),
        ] {
            let error = scaffold(&options(name, parent.path())).unwrap_err();
            assert_eq!(error.code(), "name", "{name}");
            assert_eq!(error.hint().unwrap(), format!("call it {better}, for instance"));
            check_name(better).unwrap();
        }
        assert_eq!(scaffold(&options(&"a".repeat(65), parent.path())).unwrap_err().code(), "name");
        assert!(entries(parent.path()).is_empty());
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let parent = tempfile::tempdir().unwrap();
        fs::create_dir(parent.path().join("taken")).unwrap();
        fs::write(parent.path().join("file"), "mine").unwrap();
        for name in ["taken", "file"] {
            assert_eq!(scaffold(&options(name, parent.path())).unwrap_err().code(), "exists");
        }
        assert!(entries(&parent.path().join("taken")).is_empty());
        assert_eq!(fs::read_to_string(parent.path().join("file")).unwrap(), "mine");
        assert_eq!(entries(parent.path()).len(), 2);
    }

    #[test]
    fn a_place_that_is_not_there_is_an_error() {
        let parent = tempfile::tempdir().unwrap();
        let error = scaffold(&options("reward", &parent.path().join("nowhere"))).unwrap_err();
        assert_eq!(error.code(), "io");
        assert!(entries(parent.path()).is_empty());
    }

    #[test]
    fn other_languages_have_no_template_yet() {
        let parent = tempfile::tempdir().unwrap();
        let c = ScaffoldOptions { language: Language::C, ..options("reward", parent.path()) };
        assert!(scaffold(&c).unwrap_err().hint().unwrap().contains("reward.c"));
    }
}
