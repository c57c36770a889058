//! Schemas: `create`, `drop`, `alter`, `desc`, `show`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::object::{ObjectName, object_name};
use super::parser::{Name, Parsed, Tokens, comment, keyword, keywords, name, symbol};
use super::phrase::{OptionalComment, OptionalLike, Spelled, if_exists, if_not_exists, like, new_name};
use super::statement::FileName;
use super::table::external::text;
use super::table::new_owner;
use super::tenant_resource::resource_name;
use super::token::text_literal;
use crate::model::{ObjectKind, Principal, TenantResourceKind};

/// A statement about schemas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `create schema [if not exists] <schema> [comment '…']`
    Create {
        /// The new schema.
        schema: ObjectName,
        /// Leave a schema of that name alone.
        if_not_exists: bool,
        /// Its comment.
        comment: Option<String>,
    },
    /// `create external schema [if not exists] <schema> with <external data source> on '<location>'`
    CreateExternal {
        /// The new schema.
        schema: ObjectName,
        /// Leave a schema of that name alone.
        if_not_exists: bool,
        /// The external data source.
        server: Name,
        /// The folder that holds those of the tables.
        location: FileName,
    },
    /// `drop schema [if exists] <schema> [restrict|cascade]`
    Drop {
        /// The schema.
        schema: ObjectName,
        /// No error if it does not exist.
        if_exists: bool,
        /// Drop what is in it as well.
        cascade: bool,
    },
    /// `alter schema <schema> …`
    Alter {
        /// The schema.
        schema: ObjectName,
        /// What changes.
        change: Alteration,
    },
    /// `desc schema <schema>`
    Describe {
        /// The schema.
        schema: ObjectName,
    },
    /// `show schemas [in <project>] [like '<prefix>*']`
    Show {
        /// The project; without it, the current one.
        project: Option<Name>,
        /// Pattern with `*` or `%`.
        like: Option<String>,
    },
}

/// What `alter schema` changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alteration {
    /// `set comment '…'`
    Comment(String),
    /// `changeowner to <principal>`
    ChangeOwner(Principal),
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-schema",
            Self::CreateExternal { .. } => "create-external-schema",
            Self::Drop { .. } => "drop-schema",
            Self::Alter { change: Alteration::Comment(_), .. } => "alter-schema-comment",
            Self::Alter { change: Alteration::ChangeOwner(_), .. } => "alter-schema-changeowner",
            Self::Describe { .. } => "desc-schema",
            Self::Show { .. } => "show-schemas",
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create { schema, if_not_exists, comment } => {
                let if_not_exists = if *if_not_exists { "if not exists " } else { "" };
                write!(f, "create schema {if_not_exists}{schema}{}", OptionalComment(comment))
            }
            Self::CreateExternal { schema, if_not_exists, server, location } => {
                let if_not_exists = if *if_not_exists { "if not exists " } else { "" };
                let location = text_literal(&location.text);
                write!(f, "create external schema {if_not_exists}{schema} with {} on {location}", server.text)
            }
            Self::Drop { schema, if_exists, cascade } => {
                let if_exists = if *if_exists { "if exists " } else { "" };
                write!(f, "drop schema {if_exists}{schema}{}", if *cascade { " cascade" } else { "" })
            }
            Self::Alter { schema, change: Alteration::Comment(comment) } => {
                write!(f, "alter schema {schema} set comment {}", text_literal(comment))
            }
            Self::Alter { schema, change: Alteration::ChangeOwner(owner) } => {
                write!(f, "alter schema {schema} changeowner to {}", Spelled(owner))
            }
            Self::Describe { schema } => write!(f, "desc schema {schema}"),
            Self::Show { project, like } => {
                f.write_str("show schemas")?;
                if let Some(project) = project {
                    write!(f, " in {project}")?;
                }
                write!(f, "{}", OptionalLike(like.as_ref()))
            }
        }
    }
}

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let schema = || object_name(ObjectKind::Schema);
    let server = resource_name(TenantResourceKind::ForeignServer);
    let behaviour = alt((value(true, keyword("cascade")), value(false, keyword("restrict"))));
    let change = alt((
        preceded(keyword("set"), comment()).map(Alteration::Comment),
        preceded(keywords("changeowner to"), new_owner).map(Alteration::ChangeOwner),
    ));
    let list_word = alt((keyword("show"), keyword("list"), keyword("ls")));
    let option =
        (symbol("-"), alt((keyword("project"), keyword("p"))), opt(symbol("="))).map(|(mark, word, _)| mark.to(word));
    let project = preceded(alt((keyword("in"), keyword("from"), option)), name);
    alt((
        preceded(keywords("create schema"), (if_not_exists(), new_schema, opt(comment())))
            .map(|(if_not_exists, schema, comment)| Statement::Create { schema, if_not_exists, comment }),
        preceded(
            keywords("create external schema"),
            (if_not_exists(), new_schema, preceded(keyword("with"), server), preceded(keyword("on"), text)),
        )
        .map(|(if_not_exists, schema, server, location)| Statement::CreateExternal {
            schema,
            if_not_exists,
            server,
            location,
        }),
        preceded(keywords("drop schema"), (if_exists(), schema(), opt(behaviour))).map(
            |(if_exists, schema, cascade)| Statement::Drop { schema, if_exists, cascade: cascade.unwrap_or(false) },
        ),
        preceded(keywords("alter schema"), pair(schema(), change))
            .map(|(schema, change)| Statement::Alter { schema, change }),
        preceded((alt((keyword("desc"), keyword("describe"))), keyword("schema")), schema())
            .map(|schema| Statement::Describe { schema }),
        preceded((list_word, keyword("schemas")), pair(opt(project), opt(like)))
            .map(|(project, like)| Statement::Show { project, like }),
    ))
    .parse(tokens)
}

/// The name of a schema that the statement makes.
fn new_schema(tokens: Tokens<'_>) -> Parsed<'_, ObjectName> {
    let (rest, schema) = object_name(ObjectKind::Schema)(tokens)?;
    new_name(nom::Input::take_from(&tokens, 2 * schema.qualifier.parts().len()))?;
    Ok((rest, schema))
}
