//! One module of generated Python, by `componentize-py` alone.
//!
//! componentize-py imports the module in a WebAssembly runtime of its own, with a Python that has no more than the module's folder, and
//! keeps what is then in its memory. So the module's code does run while it is built: within that sandbox, and the whole tool within
//! walls ([`Confined`]), like any compiler. In that sandbox it could write to its folder; the walls keep it from that, too. The runtime
//! reserves 4 GiB of address space for the module's memory, the most that WebAssembly addresses.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use meed_core::Kind;
use tempfile::TempDir;

use super::python::authors_part;
use super::{BuildOptions, Compiled, alone};
use crate::confine::{Bounds, Confined};
use crate::quote::excerpt;
use crate::source_check::FRAME;
use crate::{BuildError, Confinement, files, process, tools, wit};

/// What the tool may use. An ordinary candidate takes 4.6 GiB of address space, of which 0.4 GiB is used, and 9 s.
const BOUNDS: Bounds = Bounds { memory: 8 << 30, ..alone::BOUNDS };

/// A module such as is made of a design's answer.
pub(crate) const PLUGIN: &str = concat!(
    r#"FACTORS = [("near", "minus the distance", 1.0, -1.0, 0.0)]


def reward(observation, next, action):
    return [-abs(observation.x)]


_NAME = "candidate"
_SUMMARY = "nothing"
_OBSERVATION = [("x", 1, "m", -1.0, 1.0, 1)]
_ACTION = []


class Observation:
    def __init__(self, row):
        self.x = row[0]


class Action:
    def __init__(self, row):
        pass
"#,
    include_str!("../form/frame.py")
);

/// Runs the tool's own entry.
const RUN: &str = "from componentize_py import script; script()";
/// Says what a Python needs of the machine: its environment, its program, its libraries.
const NEEDS: &str = "import os, sys, sysconfig
import componentize_py
print(sys.prefix, os.path.realpath(sys.executable), sep='\\n')
print(sysconfig.get_path('stdlib'), sysconfig.get_path('platstdlib'), sysconfig.get_config_var('LIBDIR'), sep='\\n')";

/// The tool with all that it needs for one module after another.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    /// The Python of the tool's environment.
    python: PathBuf,
    /// What that Python reads of the machine.
    needs: Vec<PathBuf>,
    /// The interface's files.
    interface: Arc<TempDir>,
}

impl Bench {
    /// Looks for the tool.
    ///
    /// # Errors
    /// Where it is not in a virtual environment, which has a Python beside it.
    pub(crate) fn prepare(options: &BuildOptions) -> Result<Bench, BuildError> {
        let missing = || tools::missing("componentize-py");
        let python = tools::python_of_componentize_py()?;
        let mut command = Command::new(&python);
        command.args(["-I", "-c", NEEDS]);
        let said = process::run(&mut command, options.limit)?.filter(|said| said.status.success());
        let needs = said.ok_or_else(missing)?.stdout.lines().map(PathBuf::from).filter(|path| path.exists()).collect();
        let interface = tempfile::tempdir()
            .map_err(|source| BuildError::io("create a folder in", &std::env::temp_dir(), source))?;
        wit::unpack(interface.path())?;
        Ok(Bench { python, needs, interface: Arc::new(interface) })
    }

    /// Makes a component of `src/reward.py` in `dir`, which holds nothing else.
    ///
    /// # Errors
    /// As for `build`, and [`BuildError::Unconfined`] where there can be no walls and there have to be.
    pub(crate) fn compile(
        &self,
        dir: &Path,
        limit: Duration,
        confinement: Confinement,
    ) -> Result<Compiled, BuildError> {
        let dir = dir.canonicalize().map_err(|source| BuildError::io("open", dir, source))?;
        let (source, out) = (dir.join("src"), dir.join("out"));
        let module = source.join("reward.py");
        files::create_folder(&out)?;
        let component = out.join("component.wasm");
        let world = wit::world_name(Kind::Transition);
        let mut arguments =
            ["-I", "-B", "-c", RUN, "--quiet", "--world", &world, "--wit-path"].map(Into::into).to_vec();
        arguments.push(self.interface.path().into());
        arguments.extend(["componentize", "reward", "--stub-wasi", "--python-path"].map(Into::into));
        arguments.extend([source.clone().into(), "--output".into(), component.clone().into()]);
        let confined = Confined {
            program: self.python.clone(),
            arguments,
            // With a thread for each of many processors, and an arena for each thread, it would reserve more on larger machines.
            variables: [
                ("RAYON_NUM_THREADS", "2"),
                ("TOKIO_WORKER_THREADS", "2"),
                ("MALLOC_ARENA_MAX", "2"),
                ("RUST_BACKTRACE", "0"),
            ]
            .map(|(name, value)| (name, value.into()))
            .into_iter()
            .chain([("TMPDIR", out.clone().into())])
            .collect(),
            readable: self.needs.iter().cloned().chain([source, self.interface.path().to_owned()]).collect(),
            writable: out,
            folder: dir,
            bounds: BOUNDS,
        };
        let finished =
            process::run_as(confinement, &confined, limit)?.ok_or_else(|| tools::missing("componentize-py"))?;
        if finished.status.success() {
            let component = files::read(&component)?;
            return Ok(Compiled { name: "candidate".into(), component, warnings: String::new() });
        }
        // What the module's import raised is its author's; anything else is a bound that the tool met.
        let diagnostics = match finished.stderr.contains("AssertionError: ") {
            true => {
                let said = without_frame(&authors_part(&finished.stderr), &files::read_text(&module)?);
                let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
                format!("error: {}\n{said}", excerpt(last.trim(), 200))
            }
            false => format!("{}\n{}", BOUNDS.gave_up(finished.status), finished.stderr),
        };
        Err(BuildError::Compile { diagnostics })
    }
}

/// Leaves out of a traceback what it shows of the part of the module that its author has not written.
fn without_frame(traceback: &str, module: &str) -> String {
    let authors = module.rsplit_once(FRAME).map_or(module, |(author, _)| author).lines().count();
    let mut inside = false;
    let kept = traceback.split_inclusive('\n').filter(|line| {
        if let Some((_, place)) = line.split_once("  File \"reward.py\", line ") {
            let digits = place.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default();
            inside = digits.parse::<usize>().is_ok_and(|place| place > authors);
        } else if !line.starts_with("    ") {
            inside = false;
        }
        !inside
    });
    kept.collect()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use std::fs;
    use std::sync::LazyLock;

    use super::*;

    static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench::prepare(&BuildOptions::default()).unwrap());

    #[test]
    fn a_traceback_shows_the_authors_lines_alone() {
        let module = format!("a\nb\n{FRAME}\nc\nd\n");
        let traceback = "Traceback (most recent call last):\n  File \"reward.py\", line 5, in <module>\n    d\n    ~\n  \
            File \"reward.py\", line 2, in f\n    b\n    ^\nNameError: File \"reward.py\", line 5\n";
        let expected = "Traceback (most recent call last):\n  File \"reward.py\", line 2, in f\n    b\n    ^\n\
            NameError: File \"reward.py\", line 5\n";
        assert_eq!(without_frame(traceback, &module), expected);
    }

    /// Builds a module within walls, unchecked, and gives what went wrong.
    fn refused(code: &str, limit: Duration) -> BuildError {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::write(folder.path().join("src/reward.py"), format!("{code}\n{PLUGIN}")).unwrap();
        BENCH.compile(folder.path(), limit, Confinement::Required).err().unwrap()
    }

    /// Tries each thing that the check of the source refuses, and says what became of it.
    const TRIES: &str = r#"
import os

def attempt(what):
    try:
        return f"got {what()}"
    except BaseException as error:
        return type(error).__name__

import socket

ENDS = [
    attempt(lambda: open("SECRET").read()),
    attempt(lambda: open("/etc/passwd").read()),
    attempt(lambda: os.listdir("/")),
    attempt(lambda: open("/0/other", "w")),
    attempt(lambda: __import__("ctypes")),
    attempt(lambda: __import__("subprocess").run(["true"])),
    attempt(lambda: os.environ["USER_OF_MEED"]),
    attempt(lambda: socket.create_connection(("127.0.0.1", PORT))),
]
ENDS.append(attempt(lambda: print("flood " * 500_000)))
raise SystemError(ENDS)
"#;

    #[test]
    fn an_import_reaches_nothing_and_is_heard_within_bounds() {
        let secret = tempfile::NamedTempFile::new().unwrap();
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let code = TRIES.replace("SECRET", &secret.path().display().to_string()).replace("PORT", &port);
        let said = refused(&code, Duration::from_secs(180)).to_string();
        // The tool itself ends a flood of words.
        assert!(said.len() < 64 << 10, "{}", said.len());
        let ends = said.rsplit_once("SystemError: ").unwrap().1;
        let expected = "['FileNotFoundError', 'FileNotFoundError', 'FileNotFoundError', 'PermissionError', \
                        'ModuleNotFoundError', 'OSError', 'KeyError', 'gaierror', 'BrokenPipeError']\n";
        assert_eq!(ends, expected);
    }

    #[test]
    fn an_import_that_takes_all_memory_or_never_ends_is_ended() {
        let error = refused("x = []\nwhile True: x.append(bytes(1 << 24))\n", Duration::from_secs(180)).to_string();
        assert!(error.contains("File \"reward.py\", line 2,") && error.contains("MemoryError"), "{error}");
        let error = refused("while True: pass\n", Duration::from_secs(4));
        assert_eq!(error.code(), "timed-out", "{error}");
    }
}
