/// A word or sign of the condition text of a grant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// A word, or several joined by colons: a key, an operator, AND, IN.
    Word(String),
    /// A text in quotes.
    Text(String),
    /// A number.
    Number(String),
    /// `=`, `!=`, `<`, `<=`, `>`, `>=`, `(`, `)` or `,`.
    Sign(&'static str),
}

/// Signs; longer ones before those that they begin with.
const SIGNS: [&str; 10] = ["!=", "<>", "<=", ">=", "=", "<", ">", "(", ")", ","];

impl Token {
    /// The token as a message shows it.
    pub fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Number(text) => text.clone(),
            Self::Text(text) => format!("'{text}'"),
            Self::Sign(sign) => (*sign).to_owned(),
        }
    }

    /// Whether it is this word, in any case.
    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
    }
}

/// The tokens of a text, each with its place, which is counted in bytes; where it cannot be read, that place.
pub fn tokens(text: &str) -> Result<Vec<(Token, usize)>, usize> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let at = text.len() - rest.len();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let (token, behind) = match first {
            '\'' | '"' => quoted(rest, first).ok_or(at)?,
            c if c.is_ascii_alphabetic() || c == '_' => {
                let (word, behind) = split(rest, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':'));
                (Token::Word(word.to_owned()), behind)
            }
            c if c.is_ascii_digit() || c == '-' => {
                let (sign, digits) = rest.strip_prefix('-').map_or(("", rest), |behind| ("-", behind));
                let (number, behind) = split(digits.trim_start(), |c| c.is_ascii_digit() || c == '.');
                if !number.starts_with(|c: char| c.is_ascii_digit()) {
                    return Err(at);
                }
                (Token::Number(format!("{sign}{number}")), behind)
            }
            _ => {
                let sign = SIGNS.into_iter().find(|sign| rest.starts_with(sign)).ok_or(at)?;
                let behind = rest.strip_prefix(sign).unwrap_or_default();
                (Token::Sign(if sign == "<>" { "!=" } else { sign }), behind)
            }
        };
        tokens.push((token, at));
        rest = behind;
    }
}

/// The characters at the beginning that are wanted, and what follows.
fn split(text: &str, wanted: impl Fn(char) -> bool) -> (&str, &str) {
    let end = text.find(|c| !wanted(c)).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A text in quotes: a backslash stands before a quote or backslash that is part of it.
fn quoted(text: &str, quote: char) -> Option<(Token, &str)> {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => content.push(characters.next()?.1),
            c if c == quote => return Some((Token::Text(content), text.get(at + c.len_utf8()..)?)),
            c => content.push(c),
        }
    }
    None
}
