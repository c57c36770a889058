use crate::error::Result;
use crate::model::{Cell, DataType, ResultColumn, Row};

/// What a statement gives back, in the order in which it is shown.
#[derive(Default)]
pub struct Outcome {
    /// Lines, status words and results.
    pub items: Vec<Item>,
}

/// One part of an outcome.
pub enum Item {
    /// A line of data.
    Line(String),
    /// A status word, a count, a warning: beside the data.
    Status(String),
    /// A result with columns.
    Rows(Rows),
    /// Work that goes on while it is shown.
    Steps(Steps),
}

/// What work says while it goes on, and how far it is; an error ends it. Dropping it stops the work.
pub struct Steps(pub Box<dyn Iterator<Item = Result<Step>>>);

/// A part of what work says.
pub enum Step {
    /// A status line.
    Status(String),
    /// How far it is: shown to a person, and to nobody else.
    Progress(Progress),
}

/// How far work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is done, in bytes or rows.
    pub done: u64,
    /// What there is to do, if that is known.
    pub total: Option<u64>,
    /// What is counted.
    pub unit: Unit,
}

/// What progress is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of a file.
    Bytes,
    /// Rows.
    Rows,
}

/// A result that is still being made: a head, chunks of plain rows, an end.
pub struct Rows {
    /// The head.
    pub columns: Vec<ResultColumn>,
    /// How a person sees it.
    pub layout: Layout,
    /// Whether the order of the rows means something.
    pub ordered: bool,
    /// The rows, as they come; an error ends them.
    pub chunks: Box<dyn Iterator<Item = Result<Chunk>>>,
}

/// A part of a result.
pub enum Chunk {
    /// Rows.
    Rows(Vec<Row>),
    /// A status line, such as that rows were left out.
    Notice(String),
}

/// How a person sees a result. Source: odpscmd.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// A frame around cells that are at least 10 wide, as for queries.
    Box,
    /// No lines; each column is so many percent of 150 characters wide.
    Percent(Vec<usize>),
    /// A frame whose columns are so many characters wide, with a line behind every row, as the authorization service draws.
    Ruled(Vec<usize>),
}

impl Outcome {
    /// Only status words.
    pub fn status(words: impl Into<String>) -> Self {
        Self { items: vec![Item::Status(words.into())] }
    }

    /// Only lines of data.
    pub fn lines<L: Into<String>>(lines: impl IntoIterator<Item = L>) -> Self {
        Self { items: lines.into_iter().map(|line| Item::Line(line.into())).collect() }
    }

    /// `OK` beside the data: most statements.
    pub fn ok() -> Self {
        Self::status("OK")
    }

    /// `OK` as data: the statements that the client passes to the authorization service.
    ///
    /// Source: odpscmd.
    pub fn authorization_ok() -> Self {
        Self::lines(["OK"])
    }
    /// A list as the client makes it: each column so many percent of 150 characters wide, and the count beside it.
    ///
    /// Source: odpscmd.
    pub(super) fn list(columns: &[(&str, usize)], rows: Vec<Vec<String>>, what: &str) -> Self {
        let count = rows.len();
        let rows: Vec<Row> = rows.into_iter().map(|row| row.into_iter().map(Cell::Text).collect()).collect();
        let column = |(name, _): &(&str, usize)| ResultColumn { name: (*name).to_owned(), data_type: DataType::String };
        let rows = Rows {
            columns: columns.iter().map(column).collect(),
            layout: Layout::Percent(columns.iter().map(|(_, percent)| *percent).collect()),
            ordered: true,
            chunks: Box::new(std::iter::once(Ok(Chunk::Rows(rows)))),
        };
        Self { items: vec![Item::Rows(rows), Item::Status(format!("{count} {what}"))] }
    }
}
