//! Not hostile: calls the standard library's functions, which must be the SDK's own and use no double precision.

use hostile::{answer, per_row};
use meed_guest::{Fault, Rows, Scores};

hostile::hostile!(evaluate);

fn evaluate(rows: &Rows<'_>) -> Result<Scores, Fault> {
    answer(per_row(rows, |observation, action| {
        let [x, y, z] = [observation[0], observation[1], observation[2]];
        let arcs = x.asin() + y.acos() + z.atan() + y.atan2(x);
        let waves = z.sin() + z.cos() + action.tan() + x.sinh() + y.cosh() + z.tanh();
        let powers = z.exp() + z.exp2() + x.exp_m1() + z.cbrt() + x.hypot(y) + z.abs().powf(action) + z.powi(3);
        let logarithms = z.abs().ln() + z.abs().log2() + z.abs().log10() + x.abs().ln_1p();
        (arcs + waves + powers + logarithms + z.round() + z.rem_euclid(2.0)).clamp(-17.0, 0.0)
    }))
}
