//! Places that lie at random and yet not close to each other, after Bridson (2007).

use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use super::{difference, length};

/// Attempts to find a neighbour of a place before it is given up: Bridson's number.
const ATTEMPTS: usize = 30;

/// Fills a square with places from 0 to `side` that are at least `apart` from each other, as many as it finds room for.
pub(super) fn sample(side: f64, apart: f64, rng: &mut ChaCha8Rng) -> Vec<[f64; 2]> {
    let mut places = vec![[rng.random_range(0.0..side), rng.random_range(0.0..side)]];
    let mut open = vec![0];
    while !open.is_empty() {
        let chosen = rng.random_range(0..open.len());
        let [x, y] = places[open[chosen]];
        let found = (0..ATTEMPTS).find_map(|_| {
            let (angle, distance) =
                (rng.random_range(0.0..std::f64::consts::TAU), rng.random_range(apart..2.0 * apart));
            let place = [x + distance * angle.cos(), y + distance * angle.sin()];
            let inside = place.iter().all(|coordinate| (0.0..side).contains(coordinate));
            let free = || places.iter().all(|other| length(difference(place, *other)) >= apart);
            (inside && free()).then_some(place)
        });
        match found {
            Some(place) => {
                open.push(places.len());
                places.push(place);
            }
            None => {
                open.swap_remove(chosen);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn places_fill_the_square_and_keep_their_distance() {
        for seed in 0..20 {
            let places = sample(4.4, 0.675, &mut ChaCha8Rng::seed_from_u64(seed));
            // Twice the radius would leave room for one more between any two.
            assert!((20..=60).contains(&places.len()), "{}", places.len());
            for (index, place) in places.iter().enumerate() {
                assert!(place.iter().all(|coordinate| (0.0..4.4).contains(coordinate)));
                assert!(places[..index].iter().all(|other| length(difference(*place, *other)) >= 0.675));
            }
        }
    }
}
