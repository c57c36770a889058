use std::fmt;

use super::{ObjectId, PartitionSpec, Place, Principal, Time};

/// What made a version of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// The table or partition was made.
    Create,
    /// It was there when its project began to keep versions.
    Baseline,
    /// Rows were added.
    Insert,
    /// Rows were replaced.
    Overwrite,
    /// Rows were removed.
    Truncate,
    /// Rows were changed.
    Update,
    /// Rows were removed one by one.
    Delete,
    /// Rows were added, changed or removed; partitions became one.
    Merge,
    /// The table or partition was dropped.
    Drop,
    /// It has the rows of an earlier version again.
    Restore,
}

impl Operation {
    /// Its name.
    ///
    /// Chosen: names as in statements, since the documents do not list them.
    pub fn name(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Baseline => "BASELINE",
            Self::Insert => "INSERT",
            Self::Overwrite => "OVERWRITE",
            Self::Truncate => "TRUNCATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Merge => "MERGE",
            Self::Drop => "DROP",
            Self::Restore => "RESTORE",
        }
    }
}

/// The number of a version of a table: 1, 2, 3 …
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lsn(pub i64);

impl Lsn {
    /// Reads a number as statements write it, zeros before it or not.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        digits.then(|| text.parse().ok()).flatten().map(Self)
    }
}

impl fmt::Display for Lsn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016}", self.0)
    }
}

/// A version that is kept, or is the present one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The partition that it is of; the whole table without one.
    pub partition: Option<i64>,
    /// Its number.
    pub lsn: Lsn,
    /// When it was made.
    pub time: Time,
    /// What made it, by its name.
    pub operation: String,
}

/// A table that was dropped, and can be restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DroppedTable {
    /// The number that it had, and has again.
    pub id: ObjectId,
    /// Where it was.
    pub place: Place,
    /// Its name.
    pub name: String,
    /// How statements name it.
    pub token: String,
    /// Its owner; nobody whose account is dropped.
    pub owner: Option<Principal>,
    /// Whether it has partitions.
    pub is_partitioned: bool,
    /// When it was made.
    pub created: Time,
    /// When it was dropped.
    pub dropped: Time,
}

/// A partition of a table that keeps versions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPartition {
    /// Number.
    pub id: i64,
    /// How statements name it.
    pub token: String,
    /// Its values.
    pub spec: PartitionSpec,
    /// The version that does not have it, if it was dropped.
    pub dropped: Option<Lsn>,
}
