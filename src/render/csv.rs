use std::borrow::Cow;

use super::form::{Form, content, fitting};
use super::style::Target;
use crate::model::{Cell, ResultColumn};

/// Comma-separated values with a head.
///
/// RFC 4180, but lines end with a line feed alone. Chosen: no value is written as nothing, an empty text as `""`.
pub struct Csv {
    names: Vec<String>,
    target: Target,
}

impl Csv {
    /// Values under these names.
    pub fn new(columns: &[ResultColumn], target: Target) -> Self {
        Self { names: columns.iter().map(|column| column.name.clone()).collect(), target }
    }

    fn line<'v>(&self, values: impl Iterator<Item = Option<Cow<'v, str>>>, text: &mut String) {
        for (index, value) in values.enumerate() {
            if index > 0 {
                text.push(',');
            }
            if let Some(value) = value {
                field(&fitting(&value, self.target), text);
            }
        }
        text.push('\n');
    }
}

fn field(value: &str, text: &mut String) {
    let needs_quotes = value.is_empty()
        || value.contains([',', '"', '\n', '\r'])
        || value.starts_with(char::is_whitespace)
        || value.ends_with(char::is_whitespace);
    if !needs_quotes {
        text.push_str(value);
        return;
    }
    text.push('"');
    for (index, part) in value.split('"').enumerate() {
        if index > 0 {
            text.push_str("\"\"");
        }
        text.push_str(part);
    }
    text.push('"');
}

impl Form for Csv {
    fn head(&mut self, text: &mut String) {
        self.line(self.names.iter().map(|name| Some(name.into())), text);
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        self.line(row.iter().map(content), text);
    }

    fn end(&mut self, _text: &mut String) {}
}
