//! The phrases that statements of several families share: table names, new names, files, grantees, partitions, queries.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{preceded, separated_pair};

use super::parser::{
    Miss, Name, Parsed, Tokens, glued, keyword, keywords, list, name, parenthesised, principal,
    principal_with_provider, rest, shorten, string, symbol, wrong,
};
use super::qualifier::Qualifier;
use super::statement::{FileName, QueryText, TableName};
use super::table::PartitionValues;
use super::token::{TokenKind, text_literal, text_value};
use crate::error::{Code, Error};
use crate::model::{Grantee, JobType, Principal, RoleName};
use crate::text::{Span, fold, is_identifier};

/// The words that a query starts with; `(` starts one, too.
const QUERY_STARTS: [&str; 4] = ["select", "with", "values", "from"];

/// An error for something that the real client has and this shell does not.
pub fn unsupported(what: &str, span: Span, help: &str) -> Box<Error> {
    Error::new(Code::Unsupported, format!("not supported yet: `{what}`")).at(span).help(help)
}

/// Whether these words follow, from a token on. What is refused by name is not suggested: no message lists them as expected.
pub fn follows(tokens: Tokens<'_>, start: usize, words: &str) -> bool {
    words.split(' ').zip(start..).all(|(word, at)| {
        tokens.list().get(at).is_some_and(|token| token.span.of(tokens.source()).eq_ignore_ascii_case(word))
    })
}

/// A name that the statement makes: it must be a valid one.
pub fn new_name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, name) = name(tokens)?;
    if is_identifier(&name.text) {
        return Ok((rest, name));
    }
    wrong(
        Error::new(Code::Parse, format!("`{}` cannot be a name", shorten(&name.text)))
            .at(name.span)
            .help("a name starts with a letter or `_`, then letters, digits and `_`, at most 128 characters"),
    )
}

/// `table`, `a.table`, `a.b.table`
pub fn table_name(tokens: Tokens<'_>) -> Parsed<'_, TableName> {
    let (rest, parts) = parts(3, ".", tokens)?;
    let (qualifier, name) = split(parts);
    Ok((rest, TableName { qualifier, name }))
}

/// Names with `mark` between them, at most `most`.
pub fn parts<'a>(most: usize, mark: &'static str, tokens: Tokens<'a>) -> Parsed<'a, Vec<Name>> {
    let (mut rest, first) = name(tokens)?;
    let start = first.span;
    let mut parts = vec![first];
    while let Ok((after, next)) = preceded(symbol(mark), name).parse(rest) {
        if parts.len() == most {
            return wrong(
                Error::new(Code::Parse, format!("this name has more than {most} parts")).at(start.to(next.span)).help(
                    "write `<object>`, `<project>.<object>`, `<schema>.<object>` or `<project>.<schema>.<object>`",
                ),
            );
        }
        parts.push(next);
        rest = after;
    }
    Ok((rest, parts))
}

/// The last of several names, and what is before it.
pub fn split(mut parts: Vec<Name>) -> (Qualifier, Name) {
    let name = parts.pop().unwrap_or_default();
    (Qualifier::of(parts), name)
}

/// The name of a table that the statement makes.
pub fn new_table_name(tokens: Tokens<'_>) -> Parsed<'_, TableName> {
    let (rest, table) = table_name(tokens)?;
    new_name(nom::Input::take_from(&tokens, 2 * table.qualifier.parts().len()))?;
    Ok((rest, table))
}

/// `in a`, `in a.b`, `-p <project>`: where a statement lists what is there. `from` is `in`.
pub fn listed_in(tokens: Tokens<'_>) -> Parsed<'_, Qualifier> {
    let option = (symbol("-"), alt((keyword("project"), keyword("p")))).map(|(mark, word)| mark.to(word));
    let option = (option, opt(symbol("="))).map(|(option, _)| option);
    let place = preceded(alt((keyword("in"), keyword("from"))), |tokens| parts(2, ".", tokens)).map(Qualifier::of);
    let project = preceded(option, name).map(|project| Qualifier::full(vec![project]));
    opt(alt((place, project))).map(Option::unwrap_or_default).parse(tokens)
}

/// `like '<prefix>*'` or `like '<prefix>%'`, as it is written, or `like <name>` for one name.
///
/// Source: odpscmd: a prefix and its end; the SDK's commands: a name. Any other pattern would find nothing, or in the client be no statement.
pub fn like(tokens: Tokens<'_>) -> Parsed<'_, String> {
    let (rest, _) = keyword("like").parse(tokens)?;
    if rest.list().first().is_some_and(|token| matches!(token.kind, TokenKind::Word | TokenKind::Quoted)) {
        return name.map(|name| name.text).parse(rest);
    }
    let (rest, pattern) = string(rest)?;
    let prefix = pattern.strip_suffix(['*', '%']);
    let is_plain = |prefix: &str| prefix.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
    if prefix.is_some_and(is_plain) {
        return Ok((rest, pattern));
    }
    wrong(
        Error::new(Code::Parse, format!("`{}` is not a prefix with `*` or `%` at its end", shorten(&pattern)))
            .at(tokens.span())
            .help("write the beginning of the names and `*`, such as `like 'sales_*'`"),
    )
}

/// The name of a file: a string, or text without blanks.
pub fn file(tokens: Tokens<'_>) -> Parsed<'_, FileName> {
    match tokens.list().first() {
        Some(token) if token.kind == TokenKind::Text => {
            let text = text_value(token.span.of(tokens.source()));
            let rest = nom::Input::take_from(&tokens, 1);
            if text.is_empty() {
                return tokens.miss("the name of a file");
            }
            Ok((rest, FileName { text, span: token.span }))
        }
        _ => glued("the name of a file").map(|name| FileName { text: name.text, span: name.span }).parse(tokens),
    }
}

/// `user <principal>`, `role <role>` or a principal alone.
pub fn grantee(tokens: Tokens<'_>) -> Parsed<'_, Grantee> {
    alt((
        preceded(keyword("role"), name).map(|role| Grantee::Role(RoleName::new(&role.text))),
        preceded(keyword("user"), principal).map(Grantee::User),
        principal.map(Grantee::User),
    ))
    .parse(tokens)
}

/// A principal, with or without `user` before it.
pub fn user(tokens: Tokens<'_>) -> Parsed<'_, Principal> {
    alt((preceded(keyword("user"), principal_with_provider), principal)).parse(tokens)
}

/// `partition (<column>=<value>, …)`
pub fn partition(tokens: Tokens<'_>) -> Parsed<'_, PartitionValues> {
    preceded(keyword("partition"), partition_values).parse(tokens)
}

/// `(<column>=<value>, …)`
pub fn partition_values(tokens: Tokens<'_>) -> Parsed<'_, PartitionValues> {
    parenthesised(list(separated_pair(name, symbol("="), literal))).parse(tokens)
}

/// The value of a partition column: a string or a number, as text.
pub fn literal(tokens: Tokens<'_>) -> Parsed<'_, String> {
    let (rest, sign) = opt(value("-", symbol("-"))).parse(tokens)?;
    match rest.list().first() {
        Some(token) if token.kind == TokenKind::Text && sign.is_none() => {
            Ok((nom::Input::take_from(&rest, 1), text_value(token.span.of(tokens.source()))))
        }
        Some(token) if token.kind == TokenKind::Number => {
            let number = token.span.of(tokens.source());
            Ok((nom::Input::take_from(&rest, 1), format!("{}{number}", sign.unwrap_or_default())))
        }
        _ => {
            let _: Parsed<'_, ()> = rest.miss("a number");
            rest.miss("a string")
        }
    }
}

/// A whole number that fits 32 bits.
pub fn small_integer(tokens: Tokens<'_>) -> Parsed<'_, u32> {
    let (rest, number) = super::parser::integer(tokens)?;
    match u32::try_from(number) {
        Ok(number) => Ok((rest, number)),
        Err(_) => tokens.miss("a number below 4294967296"),
    }
}

/// A whole number with or without a minus sign.
pub fn signed_integer(tokens: Tokens<'_>) -> Parsed<'_, i64> {
    let (rest, sign) = opt(value(-1_i64, symbol("-"))).parse(tokens)?;
    let (rest, number) = super::parser::integer(rest)?;
    match i64::try_from(number) {
        Ok(number) => Ok((rest, sign.unwrap_or(1) * number)),
        Err(_) => tokens.miss("a number below 9223372036854775808"),
    }
}

/// `lifecycle <days>`
pub fn lifecycle(tokens: Tokens<'_>) -> Parsed<'_, u32> {
    let (rest, days) = preceded(keyword("lifecycle"), small_integer).parse(tokens)?;
    if (1..=37231).contains(&days) {
        return Ok((rest, days));
    }
    wrong(Error::new(Code::Parse, "a lifecycle must be 1 to 37231 days").at(tokens.span()))
}

/// The rest of the statement, as a query for the planner.
///
/// `from … insert` is not one.
pub fn query(tokens: Tokens<'_>) -> Parsed<'_, QueryText> {
    let word = |token: &super::token::Token| fold(token.span.of(tokens.source()));
    let Some(first) = tokens.list().first() else { return tokens.miss("a query") };
    let text = first.span.of(tokens.source());
    let starts = match first.kind {
        TokenKind::Word => QUERY_STARTS.iter().any(|start| text.eq_ignore_ascii_case(start)),
        TokenKind::Symbol => text == "(",
        _ => false,
    };
    if !starts {
        return tokens.miss("a query");
    }
    if word(first).as_str() == "from" {
        // In parentheses it is part of the query, if not of a right one.
        let mut depth = 0_usize;
        let writes = |pair: &&[super::token::Token]| {
            let [insert, into] = pair else { return false };
            match insert.span.of(tokens.source()) {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => {}
            }
            depth == 0
                && insert.kind == TokenKind::Word
                && word(insert) == "insert"
                && matches!(word(into).as_str(), "into" | "overwrite")
        };
        if let Some([insert, ..]) = tokens.list().windows(2).find(writes) {
            return wrong(unsupported(
                "an insert after its query",
                insert.span,
                "write `insert into|overwrite <table> <query>`, one statement for each table",
            ));
        }
    }
    rest("a query").map(|text| QueryText::new(text.text, text.span)).parse(tokens)
}

/// `("<key>"="<value>", …)` after `privilegeproperties`: keys folded, with their positions.
pub fn privilege_properties(tokens: Tokens<'_>) -> Parsed<'_, Vec<(Name, String)>> {
    let key = |tokens| -> Parsed<'_, Name> {
        let (rest, text) = super::parser::string(tokens)?;
        Ok((rest, Name { text: fold(&text), span: tokens.span() }))
    };
    let pair = separated_pair(key, symbol("="), super::parser::string);
    preceded(keyword("privilegeproperties"), parenthesised(list(pair))).parse(tokens)
}

/// The text of the tokens, comments between them blanked out, so that every place stays where it was.
pub fn without_comments(tokens: Tokens<'_>) -> String {
    let mut text = String::new();
    let mut at = tokens.span().start;
    for token in tokens.list() {
        let gap = Span::new(at, token.span.start).of(tokens.source());
        for character in gap.chars() {
            if character.is_whitespace() {
                text.push(character);
            } else {
                text.extend(std::iter::repeat_n(' ', character.len_utf8()));
            }
        }
        text.push_str(token.span.of(tokens.source()));
        at = token.span.end;
    }
    text
}

/// A type of jobs.
pub fn job_type(tokens: Tokens<'_>) -> Parsed<'_, JobType> {
    let (rest, name) = name(tokens)?;
    match JobType::parse(&name.text) {
        Some(job) => Ok((rest, job)),
        None => {
            let names: Vec<_> = JobType::ALL.iter().map(|job| job.name()).collect();
            wrong(
                Error::new(Code::Parse, format!("`{}` is not a job type", shorten(&name.text)))
                    .at(name.span)
                    .help(format!("the job types are {}", names.join(", "))),
            )
        }
    }
}

/// Whether this can be the key of a flag or property.
pub fn is_key(text: &str) -> bool {
    !text.is_empty()
        && !text.contains("--")
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// `if not exists`
pub fn if_not_exists<'a>() -> impl Parser<Tokens<'a>, Output = bool, Error = Miss> {
    opt(keywords("if not exists")).map(|found| found.is_some())
}

/// `if exists`
pub fn if_exists<'a>() -> impl Parser<Tokens<'a>, Output = bool, Error = Miss> {
    opt(keywords("if exists")).map(|found| found.is_some())
}

/// A principal as a statement writes it: RAM roles, and names that would read as a comment, in back-quotes.
pub struct Spelled<'a>(pub &'a Principal);

impl fmt::Display for Spelled<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        if matches!(self.0, Principal::RamRole { .. }) || text.contains("--") {
            write!(f, "`{text}`")
        } else {
            f.write_str(&text)
        }
    }
}

/// A grantee as a statement writes it.
pub struct SpelledGrantee<'a>(pub &'a Grantee);

impl fmt::Display for SpelledGrantee<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Grantee::User(principal) => write!(f, "user {}", Spelled(principal)),
            Grantee::Role(role) => {
                write!(f, "role {}", Name { text: role.as_str().to_owned(), span: Span::default() })
            }
        }
    }
}

/// Things with commas between them.
pub struct Commas<'a, T>(pub &'a [T]);

impl<T: fmt::Display> fmt::Display for Commas<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.0.iter().enumerate() {
            write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// ` (ds='1', hh='2')`, as it follows `partition`.
pub struct Spec<'a>(pub &'a PartitionValues);

impl fmt::Display for Spec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(")?;
        for (index, (column, value)) in self.0.iter().enumerate() {
            write!(f, "{}{column}={}", if index > 0 { ", " } else { "" }, text_literal(value))?;
        }
        f.write_str(")")
    }
}

/// ` partition (…)`, or nothing.
pub struct OptionalSpec<'a>(pub &'a Option<PartitionValues>);

impl fmt::Display for OptionalSpec<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |values| write!(f, " partition {}", Spec(values)))
    }
}

/// ` like …`, or nothing: what has no end of a prefix is one name.
pub struct OptionalLike<'a>(pub Option<&'a String>);

impl fmt::Display for OptionalLike<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => Ok(()),
            Some(like) if like.ends_with(['*', '%']) => write!(f, " like {}", text_literal(like)),
            Some(like) => write!(f, " like {}", Name { text: like.clone(), span: Span::default() }),
        }
    }
}

/// Whether a name is one of those that `like` finds.
pub fn is_like(name: &str, like: Option<&str>) -> bool {
    let Some(like) = like else { return true };
    match like.strip_suffix(['*', '%']) {
        Some(prefix) => name.starts_with(&fold(prefix)),
        None => name == fold(like),
    }
}

/// ` comment '…'`, or nothing.
pub struct OptionalComment<'a>(pub &'a Option<String>);

impl fmt::Display for OptionalComment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.as_ref().map_or(Ok(()), |comment| write!(f, " comment {}", text_literal(comment)))
    }
}
