//! `.read`: statements that run the statements of a file. The prompt, scripts and transcripts all run theirs through here.

use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::local_file;
use super::session::Session;
use super::text_file::read_file;
use crate::command::{self, Outcome};
use crate::error::{Code, Error, Result};
use crate::syntax::{self, Piece, Script};
use crate::text::{Span, line_column};

/// Scripts that may stand inside of each other.
const DEPTH: usize = 10;

/// Why a statement, or the script that it read, stopped.
#[derive(Debug)]
pub struct Stopped<E> {
    /// What went wrong.
    pub error: E,
    /// The file that the place of the error is in; none if it is in the text that was given.
    pub file: Option<ScriptFile>,
}

/// Reads a whole script, the queries in it included: a mistake anywhere, and nothing of it runs.
///
/// # Errors
/// The first mistake, with its place.
pub fn parse(source: &str) -> Result<Script> {
    let script = syntax::parse(source)?;
    script.pieces.iter().try_for_each(|piece| command::check_syntax(&piece.statement))?;
    Ok(script)
}

/// A script that was read from a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptFile {
    /// Its name, as typed.
    pub path: PathBuf,
    /// Its text.
    pub source: String,
}

impl<E> Stopped<E> {
    /// The text that the place of the error is in, if `given` is the one that the statement came from.
    pub fn source<'s>(&'s self, given: &'s str) -> &'s str {
        self.file.as_ref().map_or(given, |file| &file.source)
    }
}

impl<E: From<Box<Error>>> From<Box<Error>> for Stopped<E> {
    fn from(error: Box<Error>) -> Self {
        Self { error: error.into(), file: None }
    }
}

/// Where outcomes go, one after the other.
pub type Show<'s, E> = &'s mut dyn FnMut(&mut Session, Outcome) -> Result<(), E>;

impl Session {
    /// Runs one statement of `source` and hands over its outcome; for `.read`, runs the file's statements the same way
    /// up to the first error.
    ///
    /// A file is read and parsed as a whole before its first statement runs. Its name counts from the working directory.
    ///
    /// # Errors
    /// The statement fails, a file cannot be read or parsed, files read each other too deep, or `show` fails.
    pub fn run_through<E: From<Box<Error>>>(
        &mut self,
        piece: &Piece,
        source: &str,
        show: Show<'_, E>,
    ) -> Result<(), Stopped<E>> {
        self.run_nested(piece, source, 0, show)
    }

    fn run_nested<E: From<Box<Error>>>(
        &mut self,
        piece: &Piece,
        source: &str,
        depth: usize,
        show: Show<'_, E>,
    ) -> Result<(), Stopped<E>> {
        let started = self.service.world.elapsed();
        match self.run(piece, source) {
            Ok(outcome) => self.give(outcome, show)?,
            Err(error) => return Err(self.stop(error, show)),
        }
        let Some(path) = self.take_script() else {
            if !self.timing {
                return Ok(());
            }
            let line = time_taken(self.service.world.elapsed().saturating_sub(started));
            return self.give(Outcome::status(line), show);
        };
        let text = piece.span.of(source);
        let file = match self.open_script(path, depth, piece.span) {
            Ok(file) => file,
            Err(error) => {
                self.record_failure(text, &error)?;
                return Err(error.into());
            }
        };
        let in_file = |stopped: Stopped<E>| match stopped.file {
            Some(_) => stopped,
            None => Stopped { file: Some(file.clone()), ..stopped },
        };
        let script = match parse(&file.source) {
            Ok(script) => script,
            Err(error) => {
                self.record_failure(text, &error)?;
                return Err(in_file(error.into()));
            }
        };
        self.recorded(text, |_| Ok(()))?;
        self.run_file(&file, script, depth + 1, show).map_err(in_file)
    }

    /// Reads the file of a `.read` whose script is nested `depth` deep.
    fn open_script(&self, path: PathBuf, depth: usize, at: Span) -> Result<ScriptFile> {
        if depth == DEPTH {
            let message = format!("scripts are nested more than {DEPTH} deep");
            return Err(Error::new(Code::File, message).at(at).help("check whether a script reads itself"));
        }
        // To close a file of the state releases the locks that this process holds on it (FLW-11).
        if self.service.store.holds(&path) {
            return Err(local_file::belongs(&path.display().to_string(), at));
        }
        let source = read_file(&path).map_err(|error| error.at(at))?;
        Ok(ScriptFile { path, source })
    }

    fn run_file<E: From<Box<Error>>>(
        &mut self,
        file: &ScriptFile,
        script: Script,
        depth: usize,
        show: Show<'_, E>,
    ) -> Result<(), Stopped<E>> {
        let Script { pieces, warnings, .. } = script;
        for (span, warning) in warnings {
            let (line, column) = line_column(&file.source, span.start);
            self.warnings.push(format!("{}:[{line},{column}] {warning}", file.path.display()));
        }
        for (place, piece) in pieces.iter().enumerate() {
            if self.caller.cancel.load(Ordering::SeqCst) {
                return Err(self.stopped_by_user(show));
            }
            self.announce(piece, pieces.get(place + 1));
            self.run_nested(piece, &file.source, depth, show)?;
        }
        Ok(())
    }

    /// Ends a script between two statements.
    pub fn stopped_by_user<E: From<Box<Error>>>(&mut self, show: Show<'_, E>) -> Stopped<E> {
        self.stop(Error::new(Code::Cancelled, "stopped by the user"), show)
    }
}

/// Chosen: the client tells no time for ordinary statements.
fn time_taken(time: Duration) -> String {
    format!("Time taken: {:.3} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::{Options, StatePath, World};
    use super::*;
    use crate::command::Item;
    use crate::model::Time;

    /// Status words of a script, and why it stopped.
    fn run(source: &str) -> (Vec<String>, Option<Stopped<Box<Error>>>) {
        let options = Options::on(StatePath::Memory);
        let mut session = Session::open(World::fixed(Time(0)), options).unwrap();
        let mut said = Vec::new();
        let mut show = |_: &mut Session, outcome: Outcome| {
            said.extend(outcome.items.into_iter().filter_map(|item| match item {
                Item::Status(status) => Some(status),
                _ => None,
            }));
            Ok(())
        };
        let pieces = syntax::parse(source).unwrap().pieces;
        let stopped = pieces.iter().find_map(|piece| session.run_through(piece, source, &mut show).err());
        (said, stopped)
    }

    #[test]
    fn a_script_runs_in_place_of_the_statement_that_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = |name: &str| folder.path().join(name).display().to_string();
        fs::write(file("inner"), "set odps.sql.hive.compatible=true;\nunset b;\nset odps.sql.allow.fullscan=true;")
            .unwrap();
        fs::write(
            file("outer"),
            format!(".timing on\n.read '{}'\n.timing off\nset odps.sql.udf.strict.mode=true;", file("inner")),
        )
        .unwrap();
        let (said, stopped) = run(&format!(".read '{}'\nunset e;", file("outer")));
        assert!(stopped.is_none(), "{stopped:?}");
        let time = "Time taken: 0.000 s";
        assert_eq!(said, [time, "OK", time, "b not found.", time, "OK", time, "OK", "e not found."]);
    }

    #[test]
    fn an_error_knows_the_file_that_it_is_in() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::write(&inner, "set odps.sql.hive.compatible=true;\n  desc nowhere;\nset b=1;").unwrap();
        let (said, stopped) = run(&format!(".read '{}'\nset c=1;", inner.display()));
        let stopped = stopped.unwrap();
        assert_eq!((said, &stopped.file.as_ref().unwrap().path), (vec!["OK".to_owned()], &inner));
        assert_eq!(stopped.error.span.unwrap().of(stopped.source("")), "nowhere");
    }

    #[test]
    fn a_script_that_reads_itself_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("loop");
        fs::write(&file, format!(".read '{}'", file.display())).unwrap();
        let (_, stopped) = run(&format!(".read '{}'", file.display()));
        assert!(stopped.unwrap().error.message.contains("more than 10 deep"));
    }
}
