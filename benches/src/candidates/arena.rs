//! The plugin's arena, driven directly: rows stand in its memory as tiles of columns, as an environment can write them, and
//! factors are left there. The engine is set up as the host's is for training, epochs included.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use wasmparser::{Parser, Payload};
use wasmtime::{Config, Engine, Instance, Memory, Module, Store, TypedFunc};

use crate::candidate::Candidate;
use crate::rewards::Reward;
use crate::rows::Batch;

/// Ticks of a millisecond that a call may take.
const DEADLINE: u64 = 5_000;

/// Sets an engine up, with its clock.
pub(crate) fn engine() -> Result<Engine> {
    let mut config = Config::new();
    config.concurrency_support(false).relaxed_simd_deterministic(true).epoch_interruption(true);
    let engine = Engine::new(&config).map_err(failed)?;
    let weak = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = weak.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(Duration::from_millis(1));
        }
    });
    Ok(engine)
}

/// Compiles the core module within a component.
pub(crate) fn module(engine: &Engine, component: &[u8]) -> Result<Module> {
    for payload in Parser::new(0).parse_all(component) {
        if let Payload::ModuleSection { unchecked_range, .. } = payload? {
            return Module::new(engine, &component[unchecked_range]).map_err(failed);
        }
    }
    bail!("the component has no core module")
}

fn failed(error: wasmtime::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

pub(crate) struct Arena {
    batch: Batch,
    factors: usize,
    store: Store<()>,
    memory: Memory,
    evaluate: TypedFunc<u32, u32>,
    output: usize,
}

impl Arena {
    pub(crate) fn new(module: &Module, reward: &Reward, batch: &Batch) -> Result<Self> {
        let mut store = Store::new(module.engine(), ());
        store.set_epoch_deadline(DEADLINE);
        let instance = Instance::new(&mut store, module, &[]).map_err(failed)?;
        let memory = instance.get_memory(&mut store, "memory").context("there is no memory")?;
        let open = instance.get_typed_func::<u32, u32>(&mut store, "meed_arena_open").map_err(failed)?;
        let evaluate = instance.get_typed_func::<u32, u32>(&mut store, "meed_arena_evaluate").map_err(failed)?;
        let header = open.call(&mut store, batch.rows as u32).map_err(failed)? as usize;
        ensure!(header != 0, "an arena has no room for {} rows", batch.rows);
        let data = memory.data_mut(&mut store);
        let word = |index: usize| -> Result<usize> {
            let bytes = data.get(header + 4 * index..).and_then(|rest| rest.first_chunk()).context("a bad header")?;
            Ok(u32::from_le_bytes(*bytes) as usize)
        };
        let (capacity, columns, input, output) = (word(0)?, word(1)?, word(3)?, word(4)?);
        ensure!(columns == reward.observation() + reward.action(), "the arena has {columns} columns");
        let mut tiles = vec![0; capacity * columns];
        batch.write_tiles(&mut tiles);
        let bytes: Vec<u8> = tiles.iter().flat_map(|cell| cell.to_le_bytes()).collect();
        data.get_mut(input..input + bytes.len()).context("the input lies outside")?.copy_from_slice(&bytes);
        Ok(Arena { batch: batch.clone(), factors: reward.factors, store, memory, evaluate, output })
    }

    fn call(&mut self) -> Result<u32> {
        self.store.set_epoch_deadline(DEADLINE);
        self.evaluate.call(&mut self.store, self.batch.rows as u32).map_err(failed)
    }
}

impl Candidate for Arena {
    fn name(&self) -> &'static str {
        "arena"
    }

    fn is_exact(&self) -> bool {
        true
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        let unscored = self.call()?;
        ensure!(unscored == 0, "{unscored} rows have no score");
        let data = self.memory.data(&self.store).get(self.output..).context("the output lies outside")?;
        let (cells, _) = data.as_chunks::<4>();
        let cells = cells.iter().map(|cell| u32::from_le_bytes(*cell));
        let cells: Vec<u32> = cells.take(self.batch.rows.next_multiple_of(64) * self.factors).collect();
        Ok(self.batch.read_tiles(&cells, self.factors))
    }

    fn time(&mut self, times: u32) -> Result<Duration> {
        let begin = Instant::now();
        for _ in 0..times {
            self.call()?;
        }
        Ok(begin.elapsed())
    }
}
