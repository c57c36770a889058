//! `set ProjectProtection`, with or without an exception policy, and trusted projects.

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Listing, Outcome};
use super::resolve;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Project, ProjectId, ProjectRef, Time};
use crate::policy::ExceptionPolicy;
use crate::store::{Snapshot, Write};
use crate::syntax::protection::Statement;
use crate::syntax::{FileName, Name};

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::ListTrusted => true,
        Statement::Set { .. } | Statement::AddTrusted { .. } | Statement::RemoveTrusted { .. } => false,
    }
}

/// Whether a statement reads a policy file.
pub(super) fn reads_file(statement: &Statement) -> bool {
    match statement {
        Statement::Set { exception, .. } => exception.is_some(),
        Statement::ListTrusted | Statement::AddTrusted { .. } | Statement::RemoveTrusted { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = |action| resolve::project_request(action, context, snapshot);
    match statement {
        Statement::Set { on, exception } => {
            let on = *on;
            let mut request = request(Action::SetSecurityConfiguration)?;
            if exception.is_some() {
                request.requirements.push(resolve::project_requirement(Action::PutException, context, snapshot)?);
            }
            Ok(Bound::when_allowed(request, || {
                let exception =
                    exception.as_ref().map(|file| read_exception(file, &project, context, snapshot)).transpose()?;
                Ok(Work::change(move |write, now| protect(write, project.id, on, exception, now)))
            }))
        }
        Statement::AddTrusted { project: name } => {
            let request = request(Action::AddTrustedProject)?;
            Ok(Bound::when_allowed(request, || {
                let trusted = trustable(name, &project, snapshot)?;
                Ok(Work::change(move |write, now| {
                    write.trust(project.id, trusted.id, now)?;
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
        Statement::RemoveTrusted { project: name } => {
            let request = request(Action::RemoveTrustedProject)?;
            let trusted = snapshot.project_by_name(&name.text)?;
            let (name, span) = (name.text.clone(), name.span);
            Ok(Bound::change(request, move |write, _| {
                let removed = match trusted {
                    Some(trusted) => write.distrust(project.id, trusted.id)?,
                    None => false,
                };
                if !removed {
                    return Err(Error::new(Code::NotFound, format!("`{name}` is not a trusted project"))
                        .at(span)
                        .help("`list trustedprojects;` shows them"));
                }
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::ListTrusted => Ok(Bound::show(request(Action::ListTrustedProjects)?, move |snapshot| {
            Ok(Outcome::names(Listing::TrustedProjects, snapshot.trusted_projects(project.id)?))
        })),
    }
}

/// The text of an exception policy, byte for byte (EXC-8), and what to warn about.
type Exception = (String, Vec<String>);

fn read_exception(
    file: &FileName,
    project: &ProjectRef,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Exception> {
    let text = context.files.policy(file)?;
    let policy = ExceptionPolicy::parse_new(&text, &project.name).map_err(|error| error.at(file.span))?;
    Ok((text, policy.warnings(resolve::has_schemas(project, snapshot)?)))
}

/// Switches the protection of a project, with this exception policy or none.
fn protect(
    write: &Write<'_>,
    project: ProjectId,
    on: bool,
    exception: Option<Exception>,
    now: Time,
) -> Result<Outcome> {
    let Some(mut known) = write.project_by_id(project)? else { return Ok(Outcome::ok()) };
    let mut outcome = Outcome::ok();
    if known.security.exception.is_some() && exception.is_none() {
        let note = "the exception policy was removed (FLW-7)".to_owned();
        outcome.items.push(Item::Status(note));
    }
    let (text, warnings) = exception.unzip();
    known.security.project_protection = on;
    known.security.exception = text;
    write.set_security(project, &known.security, now)?;
    outcome.items.splice(0..0, warnings.unwrap_or_default().into_iter().map(Item::Status));
    Ok(outcome)
}

/// The other project, if `project` may trust it.
fn trustable(name: &Name, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Project> {
    match snapshot.project_by_name(&name.text)? {
        None => Err(Error::new(Code::NotFound, format!("project `{}` does not exist", name.text))
            .at(name.span)
            .help("only a project that exists can be trusted (FLW-6)")),
        Some(other) if other.id == project.id => Err(Error::new(Code::Conflict, "a project does not trust itself")
            .at(name.span)
            .help("name another project")),
        Some(other) => Ok(other),
    }
}
