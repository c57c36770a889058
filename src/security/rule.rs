use std::fmt;

/// Where a rule comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The service's documentation.
    Documented,
    /// The documentation, completed where it is silent or contradicts itself.
    Both,
    /// Chosen, where the documentation is silent.
    Chosen,
}

impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Documented => "documented",
            Self::Both => "documented in part",
            Self::Chosen => "chosen",
        })
    }
}

/// A row of the page of rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RuleText {
    /// The id: `FLW-4`.
    pub id: &'static str,
    /// The rule in one sentence.
    pub sentence: &'static str,
    /// Where it comes from.
    pub basis: Basis,
    /// The page that documents it, by its name in `docs/sources.md`; empty for a chosen one.
    pub source: &'static str,
}

macro_rules! rules {
    ($($name:ident $id:literal $sentence:literal $basis:ident $source:literal),* $(,)?) => {
        /// The rules that a decision names, in its evidence or as what denies. The ids are stable: they are in explanations, audit
        /// records and transcripts.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule { $(#[doc = $sentence] $name),* }

        impl Rule {
            /// Every one.
            pub const ALL: &'static [Rule] = &[$(Rule::$name),*];

            /// Its row of the page.
            pub fn text(self) -> RuleText {
                match self {
                    $(Rule::$name => RuleText {
                        id: $id, sentence: $sentence, basis: Basis::$basis, source: $source
                    }),*
                }
            }
        }
    };
}

rules! {
    Stages "STG-1" "a statement is decided in stages; the first failure in the order of the text is shown" Chosen "",
    CreateInstance "STG-5" "a job needs CreateInstance on the current project" Both "PERM",
    Member "PRJ-1" "the principal must be a member of the current project" Documented "PERM",
    ObjectMember "PRJ-2" "an access on the own path needs membership of the object's project" Both "PERM",
    AddressAndStatus "PRJ-3" "address lists and status apply to every project touched, and to its owner too" Both "IPW",
    DefaultDeny "ACC-1" "access is denied unless something allows it" Documented "PERM",
    OwnPath "ACC-2" "access is allowed to the project's owner, Super_Administrator, Admin and the object's owner, or by an ACL entry of the user or a role, unless it has ended or its conditions do not hold" Documented "ROLE",
    PolicyDeny "ACC-3" "a Deny of the object's project, in its policy or that of a role of the caller, closes every path; owner and Super_Administrator are exempt" Both "POL2020",
    Columns "ACC-5" "column grants must cover every referenced column" Both "PERM",
    All "ACC-6" "All is one entry and covers every action of the type except Download" Chosen "",
    ObjectOwner "ACC-7" "an object's creator is its current owner; the owner, the project's owner or a Super_Administrator can change it" Both "PERM",
    Undrop "DEL-1" "a dropped table is brought back by whoever owned it, the project's owner or a Super_Administrator, with CreateTable; it comes without grants" Chosen "",
    Granting "ACC-8" "the project's owner, Super_Administrator, Admin and the object's owner may grant to members; a RAM user, within its account" Documented "GRANT",
    Identity "ACC-11a" "sessions, RAM users, results and roles belong to an account by identity; a new account of the same name has none of them" Chosen "",
    PackagePath "PTH-2" "for what a package lists, the package path needs no membership and no flow check, whatever the destination" Documented "PKG",
    PackageRead "PTH-3" "the package path applies while the installing project is current, to its administrators and to holders of Read" Both "PKGACL",
    ViewOwner "VIW-1" "inside a view, access is decided for the view's owner (the definer)" Documented "PERM",
    ViewFlow "VIW-2" "flows start at the project of every base table; an exception applies to the base table or to a view of that project" Chosen "",
    PackagedView "VIW-3" "a packaged view exempts base tables of the project that made the package, and no others" Chosen "",
    FlowNotAccess "FLW-1" "protection controls flows, not permissions: the owner is not exempt" Both "PDP",
    DerivedData "FLW-2a" "sizes, counts, times and values of partitions are data of their object: shown only if it may flow to the current project" Chosen "",
    JobOutcome "FLW-2b" "the outcome of a job is data of what it reads: it flows to the session's project" Chosen "",
    Outflow "FLW-4" "a flow out of a protected project needs a trusted destination or an exception" Documented "PDP",
    Inflow "FLW-5" "flows into a protected project are not restricted" Documented "PDP",
    Trust "FLW-6" "trust is listed by the source, one-way, never transitive, and only for projects" Both "PDP",
    RowLimit "FLW-8" "rows shown from a protected or download-controlled project are capped" Both "PDP",
    InstanceResult "FLW-9" "an instance records what it read; fetching its result is decided as if its query ran then" Both "PDP",
    ExceptionForm "EXC-1" "an exception names principals, actions and resources, and only allows" Both "PDP",
    ExceptionTask "EXC-4" "odps:TaskType is DT, SQL or MapReduce; without a condition every job type is excepted" Both "PDP",
    ExceptionOr "EXC-5" "statements and values are combined with OR, keys and operators with AND" Documented "PDP",
    ExceptionAnywhere "EXC-7" "an exception opens the object to every destination" Documented "PDP",
    PackageMakers "PKG-1" "the owner or a Super_Administrator creates, fills and allows packages; an Admin may also install, uninstall, show and describe them" Both "PKGACL",
    Download "DLC-1" "with download control on, a tunnel download needs Describe and Download instead" Both "DL",
    DownloadHolders "DLC-2" "owner and Super_Administrator hold and grant Download; Admin, object owners and All do not" Both "DL",
    Label "LAB-1" "with LabelSecurity, a column is read up to the level of its reader: its own, that of its roles, or a label grant" Documented "LABEL-OLD",
    PackageLabel "LAB-4" "through a package columns are read up to its label; inside it, up to the label grants there" Both "PKGACL",
    LabelMakers "LAB-5" "levels are 0 to 9; the owner, Super_Administrator or Admin sets labels, and grants them for 180 days unless the grant says otherwise" Documented "LABEL",
    LabelReader "LAB-6" "inside a view the owner's level counts; behind functions and resources, those of the maker and of the caller" Chosen "",
    PolicyAllow "POL-2" "an Allow of the project policy, or of a policy of a role that the caller holds, opens the object to members" Both "POL",
    Delegated "ADM-1" "each management statement is an access with an action and a URI: a role of administrator type may do what its policy allows; what a role holds is shown to its holders" Both "PERM",
    PolicyMakers "POL-10" "the owner or a Super_Administrator puts and reads the project policy, an Admin that of a resource role too" Both "ROLE",
    OwnDeny "POL-11" "nobody lifts a Deny from itself" Chosen "",
    TenantManagers "TNT-2" "tenant users and tenant roles are managed by the account and the tenant's Super_Administrator and Admin, who count as such in each of its projects" Both "TROLE",
    JoiningUsers "TNT-4" "a RAM user is added to a project of its own account, or by its account where that is a member; elsewhere it counts only while its account is one" Both "FAQ",
    TenantProject "TNT-5" "tenant statements run in a project of the tenant, which is the caller's own account" Both "TROLE",
    Mounting "TRS-1" "a tenant resource is mounted by its creator, the account and the tenant's Super_Administrator, to projects of the tenant" Both "TRS",
    UncheckedUsage "TRS-2" "in a project that does not control tenant resources, whoever may run tasks uses what its tenant has; a Deny of a tenant role refuses in every project" Both "TRS",
    Usage "TRS-3" "in a project that controls tenant resources, they must be mounted to it, and allowed by the policy of a role; owner and Super_Administrator, and what managers chose, need the mount only" Both "TRS",
    ExternalLocation "EXT-2" "where a project controls external locations, only those inside of its list are used; compared decoded, by whole names" Both "SECP",
    ResourceManagers "TRS-5" "tenant resources are created, listed, described and dropped by the account, the tenant's Super_Administrator, and holders of tenant roles that allow it and do not deny it; network connections by its Admin, too" Both "PERM",
    AclSwitch "SWI-1" "without CheckPermissionUsingACL, ACL entries are ignored" Chosen "",
    Management "SWI-2" "the security configuration is set by owner or Super_Administrator, and read by Admin too" Both "ROLE",
}

/// The rules that no decision names, because they say what is asked, what is bound, or what a statement does.
pub const OTHER_RULES: &[RuleText] = &[
    RuleText {
        id: "STG-4b",
        sentence: "an unknown name is judged under the URI that it was written as, by policies too",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "ACC-4",
        sentence: "the project policy need not allow what an ACL entry allows",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "POL-1",
        sentence: "a project policy names principals in every statement, a role's policy in none; put replaces the whole document",
        basis: Basis::Documented,
        source: "POL",
    },
    RuleText {
        id: "POL-3",
        sentence: "a Deny of what reads an object also closes Download and derived data; membership comes first",
        basis: Basis::Both,
        source: "POL2020",
    },
    RuleText {
        id: "POL-4",
        sentence: "owner and Super_Administrator of the project whose policy it is are exempt from a Deny, and nobody else",
        basis: Basis::Both,
        source: "E13",
    },
    RuleText {
        id: "POL-5",
        sentence: "a wildcard matches the actions that the document may contain; in an Allow, never Download",
        basis: Basis::Both,
        source: "PERM",
    },
    RuleText {
        id: "POL-6",
        sentence: "a resource is a URI pattern; an object has all its documented forms",
        basis: Basis::Both,
        source: "PERM",
    },
    RuleText {
        id: "POL-7",
        sentence: "a key that the request does not have never opens; a negated operator is the opposite of its whole list",
        basis: Basis::Both,
        source: "POLKEY",
    },
    RuleText {
        id: "POL-8",
        sentence: "grant and revoke with policy=true add a statement to a role's policy, or take actions out of those on the same resource",
        basis: Basis::Both,
        source: "POL2020",
    },
    RuleText {
        id: "POL-9",
        sentence: "inside a view the owner's policies apply; those of the caller apply to the view",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "ADM-2",
        sentence: "administrator roles and their policies, and granting Super_Administrator and Admin, are never delegated",
        basis: Basis::Both,
        source: "PERM",
    },
    RuleText {
        id: "LAB-2",
        sentence: "owner, Super_Administrator and Admin are not exempt from labels",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "LAB-3",
        sentence: "writing is free at any level; a label belongs to its column by identity",
        basis: Basis::Both,
        source: "LABEL-OLD",
    },
    RuleText {
        id: "LAB-7",
        sentence: "a refusal names the first column, its label and the reader's level; behind a view, the view and its owner only",
        basis: Basis::Both,
        source: "LABEL-OLD",
    },
    RuleText {
        id: "SWI-7",
        sentence: "without CheckPermissionUsingPolicy, the project's policies are ignored, Allows and Denies; exceptions, and what tenant roles say of tenant resources, stay",
        basis: Basis::Both,
        source: "SECP",
    },
    RuleText {
        id: "TNT-1",
        sentence: "an account is a tenant: its projects are those it owns, its RAM users and RAM roles belong to it",
        basis: Basis::Both,
        source: "ROLE",
    },
    RuleText {
        id: "TNT-3",
        sentence: "a custom tenant role holds nothing but a policy, which counts for members of the tenant's projects that it was added to, as a role's policy there",
        basis: Basis::Both,
        source: "TROLE",
    },
    RuleText {
        id: "TRS-4",
        sentence: "who names a tenant resource needs it: the caller for a session or statement, the owner for a definition; checked after accesses and flows",
        basis: Basis::Both,
        source: "TRS",
    },
    RuleText {
        id: "STG-2",
        sentence: "names are bound to ids first; what changed by the time of the commit is decided again",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "STG-3",
        sentence: "every table and column of the complete plan counts, whether or not a row of it can appear",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "STG-4",
        sentence: "an object that the principal may not know of is reported the same whether it exists or not",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "ACC-9",
        sentence: "dropping an object deletes its grants; a removed user's grants are suspended",
        basis: Basis::Both,
        source: "ROLE",
    },
    RuleText {
        id: "ACC-10",
        sentence: "rename needs Alter on the table and CreateTable on the project",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "ACC-11",
        sentence: "a dropped project is removed from all lists; a new one of that name inherits nothing",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "PTH-1",
        sentence: "each path is decided as a whole; one allowed path for each column is enough",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "VIW-4",
        sentence: "create view needs CreateTable, CreateInstance and Select on every base column; replacing needs ownership or Drop",
        basis: Basis::Both,
        source: "PERM",
    },
    RuleText {
        id: "FLW-2",
        sentence: "every source flows to every destination that the statement writes or shows rows in",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "FLW-3",
        sentence: "tables and views read, resources read, functions called and instance results fetched are sources",
        basis: Basis::Both,
        source: "PDP",
    },
    RuleText {
        id: "FLW-7",
        sentence: "set ProjectProtection without an exception removes the exception policy",
        basis: Basis::Both,
        source: "PDP",
    },
    RuleText {
        id: "FLW-10",
        sentence: "explain needs the same accesses and causes no flow",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "EXT-1",
        sentence: "reading an external table takes Select on it, and is inflow; its location is its owner's, of `load` the caller's; writing outside is a flow to external storage",
        basis: Basis::Both,
        source: "PERM",
    },
    RuleText {
        id: "FLW-11",
        sentence: "files of the state itself are never a source or target",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "FLW-12",
        sentence: "changes made while a job runs take effect at its commit; rows that leave are decided again before each chunk",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "EXC-2",
        sentence: "Select for tables and views, Read for resources and instances, Read or Execute for functions",
        basis: Basis::Both,
        source: "PDP",
    },
    RuleText {
        id: "EXC-3",
        sentence: "the resource of an exception names this project; * and ? are wildcards",
        basis: Basis::Both,
        source: "PDP",
    },
    RuleText { id: "EXC-6", sentence: "an exception grants nothing", basis: Basis::Documented, source: "PDP" },
    RuleText {
        id: "EXC-8",
        sentence: "the policy file is read once, stored and shown as it was written",
        basis: Basis::Both,
        source: "PDP",
    },
    RuleText {
        id: "PKG-2",
        sentence: "a package lists objects of its own project, each with its actions; * is expanded when it is added",
        basis: Basis::Both,
        source: "PKG",
    },
    RuleText {
        id: "PKG-3",
        sentence: "disallow and drop end access at once; allow again restores it; a re-created package is installed anew",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "PKG-4",
        sentence: "at most 1,000 objects per package, 100,000 allowed projects, and 100 packages of one project installed in another",
        basis: Basis::Documented,
        source: "PKG",
    },
    RuleText {
        id: "PKG-5",
        sentence: "a read through a package returns the table's current data",
        basis: Basis::Documented,
        source: "PKG",
    },
    RuleText {
        id: "SWI-3",
        sentence: "a new project knows the account providers ALIYUN and RAM",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText { id: "SWI-4", sentence: "changes take effect at once", basis: Basis::Chosen, source: "" },
    RuleText {
        id: "SWI-5",
        sentence: "grant option, groups, category labels and grant super are refused",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText { id: "SWI-6", sentence: "names are case-insensitive", basis: Basis::Chosen, source: "" },
    RuleText {
        id: "KEY-1",
        sentence: "a signed request is its key's owner's; signatures are compared in constant time, at most 15 minutes after they were made",
        basis: Basis::Documented,
        source: "DX",
    },
    RuleText {
        id: "KEY-2",
        sentence: "a secret is shown once, kept encrypted by a root key outside of the state, and in no record, list, history or error",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "AUD-1",
        sentence: "every decided statement, failed sign-in and local command leaves one audit record, which has the hash of the one before",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "AUD-2",
        sentence: "whoever may Read the package systables of a project reads what information_schema has of it, and who manages a tenant that of its projects; the rows flow like data of their project",
        basis: Basis::Both,
        source: "SEM",
    },
    RuleText {
        id: "UDF-1",
        sentence: "user code has no network, no files, no other processes and no environment, and bounded time and memory; an attempt to leave is refused and recorded with the function's name; what it says is shown to whoever may read what it was given",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "UDF-2",
        sentence: "a function runs what it was made of; what somebody has put there who may not change the function does not run; the body of a SQL function reads as its maker",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "BND-1",
        sentence: "local commands are open to anyone with access to the state file, and are recorded",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "BND-2",
        sentence: "other principals' grants and lists are shown only to administrators of the project",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "STG-4a",
        sentence: "a missing object is reported only where every other access is allowed, or to those who may list its project",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "VIW-5",
        sentence: "a view whose body leaves out rows is a barrier: nothing from outside is evaluated on those rows",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "VIW-6",
        sentence: "a view is bound to objects, columns and functions by identity, not by name",
        basis: Basis::Chosen,
        source: "",
    },
    RuleText {
        id: "FLW-9a",
        sentence: "fetching a result is decided as if its query ran now, with the sources, columns and definers that it had",
        basis: Basis::Chosen,
        source: "",
    },
];

impl Rule {
    /// The id: `FLW-4`.
    pub fn id(self) -> &'static str {
        self.text().id
    }

    /// The rule in one sentence.
    pub fn sentence(self) -> &'static str {
        self.text().sentence
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}
