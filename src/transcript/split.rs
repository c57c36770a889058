use super::expectation::{CONTINUE, INSPECT, Kind};
use crate::syntax::{Token, TokenKind, end_of_statement, lex};
use crate::text::Span;

/// The statements of a transcript, as far as the lexer can tell.
#[derive(Debug, Default)]
pub struct Split {
    /// Where each statement stands, its `;` included.
    pub statements: Vec<Span>,
    /// Comments that look like local commands and are none.
    pub suspicious: Vec<Span>,
}

/// Splits a transcript into statements.
///
/// Text that the lexer refuses, such as a quote without end, is one statement up to the next expected line; so that a
/// transcript can show the refusal and go on.
pub fn split(source: &str) -> Split {
    let mut split = Split::default();
    if add(source, Span::new(0, source.len()), &mut split).is_none() {
        for block in blocks(source) {
            if add(source, block, &mut split).is_none() {
                add_refused(source, block, &mut split);
            }
        }
    }
    split
}

/// Adds the statements of a piece of text; `None` if the lexer refuses it.
fn add(source: &str, piece: Span, split: &mut Split) -> Option<()> {
    let text = piece.of(source);
    let lexed = lex(text).ok()?;
    let shift = |span: Span| Span::new(span.start + piece.start, span.end + piece.start);
    split.statements.extend(cuts(text, &lexed.tokens).into_iter().map(shift));
    split.suspicious.extend(lexed.suspicious.into_iter().map(shift));
    Some(())
}

/// Adds the statements before the refused place, and everything behind them as one more.
fn add_refused(source: &str, block: Span, split: &mut Split) {
    let text = block.of(source);
    let refused = lex(text).err().and_then(|error| error.span).map_or(0, |span| span.start);
    let before = Span::new(block.start, block.start + refused);
    let known = split.statements.len();
    let end = block.start + text.trim_end().len();
    let mut start = before.end;
    if add(source, before, split).is_some()
        && let Some(last) = split.statements.get(known..).and_then(<[Span]>::last).copied()
        && !last.of(source).ends_with(';')
    {
        split.statements.pop();
        start = last.start;
    }
    split.statements.push(Span::new(start, end));
}

/// The text between groups of expected lines.
fn blocks(source: &str) -> Vec<Span> {
    let mut blocks = Vec::new();
    let (mut start, mut at) = (0, 0);
    for line in source.split_inclusive('\n') {
        let end = at + line.len();
        if Kind::ALL.iter().map(|kind| kind.mark()).chain([INSPECT, CONTINUE]).any(|mark| line.starts_with(mark)) {
            if start < at {
                blocks.push(Span::new(start, at));
            }
            start = end;
        }
        at = end;
    }
    if start < at {
        blocks.push(Span::new(start, at));
    }
    blocks
}

/// Cuts at each `;`, and at line ends behind local commands.
fn cuts(text: &str, tokens: &[Token]) -> Vec<Span> {
    let mut cuts = Vec::new();
    let mut left = tokens;
    while let Some((first, rest)) = left.split_first() {
        if is_end(first, text) {
            left = rest;
            continue;
        }
        let length = if ends_with_line(text, left) {
            rest.iter().position(|token| token.starts_line).map_or(left.len(), |at| at + 1)
        } else {
            end_of_statement(left, text).unwrap_or(left.len())
        };
        let (cut, after) = left.split_at_checked(length).unwrap_or((left, &[]));
        left = after;
        cuts.extend(cut.last().map(|last| first.span.to(last.span)));
    }
    cuts
}

fn is_end(token: &Token, text: &str) -> bool {
    token.kind == TokenKind::Symbol && token.span.of(text) == ";"
}

/// Whether these tokens begin with a local command; `.why <statement>` alone goes on to its `;`.
fn ends_with_line(text: &str, tokens: &[Token]) -> bool {
    let Some(first) = tokens.first() else { return false };
    if first.kind == TokenKind::Directive {
        return true;
    }
    let line = text.get(first.span.start..).unwrap_or_default().lines().next().unwrap_or_default();
    let Some(command) = line.strip_prefix('.').filter(|_| first.starts_line) else { return false };
    let mut words = command.trim_end_matches(';').split_whitespace();
    let why = words.next().is_some_and(|word| word.eq_ignore_ascii_case("why"));
    let switch = words.next().is_some_and(|word| ["on", "off"].iter().any(|name| word.eq_ignore_ascii_case(name)));
    !why || (switch && words.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        split(source).statements.into_iter().map(|span| span.of(source)).collect()
    }

    #[test]
    fn statements_end_with_semicolons_and_local_commands_with_their_line() {
        let source =
            "-- x;\nuse a; ; whoami;\n--@ user ALIYUN$a\nset b=';'\n;\n.mode csv\n.why select 1\n from t;\n.why on\nq";
        assert_eq!(
            texts(source),
            [
                "use a;",
                "whoami;",
                "--@ user ALIYUN$a",
                "set b=';'\n;",
                ".mode csv",
                ".why select 1\n from t;",
                ".why on",
                "q"
            ]
        );
    }

    #[test]
    fn refused_text_is_a_statement_up_to_the_next_expected_line() {
        let source = "use a;\nselect 'x;\n--! …\nuse b;\n--> x\nuse \u{1};\n--! y\nuse c;";
        assert_eq!(texts(source), ["use a;", "select 'x;", "use b;", "use \u{1};", "use c;"]);
    }

    #[test]
    fn comments_that_look_like_local_commands_are_found() {
        assert_eq!(split("--@nope\nuse a;\n--@ nope").suspicious.len(), 2);
    }
}
