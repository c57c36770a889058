use std::borrow::Cow;

use super::form::{Form, in_line, padded};
use super::listing::{Cells, Column};
use super::style::Target;
use crate::command::Listing;
use crate::model::{Cell, Row};

/// A list in a frame: how the authorization service draws.
///
/// Chosen: columns are as wide as the first page of rows takes, so that a long list is shown at once; a longer value further down is
/// written whole.
pub struct Ruled {
    listing: Listing,
    columns: &'static [Column],
    frame: Frame,
}

/// A frame with a line after every row.
///
/// Source: S4 and PQ, the sample outputs.
pub struct Frame {
    widths: Vec<usize>,
    rule: String,
    target: Target,
}

impl Frame {
    /// A frame whose columns are as wide as the longest of their values, and at least as wide as said.
    pub fn measured<'r>(least: &[usize], rows: impl Iterator<Item = Vec<Cow<'r, str>>>, target: Target) -> Self {
        let mut widths = least.to_vec();
        for row in rows {
            for (width, value) in widths.iter_mut().zip(row) {
                *width = (*width).max(in_line(&value, target).encode_utf16().count());
            }
        }
        let rule: String = widths.iter().map(|width| format!("+{}", "-".repeat(width + 2))).collect();
        Self { widths, rule: format!("{rule}+\n"), target }
    }

    /// The line above the head.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// A row, and the line after it.
    pub fn row<'v>(&self, values: impl Iterator<Item = Cow<'v, str>>, text: &mut String) {
        for (value, width) in values.zip(&self.widths) {
            text.push_str("| ");
            padded(&in_line(&value, self.target), *width, text);
            text.push(' ');
        }
        text.push_str("|\n");
        text.push_str(&self.rule);
    }
}

impl Ruled {
    /// A frame for the columns of a list.
    pub fn new(listing: Listing, columns: &'static [Column], target: Target) -> Self {
        Self { listing, columns, frame: frame(listing, columns, &[], target) }
    }
}

fn frame(listing: Listing, columns: &'static [Column], rows: &[Row], target: Target) -> Frame {
    let least: Vec<usize> = columns.iter().map(|column| column.width.max(column.head.len())).collect();
    let shown = |row: &Row| {
        let cells = Cells::new(listing, row);
        columns.iter().map(|column| cells.shown(column).into_owned().into()).collect()
    };
    Frame::measured(&least, rows.iter().map(shown), target)
}

impl Form for Ruled {
    fn measure(&mut self, rows: &[Row]) {
        self.frame = frame(self.listing, self.columns, rows, self.frame.target);
    }

    fn head(&mut self, text: &mut String) {
        text.push_str(self.frame.rule());
        self.frame.row(self.columns.iter().map(|column| column.head.into()), text);
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        let cells = Cells::new(self.listing, row);
        self.frame.row(self.columns.iter().map(|column| cells.shown(column)), text);
    }

    fn end(&mut self, _text: &mut String) {}
}
