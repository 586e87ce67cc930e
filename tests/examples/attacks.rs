//! Prints what becomes of every attack on the sandbox: `cargo xtask attacks [--json] [--rounds N]`.
//!
//! With `--seeds FOLDER`, it writes the attacks' components there, for the fuzz targets. With `--rounds`, short attacks are repeated,
//! at most so many times, until what the process holds no longer rises, and what it held is printed. Exits with 1 where an attack was
//! not contained, or where something still rose.

use std::process::ExitCode;

use meed_tests::attacks::{Growth, Held, LOOK, Target, all, rounds, write_components};
use serde_json::json;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let contained = match arguments.as_slice() {
        [] => table(false),
        ["--json"] => table(true),
        ["--rounds", number] | ["--json", "--rounds", number] | ["--rounds", number, "--json"] => {
            match number.parse() {
                Ok(number) => repeat(number, arguments.contains(&"--json")),
                Err(_) => return usage(),
            }
        }
        ["--seeds", folder] => match write_components(folder.as_ref()) {
            Ok(()) => true,
            Err(error) => {
                eprintln!("{folder}: {error}");
                false
            }
        },
        _ => return usage(),
    };
    if contained { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn usage() -> ExitCode {
    eprintln!("usage: cargo xtask attacks [--json] [--rounds N]");
    ExitCode::from(2)
}

/// Runs every attack once and prints a line each.
fn table(as_json: bool) -> bool {
    let target = Target::new();
    let mut rows = Vec::new();
    let mut all_contained = true;
    let attacks = all();
    if !as_json {
        println!("{:<13} {:<38} {:<36} {:<9} {:>6}", "family", "attack", "outcome", "contained", "millis");
    }
    for attack in &attacks {
        let ended = target.run(attack);
        all_contained &= ended.contained;
        let contained = if ended.contained { "yes" } else { "NO" };
        if as_json {
            rows.push(json!({
                "family": attack.family,
                "attack": attack.name,
                "outcome": ended.outcome,
                "contained": ended.contained,
                "millis": ended.millis as u64,
            }));
        } else {
            println!(
                "{:<13} {:<38} {:<36} {contained:<9} {:>6}",
                attack.family, attack.name, ended.outcome, ended.millis
            );
        }
    }
    if as_json {
        println!("{:#}", serde_json::Value::Array(rows));
    } else {
        println!("{} attacks, {}", attacks.len(), if all_contained { "all contained" } else { "NOT all contained" });
    }
    all_contained
}

/// Runs short attacks over and over, at most so many times, and prints what the process held meanwhile.
fn repeat(most: usize, as_json: bool) -> bool {
    let growth = rounds(&Target::new(), most);
    let Growth { rounds, attacks, held, steady, same_bits, seconds } = &growth;
    if as_json {
        println!("{:#}", json!(growth));
    } else {
        println!("{rounds} rounds of {attacks} attacks in turn, {seconds:.1} s");
        println!("{:>9} {:>13} {:>8} {:>17}", "after", "resident KiB", "threads", "file descriptors");
        for (look, Held { resident_kib, threads, descriptors }) in held.iter().enumerate() {
            println!("{:>9} {resident_kib:>13} {threads:>8} {descriptors:>17}", look * LOOK);
        }
        println!("over the last 10,000 rounds: {}", if *steady { "nothing grew" } else { "NOT STEADY" });
        println!("the good plugin's bits: {}", if *same_bits { "unchanged" } else { "CHANGED" });
    }
    *steady && *same_bits
}
