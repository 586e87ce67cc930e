//! Text and numbers as they stand in a page.

/// Makes text harmless within HTML, attributes included.
pub(super) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&#39;")
}

/// Writes four digits, more or less, without zeros that say nothing.
pub(super) fn number(value: f64) -> String {
    let text = match value.abs() {
        0.0 => return "0".into(),
        size if !(1e-4..1e7).contains(&size) => return format!("{value:.2e}"),
        size if size >= 1000.0 => format!("{value:.0}"),
        size if size >= 100.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        size if size >= 0.01 => format!("{value:.4}"),
        _ => format!("{value:.6}"),
    };
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_text_is_harmless() {
        let numbers = [0.0, 0.25, -1.5, 123.456, 100_000.0, 1e9, 0.000_25, 1e-7, f64::NAN].map(number);
        assert_eq!(numbers, ["0", "0.25", "-1.5", "123.5", "100000", "1.00e9", "0.00025", "1.00e-7", "NaN"]);
        assert_eq!(escape("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
