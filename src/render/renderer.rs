use std::io::{self, Write};

use super::failure::{self, coloured};
use super::form::{fitting, form};
use super::listing::{self, Look};
use super::style::{Style, Target};
use super::{described, lines, progress, properties};
use crate::command::{Chunk, Item, Outcome, Properties, Rows, Step, Steps};
use crate::error::Error;
use crate::model::OutputMode;

/// Text is handed to the writer in pieces of about this size, in bytes.
const PIECE: usize = 32 * 1024;

/// Why an outcome was not written to its end.
#[derive(Debug)]
pub enum RenderError {
    /// The statement failed while its rows were made.
    Statement(Box<Error>),
    /// The data could not be written; a pipe that is closed, for example.
    Writer(io::Error),
}

impl From<Box<Error>> for RenderError {
    fn from(error: Box<Error>) -> Self {
        Self::Statement(error)
    }
}

impl From<io::Error> for RenderError {
    fn from(error: io::Error) -> Self {
        Self::Writer(error)
    }
}

/// Writes outcomes and errors.
pub struct Renderer<'w> {
    data: &'w mut dyn Write,
    status: &'w mut dyn Write,
    style: Style,
    text: String,
}

impl<'w> Renderer<'w> {
    /// Data goes to `data`, everything else to `status`.
    pub fn new(data: &'w mut dyn Write, status: &'w mut dyn Write, style: Style) -> Self {
        Self { data, status, style, text: String::new() }
    }

    /// Writes an outcome to its end and flushes.
    ///
    /// # Errors
    /// What the statement fails with while its rows are made, or what the data writer fails with.
    pub fn outcome(&mut self, outcome: Outcome) -> Result<(), RenderError> {
        let mut pending = Vec::new();
        for item in outcome.items {
            if let Item::Line(line) = item {
                pending.push(line);
                continue;
            }
            self.lines(&mut pending);
            match item {
                Item::Line(_) => {}
                Item::Status(status) => self.status(&status)?,
                Item::Properties(properties) => self.properties(&properties)?,
                Item::Description(description) => {
                    described::description(&description, self.style.mode, self.style.data, &mut self.text);
                }
                Item::Grants(grants) => {
                    described::grants(&grants, self.style.mode, self.style.data, &mut self.text);
                }
                Item::Explanation(explanation) => {
                    described::explanation(&explanation, self.style.mode, self.style.data, &mut self.text);
                }
                Item::Rows(rows) => self.rows(rows)?,
                Item::Steps(steps) => self.steps(steps)?,
            }
        }
        self.lines(&mut pending);
        Ok(self.flush()?)
    }

    /// Writes an error to the status writer; `source` is the text that its span points into.
    ///
    /// # Errors
    /// What the data writer fails with: data that came before the error is written first.
    pub fn failure(&mut self, error: &Error, source: &str) -> io::Result<()> {
        self.flush()?;
        let mut text = String::new();
        failure::write(error, source, &self.style, &mut text);
        self.say(&text);
        Ok(())
    }

    /// Writes a line beside the data.
    ///
    /// # Errors
    /// What the data writer fails with: data that came before is written first.
    pub fn status(&mut self, line: &str) -> io::Result<()> {
        self.flush()?;
        let mut text = String::new();
        for part in line.split('\n') {
            text.push_str(&fitting(part, self.style.status));
            text.push('\n');
        }
        self.say(&text);
        Ok(())
    }

    /// Writes a warning beside the data.
    ///
    /// # Errors
    /// What the data writer fails with: data that came before is written first.
    pub fn warning(&mut self, line: &str) -> io::Result<()> {
        self.flush()?;
        let text = format!("{} {}\n", coloured("warning:", "1;33", &self.style), fitting(line, self.style.status));
        self.say(&text);
        Ok(())
    }

    fn lines(&mut self, pending: &mut Vec<String>) {
        lines::write(pending, self.style.mode, self.style.data, &mut self.text);
        pending.clear();
    }

    fn properties(&mut self, properties: &Properties) -> io::Result<()> {
        let Properties { of, values } = properties;
        if self.style.mode != OutputMode::Table {
            described::record(values, self.style.mode, self.style.data, &mut self.text);
            return Ok(());
        }
        let lines = properties::lines(*of, values);
        match properties::is_beside(*of) {
            true => lines.iter().try_for_each(|line| self.status(line)),
            false => {
                lines.iter().for_each(|line| lines::write_line(line, self.style.data, &mut self.text));
                Ok(())
            }
        }
    }

    fn rows(&mut self, rows: Rows) -> Result<(), RenderError> {
        let look = rows.listing.filter(|_| self.style.mode == OutputMode::Table).map(listing::look);
        let is_beside = matches!(look, Some(Look::Status(_)));
        let target = if is_beside { self.style.status } else { self.style.data };
        let mut form = form(self.style.mode, target, &rows.columns, rows.listing);
        let mut chunks = rows.chunks;
        let first = chunks.next();
        if let Some(Ok(Chunk::Rows(rows))) = &first {
            form.measure(rows);
        }
        form.head(&mut self.text);
        for chunk in first.into_iter().chain(chunks) {
            match chunk {
                Ok(Chunk::Rows(rows)) if is_beside => {
                    self.flush()?;
                    let mut text = String::new();
                    rows.iter().for_each(|row| form.row(row, &mut text));
                    self.say(&text);
                }
                Ok(Chunk::Rows(rows)) => {
                    for row in rows {
                        form.row(&row, &mut self.text);
                        self.hand_over()?;
                    }
                }
                Ok(Chunk::Notice(notice)) => self.status(&notice)?,
                Err(error) => {
                    form.cut(&mut self.text);
                    self.flush()?;
                    return Err(error.into());
                }
            }
        }
        form.end(&mut self.text);
        if let Some(Look::Spaced(_)) = look {
            self.status("")?;
        }
        Ok(())
    }

    /// A bar that is drawn over and over on a terminal; what is said stands above it.
    fn steps(&mut self, steps: Steps) -> Result<(), RenderError> {
        let mut drawn = false;
        for step in steps.0 {
            match step {
                Ok(Step::Progress(progress)) if self.style.status == Target::Terminal => {
                    self.say(&progress::drawn(&progress));
                    drawn = true;
                }
                Ok(Step::Progress(_)) => {}
                Ok(Step::Status(line)) => {
                    self.wipe(&mut drawn);
                    self.status(&line)?;
                }
                Err(error) => {
                    self.wipe(&mut drawn);
                    return Err(error.into());
                }
            }
        }
        self.wipe(&mut drawn);
        Ok(())
    }

    /// Takes the bar off the terminal.
    fn wipe(&mut self, drawn: &mut bool) {
        if std::mem::take(drawn) {
            self.say(progress::WIPED);
        }
    }

    fn hand_over(&mut self) -> io::Result<()> {
        if self.text.len() >= PIECE {
            self.data.write_all(self.text.as_bytes())?;
            self.text.clear();
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let written = self.data.write_all(self.text.as_bytes());
        self.text.clear();
        written?;
        self.data.flush()
    }

    /// Status words that nobody reads must not stop a statement.
    fn say(&mut self, text: &str) {
        let _ = self.status.write_all(text.as_bytes()).and_then(|()| self.status.flush());
    }
}

#[cfg(test)]
mod tests;
