use std::fs;
use std::path::{Path, PathBuf};

use super::action::Action;
use super::source::Transcript;
use crate::error::{Code, Error, Result};
use crate::shell::read_file;
use crate::text::Span;

/// The folder of worlds, beside a transcript or above it.
const FOLDER: &str = "worlds";

/// A start world: the statements of a file, which run before those of the transcripts that name it.
#[derive(Debug)]
pub struct StartWorld {
    /// Its file.
    pub path: PathBuf,
    /// The text of that file.
    pub source: String,
    /// Its statements, each of which must succeed.
    pub statements: Vec<Span>,
}

impl StartWorld {
    /// The world of this name for a transcript: `worlds/<name>.odps` beside the file, or in the nearest folder above it.
    ///
    /// A world is a transcript as well: what it expects is compared when it is run as one.
    ///
    /// # Errors
    /// There is no such file, it cannot be read, or it does more than run statements that succeed.
    pub fn of(transcript: &Path, name: &str) -> Result<Self> {
        let file = Path::new(FOLDER).join(format!("{name}.odps"));
        let transcript = transcript.canonicalize().unwrap_or_else(|_| transcript.to_owned());
        let path = transcript.ancestors().skip(1).map(|folder| folder.join(&file)).find(|path| path.exists());
        let Some(path) = path else {
            return Err(Error::new(Code::File, format!("there is no world `{name}`")).help(format!(
                "write its statements to `{}` beside the transcript or in a folder above it",
                file.display()
            )));
        };
        let failed = |why: String| Error::new(Code::File, format!("world `{name}`: {why}"));
        // A pipe would block.
        if !fs::metadata(&path).is_ok_and(|data| data.is_file()) {
            return Err(failed(format!("`{}` is not a regular file", path.display())));
        }
        let source = read_file(&path).map_err(|error| failed(error.message.clone()))?;
        let read = Transcript::read(&source);
        if let Some((line, fault)) = read.faults.first() {
            return Err(failed(format!("line {line}: {fault}")));
        }
        if read.world.is_some() {
            return Err(failed("a world does not begin in another world".to_owned()));
        }
        let statement = |action: &Action| match action {
            Action::Run(span) => Ok(*span),
            Action::Shell(_) | Action::Reopen => {
                Err(failed("a world has one session: it has no `--:` lines".to_owned()))
            }
        };
        let statements = read.steps.iter().map(|step| statement(&step.action)).collect::<Result<_>>()?;
        Ok(Self { path, source, statements })
    }
}
