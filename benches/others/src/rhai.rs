//! Rhai: a call a row, which takes two arrays and gives one, as Rhai's functions do.

use anyhow::{Result, anyhow};
use rhai::{AST, Array, Dynamic, Engine, EvalAltResult, Module, Scope};

use crate::{Batch, Candidate};

pub(crate) struct Rhai {
    engine: Engine,
    script: AST,
    reward: String,
    rows: Vec<[Array; 2]>,
    scores: Vec<Array>,
}

impl Rhai {
    pub(crate) fn new(batch: &Batch) -> Result<Self> {
        let mut engine = Engine::new();
        let map: Array = (0..256).map(|cell| Dynamic::from(((cell * 37 + 11) % 201) as f32 / 100.0 - 1.0)).collect();
        let mut globals = Module::new();
        globals.set_var("MAP", map);
        engine.register_global_module(globals.into());
        let script = engine.compile(include_str!("../rhai/rewards.rhai")).map_err(|error| anyhow!("{error}"))?;
        let array = |values: &[f32], row: usize| -> Array {
            let width = values.len() / batch.rows;
            values[row * width..][..width].iter().copied().map(Dynamic::from).collect()
        };
        let rows = (0..batch.rows).map(|row| [array(&batch.observation, row), array(&batch.action, row)]).collect();
        Ok(Rhai { engine, script, reward: batch.reward.clone(), rows, scores: Vec::new() })
    }
}

impl Candidate for Rhai {
    fn call(&mut self) -> Result<()> {
        let Rhai { engine, script, reward, rows, scores } = self;
        scores.clear();
        for [observation, action] in rows {
            let arguments = (observation.clone(), action.clone());
            let score = engine.call_fn::<Array>(&mut Scope::new(), script, &*reward, arguments);
            scores.push(score.map_err(|error: Box<EvalAltResult>| anyhow!("{error}"))?);
        }
        Ok(())
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        let cells = self.scores.iter().flatten();
        cells.map(|cell| cell.as_float().map_err(|kind| anyhow!("a factor is a {kind}"))).collect()
    }
}
