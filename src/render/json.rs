use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::value::RawValue;

use super::escape::steers;
use super::form::Form;
use super::style::Target;
use crate::model::{Cell, Record, ResultColumn};

/// One array of objects, an object a line.
///
/// Chosen: numbers keep all their digits, lists, maps, structs and JSON are values and not texts, and a name that comes
/// again gets a number behind it.
pub struct Json {
    keys: Vec<String>,
    target: Target,
    rows: bool,
}

/// One object a line.
pub struct Lines {
    keys: Vec<String>,
    target: Target,
}

impl Json {
    /// Objects with these keys.
    pub fn new(columns: &[ResultColumn], target: Target) -> Self {
        Self { keys: keys(columns, target), target, rows: false }
    }
}

impl Lines {
    /// Objects with these keys.
    pub fn new(columns: &[ResultColumn], target: Target) -> Self {
        Self { keys: keys(columns, target), target }
    }
}

impl Form for Json {
    fn head(&mut self, text: &mut String) {
        text.push('[');
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        text.push_str(if self.rows { ",\n  " } else { "\n  " });
        self.rows = true;
        object(self.keys.iter().map(String::as_str).zip(row), self.target, text);
    }

    fn end(&mut self, text: &mut String) {
        text.push_str(if self.rows { "\n]\n" } else { "]\n" });
    }

    fn cut(&mut self, text: &mut String) {
        text.push('\n');
    }
}

impl Form for Lines {
    fn head(&mut self, _text: &mut String) {}

    fn row(&mut self, row: &[Cell], text: &mut String) {
        object(self.keys.iter().map(String::as_str).zip(row), self.target, text);
        text.push('\n');
    }

    fn end(&mut self, _text: &mut String) {}
}

/// The names, as JSON, each only once.
fn keys(columns: &[ResultColumn], target: Target) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut keys = Vec::with_capacity(columns.len());
    for column in columns {
        let mut key = column.name.clone();
        let mut number = 2;
        while !seen.insert(key.clone()) {
            key = format!("{}_{number}", column.name);
            number += 1;
        }
        let mut text = String::new();
        quoted(&key, target, &mut text);
        keys.push(text);
    }
    keys
}

/// A record as one object, a field a line.
pub fn document(record: &Record, target: Target, text: &mut String) {
    text.push('{');
    let mut end = "}\n";
    for (index, (name, cell)) in record.iter().enumerate() {
        text.push_str(if index == 0 { "\n  " } else { ",\n  " });
        quoted(name, target, text);
        text.push_str(": ");
        value(cell, target, text);
        end = "\n}\n";
    }
    text.push_str(end);
}

/// A value as JSON on one line.
pub fn text(cell: &Cell) -> String {
    let mut text = String::new();
    value(cell, Target::File, &mut text);
    text
}

/// An object whose keys are JSON already.
fn object<'v>(values: impl Iterator<Item = (&'v str, &'v Cell)>, target: Target, text: &mut String) {
    text.push('{');
    for (index, (key, cell)) in values.enumerate() {
        if index > 0 {
            text.push_str(", ");
        }
        text.push_str(key);
        text.push_str(": ");
        value(cell, target, text);
    }
    text.push('}');
}

fn value(cell: &Cell, target: Target, text: &mut String) {
    match cell {
        Cell::Null => text.push_str("null"),
        Cell::Boolean(truth) => text.push_str(if *truth { "true" } else { "false" }),
        Cell::Number(digits) if is_number(digits) => text.push_str(digits),
        Cell::Json(json) if serde_json::from_str::<&RawValue>(json).is_ok() => raw(json, target, text),
        Cell::Time(time) => quoted(&time.to_string(), target, text),
        Cell::List(cells) => {
            text.push('[');
            for (index, cell) in cells.iter().enumerate() {
                if index > 0 {
                    text.push_str(", ");
                }
                value(cell, target, text);
            }
            text.push(']');
        }
        Cell::Record(record) => record_object(record, target, text),
        Cell::Number(other) | Cell::Text(other) | Cell::Json(other) => quoted(other, target, text),
    }
}

fn record_object(record: &Record, target: Target, text: &mut String) {
    let key = |name: &str| {
        let mut key = String::new();
        quoted(name, target, &mut key);
        key
    };
    let values: Vec<(String, &Cell)> = record.iter().map(|(name, cell)| (key(name), cell)).collect();
    object(values.iter().map(|(key, cell)| (key.as_str(), *cell)), target, text);
}

/// `NaN`, `Infinity` and `007` are no JSON numbers.
fn is_number(digits: &str) -> bool {
    digits.ends_with(|last: char| last.is_ascii_digit())
        && serde_json::from_str::<&RawValue>(digits).is_ok_and(|value| value.get() == digits)
}

/// A text as JSON.
pub fn quoted(value: &str, target: Target, text: &mut String) {
    match serde_json::to_string(value) {
        Ok(json) => raw(&json, target, text),
        Err(_) => text.push_str("\"\""),
    }
}

/// JSON text on one line. Line ends can only stand between values there; other control characters only inside of texts.
fn raw(json: &str, target: Target, text: &mut String) {
    for character in json.chars() {
        match character {
            '\n' | '\r' => text.push(' '),
            other if target == Target::Terminal && steers(other) => {
                // Writing to a text cannot fail.
                let _ = write!(text, "\\u{:04x}", u32::from(other));
            }
            other => text.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_json_numbers_are_written_as_numbers() {
        for good in ["0", "-1", "12345678901234567890123456789012345678", "1.50", "1e300"] {
            assert!(is_number(good), "{good}");
        }
        for bad in ["", "NaN", "Infinity", "007", "1.", ".5", "+1", " 1", "1 ", "true", "[1"] {
            assert!(!is_number(bad), "{bad}");
        }
    }
}
