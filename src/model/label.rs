//! Labels of data, and how far principals may read (LAB-1 to LAB-5).

use std::collections::BTreeSet;
use std::fmt;

use super::{Grantee, Principal, Time};

/// How sensitive data is, or up to which label somebody may read: 0, the lowest, to 9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Level(u8);

impl Level {
    /// What everything has until it is labelled.
    pub const LOWEST: Self = Self(0);
    /// The highest one.
    pub const HIGHEST: Self = Self(9);

    /// The level of this number, if it is one.
    pub fn new(number: u8) -> Option<Self> {
        (number <= Self::HIGHEST.0).then_some(Self(number))
    }

    /// Its number.
    pub fn number(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The labels of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// The label of the table itself: what columns without a label of their own have.
    pub table: Level,
    /// Each column with its own label, in the order of the table.
    pub columns: Vec<(String, Option<Level>)>,
    /// The partition columns, which have no labels (LAB-5).
    pub partition_columns: Vec<String>,
}

impl Labels {
    /// The columns, each with the label that counts for it: its own before the table's (LAB-1).
    pub fn of_columns(&self) -> impl Iterator<Item = (&str, Level)> {
        self.columns.iter().map(|(name, own)| (name.as_str(), own.unwrap_or(self.table)))
    }

    /// The label that was set for this column itself, if one was.
    pub fn own(&self, column: &str) -> Option<Level> {
        self.columns.iter().find(|(name, _)| name == column).and_then(|(_, own)| *own)
    }

    /// Whether anything has a label above the lowest.
    pub fn are_set(&self) -> bool {
        self.table.max(self.highest()) > Level::LOWEST
    }

    /// The label of this column.
    pub fn of_column(&self, column: &str) -> Level {
        self.of_columns().find(|(name, _)| *name == column).map_or(Level::LOWEST, |(_, level)| level)
    }

    /// The lowest and the highest label of a column; the table's own where it has no columns.
    pub fn range(&self) -> (Level, Level) {
        let lowest = self.of_columns().map(|(_, level)| level).min();
        (lowest.unwrap_or(self.table), self.highest())
    }

    /// The highest label of a column; the table's own where it has no columns.
    pub fn highest(&self) -> Level {
        self.of_columns().map(|(_, level)| level).max().unwrap_or(self.table)
    }

    /// The columns with a label above this level, of the given ones or of all.
    pub fn above(&self, level: Level, of: Option<&BTreeSet<String>>) -> Vec<(String, Level)> {
        let asked = |column: &str| of.is_none_or(|of| of.contains(column));
        let above = self.of_columns().filter(|(name, label)| *label > level && asked(name));
        above.map(|(name, label)| (name.to_owned(), label)).collect()
    }
}

/// One label grant: up to which label a grantee reads a table, or a column of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelGrant {
    /// Up to which label.
    pub level: Level,
    /// The column that it is limited to.
    pub column: Option<String>,
    /// Who received it.
    pub grantee: Grantee,
    /// Who gave it.
    pub grantor: Principal,
    /// When it was given.
    pub granted: Time,
    /// When it ends; `None` for never.
    pub expires: Option<Time>,
}

impl LabelGrant {
    /// Whether it has not ended.
    pub fn is_valid(&self, now: Time) -> bool {
        self.expires.is_none_or(|end| now < end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_label_of_a_column_counts_before_that_of_the_table() {
        let columns = vec![("a".to_owned(), Some(Level(1))), ("b".to_owned(), None), ("c".to_owned(), Some(Level(0)))];
        let labels = Labels { table: Level(3), columns, ..Labels::default() };
        assert_eq!(labels.of_column("a"), Level(1));
        assert_eq!(labels.of_column("b"), Level(3));
        assert_eq!(labels.range(), (Level(0), Level(3)));
        assert_eq!(labels.above(Level(1), None), [("b".to_owned(), Level(3))]);
    }
}
