//! Reads what a place is worth off a map of sixteen by sixteen cells.

use meed_guest::prelude::*;

meed_guest::transition! {
    name: "lookup",
    summary: "What the cell is worth that the agent stands in",
    observation: Observation { position: [f32; 2] = "m" in 0.0..=16.0 },
    factors: Factors { worth: "what the map says of the cell" in -1.0..=1.0 },
    reward: reward(observation),
}

const MAP: [f32; 256] = map();

const fn map() -> [f32; 256] {
    let mut map = [0.0; 256];
    let mut cell = 0;
    while cell < 256 {
        map[cell] = ((cell * 37 + 11) % 201) as f32 / 100.0 - 1.0;
        cell += 1;
    }
    map
}

fn reward(observation: &Observation) -> Factors {
    let [column, row] = observation.position.map(|metres| math::clamp(metres, 0.0, 15.0) as usize);
    Factors { worth: lanes::entry(&MAP, row * 16 + column) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_decides_and_the_edge_goes_on_outside() {
        let at = |column, row| reward(&Observation { position: [column, row] }).worth;
        assert_eq!(at(3.9, 2.1), MAP[2 * 16 + 3]);
        assert_eq!(at(-5.0, 99.0), MAP[15 * 16]);
        assert_eq!(at(f32::NAN, 0.0), MAP[0]);
    }
}
