use std::env;
use std::io::{self, IsTerminal, Write};

use crate::error::Error;
use crate::model::OutputMode;
use crate::render::{Renderer, Style, Target};

/// Standard output and standard error.
pub struct Console<'w> {
    data: &'w mut dyn Write,
    status: &'w mut dyn Write,
    style: Style,
}

impl<'w> Console<'w> {
    /// The two writers, and what stands behind standard output and standard error.
    pub fn new(data: &'w mut dyn Write, status: &'w mut dyn Write) -> Self {
        let target = |is_terminal: bool| if is_terminal { Target::Terminal } else { Target::File };
        let style = Style {
            data: target(io::stdout().is_terminal()),
            status: target(io::stderr().is_terminal()),
            colour: wants_colour(),
            ..Style::default()
        };
        Self { data, status, style }
    }

    /// What stands behind the writers.
    pub fn style(&self) -> Style {
        self.style
    }

    /// The data writer itself.
    pub fn data(&mut self) -> &mut dyn Write {
        self.data
    }

    /// Writes data in this mode.
    pub fn renderer(&mut self, mode: OutputMode) -> Renderer<'_> {
        Renderer::new(self.data, self.status, Style { mode, ..self.style })
    }

    /// Writes results of a session: in its mode, with trails if it wants them, and to its own output if it has one.
    pub fn session_renderer<'r>(&'r mut self, session: &Settings, output: Option<&'r mut dyn Write>) -> Renderer<'r> {
        let mut style = Style { mode: session.mode, trails: session.trails, ..self.style };
        match output {
            Some(output) => {
                style.data = Target::File;
                Renderer::new(output, self.status, style)
            }
            None => Renderer::new(self.data, self.status, style),
        }
    }

    /// Writes a line beside the data.
    pub fn note(&mut self, line: &str) -> io::Result<()> {
        self.renderer(OutputMode::Table).status(line)
    }

    /// Writes a warning beside the data.
    pub fn warn(&mut self, line: &str) -> io::Result<()> {
        self.renderer(OutputMode::Table).warning(line)
    }

    /// Writes an error; gives back the exit code for it.
    pub fn fail(&mut self, error: &Error, source: &str) -> io::Result<u8> {
        self.renderer(OutputMode::Table).failure(error, source)?;
        Ok(1)
    }
}

/// What a session says about its output.
pub struct Settings {
    /// The output mode.
    pub mode: OutputMode,
    /// Whether trails are shown behind denials.
    pub trails: bool,
}

/// NO_COLOR with any value but nothing switches colour off; so does a terminal that knows none.
fn wants_colour() -> bool {
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_colour && !dumb
}
