//! Designs that were stopped, and their folders.

use super::*;

/// Kills a design before each question, build, verification and training in turn, and goes on with it.
fn killed_anywhere(bench: impl Fn() -> Bench, answers: &[(&str, String)], expected: &Summary, asked: &[Request]) {
    for moment in 0.. {
        let moments = Arc::new(Moments::default());
        let mut bench = bench().with(&moments);
        let mut first = Script { moments: moments.clone(), ..script(answers) };
        moments.kill_after(moment);
        let killed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| bench.run(&mut first)));
        if killed.is_ok() {
            // Every part of the design has been killed once.
            assert!(moment > asked.len(), "{moment}");
            return;
        }
        moments.kill_after(usize::MAX);
        let mut second = script(answers);
        assert_eq!(bench.run(&mut second).unwrap(), *expected, "killed at {moment}");
        first.asked.extend(second.asked);
        assert_eq!(first.asked, asked, "killed at {moment}: every question is put once");
    }
}

/// Plays a script whole, and then stopped at each of its questions and resumed.
fn assert_resumable(bench: impl Fn() -> Bench, answers: &[(&str, String)]) {
    let mut whole = bench();
    let mut model = script(answers);
    let expected = whole.run(&mut model).unwrap();
    let asked = model.asked;
    for stop in 0..asked.len() {
        let mut bench = bench();
        let mut first = script(answers);
        first.fails_at = stop;
        let error = bench.run(&mut first).unwrap_err();
        assert_eq!(error.code(), "model-unreachable");
        assert_eq!(show(&bench.root()).unwrap().result, None);
        let mut second = script(answers);
        assert_eq!(bench.run(&mut second).unwrap(), expected, "stopped at {stop}");
        first.asked.extend(second.asked);
        assert_eq!(first.asked, asked, "stopped at {stop}: every question is put once");
        assert_eq!(bench.work(), whole.work());
        let shown = show(&bench.root()).unwrap();
        assert_eq!((shown.attempts.len(), shown.result), (expected.attempts.len(), Some(expected.clone())));
    }
    killed_anywhere(&bench, answers, &expected, &asked);
    // The transcript says the same again, and gives the same bits.
    let mut replay = crate::ReplayModel::open(&whole.root().join("transcript.jsonl")).unwrap();
    assert_eq!(replay.name(), "script");
    for request in &asked {
        assert!(replay.complete(request).is_ok());
    }
}

#[test]
fn a_design_that_stopped_anywhere_goes_on_as_if_it_had_not() {
    let lare = [
        ("c1-0", "nothing".to_owned()),
        ("c2-0", code("broken")),
        ("c3-0", code("wrong")),
        ("c0-1", code("overfit")),
        ("c0-2", code("good")),
    ];
    assert_resumable(|| Bench::new(task(3, 3)), &lare);
    let critic = [
        ("c1-0", code("greedy")),
        ("c1-0-critic", "No.\nREJECT".into()),
        ("c2-0", code("score 3")),
        ("c2-0-critic", "ACCEPT".into()),
        ("c1-1", code("wrong")),
        ("c1-1-critic", "ACCEPT".into()),
        ("c2-0-analyst", "It sleeps.".into()),
        ("c2-1", code("score 9")),
        ("c2-1-critic", "ACCEPT".into()),
    ];
    let successful = |mut task: Task| {
        task.success_return = Some(9.0);
        task
    };
    assert_resumable(|| Bench::training(Strategy::Critic, successful(task(2, 4))), &critic);
    let evolve = [
        ("c1-0", code("score 2")),
        ("c2-0", code("wrong")),
        ("c1-1", code("score 4")),
        ("c2-1", code("broken")),
        ("c1-2", code("never")),
        ("c2-2", code("score 6")),
    ];
    assert_resumable(|| Bench::training(Strategy::Evolve, task(2, 2)), &evolve);
}

#[test]
fn a_file_that_was_lost_is_made_again_without_asking() {
    let mut bench = Bench::training(Strategy::Lare, task(1, 1));
    let expected = bench.run(&mut script(&[("c1-0", code("wrong")), ("c1-1", code("score 1"))])).unwrap();
    let attempt = bench.root().join("attempts/c1-1");
    for lost in ["outcome.json", "component.wasm", "source.rs", "hidden.json", "training.json"] {
        std::fs::remove_file(attempt.join(lost)).unwrap();
    }
    std::fs::write(attempt.join(".meed-half"), "{").unwrap();
    assert_eq!(bench.run(&mut script(&[])).unwrap(), expected);
}

#[test]
fn a_folder_is_one_designs_alone() {
    let mut bench = Bench::new(task(1, 0));
    bench.run(&mut script(&[("c1-0", code("good"))])).unwrap();
    let (root, own, lare) = (bench.root(), bench.task.clone(), Strategy::Lare);
    let info = RunInfo::new(lare, "script", None);
    let code = |tried: Result<DesignDir, DesignError>| tried.unwrap_err().code();
    assert_eq!(code(DesignDir::create(&root, &own, &info)), "design-exists");
    assert_eq!(code(DesignDir::resume(&root, &task(2, 0), lare)), "design-other");
    assert_eq!(code(DesignDir::resume(&root, &own, Strategy::Evolve)), "design-other");
    let held = DesignDir::resume(&root, &own, lare).unwrap();
    assert_eq!(code(DesignDir::resume(&root, &own, lare)), "design-in-use");
    drop(held);
    assert_eq!(code(DesignDir::resume(bench.folder.path(), &own, lare)), "design-none");
    std::fs::write(root.join("attempts/c1-0/answer.json"), "{\"id\":").unwrap();
    assert_eq!(code(DesignDir::resume(&root, &own, lare)), "design-none");
}
