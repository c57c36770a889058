use std::collections::BTreeMap;
use std::sync::Arc;

use super::{
    DataType, External, FileKey, Object, ObjectId, ObjectKind, Place, Principal, ProjectRef, SchemaName, Time,
};

/// Number of a column; data files name their columns by it, so a new column never shows a dropped one's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ColumnId(pub i64);

/// A column of a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Number; 0 in a view and in a column that is not stored yet.
    pub id: ColumnId,
    /// Name, folded.
    pub name: String,
    /// Type.
    pub data_type: DataType,
    /// Free text.
    pub comment: String,
    /// Whether it may hold NULL.
    pub nullable: bool,
    /// What an insert writes that does not name the column, as text; NULL without one.
    pub default: Option<String>,
    /// Whether it is part of the primary key.
    pub is_key: bool,
    /// Of a partition column: what its values are calculated from.
    pub generator: Option<Generator>,
}

/// `trunc_time(<column>, '<unit>')`: how the values of a partition column follow from another column of their rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generator {
    /// The column, by its name.
    pub column: String,
    /// What of its values is kept.
    pub unit: TimeUnit,
}

/// What `trunc_time` keeps of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// `2025`
    Year,
    /// `2025-06`
    Month,
    /// `2025-06-18`
    Day,
    /// `2025-06-18 17:00:00`
    Hour,
}

impl TimeUnit {
    /// Every unit.
    pub const ALL: [Self; 4] = [Self::Year, Self::Month, Self::Day, Self::Hour];

    /// Its word.
    pub fn name(self) -> &'static str {
        match self {
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
            Self::Hour => "hour",
        }
    }

    /// The unit of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|unit| unit.name().eq_ignore_ascii_case(name))
    }

    /// How a time is written, for `chrono`. Source: "TRUNC_TIME".
    pub fn format(self) -> &'static str {
        match self {
            Self::Year => "%Y",
            Self::Month => "%Y-%m",
            Self::Day => "%Y-%m-%d",
            Self::Hour => "%Y-%m-%d %H:00:00",
        }
    }
}

/// What stands behind a table object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Rows in data files.
    Table,
    /// A query over other tables.
    View,
}

impl TableKind {
    /// The kind of its objects.
    pub fn object_kind(self) -> ObjectKind {
        match self {
            Self::Table => ObjectKind::Table,
            Self::View => ObjectKind::View,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View => "view",
        }
    }
}

/// A table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Number; never used again after a drop (ACC-9).
    pub id: ObjectId,
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// The schema that it is in.
    pub schema: SchemaName,
    /// Name, folded.
    pub name: String,
    /// What stands behind it.
    pub kind: TableKind,
    /// Current owner (ACC-7).
    pub owner: Principal,
    /// Free text.
    pub comment: String,
    /// Days until unchanged data may be removed.
    pub lifecycle: Option<u32>,
    /// Whether its rows can be updated and deleted one by one.
    pub transactional: bool,
    /// Columns, without partition columns, in order.
    pub columns: Vec<Column>,
    /// Partition columns, in order; empty for tables without partitions.
    pub partition_columns: Vec<Column>,
    /// The query of a view, as typed.
    pub view_text: Option<String>,
    /// Of an external table: where and how its rows lie.
    pub external: Option<Arc<External>>,
    /// When it was made.
    pub created: Time,
    /// When its definition last changed.
    pub defined: Time,
    /// When its rows last changed.
    pub modified: Time,
}

impl Table {
    /// This table as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: self.kind.object_kind(),
            id: self.id.into(),
            project: self.project.clone(),
            schema: self.schema.clone(),
            name: self.name.as_str().into(),
            owner: Some(self.owner.clone()),
        }
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        Place { project: self.project.clone(), schema: self.schema.clone() }
    }

    /// Columns and partition columns, in the order of `select *`.
    pub fn all_columns(&self) -> impl Iterator<Item = &Column> {
        self.columns.iter().chain(&self.partition_columns)
    }

    /// Whether it has a primary key: a row that is written takes the place of the one with its key.
    pub fn has_key(&self) -> bool {
        self.columns.iter().any(|column| column.is_key)
    }

    /// The partition column whose values are calculated, and from what. Source: "AUTO PARTITION": it is the only one.
    pub fn generator(&self) -> Option<(&Column, &Generator)> {
        self.partition_columns.iter().find_map(|column| Some((column, column.generator.as_ref()?)))
    }

    /// Whether rows live in partitions.
    pub fn is_partitioned(&self) -> bool {
        !self.partition_columns.is_empty()
    }
}

/// The values of the partition columns of one partition, in order: `ds=20240101/region=cn`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PartitionSpec(pub Vec<(String, String)>);

impl std::fmt::Display for PartitionSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (index, (column, value)) in self.0.iter().enumerate() {
            write!(f, "{}{column}={value}", if index > 0 { "/" } else { "" })?;
        }
        Ok(())
    }
}

impl PartitionSpec {
    /// The values by column name.
    pub fn values(&self) -> BTreeMap<&str, &str> {
        self.0.iter().map(|(column, value)| (column.as_str(), value.as_str())).collect()
    }
}

/// One immutable data file of a table, as the manifest knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Name inside the folder of data files.
    pub name: String,
    /// The partition that it belongs to; empty in a table without partitions.
    pub partition: PartitionSpec,
    /// Rows in the file.
    pub rows: u64,
    /// Bytes of the file.
    pub bytes: u64,
    /// CRC-32 of the file's bytes.
    pub checksum: u32,
    /// In an encrypted project, what decrypts it.
    pub key: Option<FileKey>,
}
