//! How returns are decomposed.

use serde::{Deserialize, Serialize};

use super::check::{counts, rate, require};
use crate::{AlgorithmName, TrainConfig, TrainError};

/// A decomposition of returns, with its numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreditConfig {
    /// Which one.
    pub method: CreditMethod,
    /// Width of the decoder's hidden layers. LaRe's and RRD's is 256; where an algorithm's own networks are narrower, so is this.
    pub hidden: usize,
    /// How many hidden layers the decoder has: 2, and 4 in LaRe with several agents.
    #[serde(default = "two")]
    pub layers: usize,
    /// Blocks of AREL along time, each followed by one along agents, and of STAS along time: 3 in both, here 1.
    #[serde(default = "one")]
    pub blocks: usize,
    /// What share of each weight is added to its gradient: none, and 1e-5 in AREL, STAS and LaRe with several agents.
    #[serde(default)]
    pub weight_decay: f32,
    /// Adam's step size for the decoder; 3e-4 in LaRe and RRD, 5e-4 in LaRe with several agents.
    pub learning_rate: f64,
    /// Steps that the whole episodes of a fit have together, about; 256 in LaRe-RD. Beside PPO 6,400: with several
    /// agents LaRe takes 256 episodes of 25 steps; for AREL and STAS 800, because attention is dear. Of these, RD, LaRe-RD and SPA.
    pub steps: usize,
    /// Episodes of a fit; 4 in LaRe-RRDu and RRD, and 256 beside PPO, as for the others there. Of these, VIB and Diaster, which looks
    /// at 32 there.
    pub episodes: usize,
    /// Steps of each of them, at least 2; 64 in LaRe-RRDu and RRD, and 16 beside PPO: fewer than an episode of 25 steps has, for all of
    /// them would be RD. Of these and VIB.
    pub length: usize,
    /// Fits of Diaster's decoder to one of its recurrent network.
    pub recurrent_every: usize,
    /// What Diaster divides returns by before its recurrent network learns them; 10 in LaRe's experiments, 500 for HumanoidStandup.
    pub return_scale: f32,
    /// Rollouts from one time to the next that the decoder learns beside PPO; 10 in LaRe's experiments with several agents.
    pub every: u64,
    /// Fits at such a time; 50 there.
    pub fits: usize,
    /// Rows that PPO's decoder learns from: the last so many.
    pub memory: usize,
    /// Whether the agents of a step share what they earn together: the ablation without decomposition over agents.
    #[serde(default)]
    pub team: bool,
    /// Whether the decoder, and the plugin, see nothing of the actions: an ablation.
    #[serde(default)]
    pub state_only: bool,
}

/// A decomposition of returns by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CreditMethod {
    /// Nothing: the last step gets the whole return, as the environment pays it.
    Episodic,
    /// Each step gets the same share.
    Uniform,
    /// Each step gets where its episode stands among all, and the best are learnt from more often (Gangwani et al., 2020).
    Ircr,
    /// Least squares over whole episodes, of a decoder that reads the rows themselves (Efroni et al., 2021).
    Rd,
    /// The same over a few steps of each episode, as published: biased (Ren et al., 2022).
    Rrd,
    /// The same without the bias.
    RrdUnbiased,
    /// Differences of the returns of beginnings of episodes, by a recurrent network (Zhang et al., 2023).
    Diaster,
    /// RRD through a variational bottleneck.
    Vib,
    /// RD, and something for each action that could be carried out (Wang et al., 2025).
    Spa,
    /// A transformer over time and agents (Xiao et al., 2022). For several agents.
    Arel,
    /// A transformer over time, and attention over coalitions of agents (Chen et al., 2024). For several agents.
    Stas,
    /// RD of a decoder that reads the plugin's factors: LaRe-RD.
    LareRd,
    /// Unbiased RRD of a decoder that reads the plugin's factors: LaRe-RRDu.
    LareRrd,
    /// RD of a deeper decoder that reads the plugin's factors, with weight decay: LaRe for several agents.
    LareMa,
}

impl CreditMethod {
    /// All of them.
    pub const ALL: [CreditMethod; 14] = [
        CreditMethod::Episodic,
        CreditMethod::Uniform,
        CreditMethod::Ircr,
        CreditMethod::Rd,
        CreditMethod::Rrd,
        CreditMethod::RrdUnbiased,
        CreditMethod::Diaster,
        CreditMethod::Vib,
        CreditMethod::Spa,
        CreditMethod::Arel,
        CreditMethod::Stas,
        CreditMethod::LareRd,
        CreditMethod::LareRrd,
        CreditMethod::LareMa,
    ];

    /// Names it as `--credit` does.
    pub fn name(self) -> &'static str {
        match self {
            CreditMethod::Episodic => "episodic",
            CreditMethod::Uniform => "uniform",
            CreditMethod::Ircr => "ircr",
            CreditMethod::Rd => "rd",
            CreditMethod::Rrd => "rrd",
            CreditMethod::RrdUnbiased => "rrd-unbiased",
            CreditMethod::Diaster => "diaster",
            CreditMethod::Vib => "vib",
            CreditMethod::Spa => "spa",
            CreditMethod::Arel => "arel",
            CreditMethod::Stas => "stas",
            CreditMethod::LareRd => "lare-rd",
            CreditMethod::LareRrd => "lare-rrd",
            CreditMethod::LareMa => "lare-ma",
        }
    }

    /// Tells whether its decoder reads a plugin's factors.
    pub fn reads_factors(self) -> bool {
        matches!(self, CreditMethod::LareRd | CreditMethod::LareRrd | CreditMethod::LareMa)
    }

    /// Tells whether any of a plugin's factors can be part of what a row is worth.
    pub fn shown_factors(self) -> bool {
        self.reads_factors() || self == CreditMethod::Spa
    }

    /// Tells whether it decomposes a return over agents, too, and is of no use for one.
    pub fn needs_agents(self) -> bool {
        matches!(self, CreditMethod::Arel | CreditMethod::Stas | CreditMethod::LareMa)
    }
}

impl std::fmt::Display for CreditMethod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl std::str::FromStr for CreditMethod {
    type Err = TrainError;

    fn from_str(text: &str) -> Result<Self, TrainError> {
        let allowed = "one of those that `meed train --help` lists";
        let unknown = || TrainError::Config { name: "credit", value: text.into(), allowed };
        CreditMethod::ALL.into_iter().find(|method| method.name() == text).ok_or_else(unknown)
    }
}

fn one() -> usize {
    1
}

fn two() -> usize {
    2
}

impl CreditConfig {
    /// Gives the published numbers, but for the decoder's width, which is that of the configuration's algorithm.
    pub fn of(method: CreditMethod, config: &TrainConfig) -> Self {
        let hidden = match config.algorithm {
            AlgorithmName::Ppo => config.ppo.hidden,
            AlgorithmName::Sac => config.sac.hidden,
            AlgorithmName::Td3 => config.td3.hidden,
            AlgorithmName::Dqn => config.dqn.hidden,
        };
        // It learns seldom then, and much at a time.
        let rollouts = config.algorithm == AlgorithmName::Ppo;
        // AREL and STAS look at every step of every agent many times over.
        let attends = matches!(method, CreditMethod::Arel | CreditMethod::Stas);
        CreditConfig {
            method,
            hidden,
            layers: if method == CreditMethod::LareMa { 4 } else { 2 },
            blocks: 1,
            weight_decay: if method.needs_agents() { 1e-5 } else { 0.0 },
            // As LaRe's decoder for several agents, which learns beside PPO.
            learning_rate: if rollouts { 5e-4 } else { 3e-4 },
            steps: match rollouts {
                true if attends => 800,
                true => 6_400,
                false => 256,
            },
            episodes: match method {
                _ if !rollouts => 4,
                CreditMethod::Diaster => 32,
                _ => 256,
            },
            length: if rollouts { 16 } else { 64 },
            recurrent_every: 16,
            return_scale: if config.env.starts_with("HumanoidStandup") { 500.0 } else { 10.0 },
            every: 10,
            fits: 50,
            memory: 1_000_000,
            team: false,
            state_only: false,
        }
    }

    pub(super) fn check(&self, agents: usize) -> Result<(), TrainError> {
        let allowed = "one that is not for several agents, such as rrd or lare-rrd, because there is one";
        require("credit", self.method, agents > 1 || !self.method.needs_agents(), allowed)?;
        counts([("credit.layers", self.layers), ("credit.blocks", self.blocks)])?;
        rate("credit.learning_rate", self.learning_rate)?;
        counts([("credit.hidden", self.hidden), ("credit.steps", self.steps), ("credit.episodes", self.episodes)])?;
        counts([("credit.recurrent_every", self.recurrent_every), ("credit.fits", self.fits)])?;
        counts([("credit.every", self.every as usize)])?;
        require("credit.length", self.length, self.length >= 2, "at least 2")?;
        rate("credit.return_scale", f64::from(self.return_scale))
    }
}
