// What tag asks for: reach the prey that is nearest, and come from another side than the others. All places are seen from the agent.

fn pair(numbers: &[f32]) -> [f32; 2] {
    [numbers[0], numbers[1]]
}

/// Gives the distance of the nearest prey.
fn to_prey(next: &Observation) -> f32 {
    distance(&pair(&next.nearest_prey), &[0.0, 0.0])
}

/// Gives how fast that prey is coming nearer, times its distance.
fn closing(next: &Observation) -> f32 {
    let (there, flees) = (pair(&next.nearest_prey), pair(&next.prey_velocity));
    let relative = [next.velocity[0] - flees[0], next.velocity[1] - flees[1]];
    dot(&there, &relative)
}

/// Tells how well the nearest predator stands on the other side of the prey: 1 where the prey is between the two.
fn flank(next: &Observation) -> f32 {
    let (prey, other) = (pair(&next.nearest_prey), pair(&next.nearest_predators));
    let beyond = [other[0] - prey[0], other[1] - prey[1]];
    let sizes = math::sqrt(dot(&prey, &prey) * dot(&beyond, &beyond));
    // Nobody stands on a side of a prey that is here.
    if sizes > 1e-6 { dot(&prey, &beyond) / sizes } else { 0.0 }
}
