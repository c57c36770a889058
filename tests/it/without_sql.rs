//! What a build without the feature `sql` refuses.

use crate::it::process::World;

/// A state with a table `t` in the project `sandbox`.
fn world() -> World {
    let world = World::fresh();
    world.succeed("use sandbox; create table t (id bigint);");
    world
}

#[test]
fn what_plans_a_query_or_moves_rows_is_refused_by_its_code() {
    let world = world();
    let file = world.file("rows.csv", "1\n");
    let (from, to) = (file.display(), world.folder().join("out.csv"));
    for statement in [
        "select 1;",
        "explain select id from t;",
        "create table u as select id from t;",
        "insert into t values (1);",
        "create view v as select id from t;",
        "create sql function f(@a bigint) as @a + 1;",
        "clone table t to u;",
        "read t;",
        &format!("tunnel upload {from} t;"),
        &format!("tunnel download t {};", to.display()),
    ] {
        let error = world.pipe(format!("use sandbox;\n{statement}")).assert_refused(statement);
        assert!(error.contains("FAILED: ODPSH-0109:[2,1] built without SQL"), "{statement}: {error}");
    }
    assert!(!to.exists());
    world.check();
}

#[test]
fn what_stands_before_a_query_runs() {
    let world = world();
    let ended = world.pipe("use sandbox; create table u (id bigint); select id from u; create table w (id bigint);");
    ended.assert_refused("a script with a query");
    let tables = world.succeed("use sandbox; show tables;");
    assert!(tables.contains(":u\n") && !tables.contains(":w\n"), "{tables}");
}

#[test]
fn the_ways_out_of_a_project_are_listed() {
    let said = world().succeed("use sandbox;\n.who can select on table t");
    assert!(said.contains("no protection"), "{said}");
}
