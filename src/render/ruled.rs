use super::form::{Form, content, in_line, padded};
use super::style::Target;
use crate::model::{Cell, ResultColumn};

/// A frame of given widths with a line behind every row: how the authorization service draws.
///
/// Source: S4 and PQ, the sample outputs.
pub struct Ruled {
    names: Vec<String>,
    widths: Vec<usize>,
    rule: String,
    target: Target,
}

impl Ruled {
    /// A frame for these columns.
    pub fn new(columns: &[ResultColumn], widths: &[usize], target: Target) -> Self {
        let rule: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect();
        Self {
            names: columns.iter().map(|column| column.name.clone()).collect(),
            widths: widths.to_vec(),
            rule: format!("{rule}+\n"),
            target,
        }
    }

    fn line<'v>(&self, values: impl Iterator<Item = &'v str>, text: &mut String) {
        for (value, width) in values.zip(&self.widths) {
            text.push_str("| ");
            padded(&in_line(value, self.target), *width, text);
            text.push(' ');
        }
        text.push_str("|\n");
        text.push_str(&self.rule);
    }
}

impl Form for Ruled {
    fn head(&mut self, text: &mut String) {
        text.push_str(&self.rule);
        self.line(self.names.iter().map(String::as_str), text);
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        self.line(row.iter().map(|cell| content(cell).unwrap_or_default()), text);
    }

    fn end(&mut self, _text: &mut String) {}
}
