//! `use`, `whoami`, flags, aliases, `history`, `help`, `show version`, `quit`.

use std::collections::BTreeMap;

use super::bound::{Bound, Context, Work};
use super::outcome::{Outcome, PropertiesOf};
use super::{builtin_function, named_usage, resolve, schema};
use crate::error::{Code, Error, Result};
use crate::model::{CURRENT_SCHEMA, ObjectKind, ProjectRef, Record, SchemaName, TenantResourceKind, check_schema};
use crate::security::{Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::object::ObjectName;
use crate::syntax::session::Statement;
use crate::syntax::{Name, Qualifier, grammar};
use crate::text::Span;

/// Most words that help is searched for.
const HELP_WORDS: usize = 10;

/// What a statement changes about the session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SessionChange {
    /// Another project becomes the current one; flags are forgotten, unless they are kept.
    Use(ProjectRef, bool),
    /// Another schema becomes the current one.
    UseSchema(SchemaName),
    /// Jobs use this quota; without one, the default.
    UseQuota(Option<String>),
    /// A flag gets a value.
    Set(String, String),
    /// A flag gets a value that `use` does not take away.
    SetEnv(String, String),
    /// A flag goes.
    Unset(String),
    /// A resource gets another name for code.
    Alias(String, String),
    /// Such a name goes.
    Unalias(String),
    /// The inputs of the prompt are listed: those that contain this.
    History(Option<String>),
    /// The session ends.
    Quit,
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let anyone = |why| Request::in_session(context, vec![Requirement::None(why)]);
    let session = |change| Ok(Bound::new(anyone("it concerns the session only"), Work::Session(change)));
    match statement {
        Statement::Use { project, keep } => {
            let project = resolve::project(Some(project), context, snapshot)?;
            let request = Request {
                current: Some(project.clone()),
                ..Request::in_session(context, vec![Requirement::Member("to work in the project")])
            };
            Ok(Bound::new(request, Work::Session(SessionChange::Use(project, *keep))))
        }
        Statement::UseSchema { schema } => use_schema(schema, context, snapshot),
        Statement::UseQuota { quota: None } => session(SessionChange::UseQuota(None)),
        Statement::UseQuota { quota: Some(quota) } => {
            let name = quota.text.clone();
            let usage = named_usage::by_session(TenantResourceKind::Quota, &name, context, snapshot)?;
            let request = Request::in_session(context, vec![usage]);
            Ok(Bound::new(request, Work::Session(SessionChange::UseQuota(Some(name)))))
        }
        // The same in other words. Source: odpscmd.
        Statement::Set { key, value } if key.eq_ignore_ascii_case(CURRENT_SCHEMA) => {
            let text = check_schema(value)?.to_string();
            use_schema(&Name { text, span: Span::default() }, context, snapshot)
        }
        Statement::Set { key, value } => session(SessionChange::Set(key.clone(), value.clone())),
        Statement::SetEnv { key, .. } if key.eq_ignore_ascii_case(CURRENT_SCHEMA) => Err(Error::new(
            Code::Setting,
            "`setenv` cannot set a schema: it would outlast the project that the schema is in",
        )
        .help("write `use schema <schema>;`")),
        Statement::SetEnv { key, value } => session(SessionChange::SetEnv(key.clone(), value.clone())),
        Statement::Unset { key } => session(SessionChange::Unset(key.clone())),
        Statement::Alias { key, value } => session(SessionChange::Alias(key.clone(), value.clone())),
        Statement::Unalias { key } => session(SessionChange::Unalias(key.clone())),
        Statement::History { pattern } => session(SessionChange::History(pattern.clone())),
        Statement::Quit => session(SessionChange::Quit),
        Statement::Whoami => {
            let naming = context.naming()?;
            let values = Record::default()
                .with("name", context.principal)
                .with("source_ip", context.source.ip.to_string())
                .with("vpc_id", context.source.vpc())
                // The state is in the place of the service's endpoint. Chosen.
                .with("end_point", context.endpoint.to_string())
                .with("project", context.current.map(|project| &project.name));
            let values = match naming.has_schemas {
                true => values.with("schema", naming.current_schema().to_string()),
                false => values,
            };
            Ok(Bound::show(anyone("everyone may know who they are"), |_| {
                Ok(Outcome::properties(PropertiesOf::Session, values))
            }))
        }
        Statement::ShowFlags => {
            let record = |map: &BTreeMap<String, String>| -> Record {
                map.iter().map(|(key, value)| (key.clone(), value.into())).collect()
            };
            let (flags, aliases) = (record(context.flags), record(context.aliases));
            Ok(Bound::show(anyone("it concerns the session only"), |_| {
                let mut outcome = Outcome::properties(PropertiesOf::Flags, flags);
                if aliases.iter().next().is_some() {
                    outcome.items.extend(Outcome::properties(PropertiesOf::Aliases, aliases).items);
                }
                Ok(outcome)
            }))
        }
        Statement::ShowBuiltinFunctions { function } => {
            let functions = builtin_function::listed(function.as_ref())?;
            Ok(Bound::show(anyone("everyone may call them"), |_| Ok(functions)))
        }
        Statement::ShowVersion => Ok(Bound::show(anyone("it concerns the program only"), |_| {
            Ok(Outcome::lines([format!("odpsh {}", env!("CARGO_PKG_VERSION"))]))
        })),
        Statement::Help { words } => {
            // More words than any statement has find nothing more.
            let words = words.get(..HELP_WORDS).unwrap_or(words);
            let lines = match words {
                [word, name] if word.eq_ignore_ascii_case("function") => builtin_function::help(name),
                [name] if !grammar::has_help(words) => builtin_function::help(name),
                _ => None,
            };
            let lines = lines.unwrap_or_else(|| grammar::help(words));
            Ok(Bound::show(anyone("help is for everyone"), |_| Ok(Outcome::lines(lines))))
        }
    }
}

/// Another schema becomes the current one.
fn use_schema(name: &Name, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let schema = ObjectName { kind: ObjectKind::Schema, qualifier: Qualifier::default(), name: name.clone() };
    schema::bind_use(&schema, |schema| Work::Session(SessionChange::UseSchema(schema)), context, snapshot)
}
