//! Counts the memory and the tables of one instance and refuses what goes beyond.

use meed_core::Failure;
use wasmtime::{Error, ResourceLimiter, Result};

use crate::Limits;

/// Memories of one component: its own and those of adapters.
const MEMORIES: usize = 16;
/// Tables of one component.
const TABLES: usize = 64;

/// What one instance holds. A refusal ends the call, and `refused` then says what was asked for.
#[derive(Debug)]
pub(crate) struct Limiter {
    memory_limit: usize,
    table_limit: usize,
    /// Bytes held, all memories together.
    pub(crate) memory: usize,
    table_elements: usize,
    pub(crate) refused: Option<Failure>,
}

impl Limiter {
    pub(crate) fn new(limits: &Limits) -> Self {
        Limiter {
            memory_limit: limits.memory,
            table_limit: limits.table_elements,
            memory: 0,
            table_elements: 0,
            refused: None,
        }
    }

    fn refuse(&mut self, failure: Failure) -> Result<bool> {
        let error = Error::msg(failure.to_string());
        self.refused = Some(failure);
        Err(error)
    }
}

impl ResourceLimiter for Limiter {
    fn memory_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let requested = self.memory.saturating_sub(current).saturating_add(desired);
        if requested > self.memory_limit {
            return self.refuse(Failure::Memory { requested, limit: self.memory_limit });
        }
        // Beyond the maximum that the module itself declares, growing is refused as the specification says: with -1.
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.memory = requested;
        Ok(true)
    }

    fn memory_grow_failed(&mut self, error: Error) -> Result<()> {
        Err(error)
    }

    fn table_growing(&mut self, current: usize, desired: usize, maximum: Option<usize>) -> Result<bool> {
        let requested = self.table_elements.saturating_sub(current).saturating_add(desired);
        if requested > self.table_limit {
            return self.refuse(Failure::Table { requested, limit: self.table_limit });
        }
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        self.table_elements = requested;
        Ok(true)
    }

    fn table_grow_failed(&mut self, error: Error) -> Result<()> {
        Err(error)
    }

    fn memories(&self) -> usize {
        MEMORIES
    }

    fn tables(&self) -> usize {
        TABLES
    }
}
