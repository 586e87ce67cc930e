// What spread asks for: a landmark of one's own, close by, and no collisions. All places are seen from the agent, the nearest first.

/// Two agents closer than this touch.
const TOUCH: f32 = 0.3;

fn at(places: &[f32], index: usize) -> [f32; 2] {
    [places[2 * index], places[2 * index + 1]]
}

/// Gives the distance of the nearest landmark.
fn to_landmark(next: &Observation) -> f32 {
    distance(&at(&next.nearest_landmarks, 0), &[0.0, 0.0])
}

/// Counts the agents that are nearer to that landmark.
fn rivals(next: &Observation) -> f32 {
    let (landmark, own) = (at(&next.nearest_landmarks, 0), to_landmark(next));
    (0..5).filter(|other| distance(&at(&next.nearest_others, *other), &landmark) < own).count() as f32
}

/// Counts the agents that touch this one.
fn touching(next: &Observation) -> f32 {
    (0..5).filter(|other| distance(&at(&next.nearest_others, *other), &[0.0, 0.0]) < TOUCH).count() as f32
}
