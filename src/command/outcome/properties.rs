use crate::model::Record;

/// Names and values of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Properties {
    /// What has them.
    pub of: PropertiesOf,
    /// The values. What the caller may not see is absent.
    pub values: Record,
}

/// What has properties; how they look on a screen is for `render` to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PropertiesOf {
    /// The session: `whoami`.
    Session,
    /// The flags of the session: `show flags`.
    Flags,
    /// What code of the session calls resources: `show flags`.
    Aliases,
    /// A project: `desc project`.
    Project,
    /// The properties of a project: `setproject`.
    ProjectProperties,
    /// `show SecurityConfiguration`.
    SecurityConfiguration,
    /// `desc schema`.
    Schema,
    /// `.quota describe` and its like.
    TenantResource,
    /// What a project says of tenant resources: `.project mounts`.
    ResourceControl,
    /// `desc function`.
    Function,
    /// `desc resource`.
    Resource,
    /// `desc instance`.
    Instance,
    /// `status`.
    InstanceStatus,
    /// `status extended`.
    InstanceDetails,
    /// The key of an account: `.account create`, `.account key`.
    AccessKey,
    /// `show create table`.
    Definition,
    /// The level of a member or role: `show label grants`.
    Level,
    /// The labels of the columns of a table, the lowest and the highest: `show label grants on table`.
    LabelRange,
    /// `explain`.
    Plan,
    /// `cost sql`.
    Cost,
}
