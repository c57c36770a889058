use std::collections::BTreeMap;
use std::path::PathBuf;

use super::compare::Output;
use super::folder::Folder;
use super::stage::Stage;
use super::world::StartWorld;
use crate::command::{Item, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::Time;
use crate::render::{RenderError, Renderer, Style};
use crate::shell::{self, Session, StatePath, Stopped, World};
use crate::syntax::{self, Statement, Variables};
use crate::text::Span;

/// The clock of every transcript: 2024-01-01T00:00:00Z.
const CLOCK: Time = Time(1_704_067_200_000);

/// What a query of a transcript may use, in bytes; the same on every machine.
const MEMORY: u64 = 512 * 1024 * 1024;

/// The world that a transcript runs in.
pub struct Runner {
    sessions: BTreeMap<u32, Session>,
    current: u32,
    policies: Vec<PathBuf>,
    folder: Option<Folder>,
    /// What the statements so far have defined.
    variables: Variables,
}

/// Whether a transcript needs its state in a file: several sessions share it, or it is opened again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// One session, from begin to end.
    Memory,
    /// A file.
    File,
}

impl Runner {
    /// A fresh world with one session.
    ///
    /// # Errors
    /// The state cannot be created.
    pub fn open(policies: &[PathBuf], needs: Needs) -> Result<Self> {
        let folder = match needs {
            Needs::Memory => None,
            Needs::File => Some(Folder::create()?),
        };
        let (sessions, policies, variables) = (BTreeMap::new(), policies.to_vec(), Variables::default());
        let mut runner = Self { sessions, current: 1, policies, folder, variables };
        runner.go_to(1)?;
        Ok(runner)
    }

    /// Goes on in this session; a new one if there is none of this number.
    ///
    /// # Errors
    /// The state cannot be opened.
    pub fn go_to(&mut self, number: u32) -> Result<()> {
        if !self.sessions.contains_key(&number) {
            let state = match &self.folder {
                Some(folder) => StatePath::File(folder.path().join("state.db")),
                None => StatePath::Memory,
            };
            let options = shell::Options {
                policies: self.policies.clone(),
                memory_limit: Some(MEMORY),
                ..shell::Options::on(state)
            };
            self.sessions.insert(number, Session::open(World::fixed(CLOCK), options)?);
        }
        self.current = number;
        Ok(())
    }

    /// Closes every session and opens the state again.
    ///
    /// # Errors
    /// What was acknowledged cannot be written, or the state cannot be opened.
    pub fn reopen(&mut self) -> Result<()> {
        self.finish()?;
        self.sessions.clear();
        self.go_to(self.current)
    }

    /// Runs the statements of a start world; the session goes on where they leave it.
    ///
    /// # Errors
    /// One of them fails: which one, and how.
    pub fn begin_in(&mut self, world: &StartWorld) -> Result<(), (Span, Box<Error>)> {
        world.statements.iter().try_for_each(|span| match self.run(&world.source, *span, (false, &[])) {
            (_, Some(error)) => Err((*span, error)),
            (_, None) => Ok(()),
        })?;
        self.variables = Variables::default();
        Ok(())
    }

    /// Writes what was acknowledged.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(&mut self) -> Result<()> {
        self.sessions.values_mut().try_for_each(Session::finish)
    }

    /// Runs the statement at `span`, and inspects these stages of it before; of one that `must_fail` it is kept why it was allowed.
    pub fn run(
        &mut self,
        source: &str,
        span: Span,
        (must_fail, stages): (bool, &[Stage]),
    ) -> (Output, Option<Box<Error>>) {
        let mut output = Output { ordered: true, ..Output::default() };
        let stopped = self.parse_and_run(source, span, (must_fail, stages), &mut output).err();
        for stage in stages {
            output.stages.entry(*stage).or_insert_with(|| vec!["not decided: it is not a statement".to_owned()]);
        }
        if let Some(stopped) = &stopped {
            output.rule = stopped.error.rule;
            output.error = match &stopped.file {
                Some(file) => error_lines(&stopped.error, &file.source, Span::default()),
                None => error_lines(&stopped.error, source, span),
            };
        }
        (output, stopped.map(|stopped| stopped.error))
    }

    fn parse_and_run(
        &mut self,
        source: &str,
        span: Span,
        (must_fail, stages): (bool, &[Stage]),
        output: &mut Output,
    ) -> Result<(), Stopped<Box<Error>>> {
        let script = syntax::parse_part(&alone(source, span), source, &mut self.variables)?;
        let Some(session) = self.sessions.get_mut(&self.current) else {
            return Err(Error::new(Code::Internal, format!("there is no session {}", self.current)).into());
        };
        for piece in &script.pieces {
            if must_fail || !stages.is_empty() {
                inspect(session, &piece.statement, stages, output);
            }
            session.run_through(piece, source, &mut |session, outcome| capture(session, outcome, output))?;
        }
        Ok(())
    }
}

/// Notes how a statement is bound and decided, before it runs.
fn inspect(session: &Session, statement: &Statement, stages: &[Stage], output: &mut Output) {
    let undecided = match session.inspect(statement) {
        Ok(Some((request, decision))) => {
            if decision.is_allowed() {
                output.allowed.extend(decision.whole_explanation(&request).iter().map(ToString::to_string));
            }
            for stage in stages {
                output.stages.entry(*stage).or_default().extend(stage.lines(&request, &decision));
            }
            return;
        }
        Ok(None) => "not decided: it is a local command".to_owned(),
        // What cannot be bound is not allowed: it says so when it runs.
        Err(_) => "not decided: it fails before".to_owned(),
    };
    for stage in stages {
        output.stages.entry(*stage).or_default().push(undecided.clone());
    }
}

/// What an outcome is written as, and the session's warnings.
fn capture(session: &mut Session, outcome: Outcome, output: &mut Output) -> Result<()> {
    output.ordered &= !outcome.items.iter().any(|item| matches!(item, Item::Rows(rows) if !rows.ordered));
    let (mut data, mut status) = (Vec::new(), Vec::new());
    let style = Style { mode: session.mode(), ..Style::default() };
    let rendered = match session.output() {
        Some(file) => Renderer::new(file, &mut status, style).outcome(outcome),
        None => Renderer::new(&mut data, &mut status, style).outcome(outcome),
    };
    output.data.extend(lines(&data));
    output.status.extend(lines(&status).filter(|line| line != "OK" && !line.is_empty()));
    output.status.extend(session.warnings().into_iter().map(|warning| format!("warning: {warning}")));
    rendered.map_err(|error| match error {
        RenderError::Statement(error) => error,
        RenderError::Writer(error) => Error::new(Code::File, format!("cannot write: {}", error.kind())),
    })
}

/// The text up to the end of `span`, with blanks in place of everything before: places stay what they are in the file.
fn alone(source: &str, span: Span) -> String {
    let mut text: String =
        Span::new(0, span.start).of(source).bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    text.push_str(span.of(source));
    text
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = String> {
    String::from_utf8_lossy(bytes).lines().map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// Headline, help and trail; the position counts from the line on which the statement starts.
fn error_lines(error: &Error, source: &str, statement: Span) -> Vec<String> {
    let before = Span::new(0, statement.start).of(source);
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    let from_line = source.get(line_start..).unwrap_or_default();
    let mut shifted = error.clone();
    shifted.span =
        error.span.map(|span| Span::new(span.start.saturating_sub(line_start), span.end.saturating_sub(line_start)));
    let mut lines: Vec<String> = shifted.headline(from_line).lines().map(str::to_owned).collect();
    lines.extend(error.help.iter().flat_map(|help| help.lines()).map(|line| format!("help: {}", line.trim())));
    lines.extend(error.notes.iter().flat_map(|note| note.lines()).map(|note| note.trim().to_owned()));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_in_a_statement_are_places_in_the_file() {
        let source = "-- ä.\nuse a; use b;";
        let span = Span::new(14, 20);
        assert_eq!(span.of(source), "use b;");
        let text = alone(source, span);
        assert_eq!((text.len(), span.of(&text)), (source.len(), "use b;"));
        assert!(text.starts_with("      \n "));
        let error = Error::new(Code::Semantic, "no").at(Span::new(18, 19)).help("h");
        assert_eq!(
            error_lines(&error, source, span),
            ["ODPS-0130071:[1,12] Semantic analysis exception - no", "help: h"]
        );
    }

    #[test]
    fn the_clock_stands_at_the_start_of_2024() {
        assert_eq!(CLOCK.to_string(), "2024-01-01T00:00:00Z");
    }
}
