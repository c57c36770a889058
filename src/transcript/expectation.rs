use super::stage::Stage;
use crate::text::Span;

/// What an expected line is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Data.
    Data,
    /// What stands beside the data.
    Status,
    /// The error.
    Error,
    /// What is inspected of the statement before it runs.
    Stage(Stage),
}

impl Kind {
    /// Every kind.
    pub const ALL: [Kind; 6] = [
        Kind::Data,
        Kind::Status,
        Kind::Error,
        Kind::Stage(Stage::Access),
        Kind::Stage(Stage::Flows),
        Kind::Stage(Stage::Why),
    ];

    /// How its lines start; those of a stage stand below a line of their own, `--? access`.
    pub fn mark(self) -> &'static str {
        match self {
            Kind::Data => "-->",
            Kind::Status => "--~",
            Kind::Error => "--!",
            Kind::Stage(_) => "--?  ",
        }
    }
}

/// Begins the lines of a stage: `--? access`.
pub const INSPECT: &str = "--?";

/// Continues the expected line above it.
pub const CONTINUE: &str = "--+";

/// One expected line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// What it is held against.
    pub kind: Kind,
    /// The text behind the mark and one blank.
    pub text: String,
    /// Whether it is yet to be filled in: `-->?`, or `--? access` without a line below it.
    pub to_fill: bool,
    /// The whole line in the file, its continuations and end included; of the first line of a stage also the line that names it.
    pub span: Span,
}

/// What is expected of one statement, in the order of the file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expectation {
    /// Its lines.
    pub lines: Vec<Expected>,
}

impl Expectation {
    /// The texts of one kind; `None` if nothing is said about it.
    pub fn of(&self, kind: Kind) -> Option<Vec<&str>> {
        let texts: Vec<&str> =
            self.lines.iter().filter(|line| line.kind == kind).map(|line| line.text.as_str()).collect();
        (!texts.is_empty()).then_some(texts)
    }

    /// Whether what is expected of this kind is yet to be filled in.
    pub fn is_to_fill(&self, kind: Kind) -> bool {
        self.lines.iter().any(|line| line.kind == kind && line.to_fill)
    }

    /// The stages that are inspected.
    pub fn stages(&self) -> Vec<Stage> {
        Stage::ALL.into_iter().filter(|stage| self.of(Kind::Stage(*stage)).is_some()).collect()
    }
}
