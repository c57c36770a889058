use encoding_rs::{Decoder, DecoderResult, Encoder, EncoderResult, Encoding, ISO_2022_JP};

use crate::error::{Code, Error, Result};

/// Room for what a charset writes at least, in bytes.
const ROOM: usize = 16;

/// Writes text in another charset, and nothing that would read back as other text.
pub struct Recoder {
    encoder: Encoder,
    /// Reads what was written, where a character may come back as another.
    reader: Option<Decoder>,
    read: Vec<u8>,
}

impl Recoder {
    pub fn new(charset: &'static Encoding) -> Self {
        // Single bytes stand for one character each. The others write some characters as the bytes of similar ones: a yen
        // sign in Shift_JIS is a backslash.
        let reader = (!charset.is_single_byte()).then(|| charset.new_decoder_without_bom_handling());
        Self { encoder: charset.new_encoder(), reader, read: Vec::new() }
    }

    /// Appends `text`, whole characters, to what is encoded.
    ///
    /// # Errors
    /// A character that the charset has not.
    pub fn write(&mut self, text: &[u8], encoded: &mut Vec<u8>) -> Result<()> {
        let mut rest =
            std::str::from_utf8(text).map_err(|_| Error::new(Code::Internal, "text for a file is not valid UTF-8"))?;
        let begin = encoded.len();
        while !rest.is_empty() {
            let room = self.encoder.max_buffer_length_from_utf8_without_replacement(rest.len()).unwrap_or(rest.len());
            let start = encoded.len();
            encoded.resize(start + room.max(ROOM), 0);
            let free = encoded.get_mut(start..).unwrap_or_default();
            let (result, read, written) = self.encoder.encode_from_utf8_without_replacement(rest, free, false);
            encoded.truncate(start + written);
            rest = rest.get(read..).unwrap_or_default();
            if let EncoderResult::Unmappable(_) = result {
                return Err(self.missing());
            }
        }
        // ISO-2022-JP has modes, which its reader must follow; elsewhere ASCII is ASCII.
        if text.is_ascii() && self.encoder.encoding() != ISO_2022_JP {
            return Ok(());
        }
        match self.reads_back(encoded.get(begin..).unwrap_or_default(), text) {
            true => Ok(()),
            false => Err(self.missing()),
        }
    }

    /// Appends what stands at the end of a file.
    pub fn end(&mut self, encoded: &mut Vec<u8>) {
        let mut end = [0; ROOM];
        let (_, _, written) = self.encoder.encode_from_utf8_without_replacement("", &mut end, true);
        encoded.extend_from_slice(end.get(..written).unwrap_or_default());
    }

    fn reads_back(&mut self, encoded: &[u8], text: &[u8]) -> bool {
        let Some(reader) = &mut self.reader else { return true };
        let room = reader.max_utf8_buffer_length_without_replacement(encoded.len()).unwrap_or(text.len());
        self.read.resize(room.max(ROOM), 0);
        let (result, _, written) = reader.decode_to_utf8_without_replacement(encoded, &mut self.read, false);
        result == DecoderResult::InputEmpty && self.read.get(..written) == Some(text)
    }

    fn missing(&self) -> Box<Error> {
        let charset = self.encoder.encoding().name();
        Error::new(Code::Execution, format!("a value contains a character that {charset} cannot represent"))
            .help("download it as UTF-8: without `-c`")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(charset: &str, pieces: &[&str]) -> Result<Vec<u8>> {
        let charset = Encoding::for_label(charset.as_bytes()).unwrap();
        let (mut recoder, mut bytes) = (Recoder::new(charset), Vec::new());
        for piece in pieces {
            recoder.write(piece.as_bytes(), &mut bytes)?;
        }
        recoder.end(&mut bytes);
        let (text, wrong) = charset.decode_without_bom_handling(&bytes);
        assert!(!wrong && text == pieces.concat(), "{text}");
        Ok(bytes)
    }

    #[test]
    fn what_is_written_reads_back() {
        for charset in ["Shift_JIS", "EUC-JP", "ISO-2022-JP"] {
            // ISO-2022-JP has a mode for the first two, and none for the last.
            let others = if charset == "ISO-2022-JP" { ["−", "ｱ", "a−b\n"] } else { ["¥", "‾", "a¥b\n"] };
            for text in others {
                let message = encoded(charset, &["a\n", text]).unwrap_err().message;
                assert_eq!(message, format!("a value contains a character that {charset} cannot represent"), "{text}");
            }
            encoded(charset, &["a\n", "日本\n", "plain \\ ~\n", "語"]).unwrap();
        }
        for charset in ["GBK", "GB18030", "Big5", "EUC-KR"] {
            encoded(charset, &["a\n", "中文\n", "b", "一"]).unwrap();
        }
        assert!(encoded("Big5", &["🦀"]).is_err());
        assert_eq!(encoded("latin1", &["ä"]).unwrap(), b"\xe4");
    }

    #[test]
    fn only_charsets_of_several_bytes_need_to_be_read_back() {
        let labels = [
            "ibm866",
            "iso-8859-2",
            "iso-8859-3",
            "iso-8859-4",
            "iso-8859-5",
            "iso-8859-6",
            "iso-8859-7",
            "iso-8859-8",
            "iso-8859-8-i",
            "iso-8859-10",
            "iso-8859-13",
            "iso-8859-14",
            "iso-8859-15",
            "iso-8859-16",
            "koi8-r",
            "koi8-u",
            "macintosh",
            "windows-874",
            "windows-1250",
            "windows-1251",
            "windows-1252",
            "windows-1253",
            "windows-1254",
            "windows-1255",
            "windows-1256",
            "windows-1257",
            "windows-1258",
            "x-mac-cyrillic",
            "x-user-defined",
        ];
        for label in labels {
            let charset = Encoding::for_label(label.as_bytes()).unwrap();
            assert!(charset.is_single_byte(), "{label}");
            for character in '\0'..='\u{ffff}' {
                let text = character.to_string();
                let (bytes, _, unmappable) = charset.encode(&text);
                let back = || charset.decode_without_bom_handling(&bytes).0 == text;
                assert!(unmappable || back(), "{label} {character:?}");
            }
        }
    }
}
