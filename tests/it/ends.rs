//! Rights that end: whatever was opened while a right was there, nothing more comes out of it afterwards (FLW-9a, FLW-12, SWI-4).
//!
//! Every way in which a right ends meets everything that can be open. Before the right ends each of them gives what it should.

mod openings;
mod ways;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use odpsh::command::{Chunk, Item, Outcome};
use odpsh::error::Error;
use odpsh::model::{Principal, Time};
use odpsh::shell::{Options, Session, StatePath, World};
use odpsh::syntax;

use super::advice::copy;
use openings::{OPENINGS, Opening};
use ways::{WAYS, Way};

/// 20 January 2024: an exception of the policies holds only in that month.
const CLOCK: Time = Time(1_705_708_800_000);

/// Bob owns `prj_a` and its tables, Dora owns `prj_b`, where Alice works; Vera makes views.
const SET_UP: &str = "
.account create ALIYUN$bob
.account create ALIYUN$dora
.account create ALIYUN$alice
.account create ALIYUN$vera
.project create prj_a owner ALIYUN$bob
.project create prj_b owner ALIYUN$dora
.user ALIYUN$dora
use prj_b;
add user ALIYUN$alice;
grant CreateInstance, CreateTable, List on project prj_b to user ALIYUN$alice;
.user ALIYUN$bob
use prj_a;
create table target (id bigint);
create table t as select 0 as id;
";

/// Rows of `t`: more than one chunk of them.
const ROWS: usize = 4096;

type Answer<T> = Result<T, Box<Error>>;

/// A state of its own, the time in it, and one session after the other.
struct Place {
    folder: PathBuf,
    world: Arc<World>,
    _temporary: Option<tempfile::TempDir>,
}

impl Place {
    /// A copy of the world that is set up once.
    fn new() -> Self {
        static TEMPLATE: OnceLock<tempfile::TempDir> = OnceLock::new();
        let template = TEMPLATE.get_or_init(|| {
            let folder = tempfile::tempdir().unwrap();
            let doubled: String =
                (0..12).map(|power| format!("insert into t select id + {} from t;\n", 1 << power)).collect();
            Self::at(folder.path()).session("ALIYUN$owner", None).script(&format!("{SET_UP}{doubled}"));
            folder
        });
        let folder = tempfile::tempdir().unwrap();
        let place = Self::at(folder.path());
        copy(&Self::at(template.path()).state(), &place.state());
        Self { _temporary: Some(folder), ..place }
    }

    /// The state in this folder, at the time at which all begins.
    fn at(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), world: Arc::new(World::fixed(CLOCK)), _temporary: None }
    }

    fn state(&self) -> PathBuf {
        self.folder.join("state.db")
    }

    /// A path for a local file.
    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn session(&self, user: &str, project: Option<&str>) -> Shell {
        let options = Options {
            user: (user != "ALIYUN$owner").then(|| Principal::parse(user).unwrap()),
            project: project.map(str::to_owned),
            system_user: Some("owner".to_owned()),
            policies: vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("policies")],
            memory_limit: Some(512 << 20),
            ..Options::on(StatePath::File(self.state()))
        };
        Shell(RefCell::new(Session::open(Arc::clone(&self.world), options).unwrap()))
    }

    fn alice(&self) -> Shell {
        self.session("ALIYUN$alice", Some("prj_b"))
    }

    fn count(&self, query: &str) -> i64 {
        rusqlite::Connection::open(self.state()).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
    }

    /// What the audit says of the last statement.
    fn last_verdict(&self) -> String {
        let connection = rusqlite::Connection::open(self.state()).unwrap();
        connection.query_row("select verdict from audit order by id desc", [], |row| row.get(0)).unwrap()
    }
}

/// A shell that runs statements.
struct Shell(RefCell<Session>);

impl Shell {
    /// Runs one statement; its rows and steps come as the outcome is read.
    fn start(&self, text: &str) -> Answer<Outcome> {
        let piece = syntax::parse(text).unwrap().pieces.remove(0);
        self.0.borrow_mut().run(&piece, text)
    }

    /// Runs one statement to its end; its lines, and its rows in short.
    fn run(&self, text: &str) -> Answer<Vec<String>> {
        let mut lines = Vec::new();
        for item in self.start(text)?.items {
            match item {
                Item::Line(line) | Item::Status(line) => lines.push(line),
                Item::Properties(properties) => lines.push(format!("{properties:?}")),
                Item::Description(description) => lines.push(format!("{:?}", description.record())),
                Item::Grants(grants) => lines.push(format!("{:?}", grants.rows())),
                Item::Explanation(explanation) => lines.push(format!("{:?}", explanation.record())),
                Item::Rows(rows) => {
                    let mut count = 0;
                    for chunk in rows.chunks {
                        match chunk? {
                            Chunk::Rows(rows) => count += rows.len(),
                            Chunk::Notice(line) => lines.push(line),
                        }
                    }
                    lines.push(format!("{count} rows"));
                }
                Item::Steps(steps) => {
                    for step in steps.0 {
                        if let odpsh::command::Step::Status(line) = step? {
                            lines.push(line);
                        }
                    }
                }
            }
        }
        Ok(lines)
    }

    /// Runs a script in which nothing fails.
    fn script(&self, text: &str) {
        for piece in syntax::parse(text).unwrap_or_else(|error| panic!("{text}: {}", error.message)).pieces {
            let statement = piece.span.of(text);
            let line = format!("{statement}{}", if statement.starts_with('.') { "" } else { ";" });
            self.run(&line).unwrap_or_else(|error| panic!("{line}: {} ({:?})", error.message, error.help));
        }
    }
}

/// Whether the longer run is asked for.
fn is_long() -> bool {
    std::env::var_os("ODPSH_LONG").is_some()
}

#[test]
fn whatever_is_open_gives_nothing_once_the_right_has_ended() {
    let pairs = WAYS.iter().flat_map(|way| OPENINGS.iter().map(move |opening| (way, opening)));
    let pairs: Vec<(&Way, &Opening)> = pairs.filter(|(way, opening)| way.concerns(opening)).collect();
    assert!(pairs.len() > 100, "{}", pairs.len());
    let next = AtomicUsize::new(0);
    let faults: Vec<String> = std::thread::scope(|scope| {
        let work = || {
            let mut faults = Vec::new();
            while let Some((way, opening)) = pairs.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(fault) = openings::judge(way, opening) {
                    faults.push(format!("{} × {}: {fault}", way.name, opening.name));
                }
            }
            faults
        };
        let threads: Vec<_> = (0..std::thread::available_parallelism().map_or(2, usize::from))
            .map(|_| std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work).unwrap())
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), pairs.len(), faults.join("\n"));
}

#[test]
fn a_grant_that_goes_to_someone_else_ends_nothing() {
    let place = Place::new();
    let bob = place.session("ALIYUN$bob", Some("prj_a"));
    bob.script("add user ALIYUN$alice; grant Select on table t to user ALIYUN$alice; add user ALIYUN$vera;");
    let alice = place.alice();
    let mut rows = openings::rows(alice.start("select id from prj_a.t;").unwrap());
    let first = openings::chunk(&mut rows).unwrap().unwrap();
    bob.script("grant Select on table t to user ALIYUN$vera; revoke Select on table t from user ALIYUN$vera; alter table t add columns (more string);");
    let mut given = first;
    while let Some(chunk) = openings::chunk(&mut rows) {
        given += chunk.unwrap();
    }
    assert_eq!(given, ROWS);
}

#[test]
fn a_job_into_a_schema_that_is_dropped_commits_nothing() {
    let place = Place::new();
    let bob = place.session("ALIYUN$bob", Some("prj_a"));
    bob.script("set odps.namespace.schema=true; create schema s;");
    let slow = "create table s.copy as select sum(a.id * b.id) as n from t a join t b on a.id <> b.id;";
    for (again, ends) in [(false, "drop schema s;"), (true, "drop schema s; create schema s;")] {
        let folder = place.folder.clone();
        let ended = std::thread::scope(|scope| {
            let work = move || {
                let bob = Place::at(&folder).session("ALIYUN$bob", Some("prj_a"));
                bob.script("set odps.namespace.schema=true;");
                bob.run(slow).map(drop).map_err(|error| error.message.clone())
            };
            let thread = std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work).unwrap();
            while place.count("select count(*) from writing") == 0 && !thread.is_finished() {
                std::thread::yield_now();
            }
            bob.script(ends);
            thread.join().unwrap()
        });
        let made = place.count("select count(*) from object where name = 'copy'");
        // In a schema that was made anew under the name, the statement means that one, as it would now.
        match again {
            false => assert!(ended.is_err() && made == 0, "{ended:?}, {made} made"),
            true => assert_eq!(ended.is_ok(), made == 1, "{ended:?}"),
        }
        bob.script("create schema if not exists s;");
    }
}

#[test]
fn protection_that_comes_while_rows_are_shown_caps_them() {
    let place = Place::new();
    let bob = place.session("ALIYUN$bob", Some("prj_a"));
    bob.script("setproject READ_TABLE_MAX_ROW=1500;");
    for statement in ["select * from t;", "read t;"] {
        bob.script("set ProjectProtection=false;");
        let mut rows = openings::rows(bob.start(statement).unwrap());
        let mut given = openings::chunk(&mut rows).unwrap().unwrap();
        place.session("ALIYUN$bob", Some("prj_a")).script("set ProjectProtection=true;");
        let mut notices = Vec::new();
        for chunk in rows.by_ref() {
            match chunk.unwrap() {
                Chunk::Rows(rows) => given += rows.len(),
                Chunk::Notice(line) => notices.push(line),
            }
        }
        assert_eq!(given, 1500, "{statement}");
        assert!(notices.iter().any(|line| line.contains("only the first 1500 rows are shown")), "{notices:?}");
    }
}

#[test]
fn what_was_kept_for_a_reader_goes_once_it_may_not_read() {
    let place = Place::new();
    let bob = place.session("ALIYUN$bob", Some("prj_a"));
    bob.script("add user ALIYUN$alice; grant Select on table t to user ALIYUN$alice;");
    let alice = place.alice();
    let mut rows = openings::rows(alice.start("select * from prj_a.t;").unwrap());
    openings::chunk(&mut rows).unwrap().unwrap();
    bob.script("drop table t;");
    let dead = "select count(*) from data_file where table_id is null";
    assert!(place.count(dead) > 0, "the reader keeps its files");
    // Its cursor is still there, and holds nothing any more.
    assert!(openings::chunk(&mut rows).unwrap().is_err());
    // The engine's threads may let go of the files a moment later: then the end of the next statement removes them.
    let is_gone = (0..200).any(|_| {
        let is_gone = place.count(dead) == 0;
        if !is_gone {
            std::thread::sleep(std::time::Duration::from_millis(50));
            bob.script("whoami;");
        }
        is_gone
    });
    assert!(is_gone, "the cursor holds files that may not be read");
    assert!(openings::chunk(&mut rows).is_none());
}
