//! Functions of users' own: a class, and the resources that it is made of.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::{pair, preceded, terminated};

use super::object::{ObjectName, in_option, object_name};
use super::parser::{
    Name, Parsed, Tokens, end, flag, glued, keyword, keywords, list, name, shorten, string, symbol, wrong,
};
use super::phrase::{OptionalLike, if_exists, if_not_exists, like, listed_in};
use super::qualifier::Qualifier;
use super::sql_function::{BODY, signature};
use super::statement::QueryText;
use super::token::{TokenKind, text_literal, text_value};
use crate::error::{Code, Error};
use crate::model::ObjectKind;
use crate::text::{Span, fold, is_identifier};

/// A statement about functions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `create function [<project>.]<function> as '<class>' using '<resource>'[, …] [-f]`
    Create {
        /// The function.
        function: ObjectName,
        /// The class that runs.
        class: String,
        /// The resources that it is made of; those without a project belong to the function's.
        resources: Vec<ObjectName>,
        /// `-f`: one of that name is replaced.
        replace: bool,
    },
    /// `create [or replace] sql function [if not exists] [<project>.]<function>(@<parameter> <type>, …) [returns …] as …`
    CreateSql {
        /// The function.
        function: ObjectName,
        /// One of that name is replaced.
        or_replace: bool,
        /// One of that name is left alone.
        if_not_exists: bool,
        /// From the parameters on, as it was typed.
        definition: String,
        /// The body as a query that calls the function.
        body: QueryText,
    },
    /// `drop [sql] function [if exists] <function>`
    Drop {
        /// The function.
        function: ObjectName,
        /// Whether it may be missing.
        if_exists: bool,
    },
    /// `desc|describe function <function>`
    Describe {
        /// The function.
        function: ObjectName,
    },
    /// `list|ls|show functions [in|from <project or schema>] [like '<prefix>*']`
    List {
        /// Where they are; without it, in the current project and schema.
        place: Qualifier,
        /// Only names that begin so.
        like: Option<String>,
    },
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-function",
            Self::CreateSql { .. } => "create-sql-function",
            Self::Drop { .. } => "drop-function",
            Self::Describe { .. } => "desc-function",
            Self::List { .. } => "list-functions",
        }
    }
}

/// A resource inside the text after `using`: `r`, `a:r`, `<project>/resources/r`.
struct Used<'a>(&'a ObjectName);

impl fmt::Display for Used<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(ObjectName { qualifier, name, .. }) = self;
        let before = match qualifier.texts().as_slice() {
            parts if !qualifier.is_full() => parts.iter().map(|part| format!("{part}:")).collect(),
            [project] => format!("{project}/resources/"),
            parts => format!("{}/resources/", parts.join("/schemas/")),
        };
        f.write_str(&text_literal(&format!("{before}{}", name.text)))
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { function, class, resources, replace } => {
                write!(f, "create function {function} as {} using ", text_literal(class))?;
                for (index, resource) in resources.iter().enumerate() {
                    write!(f, "{}{}", if index > 0 { ", " } else { "" }, Used(resource))?;
                }
                f.write_str(if *replace { " -f" } else { "" })
            }
            Self::CreateSql { function, or_replace, if_not_exists, definition, .. } => write!(
                f,
                "create {}sql function {}{function}{definition}",
                if *or_replace { "or replace " } else { "" },
                if *if_not_exists { "if not exists " } else { "" },
            ),
            Self::Drop { function, if_exists } if !*if_exists && function.qualifier.option().is_some() => {
                let project = function.qualifier.option().cloned().unwrap_or_default();
                write!(f, "delete function {} -p {project}", function.name)
            }
            Self::Drop { function, if_exists } => {
                write!(f, "drop function {}{function}", if *if_exists { "if exists " } else { "" })
            }
            Self::Describe { function } => write!(f, "describe function {function}"),
            Self::List { place, like } => {
                f.write_str("list functions")?;
                place.write_list(f)?;
                write!(f, "{}", OptionalLike(like.as_ref()))
            }
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let function = || object_name(ObjectKind::Function);
    let list_word = alt((keyword("show"), keyword("list"), keyword("ls")));
    alt((
        create,
        create_sql,
        preceded((keyword("drop"), opt(keyword("sql")), keyword("function")), pair(if_exists(), function()))
            .map(|(if_exists, function)| Statement::Drop { function, if_exists }),
        delete,
        preceded((alt((keyword("desc"), keyword("describe"))), keyword("function")), described)
            .map(|function| Statement::Describe { function }),
        preceded((list_word, keyword("functions")), pair(listed_in, opt(like)))
            .map(|(place, like)| Statement::List { place, like }),
    ))
    .parse(tokens)
}

/// A function may be named `extended`: the word is an option only before another name.
fn described(tokens: Tokens<'_>) -> Parsed<'_, ObjectName> {
    let function = || in_option(object_name(ObjectKind::Function));
    let extended = preceded(keyword("extended"), function());
    alt((terminated(function(), end), terminated(extended, end))).parse(tokens)
}

fn create(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, function) = preceded(keywords("create function"), object_name(ObjectKind::Function)).parse(tokens)?;
    let (rest, class) = preceded(keyword("as"), class).parse(rest)?;
    let (rest, resources) = preceded(keyword("using"), list(used)).parse(rest)?;
    let (rest, replace) = opt((symbol("-"), keyword("f"))).parse(rest)?;
    if let Err(error) = check_name(&function.name) {
        return wrong(error);
    }
    let resources = resources.into_iter().flatten().collect();
    Ok((rest, Statement::Create { function, class, resources, replace: replace.is_some() }))
}

fn create_sql(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, or_replace) = preceded(keyword("create"), flag("or replace")).parse(tokens)?;
    let (tokens, if_not_exists) = preceded(keywords("sql function"), if_not_exists()).parse(tokens)?;
    let (tokens, function) = object_name(ObjectKind::Function).parse(tokens)?;
    let span = tokens.rest_span();
    let (tokens, signature) = signature(tokens)?;
    if let Err(error) = check_name(&function.name) {
        return wrong(error);
    }
    if let Some(untyped) = signature.untyped() {
        let message = format!("not supported: parameter `@{}` of type `any` in a stored function", untyped.text);
        let error = Error::new(Code::Unsupported, message).at(untyped.span);
        return wrong(error.help("declare its type; only functions of a script accept `any`"));
    }
    let definition = span.of(tokens.source()).to_owned();
    // Every place in the definition is the same as in the script.
    let head = format!("function `{BODY}`");
    let starts = span.start.saturating_sub(head.len());
    let body = QueryText { starts, ..QueryText::new(format!("{head}{definition}{}", signature.call()), span) };
    Ok((tokens, Statement::CreateSql { function, or_replace, if_not_exists, definition, body }))
}

fn check_name(name: &Name) -> Result<(), Box<Error>> {
    if is_identifier(&name.text) {
        return Ok(());
    }
    Err(Error::new(Code::Parse, format!("`{}` cannot be the name of a function", shorten(&name.text)))
        .at(name.span)
        .help("a name starts with a letter or `_`, then letters, digits and `_`, at most 128 characters"))
}

/// `delete function <function> [-p <project>]`
fn delete(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, mut function) =
        preceded(keywords("delete function"), object_name(ObjectKind::Function)).parse(tokens)?;
    let (rest, project) = opt(preceded((symbol("-"), keyword("p")), name)).parse(rest)?;
    if !function.qualifier.is_empty() && project.is_some() {
        return wrong(Error::new(Code::Parse, "the project is given twice").at(function.span()));
    }
    if let Some(project) = project {
        function.qualifier = Qualifier::full(vec![project]);
    }
    Ok((rest, Statement::Drop { function, if_exists: false }))
}

/// The class, with or without quotes.
fn class(tokens: Tokens<'_>) -> Parsed<'_, String> {
    let (rest, class) = alt((string, glued("the name of a class").map(|word| word.text))).parse(tokens)?;
    let is_class = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '$');
    if !class.is_empty() && class.len() <= 1024 && class.chars().all(is_class) {
        return Ok((rest, class));
    }
    wrong(
        Error::new(Code::Parse, format!("`{}` cannot be the name of a class", shorten(&class)))
            .at(tokens.span())
            .help("a class name consists of letters, digits, `_`, `.` and `$`"),
    )
}

/// One text after `using`: a resource, or several separated by commas.
fn used(tokens: Tokens<'_>) -> Parsed<'_, Vec<ObjectName>> {
    let text = tokens.list().first().filter(|token| token.kind == TokenKind::Text);
    let Some(token) = text else { return tokens.miss("the name of a resource, in quotes") };
    let (span, value) = (token.span, text_value(token.span.of(tokens.source())));
    let mut resources = Vec::new();
    for part in value.split(',') {
        match resource(part.trim(), span) {
            Ok(resource) => resources.push(resource),
            Err(error) => return wrong(error),
        }
    }
    Ok((nom::Input::take_from(&tokens, 1), resources))
}

/// `r`, `a:r`, `a:b:r`, `<project>/resources/r`, `<project>/schemas/<schema>/resources/r`. Source: the service's full names of resources.
fn resource(text: &str, span: Span) -> Result<ObjectName, Box<Error>> {
    let parts: Vec<&str> = text.split('/').collect();
    let (is_full, before, name) = match parts.as_slice() {
        [project, "resources", name] => (true, vec![*project], *name),
        [project, "schemas", schema, "resources", name] => (true, vec![*project, *schema], *name),
        _ => {
            let mut parts: Vec<&str> = text.split(':').collect();
            let name = parts.pop().unwrap_or_default();
            (false, parts, name)
        }
    };
    if name.is_empty() || name.contains('/') || before.len() > 2 || !before.iter().all(|part| is_identifier(part)) {
        return Err(Error::new(Code::Parse, format!("`{}` is not a resource", shorten(text))).at(span).help(
            "write '<resource>', '<project>/resources/<resource>' or '<project>/schemas/<schema>/resources/<resource>'",
        ));
    }
    let named = |text: &str| Name { text: fold(text), span };
    let parts = before.into_iter().map(named).collect();
    let qualifier = if is_full { Qualifier::full(parts) } else { Qualifier::of(parts) };
    Ok(ObjectName { kind: ObjectKind::Resource, qualifier, name: named(name) })
}
