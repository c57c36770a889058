//! What a statement gives back: values with names and types. Never laid out: that is for `render`.

mod advice;
mod description;
mod explanation;
mod grants;
mod listing;
mod properties;

use crate::error::Result;
use crate::model::{Cell, DataType, Record, ResultColumn, Row};

pub use advice::{AdvisedStatement, Alternative, VisibleAdvice};
pub use description::{Description, Extended, PackageDescription, PartitionDescription, TableDescription};
pub use explanation::{Answer, Explanation, Failure, Refused};
pub use grants::{GrantEntry, Grants, GrantsOf, ImplicitGrant, OwnedObject, PolicyEntry};
pub use listing::Listing;
pub use properties::{Properties, PropertiesOf};

/// What a statement gives back, in the order in which it is shown.
#[derive(Default)]
pub struct Outcome {
    /// Messages, descriptions, listings and results.
    pub items: Vec<Item>,
}

/// One part of an outcome.
pub enum Item {
    /// A message as data.
    Line(String),
    /// A status word, a count, a warning: beside the data.
    Status(String),
    /// Names and values of one thing.
    Properties(Properties),
    /// An object with its properties.
    Description(Box<Description>),
    /// What is granted.
    Grants(Grants),
    /// Why a statement is allowed or denied.
    Explanation(Box<Explanation>),
    /// A list, or a result with columns.
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
    /// What is listed; nothing for rows of a query.
    pub listing: Option<Listing>,
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

    /// Names and values of one thing.
    pub fn properties(of: PropertiesOf, values: Record) -> Self {
        Self { items: vec![Item::Properties(Properties { of, values })] }
    }

    /// An object with its properties.
    pub(super) fn described(description: Description) -> Self {
        Self { items: vec![Item::Description(Box::new(description))] }
    }

    /// A list.
    pub fn listing(listing: Listing, rows: Vec<Row>) -> Self {
        Self { items: vec![Item::Rows(Rows::listed(listing, rows))] }
    }

    /// A list whose rows have one field.
    pub fn names<T: Into<Cell>>(listing: Listing, names: impl IntoIterator<Item = T>) -> Self {
        Self::listing(listing, names.into_iter().map(|name| vec![name.into()]).collect())
    }

    /// The same outcome with a status line after it.
    #[must_use]
    pub fn and_status(mut self, line: impl Into<String>) -> Self {
        self.items.push(Item::Status(line.into()));
        self
    }
}

impl Rows {
    /// A list whose rows are known.
    pub fn listed(listing: Listing, rows: Vec<Row>) -> Self {
        Self::streamed(listing, Box::new(std::iter::once(Ok(Chunk::Rows(rows)))))
    }

    /// A list whose rows are read while they are shown.
    pub fn streamed(listing: Listing, chunks: Box<dyn Iterator<Item = Result<Chunk>>>) -> Self {
        let column = |name: &&str| ResultColumn { name: (*name).to_owned(), data_type: DataType::String };
        Self { columns: listing.fields().iter().map(column).collect(), listing: Some(listing), ordered: true, chunks }
    }
}
