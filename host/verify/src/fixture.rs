#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

//! Samples and rewards, good and bad, for the tests of rules.

use std::sync::Arc;

use meed_core::{
    Batch, Cost, Description, Factor, Failure, Field, Kind, Reads, RewardError, RewardFactory, RewardSource, Scores,
    Transitions, check_scores,
};
use meed_trajectory::{SampleTable, Table};

use crate::bench::Bench;
use crate::judge;
use crate::recorded::{Gather, Recorded};
use crate::report::{FileReport, RuleReport};
use crate::rule::Rule;
use crate::sample::Sample;
use crate::{Reference, Settings, Subject, Verdict};

pub(crate) use meed_core::{Reason, Unscored};

/// A reward of two observation columns, `x` and `y` from -1 to 1, with the given factors, all from -2 to 2.
pub(crate) fn described(kind: Kind, factors: &[&str]) -> Description {
    Description::new(kind, "fixture", "0.1.0")
        .observation([Field::new("x", 1, "m", -1.0, 1.0), Field::new("y", 1, "m", -1.0, 1.0)])
        .factors(factors.iter().map(|name| Factor::new(name, -2.0, 2.0, 1.0, "a number")).collect::<Vec<_>>())
}

/// What an instance of a fixture keeps between calls.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) calls: u64,
    pub(crate) rows: u64,
    pub(crate) instance: u64,
}

type Evaluate = Arc<dyn Fn(&mut State, Batch<'_>, &mut Scores) -> Result<(), Failure> + Send + Sync>;

/// A reward whose every part a test may replace.
#[derive(Clone)]
pub(crate) struct Guest {
    pub(crate) description: Description,
    pub(crate) evaluate: Evaluate,
    /// What a call of so many rows costs.
    pub(crate) cost: fn(usize) -> Cost,
    /// The bytes that an instance holds after so many calls; 0 leaves what `cost` says.
    pub(crate) held: fn(u64) -> usize,
    pub(crate) snapshot: fn(&State) -> Vec<u8>,
    pub(crate) restore: fn(&mut State, &[u8]),
    pub(crate) made: Arc<std::sync::atomic::AtomicU64>,
}

struct Live {
    guest: Guest,
    state: State,
    cost: Cost,
}

impl Guest {
    /// Makes a reward of a function over the batch. It gets `scores` filled with zeros.
    pub(crate) fn new(
        description: Description,
        evaluate: impl Fn(&mut State, Batch<'_>, &mut Scores) -> Result<(), Failure> + Send + Sync + 'static,
    ) -> Self {
        Guest {
            description,
            evaluate: Arc::new(evaluate),
            cost: |rows| Cost { fuel: Some(100 + 50 * rows as u64), memory: Some(1 << 20) },
            held: |_| 0,
            snapshot: |state| state.rows.to_le_bytes().to_vec(),
            restore: |state, bytes| state.rows = bytes.try_into().map_or(0, u64::from_le_bytes),
            made: Arc::default(),
        }
    }

    /// Makes a transition reward of a function of `x`, `y` and the factors to fill.
    pub(crate) fn rows(factors: &[&str], row: impl Fn(f32, f32, &mut [f32]) + Send + Sync + 'static) -> Self {
        Guest::new(described(Kind::Transition, factors), move |_, batch, scores| {
            let factors = scores.factors;
            for (xy, out) in steps(batch).observation.chunks(2).zip(scores.values.chunks_mut(factors)) {
                row(xy[0], xy[1], out);
            }
            Ok(())
        })
    }

    /// Makes a transition reward of `x`, `y` and the next `x`.
    pub(crate) fn steps(row: impl Fn(f32, f32, f32) -> f32 + Send + Sync + 'static) -> Self {
        let mut description = described(Kind::Transition, &["f"]);
        description.observation.iter_mut().for_each(|field| field.reads = Reads::BOTH);
        Guest::new(description, move |_, batch, scores| {
            let rows = steps(batch);
            let pairs = rows.observation.chunks(2).zip(rows.next_observation.chunks(2));
            for ((xy, next), out) in pairs.zip(&mut scores.values) {
                *out = row(xy[0], xy[1], next[0]);
            }
            Ok(())
        })
    }

    /// Makes a text reward that is 1 where a function of completion, prompt and reference says so.
    pub(crate) fn answers(accepts: impl Fn(&str, &str, &str) -> bool + Send + Sync + 'static) -> Self {
        let mut description = Description::new(Kind::Text, "fixture", "0.1.0");
        description.factors = described(Kind::Text, &["f"]).factors;
        (description.inputs.prompt, description.inputs.reference) = (true, true);
        Guest::new(description, move |_, batch, scores| {
            let Batch::Samples(samples) = batch else { return Ok(()) };
            for (row, value) in scores.values.iter_mut().enumerate() {
                let reference = samples.reference[row].unwrap_or("");
                *value = f32::from(accepts(samples.completion[row], samples.prompt[row], reference));
            }
            Ok(())
        })
    }

    /// Makes a text reward that takes nothing but `it is =` and the reference.
    pub(crate) fn exact() -> Self {
        Guest::answers(|completion, _, reference| completion.strip_prefix("it is =") == Some(reference))
    }

    /// Makes a stateful reward that adds the number of observed rows to `x`.
    pub(crate) fn stateful() -> Self {
        Guest::new(described(Kind::Stateful, &["f"]), |state, batch, scores| {
            for (xy, out) in steps(batch).observation.chunks(2).zip(&mut scores.values) {
                *out = xy[0] / (1.0 + state.rows as f32);
            }
            Ok(())
        })
    }
}

/// A sound reward of two factors.
pub(crate) fn good() -> Guest {
    Guest::rows(&["f", "g"], |x, y, out| (out[0], out[1]) = (x, y * y))
}

/// The rows of a batch.
pub(crate) fn steps<'a>(batch: Batch<'a>) -> Transitions<'a> {
    match batch {
        Batch::Transitions(rows) => *rows,
        Batch::Episodes(episodes) => episodes.steps,
        Batch::Samples(_) => Transitions::default(),
    }
}

impl RewardFactory for Guest {
    fn description(&self) -> &Description {
        &self.description
    }

    fn source(&self, _seed: u64) -> Result<Box<dyn RewardSource>, RewardError> {
        let instance = self.made.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let state = State { instance, ..State::default() };
        Ok(Box::new(Live { guest: self.clone(), state, cost: Cost::default() }))
    }
}

impl RewardSource for Live {
    fn description(&self) -> &Description {
        &self.guest.description
    }

    fn evaluate(&mut self, batch: Batch<'_>, scores: &mut Scores) -> Result<(), RewardError> {
        let description = &self.guest.description;
        let rows = batch.scored_rows(description);
        self.cost = (self.guest.cost)(batch.rows());
        self.state.calls += 1;
        match (self.guest.held)(self.state.calls) {
            0 => {}
            bytes => self.cost.memory = Some(bytes),
        }
        scores.reset(rows, description.factors.len());
        let answer = match batch.check(description) {
            Ok(()) => (self.guest.evaluate)(&mut self.state, batch, scores),
            Err(error) => Err(error.into()),
        };
        let checked = answer.and_then(|()| Ok(check_scores(description, rows, scores)?));
        checked.map_err(|failure| RewardError {
            plugin: "fixture".into(),
            version: "0.1.0".into(),
            export: "evaluate",
            failure,
        })
    }

    fn observe(&mut self, batch: &Transitions<'_>) -> Result<(), RewardError> {
        self.state.rows += batch.rows as u64;
        Ok(())
    }

    fn snapshot(&mut self) -> Result<Vec<u8>, RewardError> {
        Ok((self.guest.snapshot)(&self.state))
    }

    fn restore(&mut self, snapshot: &[u8]) -> Result<(), RewardError> {
        (self.guest.restore)(&mut self.state, snapshot);
        Ok(())
    }

    fn cost(&self) -> Cost {
        self.cost
    }
}

/// Rows of `x` and `y`, spread evenly and without order between -1 and 1, in episodes of 20.
pub(crate) fn table(rows: usize) -> Table {
    let spread = |row: usize, factor: usize| (row * factor % 1009) as f32 / 504.0 - 1.0;
    Table {
        rows,
        observation_size: 2,
        observation: (0..rows).flat_map(|row| [spread(row, 379), spread(row, 607)]).collect(),
        episode: (0..rows).map(|row| row as u32 / 20).collect(),
        step: (0..rows).map(|row| row as u32 % 20).collect(),
        ..Table::default()
    }
}

pub(crate) fn rows(rows: usize) -> Sample {
    Sample::of_rows(table(rows), Vec::new(), (0..rows as u64).collect())
}

pub(crate) fn episodes(count: usize) -> Sample {
    let table = table(count * 20);
    let offsets = table.episode_offsets();
    Sample::of_episodes(table, offsets, Vec::new(), (0..count as u64 * 20).collect())
}

pub(crate) fn texts(count: usize) -> Sample {
    let completion: Vec<_> = (0..count).map(|index| "a".repeat(index % 13)).collect();
    Sample::of_texts(
        SampleTable { rows: count, completion, ..SampleTable::default() },
        Vec::new(),
        (0..count as u64).collect(),
    )
}

/// Forty prompts, half of them answered right.
pub(crate) fn answers() -> Sample {
    let texts = SampleTable {
        rows: 40,
        completion: (0..40).map(|index| format!("it is ={}", 1000 + index + index % 2)).collect(),
        prompt: (0..40).map(|index| format!("which number follows {}?", 999 + index)).collect(),
        reference: (0..40).map(|index| Some(format!("{}", 1000 + index))).collect(),
        ..SampleTable::default()
    };
    Sample::of_texts(texts, Vec::new(), (0..40).collect())
}

fn judged(mut bench: Bench<'_>, rule: &Rule) -> RuleReport {
    judge::judge(&mut bench, &[rule], &|_| ()).unwrap().reports.remove(0)
}

/// Judges a reward by one rule, without the rules that would run before it.
pub(crate) fn outcome(rule: &Rule, verify: &Guest, train: Option<&Guest>, sample: &Sample) -> RuleReport {
    let train = train.map(|train| train as &dyn RewardFactory);
    let subject = Subject { verify, train, reference: None, hash: None, file: None };
    let settings = Settings::default();
    let bench = Bench::new(&subject, sample, &settings).unwrap();
    judged(bench, rule)
}

/// Sixty episodes of 20 rows, whose return is the sum of `x`; the second half, in a file of its own, has the larger `x`.
pub(crate) fn recorded(guest: &Guest) -> Recorded {
    let mut gather = Gather::new(2000, 0);
    for file in 0..2 {
        let mut table = table(600);
        for (row, x) in table.observation.iter_mut().step_by(2).enumerate() {
            // Each episode is better or worse as a whole.
            let level = ((row / 20 * 11 + file * 7) % 30) as f32 / 60.0 - 0.25;
            *x = 0.2 * *x + level + file as f32 * 0.5 - 0.25;
        }
        table.next_observation = shifted(&table.observation);
        table.reward = table.observation.iter().step_by(2).copied().collect();
        gather.feed(&table, 600 * file as u64, file);
    }
    gather.finish(&guest.description).unwrap()
}

/// Gives each row the next one's observation; the last keeps its own.
fn shifted(observation: &[f32]) -> Vec<f32> {
    observation.iter().skip(2).chain(&observation[observation.len() - 2..]).copied().collect()
}

pub(crate) fn stepped(mut sample: Sample) -> Sample {
    let table = sample.table_mut().unwrap();
    table.next_observation = shifted(&table.observation);
    sample
}

/// Judges a reward by one rule on [`recorded`] episodes.
pub(crate) fn on_episodes(rule: &Rule, guest: &Guest) -> RuleReport {
    on_episodes_with(rule, guest, &Settings::default())
}

pub(crate) fn on_episodes_with(rule: &Rule, guest: &Guest, settings: &Settings) -> RuleReport {
    on_recorded(rule, guest, None, settings, &[])
}

/// Judges a reward by one rule on [`recorded`] episodes of these files.
pub(crate) fn on_files(rule: &Rule, guest: &Guest, files: &[FileReport]) -> RuleReport {
    on_recorded(rule, guest, None, &Settings::default(), files)
}

/// Judges a reward by one rule on the episodes of a table.
pub(crate) fn on_table(rule: &Rule, guest: &Guest, table: &Table, settings: &Settings) -> RuleReport {
    let mut gather = Gather::new(10_000, 0);
    gather.feed(table, 0, 0);
    let (recorded, sample) = (gather.finish(&guest.description).unwrap(), stepped(rows(500)));
    let subject = Subject { verify: guest, train: None, reference: None, hash: None, file: None };
    let mut bench = Bench::new(&subject, &sample, settings).unwrap();
    bench.recorded = Some(&recorded);
    judged(bench, rule)
}

/// Judges a reward by one rule on episodes of 5 to 24 steps, each step of which returns 1.
pub(crate) fn on_lengths(rule: &Rule, guest: &Guest) -> RuleReport {
    let mut table = table(580);
    let lengths: Vec<u32> = (0..40).map(|episode| 5 + episode % 20).collect();
    table.episode =
        lengths.iter().zip(0..).flat_map(|(&length, episode)| std::iter::repeat_n(episode, length as usize)).collect();
    table.step = lengths.iter().flat_map(|&length| 0..length).collect();
    table.reward = vec![1.0; 580];
    on_table(rule, guest, &table, &Settings::default())
}

/// Judges a reward by one rule against another, on [`recorded`] episodes.
pub(crate) fn against(rule: &Rule, guest: &Guest, reference: &Guest) -> RuleReport {
    on_recorded(rule, guest, Some(Reference::Reward(reference)), &Settings::default(), &[])
}

/// Judges a reward by one rule against the recorded reward of [`recorded`] episodes.
pub(crate) fn against_recorded(rule: &Rule, guest: &Guest) -> RuleReport {
    on_recorded(rule, guest, Some(Reference::Recorded), &Settings::default(), &[])
}

fn on_recorded(
    rule: &Rule,
    guest: &Guest,
    reference: Option<Reference<'_>>,
    settings: &Settings,
    files: &[FileReport],
) -> RuleReport {
    let recorded = recorded(guest);
    let sample = stepped(rows(500));
    let subject = Subject { verify: guest, train: None, reference, hash: None, file: None };
    let mut bench = Bench::new(&subject, &sample, settings).unwrap();
    bench.recorded = Some(&recorded);
    bench.files = files;
    judged(bench, rule)
}

/// Judges a reward of rows by one rule, with a task as a settings file describes it.
pub(crate) fn with_task(rule: &Rule, guest: &Guest, task: &str) -> RuleReport {
    let settings = Settings::default().with_toml(&format!("[task]\n{task}")).unwrap();
    let sample = rows(500);
    let subject = Subject { verify: guest, train: None, reference: None, hash: None, file: None };
    let bench = Bench::new(&subject, &sample, &settings).unwrap();
    judged(bench, rule)
}

/// A file that says which policy acted.
pub(crate) fn policy(name: &str) -> FileReport {
    FileReport { policy: Some(name.into()), ..FileReport::default() }
}

/// Judges a reward of rows by one rule on 500 rows, in both profiles.
pub(crate) fn verdict(rule: &Rule, guest: &Guest) -> Option<Verdict> {
    outcome(rule, guest, Some(guest), &rows(500)).verdict
}

pub(crate) const PASS: Option<Verdict> = Some(Verdict::Pass);
pub(crate) const FAIL: Option<Verdict> = Some(Verdict::Fail);
pub(crate) const INCONCLUSIVE: Option<Verdict> = Some(Verdict::Inconclusive);

/// Judges a sound reward, as one that was loaded from a plugin file, by a rule about loading.
pub(crate) fn loaded_verdict(rule: &Rule) -> Option<Verdict> {
    let (guest, sample, settings) = (good(), rows(20), Settings::default());
    let subject = Subject { verify: &guest, train: None, reference: None, hash: Some("00".into()), file: None };
    judged(Bench::new(&subject, &sample, &settings).unwrap(), rule).verdict
}
