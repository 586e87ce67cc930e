//! What a row costs by each path into a plugin, beside the same source compiled natively: all candidates interleaved, median and best of
//! many rounds. The best is what a busy machine tells of threads.
//!
//! `cargo run -p meed-runtime --example paths -- plugins/pendulum/build/pendulum.wasm`, after `meed build plugins/pendulum`.

use std::num::NonZero;
use std::time::Instant;

use meed_core::{Batch, NativeReward, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Profile};

type Source = Box<dyn RewardSource>;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give the path of the pendulum plugin")?;
    let load = |portable: bool| -> Result<_, Box<dyn std::error::Error>> {
        let host = Host::new(HostConfig { portable, ..HostConfig::new(Profile::Train) })?;
        host.load_file(path.as_ref())?;
        let begin = Instant::now();
        let plugin = host.load_file(path.as_ref())?;
        println!("{:<16} loaded from the cache in {:>6} us", plugin.path().name(), begin.elapsed().as_micros());
        Ok(plugin)
    };
    let (arena, portable) = (load(false)?, load(true)?);
    let native = NativeReward::per_row(arena.description().clone(), |row, out| {
        pendulum::Plugin::step(row.observation, row.action, row.next_observation, out);
    });
    let two = NonZero::<usize>::MIN.saturating_add(1);
    let mut candidates: Vec<(&str, Source)> = vec![
        ("native", native.source(0)?),
        ("arena", arena.source(0)?),
        ("portable", portable.source(0)?),
        ("arena x 1", Box::new(arena.pool(NonZero::<usize>::MIN)?)),
        ("arena x 2", Box::new(arena.pool(two)?)),
        ("portable x 2", Box::new(portable.pool(two)?)),
    ];
    for rows in [1, 64, 1024, 16_384] {
        let observation: Vec<f32> = (0..3 * rows).map(|i| ((i * 37 + 11) % 200) as f32 / 100.0 - 1.0).collect();
        let action: Vec<f32> = (0..rows).map(|i| (i % 41) as f32 / 10.0 - 2.0).collect();
        let batch = Transitions { rows, observation: &observation, action: &action, ..Transitions::default() };
        let repeats = (65_536 / rows).clamp(1, 4096);
        let mut times = vec![Vec::new(); candidates.len()];
        let mut scores = vec![Scores::default(); candidates.len()];
        for _ in 0..60 {
            for ((times, scores), (_, source)) in times.iter_mut().zip(&mut scores).zip(&mut candidates) {
                let begin = Instant::now();
                for _ in 0..repeats {
                    source.evaluate(Batch::Transitions(&batch), scores)?;
                }
                times.push(begin.elapsed().as_secs_f64() * 1e9 / (repeats * rows) as f64);
            }
        }
        assert!(scores.iter().all(|answer| answer.same_bits(&scores[0])), "all candidates give the same bits");
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let base = median(&mut times[0]);
        let best = times[0][0];
        for ((name, _), times) in candidates.iter().zip(&mut times) {
            let time = median(times);
            print!("{rows:>6} rows  {name:<14} {time:>8.2} ns a row  {:>6.2} x native", time / base);
            println!("  best {:>8.2} {:>6.2} x", times[0], times[0] / best);
        }
    }
    Ok(())
}
