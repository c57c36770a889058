//! How a person sees each list: the client's heads, widths and lines.
//!
//! Source: odpscmd, unless another one is given.

use std::borrow::Cow;

use super::form::{Form, content};
use super::joined::Joined;
use super::listed::Listed;
use super::percent::Percent;
use super::ruled::Ruled;
use super::style::Target;
use crate::command::Listing;
use crate::model::Cell;

/// A column of a list.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    /// What is written above it.
    pub head: &'static str,
    /// In percent or characters, as the form counts.
    pub width: usize,
    /// The name of its field.
    pub field: &'static str,
    /// How its cells are written.
    pub written: Written,
}

/// How a cell is written.
#[derive(Debug, Clone, Copy)]
pub enum Written {
    /// As it is; a time as `desc` prints it.
    Plain,
    /// A time as `show packages` prints it.
    Iso,
    /// So many seconds.
    Seconds,
    /// Text on one line, so that a row is one.
    OneLine,
    /// A list, with this between its values.
    List(&'static str),
    /// In capitals, as `describe package` prints types.
    Upper,
    /// The name of an object, after its type.
    Object,
    /// With the column that it is limited to, and the package that it is inside of.
    Limited,
    /// Who can, if principals are not named: the holders of a role, or the members of a project.
    Who,
}

/// How a list is drawn.
pub enum Look {
    /// Columns of so many percent of 150 characters.
    Percent(&'static [Column]),
    /// A frame, at least so many characters wide, with a line after every row.
    Ruled(&'static [Column]),
    /// A line for each row.
    Lines(fn(&Cells<'_>) -> String),
    /// An empty line, then a line for each row; an empty status line at the end.
    Spaced(fn(&Cells<'_>) -> String),
    /// A status line for each row.
    Status(fn(&Cells<'_>) -> String),
    /// All rows on one line.
    Joined,
}

const fn plain(head: &'static str, width: usize, field: &'static str) -> Column {
    column(head, width, field, Written::Plain)
}

const fn column(head: &'static str, width: usize, field: &'static str, written: Written) -> Column {
    Column { head, width, field, written }
}

const PROJECTS: &[Column] = &[
    plain("Project Name", 20, "name"),
    plain("Comment", 20, "comment"),
    plain("Type", 10, "type"),
    plain("Status", 10, "status"),
    plain("Creation Time", 15, "created"),
    plain("Last Modified Time", 15, "modified"),
    plain("Owner", 10, "owner"),
];

const RESOURCES: &[Column] = &[
    plain("Resource Name", 15, "name"),
    plain("Owner", 15, "owner"),
    plain("Creation Time", 15, "created"),
    plain("Last Modified Time", 15, "modified"),
    plain("Type", 5, "type"),
    plain("Last Updator", 5, "updated_by"),
    plain("Resource Size", 10, "size"),
    plain("Source", 10, "source"),
    plain("Comment", 10, "comment"),
];

const FUNCTIONS: &[Column] = &[
    plain("Name", 12, "name"),
    plain("Owner", 20, "owner"),
    plain("Create Time", 15, "created"),
    plain("Class", 23, "class"),
    column("Resources", 30, "resources", Written::List(",")),
];

/// Source: "Local backup", the sample outputs; widths chosen.
const VERSIONS: &[Column] = &[
    plain("ObjectType", 8, "type"),
    plain("ObjectId", 23, "id"),
    plain("ObjectName", 25, "name"),
    plain("VERSION(LSN)", 14, "lsn"),
    plain("Time", 16, "time"),
    plain("Operation", 10, "operation"),
];

/// Source: "Local backup", the sample outputs; widths chosen.
const KEPT_TABLES: &[Column] = &[
    plain("Name", 25, "name"),
    plain("Id", 23, "id"),
    plain("Type", 11, "type"),
    plain("IsPartitioned", 10, "partitioned"),
    plain("CreateTime", 15, "created"),
    plain("DropTime", 15, "dropped"),
];

const INSTANCES: &[Column] = &[
    plain("StartTime", 15, "started"),
    column("RunTime", 6, "seconds", Written::Seconds),
    plain("Status", 6, "status"),
    plain("InstanceID", 20, "id"),
    plain("Owner", 22, "owner"),
    column("Query", 53, "query", Written::OneLine),
];

/// Chosen: the console of the service shows more, in tables of its own.
const TENANT_RESOURCES: &[Column] =
    &[plain("Name", 0, "name"), plain("Creator", 0, "creator"), column("CreateTime", 0, "created", Written::Iso)];

/// Chosen: the console of the service shows such keys in the Key Management Service.
const ENCRYPTION_KEYS: &[Column] = &[
    plain("Name", 0, "name"),
    plain("Status", 0, "status"),
    plain("Version", 0, "version"),
    column("CreateTime", 0, "created", Written::Iso),
    column("RotateTime", 0, "rotated", Written::Iso),
    column("Projects", 0, "projects", Written::List(",")),
];

/// Chosen: the names that RAM's console has.
const ACCESS_KEYS: &[Column] = &[
    plain("AccessKeyId", 0, "access_key_id"),
    plain("Principal", 0, "principal"),
    plain("Status", 0, "status"),
    column("CreateTime", 0, "created", Written::Iso),
];

/// Chosen.
const MOUNTS: &[Column] =
    &[plain("Type", 0, "type"), plain("Name", 0, "name"), column("MountTime", 0, "mounted", Written::Iso)];

/// Source: S4, the sample outputs.
const PACKAGES: &[Column] = &[plain("PackageName", 0, "name"), column("CreateTime", 0, "created", Written::Iso)];

/// Chosen: the columns of `describe package`, behind the package.
const PACKAGE_ITEMS: &[Column] = &[
    plain("PackageName", 0, "package"),
    plain("SourceProject", 0, "source_project"),
    column("ObjectType", 0, "type", Written::Upper),
    plain("ObjectName", 0, "object"),
    column("ObjectPrivileges", 0, "privileges", Written::List(",")),
];

/// Source: S4, the sample outputs.
const INSTALLATIONS: &[Column] = &[
    plain("PackageName", 0, "name"),
    plain("SourceProject", 0, "source_project"),
    column("InstallTime", 0, "installed", Written::Iso),
    plain("Status", 0, "status"),
];

/// Source: PQ, the sample outputs.
const LABEL_GRANTS: &[Column] = &[
    column("TableName", 0, "table", Written::Limited),
    plain("GrantedLabel", 0, "label"),
    column("Expires", 0, "expires", Written::Iso),
];

/// Source: PQ, the sample outputs.
const LABEL_HOLDERS: &[Column] = &[
    column("UserName", 0, "grantee", Written::Limited),
    plain("GrantedLabel", 0, "label"),
    column("Expires", 0, "expires", Written::Iso),
];

/// Source: PQ, the sample outputs.
const COLUMN_LABEL_GRANTS: &[Column] =
    &[plain("Column", 0, "column"), plain("GrantedLabel", 0, "label"), column("Expires", 0, "expires", Written::Iso)];

const WHO_CAN: &[Column] = &[
    column("Principal", 0, "principal", Written::Who),
    column("Columns", 0, "columns", Written::List(", ")),
    plain("Project", 0, "project"),
    column("Reason", 0, "reason", Written::List("; ")),
];

const WAYS_OUT: &[Column] =
    &[plain("By", 0, "by"), column("Who", 0, "who", Written::List(", ")), plain("Where", 0, "where")];

const WHAT_CAN: &[Column] = &[
    column("Object", 0, "object", Written::Object),
    plain("Action", 0, "action"),
    column("Columns", 0, "columns", Written::List(", ")),
    plain("Project", 0, "project"),
    column("Reason", 0, "reason", Written::List("; ")),
];

/// How a list is drawn.
pub fn look(listing: Listing) -> Look {
    match listing {
        Listing::Projects => Look::Percent(PROJECTS),
        Listing::Resources => Look::Percent(RESOURCES),
        Listing::Functions => Look::Percent(FUNCTIONS),
        Listing::Versions => Look::Percent(VERSIONS),
        Listing::KeptTables => Look::Percent(KEPT_TABLES),
        // Chosen: nothing documents the service's layout.
        Listing::BuiltinFunctions => {
            Look::Lines(|cells| format!("{:<24} {}", cells.text("name"), cells.text("syntax")))
        }
        Listing::Instances => Look::Percent(INSTANCES),
        // Chosen, like that of tables.
        Listing::Schemas => Look::Spaced(|row| row.text("name").into_owned()),
        Listing::RunningInstances => Look::Status(running),
        Listing::Tables => Look::Spaced(|row| format!("{}:{}", row.text("owner"), row.text("name"))),
        Listing::Partitions => Look::Spaced(|row| row.text("partition").into_owned()),
        Listing::Principals => Look::Lines(|row| row.text("principal").into_owned()),
        Listing::Roles => Look::Lines(|row| row.text("role").into_owned()),
        Listing::TrustedProjects => Look::Lines(|row| row.text("project").into_owned()),
        Listing::TransferLines => Look::Lines(|row| row.text("line").into_owned()),
        Listing::PurgedTransfers => Look::Lines(|row| row.text("session").into_owned()),
        Listing::Audit => Look::Lines(record),
        Listing::Transfers => Look::Status(transfer),
        Listing::Providers => Look::Joined,
        Listing::AccessKeys => Look::Ruled(ACCESS_KEYS),
        Listing::TenantResources => Look::Ruled(TENANT_RESOURCES),
        Listing::EncryptionKeys => Look::Ruled(ENCRYPTION_KEYS),
        Listing::Mounts => Look::Ruled(MOUNTS),
        Listing::Packages => Look::Ruled(PACKAGES),
        Listing::Installations => Look::Ruled(INSTALLATIONS),
        Listing::PackageItems => Look::Ruled(PACKAGE_ITEMS),
        Listing::LabelGrants => Look::Ruled(LABEL_GRANTS),
        Listing::LabelHolders => Look::Ruled(LABEL_HOLDERS),
        Listing::ColumnLabelGrants => Look::Ruled(COLUMN_LABEL_GRANTS),
        Listing::WhoCan => Look::Ruled(WHO_CAN),
        Listing::WaysOut => Look::Ruled(WAYS_OUT),
        Listing::WhatCan => Look::Ruled(WHAT_CAN),
    }
}

/// The form in which a person sees a list.
pub fn form(listing: Listing, target: Target) -> Box<dyn Form> {
    match look(listing) {
        Look::Percent(columns) => Box::new(Percent::new(listing, columns, target)),
        Look::Ruled(columns) => Box::new(Ruled::new(listing, columns, target)),
        Look::Lines(line) | Look::Status(line) => Box::new(Listed::new(listing, line, target)),
        Look::Spaced(line) => Box::new(Listed::spaced(listing, line, target)),
        Look::Joined => Box::new(Joined::new(target)),
    }
}

/// Chosen: a record of the audit on a line: when, who, where, what became of it, and the statement.
fn record(row: &Cells<'_>) -> String {
    let text = |field| row.text(field);
    let after_blank = |field| match row.get(field) {
        Cell::Null => String::new(),
        _ => format!(" {}", row.text(field)),
    };
    format!(
        "{} {} {} {}{} {}{} [{}] {}",
        text("time"),
        text("principal"),
        text("source"),
        if *row.get("project") == Cell::Null { Cow::Borrowed("-") } else { text("project") },
        after_blank("job"),
        text("verdict"),
        after_blank("code"),
        row.written("rules", Written::List(" ")),
        row.written("statement", Written::OneLine),
    )
}

/// Source: odpscmd, whose other columns are about a cluster: `ID | Owner | Type | StartTime | Progress | Status | Priority | …`.
fn running(row: &Cells<'_>) -> String {
    let text = |field| row.text(field);
    let started = row.written("started", Written::Plain);
    format!("{} | {} | {} | {started} |  | {} |  |  |  | ", text("id"), text("owner"), text("type"), text("status"))
}

fn transfer(row: &Cells<'_>) -> String {
    format!("{}\t{}\t'{}'", row.text("session"), row.text("status"), row.text("command"))
}

/// The cells of a row of a list, by the names of their fields.
pub struct Cells<'r> {
    fields: &'static [&'static str],
    row: &'r [Cell],
}

impl<'r> Cells<'r> {
    /// The cells of a row.
    pub fn new(listing: Listing, row: &'r [Cell]) -> Self {
        Self { fields: listing.fields(), row }
    }

    /// The cell of a field.
    pub fn get(&self, field: &str) -> &'r Cell {
        let place = self.fields.iter().position(|known| *known == field);
        place.and_then(|place| self.row.get(place)).unwrap_or(&Cell::Null)
    }

    /// The text of a field; nothing for no value.
    pub fn text(&self, field: &str) -> Cow<'r, str> {
        content(self.get(field)).unwrap_or_default()
    }

    /// What a person sees in a column.
    pub fn shown(&self, column: &Column) -> Cow<'r, str> {
        self.written(column.field, column.written)
    }

    fn written(&self, field: &str, written: Written) -> Cow<'r, str> {
        match (written, self.get(field)) {
            (Written::Plain, Cell::Time(time)) => time.plain().into(),
            (Written::Iso, Cell::Time(time)) => time.iso().into(),
            (Written::Seconds, Cell::Number(seconds)) => format!("{seconds}s").into(),
            (Written::OneLine, Cell::Text(text)) => text.split_whitespace().collect::<Vec<_>>().join(" ").into(),
            (Written::List(between), Cell::List(cells)) => {
                cells.iter().filter_map(content).collect::<Vec<_>>().join(between).into()
            }
            (Written::Upper, Cell::Text(text)) => text.to_uppercase().into(),
            (Written::Object, _) => format!("{} {}", self.text("type"), self.text(field)).into(),
            (Written::Limited, _) => {
                let within = |field, before: &str, after: &str| match self.get(field) {
                    Cell::Null => String::new(),
                    _ => format!("{before}{}{after}", self.text(field)),
                };
                let project =
                    if *self.get("package") == Cell::Null { String::new() } else { within("project", "", ".") };
                let (column, package) = (within("column", "(", ")"), within("package", " in package ", ""));
                format!("{project}{}{column}{package}", self.text(field)).into()
            }
            (Written::Who, Cell::Null) => match self.get("role") {
                Cell::Null if matches!(self.get("except"), Cell::List(_)) => {
                    let except = match self.get("except") {
                        Cell::List(except) if !except.is_empty() => {
                            format!(" except {}", except.iter().filter_map(content).collect::<Vec<_>>().join(", "))
                        }
                        _ => String::new(),
                    };
                    format!("(every member of project {}{except})", self.text("project")).into()
                }
                Cell::Null => format!("(members of project {})", self.text("project")).into(),
                _ => format!("(holders of role {})", self.text("role")).into(),
            },
            _ => self.text(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_name_fields_that_their_list_has() {
        for listing in Listing::ALL {
            let columns = match look(listing) {
                Look::Percent(columns) | Look::Ruled(columns) => columns,
                Look::Lines(_) | Look::Spaced(_) | Look::Status(_) | Look::Joined => continue,
            };
            for column in columns {
                assert!(listing.fields().contains(&column.field), "{listing:?}: {column:?}");
            }
        }
    }
}
