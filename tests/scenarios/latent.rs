//! The factor plugins of LaRe's tasks: each is built, with its variant among distractors and its variant with a mistake, and asked for
//! rows of its task's shape, drawn at random or all zeros, so that the test needs no MuJoCo: factors must be sound wherever they are
//! asked. Those of tasks without MuJoCo verify on recordings, too.

use meed_core::{Description, Field, RewardFactory, Scores, Transitions};
use meed_runtime::{Host, HostConfig, Plugin, Profile};
use meed_tests::plugin;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const ROWS: usize = 512;

fn load(name: &str, profile: Profile) -> Plugin {
    Host::new(HostConfig::new(profile)).unwrap().load_file(&plugin(&format!("latent/{name}"))).unwrap()
}

/// Numbers within a row's ranges, none beyond 3, so that no factor is past where it is cut off.
fn drawn(fields: &[Field], rng: &mut ChaCha8Rng) -> Vec<f32> {
    let mut row = |_| -> Vec<f32> {
        let cells = fields.iter().flat_map(|field| std::iter::repeat_n((field.low, field.high), field.size));
        cells.map(|(low, high)| rng.random_range(low.max(-3.0)..=high.min(3.0))).collect()
    };
    (0..ROWS).flat_map(&mut row).collect()
}

fn scores(plugin: &Plugin, rows: &Transitions<'_>) -> Scores {
    let mut scores = Scores::default();
    plugin.source(0).unwrap().evaluate(meed_core::Batch::Transitions(rows), &mut scores).unwrap();
    scores
}

fn names(description: &Description) -> Vec<&str> {
    description.factors.iter().map(|factor| factor.name.as_str()).collect()
}

/// Builds a task's three plugins and holds them against each other; gives how many columns its rows have.
fn three(task: &str) -> (usize, usize) {
    let plain = load(task, Profile::Train);
    let description = plain.description().clone();
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let observation = drawn(&description.observation, &mut rng);
    let next_observation = drawn(&description.observation, &mut rng);
    let action = drawn(&description.action, &mut rng);
    let rows = Transitions {
        rows: ROWS,
        observation: &observation,
        action: &action,
        next_observation: &next_observation,
        ..Transitions::default()
    };
    // Nothing is divided by what may be 0.
    let [nothing, still] = [&observation, &action].map(|values| vec![0.0; values.len()]);
    let zeros = Transitions { observation: &nothing, next_observation: &nothing, action: &still, ..rows };
    let zeros = scores(&plain, &zeros);
    assert!(zeros.unscored.is_empty() && zeros.values.iter().all(|value| value.is_finite()), "{task}: zeros");

    let own = scores(&plain, &rows);
    assert!(own.unscored.is_empty() && own.values.iter().all(|value| value.is_finite()), "{task}");
    assert!(own.values == scores(&load(task, Profile::Verify), &rows).values, "{task}: both profiles agree");
    let width = names(&description).len();
    for column in 0..width {
        let first = own.values[column];
        assert!(own.values.iter().skip(column).step_by(width).any(|value| *value != first), "{task}: factor {column}");
    }

    let distracted = load(&format!("{task}-distracted"), Profile::Train);
    let more = names(distracted.description());
    assert_eq!(more[..width], names(&description));
    assert_eq!(more.len(), width + 8);
    let with = scores(&distracted, &rows);
    for (own, with) in own.values.chunks(width).zip(with.values.chunks(width + 8)) {
        assert_eq!(own, &with[..width], "{task}: the distractors are beside the factors");
    }

    let wrong = load(&format!("{task}-wrong"), Profile::Train);
    assert_eq!(names(wrong.description()), names(&description));
    let mistaken = scores(&wrong, &rows);
    let differs =
        |column: usize| (0..ROWS).any(|row| own.values[row * width + column] != mistaken.values[row * width + column]);
    assert_eq!((0..width).filter(|column| differs(*column)).count(), 1, "{task}: one factor is wrong");
    (observation.len() / ROWS, action.len() / ROWS)
}

#[test]
fn pendulum_and_cartpole_have_factors() {
    assert_eq!((three("pendulum"), three("cartpole")), ((3, 1), (4, 1)));
}

#[test]
fn reacher_has_factors() {
    assert_eq!(three("reacher"), (11, 2));
}

#[test]
fn half_cheetah_has_factors() {
    assert_eq!(three("half-cheetah"), (17, 6));
}

#[test]
fn walker2d_has_factors() {
    assert_eq!(three("walker2d"), (17, 6));
}

#[test]
fn humanoid_standup_has_factors() {
    assert_eq!(three("humanoid-standup"), (376, 17));
}

#[test]
fn spread_tag_and_triangle_area_have_factors() {
    assert_eq!((three("spread"), three("tag-6"), three("triangle-area")), ((26, 0), (28, 0), (14, 0)));
    for (task, columns) in [("tag-15", 34), ("tag-30", 46)] {
        assert_eq!(load(task, Profile::Train).description().observation_size(), columns, "{task}");
    }
}

#[test]
fn the_factors_of_tasks_without_mujoco_verify_on_recordings() {
    let folder = tempfile::tempdir().unwrap();
    let tasks = [
        ("Pendulum-v1", "pendulum"),
        ("CartPole-v1", "cartpole"),
        ("lare/spread-6", "spread"),
        ("lare/tag-6", "tag-6"),
        ("lare/triangle-area", "triangle-area"),
    ];
    for (env, task) in tasks {
        let data = folder.path().join(format!("{task}.parquet"));
        let run = |arguments: &[&str]| meed_tests::meed(arguments).output().unwrap();
        let file = data.to_str().unwrap();
        assert!(run(&["record", "--env", env, "--episodes", "20", "--out", file]).status.success());
        for variant in ["", "-distracted"] {
            let component = plugin(&format!("latent/{task}{variant}"));
            let verified = run(&["verify", component.to_str().unwrap(), "--data", file]);
            let table = String::from_utf8_lossy(&verified.stdout);
            assert_eq!(verified.status.code(), Some(0), "{task}{variant}: {table}");
        }
    }
}
