//! Privileges on objects: giving, taking, clearing away.

use std::collections::BTreeSet;

use super::bound::{Bound, Context, Work};
use super::outcome::{Item, Outcome};
use super::refusal::Refusal;
use super::{grants_shown, resolve, role};
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Grant, Grantee, Identity, InstallationStatus, Object, ObjectKind, Place, ProjectRef, RoleKind, RoleName,
    SchemaName, Share, Table,
};
use crate::policy::Conditions;
use crate::security::{Access, Facts, Managed, Request, Requirement};
use crate::store::{AclPlace, Snapshot, Write};
use crate::syntax::grant::{Privilege, Statement, Target};
use crate::syntax::object::ObjectName;
use crate::syntax::policy::Limits;
use crate::syntax::{Name, Qualifier};

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::ShowGrants { .. } | Statement::ShowAcl { .. } | Statement::ShowGrantsOn { .. } => true,
        Statement::Grant { .. } | Statement::Revoke { .. } | Statement::Purge { .. } | Statement::ClearExpired => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Grant { privileges, target, grantees, limits, inside } => {
            let object = target_object(target, inside.as_ref(), context, snapshot)?;
            let mut request = request(Action::GrantPrivs, privileges, &object, context);
            if opens_downloads(privileges, &object, snapshot)? {
                request.requirements.push(Access::of(Action::GrantDownload, object.place.object.clone()).into());
            }
            let receive = grantees.iter().map(|grantee| Requirement::GrantTo {
                project: object.place.project().clone(),
                grantee: grantee.clone(),
            });
            request.requirements.extend(receive);
            Ok(Bound::when_allowed(request, || {
                object.check_found()?;
                let entries = object.entries(privileges, target)?;
                let claimed = check_conditions(limits, &entries, object.place.object.kind)?;
                check_roles(grantees, object.place.project(), snapshot)?;
                let (grantees, grantor, expires) = (grantees.clone(), context.principal.clone(), limits.expires);
                let conditions = limits.conditions.as_ref().map(|name| name.text.clone());
                Ok(Work::change(move |write, now| {
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
                                conditions: conditions.clone(),
                            };
                            write.grant(&object.place, &grant)?;
                        }
                    }
                    let mut outcome = Outcome::authorization_ok();
                    outcome.items.extend(claimed.iter().map(|key| {
                        let note = format!("Warning: {key} is set by the client and not verified (POL-7)");
                        Item::Status(note)
                    }));
                    let is_void = |(action, column): &Entry| *action == Action::Describe && column.is_some();
                    Ok(match entries.iter().any(is_void) {
                        true => outcome.and_status(DESCRIBE_OF_COLUMNS),
                        false => outcome,
                    })
                }))
            }))
        }
        Statement::Revoke { privileges, target, grantees, inside } => {
            let object = target_object(target, inside.as_ref(), context, snapshot)?.for_revoking();
            let request = request(Action::RevokePrivs, privileges, &object, context);
            Ok(Bound::when_allowed(request, || {
                object.check_found()?;
                let entries = object.entries(privileges, target)?;
                let grantees = grantees.clone();
                Ok(Work::change(move |write, _| object.revoke(&entries, &grantees, write)))
            }))
        }
        Statement::ShowGrants { grantee, kind } => {
            grants_shown::bind_show_grants(grantee.as_ref(), *kind, context, snapshot)
        }
        Statement::ShowAcl { target } => bind_show_acl(target, None, context, snapshot),
        Statement::ShowGrantsOn { target, inside } => bind_show_acl(target, inside.as_ref(), context, snapshot),
        Statement::Purge { grantee } => bind_purge(grantee, context, snapshot),
        Statement::ClearExpired => {
            let project = resolve::current(context)?;
            let requirement = resolve::project_requirement(Action::ClearExpiredGrants, context, snapshot)?;
            Ok(Bound::change(Request::in_session(context, vec![requirement]), move |write, now| {
                write.clear_expired(project.id, now)?;
                Ok(Outcome::authorization_ok())
            }))
        }
    }
}

/// Chosen: the client takes such a grant; what is described is a table as a whole.
const DESCRIBE_OF_COLUMNS: &str =
    "Warning: Describe on columns opens nothing: `desc` and downloads need Describe on the table";

/// The conditions of a grant must be able to hold for each of its actions; the keys of which only the client knows the value.
fn check_conditions(limits: &Limits, entries: &[Entry], kind: ObjectKind) -> Result<BTreeSet<&'static str>> {
    let mut claimed = BTreeSet::new();
    let Some(text) = &limits.conditions else { return Ok(claimed) };
    for (action, _) in entries {
        let conditions = Conditions::parse_new(&text.text, *action, kind).map_err(|error| error.at(text.span))?;
        claimed.extend(conditions.claimed());
    }
    Ok(claimed)
}

/// An action, and the column that it is limited to.
type Entry = (Action, Option<String>);

/// Where a grant is, and what is wrong with that.
pub(super) struct GrantObject {
    pub(super) place: AclPlace,
    pub(super) table: Option<Table>,
    not_found: Option<Box<Error>>,
    /// What the package gives on the object, of an entry inside a package.
    pub(super) shared: Option<Share>,
    /// It is inside a package that cannot be used: nothing is told of what it lists (PKG-3).
    pub(super) unusable: bool,
}

pub(super) fn target_object(
    target: &Target,
    inside: Option<&ObjectName>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<GrantObject> {
    if let Some(package) = inside {
        return inside_package(target, package, context, snapshot);
    }
    let (object, table, not_found) = match target {
        Target::Project(name) => {
            let project = resolve::project(Some(name), context, snapshot)?;
            (resolve::project_object(&project, snapshot)?, None, None)
        }
        Target::Table { table, .. } => {
            let named = resolve::table(table, context, snapshot)?;
            let not_found = named.table.is_none().then_some(named.not_found);
            (named.object, named.table, not_found)
        }
        Target::Object(name) => {
            let (object, not_found) = resolve::object(name, context, snapshot)?;
            (object, None, not_found)
        }
    };
    Ok(GrantObject { place: object.into(), table, not_found, shared: None, unusable: false })
}

/// The object that a grant would name, and what to say if it is not there.
///
/// # Errors
/// No project is current, or the state cannot be read.
pub fn named_object(
    target: &Target,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<(Object, Option<Box<Error>>)> {
    let found = target_object(target, None, context, snapshot)?;
    Ok((found.place.object, found.not_found))
}

/// An object inside an installed package: found in the project that made the package, given by those who manage this one (PTH-3).
fn inside_package(
    target: &Target,
    package: &ObjectName,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<GrantObject> {
    let (installed, not_found) = resolve::object(package, context, snapshot)?;
    let source = resolve::project(package.project(), context, snapshot)?;
    let current = resolve::current(context)?;
    let alone = Qualifier::default();
    let (kind, qualifier, name, span) = match target {
        Target::Table { table, .. } => (ObjectKind::Table, &table.qualifier, &table.name.text, table.span()),
        Target::Object(name) => (name.kind, &name.qualifier, &name.name.text, name.span()),
        Target::Project(name) => (ObjectKind::Project, &alone, &name.text, name.span),
    };
    // The project is that of the package, whose current schema is `default`.
    let schema = match qualifier.is_empty() || !kind.is_in_schema() {
        true => SchemaName::default(),
        false => context.naming()?.read(&qualifier.texts()).map_err(|error| error.at(span))?.schema,
    };
    let place = Place { project: source, schema };
    let installation = snapshot.installation(current.id, place.project.id, &package.name.text)?;
    let unusable = installation.is_some_and(|installation| installation.status != InstallationStatus::Usable);
    let found = if unusable { None } else { snapshot.securable(kind, &place, name)? };
    let listed = match &found {
        Some(object) => {
            let shares = snapshot.shares(current.id, object)?;
            shares.into_iter().find(|share| share.package.id == installed.id)
        }
        None => None,
    };
    let not_listed = listed.is_none().then(|| {
        Error::new(
            Code::NotFound,
            format!("{installed} does not list {} `{}`", kind.name(), place.schema.qualified(name)),
        )
        .at(span)
        .help(format!("`describe {installed};` shows what it lists"))
    });
    let table = match (&found, kind) {
        (Some(object), ObjectKind::Table) => snapshot.table_of(object)?,
        _ => None,
    };
    let object = found.unwrap_or_else(|| Object::unknown_in(kind, place, name));
    Ok(GrantObject {
        place: AclPlace { object, inside: Some(installed) },
        table,
        not_found: not_found.or(not_listed),
        shared: listed,
        unusable,
    })
}

/// Granting, or revoking, is asked for once, and Download apart (DLC-2).
fn request(action: Action, privileges: &[Privilege], object: &GrantObject, context: &Context<'_>) -> Request {
    let download = privileges.iter().any(|privilege| privilege.action == Action::Download);
    let other = privileges.iter().any(|privilege| privilege.action != Action::Download);
    let mut requirements = Vec::new();
    if other {
        requirements.push(object.managed_by(action, privileges).into());
    }
    if download {
        requirements.push(object.managed_by(Action::GrantDownload, privileges).into());
    }
    Request::in_session(context, requirements)
}

/// Whether a grant lets its grantees download through a package: who reads a package has all that it lists (DLC-2).
fn opens_downloads(privileges: &[Privilege], object: &GrantObject, snapshot: &Snapshot<'_>) -> Result<bool> {
    let package = &object.place.object;
    let gives_read = privileges.iter().any(|privilege| privilege.action.covers(Action::Read));
    let is_whole = package.kind == ObjectKind::Package && object.place.inside.is_none();
    Ok(is_whole && gives_read && snapshot.lists_download(package.project.id, &package.name)?)
}

impl GrantObject {
    /// The same for `revoke`: a grant inside a package can be revoked even after the package was disallowed, or it would count again when that
    /// is allowed again. Chosen.
    pub(super) fn for_revoking(self) -> Self {
        if !self.unusable {
            return self;
        }
        Self { not_found: None, shared: None, ..self }
    }

    /// An action of management on it, with every privilege that the statement comes to, `All` spelled out (POL-7).
    pub(super) fn managed_by(&self, action: Action, privileges: &[Privilege]) -> Access {
        let object = &self.place.object;
        let spelled = |privilege: &Privilege| resolve::spelled_out(privilege.action, object.kind);
        let managed = Managed {
            name: self.place.inside.as_ref().map(|_| object.relative_path()),
            privileges: privileges.iter().flat_map(spelled).collect(),
            ..Managed::default()
        };
        Access { managed, ..Access::of(action, self.asked().clone()) }
    }

    /// What granting is asked for: inside a package, the package.
    pub(super) fn asked(&self) -> &Object {
        self.place.inside.as_ref().unwrap_or(&self.place.object)
    }

    /// Every action with every column that it is limited to.
    fn entries(&self, privileges: &[Privilege], target: &Target) -> Result<Vec<Entry>> {
        let on_target: &[Name] = match target {
            Target::Project(_) | Target::Object(_) => &[],
            Target::Table { columns, .. } => columns,
        };
        let mut entries = Vec::new();
        for privilege in privileges {
            if let Some(shared) = &self.shared
                && !shared.actions.iter().any(|listed| listed.covers(privilege.action))
            {
                let listed: Vec<&str> = shared.actions.iter().map(|action| action.name()).collect();
                return Err(Error::new(
                    Code::Conflict,
                    format!("{} does not give {} on {}", self.asked(), privilege.action, self.place.object),
                )
                .at(privilege.name.span)
                .help(format!("it gives {}", listed.join(", "))));
            }
            let columns: Vec<&Name> = privilege.columns.iter().chain(on_target).collect();
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
        let known = self.unusable
            || self.table.as_ref().is_some_and(|table| table.all_columns().any(|known| known.name == column.text));
        if known {
            return Ok(());
        }
        Err(Error::new(Code::Semantic, format!("{} has no column `{}`", self.place.object, column.text))
            .at(column.span))
    }

    /// It must be there; inside a package, the package must list it.
    pub(super) fn check_found(&self) -> Result<(), Refusal> {
        match &self.not_found {
            None => Ok(()),
            // What an installed package lists is for who may grant inside it, not for who may list the project (STG-4a).
            Some(error) if self.asked().id == Identity::Unknown => {
                Err(Refusal::missing(self.asked().clone(), error.clone()))
            }
            Some(error) => Err(error.clone().into()),
        }
    }

    /// Removes every entry of every grantee; a warning names those who held none.
    fn revoke(&self, entries: &[Entry], grantees: &[Grantee], write: &Write<'_>) -> Result<Outcome> {
        let mut outcome = Outcome::authorization_ok();
        for grantee in grantees {
            for (action, column) in entries {
                let taken = match self.unusable {
                    false => write.revoke(&self.place, grantee, *action, column.as_deref())?,
                    true => write.revoke_unusable(&self.place, grantee, *action, column.as_deref())?,
                };
                if !taken {
                    let column = column.as_ref().map(|column| format!("({column})")).unwrap_or_default();
                    let note = format!("Warning: {grantee} held no grant of {action}{column} itself");
                    outcome.items.push(Item::Status(note));
                }
            }
        }
        Ok(outcome)
    }
}

fn bind_show_acl(
    target: &Target,
    inside: Option<&ObjectName>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let object = target_object(target, inside, context, snapshot)?;
    let requirement = object.managed_by(Action::ShowAclGrants, &[]).into();
    let request = Request::in_session(context, vec![requirement]);
    Ok(Bound::when_allowed(request, || {
        object.check_found()?;
        Ok(Work::show(move |snapshot| grants_shown::acl_of(snapshot, &object.place)))
    }))
}

/// Roles must exist, and roles of administrator type receive no resource permission. Source: ROLE.
fn check_roles(grantees: &[Grantee], project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<()> {
    for grantee in grantees {
        let Grantee::Role(name) = grantee else { continue };
        match snapshot.role(project.id, name)? {
            None => {
                return Err(role::unknown_role(
                    &Name { text: name.to_string(), ..Name::default() },
                    project,
                    snapshot,
                )?);
            }
            Some(role) if role.kind == RoleKind::Admin => {
                return Err(Error::new(
                    Code::Conflict,
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
    let request =
        Request::in_session(context, vec![resolve::project_requirement(Action::PurgePrivs, context, snapshot)?]);
    // What a role of administrator type left behind is for those who put its policy (ACC-9).
    let put = resolve::project_requirement(Action::PutAdministratorPolicy, context, snapshot)?;
    let of_administrators = context.judge.allows(&Request::in_session(context, vec![put]))?;
    Ok(Bound::when_allowed(request, || {
        check_gone(grantee, &project, snapshot)?;
        let grantee = grantee.clone();
        Ok(Work::change(move |write, _| {
            write.purge(project.id, &grantee)?;
            if let (true, Grantee::Role(role)) = (of_administrators, &grantee) {
                write.purge_policy(project.id, role, RoleKind::Admin)?;
            }
            Ok(Outcome::authorization_ok())
        }))
    }))
}

/// Only entries of removed users and dropped roles are purged.
fn check_gone(grantee: &Grantee, project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<()> {
    let still = match grantee {
        Grantee::Role(name) => snapshot.role(project.id, name)?.map(|role| role.name.to_string()),
        Grantee::User(user) => {
            snapshot.members(project.id)?.into_iter().find(|member| member.principal == *user).map(|_| user.to_string())
        }
    };
    match still {
        None => Ok(()),
        Some(name) => Err(Error::new(Code::Conflict, format!("Principal {name} still exist in the project"))
            .help("purge clears what a removed user or a dropped role left behind")),
    }
}

/// The role that a grantee is, for messages.
pub(super) fn role_of(grantee: &Grantee) -> Option<&RoleName> {
    match grantee {
        Grantee::Role(role) => Some(role),
        Grantee::User(_) => None,
    }
}
