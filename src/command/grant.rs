//! Privileges on projects, tables and views: giving, taking, clearing away.

use super::bound::{Bound, Context};
use super::outcome::{Item, Outcome};
use super::{grants_shown, resolve, role};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Grant, Grantee, Object, ObjectKind, ProjectRef, RoleKind, RoleName, Table};
use crate::security::{Access, Claim, Request};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::grant::{Privilege, Statement, Target};

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Grant { privileges, target, grantees, expires } => {
            let object = target_object(target, context, snapshot)?;
            let mut request = request(privileges, &object, context);
            let receive = grantees
                .iter()
                .map(|grantee| Claim::GrantTo { project: object.object.project.clone(), grantee: grantee.clone() });
            request.claims.extend(receive);
            let checked = object.entries(privileges, target).and_then(|entries| {
                check_roles(grantees, &object.object.project, snapshot)?;
                Ok(entries)
            });
            let entries = match checked {
                Ok(entries) => entries,
                Err(error) => return Ok(object.refuse(request, error)),
            };
            let (grantees, grantor, expires) = (grantees.clone(), context.principal.clone(), *expires);
            Ok(Bound::change(request, move |write, now| {
                for grantee in &grantees {
                    for (action, column) in &entries {
                        let expires = expires.map(|days| now.plus_days(i64::from(days)));
                        let grant = Grant {
                            action: *action,
                            column: column.clone(),
                            grantee: grantee.clone(),
                            grantor: grantor.clone(),
                            granted: now,
                            expires,
                        };
                        write.grant(&object.object, &grant)?;
                    }
                }
                Ok(Outcome::authorization_ok())
            }))
        }
        Statement::Revoke { privileges, target, grantees } => {
            let object = target_object(target, context, snapshot)?;
            let request = request(privileges, &object, context);
            let entries = match object.entries(privileges, target) {
                Ok(entries) => entries,
                Err(error) => return Ok(object.refuse(request, error)),
            };
            let grantees = grantees.clone();
            Ok(Bound::change(request, move |write, _| {
                let mut outcome = Outcome::authorization_ok();
                for grantee in &grantees {
                    for (action, column) in &entries {
                        if !write.revoke(&object.object, grantee, *action, column.as_deref())? {
                            let column = column.as_ref().map(|column| format!("({column})")).unwrap_or_default();
                            let note = format!("Warning: {grantee} held no grant of {action}{column} itself");
                            outcome.items.push(Item::Status(note));
                        }
                    }
                }
                Ok(outcome)
            }))
        }
        Statement::ShowGrants { grantee, object_type } => {
            grants_shown::bind_show_grants(grantee.as_ref(), object_type.as_ref(), context, snapshot)
        }
        Statement::ShowAcl { target } => {
            let object = target_object(target, context, snapshot)?;
            let request =
                Request::in_session(context, vec![Access::of(Action::ShowAclGrants, object.object.clone()).into()]);
            match object.not_found.clone() {
                Some(error) => Ok(object.refuse(request, error)),
                None => Ok(Bound::show(request, move |snapshot| grants_shown::acl_of(snapshot, &object.object))),
            }
        }
        Statement::Purge { grantee } => bind_purge(grantee, context, snapshot),
        Statement::ClearExpired => {
            let project = resolve::current(context)?;
            let claim = resolve::project_claim(Action::PurgePrivs, context, snapshot)?;
            Ok(Bound::change(Request::in_session(context, vec![claim]), move |write, now| {
                write.clear_expired(project.id, now)?;
                Ok(Outcome::authorization_ok())
            }))
        }
    }
}

/// The object of a grant, and what is wrong with it.
struct GrantObject {
    object: Object,
    table: Option<Table>,
    not_found: Option<Box<Error>>,
}

fn target_object(target: &Target, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<GrantObject> {
    Ok(match target {
        Target::Project(name) => {
            let project = resolve::project(Some(name), context, snapshot)?;
            GrantObject { object: resolve::project_object(&project, snapshot)?, table: None, not_found: None }
        }
        Target::Table { table, .. } => {
            let named = resolve::table(table, context, snapshot)?;
            let not_found = named.table.is_none().then_some(named.not_found);
            GrantObject { object: named.object, table: named.table, not_found }
        }
    })
}

/// Granting is asked for once, and Download apart (DLC-2).
fn request(privileges: &[Privilege], object: &GrantObject, context: &Context<'_>) -> Request {
    let download = privileges.iter().any(|privilege| privilege.action == Action::Download);
    let other = privileges.iter().any(|privilege| privilege.action != Action::Download);
    let mut claims = Vec::new();
    if other {
        claims.push(Access::of(Action::GrantPrivs, object.object.clone()).into());
    }
    if download {
        claims.push(Access::of(Action::GrantDownload, object.object.clone()).into());
    }
    Request::in_session(context, claims)
}

impl GrantObject {
    /// Every action with every column that it is limited to.
    fn entries(&self, privileges: &[Privilege], target: &Target) -> Result<Vec<(Action, Option<String>)>> {
        if let Some(error) = &self.not_found {
            return Err(error.clone());
        }
        let on_target: &[Name] = match target {
            Target::Project(_) => &[],
            Target::Table { columns, .. } => columns,
        };
        let mut entries = Vec::new();
        for privilege in privileges {
            let grantable = Action::grantable(self.object.kind);
            if !grantable.contains(&privilege.action) {
                let known: Vec<&str> = grantable.iter().map(|action| action.name()).collect();
                return Err(Error::new(
                    Code::Semantic,
                    format!("`{}` is no privilege on a {}", privilege.name.text, self.object.kind.name()),
                )
                .at(privilege.name.span)
                .help(format!("there are {}", known.join(", "))));
            }
            let columns: Vec<&Name> = privilege.columns.iter().chain(on_target).collect();
            if !columns.is_empty() && !privilege.action.covers_columns() {
                return Err(Error::new(Code::Semantic, format!("`{}` cannot be limited to columns", privilege.action))
                    .at(privilege.name.span)
                    .help("Select, Describe and Download can"));
            }
            for column in &columns {
                self.check_column(column)?;
            }
            if columns.is_empty() {
                entries.push((privilege.action, None));
            }
            entries.extend(columns.iter().map(|column| (privilege.action, Some(column.text.clone()))));
        }
        Ok(entries)
    }

    fn check_column(&self, column: &Name) -> Result<()> {
        let known = self.table.as_ref().is_some_and(|table| table.all_columns().any(|known| known.name == column.text));
        if known {
            return Ok(());
        }
        Err(Error::new(Code::Semantic, format!("{} has no column `{}`", self.object, column.text)).at(column.span))
    }

    fn refuse(self, request: Request, error: Box<Error>) -> Bound {
        match self.not_found {
            Some(_) => Bound::missing(request, self.object, error),
            None => Bound::fail(request, error),
        }
    }
}

/// Roles must exist, and roles of administrator type receive no resource permission. Source: ROLE.
fn check_roles(grantees: &[Grantee], project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<()> {
    for grantee in grantees {
        let Grantee::Role(name) = grantee else { continue };
        match snapshot.role(project.id, name)? {
            None => return Err(role::unknown_role(&Name { text: name.to_string(), ..Name::default() }, project)),
            Some(role) if role.kind == RoleKind::Admin => {
                return Err(Error::new(
                    Code::State,
                    format!("role `{name}` is of administrator type and receives no resource permission"),
                )
                .help("grant to a role that was created without \"type\"=\"admin\""));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn bind_purge(grantee: &Grantee, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let project = resolve::current(context)?;
    let request = Request::in_session(context, vec![resolve::project_claim(Action::PurgePrivs, context, snapshot)?]);
    let still = match grantee {
        Grantee::Role(name) => snapshot.role(project.id, name)?.map(|role| role.name.to_string()),
        Grantee::User(user) => {
            snapshot.members(project.id)?.into_iter().find(|member| member.principal == *user).map(|_| user.to_string())
        }
    };
    if let Some(name) = still {
        return Ok(Bound::fail(
            request,
            Error::new(Code::State, format!("Principal {name} still exist in the project"))
                .help("purge clears what a removed user or a dropped role left behind"),
        ));
    }
    let grantee = grantee.clone();
    Ok(Bound::change(request, move |write, _| {
        write.purge(project.id, &grantee)?;
        Ok(Outcome::authorization_ok())
    }))
}

/// The kind of object that a word after `on type` names.
pub(super) fn object_kind(word: &Name) -> Result<ObjectKind> {
    match word.text.as_str() {
        "project" => Ok(ObjectKind::Project),
        "table" | "view" => Ok(ObjectKind::Table),
        other => Err(Error::new(Code::Unsupported, format!("not supported yet: grants on objects of type `{other}`"))
            .at(word.span)),
    }
}

/// The role that a grantee is, for messages.
pub(super) fn role_of(grantee: &Grantee) -> Option<&RoleName> {
    match grantee {
        Grantee::Role(role) => Some(role),
        Grantee::User(_) => None,
    }
}
