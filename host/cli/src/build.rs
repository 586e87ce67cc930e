//! `meed build`.

use std::io::IsTerminal;

use anyhow::Result;
use meed_design::{BuildOptions, build};

use crate::args::Build;
use crate::exit::Exit;

pub(crate) fn run(args: Build) -> Result<Exit> {
    let options = BuildOptions { color: std::io::stderr().is_terminal(), ..BuildOptions::default() };
    let built = build(&args.dir, &options)?;
    eprint!("{}", built.warnings);
    eprintln!("{} plugin from {}, {} bytes, {:.1} s", built.kind, built.language, built.bytes, built.seconds);
    println!("{}", built.component.display());
    Ok(Exit::Done)
}
