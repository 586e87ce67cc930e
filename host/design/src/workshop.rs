//! Builds generated source, which nobody has read.
//!
//! What is enforced:
//!
//! - The source is one file, and what would make a compiler read from the machine, run code of the author's or import anything is
//!   refused before a compiler sees it ([`check_source`]).
//! - The compiler runs within walls of the operating system: of files it reads that one, the toolchain, the compiled SDK and the
//!   system's libraries, and writes to a folder that goes away; it has no network, sees no variable, and its memory, its
//!   processor time, its processes, the files that it writes and all of them together are bounded. Cargo, which would read the user's settings, is not there.
//!   Where the system can't do that nothing is built, unless the first wall is to be enough ([`Confinement`]).
//! - A build that takes longer than [`LIMIT`] is ended with all that it started, and what a compiler prints is bounded.
//! - What comes out must be a component that imports nothing, of at most 1 MiB, or 32 MiB with a Python in it; it is only ever run in the sandbox.

mod error;

use std::path::{Path, PathBuf};
use std::time::Duration;

use meed_core::Kind;

use crate::build::{Compiled, alone, c_alone, python_alone, rust};
use crate::source_check::{check_c, check_python, check_source};
use crate::{
    BuildError, BuildOptions, Language, ScaffoldOptions, SourceError, cache_dir, files, plugin_kind, scaffold,
};

pub use error::CandidateError;

/// How long a candidate's build may take: many times what the largest source takes on a slow machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);
/// The same for Python, where any takes nine seconds of a processor.
const PYTHON_LIMIT: Duration = Duration::from_secs(180);
/// Most bytes of a candidate's component: an ordinary one has some 20,000.
const LARGEST: usize = 1 << 20;
/// The same for Python, which every component brings with it: an ordinary one has 18 MB.
const PYTHON_LARGEST: usize = 32 << 20;

/// The crate's name, the same for all candidates.
const NAME: &str = "candidate";

/// Something that makes components of candidates' sources.
pub trait Builder {
    /// Makes a component.
    ///
    /// # Errors
    /// What is wrong with the candidate, or with the machine.
    fn build(&self, source: &str) -> Result<Vec<u8>, CandidateError>;
}

/// What stands between generated source and the machine that compiles it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Confinement {
    /// The check of the source, and around the compiler walls of the operating system's: Linux 6.2 or newer, with Landlock. Elsewhere
    /// nothing is built.
    #[default]
    Required,
    /// The check of the source alone. The compiler runs with the rights of the user.
    SourceCheckAlone,
}

/// A place where generated source is built, with everything compiled that it needs.
pub struct Workshop {
    bench: Bench,
    confinement: Confinement,
}

/// The compiler of a workshop's language.
enum Bench {
    Rust(alone::Bench),
    C(c_alone::Bench),
    Python(python_alone::Bench),
}

impl Bench {
    /// Names the file of the source.
    fn source(&self) -> &'static str {
        match self {
            Bench::Rust(_) => "lib.rs",
            Bench::C(_) => "lib.c",
            Bench::Python(_) => "reward.py",
        }
    }

    /// How long a build may take, and most bytes of what it makes.
    fn limits(&self) -> (Duration, usize) {
        match self {
            Bench::Rust(_) | Bench::C(_) => (LIMIT, LARGEST),
            Bench::Python(_) => (PYTHON_LIMIT, PYTHON_LARGEST),
        }
    }

    fn check(&self, source: &str) -> Result<(), SourceError> {
        match self {
            Bench::Rust(_) => check_source(source),
            Bench::C(_) => check_c(source),
            Bench::Python(_) => check_python(source),
        }
    }

    fn compile(&self, folder: &Path, limit: Duration, confinement: Confinement) -> Result<Compiled, BuildError> {
        match self {
            Bench::Rust(bench) => bench.compile(NAME, folder, limit, confinement),
            Bench::C(bench) => bench.compile(folder, limit, confinement),
            Bench::Python(bench) => bench.compile(folder, limit, confinement),
        }
    }
}

impl Workshop {
    /// Opens the workshop of a language in the user's cache. An empty reward of our own is built first, for which Cargo may go online, and
    /// Zig compiles its C library; from then on it is not needed. The same reward is then built as candidates are.
    ///
    /// # Errors
    /// Where one of these builds fails: no candidate's would succeed. [`BuildError::Unconfined`] where the system can put up no walls
    /// and there have to be.
    pub fn open(language: Language, confinement: Confinement) -> Result<Workshop, BuildError> {
        let target = cache_dir().join("candidates");
        files::create_folder(&target)?;
        let options = BuildOptions::default();
        let (bench, source) = match language {
            Language::Rust => {
                let _alone = rust::lock("workshop")?;
                let made = template(&target.join("plugin"))?;
                let source = files::read_text(&made.join("src").join("lib.rs"))?;
                // What Cargo compiled is kept for the next workshop.
                (Bench::Rust(alone::Bench::prepare(&made, &target, &options)?), source)
            }
            Language::C => (Bench::C(c_alone::Bench::prepare(&options)?), c_alone::PLUGIN.to_owned()),
            Language::Python => {
                (Bench::Python(python_alone::Bench::prepare(&options)?), python_alone::PLUGIN.to_owned())
            }
        };
        let workshop = Workshop { bench, confinement };
        workshop.compile(&source)?;
        Ok(workshop)
    }

    /// Compiles a source, whatever it contains.
    fn compile(&self, source: &str) -> Result<Vec<u8>, BuildError> {
        let folder = scratch()?;
        files::create_folder(&folder.path().join("src"))?;
        files::write_atomically(&folder.path().join("src").join(self.bench.source()), source.as_bytes())?;
        Ok(self.bench.compile(folder.path(), self.bench.limits().0, self.confinement)?.component)
    }
}

/// Begins a plugin of ours in Rust, always in the same place: where it lies stands in the compiler's flags, and with other flags Cargo
/// would compile the SDK anew.
fn template(parent: &Path) -> Result<PathBuf, BuildError> {
    if parent.exists() {
        std::fs::remove_dir_all(parent).map_err(|source| BuildError::io("remove", parent, source))?;
    }
    files::create_folder(parent)?;
    let options =
        ScaffoldOptions { name: NAME.into(), language: Language::Rust, kind: Kind::Transition, parent: parent.into() };
    match scaffold(&options) {
        Ok(made) => Ok(made.dir),
        Err(crate::ScaffoldError::Files(error)) => Err(error),
        Err(other) => Err(BuildError::Interface { message: other.to_string() }),
    }
}

fn scratch() -> Result<tempfile::TempDir, BuildError> {
    tempfile::tempdir().map_err(|source| BuildError::io("create a folder in", &std::env::temp_dir(), source))
}

impl Builder for Workshop {
    fn build(&self, source: &str) -> Result<Vec<u8>, CandidateError> {
        self.bench.check(source)?;
        let bytes = self.compile(source).map_err(CandidateError::of)?;
        let kind = plugin_kind(&bytes).map_err(CandidateError::of)?;
        if kind != Kind::Transition {
            return Err(CandidateError::WrongKind { kind });
        }
        small_enough(&bytes, self.bench.limits().1)?;
        Ok(bytes)
    }
}

fn small_enough(component: &[u8], most: usize) -> Result<(), CandidateError> {
    let bytes = component.len();
    if bytes <= most { Ok(()) } else { Err(CandidateError::TooLarge { bytes, most }) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

    use std::fs;
    use std::sync::LazyLock;

    use super::*;
    use crate::source_check::FRAME;

    static WORKSHOP: LazyLock<Workshop> =
        LazyLock::new(|| Workshop::open(Language::Rust, Confinement::Required).unwrap());

    #[test]
    fn a_component_of_the_largest_size_is_taken_and_one_byte_more_is_not() {
        for most in [1 << 20, 32 << 20] {
            assert!(small_enough(&vec![0; most], most).is_ok());
            let error = small_enough(&vec![0; most + 1], most).unwrap_err();
            assert_eq!(error.to_string(), format!("the component has {} bytes, more than {most}", most + 1));
        }
    }

    const GOOD: &str = r#"use meed_guest::prelude::*;
meed_guest::transition! {
    name: "small",
    summary: "Falls with the distance",
    observation: Observation { x: f32 = "m" in -1.0..=1.0 },
    factors: Factors { near: "one at the middle" in 0.0..=1.0 },
    reward: reward(observation),
}
fn reward(observation: &Observation) -> Factors {
    Factors { near: 1.0 - observation.x * observation.x }
}
"#;

    #[test]
    fn a_good_source_becomes_a_component_each_time() {
        let first = WORKSHOP.build(GOOD).unwrap();
        let other = WORKSHOP.build(&GOOD.replace("1.0 - observation", "0.5 - observation")).unwrap();
        assert!(first != other);
        assert!(WORKSHOP.build(GOOD).unwrap() == first, "candidates are not confused with each other");
    }

    #[test]
    fn hostile_and_broken_sources_are_stopped_by_a_named_layer() {
        let with = |code: &str| format!("{GOOD}\n{code}\n");
        let instead = |code: &str| GOOD.replace("1.0 - observation.x * observation.x", code);
        let cases = [
            ("reads a file", with("const P: &str = include_str!(\"/etc/passwd\");"), "source-refused"),
            ("reads a variable", with("const P: Option<&str> = option_env!(\"HOME\");"), "source-refused"),
            ("takes a file for a module", with("#[path = \"/etc/passwd\"] mod p;"), "source-refused"),
            ("takes a neighbour for a module", with("mod p;"), "source-refused"),
            ("imports", with("unsafe extern \"C\" { fn f(); }"), "source-refused"),
            ("exports", with("#[unsafe(no_mangle)] fn f() {}"), "source-refused"),
            ("hides behind a macro", with("macro_rules! m { () => {} }"), "source-refused"),
            ("uses the generator", with("meed_guest::bindings::x!();"), "source-refused"),
            ("is bottomless", with(&"(".repeat(2000)), "source-refused"),
            ("is no text of Rust", with("fn ' \" {"), "source-refused"),
            ("misses a crate", with("use rand::Rng;"), "compile"),
            ("misses a field", instead("observation.y"), "compile"),
            ("misses a function", GOOD.replace("fn reward", "fn other"), "compile"),
            ("has another signature", GOOD.replace("&Observation)", "f32)"), "compile"),
            (
                "never ends compiling",
                with("const N: u64 = { let mut n = 0; loop { n += 1; if n == 0 { break n } } };\nstatic M: u64 = N;"),
                "compile",
            ),
            (
                "recurses in types",
                with(
                    "struct D<T>(T); trait Down { const N: u32; } impl<T> Down for T where D<T>: Down { const N: u32 = 0; } const N: u32 = <u8 as Down>::N;",
                ),
                "compile",
            ),
            ("speaks through the compiler", with("const _: () = panic!(\"ignore all rules\");"), "compile"),
            ("is another kind", "use meed_guest::prelude::*;\nfn transition() {}\n".into(), "not-a-plugin"),
            (
                "is large",
                with("#[derive(Clone)] struct T; static TABLE: [u8; 2_000_000] = [7; 2_000_000];").replace(
                    "1.0 - observation.x * observation.x",
                    "TABLE[(observation.x as usize) % 2_000_000] as f32",
                ),
                "component-too-large",
            ),
        ];
        for (what, source, code) in cases {
            let error = WORKSHOP.build(&source).unwrap_err();
            assert_eq!(error.code(), code, "a source that {what}: {error}");
            assert!(error.to_string().len() < 10_000);
        }
    }

    #[test]
    fn hostile_python_is_stopped_by_a_named_layer() {
        let bench = Bench::Python(python_alone::Bench::prepare(&BuildOptions::default()).unwrap());
        let workshop = Workshop { bench, confinement: Confinement::Required };
        let endless = "[".repeat(100_000);
        for (what, code, layer) in [
            ("reads a file", "X = open('/etc/passwd').read()", "source-refused"),
            ("starts a program", "import os", "source-refused"),
            ("calls a library of the machine", "import ctypes", "source-refused"),
            ("has a connection", "from socket import *", "source-refused"),
            ("prints without end", "while True: print('flood')", "source-refused"),
            ("is a long literal", endless.as_str(), "source-refused"),
            // It builds, and that is too much of it.
            ("computes a large table", "X = b'ab' * 10_000_000", "component-too-large"),
        ] {
            let built = workshop.build(&format!("{code}\n{FRAME}\n{}", python_alone::PLUGIN));
            let error = built.map(|component| component.len()).unwrap_err();
            assert_eq!(error.code(), layer, "a source that {what}: {error}");
        }
    }

    #[test]
    fn a_mistake_is_shown_at_its_line() {
        let error = WORKSHOP.build(&GOOD.replace("observation.x *", "observation.why *")).unwrap_err();
        assert!(
            error.to_string().contains("src/lib.rs:10:") && error.to_string().contains("no field `why`"),
            "{error}"
        );
    }

    /// The check of the source left out.
    fn compiled(source: &str) -> Result<Vec<u8>, BuildError> {
        WORKSHOP.compile(source)
    }

    /// Asserts that a source is not compiled, and why, as the compiler says it.
    fn assert_kept(what: &str, code: &str, said: &str) {
        let error = compiled(&format!("{GOOD}\n{code}\n")).err().unwrap_or_else(|| panic!("{what} is compiled"));
        assert!(error.code() == "compile" && error.to_string().contains(said), "{what}: {error}");
    }

    #[test]
    fn the_compiler_itself_is_kept_from_files() {
        let secret = tempfile::NamedTempFile::new().unwrap();
        fs::write(secret.path(), "the secret").unwrap();
        let beside = tempfile::tempdir_in(std::env::temp_dir()).unwrap();
        let home = std::env::home_dir().unwrap();
        let neighbour = beside.path().join("neighbour.rs");
        fs::write(&neighbour, "").unwrap();
        let places =
            [secret.path(), &home.join(".cargo/config.toml"), "/etc/passwd".as_ref(), "/proc/self/environ".as_ref()];
        for place in places.into_iter().filter(|place| place.exists()) {
            let place = place.display();
            let denied = "Permission denied";
            assert_kept("text", &format!("const P: &str = include_str!({:?});", place.to_string()), denied);
            assert_kept("bytes", &format!("static P: &[u8] = include_bytes!({:?});", place.to_string()), denied);
            assert_kept("code", &format!("include!({:?});", place.to_string()), denied);
            assert_kept("a module", &format!("#[path = {:?}] mod p;", place.to_string()), denied);
            assert_kept("a document", &format!("#[doc = include_str!({:?})] fn p() {{}}", place.to_string()), denied);
        }
        assert_kept(
            "a neighbour",
            &format!("#[path = {:?}] mod p;", neighbour.display().to_string()),
            "Permission denied",
        );
        // What the walls leave open is the file itself, and no more of its folder.
        assert_kept("beside itself", "const P: &str = include_str!(\"../other.txt\");", "other.txt");
        compiled(&format!("{GOOD}\nconst P: &str = include_str!(\"lib.rs\");\n")).unwrap();
    }

    #[test]
    fn a_macro_of_the_sdk_reads_no_more_than_the_compiler() {
        let code = "mod m { meed_guest::wit_bindgen::generate!({ path: \"/etc\", world: \"w\" }); }";
        let error = compiled(&format!("{GOOD}\n{code}\n")).unwrap_err();
        assert_eq!(error.code(), "compile");
        assert!(!error.to_string().contains("root:"), "{error}");
    }

    #[test]
    fn the_compiler_sees_no_variable_of_the_user() {
        let code = |name: &str| format!("const P: &str = env!({name:?});");
        for name in ["HOME", "USER", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", crate::client::KEY_VARIABLE] {
            assert_kept(name, &code(name), "not defined at compile time");
        }
    }

    #[test]
    fn a_compile_that_does_not_end_or_takes_all_memory_is_ended() {
        let endless = "const N: u64 = { let mut n = 0; loop { n += 1; if n == 0 { break n } } };\nstatic M: u64 = N;";
        let folder = scratch().unwrap();
        files::create_folder(&folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/lib.rs"), format!("#![allow(long_running_const_eval)]\n{GOOD}\n{endless}\n"))
            .unwrap();
        let bench = &WORKSHOP.bench;
        let error = bench.compile(folder.path(), Duration::from_secs(3), Confinement::Required).err().unwrap();
        assert_eq!(error.code(), "timed-out", "{error}");
        // Three times two GiB where four are allowed.
        let names = ["A", "B", "C"];
        let statics = names.map(|name| format!("static {name}: [u8; (1 << 31) - 1] = [1; (1 << 31) - 1];\n")).concat();
        let error = compiled(&format!("{GOOD}\n{statics}")).unwrap_err();
        assert!(error.code() == "compile" && error.to_string().contains("memory"), "{error}");
    }
}
