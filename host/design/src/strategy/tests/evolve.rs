//! Generations.

use super::*;

#[test]
fn generations_change_and_cross_the_best() {
    let answers = [
        ("c1-0", code("score 2")),
        ("c2-0", code("wrong")),
        ("c3-0", code("score 5")),
        ("c1-1", code("score 4")),
        ("c2-1", code("broken")),
        ("c3-1", code("score 7")),
        ("c1-2", code("never")),
        ("c2-2", code("score 6")),
        ("c3-2", code("score 1")),
    ];
    let mut bench = Bench::training(Strategy::Evolve, task(3, 2));
    let mut model = script(&answers);
    let summary = bench.run(&mut model).unwrap();
    assert_eq!(
        (summary.winner.as_deref(), summary.verdict, summary.ended),
        (Some("c3-1"), Some(Verdict::Pass), Ended::Rounds)
    );
    assert_eq!(summary.trained.len(), 6, "a training that failed has no score");
    // The first two change the best, and are told what their last change failed of; the third crosses the two best.
    let (change, again, cross) = (asked(&model, "c1-1"), asked(&model, "c2-1"), asked(&model, "c3-1"));
    assert!(last_words(change).contains("score 5") && !last_words(change).contains("score 2"));
    assert!(last_words(change).contains("Mean of near") && !last_words(change).contains("An earlier change"));
    assert!(last_words(again).contains("An earlier change") && last_words(again).contains("| row 3"));
    assert!(
        last_words(cross).contains("score 5")
            && last_words(cross).contains("score 2")
            && last_words(cross).contains("Cross")
    );
    let parents = |id: &str| summary.attempts.iter().find(|outcome| outcome.id == id).unwrap().parents.clone();
    assert_eq!(
        (parents("c1-1"), parents("c3-1"), parents("c1-2")),
        (vec!["c3-0".into()], vec!["c3-0".into(), "c1-0".into()], vec!["c3-1".into()])
    );
}

#[test]
fn a_generation_without_anything_to_train_is_repaired_and_success_ends_it() {
    let answers = [("c1-0", code("wrong")), ("c1-1", code("score 5")), ("c1-2", code("score 9"))];
    let mut task = task(1, 9);
    task.success_return = Some(9.0);
    let mut bench = Bench::training(Strategy::Evolve, task);
    let mut model = script(&answers);
    let summary = bench.run(&mut model).unwrap();
    assert_eq!((summary.winner.as_deref(), summary.ended), (Some("c1-2"), Ended::Found));
    assert!(last_words(asked(&model, "c1-1")).contains("V012 (error)"));
    let mut none = Bench { strategy: Strategy::Evolve, ..Bench::new(super::task(1, 1)) };
    assert_eq!(none.run(&mut script(&[])).unwrap_err().code(), "design-no-training");
}
