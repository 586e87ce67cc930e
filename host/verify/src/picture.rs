//! Small pictures of numbers as inline SVG. They take their colours from the page's style.

use std::fmt::Write;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 96.0;
const SQUARE: f64 = 200.0;

/// Draws counts as bars side by side. `label` says what the picture shows, for those who cannot see it; it must be escaped.
pub(crate) fn bars(counts: &[u64], label: &str) -> String {
    let most = counts.iter().copied().max().unwrap_or(0).max(1) as f64;
    let step = WIDTH / counts.len().max(1) as f64;
    let mut svg = open(label);
    for (index, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
        // A single row must still be seen beside ten thousand.
        let height = (*count as f64 / most * HEIGHT).max(1.5);
        let (x, y) = (index as f64 * step + 0.5, HEIGHT - height);
        let _ = write!(svg, r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}"/>"#, step - 1.0);
    }
    svg + "</svg>"
}

/// Draws the course of numbers as a line, with gaps where there is none.
pub(crate) fn line(course: &[Option<f64>], min: f64, max: f64, label: &str) -> String {
    let span = if max > min { max - min } else { 1.0 };
    let step = WIDTH / course.len().saturating_sub(1).max(1) as f64;
    let mut path = String::new();
    let mut pen_down = false;
    for (index, value) in course.iter().enumerate() {
        if let Some(value) = value {
            let (x, share) = (index as f64 * step, if max > min { (value - min) / span } else { 0.5 });
            let y = 2.0 + (1.0 - share.clamp(0.0, 1.0)) * (HEIGHT - 4.0);
            let _ = write!(path, "{}{x:.1} {y:.1}", if pen_down { "L" } else { "M" });
        }
        pen_down = value.is_some();
    }
    let mut svg = open(label);
    let _ = write!(svg, r#"<path d="{path}" vector-effect="non-scaling-stroke"/>"#);
    svg + "</svg>"
}

/// Draws points by two numbers each, the first to the right, the second upwards.
pub(crate) fn scatter(points: &[(f64, f64)], label: &str) -> String {
    let range = |of: fn(&(f64, f64)) -> f64| {
        let (min, max) =
            points.iter().map(of).fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), x| (a.min(x), b.max(x)));
        (min, if max > min { max - min } else { 1.0 })
    };
    let ((left, wide), (low, high)) = (range(|point| point.0), range(|point| point.1));
    let mut svg = format!(r#"<svg class="scatter" viewBox="0 0 {WIDTH} {SQUARE}" role="img" aria-label="{label}">"#);
    for (x, y) in points {
        let x = 4.0 + (x - left) / wide * (WIDTH - 8.0);
        let y = 4.0 + (1.0 - (y - low) / high) * (SQUARE - 8.0);
        let _ = write!(svg, r#"<circle cx="{x:.1}" cy="{y:.1}" r="2.5"/>"#);
    }
    svg + "</svg>"
}

/// Draws a share from 0 to 1 as a bar across.
pub(crate) fn share(value: f64, label: &str) -> String {
    let width = (value.clamp(0.0, 1.0) * WIDTH).max(1.0);
    format!(
        r#"<svg class="share" viewBox="0 0 {WIDTH} 12" preserveAspectRatio="none" role="img" aria-label="{label}"><rect width="{width:.1}" height="12"/></svg>"#
    )
}

fn open(label: &str) -> String {
    format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" role="img" aria-label="{label}">"#)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_lifts_the_pen() {
        let svg = line(&[Some(0.0), Some(1.0), None, Some(0.5)], 0.0, 1.0, "f");
        assert!(svg.contains("M0.0 94.0L106.7 2.0M320.0 48.0"), "{svg}");
    }

    #[test]
    fn points_fill_the_picture_and_stay_within() {
        let svg = scatter(&[(0.0, -5.0), (10.0, 5.0)], "f");
        assert!(svg.contains(r#"cx="4.0" cy="196.0""#) && svg.contains(r#"cx="316.0" cy="4.0""#), "{svg}");
        assert_eq!(scatter(&[(1.0, 1.0); 3], "f").matches("<circle").count(), 3);
    }

    #[test]
    fn empty_steps_have_no_bar() {
        assert_eq!(bars(&[1, 0, 10_000], "f").matches("<rect").count(), 2);
    }
}
