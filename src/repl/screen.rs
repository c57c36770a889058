use std::io;

use crate::command::Outcome;
use crate::error::Error;
use crate::render::{RenderError, Style};
use crate::shell::{Session, Stopped};

/// Where a conversation shows what comes of it.
pub trait Screen {
    /// What stands behind it.
    fn style(&self) -> Style;

    /// Writes an outcome to its end, and then the session's warnings: in the session's mode, and to its own output if it has one.
    ///
    /// # Errors
    /// What the statement fails with while its rows are made, or what the data writer fails with.
    fn show(&mut self, session: &mut Session, outcome: Outcome) -> Result<(), RenderError>;

    /// Writes the session's warnings and why a statement of `source` stopped.
    ///
    /// # Errors
    /// What the data writer fails with.
    fn failure(&mut self, session: &mut Session, stopped: &Stopped<Box<Error>>, source: &str) -> io::Result<()>;

    /// Writes a line beside the data.
    ///
    /// # Errors
    /// What the data writer fails with.
    fn note(&mut self, line: &str) -> io::Result<()>;

    /// Writes the session's warnings.
    ///
    /// # Errors
    /// What the data writer fails with.
    fn warnings(&mut self, session: &mut Session) -> io::Result<()>;
}
