//! The arena gives what the portable call gives, bit for bit, for whatever an author's function reads and returns.

use std::num::NonZero;

use meed_core::{Batch, RewardFactory, RewardSource, Scores, Transitions};
use meed_runtime::{CallPath, Host, HostConfig, Plugin, Profile};
use meed_tests::{build_folder, load, meed, plugin, root};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

#[test]
fn training_takes_the_arena_where_it_can() {
    for (name, path) in [
        ("pendulum", CallPath::Arena),
        ("cartpole", CallPath::Arena),
        // Reads its group; scores episodes; has a state; is not of Rust.
        ("keep-apart", CallPath::Portable),
        ("smoothness", CallPath::Portable),
        ("novelty", CallPath::Portable),
        ("pendulum-c", CallPath::Portable),
    ] {
        assert_eq!(load(name, Profile::Train).path(), path, "{name}");
        assert_eq!(load(name, Profile::Verify).path(), CallPath::Portable, "{name}");
        let inspected = meed(&["inspect"]).arg(plugin(name)).output().unwrap();
        let text = String::from_utf8(inspected.stdout).unwrap();
        assert!(text.contains(&format!("called by    {}", path.name())), "{text}");
    }
}

/// Reads something of every input there is, and answers in all three ways.
const EVERYTHING: &str = r#"
use meed_guest::prelude::*;

meed_guest::transition! {
    name: "everything",
    summary: "Reads something of every input that a tile has",
    observation: Observation { a: [f32; 2] = "m", _b: f32 = "m", #[only(current)] c: f32 = "m", #[only(next)] d: f32 = "m" },
    action: Action { force: f32 = "N", _unused: f32 = "N" },
    task: Task { goal: [f32; 2] = "m" },
    factors: Factors { sum: "of much", product: "of some", sine: "of one" },
    reward: reward(step, next, observation, task, env_reward, action, terminated, truncated, agent, episode),
}

#[allow(clippy::too_many_arguments)]
fn reward(
    step: u32,
    next: &Observation,
    observation: &Observation,
    task: &Task,
    env_reward: f32,
    action: &Action,
    terminated: bool,
    truncated: bool,
    agent: u32,
    episode: u32,
) -> Outcome<Factors> {
    if step % 7 == 3 && terminated {
        return Outcome::Fault(format!("step {step} of {episode}"));
    }
    if truncated && agent == 2 {
        return Outcome::Abstain;
    }
    let [x, y] = observation.a;
    Outcome::Score(Factors {
        sum: x + 2.0 * y + 3.0 * observation.c + 5.0 * next.d + 7.0 * next.a[1] + env_reward,
        product: action.force * dot(&task.goal, &observation.a) + (agent * 100 + episode) as f32,
        sine: math::sin(x) / (1.0 + math::exp(y)),
    })
}
"#;

fn host(portable: bool) -> Host {
    Host::new(HostConfig { portable, ..HostConfig::new(Profile::Train) }).unwrap()
}

fn everything() -> [Plugin; 2] {
    let folder = tempfile::tempdir().unwrap();
    let made = meed(&["new", "everything", "--lang", "rust"]).current_dir(folder.path()).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let folder = folder.path().join("everything");
    std::fs::write(folder.join("src/lib.rs"), EVERYTHING).unwrap();
    let component = build_folder(&folder);
    [false, true].map(|portable| host(portable).load_file(&component).unwrap())
}

#[test]
fn both_paths_agree_on_every_input_and_every_outcome() {
    let plugins = everything();
    assert_eq!([plugins[0].path(), plugins[1].path()], [CallPath::Arena, CallPath::Portable]);
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let [mut arena, mut portable] = [&plugins[0], &plugins[1]].map(|plugin| plugin.source(0).unwrap());
    let mut pool = plugins[0].pool(NonZero::new(3).unwrap()).unwrap();
    let (mut unscored, mut found) = ((0, 0), [Scores::default(), Scores::default(), Scores::default()]);
    for rows in [0, 1, 2, 63, 64, 65, 1_000, 4_096, 10_000, 7] {
        let mut floats = |columns: usize| -> Vec<f32> {
            (0..rows * columns).map(|_| rng.random_range(-4.0..4.0) * 10_f32.powi(rng.random_range(-20..3))).collect()
        };
        let (observation, next, action, task, reward) = (floats(5), floats(5), floats(2), floats(2), floats(1));
        let mut wholes = |most: u32| -> Vec<u32> { (0..rows).map(|_| rng.random_range(0..most)).collect() };
        let (agent, episode, step) = (wholes(4), wholes(1 << 20), wholes(1 << 20));
        let mut flags = || -> Vec<bool> { (0..rows).map(|_| rng.random_range(0..3) == 0).collect() };
        let (terminated, truncated) = (flags(), flags());
        let batch = Transitions {
            rows,
            observation: &observation,
            action: &action,
            next_observation: &next,
            task: &task,
            terminated: &terminated,
            truncated: &truncated,
            reward: &reward,
            agent: &agent,
            episode: &episode,
            step: &step,
            group_offsets: &[],
        };
        let sources: [&mut dyn RewardSource; 3] = [&mut *portable, &mut *arena, &mut pool];
        for (source, scores) in sources.into_iter().zip(&mut found) {
            source.evaluate(Batch::Transitions(&batch), scores).unwrap();
        }
        let [portable, arena, pooled] = &found;
        assert!(arena.same_bits(portable), "{rows} rows");
        assert!(pooled.same_bits(portable), "{rows} rows, pooled");
        let (abstained, faulty) = portable.counts();
        unscored = (unscored.0 + abstained, unscored.1 + faulty);
    }
    assert!(unscored.0 > 500 && unscored.1 > 500, "{unscored:?}");
}

/// Verification compares what training gets with what it judged.
#[test]
fn an_arena_that_answers_otherwise_is_found_by_v023() {
    assert!(root().join("plugins/hostile/examples/arena_disagrees.rs").is_file());
    let component = meed_tests::hostile("arena_disagrees").unwrap();
    assert_eq!(host(false).load(&component).unwrap().path(), CallPath::Arena);
    assert_eq!(super::hostile::flagged(&component), ["V023"]);
}
