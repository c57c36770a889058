use std::borrow::Cow;

use super::form::{Form, in_line, padded};
use super::listing::{Cells, Column};
use super::style::Target;
use crate::command::Listing;
use crate::model::Cell;

/// What the percents are of, in characters.
const WIDTH: usize = 150;

/// Columns without lines; each is so many percent of 150 characters wide.
///
/// Source: odpscmd; a value that fills its column is written whole plus one blank. Chosen: no value is written as
/// nothing.
pub struct Percent {
    listing: Listing,
    columns: &'static [Column],
    target: Target,
}

impl Percent {
    /// The columns of a list.
    pub fn new(listing: Listing, columns: &'static [Column], target: Target) -> Self {
        Self { listing, columns, target }
    }

    fn line<'v>(&self, values: impl Iterator<Item = Cow<'v, str>>, text: &mut String) {
        for (value, column) in values.zip(self.columns) {
            let width = column.width * WIDTH / 100;
            let value = in_line(&value, self.target);
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
        self.line(self.columns.iter().map(|column| column.head.into()), text);
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        let cells = Cells::new(self.listing, row);
        self.line(self.columns.iter().map(|column| cells.shown(column)), text);
    }

    fn end(&mut self, _text: &mut String) {}
}
