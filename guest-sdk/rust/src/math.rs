//! f32 math
/// Root.
pub fn sqrt(x: f32) -> f32 {
    x.sqrt()
}
/// exp
pub fn exp(x: f32) -> f32 {
    x.exp()
}
/// hypot
pub fn hypot(x: f32, y: f32) -> f32 {
    x.hypot(y)
}
/// atan2
pub fn atan2(x: f32, y: f32) -> f32 {
    x.atan2(y)
}
/// clamp
pub fn clamp(x: f32, low: f32, high: f32) -> f32 {
    if x < low {
        low
    } else if x > high {
        high
    } else {
        x
    }
}
