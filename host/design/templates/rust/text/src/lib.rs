//! A text reward for sums: it looks for the right number at the end of a completion, and likes few words.

use meed_guest::prelude::*;

meed_guest::text! {
    name: "{{name}}",
    summary: "The right number, in few words",
    // What the function returns: each number with its meaning, its weight in the reward and its range.
    factors: Factors {
        right: "one where the last number said is the reference, falling with the distance" in 0.0..=1.0,
        brief: "share of a hundred words left unsaid" weight 0.1 in 0.0..=1.0,
    },
    // The function, and what it takes: also `prompt`, `tokens`, `columns`, `group`.
    reward: reward(completion, reference),
}

/// Judges one completion; none where there is nothing to judge it by: an abstention, which is not a zero.
fn reward(completion: &str, reference: Option<&str>) -> Option<Factors> {
    let expected = last_number(reference?)?;
    let right =
        last_number(completion).map_or(0.0, |said| 1.0 / (1.0 + math::abs(said - expected)));
    let words = completion.split_whitespace().count() as f32;
    Some(Factors {
        right,
        brief: math::max(1.0 - words / 100.0, 0.0),
    })
}

/// Finds the last number in a text.
fn last_number(text: &str) -> Option<f32> {
    let parts = text.split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'));
    parts
        .filter_map(|part| part.trim_end_matches('.').parse::<f32>().ok())
        .filter(|number| number.is_finite())
        .last()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(completion: &str, reference: Option<&str>) -> Option<f32> {
        reward(completion, reference).map(|factors| factors.right)
    }

    #[test]
    fn the_last_number_counts() {
        assert_eq!(right("2 and 2 make 4.", Some("4")), Some(1.0));
        assert_eq!(right("4? No: 5", Some("4")), Some(0.5));
        assert_eq!(right("I don't know", Some("4")), Some(0.0));
    }

    #[test]
    fn without_a_reference_it_abstains() {
        assert_eq!(right("4", None), None);
    }
}
