//! The rewards that are measured: the plugins' own sources, compiled into this program.

use meed_guest::arena::Arena;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::rows::Batch;

/// A reward, and what is needed to make rows for it and to score them natively.
pub(crate) struct Reward {
    /// Its folder in `plugins/`.
    pub(crate) name: &'static str,
    /// The range of each column of the observation.
    observation: &'static [(f32, f32)],
    /// The range of each column of the action.
    action: &'static [(f32, f32)],
    pub(crate) factors: usize,
    /// The author's function in a loop over row-major rows, compiled as a release is.
    pub(crate) native: fn(&[f32], &[f32], &mut [f32]),
    /// The same with the compiler's flags that plugins get.
    pub(crate) flagged: fn(&[f32], &[f32], &mut [f32]),
    /// Makes room in an arena.
    pub(crate) open: fn(&mut Arena, usize) -> bool,
    /// Scores the rows in an arena.
    pub(crate) lanes: fn(&mut Arena, usize) -> Option<u32>,
}

impl Reward {
    /// Makes rows, the same ones each time.
    pub(crate) fn batch(&self, rows: usize) -> Batch {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut fill = |columns: &[(f32, f32)]| -> Vec<f32> {
            (0..rows).flat_map(|_| columns).map(|(low, high)| rng.random_range(*low..*high)).collect()
        };
        let (observation, action) = (fill(self.observation), fill(self.action));
        Batch { rows, observation, action }
    }

    /// Counts the columns of the observation.
    pub(crate) fn observation(&self) -> usize {
        self.observation.len()
    }

    /// Counts the columns of the action.
    pub(crate) fn action(&self) -> usize {
        self.action.len()
    }
}

macro_rules! rewards {
    ($($module:ident = $path:literal, $name:literal, $factors:literal, $observation:expr, $action:expr;)*) => {
        $(
            #[path = $path]
            #[allow(dead_code, reason = "only the plugin's reward is of use here")]
            mod $module;
        )*

        /// All that are measured.
        pub(crate) static ALL: [Reward; [$($name),*].len()] = [$({
            const OBSERVATION: &[(f32, f32)] = &$observation;
            const ACTION: &[(f32, f32)] = &$action;
            const O: usize = OBSERVATION.len();
            const A: usize = ACTION.len();
            Reward {
                name: $name,
                observation: OBSERVATION,
                action: ACTION,
                factors: $factors,
                native: meed_benches::$module,
                flagged: |observation, action, out| {
                    for (row, out) in out.chunks_exact_mut($factors).enumerate() {
                        let (observation, action) = (&observation[row * O..][..O], &action[row * A..][..A]);
                        $module::Plugin::step(observation, action, &[], out);
                    }
                },
                open: |arena, rows| $module::Plugin::open_arena(arena, rows).is_some(),
                lanes: $module::Plugin::evaluate_arena,
            }
        }),*];
    };
}

rewards! {
    locomotion = "../../plugins/locomotion/src/lib.rs", "locomotion", 4, LOCOMOTION, [(-1.0, 1.0); 6];
    pendulum = "../../plugins/pendulum/src/lib.rs", "pendulum", 3, [(-1.0, 1.0), (-1.0, 1.0), (-8.0, 8.0)], [(-2.5, 2.5)];
    nearest = "../../plugins/nearest/src/lib.rs", "nearest", 2, [(-1.0, 1.0); 62], [];
    lookup = "../../plugins/lookup/src/lib.rs", "lookup", 1, [(0.0, 16.0); 2], [];
}

const LOCOMOTION: [(f32, f32); 17] = {
    let mut columns = [(-1.0, 1.0); 17];
    columns[16] = (0.8, 1.6);
    columns
};
