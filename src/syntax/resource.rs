//! Resources: the files and tables that jobs and functions use.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::{pair, preceded};

use super::object::{ObjectName, bare, in_option, object_name};
use super::parser::{Name, Parsed, Tokens, glued, keyword, keywords, name, shorten, string, symbol, wrong};
use super::phrase::{OptionalLike, OptionalSpec, Spec, file, like, listed_in, partition, partition_values, table_name};
use super::qualifier::Qualifier;
use super::statement::{FileName, TableName};
use super::table::PartitionValues;
use super::token::text_literal;
use crate::error::{Code, Error};
use crate::model::{ObjectKind, ResourceKind, is_resource_name};
use crate::text::{Span, fold};

/// What a resource is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// The bytes of a local file.
    File(FileName),
    /// A table, or a partition of it.
    Table(TableName, Option<PartitionValues>),
}

/// A resource that is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct New {
    /// What it holds.
    pub kind: ResourceKind,
    /// Where that comes from.
    pub content: Content,
    /// Its name, if one is given.
    pub alias: Option<Name>,
    /// Free text.
    pub comment: Option<String>,
    /// `-f`: one of that name is replaced.
    pub replace: bool,
}

/// A statement about resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `add file|py|jar|archive <file>|table <table> … [as <alias>] [comment <text>] [-f]`
    Add(New),
    /// `create resource <type> <file or table> [<alias>] [-p <project>] [-c <text>] [-f]`
    Create {
        /// The resource.
        new: New,
        /// Its project; without it, the current one.
        project: Option<Name>,
    },
    /// `drop|delete resource [<project>:]<resource>`
    Drop {
        /// The resource.
        resource: ObjectName,
    },
    /// `get resource [<project>:]<resource> <path>`
    Get {
        /// The resource.
        resource: ObjectName,
        /// Where it is written to: a file, or a folder that there is.
        path: FileName,
    },
    /// `desc|describe resource [<project>:]<resource>`
    Describe {
        /// The resource.
        resource: ObjectName,
    },
    /// `list|ls|show resources [in|from <project or schema>] [like '<prefix>*']`
    List {
        /// Where they are; without it, in the current project and schema.
        place: Qualifier,
        /// Only names that begin so.
        like: Option<String>,
    },
}

impl New {
    /// Its name: the alias, or else that of the file or table, with its place.
    pub fn name(&self) -> Name {
        match (&self.alias, &self.content) {
            (Some(alias), _) => alias.clone(),
            (None, Content::Table(table, _)) => table.name.clone(),
            (None, Content::File(file)) => {
                let last = file.text.rsplit(['/', '\\']).next().unwrap_or_default();
                Name { text: fold(last), span: file.span }
            }
        }
    }
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Add(_) => "add-resource",
            Self::Create { .. } => "create-resource",
            Self::Drop { .. } => "drop-resource",
            Self::Get { .. } => "get-resource",
            Self::Describe { .. } => "desc-resource",
            Self::List { .. } => "list-resources",
        }
    }
}

/// The name of a resource of the current project, in back-quotes where it must be.
fn written(name: &Name) -> ObjectName {
    ObjectName { kind: ObjectKind::Resource, qualifier: Qualifier::default(), name: name.clone() }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(new) => {
                write!(f, "add {} ", new.kind.name())?;
                match &new.content {
                    Content::File(file) => write!(f, "{file}")?,
                    Content::Table(table, values) => write!(f, "{table}{}", OptionalSpec(values))?,
                }
                if let Some(alias) = &new.alias {
                    write!(f, " as {}", written(alias))?;
                }
                if let Some(comment) = &new.comment {
                    write!(f, " comment {}", text_literal(comment))?;
                }
                f.write_str(if new.replace { " -f" } else { "" })
            }
            Self::Create { new, project } => {
                write!(f, "create resource {} ", new.kind.name())?;
                match &new.content {
                    Content::File(file) => write!(f, "{file}")?,
                    Content::Table(table, None) => write!(f, "{table}")?,
                    Content::Table(table, Some(values)) => write!(f, "{table} {}", Spec(values))?,
                }
                if let Some(alias) = &new.alias {
                    write!(f, " {}", written(alias))?;
                }
                if let Some(project) = project {
                    write!(f, " -p {project}")?;
                }
                if let Some(comment) = &new.comment {
                    write!(f, " -c {}", text_literal(comment))?;
                }
                f.write_str(if new.replace { " -f" } else { "" })
            }
            Self::Drop { resource } => match resource.qualifier.option() {
                Some(project) => write!(f, "drop resource {} -p {project}", written(&resource.name)),
                None => write!(f, "drop resource {resource}"),
            },
            Self::Get { resource, path } => write!(f, "get resource {resource} {path}"),
            Self::Describe { resource } => write!(f, "describe resource {resource}"),
            Self::List { place, like } => {
                f.write_str("list resources")?;
                place.write_list(f)?;
                write!(f, "{}", OptionalLike(like.as_ref()))
            }
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let resource = || object_name(ObjectKind::Resource);
    let list_word = alt((keyword("show"), keyword("list"), keyword("ls")));
    alt((
        add,
        create,
        drop_resource,
        preceded(keywords("get resource"), pair(resource(), file))
            .map(|(resource, path)| Statement::Get { resource, path }),
        preceded((alt((keyword("desc"), keyword("describe"))), keyword("resource")), in_option(resource()))
            .map(|resource| Statement::Describe { resource }),
        preceded((list_word, keyword("resources")), pair(listed_in, opt(like)))
            .map(|(place, like)| Statement::List { place, like }),
    ))
    .parse(tokens)
}

fn add(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, kind) = preceded(keyword("add"), kind).parse(tokens)?;
    let (rest, content) = content(kind, |tokens| opt(partition).parse(tokens), rest)?;
    let (rest, alias) = opt(preceded(keyword("as"), alias)).parse(rest)?;
    let (rest, comment) = opt(preceded(keyword("comment"), free_text)).parse(rest)?;
    let (rest, replace) = opt(option("f")).parse(rest)?;
    let new = New { kind, content, alias, comment, replace: replace.is_some() };
    let (rest, new) = checked(new, rest)?;
    Ok((rest, Statement::Add(new)))
}

fn create(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, kind) = preceded(keywords("create resource"), kind).parse(tokens)?;
    let (mut rest, content) = content(kind, optional_values, rest)?;
    let is_option = rest.list().first().is_some_and(|token| token.span.of(rest.source()) == "-");
    let mut new = New { kind, content, alias: None, comment: None, replace: false };
    if !rest.is_empty() && !is_option {
        let (after, alias) = alias(rest)?;
        (rest, new.alias) = (after, Some(alias));
    }
    let mut project = None;
    loop {
        if let (after, Some(named)) = opt(preceded(option("p"), name)).parse(rest)?
            && project.is_none()
        {
            (rest, project) = (after, Some(named));
        } else if let (after, Some(comment)) = opt(preceded(option("c"), free_text)).parse(rest)?
            && new.comment.is_none()
        {
            (rest, new.comment) = (after, Some(comment));
        } else if let (after, Some(_)) = opt(option("f")).parse(rest)?
            && !new.replace
        {
            (rest, new.replace) = (after, true);
        } else {
            let (rest, new) = checked(new, rest)?;
            return Ok((rest, Statement::Create { new, project }));
        }
    }
}

/// `drop resource [p:]r`, `delete resource r -p p`
fn drop_resource(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let drop = (alt((keyword("drop"), keyword("delete"))), keyword("resource"));
    let (rest, mut resource) = preceded(drop, object_name(ObjectKind::Resource)).parse(tokens)?;
    let (rest, project) = opt(preceded(option("p"), name)).parse(rest)?;
    if !resource.qualifier.is_empty() && project.is_some() {
        return wrong(Error::new(Code::Parse, "the project is given twice").at(resource.span()));
    }
    if let Some(project) = project {
        resource.qualifier = Qualifier::full(vec![project]);
    }
    Ok((rest, Statement::Drop { resource }))
}

/// `(ds='1')`, or `()` for none, as the client has it.
fn optional_values(tokens: Tokens<'_>) -> Parsed<'_, Option<PartitionValues>> {
    match (symbol("("), symbol(")")).parse(tokens) {
        Ok((rest, _)) => Ok((rest, None)),
        Err(_) => opt(partition_values).parse(tokens),
    }
}

/// `file`, `py`, `jar`, `archive`, `table`
fn kind(tokens: Tokens<'_>) -> Parsed<'_, ResourceKind> {
    let word = |kind: ResourceKind| keyword(kind.name()).map(move |_| kind);
    alt(ResourceKind::ALL.map(word)).parse(tokens)
}

fn content<'a>(
    kind: ResourceKind,
    values: impl Fn(Tokens<'a>) -> Parsed<'a, Option<PartitionValues>>,
    tokens: Tokens<'a>,
) -> Parsed<'a, Content> {
    if kind != ResourceKind::Table {
        return file.map(Content::File).parse(tokens);
    }
    let (rest, table) = table_name(tokens)?;
    let (rest, values) = values(rest)?;
    Ok((rest, Content::Table(table, values)))
}

fn alias(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, alias) = match string(tokens) {
        Ok((rest, text)) => (rest, Name { text, span: tokens.span() }),
        Err(_) => bare("the name of a resource", tokens)?,
    };
    Ok((rest, Name { text: fold(&alias.text), ..alias }))
}

/// A string, or one word.
fn free_text(tokens: Tokens<'_>) -> Parsed<'_, String> {
    alt((string, glued("a comment").map(|word| word.text))).parse(tokens)
}

/// `-f`, `-p`, `-c`
fn option<'a>(letter: &'static str) -> impl Parser<Tokens<'a>, Output = Span, Error = super::parser::Miss> {
    (symbol("-"), keyword(letter)).map(|(mark, letter)| mark.to(letter))
}

/// The name must be one, and end as the kind wants. Source: the client's own checks.
fn checked<'a>(new: New, rest: Tokens<'a>) -> Parsed<'a, New> {
    let name = new.name();
    let (endings, message) = new.kind.endings();
    if !endings.is_empty() && !endings.iter().any(|ending| name.text.ends_with(ending)) {
        return wrong(Error::new(Code::Parse, message).at(name.span).help("give it this name with `as`"));
    }
    if matches!(&new.content, Content::Table(_, Some(_))) && new.alias.is_none() {
        return wrong(
            Error::new(Code::Parse, "pls set alias.")
                .at(name.span)
                .help("a partition as a resource needs a name: `as <alias>`"),
        );
    }
    if !is_resource_name(&name.text) {
        return wrong(
            Error::new(Code::Parse, format!("`{}` cannot be the name of a resource", shorten(&name.text)))
                .at(name.span)
                .help("a name consists of letters, digits, `_`, `.` and `-`, at most 128; give another with `as`"),
        );
    }
    Ok((rest, new))
}
