use crate::text::Span;

/// What a piece of a script is, before it means anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A word: a letter or `_`, then letters, digits and `_`.
    Word,
    /// A name in back-quotes.
    Quoted,
    /// A string in `'…'` or `"…"`, quotes included.
    Text,
    /// A number with its suffix, if any: `1`, `1.5e3`, `10L`, `2S`, `1.5BD`.
    Number,
    /// An operator or a punctuation mark.
    Symbol,
    /// `--@ ` at the start of a line, before the name of a local command.
    Directive,
}

/// One token and its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it is.
    pub span: Span,
    /// Whether it is the first token of its line.
    pub starts_line: bool,
}

/// The quote of a raw string that may begin here, and its delimiter: `R'delimiter(`, as in C++. Source: odpscmd.
pub fn raw_head(text: &str) -> Option<(char, &str)> {
    let rest = text.strip_prefix(['r', 'R'])?;
    let quote = rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    let rest = rest.get(1..)?;
    let length = rest.char_indices().take(RAW_DELIMITER + 1).find(|(_, c)| *c == '(')?.0;
    let delimiter = rest.get(..length)?;
    let is_plain = |c: char| !c.is_whitespace() && !matches!(c, ')' | '\\' | '\'' | '"');
    delimiter.chars().all(is_plain).then_some((quote, delimiter))
}

/// The length of a raw string with this head, up to `)delimiter'`.
pub fn raw_length(text: &str, (quote, delimiter): (char, &str)) -> Option<usize> {
    let start = 3 + delimiter.len();
    let end = format!("){delimiter}{quote}");
    text.get(start..)?.find(&end).map(|at| start + at + end.len())
}

/// Longest delimiter of a raw string, in characters.
const RAW_DELIMITER: usize = 16;

/// What a raw string holds.
pub fn raw_value(literal: &str) -> Option<&str> {
    let head = raw_head(literal)?;
    let length = raw_length(literal, head)?;
    literal.get(3 + head.1.len()..length - 2 - head.1.len())
}

/// The value of a string token: quotes removed, escapes and doubled quotes resolved; of a raw string what it holds, as it is.
///
/// Escapes are those of the service: `\n \t \r \0 \b \Z \\ \' \"`, `\uXXXX`, `\ooo`; before anything else the backslash goes.
pub fn text_value(literal: &str) -> String {
    if let Some(raw) = raw_value(literal) {
        return raw.to_owned();
    }
    let mut characters = literal.chars();
    let Some(quote) = characters.next() else { return String::new() };
    let mut value = String::with_capacity(literal.len());
    let mut rest = characters.as_str().strip_suffix(quote).unwrap_or(characters.as_str()).chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            value.push(character);
            continue;
        }
        match rest.next() {
            Some('n') => value.push('\n'),
            Some('t') => value.push('\t'),
            Some('r') => value.push('\r'),
            Some('b') => value.push('\u{8}'),
            Some('Z') => value.push('\u{1a}'),
            Some('u') => match escaped(&mut rest, 4, 16) {
                Some(escaped) => value.push(escaped),
                None => value.push('u'),
            },
            Some(digit @ '0'..='3') => {
                let mut ahead = rest.clone();
                match (ahead.next().and_then(|c| c.to_digit(8)), ahead.next().and_then(|c| c.to_digit(8))) {
                    (Some(second), Some(third)) => {
                        let code = digit.to_digit(8).unwrap_or(0) * 64 + second * 8 + third;
                        value.extend(char::from_u32(code));
                        rest = ahead;
                    }
                    (Some(0), None) if digit == '0' => {
                        value.push('\0');
                        rest.next();
                    }
                    _ if digit == '0' => value.push('\0'),
                    _ => value.push(digit),
                }
            }
            // Kept whole: `like` reads them as the character itself.
            Some(wildcard @ ('%' | '_')) => value.extend(['\\', wildcard]),
            Some(other) => value.push(other),
            None => {}
        }
    }
    value
}

/// An invalid escape in a string token: `\01` or `\0001`. Source: "Rewrite incompatible SQL statements", bad escape: a
/// character is written with three octal digits, and no digit may follow `\000`.
pub fn bad_escape(literal: &str) -> Option<&str> {
    if raw_value(literal).is_some() {
        return None;
    }
    let mut rest = literal;
    while let Some((_, after)) = rest.split_once('\\') {
        let digits = after.bytes().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        let sequence = after.get(..digits).unwrap_or_default();
        let zeros = sequence.bytes().take_while(|byte| *byte == b'0').count();
        match (sequence.starts_with('0'), digits) {
            (true, 4..) if zeros >= 3 => return Some(sequence),
            (true, 2) if zeros < 2 => return Some(sequence),
            _ => {}
        }
        let skipped = after.chars().next().map_or(0, char::len_utf8);
        rest = after.get(skipped..).unwrap_or_default();
    }
    None
}

fn escaped(rest: &mut std::str::Chars<'_>, digits: usize, radix: u32) -> Option<char> {
    let mut ahead = rest.clone();
    let code: String = ahead.by_ref().take(digits).collect();
    let character = (code.len() == digits).then(|| u32::from_str_radix(&code, radix).ok())??;
    *rest = ahead;
    char::from_u32(character)
}

/// A string literal that [`text_value`] reads back as `value`.
pub fn text_literal(value: &str) -> String {
    let mut literal = String::with_capacity(value.len() + 2);
    literal.push('\'');
    for character in value.chars() {
        match character {
            '\'' | '\\' => literal.extend(['\\', character]),
            '\n' => literal.push_str("\\n"),
            '\r' => literal.push_str("\\r"),
            '\t' => literal.push_str("\\t"),
            '\0' => literal.push_str("\\u0000"),
            other => literal.push(other),
        }
    }
    literal.push('\'');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_resolved_and_written_back() {
        assert_eq!(text_value(r"'a\'b\\c\u0041\101\n'"), "a'b\\cAA\n");
        assert_eq!(text_value(r#""it's""#), "it's");
        assert_eq!(text_value(r"'\0|\00|\000'"), "\0|\0|\0");
        for (literal, bad) in
            [(r"'\01'", Some("01")), (r"'\0001'", Some("0001")), (r"'\\01'", None), (r"'\0011'", None)]
        {
            assert_eq!(bad_escape(literal), bad, "{literal}");
        }
        for good in [r"'\0'", r"'\00'", r"'\000'", r"'\001'", r"'\177'", r"'\08'", r"'a\1'", r"'\'"] {
            assert_eq!(bad_escape(good), None, "{good}");
        }
        for value in ["", "it's", "a\\b", "a\\%", "x\ny\tz", "ä", "\0"] {
            assert_eq!(text_value(&text_literal(value)), value);
        }
    }
}
