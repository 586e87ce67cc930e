//! Environments from the command line: listed with their fields, recorded with a row for each agent, trained in.

use meed_tests::meed;
use meed_trajectory::{Dataset, open};

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = meed(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn environments_are_listed_with_what_they_give_and_take() {
    let (code, text, errors) = run(&["envs"]);
    assert_eq!(code, Some(0), "{errors}");
    assert!(text.contains("Pendulum-v1: at most 200 steps, actions of 1 numbers\n"), "{text}");
    assert!(text.contains("  observation  velocity: -8 to 8, rad/s\n"), "{text}");
    assert!(text.contains("mpe2/simple_tag-3: at most 25 steps, 5 actions, 4 agents\n"), "{text}");

    let (_, json, _) = run(&["envs", "--json"]);
    let specs: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!(specs.len(), meed_envs::ids().count());
    assert!(specs.iter().all(|spec| spec["observation"][0]["name"].is_string() && spec["agents"].as_u64() >= Some(1)));
    let (_, json, _) = run(&["envs", "--json", "MountainCarContinuous-v0"]);
    let specs: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    assert_eq!((specs.len(), &specs[0]["max_episode_steps"]), (1, &serde_json::json!(999)));
    assert_eq!(specs[0]["action_space"], serde_json::json!({"box": {"low": [-1.0], "high": [1.0]}}));

    let (code, _, errors) = run(&["envs", "Hopper"]);
    assert!(code != Some(0) && errors.contains("there is no environment \"Hopper\""), "{errors}");
}

#[test]
fn a_step_of_several_agents_is_a_group_of_rows() {
    let folder = tempfile::tempdir().unwrap();
    for (env, agents) in [("lare/tag-6", 6), ("mpe2/simple_tag-3", 4), ("lare/triangle-area", 3)] {
        let file = folder.path().join("agents.parquet");
        let (code, _, errors) = run(&["record", "--env", env, "--episodes", "3", "--out", file.to_str().unwrap()]);
        assert_eq!(code, Some(0), "{errors}");
        let Dataset::Transitions(mut reader) = open(&file).unwrap() else { panic!("these are rows") };
        assert!(reader.schema().agent);
        assert_eq!(reader.schema().environment.as_deref(), Some(env));
        let table = reader.next_rows(10_000).unwrap().unwrap();
        assert_eq!(table.rows, 3 * 25 * agents);
        let every = |part: usize| (0..table.rows as u32).step_by(part).collect::<Vec<u32>>();
        let ends = [every(agents), vec![table.rows as u32]].concat();
        assert_eq!(table.group_offsets, ends, "{env}");
        assert_eq!(table.agent[..2 * agents], (0..2 * agents).map(|row| (row % agents) as u32).collect::<Vec<_>>());
        assert_eq!((table.step[agents - 1], table.step[agents], table.episode[25 * agents]), (0, 1, 1));
        assert!((0..table.rows).all(|row| table.truncated[row] == (table.step[row] == 24)));
        assert!(table.reward.iter().any(|reward| *reward != 0.0));
    }
}

#[test]
fn every_environment_is_trained_in_but_those_whose_agents_are_opponents() {
    let folder = tempfile::tempdir().unwrap();
    let train = |env: &str, out: &str| {
        let out = folder.path().join(out);
        run(&["train", "--env", env, "--reward", "environment", "--steps", "4096", "--out", out.to_str().unwrap()])
    };
    let several = ["lare/spread-3", "lare/tag-6", "mpe2/simple_chase-3"];
    for env in ["MountainCar-v0", "MountainCarContinuous-v0", "Acrobot-v1"].into_iter().chain(several) {
        let (code, _, errors) = train(env, &env.replace('/', "-"));
        assert_eq!(code, Some(0), "{env}: {errors}");
    }
    let (code, _, errors) = train("mpe2/simple_tag-3", "tag");
    assert!(code != Some(0) && errors.contains("mpe2/simple_chase-N"), "{errors}");
}

#[test]
fn pythons_environments_are_listed_and_recorded() {
    let (code, json, errors) = run(&["envs", "--json", "gym:Acrobot-v1"]);
    assert_eq!(code, Some(0), "run `cargo xtask setup` if Gymnasium is missing: {errors}");
    let specs: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!((&specs[0]["observation"][0]["size"], &specs[0]["max_episode_steps"]), (&6.into(), &500.into()));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("python.parquet");
    let record = ["record", "--env", "gym:CartPole-v1", "--episodes", "5", "--out", file.to_str().unwrap()];
    let (code, _, errors) = run(&record);
    assert_eq!(code, Some(0), "{errors}");
    let Dataset::Transitions(mut reader) = open(&file).unwrap() else { panic!("these are rows") };
    let table = reader.next_rows(10_000).unwrap().unwrap();
    assert!(!reader.schema().agent && table.rows >= 40 && table.terminated.iter().filter(|end| **end).count() == 5);
    let (code, _, errors) =
        run(&["record", "--env", "gym:NoSuch-v0", "--episodes", "1", "--out", file.to_str().unwrap()]);
    assert!(code != Some(0) && errors.contains("NoSuch") && errors.contains("hint:"), "{errors}");
}
