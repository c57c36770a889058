use std::fmt;

use super::ObjectKind;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What a principal does to an object: the service's action names.
        ///
        /// Source: PERM ("MaxCompute permissions"), the tables of resource and of management actions.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action { $($(#[$doc])* $name),* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Action] = &[$(Action::$name),*];

            /// The name as the service spells it.
            pub fn name(self) -> &'static str {
                match self { $(Action::$name => stringify!($name)),* }
            }
        }
    };
}

actions! {
    /// Every action of the object's type, except Download (ACC-6).
    All,
    /// Read the rows of a table or view.
    Select,
    /// See the definition of an object.
    Describe,
    /// Change the definition of a table.
    Alter,
    /// Change the rows of a table.
    Update,
    /// Remove a table or view.
    Drop,
    /// See the history of a table.
    ShowHistory,
    /// Take the rows of a table out by tunnel while download control is on (DLC-1).
    Download,
    /// See which objects a project has.
    List,
    /// Make tables and views in a project.
    CreateTable,
    /// Run jobs in a project.
    CreateInstance,
    /// Make functions in a project.
    CreateFunction,
    /// Make resources in a project.
    CreateResource,
    /// Make models in a project.
    CreateModel,
    /// Make volumes in a project.
    CreateVolume,
    /// Change the owner of a table or view (ACC-7).
    ChangeOwner,
    /// Give and take privileges on an object (ACC-8).
    GrantPrivs,
    /// Give and take Download on an object (DLC-2).
    GrantDownload,
    /// See who holds privileges on an object.
    ShowAclGrants,
    /// Read the properties of a project.
    GetProperty,
    /// Change the properties of a project.
    SetProperty,
    /// Change the security switches, protection included (SWI-2).
    SetSecurityConfiguration,
    /// Read the security switches.
    GetSecurityConfiguration,
    /// Trust a project.
    AddTrustedProject,
    /// Stop trusting a project.
    RemoveTrustedProject,
    /// See which projects are trusted.
    ListTrustedProjects,
    /// Accept a kind of account.
    AddAccountProvider,
    /// Stop accepting a kind of account.
    RemoveAccountProvider,
    /// See which kinds of account are accepted.
    ListAccountProviders,
    /// Add a member.
    AddUser,
    /// Remove a member.
    RemoveUser,
    /// See the members.
    ListUsers,
    /// Make a role.
    CreateRole,
    /// Make a role of administrator type.
    CreateAdministratorRole,
    /// Remove a role.
    DropRole,
    /// See what a role holds.
    DescribeRole,
    /// See the roles.
    ListRoles,
    /// Give a role to a member.
    GrantRole,
    /// Take a role from a member.
    RevokeRole,
    /// Give the role Admin to a member, or take it.
    GrantAdmin,
    /// Give the role Super_Administrator to a member, or take it.
    GrantSuperAdministrator,
    /// See who holds a role.
    ListRolePrincipals,
    /// See what another principal holds.
    ListUserRoles,
    /// Remove what a dropped role or a removed user left behind.
    PurgePrivs,
}

impl Action {
    /// The action of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name().eq_ignore_ascii_case(name))
    }

    /// The actions that can be granted on an object of this kind, in the order in which they are listed.
    ///
    /// Source: PERM. Download stands apart (DLC-2).
    pub fn grantable(kind: ObjectKind) -> &'static [Action] {
        match kind {
            ObjectKind::Project => &[
                Action::CreateTable,
                Action::CreateResource,
                Action::CreateInstance,
                Action::CreateFunction,
                Action::CreateModel,
                Action::CreateVolume,
                Action::List,
                Action::All,
            ],
            ObjectKind::Table | ObjectKind::View => &[
                Action::Download,
                Action::Describe,
                Action::Select,
                Action::Alter,
                Action::Update,
                Action::Drop,
                Action::ShowHistory,
                Action::All,
            ],
        }
    }

    /// Whether a grant of this action covers single columns.
    pub fn covers_columns(self) -> bool {
        matches!(self, Action::Select | Action::Describe | Action::Download)
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
