//! `export <project> <folder>`: its files are scripts that make the same project, and nothing is lost where they cannot be written.

use std::fs;

use super::process::World;

const PROJECT: &str = "
create table t (id bigint not null comment 'it\\'s', `select` string default 'x') partitioned by (ds string, `group` bigint);
alter table t add partition (ds='1', `group`='2');
alter table t add partition (ds='a\\'b', `group`='3');
create table keyed (k bigint not null primary key) tblproperties ('transactional'='true');
create view z as select id, `select` from t where ds='1';
create view a (n comment 'c') comment 'of z' as select id from z;
add file words.txt as w.txt comment 'it\\'s';
add table keyed;
create function f as 'a.B' using 'w.txt';
create sql function g(@x bigint) as @x + 1;
.account create ALIYUN$alice@aliyun.com
add user ALIYUN$alice@aliyun.com;
create role reader comment 'reads';
create role `for`;
grant reader to ALIYUN$alice@aliyun.com;
grant Select, Describe on table t to role reader;
grant Select on table t(id, `select`) to user ALIYUN$alice@aliyun.com;
grant Describe on view a to role `for` privilegeproperties (\"conditions\"=\"acs:SourceIp in ('10.0.0.0/8')\");
grant Execute on function f to user ALIYUN$alice@aliyun.com;
grant Read on resource w.txt to role reader;
";

const FILES: [&str; 3] = ["project_odps_sqls.dump", "project_odps_others.dump", "project_odps_grants.dump"];

fn texts(world: &World, folder: &str) -> Vec<String> {
    let text = |name| fs::read_to_string(world.folder().join(folder).join(name)).unwrap();
    FILES.map(text).into()
}

#[test]
fn the_files_make_the_same_project() {
    let world = World::fresh();
    world.file("words.txt", "one two");
    world.succeed(PROJECT);
    world.succeed("export sandbox dump;");
    let first = texts(&world, "dump");
    assert!(!first.concat().contains("----Failed"), "{}", first.concat());
    assert_eq!(fs::read_to_string(world.folder().join("dump/resources/w.txt")).unwrap(), "one two");
    world.succeed("drop view a; drop view z; drop table t; drop table keyed; drop function f; drop function g;");
    world.succeed("revoke reader from ALIYUN$alice@aliyun.com; remove user ALIYUN$alice@aliyun.com;");
    world.succeed("drop role reader; drop role `for`;");
    for text in &first {
        world.succeed(text);
    }
    world.succeed("export sandbox dump;");
    assert_eq!(texts(&world, "dump"), first);
    // And once more over what is there: it is dropped before.
    world.succeed(&first[0]);
}

#[test]
fn a_file_that_cannot_be_written_leaves_all_as_they_were() {
    let world = World::fresh();
    world.succeed("create table t (a bigint); export sandbox dump;");
    let before = texts(&world, "dump");
    world.succeed("create table u (a bigint);");
    let last = world.folder().join("dump").join(FILES[2]);
    fs::remove_file(&last).unwrap();
    fs::create_dir_all(last.join("x")).unwrap();
    fs::create_dir(last.join(FILES[2])).unwrap();
    let error = world.pipe("export sandbox dump;").assert_failed("a folder in the place of the file");
    assert!(error.contains("is a folder"), "{error}");
    for (name, before) in FILES.iter().zip(&before).take(2) {
        assert_eq!(&fs::read_to_string(world.folder().join("dump").join(name)).unwrap(), before);
    }
    let left: Vec<_> =
        fs::read_dir(world.folder().join("dump")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 4, "{left:?}");
}

#[cfg(unix)]
#[test]
fn a_link_is_followed_and_never_into_the_state() {
    let world = World::fresh();
    world.succeed("create table t (a bigint); insert into t values (1);");
    std::os::unix::fs::symlink(world.data(), world.folder().join("link")).unwrap();
    for folder in ["link", "link/x/y", world.data().to_str().unwrap()] {
        let error = world.pipe(format!("export sandbox '{folder}';")).assert_failed(folder);
        assert!(error.contains("belongs to the state"), "{error}");
    }
    fs::create_dir(world.folder().join("dump")).unwrap();
    fs::write(world.folder().join("mine"), "mine").unwrap();
    std::os::unix::fs::symlink(world.state(), world.folder().join("dump").join(FILES[0])).unwrap();
    let error = world.pipe("export sandbox dump;").assert_failed("a link to the state");
    assert!(error.contains("belongs to the state"), "{error}");
    fs::remove_file(world.folder().join("dump").join(FILES[0])).unwrap();
    std::os::unix::fs::symlink(world.folder().join("mine"), world.folder().join("dump").join(FILES[0])).unwrap();
    world.succeed("export sandbox dump -t;");
    assert!(fs::read_to_string(world.folder().join("mine")).unwrap().contains("create table"));
    world.check();
}
