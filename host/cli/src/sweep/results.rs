//! What came of a sweep: a row a run, and what the runs of each setting say together.

use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use anyhow::Result;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt64Array};
use meed_train::aggregate::{Estimate, RESAMPLES, bootstrap, interquartile_mean};
use meed_train::{RunDir, State};
use parquet::arrow::ArrowWriter;
use serde::Serialize;
use serde_json::Value;

use super::plan::{Runs, plain};

/// Confidence of the intervals.
const CONFIDENCE: f64 = 0.95;

/// Everything, as `--json` prints it.
#[derive(Serialize)]
pub(super) struct Results {
    runs: Vec<Row>,
    /// Over the seeds: true returns in one environment.
    environments: Vec<Together>,
    /// Over environments and seeds: scores. Only where every environment has a scale.
    overall: Vec<Together>,
}

/// What came of a run.
#[derive(Clone, Serialize)]
struct Row {
    run: String,
    env: String,
    algorithm: String,
    reward: String,
    varied: Vec<(String, Value)>,
    seed: u64,
    state: State,
    steps: u64,
    episodes: Option<u64>,
    train_seconds: Option<f64>,
    /// While training, over the last 100 episodes.
    training_return: Option<f64>,
    /// Of the trained policy.
    true_return: Option<f64>,
    deviation: Option<f64>,
    /// The true return on its environment's scale.
    score: Option<f64>,
}

/// What runs say together: their interquartile mean, with its 95 % interval.
#[derive(Serialize)]
struct Together {
    /// None where it is all of them.
    env: Option<String>,
    algorithm: String,
    reward: String,
    varied: Vec<(String, Value)>,
    runs: usize,
    interquartile_mean: Estimate,
}

/// Reads what the runs left.
pub(super) fn collect(out: &Path, plan: &Runs) -> Result<Results> {
    let mut rows = Vec::new();
    for planned in &plan.runs {
        let run = RunDir::open(&out.join(&planned.name))?;
        let (last, judged) = (run.metrics.last(), run.evaluation.as_ref());
        rows.push(Row {
            run: planned.name.clone(),
            env: planned.config.env.clone(),
            algorithm: planned.config.algorithm.to_string(),
            reward: planned.reward.clone(),
            varied: planned.varied.clone(),
            seed: planned.config.seed,
            state: run.status.state,
            steps: run.status.steps,
            episodes: last.map(|last| last.episodes),
            train_seconds: last.map(|last| last.seconds),
            training_return: last.and_then(|last| last.mean_return),
            true_return: judged.map(|judged| judged.mean),
            deviation: judged.map(|judged| judged.deviation),
            score: judged.and_then(|judged| plan.score(&planned.config.env, judged.mean)),
        });
    }
    let environments = together(&rows, true, |row| row.true_return);
    let scaled = rows.iter().all(|row| plan.score(&row.env, 0.0).is_some());
    let overall = if scaled { together(&rows, false, |row| row.score) } else { Vec::new() };
    Ok(Results { runs: rows, environments, overall })
}

/// Puts runs of the same settings together, in the order in which they come; environments are the bootstrap's strata.
fn together(rows: &[Row], by_env: bool, value: impl Fn(&Row) -> Option<f64>) -> Vec<Together> {
    let alike = |one: &Row, other: &Row| {
        (!by_env || one.env == other.env)
            && (&one.algorithm, &one.reward, &one.varied) == (&other.algorithm, &other.reward, &other.varied)
    };
    let mut groups: Vec<Vec<&Row>> = Vec::new();
    for row in rows {
        match groups.iter_mut().find(|group| alike(group[0], row)) {
            Some(group) => group.push(row),
            None => groups.push(vec![row]),
        }
    }
    let summed = groups.into_iter().filter_map(|group| {
        let mut tasks: Vec<(&str, Vec<f64>)> = Vec::new();
        for (row, value) in group.iter().filter_map(|row| Some((*row, value(row)?))) {
            match tasks.iter_mut().find(|(env, _)| *env == row.env) {
                Some((_, values)) => values.push(value),
                None => tasks.push((&row.env, vec![value])),
            }
        }
        let tasks: Vec<Vec<f64>> = tasks.into_iter().map(|(_, values)| values).collect();
        (!tasks.is_empty()).then(|| Together {
            env: by_env.then(|| group[0].env.clone()),
            algorithm: group[0].algorithm.clone(),
            reward: group[0].reward.clone(),
            varied: group[0].varied.clone(),
            runs: tasks.iter().map(Vec::len).sum(),
            interquartile_mean: bootstrap(&tasks, interquartile_mean, CONFIDENCE, RESAMPLES, 0),
        })
    });
    summed.collect()
}

impl Results {
    /// Writes the rows as Parquet, what is varied as a column of text each.
    pub(super) fn write(&self, file: &Path) -> Result<()> {
        let rows = &self.runs;
        let text = |of: fn(&Row) -> String| Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef;
        let count = |of: fn(&Row) -> Option<u64>| Arc::new(rows.iter().map(of).collect::<UInt64Array>()) as ArrayRef;
        let number = |of: fn(&Row) -> Option<f64>| Arc::new(rows.iter().map(of).collect::<Float64Array>()) as ArrayRef;
        let mut columns = vec![
            ("run".to_owned(), text(|row| row.run.clone())),
            ("env".to_owned(), text(|row| row.env.clone())),
            ("algorithm".to_owned(), text(|row| row.algorithm.clone())),
            ("reward".to_owned(), text(|row| row.reward.clone())),
        ];
        for (index, (key, _)) in rows.first().iter().flat_map(|row| row.varied.iter().enumerate()) {
            let values =
                rows.iter().map(|row| row.varied.get(index).map_or_else(String::new, |(_, value)| plain(value)));
            columns.push((key.clone(), Arc::new(StringArray::from_iter_values(values))));
        }
        columns.extend([
            ("seed".to_owned(), count(|row| Some(row.seed))),
            ("state".to_owned(), text(|row| format!("{:?}", row.state).to_lowercase())),
            ("steps".to_owned(), count(|row| Some(row.steps))),
            ("episodes".to_owned(), count(|row| row.episodes)),
            ("train_seconds".to_owned(), number(|row| row.train_seconds)),
            ("training_return".to_owned(), number(|row| row.training_return)),
            ("true_return".to_owned(), number(|row| row.true_return)),
            ("deviation".to_owned(), number(|row| row.deviation)),
            ("score".to_owned(), number(|row| row.score)),
        ]);
        let batch = RecordBatch::try_from_iter(columns)?;
        let part = file.with_extension("parquet.part");
        let mut writer = ArrowWriter::try_new(File::create(&part)?, batch.schema(), None)?;
        writer.write(&batch)?;
        writer.close()?;
        Ok(std::fs::rename(part, file)?)
    }

    /// Writes what the runs say together as lines of text.
    pub(super) fn table(&self) -> String {
        let mut table = String::new();
        for (rows, what) in [(&self.environments, "true return"), (&self.overall, "score over all environments")] {
            for row in rows {
                let varied: String =
                    row.varied.iter().map(|(key, value)| format!(", {key} {}", plain(value))).collect();
                let env = row.env.as_ref().map_or_else(String::new, |env| format!("{env}, "));
                let Estimate { value, low, high } = row.interquartile_mean;
                let _ = writeln!(
                    table,
                    "{env}{}, {}{varied}: {what} {value:.3} ({low:.3} to {high:.3}; interquartile mean of {} runs, 95 % interval)",
                    row.algorithm, row.reward, row.runs
                );
            }
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(env: &str, algorithm: &str, seed: u64, score: Option<f64>) -> Row {
        Row {
            run: format!("{env}{algorithm}{seed}"),
            env: env.into(),
            algorithm: algorithm.into(),
            reward: "own".into(),
            varied: Vec::new(),
            seed,
            state: State::Finished,
            steps: 1,
            episodes: None,
            train_seconds: None,
            training_return: None,
            true_return: score,
            deviation: None,
            score,
        }
    }

    #[test]
    fn runs_of_one_setting_are_put_together_by_environment_and_over_all() {
        let rows = [
            row("a", "ppo", 1, Some(0.0)),
            row("a", "ppo", 2, Some(1.0)),
            row("b", "ppo", 1, Some(10.0)),
            row("b", "ppo", 2, None),
            row("a", "dqn", 1, Some(5.0)),
            row("b", "dqn", 1, None),
        ];
        let environments = together(&rows, true, |row| row.true_return);
        let said: Vec<(Option<&str>, &str, usize, f64)> = environments
            .iter()
            .map(|one| (one.env.as_deref(), one.algorithm.as_str(), one.runs, one.interquartile_mean.value))
            .collect();
        assert_eq!(said, [(Some("a"), "ppo", 2, 0.5), (Some("b"), "ppo", 1, 10.0), (Some("a"), "dqn", 1, 5.0)]);
        let overall = together(&rows, false, |row| row.score);
        assert_eq!((overall.len(), overall[0].runs, overall[0].env.clone()), (2, 3, None));
        // The one run of b is in every resample, so the interval is that of a's alone.
        let interval = overall[0].interquartile_mean;
        assert!((interval.low - 10.0 / 3.0).abs() < 1e-9 && (interval.high - 4.0).abs() < 1e-9, "{interval:?}");
    }
}
