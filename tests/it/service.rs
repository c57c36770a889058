//! Several sessions on one service: they share a state and an engine, and nothing else.

use std::sync::Arc;
use std::thread;

use odpsh::command::{Chunk, Item, Outcome};
use odpsh::error::{Error, Result};
use odpsh::model::{Principal, Time};
use odpsh::shell::{Durability, Options, RootKeyPlace, Service, ServiceOptions, Session, StatePath, World};
use odpsh::syntax;

const SESSIONS: usize = 6;
const STATEMENTS: usize = 30;

fn service(state: &StatePath, durable: Durability) -> Arc<Service> {
    let root_key = match state {
        StatePath::Memory => RootKeyPlace::Process,
        StatePath::File(file) => RootKeyPlace::File(file.with_file_name("elsewhere").join("root.key")),
    };
    let options = ServiceOptions {
        state: state.clone(),
        root_key,
        memory_limit: None,
        durable,
        system_user: Some("owner".to_owned()),
    };
    Service::open(World::fixed(Time(0)), &options).unwrap()
}

fn session(service: &Arc<Service>, user: &str) -> Session {
    let user = Some(Principal::parse(user).unwrap());
    let options = Options { user, project: Some("sandbox".to_owned()), ..Options::on(StatePath::Memory) };
    Session::on(service, options).unwrap()
}

/// What the statements of a text show, line by line.
fn run(session: &mut Session, text: &str) -> Result<Vec<String>> {
    let mut shown = Vec::new();
    for piece in syntax::parse(text)?.pieces {
        for item in session.run(&piece, text)?.items {
            match item {
                Item::Line(line) | Item::Status(line) => shown.push(line),
                Item::Rows(rows) => {
                    for chunk in rows.chunks {
                        if let Chunk::Rows(rows) = chunk? {
                            shown.push(format!("{rows:?}"));
                        }
                    }
                }
                _ => {}
            }
        }
    }
    Ok(shown)
}

/// A state with accounts `u0` …, each a member of `sandbox` that may grant there.
fn shared(state: &StatePath) -> Arc<Service> {
    let service = service(state, Durability::AtEnd);
    let mut owner = session(&service, "ALIYUN$owner");
    for number in 0..SESSIONS {
        let text =
            format!("--@ account create ALIYUN$u{number}\nadd user ALIYUN$u{number}; grant admin to ALIYUN$u{number};");
        run(&mut owner, &text).unwrap();
    }
    service
}

#[test]
fn sessions_of_many_threads_change_one_state() {
    let folder = tempfile::tempdir().unwrap();
    for state in [StatePath::Memory, StatePath::File(folder.path().join("state.db"))] {
        let service = shared(&state);
        thread::scope(|scope| {
            for number in 0..SESSIONS {
                let service = &service;
                scope.spawn(move || {
                    let mut session = session(service, &format!("ALIYUN$u{number}"));
                    for role in 0..STATEMENTS {
                        let text = format!("create role r{number}_{role}; describe role r{number}_{role};");
                        run(&mut session, &text).unwrap();
                    }
                });
            }
        });
        let roles = run(&mut session(&service, "ALIYUN$owner"), "list roles;").unwrap().join("");
        for number in 0..SESSIONS {
            for role in 0..STATEMENTS {
                assert!(roles.contains(&format!("r{number}_{role}\"")), "r{number}_{role} is missing");
            }
        }
    }
}

#[test]
fn a_session_is_nobody_elses() {
    let service = shared(&StatePath::Memory);
    let (mut one, mut other) = (session(&service, "ALIYUN$u0"), session(&service, "ALIYUN$u1"));
    run(&mut one, "set odps.sql.timezone=Asia/Shanghai;").unwrap();
    run(&mut one, "--@ clock 2030-01-01\n--@ source 10.1.1.1\n").unwrap();
    assert_eq!((one.principal(), other.principal()), ("ALIYUN$u0".to_owned(), "ALIYUN$u1".to_owned()));
    assert!(one.context_block().join("\n").contains("Asia/Shanghai"));
    assert!(!other.context_block().join("\n").contains("Asia/Shanghai"));
    let audit = run(&mut other, "create role here;\n--@ audit 1\n").unwrap().join("\n");
    assert!(audit.contains("127.0.0.1"), "{audit}");
    assert!(!audit.contains("10.1.1.1"), "{audit}");
}

/// What one session has not committed, no other sees; without its end it never happened.
#[test]
fn statements_that_wait_for_their_commit_belong_to_their_session() {
    let service = shared(&StatePath::Memory);
    let mut one = session(&service, "ALIYUN$u0");
    let text = "create role first; create role second;";
    let pieces = syntax::parse(text).unwrap().pieces;
    one.announce(&pieces[0], Some(&pieces[1]));
    one.run(&pieces[0], text).unwrap();
    let seen = |user: &str| run(&mut session(&service, user), "list roles;").unwrap_or_default().join("");
    // `list roles` writes an audit record, for which it waits until the group ends.
    thread::scope(|scope| {
        let other = scope.spawn(|| seen("ALIYUN$u1"));
        thread::sleep(std::time::Duration::from_millis(50));
        drop(one);
        assert!(!other.join().unwrap().contains("first"));
    });
    assert!(!seen("ALIYUN$u2").contains("first"));
}

/// A right that one session revokes is gone for the next statement of another, whatever its connection has cached.
#[test]
fn a_revoked_right_is_gone_for_every_session() {
    let service = shared(&StatePath::Memory);
    let (mut owner, mut user) = (session(&service, "ALIYUN$owner"), session(&service, "ALIYUN$u0"));
    for _ in 0..3 {
        run(&mut user, "show grants for ALIYUN$u1;").unwrap();
        run(&mut owner, "revoke admin from ALIYUN$u0;").unwrap();
        run(&mut user, "show grants for ALIYUN$u1;").unwrap_err();
        run(&mut owner, "grant admin to ALIYUN$u0;").unwrap();
    }
}

/// An outcome is shown only if its statement is committed: with the state file gone, the whole group is lost, and the error says so.
#[test]
fn nothing_is_shown_of_a_group_whose_state_was_moved() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.db");
    let service = shared(&StatePath::File(file.clone()));
    let mut session = session(&service, "ALIYUN$u0");
    let text = "create role first; create role second; create role third;";
    let pieces = syntax::parse(text).unwrap().pieces;
    let mut shown = 0;
    let mut show = |_: &mut Session, _: Outcome| {
        shown += 1;
        Ok::<(), Box<Error>>(())
    };
    session.announce(&pieces[0], Some(&pieces[1]));
    session.run_through(&pieces[0], text, &mut show).unwrap();
    for ending in ["", "-wal", "-shm"] {
        let name = |base: &str| folder.path().join(format!("{base}{ending}"));
        std::fs::rename(name("state.db"), name("moved.db")).unwrap();
    }
    session.announce(&pieces[1], Some(&pieces[2]));
    let stopped = session.run_through(&pieces[1], text, &mut show).unwrap_err();
    assert_eq!(shown, 0, "the first statement was rolled back");
    let help = stopped.error.help.unwrap();
    assert!(help.contains("the 1 preceding statement"), "{help}");
    drop(session);
    let moved = rusqlite::Connection::open(folder.path().join("moved.db")).unwrap();
    let roles: i64 = moved.query_row("select count(*) from role where name = 'first'", [], |row| row.get(0)).unwrap();
    assert_eq!(roles, 0);
}
