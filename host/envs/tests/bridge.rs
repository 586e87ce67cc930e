//! Runs Gymnasium's environments in a Python process, and environments that break in every way.
//!
//! The tests need Gymnasium: `cargo xtask setup` installs it, as `python-requirements.txt` pins it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::time::{Duration, Instant};

use meed_envs::{ActionSpace, BridgeOptions, EnvError, Episodic, TimeLimit, VectorEnv};

fn options() -> BridgeOptions {
    let modules = Some(Path::new(env!("MEED_ROOT")).join("host/envs/tests/modules"));
    BridgeOptions { modules, ..BridgeOptions::default() }
}

fn start(id: &str, num_envs: usize, seed: u64) -> Result<Box<dyn VectorEnv>, EnvError> {
    let started = meed_envs::bridge(id, num_envs, seed, &options());
    match &started {
        Err(EnvError::NoPython { .. }) => panic!("{}: run `cargo xtask setup`", started.err().unwrap()),
        Err(EnvError::Bridge { stderr, .. }) if stderr.contains("No module named 'gymnasium'") => {
            let pins = concat!(env!("MEED_ROOT"), "/host/envs/python-requirements.txt");
            panic!("run `cargo xtask setup`, or `{} -m pip install -r {pins}`", options().python.display())
        }
        _ => started,
    }
}

/// Steps until something goes wrong.
fn break_it(id: &str) -> EnvError {
    let mut env = start(id, 2, 0).unwrap();
    (0..10).find_map(|_| env.step(&[0.0, 1.0]).err()).unwrap()
}

#[test]
fn gymnasiums_cart_pole_is_the_one_built_in() {
    let mut python = start("gym:CartPole-v1", 3, 5).unwrap();
    assert_eq!((python.spec().agents, python.spec().max_episode_steps), (1, Some(500)));
    assert_eq!(python.spec().action_space, ActionSpace::Discrete(2));
    assert_eq!((python.spec().observation_size(), python.spec().observation[0].high), (4, f32::INFINITY));
    let mut own = meed_envs::make("CartPole-v1", 3, 0).unwrap();
    let begin = |own: &mut Box<dyn VectorEnv>, copy: usize, observation: &[f32]| {
        let state: Vec<f64> = observation[copy * 4..copy * 4 + 4].iter().map(|number| f64::from(*number)).collect();
        own.set_state(copy, &state).unwrap();
    };
    (0..3).for_each(|copy| begin(&mut own, copy, python.observation()));
    let mut ends = 0;
    for step in 0..100_u32 {
        let actions = [1.0, 0.0, f32::from(step.is_multiple_of(3))];
        let (theirs, ours) = (python.step(&actions).unwrap(), own.step(&actions).unwrap());
        // The first state is known here in f32 only.
        let apart = theirs.next_observation.iter().zip(ours.next_observation).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f32::max) < 1e-3, "step {step}");
        assert_eq!((theirs.reward, theirs.terminated), (ours.reward, ours.terminated), "step {step}");
        let ended: Vec<usize> = (0..3).filter(|copy| theirs.terminated[*copy]).collect();
        let observation = theirs.observation.to_vec();
        assert!(ended.iter().all(|copy| observation[copy * 4..copy * 4 + 4].iter().all(|x| x.abs() <= 0.05)));
        ends += ended.len();
        ended.into_iter().for_each(|copy| begin(&mut own, copy, &observation));
    }
    assert!(ends >= 20, "{ends} episodes ended");
}

#[test]
fn a_seed_decides_the_episodes_and_a_snapshot_goes_on_with_them() {
    let go = |env: &mut Box<dyn VectorEnv>| -> Vec<Vec<f32>> {
        let actions = |step: usize| [f32::from(step.is_multiple_of(3)), 1.0];
        (0..60)
            .map(|step| {
                let step = env.step(&actions(step)).unwrap();
                [step.next_observation, step.observation, step.reward].concat()
            })
            .collect()
    };
    let (mut env, mut same, mut other) = (
        start("gym:CartPole-v1", 2, 5).unwrap(),
        start("gym:CartPole-v1", 2, 5).unwrap(),
        start("gym:CartPole-v1", 2, 6).unwrap(),
    );
    assert_eq!(go(&mut env), go(&mut same));
    assert_ne!(env.observation(), other.observation());
    let snapshot = env.snapshot().unwrap();
    let next = go(&mut env);
    other.restore(&snapshot).unwrap();
    assert_eq!(go(&mut other), next);
    env.restore(&snapshot).unwrap();
    assert_eq!(go(&mut env), next);
    env.reset(Some(5)).unwrap();
    same.reset(Some(5)).unwrap();
    assert_eq!(env.observation(), same.observation());
    assert!(env.restore(&snapshot[..8]).is_err());
}

#[test]
fn an_environment_that_its_seed_does_not_decide_cannot_be_restored() {
    let mut env = start("gym:meed_test_envs:Forget-v0", 1, 0).unwrap();
    let mut env2 = TimeLimit::new(start("gym:meed_test_envs:Well-v0", 1, 0).unwrap(), 3);
    // Until a step that does not end the episode, so that there is something to take again.
    while env.step(&[0.0]).unwrap().terminated[0] {}
    let snapshot = env.snapshot().unwrap();
    let error = env.restore(&snapshot).unwrap_err();
    assert!(error.to_string().contains("elsewhere this time"), "{error}");
    env2.step(&[0.0]).unwrap();
    let snapshot = env2.snapshot().unwrap();
    env2.restore(&snapshot).unwrap();
}

#[test]
fn a_crash_is_an_error_with_what_python_wrote() {
    let raised = break_it("gym:meed_test_envs:Raise-v0").to_string();
    assert!(raised.contains("gym:meed_test_envs:Raise-v0") && raised.contains("exit status: 1"), "{raised}");
    assert!(
        raised.contains("ValueError: three is too many") && raised.contains("noise on standard output"),
        "{raised}"
    );
    let left = break_it("gym:meed_test_envs:Exit-v0").to_string();
    assert!(left.contains("exit status: 7"), "{left}");
    // What has ended stays so.
    let mut env = start("gym:meed_test_envs:Exit-v0", 1, 0).unwrap();
    let errors: Vec<String> = (0..5).filter_map(|_| env.step(&[0.0]).err()).map(|error| error.to_string()).collect();
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(errors[2].contains("has ended") && env.reset(Some(1)).is_err());
}

#[test]
fn a_hang_is_ended_when_patience_is() {
    let options = BridgeOptions { patience: Duration::from_secs(8), ..options() };
    let mut env = meed_envs::bridge("gym:meed_test_envs:Hang-v0", 1, 0, &options).unwrap();
    let begun = Instant::now();
    let error = (0..4).find_map(|_| env.step(&[0.0]).err()).unwrap().to_string();
    assert!(error.contains("gave no answer within 8s") && error.contains("about to hang"), "{error}");
    assert!((7..60).contains(&begun.elapsed().as_secs()));
}

#[test]
fn what_is_not_there_says_so() {
    let error = start("gym:Nonsense-v9", 1, 0).err().unwrap().to_string();
    assert!(error.contains("Nonsense"), "{error}");
    let error = start("gym:no_such_module:Env-v0", 1, 0).err().unwrap();
    assert!(error.to_string().contains("no_such_module") && error.hint().contains("install the package"), "{error}");
    let error = start("gym:meed_test_envs:Words-v0", 1, 0).err().unwrap().to_string();
    assert!(error.contains("Meed knows Discrete and Box actions"), "{error}");
    let nowhere = BridgeOptions { python: "/nowhere/python".into(), ..options() };
    let error = meed_envs::bridge("gym:CartPole-v1", 1, 0, &nowhere).err().unwrap();
    assert!(matches!(error, EnvError::NoPython { .. }) && error.hint().contains("MEED_PYTHON"), "{error}");
    assert_eq!(start("gym:CartPole-v1", 0, 0).err(), Some(EnvError::NoEnvs));
}

#[test]
fn structured_observations_are_flattened_and_actions_shaped_and_clipped() {
    let mut env = start("gym:meed_test_envs:Dictionary-v0", 2, 0).unwrap();
    assert_eq!((env.spec().observation_size(), env.spec().action_size()), (7, 4));
    assert_eq!(env.spec().action_space, ActionSpace::Box { low: vec![-1.0; 4], high: vec![3.0; 4] });
    for step in 1..=8 {
        let given = env.step(&[0.0, 0.5, 1.0, 1.5, 9.0, 9.0, -9.0, 0.0]).unwrap();
        assert_eq!(given.reward, [3.0, 5.0]);
        assert_eq!(given.next_observation[..7], [0.0, 1.0, 0.0, 1.0, -1.0, 2.0, -2.0]);
        assert_eq!((given.terminated[1], given.truncated[1]), (false, step % 4 == 0));
    }
    assert!(env.step(&[f32::NAN; 8]).is_err());
    assert!(env.set_state(0, &[1.0]).is_err() && env.state(0).is_empty());
}

#[test]
fn several_agents_share_an_episode_until_the_last_has_left() {
    let mut env = start("pettingzoo:meed_test_envs", 2, 0).unwrap();
    assert_eq!((env.spec().agents, env.rows(), env.spec().observation_size()), (2, 4, 3));
    for episode in 0..3 {
        for step in 1..=4_u8 {
            let count = f32::from(step);
            let given = env.step(&[1.0, 2.0, 0.0, 1.0]).unwrap();
            // The second agent sees one number, and none once it has left.
            let short = if step <= 2 { count } else { 0.0 };
            assert_eq!(given.next_observation[..6], [count, count, count, short, 0.0, 0.0], "{episode}, {step}");
            assert_eq!(given.reward, if step <= 2 { [1.0, 2.0, 0.0, 1.0] } else { [1.0, 0.0, 0.0, 0.0] });
            assert_eq!((given.terminated, given.truncated), (&[step == 4; 4][..], &[false; 4][..]));
        }
        assert_eq!(env.observation(), [0.0; 12]);
    }
    let mut env = Episodic::new(env);
    let rewards: Vec<f64> = (0..4).map(|_| env.step(&[1.0, 2.0, 0.0, 1.0]).unwrap().reward_f64[1]).collect();
    assert_eq!(rewards, [0.0, 0.0, 0.0, 4.0]);
}
