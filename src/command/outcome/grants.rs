use crate::model::{Action, Cell, Grantee, ObjectKind, Principal, RoleName, Row, Time};

/// What is granted, as far as one statement tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grants {
    /// Whose, or on what.
    pub of: GrantsOf,
    /// The entries, in the order in which they were given.
    pub entries: Vec<GrantEntry>,
    /// The statements of the policies of roles, in their order.
    pub statements: Vec<PolicyEntry>,
}

/// A statement of the policy of a role, on one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyEntry {
    /// The role.
    pub role: RoleName,
    /// Whether it denies.
    pub denies: bool,
    /// Whether it has conditions.
    pub conditional: bool,
    /// The actions, as the service spells them; they can have wildcards.
    pub actions: Vec<String>,
    /// The resource without `acs:odps:*:`; it can have wildcards.
    pub resource: String,
}

/// Whose grants are shown, or what they are on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GrantsOf {
    /// `show grants` of the owner of a project, who needs no entry.
    Owner {
        /// The owner.
        user: Principal,
        /// Name of the project.
        project: String,
    },
    /// `show grants` of a user: entries of the user and of the roles.
    User {
        /// The user.
        user: Principal,
        /// The roles that the user holds.
        roles: Vec<RoleName>,
        /// What the user owns, and may therefore use without an entry.
        owned: Vec<OwnedObject>,
        /// Whether owners may grant on it.
        may_grant: bool,
    },
    /// `show grants` of a role.
    Role(RoleName),
    /// `desc role`.
    RoleDescription {
        /// The role.
        role: RoleName,
        /// The users who hold it.
        users: Vec<Principal>,
    },
    /// `show grants` of a tenant role.
    TenantGrants(RoleName),
    /// `desc tenant role`.
    TenantRole {
        /// The role.
        role: RoleName,
        /// The users who hold it.
        users: Vec<Principal>,
        /// The projects that it was added to.
        projects: Vec<String>,
    },
    /// `show grants` of a tenant user.
    TenantUser {
        /// The user.
        user: Principal,
        /// The tenant roles that it holds.
        roles: Vec<RoleName>,
    },
    /// `show acl` of an object.
    Object {
        /// What it is; views count as tables.
        kind: ObjectKind,
        /// Its path.
        path: String,
        /// The rights that need no entry.
        implicit: Vec<ImplicitGrant>,
    },
}

/// A right on an object that follows from what a user is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImplicitGrant {
    /// What the user is, in the service's words: `project_owner`.
    pub position: &'static str,
    /// The user; nothing if it is not named.
    pub user: Option<Principal>,
    /// What it allows.
    pub action: Action,
    /// Whether it covers granting.
    pub may_grant: bool,
}

/// An object that somebody owns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnedObject {
    /// What it is; views count as tables.
    pub kind: ObjectKind,
    /// Its path.
    pub path: String,
}

/// Actions on one object for one grantee that end together, under the same conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantEntry {
    /// Who received them.
    pub grantee: Grantee,
    /// What the object is; views count as tables.
    pub kind: ObjectKind,
    /// The object: `projects/p/tables/t`.
    pub path: String,
    /// The column that they are limited to.
    pub column: Option<String>,
    /// The installed package that they are inside of: `<creator>.<package>`.
    pub package: Option<String>,
    /// The actions, in the order in which the service lists them.
    pub actions: Vec<Action>,
    /// When they end.
    pub expires: Option<Time>,
    /// The text of their conditions.
    pub conditions: Option<String>,
}

/// A row of [`Grants::rows`], by the names of its fields.
#[derive(Default)]
struct Fields<'g> {
    authorization: &'static str,
    grantee_type: &'static str,
    grantee: Option<String>,
    kind: Option<&'static str>,
    object: Option<&'g str>,
    column: Option<&'g str>,
    package: Option<&'g str>,
    actions: Vec<&'g str>,
    may_grant: Option<bool>,
    expires: Option<Time>,
    effect: Option<&'static str>,
    conditional: Option<bool>,
    conditions: Option<&'g str>,
}

impl Grants {
    /// The names of the fields of a row.
    pub const FIELDS: [&'static str; 13] = [
        "authorization",
        "grantee_type",
        "grantee",
        "type",
        "object",
        "column",
        "package",
        "actions",
        "may_grant",
        "expires",
        "effect",
        "conditional",
        "conditions",
    ];

    /// A row for each right: what follows from ownership and roles first, then the entries.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = match &self.of {
            GrantsOf::Owner { user, project } => {
                let path = format!("projects/{project}");
                let kind = Some(ObjectKind::Project.name());
                let owner = Fields { kind, object: Some(&path), ..implicit("project_owner", Action::All) };
                vec![Fields { grantee: Some(user.to_string()), may_grant: Some(true), ..owner }.row()]
            }
            GrantsOf::User { user, roles, owned, may_grant } => {
                let row = |object: &OwnedObject| {
                    let on = Fields {
                        kind: Some(object.kind.name()),
                        object: Some(&object.path),
                        ..implicit("object_creator", Action::All)
                    };
                    Fields { grantee: Some(user.to_string()), may_grant: Some(*may_grant), ..on }.row()
                };
                roles.iter().map(|role| holds(user, role).row()).chain(owned.iter().map(row)).collect()
            }
            GrantsOf::TenantUser { user, roles } => roles.iter().map(|role| holds(user, role).row()).collect(),
            GrantsOf::Role(_) | GrantsOf::TenantGrants(_) => Vec::new(),
            GrantsOf::TenantRole { role, users, projects } => {
                let held = users.iter().map(|user| holds(user, role).row());
                held.chain(projects.iter().map(|project| is_in(project, role).row())).collect()
            }
            GrantsOf::RoleDescription { role, users } => users.iter().map(|user| holds(user, role).row()).collect(),
            GrantsOf::Object { kind, path, implicit: grants } => {
                let row = |grant: &ImplicitGrant| {
                    let grantee = grant.user.as_ref().map(Principal::to_string);
                    let on = Fields {
                        kind: Some(kind.name()),
                        object: Some(path),
                        ..implicit(grant.position, grant.action)
                    };
                    Fields { grantee, may_grant: Some(grant.may_grant), ..on }.row()
                };
                grants.iter().map(row).collect()
            }
        };
        rows.extend(self.entries.iter().map(|entry| entry.fields().row()));
        rows.extend(self.statements.iter().map(|statement| statement.fields().row()));
        rows
    }
}

/// A right by what a user is.
fn implicit<'g>(position: &'static str, action: Action) -> Fields<'g> {
    let (grantee_type, actions) = (position, vec![action.name()]);
    Fields { authorization: "Implicit", grantee_type, actions, effect: Some("Allow"), ..Fields::default() }
}

/// That a user holds a role.
fn holds<'g>(user: &Principal, role: &'g RoleName) -> Fields<'g> {
    let grantee = Some(user.to_string());
    let object = Some(role.as_str());
    Fields { authorization: "Role", grantee_type: "user", grantee, kind: Some("role"), object, ..Fields::default() }
}

/// That a project has a tenant role.
fn is_in<'g>(project: &str, role: &'g RoleName) -> Fields<'g> {
    let (grantee, object) = (Some(project.to_owned()), Some(role.as_str()));
    Fields { authorization: "Role", grantee_type: "project", grantee, kind: Some("role"), object, ..Fields::default() }
}

impl GrantEntry {
    fn fields(&self) -> Fields<'_> {
        let (grantee_type, grantee) = match &self.grantee {
            Grantee::User(user) => ("user", user.to_string()),
            Grantee::Role(role) => ("role", role.to_string()),
        };
        Fields {
            authorization: if self.package.is_some() { "InstalledObjectACL" } else { "ACL" },
            grantee_type,
            grantee: Some(grantee),
            kind: Some(self.kind.name()),
            object: Some(&self.path),
            column: self.column.as_deref(),
            package: self.package.as_deref(),
            actions: self.actions.iter().map(|action| action.name()).collect(),
            may_grant: Some(false),
            expires: self.expires,
            effect: Some("Allow"),
            conditional: Some(self.conditions.is_some()),
            conditions: self.conditions.as_deref(),
        }
    }
}

impl PolicyEntry {
    fn fields(&self) -> Fields<'_> {
        Fields {
            authorization: "Policy",
            grantee_type: "role",
            grantee: Some(self.role.to_string()),
            object: Some(&self.resource),
            actions: self.actions.iter().map(String::as_str).collect(),
            may_grant: Some(false),
            effect: Some(if self.denies { "Deny" } else { "Allow" }),
            conditional: Some(self.conditional),
            ..Fields::default()
        }
    }
}

impl Fields<'_> {
    /// In the order of [`Grants::FIELDS`].
    fn row(self) -> Row {
        let cells: [Cell; Grants::FIELDS.len()] = [
            self.authorization.into(),
            self.grantee_type.into(),
            self.grantee.into(),
            self.kind.into(),
            self.object.into(),
            self.column.into(),
            self.package.into(),
            self.actions.into(),
            self.may_grant.into(),
            self.expires.into(),
            self.effect.into(),
            self.conditional.into(),
            self.conditions.into(),
        ];
        cells.into()
    }
}
