//! `meed compare`.

use anyhow::Result;
use meed_core::RewardFactory;
use meed_runtime::Profile;
use meed_trajectory::{Dataset, open};
use meed_verify::{Settings, compare};

use crate::args::Compare;
use crate::exit::Exit;
use crate::plugin;

pub(crate) fn run(args: Compare) -> Result<Exit> {
    let data = args.data.iter().map(|file| open(file)).collect::<Result<Vec<Dataset>, _>>()?;
    let first = plugin::load_sound(&args.first, Profile::Train)?;
    let second = plugin::load_sound(&args.second, Profile::Train)?;
    for file in &data {
        file.check_against(first.description())?;
        file.check_against(second.description())?;
    }
    let comparison = compare(&first, &second, data, &Settings::default())?;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&comparison)?);
    } else {
        print!("{}", comparison.table());
    }
    Ok(Exit::Done)
}
