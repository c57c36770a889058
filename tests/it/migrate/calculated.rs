//! Partitions that are calculated, in a state whose version had none.

use std::fs;
use std::path::Path;

use odpsh::store::check;

use super::{layout, one, opened, state_of};
use crate::it::process::World;

/// Version 15 had no partitions that are calculated.
#[test]
fn tables_of_version_15_are_restored_and_new_ones_are_auto_partitioned() {
    let (new, old) = (World::fresh(), World::empty());
    state_of(&old, 15, include_str!("../states/version_15.sql"));
    for file in fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/states/version_12.data")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), old.data().join(file.file_name())).unwrap();
    }
    assert_eq!(check(&opened(&old.state()).unwrap(), None).unwrap(), Vec::<String>::new());
    assert_eq!(layout(&old.state()), layout(&new.state()));
    let token = one::<String>(&old.state(), "select token from dropped_table where name = 't'");
    old.succeed(&format!("--@ user ALIYUN$Bob@example.com\nuse prod;\nrestore table t ('id'='{token}');"));
    let made = "create table a (at date) auto partitioned by (trunc_time(at, 'day') as p);";
    old.succeed(&format!("--@ user ALIYUN$Bob@example.com\nuse prod;\n{made}\ndrop table a;"));
    let token = one::<String>(&old.state(), "select token from dropped_table where name = 'a'");
    let said = old.succeed(&format!(
        "--@ user ALIYUN$Bob@example.com\nuse prod;\nrestore table a ('id'='{token}');\nshow create table a;"
    ));
    assert!(said.contains("auto partitioned by (trunc_time(`at`, 'day') as `p`)"), "{said}");
    old.check();
}
