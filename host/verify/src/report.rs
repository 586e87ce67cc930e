//! What a verification came to.

use meed_core::{Description, Kind};
use serde::Serialize;

use crate::bench::Bench;
use crate::factors::FactorReport;
use crate::finding::number;
use crate::judge::whole;
use crate::rule::{Outcome, Rule};
use crate::{Category, Finding, Number, Portrait, Settings, Severity, TimeReport, Verdict, rules};

/// The version of the report's JSON. Fields may be added under one number; none changes or goes.
pub const SCHEMA_VERSION: u32 = 1;

/// The report of a verification.
///
/// It serialises to JSON as it is declared here; [`table`](Self::table) and [`html`](Self::html) say the same to people. Equal
/// inputs, settings and seed give an equal report, except for what a clock says: [`time`](Self::time), and a finding of V053.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// The version of Meed that verified.
    pub meed_version: &'static str,
    /// The whole's verdict.
    pub verdict: Verdict,
    /// What was verified.
    pub reward: RewardReport,
    /// What it was asked about.
    pub data: DataReport,
    /// What every rule came to, in the order of their codes.
    pub rules: Vec<RuleReport>,
    /// The numbers of each factor over the scored rows; empty where there are none.
    pub factors: Vec<FactorReport>,
    /// What the reward does on the data as a whole.
    pub portrait: Portrait,
    /// What asking cost.
    pub cost: CostReport,
    /// What the rules went by.
    pub settings: Settings,
    /// Where the time went.
    pub time: TimeReport,
}

/// What was verified.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct RewardReport {
    /// The reward's name; `None` where it could not be loaded.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
    /// Its kind.
    pub kind: Option<Kind>,
    /// What it says of itself.
    pub summary: Option<String>,
    /// SHA-256 of the plugin file, in hexadecimal.
    pub hash: Option<String>,
    /// The plugin file.
    pub file: Option<String>,
}

/// What a reward was asked about.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct DataReport {
    /// The files, in the order in which their rows are numbered.
    pub files: Vec<FileReport>,
    /// Rows or samples in all of them.
    pub rows: u64,
    /// Rows or samples that were kept, chosen by chance where there are more than the settings' `rows`.
    pub used: u64,
    /// Parts of them: rows, groups, episodes, samples that must stay together.
    pub parts: u64,
}

/// A file of data.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FileReport {
    /// Its path.
    pub file: String,
    /// Rows or samples in it.
    pub rows: u64,
    /// Episodes in it; `None` for samples.
    pub episodes: Option<u64>,
    /// The policy that acted, where the file says so.
    pub policy: Option<String>,
}

impl DataReport {
    /// Counts the episodes in all files; `None` for samples.
    pub fn episodes(&self) -> Option<u64> {
        self.files.iter().map(|file| file.episodes).sum::<Option<u64>>().filter(|count| *count > 0)
    }
}

/// What a rule came to.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct RuleReport {
    /// Such as `V012`; a code never changes its meaning.
    pub code: &'static str,
    /// A few words, hyphenated.
    pub name: &'static str,
    /// What it is about.
    pub category: Category,
    /// Whether it decides the whole verdict.
    pub severity: Severity,
    /// Whether it needs more than plain recordings, such as returns or a reference: it then can fail the whole, but its being
    /// inconclusive holds nothing back.
    pub extra: bool,
    /// `None` where the rule does not apply to the reward.
    pub verdict: Option<Verdict>,
    /// Why it is inconclusive or does not apply; else empty. `because V011` names the rule whose finding stands in the way.
    pub reason: String,
    /// What was measured.
    pub measured: Vec<Number>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

impl RuleReport {
    pub(crate) fn new(rule: &Rule, outcome: Outcome) -> Self {
        RuleReport {
            code: rule.code,
            name: rule.name,
            category: rule.category,
            severity: rule.severity,
            extra: rule.needs.iter().any(|need| need.is_extra()),
            verdict: outcome.verdict,
            reason: outcome.reason,
            measured: outcome.measured,
            findings: outcome.findings,
        }
    }

    /// Tells whether what the rule came to decides the whole verdict.
    pub(crate) fn decides(&self) -> bool {
        self.severity == Severity::Error && !(self.extra && self.verdict == Some(Verdict::Inconclusive))
    }
}

/// What asking cost; `None` for rewards that do not run in the sandbox.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct CostReport {
    /// Units of fuel a row, the mean over all calls.
    #[serde(serialize_with = "optional_number")]
    pub fuel_per_row: Option<f64>,
    /// Most bytes of memory after a call.
    pub memory: Option<u64>,
}

/// Why a plugin was refused before it could be verified. Each has its own code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Refusal {
    /// V001: it imports something that a reward may not have.
    ForbiddenImport,
    /// V002: it exports a reward of other types, or of another version of the interface.
    WrongInterface,
    /// V003: the file is no component.
    NotAComponent,
    /// V004: the file is too large.
    TooLarge,
    /// V005: it cannot be compiled.
    Compilation,
    /// V006: it cannot be instantiated, or fails to describe itself.
    Start,
    /// V007: it exports no reward, or several.
    NoReward,
    /// V013: it describes no factor.
    NoFactors,
    /// V019: its description contradicts itself.
    Description,
}

impl Refusal {
    /// Gives the code of the rule.
    pub fn code(self) -> &'static str {
        match self {
            Refusal::ForbiddenImport => "V001",
            Refusal::WrongInterface => "V002",
            Refusal::NotAComponent => "V003",
            Refusal::TooLarge => "V004",
            Refusal::Compilation => "V005",
            Refusal::Start => "V006",
            Refusal::NoReward => "V007",
            Refusal::NoFactors => "V013",
            Refusal::Description => "V019",
        }
    }
}

impl Report {
    /// Reports a plugin that the host refused to load: the refusal's rule fails, all others are inconclusive because of it.
    ///
    /// `message` says what is wrong, `hint` what to do about it; `file` and `hash` name the plugin.
    pub fn refused(
        refusal: Refusal,
        message: impl Into<String>,
        hint: impl Into<String>,
        file: Option<String>,
        hash: Option<String>,
    ) -> Report {
        let code = refusal.code();
        let (message, hint) = (message.into(), hint.into());
        let judged = rules().iter().map(|rule| {
            let outcome = match rule.code == code {
                true => Outcome::fail(Finding { code, ..Finding::new(message.clone()).hint(hint.clone()) }),
                false => Outcome::because(code),
            };
            RuleReport::new(rule, outcome)
        });
        Report {
            schema_version: SCHEMA_VERSION,
            meed_version: env!("CARGO_PKG_VERSION"),
            verdict: Verdict::Fail,
            reward: RewardReport { file, hash, ..RewardReport::default() },
            data: DataReport::default(),
            rules: judged.collect(),
            factors: Vec::new(),
            portrait: Portrait::default(),
            cost: CostReport::default(),
            settings: Settings::default(),
            time: TimeReport::default(),
        }
    }

    pub(crate) fn of(
        bench: &Bench<'_>,
        rules: Vec<RuleReport>,
        data: DataReport,
        factors: Vec<FactorReport>,
        time: TimeReport,
    ) -> Report {
        let calls = &bench.baseline.calls;
        let rows: usize = calls.iter().map(|call| call.rows).sum();
        let fuel = calls.iter().map(|call| call.fuel).sum::<Option<u64>>().filter(|_| rows > 0);
        let memory = calls.iter().map(|call| call.memory).collect::<Option<Vec<_>>>();
        Report {
            schema_version: SCHEMA_VERSION,
            meed_version: env!("CARGO_PKG_VERSION"),
            verdict: whole(&rules),
            reward: RewardReport {
                hash: bench.subject.hash.clone(),
                file: bench.subject.file.clone(),
                ..RewardReport::of(bench.description)
            },
            data,
            rules,
            factors,
            portrait: Portrait::of(bench),
            cost: CostReport {
                fuel_per_row: fuel.map(|fuel| fuel as f64 / rows as f64),
                memory: memory.and_then(|memory| memory.into_iter().max()).map(|memory| memory as u64),
            },
            settings: bench.settings.clone(),
            time,
        }
    }

    /// Lists everything that is wrong: errors first, then warnings.
    pub fn findings(&self) -> impl Iterator<Item = (&RuleReport, &Finding)> {
        let by = |severity| self.rules.iter().filter(move |rule| rule.severity == severity);
        let all = by(Severity::Error).chain(by(Severity::Warning));
        all.flat_map(|rule| rule.findings.iter().map(move |finding| (rule, finding)))
    }

    /// Counts the rules of a severity that came to a verdict.
    pub fn count(&self, severity: Severity, verdict: Verdict) -> usize {
        self.rules.iter().filter(|rule| rule.severity == severity && rule.verdict == Some(verdict)).count()
    }
}

impl RewardReport {
    fn of(description: &Description) -> Self {
        RewardReport {
            name: Some(description.name.clone()),
            version: Some(description.version.clone()),
            kind: Some(description.kind),
            summary: Some(description.summary.clone()).filter(|summary| !summary.is_empty()),
            hash: None,
            file: None,
        }
    }

    /// Names the reward, or the file that was to be one.
    pub(crate) fn title(&self) -> String {
        match (&self.name, &self.version, &self.kind) {
            (Some(name), Some(version), Some(kind)) => format!("{name} {version}, {kind} reward"),
            _ => self.file.clone().unwrap_or_else(|| "a plugin".into()),
        }
    }
}

fn optional_number<S: serde::Serializer>(value: &Option<f64>, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Some(value) => number(value, serializer),
        None => serializer.serialize_none(),
    }
}
