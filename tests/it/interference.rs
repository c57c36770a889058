//! Non-interference: worlds that differ only in what someone may not know answer all of its statements in the same way.
//!
//! Each pair of worlds differs in one secret. Everything that the grammar has examples of, and a list of attacks, runs in both, each
//! statement on a copy, and is followed by statements that list what there is. Half of the examples are tried by the first viewer;
//! where `ODPSH_LONG` is set, all of them by everyone, and random statements also follow each other on one copy.

mod attacks;
mod corpus;
mod outside;
mod pair;
mod worlds;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use pair::{Both, Pair};
use worlds::{Secret, Viewer};

/// Pairs of worlds that are tried side by side.
const THREADS: usize = 2;

/// One of so many examples is tried with each secret; every one with two of the four. With `ODPSH_LONG` all are, with each.
const STEP: usize = 2;

/// Differences that are shown.
const SHOWN: usize = 8;

/// Statements that follow each other in a long run, and how often that is done for each viewer.
const LONG: (usize, usize) = (6, 300);

/// Runs statements in both worlds of a pair and notes what differs.
struct Trial<'p> {
    pair: &'p Pair,
    viewer: &'p Viewer,
    both: Both,
    differences: Vec<String>,
    /// Statements that ran in one of the worlds at least.
    succeeded: usize,
}

impl<'p> Trial<'p> {
    fn new(pair: &'p Pair, viewer: &'p Viewer) -> Self {
        Self { pair, viewer, both: pair.copy(viewer), differences: Vec::new(), succeeded: 0 }
    }

    /// Whether a statement ran in one of the worlds.
    fn compare(&mut self, text: &str, what: &str) -> bool {
        let [one, other] = self.both.run(text);
        if one.text != other.text {
            let Viewer { name, project, .. } = self.viewer;
            self.differences.push(format!(
                "{name} in {project}: `{text}`{what}\n--- without:\n{}--- with:\n{}",
                one.text, other.text
            ));
        }
        one.succeeded || other.succeeded
    }

    /// A statement, first only decided; then what can be seen of it.
    fn statement(&mut self, text: &str) {
        self.compare(&format!("--@ why {text}"), "");
        if self.compare(text, "") {
            self.succeeded += 1;
            if only_shows(text) {
                return;
            }
            for listing in self.viewer.listings {
                self.compare(listing, &format!(" after `{text}`"));
            }
            self.both = self.pair.copy(self.viewer);
        }
    }

    /// Statements that follow each other; then what can be seen of them.
    fn sequence(&mut self, statements: &[&String]) {
        for text in statements {
            self.compare(text, &format!(" in {statements:?}"));
        }
        for listing in self.viewer.listings {
            self.compare(listing, &format!(" after {statements:?}"));
        }
        self.both = self.pair.copy(self.viewer);
    }
}

/// Whether a statement leaves nothing behind but its audit record.
fn only_shows(text: &str) -> bool {
    ["show ", "desc ", "describe ", "list ", "ls ", "help", ".", "read "].iter().any(|word| text.starts_with(word))
}

fn is_long() -> bool {
    std::env::var_os("ODPSH_LONG").is_some()
}

/// What differs for a viewer of a secret, and how many statements ran.
fn differences(pair: &Pair, viewer: &Viewer, statements: &[String]) -> (Vec<String>, usize) {
    let (next, found) = (AtomicUsize::new(0), Mutex::new((Vec::new(), 0)));
    let work = || {
        let mut trial = Trial::new(pair, viewer);
        while let Some(text) = statements.get(next.fetch_add(1, Ordering::Relaxed)) {
            trial.statement(text);
        }
        if is_long() {
            let mut random = fastrand::Rng::with_seed(next.fetch_add(1, Ordering::Relaxed) as u64);
            for _ in 0..LONG.1 {
                let some: Vec<&String> = (0..LONG.0).map(|_| &statements[random.usize(..statements.len())]).collect();
                trial.sequence(&some);
            }
        }
        let mut found = found.lock().expect("no panic");
        found.0.append(&mut trial.differences);
        found.1 += trial.succeeded;
    };
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(work);
        }
    });
    found.into_inner().expect("no panic")
}

/// No viewer who may not know the secret can tell the worlds apart; those who may can, by the same statements.
fn assert_kept(secret: Secret) {
    let pair = Pair::new(secret);
    let mut wrong = Vec::new();
    for (place, viewer) in secret.viewers().iter().enumerate() {
        let mut statements = viewer.attacks();
        if place == 0 || is_long() {
            let step = if is_long() { 1 } else { STEP };
            statements.extend(corpus::statements(viewer).into_iter().skip(secret as usize % step).step_by(step));
        }
        let (differences, succeeded) = differences(&pair, viewer, &statements);
        let Viewer { name, may_know, .. } = viewer;
        if *may_know && differences.len() < 15 {
            wrong.push(format!("{name} may know the secret and sees {} differences only", differences.len()));
        } else if !may_know && !differences.is_empty() {
            let shown: Vec<&str> = differences.iter().take(SHOWN).map(String::as_str).collect();
            wrong.push(format!("{} differences for {name}, the first:\n{}", differences.len(), shown.join("\n")));
        }
        if succeeded < 20 {
            wrong.push(format!("only {succeeded} statements of {name} ran"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_outside_of_a_protected_project_learns_anything_of_its_rows() {
    assert_kept(Secret::Protected);
}

#[test]
fn nobody_learns_anything_of_a_column_without_a_grant() {
    assert_kept(Secret::Column);
}

#[test]
fn nobody_learns_anything_of_a_column_above_its_level() {
    assert_kept(Secret::Labelled);
}

#[test]
fn nobody_learns_anything_of_rows_that_a_view_leaves_out() {
    assert_kept(Secret::Hidden);
}
