use super::*;
use crate::model::{Labels, ObjectId, SchemaName};
use crate::store::{Durability, NewTable, StatePath, Store};

const ID: &str = "19700101000000s";

/// A store with a table, and an upload into it that has a finished block.
fn uploaded() -> (Store, Principal, ObjectId) {
    let owner = Principal::parse("ALIYUN$o").unwrap();
    let store = Store::open(&StatePath::Memory, Durability::AtEnd).unwrap();
    let write = store.write().unwrap();
    write.create_account(&owner, Time(1)).unwrap();
    let project = write.create_project("p", &owner, Time(1)).unwrap();
    let table = NewTable {
        project,
        schema: SchemaName::default(),
        name: "t".into(),
        kind: crate::model::TableKind::Table,
        owner: owner.clone(),
        comment: String::new(),
        lifecycle: None,
        transactional: false,
        view_text: None,
        external: None,
        body_columns: Vec::new(),
        bindings: crate::model::Bindings::default(),
        labels: Labels::default(),
        columns: Vec::new(),
        partition_columns: Vec::new(),
    };
    let table = write.create_table(table, Time(1)).unwrap().id;
    let new = NewTunnelSession {
        kind: TransferKind::Upload,
        command: "tunnel upload a t".into(),
        started: Time(5),
        lease: String::new(),
        projects: Vec::new(),
    };
    let id = write.begin_tunnel(&owner, &new, "job1", &|| Ok("s".to_owned())).unwrap();
    assert_eq!(id, ID);
    let block = TunnelBlock { number: 1, source: 0, next: 10, lines: 2, rows: 2, bad: 0, table };
    let file = DataFile {
        name: "job1-0.parquet".into(),
        partition: PartitionSpec::default(),
        rows: 2,
        bytes: 3,
        checksum: 4,
        key: None,
    };
    write.add_tunnel_block(ID, &block, &[file]).unwrap();
    write.commit().unwrap();
    (store, owner, table)
}

fn dead(store: &Store) -> Vec<String> {
    let snapshot = store.read().unwrap();
    snapshot.all("select name from data_file where table_id is null", [], |row| row.get(0)).unwrap()
}

#[test]
fn files_of_an_upload_that_is_given_up_are_dead() {
    let (store, owner, table) = uploaded();
    let write = store.write().unwrap();
    write.drop_object(table).unwrap();
    write.commit().unwrap();
    assert_eq!(dead(&store), ["job1-0.parquet"]);
    assert!(store.read().unwrap().tunnel_session(&owner, None, None).unwrap().is_some());

    let (store, owner, _) = uploaded();
    let write = store.write().unwrap();
    assert_eq!(write.purge_tunnel(&owner, Time(4)).unwrap(), Vec::<String>::new());
    assert_eq!(write.purge_tunnel(&owner, Time(5)).unwrap(), [ID]);
    write.commit().unwrap();
    assert_eq!(dead(&store), ["job1-0.parquet"]);
}

#[test]
fn files_that_became_part_of_a_table_live() {
    let (store, owner, table) = uploaded();
    let write = store.write().unwrap();
    for file in write.tunnel_files(ID, &PartitionSpec::default()).unwrap() {
        write.add_file(table, None, &file).unwrap();
    }
    write.clear_tunnel_blocks(ID).unwrap();
    write.end_tunnel(ID, "job1", TransferStatus::Success).unwrap();
    write.commit().unwrap();
    assert_eq!(dead(&store), Vec::<String>::new());
    let session = store.read().unwrap().tunnel_session(&owner, Some(ID), None).unwrap().unwrap();
    assert_eq!(session.status, TransferStatus::Success);
}

#[test]
fn only_the_last_run_goes_on() {
    let (store, ..) = uploaded();
    let write = store.write().unwrap();
    write.resume_tunnel(ID, "job2").unwrap();
    assert!(write.check_tunnel(ID, "job1").is_err());
    assert!(write.check_tunnel(ID, "job2").is_ok());
    write.end_tunnel(ID, "job1", TransferStatus::Failed).unwrap();
    let status: String = write.one("select status from tunnel_session", [], |row| row.get(0)).unwrap().unwrap();
    assert_eq!(status, "running");
}
