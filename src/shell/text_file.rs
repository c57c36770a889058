use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::error::{Code, Error, Result, system_words};

/// Longest text, in bytes; anything longer is a mistake, not a script.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Reads a text file: a script, a configuration.
///
/// # Errors
/// It does not exist, cannot be read, is too long, or is not UTF-8.
pub fn read_file(path: &Path) -> Result<String> {
    let name = format!("`{}`", path.display());
    match File::open(path) {
        Ok(file) => read_text(file, &name),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::new(Code::File, format!("File not exist: {name}")))
        }
        Err(error) => Err(Error::new(Code::File, format!("cannot read {name}: {}", system_words(&error)))),
    }
}

/// Reads a text to its end; `name` is what errors call it.
///
/// # Errors
/// It cannot be read, is too long or no UTF-8.
pub fn read_text(from: impl Read, name: &str) -> Result<String> {
    let mut bytes = Vec::new();
    from.take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| Error::new(Code::File, format!("cannot read {name}: {}", system_words(&error))))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LONGEST {
        return Err(Error::new(Code::File, format!("{name} is longer than {} MB", LONGEST >> 20))
            .help("a script contains statements; load data with `insert`"));
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
        let message = format!("{name} is not UTF-8 text: invalid byte {byte:#04x} at offset {at}");
        Error::new(Code::File, message).help(help)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_with_its_offset() {
        assert_eq!(read_text(&b"use a;"[..], "x").unwrap(), "use a;");
        let error = read_text(&b"ab\xffc"[..], "x").unwrap_err();
        assert_eq!(error.message, "x is not UTF-8 text: invalid byte 0xff at offset 2");
        assert!(read_text(&b"\xff\xfeu\0"[..], "x").unwrap_err().help.unwrap().contains("UTF-16"));
        assert!(read_text(io::repeat(b'a'), "x").unwrap_err().message.contains("256 MB"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_file(Path::new("/nowhere/at all")).unwrap_err();
        assert_eq!(error.message, "File not exist: `/nowhere/at all`");
        assert!(read_file(Path::new("/")).is_err());
    }
}
