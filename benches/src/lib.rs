//! The rewards' sources in a plain loop over row-major rows, compiled as anybody's release is: what everything is held against.
//!
//! A library of its own, because the program beside it is compiled with the flags that `meed build` gives plugins.

macro_rules! loops {
    ($($name:ident = $path:literal, $factors:literal, $observation:literal, $action:literal;)*) => {$(
        #[path = $path]
        #[allow(dead_code, reason = "only the plugin's reward is of use here")]
        mod $name;

        #[doc = concat!("Scores each row of `", stringify!($name), "` into its place in `out`.")]
        pub fn $name(observation: &[f32], action: &[f32], out: &mut [f32]) {
            for (row, out) in out.chunks_exact_mut($factors).enumerate() {
                let observation = &observation[row * $observation..][..$observation];
                $name::Plugin::step(observation, &action[row * $action..][..$action], &[], out);
            }
        }
    )*};
}

loops! {
    locomotion = "../../plugins/locomotion/src/lib.rs", 4, 17, 6;
    pendulum = "../../plugins/pendulum/src/lib.rs", 3, 3, 1;
    nearest = "../../plugins/nearest/src/lib.rs", 2, 62, 0;
    lookup = "../../plugins/lookup/src/lib.rs", 1, 2, 0;
}
