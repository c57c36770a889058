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
    /// Read a resource, the state and result of an instance, the code of a function, or what a package has.
    Read,
    /// Replace a resource or function, end an instance.
    Write,
    /// Remove a resource or function.
    Delete,
    /// Call a function.
    Execute,
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
    /// Make a package (PKG-1).
    CreatePackage,
    /// Remove a package.
    DropPackage,
    /// Put objects into a package.
    AddPackageResource,
    /// Take objects out of a package.
    RemovePackageResource,
    /// Let a project install a package.
    AllowInstallPackage,
    /// No longer let a project use a package.
    DisallowInstallPackage,
    /// Use a package of another project.
    InstallPackage,
    /// No longer use a package of another project.
    UninstallPackage,
    /// See the packages that a project made and installed.
    ShowPackages,
    /// See what a package has.
    DescribePackage,
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
            ObjectKind::Resource => &[Action::Download, Action::Read, Action::Write, Action::Delete, Action::All],
            ObjectKind::Function => {
                &[Action::Download, Action::Read, Action::Write, Action::Delete, Action::Execute, Action::All]
            }
            ObjectKind::Instance => &[Action::Download, Action::Read, Action::Write, Action::All],
            ObjectKind::Package => &[Action::Read],
            ObjectKind::Schema => &[
                Action::Describe,
                Action::Alter,
                Action::Drop,
                Action::List,
                Action::CreateTable,
                Action::CreateModel,
                Action::CreateFunction,
                Action::CreateResource,
                Action::All,
            ],
        }
    }

    /// Every action that statements ask for on an object of this kind: the grantable ones but `All`, and those of management.
    pub fn asked_of(kind: ObjectKind) -> &'static [Action] {
        match kind {
            ObjectKind::Project => &[
                Action::CreateTable,
                Action::CreateResource,
                Action::CreateInstance,
                Action::CreateFunction,
                Action::CreateModel,
                Action::CreateVolume,
                Action::List,
                Action::GrantPrivs,
                Action::ShowAclGrants,
                Action::GetProperty,
                Action::SetProperty,
                Action::SetSecurityConfiguration,
                Action::GetSecurityConfiguration,
                Action::AddTrustedProject,
                Action::RemoveTrustedProject,
                Action::ListTrustedProjects,
                Action::AddAccountProvider,
                Action::RemoveAccountProvider,
                Action::ListAccountProviders,
                Action::AddUser,
                Action::RemoveUser,
                Action::ListUsers,
                Action::CreateRole,
                Action::CreateAdministratorRole,
                Action::DropRole,
                Action::DescribeRole,
                Action::ListRoles,
                Action::GrantRole,
                Action::RevokeRole,
                Action::GrantAdmin,
                Action::GrantSuperAdministrator,
                Action::ListRolePrincipals,
                Action::ListUserRoles,
                Action::PurgePrivs,
                Action::CreatePackage,
                Action::DropPackage,
                Action::AddPackageResource,
                Action::RemovePackageResource,
                Action::AllowInstallPackage,
                Action::DisallowInstallPackage,
                Action::InstallPackage,
                Action::UninstallPackage,
                Action::ShowPackages,
                Action::DescribePackage,
            ],
            ObjectKind::Table | ObjectKind::View => &[
                Action::Select,
                Action::Describe,
                Action::Update,
                Action::Alter,
                Action::Drop,
                Action::ShowHistory,
                Action::Download,
                Action::ChangeOwner,
                Action::GrantPrivs,
                Action::GrantDownload,
                Action::ShowAclGrants,
            ],
            ObjectKind::Resource => &[
                Action::Read,
                Action::Write,
                Action::Delete,
                Action::Download,
                Action::GrantPrivs,
                Action::GrantDownload,
                Action::ShowAclGrants,
            ],
            ObjectKind::Function => &[
                Action::Execute,
                Action::Read,
                Action::Write,
                Action::Delete,
                Action::Download,
                Action::GrantPrivs,
                Action::GrantDownload,
                Action::ShowAclGrants,
            ],
            ObjectKind::Instance => &[
                Action::Read,
                Action::Write,
                Action::Download,
                Action::GrantPrivs,
                Action::GrantDownload,
                Action::ShowAclGrants,
            ],
            ObjectKind::Package => &[Action::Read, Action::GrantPrivs, Action::ShowAclGrants],
            ObjectKind::Schema => &[Action::GrantPrivs, Action::ShowAclGrants],
        }
    }

    /// What a package gives on an object of this kind if nothing else is said: Read, Describe and Select, as the kind has them (PKG-2).
    pub fn shared(kind: ObjectKind) -> &'static [Action] {
        match kind {
            ObjectKind::Table | ObjectKind::View => &[Action::Describe, Action::Select],
            ObjectKind::Resource | ObjectKind::Function | ObjectKind::Instance => &[Action::Read],
            ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => &[],
        }
    }

    /// Whether an entry for this action allows `asked`: `All` stands for every action of the type but Download (ACC-6, DLC-2).
    pub fn covers(self, asked: Action) -> bool {
        self == asked || (self == Action::All && asked != Action::Download)
    }

    /// Whether it takes data out of an object: such an access belongs to a flow (FLW-3).
    pub fn reads_data(self) -> bool {
        matches!(self, Action::Select | Action::Read | Action::Execute | Action::Download)
    }

    /// Whether it is about making, giving or installing packages.
    pub fn manages_packages(self) -> bool {
        matches!(
            self,
            Self::CreatePackage
                | Self::DropPackage
                | Self::AddPackageResource
                | Self::RemovePackageResource
                | Self::AllowInstallPackage
                | Self::DisallowInstallPackage
                | Self::InstallPackage
                | Self::UninstallPackage
                | Self::ShowPackages
                | Self::DescribePackage
        )
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
