//! Asks a native Rust reward and a plugin the same question, through the same trait: `native_beside_wasm PENDULUM.wasm`.

use anyhow::{Context, Result};
use meed_core::{Batch, Description, Factor, Field, NativeReward, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Profile};

fn main() -> Result<()> {
    let file = std::env::args_os().nth(1).context("usage: native_beside_wasm PENDULUM.wasm")?;
    let plugin = Host::new(HostConfig::new(Profile::Train))?.load_file(file.as_ref())?;

    let description = Description::transition("upright", "0.1.0")
        .observation([
            Field::new("cos", 1, "1", -1.0, 1.0),
            Field::new("sin", 1, "1", -1.0, 1.0),
            Field::new("velocity", 1, "rad/s", -8.0, 8.0),
        ])
        .factors([Factor::new("height", -1.0, 1.0, 1.0, "height of the tip")]);
    let native = NativeReward::per_row(description, |row, out| out[0] = row.observation[0]);

    let batch = Transitions {
        rows: 2,
        observation: &[1.0, 0.0, 0.5, -1.0, 0.0, 0.0],
        action: &[0.1, -2.0],
        ..Transitions::default()
    };
    let sources: [Box<dyn RewardSource>; 2] = [Box::new(native), plugin.source(0)?];
    let mut scores = Scores::default();
    for mut source in sources {
        source.evaluate(Batch::Transitions(&batch), &mut scores)?;
        println!("{}: {:?} and {:?}", source.description().name, scores.row(0), scores.row(1));
    }
    Ok(())
}
