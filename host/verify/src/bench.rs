//! Where rules put a reward to the test: fresh sources in either profile, calls whose cost is taken down, and the answers to
//! the whole sample, asked for once.
//!
//! A bench lives as long as one verification. Sources are made by the rules that need them and dropped by them.

use std::ops::Range;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use meed_core::{
    Description, Failure, InputError, Kind, OutputError, RewardError, RewardFactory, RewardSource, Scores,
};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use crate::episodes::EpisodeScores;
use crate::recorded::Recorded;
use crate::report::FileReport;
use crate::rule::Stop;
use crate::sample::{Difference, Sample};
use crate::sensitivity::{Effect, effects};
use crate::statistics::Moments;
use crate::{Finding, Settings, Simulation, Subject, Verdict, VerifyError};

/// The two ways in which the host runs a reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// Fuel counted, a fresh instance a call.
    Verify,
    /// As in training: one instance for many calls.
    Train,
}

impl Profile {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Profile::Verify => "verify",
            Profile::Train => "train",
        }
    }
}

/// What a call cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Call {
    pub(crate) rows: usize,
    pub(crate) fuel: Option<u64>,
    pub(crate) memory: Option<usize>,
    pub(crate) time: Duration,
}

/// A call that failed, and where in it the fault lies.
#[derive(Clone, Debug)]
pub(crate) struct Broken {
    /// The code of the rule that owns this failure.
    pub(crate) code: &'static str,
    pub(crate) error: RewardError,
    /// Rows of the call.
    pub(crate) rows: usize,
    /// Parts tried on their own, and those of them that failed alike.
    pub(crate) tried: usize,
    pub(crate) alike: Vec<usize>,
    /// The number, in the data, of the row that the answer itself was refused for.
    pub(crate) at: Option<u64>,
}

/// The reward's answers to the whole sample.
#[derive(Debug)]
pub(crate) struct Baseline {
    pub(crate) scores: Scores,
    pub(crate) calls: Vec<Call>,
    pub(crate) broken: Option<Broken>,
}

pub(crate) struct Bench<'a> {
    pub(crate) subject: &'a Subject<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) description: &'a Description,
    pub(crate) sample: &'a Sample,
    pub(crate) baseline: Baseline,
    /// The scored rows' values, a vector a factor.
    columns: Vec<Vec<f64>>,
    /// A few parts, chosen by chance, for the rules that ask for the same rows many times.
    pub(crate) probe: Sample,
    /// What a stateful reward has observed before it is asked.
    observed: Option<Sample>,
    /// Whole episodes, with the environment's rewards where these are recorded.
    pub(crate) recorded: Option<&'a Recorded>,
    /// A simulator of the task, where one was offered.
    pub(crate) simulation: Option<&'a dyn Simulation>,
    /// The files of data.
    pub(crate) files: &'a [FileReport],
    effects: OnceLock<Result<Vec<Effect>, RewardError>>,
    episodes: OnceLock<Result<EpisodeScores, RewardError>>,
    /// When the verification began.
    pub(crate) begun: Instant,
    /// The rules that have run, with what they came to.
    pub(crate) done: Vec<(&'static str, Option<Verdict>)>,
}

impl<'a> Bench<'a> {
    /// Asks the reward for its answers to the whole sample.
    pub(crate) fn new(
        subject: &'a Subject<'a>,
        sample: &'a Sample,
        settings: &'a Settings,
    ) -> Result<Self, VerifyError> {
        let description = subject.verify.description();
        let probe = probe(sample, description, settings);
        let observed = (description.kind == Kind::Stateful).then(|| probe.clone());
        let begun = Instant::now();
        let baseline = Baseline { scores: Scores::default(), calls: Vec::new(), broken: None };
        let columns = vec![Vec::new(); description.factors.len()];
        let mut bench = Bench {
            subject,
            settings,
            description,
            sample,
            baseline,
            columns,
            probe,
            observed,
            recorded: None,
            simulation: None,
            files: &[],
            effects: OnceLock::new(),
            episodes: OnceLock::new(),
            begun,
            done: Vec::new(),
        };
        if !description.factors.is_empty() && sample.parts() > 0 {
            bench.baseline = bench.ask_all(Profile::Verify)?;
            let scores = &bench.baseline.scores;
            for row in (0..scores.rows()).filter(|&row| scores.reason(row).is_none()) {
                for (column, value) in bench.columns.iter_mut().zip(scores.row(row)) {
                    column.push(f64::from(*value));
                }
            }
        }
        Ok(bench)
    }

    /// Gives the answers to the whole sample.
    pub(crate) fn scores(&self) -> Result<&Scores, Stop> {
        match self.blocked() {
            Some(code) => Err(Stop::Because(code)),
            None => Ok(&self.baseline.scores),
        }
    }

    /// Gives the scored rows' values, a vector a factor, where there are at least `least` of them.
    pub(crate) fn columns(&self, least: usize) -> Result<&[Vec<f64>], Stop> {
        self.scores()?;
        match self.columns.first().map_or(0, Vec::len) {
            count if count < least.max(1) => {
                Err(Stop::Inconclusive(format!("{count} scored rows, at least {} are needed", least.max(1))))
            }
            _ => Ok(&self.columns),
        }
    }

    /// Gives the same with each factor's place, without the factors that are constant.
    pub(crate) fn varying(&self) -> Result<Vec<(usize, &[f64])>, Stop> {
        let columns = self.columns(self.settings.least_rows)?;
        let varying = columns.iter().enumerate().filter(|(_, column)| !self.constant(column));
        Ok(varying.map(|(factor, column)| (factor, column.as_slice())).collect())
    }

    /// Tells whether values are so near to each other that they count as one.
    pub(crate) fn constant(&self, column: &[f64]) -> bool {
        let moments: Moments = column.iter().copied().collect();
        moments.std() <= self.settings.constant * moments.size()
    }

    /// Asks a fresh source in the verify profile for its answers to the probe.
    pub(crate) fn reference(&self) -> Result<Scores, Stop> {
        self.scores()?;
        self.ask_fresh(&self.probe).map_err(stop)
    }

    /// Sums a row's factors by their declared weights.
    pub(crate) fn weighted(&self, scores: &Scores, row: usize) -> f64 {
        let factors = scores.row(row).iter().zip(&self.description.factors);
        factors.map(|(value, factor)| f64::from(*value) * f64::from(factor.weight)).sum()
    }

    /// Gives what changing each input does, measured once for all rules that ask.
    pub(crate) fn effects(&self) -> Result<&[Effect], Stop> {
        self.columns(self.settings.least_rows)?;
        match self.effects.get_or_init(|| effects(self)) {
            Ok(effects) => Ok(effects),
            Err(error) => Err(stop(error.clone())),
        }
    }

    /// Gives the reward of each recorded episode, asked for once for all rules; where there are at least `least_episodes`.
    pub(crate) fn episodes(&self) -> Result<&EpisodeScores, Stop> {
        self.scores()?;
        let Some(recorded) = self.recorded else { return Err(Stop::Inconclusive("no episodes are recorded".into())) };
        match self.episodes.get_or_init(|| EpisodeScores::of(self, recorded)) {
            Err(error) => Err(stop(error.clone())),
            Ok(episodes) if episodes.sums.len() < self.settings.least_episodes => Err(Stop::Inconclusive(format!(
                "{} whole episodes have a score, at least {} are needed",
                episodes.sums.len(),
                self.settings.least_episodes
            ))),
            Ok(episodes) => Ok(episodes),
        }
    }

    /// Gives the same with the environment's own return of each.
    pub(crate) fn returns(&self) -> Result<(&EpisodeScores, &[f64]), Stop> {
        let episodes = self.episodes()?;
        let Some(returns) = &episodes.returns else {
            return Err(Stop::Inconclusive("the data have no rewards of the environment".into()));
        };
        let spread: Moments = returns.iter().copied().collect();
        if spread.std() <= self.settings.constant * spread.size() {
            return Err(Stop::Inconclusive("all episodes have the same return".into()));
        }
        Ok((episodes, returns))
    }

    /// Asks a source of its own in the verify profile about any number of rows, in calls of bounded size.
    pub(crate) fn ask_long(&self, sample: &Sample) -> Result<Scores, RewardError> {
        let mut source = self.source(Profile::Verify)?;
        let mut scores = Scores { factors: self.description.factors.len(), ..Scores::default() };
        for run in sample.runs(call_rows(self.description, self.settings)) {
            let mut answer = self.ask(&mut *source, &sample.take(&run.collect::<Vec<_>>()))?;
            let before = scores.rows();
            scores.values.append(&mut answer.values);
            scores.unscored.extend(answer.unscored.into_iter().map(|mut unscored| {
                unscored.row += before;
                unscored
            }));
        }
        Ok(scores)
    }

    /// Gives the code of the rule that says why there are no answers to the whole sample.
    pub(crate) fn blocked(&self) -> Option<&'static str> {
        if self.description.factors.is_empty() {
            Some("V013")
        } else if self.sample.parts() == 0 {
            Some("V014")
        } else {
            self.baseline.broken.as_ref().map(|broken| broken.code)
        }
    }

    /// Tells whether the rule of this code has found something.
    pub(crate) fn failed(&self, code: &str) -> bool {
        self.done.iter().any(|(done, verdict)| *done == code && *verdict == Some(Verdict::Fail))
    }

    /// Lists the profiles in which the reward can be run.
    pub(crate) fn profiles(&self) -> Vec<Profile> {
        let train = self.subject.train.map(|_| Profile::Train);
        std::iter::once(Profile::Verify).chain(train).collect()
    }

    /// Makes a fresh source. A stateful one has observed the same rows as every other.
    pub(crate) fn source(&self, profile: Profile) -> Result<Box<dyn RewardSource>, RewardError> {
        let mut source = self.empty(profile)?;
        if let Some(observed) = &self.observed {
            self.observe(&mut *source, observed)?;
        }
        Ok(source)
    }

    /// Makes a fresh source that has observed nothing.
    pub(crate) fn empty(&self, profile: Profile) -> Result<Box<dyn RewardSource>, RewardError> {
        self.factory(profile).source(self.settings.seed)
    }

    fn factory(&self, profile: Profile) -> &dyn RewardFactory {
        match profile {
            Profile::Verify => self.subject.verify,
            Profile::Train => self.subject.train.unwrap_or(self.subject.verify),
        }
    }

    /// Lets a stateful source observe rows.
    pub(crate) fn observe(&self, source: &mut dyn RewardSource, sample: &Sample) -> Result<(), RewardError> {
        sample.with_rows(self.description, |rows| source.observe(rows)).unwrap_or(Ok(()))
    }

    /// Asks a source for its answers to a sample, in one call.
    pub(crate) fn ask(&self, source: &mut dyn RewardSource, sample: &Sample) -> Result<Scores, RewardError> {
        let mut scores = Scores::default();
        sample.with_batch(self.description, |batch| source.evaluate(batch, &mut scores))?;
        Ok(scores)
    }

    /// Asks a source of its own in the verify profile, so that no other call can have a part in the answer.
    pub(crate) fn ask_fresh(&self, sample: &Sample) -> Result<Scores, RewardError> {
        self.ask(&mut *self.source(Profile::Verify)?, sample)
    }

    /// Asks a fresh source for its answers to the whole sample, in calls of bounded size, and stops at the first that fails.
    pub(crate) fn ask_all(&self, profile: Profile) -> Result<Baseline, VerifyError> {
        let factors = self.description.factors.len();
        let mut baseline =
            Baseline { scores: Scores { factors, ..Scores::default() }, calls: Vec::new(), broken: None };
        let mut source = match self.source(profile) {
            Ok(source) => source,
            Err(error) => {
                let code = code_of(&error)?;
                baseline.broken = Some(Broken { code, error, rows: 0, tried: 0, alike: Vec::new(), at: None });
                return Ok(baseline);
            }
        };
        for run in self.sample.runs(call_rows(self.description, self.settings)) {
            let parts: Vec<usize> = run.clone().collect();
            let batch = self.sample.take(&parts);
            let started = Instant::now();
            match self.ask(&mut *source, &batch) {
                Ok(mut scores) => {
                    let (cost, time) = (source.cost(), started.elapsed());
                    baseline.calls.push(Call { rows: batch.rows(), fuel: cost.fuel, memory: cost.memory, time });
                    let before = baseline.scores.rows();
                    baseline.scores.values.append(&mut scores.values);
                    for mut unscored in scores.unscored {
                        unscored.row += before;
                        baseline.scores.unscored.push(unscored);
                    }
                }
                Err(error) => {
                    baseline.broken = Some(self.locate(error, run, &batch)?);
                    break;
                }
            }
        }
        Ok(baseline)
    }

    /// Looks for the parts of a failed call that fail on their own, unless each would cost a whole call's budget.
    fn locate(&self, error: RewardError, run: Range<usize>, batch: &Sample) -> Result<Broken, VerifyError> {
        const MOST: usize = 256;
        let code = code_of(&error)?;
        let at = match &error.failure {
            Failure::Output(OutputError::NotANumber { row, .. } | OutputError::Infinite { row, .. }) => {
                Some(batch.number(self.description, *row))
            }
            _ => None,
        };
        let mut broken = Broken { code, error, rows: batch.rows(), tried: 0, alike: Vec::new(), at };
        let cheap = !matches!(code, "V017" | "V018");
        for part in run.filter(|_| cheap).take(MOST) {
            broken.tried += 1;
            if let Err(error) = self.ask_fresh(&self.sample.take(&[part]))
                && code_of(&error)? == code
            {
                broken.alike.push(part);
            }
        }
        Ok(broken)
    }

    /// Says in a finding which rows a failed call's fault lies in.
    pub(crate) fn place(&self, broken: &Broken, finding: Finding) -> Finding {
        let finding = finding.observed("rows in the call", broken.rows as f64).limit("most rows that fail", 0.0);
        let finding = match broken.tried {
            0 => finding,
            tried => finding
                .observed("parts tried alone", tried as f64)
                .observed("parts that fail alone", broken.alike.len() as f64),
        };
        let numbers = broken.alike.iter().map(|&part| self.number_of_part(part));
        let finding = finding.rows(numbers.chain(broken.at.filter(|_| broken.alike.is_empty())));
        match broken.alike.first() {
            Some(&part) => finding.inputs(self.sample.inputs(self.description, self.sample.part_rows(part).start)),
            None => finding,
        }
    }

    /// Says in a finding where two answers differ. `compared` are the rows of the answer about `sample` that were compared.
    pub(crate) fn differs(
        &self,
        finding: Finding,
        sample: &Sample,
        compared: Range<usize>,
        difference: Difference,
    ) -> Finding {
        let scored = compared.start + difference.row;
        let finding = finding
            .observed("first answer", f64::from(difference.first))
            .observed("second answer", f64::from(difference.second))
            .rows([sample.number(self.description, scored)])
            .inputs(sample.inputs(self.description, sample.row_of(self.description, scored)));
        match difference.factor.and_then(|factor| self.description.factors.get(factor)) {
            Some(factor) => finding.factor(&factor.name),
            None => finding,
        }
    }

    fn number_of_part(&self, part: usize) -> u64 {
        let scored = self.sample.part_scores(self.description, part).start;
        self.sample.number(self.description, scored)
    }

    /// Begins a chain of chance that belongs to one rule, so that no rule changes what another draws.
    pub(crate) fn chance(&self, code: &str) -> ChaCha8Rng {
        let number: u64 = code.bytes().fold(0, |number, byte| number << 8 | u64::from(byte));
        ChaCha8Rng::seed_from_u64(self.settings.seed ^ number.rotate_left(32))
    }
}

/// Makes a finding of a call that failed although others do not.
pub(crate) fn call_failed(what: &str, error: &RewardError) -> Finding {
    Finding::new(format!("{what}: {}", error.failure)).hint(error.failure.hint())
}

/// Gives the code of the rule that a failed call belongs to; what is the host's own fault is an error.
pub(crate) fn code_of(error: &RewardError) -> Result<&'static str, VerifyError> {
    Ok(match &error.failure {
        Failure::Output(OutputError::NotANumber { .. }) => "V011",
        Failure::Output(OutputError::Infinite { .. }) => "V012",
        Failure::Output(OutputError::Length { .. } | OutputError::Unscored { .. }) => "V010",
        Failure::Fault { .. } => "V015",
        Failure::Trap { .. } | Failure::StackOverflow | Failure::Instantiate { .. } => "V016",
        Failure::OutOfFuel { .. } | Failure::Deadline { .. } => "V017",
        Failure::Memory { .. } | Failure::Table { .. } | Failure::ResultSize { .. } => "V018",
        Failure::Input(InputError::TooManyRows { rows, limit }) => {
            return Err(VerifyError::Together { rows: *rows, limit: *limit });
        }
        Failure::Input(error) => return Err(VerifyError::Fit(error.clone())),
        _ => return Err(VerifyError::Call(error.clone())),
    })
}

/// Stops a rule at a call that failed, in the name of the rule that owns the failure.
pub(crate) fn stop(error: RewardError) -> Stop {
    match code_of(&error) {
        Ok(code) => Stop::Because(code),
        Err(error) => Stop::Host(error),
    }
}

/// Counts the rows that one call takes. A text costs many times what a row of numbers does.
pub(crate) fn call_rows(description: &Description, settings: &Settings) -> usize {
    if description.kind == Kind::Text { settings.call_rows.div_ceil(16) } else { settings.call_rows }
}

/// Chooses parts by chance, in their order, of as many rows as one call takes; one part at least.
fn probe(sample: &Sample, description: &Description, settings: &Settings) -> Sample {
    let mut parts: Vec<usize> = (0..sample.parts()).collect();
    parts.shuffle(&mut ChaCha8Rng::seed_from_u64(settings.seed));
    let mut rows = 0;
    let mut chosen = Vec::new();
    for part in parts {
        rows += sample.part_rows(part).len();
        if rows > call_rows(description, settings) && !chosen.is_empty() {
            break;
        }
        chosen.push(part);
    }
    chosen.sort_unstable();
    sample.take(&chosen)
}
