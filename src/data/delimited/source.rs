//! A text file, piece by piece: every piece is whole records.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use encoding_rs::{Decoder, DecoderResult};
use memchr::memmem::{self, find_iter};
use memchr::{memchr, memchr_iter, memrchr};

use super::format::TextFormat;
use super::look::TextFile;
use super::record::{Delimiters, Field};
use crate::error::{Code, Error, Result};

/// Bytes that are read at once.
const PIECE: usize = 1 << 20;

/// Longest record, in bytes: what is longer has another delimiter than was said.
const LONGEST: usize = 64 << 20;

/// Bytes in which the end of the first record is looked for at first.
const LOOK: usize = 1 << 16;

/// A byte order mark, which is no part of the first field.
const MARK: &[u8] = "\u{feff}".as_bytes();

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
    file: io::Take<File>,
    source: TextFile,
    delimiters: Delimiters,
    decoder: Option<Decoder>,
    /// What is read and not handed over.
    text: Vec<u8>,
    /// Where the text that is not handed over begins in the file; without meaning for a file that is decoded.
    at: u64,
    lines: u64,
    /// Whether nothing was handed over, and the file is read from its beginning.
    first: bool,
    ended: bool,
    fields: Vec<Field>,
}

impl Pieces {
    /// Begins at byte `at` of a file, before which there are `lines` line ends.
    ///
    /// # Errors
    /// The file cannot be read, or is another than was looked at.
    pub fn open(source: &TextFile, format: &TextFormat, at: u64, lines: u64) -> Result<Self> {
        let unreadable = |error: io::Error| source.unreadable(&error);
        let mut file = source.open()?;
        let record = match &format.record {
            Some(record) => record.clone(),
            None => guess(&mut file, format).map_err(unreadable)?,
        };
        file.seek(SeekFrom::Start(at)).map_err(unreadable)?;
        let delimiters = Delimiters {
            field: format.delimiter.clone(),
            record,
            quoted: format.quoted,
            guessed: format.record.is_none(),
        };
        Ok(Self {
            file: file.take(source.bytes.saturating_sub(at)),
            source: source.clone(),
            delimiters,
            decoder: format.charset.map(|charset| charset.new_decoder_with_bom_removal()),
            text: Vec::new(),
            at,
            lines,
            first: at == 0,
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
    /// The file cannot be read, changed meanwhile, or has a record without end.
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
                    format!(
                        "the record on line {line} of '{}' is longer than {} MB",
                        self.source.shown(),
                        LONGEST >> 20
                    ),
                )
                .help("check the record delimiter (-rd), and look for a quote that is not closed"));
            }
            wanted *= 2;
        }
    }

    fn hand_over(&mut self, end: usize) -> Piece {
        let rest = self.text.split_off(end);
        let text = std::mem::replace(&mut self.text, rest);
        let (first, lines) = (std::mem::take(&mut self.first), self.lines);
        self.lines += lines_in(&text, &self.delimiters.record);
        self.at += text.len() as u64;
        Piece { text, lines, first }
    }

    /// Reads until there are `wanted` bytes of text, or the file ends.
    fn fill(&mut self, wanted: usize) -> Result<()> {
        let source = &self.source;
        let unreadable = |error: io::Error| source.unreadable(&error);
        let begins = self.first && self.text.is_empty();
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
        if begins && self.text.starts_with(MARK) {
            self.text.drain(..MARK.len());
            self.at += MARK.len() as u64;
        }
        match self.ended {
            false => Ok(()),
            // What ends early was cut while it was read; what changed may be half of the old and half of the new.
            true if self.file.limit() > 0 => Err(source.changed()),
            true => source.check(self.file.get_ref()),
        }
    }

    /// Where the last whole record ends.
    fn last_end(&mut self) -> usize {
        let Delimiters { field, record, quoted, .. } = &self.delimiters;
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

/// What ends the first record of a file: `\n`, with `\r` before it if one is there. Source: odpscmd.
///
/// The first record is found as every record is, however long it may be.
fn guess(file: &mut File, format: &TextFormat) -> io::Result<Vec<u8>> {
    let delimiters =
        Delimiters { field: format.delimiter.clone(), record: b"\n".to_vec(), quoted: format.quoted, guessed: true };
    let mut decoder = format.charset.map(|charset| charset.new_decoder_with_bom_removal());
    let (mut text, mut fields, mut wanted) = (Vec::new(), Vec::new(), LOOK);
    loop {
        let mut bytes = Vec::new();
        let ended = (&mut *file).take(wanted as u64).read_to_end(&mut bytes)? < wanted;
        match &mut decoder {
            Some(decoder) => decode(decoder, &bytes, ended, &mut text),
            None => text.extend(bytes),
        }
        let start = if text.starts_with(MARK) { MARK.len() } else { 0 };
        let found = delimiters.record(&text, start, &mut fields);
        if found.ended {
            let record = text.get(start..found.next).unwrap_or_default();
            // A `\r` that ends a delimiter is none of a line end.
            let carriage = record.ends_with(b"\r\n") && !format.delimiter.ends_with(b"\r");
            return Ok(if carriage { b"\r\n".to_vec() } else { b"\n".to_vec() });
        }
        if ended || text.len() >= LONGEST {
            return Ok(b"\n".to_vec());
        }
        wanted = text.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::delimited::look::look;
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
        let file = look(&path).unwrap().files.remove(0);
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
        let file = look(&path).unwrap().files.remove(0);
        assert_eq!(Pieces::open(&file, &format, 0, 0).unwrap().delimiters().record, b"\r\n");
        std::fs::write(&path, "other").unwrap();
        assert!(Pieces::open(&file, &format, 0, 0).is_err());
    }

    #[test]
    fn the_first_record_is_looked_for_as_records_are_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let guessed = |bytes: &str, options: &str| {
            std::fs::write(&path, bytes).unwrap();
            let file = look(&path).unwrap().files.remove(0);
            Pieces::open(&file, &format(options), 0, 0).unwrap().delimiters().record.clone()
        };
        let long = "x".repeat(200_000);
        for (bytes, options, record) in [
            ("5\" disk,one\r\nb\n", "-cf true", "\r\n"),
            ("a,b\" \"c\n\r\n", "-cf true", "\n"),
            ("\u{feff}\"a\nb\"\r\nc\n", "-cf true", "\r\n"),
            (&format!("{long}\r\n"), "", "\r\n"),
            (&format!("\"{}\"\r\n", "x\n".repeat(100_000)), "-cf true", "\r\n"),
            ("a\r\nb\r\n", "-fd '\\r'", "\n"),
            ("a", "", "\n"),
        ] {
            assert_eq!(guessed(bytes, options), record.as_bytes(), "{}", bytes.get(..20).unwrap_or(bytes));
        }
    }

    #[test]
    fn a_file_that_changes_while_it_is_read_ends_the_upload() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let half = |change: &dyn Fn(&File)| {
            std::fs::write(&path, "0123456789\n".repeat(200_000)).unwrap();
            let file = look(&path).unwrap().files.remove(0);
            let mut pieces = Pieces::open(&file, &format(""), 0, 0).unwrap();
            assert!(pieces.next().unwrap().is_some());
            change(&File::options().write(true).open(&path).unwrap());
            loop {
                match pieces.next() {
                    Ok(Some(_)) => {}
                    Ok(None) => return None,
                    Err(error) => return Some(error.message),
                }
            }
        };
        let modified = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(9);
        assert_eq!(half(&|_| {}), None);
        for message in [
            half(&|file| file.set_len(1_500_000).unwrap()),
            half(&|file| file.set_len(3_000_000).unwrap()),
            half(&|file| file.set_modified(modified).unwrap()),
        ] {
            assert!(message.unwrap().ends_with("changed since the upload began"));
        }
    }

    #[test]
    fn other_charsets_are_decoded() {
        assert_eq!(pieces(b"\xc4\xe3\xba\xc3\n", "-c GBK"), [("你好\n".to_owned(), 0)]);
        assert_eq!(pieces(b"\xff\xfea\0\n\0", "-c utf-16")[0].0, "a\n");
        assert!(pieces(b"a\xff\n", "-c GBK")[0].0.contains('\u{fffd}'));
    }
}
