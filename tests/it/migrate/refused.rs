//! States that are not migrated.

use std::fs;

use odpsh::store::{Durability, StatePath, Store, check};

use super::{VERSIONS, one, opened, state_of};
use crate::it::process::World;

#[test]
fn a_state_that_an_earlier_version_is_using_is_not_migrated() {
    let (version, dump) = VERSIONS[1];
    let old = World::empty();
    state_of(&old, version, dump);
    let lease = fs::File::open(old.data().join("lease")).unwrap();
    lease.lock_shared().unwrap();
    let open = || opened(&old.state());
    assert!(open().unwrap_err().message.contains("a shell of an earlier version is using the state"));
    assert_eq!(one::<i64>(&old.state(), "pragma user_version"), version);
    drop(lease);
    assert_eq!(check(&open().unwrap(), None).unwrap(), Vec::<String>::new());
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
