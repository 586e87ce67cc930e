//! `meed new`.

use anyhow::Result;
use meed_design::{ScaffoldOptions, scaffold};

use crate::args::{Language, New};
use crate::exit::Exit;

pub(crate) fn run(args: New) -> Result<Exit> {
    let language = match args.lang {
        Language::Rust => meed_design::Language::Rust,
    };
    let options = ScaffoldOptions { name: args.name, language, kind: args.kind.into(), parent: ".".into() };
    let made = scaffold(&options)?;
    println!("{}", made.dir.display());
    eprintln!("next: cd {} && meed build", made.dir.display());
    Ok(Exit::Done)
}
