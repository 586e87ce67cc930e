//! Writes `docs/rules.md` from the rules; with `--check`, fails where the file is not what would be written.

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let file = Path::new(env!("MEED_ROOT")).join("docs/rules.md");
    let page = meed_verify::handbook();
    let done = match std::env::args().nth(1).as_deref() {
        Some("--check") => match std::fs::read_to_string(&file) {
            Ok(written) if written == page => Ok(()),
            _ => Err("docs/rules.md is not current: run `cargo xtask rules`".to_owned()),
        },
        Some(other) => Err(format!("{other}: only --check is known")),
        None => std::fs::write(&file, page).map_err(|error| format!("docs/rules.md: {error}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
