//! Text → tokens. The one lexer: scripts, the prompt's validator and the SQL planner read the same tokens.

use super::local::{is_local_name, option};
use super::token::{Token, TokenKind, raw_head, raw_length};
use crate::error::{Code, Error, Result};
use crate::text::Span;

/// Deepest nesting of parentheses, brackets and `case`.
pub const DEPTH: usize = 200;

/// Raw strings without an end after which none is looked for.
const RAW_MISSES: u32 = 100;

/// Operators of more than one character. `>>` and `<<` stay apart: `array<array<int>>`.
const OPERATORS: [&str; 9] = ["<=>", "<=", ">=", "<>", "!=", "||", "==", "->", "=>"];

/// The tokens of a script, and what a reader of comments needs.
#[derive(Debug, Default)]
pub struct Lexed {
    /// Tokens without comments.
    pub tokens: Vec<Token>,
    /// Comments, marks included.
    pub comments: Vec<Span>,
    /// `--@…` comments that are not local commands.
    pub suspicious: Vec<Span>,
}

/// Splits `source` into tokens.
///
/// Comments are `--` to the end of the line, `#` as the first character of a line, and `/* … */`.
///
/// # Errors
/// An unclosed quote or comment, a control character, nesting deeper than [`DEPTH`].
pub fn lex(source: &str) -> Result<Lexed> {
    match scan(source) {
        (lexed, None) => Ok(lexed),
        (_, Some(stop)) => Err(stop.error),
    }
}

/// Why the lexer could not go on.
#[derive(Debug)]
pub(super) struct Stop {
    /// What is wrong.
    pub error: Box<Error>,
    /// Whether more text could make it right: a quote or comment is still open.
    pub open: bool,
}

/// As [`lex`], with the tokens before the place where it had to stop.
pub(super) fn scan(source: &str) -> (Lexed, Option<Stop>) {
    let mut lexer = Lexer {
        source,
        at: 0,
        depth: 0,
        cases: 0,
        starts_line: true,
        in_directive: false,
        open: false,
        raw_misses: 0,
        lexed: Lexed::default(),
    };
    loop {
        match lexer.step() {
            Ok(true) => {}
            Ok(false) => return (lexer.lexed, None),
            Err(error) => return (lexer.lexed, Some(Stop { error, open: lexer.open })),
        }
    }
}

struct Lexer<'a> {
    source: &'a str,
    at: usize,
    depth: usize,
    cases: usize,
    starts_line: bool,
    in_directive: bool,
    open: bool,
    /// Raw strings that began and had no end.
    raw_misses: u32,
    lexed: Lexed,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn step(&mut self) -> Result<bool> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(false) };
        if first == '\n' {
            self.starts_line = true;
            self.in_directive = false;
            self.at += 1;
        } else if first.is_whitespace() || first == '\u{feff}' {
            self.at += first.len_utf8();
        } else if rest.starts_with("--") || (first == '#' && self.starts_line) {
            self.line_comment();
        } else if rest.starts_with("/*") {
            self.block_comment()?;
        } else if let Some(length) = self.raw_string() {
            self.check_directive(Span::new(self.at, self.at + length))?;
            self.push(TokenKind::Text, length);
        } else if first.is_alphabetic() || first == '_' {
            let length = word_length(rest);
            self.count_case(length)?;
            self.push(TokenKind::Word, length);
        } else if first.is_ascii_digit() || (first == '.' && digit_follows(rest)) {
            let length = number_length(rest);
            self.push(TokenKind::Number, length);
        } else if matches!(first, '\'' | '"' | '`') {
            self.quoted(first)?;
        } else if first.is_control() {
            let span = Span::new(self.at, self.at + first.len_utf8());
            return Err(Error::new(Code::Parse, format!("control character U+{:04X} in the text", u32::from(first)))
                .at(span)
                .help("remove it, or save the script as UTF-8 text"));
        } else {
            self.symbol(first)?;
        }
        Ok(true)
    }

    fn push(&mut self, kind: TokenKind, length: usize) {
        let span = Span::new(self.at, self.at + length);
        self.lexed.tokens.push(Token { kind, span, starts_line: self.starts_line });
        self.starts_line = false;
        self.at = span.end;
    }

    /// `--` starts a comment, except for an option of a local command directly after its name.
    fn line_comment(&mut self) {
        let rest = self.rest();
        if let Some(option) = self.local_name().and_then(|name| option(name, rest)) {
            self.push(TokenKind::Symbol, option.len());
            return;
        }
        let length = rest.find('\n').unwrap_or(rest.len());
        let comment = rest.get(..length).unwrap_or_default();
        if let Some(command) = comment.strip_prefix("--@") {
            if self.starts_line && command.strip_prefix(' ').is_some_and(names_local_command) {
                self.push(TokenKind::Directive, "--@".len());
                self.in_directive = true;
                return;
            }
            self.lexed.suspicious.push(Span::new(self.at, self.at + length));
        }
        self.lexed.comments.push(Span::new(self.at, self.at + length));
        self.at += length;
    }

    /// The last token, if it is a word after the mark of a local command.
    fn local_name(&self) -> Option<&str> {
        let [.., mark, word] = self.lexed.tokens.as_slice() else { return None };
        matches!(mark.span.of(self.source), "." | "--@").then(|| word.span.of(self.source))
    }

    /// Where the service sees a comment, it ends with its line; a quote or comment that continues would hide statements.
    fn check_directive(&self, span: Span) -> Result<()> {
        if !self.in_directive || !span.of(self.source).contains('\n') {
            return Ok(());
        }
        Err(Error::new(Code::Parse, "a `--@` command must end on its line")
            .at(Span::new(span.start, span.start + 1))
            .help("close the quote or comment on the same line"))
    }

    /// `/*/` is an open comment.
    fn block_comment(&mut self) -> Result<()> {
        let Some(length) = self.rest().get(2..).and_then(|text| text.find("*/")).map(|end| end + 4) else {
            self.open = true;
            return Err(Error::new(Code::Parse, "comment is not closed")
                .at(Span::new(self.at, self.at + 2))
                .help("end it with `*/`"));
        };
        let span = Span::new(self.at, self.at + length);
        self.check_directive(span)?;
        self.starts_line |= span.of(self.source).contains('\n');
        self.lexed.comments.push(span);
        self.at = span.end;
        Ok(())
    }

    /// The length of a raw string that begins here. Once many have had no end, no more is looked for: each look goes to the end of the text.
    fn raw_string(&mut self) -> Option<usize> {
        let head = raw_head(self.rest()).filter(|_| self.raw_misses < RAW_MISSES)?;
        let length = raw_length(self.rest(), head);
        self.raw_misses += u32::from(length.is_none());
        length
    }

    /// A quote is closed only by the same character; `\` escapes inside `'` and `"`.
    fn quoted(&mut self, quote: char) -> Result<()> {
        let mut characters = self.rest().char_indices().skip(1);
        let end = loop {
            match characters.next() {
                Some((_, '\\')) if quote != '`' => {
                    characters.next();
                }
                Some((at, character)) if character == quote => break Some(at + 1),
                Some(_) => {}
                None => break None,
            }
        };
        let Some(length) = end else {
            self.open = true;
            return Err(Error::new(Code::Parse, format!("unterminated string: `{quote}` is not closed"))
                .at(Span::new(self.at, self.at + 1))
                .help(format!("close it with {quote}")));
        };
        self.check_directive(Span::new(self.at, self.at + length))?;
        self.push(if quote == '`' { TokenKind::Quoted } else { TokenKind::Text }, length);
        Ok(())
    }

    fn symbol(&mut self, first: char) -> Result<()> {
        match first {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth = self.depth.saturating_sub(1),
            ';' => (self.depth, self.cases) = (0, 0),
            _ => {}
        }
        self.check_depth(first.len_utf8())?;
        let rest = self.rest();
        let length =
            OPERATORS.iter().find(|operator| rest.starts_with(**operator)).map_or(first.len_utf8(), |o| o.len());
        self.push(TokenKind::Symbol, length);
        Ok(())
    }

    fn count_case(&mut self, length: usize) -> Result<()> {
        let word = self.rest().get(..length).unwrap_or_default();
        if word.eq_ignore_ascii_case("case") {
            self.cases += 1;
        } else if word.eq_ignore_ascii_case("end") {
            self.cases = self.cases.saturating_sub(1);
        }
        self.check_depth(length)
    }

    fn check_depth(&self, length: usize) -> Result<()> {
        if self.depth + self.cases <= DEPTH {
            return Ok(());
        }
        Err(Error::new(Code::Parse, format!("nested deeper than {DEPTH} levels"))
            .at(Span::new(self.at, self.at + length))
            .help("move the inner part into a view or a `with` query"))
    }
}

fn names_local_command(text: &str) -> bool {
    is_local_name(text.get(..word_length(text)).unwrap_or_default())
}

fn word_length(text: &str) -> usize {
    text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len())
}

fn digit_follows(text: &str) -> bool {
    text.chars().nth(1).is_some_and(|c| c.is_ascii_digit())
}

/// Digits, fraction, exponent and a suffix of letters: `1.5e-3`, `10L`, `2S`, `1.5BD`.
fn number_length(text: &str) -> usize {
    let digits = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        from + rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len())
    };
    let byte = |at: usize| text.as_bytes().get(at).copied().unwrap_or(b' ');
    let mut end = digits(0);
    if byte(end) == b'.' && byte(end + 1).is_ascii_digit() {
        end = digits(end + 1);
    } else if byte(end) == b'.' && end > 0 && !byte(end + 1).is_ascii_alphabetic() && byte(end + 1) != b'_' {
        end += 1;
    }
    if matches!(byte(end), b'e' | b'E') {
        let sign = usize::from(matches!(byte(end + 1), b'+' | b'-'));
        if byte(end + 1 + sign).is_ascii_digit() {
            end = digits(end + 1 + sign);
        }
    }
    let rest = text.get(end..).unwrap_or_default();
    end + word_length(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(source: &str) -> Vec<&str> {
        lex(source).unwrap().tokens.iter().map(|token| token.span.of(source)).collect()
    }

    #[test]
    fn comments_end_tokens_and_hashes_count_only_at_line_starts() {
        assert_eq!(words("code1--c\n # x\ncode#2/* ; ' */z"), ["code1", "code", "#", "2", "z"]);
    }

    #[test]
    fn numbers_keep_their_suffixes() {
        assert_eq!(words("1.5e-3 10L 2S 1.5BD .5 1. t.1a"), ["1.5e-3", "10L", "2S", "1.5BD", ".5", "1.", "t", ".1a"]);
    }

    #[test]
    fn only_known_local_commands_are_directives() {
        let lexed = lex("--@ user ALIYUN$a\n--@param x\n select 1 --@ user b").unwrap();
        assert_eq!(lexed.tokens.iter().filter(|t| t.kind == TokenKind::Directive).count(), 1);
        assert_eq!(lexed.suspicious.len(), 2);
    }

    #[test]
    fn nesting_and_open_ends_are_refused_with_their_place() {
        let deep = "(".repeat(DEPTH + 1);
        assert_eq!(lex(&deep).unwrap_err().span, Some(Span::new(DEPTH, DEPTH + 1)));
        assert!(lex(&"case ".repeat(DEPTH + 1)).is_err());
        for bad in ["'abc", "/* x", "/*/", "\u{1}"] {
            assert!(lex(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_job_option_is_no_comment_behind_why_alone() {
        assert_eq!(words(".why --as-job DT select 1"), [".", "why", "--as-job", "DT", "select", "1"]);
        assert_eq!(words("--@ why --as-job DT x"), ["--@", "why", "--as-job", "DT", "x"]);
        assert_eq!(words("select --as-job"), ["select"]);
    }

    #[test]
    fn raw_strings_hold_quotes_and_semicolons() {
        assert_eq!(words(r#"R'(a;'b)' x r"-(it's)")-" y"#), ["R'(a;'b)'", "x", r#"r"-(it's)")-""#, "y"]);
        // Without its end it is a word and a string.
        assert_eq!(words("R'(a' b"), ["R", "'(a'", "b"]);
        assert_eq!(words("bar'(a)'"), ["bar", "'(a)'"]);
        assert!(lex(&"r'(".repeat(200_001)).is_err());
    }

    #[test]
    fn a_directive_ends_with_its_line() {
        assert!(lex("--@ output 'a\nb'").is_err());
        assert!(lex("--@ help /* a\n */").is_err());
        assert!(lex("--@ help /* a */\nselect 'a\n'").is_ok());
    }
}
