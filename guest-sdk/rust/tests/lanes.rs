//! However many rows go at a time, each gets the bits that it gets alone.

use meed_guest::arena::{Arena, TILE};
use meed_guest::prelude::*;

meed_guest::transition! {
    name: "mathematics",
    summary: "Branches, sums and every function that becomes vector instructions",
    observation: Observation { x: [f32; 8] = "1", y: f32 = "1" },
    factors: Factors { powers: "of e", arcs: "of triangles", roots: "of sums", branches: "by sign" },
    reward: reward(observation),
}

fn reward(o: &Observation) -> Option<Factors> {
    let [a, b, c, ..] = o.x;
    let mut nearest = f32::MAX;
    for pair in o.x.chunks_exact(2) {
        nearest = math::min(nearest, norm(pair));
    }
    if a > 3.0e37 {
        return None;
    }
    Some(Factors {
        powers: math::exp(a) + math::tanh(b) + math::exp2(c) + math::ln(math::abs(a)) + math::sinh(c) + math::exp_m1(b),
        arcs: math::atan2(a, b) + math::atan(c) + math::asin(math::clamp(b, -1.0, 1.0)),
        roots: math::sqrt(norm_squared(&o.x)) + math::hypot(a, c) + math::cbrt(b) + math::pow(math::abs(a), b),
        branches: if o.y < 0.0 {
            -nearest
        } else if b > c {
            math::round(a)
        } else {
            dot(&o.x, &o.x)
        },
    })
}

/// Numbers of every size and sort, among them those that functions treat apart.
fn number(state: &mut u64) -> f32 {
    *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let bits = (*state >> 32) as u32;
    match bits % 8 {
        0 => f32::from_bits(bits.rotate_left(7)),
        1 => [0.0, -0.0, 1.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, 1.0e-45][(bits >> 8) as usize % 8],
        2 => (bits >> 8) as f32 * 1.0e-5,
        _ => (bits >> 8) as f32 / 4.0e6 - 2.0,
    }
}

#[test]
fn rows_of_a_tile_get_the_bits_that_each_gets_alone() {
    let mut state = 1;
    for rows in [1, 2, 3, 4, 5, 7, 8, 9, 63, 64, 65, 4_096 + 13] {
        let observation: Vec<f32> = (0..rows * 9).map(|_| number(&mut state)).collect();
        let mut arena = Arena::new();
        assert!(Plugin::open_arena(&mut arena, rows).is_some());
        // What lies beyond the rows must not matter.
        arena.input().fill(f32::NAN.to_bits());
        for (row, cells) in observation.chunks(9).enumerate() {
            for (column, cell) in cells.iter().enumerate() {
                arena.input()[(row / TILE * 9 + column) * TILE + row % TILE] = cell.to_bits();
            }
        }
        let unscored = Plugin::evaluate_arena(&mut arena, rows);
        let mut abstained = 0;
        for (row, cells) in observation.chunks(9).enumerate() {
            let mut alone = [0.0; 4];
            let outcome = Plugin::step(cells, &[], &[], &mut alone);
            assert_eq!(outcome == Outcome::Abstain, arena.status()[row] == 1, "row {row} of {rows}");
            if outcome == Outcome::Abstain {
                abstained += 1;
                continue;
            }
            for (factor, alone) in alone.iter().enumerate() {
                let together = f32::from_bits(arena.output()[(row / TILE * 4 + factor) * TILE + row % TILE]);
                let same = together.to_bits() == alone.to_bits() || (together.is_nan() && alone.is_nan());
                assert!(same, "row {row} of {rows}, factor {factor}: {together} and {alone} of {cells:?}");
            }
        }
        assert_eq!(unscored, Some(abstained));
    }
}
