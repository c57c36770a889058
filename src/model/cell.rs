use super::DataType;

/// One value of a result, as text that is ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cell {
    /// No value.
    Null,
    /// True or false.
    Boolean(bool),
    /// A number, in digits.
    Number(String),
    /// Text, a date or a time.
    Text(String),
    /// A list, map, struct or JSON value, as JSON.
    Json(String),
}

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
