//! The same attacks over and over: nothing of the process may grow.

use std::time::{Duration, Instant};

use meed_runtime::Plugin;

use super::target::{Target, ask};
use super::{Act, all};

/// An attack that takes longer is left out of the rounds: it would show the same, less often.
const SHORT: Duration = Duration::from_millis(5);

/// Rounds from one look at what the process holds to the next.
pub const LOOK: usize = 2_500;

/// Looks over which what the process holds must stay as it is, 10,000 rounds.
const STEADY: usize = 4;

/// KiB by which resident memory may rise over them. A leak of a fifth of a KiB a round is more.
const RISE: u64 = 2 * 1_024;

/// What a process holds.
#[derive(Clone, Copy, Debug, serde::Serialize)]
pub struct Held {
    /// KiB of resident memory.
    pub resident_kib: u64,
    /// Threads.
    pub threads: u64,
    /// Open file descriptors.
    pub descriptors: u64,
}

/// What the process held while the rounds went on.
#[derive(Debug, serde::Serialize)]
pub struct Growth {
    /// Rounds that were run: an attack, and then a call of the good plugin.
    pub rounds: usize,
    /// Attacks that took turns.
    pub attacks: usize,
    /// What was held before the first round, and after each 2,500 of them.
    ///
    /// Resident memory rises at first, while the pool of memories and the allocator fill: they keep what they may. How soon they
    /// are full differs between machines; that they are full some day does not, and a leak never is.
    pub held: Vec<Held>,
    /// Threads and file descriptors stayed the same, and over the last 10,000 rounds resident memory within 2 MiB.
    pub steady: bool,
    /// The good plugin gave the same bits in all rounds.
    pub same_bits: bool,
    /// How long the rounds took.
    pub seconds: f64,
}

/// An attack that can be made again cheaply.
enum Ready {
    /// Its component loads; the attack is a call.
    Loaded(Plugin),
    /// It is refused.
    Refused(usize, Vec<u8>),
}

/// Runs rounds, one attack after another in turn; where the attack is a call, into an instance that was made for it. Ends as soon
/// as what the process holds is steady, and after `most` rounds in any case.
pub fn rounds(target: &Target, most: usize) -> Growth {
    let ready = ready(target);
    let begun = Instant::now();
    let mut growth =
        Growth { rounds: 0, attacks: ready.len(), held: vec![held()], steady: false, same_bits: true, seconds: 0.0 };
    while growth.rounds < most && !growth.steady {
        attack(target, &ready[growth.rounds % ready.len()]);
        growth.same_bits &= target.is_sound_in_turn(growth.rounds);
        growth.rounds += 1;
        if growth.rounds.is_multiple_of(LOOK) {
            growth.held.push(held());
            growth.steady = is_steady(&growth.held);
        }
    }
    growth.seconds = begun.elapsed().as_secs_f64();
    growth
}

fn is_steady(held: &[Held]) -> bool {
    let Some(first) = held.len().checked_sub(STEADY + 1) else { return false };
    let (first, last) = (held[first], held[held.len() - 1]);
    // No round at all may leave a thread or a descriptor behind: no pool of them is filled.
    let same = held.iter().all(|held| (held.threads, held.descriptors) == (last.threads, last.descriptors));
    same && last.resident_kib <= first.resident_kib + RISE
}

fn attack(target: &Target, ready: &Ready) {
    match ready {
        Ready::Loaded(plugin) => drop(ask(plugin)),
        Ready::Refused(host, bytes) => drop(target.hosts[*host].load(bytes)),
    }
}

fn ready(target: &Target) -> Vec<Ready> {
    let mut short = Vec::new();
    for attack in all() {
        let Act::Guest(component) = &attack.act else { continue };
        let bytes = component();
        for (index, host) in target.hosts.iter().enumerate() {
            let begun = Instant::now();
            let ready = match host.load(&bytes) {
                Ok(plugin) => Ready::Loaded(plugin),
                Err(_) => Ready::Refused(index, bytes.clone()),
            };
            let begun = if matches!(ready, Ready::Loaded(_)) { Instant::now() } else { begun };
            self::attack(target, &ready);
            if begun.elapsed() < SHORT {
                short.push(ready);
            }
        }
    }
    short
}

fn held() -> Held {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let number = |key: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    };
    let descriptors = std::fs::read_dir("/proc/self/fd").unwrap().count() as u64;
    Held { resident_kib: number("VmRSS:"), threads: number("Threads:"), descriptors }
}

#[test]
fn a_leak_is_never_steady() {
    let held = |resident_kib, descriptors| Held { resident_kib, threads: 5, descriptors };
    let leaks: Vec<Held> = (0..40).map(|look| held(300_000 + look * 600, 374)).collect();
    let opens: Vec<Held> = (0..40).map(|look| held(300_000, 374 + look)).collect();
    let once: Vec<Held> = (0..40).map(|look| held(300_000, 374 + look.min(1))).collect();
    let fills: Vec<Held> = (0..40).map(|look| held(300_000 + (look * 9_000).min(50_000), 374)).collect();
    let ever = |held: &[Held]| (0..held.len()).any(|looks| is_steady(&held[..looks]));
    assert!(!ever(&leaks) && !ever(&opens) && !ever(&once[..]) && ever(&fills));
}
