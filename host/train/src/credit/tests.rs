//! What decompositions are to do on episodes whose step rewards are known.
#![allow(clippy::unwrap_used, reason = "tests")]

use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

use super::make;
use crate::CreditMethod;
use crate::credit::Credit;
use crate::credit::toy::{Toy, decoder, tabular};

fn credit(method: CreditMethod, toy: &Toy) -> Box<dyn Credit> {
    let (decoder, config) = decoder(method, &toy.memory);
    make(&config, decoder.input(), None, &Device::flex(), &mut ChaCha8Rng::seed_from_u64(5)).unwrap()
}

fn normal(rng: &mut impl Rng) -> f32 {
    StandardNormal.sample(rng)
}

#[test]
fn proxies_add_up_to_the_return_where_it_can_be_told() {
    // Steps of a fit: more than an episode has (5 > 3), and fewer.
    for (episodes, steps) in [(60, 3), (60, 10)] {
        let toy = tabular(episodes, steps, 1);
        // A few steps of each episode tell less of its return than all, and the last digits wander.
        let methods = [
            (CreditMethod::Rd, 0.01),
            (CreditMethod::LareRd, 0.01),
            (CreditMethod::RrdUnbiased, 0.2),
            (CreditMethod::LareRrd, 0.2),
        ];
        for (method, tolerance) in methods {
            let mut credit = credit(method, &toy);
            toy.fit(&mut *credit, 1_000);
            let (missed, correlation) = (toy.missed(&*credit), toy.correlation(&*credit));
            println!("{method} on {episodes} episodes of {steps}: misses {missed:.3}, correlation {correlation:.4}");
            assert!(missed < tolerance && correlation > 0.99, "{method}: {missed} {correlation}");
        }
    }
}

#[test]
fn the_return_of_several_agents_is_the_teams() {
    let toy = tabular(80, 4, 3);
    assert_eq!(toy.memory.whole()[0].gained as f32, toy.truth[..12].iter().sum::<f32>());
    for (method, tolerance) in
        [(CreditMethod::LareRd, 0.01), (CreditMethod::LareRrd, 0.3), (CreditMethod::LareMa, 0.01)]
    {
        let mut credit = credit(method, &toy);
        toy.fit(&mut *credit, 1_000);
        assert!(toy.missed(&*credit) < tolerance, "{method}: {}", toy.missed(&*credit));
    }
}

#[test]
fn a_reward_in_the_last_step_alone_is_found_there() {
    let toy = Toy::new(60, 6, 1, |episode, step| {
        let (last, size) = (f32::from(step == 5), (episode % 7) as f32);
        (last * size, vec![last, last * size], vec![last, last * size])
    });
    for method in [CreditMethod::LareRd, CreditMethod::LareRrd, CreditMethod::Rd] {
        let mut credit = credit(method, &toy);
        toy.fit(&mut *credit, 1_000);
        assert!(toy.correlation(&*credit) > 0.95, "{method}: {}", toy.correlation(&*credit));
    }
    let all = toy.proxies(&*credit(CreditMethod::Episodic, &toy));
    assert_eq!(all, toy.truth);
    let even = toy.proxies(&*credit(CreditMethod::Uniform, &toy));
    assert!(even.chunks(6).zip(toy.truth.chunks(6)).all(|(even, truth)| even.iter().all(|e| *e == truth[5] / 6.0)));
}

#[test]
fn differences_of_what_beginnings_return_find_the_steps_that_pay() {
    let toy = tabular(60, 8, 1);
    let mut credit = credit(CreditMethod::Diaster, &toy);
    toy.fit(&mut *credit, 3_000);
    assert!(toy.correlation(&*credit) > 0.9, "{}", toy.correlation(&*credit));
}

#[test]
fn a_bottleneck_lets_through_what_counts() {
    let toy = tabular(60, 8, 1);
    let mut credit = credit(CreditMethod::Vib, &toy);
    toy.fit(&mut *credit, 2_000);
    assert!(toy.correlation(&*credit) > 0.9, "{}", toy.correlation(&*credit));
}

/// A pendulum's reward of its angle and its velocity, hidden among 40 columns of noise; the factors are the squares.
fn distracted() -> Toy {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    Toy::new(60, 25, 1, |_, _| {
        let (angle, velocity) = (normal(&mut rng), normal(&mut rng));
        let noise = (0..40).map(|_| normal(&mut rng));
        let observation = [angle, velocity].into_iter().chain(noise).collect();
        (-angle * angle - 0.3 * velocity * velocity, observation, vec![angle * angle, velocity * velocity])
    })
}

#[test]
fn factors_recover_the_reward_and_rows_with_distractors_do_not() {
    let toy = distracted();
    let recovered = |method| {
        let mut credit = credit(method, &toy);
        toy.fit(&mut *credit, 2_000);
        toy.correlation(&*credit)
    };
    for method in [CreditMethod::LareRd, CreditMethod::LareRrd] {
        let correlation = recovered(method);
        println!("{method}: {correlation:.3}");
        assert!(correlation > 0.95, "{method}: {correlation}");
    }
    for method in [CreditMethod::Rd, CreditMethod::Rrd, CreditMethod::RrdUnbiased] {
        let correlation = recovered(method);
        println!("{method}: {correlation:.3}");
        assert!(correlation < 0.5, "{method}: {correlation}");
    }
}
