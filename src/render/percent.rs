use super::form::{Form, content, in_line, padded};
use super::style::Target;
use crate::model::{Cell, ResultColumn};

/// What the percents are of, in characters.
const WIDTH: usize = 150;

/// Columns without lines; each is so many percent of 150 characters wide.
///
/// Source: odpscmd; a value that fills its column is written whole plus one blank. Chosen: no value is written as
/// nothing.
pub struct Percent {
    names: Vec<String>,
    widths: Vec<usize>,
    target: Target,
}

impl Percent {
    /// Columns as wide as `percents` say; a column without one takes what its values take.
    pub fn new(columns: &[ResultColumn], percents: &[usize], target: Target) -> Self {
        Self {
            names: columns.iter().map(|column| column.name.clone()).collect(),
            widths: percents.iter().map(|percent| percent * WIDTH / 100).collect(),
            target,
        }
    }

    fn line<'v>(&self, values: impl Iterator<Item = &'v str>, text: &mut String) {
        let widths = self.widths.iter().copied().chain(std::iter::repeat(0));
        for (value, width) in values.zip(widths) {
            let value = in_line(value, self.target);
            padded(&value, width, text);
            if value.encode_utf16().count() >= width {
                text.push(' ');
            }
        }
        text.push('\n');
    }
}

impl Form for Percent {
    fn head(&mut self, text: &mut String) {
        self.line(self.names.iter().map(String::as_str), text);
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        self.line(row.iter().map(|cell| content(cell).unwrap_or_default()), text);
    }

    fn end(&mut self, _text: &mut String) {}
}
