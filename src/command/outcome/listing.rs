/// What a list holds. Each kind has named fields; how it looks on a screen is for `render` to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listing {
    /// `list projects`.
    Projects,
    /// `show schemas`.
    Schemas,
    /// `show tables`, `show views`.
    Tables,
    /// `show partitions`.
    Partitions,
    /// `show history for table`.
    Versions,
    /// `show history for tables`.
    KeptTables,
    /// `list resources`.
    Resources,
    /// `list functions`.
    Functions,
    /// `show builtin functions`.
    BuiltinFunctions,
    /// `show instances`.
    Instances,
    /// `top instance`.
    RunningInstances,
    /// `list users`, `show principals`, `.account list`.
    Principals,
    /// `.account key list`.
    AccessKeys,
    /// `list accountproviders`.
    Providers,
    /// `list roles`.
    Roles,
    /// `.quota list` and its like.
    TenantResources,
    /// `.key list`.
    EncryptionKeys,
    /// `.project mounts`.
    Mounts,
    /// `list trustedprojects`.
    TrustedProjects,
    /// The packages of `show packages` that the project made.
    Packages,
    /// The packages of `show packages` that the project installed.
    Installations,
    /// `show package items`.
    PackageItems,
    /// `show label grants` of a member or role.
    LabelGrants,
    /// `show label grants on table`.
    LabelHolders,
    /// The same, of one member or role.
    ColumnLabelGrants,
    /// `tunnel show history`.
    Transfers,
    /// `tunnel show log`, `tunnel show bad`.
    TransferLines,
    /// `tunnel purge`.
    PurgedTransfers,
    /// `.audit`.
    Audit,
    /// `.who can`.
    WhoCan,
    /// The ways by which rows are read elsewhere, after `.who can select`.
    WaysOut,
    /// `.what can`.
    WhatCan,
}

impl Listing {
    /// Every kind of list.
    pub const ALL: [Self; 32] = [
        Self::Projects,
        Self::Schemas,
        Self::Tables,
        Self::Partitions,
        Self::Versions,
        Self::KeptTables,
        Self::Resources,
        Self::Functions,
        Self::BuiltinFunctions,
        Self::Instances,
        Self::RunningInstances,
        Self::Principals,
        Self::AccessKeys,
        Self::Providers,
        Self::Roles,
        Self::TenantResources,
        Self::EncryptionKeys,
        Self::Mounts,
        Self::TrustedProjects,
        Self::Packages,
        Self::Installations,
        Self::PackageItems,
        Self::LabelGrants,
        Self::LabelHolders,
        Self::ColumnLabelGrants,
        Self::Transfers,
        Self::TransferLines,
        Self::PurgedTransfers,
        Self::Audit,
        Self::WhoCan,
        Self::WaysOut,
        Self::WhatCan,
    ];

    /// The names of its fields, in order.
    pub fn fields(self) -> &'static [&'static str] {
        match self {
            Self::Projects => &["name", "comment", "type", "status", "created", "modified", "owner"],
            Self::Schemas => &["name", "owner", "comment"],
            Self::Tables => &["owner", "name"],
            Self::Partitions => &["partition", "values"],
            Self::Versions => &["type", "id", "name", "lsn", "time", "operation"],
            Self::KeptTables => &["name", "id", "type", "partitioned", "created", "dropped"],
            Self::Resources => {
                &["name", "owner", "created", "modified", "type", "updated_by", "size", "source", "comment"]
            }
            Self::Functions => &["name", "owner", "created", "class", "resources"],
            Self::BuiltinFunctions => &["family", "name", "syntax", "standing", "source", "meaning"],
            Self::Instances => &["started", "seconds", "status", "id", "owner", "query"],
            Self::RunningInstances => &["id", "owner", "type", "started", "status"],
            Self::Principals => &["principal"],
            Self::AccessKeys => &["access_key_id", "principal", "status", "created"],
            Self::Providers => &["provider"],
            Self::Roles => &["role"],
            Self::TenantResources => &["name", "creator", "created"],
            Self::EncryptionKeys => &["name", "status", "version", "created", "rotated", "projects"],
            Self::Mounts => &["type", "name", "mounted"],
            Self::TrustedProjects => &["project"],
            Self::Packages => &["name", "created"],
            Self::Installations => &["name", "source_project", "installed", "status"],
            Self::PackageItems => &["package", "source_project", "type", "object", "privileges"],
            Self::LabelGrants => &["table", "column", "project", "package", "label", "expires"],
            Self::LabelHolders => &["grantee_type", "grantee", "column", "label", "expires"],
            Self::ColumnLabelGrants => &["column", "label", "expires"],
            Self::Transfers => &["session", "status", "command"],
            Self::TransferLines => &["line"],
            Self::PurgedTransfers => &["session"],
            Self::Audit => &["time", "principal", "source", "project", "job", "verdict", "code", "rules", "statement"],
            Self::WhoCan => &["who", "principal", "role", "except", "columns", "project", "reason"],
            Self::WaysOut => &["by", "who", "where"],
            Self::WhatCan => &["type", "object", "action", "columns", "project", "reason"],
        }
    }
}
