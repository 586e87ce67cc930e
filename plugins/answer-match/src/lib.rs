//! Judges a completion: is its answer the reference's, is it too long, does it repeat itself. Shows a text reward that abstains
//! where there is nothing to compare with.

use meed_guest::prelude::*;

meed_guest::text! {
    name: "answer-match",
    summary: "The right answer, not too long, without repetition",
    factors: Factors {
        right: "1 where the answer is the reference's, white space and case aside" in 0.0..=1.0,
        overlong: "0 up to 384 tokens, falling to -1 at 512" weight 0.5 in -1.0..=0.0,
        repetition: "minus the share of repeated runs of three words" weight 0.5 in -1.0..=0.0,
    },
    reward: judge(completion, reference, tokens),
}

/// What stands before the answer; where it does not occur, the whole completion is the answer.
const MARK: &str = "####";
/// Tokens a completion may have, and how many of them are already too many.
const LIMIT: f32 = 512.0;
const MARGIN: f32 = 128.0;
/// Words in a run.
const RUN: usize = 3;

fn judge(completion: &str, reference: Option<&str>, tokens: u32) -> Option<Factors> {
    let reference = normalized(reference?);
    let answer = normalized(completion.rsplit(MARK).next().unwrap_or(completion));
    let right = !answer.is_empty() && answer == reference;
    Some(Factors {
        right: if right { 1.0 } else { 0.0 },
        overlong: math::clamp((LIMIT - MARGIN - tokens as f32) / MARGIN, -1.0, 0.0),
        repetition: -repetition(completion),
    })
}

/// Lower case, with single spaces.
fn normalized(text: &str) -> String {
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Gives the share of runs of words that occurred before.
fn repetition(text: &str) -> f32 {
    let text = text.to_lowercase();
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut runs: Vec<&[&str]> = words.windows(RUN).collect();
    let count = runs.len();
    if count == 0 {
        return 0.0;
    }
    runs.sort_unstable();
    runs.dedup();
    (count - runs.len()) as f32 / count as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_counts_not_the_way_it_is_written() {
        let right = |completion| judge(completion, Some("Forty Two"), 10).unwrap().right;
        assert_eq!(right("so it is\n#### forty  two "), 1.0);
        assert_eq!(right("forty two"), 1.0);
        assert_eq!(right("forty two, or forty three"), 0.0);
        assert_eq!(right("####"), 0.0);
        assert_eq!(judge("", Some(" "), 0).unwrap().right, 0.0);
    }

    #[test]
    fn without_a_reference_it_abstains() {
        assert_eq!(judge("42", None, 10), None);
    }

    #[test]
    fn length_is_punished_softly() {
        let overlong = |tokens| judge("", Some("x"), tokens).unwrap().overlong;
        assert_eq!([0, 384, 448, 512, 9_999].map(overlong), [0.0, 0.0, -0.5, -1.0, -1.0]);
    }

    #[test]
    fn repetition_is_the_share_of_runs_that_occurred_before() {
        assert_eq!(repetition("one two"), 0.0);
        assert_eq!(repetition("a b c d"), 0.0);
        assert_eq!(repetition("a b c a b c A"), 0.4);
    }
}
