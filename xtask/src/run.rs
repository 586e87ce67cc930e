//! Running commands in sight of the user.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// Gives the root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("MEED_ROOT"))
}

/// Gives the folder that cargo builds into.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Makes a command that runs in the root of the repository.
pub(crate) fn command<S: AsRef<std::ffi::OsStr>>(program: impl AsRef<std::ffi::OsStr>, arguments: &[S]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root());
    command
}

/// Makes a cargo command. What cargo told this program about itself is not passed on.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = command(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), arguments);
    for (name, _) in std::env::vars_os() {
        let inherited = name.to_str().is_some_and(|name| {
            name == "CARGO" || name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")
        });
        if inherited {
            command.env_remove(name);
        }
    }
    command
}

/// Builds an example and gives the command that runs it. It is built as a part of the whole workspace: alone it would have its
/// dependencies compiled anew, with other features.
///
/// # Errors
/// Where it does not build.
pub(crate) fn example(name: &str, arguments: &[&str]) -> Result<Command> {
    run(&mut cargo(&["build", "--quiet", "--workspace", "--example", name]))?;
    Ok(command(target().join("debug/examples").join(name), arguments))
}

/// Prints a command and runs it to its end.
///
/// # Errors
/// Where it can't be started or does not exit with 0.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = status(command)?;
    if status != 0 {
        bail!("`{}` ended with exit code {status}", line(command));
    }
    Ok(())
}

/// Prints a command, runs it to its end and gives its exit code.
///
/// # Errors
/// Where it can't be started or is killed.
pub(crate) fn status(command: &mut Command) -> Result<i32> {
    eprintln!("\n$ {}", line(command));
    let status = command.status().with_context(|| format!("starting `{}`", line(command)))?;
    status.code().with_context(|| format!("`{}` was killed", line(command)))
}

/// Prints a command, runs it to its end and gives the last line of its standard output.
///
/// # Errors
/// Where it can't be started, does not exit with 0 or prints nothing.
pub(crate) fn last_line(command: &mut Command) -> Result<String> {
    let text = capture(command)?;
    let last = text.lines().last().with_context(|| format!("`{}` printed nothing", line(command)))?;
    println!("{last}");
    Ok(last.to_owned())
}

/// Prints a command, runs it to its end and gives its standard output.
///
/// # Errors
/// Where it can't be started or does not exit with 0.
pub(crate) fn capture(command: &mut Command) -> Result<String> {
    eprintln!("\n$ {}", line(command));
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("starting `{}`", line(command)))?;
    if !output.status.success() {
        bail!("`{}` ended with {}", line(command), output.status);
    }
    String::from_utf8(output.stdout).context("reading its output")
}

/// Writes a command as one would type it: the program by its name, paths from the repository's root.
fn line(command: &Command) -> String {
    let root = root();
    let program = Path::new(command.get_program());
    let arguments = command.get_args().map(|word| Path::new(word).strip_prefix(&root).unwrap_or(Path::new(word)));
    let words = program.file_name().map(Path::new).into_iter().chain(arguments);
    words.map(|word| word.display().to_string()).collect::<Vec<_>>().join(" ")
}
