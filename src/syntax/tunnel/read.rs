//! Tunnel statements, from text. Options and arguments may stand in any order, as in the client.

use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{Input, Parser};

use super::options::{Definition, Given, Options, find};
use super::spelling::{escaped, unquoted};
use super::{Command, SessionId, Source, Statement, Target};
use crate::error::{Code, Error};
use crate::syntax::parser::{Miss, Name, Parsed, Tokens, integer, keyword, name, shorten, symbol, wrong};
use crate::syntax::phrase::{file, partition, table_name};
use crate::syntax::table::PartitionValues;
use crate::syntax::token::{Token, TokenKind, text_value};
use crate::text::{Span, fold, is_identifier};

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((preceded(keyword("tunnel"), tunnel), upload_from, download_to)).parse(tokens)
}

fn tunnel(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let Some(first) = tokens.list().first() else { return tokens.miss("`upload`, `download` or another command") };
    let word = first.span.of(tokens.source());
    let rest = tokens.take_from(1);
    match Command::parse(word) {
        Some(Command::Upload) => upload(rest),
        Some(Command::Download) => download(rest),
        Some(Command::Resume) => resume(rest),
        Some(Command::Show) => show(rest),
        Some(Command::Purge) => opt(integer).map(|days| Statement::Purge { days }).parse(rest),
        Some(Command::Help) => help(rest),
        // Source: odpscmd.
        None => wrong(
            Error::new(Code::Parse, format!("Unknown command: '{}'.", shorten(word)))
                .at(first.span)
                .help("Type 'tunnel help' for usage."),
        ),
    }
}

fn upload(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let mut options = Options::default();
    let (rest, ()) = take_options(tokens, Command::Upload, &mut options)?;
    let (rest, path) = file(rest)?;
    let (rest, ()) = take_options(rest, Command::Upload, &mut options)?;
    let (rest, target) = target(rest)?;
    let (rest, ()) = take_options(rest, Command::Upload, &mut options)?;
    match options.upload() {
        Ok(_) => Ok((rest, Statement::Upload { path, target, options })),
        Err(error) => wrong(error),
    }
}

fn download(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let mut options = Options::default();
    let (rest, ()) = take_options(tokens, Command::Download, &mut options)?;
    let (rest, source) = alt((instance, target.map(Source::Table))).parse(rest)?;
    let (rest, ()) = take_options(rest, Command::Download, &mut options)?;
    let (rest, path) = file(rest)?;
    let (rest, ()) = take_options(rest, Command::Download, &mut options)?;
    match options.download() {
        Ok(_) => Ok((rest, Statement::Download { source, path, options })),
        Err(error) => wrong(error),
    }
}

/// `upload <table> [partition (…)] from <path>`
fn upload_from(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, table) = preceded(keyword("upload"), table_name).parse(tokens)?;
    let (rest, partition) = opt(partition).parse(rest)?;
    let (rest, path) = preceded(keyword("from"), file).parse(rest)?;
    Ok((rest, Statement::Upload { path, target: Target { table, partition }, options: Options::default() }))
}

/// `download <table> [partition (…)] to <path>`
fn download_to(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, table) = preceded(keyword("download"), table_name).parse(tokens)?;
    let (rest, partition) = opt(partition).parse(rest)?;
    let (rest, path) = preceded(keyword("to"), file).parse(rest)?;
    let source = Source::Table(Target { table, partition });
    Ok((rest, Statement::Download { source, path, options: Options::default() }))
}

fn resume(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let force = || opt((symbol("-"), alt((keyword("force"), keyword("f"))))).map(|found| found.is_some());
    let (rest, before) = force().parse(tokens)?;
    let (rest, session) = opt(session).parse(rest)?;
    let (rest, behind) = if before { (rest, true) } else { force().parse(rest)? };
    Ok((rest, Statement::Resume { session, force: before || behind }))
}

fn show(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let option = (symbol("-"), alt((keyword("number"), keyword("n"))), opt(symbol("=")));
    let mut parser = alt((
        preceded(either("history", "h"), opt(preceded(option, integer)))
            .map(|number| Statement::ShowHistory { number }),
        preceded(either("log", "l"), opt(session)).map(|session| Statement::ShowLog { session }),
        preceded(either("bad", "b"), opt(session)).map(|session| Statement::ShowBad { session }),
    ));
    parser.parse(tokens)
}

/// One of two words. Source: odpscmd: in these letters.
fn either<'a>(long: &'static str, short: &'static str) -> impl Parser<Tokens<'a>, Output = Span, Error = Miss> {
    move |tokens: Tokens<'a>| match tokens.list().first() {
        Some(word) if [long, short].contains(&word.span.of(tokens.source())) => Ok((tokens.take_from(1), word.span)),
        _ => tokens.miss(format_args!("`{long}`")),
    }
}

fn help(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let Some(first) = tokens.list().first() else { return Ok((tokens, Statement::Help { command: None })) };
    match Command::parse(first.span.of(tokens.source())) {
        Some(command) => Ok((tokens.take_from(1), Statement::Help { command: Some(command) })),
        None => tokens.miss("a command of tunnel"),
    }
}

/// The id of a session: letters and digits.
fn session(tokens: Tokens<'_>) -> Parsed<'_, SessionId> {
    let (rest, span) = joined(tokens, |_| true);
    let text = span.of(tokens.source());
    if text.is_empty() || !text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return tokens.miss("the id of a session");
    }
    Ok((rest, SessionId { text: text.to_owned(), span }))
}

/// Tokens without a blank between them, as long as they fit.
fn joined<'a>(tokens: Tokens<'a>, fits: impl Fn(&str) -> bool) -> (Tokens<'a>, Span) {
    let mut span = Span::new(tokens.span().start, tokens.span().start);
    let mut rest = tokens;
    while let Some(token) = rest.list().first().filter(|token| token.span.start == span.end)
        && fits(token.span.of(tokens.source()))
    {
        span = Span::new(span.start, token.span.end);
        rest = rest.take_from(1);
    }
    (rest, span)
}

fn adjacent<'a>(tokens: Tokens<'a>, end: usize, mark: &str) -> Option<&'a Token> {
    let token = tokens.list().first()?;
    (token.span.start == end && token.span.of(tokens.source()) == mark).then_some(token)
}

/// `instance://[<project>/]<id>`
fn instance(tokens: Tokens<'_>) -> Parsed<'_, Source> {
    let (mut rest, word) = keyword("instance").parse(tokens)?;
    let mut end = word.end;
    for mark in [":", "/", "/"] {
        let Some(token) = adjacent(rest, end, mark) else { return rest.miss("`instance://`") };
        (rest, end) = (rest.take_from(1), token.span.end);
    }
    if rest.span().start != end {
        return rest.miss("the id of an instance");
    }
    let (after, first) = joined(rest, |text| text != "/");
    let (project, start) = match adjacent(after, first.end, "/") {
        None => (None, rest),
        Some(_) => {
            let text = fold(first.of(tokens.source()));
            if !is_identifier(&text) {
                return rest.miss("the name of a project");
            }
            (Some(Name { text, span: first }), after.take_from(1))
        }
    };
    let (rest, id) = session(start)?;
    Ok((rest, Source::Instance { project, id }))
}

/// `[<project>.]<table>[/<column>=<value>[,<column>=<value> …]]`
fn target(tokens: Tokens<'_>) -> Parsed<'_, Target> {
    let (mut rest, table) = table_name(tokens)?;
    let mut partition: Option<PartitionValues> = None;
    let mut end = table.span().end;
    while let Some(mark) = rest.list().first().filter(|token| token.span.start == end) {
        // `/` and `,` stand between values; before the first one, `/`.
        let text = mark.span.of(tokens.source());
        if text != "/" && !(text == "," && partition.is_some()) {
            break;
        }
        let (after, column) = name(rest.take_from(1))?;
        let (after, _) = symbol("=").parse(after)?;
        let (after, value) = partition_value(after)?;
        let taken = rest.list().len() - after.list().len();
        end = rest.list().get(..taken).and_then(<[Token]>::last).map_or(end, |last| last.span.end);
        partition.get_or_insert_default().push((column, value));
        rest = after;
    }
    Ok((rest, Target { table, partition }))
}

/// A string, or text up to the next blank, `,` or `/`.
fn partition_value(tokens: Tokens<'_>) -> Parsed<'_, String> {
    if let Some(token) = tokens.list().first().filter(|token| token.kind == TokenKind::Text) {
        return Ok((tokens.take_from(1), text_value(token.span.of(tokens.source()))));
    }
    let (rest, span) = joined(tokens, |text| !matches!(text, "," | "/"));
    match span.of(tokens.source()) {
        "" => tokens.miss("the value of a partition column"),
        text => Ok((rest, text.to_owned())),
    }
}

/// Reads all options at this position.
fn take_options<'a>(tokens: Tokens<'a>, command: Command, options: &mut Options) -> Parsed<'a, ()> {
    let mut rest = tokens;
    while let Some(mark) = rest.list().first().filter(|token| token.span.of(tokens.source()) == "-") {
        let (after, span) = joined(rest.take_from(1), |_| true);
        // Source: odpscmd: `-name value` and `-name=value`.
        let (name, glued) = match span.of(tokens.source()).split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (span.of(tokens.source()), None),
        };
        let whole = mark.span.to(span);
        let Some(definition) = find(name).filter(|_| span.start == mark.span.end) else {
            return wrong(unknown(&format!("there is no option `-{}`", shorten(name)), command, whole));
        };
        if !definition.commands.contains(&command) {
            return wrong(unknown(&format!("this command has no option `-{name}`"), command, whole));
        }
        let (after, value) = match glued {
            Some(value) => (after, spelled(definition, unquoted_whole(value))),
            None => option_value(after, definition)?,
        };
        if let Some(given) = options.given.iter().find(|given| given.definition.short == definition.short) {
            let message = format!("`-{name}` is given twice");
            return wrong(Error::new(Code::Parse, message).at(whole).help(format!("the first is {given}")));
        }
        options.given.push(Given { definition, command, value, span: whole });
        rest = after;
    }
    Ok((rest, ()))
}

fn option_value<'a>(tokens: Tokens<'a>, definition: &Definition) -> Parsed<'a, String> {
    let (rest, value) = match tokens.list().first().filter(|token| token.kind == TokenKind::Text) {
        Some(token) => (tokens.take_from(1), unquoted(token.span.of(tokens.source()))),
        None => {
            let (rest, span) = joined(tokens, |_| true);
            (rest, span.of(tokens.source()))
        }
    };
    match value {
        "" if rest.list().len() == tokens.list().len() => {
            tokens.miss(format_args!("a value of `-{}`", definition.short))
        }
        value => Ok((rest, spelled(definition, value))),
    }
}

/// The value as it is kept: where escapes are understood, a control character can be shown as one.
fn spelled(definition: &Definition, value: &str) -> String {
    match definition.short {
        "fd" | "rd" | "ni" => escaped(value),
        _ => value.to_owned(),
    }
}

/// The value without the quotes around the whole of it.
fn unquoted_whole(value: &str) -> &str {
    let is_quoted = |quote: char| value.len() > 1 && value.starts_with(quote) && value.ends_with(quote);
    if is_quoted('\'') || is_quoted('"') { unquoted(value) } else { value }
}

/// Source: odpscmd, with what is unknown.
fn unknown(why: &str, command: Command, span: Span) -> Box<Error> {
    Error::new(Code::Parse, format!("Unrecognized command: {why}"))
        .at(span)
        .help(format!("Type 'tunnel help {}' for usage.", command.name()))
}
