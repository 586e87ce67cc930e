//! The hostile rewards of `plugins/hostile`, as an author would write them in Rust.

use super::{Act, Attack};

/// What must become of one of them.
pub struct Source {
    /// Its file in `plugins/hostile/examples`.
    pub name: &'static str,
    /// How a load, or a call, ends; see [`Attack::expected`].
    pub running: &'static str,
    /// The rules that fail when it is verified; empty where verification finds nothing wrong.
    pub verification: &'static [&'static str],
}

const fn source(name: &'static str, running: &'static str, verification: &'static [&'static str]) -> Source {
    Source { name, running, verification }
}

/// All of them.
pub const SOURCES: &[Source] = &[
    source("abstains", "scores", &[]),
    source("arena_disagrees", "scores", &["V023"]),
    source("bad_description", "scores", &["V019", "V040", "V063"]),
    source("batch_leak", "scores", &["V030", "V031"]),
    source("changing_description", "scores", &[]),
    source("constant", "scores", &["V060"]),
    source("deep_recursion", "stack-overflow", &["V016"]),
    source("directory_listing", "load: forbidden-import", &["V001"]),
    source("duplicate_factors", "scores", &["V063"]),
    source("endless_description", "load: out-of-fuel/load: deadline", &["V006"]),
    source("evaluate_changes_state", "scores, but others once restored", &["V020", "V024", "V030", "V031"]),
    source("fault", "fault", &["V015"]),
    source("fixed_batch", "output-length", &["V010", "V032"]),
    source("forbidden_import", "no component", &[]),
    source("hidden_state", "scores", &["V020"]),
    source("huge_description", "load: result-size", &["V006"]),
    source("huge_result", "memory", &["V018"]),
    source("infinite", "output-infinite", &["V012"]),
    source("infinite_loop", "out-of-fuel/deadline", &["V017"]),
    source("log_flood", "scores", &[]),
    source("memory_bomb", "out-of-fuel/memory", &["V018"]),
    source("memory_leak", "scores", &["V054"]),
    source("nan", "output-nan", &["V011"]),
    source("no_functions", "load: no-kind", &["V007"]),
    source("out_of_bounds", "scores", &["V040"]),
    source("panic", "trap", &["V016"]),
    source("panicking_description", "load: trap", &["V006"]),
    source("plain_math", "scores", &["V100"]),
    source("quadratic", "scores", &["V051"]),
    source("random", "scores", &["V020", "V030", "V031", "V040"]),
    source("saturated", "scores", &["V062", "V090"]),
    source("snapshot_forgets", "scores, but others once restored", &["V026"]),
    source("string_scores", "load: interface", &["V002"]),
    source("unread_field", "scores", &["V071"]),
    source("unsorted_unscored", "output-unscored", &["V010", "V032"]),
    source("wrong_length", "output-length", &["V010"]),
    source("zero_factors", "scores", &["V013"]),
];

pub(super) fn attacks() -> Vec<Attack> {
    let attack = |source: &'static Source| Attack {
        family: "",
        name: source.name,
        expected: source.running,
        act: match crate::hostile(source.name) {
            Ok(component) => Act::Guest(Box::new(move || component.clone())),
            // It imports what belongs to no interface, so that nobody can make a component of it.
            Err(_) => Act::Scene(|_| "no component".into()),
        },
    };
    SOURCES.iter().map(attack).collect()
}
