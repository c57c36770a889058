//! What a transcript showed when it was run, in the formats of people and of tools.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::expectation::Kind;
use super::pattern::fits;

mod json;
mod junit;
mod plain;
mod tap;

/// Most lines of a difference that are shown.
const SHOWN: usize = 60;

/// How one transcript ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileReport {
    /// The file.
    pub file: PathBuf,
    /// The sentence that it starts with.
    pub title: String,
    /// How many statements ran.
    pub statements: usize,
    /// Whether its expected lines were rewritten.
    pub blessed: bool,
    /// Whether they were not, because something else is wrong in the file.
    pub withheld: bool,
    /// How lines differ that said something and are rewritten.
    pub rewritten: Vec<Difference>,
    /// What makes the file test less than it seems to: line and sentence.
    pub warnings: Vec<(usize, String)>,
    /// Whether it holds.
    pub verdict: Verdict,
}

/// Whether a transcript holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It holds.
    Passed,
    /// It does not.
    Failed(Vec<Difference>),
    /// This build cannot run it, and why.
    Skipped(String),
}

/// One thing in which a transcript does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The line of the file.
    pub line: usize,
    /// The first line of the statement.
    pub statement: String,
    /// What is wrong.
    pub message: String,
    /// Expected lines behind `-`, actual ones behind `+`, common ones behind blanks.
    pub shown: Vec<String>,
}

/// How reports are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Format {
    /// For people.
    #[default]
    Plain,
    /// JUnit's XML.
    Junit,
    /// The Test Anything Protocol, version 13.
    Tap,
    /// One JSON object.
    Json,
}

impl Format {
    /// Every format.
    pub const ALL: [Format; 4] = [Self::Plain, Self::Junit, Self::Tap, Self::Json];

    /// The word that `--format` takes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Json => "json",
        }
    }
}

/// Writes the reports of a run.
///
/// # Errors
/// What the writer fails with.
pub fn write(reports: &[FileReport], format: Format, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Plain => plain::write(reports, out),
        Format::Junit => junit::write(reports, out),
        Format::Tap => tap::write(reports, out),
        Format::Json => json::write(reports, out),
    }
}

impl FileReport {
    /// The report of a file in which nothing is wrong yet.
    pub fn new(file: &Path) -> Self {
        Self {
            file: file.to_owned(),
            title: String::new(),
            statements: 0,
            blessed: false,
            withheld: false,
            rewritten: Vec::new(),
            warnings: Vec::new(),
            verdict: Verdict::Passed,
        }
    }

    /// Adds a difference.
    pub fn differs(&mut self, difference: Difference) {
        match &mut self.verdict {
            Verdict::Failed(differences) => differences.push(difference),
            _ => self.verdict = Verdict::Failed(vec![difference]),
        }
    }

    /// Adds something that is wrong with the file itself.
    pub fn fault(&mut self, line: usize, message: String) {
        self.differs(Difference::new(line, "", &message));
    }

    /// Adds something that makes the file test less than it seems to.
    pub fn warn(&mut self, line: usize, message: &str) {
        self.warnings.push((line, message.to_owned()));
    }

    /// What is wrong.
    pub fn differences(&self) -> &[Difference] {
        match &self.verdict {
            Verdict::Failed(differences) => differences,
            Verdict::Passed | Verdict::Skipped(_) => &[],
        }
    }
}

impl Difference {
    /// A difference without lines.
    pub fn new(line: usize, statement: &str, message: &str) -> Self {
        Self { line, statement: statement.to_owned(), message: message.to_owned(), shown: Vec::new() }
    }

    /// The same with expected and actual lines, as they stand in the file or could stand there.
    pub fn lines(mut self, kind: Kind, expected: &[&str], actual: &[&str]) -> Self {
        let same = |(old, new): &(&&str, &&str)| fits(old, new);
        let before = expected.iter().zip(actual).take_while(same).count();
        let (old, new) = (expected.get(before..).unwrap_or_default(), actual.get(before..).unwrap_or_default());
        let after = old.iter().rev().zip(new.iter().rev()).take_while(same).count();
        let show = |sign: &str, lines: &[&str]| -> Vec<String> {
            lines.iter().map(|line| format!("{sign} {} {line}", kind.mark()).trim_end().to_owned()).collect()
        };
        let (old, _) = old.split_at_checked(old.len() - after).unwrap_or((old, &[]));
        let (new, common) = new.split_at_checked(new.len() - after).unwrap_or((new, &[]));
        self.shown = show(" ", actual.get(..before).unwrap_or_default());
        self.shown.extend(show("-", old));
        self.shown.extend(show("+", new));
        self.shown.extend(show(" ", common));
        if self.shown.len() > SHOWN {
            let more = self.shown.len() - SHOWN;
            self.shown.truncate(SHOWN);
            self.shown.push(format!("  … and {more} more lines"));
        }
        self
    }

    /// The same with further lines.
    pub fn because(mut self, lines: impl Iterator<Item = String>) -> Self {
        self.shown.extend(lines);
        self
    }

    /// The statement and what is wrong with it, in one line.
    pub fn headline(&self) -> String {
        if self.statement.is_empty() { self.message.clone() } else { format!("`{}` {}", self.statement, self.message) }
    }
}

#[cfg(test)]
mod tests;
