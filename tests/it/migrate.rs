//! States of earlier versions are opened as if this version had made them.

use std::collections::BTreeSet;
use std::path::Path;

use odpsh::store::{Durability, StatePath, Store, check};
use rusqlite::Connection;

use crate::it::process::World;

/// Every version that can be migrated, with the state that its program left.
const VERSIONS: [(i64, &str); 1] = [(3, include_str!("states/version_3.sql"))];

/// `odps` in ASCII.
const APPLICATION_ID: i64 = 0x6f64_7073;

fn state_of(world: &World, version: i64, dump: &str) {
    let connection = Connection::open(world.state()).unwrap();
    connection.execute_batch(dump).unwrap();
    connection.pragma_update(None, "application_id", APPLICATION_ID).unwrap();
    connection.pragma_update(None, "user_version", version).unwrap();
    connection.pragma_update(None, "journal_mode", "wal").unwrap();
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
            let store = Store::open(&StatePath::File(old.state()), Durability::AtEnd).unwrap();
            assert_eq!(check(&store).unwrap(), Vec::<String>::new(), "version {version}");
        }
        assert_eq!(layout(&old.state()), layout(&new.state()), "version {version}");
        assert_eq!(tables.map(rows), before, "version {version}");
        // The number of the account that was dropped is not used again.
        old.succeed(".account create ALIYUN$new@example.com");
        assert!(one::<i64>(&old.state(), "select max(id) from account") > 5, "version {version}");
    }
}

#[test]
fn a_migrated_state_decides_as_before() {
    for (version, dump) in VERSIONS {
        let world = World::empty();
        state_of(&world, version, dump);
        let said = world.succeed(
            "--@ user ALIYUN$Bob@example.com
use prod;
show grants for ALIYUN$eve@example.com;
describe package pk;
list trustedprojects;
--@ user RAM$eve@example.com:ann
use lab;
desc prod.v;",
        );
        for wanted in ["reader", "TABLE", "lab", "name"] {
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
            one::<i64>(&world.state(), "select count(*) from table_object where kind = 'view' and bound = 0"),
            0
        );
    }
}

#[test]
fn a_state_before_the_oldest_version_is_refused_and_kept() {
    let world = World::empty();
    let (_, dump) = VERSIONS[0];
    state_of(&world, 2, dump);
    let error = Store::open(&StatePath::File(world.state()), Durability::AtEnd).unwrap_err();
    assert!(error.message.ends_with("was written by a development version of odpsh"), "{}", error.message);
    assert_eq!(one::<i64>(&world.state(), "pragma user_version"), 2);
}
