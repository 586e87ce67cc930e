// What triangle area asks for: a large triangle of three agents, and none of them on a landmark. All places are seen from the agent.

/// An agent closer than this to a landmark hits it.
const HIT: f32 = 0.55;

/// Gives the area of a triangle, of two of whose corners it says where they are seen from the third.
fn area([ax, ay, bx, by]: [f32; 4]) -> f32 {
    0.5 * math::abs(ax * by - ay * bx)
}

fn to_landmark(next: &Observation, landmark: usize) -> f32 {
    distance(&[next.landmarks[2 * landmark], next.landmarks[2 * landmark + 1]], &[0.0, 0.0])
}

/// Counts the landmarks that this agent hits.
fn hits(next: &Observation) -> f32 {
    (0..3).filter(|landmark| to_landmark(next, *landmark) < HIT).count() as f32
}

/// Gives the distance of the nearest landmark, at most 1: farther is as good.
fn room(next: &Observation) -> f32 {
    (0..3).map(|landmark| to_landmark(next, landmark)).fold(1.0, math::min)
}
