//! How the values of options are spelled: as the client reads them, which is not how SQL reads strings.

use crate::syntax::token::raw_value;

/// The value of a quoted option: the quotes are removed, everything else is kept. Source: odpscmd: a backslash and what
/// follows it are both kept, so that `'\N'` is a backslash and an N.
pub fn unquoted(literal: &str) -> &str {
    if let Some(raw) = raw_value(literal) {
        return raw;
    }
    let mut characters = literal.chars();
    let Some(quote) = characters.next() else { return literal };
    let rest = characters.as_str();
    rest.strip_suffix(quote).unwrap_or(rest)
}

/// The value as an option spells it: in the quotes that fit; what no quotes fit was typed without.
pub fn quoted(value: &str) -> String {
    match ['\'', '"'].into_iter().find(|quote| fits(value, *quote)) {
        Some(quote) => format!("{quote}{value}{quote}"),
        None => value.to_owned(),
    }
}

/// Whether these quotes end where the value does.
fn fits(value: &str, quote: char) -> bool {
    let mut escaped = false;
    for character in value.chars() {
        if !escaped && character == quote {
            return false;
        }
        escaped = !escaped && character == '\\';
    }
    !escaped
}

/// `\r`, `\n`, `\t` and `\uXXXX` as the characters that they stand for. Source: odpscmd.
pub fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        result.push_str(before);
        let code = || escape.get(2..6).and_then(|code| u32::from_str_radix(code, 16).ok()).and_then(char::from_u32);
        let (character, length) = match escape.as_bytes().get(1) {
            Some(b'n') => ('\n', 2),
            Some(b'r') => ('\r', 2),
            Some(b't') => ('\t', 2),
            Some(b'u') => code().map_or(('\\', 1), |character| (character, 6)),
            _ => ('\\', 1),
        };
        result.push(character);
        rest = escape.get(length..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}

/// The same with control characters as escapes, so that it can be shown.
pub fn escaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            character if character.is_control() => result.push_str(&format!("\\u{:04x}", u32::from(character))),
            character => result.push(character),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_written_as_they_are_read() {
        for literal in [r"'\N'", r#""\N""#, r"'a\'b'", r#""it's""#, "''", r"'\\'", r"'\u0001\t'", r#"'"'"#] {
            let value = unquoted(literal);
            assert_eq!(unquoted(&quoted(value)), value, "{literal}");
        }
        assert_eq!(unquoted(r"'\N'"), r"\N");
        assert_eq!(quoted(r"\"), r"\");
        assert_eq!(quoted(r#"a'b'"c""#), r#"a'b'"c""#);
    }

    #[test]
    fn delimiters_may_be_spelled_with_escapes() {
        assert_eq!(unescaped(r"\t|\u0001\r\n\N\u00"), "\t|\u{1}\r\n\\N\\u00");
        assert_eq!(unescaped(&escaped("a\n\u{1}ä")), "a\n\u{1}ä");
    }
}
