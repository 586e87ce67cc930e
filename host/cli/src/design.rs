//! `meed task init`, `meed design`, `meed design show`.

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, anyhow};
use clap::{Args, Subcommand};
use meed_core::RewardFactory;
use meed_design::{
    Confinement, Design, DesignDir, Evidence, HttpModel, HttpOptions, Judge, Judgement, Key, Model, Outcome, Part,
    ReplayModel, RunInfo, Summary, Task, Verdict, Workshop, lare, show,
};
use meed_runtime::Profile;
use serde_json::Value;

use crate::exit::{Exit, UsageError};
use crate::plugin;
use crate::printable::line;

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
    let mut model: Box<dyn Model> = match args.model.strip_prefix("replay:") {
        Some(file) => Box::new(ReplayModel::open(Path::new(file))?),
        None => {
            let options =
                HttpOptions { model: args.model_name.clone(), key: Key::from_environment()?, ..HttpOptions::default() };
            Box::new(HttpModel::new(&args.model, options)?)
        }
    };
    let mut dir = match args.resume {
        true => DesignDir::resume(&args.out, &task)?,
        false => DesignDir::create(&args.out, &task, &RunInfo::new("lare", &model.name()))?,
    };
    let mut judge = Verifier::new(&task, &args.out)?;
    eprintln!("preparing the workshop");
    let confinement = if args.unconfined { Confinement::SourceCheckAlone } else { Confinement::Required };
    let workshop = Workshop::open(confinement)?;
    let summary = lare(&mut Design {
        task: &task,
        model: model.as_mut(),
        builder: &workshop,
        judge: &mut judge,
        dir: &mut dir,
        progress: &mut |outcome: &Outcome| eprintln!("{}", told(outcome)),
    })?;
    eprintln!("{}", verdict(&summary));
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
    if args.json {
        println!("{}", serde_json::to_string_pretty(&view)?);
        return Ok(Exit::Done);
    }
    println!("{}, by {}, strategy {}", line(&view.task.name), line(&view.run.model), line(&view.run.strategy));
    for outcome in &view.attempts {
        println!("{}", told(outcome));
    }
    match &view.result {
        Some(summary) => println!("{}", verdict(summary)),
        None => println!("not finished: go on with --resume"),
    }
    Ok(Exit::Done)
}

fn told(outcome: &Outcome) -> String {
    format!("{:<7} {}", line(&outcome.id), line(&outcome.line()))
}

fn verdict(summary: &Summary) -> String {
    let cost = format!("{} attempts, {} tokens", summary.attempts.len(), summary.tokens);
    match (&summary.winner, summary.verdict) {
        (Some(winner), Some(verdict)) => format!("{winner} is chosen: {verdict}; {cost}"),
        _ => format!("no candidate passed; {cost}"),
    }
}

/// Verifies candidates by `meed verify`, in a process of its own each: what a candidate does to its host, it does to that one.
struct Verifier {
    shown: Vec<PathBuf>,
    hidden: Vec<PathBuf>,
    /// What the task says of success, as the verifier reads it.
    settings: Option<PathBuf>,
}

/// Episodes of each part of the data, where they are recorded: in Pendulum 8,000 steps, in CartPole some 900.
const EPISODES: &str = "40";

impl Verifier {
    /// Takes the task's recordings, or records a random policy: once to show, once to hide.
    fn new(task: &Task, out: &Path) -> Result<Verifier> {
        let settings = match task.success_return {
            None => None,
            Some(success) => {
                let file = out.join("settings.toml");
                std::fs::write(&file, format!("success = {success:?}\n"))
                    .with_context(|| format!("writing {}", file.display()))?;
                Some(file)
            }
        };
        let Some(env) = &task.environment else {
            return Ok(Verifier { shown: task.trajectories.clone(), hidden: Vec::new(), settings });
        };
        let mut files = Vec::new();
        for (name, seed) in [("shown.parquet", "1"), ("hidden.parquet", "2")] {
            let file = out.join(name);
            if !file.is_file() {
                let flags = ["record", "--env", env, "--episodes", EPISODES, "--seed", seed, "--out"];
                let done = meed(flags.iter().map(OsString::from).chain([file.clone().into()]))?;
                if !done.status.success() {
                    return Err(anyhow!("recording {env}: {}", said(&done)));
                }
            }
            files.push(vec![file]);
        }
        let hidden = files.pop().unwrap_or_default();
        Ok(Verifier { shown: files.pop().unwrap_or_default(), hidden, settings })
    }

    fn report(&self, component: &Path, data: &[PathBuf]) -> Result<Judgement> {
        if let Some(misfit) = misfit(component, data)? {
            return Ok(misfit);
        }
        let data =
            data.iter().map(|file| ("--data", file)).chain(self.settings.iter().map(|file| ("--settings", file)));
        let files = data.flat_map(|(flag, file)| [flag.into(), file.clone().into_os_string()]);
        let done = meed([OsString::from("verify"), component.into(), "--json".into()].into_iter().chain(files))?;
        match serde_json::from_slice::<Value>(&done.stdout) {
            Ok(report) => Ok(judgement(report)),
            Err(_) => Err(anyhow!("the verifier gave no report: {}", said(&done))),
        }
    }
}

impl Judge for Verifier {
    fn judge(&mut self, component: &Path, part: Part) -> Result<Option<Judgement>, Box<dyn Error + Send + Sync>> {
        let data = if part == Part::Shown { &self.shown } else { &self.hidden };
        if data.is_empty() {
            return Ok(None);
        }
        Ok(Some(self.report(component, data)?))
    }
}

/// Tells where a reward's rows are not those of the data: a mistake of its author, which the verifier has no verdict on.
fn misfit(component: &Path, data: &[PathBuf]) -> Result<Option<Judgement>> {
    // One that cannot be loaded gets a report all the same.
    let Ok(plugin) = plugin::load(component, Profile::Verify) else { return Ok(None) };
    for file in data {
        if let Err(error) = meed_trajectory::open(file)?.check_against(plugin.description()) {
            let finding = Evidence {
                code: "fields".into(),
                severity: "error".into(),
                message: error.to_string(),
                evidence: String::new(),
                hint: "declare every field of the task's rows, in its order, with its name and its type".into(),
            };
            let report = serde_json::json!({ "verdict": "fail", "misfit": error.to_string() });
            return Ok(Some(Judgement { verdict: Verdict::Fail, findings: vec![finding], report }));
        }
    }
    Ok(None)
}

/// Reads what the design needs in a report.
fn judgement(report: Value) -> Judgement {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verdict = match report["verdict"].as_str() {
        Some("pass") => Verdict::Pass,
        Some("inconclusive") => Verdict::Inconclusive,
        _ => Verdict::Fail,
    };
    let mut findings = Vec::new();
    for severity in ["error", "warning"] {
        let rules = report["rules"].as_array().into_iter().flatten().filter(|rule| rule["severity"] == severity);
        for finding in rules.flat_map(|rule| rule["findings"].as_array().into_iter().flatten()) {
            findings.push(Evidence {
                code: text(&finding["code"]),
                severity: severity.into(),
                message: text(&finding["message"]),
                evidence: evidence(finding),
                hint: text(&finding["hint"]),
            });
        }
    }
    Judgement { verdict, findings, report }
}

fn evidence(finding: &Value) -> String {
    let list = |key: &str| finding[key].as_array().cloned().unwrap_or_default();
    let number = |number: &Value| match &number["value"] {
        Value::String(value) => format!("{} {value}", number["name"].as_str().unwrap_or_default()),
        value => format!("{} {value}", number["name"].as_str().unwrap_or_default()),
    };
    let plain = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut lines = Vec::new();
    for (title, values) in [
        ("factors", list("factors").iter().map(plain).collect::<Vec<_>>()),
        ("observed", list("observed").iter().map(number).collect()),
        ("limit", finding["limit"].is_object().then(|| number(&finding["limit"])).into_iter().collect()),
        ("rows", list("rows").iter().map(plain).collect()),
        ("inputs of the first row", finding["inputs"].as_str().map(str::to_owned).into_iter().collect()),
    ] {
        if !values.is_empty() {
            lines.push(format!("{title}: {}", values.join(", ")));
        }
    }
    lines.join("\n")
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_becomes_evidence_errors_first() {
        let finding = |code: &str| {
            serde_json::json!({
                "code": code, "message": "m", "factors": ["a"], "observed": [{"name": "value", "value": "NaN"}],
                "limit": {"name": "largest", "value": 1.5}, "rows": [3, 4], "inputs": "x=1", "hint": "h"
            })
        };
        let report = serde_json::json!({"verdict": "fail", "rules": [
            {"severity": "warning", "findings": [finding("V081")]},
            {"severity": "error", "findings": []},
            {"severity": "error", "findings": [finding("V011")]},
        ]});
        let judgement = judgement(report);
        let codes: Vec<_> = judgement.findings.iter().map(|finding| finding.code.as_str()).collect();
        assert_eq!((judgement.verdict, codes), (Verdict::Fail, vec!["V011", "V081"]));
        let lines = "factors: a\nobserved: value NaN\nlimit: largest 1.5\nrows: 3, 4\ninputs of the first row: x=1";
        assert_eq!(judgement.findings[0].evidence, lines);
    }
}
