use std::borrow::Cow;

use super::boxed::Boxed;
use super::csv::Csv;
use super::escape::visible;
use super::json::{Json, Lines};
use super::markdown::Markdown;
use super::style::Target;
use super::{json, listing};
use crate::command::Listing;
use crate::model::{Cell, OutputMode, ResultColumn, Row};
use crate::text::one_line;

/// One output format: each part of a result is appended to `text` as it arrives.
pub trait Form {
    /// Called with the first rows before anything is written.
    fn measure(&mut self, _rows: &[Row]) {}
    /// Before the first row.
    fn head(&mut self, text: &mut String);
    /// One row.
    fn row(&mut self, row: &[Cell], text: &mut String);
    /// After the last row.
    fn end(&mut self, text: &mut String);
    /// Called instead of `end` when an error interrupts the rows. A truncated document must not parse as a complete one.
    fn cut(&mut self, _text: &mut String) {}
}

/// The form of a result or list.
pub fn form(mode: OutputMode, target: Target, columns: &[ResultColumn], listing: Option<Listing>) -> Box<dyn Form> {
    match (mode, listing) {
        (OutputMode::Table, None) => Box::new(Boxed::new(columns, target)),
        (OutputMode::Table, Some(listing)) => listing::form(listing, target),
        (OutputMode::Csv, _) => Box::new(Csv::new(columns, target)),
        (OutputMode::Json, _) => Box::new(Json::new(columns, target)),
        (OutputMode::Ndjson, _) => Box::new(Lines::new(columns, target)),
        (OutputMode::Markdown, _) => Box::new(Markdown::new(columns, target)),
    }
}

/// What a cell says; nothing for no value. Lists and records are written as JSON.
pub fn content(cell: &Cell) -> Option<Cow<'_, str>> {
    match cell {
        Cell::Null => None,
        Cell::Boolean(true) => Some("true".into()),
        Cell::Boolean(false) => Some("false".into()),
        Cell::Number(text) | Cell::Text(text) | Cell::Json(text) => Some(text.into()),
        Cell::Time(time) => Some(time.to_string().into()),
        Cell::List(_) | Cell::Record(_) => Some(json::text(cell).into()),
    }
}

/// `text` as this target may get it.
pub fn fitting(text: &str, target: Target) -> Cow<'_, str> {
    match target {
        Target::Terminal => visible(text),
        Target::File => Cow::Borrowed(text),
    }
}

/// The same in a line that holds more than this text: it is no line of its own in a file either.
pub fn in_line(text: &str, target: Target) -> Cow<'_, str> {
    match target {
        Target::Terminal => visible(text),
        Target::File => one_line(text),
    }
}

/// `text`, then blanks up to `width`; longer text is written whole.
///
/// Source: odpscmd; widths count UTF-16 units, as the client's do.
pub fn padded(value: &str, width: usize, text: &mut String) {
    text.push_str(value);
    let length = if value.is_ascii() { value.len() } else { value.encode_utf16().count() };
    text.extend(std::iter::repeat_n(' ', width.saturating_sub(length)));
}
