//! The views of `information_schema`: what they are called, and their columns. Source: "Tenant-level Information Schema", the list of views.

use std::sync::{Arc, LazyLock, OnceLock};

use super::{Column, ColumnId, DataType, ObjectId, Principal, ProjectRef, SchemaName, Table, TableKind, Time};

/// The project of these views, for the project that a session is in. No project can have this name.
pub const INFORMATION_SCHEMA: &str = "information_schema";
/// The project whose schema `information_schema` has the views of a whole tenant. No project can have this name.
pub const SYSTEM_CATALOG: &str = "system_catalog";
/// The package that has the views, in every project that installed it.
pub const SYSTEM_PACKAGE: &str = "systables";

/// A view of `information_schema`.
#[derive(Debug)]
pub struct InformationView {
    /// Its name, folded.
    pub name: &'static str,
    /// Its columns, in order.
    pub columns: Vec<Column>,
    /// Stands where the number of a table would: no table has a negative one.
    number: ObjectId,
}

/// The day to which a row of the history belongs, as its column is called.
pub const DAY: &str = "ds";

/// Names and columns; a column whose type is not given is a STRING.
const VIEWS: &[(&str, &str)] = &[
    ("catalogs", "catalog_name status create_time:D owner_id owner_name settings region"),
    ("catalog_privileges", "catalog_name user_catalog user_name user_id grantor privilege_type"),
    ("schemas", "schema_catalog schema_name owner_id owner_name create_time:D last_modified_time:D schema_type comment"),
    ("users", "user_catalog identity_provider user_name user_id user_label"),
    ("roles", "role_catalog role_name role_label comment"),
    ("user_roles", "user_role_catalog role_name user_name user_id"),
    (
        "tables",
        "table_catalog table_schema table_name table_type is_partitioned:O owner_id owner_name create_time:D
         last_modified_time:D last_access_time:D data_length:B table_comment lifecycle:B lifecycle_enabled:O is_archived:O
         table_exstore_type storage_tier cluster_type number_buckets:B view_original_text has_primary_key:O
         is_transactional:O is_delta_table:O table_storage table_format",
    ),
    (
        "columns",
        "table_catalog table_schema table_name column_name ordinal_position:B column_default is_nullable:O data_type
         column_comment is_partition_key:O is_primary_key:O",
    ),
    (
        "partitions",
        "table_catalog table_schema table_name partition_name create_time:D last_modified_time:D last_access_time:D
         data_length:B is_archived:O is_exstore:O storage_tier cluster_type number_buckets:B lifecycle_enabled:O",
    ),
    ("udfs", "udf_catalog udf_schema udf_name owner_id owner_name create_time:D last_modified_time:D"),
    ("udf_resources", "udf_catalog udf_schema udf_name resource_catalog resource_schema resource_name"),
    (
        "resources",
        "resource_catalog resource_schema resource_name resource_type owner_id owner_name create_time:D
         last_modified_time:D size:B comment is_temp_resource:O",
    ),
    (
        "table_privileges",
        "table_catalog table_schema table_name user_catalog user_name user_id grantor privilege_type expired:D",
    ),
    (
        "column_privileges",
        "table_catalog table_schema table_name column_name user_catalog user_name user_id grantor privilege_type",
    ),
    ("udf_privileges", "udf_catalog udf_schema udf_name user_catalog user_name user_id grantor privilege_type"),
    (
        "resource_privileges",
        "resource_catalog resource_schema resource_name user_catalog user_name user_id grantor privilege_type",
    ),
    ("package_privileges", "package_catalog package_name user_catalog user_name user_id grantor privilege_type"),
    (
        "package_objects",
        "package_catalog package_name object_schema object_type object_name column_name allowed_privilege allowed_label",
    ),
    ("installed_packages", "installed_package_catalog package_catalog package_name installed_time allowed_label"),
    ("table_labels", "table_catalog table_schema table_name label_type label_level:B"),
    ("column_labels", "table_catalog table_schema table_name column_name label_type label_level"),
    (
        "table_label_grants",
        "table_catalog table_schema table_name user_catalog user_name user_id grantor label_level expired:D",
    ),
    (
        "column_label_grants",
        "table_catalog table_schema table_name column_name user_catalog user_name user_id grantor label_level expired:D",
    ),
    (
        "tasks",
        "task_catalog task_name task_type inst_id status owner_id owner_name start_time:D priority:B signature quota_name
         cpu_usage:B mem_usage:B gpu_usage:B total_cpu_usage:B total_mem_usage:B total_gpu_usage:B cpu_min_ratio:B
         mem_min_ratio:B gpu_min_ratio:B cpu_max_ratio:B mem_max_ratio:B gpu_max_ratio:B settings ext_platform_id
         ext_node_id ext_bizdate ext_task_id ext_dagtype ext_node_name ext_node_onduty ext_node_priority:B
         ext_node_cyctype ext_subtask_id additional_info",
    ),
    (
        "tasks_history",
        "task_catalog task_name task_type inst_id status owner_id owner_name result priority:B submit_time:D start_time:D
         end_time:D input_records:B output_records:B input_bytes:B lowfrequency_storage_input_bytes:B
         longterm_storage_input_bytes:B oss_input_bytes:B tablestore_input_bytes:B output_bytes:B input_tables
         output_tables operation_text signature quota_name complexity:F cost_cpu:F cost_mem:F cost_indicators settings
         ext_platform_id ext_node_id ext_bizdate ext_task_id ext_dagtype ext_node_name ext_node_onduty
         ext_node_priority:B ext_node_cyctype ext_subtask_id ds",
    ),
];

/// Views of the service that have no meaning here, and why.
const ABSENT: &[(&str, &str)] = &[
    ("volumes", "there are no volumes"),
    ("foreign_servers", "external data sources belong to the tenant, which shows them to those who may list them"),
    ("tunnels_history", "the state keeps no transfers by project; `tunnel show history` and `.audit` show them"),
    ("quota_usage", "computing resources are not metered"),
    ("table_access_info", "how often tables are read is not counted"),
    ("partition_access_info", "how often partitions are read is not counted"),
];

static KNOWN: LazyLock<Vec<InformationView>> = LazyLock::new(|| {
    let view = |(place, (name, columns)): (i64, &(&'static str, &str))| InformationView {
        name,
        columns: (1..).zip(columns.split_whitespace()).map(column).collect(),
        number: ObjectId(-100 - place),
    };
    (0..).zip(VIEWS).map(view).collect()
});

fn column((id, text): (i64, &str)) -> Column {
    let (name, data_type) = match text.split_once(':') {
        Some((name, "B")) => (name, DataType::Bigint),
        Some((name, "D")) => (name, DataType::Datetime),
        Some((name, "O")) => (name, DataType::Boolean),
        Some((name, _)) => (name, DataType::Double),
        None => (text, DataType::String),
    };
    Column {
        id: ColumnId(id),
        name: name.to_owned(),
        data_type,
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    }
}

impl InformationView {
    /// Every view, in the order in which they are listed here.
    pub fn all() -> &'static [Self] {
        &KNOWN
    }

    /// The view of this name, folded.
    pub fn of_name(name: &str) -> Option<&'static Self> {
        KNOWN.iter().find(|view| view.name == name)
    }

    /// Why there is no view of this name, if the service has one.
    pub fn why_absent(name: &str) -> Option<&'static str> {
        ABSENT.iter().find(|(absent, _)| *absent == name).map(|(_, reason)| *reason)
    }

    /// The view as a query and `desc` know it: a table that nobody owns and that is always there.
    pub fn table(&self, since: Time) -> Table {
        Table {
            id: self.number,
            project: ProjectRef::unknown(INFORMATION_SCHEMA),
            schema: SchemaName::default(),
            name: self.name.to_owned(),
            kind: TableKind::Table,
            owner: Principal::Account { account: INFORMATION_SCHEMA.into() },
            comment: String::new(),
            lifecycle: None,
            transactional: false,
            columns: self.columns.clone(),
            partition_columns: Vec::new(),
            view_text: None,
            external: None,
            created: since,
            defined: since,
            modified: since,
        }
    }

    /// Whether its rows belong to days.
    pub fn has_days(&self) -> bool {
        self.columns.iter().any(|column| column.name == DAY)
    }

    /// Whether its rows are jobs.
    pub fn has_jobs(&self) -> bool {
        matches!(self.name, "tasks" | "tasks_history")
    }
}

/// The values of one column, row by row.
#[derive(Debug, Clone, PartialEq)]
pub enum ListedValues {
    /// The query does not read it, or the view has no values in it: NULL in every row.
    Nothing,
    /// Text.
    Text(Vec<Option<String>>),
    /// Whole numbers, moments in milliseconds among them.
    Number(Vec<Option<i64>>),
    /// Truth values.
    Truth(Vec<Option<bool>>),
}

/// Rows of a view, column by column.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InformationRows {
    /// How many there are.
    pub count: usize,
    /// As many as the view has columns.
    pub columns: Vec<ListedValues>,
}

impl InformationRows {
    /// No rows yet of a view, of which these columns get values.
    pub fn empty(view: &InformationView, has_values: impl Fn(&str) -> bool) -> Self {
        let values = |column: &Column| {
            if !has_values(&column.name) {
                ListedValues::Nothing
            } else if [DataType::Bigint, DataType::Datetime].contains(&column.data_type) {
                ListedValues::Number(Vec::new())
            } else if column.data_type == DataType::Boolean {
                ListedValues::Truth(Vec::new())
            } else {
                ListedValues::Text(Vec::new())
            }
        };
        Self { count: 0, columns: view.columns.iter().map(values).collect() }
    }
}

/// The rows that a plan reads of a view. They are put in once the plan may run, all from the snapshot that it was decided on.
#[derive(Debug, Clone, Default)]
pub struct Listed(Arc<OnceLock<InformationRows>>);

impl Listed {
    /// Puts the rows in; only the first ones count.
    pub fn fill(&self, rows: InformationRows) {
        // A plan is bound anew with a place of its own, so this is filled once.
        let _ = self.0.set(rows);
    }

    /// The rows, if they were put in.
    pub fn rows(&self) -> Option<&InformationRows> {
        self.0.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn views_and_columns_have_one_name_each() {
        for view in InformationView::all() {
            let mut names: Vec<&str> = view.columns.iter().map(|column| column.name.as_str()).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{}", view.name);
            assert!(InformationView::why_absent(view.name).is_none());
            assert_eq!(InformationView::of_name(view.name).map(|found| found.number), Some(view.number));
        }
    }
}
