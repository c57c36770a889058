//! The one error type: code, message, place, help.
//!
//! Wording: lower case, one line, no full stop, user text in back-quotes, no Rust names. Texts of the real service are
//! kept verbatim where they are known.

mod code;

pub use code::Code;

use crate::text::Span;

/// What went wrong, where, and what to do instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Which kind of error this is.
    pub code: Code,
    /// One line, without the code.
    pub message: String,
    /// Where in the script, in bytes.
    pub span: Option<Span>,
    /// What to type instead.
    pub help: Option<String>,
    /// Further lines: the trail of a decision.
    pub notes: Vec<String>,
    /// The id of the rule that refused, if a decision did.
    pub rule: Option<&'static str>,
    /// The function that tried to leave its sandbox, by its path: for the audit, not for whoever reads the error (UDF-1).
    pub escaped: Option<String>,
}

/// The result of everything that can fail.
pub type Result<T, E = Box<Error>> = std::result::Result<T, E>;

/// Why the system refused a file, in words that a user can read.
pub fn system_words(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_owned(),
        std::io::ErrorKind::StorageFull => "no space is left".to_owned(),
        kind => match kind.to_string().as_str() {
            "uncategorized error" | "other error" => "the system refuses it".to_owned(),
            words => words.to_owned(),
        },
    }
}

/// The first characters of a text that may be very long, for messages.
pub fn shortened(text: &str) -> String {
    const SHOWN: usize = 120;
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Error {
    /// An error of this code.
    pub fn new(code: Code, message: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            code,
            message: message.into(),
            span: None,
            help: None,
            notes: Vec::new(),
            rule: None,
            escaped: None,
        })
    }

    /// The same error, pointing at `span`; a place that is known already stays.
    pub fn at(mut self: Box<Self>, span: Span) -> Box<Self> {
        self.span.get_or_insert(span);
        self
    }

    /// The same error with a hint what to do.
    pub fn help(mut self: Box<Self>, help: impl Into<String>) -> Box<Self> {
        self.help = Some(help.into());
        self
    }

    /// The first line that a user sees, after `FAILED: `. `source` is the text that `span` points into.
    ///
    /// `ODPS-0130161:[1,8] Parse exception - …`; codes of the service's API level are followed by a blank instead.
    pub fn headline(&self, source: &str) -> String {
        let place = match self.span {
            Some(span) if self.code.shows_position() => {
                let (line, column) = crate::text::line_column(source, span.start);
                format!("[{line},{column}] ")
            }
            _ if self.code.is_api_level() => " ".to_owned(),
            _ => String::new(),
        };
        match self.code.title() {
            "" => format!("{}:{place}{}", self.code.number(), self.message),
            title => format!("{}:{place}{title} - {}", self.code.number(), self.message),
        }
    }
}
