use super::form::{Form, content};
use super::lines;
use super::style::Target;
use crate::model::Cell;

/// A list on one line.
pub struct Joined {
    values: Vec<String>,
    target: Target,
}

impl Joined {
    /// An empty list.
    pub fn new(target: Target) -> Self {
        Self { values: Vec::new(), target }
    }
}

impl Form for Joined {
    fn head(&mut self, _text: &mut String) {}

    fn row(&mut self, row: &[Cell], _text: &mut String) {
        self.values.extend(row.iter().filter_map(content).map(|value| value.into_owned()));
    }

    fn end(&mut self, text: &mut String) {
        lines::write_line(&self.values.join(", "), self.target, text);
    }
}
