//! What a row costs in fuel, which counts instructions and is the same on every machine: a change that makes plugins slower shows
//! here. Times are for `cargo xtask bench evaluate`.

use meed_core::{Batch, RewardFactory, Scores, Transitions};
use meed_runtime::Profile;
use meed_tests::{load, plugin, say};
use wasmparser::{Parser, Payload};
use wasmtime::{Config, Engine, Instance, Module, Store};

/// Rows of a call: enough that what a call costs beside its rows is lost.
const ROWS: usize = 4_096;
/// By how many per cent the fuel of a row may differ from what is recorded: the compiler's next version may move a few instructions.
const TOLERANCE: f64 = 5.0;
/// Fuel of a row, through the portable call and in the arena, recorded with Rust 1.95. What the portable call costs more is turning
/// rows into columns and back; without vector instructions, four rows each, both would cost three to four times as much.
const RECORDED: [(&str, f64, f64); 4] =
    [("locomotion", 270.6, 121.5), ("lookup", 36.0, 18.9), ("nearest", 541.5, 225.5), ("pendulum", 138.8, 84.0)];

fn portable(name: &str) -> f64 {
    let plugin = load(name, Profile::Verify);
    let description = plugin.description();
    let columns = |width: usize| -> Vec<f32> { (0..ROWS * width).map(|i| (i % 113) as f32 / 57.0 - 1.0).collect() };
    let (observation, action) = (columns(description.observation_size()), columns(description.action_size()));
    let rows = Transitions { rows: ROWS, observation: &observation, action: &action, ..Transitions::default() };
    let mut source = plugin.source(0).unwrap();
    source.evaluate(Batch::Transitions(&rows), &mut Scores::default()).unwrap();
    source.cost().fuel.unwrap() as f64 / ROWS as f64
}

/// The host counts no fuel where it uses the arena, so this does without the host. All cells are zero.
fn arena(name: &str) -> f64 {
    let component = std::fs::read(plugin(name)).unwrap();
    let module = Parser::new(0)
        .parse_all(&component)
        .find_map(|payload| match payload.unwrap() {
            Payload::ModuleSection { unchecked_range, .. } => Some(&component[unchecked_range]),
            _ => None,
        })
        .unwrap();
    let engine = Engine::new(Config::new().consume_fuel(true)).unwrap();
    let mut store = Store::new(&engine, ());
    store.set_fuel(u64::MAX).unwrap();
    let instance = Instance::new(&mut store, &Module::new(&engine, module).unwrap(), &[]).unwrap();
    let open = instance.get_typed_func::<u32, u32>(&mut store, "meed_arena_open").unwrap();
    let evaluate = instance.get_typed_func::<u32, u32>(&mut store, "meed_arena_evaluate").unwrap();
    assert_ne!(open.call(&mut store, ROWS as u32).unwrap(), 0);
    let before = store.get_fuel().unwrap();
    assert_eq!(evaluate.call(&mut store, ROWS as u32).unwrap(), 0);
    (before - store.get_fuel().unwrap()) as f64 / ROWS as f64
}

#[test]
fn a_row_costs_the_fuel_that_is_recorded() {
    let mut off = Vec::new();
    for (name, in_call, in_place) in RECORDED {
        for (way, fuel, recorded) in [("portable", portable(name), in_call), ("arena", arena(name), in_place)] {
            let difference = 100.0 * (fuel - recorded) / recorded;
            let line = format!("{name:12} {way:9} {fuel:6.1} a row, recorded {recorded:6.1}, {difference:+.1} %");
            say(&line);
            if difference.abs() > TOLERANCE {
                off.push(line);
            }
        }
    }
    assert!(off.is_empty(), "{}", off.join("\n"));
}
