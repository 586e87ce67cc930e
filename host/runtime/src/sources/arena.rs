//! Calls into a plugin's arena.

use std::ops::Range;

use meed_core::{Cost, Failure, Reason, RewardError, RewardFactory, Transitions, Unscored, check_rows};
use wasmtime::Store;

use super::answer;
use crate::Plugin;
use crate::arena::{Arena, Exports, Header, Layout, TILE, copy_rows};
use crate::instance::State;

/// Rows of one call. From 512 to 4,096 they cost the same; fewer calls make fewer checks, and the tiles of a wide row still fit a
/// processor's second cache.
pub(crate) const ROWS: usize = 4_096;
/// What a status byte may say.
const ABSTAINED: u8 = 1;
const FAULTY: u8 = 2;

/// An instance with an arena, if there is one.
pub(crate) struct ArenaCaller {
    live: Option<Arena>,
    cost: Cost,
}

/// Why a call into an arena ended early.
enum Stop {
    /// The code trapped, or met a limit.
    Trap(wasmtime::Error),
    /// The arena breaks its contract.
    Broken(String),
}

impl From<wasmtime::Error> for Stop {
    fn from(error: wasmtime::Error) -> Self {
        Stop::Trap(error)
    }
}

impl From<String> for Stop {
    fn from(problem: String) -> Self {
        Stop::Broken(problem)
    }
}

impl ArenaCaller {
    /// Makes the instance.
    ///
    /// # Errors
    /// Where no instance can be made.
    pub(crate) fn new(plugin: &Plugin) -> Result<Self, RewardError> {
        Ok(ArenaCaller { live: Some(start(plugin)?), cost: Cost::default() })
    }

    /// Forgets what earlier calls cost.
    pub(crate) fn begin(&mut self) {
        self.cost = Cost::default();
    }

    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }

    /// Scores some rows of a batch into `values`, and appends those without a score to `unscored`, counted from the first of them.
    /// An instance that gave an error is dropped.
    ///
    /// # Errors
    /// Where a call fails or the arena breaks its contract.
    pub(crate) fn score(
        &mut self,
        plugin: &Plugin,
        batch: &Transitions<'_>,
        rows: Range<usize>,
        values: &mut [f32],
        unscored: &mut Vec<Unscored>,
    ) -> Result<(), RewardError> {
        let Some(layout) = plugin.layout() else { return Ok(()) };
        let Arena { running, exports, header } = match &mut self.live {
            Some(live) => live,
            none => none.insert(start(plugin)?),
        };
        let (count, before) = (rows.len(), unscored.len());
        let result = running.call(|store| {
            let mut call = Call { store, exports, layout, batch, rows };
            match call.score(header, bytemuck::cast_slice_mut(values), unscored) {
                Ok(()) => Ok(Ok(())),
                Err(Stop::Broken(problem)) => Ok(Err(Failure::Arena { problem })),
                Err(Stop::Trap(error)) => Err(error),
            }
        });
        self.cost.memory = self.cost.memory.max(running.cost().memory);
        let checked =
            result.flatten().and_then(|()| Ok(check_rows(plugin.description(), count, values, &unscored[before..])?));
        checked.map_err(|failure| {
            self.live = None;
            plugin.error("evaluate", failure)
        })
    }
}

fn start(plugin: &Plugin) -> Result<Arena, RewardError> {
    let failed = |failure| plugin.error("instantiate", failure);
    let missing = || Failure::Instantiate { reason: "the plugin has no arena".into() };
    let code = plugin.arena().ok_or_else(missing).map_err(failed)?;
    code.start(plugin.code()).map_err(failed)
}

/// The rows of one call, and where they go.
struct Call<'a> {
    store: &'a mut Store<State>,
    exports: &'a Exports,
    layout: &'a Layout,
    batch: &'a Transitions<'a>,
    rows: Range<usize>,
}

impl Call<'_> {
    fn score(
        &mut self,
        header: &mut Option<Header>,
        values: &mut [u32],
        unscored: &mut Vec<Unscored>,
    ) -> Result<(), Stop> {
        let (count, factors) = (self.rows.len(), self.layout.factors);
        let header = match header {
            Some(header) if header.rows >= count => header,
            other => {
                *other = None;
                other.insert(self.open(count)?)
            }
        };
        self.write(header, self.rows.clone())?;
        let without = self.evaluate(count)?;
        let memory = self.exports.memory.data(&*self.store);
        header.still(memory)?;
        if factors > 0 {
            let output = cells(memory, &header.output)?.chunks_exact(factors * TILE);
            for (tile, values) in output.zip(values.chunks_mut(factors * TILE)) {
                copy_rows(tile, factors, values);
            }
        }
        let status = memory.get(header.status.clone()).and_then(|status| status.get(..count)).unwrap_or_default();
        if without == 0 && status.iter().fold(0, |all, status| all | status) == 0 {
            return Ok(());
        }
        let before = unscored.len();
        note(status, without, unscored)?;
        self.explain(header, &mut unscored[before..])
    }

    /// Asks for room. The arena grows by powers of two, so that batches that grow don't move it each time.
    fn open(&mut self, rows: usize) -> Result<Header, Stop> {
        let asked = rows.next_power_of_two().max(TILE);
        let at = self.exports.open.call(&mut *self.store, asked as u32)?;
        Ok(Header::read(self.exports.memory.data(&*self.store), at, asked, self.layout)?)
    }

    /// Writes rows of the batch, from the beginning of the arena on.
    fn write(&mut self, header: &Header, rows: Range<usize>) -> Result<(), Stop> {
        let columns = self.layout.columns;
        if columns == 0 {
            return Ok(());
        }
        let input = cells_mut(self.exports.memory.data_mut(&mut *self.store), &header.input)?;
        for (tile, first) in input.chunks_exact_mut(columns * TILE).zip(rows.clone().step_by(TILE)) {
            self.layout.fill(self.batch, first, TILE.min(rows.end - first), tile);
        }
        Ok(())
    }

    fn evaluate(&mut self, rows: usize) -> Result<usize, Stop> {
        match self.exports.evaluate.call(&mut *self.store, rows as u32)? {
            u32::MAX => Err(format!("it has no room for {rows} rows, though it said so").into()),
            without => Ok(without as usize),
        }
    }

    /// Fetches what the faulty rows said. An arena keeps the words of one row, so where there are several, each is asked again, on
    /// its own.
    fn explain(&mut self, header: &Header, unscored: &mut [Unscored]) -> Result<(), Stop> {
        let faulty = |unscored: &&mut Unscored| matches!(unscored.reason, Reason::Fault { .. });
        let alone = unscored.iter_mut().filter(faulty).count() == 1;
        for Unscored { row, reason } in unscored.iter_mut().filter(faulty) {
            if !alone {
                let at = self.rows.start + *row;
                self.write(header, at..at + 1)?;
                let without = self.evaluate(1)?;
                let memory = self.exports.memory.data(&*self.store);
                header.still(memory)?;
                if without != 1 || memory.get(header.status.start) != Some(&FAULTY) {
                    return Err(format!("row {row} is faulty beside other rows and not on its own").into());
                }
            }
            let message = header.message(self.exports.memory.data(&*self.store))?;
            *reason = Reason::Fault { message: text(message, answer::message(self.batch.rows))? };
        }
        Ok(())
    }
}

/// Lists the rows without a score, from their status bytes.
fn note(status: &[u8], without: usize, unscored: &mut Vec<Unscored>) -> Result<(), Stop> {
    let first = unscored.len();
    for (row, status) in status.iter().enumerate().filter(|(_, status)| **status != 0) {
        let reason = match *status {
            ABSTAINED => Reason::Abstain,
            FAULTY => Reason::Fault { message: String::new() },
            other => return Err(format!("the status of row {row} is {other}, which is over 2").into()),
        };
        unscored.push(Unscored { row, reason });
    }
    let found = unscored.len() - first;
    if found == without {
        return Ok(());
    }
    Err(format!("it counts {without} rows without a score, their status bytes {found}").into())
}

/// Takes a message, of which at most so many bytes are kept.
fn text(bytes: &[u8], most: usize) -> Result<String, String> {
    let kept = &bytes[..bytes.len().min(most)];
    match std::str::from_utf8(kept) {
        Ok(text) => Ok(text.into()),
        // Cut within a character.
        Err(error) if error.error_len().is_none() && kept.len() < bytes.len() => {
            Ok(String::from_utf8_lossy(&kept[..error.valid_up_to()]).into_owned())
        }
        Err(_) => Err("its message is not UTF-8".into()),
    }
}

fn cells<'a>(memory: &'a [u8], range: &Range<usize>) -> Result<&'a [u32], String> {
    memory.get(range.clone()).and_then(|bytes| bytemuck::try_cast_slice(bytes).ok()).ok_or_else(lost)
}

fn cells_mut<'a>(memory: &'a mut [u8], range: &Range<usize>) -> Result<&'a mut [u32], String> {
    memory.get_mut(range.clone()).and_then(|bytes| bytemuck::try_cast_slice_mut(bytes).ok()).ok_or_else(lost)
}

fn lost() -> String {
    "it no longer lies within the memory".into()
}
