//! `set ProjectProtection`, with or without an exception policy, and trusted projects.

use super::bound::{Bound, Context};
use super::outcome::{Item, Outcome};
use super::resolve;
use crate::error::{Code, Error, Result};
use crate::model::Action;
use crate::security::ExceptionPolicy;
use crate::store::Snapshot;
use crate::syntax::FileName;
use crate::syntax::protection::Statement;

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = |action| resolve::project_request(action, context, snapshot);
    match statement {
        Statement::Set { on, exception } => {
            let on = *on;
            let request = request(Action::SetSecurityConfiguration)?;
            let exception =
                match exception.as_ref().map(|file| read_exception(file, context, &project.name)).transpose() {
                    Ok(exception) => exception,
                    Err(error) => return Ok(Bound::fail(request, error)),
                };
            Ok(Bound::change(request, move |write, now| {
                let Some(mut known) = write.project_by_id(project.id)? else { return Ok(Outcome::ok()) };
                let mut outcome = Outcome::ok();
                if known.security.exception.is_some() && exception.is_none() {
                    let note = "the exception policy was removed (FLW-7)".to_owned();
                    outcome.items.push(Item::Status(note));
                }
                let (text, warnings) = exception.unzip();
                known.security.project_protection = on;
                known.security.exception = text;
                write.set_security(project.id, &known.security, now)?;
                outcome.items.splice(0..0, warnings.unwrap_or_default().into_iter().map(Item::Status));
                Ok(outcome)
            }))
        }
        Statement::AddTrusted { project: name } => {
            let request = request(Action::AddTrustedProject)?;
            match snapshot.project_by_name(&name.text)? {
                None => Ok(Bound::fail(request, unknown(&name.text).at(name.span))),
                Some(trusted) if trusted.id == project.id => Ok(Bound::fail(
                    request,
                    Error::new(Code::State, "a project does not trust itself")
                        .at(name.span)
                        .help("name another project"),
                )),
                Some(trusted) => Ok(Bound::change(request, move |write, now| {
                    write.trust(project.id, trusted.id, now)?;
                    Ok(Outcome::authorization_ok())
                })),
            }
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
                    return Err(Error::new(Code::State, format!("`{name}` is no trusted project"))
                        .at(span)
                        .help("`list trustedprojects;` shows them"));
                }
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::ListTrusted => Ok(Bound::show(request(Action::ListTrustedProjects)?, move |snapshot| {
            Ok(Outcome::lines(snapshot.trusted_projects(project.id)?))
        })),
    }
}

/// The policy's text, byte for byte (EXC-8), and what to warn about.
fn read_exception(file: &FileName, context: &Context<'_>, project: &str) -> Result<(String, Vec<String>)> {
    let text = context.files.policy(file)?;
    let policy = ExceptionPolicy::parse_new(&text, project).map_err(|error| error.at(file.span))?;
    Ok((text, policy.warnings()))
}

fn unknown(name: &str) -> Box<Error> {
    Error::new(Code::State, format!("project `{name}` does not exist"))
        .help("only a project that exists can be trusted (FLW-6)")
}
