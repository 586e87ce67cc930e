//! The numbers of one update: a row of `metrics.csv` and of `metrics.parquet`, an event of TensorBoard's.

use serde::{Deserialize, Serialize};

/// What an update was made from and what it did. All but `seconds` are the same for the same seed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Environment steps so far, over all copies.
    pub step: u64,
    /// Episodes that have ended so far.
    pub episodes: u64,
    /// Mean of the environment's own return over the last 100 episodes; none before the first has ended.
    pub mean_return: Option<f64>,
    /// Mean number of steps of the last 100 episodes; none before the first has ended.
    #[serde(default)]
    pub mean_length: Option<f64>,
    /// Mean reward of a row of the rollout, as the reward gave it (the environment's own where there is none).
    pub mean_reward: f64,
    /// Rows of the rollout on which the reward abstained.
    pub abstained: usize,
    /// The policy's loss, over the last epoch.
    pub policy_loss: f64,
    /// Half the mean squared error of the values, over the last epoch.
    pub value_loss: f64,
    /// Mean entropy of the policy, over the last epoch; none where the policy draws nothing.
    pub entropy: Option<f64>,
    /// How far the policy moved from the rollout's, as Kullback and Leibler measure it, over the last epoch; PPO's alone.
    pub kl: Option<f64>,
    /// Share of the rows whose probability moved further than the clip, over the last epoch; PPO's alone.
    pub clip_fraction: Option<f64>,
    /// Share of the variance of the returns that the values explained before the update; at most 1; PPO's alone.
    pub explained_variance: Option<f64>,
    /// Weight of the entropy; SAC's alone.
    pub temperature: Option<f64>,
    /// Share of actions drawn blindly; DQN's alone.
    pub exploration: Option<f64>,
    /// Loss of the decomposition of returns at its last step.
    #[serde(default)]
    pub credit_loss: Option<f64>,
    /// Step size of the update.
    pub learning_rate: f64,
    /// Seconds since training began.
    pub seconds: f64,
    /// Mean of each of the reward's factors over the rows that have a score, none where no row has, by name, in the reward's order. In `metrics.csv`
    /// each has a column of its own, `factor.NAME`, after all others.
    #[serde(skip)]
    pub factors: Vec<(String, Option<f64>)>,
}

/// What the names of the factors' columns begin with.
pub(crate) const FACTOR: &str = "factor.";

impl Metrics {
    /// Writes the row as a line of CSV, with the header before it where it is the first one.
    pub(crate) fn line(&self, first: bool) -> Result<String, csv::Error> {
        let (names, numbers) = self.record()?;
        let mut lines = csv::Writer::from_writer(Vec::new());
        if first {
            lines.write_record(&names)?;
        }
        lines.write_record(&numbers)?;
        let bytes = lines.into_inner().map_err(|error| error.into_error())?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// Gives every number that there is, with the name of its column.
    pub(crate) fn numbers(&self) -> Result<Vec<(String, f64)>, csv::Error> {
        let (names, numbers) = self.record()?;
        let known = names.into_iter().zip(numbers);
        Ok(known.filter_map(|(name, number)| Some((name, number.parse().ok()?))).collect())
    }

    /// Gives the names of the columns and the numbers in them as text, the factors after all others.
    fn record(&self) -> Result<(Vec<String>, Vec<String>), csv::Error> {
        let mut table = csv::Writer::from_writer(Vec::new());
        table.serialize(self)?;
        let bytes = table.into_inner().map_err(|error| error.into_error())?;
        let mut lines = csv::ReaderBuilder::new().has_headers(false).from_reader(&bytes[..]).into_deserialize();
        let mut line = || lines.next().unwrap_or_else(|| Ok(Vec::new()));
        let (mut names, mut numbers): (Vec<String>, Vec<String>) = (line()?, line()?);
        names.extend(self.factors.iter().map(|(name, _)| format!("{FACTOR}{name}")));
        numbers.extend(self.factors.iter().map(|(_, value)| value.map_or_else(String::new, |value| value.to_string())));
        Ok((names, numbers))
    }

    /// Reads whole lines of CSV back, the header first.
    pub(crate) fn parse(text: &str) -> Result<Vec<Metrics>, csv::Error> {
        let mut table = csv::Reader::from_reader(text.as_bytes());
        let names = table.headers()?.clone();
        let mut rows = Vec::new();
        for record in table.records() {
            let record = record?;
            let factors = names
                .iter()
                .zip(&record)
                .filter_map(|(name, value)| Some((name.strip_prefix(FACTOR)?.to_owned(), value.parse().ok())));
            let row: Metrics = record.deserialize(Some(&names))?;
            rows.push(Metrics { factors: factors.collect(), ..row });
        }
        Ok(rows)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn factors_have_a_column_each_and_every_number_comes_back() {
        let row = |step: u64, factors: &[(&str, Option<f64>)]| Metrics {
            step,
            mean_return: (step > 1).then_some(-0.1),
            policy_loss: 1.0 / 3.0,
            kl: Some(1e-300),
            factors: factors.iter().map(|(name, value)| ((*name).to_owned(), *value)).collect(),
            ..Metrics::default()
        };
        let rows = [
            row(1, &[("upright", Some(0.1)), ("a,b", Some(-2.5e-7))]),
            row(2, &[("upright", Some(1e10)), ("a,b", None)]),
        ];
        let text = rows[0].line(true).unwrap() + &rows[1].line(false).unwrap();
        let header = text.lines().next().unwrap();
        assert!(
            header.starts_with("step,episodes,") && header.ends_with(",seconds,factor.upright,\"factor.a,b\""),
            "{header}"
        );
        assert_eq!(text.lines().count(), 3);
        assert_eq!(Metrics::parse(&text).unwrap(), rows);
        let without = [row(1, &[]), row(2, &[])];
        let text = without[0].line(true).unwrap() + &without[1].line(false).unwrap();
        assert_eq!(Metrics::parse(&text).unwrap(), without);
        assert_eq!(Metrics::parse("").unwrap(), []);
    }
}
