//! Hands rows over: only the lists that the description asks for.

use meed_core::{Description, Failure, InputError, Transitions};

use crate::Limits;
use crate::bindings::types;

/// Borrows a batch as the interface has it. Lists that are not asked for are empty, so that a plugin can't depend on them.
pub(crate) fn given<'a>(description: &Description, batch: &Transitions<'a>) -> types::Transitions<'a> {
    fn when<T>(asked: bool, list: &[T]) -> &[T] {
        if asked { list } else { &[] }
    }
    let inputs = &description.inputs;
    types::Transitions {
        rows: batch.rows as u32,
        observation: when(description.reads_observation(), batch.observation),
        action: when(description.reads_action(), batch.action),
        next_observation: when(description.reads_next_observation(), batch.next_observation),
        task: when(description.reads_task(), batch.task),
        // A `bool` is the byte 0 or 1, as the interface wants it.
        terminated: bytemuck::cast_slice(when(inputs.terminated, batch.terminated)),
        truncated: bytemuck::cast_slice(when(inputs.truncated, batch.truncated)),
        reward: when(inputs.reward, batch.reward),
        agent: when(inputs.agent, batch.agent),
        episode: when(inputs.episode, batch.episode),
        step: when(inputs.step, batch.step),
        group_offsets: when(inputs.group, batch.group_offsets),
    }
}

/// Checks that a call takes so many rows.
///
/// # Errors
/// [`InputError::TooManyRows`].
pub(crate) fn within(rows: usize, limits: &Limits) -> Result<(), Failure> {
    // The interface counts rows in 32 bits.
    let limit = limits.rows.min(u32::MAX as usize);
    if rows <= limit { Ok(()) } else { Err(InputError::TooManyRows { rows, limit }.into()) }
}
