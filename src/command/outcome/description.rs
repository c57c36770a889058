use std::sync::Arc;

use crate::model::{
    Action, Cell, Column, External, Labels, Level, PartitionSpec, Principal, Record, Table, TableKind, Time,
};
use crate::store::PackageItem;

/// One object, with everything that a statement tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Description {
    /// `desc` of a table or view.
    Table(TableDescription),
    /// `desc` of a partition.
    Partition(PartitionDescription),
    /// `desc package`.
    Package(PackageDescription),
}

/// A table or view. What the caller may not see is absent (FLW-2a).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableDescription {
    /// Name of the project.
    pub project: String,
    /// Name of the schema, where names have schemas.
    pub schema: Option<String>,
    /// Name.
    pub name: String,
    /// Whether it is a table or a view.
    pub kind: TableKind,
    /// Current owner.
    pub owner: Principal,
    /// Free text.
    pub comment: String,
    /// When it was made.
    pub created: Time,
    /// When its definition last changed.
    pub defined: Time,
    /// When its rows last changed.
    pub modified: Option<Time>,
    /// Days until unchanged data may be removed.
    pub lifecycle: Option<u32>,
    /// Whether its rows can be updated and deleted.
    pub transactional: bool,
    /// The query of a view.
    pub view_text: Option<String>,
    /// Of an external table: where and how its rows lie.
    pub external: Option<Arc<External>>,
    /// Columns, without partition columns.
    pub columns: Vec<Column>,
    /// Partition columns.
    pub partition_columns: Vec<Column>,
    /// Its labels.
    pub labels: Arc<Labels>,
    /// Bytes of its rows.
    pub bytes: Option<u64>,
    /// What `desc extended` adds; nothing for `desc`.
    pub extended: Option<Extended>,
}

/// What `desc extended` adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extended {
    /// The files that hold its rows.
    pub files: Option<u64>,
    /// Its rows.
    pub rows: Option<u64>,
}

/// A partition of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartitionDescription {
    /// Name of the table's project.
    pub project: String,
    /// Name of the table.
    pub table: String,
    /// The values of its partition columns.
    pub partition: PartitionSpec,
    /// When it was made.
    pub created: Time,
    /// When its rows last changed.
    pub modified: Time,
    /// Bytes of its rows.
    pub bytes: u64,
}

/// A package, where it was made or where it is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackageDescription {
    /// Name.
    pub name: String,
    /// Name of the project that made it.
    pub source_project: String,
    /// When it was made.
    pub created: Time,
    /// The objects that it lists.
    pub objects: Vec<PackageItem>,
    /// The projects that may install it, each with its label; nothing where it is installed.
    pub allowed: Option<Vec<(String, u8)>>,
}

impl Description {
    /// What it tells, with names.
    pub fn record(&self) -> Record {
        match self {
            Self::Table(table) => table.record(),
            Self::Partition(partition) => partition.record(),
            Self::Package(package) => package.record(),
        }
    }
}

impl TableDescription {
    /// What every `desc` of a table tells.
    pub(in crate::command) fn of(table: &Table) -> Self {
        Self {
            project: table.project.name.to_string(),
            schema: None,
            name: table.name.clone(),
            kind: table.kind,
            owner: table.owner.clone(),
            comment: table.comment.clone(),
            created: table.created,
            defined: table.defined,
            modified: None,
            lifecycle: table.lifecycle,
            transactional: table.transactional,
            view_text: table.view_text.clone(),
            external: table.external.clone(),
            columns: table.columns.clone(),
            partition_columns: table.partition_columns.clone(),
            labels: Arc::default(),
            bytes: None,
            extended: None,
        }
    }

    fn record(&self) -> Record {
        let labels = self.labels.are_set().then_some(self.labels.as_ref());
        let number = |level: Level| u64::from(level.number());
        let columns = |columns: &[Column]| columns.iter().map(column).collect::<Cell>();
        let native = self
            .columns
            .iter()
            .map(|native| column(native).with("label", labels.map(|labels| number(labels.of_column(&native.name)))));
        let place = Record::default().with("project", &self.project);
        let place = match &self.schema {
            Some(schema) => place.with("schema", schema),
            None => place,
        };
        let described = place
            .with("name", &self.name)
            .with("type", if self.external.is_some() { "external table" } else { self.kind.name() })
            .with("owner", &self.owner)
            .with("comment", Cell::filled(&self.comment))
            .with("created", self.created)
            .with("defined", self.defined)
            .with("modified", self.modified)
            .with("lifecycle", self.lifecycle.map(u64::from))
            .with("transactional", self.transactional)
            .with("view_text", self.view_text.as_ref());
        let described = match &self.external {
            Some(external) => {
                described.with("format", external.format.name()).with("location", external.location.to_string())
            }
            None => described,
        };
        described
            .with("table_label", labels.map(|labels| number(labels.table)))
            .with("max_label", labels.map(|labels| number(labels.range().1)))
            .with("columns", native.collect::<Cell>())
            .with("partition_columns", columns(&self.partition_columns))
            .with("bytes", self.bytes)
            .with("files", self.extended.and_then(|extended| extended.files))
            .with("rows", self.extended.and_then(|extended| extended.rows))
    }
}

fn column(column: &Column) -> Record {
    Record::default()
        .with("name", &column.name)
        .with("type", column.data_type.to_string())
        .with("nullable", column.nullable)
        .with("default", column.default.as_ref())
        .with("comment", Cell::filled(&column.comment))
}

impl PartitionDescription {
    fn record(&self) -> Record {
        let values: Record = self.partition.0.iter().map(|(column, value)| (column.clone(), value.into())).collect();
        Record::default()
            .with("project", &self.project)
            .with("table", &self.table)
            .with("partition", self.partition.to_string())
            .with("values", values)
            .with("created", self.created)
            .with("modified", self.modified)
            .with("bytes", self.bytes)
    }
}

impl PackageDescription {
    fn record(&self) -> Record {
        let object = |item: &PackageItem| {
            Record::default()
                .with("type", item.kind.name())
                .with("name", &item.name)
                .with("privileges", item.actions.iter().copied().map(Action::name).collect::<Cell>())
        };
        let allowed = |(project, label): &(String, u8)| {
            Record::default().with("project", project).with("label", u64::from(*label))
        };
        let allowed = self.allowed.as_ref().map(|projects| projects.iter().map(allowed).collect::<Cell>());
        Record::default()
            .with("name", &self.name)
            .with("source_project", &self.source_project)
            .with("created", self.created)
            .with("objects", self.objects.iter().map(object).collect::<Cell>())
            .with("allowed_projects", allowed)
    }
}
