//! Loads a plugin, scores a recording with it, and verifies it: `embed PLUGIN.wasm DATA.parquet`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use meed_core::{Batch, RewardFactory, Scores};
use meed_runtime::{Host, HostConfig, Profile};
use meed_trajectory::{Dataset, open};
use meed_verify::{Settings, Subject, verify};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let (file, data) = arguments.next().zip(arguments.next()).context("usage: embed PLUGIN.wasm DATA.parquet")?;

    let plugin = Host::new(HostConfig::new(Profile::Train))?.load_file(&file)?;
    let mut source = plugin.source(0)?;
    let Dataset::Transitions(mut reader) = open(&data)? else { bail!("{} holds no transitions", data.display()) };
    let (mut scores, mut rows, mut sum) = (Scores::default(), 0, 0.0);
    while let Some(table) = reader.next_rows(4096)? {
        source.evaluate(Batch::Transitions(&table.view()), &mut scores)?;
        let weights = || plugin.description().factors.iter().map(|factor| factor.weight);
        sum += (0..table.rows).map(|row| f64::from(scores.weighted(row, weights()))).sum::<f64>();
        rows += table.rows;
    }
    println!("{}: {rows} rows, mean reward {:.3}", plugin.description().name, sum / rows as f64);

    let checked = Host::new(HostConfig::new(Profile::Verify))?.load_file(&file)?;
    let subject = Subject { verify: &checked, train: Some(&plugin), reference: None, hash: None, file: None };
    let report = verify(&subject, vec![open(&data)?], &Settings::default())?;
    println!("{}", report.verdict);
    Ok(())
}
