//! Members, roles and privileges.

use super::tables::Tables;
use super::{failed, may};
use crate::command::bound::Context;
use crate::command::grants_shown::{grouped, holders};
use crate::command::outcome::GrantEntry;
use crate::command::resolve;
use crate::error::Result;
use crate::model::{Action, Grantee, Object, ObjectKind, Place, Principal, RoleName, Time};
use crate::security::Request;
use crate::store::{Member, Role, Snapshot};
use crate::syntax::grant::{Privilege, Statement as GrantStatement, Target};
use crate::syntax::object::ObjectName;
use crate::syntax::policy::Limits;
use crate::syntax::{Name, Qualifier, TableName, role, user};

/// In milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;

/// Who may do what in a project, as far as the caller may know.
#[derive(Default)]
pub(super) struct Grants {
    owner: Option<Principal>,
    members: Option<Vec<Member>>,
    roles: Option<Vec<Role>>,
    /// Comments of roles, and who holds them.
    holders: Vec<(RoleName, String, Vec<Principal>)>,
    privileges: Vec<(Object, Vec<GrantEntry>)>,
    /// Whether there may be more that this caller may not see, or that is of another project than the current one.
    elsewhere: bool,
}

impl Grants {
    pub(super) fn find(place: &Place, tables: &Tables, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Self> {
        let project = resolve::project_object(&place.project, snapshot)?;
        // Members and privileges are managed in the current project.
        if context.current.is_none_or(|current| current.id != place.project.id) {
            return Ok(Self { elsewhere: true, ..Self::default() });
        }
        let mut grants = Self {
            owner: snapshot.project_by_id(place.project.id)?.map(|project| project.owner.clone()),
            ..Self::default()
        };
        if may(Action::ListUsers, project.clone(), context)? {
            grants.members = Some(snapshot.members(place.project.id)?);
        }
        if may(Action::ListRoles, project.clone(), context)? {
            grants.roles = Some(snapshot.role_list(place.project.id)?);
        }
        for role in grants.roles.iter().flatten() {
            let describe = resolve::about_role(Action::DescribeRole, &role.name, context, snapshot)?;
            let request = Request::in_session(context, vec![describe.into()]);
            if context.judge.allows(&request)? {
                let comment = snapshot.role_comment(place.project.id, &role.name)?;
                let users = holders(snapshot, &place.project, &role.name)?;
                grants.holders.push((role.name.clone(), comment, users));
            }
        }
        let tables = tables.seen.iter().map(|table| table.object());
        let resources = snapshot.resources(place)?.into_iter().map(|resource| resource.object());
        let functions = snapshot.functions(place)?.into_iter().map(|function| function.object());
        for object in std::iter::once(project).chain(tables).chain(resources).chain(functions) {
            if may(Action::ShowAclGrants, object.clone(), context)? {
                let entries = grouped(snapshot.acl_of_object(&object, None)?);
                grants.privileges.push((object, entries));
            }
        }
        Ok(grants)
    }

    /// The statements, with remarks on what is not there.
    pub(super) fn statements(&self, now: Time) -> Vec<String> {
        if self.elsewhere {
            return vec![failed("grants are exported in their project: `use` it first")];
        }
        let mut statements = vec![
            "----Only members, roles and privileges: policies, labels, packages and protection are not exported,"
                .to_owned(),
            "----and what they deny is not denied where these statements run".to_owned(),
        ];
        match &self.members {
            None => statements.push(failed("no privilege to list users")),
            Some(members) => statements.extend(members.iter().filter(|member| self.is_added(member)).map(|member| {
                let comment = Some(member.comment.clone()).filter(|comment| !comment.is_empty());
                format!("{};", user::Statement::Add { user: member.principal.clone(), comment })
            })),
        }
        match &self.roles {
            None => statements.push(failed("no privilege to list roles")),
            Some(roles) => roles.iter().for_each(|role| statements.extend(self.role(role))),
        }
        for (object, entries) in &self.privileges {
            statements.extend(entries.iter().map(|entry| self.privilege(object, entry, now)));
        }
        statements
    }

    fn is_added(&self, member: &Member) -> bool {
        self.owner.as_ref() != Some(&member.principal)
    }

    fn role(&self, role: &Role) -> Vec<String> {
        let described = self.holders.iter().find(|(name, ..)| *name == role.name);
        let Some((name, comment, users)) = described else {
            return vec![failed(&format!("no privilege to describe role {}", role.name))];
        };
        let mut statements = Vec::new();
        if !name.is_built_in() {
            let comment = Some(comment.clone()).filter(|comment| !comment.is_empty());
            let create = role::Statement::Create { role: named(name.as_str()), comment, kind: role.kind };
            statements.push(format!("{create};"));
        }
        statements.extend(users.iter().map(|user| {
            let grant = role::Statement::Grant { roles: vec![named(name.as_str())], users: vec![user.clone()] };
            format!("{grant};")
        }));
        statements
    }

    fn privilege(&self, object: &Object, entry: &GrantEntry, now: Time) -> String {
        let target = target(object);
        let columns: Vec<Name> = entry.column.iter().map(|column| named(column)).collect();
        let privilege =
            |action: &Action| Privilege { action: *action, name: named(action.name()), columns: columns.clone() };
        // Whole days, so that it ends no later.
        let days = entry.expires.map(|end| u32::try_from((end.0 - now.0).div_euclid(DAY)).unwrap_or(0));
        let limits = Limits { conditions: entry.conditions.as_deref().map(named), expires: days };
        let grant = GrantStatement::Grant {
            privileges: entry.actions.iter().map(privilege).collect(),
            target,
            grantees: vec![entry.grantee.clone()],
            limits,
            inside: None,
        };
        match (days, self.is_there(&entry.grantee)) {
            (Some(0), _) => failed(&format!("it ends in less than a day: {grant}")),
            (_, false) => failed(&format!("the grantee does not exist: {grant}")),
            _ => format!("{grant};"),
        }
    }

    /// Whether a grantee can be given something, as far as the caller may know: entries outlive members and roles (ACC-9).
    fn is_there(&self, grantee: &Grantee) -> bool {
        match grantee {
            Grantee::User(user) => self.members.as_ref().is_none_or(|members| {
                self.owner.as_ref() == Some(user) || members.iter().any(|member| member.principal == *user)
            }),
            Grantee::Role(role) => {
                self.roles.as_ref().is_none_or(|roles| roles.iter().any(|known| known.name == *role))
            }
        }
    }
}

/// How a grant in an object's own project names it.
fn target(object: &Object) -> Target {
    match object.kind {
        ObjectKind::Project => Target::Project(named(&object.name)),
        ObjectKind::Table | ObjectKind::View => {
            let table = TableName { qualifier: Qualifier::default(), name: named(&object.name) };
            Target::Table { table, columns: Vec::new() }
        }
        kind @ (ObjectKind::Resource
        | ObjectKind::Function
        | ObjectKind::Instance
        | ObjectKind::Package
        | ObjectKind::Schema) => {
            Target::Object(ObjectName { kind, qualifier: Qualifier::default(), name: named(&object.name) })
        }
    }
}

fn named(text: &str) -> Name {
    Name { text: text.to_owned(), ..Name::default() }
}
