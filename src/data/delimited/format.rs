use encoding_rs::{Encoding, UTF_8};

use super::pattern::Pattern;
use crate::error::{Code, Error, Result};
use crate::model::{TextLayout, Zone};
use crate::syntax::tunnel::TextOptions;

/// How the records of a text file look.
#[derive(Debug, Clone)]
pub struct TextFormat {
    pub(super) delimiter: Vec<u8>,
    /// None: an upload looks into the file, a download ends records with `\n`.
    pub(super) record: Option<Vec<u8>>,
    pub(super) null: Vec<u8>,
    /// Whether fields may stand in quotes.
    pub(super) quoted: bool,
    /// Whether the first record names the columns.
    pub(super) header: bool,
    pub(super) pattern: Pattern,
    pub(super) zone: Zone,
    /// Whether numbers are written with an exponent where they are large or small.
    pub(super) exponential: bool,
    /// None: bytes are UTF-8.
    pub(super) charset: Option<&'static Encoding>,
}

impl TextFormat {
    /// The format that the options describe.
    ///
    /// # Errors
    /// A charset, pattern or zone that is not known.
    pub fn new(options: &TextOptions) -> Result<Self> {
        let charset = match &options.charset {
            None => None,
            Some(name) => Some(Encoding::for_label(name.as_bytes()).ok_or_else(|| unsupported(name))?),
        };
        Ok(Self {
            delimiter: options.field.clone().into_bytes(),
            record: options.record.clone().map(String::into_bytes),
            null: options.null.clone().into_bytes(),
            quoted: options.quoted,
            header: options.header,
            pattern: Pattern::new(&options.date)?,
            exponential: options.exponential,
            zone: options.zone.as_deref().map_or(Ok(Zone::Utc), Zone::new)?,
            charset: charset.filter(|charset| *charset != UTF_8),
        })
    }

    /// The format of files outside of the state.
    ///
    /// # Errors
    /// A mistake in this program.
    pub fn of(layout: &TextLayout, zone: &Zone) -> Result<Self> {
        let TextLayout { delimiter, null, quoted, header, .. } = layout;
        Ok(Self {
            delimiter: delimiter.clone().into_bytes(),
            record: Some(b"\n".to_vec()),
            null: null.clone().into_bytes(),
            quoted: *quoted,
            header: *header,
            pattern: Pattern::new("yyyy-MM-dd HH:mm:ss")?,
            exponential: false,
            zone: *zone,
            charset: None,
        })
    }

    /// Whether a file is cut into blocks: bytes of one that is decoded are no places in it.
    pub fn is_cut(&self) -> bool {
        self.charset.is_none()
    }

    /// The same for a file that is written.
    ///
    /// # Errors
    /// A charset that can only be read.
    pub fn writable(self) -> Result<Self> {
        match self.charset {
            Some(charset) if charset.output_encoding() != charset => Err(unsupported(charset.name())),
            _ => Ok(self),
        }
    }
}

/// Source: odpscmd.
fn unsupported(charset: &str) -> Box<Error> {
    Error::new(Code::Setting, format!("Unsupported encoding: '{charset}'"))
        .help("write for example UTF-8, GBK or ISO-8859-1; without -c the file is read as UTF-8")
}
