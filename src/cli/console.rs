use std::env;
use std::io::{self, IsTerminal, Write};

use crate::command::Outcome;
use crate::error::Error;
use crate::model::OutputMode;
use crate::render::{RenderError, Renderer, Style, Target};
use crate::repl::Screen;
use crate::shell::{Session, Stopped};

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

    /// The data writer itself.
    pub fn data(&mut self) -> &mut dyn Write {
        self.data
    }

    /// Writes data in this mode.
    pub fn renderer(&mut self, mode: OutputMode) -> Renderer<'_> {
        Renderer::new(self.data, self.status, Style { mode, ..self.style })
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

impl Screen for Console<'_> {
    fn style(&self) -> Style {
        self.style
    }

    fn show(&mut self, session: &mut Session, outcome: Outcome) -> Result<(), RenderError> {
        let mut style = Style { mode: session.mode(), trails: session.trails(), ..self.style };
        let shown = match session.output() {
            Some(output) => {
                style.data = Target::File;
                Renderer::new(output, self.status, style).outcome(outcome)
            }
            None => Renderer::new(self.data, self.status, style).outcome(outcome),
        };
        self.warnings(session)?;
        shown
    }

    fn failure(&mut self, session: &mut Session, stopped: &Stopped<Box<Error>>, source: &str) -> io::Result<()> {
        self.warnings(session)?;
        if let Some(file) = &stopped.file {
            self.note(&format!("In `{}`:", file.path.display()))?;
        }
        let style = Style { mode: session.mode(), trails: session.trails(), ..self.style };
        Renderer::new(self.data, self.status, style).failure(&stopped.error, stopped.source(source))
    }

    fn note(&mut self, line: &str) -> io::Result<()> {
        self.renderer(OutputMode::Table).status(line)
    }

    fn warnings(&mut self, session: &mut Session) -> io::Result<()> {
        session.warnings().iter().try_for_each(|warning| self.warn(warning))
    }
}

/// NO_COLOR with any value but nothing switches colour off; so does a terminal that knows none.
fn wants_colour() -> bool {
    let no_colour = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|value| value == "dumb");
    !no_colour && !dumb
}
