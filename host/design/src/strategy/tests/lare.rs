//! Drafts, their summary, its repair; and what all strategies choose by.

use super::*;

#[test]
fn drafts_are_summarised_with_their_evidence_and_the_summary_is_repaired() {
    let mut model = script(&[
        ("c1-0", "I would rather not.".into()),
        ("c2-0", code("broken")),
        ("c3-0", code("wrong one")),
        ("c0-1", code("wrong summary")),
        ("c0-2", code("good")),
    ]);
    let mut bench = Bench::new(task(3, 3));
    let summary = bench.run(&mut model).unwrap();
    assert_eq!(
        (summary.winner.as_deref(), summary.verdict, summary.ended),
        (Some("c0-2"), Some(Verdict::Pass), Ended::Found)
    );
    assert_eq!((summary.tokens, summary.attempts.len(), summary.cost), (5 * 110, 5, None));
    let words = last_words(asked(&model, "c0-1"));
    assert!(words.contains("2 drafts") && words.contains("transition! { broken }"), "{words}");
    assert!(words.contains("| line 1: broken is not allowed") && words.contains("| row 3"), "{words}");
    let words = last_words(asked(&model, "c0-2"));
    assert!(words.contains("V012 (error)") && words.contains("| row 3") && words.contains("| mend it"), "{words}");
    assert!(asked(&model, "c0-2").messages[2].content.contains("wrong summary"));
    assert_eq!(summary.attempts[3].parents, ["c2-0", "c3-0"]);
    assert_eq!(std::fs::read_to_string(bench.root().join("winner.rs")).unwrap(), "transition! { good }\n");
    // Where it comes from stands in the winner alone.
    let provenance = |path: &str| {
        let bytes = std::fs::read(bench.root().join(path)).unwrap();
        // The builder's "component" is its source: what stands behind it is the section.
        let mut component = wasm_encoder::Component::new().finish();
        component.extend(&bytes["transition! { good }\n".len()..]);
        Provenance::read(&component)
    };
    let found = provenance("winner.wasm").unwrap();
    assert_eq!((found.model.as_str(), found.strategy.as_str()), ("script", "lare"));
    assert_eq!((&found.task, &found.prompt), (&bench.task.hash(), &summary.attempts[4].prompt));
    assert_eq!(found.parents[0].source, summary.attempts[3].source);
    assert_eq!(provenance("attempts/c0-2/component.wasm"), None);
}

#[test]
fn where_only_one_draft_holds_code_it_is_repaired() {
    let mut model = script(&[("c1-0", "no".into()), ("c2-0", code("wrong")), ("c2-1", code("good"))]);
    let summary = Bench::new(task(2, 1)).run(&mut model).unwrap();
    assert_eq!(summary.winner.as_deref(), Some("c2-1"));
    let mut model = script(&[("c1-0", "no".into()), ("c1-1", code("good"))]);
    Bench::new(task(1, 1)).run(&mut model).unwrap();
    assert!(last_words(asked(&model, "c1-1")).contains("holds no code block"));
}

#[test]
fn of_several_that_pass_the_one_with_the_fewest_warnings_wins() {
    let mut model = script(&[("c1-0", code("odd")), ("c2-0", code("a")), ("c3-0", code("b"))]);
    assert_eq!(Bench::new(task(3, 2)).run(&mut model).unwrap().winner.as_deref(), Some("c2-0"));
}

#[test]
fn pleasing_the_shown_data_alone_is_not_enough() {
    let mut model = script(&[("c1-0", code("overfit")), ("c1-1", code("overfit too")), ("c1-2", code("good"))]);
    let summary = Bench::new(task(1, 2)).run(&mut model).unwrap();
    assert_eq!(summary.winner.as_deref(), Some("c1-2"));
    let words = last_words(&model.asked[1]);
    assert!(words.contains("fails on others") && !words.contains("V012") && !words.contains("row 3"), "{words}");
    let mut model = script(&[("c1-0", code("overfit"))]);
    let summary = Bench::new(task(1, 0)).run(&mut model).unwrap();
    assert_eq!((summary.winner, summary.verdict, summary.ended), (None, None, Ended::Rounds));
}

#[test]
fn what_the_data_cannot_refute_is_chosen_for_want_of_better_and_says_so() {
    for strategy in [Strategy::Lare, Strategy::Critic] {
        let mut model = script(&[
            ("c1-0", code("unclear")),
            ("c2-0", code("wrong")),
            ("c0-1", code("unclear")),
            ("c2-1", code("wrong")),
            ("c1-0-critic", "ACCEPT".into()),
            ("c2-0-critic", "ACCEPT".into()),
        ]);
        let mut bench = Bench { strategy, ..Bench::new(task(2, 1)) };
        let summary = bench.run(&mut model).unwrap();
        assert_eq!((summary.winner.as_deref(), summary.verdict), (Some("c1-0"), Some(Verdict::Inconclusive)));
    }
}

#[test]
fn small_models_answer_in_other_forms() {
    let mut task = task(1, 1);
    task.answer = crate::Form::Weights;
    let mut model = script(&[
        ("c1-0", "{\"height\": {\"want\": \"high\", \"weight\": 1}}".into()),
        ("c1-1", "{\"x\": {\"want\": \"high\", \"weight\": 1}}".into()),
    ]);
    let mut bench = Bench::new(task);
    let summary = bench.run(&mut model).unwrap();
    assert_eq!(summary.winner.as_deref(), Some("c1-1"));
    assert!(model.asked[0].schema.is_some() && last_words(&model.asked[0]).contains("x (x): high"));
    assert!(last_words(&model.asked[1]).contains("no field \"height\""));
    assert!(
        std::fs::read_to_string(bench.root().join("winner.rs")).unwrap().contains("math::clamp((next.x - 0.0) / 1.0")
    );
}
