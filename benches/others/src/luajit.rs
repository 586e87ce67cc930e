//! LuaJIT, through mlua: the rows stand in Lua's tables, and a call goes over all of them.

use anyhow::{Result, anyhow};
use mlua::{Function, Lua, Table};

use crate::{Batch, Candidate};

pub(crate) struct LuaJit {
    /// Keeps what follows alive.
    _lua: Lua,
    reward: Function,
    arguments: (usize, Table, Table, Table),
}

impl LuaJit {
    pub(crate) fn new(batch: &Batch) -> Result<Self> {
        let lua = Lua::new();
        let make = || -> mlua::Result<_> {
            let rewards: Table = lua.load(include_str!("../lua/rewards.lua")).set_name("rewards.lua").eval()?;
            let table = |values: &[f32]| lua.create_sequence_from(values.iter().copied());
            let out = table(&vec![0.0; batch.rows * batch.factors])?;
            let arguments = (batch.rows, table(&batch.observation)?, table(&batch.action)?, out);
            Ok((rewards.get(batch.reward.as_str())?, arguments))
        };
        let (reward, arguments) = make().map_err(failed)?;
        Ok(LuaJit { _lua: lua, reward, arguments })
    }
}

/// Takes an error that may be of no use to other threads.
fn failed(error: mlua::Error) -> anyhow::Error {
    anyhow!("{error}")
}

impl Candidate for LuaJit {
    fn call(&mut self) -> Result<()> {
        self.reward.call(self.arguments.clone()).map_err(failed)
    }

    fn answer(&mut self) -> Result<Vec<f32>> {
        self.arguments.3.sequence_values().collect::<mlua::Result<_>>().map_err(failed)
    }
}
