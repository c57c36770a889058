use std::borrow::Cow;

use super::form::{Form, content, fitting, padded};
use super::style::Target;
use crate::model::{Cell, DataType, ResultColumn};

/// A frame around cells that are at least 10 wide.
///
/// Source: odpscmd. Chosen: columns of one name keep a width each, so that the frame fits the rows.
pub struct Boxed {
    names: Vec<String>,
    widths: Vec<usize>,
    rule: String,
    target: Target,
}

impl Boxed {
    /// The frame for these columns: widths depend on names and types alone, never on rows.
    pub fn new(columns: &[ResultColumn], target: Target) -> Self {
        let names: Vec<String> = columns.iter().map(|column| fitting(&column.name, target).into_owned()).collect();
        let least = |column: &ResultColumn| if column.data_type == DataType::Boolean { 4 } else { 10 };
        let widths: Vec<usize> =
            columns.iter().zip(&names).map(|(column, name)| name.encode_utf16().count().max(least(column))).collect();
        let mut rule = String::from("+");
        for width in &widths {
            rule.extend(std::iter::repeat_n('-', width + 2));
            rule.push('+');
        }
        rule.push('\n');
        Self { names, widths, rule, target }
    }
}

impl Boxed {
    fn line<'v>(&self, values: impl Iterator<Item = Cow<'v, str>>, text: &mut String) {
        text.push_str("| ");
        for (value, width) in values.zip(&self.widths) {
            padded(&fitting(&value, self.target), *width, text);
            text.push_str(" | ");
        }
        text.push('\n');
    }
}

impl Form for Boxed {
    fn head(&mut self, text: &mut String) {
        text.push_str(&self.rule);
        text.push_str("| ");
        for (name, width) in self.names.iter().zip(&self.widths) {
            padded(name, *width, text);
            text.push_str(" | ");
        }
        text.push('\n');
        text.push_str(&self.rule);
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        self.line(row.iter().map(|cell| content(cell).unwrap_or("NULL".into())), text);
    }

    fn end(&mut self, text: &mut String) {
        text.push_str(&self.rule);
    }
}
