use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::sequence::{preceded, terminated};

use super::parser::{Name, Parsed, Tokens, end};
use super::qualifier::Qualifier;
use super::{
    elsewhere, function, grant, instance, label, local, package, policy, project, protection, query, resource, role,
    schema, session, table, tenant, tenant_resource, tunnel, user,
};
use crate::text::Span;

/// One statement, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `use`, `whoami`, `set k=v`, `help`, …
    Session(session::Statement),
    /// `list projects`, `setproject`, the security switches, …
    Project(project::Statement),
    /// Tables and views: their definitions and what is shown of them.
    Table(table::Statement),
    /// `create schema`, `show schemas`, …
    Schema(schema::Statement),
    /// Everything that plans a query.
    Query(query::Statement),
    /// Files and tables that jobs and functions use.
    Resource(resource::Statement),
    /// Functions of users' own.
    Function(function::Statement),
    /// Members and account providers.
    User(user::Statement),
    /// Roles and who holds them.
    Role(role::Statement),
    /// Privileges and who holds them.
    Grant(grant::Statement),
    /// Labels of data, levels of who reads it, and label grants.
    Label(label::Statement),
    /// What projects share with each other.
    Package(package::Statement),
    /// Policies of projects and roles.
    Policy(policy::Statement),
    /// The tenant: its users and its roles.
    Tenant(tenant::Statement),
    /// `.quota`, `.networklink`, `.foreignserver`, `.image`: what the tenant has besides.
    TenantResource(tenant_resource::Statement),
    /// Project data protection.
    Protection(protection::Statement),
    /// Jobs that ran or run, and their results.
    Instance(instance::Statement),
    /// Transfers between tables and text files.
    Tunnel(tunnel::Statement),
    /// Statements for services that are not here.
    Elsewhere(elsewhere::Statement),
    /// `.user`, `--@ user`: the local world.
    Local(local::Statement),
}

impl Statement {
    /// Name of the production in the grammar files that this statement was read by.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Session(statement) => statement.production(),
            Self::Project(statement) => statement.production(),
            Self::Table(statement) => statement.production(),
            Self::Schema(statement) => statement.production(),
            Self::Query(statement) => statement.production(),
            Self::Resource(statement) => statement.production(),
            Self::Function(statement) => statement.production(),
            Self::User(statement) => statement.production(),
            Self::Role(statement) => statement.production(),
            Self::Grant(statement) => statement.production(),
            Self::Label(statement) => statement.production(),
            Self::Package(statement) => statement.production(),
            Self::Policy(statement) => statement.production(),
            Self::Tenant(statement) => statement.production(),
            Self::TenantResource(statement) => statement.production(),
            Self::Protection(statement) => statement.production(),
            Self::Instance(statement) => statement.production(),
            Self::Tunnel(statement) => statement.production(),
            Self::Elsewhere(statement) => statement.production(),
            Self::Local(statement) => statement.production(),
        }
    }
}

impl Statement {
    /// How rows of a new table are to be stored, if it says so.
    pub fn layout(&self) -> Option<&super::table::Layout> {
        match self {
            Self::Table(statement) => statement.layout(),
            Self::Query(query) => query.parts().into_iter().find_map(|part| match part {
                query::Statement::CreateTableAs { layout, .. } => Some(layout),
                query::Statement::Definition { statement, .. } => statement.layout(),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Whether it gives variables of a script values.
    pub fn defines_variables(&self) -> bool {
        matches!(self, Self::Query(query::Statement::Variable { .. } | query::Statement::If { .. }))
    }

    /// Whether it asks for the rows of a script variable to be kept.
    pub fn is_cached(&self) -> bool {
        matches!(self, Self::Query(query::Statement::Variable { is_cached: true, .. }))
    }

    /// Whether it merges or compacts the files of a table.
    pub fn maintains_files(&self) -> bool {
        matches!(self, Self::Table(statement) if statement.maintains_files())
    }

    /// Whether it sets a lifecycle.
    pub fn sets_lifecycle(&self) -> bool {
        match self {
            Self::Table(statement) => statement.sets_lifecycle(),
            Self::Query(query) => {
                let sets = |part: &query::Statement| match part {
                    query::Statement::Definition { statement, .. } => statement.sets_lifecycle(),
                    part => matches!(part, query::Statement::CreateTableAs { lifecycle: Some(_), .. }),
                };
                query.parts().into_iter().any(sets)
            }
            _ => false,
        }
    }
}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(statement) => statement.fmt(f),
            Self::Project(statement) => statement.fmt(f),
            Self::Table(statement) => statement.fmt(f),
            Self::Schema(statement) => statement.fmt(f),
            Self::Query(statement) => statement.fmt(f),
            Self::Resource(statement) => statement.fmt(f),
            Self::Function(statement) => statement.fmt(f),
            Self::User(statement) => statement.fmt(f),
            Self::Role(statement) => statement.fmt(f),
            Self::Grant(statement) => statement.fmt(f),
            Self::Label(statement) => statement.fmt(f),
            Self::Package(statement) => statement.fmt(f),
            Self::Policy(statement) => statement.fmt(f),
            Self::Tenant(statement) => statement.fmt(f),
            Self::TenantResource(statement) => statement.fmt(f),
            Self::Protection(statement) => statement.fmt(f),
            Self::Instance(statement) => statement.fmt(f),
            Self::Tunnel(statement) => statement.fmt(f),
            Self::Elsewhere(statement) => statement.fmt(f),
            Self::Local(statement) => statement.fmt(f),
        }
    }
}

/// Reads one whole statement other than a local command.
///
/// `set k=v` takes what no other family knows, so sessions come last.
pub(super) fn shared(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        terminated(query::statement, end).map(Statement::Query),
        terminated(schema::statement, end).map(Statement::Schema),
        terminated(table::statement, end).map(Statement::Table),
        terminated(label::statement, end).map(Statement::Label),
        // Some of its grants name what those of privileges cannot.
        terminated(policy::statement, end).map(Statement::Policy),
        terminated(tenant::statement, end).map(Statement::Tenant),
        terminated(grant::statement, end).map(Statement::Grant),
        terminated(role::statement, end).map(Statement::Role),
        terminated(user::statement, end).map(Statement::User),
        terminated(package::statement, end).map(Statement::Package),
        terminated(resource::statement, end).map(Statement::Resource),
        terminated(function::statement, end).map(Statement::Function),
        terminated(protection::statement, end).map(Statement::Protection),
        terminated(project::statement, end).map(Statement::Project),
        terminated(instance::statement, end).map(Statement::Instance),
        terminated(tunnel::statement, end).map(Statement::Tunnel),
        terminated(elsewhere::statement, end).map(Statement::Elsewhere),
        terminated(session::statement, end).map(Statement::Session),
    ))
    .parse(tokens)
}

/// Reads one whole local command.
pub(super) fn local_command(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((console_command, terminated(local::statement, end).map(Statement::Local))).parse(tokens)
}

/// Reads one whole command that stands in for the console: behind a `.`, and decided.
pub(super) fn console_command(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let command = preceded(local::mark, tenant_resource::command);
    terminated(command, end).map(Statement::TenantResource).parse(tokens)
}

/// `table`, `a.table`, `a.b.table`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    /// What is before the name.
    pub qualifier: Qualifier,
    /// The table or view.
    pub name: Name,
}

impl TableName {
    /// The position of the whole name.
    pub fn span(&self) -> Span {
        self.qualifier.span_to(self.name.span)
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.qualifier.write('.', &self.name, f)
    }
}

/// A query: a piece of the script that the planner reads. Two are equal if their text is.
#[derive(Debug, Clone)]
pub struct QueryText {
    /// The text, as typed, without a final `;`. The definitions of variables that it uses stand before it.
    pub text: String,
    /// Where the text starts in the script.
    pub starts: usize,
    /// Where the query is, definitions apart.
    pub span: Span,
    /// The tables that the script has written, each with the place behind the statement: what stands before must not read them.
    pub written: Vec<(TableName, usize)>,
}

impl QueryText {
    /// The query of a text that starts there.
    pub fn new(text: String, span: Span) -> Self {
        Self { text, starts: span.start, span, written: Vec::new() }
    }
}

impl PartialEq for QueryText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for QueryText {}

impl fmt::Display for QueryText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The name of a file, as typed: one word without blanks, or a string.
#[derive(Debug, Clone, Default)]
pub struct FileName {
    /// The name or path.
    pub text: String,
    /// Its position.
    pub span: Span,
}

impl PartialEq for FileName {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for FileName {}

impl fmt::Display for FileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&super::token::text_literal(&self.text))
    }
}
