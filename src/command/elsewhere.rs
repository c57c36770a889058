//! Statements for services that are not here: decided like others of the project, then refused by name.

use super::bound::{Bound, Context};
use super::resolve;
use crate::error::{Code, Error, Result};
use crate::security::{Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::elsewhere::{Service, Statement};

/// A job takes CreateInstance (STG-5), anything else membership. Source for the words: "Error codes overview", where the service is not open
/// to a project.
pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    resolve::current(context)?;
    let requirement = match statement.service.runs_jobs() {
        true => resolve::job_requirement(context, snapshot)?,
        false => Requirement::Member("to use a service of the project"),
    };
    Ok(Bound::refused(Request::in_session(context, vec![requirement]), refusal(statement.service).into()))
}

fn refusal(service: Service) -> Box<Error> {
    let message = if service == Service::Volumes {
        "Volumes is not allowed in project config.".to_owned()
    } else {
        format!("The task is not in release range: {}", service.name())
    };
    let help = match service.job() {
        Some(job) => format!(
            "this program has no such service; `.why --as-job {} <statement>;` decides what a job of it may do",
            job.name()
        ),
        None if service == Service::Tune => "`explain <query>;` shows how a query would run".to_owned(),
        None => "this program has no such service; remove the statement".to_owned(),
    };
    Error::new(Code::AccessDenied, message).help(help)
}
