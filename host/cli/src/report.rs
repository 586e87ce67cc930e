//! `meed report`.

use anyhow::{Context, Result};
use meed_train::report::{default_file, report, runs_under};

use crate::args::Report;
use crate::exit::Exit;

pub(crate) fn run(args: Report) -> Result<Exit> {
    let runs = runs_under(&args.dirs)?;
    let file = args.out.unwrap_or_else(|| default_file(&args.dirs));
    std::fs::write(&file, report(&runs)).with_context(|| file.display().to_string())?;
    println!("{}", file.display());
    Ok(Exit::Done)
}
