use std::io::{self, IsTerminal};
use std::path::Path;

use super::options::Arguments;
use crate::error::{Code, Error, Result};
use crate::shell::{read_file, read_text};

/// Where statements come from.
#[derive(Debug, PartialEq, Eq)]
pub enum Input {
    /// A person at a terminal.
    Prompt,
    /// A text, which is read before anything runs.
    Script {
        /// The text.
        source: String,
        /// Where it comes from.
        origin: Origin,
    },
}

/// Where a script comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// `-e`.
    CommandLine,
    /// `-f` or standard input.
    File,
}

/// What the command line asks for.
///
/// Source: odpscmd: a bare `-e` opens the prompt, and a `;` behind the name of a file is dropped. Chosen: standard input
/// that is no terminal is a script.
///
/// # Errors
/// An empty `-e`, or a script that cannot be read.
pub fn choose(arguments: &Arguments) -> Result<Input> {
    match (&arguments.text, &arguments.file) {
        (Some(Some(text)), _) if text.trim().is_empty() => {
            Err(Error::new(Code::Parse, "Invalid parameter -e").help("give the statements after it: -e \"whoami;\""))
        }
        (Some(Some(text)), _) => Ok(Input::Script { source: text.clone(), origin: Origin::CommandLine }),
        (_, Some(file)) => {
            let source = read_file(Path::new(file.strip_suffix(';').unwrap_or(file)))?;
            Ok(Input::Script { source, origin: Origin::File })
        }
        _ if io::stdin().is_terminal() => Ok(Input::Prompt),
        _ => Ok(Input::Script { source: read_text(io::stdin().lock(), "standard input")?, origin: Origin::File }),
    }
}
