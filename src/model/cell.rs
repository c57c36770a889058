use smol_str::SmolStr;

use super::{DataType, Principal, Time};

/// One value of a result, a listing or a description.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, in digits.
    Number(String),
    /// Text, or a date or time of a query.
    Text(String),
    /// A list, map, struct or JSON value, as JSON.
    Json(String),
    /// A moment.
    Time(Time),
    /// Values in order.
    List(Vec<Cell>),
    /// Values with names.
    Record(Record),
}

/// Names and values, in order; each name is used once.
#[derive(Debug, Default, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Record(Vec<(String, Cell)>);

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResultColumn {
    /// Name in the head.
    pub name: String,
    /// Type.
    pub data_type: DataType,
}

/// One row: as many cells as there are columns.
pub type Row = Vec<Cell>;

impl Cell {
    /// Text, which is absent if it is empty.
    pub fn filled(text: &str) -> Self {
        Some(text).filter(|text| !text.is_empty()).into()
    }
}

impl Record {
    /// The record with one more value.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Cell>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// The value of this name; `Null` if there is none.
    pub fn get(&self, name: &str) -> &Cell {
        self.0.iter().find(|(known, _)| known == name).map_or(&Cell::Null, |(_, value)| value)
    }

    /// Names and values, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Cell)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }
}

impl FromIterator<(String, Cell)> for Record {
    fn from_iter<I: IntoIterator<Item = (String, Cell)>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl From<bool> for Cell {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<u64> for Cell {
    fn from(number: u64) -> Self {
        Self::Number(number.to_string())
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&SmolStr> for Cell {
    fn from(text: &SmolStr) -> Self {
        Self::Text(text.to_string())
    }
}

impl From<&&str> for Cell {
    fn from(text: &&str) -> Self {
        Self::Text((*text).to_owned())
    }
}

impl From<&Principal> for Cell {
    fn from(principal: &Principal) -> Self {
        Self::Text(principal.to_string())
    }
}

impl From<Time> for Cell {
    fn from(time: Time) -> Self {
        Self::Time(time)
    }
}

impl From<Record> for Cell {
    fn from(record: Record) -> Self {
        Self::Record(record)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Cell>> From<Vec<T>> for Cell {
    fn from(values: Vec<T>) -> Self {
        values.into_iter().collect()
    }
}

impl<T: Into<Cell>> FromIterator<T> for Cell {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}
