//! Tables and views: `create`, `drop`, `alter`, `truncate`, `show`, `desc`, `read`.

mod clause;
mod effect;
mod export;
pub(super) mod external;
mod filter;
pub(super) mod print;
mod read;
mod versions;

pub(super) use clause::{Clauses, clauses};
pub use export::Exported;
pub(super) use external::storage;
pub use external::{Property, Storage, Stored};
pub use filter::{Compared, Filter, Function, Operand, Operator};
pub(super) use read::new_owner;
pub use read::statement;
pub use versions::{PartitionRef, Token, Versions};

use std::fmt;

use super::parser::Name;
use super::qualifier::Qualifier;
use super::statement::{FileName, QueryText, TableName};
use crate::model::{DataType, Principal, TimeUnit};

/// One column of `create table` or `add columns`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnDefinition {
    /// Its name.
    pub name: Name,
    /// Its type.
    pub data_type: DataType,
    /// Whether `not null` follows the type.
    pub not_null: bool,
    /// The constant behind `default`.
    pub default: Option<Constant>,
    /// Its comment.
    pub comment: Option<String>,
    /// `trunc_time(<column>, '<unit>')`: of a partition column whose values are calculated.
    pub generator: Option<(Name, TimeUnit)>,
}

/// The constant that a column has by default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constant {
    /// `null`
    Null,
    /// `true`, `false`
    Flag(bool),
    /// A number with its sign.
    Number(String),
    /// A string.
    Text(String),
}

/// How rows are to be stored, which changes no result.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// `stored as <format>`
    pub format: Option<Name>,
    /// `[range] clustered by (…) …`
    pub clusters: Option<Clusters>,
    /// Properties in `tblproperties` that have no effect here, with their values.
    pub properties: Vec<(String, String)>,
}

impl Layout {
    /// Whether it says how rows are to be stored.
    pub fn is_given(&self) -> bool {
        self.format.is_some() || self.clusters.is_some()
    }
}

/// `[range] clustered by (<columns>) [sorted by (<columns>)] [into <number> buckets]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    /// Whether `range` is before it.
    pub by_range: bool,
    /// The columns that rows are put together by.
    pub columns: Vec<Name>,
    /// The columns that they are sorted by, and whether downwards.
    pub sorted: Vec<(Name, bool)>,
    /// How many parts there are.
    pub buckets: Option<u32>,
}

/// `partition (ds='20240101', region='cn')`: values for some or all partition columns.
pub type PartitionValues = Vec<(Name, String)>;

/// A statement about a table or view.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// `create table [if not exists] <t> (<columns>) [comment] [partitioned by (<columns>)] [tblproperties (…)] [lifecycle <days>]`
    Create {
        /// The new table.
        table: TableName,
        /// Leave a table of that name alone.
        if_not_exists: bool,
        /// Columns, in order.
        columns: Vec<ColumnDefinition>,
        /// The columns of the primary key.
        key: Vec<Name>,
        /// Partition columns, in order.
        partitions: Vec<ColumnDefinition>,
        /// Table comment.
        comment: Option<String>,
        /// Days.
        lifecycle: Option<u32>,
        /// What `tblproperties` says of `transactional`.
        transactional: Option<bool>,
        /// How the service would store the rows.
        layout: Layout,
    },
    /// `create external table [if not exists] <t> (<columns>) [comment] [partitioned by (<columns>)] stored … location '…' …`
    CreateExternal {
        /// The new table.
        table: TableName,
        /// Leave a table of that name alone.
        if_not_exists: bool,
        /// Columns, in order.
        columns: Vec<ColumnDefinition>,
        /// Partition columns, in order.
        partitions: Vec<ColumnDefinition>,
        /// Table comment.
        comment: Option<String>,
        /// Where and how its rows lie.
        storage: Storage,
    },
    /// `msck repair table <t> [add partitions]`
    Repair {
        /// The table.
        table: TableName,
    },
    /// `show external tables [in <project or schema>] [like '<prefix>*']`
    ShowExternal {
        /// Where they are; without it, in the current project and schema.
        place: Qualifier,
        /// Pattern with `*` or `%`.
        like: Option<String>,
    },
    /// `create table [if not exists] <t> like <source> [lifecycle <days>]`
    CreateLike {
        /// The new table.
        table: TableName,
        /// Leave a table of that name alone.
        if_not_exists: bool,
        /// Whose columns it gets.
        source: TableName,
        /// Days.
        lifecycle: Option<u32>,
    },
    /// `drop table [if exists] <t> [purge]`
    Drop {
        /// The table.
        table: TableName,
        /// No error if it does not exist.
        if_exists: bool,
        /// Keep nothing of it.
        purge: bool,
    },
    /// `alter table <t> …`, `alter view <v> changeowner to …`
    Alter {
        /// The table or view.
        table: TableName,
        /// What changes.
        change: Alteration,
    },
    /// `truncate table <t> [partition (…), …]`
    Truncate {
        /// The table.
        table: TableName,
        /// These partitions only; without any, the whole table.
        partitions: Vec<Choice>,
    },
    /// `create [or replace] view [if not exists] <v> [(<columns>)] [comment] as <query>`
    CreateView {
        /// The new view.
        view: TableName,
        /// Replace a view of that name.
        or_replace: bool,
        /// Leave a view of that name alone.
        if_not_exists: bool,
        /// Names and comments of its columns; without them, the query's.
        columns: Vec<(Name, Option<String>)>,
        /// View comment.
        comment: Option<String>,
        /// The body.
        query: QueryText,
    },
    /// `drop view [if exists] <v>`
    DropView {
        /// The view.
        view: TableName,
        /// No error if it does not exist.
        if_exists: bool,
    },
    /// `show tables [in <project or schema>] [like '<prefix>*']`
    ShowTables {
        /// Where they are; without it, in the current project and schema.
        place: Qualifier,
        /// Pattern with `*` or `%`.
        like: Option<String>,
    },
    /// `show views [in <project or schema>] [like '<prefix>*']`
    ShowViews {
        /// Where they are; without it, in the current project and schema.
        place: Qualifier,
        /// Pattern with `*` or `%`.
        like: Option<String>,
    },
    /// `show materialized views [in <project>] [like '<prefix>*']`
    ShowMaterializedViews {
        /// Where they are; without it, in the current project and schema.
        place: Qualifier,
        /// Pattern with `*` or `%`.
        like: Option<String>,
    },
    /// `desc [extended] <t> [partition (…)]`
    Describe {
        /// The table or view.
        table: TableName,
        /// With file counts and sizes.
        extended: bool,
        /// One partition only.
        partition: Option<PartitionValues>,
    },
    /// `show partitions <t> [[partition] (…)]`
    ShowPartitions {
        /// The table.
        table: TableName,
        /// Which partitions.
        partitions: Option<Choice>,
    },
    /// `show create table <t>`
    ShowCreate {
        /// The table or view.
        table: TableName,
    },
    /// `export table <t>`
    ExportTable {
        /// The table or view.
        table: TableName,
    },
    /// `export <project> <folder> [-<letters>]`
    ExportProject {
        /// The project.
        project: Name,
        /// Where the files are written.
        folder: FileName,
        /// Which statements.
        what: Exported,
    },
    /// `count <t> [partition (…)]`
    Count {
        /// The table or view.
        table: TableName,
        /// One partition only.
        partition: Option<PartitionValues>,
    },
    /// `show history …`, `restore table …`, `purge …`
    Versions(Versions),
    /// `read <t> [(<columns>)] [partition (…)] [<rows>]`
    Read {
        /// The table or view.
        table: TableName,
        /// Columns; without them, all.
        columns: Vec<Name>,
        /// One partition only.
        partition: Option<PartitionValues>,
        /// Most rows to show.
        rows: Option<u64>,
    },
}

/// Partitions by values of some or all partition columns, or by a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// `partition (ds='20240101')`
    Values(PartitionValues),
    /// `partition (ds < '20240101')`
    Matching(Filter),
}

/// What `alter table` changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alteration {
    /// `rename to <name>`
    Rename(Name),
    /// `rename to <name>`, of a view
    RenameView(Name),
    /// `add columns [if not exists] (<columns>)`
    AddColumns {
        /// Leave columns alone that are there.
        if_not_exists: bool,
        /// At least one.
        columns: Vec<ColumnDefinition>,
    },
    /// `drop column[s] <name>, …`
    DropColumns(Vec<Name>),
    /// `change column <old> rename to <new>`
    RenameColumn(Name, Name),
    /// `change column <old> <new> <type> [comment '…'] [after <column>]`
    ChangeColumn(Name, ColumnDefinition, Option<Name>),
    /// `change column <name> null`
    NullableColumn(Name),
    /// `change column <name> comment '…'`
    CommentColumn(Name, String),
    /// `add [if not exists] partition (…) …`
    AddPartitions {
        /// Leave partitions alone that are there.
        if_not_exists: bool,
        /// At least one.
        partitions: Vec<PartitionValues>,
    },
    /// `add [if not exists] partition (…) location '…'`
    AddPartitionAt {
        /// Leave a partition alone that is there.
        if_not_exists: bool,
        /// Its values.
        partition: PartitionValues,
        /// Its folder.
        location: FileName,
    },
    /// `drop [if exists] partition (…), …`
    DropPartitions {
        /// No error if one does not exist.
        if_exists: bool,
        /// At least one.
        partitions: Vec<PartitionValues>,
    },
    /// `drop [if exists] partition (<condition>)`
    DropMatching {
        /// No error if no partition matches.
        if_exists: bool,
        /// Which partitions.
        filter: Filter,
    },
    /// `partition (…) rename to partition (…)`
    RenamePartition(PartitionValues, PartitionValues),
    /// `merge [if exists] partition (…), … overwrite partition (…) [purge]`
    MergePartitions {
        /// Pass over partitions that do not exist.
        if_exists: bool,
        /// At least one.
        partitions: Vec<Choice>,
        /// The one that holds their rows afterwards, and no others.
        target: PartitionValues,
        /// Keep nothing of what they were.
        purge: bool,
    },
    /// `set comment '…'`
    Comment(String),
    /// `set lifecycle <days>`
    Lifecycle(u32),
    /// `changeowner to <principal>`; the principal may stand in quotes.
    ChangeOwner(Principal),
    /// `analyze table … [partition (…)] compute statistics [for [all] columns [(…)]]`
    Analyze(Option<PartitionValues>, Vec<Name>),
    /// `set tblproperties (…)`, `clustered by (…) …`, `not clustered`
    Layout {
        /// What the properties say of `transactional`.
        transactional: Option<bool>,
        /// How the service would store the rows.
        layout: Layout,
    },
    /// `[partition (…)] merge smallfiles`, and other work on how rows are stored.
    Maintain(Option<PartitionValues>, Task),
}

/// Work on how the rows of a table are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// `touch`
    Touch,
    /// `merge smallfiles`
    Merge,
    /// `archive`
    Archive,
    /// `freeze`
    Freeze,
    /// `restore`
    Restore,
    /// `compact major`
    CompactMajor,
    /// `compact minor`
    CompactMinor,
    /// `enable lifecycle`
    EnableLifecycle,
    /// `disable lifecycle`
    DisableLifecycle,
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Touch => "touch",
            Self::Merge => "merge smallfiles",
            Self::Archive => "archive",
            Self::Freeze => "freeze",
            Self::Restore => "restore",
            Self::CompactMajor => "compact major",
            Self::CompactMinor => "compact minor",
            Self::EnableLifecycle => "enable lifecycle",
            Self::DisableLifecycle => "disable lifecycle",
        })
    }
}

impl Statement {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::Create { .. } => "create-table",
            Self::CreateExternal { .. } => "create-external-table",
            Self::Repair { .. } => "msck-repair-table",
            Self::ShowExternal { .. } => "show-external-tables",
            Self::CreateLike { .. } => "create-table-like",
            Self::Drop { .. } => "drop-table",
            Self::Alter { change, .. } => change.production(),
            Self::Truncate { .. } => "truncate-table",
            Self::CreateView { .. } => "create-view",
            Self::DropView { .. } => "drop-view",
            Self::ShowTables { .. } => "show-tables",
            Self::ShowViews { .. } => "show-views",
            Self::ShowMaterializedViews { .. } => "show-materialized-views",
            Self::Describe { .. } => "desc-table",
            Self::ShowPartitions { .. } => "show-partitions",
            Self::ShowCreate { .. } => "show-create-table",
            Self::ExportTable { .. } => "export-table",
            Self::ExportProject { .. } => "export-project",
            Self::Count { .. } => "count",
            Self::Read { .. } => "read",
            Self::Versions(versions) => versions.production(),
        }
    }
}

impl Versions {
    /// Name of the production.
    pub fn production(&self) -> &'static str {
        match self {
            Self::ShowTables { .. } => "show-history-tables",
            Self::Show { .. } => "show-history",
            Self::RestoreTable { .. } => "restore-dropped-table",
            Self::RestorePartitions { .. } => "restore-dropped-partition",
            Self::RestoreVersion { .. } => "restore-table",
            Self::Purge { .. } => "purge-table",
            Self::PurgeAll => "purge-all",
        }
    }
}

impl Alteration {
    fn production(&self) -> &'static str {
        match self {
            Self::Rename(_) => "alter-table-rename",
            Self::RenameView(_) => "alter-view-rename",
            Self::Analyze(..) => "analyze-table",
            Self::AddColumns { .. } => "alter-table-add-columns",
            Self::DropColumns(_) => "alter-table-drop-columns",
            Self::RenameColumn(..) => "alter-table-rename-column",
            Self::ChangeColumn(..) => "alter-table-change-column",
            Self::NullableColumn(_) => "alter-table-nullable-column",
            Self::Maintain(_, Task::Touch) => "alter-table-touch",
            Self::CommentColumn(..) => "alter-table-comment-column",
            Self::AddPartitions { .. } => "alter-table-add-partition",
            Self::AddPartitionAt { .. } => "alter-table-add-partition-location",
            Self::DropPartitions { .. } => "alter-table-drop-partition",
            Self::DropMatching { .. } => "alter-table-drop-partitions-matching",
            Self::RenamePartition(..) => "alter-table-rename-partition",
            Self::MergePartitions { .. } => "alter-table-merge-partition",
            Self::Layout { .. } => "alter-table-layout",
            Self::Comment(_) => "alter-table-comment",
            Self::Lifecycle(_) => "alter-table-lifecycle",
            Self::ChangeOwner(_) => "alter-table-changeowner",
            Self::Maintain(_, Task::Merge) => "alter-table-merge",
            Self::Maintain(_, Task::CompactMajor | Task::CompactMinor) => "alter-table-compact",
            Self::Maintain(_, Task::EnableLifecycle | Task::DisableLifecycle) => "alter-table-lifecycle-switch",
            Self::Maintain(_, Task::Archive | Task::Freeze | Task::Restore) => "alter-table-archive",
        }
    }
}
