use crate::syntax::local::JOB_OPTION;
use crate::syntax::{Token, TokenKind, lex};

use super::query_words::is_keyword;

/// Where in a statement something is to be completed, and what is known from around it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Words and marks of the statement before it; what `.why` explains counts as the statement.
    pub before: Vec<String>,
    /// The names with their points directly before it, without the last point, as in `p.` or `p.s.`.
    pub qualifier: Option<String>,
    /// What was typed of it.
    pub word: String,
    /// Whether a file is named here.
    pub file: Option<FileKind>,
    /// The tables that the statement names, behind the place too.
    pub tables: Vec<Mention>,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// A script, or a result.
    Any,
    /// A policy, which the policy folders are searched for.
    Policy,
}

/// A table that a statement names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mention {
    /// What was typed before its name, with points between its parts.
    pub qualifier: Option<String>,
    /// The table.
    pub table: String,
    /// What the statement calls it.
    pub alias: Option<String>,
}

/// The place at byte `at` of `text`; nothing inside of comments and back-quotes.
pub fn place(text: &str, at: usize) -> Option<Place> {
    let typed = text.get(..at)?;
    let (tokens, quoted) = match lex(typed) {
        Ok(lexed) => {
            let in_comment =
                lexed.comments.last().is_some_and(|span| span.end == at && !span.of(typed).ends_with("*/"));
            if in_comment {
                return None;
            }
            (lexed.tokens, false)
        }
        Err(error) => {
            let start = error.span?.start;
            let is_text = typed.get(start..).is_some_and(|rest| rest.starts_with(['\'', '"']));
            (lex(typed.get(..start)?).ok().filter(|_| is_text)?.tokens, true)
        }
    };
    let first = statement_start(&tokens, typed);
    let statement = tokens.get(first..)?;
    let file = named_file(statement, typed, quoted);
    if quoted && file.is_none() {
        return None;
    }
    let mut place = Place { file, tables: mentions(text, at), ..Place::default() };
    let mut left = statement;
    if let [rest @ .., word] = left
        && word.span.end == at
        && !quoted
    {
        if word.kind == TokenKind::Word {
            (left, place.word) = (rest, word.span.of(typed).to_owned());
        } else if word.span.of(typed) != "." {
            return Some(Place { before: words(left, typed), ..place });
        }
    }
    let start = at - place.word.len();
    match left {
        // `.us`: the name of a local command.
        [dot] if is_dot(dot, typed) && dot.starts_line && dot.span.end == start => {
            place.word = format!(".{}", place.word);
            left = &[];
        }
        [rest @ .., name, dot] if is_dot(dot, typed) && dot.span.end == start && name.span.end == dot.span.start => {
            let mut qualifier = bare(name, typed);
            left = rest;
            if let [rest @ .., first, dot] = left
                && is_dot(dot, typed)
                && dot.span.end == name.span.start
                && first.span.end == dot.span.start
            {
                qualifier = format!("{}.{qualifier}", bare(first, typed));
                left = rest;
            }
            place.qualifier = Some(qualifier);
        }
        _ => {}
    }
    place.before = words(left, typed);
    Some(place)
}

fn is_dot(token: &Token, text: &str) -> bool {
    token.span.of(text) == "."
}

/// A name without its back-quotes.
fn bare(token: &Token, text: &str) -> String {
    token.span.of(text).trim_matches('`').to_owned()
}

/// Number of the token that the last statement starts with.
fn statement_start(tokens: &[Token], text: &str) -> usize {
    let mut first = 0;
    let mut ends_with_line = false;
    for (index, token) in tokens.iter().enumerate() {
        if index == first {
            let name = tokens.get(index + 1).map(|name| name.span.of(text)).unwrap_or_default();
            ends_with_line = token.starts_line && is_local(token, text) && !name.eq_ignore_ascii_case("why");
        } else if ends_with_line && token.starts_line {
            first = index;
            ends_with_line = false;
        }
        if token.span.of(text) == ";" {
            first = index + 1;
            ends_with_line = false;
        }
    }
    first
}

fn is_local(token: &Token, text: &str) -> bool {
    token.kind == TokenKind::Directive || is_dot(token, text)
}

fn words(tokens: &[Token], text: &str) -> Vec<String> {
    let mut words: Vec<String> = tokens.iter().map(|token| token.span.of(text).to_owned()).collect();
    if let Some(first) = words.first_mut().filter(|first| *first == "--@") {
        ".".clone_into(first);
    }
    let explained = match words.iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>().as_slice() {
        [dot, why, option, _, ..] if dot == "." && why == "why" && option == JOB_OPTION => 4,
        [dot, why, ..] if dot == "." && why == "why" && words.len() > 2 => 2,
        _ => 0,
    };
    words.split_off(explained)
}

/// Whether the end of `typed` belongs to the name of a file.
fn named_file(statement: &[Token], typed: &str, quoted: bool) -> Option<FileKind> {
    let is = |token: &Token, word: &str| token.span.of(typed).eq_ignore_ascii_case(word);
    let begun = |word: &Token| quoted || word.span.end < typed.len();
    if let [dot, name, ..] = statement
        && is_local(dot, typed)
        && (is(name, "read") || is(name, "output"))
    {
        return begun(name).then_some(FileKind::Any);
    }
    if let [put, policy, ..] = statement
        && is(put, "put")
        && is(policy, "policy")
    {
        return (statement.len() < 4 && begun(policy)).then_some(FileKind::Policy);
    }
    let exception = statement.windows(2).find_map(|pair| match pair {
        [with, exception] if is(with, "with") && is(exception, "exception") => Some(exception),
        _ => None,
    })?;
    begun(exception).then_some(FileKind::Policy)
}

/// The tables that the statement around `at` names.
fn mentions(text: &str, at: usize) -> Vec<Mention> {
    // What stands behind the place may not be whole yet.
    let Ok(lexed) = lex(text).or_else(|_| lex(text.get(..at).unwrap_or_default())) else { return Vec::new() };
    let typed = lexed.tokens.partition_point(|token| token.span.end <= at);
    let first = statement_start(lexed.tokens.get(..typed).unwrap_or_default(), text);
    let own = lexed.tokens.get(first..).unwrap_or_default();
    let end = own.iter().position(|token| token.span.of(text) == ";" && token.span.end > at).unwrap_or(own.len());
    let mut left = own.get(..end).unwrap_or_default();
    let mut found = Vec::new();
    while let [token, rest @ ..] = left {
        left = rest;
        let word = token.span.of(text).to_ascii_lowercase();
        if !matches!(word.as_str(), "from" | "join" | "table" | "into" | "overwrite" | "desc" | "describe" | "read") {
            continue;
        }
        while let Some((mention, behind)) = mention(left, text) {
            found.push(mention);
            left = behind;
            match left {
                [comma, behind @ ..] if word == "from" && comma.span.of(text) == "," => left = behind,
                _ => break,
            }
        }
    }
    found
}

/// `[p.]t [[as] alias]`
fn mention<'t>(tokens: &'t [Token], text: &str) -> Option<(Mention, &'t [Token])> {
    let is_name = |token: &Token| match token.kind {
        TokenKind::Quoted => true,
        TokenKind::Word => !is_keyword(token.span.of(text)),
        _ => false,
    };
    let (first, mut left) = tokens.split_first().filter(|(first, _)| is_name(first))?;
    let mut mention = Mention { table: bare(first, text), ..Mention::default() };
    while let [dot, name, behind @ ..] = left
        && is_dot(dot, text)
        && matches!(name.kind, TokenKind::Word | TokenKind::Quoted)
    {
        let qualifier = match mention.qualifier {
            Some(qualifier) => format!("{qualifier}.{}", mention.table),
            None => mention.table,
        };
        mention = Mention { qualifier: Some(qualifier), table: bare(name, text), alias: None };
        left = behind;
    }
    if let [word, behind @ ..] = left
        && word.span.of(text).eq_ignore_ascii_case("as")
    {
        left = behind;
    }
    if let [alias, behind @ ..] = left
        && is_name(alias)
    {
        mention.alias = Some(bare(alias, text));
        left = behind;
    }
    Some((mention, left))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The place at the `|`.
    fn at(text: &str) -> Option<Place> {
        let (left, right) = text.split_once('|').unwrap();
        place(&format!("{left}{right}"), left.len())
    }

    fn seen(text: &str) -> (String, Option<String>, String) {
        let place = at(text).unwrap();
        (place.before.join(" "), place.qualifier, place.word)
    }

    fn plain(before: &str, word: &str) -> (String, Option<String>, String) {
        (before.to_owned(), None, word.to_owned())
    }

    #[test]
    fn a_place_knows_its_statement_and_its_word() {
        assert_eq!(seen("whoami; show ta|"), plain("show", "ta"));
        assert_eq!(seen("show |"), plain("show", ""));
        assert_eq!(seen(".user ALIYUN$a\nsel|"), plain("", "sel"));
        assert_eq!(seen(".us|"), plain("", ".us"));
        assert_eq!(seen(".account cr|"), plain(". account", "cr"));
        assert_eq!(seen(".why --as-job DT select a fr|"), plain("select a", "fr"));
        assert_eq!(seen("select p.`t`.c|"), ("select".to_owned(), Some("p.t".to_owned()), "c".to_owned()));
        assert_eq!(seen("select a from p.|"), ("select a from".to_owned(), Some("p".to_owned()), String::new()));
    }

    #[test]
    fn comments_and_strings_are_left_alone() {
        assert_eq!(at("select 'a|"), None);
        assert_eq!(at("-- sel|"), None);
        assert_eq!(at("/* sel|"), None);
        assert!(at("/* x */ sel|").is_some());
    }

    #[test]
    fn files_stand_behind_read_output_and_exception() {
        let kind = |text| at(text).unwrap().file;
        assert_eq!(kind(".read |"), Some(FileKind::Any));
        assert_eq!(kind(".output a/b|"), Some(FileKind::Any));
        assert_eq!(kind(".read 'my f|"), Some(FileKind::Any));
        assert_eq!(kind("set ProjectProtection=true with exception al|"), Some(FileKind::Policy));
        assert_eq!(kind("put policy al|"), Some(FileKind::Policy));
        assert_eq!(kind("put policy a.json on role |"), None);
        assert_eq!(kind(".read|"), None);
        assert_eq!(kind("read |"), None);
    }

    #[test]
    fn tables_are_seen_behind_the_place_too() {
        let names = |text| {
            let tables = at(text).unwrap().tables;
            tables
                .into_iter()
                .map(|m| format!("{}.{} {}", m.qualifier.unwrap_or_default(), m.table, m.alias.unwrap_or_default()))
                .collect::<Vec<_>>()
        };
        assert_eq!(names("select | from p.t as a, u join v on a.x=v.x; select 1 from w"), ["p.t a", ".u ", ".v "]);
        assert_eq!(names("select 1 from w; insert into table `x y` select |"), [".x y "]);
        assert_eq!(names("select 'a' from t where |"), [".t "]);
    }
}
