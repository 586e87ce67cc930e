//! The repository's own commands: `cargo xtask demo`, `cargo xtask test`, `cargo xtask check`,
//! `cargo xtask rules`, `cargo xtask setup`.
//!
//! Each of them first fetches what the machine lacks (see [`setup`]) and then runs ordinary commands, which it prints, so that
//! anyone can run them by hand.

mod attacks;
mod bench;
mod bench_train;
mod bench_verify;
mod browser;
mod check;
mod curves;
mod demo;
mod fuzz;
mod kills;
mod lare;
mod mujoco;
mod run;
mod screen;
mod setup;
mod test;
mod test_llm;
mod test_wgpu;
mod trainer;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

  demo           build a reward plugin, verify it on recorded trajectories, train an agent with it
  test [FILTER]  run all tests, or the scenario tests whose name contains FILTER
  attacks [--json] [--rounds N]
                 what becomes of every attack on the sandbox; with --rounds, that nothing grows
  kills [--json] [--kills N] [--seed N] [--only ALGORITHM]
                 kill runs of every algorithm at twenty random moments, resume them and compare every bit (minutes)
  fuzz TARGET [SECONDS]
                 run a fuzz target of tests/fuzz, for a minute unless told otherwise
  fuzz [--json]  what has been run of every fuzz target
  bench evaluate [--json] [--reward NAME] [--rows N] [--turns N]
                 what a row of reward costs, beside native code, Python and what else one would use
  bench train [--json] [--only ENV/ALGORITHM] [--turns N]
                 what training costs, beside Stable-Baselines3 (fetches 5 GB)
  bench verify   what verifying a plugin costs, and where its time goes
  screen [--json] [--table] [--seeds N] [--workers N]
                 verify and train many rewards, sound and flawed: how well do the rules foretell the true return? (hours)
  bench design [--json]
                 candidates a minute from a model's answer to a verdict, and where the time goes
  test-llm [--record]
                 design rewards with a real, small model, served on this machine (fetches 130 MB; minutes)
  lare [--json] [--full] [--only ENV/METHOD] [--claim] [--seeds N] [--steps N] [--workers N] [--table]
       [--meed FILE] [--out DIR]
                 train with LaRe and every other decomposition of returns; raw numbers, table and page in docs/lare (hours)
  lare --files   write the same as files for `meed sweep`
  lare-cost      what a step with LaRe costs beside one with the dense reward, and factors beside the released Python way
  browser        the verifier's pages and those of training in Chromium: light and dark, wide and narrow, clicked through
  check          format, lints, documentation, the plugins' own workspace
  rules          write docs/rules.md from the verifier's rules
  mujoco         fetch MuJoCo, compare its environments with Gymnasium's, build `meed` with them
  parity [--json]
                 how far each environment is from the original, over what was recorded from it
  curves [ENV/ALGORITHM]...
                 learning curves on three seeds into docs/curves.csv; goes on where it was stopped (minutes to a day)
  test-wgpu      that an update on a GPU is the processor's, on a GPU in software (a long build)
  setup          fetch what the machine lacks, and nothing else
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["demo"] => demo::demo(),
        ["test"] => test::all(),
        ["test", filter] => test::some(filter),
        ["attacks", arguments @ ..] => attacks::attacks(arguments),
        ["fuzz"] => fuzz::summary(false),
        ["fuzz", "--json"] => fuzz::summary(true),
        ["fuzz", target] => fuzz::fuzz(target, "60"),
        ["fuzz", target, seconds] => fuzz::fuzz(target, seconds),
        ["bench", "verify"] => bench_verify::verify(),
        ["bench", "train", arguments @ ..] => bench_train::train(arguments),
        ["bench", "evaluate", arguments @ ..] => bench::evaluate(arguments),
        ["screen", arguments @ ..] => screen::screen(arguments),
        ["bench", "design", arguments @ ..] => bench::design(arguments),
        ["test-llm", arguments @ ..] => test_llm::test(arguments),
        ["browser"] => browser::browser(),
        ["check"] => check::check(),
        ["kills", arguments @ ..] => kills::kills(arguments),
        ["lare", arguments @ ..] => lare::lare(arguments),
        ["lare-cost"] => lare::cost(),
        ["rules"] => check::rules(&[]),
        ["mujoco"] => mujoco::mujoco(),
        ["curves", arguments @ ..] => curves::curves(arguments),
        ["test-wgpu"] => test_wgpu::test(),
        ["parity", arguments @ ..] => mujoco::parity(arguments),
        ["setup"] => setup::everything(),
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
