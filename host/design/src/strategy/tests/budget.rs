//! Tokens, money, answers that are too long.

use super::*;

#[test]
fn the_budget_is_never_exceeded() {
    let mut task = task(64, 3);
    task.budget.tokens = 20_000;
    task.prices = Some(crate::Prices { currency: "USD".into(), prompt: 1.0, answer: 100.0 });
    let answers: Vec<(String, String)> = (1..=64).map(|candidate| (format!("c{candidate}-0"), code("wrong"))).collect();
    let answers: Vec<(&str, &str)> = answers.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect();
    let play = |task: Task| {
        let mut model = Script::new(&answers);
        // What each request costs is only known afterwards; that it could cost all that it may is known before.
        for answer in model.answers.values_mut().flatten() {
            answer.answer_tokens = Some(4096);
        }
        let summary = Bench::new(task).run(&mut model).unwrap();
        assert_eq!(summary.attempts.len(), model.asked.len());
        assert!(summary.winner.is_none());
        summary
    };
    let summary = play(task.clone());
    assert_eq!(summary.ended, Ended::Tokens);
    assert!(summary.tokens > 8_000 && summary.tokens <= 20_000, "{}", summary.tokens);
    // An answer costs 0.4096 and a prompt next to nothing.
    task.budget.money = Some(1.0);
    let summary = play(task);
    assert_eq!((summary.ended, summary.attempts.len()), (Ended::Money, 2));
    assert!((summary.cost.unwrap() - 2.0 * (4096.0 * 100.0 + 100.0) / 1e6).abs() < 1e-12, "{:?}", summary.cost);
}

#[test]
fn one_answer_too_long_costs_one_candidate_and_all_its_tokens() {
    let mut model = script(&[("c2-0", code("good"))]);
    model.answers.insert("c1-0".into(), Err(ModelError::TooLong { url: "http://h".into(), limit: 1 }));
    let mut bench = Bench::new(task(2, 0));
    let summary = bench.run(&mut model).unwrap();
    assert_eq!(summary.winner.as_deref(), Some("c2-0"));
    assert!(matches!(&summary.attempts[0].fate, Fate::NoCode { code, .. } if code == "cut-off"));
    assert!(summary.tokens > 4096, "{}", summary.tokens);
    assert_eq!(bench.run(&mut script(&[])).unwrap(), summary, "it is not asked again");
}
