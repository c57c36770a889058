use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use super::options::Arguments;
use crate::error::{Code, Error, Result};

/// Longest script, in bytes; whatever is longer is no script but a mistake.
const LONGEST: u64 = 256 * 1024 * 1024;

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
/// Source: client.md 1.3: a bare `-e` opens the prompt, and a `;` behind the name of a file is dropped. Chosen: standard input
/// that is no terminal is a script.
///
/// # Errors
/// An empty `-e`, or a script that cannot be read.
pub fn choose(arguments: &Arguments) -> Result<Input> {
    match (&arguments.text, &arguments.file) {
        (Some(Some(text)), _) if text.trim().is_empty() => {
            Err(Error::new(Code::Parse, "Invalid parameter -e").help("write the statements behind it: -e \"whoami;\""))
        }
        (Some(Some(text)), _) => Ok(Input::Script { source: text.clone(), origin: Origin::CommandLine }),
        (_, Some(file)) => {
            let source = read_file(Path::new(file.strip_suffix(';').unwrap_or(file)))?;
            Ok(Input::Script { source, origin: Origin::File })
        }
        _ if io::stdin().is_terminal() => Ok(Input::Prompt),
        _ => Ok(Input::Script { source: read(io::stdin().lock(), "standard input")?, origin: Origin::File }),
    }
}

/// Reads a text file.
///
/// # Errors
/// It is not there, cannot be read, is too long or no UTF-8.
pub fn read_file(path: &Path) -> Result<String> {
    let name = format!("`{}`", path.display());
    match File::open(path) {
        Ok(file) => read(file, &name),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(Code::File, format!("File not exist: {name}")))
        }
        Err(error) => Err(Error::new(Code::File, format!("cannot read {name}: {}", error.kind()))),
    }
}

fn read(from: impl Read, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(Code::File, format!("cannot read {name}: {}", error.kind())))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LONGEST {
        return Err(Error::new(Code::File, format!("{name} is longer than {} MB", LONGEST >> 20))
            .help("a script holds statements; load data with `insert`"));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let bytes = error.as_bytes();
        let help = if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
            "it is UTF-16; save it as UTF-8"
        } else {
            "save it as UTF-8 text"
        };
        let byte = bytes.get(at).copied().unwrap_or_default();
        let message = format!("{name} is not UTF-8 text: byte {byte:#04x} at offset {at} fits no character");
        Error::new(Code::File, message).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_its_offset() {
        assert_eq!(read(&b"use a;"[..], "x").unwrap(), "use a;");
        let error = read(&b"ab\xffc"[..], "x").unwrap_err();
        assert_eq!(error.message, "x is not UTF-8 text: byte 0xff at offset 2 fits no character");
        assert!(read(&b"\xff\xfeu\0"[..], "x").unwrap_err().help.unwrap().contains("UTF-16"));
        assert!(read(io::repeat(b'a'), "x").unwrap_err().message.contains("256 MB"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_file(Path::new("/nowhere/at all")).unwrap_err();
        assert_eq!(error.message, "File not exist: `/nowhere/at all`");
        assert!(read_file(Path::new("/")).is_err());
    }
}
