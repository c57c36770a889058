use crate::syntax::{Token, TokenKind, lex};
use crate::text::Span;

use super::query_words::is_keyword;

/// Longest text that is coloured, in bytes: each key paints it anew.
const LONGEST: usize = 16 * 1024;

/// Source: odpscmd for the colour of keywords; the others are chosen.
const KEYWORD: &str = "1;35";
const TEXT: &str = "32";
const NUMBER: &str = "36";
const COMMENT: &str = "2";
const LOCAL: &str = "1;34";

/// A text in colours; `before` is what was typed on the lines before it.
pub fn coloured(before: &str, line: &str) -> Option<String> {
    let all = format!("{before}{line}");
    if all.len() > LONGEST {
        return None;
    }
    let mut painted = String::with_capacity(line.len() * 2);
    let mut at = before.len();
    for (span, colour) in colours(&all) {
        let start = span.start.max(at);
        if span.end <= start {
            continue;
        }
        painted.push_str(all.get(at..start)?);
        painted.push_str(&format!("\x1b[{colour}m{}\x1b[0m", all.get(start..span.end)?));
        at = span.end;
    }
    painted.push_str(all.get(at..)?);
    Some(painted)
}

/// Which parts have which colour, in order.
fn colours(text: &str) -> Vec<(Span, &'static str)> {
    let (lexed, open) = match lex(text) {
        Ok(lexed) => (lexed, None),
        // Up to an open quote or comment, everything is clear; behind it, everything belongs to it.
        Err(error) => {
            let Some(start) = error.span.map(|span| span.start) else { return Vec::new() };
            let Some(lexed) = text.get(..start).and_then(|text| lex(text).ok()) else { return Vec::new() };
            let rest = text.get(start..).unwrap_or_default();
            let colour = match rest.chars().next() {
                Some('\'' | '"') => Some(TEXT),
                Some('/') => Some(COMMENT),
                _ => None,
            };
            (lexed, colour.map(|colour| (Span::new(start, text.len()), colour)))
        }
    };
    let mut parts: Vec<(Span, &str)> = lexed.comments.iter().map(|span| (*span, COMMENT)).collect();
    let mut local_until = 0;
    for (index, token) in lexed.tokens.iter().enumerate() {
        let next = lexed.tokens.get(index + 1);
        if let Some(span) = local_command(token, next, text) {
            local_until = span.end;
            parts.push((span, LOCAL));
            continue;
        }
        if token.span.start < local_until {
            continue;
        }
        let colour = match token.kind {
            TokenKind::Text => Some(TEXT),
            TokenKind::Number => Some(NUMBER),
            TokenKind::Word if is_keyword(token.span.of(text)) && !is_part_of_name(index, &lexed.tokens, text) => {
                Some(KEYWORD)
            }
            _ => None,
        };
        parts.extend(colour.map(|colour| (token.span, colour)));
    }
    parts.extend(open);
    parts.sort_by_key(|(span, _)| span.start);
    parts
}

/// `.user` or `--@ user` at the start of a line.
fn local_command(token: &Token, next: Option<&Token>, text: &str) -> Option<Span> {
    let starts = token.starts_line && (token.kind == TokenKind::Directive || token.span.of(text) == ".");
    let name = next.filter(|name| name.kind == TokenKind::Word)?;
    (starts && (token.kind == TokenKind::Directive || name.span.start == token.span.end))
        .then(|| token.span.to(name.span))
}

/// Whether a word stands behind a `.`, as in `t.date`.
fn is_part_of_name(index: usize, tokens: &[Token], text: &str) -> bool {
    index.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(|before| before.span.of(text) == ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(before: &str, line: &str) -> String {
        let text = coloured(before, line).unwrap();
        text.replace("\x1b[0m", ">")
            .replace("\x1b[1;35m", "K<")
            .replace("\x1b[32m", "S<")
            .replace("\x1b[36m", "N<")
            .replace("\x1b[2m", "C<")
            .replace("\x1b[1;34m", "L<")
    }

    #[test]
    fn keywords_strings_numbers_comments_and_local_commands_are_coloured() {
        assert_eq!(
            marked("", "SELECT a, 'b', 12 from t.date; -- x"),
            "K<SELECT> a, S<'b'>, N<12> K<from> t.date; C<-- x>"
        );
        assert_eq!(marked("", ".user ALIYUN$a"), "L<.user> ALIYUN$a");
    }

    #[test]
    fn an_open_quote_colours_the_rest() {
        assert_eq!(marked("", "select 'ab from"), "K<select> S<'ab from>");
        assert_eq!(marked("select '\n", "x' from t"), "S<x'> K<from> t");
        assert_eq!(marked("", "use ä\u{1}b"), "K<use> ä\u{1}b");
    }

    #[test]
    fn very_long_texts_stay_plain() {
        assert_eq!(coloured("", &"select ".repeat(10_000)), None);
    }
}
