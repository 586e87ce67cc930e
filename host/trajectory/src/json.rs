//! JSON lines: one value a line, with the order of its keys kept.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::Problem;
use crate::convert::Cell;

/// Bytes that a line may have. A longer one is taken for a file that is not JSONL, so that no file can fill the memory.
const LINE_LIMIT: u64 = 64 << 20;

/// The words that Python writes for numbers that are not finite; JSON has none.
const NON_FINITE: [&str; 3] = ["NaN", "Infinity", "-Infinity"];

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number, and whether it is written as an integer.
    Number(f64, bool),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Finds the value of an object's key.
    pub(crate) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Json::Object(pairs) => pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// Names what the value is, for messages.
    pub(crate) fn describe(&self) -> String {
        match self {
            Json::Null => "null".into(),
            Json::Bool(value) => value.to_string(),
            Json::Number(value, _) => value.to_string(),
            Json::Text(text) if text.chars().count() <= 32 => format!("{text:?}"),
            Json::Text(text) => format!("a text of {} characters", text.chars().count()),
            Json::List(items) => format!("a list of {}", items.len()),
            Json::Object(_) => "an object".into(),
        }
    }

    /// Converts a number, or a flag.
    pub(crate) fn cell<T: Cell>(&self, row: u64, column: &str) -> Result<T, Problem> {
        let unfit = |observed, expected: &str| {
            Err(Problem::Value { row, column: column.to_owned(), observed, expected: expected.to_owned() })
        };
        match self {
            Json::Number(value, whole) => {
                T::from_number(*value, *whole).or_else(|error| unfit(error.observed, error.expected))
            }
            Json::Bool(value) => {
                T::from_number(f64::from(*value), true).or_else(|error| unfit(error.observed, error.expected))
            }
            Json::Text(word) if NON_FINITE.contains(&word.as_str()) => unfit(word.clone(), "a finite number"),
            other => unfit(other.describe(), T::EXPECTED),
        }
    }

    /// Adds the numbers of a list, or of a single number, to `out`.
    pub(crate) fn numbers(&self, row: u64, column: &str, width: usize, out: &mut Vec<f32>) -> Result<(), Problem> {
        let single = std::slice::from_ref(self);
        let items = if let Json::List(items) = self { items.as_slice() } else { single };
        if matches!(self, Json::List(_) | Json::Number(..)) && items.len() != width {
            let column = column.to_owned();
            return Err(Problem::Width { row, column, observed: items.len(), expected: width });
        }
        for (index, item) in items.iter().enumerate() {
            let number = match (item, self) {
                (Json::Number(..), _) => item.cell(row, column),
                (_, Json::List(_)) => item.cell(row, &format!("{column}[{index}]")),
                _ => item.cell(row, column),
            };
            out.push(number?);
        }
        Ok(())
    }

    /// Counts the numbers of a list; a single number counts as one.
    pub(crate) fn width(&self) -> usize {
        if let Json::List(items) = self { items.len() } else { 1 }
    }
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Json, D::Error> {
        deserializer.deserialize_any(JsonVisitor)
    }
}

struct JsonVisitor;

impl<'de> Visitor<'de> for JsonVisitor {
    type Value = Json;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Json, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Json, E> {
        Ok(Json::Number(value as f64, true))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Json, E> {
        Ok(Json::Number(value as f64, true))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Json, E> {
        Ok(Json::Number(value, false))
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Json, E> {
        Ok(Json::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Json::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut pairs: Vec<(String, Json)> = Vec::new();
        while let Some((key, value)) = entries.next_entry::<String, Json>()? {
            pairs.push((key, value));
        }
        let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        if let Some([name, _]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(de::Error::custom(format_args!("the key {name:?} stands there twice")));
        }
        Ok(Json::Object(pairs))
    }
}

/// Reads a file line by line.
#[derive(Debug)]
pub(crate) struct Lines {
    reader: BufReader<File>,
    line: Vec<u8>,
    row: u64,
}

impl Lines {
    /// Opens a file.
    pub(crate) fn open(file: &Path) -> Result<Lines, Problem> {
        Ok(Lines { reader: BufReader::new(File::open(file)?), line: Vec::new(), row: 0 })
    }

    /// Gives the next line's row and its object; `None` at the end.
    pub(crate) fn next_object(&mut self) -> Result<Option<(u64, Json)>, Problem> {
        let row = self.row;
        let unsound = |reason: String| Problem::Line { line: row + 1, row, reason };
        let mut empty = false;
        loop {
            self.line.clear();
            let read = (&mut self.reader).take(LINE_LIMIT).read_until(b'\n', &mut self.line)?;
            if read == 0 {
                return Ok(None);
            }
            if read as u64 == LINE_LIMIT {
                return Err(unsound(format!("it is longer than {LINE_LIMIT} bytes")));
            }
            // Empty lines may end a file, nothing else.
            let blank = self.line.trim_ascii().is_empty();
            match (blank, empty) {
                (true, _) => empty = true,
                (false, true) => return Err(unsound("it is empty".into())),
                (false, false) => break,
            }
        }
        self.row += 1;
        let parsed = serde_json::from_slice::<Json>(&self.line).or_else(|error| {
            let quoted = quote_non_finite(&self.line).and_then(|line| serde_json::from_slice(&line).ok());
            quoted.ok_or_else(|| unsound(error.to_string().replace(" at line 1", " at")))
        })?;
        match parsed {
            Json::Object(_) => Ok(Some((row, parsed))),
            other => Err(unsound(format!("it is {}", other.describe()))),
        }
    }
}

/// Puts the words that Python writes for numbers that are not finite into quotes, so that the error can name the column.
fn quote_non_finite(line: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(line.len() + 16);
    let (mut in_text, mut escaped, mut found, mut rest) = (false, false, false, line);
    while let Some((&byte, after)) = rest.split_first() {
        let word = NON_FINITE.iter().find(|word| !in_text && rest.starts_with(word.as_bytes()));
        if let Some(word) = word {
            out.extend_from_slice(format!("\"{word}\"").as_bytes());
            rest = &rest[word.len()..];
            found = true;
            continue;
        }
        in_text ^= byte == b'"' && !escaped;
        escaped = in_text && byte == b'\\' && !escaped;
        out.push(byte);
        rest = after;
    }
    found.then_some(out)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_must_differ() {
        let json: Json = serde_json::from_str(r#"{"b": 1, "a": [2.5, null, true]}"#).unwrap();
        let Json::Object(pairs) = &json else { unreachable!() };
        assert_eq!(pairs[0], ("b".into(), Json::Number(1.0, true)));
        assert_eq!(json.get("a"), Some(&Json::List(vec![Json::Number(2.5, false), Json::Null, Json::Bool(true)])));
        let error = serde_json::from_str::<Json>(r#"{"b": 1, "b": 2}"#).unwrap_err();
        assert!(error.to_string().starts_with("the key \"b\" stands there twice"), "{error}");
    }

    #[test]
    fn only_words_outside_texts_are_quoted() {
        let line = br#"{"NaN \" NaN": [NaN, -Infinity, 1]}"#;
        assert_eq!(quote_non_finite(line).unwrap(), br#"{"NaN \" NaN": ["NaN", "-Infinity", 1]}"#);
        assert_eq!(quote_non_finite(br#"{"a": "NaN"}"#), None);
    }
}
