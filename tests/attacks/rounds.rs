//! The same attacks over and over: nothing of the process may grow.

use std::time::{Duration, Instant};

use meed_runtime::Plugin;

use super::target::{Target, ask};
use super::{Act, all};

/// An attack that takes longer is left out of the rounds: it would show the same, less often.
const SHORT: Duration = Duration::from_millis(5);

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
    /// Rounds: an attack, and then a call of the good plugin.
    pub rounds: usize,
    /// Attacks that took turns.
    pub attacks: usize,
    /// What was held before the first round, and after each tenth of them.
    ///
    /// Resident memory rises at first, while the pool of memories and the allocator fill: they keep what they may.
    pub held: Vec<Held>,
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

/// Runs rounds, one attack after another in turn; where the attack is a call, into an instance that was made for it.
pub fn rounds(target: &Target, rounds: usize) -> Growth {
    let ready = ready(target);
    let begun = Instant::now();
    let mut all = vec![held()];
    let mut same_bits = true;
    for round in 0..rounds {
        attack(target, &ready[round % ready.len()]);
        same_bits &= target.is_sound_in_turn(round);
        if (round + 1) * 10 / rounds > round * 10 / rounds {
            all.push(held());
        }
    }
    Growth { rounds, attacks: ready.len(), held: all, same_bits, seconds: begun.elapsed().as_secs_f64() }
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
