//! The command line: one definition makes the parser, the help and the checks.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use meed_train::CreditMethod;

/// Reward functions for reinforcement learning, sandboxed: write them in any WebAssembly language, verify them before they train
/// anything, plug them into the training loop.
#[derive(Debug, Parser)]
#[command(name = "meed", version, after_help = EXIT_CODES)]
pub(crate) struct Meed {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "\
Exit codes: 0 done or passed, 1 the plugin failed (a check, its build, a call), 2 wrong usage, 3 inconclusive, 4 the host failed.
Standard output is data, standard error is talk. MEED_LOG=info shows what plugins log, MEED_CACHE moves the compile cache.";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Makes a new reward plugin in a folder of its own.
    New(New),
    /// Builds a plugin and prints the path of the component.
    Build(Build),
    /// Shows what a plugin says of itself and what the host found in it.
    Inspect(Inspect),
    /// Lists the environments with what they give and take.
    Envs(Envs),
    /// Records trajectories of a policy in an environment.
    Record(Record),
    /// Scores recorded data with a plugin.
    Eval(Eval),
    /// Checks a plugin on recorded data and says whether it can be trusted.
    Verify(Verify),
    /// Holds two plugins against each other on recorded data.
    Compare(Compare),
    /// Trains an agent with a plugin as its reward.
    Train(Train),
    /// Makes one plugin of a run's plugin and of what the run learnt of its factors.
    Export(crate::export::Export),
    /// Trains many agents: environments x rewards x algorithms x seeds.
    Sweep(Sweep),
    /// Writes training runs as one page.
    Report(Report),
    /// Serves the same page to this machine's browsers while training goes on.
    Watch(Watch),
    /// Describes what a reward is wanted for.
    Task(crate::design::TaskArgs),
    /// Lets a language model write a reward, and verifies what it writes.
    Design(crate::design::DesignArgs),
}

/// What `meed new` takes.
#[derive(Debug, Args)]
pub(crate) struct New {
    /// The plugin's name and its folder: lower-case letters, digits and hyphens.
    pub(crate) name: String,
    /// The language to write it in.
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    pub(crate) lang: Language,
    /// The kind of reward.
    #[arg(long, value_enum, default_value_t = Kind::Transition)]
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Language {
    Rust,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    /// Rows on their own, or in groups of agents of one time step.
    Transition,
    /// Whole episodes.
    Episode,
    /// Rows, with a state.
    Stateful,
    /// Prompts and completions.
    Text,
}

impl From<Kind> for meed_core::Kind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::Transition => Self::Transition,
            Kind::Episode => Self::Episode,
            Kind::Stateful => Self::Stateful,
            Kind::Text => Self::Text,
        }
    }
}

/// What `meed build` takes.
#[derive(Debug, Args)]
pub(crate) struct Build {
    /// The plugin's folder: with a Cargo.toml (Rust), a reward.c (C) or a reward.py (Python).
    #[arg(default_value = ".")]
    pub(crate) dir: PathBuf,
}

/// What `meed inspect` takes.
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// The plugin's component.
    pub(crate) file: PathBuf,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `meed envs` takes.
#[derive(Debug, Args)]
pub(crate) struct Envs {
    /// The environments to show; all that are built in where none is named. `gym:ID` and `pettingzoo:MODULE` are Python's.
    pub(crate) ids: Vec<String>,
    /// Prints JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `meed record` takes.
#[derive(Debug, Args)]
pub(crate) struct Record {
    /// The environment: one that `meed envs` lists, or one of Python's, such as `gym:LunarLander-v3`.
    #[arg(long)]
    pub(crate) env: String,
    /// `random`, or the policy file of a training run.
    #[arg(long, default_value = "random")]
    pub(crate) policy: String,
    /// Whole episodes to record.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) episodes: u64,
    /// All chance comes from it.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// The file to write, ending in .parquet.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// What `meed eval` takes.
#[derive(Debug, Args)]
pub(crate) struct Eval {
    /// The plugin's component.
    pub(crate) file: PathBuf,
    /// Recorded data: .parquet, .jsonl, .npz, .hdf5, .arrow or the folder of a Minari dataset.
    #[arg(long)]
    pub(crate) data: PathBuf,
    /// The file to write the scores to, ending in .parquet.
    #[arg(long)]
    pub(crate) out: PathBuf,
}

/// What `meed verify` takes.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The plugin's component.
    pub(crate) file: PathBuf,
    /// Recorded data: .parquet, .jsonl, .npz, .hdf5, .arrow or the folder of a Minari dataset. Given several times, the files are
    /// taken as one.
    #[arg(long, required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// A reward known to be right: a plugin's component, or `env` for the environment's own as it was recorded.
    #[arg(long)]
    pub(crate) reference: Option<String>,
    /// The environment that the reward is for, for the rules that ask what would have happened: an id as `meed envs` lists them, or
    /// `env` for the one that the data were recorded in.
    #[arg(long)]
    pub(crate) simulator: Option<String>,
    /// What is known of the task, and thresholds other than the usual ones; without it, `meed-verify.toml` where that is there.
    #[arg(long)]
    pub(crate) settings: Option<PathBuf>,
    /// How thoroughly to look.
    #[arg(long, value_enum, default_value_t = Thoroughness::Full)]
    pub(crate) profile: Thoroughness,
    /// Prints the report as JSON.
    #[arg(long)]
    pub(crate) json: bool,
    /// Writes the report as a self-contained page, too.
    #[arg(long)]
    pub(crate) html: Option<PathBuf>,
    /// Says on standard error where the time went, too.
    #[arg(long, short)]
    pub(crate) verbose: bool,
}

/// What `meed compare` takes.
#[derive(Debug, Args)]
pub(crate) struct Compare {
    /// A plugin's component.
    pub(crate) first: PathBuf,
    /// Another plugin's component.
    pub(crate) second: PathBuf,
    /// Recorded data: .parquet, .jsonl, .npz, .hdf5, .arrow or the folder of a Minari dataset. Given several times, the files are
    /// taken as one.
    #[arg(long, required = true)]
    pub(crate) data: Vec<PathBuf>,
    /// Prints the comparison as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Thoroughness {
    /// Fewer rows and fewer repetitions, for a first look.
    Quick,
    /// Everything.
    Full,
}

/// What `meed train` takes.
#[derive(Debug, Args)]
pub(crate) struct Train {
    /// The environment: one that `meed envs` lists, or one of Python's, such as `gym:LunarLander-v3`.
    #[arg(long, required_unless_present = "resume")]
    pub(crate) env: Option<String>,
    /// The plugin's component, or `environment` for the environment's own reward, with `=WEIGHT` behind it where it has one.
    /// Given several times, the rewards are added up.
    #[arg(long, required_unless_present = "resume", value_name = "FILE[=WEIGHT]")]
    pub(crate) reward: Vec<String>,
    /// Another weight for a factor of the reward than its own. With several rewards a factor's name is REWARD.FACTOR.
    #[arg(long, value_name = "FACTOR=WEIGHT")]
    pub(crate) weights: Vec<String>,
    /// What is made of the reward before anything learns from it: clip=THRESHOLD, par=STEEPNESS:REFERENCE,..., min-max, mean-std,
    /// delta, or shape=FACTOR. Given several times, one follows the other.
    #[arg(long)]
    pub(crate) transform: Vec<String>,
    /// Lets episodes pay only when they end, and decomposes what they pay over their steps. With a `lare-` one the plugin's factors
    /// are what it is decomposed by.
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new(CreditMethod::ALL.map(CreditMethod::name)))]
    pub(crate) credit: Option<String>,
    /// What a critic of PPO values: the reward, or each of its factors apart, so that weights count and not scales.
    #[arg(long, value_enum, default_value_t = Critics::One)]
    pub(crate) critics: Critics,
    /// Ends episodes after so many steps.
    #[arg(long, value_name = "STEPS", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) time_limit: Option<u32>,
    /// Keeps the environment's own reward back until an episode ends.
    #[arg(long)]
    pub(crate) episodic: bool,
    /// Takes actions from -1 to 1, whatever the environment's range; the reward sees these.
    #[arg(long)]
    pub(crate) scale_action: bool,
    /// Hides the actions from plugin and decoder: an ablation.
    #[arg(long, requires = "credit")]
    pub(crate) state_only: bool,
    /// Has the agents of a step share what they earn together: an ablation.
    #[arg(long, requires = "credit")]
    pub(crate) team: bool,
    /// The algorithm.
    #[arg(long, value_enum, default_value_t = Algorithm::Ppo)]
    pub(crate) algo: Algorithm,
    /// Where to learn: `cpu`; `wgpu` or `cuda` in a build with that feature. Policies act on the processor either way.
    #[arg(long, default_value = "cpu")]
    pub(crate) device: String,
    /// Steps in the environment, over all copies of it.
    #[arg(long, required_unless_present = "resume", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) steps: Option<u64>,
    /// All chance comes from it.
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,
    /// What becomes of a step on which the plugin abstains.
    #[arg(long, value_enum, default_value_t = OnAbstain::Stop)]
    pub(crate) on_abstain: OnAbstain,
    /// Steps between two checkpoints: what a killed run loses at most. Fewer where steps are slow, as they are with SAC and TD3.
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) checkpoint_every: u64,
    /// The run's folder, which must not exist.
    #[arg(long, required_unless_present = "resume")]
    pub(crate) out: Option<PathBuf>,
    /// Goes on with the run in this folder, which was killed or failed. Everything else stands in the folder.
    #[arg(
        long,
        value_name = "DIR",
        conflicts_with_all = [
            "env", "reward", "weights", "transform", "critics", "time_limit", "episodic", "scale_action", "credit", "algo", "device", "steps", "seed", "on_abstain", "checkpoint_every", "out"
        ]
    )]
    pub(crate) resume: Option<PathBuf>,
    /// Ends when standard input does: for a process that must not outlast the one which began it.
    #[arg(long, hide = true)]
    pub(crate) with_parent: bool,
    /// Prints the summary as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `meed sweep` takes.
#[derive(Debug, Args)]
pub(crate) struct Sweep {
    /// What to train: a TOML file with steps, seeds, environments, algorithms, rewards, config and vary.
    pub(crate) file: PathBuf,
    /// The sweep's folder. Where it is there already, what is not done yet is gone on with.
    #[arg(long)]
    pub(crate) out: PathBuf,
    /// Runs at a time; as many as there are processor cores where it is not given.
    #[arg(long, value_parser = parse_jobs)]
    pub(crate) jobs: Option<usize>,
    /// Prints the results as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

fn parse_jobs(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| *jobs > 0).ok_or_else(|| "not a number of runs from 1".into())
}

/// What `meed report` takes.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// Folders of runs, or folders that hold them, such as a sweep's.
    #[arg(required = true)]
    pub(crate) dirs: Vec<PathBuf>,
    /// The file to write; report.html where it is not given, in the folder where there is only one.
    #[arg(long)]
    pub(crate) out: Option<PathBuf>,
}

/// What `meed watch` takes.
#[derive(Debug, Args)]
pub(crate) struct Watch {
    /// Folders of runs, or folders that hold them or will hold them.
    #[arg(required = true)]
    pub(crate) dirs: Vec<PathBuf>,
    /// The port to listen on; a free one where it is 0.
    #[arg(long, default_value_t = 0)]
    pub(crate) port: u16,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Algorithm {
    /// Proximal policy optimisation: any actions.
    Ppo,
    /// Soft actor-critic: bounded numbers as actions.
    Sac,
    /// Twin delayed deep deterministic policy gradient: bounded numbers as actions.
    Td3,
    /// Deep Q-learning: a few choices as actions.
    Dqn,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Critics {
    /// The weighted sum of the factors.
    One,
    /// Each factor.
    PerFactor,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum OnAbstain {
    /// Stops the run: an abstention is not a zero.
    Stop,
    /// Counts as a reward of zero.
    Zero,
    /// The environment's own reward stands in.
    Environment,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Meed::command().debug_assert();
    }
}
