//! The worlds, each with and without its secret, and who looks at them.

use super::attacks;
use super::pair::FILES;

/// What two worlds differ in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secret {
    /// Rows, partitions and the bytes of a resource of a protected project.
    Protected,
    /// Values of a column on which the viewer was granted nothing, in its own project.
    Column,
    /// Rows that a view leaves out, read within the project and through a package.
    Hidden,
    /// Values of columns whose label is above the viewer's level, of tables that it may select from.
    Labelled,
}

/// Who tries statements, and where.
pub struct Viewer {
    pub name: &'static str,
    pub principal: &'static str,
    /// The current project.
    pub project: &'static str,
    /// Whether it may know the secret: then the same statements tell it.
    pub may_know: bool,
    /// What shows what a statement left behind.
    pub listings: &'static [&'static str],
    attacks: &'static [&'static [&'static str]],
}

/// A statement that makes a world.
pub struct Line {
    pub text: String,
    /// Whether its end depends on the secret.
    pub may_fail: bool,
    /// Whether it is the job that statements name.
    pub is_job: bool,
}

/// What shows the secret project from outside.
const OUTSIDE: &[&str] = &[
    "show tables in prod",
    "show partitions prod.sink",
    "show history for table prod.t",
    "show history for table prod.sink",
    "desc extended prod.t",
    "desc extended prod.s",
    "desc extended prod.full",
    "desc extended prod.w",
    "desc project -extended prod",
    "list resources in prod",
    "desc resource prod:udtf.jar",
    "list functions in prod",
    "show instances -p prod -all",
    "show instances -all",
    "desc instance -p prod {job}",
    "status extended {job}",
    "tunnel show history",
    "tunnel show log",
    "show packages",
    "select inst_id, status, result, start_time, end_time, ds from information_schema.tasks_history",
    "select count(*) as jobs, count(ds) as ended from information_schema.tasks_history",
];

/// The same from within.
const INSIDE: &[&str] = &[
    "show tables",
    "show partitions t",
    "show history for table t",
    "show history for tables",
    "desc extended t",
    "desc extended w",
    "desc project -extended prod",
    "list resources",
    "show instances -all",
    "tunnel show history",
    "tunnel show log",
];

const PROTECTED: &[Viewer] = &[
    Viewer {
        name: "the owner of both projects",
        principal: "ALIYUN$bob",
        project: "dev",
        may_know: false,
        listings: OUTSIDE,
        attacks: &[attacks::ROWS, attacks::DERIVED, attacks::JOBS, attacks::LOCAL, attacks::SCHEMAS],
    },
    Viewer {
        name: "a member of both projects",
        principal: "ALIYUN$alice",
        project: "dev",
        may_know: false,
        listings: OUTSIDE,
        attacks: &[attacks::ROWS, attacks::DERIVED, attacks::JOBS, attacks::LOCAL, attacks::SCHEMAS],
    },
    Viewer {
        name: "who installed a package that lists no Select",
        principal: "ALIYUN$eve",
        project: "lab",
        may_know: false,
        listings: OUTSIDE,
        attacks: &[attacks::ROWS, attacks::DERIVED, attacks::JOBS, attacks::LOCAL, attacks::SCHEMAS],
    },
    Viewer {
        name: "the owner within the project",
        principal: "ALIYUN$bob",
        project: "prod",
        may_know: true,
        listings: INSIDE,
        attacks: &[attacks::ROWS, attacks::DERIVED, attacks::JOBS],
    },
];

const COLUMN: &[Viewer] = &[
    Viewer {
        name: "who holds Select on other columns",
        principal: "ALIYUN$carl",
        project: "prod",
        may_know: false,
        listings: INSIDE,
        attacks: &[attacks::COLUMN, attacks::DERIVED, attacks::LOCAL],
    },
    Viewer {
        name: "who owns the project",
        principal: "ALIYUN$bob",
        project: "prod",
        may_know: true,
        listings: INSIDE,
        attacks: &[attacks::COLUMN, attacks::DERIVED],
    },
];

const HIDDEN: &[Viewer] = &[
    Viewer {
        name: "who may read a view that leaves rows out",
        principal: "ALIYUN$carl",
        project: "prod",
        may_know: false,
        listings: INSIDE,
        attacks: &[attacks::VIEW, attacks::DERIVED],
    },
    Viewer {
        name: "who reads that view by a package",
        principal: "ALIYUN$eve",
        project: "lab",
        may_know: false,
        listings: OUTSIDE,
        attacks: &[attacks::VIEW, attacks::DERIVED, attacks::LOCAL],
    },
    Viewer {
        name: "who owns the project",
        principal: "ALIYUN$bob",
        project: "prod",
        may_know: true,
        listings: INSIDE,
        attacks: &[attacks::VIEW, attacks::JOBS, attacks::DERIVED],
    },
];

const LABELLED: &[Viewer] = &[
    Viewer {
        name: "whose level is below the label",
        principal: "ALIYUN$carl",
        project: "prod",
        may_know: false,
        listings: INSIDE,
        attacks: &[attacks::COLUMN, attacks::DERIVED, attacks::LOCAL],
    },
    Viewer {
        name: "who has the level",
        principal: "ALIYUN$bob",
        project: "prod",
        may_know: true,
        listings: INSIDE,
        attacks: &[attacks::COLUMN, attacks::DERIVED],
    },
];

impl Viewer {
    /// The list of attacks that concern it.
    pub fn attacks(&self) -> Vec<String> {
        self.attacks.iter().flat_map(|list| list.iter()).map(|text| (*text).to_owned()).collect()
    }
}

impl Secret {
    /// Who looks.
    pub fn viewers(self) -> &'static [Viewer] {
        match self {
            Self::Protected => PROTECTED,
            Self::Column => COLUMN,
            Self::Hidden => HIDDEN,
            Self::Labelled => LABELLED,
        }
    }

    /// Local files for [`Secret::setup`].
    pub fn files(self, bit: bool) -> Vec<(&'static str, &'static str)> {
        vec![("pin.txt", if bit && self == Self::Protected { "471108" } else { "0815" })]
    }

    /// The statements that make the world.
    pub fn setup(self, bit: bool) -> Vec<Line> {
        let text = match self {
            Self::Protected => protected(bit),
            Self::Column => column(bit),
            Self::Hidden => hidden(bit),
            Self::Labelled => labelled(bit),
        };
        let line = |text: &str| Line {
            text: text.trim_start_matches(['?', '!']).replace("{files}", FILES),
            may_fail: text.starts_with(['?', '!']),
            is_job: text.starts_with('!'),
        };
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(line).collect()
    }
}

/// Accounts and projects of every world.
const PEOPLE: &str = "
    --@ account create ALIYUN$bob
    --@ account create ALIYUN$alice
    --@ account create ALIYUN$carl
    --@ account create ALIYUN$eve
    --@ project create prod owner ALIYUN$bob
    --@ project create dev owner ALIYUN$bob
    --@ project create lab owner ALIYUN$eve
    --@ user ALIYUN$bob
    use prod
    setproject odps.timemachine.retention.days=7
";

/// A table whose rows change one by one.
const ACID: &str =
    "create table acid (a bigint, b string not null, c string, id bigint) tblproperties ('transactional'='true')";

/// Tables whose constraints turn values into errors.
const TARGETS: &str = "
    create table full (b string not null)
    create table tiny (n tinyint)
    create table doc (j json)
    create table days (id bigint) partitioned by (d bigint)
    create table sink (x bigint) partitioned by (v string)
";

/// `!` marks the job that statements name, which ends as the secret has it.
fn protected(bit: bool) -> String {
    let (day, card, more) = if bit { ("1", "5500 0000", ", (2, 'yy', 2)") } else { ("2", "4111", "") };
    format!(
        "{PEOPLE}
        create table t (a bigint, b string, c string, id bigint) partitioned by (ds string)
        insert into t partition (ds='{day}') values (1, 'x', '{card}', 1)
        create table s (a bigint, b string, id bigint)
        insert into s values (1, 'x', 1){more}
        create table u (a bigint, b string, c string, id bigint)
        {ACID}
        insert into acid values (1, 'x', '{card}', 1){fourth}
        create view v as select a, b from t where b = 'x'
        {TARGETS}
        insert into sink partition (v) select 1, c from t
        add file {FILES}/pin.txt as udtf.jar
        add table s as words.txt
        create function f as 'a.F' using 'udtf.jar'
        create sql function greatest_c(@a bigint) as (select max(c) from t)
        create sql function is_there(@a bigint) as 1 / if(exists (select 1 from t where c like '41%'), @a, 0)
        create schema sec
        set odps.namespace.schema=true
        create table sec.t (a bigint, b string, c string, id bigint) partitioned by (ds string)
        insert into sec.t partition (ds='{day}') values (1, 'x', '{card}', 1)
        create table sec.full (b string not null)
        create view sec.v as select a, b from sec.t where b = 'x'
        use schema sec
        add file {FILES}/pin.txt as udtf.jar
        use schema default
        set odps.namespace.schema=false
        !insert into full select case when c like '41%' then c end from t
        ?select * from t
        add user ALIYUN$alice
        grant CreateTable, CreateResource, CreateFunction, List on project prod to user ALIYUN$alice
        {ALICE}
        grant Execute on function greatest_c to user ALIYUN$alice
        grant Execute on function is_there to user ALIYUN$alice
        alter schema sec changeowner to ALIYUN$alice
        set odps.namespace.schema=true
        grant Describe, Select, Update, Alter on table sec.t to user ALIYUN$alice
        grant Describe, Select, Update on table sec.full to user ALIYUN$alice
        grant Describe, Select on table sec.v to user ALIYUN$alice
        grant Read on resource sec:udtf.jar to user ALIYUN$alice
        set odps.namespace.schema=false
        create package pk
        add table t to package pk with privileges Describe, Update, Alter
        add table s to package pk with privileges Describe, Update, Alter
        add table full to package pk with privileges Describe, Update
        add table sink to package pk with privileges Describe, Update, Alter
        add view v to package pk with privileges Describe
        allow project lab to install package pk
        use dev
        ?select 9223372036854775807 + (case when c like '55%' then 1 else 0 end) as x from prod.t
        use prod
        set ProjectProtection=true
        use dev
        add user ALIYUN$alice
        grant CreateTable, CreateInstance, CreateResource, CreateFunction, List on project dev to user ALIYUN$alice
        create table mine (a bigint, b string, c string, id bigint)
        insert into mine values (1, 'x', 'y', 1)
        {ACID}
        insert into acid values (1, 'x', 'y', 1)
        --@ user ALIYUN$eve
        use lab
        install package prod.pk
        create table mine (a bigint, b string, c string, id bigint)
        {ACID}",
        ALICE = grants("ALIYUN$alice"),
        fourth = if bit { ", (2, 'yy', 'z', 2)" } else { "" },
    )
}

/// What a member needs to use everything.
fn grants(user: &str) -> String {
    let tables = ["t", "s", "u", "acid", "v", "full", "tiny", "doc", "days", "sink"];
    let on = |table| format!("grant Describe, Select, Update, Alter, Drop on table {table} to user {user}\n");
    let mut all: String = tables.into_iter().map(on).collect();
    all.push_str(&format!("grant Read, Write, Delete on resource udtf.jar to user {user}\n"));
    all.push_str(&format!("grant Read, Write, Delete on resource words.txt to user {user}\n"));
    all.push_str(&format!("grant Read, Write, Delete, Execute on function f to user {user}\n"));
    all
}

fn column(bit: bool) -> String {
    let card = if bit { "5500 0000" } else { "4111" };
    let other = if bit { "12" } else { "null" };
    format!(
        "{PEOPLE}
        create table t (a bigint, b string, c string, id bigint) partitioned by (ds string)
        insert into t partition (ds='1') values (1, 'x', '{card}', {other})
        create table s (a bigint, b string, id bigint)
        insert into s values (1, 'x', {other})
        create table u (a bigint, b string, c string, id bigint)
        {ACID}
        insert into acid values (1, 'x', '{card}', {other})
        create view v as select a, b from t
        {TARGETS}
        add user ALIYUN$carl
        grant CreateTable, CreateInstance, CreateResource, List on project prod to user ALIYUN$carl
        grant Select(a, b) on table t to user ALIYUN$carl
        grant Update, Alter on table t to user ALIYUN$carl
        grant Select(a, b) on table s to user ALIYUN$carl
        grant Select on table v to user ALIYUN$carl
        grant Describe, Select, Update on table u to user ALIYUN$carl
        grant Select(a, b) on table acid to user ALIYUN$carl
        grant Update on table acid to user ALIYUN$carl
        grant Describe, Select, Update on table full to user ALIYUN$carl
        grant Describe, Select, Update on table tiny to user ALIYUN$carl
        grant Describe, Select, Update, Alter on table sink to user ALIYUN$carl"
    )
}

fn labelled(bit: bool) -> String {
    let made = column(bit).replace("Select(a, b)", "Select");
    format!(
        "{made}
        set LabelSecurity=true
        set label 3 to table t(c, id)
        set label 3 to table s(id)
        set label 3 to table acid(c, id)
        set label 9 to user ALIYUN$bob"
    )
}

fn hidden(bit: bool) -> String {
    let (card, more) = if bit { ("5500 0000", ", (3, 'z', '7', 30)") } else { ("4111", "") };
    format!(
        "{PEOPLE}
        create table t (a bigint, b string, c string, id bigint)
        insert into t values (1, 'x', 'y', 10), (2, 'z', '{card}', 20){more}
        create table s (a bigint, b string, id bigint)
        insert into s values (2, 'z', {id})
        create table u (a bigint, b string, c string, id bigint)
        {ACID}
        insert into acid values (1, 'x', 'y', 1)
        create view v as select a, b, c, id from t where b = 'x'
        create view counts as select b, count(*) as n from t group by b having count(*) > 5
        create view joined as select t.a, t.c, t.id from t join s on t.a = s.a where t.b = 'x'
        create view nested as select a, c from v where id < 100
        {TARGETS}
        add user ALIYUN$carl
        grant CreateTable, CreateInstance, List on project prod to user ALIYUN$carl
        grant Select, Describe on table v to user ALIYUN$carl
        grant Select on table counts to user ALIYUN$carl
        grant Select on table joined to user ALIYUN$carl
        grant Select on table nested to user ALIYUN$carl
        grant Select, Describe, Update on table u to user ALIYUN$carl
        grant Select, Describe, Update on table acid to user ALIYUN$carl
        grant Select, Describe, Update on table full to user ALIYUN$carl
        create package pk
        add table v to package pk
        add table counts to package pk
        add table joined to package pk
        add table nested to package pk
        allow project lab to install package pk
        set ProjectProtection=true
        --@ user ALIYUN$eve
        use lab
        install package prod.pk
        create table mine (a bigint, b string, c string, id bigint)",
        id = if bit { "12" } else { "null" },
    )
}
