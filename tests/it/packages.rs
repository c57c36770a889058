//! Nothing is left over: whatever is made, shared, taken and dropped, in any order, a state gives what plain lists give.

mod limits;
mod model;
mod steps;

use odpsh::model::{Object, ObjectId, ObjectKind, ProjectId};
use odpsh::security::Facts;
use odpsh::store::{Durability, Snapshot, StatePath, Store};
use rusqlite::Connection;

use model::{Model, grantees};
use steps::Stepper;

const SEEDS: u64 = 150;
const STEPS: usize = 90;
/// Every so many steps everything is compared, not only what the step is about.
const ALL: usize = 10;

#[test]
fn what_packages_give_is_never_more_than_what_was_given_and_not_taken() {
    let mut seen = Seen::default();
    for seed in 0..SEEDS {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        let store = Store::open(&StatePath::File(path.clone()), Durability::AtEnd).expect("a new state");
        let rows = Connection::open(path).expect("the same state");
        rows.execute_batch("pragma foreign_keys = on; pragma synchronous = off").expect("a connection");
        let mut stepper = Stepper::new(&store, &rows, seed);
        for number in 0..STEPS {
            let step = stepper.step();
            let moment = Moment { seed, number, step, model: &stepper.model };
            let snapshot = store.read().expect("a snapshot");
            compare(&moment, &snapshot, &mut seen);
            assert_eq!(counted(&rows), stepper.model.counted(), "rows of a table in {TABLES:?}: {moment}");
        }
        seen.steps.append(&mut stepper.done);
    }
    for wanted in steps::KINDS {
        let times = seen.steps.iter().filter(|step| **step == wanted).count();
        assert!(times >= 20, "`{wanted}` changed something only {times} times");
    }
    assert!(
        seen.shares >= 5_000 && seen.inside >= 1_000 && seen.reads >= 1_000,
        "hardly anything was shared: {seen:?}"
    );
}

/// After which step, to be told if something is wrong.
struct Moment<'m> {
    seed: u64,
    number: usize,
    step: String,
    model: &'m Model,
}

impl std::fmt::Display for Moment<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "seed {}, step {}: {}\n{:#?}", self.seed, self.number, self.step, self.model)
    }
}

/// How much was compared that was not empty.
#[derive(Debug, Default)]
struct Seen {
    shares: usize,
    inside: usize,
    reads: usize,
    steps: Vec<&'static str>,
}

/// The tables in which something could be left over.
const TABLES: [&str; 6] = ["package", "package_object", "package_privilege", "package_allowed", "installation", "acl"];

fn counted(rows: &Connection) -> [usize; 6] {
    TABLES.map(|table| rows.query_row(&format!("select count(*) from {table}"), [], |row| row.get(0)).expect("a table"))
}

/// Every object from every project, and every installation; now and then also those that are gone.
fn compare(moment: &Moment<'_>, snapshot: &Snapshot<'_>, seen: &mut Seen) {
    let model = moment.model;
    let all = (moment.number + 1).is_multiple_of(ALL);
    let grantees = grantees();
    let objects = if all { &model.objects } else { &model.there };
    let projects: Vec<ProjectId> = if all {
        (1..=model.projects).map(ProjectId).collect()
    } else {
        model.living.iter().map(|one| one.id).collect()
    };
    let installed: Vec<ObjectId> =
        if all { model.installed.clone() } else { model.installations.iter().map(|one| one.id).collect() };
    for object in objects {
        for project in &projects {
            let shares = snapshot.shares(*project, object).expect("a state");
            assert_eq!(shares, model.shares(*project, object), "shares of {object} in project {project:?}: {moment}");
            seen.shares += shares.len();
        }
        let grants = snapshot.grants(object, &grantees).expect("a state");
        assert_eq!(grants, model.entries(object, None), "entries on {object}: {moment}");
    }
    for number in installed {
        let package = Object { id: number.into(), ..Object::unknown(ObjectKind::Package, model.nowhere(), "") };
        let reads = snapshot.grants(&package, &grantees).expect("a state");
        assert_eq!(reads, model.entries(&package, None), "entries on installation {number:?}: {moment}");
        seen.reads += reads.len();
        for object in objects {
            let inside = snapshot.inside(&package, object, &grantees).expect("a state");
            let expected = model.entries(object, Some(number));
            assert_eq!(inside, expected, "entries on {object} inside installation {number:?}: {moment}");
            seen.inside += inside.len();
        }
    }
}
