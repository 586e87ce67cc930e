//! A chart: curves with their bands, drawn as SVG that stretches, with the numbers beside it as text that does not.

use std::fmt::Write;

use super::group::Point;
use super::text::{escape, number};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 200.0;

/// A curve of a chart: the number of its colour, what it is, and where it runs.
pub(super) struct Curve<'a> {
    pub(super) colour: usize,
    pub(super) label: &'a str,
    pub(super) points: Vec<Point>,
}

/// Draws a chart; nothing where no curve has a point.
pub(super) fn chart(title: &str, note: &str, curves: &[Curve<'_>]) -> Option<String> {
    let points = || curves.iter().flat_map(|curve| &curve.points);
    points().next()?;
    let least = |of: fn(&Point) -> f64| points().map(of).fold(f64::INFINITY, f64::min);
    let most = |of: fn(&Point) -> f64| points().map(of).fold(f64::NEG_INFINITY, f64::max);
    let across = Axis::over(0.0f64.min(least(|point| point.step)), most(|point| point.step));
    let (low, high) = (least(|point| point.low), most(|point| point.high));
    // Room above and below, so that no line is cut by the frame.
    let room = (high - low) * 0.04;
    let up = Axis::over(low - room, high + room);
    let x = |value: f64| across.place(value) * WIDTH;
    let y = |value: f64| (1.0 - up.place(value)) * HEIGHT;

    let mut svg = String::new();
    for tick in &up.ticks {
        let _ = write!(svg, "<line class=grid x1=0 x2={WIDTH} y1={0:.2} y2={0:.2} />", y(*tick));
    }
    for Curve { colour, label, points } in curves.iter().filter(|curve| !curve.points.is_empty()) {
        let place = |step: f64, value: f64| format!("{:.2},{:.2}", x(step), y(value));
        let line: Vec<String> = points.iter().map(|point| place(point.step, point.mean)).collect();
        let _ = write!(svg, "<g class='curve s{}' data-label='{}'>", colour % 8, escape(label));
        if points.iter().any(|point| point.high > point.low) {
            let above = points.iter().map(|point| place(point.step, point.high));
            let below = points.iter().rev().map(|point| place(point.step, point.low));
            let _ = write!(svg, "<polygon points='{}'/>", above.chain(below).collect::<Vec<_>>().join(" "));
        }
        // A single point would be a line of no length: it is drawn as a short one.
        let line = if let [one] = &line[..] { format!("{one} {one}") } else { line.join(" ") };
        let _ = write!(svg, "<polyline points='{line}'/></g>");
    }
    let mut ticks = String::new();
    for tick in &up.ticks {
        let _ = write!(ticks, "<span style='top:{:.2}%'>{}</span>", (1.0 - up.place(*tick)) * 100.0, number(*tick));
    }
    let mut steps = String::new();
    for tick in &across.ticks {
        let place = across.place(*tick) * 100.0;
        let end = if place > 95.0 { " class=end" } else { "" };
        let _ = write!(steps, "<span{end} style='left:{place:.2}%'>{}</span>", thousands(*tick));
    }
    let ends = [across.low, across.high, up.low, up.high].map(|end| end.to_string()).join(" ");
    let (title, note) =
        (escape(title), if note.is_empty() { String::new() } else { format!("<small>{}</small>", escape(note)) });
    Some(format!(
        "<figure class=chart data-ends='{ends}'><figcaption>{title}{note}</figcaption>\
         <div class=plot><div class=up>{ticks}</div><svg viewBox='0 0 {WIDTH} {HEIGHT}' preserveAspectRatio=none role=img \
         aria-label='{title}'>{svg}</svg><div class=across>{steps}</div></div><output></output></figure>"
    ))
}

/// What a length of a chart stands for.
struct Axis {
    low: f64,
    high: f64,
    /// Round numbers within.
    ticks: Vec<f64>,
}

impl Axis {
    fn over(low: f64, high: f64) -> Self {
        // Numbers that hardly differ get room, so that noise does not look like an event, and ticks have names that differ.
        let room = (high.abs().max(low.abs()) * 0.04).max(1e-12);
        let middle = low + (high - low) / 2.0;
        let (low, high) = if high - low < room { (middle - room / 2.0, middle + room / 2.0) } else { (low, high) };
        let step = round_step((high - low) / 4.0);
        let first = (low / step).ceil() as i64;
        let ticks =
            (first..).map(|index| index as f64 * step).take_while(|tick| *tick <= high * (1.0 + f64::EPSILON)).take(9);
        Axis { low, high, ticks: ticks.collect() }
    }

    /// Gives the place of a value, from 0 to 1.
    fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// Gives the smallest of 1, 2, 2.5, 5 and 10 times a power of ten that is not below `least`.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 2.5, 5.0].into_iter().map(|factor| factor * power).find(|step| *step >= least).unwrap_or(10.0 * power)
}

/// Writes a number of steps as one says it.
fn thousands(steps: f64) -> String {
    match steps {
        millions if millions >= 1e6 => format!("{}M", number(millions / 1e6)),
        thousands if thousands >= 1e4 => format!("{}k", number(thousands / 1e3)),
        few => number(few),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn curve(points: &[(f64, f64, f64, f64)]) -> Vec<Curve<'static>> {
        let points =
            points.iter().map(|(step, mean, low, high)| Point { step: *step, mean: *mean, low: *low, high: *high });
        vec![Curve { colour: 9, label: "<ppo>", points: points.collect() }]
    }

    #[test]
    fn a_point_lies_where_its_number_is_and_the_band_around_it() {
        let chart = chart("Return", "", &curve(&[(0.0, 5.0, 0.0, 10.0), (100.0, 10.0, 10.0, 10.0)])).unwrap();
        assert!(chart.contains("<polyline points='0.00,100.00 600.00,7.41'/>"), "{chart}");
        assert!(chart.contains("<polygon points='0.00,7.41 600.00,7.41 600.00,7.41 0.00,192.59'/>"), "{chart}");
        assert!(
            chart.contains("data-ends='0 100 -0.4 10.4'")
                && chart.contains("class='curve s1' data-label='&lt;ppo&gt;'")
        );
        assert!(chart.contains("<span style='top:3.70%'>10</span>"), "{chart}");
    }

    #[test]
    fn no_point_is_no_chart_and_equal_numbers_are_a_line_in_the_middle() {
        assert!(chart("Return", "", &curve(&[])).is_none());
        let chart = chart("Return", "", &curve(&[(0.0, 3.0, 3.0, 3.0), (9.0, 3.0, 3.0, 3.0)])).unwrap();
        assert!(
            chart.contains("<polyline points='0.00,100.00 600.00,100.00'/>") && !chart.contains("polygon"),
            "{chart}"
        );
    }

    #[test]
    fn ticks_are_round_and_within() {
        for (low, high) in [
            (0.0, 1.0),
            (-173.2, -120.9),
            (1e-5, 3e-5),
            (0.0, 1e9),
            (-1.0, -1.0),
            (0.0, 0.0),
            (25.0, 25.0),
            (0.000_999_6, 0.001),
        ] {
            let axis = Axis::over(low, high);
            assert!((1..=9).contains(&axis.ticks.len()), "{low} to {high}: {:?}", axis.ticks);
            let names: Vec<String> = axis.ticks.iter().map(|tick| number(*tick)).collect();
            assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{low} to {high}: {names:?}");
            assert!(
                axis.ticks.iter().all(|tick| (axis.low..=axis.high + 1e-9 * axis.high.abs()).contains(tick)),
                "{:?}",
                axis.ticks
            );
        }
        assert_eq!(Axis::over(0.0, 100_000.0).ticks, [0.0, 25_000.0, 50_000.0, 75_000.0, 100_000.0]);
        assert_eq!([25_000.0, 2_500_000.0, 500.0].map(thousands), ["25k", "2.5M", "500"]);
    }
}
