//! A change as the statement that makes it: how a person would type it.

use crate::model::{Action, Grant, Grantee, Level, Object, ObjectKind, PolicyHolder, Principal, RoleKind};
use crate::security::Change;
use crate::syntax::grant::{Privilege, Statement as GrantStatement, Target};
use crate::syntax::label::{Labelled, LabelledTable};
use crate::syntax::object::ObjectName;
use crate::syntax::policy::Limits;
use crate::syntax::{
    FileName, Name, Qualifier, Statement, TableName, label, local, package, policy, project, protection, role,
    tenant_resource, user,
};
use crate::text::Span;

/// The statement that makes a change.
pub(super) fn statement(change: &Change) -> Statement {
    match change {
        Change::Account(principal) => {
            Statement::Local(local::Statement::AccountCreate { principal: principal.clone() })
        }
        Change::Restored(at) => {
            Statement::Local(local::Statement::ProjectFreeze { project: name(&at.name), frozen: false })
        }
        Change::Provider(_, provider) => {
            Statement::User(user::Statement::AddProvider { provider: name(&provider.to_lowercase()) })
        }
        Change::Member(_, who) => Statement::User(user::Statement::Add { user: who.clone(), comment: None }),
        Change::NewRole(_, role) => {
            Statement::Role(role::Statement::Create { role: name(role.as_str()), comment: None, kind: RoleKind::Admin })
        }
        Change::Role(_, role, who) => {
            Statement::Role(role::Statement::Grant { roles: vec![name(role.as_str())], users: vec![who.clone()] })
        }
        Change::Grant(object, grants) => Statement::Grant(grant(object, grants, None)),
        Change::Inside(package, object, grants) => Statement::Grant(grant(object, grants, Some(package))),
        Change::Trust(_, to) => Statement::Protection(protection::Statement::AddTrusted { project: name(&to.name) }),
        Change::Switch(_, switch) => Statement::Project(project::Statement::SetSwitch { switch: *switch, on: true }),
        Change::Locations(_, list) => Statement::Project(project::Statement::SetLocations { locations: list.clone() }),
        Change::Property(_, property, value) => {
            let settings = vec![(name(property.key()), value.clone())];
            Statement::Project(project::Statement::SetProject { settings })
        }
        Change::Exception(..) => {
            Statement::Protection(protection::Statement::Set { on: true, exception: file(change) })
        }
        Change::Policy(_, holder, ..) => {
            let holder = match holder {
                PolicyHolder::Project => policy::Holder::Project,
                PolicyHolder::Role(role) => policy::Holder::Role(name(role.as_str())),
                PolicyHolder::TenantRole(role) => policy::Holder::TenantRole(name(role.as_str())),
            };
            let file = file(change).unwrap_or_default();
            Statement::Policy(policy::Statement::Put { file, holder })
        }
        Change::LabelGrant(object, who, level, columns) => {
            Statement::Label(label_grant((object, columns), who, *level, None))
        }
        Change::LabelInside(package, object, who, level, columns) => {
            Statement::Label(label_grant((object, columns), who, *level, Some(package)))
        }
        Change::Level(_, who, level) => {
            let of = Labelled::Grantee(Grantee::User(who.clone()));
            Statement::Label(label::Statement::Set { level: *level, of })
        }
        Change::Mount(resource, project) => Statement::TenantResource(tenant_resource::Statement::Mount {
            kind: resource.kind,
            name: name(&resource.name),
            project: name(&project.name),
        }),
        Change::PackageLabel(_, package, level) => {
            let own = package.name.split_once('.').map_or(package.name.as_str(), |(_, own)| own);
            let project = name(&package.project.name);
            Statement::Package(package::Statement::Allow { project, package: name(own), label: Some(*level) })
        }
    }
}

fn file(change: &Change) -> Option<FileName> {
    Some(FileName { text: file_name(change)?, span: Span::default() })
}

/// The name of the policy file that a change takes, if it takes one.
pub(super) fn file_name(change: &Change) -> Option<String> {
    match change {
        Change::Exception(project, ..) => Some(format!("{}_exception.json", project.name)),
        Change::Policy(project, PolicyHolder::Project, ..) => Some(format!("{}_policy.json", project.name)),
        Change::Policy(_, PolicyHolder::TenantRole(role), ..) => Some(format!("tenant_{role}_policy.json")),
        Change::Policy(project, PolicyHolder::Role(role), ..) => Some(format!("{}_{role}_policy.json", project.name)),
        Change::Account(_)
        | Change::Provider(..)
        | Change::Member(..)
        | Change::NewRole(..)
        | Change::Role(..)
        | Change::Grant(..)
        | Change::Inside(..)
        | Change::LabelInside(..)
        | Change::Trust(..)
        | Change::Restored(_)
        | Change::Switch(..)
        | Change::Locations(..)
        | Change::LabelGrant(..)
        | Change::Level(..)
        | Change::PackageLabel(..)
        | Change::Mount(..)
        | Change::Property(..) => None,
    }
}

fn label_grant(
    (object, columns): (&Object, &[String]),
    who: &Principal,
    level: Level,
    inside: Option<&Object>,
) -> label::Statement {
    let columns = columns.iter().map(|column| name(column)).collect();
    let table = LabelledTable { table: table_name(object), columns };
    let grantee = Grantee::User(who.clone());
    label::Statement::Grant { level, table, grantee, days: None, inside: inside.map(package_name) }
}

/// How a grant names an installed package: by the project that made it.
fn package_name(package: &Object) -> ObjectName {
    let (project, own) = package.name.split_once('.').unwrap_or(("", &package.name));
    ObjectName { kind: ObjectKind::Package, qualifier: Qualifier::of(vec![name(project)]), name: name(own) }
}

fn grant(object: &Object, grants: &[Grant], inside: Option<&Object>) -> GrantStatement {
    let mut actions: Vec<Action> = Vec::new();
    let mut grantees: Vec<Grantee> = Vec::new();
    for grant in grants {
        if !actions.contains(&grant.action) {
            actions.push(grant.action);
        }
        if !grantees.contains(&grant.grantee) {
            grantees.push(grant.grantee.clone());
        }
    }
    let columns: Vec<Name> = grants.iter().filter_map(|grant| grant.column.as_deref()).map(name).collect();
    let privilege = |action: Action| Privilege { action, name: name(action.name()), columns: columns.clone() };
    let privileges = actions.into_iter().map(privilege).collect();
    GrantStatement::Grant {
        privileges,
        target: target(object),
        grantees,
        limits: Limits::default(),
        inside: inside.map(package_name),
    }
}

/// How a statement in an object's own project names it: alone in the schema `default`, else by its full name, which takes a session in
/// which names have schemas (SCH-3).
fn qualifier(object: &Object) -> Qualifier {
    let parts = [&object.project.name, object.schema.as_str()].map(name);
    if object.schema.is_default() { Qualifier::default() } else { Qualifier::of(parts.into()) }
}

fn table_name(object: &Object) -> TableName {
    TableName { qualifier: qualifier(object), name: name(&object.name) }
}

/// How a grant names an object: in its own project, without it.
fn target(object: &Object) -> Target {
    match object.kind {
        ObjectKind::Project => Target::Project(name(&object.name)),
        ObjectKind::Table | ObjectKind::View => Target::Table { table: table_name(object), columns: Vec::new() },
        ObjectKind::Package => Target::Object(package_name(object)),
        kind @ (ObjectKind::Resource | ObjectKind::Function | ObjectKind::Instance | ObjectKind::Schema) => {
            Target::Object(ObjectName { kind, qualifier: qualifier(object), name: name(&object.name) })
        }
    }
}

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), span: Span::default() }
}
