use std::fmt;

macro_rules! rules {
    ($($name:ident $id:literal $sentence:literal),* $(,)?) => {
        /// The rules of every decision. The ids are stable: they stand in trails, audit records and transcripts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = $sentence] $name),* }

        impl Rule {
            /// Every rule that a statement can reach.
            pub const ALL: &'static [Rule] = &[$(Rule::$name),*];

            /// The id: `FLW-4`.
            pub fn id(self) -> &'static str {
                match self { $(Rule::$name => $id),* }
            }

            /// The rule in one sentence.
            pub fn sentence(self) -> &'static str {
                match self { $(Rule::$name => $sentence),* }
            }
        }
    };
}

rules! {
    Stages "STG-1" "a statement is decided in stages; the first failure in the order of the text is shown",
    Snapshot "STG-2" "names are bound to ids first; what changed by the time of the commit is decided again",
    AllAccesses "STG-3" "every table and column of the complete plan counts, whether or not a row of it can appear",
    Unknown "STG-4" "an object that the principal may not know of is reported the same whether it exists or not",
    CreateInstance "STG-5" "a job needs CreateInstance on the current project",
    Member "PRJ-1" "the principal must be a member of the current project",
    ObjectMember "PRJ-2" "an access on the own path needs membership of the object's project",
    AddressAndStatus "PRJ-3" "address lists and status apply to every project touched, and to its owner too",
    DefaultDeny "ACC-1" "access is denied unless something allows it",
    OwnPath "ACC-2" "access is allowed to the project's owner, Super_Administrator, Admin and the object's owner, or by an ACL entry of the user or a role",
    Columns "ACC-5" "column grants must cover every referenced column",
    All "ACC-6" "All is one entry and covers every action of the type except Download",
    ObjectOwner "ACC-7" "an object's creator is its current owner; the owner, the project's owner or a Super_Administrator can change it",
    Granting "ACC-8" "the project's owner, Super_Administrator, Admin and the object's owner may grant to members; a RAM user, within its account",
    Sleep "ACC-9" "dropping an object deletes its grants; a removed user's grants are suspended",
    Rename "ACC-10" "rename needs Alter on the table and CreateTable on the project",
    Reuse "ACC-11" "a dropped project is removed from all lists; a new one of that name inherits nothing",
    Identity "ACC-11a" "sessions, RAM users, results and roles belong to an account by identity; a new account of the same name has none of them",
    Paths "PTH-1" "each path is decided as a whole; one allowed path for each column is enough",
    PackagePath "PTH-2" "for what a package lists, the package path needs no membership and no flow check, whatever the destination",
    PackageRead "PTH-3" "the package path applies while the installing project is current, to its administrators and to holders of Read",
    ViewOwner "VIW-1" "inside a view, access is decided for the view's owner (the definer)",
    ViewFlow "VIW-2" "flows start at the project of every base table; an exception applies to the base table or to a view of that project",
    PackagedView "VIW-3" "a packaged view exempts base tables of the project that made the package, and no others",
    ViewMaking "VIW-4" "create view needs CreateTable, CreateInstance and Select on every base column; replacing needs ownership or Drop",
    FlowNotAccess "FLW-1" "protection controls flows, not permissions: the owner is not exempt",
    Destinations "FLW-2" "every source flows to every destination that the statement writes or shows rows in",
    DerivedData "FLW-2a" "sizes, counts, times and values of partitions are data of their object: shown only if it may flow to the current project",
    JobOutcome "FLW-2b" "the outcome of a job is data of what it reads: it flows to the session's project",
    Sources "FLW-3" "tables and views read, resources read, functions called and instance results fetched are sources",
    Outflow "FLW-4" "a flow out of a protected project needs a trusted destination or an exception",
    Inflow "FLW-5" "flows into a protected project are not restricted",
    Trust "FLW-6" "trust is listed by the source, one-way, never transitive, and only for projects",
    PlainSet "FLW-7" "set ProjectProtection without an exception removes the exception policy",
    RowLimit "FLW-8" "rows shown from a protected or download-controlled project are capped",
    InstanceResult "FLW-9" "an instance records what it read; fetching its result is decided as if its query ran then",
    Explain "FLW-10" "explain needs the same accesses and causes no flow",
    OwnFiles "FLW-11" "files of the state itself are never a source or target",
    DuringJob "FLW-12" "changes made while a job runs take effect at its commit; rows that leave are decided again before each chunk",
    ExceptionForm "EXC-1" "an exception names principals, actions and resources, and only allows",
    ExceptionAction "EXC-2" "Select for tables and views, Read for resources and instances, Read or Execute for functions",
    ExceptionResource "EXC-3" "the resource of an exception names this project; * and ? are wildcards",
    ExceptionTask "EXC-4" "odps:TaskType is DT, SQL or MapReduce; without a condition every job type is excepted",
    ExceptionOr "EXC-5" "statements and values are combined with OR, keys and operators with AND",
    ExceptionGrantsNothing "EXC-6" "an exception grants nothing",
    ExceptionAnywhere "EXC-7" "an exception opens the object to every destination",
    ExceptionOnce "EXC-8" "the policy file is read once, stored and shown as it was written",
    PackageMakers "PKG-1" "the owner or a Super_Administrator creates, fills and allows packages; an Admin may also install, uninstall, show and describe them",
    PackageContent "PKG-2" "a package lists objects of its own project, each with its actions; * is expanded when it is added",
    PackageEnds "PKG-3" "disallow and drop end access at once; allow again restores it; a re-created package is installed anew",
    PackageLimits "PKG-4" "at most 1,000 objects per package, 100,000 allowed projects, and 100 packages of one project installed in another",
    PackageNow "PKG-5" "a read through a package returns the table's current data",
    Download "DLC-1" "with download control on, a tunnel download needs Describe and Download instead",
    DownloadHolders "DLC-2" "owner and Super_Administrator hold and grant Download; Admin, object owners and All do not",
    AclSwitch "SWI-1" "without CheckPermissionUsingACL, ACL entries are ignored",
    Management "SWI-2" "the security configuration is set by owner or Super_Administrator, and read by Admin too",
    Providers "SWI-3" "a new project knows the account providers ALIYUN and RAM",
    AtOnce "SWI-4" "changes take effect at once",
    NotSupported "SWI-5" "grant option, groups, category labels and grant super are refused",
    Names "SWI-6" "names are case-insensitive",
    Local "BND-1" "local commands are open to whoever holds the state file, and are recorded",
    WhyLimits "BND-2" "other principals' grants and lists are shown only to administrators of the project",
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
