//! Two states that are the same but for a secret, and copies of them on which statements run.

use std::fs;
use std::path::Path;

use odpsh::command::{Chunk, Item, Outcome, Rows};
use odpsh::error::Error;
use odpsh::model::{OutputMode, Row, Time};
use odpsh::render::{RenderError, Renderer, Style};
use odpsh::shell::{Options, Session, StatePath, World};
use odpsh::syntax;
use tempfile::TempDir;

use super::worlds::{Secret, Viewer};

/// The clock of every world.
const CLOCK: Time = Time(1_704_067_200_000);

/// What stands for the folder of local files in a statement.
pub const FILES: &str = "{files}";

/// What stands for the job whose end depends on the secret.
pub const JOB: &str = "{job}";

/// Both worlds as they are made.
pub struct Pair {
    folders: [TempDir; 2],
    /// The id of the job whose end depends on the secret, the same in both.
    job: String,
}

/// A copy of both, with a session of one viewer.
pub struct Both {
    sides: [Side; 2],
    job: String,
}

struct Side {
    session: Session,
    folder: TempDir,
}

/// What a statement gave.
pub struct VisibleAdvice {
    pub text: String,
    pub succeeded: bool,
}

fn folder() -> TempDir {
    tempfile::Builder::new().prefix("odpsh-it").tempdir().expect("a folder")
}

fn open(folder: &Path) -> Session {
    let state = StatePath::File(folder.join("state.db"));
    let options = Options { memory_limit: Some(512 << 20), ..Options::on(state) };
    Session::open(World::fixed(CLOCK), options).expect("a session")
}

/// Runs a statement and gives all that its session sees of it; an error with its help and its trail.
fn run(session: &mut Session, text: &str) -> VisibleAdvice {
    let mut shown = Vec::new();
    let stopped = syntax::parse(text).and_then(|script| {
        for piece in &script.pieces {
            let outcome = session.run(piece, text)?;
            let is_ordered = !outcome.items.iter().any(|item| matches!(item, Item::Rows(rows) if !rows.ordered));
            let (outcome, as_values) = with_values(outcome);
            shown.extend(as_values);
            let (mut data, mut status) = (Vec::new(), Vec::new());
            let rendered = Renderer::new(&mut data, &mut status, Style::default()).outcome(outcome);
            // Threads decide in which order such rows come, and how many come before an error.
            if !is_ordered {
                data = if rendered.is_ok() { sorted(&data) } else { Vec::new() };
            }
            shown.append(&mut data);
            shown.append(&mut status);
            shown.extend(session.warnings().join("\n").into_bytes());
            rendered.map_err(|error| match error {
                RenderError::Statement(error) => error,
                RenderError::Writer(error) => panic!("{error}"),
            })?;
        }
        Ok(())
    });
    let mut text_shown = String::from_utf8(shown).expect("text");
    if let Err(error) = &stopped {
        let Error { help, notes, .. } = &**error;
        text_shown.push_str(&format!("{}\n{help:?}\n{notes:?}\n", error.headline(text)));
    }
    VisibleAdvice { text: text_shown, succeeded: stopped.is_ok() }
}

/// The outcome, and what a program gets of its descriptions and lists; the rows of queries are the same in each mode.
fn with_values(outcome: Outcome) -> (Outcome, Vec<u8>) {
    let mut values = Vec::new();
    let item = |item: Item| match item {
        Item::Properties(properties) => {
            values.push(Item::Properties(properties.clone()));
            Item::Properties(properties)
        }
        Item::Description(description) => {
            values.push(Item::Description(description.clone()));
            Item::Description(description)
        }
        Item::Grants(grants) => {
            values.push(Item::Grants(grants.clone()));
            Item::Grants(grants)
        }
        Item::Explanation(explanation) => {
            values.push(Item::Explanation(explanation.clone()));
            Item::Explanation(explanation)
        }
        Item::Rows(rows) => match rows.listing {
            None => Item::Rows(rows),
            Some(listing) => {
                let chunks: Vec<_> = rows.chunks.collect();
                let read = chunks.iter().map_while(|chunk| chunk.as_ref().ok());
                let read: Vec<Row> = read
                    .flat_map(|chunk| match chunk {
                        Chunk::Rows(rows) => rows.clone(),
                        Chunk::Notice(_) => Vec::new(),
                    })
                    .collect();
                values.push(Item::Rows(Rows::listed(listing, read)));
                Item::Rows(Rows { chunks: Box::new(chunks.into_iter()), ..rows })
            }
        },
        message => message,
    };
    let outcome = Outcome { items: outcome.items.into_iter().map(item).collect() };
    let mut json = Vec::new();
    let style = Style { mode: OutputMode::Json, ..Style::default() };
    let rendered = Renderer::new(&mut json, &mut Vec::new(), style).outcome(Outcome { items: values });
    rendered.expect("values are written");
    (outcome, json)
}

fn sorted(data: &[u8]) -> Vec<u8> {
    let mut lines: Vec<&[u8]> = data.split_inclusive(|byte| *byte == b'\n').collect();
    lines.sort_unstable();
    lines.concat()
}

impl Pair {
    pub fn new(secret: Secret) -> Self {
        let mut jobs = Vec::new();
        let folders = [false, true].map(|bit| {
            let folder = folder();
            let mut session = open(folder.path());
            let mut job = String::new();
            for line in secret.setup(bit) {
                let text = line.text.replace(FILES, folder.path().to_str().expect("a path"));
                for (name, content) in secret.files(bit) {
                    fs::write(folder.path().join(name), content).expect("a file");
                }
                let told = run(&mut session, &text);
                assert!(told.succeeded || line.may_fail, "{text}: {}", told.text);
                if let Some(id) = told.text.lines().find_map(|line| line.strip_prefix("ID = ")).filter(|_| line.is_job)
                {
                    job = id.to_owned();
                }
            }
            session.finish().expect("it is written");
            jobs.push(job);
            folder
        });
        // An id is made of a counter: a job that fails has one as well, which its error does not say.
        let job = jobs.into_iter().find(|job| !job.is_empty()).unwrap_or_default();
        Self { folders, job }
    }

    /// Fresh copies, with local files that both have.
    pub fn copy(&self, viewer: &Viewer) -> Both {
        let sides = [0, 1].map(|side| {
            let copy = folder();
            copy_folder(self.folders[side].path(), copy.path());
            fs::remove_file(copy.path().join("pin.txt")).ok();
            fs::create_dir_all(copy.path().join("files")).expect("a folder");
            fs::write(copy.path().join("files/two.csv"), "7,x,y,7\n8,x,y,8\n").expect("a file");
            let mut session = open(copy.path());
            for line in [format!("--@ user {}", viewer.principal), format!("use {}", viewer.project)] {
                let told = run(&mut session, &line);
                assert!(told.succeeded, "{line}: {}", told.text);
            }
            Side { session, folder: copy }
        });
        Both { sides, job: self.job.clone() }
    }
}

impl Both {
    /// Runs a statement in both worlds.
    pub fn run(&mut self, text: &str) -> [VisibleAdvice; 2] {
        let job = &self.job;
        self.sides.each_mut().map(|side| side.run(&text.replace(JOB, job)))
    }
}

impl Side {
    /// What is seen of a statement, local files included.
    fn run(&mut self, text: &str) -> VisibleAdvice {
        let files = self.folder.path().join("files");
        let shown = files.to_str().expect("a path");
        let mut told = run(&mut self.session, &text.replace(FILES, shown));
        for entry in fs::read_dir(&files).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() && !path.ends_with("two.csv") {
                let content = fs::read(&path).expect("a file");
                told.text.push_str(&format!("{}: {}\n", path.display(), String::from_utf8_lossy(&content)));
                fs::remove_file(&path).expect("it goes");
            }
        }
        let folder = self.folder.path().to_str().expect("a path");
        VisibleAdvice { text: told.text.replace(shown, FILES).replace(folder, "{world}"), ..told }
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("a folder") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            fs::create_dir_all(&target).expect("a folder");
            copy_folder(&path, &target);
        } else {
            fs::copy(&path, &target).expect("a copy");
        }
    }
}
