//! The actions, in one table: who holds them, on which objects, and what they are about.

use std::fmt;
use std::sync::LazyLock;

use super::ObjectKind;

/// Who may do something, besides the project's owner and Super_Administrators, who may do everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holders {
    /// Admin, the object's owner, and its grantees.
    Privilege,
    /// Its grantees only (DLC-2).
    Download,
    /// Admin: management that Admin may do, too. Source: ROLE.
    Managers,
    /// Nobody else: management that is kept from Admin. Source: ROLE.
    Heads,
    /// Admin, and the object's owner while owners may grant (ACC-8).
    Granting,
    /// Admin, and the object's owner.
    Showing,
    /// The owner of a table; not of a view (ACC-7, DEL-1).
    Ownership,
    /// Of tenant resources: who manages them, and holders of roles whose policies say so (TRS-3, TRS-5).
    Tenant,
}

/// What of a project an action is about: the part of its resource name behind the project. Source: PERM, table of management actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Area {
    /// The object itself.
    Object,
    /// Security switches.
    SecurityConfiguration,
    /// The policy of the project.
    Policy,
    /// The policy of exceptions from protection.
    Exception,
    /// Trust, kinds of account, what was left behind.
    Authorization,
    /// Members.
    Users,
    /// Roles.
    Roles,
    /// Roles of resource type, one by one.
    ResourceRoles,
    /// Roles of administrator type.
    AdministratorRoles,
    /// The role Super_Administrator.
    SuperAdministrator,
    /// Packages.
    Packages,
    /// The labels of a table, on the table.
    Labels,
}

impl Area {
    /// The part of a resource name behind the object's path.
    pub fn path(self) -> &'static str {
        match self {
            Self::Object | Self::Labels => "",
            Self::SecurityConfiguration => "/authorization/configurations/security_configuration",
            Self::Policy => "/authorization/configurations/policy",
            Self::Exception => "/authorization/configurations/protected_exception",
            Self::Authorization => "/authorization",
            Self::Users => "/authorization/users",
            Self::Roles => "/authorization/roles",
            Self::ResourceRoles => "/authorization/roles/resource",
            Self::AdministratorRoles => "/authorization/roles/administrator",
            Self::SuperAdministrator => "/authorization/roles/super_administrator",
            Self::Packages => "/authorization/packages",
        }
    }
}

/// What is known of one action.
struct Row {
    holders: Holders,
    area: Area,
    /// Objects on which it can be granted.
    granted_on: &'static [ObjectKind],
    /// Objects on which statements ask for it.
    asked_on: &'static [ObjectKind],
    /// Objects on which a package gives it if nothing else is said (PKG-2).
    shared_on: &'static [ObjectKind],
    /// Whether it takes data out of an object.
    reads_data: bool,
    /// Whether a grant of it covers single columns.
    covers_columns: bool,
    /// What the service calls it, if that is the name of several actions here, which have different holders.
    service_name: Option<&'static str>,
}

const NONE: &[ObjectKind] = &[];
const PROJECT: &[ObjectKind] = &[ObjectKind::Project];
const PROJECT_AND_SCHEMA: &[ObjectKind] = &[ObjectKind::Project, ObjectKind::Schema];
const TABLE: &[ObjectKind] = &[ObjectKind::Table];
const TABLES: &[ObjectKind] = &[ObjectKind::Table, ObjectKind::View];
const TABLES_AND_SCHEMA: &[ObjectKind] = &[ObjectKind::Table, ObjectKind::View, ObjectKind::Schema];
const TABLES_AND_PACKAGE: &[ObjectKind] = &[ObjectKind::Table, ObjectKind::View, ObjectKind::Package];
const FUNCTION: &[ObjectKind] = &[ObjectKind::Function];
const FILES: &[ObjectKind] = &[ObjectKind::Resource, ObjectKind::Function];
const STORED: &[ObjectKind] = &[ObjectKind::Resource, ObjectKind::Function, ObjectKind::Instance];
const STORED_AND_PACKAGE: &[ObjectKind] =
    &[ObjectKind::Resource, ObjectKind::Function, ObjectKind::Instance, ObjectKind::Package];
const DATA: &[ObjectKind] =
    &[ObjectKind::Table, ObjectKind::View, ObjectKind::Resource, ObjectKind::Function, ObjectKind::Instance];
const ALL_BUT_PACKAGE: &[ObjectKind] = &[
    ObjectKind::Project,
    ObjectKind::Table,
    ObjectKind::View,
    ObjectKind::Resource,
    ObjectKind::Function,
    ObjectKind::Instance,
    ObjectKind::Schema,
];
const EVERYTHING: &[ObjectKind] = &ObjectKind::ALL;

/// An action that can be granted on objects of these kinds, and applies to them.
const fn privilege(on: &'static [ObjectKind]) -> Row {
    Row {
        holders: Holders::Privilege,
        area: Area::Object,
        granted_on: on,
        asked_on: on,
        shared_on: NONE,
        reads_data: false,
        covers_columns: false,
        service_name: None,
    }
}

/// An action on a project that nobody can grant.
const fn management(holders: Holders, area: Area) -> Row {
    Row { holders, area, granted_on: NONE, ..privilege(PROJECT) }
}

/// An action on tenant resources alone, which only policies of roles give.
const fn on_tenant_resources() -> Row {
    Row { holders: Holders::Tenant, granted_on: NONE, asked_on: NONE, ..privilege(NONE) }
}

/// The same, which the service calls `service_name`.
const fn called(service_name: &'static str, row: Row) -> Row {
    Row { service_name: Some(service_name), ..row }
}

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident => $row:expr),* $(,)?) => {
        /// What a principal does to an object: the service's action names, in the order in which they are listed.
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

            fn row(self) -> &'static Row {
                match self { $(Action::$name => { const ROW: Row = $row; &ROW }),* }
            }
        }
    };
}

actions! {
    /// Take the rows of a table out by tunnel while download control is on (DLC-1).
    Download => Row { holders: Holders::Download, reads_data: true, covers_columns: true, ..privilege(DATA) },
    /// See the definition of an object.
    Describe => Row { covers_columns: true, shared_on: TABLES, ..privilege(TABLES_AND_SCHEMA) },
    /// Read the rows of a table or view.
    Select => Row { reads_data: true, covers_columns: true, shared_on: TABLES, ..privilege(TABLES) },
    /// Change the definition of a table.
    Alter => privilege(TABLES_AND_SCHEMA),
    /// Change the rows of a table.
    Update => privilege(TABLES),
    /// Remove a table or view.
    Drop => privilege(TABLES_AND_SCHEMA),
    /// See the history of a table.
    ShowHistory => privilege(TABLES),
    /// Read a resource, the state and result of an instance, the code of a function, or what a package has.
    Read => Row { reads_data: true, shared_on: STORED, ..privilege(STORED_AND_PACKAGE) },
    /// Replace a resource or function, end an instance.
    Write => privilege(STORED),
    /// Remove a resource or function.
    Delete => privilege(FILES),
    /// Call a function.
    Execute => Row { reads_data: true, ..privilege(FUNCTION) },
    /// Make tables and views in a project or schema.
    CreateTable => privilege(PROJECT_AND_SCHEMA),
    /// Make resources in a project or schema.
    CreateResource => privilege(PROJECT_AND_SCHEMA),
    /// Make schemas in a project (SCH-2).
    CreateSchema => privilege(PROJECT),
    /// Run jobs in a project.
    CreateInstance => privilege(PROJECT),
    /// Make functions in a project or schema.
    CreateFunction => privilege(PROJECT_AND_SCHEMA),
    /// Make models in a project.
    CreateModel => privilege(PROJECT_AND_SCHEMA),
    /// Make volumes in a project.
    CreateVolume => privilege(PROJECT),
    /// See which objects a project or schema has.
    List => privilege(PROJECT_AND_SCHEMA),
    /// Use a tenant resource (TRS-3).
    Usage => on_tenant_resources(),
    /// Make quotas in a tenant (TRS-5).
    CreateQuota => on_tenant_resources(),
    /// Make network connections in a tenant.
    CreateNetworkLink => on_tenant_resources(),
    /// Make external data sources in a tenant.
    CreateForeignServer => on_tenant_resources(),
    /// Make images in a tenant.
    CreateImage => on_tenant_resources(),
    /// Every action of the object's type, except Download (ACC-6).
    All => Row { asked_on: NONE, ..privilege(ALL_BUT_PACKAGE) },
    /// Change the owner of a table, view or schema (ACC-7).
    ChangeOwner => Row { holders: Holders::Ownership, granted_on: NONE, ..privilege(TABLES_AND_SCHEMA) },
    /// Bring back a table that was dropped, besides CreateTable (DEL-1).
    Undrop => Row { holders: Holders::Ownership, granted_on: NONE, ..privilege(TABLE) },
    /// Give privileges on an object (ACC-8).
    GrantPrivs => Row { holders: Holders::Granting, granted_on: NONE, ..privilege(EVERYTHING) },
    /// Take privileges on an object.
    RevokePrivs => Row { holders: Holders::Granting, granted_on: NONE, ..privilege(EVERYTHING) },
    /// Give and take Download on an object (DLC-2).
    GrantDownload => Row { asked_on: DATA, ..management(Holders::Heads, Area::Object) },
    /// See who holds privileges on an object.
    ShowAclGrants => Row { holders: Holders::Showing, granted_on: NONE, ..privilege(EVERYTHING) },
    /// Read the properties of a project.
    GetProperty => management(Holders::Managers, Area::Object),
    /// Change the address lists of a project.
    SetProperty => management(Holders::Heads, Area::Object),
    /// Change the other properties of a project, which nobody is delegated (ADM-1).
    SetOtherProperty => called("SetProperty", management(Holders::Heads, Area::Object)),
    /// Change the security switches, protection included (SWI-2).
    SetSecurityConfiguration => management(Holders::Heads, Area::SecurityConfiguration),
    /// Read the security switches.
    GetSecurityConfiguration => management(Holders::Managers, Area::SecurityConfiguration),
    /// Replace the policy of a project (POL-10).
    PutPolicy => management(Holders::Heads, Area::Policy),
    /// Read the policy of a project.
    GetPolicy => management(Holders::Heads, Area::Policy),
    /// Set the policy of exceptions from protection, besides SetSecurityConfiguration (SWI-2).
    PutException => called("PutPolicy", management(Holders::Heads, Area::Exception)),
    /// Trust a project.
    AddTrustedProject => management(Holders::Heads, Area::Authorization),
    /// Stop trusting a project.
    RemoveTrustedProject => management(Holders::Heads, Area::Authorization),
    /// See which projects are trusted.
    ListTrustedProjects => management(Holders::Managers, Area::Authorization),
    /// Accept a kind of account.
    AddAccountProvider => management(Holders::Heads, Area::Authorization),
    /// Stop accepting a kind of account.
    RemoveAccountProvider => management(Holders::Heads, Area::Authorization),
    /// See which kinds of account are accepted.
    ListAccountProviders => management(Holders::Managers, Area::Authorization),
    /// Add a member.
    AddUser => management(Holders::Managers, Area::Users),
    /// Remove a member.
    RemoveUser => management(Holders::Managers, Area::Users),
    /// See the members.
    ListUsers => management(Holders::Managers, Area::Users),
    /// Make a role.
    CreateRole => management(Holders::Managers, Area::ResourceRoles),
    /// Make a role of administrator type.
    CreateAdministratorRole => management(Holders::Heads, Area::AdministratorRoles),
    /// Change what a role says about itself, never its type (ADM-1).
    AlterRole => management(Holders::Managers, Area::ResourceRoles),
    /// Remove a role.
    DropRole => management(Holders::Managers, Area::ResourceRoles),
    /// See what a role holds.
    DescribeRole => management(Holders::Managers, Area::ResourceRoles),
    /// See the roles.
    ListRoles => management(Holders::Managers, Area::Roles),
    /// Give a role to a member.
    GrantRole => management(Holders::Managers, Area::ResourceRoles),
    /// Take a role from a member.
    RevokeRole => management(Holders::Managers, Area::ResourceRoles),
    /// Give the role Admin to a member, or take it.
    GrantAdmin => management(Holders::Heads, Area::AdministratorRoles),
    /// Give a role of administrator type to a member (ADM-2).
    GrantAdministratorRole => called("GrantRole", management(Holders::Heads, Area::AdministratorRoles)),
    /// Take a role of administrator type from a member.
    RevokeAdministratorRole => called("RevokeRole", management(Holders::Heads, Area::AdministratorRoles)),
    /// Give the role Super_Administrator to a member, or take it.
    GrantSuperAdministrator => management(Holders::Heads, Area::SuperAdministrator),
    /// Replace the policy of a role of resource type (POL-10).
    PutRolePolicy => called("PutPolicy", management(Holders::Managers, Area::ResourceRoles)),
    /// Read the policy of a role of resource type.
    GetRolePolicy => called("GetPolicy", management(Holders::Managers, Area::ResourceRoles)),
    /// Add statements to the policy of a role of resource type. The service spells it so.
    AddPolicyStatments => management(Holders::Managers, Area::ResourceRoles),
    /// Remove statements from the policy of a role of resource type. The service spells it so.
    RemovePolicyStatments => management(Holders::Managers, Area::ResourceRoles),
    /// Replace the policy of a role of administrator type.
    PutAdministratorPolicy => called("PutPolicy", management(Holders::Heads, Area::AdministratorRoles)),
    /// Read the policy of a role of administrator type.
    GetAdministratorPolicy => called("GetPolicy", management(Holders::Heads, Area::AdministratorRoles)),
    /// See who holds a role.
    ListRolePrincipals => management(Holders::Managers, Area::ResourceRoles),
    /// See what another principal holds.
    ListUserRoles => management(Holders::Managers, Area::Users),
    /// Label a table or columns of it (LAB-5).
    SetDataLabel => Row { asked_on: TABLES, ..management(Holders::Managers, Area::Labels) },
    /// Set the level of a member.
    SetUserLabel => called("SetDataLabel", management(Holders::Managers, Area::Users)),
    /// Set the level of a role.
    SetRoleLabel => called("SetDataLabel", management(Holders::Managers, Area::ResourceRoles)),
    /// Let somebody read a table up to a label.
    GrantLabel => Row { asked_on: TABLES_AND_PACKAGE, ..management(Holders::Managers, Area::Labels) },
    /// Take a label grant.
    RevokeLabel => Row { asked_on: TABLES_AND_PACKAGE, ..management(Holders::Managers, Area::Labels) },
    /// See the label grants on a table.
    ShowLabelGrants => Row { asked_on: TABLES_AND_PACKAGE, ..management(Holders::Managers, Area::Labels) },
    /// See the level and label grants of another member.
    ShowUserLabelGrants => called("ShowLabelGrants", management(Holders::Managers, Area::Users)),
    /// See the level and label grants of a role.
    ShowRoleLabelGrants => called("ShowLabelGrants", management(Holders::Managers, Area::ResourceRoles)),
    /// Remove grants that have ended.
    ClearExpiredGrants => management(Holders::Managers, Area::Authorization),
    /// Remove what a dropped role or a removed user left behind.
    PurgePrivs => management(Holders::Managers, Area::Authorization),
    /// Make a package (PKG-1).
    CreatePackage => management(Holders::Heads, Area::Packages),
    /// Remove a package.
    DropPackage => management(Holders::Heads, Area::Packages),
    /// Put objects into a package.
    AddPackageResource => management(Holders::Heads, Area::Packages),
    /// Take objects out of a package.
    RemovePackageResource => management(Holders::Heads, Area::Packages),
    /// Let a project install a package.
    AllowInstallPackage => management(Holders::Heads, Area::Packages),
    /// No longer let a project use a package.
    DisallowInstallPackage => management(Holders::Heads, Area::Packages),
    /// Use a package of another project.
    InstallPackage => management(Holders::Managers, Area::Packages),
    /// No longer use a package of another project.
    UninstallPackage => management(Holders::Managers, Area::Packages),
    /// See the packages that a project made and installed.
    ShowPackages => management(Holders::Managers, Area::Packages),
    /// See what a package has.
    DescribePackage => management(Holders::Managers, Area::Packages),
}

/// The actions of each kind of object, in their order.
type Lists = [(ObjectKind, Vec<Action>); ObjectKind::ALL.len()];

fn lists(of: fn(&Row) -> &'static [ObjectKind]) -> Lists {
    let on = |kind| Action::ALL.iter().copied().filter(|action| of(action.row()).contains(&kind)).collect();
    ObjectKind::ALL.map(|kind| (kind, on(kind)))
}

fn list(lists: &'static Lists, kind: ObjectKind) -> &'static [Action] {
    lists.iter().find(|(of, _)| *of == kind).map(|(_, actions)| actions.as_slice()).unwrap_or_default()
}

impl Action {
    /// The action of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|action| action.name().eq_ignore_ascii_case(name))
    }

    /// What policies and the service's messages call it: one name can be that of several actions, which have different holders.
    pub fn service_name(self) -> &'static str {
        self.row().service_name.unwrap_or(self.name())
    }

    /// Whether it manages the project or its rights: grants never give it, and only roles of administrator type may hold it (POL-5).
    pub fn is_management(self) -> bool {
        !matches!(self.holders(), Holders::Privilege | Holders::Download | Holders::Tenant)
    }

    /// Whether it makes tenant resources: only tenant roles hold it (TRS-5).
    pub fn makes_tenant_resources(self) -> bool {
        self.holders() == Holders::Tenant && self != Self::Usage
    }

    /// Whether it is asked of tenant resources.
    pub fn is_on_tenant_resources(self) -> bool {
        self.holders() == Holders::Tenant || matches!(self, Self::List | Self::Describe | Self::Drop)
    }

    /// Whether it reads or changes the policy of a project or role.
    pub fn is_about_policies(self) -> bool {
        matches!(self.service_name(), "PutPolicy" | "GetPolicy" | "AddPolicyStatments" | "RemovePolicyStatments")
    }

    /// Whether it sets or shows labels, levels or label grants.
    pub fn is_about_labels(self) -> bool {
        matches!(self.service_name(), "SetDataLabel" | "GrantLabel" | "RevokeLabel" | "ShowLabelGrants")
    }

    /// Who may do it.
    pub fn holders(self) -> Holders {
        self.row().holders
    }

    /// What of a project it is about.
    pub fn area(self) -> Area {
        self.row().area
    }

    /// Whether it can be granted on objects of this kind.
    pub fn is_grantable_on(self, kind: ObjectKind) -> bool {
        self.row().granted_on.contains(&kind)
    }

    /// The actions that can be granted on an object of this kind, in the order in which they are listed.
    pub fn grantable(kind: ObjectKind) -> &'static [Action] {
        static LISTS: LazyLock<Lists> = LazyLock::new(|| lists(|row| row.granted_on));
        list(&LISTS, kind)
    }

    /// Every action that statements ask for on an object of this kind: the grantable ones but `All`, and those of management.
    pub fn asked_of(kind: ObjectKind) -> &'static [Action] {
        static LISTS: LazyLock<Lists> = LazyLock::new(|| lists(|row| row.asked_on));
        list(&LISTS, kind)
    }

    /// What a package gives on an object of this kind if nothing else is said: Read, Describe and Select, as the kind has them (PKG-2).
    pub fn shared(kind: ObjectKind) -> &'static [Action] {
        static LISTS: LazyLock<Lists> = LazyLock::new(|| lists(|row| row.shared_on));
        list(&LISTS, kind)
    }

    /// Whether an entry for this action allows `asked`: `All` stands for every action of the type but Download (ACC-6, DLC-2).
    pub fn covers(self, asked: Action) -> bool {
        self == asked || (self == Action::All && asked != Action::Download)
    }

    /// Whether it takes data out of an object: such an access belongs to a flow (FLW-3).
    pub fn reads_data(self) -> bool {
        self.row().reads_data
    }

    /// Whether a grant of this action covers single columns.
    pub fn covers_columns(self) -> bool {
        self.row().covers_columns
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.service_name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_granted_is_held_by_grants() {
        for action in Action::ALL.iter().copied() {
            let row = action.row();
            let by_grants = matches!(row.holders, Holders::Privilege | Holders::Download);
            assert_eq!(by_grants, !row.granted_on.is_empty(), "{action}");
            // `All` is granted and never asked for; what is asked of tenant resources is on no object of a project.
            let is_asked = action != Action::All && row.holders != Holders::Tenant;
            assert_eq!(is_asked, !row.asked_on.is_empty(), "{action}");
            assert!(row.shared_on.iter().all(|kind| row.granted_on.contains(kind)), "{action}");
            assert!(row.area == Area::Object || !by_grants, "{action}");
        }
    }

    #[test]
    fn lists_keep_the_order_of_the_table() {
        assert_eq!(Action::grantable(ObjectKind::Package), [Action::Read]);
        assert_eq!(Action::shared(ObjectKind::View), [Action::Describe, Action::Select]);
        for kind in ObjectKind::ALL {
            for list in [Action::grantable(kind), Action::asked_of(kind)] {
                assert!(list.is_sorted(), "{kind:?}");
            }
        }
    }
}
