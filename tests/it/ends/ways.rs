//! The ways in which a right ends.

use super::Place;
use super::openings::{Kind, Opening};

/// What is done by whom, in which project.
pub type Acts = &'static [(&'static str, Option<&'static str>, &'static str)];

/// A right of Alice, and how it ends.
pub struct Way {
    pub name: &'static str,
    /// How she gets it.
    pub given: Acts,
    /// How it ends.
    pub ended: Acts,
    /// Milliseconds that pass besides.
    pub passes: i64,
    /// What she reads.
    pub source: &'static str,
    /// What depends on it.
    kinds: &'static [Kind],
}

impl Way {
    pub fn concerns(&self, opening: &Opening) -> bool {
        // A job runs on a thread with a time of its own, and takes long.
        let is_possible = opening.kind != Kind::Job || self.passes == 0 && (super::is_long() || self.is_quick());
        self.kinds.contains(&opening.kind) && is_possible
    }

    /// Whether a running job is tried in the short run, too; others are in `commit.rs`.
    fn is_quick(&self) -> bool {
        let quick = [
            "the account is dropped",
            "the package is disallowed",
            "the view's owner loses Select",
            "the schema is dropped",
        ];
        quick.contains(&self.name)
    }

    /// Whether what she reads is in a schema besides `default`.
    pub fn names_a_schema(&self) -> bool {
        self.source == SCHEMA_TABLE
    }

    pub fn give(&self, place: &Place) {
        act(self.given, place);
    }

    pub fn end(&self, place: &Place) {
        act(self.ended, place);
        place.world.advance(self.passes);
    }
}

fn act(acts: Acts, place: &Place) {
    for (user, project, script) in acts {
        place.session(user, *project).script(script);
    }
}

const BOB: &str = "ALIYUN$bob";
const DORA: &str = "ALIYUN$dora";
const VERA: &str = "ALIYUN$vera";
const A: Option<&str> = Some("prj_a");
const B: Option<&str> = Some("prj_b");

const ALL: &[Kind] = &[Kind::Shown, Kind::Job, Kind::Local, Kind::Upload];
/// A project can be trusted, a local file cannot.
const SHOWN: &[Kind] = &[Kind::Shown, Kind::Job];
const READ: &[Kind] = &[Kind::Shown, Kind::Job, Kind::Local];

const TABLE: &str = "prj_a.t";
const VIEW: &str = "prj_a.v";
const SCHEMA_TABLE: &str = "prj_a.s.t";

const GRANTS: (&str, Option<&str>, &str) = (
    BOB,
    A,
    "add user ALIYUN$alice; grant Select on table t to user ALIYUN$alice;
     grant Update, Describe on table target to user ALIYUN$alice;",
);
const GRANTED: Acts = &[GRANTS];
const SHARED: Acts = &[
    (BOB, A, "create package pk; add table t to package pk; allow project prj_b to install package pk;"),
    (DORA, B, "install package prj_a.pk; grant Read on package prj_a.pk to user ALIYUN$alice;"),
];
const SEEN: Acts = &[
    (
        BOB,
        A,
        "add user ALIYUN$alice; add user ALIYUN$vera; grant Select on table t to user ALIYUN$vera;
         grant CreateTable, CreateInstance on project prj_a to user ALIYUN$vera;",
    ),
    (VERA, A, "create view v as select id from t; grant Select on table v to user ALIYUN$alice;"),
];

const BY_POLICY: Acts = &[(
    BOB,
    A,
    r#"add user ALIYUN$alice; create role reader; grant reader to ALIYUN$alice;
     grant Select, Update, Describe on table t* to role reader privilegeproperties ("policy"="true", "allow"="true");"#,
)];

/// A table of a schema that belongs to Vera, under a name that stays in `default`.
const IN_SCHEMA: (&str, Option<&str>, &str) = (
    BOB,
    A,
    "set odps.namespace.schema=true; add user ALIYUN$alice; add user ALIYUN$vera; create schema s; clone table t to s.t;
     alter schema s changeowner to ALIYUN$vera; grant Select on table t to user ALIYUN$alice;",
);
const BY_SCHEMA_OWNER: Acts =
    &[IN_SCHEMA, (VERA, A, "set odps.namespace.schema=true; grant Select on table s.t to user ALIYUN$alice;")];

const fn way(name: &'static str, given: Acts, ended: Acts, kinds: &'static [Kind]) -> Way {
    Way { name, given, ended, passes: 0, source: TABLE, kinds }
}

pub const WAYS: &[Way] = &[
    way(
        "the grant is revoked",
        GRANTED,
        &[(BOB, A, "revoke Select on table t from user ALIYUN$alice; revoke Update on table target from user ALIYUN$alice;")],
        ALL,
    ),
    way("the user is removed", GRANTED, &[(BOB, A, "remove user ALIYUN$alice;")], ALL),
    way(
        "the role is dropped",
        &[(
            BOB,
            A,
            "add user ALIYUN$alice; create role reader; grant Select on table t to role reader;
             grant Update, Describe on table target to role reader; grant reader to ALIYUN$alice;",
        )],
        &[(BOB, A, "revoke reader from ALIYUN$alice; drop role reader;")],
        ALL,
    ),
    way("entries no longer count", GRANTED, &[(BOB, A, "set CheckPermissionUsingACL=false;")], ALL),
    way(
        "the object has another owner",
        &[(
            BOB,
            A,
            "add user ALIYUN$alice; alter table t changeowner to 'ALIYUN$alice';
             alter table target changeowner to 'ALIYUN$alice';",
        )],
        &[(BOB, A, "alter table t changeowner to 'ALIYUN$bob'; alter table target changeowner to 'ALIYUN$bob';")],
        ALL,
    ),
    Way {
        passes: 86_400_000,
        ..way(
            "the grant expires",
            &[(
                BOB,
                A,
                "add user ALIYUN$alice; grant Select on table t to user ALIYUN$alice privilegeproperties (\"expires\"=\"1\");
                 grant Update, Describe on table target to user ALIYUN$alice privilegeproperties (\"expires\"=\"1\");",
            )],
            &[],
            ALL,
        )
    },
    way(
        "the Allow is taken out of the policy",
        BY_POLICY,
        &[(
            BOB,
            A,
            r#"revoke Select, Update on table t* from role reader privilegeproperties ("policy"="true", "allow"="true");"#,
        )],
        ALL,
    ),
    way("policies no longer count", BY_POLICY, &[(BOB, A, "set CheckPermissionUsingPolicy=false;")], ALL),
    way(
        "a policy denies it",
        &[GRANTS, (BOB, A, "create role closed; grant closed to ALIYUN$alice;")],
        &[(
            BOB,
            A,
            r#"grant Select, Update on table * to role closed privilegeproperties ("policy"="true", "allow"="false");"#,
        )],
        ALL,
    ),
    way(
        "a policy denies it to those who come by the package",
        SHARED,
        &[(
            BOB,
            A,
            r#"add user ALIYUN$alice; create role closed; grant closed to ALIYUN$alice;
             grant Select on table t to role closed privilegeproperties ("policy"="true", "deny"="true");"#,
        )],
        READ,
    ),
    Way {
        passes: 86_400_000,
        ..way(
            "the Allow ends",
            &[(
                BOB,
                A,
                r#"add user ALIYUN$alice; create role reader; grant reader to ALIYUN$alice;
                 grant Select, Update, Describe on table t* to role reader
                 privilegeproperties ("policy"="true", "allow"="true", "expires"="1");"#,
            )],
            &[],
            ALL,
        )
    },
    way("the account is dropped", GRANTED, &[("ALIYUN$owner", None, ".account drop ALIYUN$alice")], ALL),
    way(
        "the account is made anew",
        GRANTED,
        &[
            ("ALIYUN$owner", None, ".account drop ALIYUN$alice"),
            ("ALIYUN$owner", None, ".account create ALIYUN$alice"),
            (
                BOB,
                A,
                "add user ALIYUN$alice; grant Select on table t to user ALIYUN$alice;
                 grant Update, Describe on table target to user ALIYUN$alice;",
            ),
            (
                DORA,
                B,
                "add user ALIYUN$alice; grant CreateInstance, CreateTable, List on project prj_b to user ALIYUN$alice;",
            ),
        ],
        ALL,
    ),
    way("the project is frozen", GRANTED, &[("ALIYUN$owner", None, ".project freeze prj_a")], ALL),
    way("the address is shut out", GRANTED, &[(BOB, A, "setproject odps.security.ip.whitelist=10.0.0.1;")], ALL),
    way("the table is dropped", GRANTED, &[(BOB, A, "drop table t; drop table target;")], ALL),
    way("protection is switched on", GRANTED, &[(BOB, A, "set ProjectProtection=true;")], READ),
    way(
        "the exception is removed",
        &[GRANTS, (BOB, A, "set ProjectProtection=true with exception everything;")],
        &[(BOB, A, "set ProjectProtection=true;")],
        READ,
    ),
    Way {
        passes: 30 * 86_400_000,
        ..way(
            "the time of the exception is over",
            &[GRANTS, (BOB, A, "set ProjectProtection=true with exception until_february;")],
            &[],
            &[Kind::Shown],
        )
    },
    way(
        "the trust is withdrawn",
        &[GRANTS, (BOB, A, "set ProjectProtection=true; add trustedproject prj_b;")],
        &[(BOB, A, "remove trustedproject prj_b;")],
        SHOWN,
    ),
    way("download control is switched on", GRANTED, &[(BOB, A, "setproject odps.security.enabledownloadprivilege=true;")], &[Kind::Local]),
    way("the package is disallowed", SHARED, &[(BOB, A, "disallow project prj_b to install package pk;")], READ),
    way("the package is uninstalled", SHARED, &[(DORA, B, "uninstall package prj_a.pk;")], READ),
    way("the package is dropped", SHARED, &[(BOB, A, "drop package pk;")], READ),
    way("the object leaves the package", SHARED, &[(BOB, A, "remove table t from package pk;")], READ),
    way(
        "Read on the package is revoked",
        SHARED,
        &[(DORA, B, "revoke Read on package prj_a.pk from user ALIYUN$alice;")],
        READ,
    ),
    Way {
        source: VIEW,
        ..way("the view's owner loses Select", SEEN, &[(BOB, A, "revoke Select on table t from user ALIYUN$vera;")], READ)
    },
    Way {
        source: VIEW,
        ..way("the view's owner is removed", SEEN, &[(BOB, A, "remove user ALIYUN$vera;")], READ)
    },
    Way {
        source: SCHEMA_TABLE,
        ..way("the schema is dropped", BY_SCHEMA_OWNER, &[(BOB, A, "drop schema s cascade;")], READ)
    },
    Way {
        source: SCHEMA_TABLE,
        ..way(
            "the schema is made anew, for another owner",
            BY_SCHEMA_OWNER,
            &[(
                BOB,
                A,
                "set odps.namespace.schema=true; drop schema s cascade; create schema s; clone table t to s.t;
                 create package pk; add table s.t to package pk;",
            )],
            READ,
        )
    },
    Way {
        source: SCHEMA_TABLE,
        ..way(
            "the owner of the schema revokes it",
            BY_SCHEMA_OWNER,
            &[(VERA, A, "set odps.namespace.schema=true; revoke Select on table s.t from user ALIYUN$alice;")],
            READ,
        )
    },
    Way {
        source: SCHEMA_TABLE,
        ..way(
            "the schema's object leaves the package",
            &[
                IN_SCHEMA,
                (
                    BOB,
                    A,
                    "set odps.namespace.schema=true; create package pk; add table s.t to package pk; add table t to package pk;
                     allow project prj_b to install package pk;",
                ),
                (DORA, B, "install package prj_a.pk; grant Read on package prj_a.pk to user ALIYUN$alice;"),
            ],
            &[(BOB, A, "set odps.namespace.schema=true; remove table s.t from package pk;")],
            READ,
        )
    },
    Way {
        source: SCHEMA_TABLE,
        ..way(
            "the Allow of a schema is taken out of the policy",
            &[
                IN_SCHEMA,
                (
                    BOB,
                    A,
                    r#"set odps.namespace.schema=true; create role reader; grant reader to ALIYUN$alice;
                     grant Select on table s.* to role reader privilegeproperties ("policy"="true", "allow"="true");"#,
                ),
            ],
            &[(
                BOB,
                A,
                r#"set odps.namespace.schema=true;
                 revoke Select on table s.* from role reader privilegeproperties ("policy"="true", "allow"="true");"#,
            )],
            READ,
        )
    },
    Way { source: VIEW, ..way("the view is dropped", SEEN, &[(BOB, A, "drop view v;")], READ) },
];
