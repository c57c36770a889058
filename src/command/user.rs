//! Members of the project, and the kinds of account that it accepts.

use super::bound::{Bound, Context, Work};
use super::outcome::{Listing, Outcome};
use super::resolve;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Grantee};
use crate::security::Requirement;
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::user::Statement;

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::List | Statement::ListProviders => true,
        Statement::Add { .. }
        | Statement::Remove { .. }
        | Statement::AddProvider { .. }
        | Statement::RemoveProvider { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = |action| resolve::project_request(action, context, snapshot);
    match statement {
        Statement::Add { user, comment } => {
            let (user, comment) = (user.clone(), comment.clone().unwrap_or_default());
            let mut request = request(Action::AddUser)?;
            if !user.is_account() {
                request.requirements.push(Requirement::Join { project: project.clone(), user: user.clone() });
            }
            request.requirements.extend(resolve::download_requirement(
                &Grantee::User(user.clone()),
                context,
                snapshot,
            )?);
            // What its RAM users were granted wakes with their account (TNT-4).
            for guest in snapshot.guests_of(project.id, &user)? {
                request.requirements.extend(resolve::download_requirement(&Grantee::User(guest), context, snapshot)?);
            }
            Ok(Bound::change(request, move |write, now| {
                let owner = write.project_by_id(project.id)?.map(|project| project.owner);
                if owner.as_ref() == Some(&user) {
                    return Err(Error::new(Code::Exists, format!("{user} owns the project, and is already a member")));
                }
                if !write.account_providers(project.id)?.iter().any(|known| known == user.provider()) {
                    return Err(Error::new(Code::Principal, format!("lack of account provider, principalName {user}"))
                        .help(format!("`add accountprovider {};`", user.provider().to_lowercase())));
                }
                write.add_member(project.id, &user, &comment, now)?;
                Ok(Outcome::lines([format!("OK: DisplayName={user}")]))
            }))
        }
        Statement::Remove { user } => {
            let user = user.clone();
            Ok(Bound::change(request(Action::RemoveUser)?, move |write, _| {
                if write.project_by_id(project.id)?.is_some_and(|project| project.owner == user) {
                    return Err(Error::new(Code::Conflict, format!("{user} owns the project and cannot be removed")));
                }
                write.remove_member(project.id, &user)?;
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::List => Ok(Bound::show(request(Action::ListUsers)?, move |snapshot| {
            let members = snapshot.members(project.id)?;
            Ok(Outcome::names(Listing::Principals, members.iter().map(|member| &member.principal)))
        })),
        Statement::ListProviders => Ok(Bound::show(request(Action::ListAccountProviders)?, move |snapshot| {
            Ok(Outcome::names(Listing::Providers, snapshot.account_providers(project.id)?))
        })),
        Statement::AddProvider { provider } => Ok(Bound::when_allowed(request(Action::AddAccountProvider)?, || {
            let provider = known_provider(provider)?;
            Ok(Work::change(move |write, _| {
                write.add_account_provider(project.id, &provider)?;
                Ok(Outcome::authorization_ok())
            }))
        })),
        Statement::RemoveProvider { provider } => {
            Ok(Bound::when_allowed(request(Action::RemoveAccountProvider)?, || {
                let provider = known_provider(provider)?;
                Ok(Work::change(move |write, _| {
                    if !write.remove_account_provider(project.id, &provider)? {
                        return Err(Error::new(Code::NotFound, format!("account provider {provider} is not accepted")));
                    }
                    Ok(Outcome::authorization_ok())
                }))
            }))
        }
    }
}

fn known_provider(name: &Name) -> Result<String> {
    let provider = name.text.to_uppercase();
    match provider.as_str() {
        "ALIYUN" | "RAM" => Ok(provider),
        _ => Err(Error::new(Code::Principal, format!("unknown account provider `{}`", name.text))
            .at(name.span)
            .help("there are `aliyun` and `ram`")),
    }
}
