//! What can be open when a right ends.

use std::fs;

use odpsh::command::{Chunk, Item, Outcome, Step};

use super::ways::Way;
use super::{Answer, Place, ROWS, Shell};

/// Which rights an opening needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Reading, shown in `prj_b`.
    Shown,
    /// The same, into a table.
    Job,
    /// The same, into a local file.
    Local,
    /// Writing.
    Upload,
}

/// Something that can be open.
pub struct Opening {
    pub name: &'static str,
    pub kind: Kind,
    /// Opens it, ends the right, and says what came out although it should not have.
    judge: fn(&Way, &Place, &Shell) -> Result<(), String>,
}

pub const OPENINGS: &[Opening] = &[
    Opening {
        name: "a select half read",
        kind: Kind::Shown,
        judge: |way, place, alice| half_read("select * from", way, place, alice),
    },
    Opening {
        name: "a read half read",
        kind: Kind::Shown,
        judge: |way, place, alice| half_read("read", way, place, alice),
    },
    Opening { name: "a result, waited for half", kind: Kind::Shown, judge: half_waited },
    Opening { name: "a result to wait for", kind: Kind::Shown, judge: waited },
    Opening { name: "a shell", kind: Kind::Shown, judge: shell },
    Opening { name: "a running job", kind: Kind::Job, judge: job },
    Opening { name: "a result to download", kind: Kind::Local, judge: result_downloaded },
    Opening { name: "a download", kind: Kind::Local, judge: downloaded },
    Opening { name: "an upload", kind: Kind::Upload, judge: uploaded },
    Opening { name: "an upload to resume", kind: Kind::Upload, judge: resumed },
];

pub fn judge(way: &Way, opening: &Opening) -> Result<(), String> {
    let place = Place::new();
    way.give(&place);
    let alice = reader(way, &place);
    (opening.judge)(way, &place, &alice)
}

/// A shell of Alice that reads the names of a way.
fn reader(way: &Way, place: &Place) -> Shell {
    let alice = place.alice();
    if way.names_a_schema() {
        alice.script("set odps.namespace.schema=true;");
    }
    alice
}

/// The chunks of an outcome.
pub fn rows(outcome: Outcome) -> Box<dyn Iterator<Item = Answer<Chunk>>> {
    let rows = outcome.items.into_iter().find_map(|item| match item {
        Item::Rows(rows) => Some(rows.chunks),
        _ => None,
    });
    rows.expect("rows")
}

/// How many rows come next; nothing at the end.
pub fn chunk(rows: &mut Box<dyn Iterator<Item = Answer<Chunk>>>) -> Option<Answer<usize>> {
    let chunk = rows.find(|chunk| !matches!(chunk, Ok(Chunk::Notice(_))))?;
    Some(chunk.map(|chunk| match chunk {
        Chunk::Rows(rows) => rows.len(),
        Chunk::Notice(_) => 0,
    }))
}

/// Says that something worked although the right had ended.
fn refused<T>(answer: Answer<T>, place: &Place) -> Result<(), String> {
    let error = match answer {
        Ok(_) => return Err("it goes on".to_owned()),
        Err(error) => error,
    };
    if error.code.number().contains("0010000") || error.message.contains("busy") {
        return Err(format!("it ends with {}", error.message));
    }
    match place.last_verdict().as_str() {
        "denied" | "failed" => Ok(()),
        verdict => Err(format!("the audit says {verdict}: {}", error.message)),
    }
}

fn all(lines: &[String]) -> Result<(), String> {
    match lines.contains(&format!("{ROWS} rows")) {
        true => Ok(()),
        false => Err(format!("before the right ended it gave {lines:?}")),
    }
}

#[expect(clippy::boxed_local, reason = "for `map_err`")]
fn failed(error: Box<odpsh::error::Error>) -> String {
    format!("before the right ended: {}", error.message)
}

fn half_read(verb: &str, way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    let statement = format!("{verb} {};", way.source);
    // A view is not read so, and the exception is about SQL jobs.
    if verb == "read" && (way.source.ends_with(".v") || way.name.contains("time of the exception")) {
        return Ok(());
    }
    all(&alice.run(&statement).map_err(failed)?)?;
    half(alice.start(&statement).map_err(failed)?, way, place)
}

/// Reads the first rows, ends the right, and reads on.
fn half(outcome: Outcome, way: &Way, place: &Place) -> Result<(), String> {
    let mut rows = rows(outcome);
    match chunk(&mut rows) {
        Some(Ok(given)) if given > 0 && given < ROWS => {}
        other => return Err(format!("first came {other:?}")),
    }
    way.end(place);
    refused(chunk(&mut rows).unwrap_or(Ok(0)), place)?;
    match rows.next() {
        None => Ok(()),
        Some(_) => Err("more comes after the error".to_owned()),
    }
}

/// Runs a query; the id of its instance.
fn instance(way: &Way, alice: &Shell) -> Result<String, String> {
    let lines = alice.run(&format!("select * from {};", way.source)).map_err(failed)?;
    all(&lines)?;
    let id = lines.iter().find_map(|line| line.strip_prefix("ID = "));
    id.map(str::to_owned).ok_or_else(|| "no instance".to_owned())
}

fn half_waited(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    let id = instance(way, alice)?;
    half(alice.start(&format!("wait {id};")).map_err(failed)?, way, place)
}

fn waited(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    let id = instance(way, alice)?;
    all(&alice.run(&format!("wait {id};")).map_err(failed)?)?;
    way.end(place);
    refused(alice.run(&format!("wait {id};")), place)
}

fn shell(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    let statement = format!("select * from {};", way.source);
    all(&alice.run(&statement).map_err(failed)?)?;
    way.end(place);
    refused(alice.run(&statement), place)
}

/// A job of another shell runs while the right ends.
fn job(way: &Way, place: &Place, _: &Shell) -> Result<(), String> {
    let slow =
        format!("create table copy as select sum(a.id * b.id) as n from {0} a join {0} b on a.id <> b.id;", way.source);
    let folder = place.folder.clone();
    std::thread::scope(|scope| {
        let work = move || {
            let elsewhere = Place::at(&folder);
            reader(way, &elsewhere).run(&slow).map(drop).map_err(|error| error.message.clone())
        };
        let thread = std::thread::Builder::new().stack_size(32 << 20).spawn_scoped(scope, work).unwrap();
        while place.count("select count(*) from writing") == 0 {
            if thread.is_finished() {
                return Err(format!("it ended before it was seen: {:?}", thread.join().unwrap()));
            }
            std::thread::yield_now();
        }
        way.end(place);
        match thread.join().unwrap() {
            Err(_) if place.count("select count(*) from object where name = 'copy'") == 0 => Ok(()),
            other => Err(format!("it commits: {other:?}")),
        }
    })
}

fn result_downloaded(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    let id = instance(way, alice)?;
    let file = place.file("out.csv");
    let statement = format!("tunnel download instance://{id} {};", file.display());
    alice.run(&statement).map_err(failed)?;
    nothing_is_written(way, place, alice, &statement, &file)
}

fn downloaded(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    let file = place.file("out.csv");
    let statement = format!("tunnel download {} {};", way.source, file.display());
    alice.run(&statement).map_err(failed)?;
    let second = place.file("second.csv");
    let going = alice.start(&statement.replace("out.csv", "second.csv")).map_err(failed)?;
    let mut steps = steps(going);
    // It has begun, and nothing is written yet.
    steps.next().ok_or("no step")?.map_err(failed)?;
    way.end(place);
    refused(steps.by_ref().collect::<Answer<Vec<Step>>>(), place)?;
    drop(steps);
    if second.exists()
        || fs::read_dir(&place.folder)
            .unwrap()
            .flatten()
            .any(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
    {
        return Err("a file is left".to_owned());
    }
    refused(alice.run(&statement.replace("out.csv", "third.csv")), place)
}

fn nothing_is_written(
    way: &Way,
    place: &Place,
    alice: &Shell,
    statement: &str,
    file: &std::path::Path,
) -> Result<(), String> {
    match fs::read_to_string(file).map(|text| text.lines().count()) {
        Ok(ROWS) => {}
        other => return Err(format!("before the right ended there came {other:?}")),
    }
    fs::remove_file(file).unwrap();
    way.end(place);
    refused(alice.run(statement), place)?;
    if file.exists() { Err("a file is written".to_owned()) } else { Ok(()) }
}

fn steps(outcome: Outcome) -> Box<dyn Iterator<Item = Answer<Step>>> {
    let steps = outcome.items.into_iter().find_map(|item| match item {
        Item::Steps(steps) => Some(steps.0),
        _ => None,
    });
    steps.expect("steps")
}

/// Begins an upload of three records.
fn upload(place: &Place, alice: &Shell) -> Box<dyn Iterator<Item = Answer<Step>>> {
    let file = place.file("in.csv");
    fs::write(&file, "1\n2\n3\n").unwrap();
    steps(alice.start(&format!("tunnel upload {} prj_a.target;", file.display())).expect("an upload"))
}

const UPLOADED: &str =
    "select coalesce(sum(row_count), 0) from data_file where table_id = (select id from object where name = 'target')";

fn uploaded(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    for step in upload(place, alice) {
        step.map_err(failed)?;
    }
    if place.count(UPLOADED) != 3 {
        return Err("nothing was uploaded".to_owned());
    }
    let going = upload(place, alice);
    way.end(place);
    refused(going.collect::<Answer<Vec<Step>>>(), place)?;
    if place.count(UPLOADED) > 3 { Err("it was uploaded".to_owned()) } else { Ok(()) }
}

fn resumed(way: &Way, place: &Place, alice: &Shell) -> Result<(), String> {
    // Left alone, it stops; then it goes on.
    drop(upload(place, alice));
    alice.run("tunnel resume;").map_err(failed)?;
    if place.count(UPLOADED) != 3 {
        return Err("nothing was uploaded".to_owned());
    }
    drop(upload(place, alice));
    way.end(place);
    refused(alice.run("tunnel resume;"), place)?;
    if place.count(UPLOADED) > 3 { Err("it was uploaded".to_owned()) } else { Ok(()) }
}
