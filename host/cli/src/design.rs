//! `meed task init`, `meed design`, `meed design show`.

mod judge;
mod recordings;
mod trainer;

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result};
use clap::{Args, Subcommand, ValueEnum};
use meed_design::{
    Confinement, Design, DesignDir, HttpModel, HttpOptions, Key, Model, Outcome, ReplayModel, RunInfo, Summary, Task,
    Trainer, Verdict, Workshop, design, show,
};

use crate::exit::{Exit, UsageError};
use crate::printable::line;
use judge::Verifier;
use trainer::Gym;

/// What `meed task` takes.
#[derive(Debug, Args)]
pub(crate) struct TaskArgs {
    #[command(subcommand)]
    command: TaskCommand,
}

#[derive(Debug, Subcommand)]
enum TaskCommand {
    /// Begins a task file from what an environment says of itself.
    Init(Init),
}

#[derive(Debug, Args)]
struct Init {
    /// The environment: one that `meed envs` lists, or one of Python's, such as `gym:LunarLander-v3`.
    #[arg(long)]
    env: String,
    /// The file to write, which must not exist; standard output if left out.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// What `meed design` takes.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct DesignArgs {
    #[command(subcommand)]
    command: Option<DesignCommand>,
    #[command(flatten)]
    begin: Option<Begin>,
}

#[derive(Debug, Subcommand)]
enum DesignCommand {
    /// Shows what became of a design, finished or not.
    Show(Show),
}

#[derive(Debug, Args)]
struct Show {
    /// The design's folder.
    dir: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    /// Writes a self-contained page, too: to this file, or else to design.html in the folder.
    #[arg(long, value_name = "FILE")]
    html: Option<Option<PathBuf>>,
}

/// How candidates come about.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Strategy {
    /// Several drafts, summarised into one, which is verified and repaired. After LaRe.
    Lare,
    /// A designer, a critic who reads first, an analyst of what trained agents fail at. After Auto MC-Reward.
    Critic,
    /// Generations: agents are trained, the best reward is kept, changed and crossed. After Eureka and REvolve.
    Evolve,
}

impl From<Strategy> for meed_design::Strategy {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Lare => Self::Lare,
            Strategy::Critic => Self::Critic,
            Strategy::Evolve => Self::Evolve,
        }
    }
}

#[derive(Debug, Args)]
struct Begin {
    /// The task file; `meed task init` begins one.
    task: PathBuf,
    /// Who writes: the base URL of a server that speaks OpenAI's chat completions, such as `http://127.0.0.1:8080/v1`, or
    /// `replay:FILE` for recorded answers. A server's key comes from the variable MEED_API_KEY.
    #[arg(long, value_name = "URL|replay:FILE")]
    model: String,
    /// The model's name at the server, where it has several.
    #[arg(long, value_name = "NAME", default_value = "default")]
    model_name: String,
    /// How candidates come about.
    #[arg(long, value_enum, default_value_t = Strategy::Lare)]
    strategy: Strategy,
    /// The design's folder, which must not exist unless it is resumed.
    #[arg(long)]
    out: PathBuf,
    /// Goes on with a design that was killed or failed, without asking again for what was answered.
    #[arg(long)]
    resume: bool,
    /// Lets the compiler of generated code run with all rights of the user, where the system can't keep it from files and the network:
    /// then only the check of the source stands between the model and this machine.
    #[arg(long)]
    unconfined: bool,
    /// Prints what the design came to as JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn task(args: TaskArgs) -> Result<Exit> {
    let TaskCommand::Init(init) = args.command;
    let spec = meed_envs::spec(&init.env).map_err(|error| UsageError(error.to_string()))?;
    let text = Task::in_environment(&init.env, &spec.observation, &spec.action).to_toml()?;
    match &init.out {
        None => print!("{text}"),
        Some(path) => {
            let mut file = std::fs::File::create_new(path).with_context(|| format!("creating {}", path.display()))?;
            file.write_all(text.as_bytes()).with_context(|| format!("writing {}", path.display()))?;
            eprintln!("now say in {} what the agent is to do", path.display());
            println!("{}", path.display());
        }
    }
    Ok(Exit::Done)
}

pub(crate) fn run(args: DesignArgs) -> Result<Exit> {
    match (args.command, args.begin) {
        (Some(DesignCommand::Show(args)), _) => shown(&args),
        (None, Some(args)) => begin(&args),
        (None, None) => Err(UsageError("a task file is needed, or `show` with a folder".into()).into()),
    }
}

fn begin(args: &Begin) -> Result<Exit> {
    let task = Task::read(&args.task)?;
    let strategy = args.strategy.into();
    let (mut model, place): (Box<dyn Model>, _) = match args.model.strip_prefix("replay:") {
        Some(file) => (Box::new(ReplayModel::open(Path::new(file))?), None),
        None => {
            let options =
                HttpOptions { model: args.model_name.clone(), key: Key::from_environment()?, ..HttpOptions::default() };
            (Box::new(HttpModel::new(&args.model, options)?), Some(args.model.clone()))
        }
    };
    let mut dir = match args.resume {
        true => DesignDir::resume(&args.out, &task, strategy)?,
        false => DesignDir::create(&args.out, &task, &RunInfo::new(strategy, &model.name(), place))?,
    };
    let judge = Verifier::new(&task, &args.out)?;
    let gym = Gym::new(&task);
    eprintln!("preparing the workshop");
    let confinement = if args.unconfined { Confinement::SourceCheckAlone } else { Confinement::Required };
    let workshop = Workshop::open(task.language, confinement)?;
    let parts = Design {
        task: &task,
        model: model.as_mut(),
        builder: &workshop,
        judge: &judge,
        trainer: gym.as_ref().map(|gym| gym as &dyn Trainer),
        dir: &mut dir,
        progress: &mut |outcome: &Outcome| eprintln!("{}", told(outcome)),
    };
    let summary = design(strategy, parts)?;
    eprintln!("{}", verdict(&summary, &task));
    if args.json {
        println!("{}", serde_json::to_string_pretty(&summary)?);
    } else if summary.winner.is_some() {
        println!("{}", args.out.join("winner.wasm").display());
    }
    Ok(match summary.verdict {
        Some(Verdict::Pass) => Exit::Done,
        Some(_) => Exit::Inconclusive,
        None => Exit::PluginFailed,
    })
}

fn shown(args: &Show) -> Result<Exit> {
    let view = show(&args.dir)?;
    if let Some(file) = &args.html {
        let file = file.clone().unwrap_or_else(|| args.dir.join("design.html"));
        std::fs::write(&file, view.html()).with_context(|| format!("writing {}", file.display()))?;
        eprintln!("page: {}", file.display());
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&view)?);
        return Ok(Exit::Done);
    }
    println!("{}, by {}, strategy {}", line(&view.task.name), line(&view.run.model), view.run.strategy.name());
    for attempt in &view.attempts {
        let score = attempt.training.as_ref().and_then(|training| training.score);
        let score = score.map_or_else(String::new, |score| format!("; true return {score:.1}"));
        println!("{}{score}", told(&attempt.outcome));
    }
    match &view.result {
        Some(summary) => println!("{}", verdict(summary, &view.task)),
        None => println!("not finished: go on with --resume"),
    }
    Ok(Exit::Done)
}

fn told(outcome: &Outcome) -> String {
    format!("{:<7} {}", line(&outcome.id), line(&outcome.line()))
}

fn verdict(summary: &Summary, task: &Task) -> String {
    let mut cost = format!("{} attempts, {} tokens", summary.attempts.len(), summary.tokens);
    if let (Some(spent), Some(prices)) = (summary.cost, &task.prices) {
        cost.push_str(&format!(", {spent:.4} {}", line(&prices.currency)));
    }
    match (&summary.winner, summary.verdict) {
        (Some(winner), Some(verdict)) => {
            let score =
                summary.trained.get(winner).map_or_else(String::new, |score| format!(", true return {score:.1}"));
            format!("{winner} is chosen: {verdict}{score}; {cost}")
        }
        _ => format!("no candidate passed; {cost}"),
    }
}

/// Runs this program with other arguments.
fn meed(arguments: impl Iterator<Item = OsString>) -> Result<Output> {
    let program = std::env::current_exe().context("finding this program")?;
    // The key of a model is none of a candidate's business.
    Command::new(program).args(arguments).env_remove("MEED_API_KEY").output().context("starting this program")
}

/// The first error among what a process wrote.
fn said(done: &Output) -> String {
    let text = String::from_utf8_lossy(&done.stderr);
    let error = text.lines().find(|line| line.starts_with("error:")).or_else(|| text.lines().last());
    error.map_or_else(|| done.status.to_string(), line)
}
