use std::borrow::Cow;

use super::boxed::Boxed;
use super::csv::Csv;
use super::escape::visible;
use super::json::{Json, Lines};
use super::markdown::Markdown;
use super::percent::Percent;
use super::ruled::Ruled;
use super::style::Target;
use crate::command::Layout;
use crate::model::{Cell, OutputMode, ResultColumn};
use crate::text::one_line;

/// One output format: each part of a result is appended to `text` as it arrives.
pub trait Form {
    /// Before the first row.
    fn head(&mut self, text: &mut String);
    /// One row.
    fn row(&mut self, row: &[Cell], text: &mut String);
    /// After the last row.
    fn end(&mut self, text: &mut String);
    /// Called instead of `end` when an error interrupts the rows. A truncated document must not parse as a complete one.
    fn cut(&mut self, _text: &mut String) {}
}

/// The form of a result.
pub fn form(mode: OutputMode, target: Target, columns: &[ResultColumn], layout: &Layout) -> Box<dyn Form> {
    match (mode, layout) {
        (OutputMode::Table, Layout::Box) => Box::new(Boxed::new(columns, target)),
        (OutputMode::Table, Layout::Percent(widths)) => Box::new(Percent::new(columns, widths, target)),
        (OutputMode::Table, Layout::Ruled(widths)) => Box::new(Ruled::new(columns, widths, target)),
        (OutputMode::Csv, _) => Box::new(Csv::new(columns, target)),
        (OutputMode::Json, _) => Box::new(Json::new(columns, target)),
        (OutputMode::Ndjson, _) => Box::new(Lines::new(columns, target)),
        (OutputMode::Markdown, _) => Box::new(Markdown::new(columns, target)),
    }
}

/// What a cell says; nothing for no value.
pub fn content(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Null => None,
        Cell::Boolean(true) => Some("true"),
        Cell::Boolean(false) => Some("false"),
        Cell::Number(text) | Cell::Text(text) | Cell::Json(text) => Some(text),
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
