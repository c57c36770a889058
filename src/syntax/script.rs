//! Scripts: text → pieces → statements. The whole script is read before anything runs.

use super::block::end_of_statement;
use super::grammar;
use super::lexer::{Lexed, scan};
use super::local;
use super::parser::{Furthest, Miss, Tokens, shorten};
use super::phrase::unsupported;
use super::statement::{Statement, local_command, shared};
use super::token::{Token, TokenKind};
use super::variables::Variables;
use crate::error::{Code, Error, Result};
use crate::text::Span;

/// One statement of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What was typed.
    pub statement: Statement,
    /// Its position, without its `;`.
    pub span: Span,
    /// Its number in the script, from 0.
    pub index: usize,
}

/// A whole script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// Its statements, in order.
    pub pieces: Vec<Piece>,
    /// Its comments, marks included.
    pub comments: Vec<Span>,
    /// Places that look like a mistake, and why.
    pub warnings: Vec<(Span, String)>,
}

/// Whether a text can be run as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Completeness {
    /// Every statement has its end; whether it has a meaning is not asked.
    Complete,
    /// A `;`, a quote or a comment's end is missing.
    Incomplete,
    /// No further text could make it right.
    Invalid(Box<Error>),
}

/// How a piece of a script ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// With `;` or, as local commands do, with its line.
    Closed,
    /// With the text.
    Open,
}

/// The tokens of one statement, without its `;`.
struct Cut<'a> {
    tokens: &'a [Token],
    ending: Ending,
}

/// Reads a whole script; the last `;` may be missing.
///
/// # Errors
/// The first invalid statement, with its position.
pub fn parse(source: &str) -> Result<Script> {
    let mut variables = Variables::default();
    let mut script = parse_part(source, source, &mut variables)?;
    script.warnings.extend(variables.unused());
    Ok(script)
}

/// Reads a part of a script, at the same place as in the whole; the variables are those of the parts before it.
///
/// # Errors
/// The first invalid statement, with its position.
pub fn parse_part(source: &str, whole: &str, variables: &mut Variables) -> Result<Script> {
    let (lexed, stop) = scan(source);
    let Lexed { tokens, comments, suspicious } = lexed;
    let mut script = Script { comments, ..Script::default() };
    for cut in cuts(&tokens, source) {
        // Behind the place where the lexer stopped there may be more of the last statement.
        if stop.is_some() && cut.ending == Ending::Open {
            break;
        }
        let mut statement = read(cut.tokens, source)?;
        variables.put_in(&mut statement, cut.tokens, whole)?;
        script.pieces.push(Piece { statement, span: span(cut.tokens), index: script.pieces.len() });
    }
    if let Some(stop) = stop {
        return Err(stop.error);
    }
    script.warnings = suspicious
        .into_iter()
        .map(|span| (span, "this line is a comment: there is no local command of this name".to_owned()))
        .collect();
    Ok(script)
}

/// Reads exactly one statement.
///
/// # Errors
/// No statement, more than one, or an invalid one.
pub fn parse_statement(source: &str) -> Result<Statement> {
    let mut pieces = parse(source)?.pieces.into_iter();
    match (pieces.next(), pieces.next()) {
        (Some(piece), None) => Ok(piece.statement),
        (None, _) => Err(Error::new(Code::Parse, "no statement given").at(Span::new(source.len(), source.len()))),
        (Some(_), Some(second)) => {
            Err(Error::new(Code::Parse, "more than one statement given").at(second.span).help("remove the rest"))
        }
    }
}

/// Whether the prompt should run `source` or ask for more.
pub fn is_complete(source: &str) -> Completeness {
    let (lexed, stop) = scan(source);
    match stop {
        Some(stop) if stop.open => return Completeness::Incomplete,
        Some(stop) => return Completeness::Invalid(stop.error),
        None => {}
    }
    match cuts(&lexed.tokens, source).last() {
        Some(Cut { ending: Ending::Open, .. }) => Completeness::Incomplete,
        _ => Completeness::Complete,
    }
}

fn span(tokens: &[Token]) -> Span {
    match (tokens.first(), tokens.last()) {
        (Some(first), Some(last)) => first.span.to(last.span),
        _ => Span::default(),
    }
}

/// Cuts a script into its statements; empty ones are dropped.
fn cuts<'a>(tokens: &'a [Token], source: &'a str) -> impl Iterator<Item = Cut<'a>> {
    let is_end = |token: &Token| token.kind == TokenKind::Symbol && token.span.of(source) == ";";
    let mut left = tokens;
    std::iter::from_fn(move || {
        while let Some((first, rest)) = left.split_first()
            && is_end(first)
        {
            left = rest;
        }
        let first = left.first()?;
        let on_line = left.iter().skip(1).position(|token| token.starts_line).map_or(left.len(), |at| at + 1);
        let ends_with_line = first.kind == TokenKind::Directive
            || is_dot_command(left, source) && !explains(left.get(..on_line).unwrap_or_default(), source);
        let length = if ends_with_line { on_line } else { end_of_statement(left, source).unwrap_or(left.len()) };
        let (mut cut, rest) = left.split_at_checked(length)?;
        let is_closed = ends_with_line || !rest.is_empty() || cut.last().is_some_and(is_end);
        let ending = if is_closed { Ending::Closed } else { Ending::Open };
        left = rest;
        while let Some((last, before)) = cut.split_last()
            && is_end(last)
        {
            cut = before;
        }
        Some(Cut { tokens: cut, ending })
    })
}

/// `.` at the start of a line and a word: no statement starts so, even if no local command has the name.
fn is_dot_command(tokens: &[Token], source: &str) -> bool {
    matches!(tokens, [dot, word, ..] if dot.starts_line
        && dot.span.of(source) == "."
        && word.kind == TokenKind::Word
        && word.span.start == dot.span.end)
}

/// `.why <statement>`, which ends with `;`: neither `.why on` nor `.why off`.
fn explains(line: &[Token], source: &str) -> bool {
    let mut words = line.iter().skip(1).map(|token| token.span.of(source)).filter(|word| *word != ";");
    let why = words.next().is_some_and(|word| word.eq_ignore_ascii_case("why"));
    let argument = words.next().map(str::to_ascii_lowercase);
    why && !(matches!(argument.as_deref(), Some("on" | "off")) && words.next().is_none())
}

/// Reads the tokens of one statement.
fn read(tokens: &[Token], source: &str) -> Result<Statement> {
    let end = span(tokens).end;
    let starts_local = |token: &Token| token.kind == TokenKind::Directive || token.span.of(source) == ".";
    let parser = if tokens.first().is_some_and(starts_local) { local_command } else { shared };
    if let Some(directive) = tokens.iter().skip(1).find(|token| token.kind == TokenKind::Directive) {
        return Err(Error::new(Code::Parse, "a `--@` command cannot be inside a statement")
            .at(directive.span)
            .help("put it between statements; end the preceding one with `;`"));
    }
    if let Some(first) = tokens.first().filter(|first| first.span.of(source) == "." && !first.starts_line) {
        return Err(Error::new(Code::Parse, "a local command must start its line")
            .at(first.span)
            .help("put it on a line of its own"));
    }
    let quiet = Furthest::default();
    match parser(Tokens::new(tokens, source, &quiet, end)) {
        Ok((_, statement)) => Ok(statement),
        Err(_) => Err(explain(tokens, source, parser)),
    }
}

/// Why these tokens are not a statement.
fn explain(
    tokens: &[Token],
    source: &str,
    parser: for<'a> fn(Tokens<'a>) -> super::parser::Parsed<'a, Statement>,
) -> Box<Error> {
    let words: Vec<grammar::Word<'_>> = tokens.iter().map(|token| grammar::Word::new(*token, source)).collect();
    if let Some(production) = grammar::unbuilt(&words) {
        return unsupported(&production.title(), span(tokens), &production.instead());
    }
    let noting = Furthest::noting();
    let all = Tokens::new(tokens, source, &noting, span(tokens).end);
    let error = match parser(all) {
        Err(nom::Err::Failure(Miss(Some(error)))) => return error,
        _ => noting.error(all),
    };
    let Some(first) = tokens.first() else { return error };
    let text = first.span.of(source);
    if matches!(first.kind, TokenKind::Directive) || text == "." {
        if let Some(inner) = explained(tokens, source) {
            return explain(inner, source, shared);
        }
        return explain_local(tokens, source, error);
    }
    if !grammar::starts_statement(text) {
        let help = match grammar::nearest(text, grammar::first_words().iter().map(String::as_str)) {
            _ if text.eq_ignore_ascii_case("exit") => "`quit;` leaves the shell".to_owned(),
            Some(word) => format!("did you mean `{word}`? `help;` lists the statements"),
            None => "`help;` lists the statements".to_owned(),
        };
        return Error::new(Code::Parse, format!("`{}` does not start a statement", shorten(text)))
            .at(first.span)
            .help(help);
    }
    match grammar::suggest(&words) {
        Some(help) => error.help(help),
        None => error,
    }
}

/// The statement after `.why`, if there is one.
fn explained<'a>(tokens: &'a [Token], source: &str) -> Option<&'a [Token]> {
    let word = |at: usize| tokens.get(at).map(|token| token.span.of(source)).unwrap_or_default();
    let start = match word(2) {
        _ if !word(1).eq_ignore_ascii_case("why") => return None,
        local::JOB_OPTION => 4,
        _ => 2,
    };
    let inner = tokens.get(start..)?;
    inner.first().filter(|first| first.kind != TokenKind::Directive && first.span.of(source) != ".").map(|_| inner)
}

fn explain_local(tokens: &[Token], source: &str, error: Box<Error>) -> Box<Error> {
    let [first, name, ..] = tokens else {
        return error.help("`.help` lists the local commands");
    };
    let text = name.span.of(source);
    if !local::NAMES.iter().any(|known| known.eq_ignore_ascii_case(text)) {
        let help = match grammar::nearest(text, local::NAMES) {
            Some(known) => format!("did you mean `.{known}`? `.help` lists the local commands"),
            None => "`.help` lists the local commands".to_owned(),
        };
        return Error::new(Code::Parse, format!("`.{}` is not a local command", shorten(text)))
            .at(name.span)
            .help(help);
    }
    let words: Vec<grammar::Word<'_>> = std::iter::once(grammar::Word::dot(*first))
        .chain(tokens.iter().skip(1).map(|token| grammar::Word::new(*token, source)))
        .collect();
    match grammar::suggest(&words) {
        Some(help) => error.help(help),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<&str> {
        parse(source).unwrap().pieces.iter().map(|piece| piece.span.of(source)).collect()
    }

    #[test]
    fn semicolons_end_statements_and_empty_ones_are_dropped() {
        assert_eq!(texts("; ; ;"), Vec::<&str>::new());
        assert_eq!(texts("whoami; use a -- x ;\n;show /*;*/ flags"), ["whoami", "use a", "show /*;*/ flags"]);
        assert_eq!(texts("set a=';';"), ["set a=';'"]);
    }

    #[test]
    fn local_commands_end_with_their_line_and_why_with_its_semicolon() {
        let source = ".user ALIYUN$a\nwhoami;\n.why select 1\n from t;\n.why on\n--@ user RAM$a:b\nwhoami";
        assert_eq!(
            texts(source),
            [".user ALIYUN$a", "whoami", ".why select 1\n from t", ".why on", "--@ user RAM$a:b", "whoami"]
        );
    }

    #[test]
    fn a_directive_inside_a_statement_is_refused() {
        let error = parse("select a\n--@ user ALIYUN$a\nfrom t;").unwrap_err();
        assert!(error.help.unwrap().contains("between statements"));
    }

    #[test]
    fn the_first_error_wins_even_before_an_open_quote() {
        let source = "use a b; select 'x";
        assert_eq!(parse(source).unwrap_err().span, Some(Span::new(6, 7)));
    }

    #[test]
    fn unclear_comments_warn() {
        assert_eq!(parse("--@user x\nwhoami;").unwrap().warnings.len(), 1);
    }

    #[test]
    fn the_prompt_waits_for_the_end() {
        for complete in ["", "-- x", "whoami;", ".user ALIYUN$a", ".why on", ".nonsense", "whoami; -- x", "--@ help"] {
            assert_eq!(is_complete(complete), Completeness::Complete, "{complete}");
        }
        for open in ["whoami", "select 'a;", "/* ;", ".why select 1", ".why", "whoami; use", "create table `a;"] {
            assert_eq!(is_complete(open), Completeness::Incomplete, "{open}");
        }
        assert!(matches!(is_complete("\u{1};"), Completeness::Invalid(_)));
    }

    #[test]
    fn wrong_words_are_told_with_what_was_meant() {
        let error = parse("creat table t (a int);").unwrap_err();
        assert_eq!(error.message, "`creat` does not start a statement");
        assert!(error.help.unwrap().contains("`create`"));
        assert!(parse("show tabels;").unwrap_err().help.unwrap().contains("`tables`"));
        assert!(parse(".usr x").unwrap_err().help.unwrap().contains("`.user`"));
    }
}
