//! What a rule reports when something is wrong.

use serde::{Serialize, Serializer};

/// A named number.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Number {
    /// What it counts or measures, its unit in the words.
    pub name: String,
    /// The value. In JSON a value that is not finite is the text `NaN`, `inf` or `-inf`.
    #[serde(serialize_with = "number")]
    pub value: f64,
}

impl Number {
    /// Makes a number.
    pub fn new(name: &str, value: f64) -> Self {
        Number { name: name.into(), value }
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.name, short(self.value))
    }
}

/// One thing that is wrong, for an author or a language model to act on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// The code of the rule that found it; codes never change their meaning.
    pub code: &'static str,
    /// What is wrong, in one sentence.
    pub message: String,
    /// The factors concerned.
    pub factors: Vec<String>,
    /// What was seen.
    pub observed: Vec<Number>,
    /// What it was held against.
    pub limit: Option<Number>,
    /// The first rows concerned, numbered from 0 as they stand in the data; episodes are named by their first row.
    pub rows: Vec<u64>,
    /// The inputs of the first of these rows, as `name=value`.
    pub inputs: Option<String>,
    /// What to do about it.
    pub hint: String,
}

impl Finding {
    /// Most rows that a finding names.
    pub(crate) const ROWS: usize = 5;

    pub(crate) fn new(message: impl Into<String>) -> Self {
        Finding {
            code: "",
            message: message.into(),
            factors: Vec::new(),
            observed: Vec::new(),
            limit: None,
            rows: Vec::new(),
            inputs: None,
            hint: String::new(),
        }
    }

    pub(crate) fn factor(mut self, name: &str) -> Self {
        self.factors.push(name.into());
        self
    }

    pub(crate) fn observed(mut self, name: &str, value: f64) -> Self {
        self.observed.push(Number::new(name, value));
        self
    }

    pub(crate) fn limit(mut self, name: &str, value: f64) -> Self {
        self.limit = Some(Number::new(name, value));
        self
    }

    pub(crate) fn rows(mut self, rows: impl IntoIterator<Item = u64>) -> Self {
        self.rows = rows.into_iter().take(Self::ROWS).collect();
        self
    }

    pub(crate) fn inputs(mut self, inputs: impl Into<String>) -> Self {
        self.inputs = Some(inputs.into());
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Writes a number that JSON has no form for as text.
pub(crate) fn number<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if value.is_finite() { serializer.serialize_f64(*value) } else { serializer.serialize_str(&value.to_string()) }
}

/// Writes a number for people: four significant digits, thousands divided.
pub(crate) fn short(value: f64) -> String {
    let size = value.abs();
    if !value.is_finite() {
        value.to_string()
    } else if size >= 1e9 || (size != 0.0 && size < 1e-4) {
        format!("{value:.3e}")
    } else if value.fract() == 0.0 || size >= 1000.0 {
        thousands(value)
    } else {
        let decimals = if size == 0.0 { 0 } else { (3 - size.log10().floor() as i32).clamp(0, 8) as usize };
        let text = format!("{value:.decimals$}");
        text.trim_end_matches('0').trim_end_matches('.').into()
    }
}

fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short_and_keep_their_size() {
        let cases = [
            (0.0, "0"),
            (1.0, "1"),
            (-1234567.0, "-1,234,567"),
            (0.123456, "0.1235"),
            (12.3456, "12.35"),
            (1.5e-7, "1.500e-7"),
            (f64::NAN, "NaN"),
            (0.5, "0.5"),
            (1e12, "1.000e12"),
            (999.96, "1000"),
        ];
        for (value, text) in cases {
            assert_eq!(short(value), text);
        }
    }
}
