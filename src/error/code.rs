/// The table of error codes: the service's own where one is known, `ODPSH-…` for what only exists here.
///
/// Source: "Error codes overview" and the pages of the single codes, see E13, E95.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The text is not a statement.
    Parse,
    /// A statement that makes no sense: unknown column, wrong type, wrong kind of object.
    Semantic,
    /// A table or view that is not there.
    TableNotFound,
    /// A table or view of that name is there already.
    TableExists,
    /// A view that is not there, or a table where a view is needed.
    ViewNotFound,
    /// A partition that is not there.
    PartitionNotFound,
    /// A partition that is there already, or a partition value that cannot be.
    Partition,
    /// Denied while a statement's objects were checked.
    Authorization,
    /// Denied before any object was looked at: membership, jobs, security statements.
    AccessDenied,
    /// An AccessKey that does not exist or is disabled.
    Credentials,
    /// A request that is signed with another secret.
    Signature,
    /// A signed request that is too old, or from the future.
    RequestExpired,
    /// A definition that the service would not take: a package that the project may not install.
    DdlTask,
    /// A principal that does not exist or cannot be one.
    Principal,
    /// An object, user, role or entry that does not exist.
    NotFound,
    /// An object, user, role or entry that already exists.
    Exists,
    /// More objects than the service permits.
    Limit,
    /// Something that the present state of an object does not permit.
    Conflict,
    /// A statement of the real client that is not built.
    Unsupported,
    /// A statement that plans a query or moves rows, in a build without the feature `sql`.
    WithoutSql,
    /// A policy file that cannot be used.
    Policy,
    /// A value that a setting does not accept.
    Setting,
    /// An error while a query ran: a bad cast, an overflow, a value that does not fit.
    Execution,
    /// What `failif` says of a query's own data.
    Argument,
    /// User code that tried to leave its sandbox (UDF-1).
    Escape,
    /// A query that needs more memory than it may use.
    Memory,
    /// Stopped by the user.
    Cancelled,
    /// A file that cannot be read or written.
    File,
    /// The state file: busy, damaged, newer, read-only.
    StateFile,
    /// The root key: missing, of another state, or readable by others.
    RootKey,
    /// An encryption key that is disabled, or that cannot be opened (ENC-1).
    EncryptionKey,
    /// A mistake in this program.
    Internal,
}

impl Code {
    /// Every code, for the completeness test.
    pub const ALL: [Code; 32] = [
        Code::Parse,
        Code::Semantic,
        Code::TableNotFound,
        Code::TableExists,
        Code::ViewNotFound,
        Code::PartitionNotFound,
        Code::Partition,
        Code::Authorization,
        Code::AccessDenied,
        Code::Credentials,
        Code::Signature,
        Code::RequestExpired,
        Code::DdlTask,
        Code::Principal,
        Code::NotFound,
        Code::Exists,
        Code::Limit,
        Code::Conflict,
        Code::Unsupported,
        Code::WithoutSql,
        Code::Policy,
        Code::Setting,
        Code::Execution,
        Code::Argument,
        Code::Escape,
        Code::Memory,
        Code::Cancelled,
        Code::File,
        Code::StateFile,
        Code::RootKey,
        Code::EncryptionKey,
        Code::Internal,
    ];

    /// The number that scripts match on.
    pub fn number(self) -> &'static str {
        match self {
            Code::Parse => "ODPS-0130161",
            Code::Semantic => "ODPS-0130071",
            Code::TableNotFound => "ODPS-0130131",
            Code::TableExists => "ODPS-0130211",
            Code::ViewNotFound => "ODPS-0130201",
            Code::PartitionNotFound => "ODPS-0130271",
            Code::Partition => "ODPS-0123031",
            Code::Authorization => "ODPS-0130013",
            Code::AccessDenied => "ODPS-0420095",
            Code::Credentials => "ODPS-0410051",
            Code::Signature => "ODPS-0410042",
            Code::RequestExpired => "ODPS-0410031",
            Code::DdlTask => "ODPS-0110061",
            Code::Principal => "ODPSH-0101",
            Code::NotFound => "ODPSH-0102",
            Code::Exists => "ODPSH-0106",
            Code::Limit => "ODPSH-0107",
            Code::Conflict => "ODPSH-0108",
            Code::Unsupported => "ODPSH-0103",
            Code::WithoutSql => "ODPSH-0109",
            Code::Policy => "ODPSH-0104",
            Code::Setting => "ODPSH-0105",
            Code::Execution => "ODPS-0123144",
            Code::Argument => "ODPS-0121095",
            Code::Escape => "ODPSH-0110",
            Code::Memory => "ODPS-0123065",
            Code::Cancelled => "ODPS-0123044",
            Code::File => "ODPSH-0201",
            Code::StateFile => "ODPSH-0202",
            Code::RootKey => "ODPSH-0203",
            Code::EncryptionKey => "ODPSH-0204",
            Code::Internal => "ODPS-0010000",
        }
    }

    /// The general description that stands between number and message; empty for codes of our own.
    pub fn title(self) -> &'static str {
        match self {
            Code::Parse => "Parse exception",
            Code::Semantic => "Semantic analysis exception",
            Code::TableNotFound => "Table not found",
            Code::TableExists => "Table or view already exists",
            Code::ViewNotFound => "View not found",
            Code::PartitionNotFound => "Partition does not exist",
            Code::Partition => "Partition exception",
            Code::Authorization => "Authorization exception",
            Code::AccessDenied => "Access Denied",
            Code::Credentials => "Invalid credentials",
            Code::Signature => "Invalid signature value",
            Code::RequestExpired => "Authentication request expired",
            Code::DdlTask => "Failed to run ddltask",
            Code::Execution => "Runtime exception",
            Code::Argument => "Invalid argument",
            Code::Memory => "Job exceeds the memory limit",
            Code::Cancelled => "Job cancelled",
            Code::Internal => "System internal error",
            Code::Principal
            | Code::NotFound
            | Code::Exists
            | Code::Limit
            | Code::Conflict
            | Code::Unsupported
            | Code::WithoutSql
            | Code::Policy
            | Code::Setting
            | Code::Escape
            | Code::File
            | Code::StateFile
            | Code::RootKey
            | Code::EncryptionKey => "",
        }
    }

    /// The service writes `ODPS-0420095: Access Denied`, but `ODPS-0130013:Authorization exception`.
    pub fn is_api_level(self) -> bool {
        self == Code::AccessDenied || self.title().is_empty()
    }

    /// Authorization messages carry no position; everything that points at text does.
    pub fn shows_position(self) -> bool {
        !matches!(
            self,
            Code::Authorization | Code::AccessDenied | Code::Credentials | Code::Signature | Code::RequestExpired
        )
    }
}
