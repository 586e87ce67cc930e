//! `meed`: reward functions in a sandbox, from an empty folder to a trained agent.
//!
//! This binary only wires the libraries together. Standard output is data, standard error is talk; the exit codes are those of
//! [`exit::Exit`].

mod args;
mod build;
mod compare;
mod design;
mod envs;
mod eval;
mod exit;
mod export;
mod inspect;
mod new;
mod plugin;
mod printable;
mod provenance;
mod record;
mod report;
mod sweep;
mod train;
mod verify;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Command, Meed};

fn main() -> ExitCode {
    meed_train::keep_memory();
    let meed = Meed::parse();
    // MuJoCo warns of how long each model takes to compile.
    tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_env("MEED_LOG")
                .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,mujoco=error")),
        )
        .without_time()
        .init();
    let outcome = match meed.command {
        Command::New(args) => new::run(args),
        Command::Build(args) => build::run(args),
        Command::Inspect(args) => inspect::run(args),
        Command::Envs(args) => envs::run(args),
        Command::Record(args) => record::run(args),
        Command::Eval(args) => eval::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Compare(args) => compare::run(args),
        Command::Train(args) => train::run(args),
        Command::Export(args) => export::run(args),
        Command::Sweep(args) => sweep::run(args),
        Command::Report(args) => report::run(args),
        Command::Watch(args) => watch::run(args),
        Command::Task(args) => design::task(args),
        Command::Design(args) => design::run(args),
    };
    outcome.unwrap_or_else(|error| exit::report(&error)).into()
}
