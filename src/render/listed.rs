use super::form::Form;
use super::lines;
use super::listing::Cells;
use super::style::Target;
use crate::command::Listing;
use crate::model::Cell;

/// A list with a line for each row, and no head.
pub struct Listed {
    listing: Listing,
    line: fn(&Cells<'_>) -> String,
    is_spaced: bool,
    target: Target,
}

impl Listed {
    /// Only the lines.
    pub fn new(listing: Listing, line: fn(&Cells<'_>) -> String, target: Target) -> Self {
        Self { listing, line, is_spaced: false, target }
    }

    /// An empty line, then the lines.
    pub fn spaced(listing: Listing, line: fn(&Cells<'_>) -> String, target: Target) -> Self {
        Self { is_spaced: true, ..Self::new(listing, line, target) }
    }
}

impl Form for Listed {
    fn head(&mut self, text: &mut String) {
        if self.is_spaced {
            text.push('\n');
        }
    }

    fn row(&mut self, row: &[Cell], text: &mut String) {
        lines::write_line(&(self.line)(&Cells::new(self.listing, row)), self.target, text);
    }

    fn end(&mut self, _text: &mut String) {}
}
