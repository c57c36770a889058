//! The documented limits of packages (PKG-4): the last one that fits is made, the next one is refused and changes nothing.

use std::path::Path;

use odpsh::error::Error;
use odpsh::model::Time;
use odpsh::shell::{Options, Session, StatePath, World};
use rusqlite::Connection;

/// Two projects, a package with a table, and one that nobody has.
const START: &str = "
    .account create ALIYUN$bob
    .project create prj_a owner ALIYUN$bob
    .project create prj_b owner ALIYUN$bob
    .user ALIYUN$bob
    use prj_a;
    create package k;
    create table t0 (id bigint); create table t1 (id bigint);";

fn run(session: &mut Session, script: &str) -> Result<(), Box<Error>> {
    let read = odpsh::syntax::parse(script).expect("a script");
    read.pieces.iter().try_for_each(|piece| session.run(piece, script).map(drop))
}

/// A world with all but one of what may be; then what makes the last one, and what makes one too many.
fn check(fill: &str, last: &str, next: &str, counted: &str, most: i64) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = folder.path().join("state.db");
    let mut session =
        Session::open(World::fixed(Time(0)), Options::on(StatePath::File(state.clone()))).expect("a world");
    run(&mut session, START).expect("a start");
    let rows = open(&state);
    rows.execute_batch(&format!(
        "pragma foreign_keys = on; pragma synchronous = off; begin;
         with recursive n(n) as (select 1 union all select n + 1 from n where n < {}) {fill}; commit;",
        most - 1
    ))
    .expect("rows");
    let count = || rows.query_row(counted, [], |row| row.get::<_, i64>(0)).expect("a number");
    assert_eq!(count(), most - 1, "{counted}");
    run(&mut session, last).expect("the last one fits");
    assert_eq!(count(), most, "{last}");
    let error = run(&mut session, next).expect_err("one too many");
    assert!(error.message.contains(&most.to_string()), "{next}: {}", error.message);
    assert!(error.help.as_deref().is_some_and(|help| help.contains("PKG-4")), "{next}: {:?}", error.help);
    assert_eq!(count(), most, "{next}");
}

fn open(state: &Path) -> Connection {
    Connection::open(state).expect("the same state")
}

const PRJ_A: &str = "(select id from project where name = 'prj_a')";
const PRJ_B: &str = "(select id from project where name = 'prj_b')";
const K: &str = "(select id from package where name = 'k')";

#[test]
fn a_project_makes_100_000_packages() {
    check(
        &format!("insert into package (project, name, created) select {PRJ_B}, 'p' || n, 0 from n"),
        "use prj_b; create package last;",
        "create package next;",
        &format!("select count(*) from package where project = {PRJ_B}"),
        100_000,
    );
}

#[test]
fn a_package_lists_1_000_objects() {
    check(
        &format!(
            "insert into object (project, name, kind, owner, created) select {PRJ_A}, 'r' || n, 'resource', 1, 0 from n;
             insert into package_object (package, object) select {K}, id from object where kind = 'resource'"
        ),
        "add table t0 to package k;",
        "add table t1 to package k;",
        &format!("select count(*) from package_object where package = {K}"),
        1_000,
    );
}

#[test]
fn a_package_is_allowed_to_100_000_projects() {
    check(
        &format!(
            "insert into project (name, owner, created, modified) select 'q' || n, 1, 0, 0 from n;
             insert into package_allowed (package, project, label, allowed) select {K}, id, 0, 0 from project where name like 'q%'"
        ),
        "allow project prj_b to install package k;",
        "allow project sandbox to install package k;",
        &format!("select count(*) from package_allowed where package = {K}"),
        100_000,
    );
}

#[test]
fn a_project_installs_100_packages_of_another_one() {
    check(
        &format!(
            "insert into object (project, kind, name, created) select {PRJ_B}, 'package', 'prj_a.p' || n, 0 from n;
             insert into installation (id, project, source, package, name, installed)
               select id, project, {PRJ_A}, null, substr(name, 7), 0 from object where kind = 'package' and name like 'prj_a.%'"
        ),
        "allow project prj_b to install package k; create package more; allow project prj_b to install package more;
         use prj_b; install package prj_a.k;",
        "install package prj_a.more;",
        &format!("select count(*) from installation where project = {PRJ_B} and source = {PRJ_A}"),
        100,
    );
}

#[test]
fn a_project_installs_100_000_packages() {
    check(
        &format!(
            "insert into project (name, owner, created, modified) select 'q' || n, 1, 0, 0 from n;
             insert into object (project, kind, name, created)
               select {PRJ_B}, 'package', name || '.p', 0 from project where name like 'q%';
             insert into installation (id, project, source, package, name, installed)
               select o.id, o.project, p.id, null, 'p', 0 from object o join project p on o.name = p.name || '.p'
               where o.kind = 'package'"
        ),
        "allow project prj_b to install package k; create package more; allow project prj_b to install package more;
         use prj_b; install package prj_a.k;",
        "install package prj_a.more;",
        &format!("select count(*) from installation where project = {PRJ_B}"),
        100_000,
    );
}
