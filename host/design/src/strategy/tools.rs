//! What candidates are built and judged with, and how that is done side by side.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use sha2::{Digest, Sha256};

use super::{DesignError, Evidence, Fate, Judge, Outcome, Part, Verdict};
use crate::design_dir::Timing;
use crate::workshop::CandidateError;
use crate::{Builder, DesignDir};

/// A verdict and what it rests on.
type Found = (Verdict, Vec<Evidence>);

/// A candidate that is yet to be built.
pub(super) struct Draft {
    pub(super) outcome: Outcome,
    pub(super) source: String,
    pub(super) timing: Timing,
}

/// What several candidates are built and judged with at a time.
pub(super) struct Tools<'a> {
    pub(super) builder: &'a (dyn Builder + Sync),
    pub(super) judge: &'a dyn Judge,
    pub(super) dir: &'a DesignDir,
}

impl Tools<'_> {
    /// Builds a candidate and has it judged.
    pub(super) fn try_out(&self, draft: Draft) -> Result<Outcome, DesignError> {
        let Draft { mut outcome, source, mut timing } = draft;
        let begun = Instant::now();
        let built = self.builder.build(&source);
        timing.build = begun.elapsed().as_secs_f64();
        outcome.fate = match built {
            Err(CandidateError::Machine(error)) => return Err(error.into()),
            Err(error) => Fate::NotBuilt { code: error.code().into(), message: error.to_string(), hint: error.hint() },
            Ok(component) => {
                outcome.component = Some(sha256(&component));
                let path = self.dir.write_component(&outcome.id, &component)?;
                let begun = Instant::now();
                let judged = self.judged(&outcome.id, &path, Part::Shown)?;
                timing.judge = begun.elapsed().as_secs_f64();
                let (verdict, findings) = judged.ok_or_else(|| DesignError::Judge {
                    id: outcome.id.clone(),
                    source: "there are no data to verify it on".into(),
                })?;
                Fate::Judged { verdict, findings }
            }
        };
        self.dir.write_timing(&outcome.id, &timing)?;
        self.dir.write_outcome(&outcome)?;
        Ok(outcome)
    }

    /// Judges a component; `None` where there is no such part of the data.
    pub(super) fn judged(&self, id: &str, component: &Path, part: Part) -> Result<Option<Found>, DesignError> {
        let failed = |source| DesignError::Judge { id: id.into(), source };
        let Some(judgement) = self.judge.judge(component, part).map_err(failed)? else { return Ok(None) };
        self.dir.write_report(id, part, &judgement.report)?;
        Ok(Some((judgement.verdict, judgement.findings)))
    }
}

/// Does jobs by their numbers, as many at a time as there are processors, and gives the results in the jobs' order.
pub(super) fn side_by_side<T: Send>(jobs: usize, job: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let workers = thread::available_parallelism().map_or(1, usize::from).min(jobs);
    let mut done: Vec<(usize, T)> = thread::scope(|scope| {
        let work = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= jobs {
                    return done;
                }
                done.push((index, job(index)));
            }
        };
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let joined = workers.into_iter().map(thread::ScopedJoinHandle::join);
        joined.flat_map(|done| done.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

pub(super) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
