//! A text file, piece by piece: every piece is whole records.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use encoding_rs::{Decoder, DecoderResult};
use memchr::memmem::{self, find_iter};
use memchr::{memchr, memchr_iter, memrchr};

use super::format::TextFormat;
use super::record::{Delimiters, Field};
use crate::error::{Code, Error, Result, shortened, system_words};

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// Longest record, in bytes: what is longer has another delimiter than was said.
const LONGEST: usize = 64 << 20;

/// Bytes in which the record delimiter is looked for.
const LOOK: u64 = 1 << 16;

/// A file that is uploaded, as it was when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFile {
    /// Where it is, from the root.
    pub path: PathBuf,
    /// Its bytes.
    pub bytes: u64,
    /// When it was changed, in nanoseconds since 1970.
    pub modified: i64,
}

/// The file at `path`, or the files of the folder there, by name; their paths go from the root.
///
/// # Errors
/// Nothing is there, or something that is no file: a pipe or device may never end. Chosen: a folder in a folder is refused,
/// not left out. Source: "Tunnel commands": a folder of one level.
pub fn look(path: &Path) -> Result<Vec<TextFile>> {
    let shown = shortened(&path.display().to_string());
    // Source: client.md 3.7.
    let missing = || {
        Error::new(Code::File, format!("Upload File not found: '{shown}'"))
            .help("the path counts from the folder that the shell was started in")
    };
    let unusable = |why: &str| {
        Error::new(Code::File, format!("'{shown}' cannot be uploaded: {why}")).help("give a file, or a folder of files")
    };
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => missing(),
        _ => unusable(&system_words(&error)),
    };
    let root = std::fs::canonicalize(path).map_err(unreadable)?;
    if !root.is_dir() {
        return Ok(vec![file(root).map_err(|why| unusable(&why))?]);
    }
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&root).map_err(unreadable)? {
        paths.push(std::fs::canonicalize(entry.map_err(unreadable)?.path()).map_err(unreadable)?);
    }
    paths.sort();
    let mut files = Vec::new();
    for path in paths {
        let inside = shortened(&path.file_name().unwrap_or_default().to_string_lossy());
        files.push(file(path).map_err(|why| unusable(&format!("`{inside}` in it: {why}")))?);
    }
    match files.is_empty() {
        true => Err(unusable("the folder is empty")),
        false => Ok(files),
    }
}

fn file(path: PathBuf) -> Result<TextFile, String> {
    // Asked before it is opened: opening a pipe may already wait for ever.
    let data = std::fs::metadata(&path).map_err(|error| system_words(&error))?;
    if !data.is_file() {
        return Err("it is no file".to_owned());
    }
    let since = data.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok()).unwrap_or_default();
    let modified = i64::try_from(since.as_nanos()).unwrap_or(i64::MAX);
    Ok(TextFile { path, bytes: data.len(), modified })
}

/// Whole records of a file.
#[derive(Debug)]
pub struct Piece {
    /// Their text.
    pub text: Vec<u8>,
    /// Line ends before it.
    pub lines: u64,
    /// Whether the file begins here.
    pub first: bool,
}

/// Reads a file in pieces.
pub struct Pieces {
    file: std::io::Take<File>,
    name: String,
    delimiters: Delimiters,
    decoder: Option<Decoder>,
    /// What is read and not handed over.
    text: Vec<u8>,
    /// Where the text that is not handed over begins in the file; without meaning for a file that is decoded.
    at: u64,
    lines: u64,
    ended: bool,
    fields: Vec<Field>,
}

impl Pieces {
    /// Begins at byte `at` of a file, before which there are `lines` line ends.
    ///
    /// # Errors
    /// The file cannot be read, or is another than was looked at.
    pub fn open(source: &TextFile, format: &TextFormat, at: u64, lines: u64) -> Result<Self> {
        let name = shortened(&source.path.display().to_string());
        let unreadable = |error: std::io::Error| {
            Error::new(Code::File, format!("'{name}' cannot be read: {}", system_words(&error)))
        };
        if file(source.path.clone()).ok().as_ref() != Some(source) {
            return Err(Error::new(Code::File, format!("'{name}' changed since the upload began"))
                .help("upload it anew: `tunnel resume -force`"));
        }
        let mut file = File::open(&source.path).map_err(unreadable)?;
        let record = match &format.record {
            Some(record) => record.clone(),
            None => guess(&mut file, format).map_err(unreadable)?,
        };
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        let delimiters = Delimiters { field: format.delimiter.clone(), record, quoted: format.quoted };
        Ok(Self {
            file: file.take(source.bytes.saturating_sub(at)),
            name: name.clone(),
            delimiters,
            decoder: format.charset.map(|charset| charset.new_decoder_with_bom_removal()),
            text: Vec::new(),
            at,
            lines,
            ended: false,
            fields: Vec::new(),
        })
    }

    /// How records and fields are told apart.
    pub fn delimiters(&self) -> &Delimiters {
        &self.delimiters
    }

    /// Where the next piece begins: byte, and line ends before it.
    pub fn place(&self) -> (u64, u64) {
        (self.at, self.lines)
    }

    /// The next piece; nothing at the end.
    ///
    /// # Errors
    /// The file cannot be read, or has a record without end.
    pub fn next(&mut self) -> Result<Option<Piece>> {
        let mut wanted = PIECE;
        loop {
            self.fill(wanted)?;
            let end = if self.ended { self.text.len() } else { self.last_end() };
            if end > 0 {
                return Ok(Some(self.hand_over(end)));
            }
            if self.ended {
                return Ok(None);
            }
            if wanted >= LONGEST {
                let line = self.lines + 1;
                return Err(Error::new(
                    Code::Execution,
                    format!("the record on line {line} of '{}' is longer than {} MB", self.name, LONGEST >> 20),
                )
                .help("is the record delimiter another (-rd), or a quote not closed?"));
            }
            wanted *= 2;
        }
    }

    fn hand_over(&mut self, end: usize) -> Piece {
        let rest = self.text.split_off(end);
        let mut text = std::mem::replace(&mut self.text, rest);
        let (first, lines) = (self.at == 0 && self.lines == 0, self.lines);
        self.lines += lines_in(&text, &self.delimiters.record);
        self.at += text.len() as u64;
        // A byte order mark is no part of the first field.
        if first && text.starts_with("\u{feff}".as_bytes()) {
            text.drain(..3);
        }
        Piece { text, lines, first }
    }

    /// Reads until there are `wanted` bytes of text, or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        let name = &self.name;
        let unreadable = |error: std::io::Error| {
            Error::new(Code::File, format!("'{name}' cannot be read: {}", system_words(&error)))
        };
        while !self.ended && self.text.len() < wanted {
            let Some(decoder) = &mut self.decoder else {
                let missing = wanted - self.text.len();
                self.text.reserve_exact(missing);
                let read = (&mut self.file).take(missing as u64).read_to_end(&mut self.text).map_err(unreadable)?;
                self.ended = read < missing;
                continue;
            };
            let mut bytes = Vec::with_capacity(PIECE);
            (&mut self.file).take(PIECE as u64).read_to_end(&mut bytes).map_err(unreadable)?;
            self.ended = bytes.len() < PIECE;
            decode(decoder, &bytes, self.ended, &mut self.text);
        }
        Ok(())
    }

    /// Where the last whole record ends.
    fn last_end(&mut self) -> usize {
        let Delimiters { field, record, quoted } = &self.delimiters;
        let text = self.text.as_slice();
        let simple = match record.as_slice() {
            [_] => true,
            b"\r\n" => !field.contains(&b'\r') && !field.contains(&b'\n'),
            _ => false,
        };
        if simple && !(*quoted && memchr(b'"', text).is_some()) {
            let found = match record.as_slice() {
                [one] => memrchr(*one, text),
                several => memmem::rfind(text, several),
            };
            return found.map_or(0, |at| at + record.len());
        }
        let mut end = 0;
        while end < text.len() {
            let found = self.delimiters.record(text, end, &mut self.fields);
            if !found.ended {
                break;
            }
            end = found.next;
        }
        end
    }
}

/// The line ends in `text`; where records do not end with lines, the records.
pub fn lines_in(text: &[u8], record: &[u8]) -> u64 {
    match record {
        record if record.contains(&b'\n') => memchr_iter(b'\n', text).count() as u64,
        [one] => memchr_iter(*one, text).count() as u64,
        record => find_iter(text, record).count() as u64,
    }
}

/// A byte that fits no character becomes one that is no UTF-8: the record that it stands in is a bad one.
fn decode(decoder: &mut Decoder, mut bytes: &[u8], last: bool, text: &mut Vec<u8>) {
    loop {
        let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len()).unwrap_or(PIECE * 3).max(16);
        let start = text.len();
        text.resize(start + room, 0);
        let free = text.get_mut(start..).unwrap_or_default();
        let (result, read, written) = decoder.decode_to_utf8_without_replacement(bytes, free, last);
        text.truncate(start + written);
        bytes = bytes.get(read..).unwrap_or_default();
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => text.push(0xff),
        }
    }
}

/// What ends the first record of a file: `\n`, with `\r` before it if one is there. Source: client.md 3.7.
fn guess(file: &mut File, format: &TextFormat) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    file.take(LOOK).read_to_end(&mut bytes)?;
    let mut text = Vec::new();
    match format.charset {
        Some(charset) => decode(&mut charset.new_decoder(), &bytes, false, &mut text),
        None => text = bytes,
    }
    let (mut in_quotes, mut before) = (false, 0);
    for byte in text {
        in_quotes ^= format.quoted && byte == b'"';
        if byte == b'\n' && !in_quotes {
            return Ok(if before == b'\r' { b"\r\n".to_vec() } else { b"\n".to_vec() });
        }
        before = byte;
    }
    Ok(b"\n".to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::{Statement, parse_statement, tunnel};

    fn format(options: &str) -> TextFormat {
        let Statement::Tunnel(tunnel::Statement::Upload { options, .. }) =
            parse_statement(&format!("tunnel upload a t {options}")).unwrap()
        else {
            panic!("no upload")
        };
        TextFormat::new(&options.upload().unwrap().text).unwrap()
    }

    fn pieces(bytes: &[u8], options: &str) -> Vec<(String, u64)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, bytes).unwrap();
        let file = look(&path).unwrap().remove(0);
        let mut pieces = Pieces::open(&file, &format(options), 0, 0).unwrap();
        let mut found = Vec::new();
        while let Some(piece) = pieces.next().unwrap() {
            found.push((String::from_utf8_lossy(&piece.text).into_owned(), piece.lines));
        }
        found
    }

    #[test]
    fn pieces_end_where_records_end() {
        let line = "0123456789\n".repeat(200_000);
        let found = pieces(line.as_bytes(), "");
        assert_eq!(found.len(), 3);
        assert!(found.iter().all(|(text, _)| text.ends_with('\n')));
        assert_eq!(found.iter().map(|(text, _)| text.as_str()).collect::<String>(), line);
        assert_eq!(found[2].1, (found[0].0.len() + found[1].0.len()) as u64 / 11);
        let quoted = format!("\"{}\"\n{}", "x\n".repeat(800_000), "b\n".repeat(400_000));
        let found = pieces(quoted.as_bytes(), "-cf true");
        assert!(found.len() == 2 && found[0].0.len() > 1_600_003, "{}", found.len());
        assert_eq!(found.iter().map(|(text, _)| text.as_str()).collect::<String>(), quoted);
    }

    #[test]
    fn record_ends_are_looked_for_and_marks_are_taken_away() {
        assert_eq!(pieces("\u{feff}a\r\nb".as_bytes(), ""), [("a\r\nb".to_owned(), 0)]);
        let format = format("-cf true");
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        std::fs::write(&path, "\"a\nb\",c\r\nd").unwrap();
        let file = look(&path).unwrap().remove(0);
        assert_eq!(Pieces::open(&file, &format, 0, 0).unwrap().delimiters().record, b"\r\n");
        std::fs::write(&path, "other").unwrap();
        assert!(Pieces::open(&file, &format, 0, 0).is_err());
    }

    #[test]
    fn other_charsets_are_decoded() {
        assert_eq!(pieces(b"\xc4\xe3\xba\xc3\n", "-c GBK"), [("你好\n".to_owned(), 0)]);
        assert_eq!(pieces(b"\xff\xfea\0\n\0", "-c utf-16")[0].0, "a\n");
        assert!(pieces(b"a\xff\n", "-c GBK")[0].0.contains('\u{fffd}'));
    }
}
