//! Shows that agents of one environment learn together, with one policy: from the environment's own reward, and from a reward
//! that looks at all agents of a step. What counts is the environment's own return, the mean over the agents.
#![allow(clippy::unwrap_used, reason = "tests")]

use meed_core::{Description, Factor, Inputs, NativeReward, RewardSource};
use meed_train::{Actor, Play, Silent, TrainConfig, evaluate, train};

fn learn(env: &str, steps: u64, reward: Option<Box<dyn RewardSource>>) -> f64 {
    let config = TrainConfig::new(env, steps, 1);
    let summary = train(config.make_env().unwrap(), reward, &config, None, &mut Silent).unwrap();
    // Steps of the environment, whatever the number of agents, in whole rollouts.
    assert!((steps..steps + 2_400).contains(&summary.steps) && summary.episodes == summary.steps / 25);
    let evaluation = evaluate(&summary.policy, 100, 1_001).unwrap();
    let blind = Play::new(env, Actor::Random, 5).unwrap().take(100).map(|episode| episode.unwrap().total).sum::<f64>();
    println!(
        "{env}, {steps} steps: return {:.1} (deviation {:.1}), at random {:.1}, {:.0} steps/s",
        evaluation.mean,
        evaluation.deviation,
        blind / 100.0,
        summary.steps as f64 / summary.seconds
    );
    evaluation.mean - blind / 100.0
}

/// The area that a step's three agents span, in each of their rows.
fn area() -> Box<dyn RewardSource> {
    let spec = meed_envs::spec("lare/triangle-area").unwrap();
    let width = spec.observation_size();
    let description = Description::transition("area", "0.1.0")
        .observation(spec.observation)
        .inputs(Inputs { group: true, ..Inputs::default() })
        .factors([Factor::new("area", 0.0, f32::INFINITY, 1.0, "of the triangle")]);
    Box::new(NativeReward::per_batch(description, move |rows, scores| {
        for group in rows.group_offsets.windows(2) {
            let group = group[0] as usize..group[1] as usize;
            assert_eq!(rows.agent[group.clone()], [0, 1, 2]);
            assert!(rows.step[group.clone()].iter().all(|step| *step == rows.step[group.start] && *step < 25));
            let corners: Vec<&[f32]> =
                group.clone().map(|row| &rows.next_observation[row * width + 2..row * width + 4]).collect();
            let side = |to: usize| [corners[to][0] - corners[0][0], corners[to][1] - corners[0][1]];
            let ([a, b], [c, d]) = (side(1), side(2));
            scores.values[group].fill((a * d - b * c).abs() / 2.0);
        }
        Ok(())
    }))
}

#[test]
fn agents_spread_over_landmarks() {
    let gained = learn("lare/spread-3", 40_000, None);
    assert!(gained >= 4.0, "{gained}");
}

#[test]
fn agents_span_a_triangle_for_a_reward_that_sees_them_together() {
    let gained = learn("lare/triangle-area", 20_000, Some(area()));
    assert!(gained >= 4.0, "{gained}");
}
