use std::collections::BTreeMap;
use std::fmt;

use super::{Object, ObjectKind, Principal, ProjectId, ProjectRef, SchemaName, Setting, Time};

/// Whether a project takes part in anything (PRJ-3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// In use.
    Normal,
    /// Every access is refused with 4093.
    Frozen,
}

/// The word in `list projects`. Source: odpscmd.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Normal => "AVAILABLE",
            Self::Frozen => "FROZEN",
        })
    }
}

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Project {
    /// Number; never used again after a drop (ACC-11).
    pub id: ProjectId,
    /// Name, folded.
    pub name: String,
    /// The account that owns it.
    pub owner: Principal,
    /// Free text.
    pub comment: String,
    /// Whether it takes part in anything.
    pub status: Status,
    /// When it was made.
    pub created: Time,
    /// When a property or a switch last changed.
    pub modified: Time,
    /// The security switches.
    pub security: SecurityConfiguration,
    /// What `setproject` set: key as in [`Property::key`] → value.
    pub properties: BTreeMap<String, String>,
}

impl Project {
    /// This project as others refer to it.
    pub fn reference(&self) -> ProjectRef {
        ProjectRef { id: self.id, name: self.name.as_str().into() }
    }

    /// This project as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: ObjectKind::Project,
            id: self.id.into(),
            project: self.reference(),
            schema: SchemaName::default(),
            name: self.name.as_str().into(),
            owner: Some(self.owner.clone()),
        }
    }

    /// The value of a property, or its default.
    pub fn property(&self, property: Property) -> &str {
        self.properties.get(property.key()).map_or(property.default(), String::as_str)
    }

    /// Every property to show: those of all projects, then the flags that were set.
    pub fn shown_properties(&self) -> Vec<Property> {
        let flags = Setting::ALL.into_iter().map(Property::Flag).filter(|flag| !Property::ALL.contains(flag));
        let set = flags.filter(|flag| self.properties.contains_key(flag.key()));
        Property::ALL.into_iter().chain(set).collect()
    }

    /// The flags that a session in this project has without setting them.
    pub fn flags(&self) -> impl Iterator<Item = (&str, &str)> {
        Setting::ALL
            .into_iter()
            .filter_map(|setting| Some((setting.key(), self.properties.get(setting.key())?.as_str())))
    }

    /// Whether downloads need the Download privilege (DLC-1).
    pub fn has_download_control(&self) -> bool {
        self.property(Property::DownloadControl).eq_ignore_ascii_case("true")
    }

    /// For how many milliseconds versions of tables are kept (DEL-1); 0 of a project that keeps none.
    pub fn retention(&self) -> i64 {
        self.property(Property::Retention).parse::<i64>().unwrap_or_default().saturating_mul(86_400_000)
    }

    /// How many rows a screen may show (FLW-8).
    pub fn read_limit(&self) -> u64 {
        self.property(Property::ReadLimit).parse().unwrap_or(10_000)
    }
}

/// The switches of `show SecurityConfiguration`.
///
/// Source: SECP; defaults as in a new project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityConfiguration {
    /// ACL entries count (SWI-1).
    pub check_permission_using_acl: bool,
    /// Policies count.
    pub check_permission_using_policy: bool,
    /// The owner of an object may use it without a grant.
    pub object_creator_has_access_permission: bool,
    /// The owner of an object may grant on it.
    pub object_creator_has_grant_permission: bool,
    /// Labels are checked.
    pub label_security: bool,
    /// Data may not leave the project (FLW-1).
    pub project_protection: bool,
    /// The exception policy, exactly as its file was written (EXC-8).
    pub exception: Option<String>,
    /// External locations are checked.
    pub external_resource_access_control: bool,
    /// The locations that are allowed then, as they were written (EXT-2).
    pub external_resource_locations: String,
    /// Tenant resources are used only where they are mounted, and by whom a policy lets (TRS-3). No statement sets it: the console does.
    pub tenant_resource_access_control: bool,
}

impl Default for SecurityConfiguration {
    fn default() -> Self {
        Self {
            check_permission_using_acl: true,
            check_permission_using_policy: true,
            object_creator_has_access_permission: true,
            object_creator_has_grant_permission: true,
            label_security: false,
            project_protection: false,
            exception: None,
            external_resource_access_control: false,
            external_resource_locations: String::new(),
            tenant_resource_access_control: false,
        }
    }
}

/// The switches that `set <switch>=true|false` changes; protection has a statement of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Switch {
    /// `CheckPermissionUsingACL`
    CheckPermissionUsingAcl,
    /// `CheckPermissionUsingPolicy`
    CheckPermissionUsingPolicy,
    /// `ObjectCreatorHasAccessPermission`
    ObjectCreatorHasAccessPermission,
    /// `ObjectCreatorHasGrantPermission`
    ObjectCreatorHasGrantPermission,
    /// `LabelSecurity`
    LabelSecurity,
    /// `ExternalResourceAccessControl`
    ExternalResourceAccessControl,
}

impl Switch {
    /// Every switch, in the order of `show SecurityConfiguration`.
    pub const ALL: [Switch; 6] = [
        Self::CheckPermissionUsingAcl,
        Self::CheckPermissionUsingPolicy,
        Self::ObjectCreatorHasAccessPermission,
        Self::ObjectCreatorHasGrantPermission,
        Self::LabelSecurity,
        Self::ExternalResourceAccessControl,
    ];

    /// The key in `set`.
    pub fn key(self) -> &'static str {
        match self {
            Self::CheckPermissionUsingAcl => "CheckPermissionUsingACL",
            Self::CheckPermissionUsingPolicy => "CheckPermissionUsingPolicy",
            Self::ObjectCreatorHasAccessPermission => "ObjectCreatorHasAccessPermission",
            Self::ObjectCreatorHasGrantPermission => "ObjectCreatorHasGrantPermission",
            Self::LabelSecurity => "LabelSecurity",
            Self::ExternalResourceAccessControl => "ExternalResourceAccessControl",
        }
    }

    /// The switch of this key, in any case.
    pub fn parse(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|switch| switch.key().eq_ignore_ascii_case(key))
    }

    /// The same configuration with this switch on or off.
    pub fn set(self, configuration: &mut SecurityConfiguration, on: bool) {
        match self {
            Self::CheckPermissionUsingAcl => configuration.check_permission_using_acl = on,
            Self::CheckPermissionUsingPolicy => configuration.check_permission_using_policy = on,
            Self::ObjectCreatorHasAccessPermission => configuration.object_creator_has_access_permission = on,
            Self::ObjectCreatorHasGrantPermission => configuration.object_creator_has_grant_permission = on,
            Self::LabelSecurity => configuration.label_security = on,
            Self::ExternalResourceAccessControl => {
                configuration.external_resource_access_control = on;
                configuration.external_resource_locations.clear();
            }
        }
    }
}

/// The project properties that `setproject` knows.
///
/// Source: API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Property {
    /// Downloads need the Download privilege.
    DownloadControl,
    /// Addresses that may use the project.
    IpWhitelist,
    /// VPCs that may use the project.
    VpcWhitelist,
    /// Rows that `read` and a protected query may show.
    ReadLimit,
    /// For how many days versions of tables are kept (DEL-1).
    Retention,
    /// A flag of every session that has none of its own.
    Flag(Setting),
}

impl Property {
    /// The properties that are shown for every project; flags besides are shown where they were set.
    pub const ALL: [Property; 7] = [
        Self::DownloadControl,
        Self::IpWhitelist,
        Self::VpcWhitelist,
        Self::ReadLimit,
        Self::Retention,
        Self::Flag(Setting::FullScan),
        Self::Flag(Setting::Types2),
    ];

    /// The key in `setproject`.
    pub fn key(self) -> &'static str {
        match self {
            Self::DownloadControl => "odps.security.enabledownloadprivilege",
            Self::IpWhitelist => "odps.security.ip.whitelist",
            Self::VpcWhitelist => "odps.security.vpc.whitelist",
            Self::ReadLimit => "READ_TABLE_MAX_ROW",
            Self::Retention => "odps.timemachine.retention.days",
            Self::Flag(setting) => setting.key(),
        }
    }

    /// The value of a project that never set it.
    ///
    /// Chosen: no versions are kept unless the project says so; the service keeps them for a day.
    pub fn default(self) -> &'static str {
        match self {
            Self::DownloadControl => "false",
            Self::IpWhitelist | Self::VpcWhitelist => "",
            Self::ReadLimit => "10000",
            Self::Retention => "0",
            Self::Flag(setting) => setting.default(),
        }
    }

    /// Whether it says from where the project may be used.
    pub fn lists_addresses(self) -> bool {
        matches!(self, Self::IpWhitelist | Self::VpcWhitelist)
    }

    /// The property of this key, in any case.
    pub fn parse(key: &str) -> Option<Self> {
        let known = Self::ALL.into_iter().find(|property| property.key().eq_ignore_ascii_case(key));
        known.or_else(|| Setting::parse(key).map(Self::Flag))
    }
}
