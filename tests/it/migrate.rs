//! States of earlier versions are opened as if this version had made them.

mod calculated;
mod refused;
#[cfg(feature = "sql")]
mod sealed_logs;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use odpsh::cipher::RootKey;
use odpsh::error::Result;
use odpsh::store::{Durability, Filling, StatePath, Store, check};
use rusqlite::Connection;

use crate::it::process::{World, run};

/// Every version that can be migrated, with the state that its program left.
const VERSIONS: [(i64, &str); 10] = [
    (3, include_str!("states/version_3.sql")),
    (4, include_str!("states/version_4.sql")),
    (5, include_str!("states/version_5.sql")),
    (6, include_str!("states/version_6.sql")),
    (7, include_str!("states/version_7.sql")),
    (8, include_str!("states/version_8.sql")),
    (9, include_str!("states/version_9.sql")),
    (10, include_str!("states/version_10.sql")),
    (11, include_str!("states/version_11.sql")),
    (12, include_str!("states/version_12.sql")),
];

/// `odps` in ASCII.
const APPLICATION_ID: i64 = 0x6f64_7073;

fn state_of(world: &World, version: i64, dump: &str) {
    let connection = Connection::open(world.state()).unwrap();
    connection.execute_batch(dump).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/states/version_{version}.data"));
    for file in fs::read_dir(data).into_iter().flatten() {
        let file = file.unwrap();
        fs::create_dir_all(world.data()).unwrap();
        fs::copy(file.path(), world.data().join(file.file_name())).unwrap();
    }
    // The file of the one lease that all processes held until version 5.
    fs::create_dir_all(world.data()).unwrap();
    fs::write(world.data().join("lease"), "").unwrap();
}

/// Opens the state; the secrets in it are encrypted with a key of the test.
fn opened(state: &Path) -> Result<Store> {
    let key = RootKey::new([7; 32]);
    let filling = Filling {
        wrap: &|id, _, secret| Ok(key.wrap(secret.reveal().as_bytes(), &[id.as_str()], [1; 12]).unwrap()),
        ..Filling::NONE
    };
    Store::open_with(&StatePath::File(state.to_owned()), Durability::AtEnd, filling)
}

/// The text of every table, index and trigger.
fn layout(state: &Path) -> BTreeSet<String> {
    let connection = Connection::open(state).unwrap();
    let mut query =
        connection.prepare("select sql from sqlite_schema where sql is not null and name not like 'sqlite_%'").unwrap();
    query.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

fn one<T: rusqlite::types::FromSql>(state: &Path, query: &str) -> T {
    Connection::open(state).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
}

#[test]
fn a_state_of_each_version_gets_the_layout_of_a_new_one_and_keeps_its_rows() {
    let new = World::fresh();
    for (version, dump) in VERSIONS {
        let old = World::empty();
        state_of(&old, version, dump);
        let rows = |table: &str| one::<i64>(&old.state(), &format!("select count(*) from {table}"));
        let tables =
            ["account", "project", "member", "role", "table_object", "column_object", "acl", "package", "audit"];
        let before = tables.map(rows);
        {
            let store = opened(&old.state()).unwrap();
            assert_eq!(check(&store, None).unwrap(), Vec::<String>::new(), "version {version}");
        }
        assert_eq!(layout(&old.state()), layout(&new.state()), "version {version}");
        assert_eq!(tables.map(rows), before, "version {version}");
        // The number of the account that was dropped is not used again.
        old.succeed(".account create RAM$eve@example.com:role/new");
        assert!(one::<i64>(&old.state(), "select max(id) from account") > 5, "version {version}");
    }
}

/// Version 13 knew no encryption; it kept secrets encrypted, unlike those before it, with the root key of its own process.
#[test]
fn a_state_of_version_13_gets_the_layout_of_a_new_one_and_keeps_its_rows() {
    let (new, old) = (World::fresh(), World::empty());
    state_of(&old, 13, include_str!("states/version_13.sql"));
    // Its data files are those of the state that it was migrated from.
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/states/version_12.data")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), old.data().join(file.file_name())).unwrap();
    }
    let files = one::<i64>(&old.state(), "select count(*) from data_file");
    assert_eq!(check(&opened(&old.state()).unwrap(), None).unwrap(), Vec::<String>::new());
    assert_eq!(layout(&old.state()), layout(&new.state()));
    assert_eq!(one::<i64>(&old.state(), "select count(*) from data_file where row_count is not null"), files);
    if cfg!(feature = "sql") {
        let said = old.succeed("--@ user ALIYUN$Bob@example.com\nuse prod;\nselect count(*) from t;");
        assert!(said.contains("| 3 "), "{said}");
    }
    old.check();
}

/// Version 14 kept no versions of tables.
#[test]
fn tables_of_version_14_can_be_dropped_and_restored() {
    let (new, old) = (World::fresh(), World::empty());
    state_of(&old, 14, include_str!("states/version_14.sql"));
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/states/version_12.data")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), old.data().join(file.file_name())).unwrap();
    }
    assert_eq!(check(&opened(&old.state()).unwrap(), None).unwrap(), Vec::<String>::new());
    assert_eq!(layout(&old.state()), layout(&new.state()));
    let token = one::<String>(&old.state(), "select token from table_object join object using (id) where name = 't'");
    let others = one::<i64>(&old.state(), &format!("select count(*) from table_object where token = '{token}'"));
    assert_eq!((token.len(), others), (32, 1));
    let files = old.manifest();
    old.succeed(&format!(
        "--@ user ALIYUN$Bob@example.com\nuse prod;\nsetproject odps.timemachine.retention.days=7;\ndrop table t;\n
         restore table t ('id'='{token}');"
    ));
    assert_eq!(old.manifest(), files);
    if cfg!(feature = "sql") {
        let said = old.succeed("--@ user ALIYUN$Bob@example.com\nuse prod;\nselect count(*) from t;");
        assert!(said.contains("| 3 "), "{said}");
    }
    old.check();
}

/// Version 14 knew no functions in SQL, and bound the names of views only.
#[test]
fn functions_and_views_of_version_14_keep_what_they_are_made_of() {
    let (new, old) = (World::fresh(), World::empty());
    state_of(&old, 14, include_str!("states/version_14_functions.sql"));
    old.succeed("whoami;");
    assert_eq!(layout(&old.state()), layout(&new.state()));
    let kept = "select count(*) from function_object where class = 'com.x.F' and body is null and maker is not null";
    assert_eq!(one::<i64>(&old.state(), kept), 1);
    let bound =
        "select count(*) from view_relation_column c join view_relation r using (view_id) where r.object is not null";
    assert_eq!(one::<i64>(&old.state(), bound), 2);
    let made = "create sql function g(@a bigint) as @a; create view w as select g(id) as x, n from v;";
    if cfg!(feature = "sql") {
        old.succeed(&format!("--@ user ALIYUN$Bob@aliyun.com\nuse prj_a;\n{made}\nselect * from w;"));
        assert_eq!(one::<i64>(&old.state(), "select count(*) from view_function"), 1);
    }
    old.check();
}

#[test]
fn functions_of_an_earlier_version_are_made_of_what_their_resources_hold() {
    let functions = (12, include_str!("states/version_12_functions.sql"));
    for (version, dump) in VERSIONS.into_iter().chain([functions]) {
        let world = World::empty();
        state_of(&world, version, dump);
        world.succeed("whoami;");
        let unknown = "select count(*) from function_resource where made_of is null";
        assert_eq!(one::<i64>(&world.state(), unknown), 0, "version {version}");
        let same = "select count(*) from function_resource f join resource_content c on c.id = f.made_of";
        assert!(one::<i64>(&world.state(), same) > 0 || dump != functions.1, "version {version}");
    }
}

/// Version 12 and those before it kept secrets in plain text.
#[test]
fn secrets_in_plain_text_are_encrypted_and_still_sign_in() {
    for (version, dump) in VERSIONS {
        let world = World::empty();
        state_of(&world, version, dump);
        // Without a root key nothing is opened, and nothing changed.
        let error = Store::open(&StatePath::File(world.state()), Durability::AtEnd).unwrap_err();
        assert_eq!(error.code.number(), "ODPSH-0203");
        assert_eq!(one::<i64>(&world.state(), "pragma user_version"), version);
        let pairs: Vec<(String, String)> = Connection::open(world.state())
            .unwrap()
            .prepare("select access_id, access_key from account where access_key is not null")
            .unwrap()
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .unwrap()
            .collect::<std::result::Result<_, _>>()
            .unwrap();
        assert!(pairs.len() >= 4, "version {version}");
        for (id, secret) in &pairs {
            let ended = run(world.command().args(["-u", id, "-p", secret, "-e", "whoami;"]), b"");
            assert_eq!(ended.code, Some(0), "version {version}: {}", ended.error());
        }
        assert_eq!(one::<usize>(&world.state(), "select count(*) from access_key"), pairs.len());
        for ending in ["", "-wal", "-journal"] {
            let file = world.folder().join(format!("state.db{ending}"));
            let bytes = fs::read(file).unwrap_or_default();
            for (_, secret) in &pairs {
                let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!found, "version {version}: {ending}: {secret}");
            }
        }
    }
}

#[test]
fn a_migrated_state_decides_as_before() {
    for ((version, dump), (packaged, column)) in VERSIONS.into_iter().zip([
        ("v", "name"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
        ("w", "b"),
    ]) {
        let world = World::empty();
        state_of(&world, version, dump);
        let said = world.succeed(&format!(
            "--@ user ALIYUN$Bob@example.com
use prod;
show grants for ALIYUN$eve@example.com;
describe package pk;
list trustedprojects;
--@ user RAM$eve@example.com:ann
use lab;
desc prod.{packaged};",
        ));
        for wanted in ["reader", "TABLE", "lab", column] {
            assert!(said.contains(wanted), "version {version}: {wanted} is not in {said}");
        }
    }
}

#[cfg(feature = "sql")]
#[test]
fn views_of_an_earlier_version_are_bound_to_what_their_names_stood_for() {
    for (version, dump) in VERSIONS {
        let world = World::empty();
        state_of(&world, version, dump);
        let said = world.succeed(
            "--@ user ALIYUN$Bob@example.com
use prod;
alter table t change column name rename to before;
alter table t rename to other;
create table t (id bigint, name string);
insert into t values (100, 'another');
explain select * from v;
insert into other partition (ds = 'x') (id, before) values (50, 'meant');
select count(*) from v where name = 'meant';
select count(*) from v where name = 'another';",
        );
        let counts: Vec<&str> =
            said.lines().map(str::trim).filter(|line| matches!(*line, "| 0          |" | "| 1          |")).collect();
        assert_eq!(counts, ["| 1          |", "| 0          |"], "version {version}: {said}");
        assert_eq!(
            one::<i64>(&world.state(), "select count(*) from table_object where view_text is not null and bound = 0"),
            0
        );
    }
}

#[cfg(not(feature = "sql"))]
#[test]
fn views_of_an_earlier_version_wait_for_a_build_with_sql() {
    for (version, dump) in VERSIONS {
        let world = World::empty();
        state_of(&world, version, dump);
        let unbound = || {
            one::<i64>(&world.state(), "select count(*) from table_object where view_text is not null and bound = 0")
        };
        world.succeed("whoami;");
        assert!((unbound() > 0) == (version == 3), "version {version}");
        // Views are known, and who reads them is not.
        world.succeed("--@ user ALIYUN$Bob@example.com\nuse prod;\n.who can select on table t");
    }
}

/// What a principal is told, with the lines in which `wanted` words stand.
fn assert_says(world: &World, who: &str, project: &str, script: &str, wanted: &[&str]) {
    let said = world.succeed(&format!("--@ user {who}\nuse {project};\n{script}"));
    for wanted in wanted {
        assert!(said.contains(wanted), "{script}: {wanted} is not in {said}");
    }
}

const BOB: &str = "ALIYUN$Bob@example.com";
const EVE: &str = "ALIYUN$eve@example.com";
const ANN: &str = "RAM$eve@example.com:ann";

/// Version 4 numbered the kinds of objects apart: every reference to one must have followed it.
#[test]
fn objects_of_version_4_keep_their_grants_places_in_packages_and_contents() {
    let world = World::empty();
    let (version, dump) = VERSIONS[1];
    state_of(&world, version, dump);
    assert_says(
        &world,
        BOB,
        "prod",
        "show acl for t; show acl for w; show acl for prod on type project;",
        &["projects/prod/tables/t", "reader", "Select", "projects/prod/tables/w", "CreateInstance"],
    );
    assert_says(
        &world,
        BOB,
        "prod",
        "show acl for a.txt on type resource;",
        &["projects/prod/resources/a.txt", "eve@example.com", "Read"],
    );
    assert_says(
        &world,
        BOB,
        "prod",
        "show acl for f on type function;",
        &["projects/prod/registration/functions/f", "Execute"],
    );
    assert_says(
        &world,
        BOB,
        "prod",
        "show acl for default on type schema;",
        &["projects/prod/schemas/default", "CreateTable"],
    );
    assert_says(
        &world,
        BOB,
        "prod",
        "describe package pk; describe package closed;",
        &["a.txt", "FUNCTION", "| t ", "| w ", "| u "],
    );
    assert_says(
        &world,
        BOB,
        "prod",
        "desc resource d.zip; desc resource tp; desc function f;",
        &["ARCHIVE", "prod.t", "ds='1'", "c.jar", "tu"],
    );
    assert_says(&world, BOB, "prod", "list resources; show tables; show views;", &["tu ", "Bob@example.com:w"]);
    assert_says(&world, BOB, "prod", "set ProjectProtection=false;", &[]);
    let copy = world.folder().join("copy");
    assert_says(&world, EVE, "prod", &format!("get resource a.txt '{}';", copy.display()), &[]);
    assert_eq!(fs::read(copy).unwrap(), b"hello\n");
    // Entries inside of packages, and Read on one.
    assert_says(
        &world,
        ANN,
        "lab",
        "show grants;",
        &["projects/prod/tables/u", "projects/prod/tables/t/id", "projects/lab/packages/prod.pk"],
    );
    assert_says(&world, EVE, "lab", "show packages;", &["pk", "closed"]);
    // The killed query is over, and what it had written is gone with it; an upload goes on later.
    assert_says(&world, BOB, "prod", "status 20261126231400466gpbv8yzqs;", &["Failed"]);
    assert!(!world.data().join("result14-0.parquet").exists() && world.data().join("job6-0.parquet").exists());
    assert_says(&world, BOB, "prod", "tunnel purge 0; whoami;", &["Bob"]);
    assert!(!world.data().join("job6-0.parquet").exists());
    // No number is used again.
    let last = one::<i64>(&world.state(), "select max(id) from object");
    assert_says(&world, BOB, "prod", "create table another (a bigint);", &[]);
    let number = one::<i64>(&world.state(), "select id from object where name = 'another'");
    assert!(number > last && number > 14 * 8 + 7, "{number} after {last}");
    // What is dropped takes its entries with it, and nothing else.
    assert_says(&world, BOB, "prod", "drop view w; drop resource a.txt;", &[]);
    assert_eq!(one::<i64>(&world.state(), "select count(*) from acl"), 17 - 2 - 1);
    assert_eq!(one::<i64>(&world.state(), "select count(*) from package_object"), 3);
    assert_eq!(one::<i64>(&world.state(), "select count(*) from resource_content"), 3);
    world.check();
}

#[cfg(feature = "sql")]
#[test]
fn rows_views_and_results_of_version_4_are_read_after_the_migration() {
    let world = World::empty();
    let (version, dump) = VERSIONS[1];
    state_of(&world, version, dump);
    world.succeed("whoami;");
    assert_says(
        &world,
        BOB,
        "prod",
        "select id, name from t order by id limit 9; select * from w order by id limit 9;",
        &["three", "b3"],
    );
    assert_says(&world, EVE, "prod", "select b from w order by b limit 9;", &["b2", "b3"]);
    for (statement, wanted) in
        [("select id, name from t%", "three"), ("select * from w%", "b3"), ("select 'xxx%", "xxxxx")]
    {
        let id: String = one(
            &world.state(),
            &format!(
                "select name from object join instance_object using (id) where statement like '{}'",
                statement.replace('\'', "''")
            ),
        );
        assert_says(&world, BOB, "prod", &format!("wait {id};"), &[wanted]);
    }
    world.check();
}

/// Accounts were no tenants before version 9.
#[test]
fn accounts_of_an_earlier_version_are_tenants_with_the_built_in_roles() {
    for (version, dump) in VERSIONS.into_iter().filter(|(version, _)| *version < 9) {
        let world = World::empty();
        state_of(&world, version, dump);
        let script = "list tenant roles; add tenant user RAM$eve@example.com:ann;
grant tenant role super_administrator, admin to user RAM$eve@example.com:ann;
show principals for tenant role admin;";
        assert_says(&world, EVE, "lab", script, &["admin", "super_administrator", "RAM$eve@example.com:ann"]);
        world.check();
    }
}

/// Tenants had no setting of their own before version 11: names have no schemas in them.
#[test]
fn tenants_of_version_10_have_no_schemas_until_they_say_so() {
    let world = World::empty();
    let (version, dump) = VERSIONS[7];
    state_of(&world, version, dump);
    assert_says(&world, BOB, "prod", "show tables in prod.ten;", &["Bob@example.com:t"]);
    assert_says(&world, BOB, "prod", "show schemas; desc prod.t;", &["ten", "name"]);
    world.succeed(&format!(".tenant schemas {BOB} on"));
    assert_says(
        &world,
        BOB,
        "prod",
        "desc ten.t; show acl for ten.t; describe package pk;",
        &["id", "eve@example.com", "ten.t"],
    );
    // Each tenant for itself.
    assert_says(&world, EVE, "prod", "desc prod.t;", &["name"]);
    world.check();
}

/// Before version 12 records were not chained: they are from the migration on.
#[test]
fn records_of_an_earlier_version_are_chained_when_they_are_migrated() {
    for (version, dump) in VERSIONS.into_iter().filter(|(version, _)| *version < 12) {
        let world = World::empty();
        state_of(&world, version, dump);
        let older = one::<i64>(&world.state(), "select max(id) from audit");
        let checked = run(world.command().arg("check"), b"");
        assert_eq!(checked.output(), "OK: no problems found\n", "version {version}: {}", checked.error());
        let note = format!("audit records 1 to {older} are older than the chain");
        assert!(checked.error().contains(&note), "version {version}: {}", checked.error());
        world.database().execute("update audit set verdict = 'allowed' where id = 3", []).unwrap();
        let checked = run(world.command().arg("check"), b"");
        assert!(checked.error().contains("audit record 3 was changed"), "version {version}: {}", checked.error());
    }
}

/// Tenants had no resources before version 12: no project controls them, and nothing is mounted.
#[test]
fn projects_of_version_11_control_no_tenant_resources() {
    let world = World::empty();
    let (version, dump) = VERSIONS[8];
    state_of(&world, version, dump);
    let mounts = ".project mounts prod";
    assert_says(&world, BOB, "prod", mounts, &["TenantResourceAccessControl=false"]);
    assert_says(&world, BOB, "prod", "describe tenant role keeper;", &["prod", "tess"]);
    assert_says(&world, BOB, "prod", ".quota create q\n.quota mount q to prod\n.project mounts prod", &["quota"]);
    world.check();
}

/// There were no lists of locations before version 13: where external locations are controlled, none is allowed.
#[test]
fn projects_of_version_12_allow_no_locations() {
    let world = World::empty();
    state_of(&world, 12, include_str!("states/version_12_locations.sql"));
    let security = "show SecurityConfiguration;";
    assert_says(
        &world,
        BOB,
        "prod",
        security,
        &["ExternalResourceAccessControl=true", "ExternalResourceLocations: \n"],
    );
    assert_says(&world, BOB, "prod", ".project mounts prod", &["quota"]);
    world.check();
}
