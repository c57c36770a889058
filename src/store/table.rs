use std::sync::Arc;

use rusqlite::Row;

use super::account::principal;
use super::error::damaged;
use super::external::external;
use super::object::{NAMED, NewObject, OF_KIND, kind, named, project, schema};
use super::transaction::{Snapshot, Write};
use super::version::token_of;
use crate::error::{Code, Error, Result};
use crate::model::{
    Bindings, Column, ColumnId, External, Generator, Labels, Level, Object, ObjectId, ObjectKind, Operation, Place,
    Principal, ProjectRef, SchemaName, Table, TableKind, Time, TimeUnit,
};
use crate::syntax::parse_type;

/// A table or view that is about to be made.
#[derive(Debug, Clone)]
pub struct NewTable {
    /// The project that it will belong to.
    pub project: ProjectRef,
    /// The schema that it will be in.
    pub schema: SchemaName,
    /// Its name, folded.
    pub name: String,
    /// Table or view.
    pub kind: TableKind,
    /// Its owner.
    pub owner: Principal,
    /// Free text.
    pub comment: String,
    /// Days.
    pub lifecycle: Option<u32>,
    /// Whether its rows can be updated and deleted one by one.
    pub transactional: bool,
    /// The query of a view.
    pub view_text: Option<String>,
    /// Of an external table: where and how its rows lie.
    pub external: Option<Arc<External>>,
    /// What the query of a view calls its columns, in order.
    pub body_columns: Vec<String>,
    /// What the names in the query of a view stand for.
    pub bindings: Bindings,
    /// The labels of a clone, by the names of its columns: those of what it is a clone of (LAB-3).
    pub labels: Labels,
    /// Columns; a number of 0 is replaced by a new one.
    pub columns: Vec<Column>,
    /// Partition columns.
    pub partition_columns: Vec<Column>,
}

impl NewTable {
    /// Where it will be.
    pub fn place(&self) -> Place {
        Place { project: self.project.clone(), schema: self.schema.clone() }
    }
}

const TABLE: &str =
    "select t.*, o.kind, o.schema, o.name, o.project, o.created, p.name as project_name, a.principal,
    x.format as external_format, x.location as external_location from object o
  join table_object t on t.id = o.id left join external_table x on x.id = o.id join project p on p.id = o.project join account a on a.id = o.owner";

impl Snapshot<'_> {
    /// The table or view of this name.
    pub fn table(&self, place: &Place, name: &str) -> Result<Option<Table>> {
        let table = self.one(&format!("{TABLE} where {NAMED}"), named(ObjectKind::Table, place, name), read)?;
        table.map(|table| self.with_columns(table)).transpose()
    }

    /// The table or view of this number.
    pub fn table_by_id(&self, id: ObjectId) -> Result<Option<Table>> {
        let table = self.one(&format!("{TABLE} where o.id = ?1"), [id], read)?;
        table.map(|table| self.with_columns(table)).transpose()
    }

    /// The table or view that an object is.
    pub fn table_of(&self, object: &Object) -> Result<Option<Table>> {
        object.id.known().map_or(Ok(None), |id| self.table_by_id(id))
    }

    /// Owner and name of the tables or views of a schema, by name.
    pub fn table_names(&self, place: &Place, kind: TableKind) -> Result<Vec<(Principal, String)>> {
        self.all(
            &format!(
                "select a.principal, o.name from object o join account a on a.id = o.owner
                 where {OF_KIND} and o.kind = ?4 order by o.name"
            ),
            (place.project.id, place.schema.as_str(), ObjectKind::Table.name(), kind.name()),
            |row| Ok((principal(row, "principal")?, row.get(1)?)),
        )
    }

    /// Names of tables and views that start with `prefix`, by name: the first ones up to `limit`, and the last one of all.
    pub fn table_names_from(&self, place: &Place, prefix: &str, limit: usize) -> Result<Vec<String>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        // Behind every name with the prefix, and before any other: the index is read from the one to the other.
        let end = format!("{prefix}{}", char::MAX);
        let name = |row: &Row<'_>| row.get::<_, String>(0);
        let found = format!("select o.name from object o where {OF_KIND} and o.name >= ?4 and o.name < ?5");
        let range = (place.project.id, place.schema.as_str(), ObjectKind::Table.name(), prefix, &end);
        let (project, schema, kind, first, behind) = range;
        let mut names = self.all(
            &format!("{found} order by o.name limit ?6"),
            (project, schema, kind, first, behind, limit),
            name,
        )?;
        let last = self.one(&format!("{found} order by o.name desc limit 1"), range, name)?;
        names.extend(last.filter(|last| names.last().is_some_and(|name| name < last)));
        Ok(names)
    }

    fn with_columns(&self, mut table: Table) -> Result<Table> {
        if let Some(external) = table.external.as_mut().map(Arc::make_mut) {
            self.add_properties(table.id, external)?;
        }
        let columns = self.all(
            "select id, name, data_type, comment, nullable, partitioned, fallback, is_key, generator from column_object where table_id = ?1 order by position",
            [table.id],
            |row| {
                let data_type: String = row.get(2)?;
                let column = Column {
                    id: row.get(0)?,
                    name: row.get(1)?,
                    data_type: parse_type(&data_type).map_err(|_| damaged("the type of a column"))?,
                    comment: row.get(3)?,
                    nullable: row.get(4)?,
                    default: row.get(6)?,
                    is_key: row.get(7)?,
                    generator: row.get::<_, Option<String>>(8)?.map(|text| generator(&text)).transpose()?,
                };
                Ok((column, row.get::<_, bool>(5)?))
            },
        )?;
        for (column, partitioned) in columns {
            if partitioned { table.partition_columns.push(column) } else { table.columns.push(column) }
        }
        Ok(table)
    }
}

/// What the values of a partition column are calculated from, as it is kept.
fn generator(text: &str) -> rusqlite::Result<Generator> {
    let read = text
        .split_once(' ')
        .and_then(|(unit, column)| Some(Generator { column: column.to_owned(), unit: TimeUnit::parse(unit)? }));
    read.ok_or_else(|| damaged("what a partition column is calculated from"))
}

impl Write<'_> {
    /// Numbers for this many new columns, jobs or files.
    fn next(&self, sequence: &str, count: usize) -> Result<i64> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let next: Option<i64> = self.one(
            "update sequence set next = next + ?2 where name = ?1 returning next",
            (sequence, count),
            |row| row.get(0),
        )?;
        Ok(next.unwrap_or_default() - count)
    }

    /// The same columns, each with a number that no column ever had.
    pub fn number_columns(&self, columns: &mut [Column]) -> Result<()> {
        let first = self.next("column", columns.len())?;
        for (number, column) in (first..).zip(columns) {
            column.id = ColumnId(number);
        }
        Ok(())
    }

    /// A number higher than that of every file that is part of a table.
    pub(super) fn number_file(&self) -> Result<i64> {
        self.next("file", 1)
    }

    /// A number that no job ever had.
    pub fn number_job(&self) -> Result<i64> {
        self.next("job", 1)
    }

    /// Makes a table or view.
    pub fn create_table(&self, mut new: NewTable, now: Time) -> Result<Table> {
        let made = self.create_object(&NewObject {
            kind: new.kind.object_kind(),
            project: new.project.id,
            schema: new.schema.clone(),
            name: &new.name,
            owner: Some(&new.owner),
            created: now,
        })?;
        let Some(id) = made else {
            let place = Place { project: new.project, schema: new.schema };
            return Err(Error::new(Code::TableExists, place.qualified(&new.name)));
        };
        self.run(
            "insert into table_object (id, comment, lifecycle, transactional, view_text, defined, modified, token)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7)",
            (id, &new.comment, new.lifecycle, new.transactional, &new.view_text, now.0, self.new_token(&new, now)?),
        )?;
        if new.columns.iter().any(|column| column.id.0 == 0) {
            self.number_columns(&mut new.columns)?;
        }
        self.number_columns(&mut new.partition_columns)?;
        self.set_columns(id, &new.columns, &new.partition_columns)?;
        if new.labels.table > Level::LOWEST {
            self.set_label(id, None, new.labels.table)?;
        }
        for column in &new.columns {
            if let Some(label) = new.labels.own(&column.name) {
                self.set_label(id, Some(column.id), label)?;
            }
        }
        if let Some(external) = &new.external {
            self.define_external(id, external)?;
        }
        if self.keeps_versions(id)? {
            self.add_version(id, &[0], Operation::Create, now)?;
        }
        if new.kind == TableKind::View {
            self.set_view_columns(id, &new.body_columns)?;
            self.bind_view(id, &new.bindings)?;
        }
        self.table_by_id(id)?.ok_or_else(|| Error::new(Code::Internal, "the table that was just stored is missing"))
    }

    /// How a new table is named once it is dropped: by what whoever makes it knows.
    fn new_token(&self, new: &NewTable, now: Time) -> Result<String> {
        let (place, time) = ([new.project.name.as_str(), new.schema.as_str(), new.name.as_str()], now.0.to_string());
        let token = |number: i64| token_of(&[place.as_slice(), &[&time, &number.to_string()]].concat());
        let taken =
            "select 1 from table_object where token = ?1 union all select 1 from dropped_table where token = ?1";
        let mut number = 0;
        while self.one(taken, [token(number)], |_| Ok(()))?.is_some() {
            number += 1;
        }
        Ok(token(number))
    }

    /// Replaces the columns of a table.
    pub fn set_columns(&self, id: ObjectId, columns: &[Column], partition_columns: &[Column]) -> Result<()> {
        self.run("delete from column_object where table_id = ?1", [id])?;
        let all =
            columns.iter().map(|column| (column, false)).chain(partition_columns.iter().map(|column| (column, true)));
        for (position, (column, partitioned)) in (0_i64..).zip(all) {
            self.run(
                "insert into column_object (table_id, position, id, name, data_type, comment, nullable, fallback, partitioned, is_key, generator)
                 values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
                rusqlite::params![
                    id,
                    position,
                    column.id,
                    column.name,
                    column.data_type.to_string(),
                    column.comment,
                    column.nullable,
                    column.default,
                    partitioned,
                    column.is_key,
                    column.generator.as_ref().map(|from| format!("{} {}", from.unit.name(), from.column))
                ],
            )?;
        }
        self.drop_labels_of_gone_columns(id)
    }

    /// Gives a table another name.
    pub fn rename_table(&self, id: ObjectId, name: &str, now: Time) -> Result<()> {
        self.run(
            "update table_object set renamed = (renamed or ?2 <> (select name from object where id = ?1)), defined = ?3 where id = ?1",
            (id, name, now.0),
        )?;
        match self.rename_object(id, name)? {
            true => Ok(()),
            false => Err(Error::new(Code::TableExists, name.to_owned())),
        }
    }

    /// Gives a table another owner.
    pub fn set_table_owner(&self, id: ObjectId, owner: &Principal, now: Time) -> Result<()> {
        self.set_owner(id, owner)?;
        self.touch_definition(id, now)
    }

    /// Changes comment and lifecycle of a table.
    pub fn set_table_details(&self, id: ObjectId, comment: &str, lifecycle: Option<u32>, now: Time) -> Result<()> {
        self.run(
            "update table_object set comment = ?2, lifecycle = ?3, defined = ?4 where id = ?1",
            (id, comment, lifecycle, now.0),
        )?;
        Ok(())
    }

    /// Notes that the definition changed.
    pub fn touch_definition(&self, id: ObjectId, now: Time) -> Result<()> {
        self.run("update table_object set defined = ?2 where id = ?1", (id, now.0))?;
        Ok(())
    }

    /// Notes that an operation changed the rows.
    pub fn touch_rows(&self, id: ObjectId, operation: Operation, now: Time) -> Result<()> {
        self.run("update table_object set modified = ?2 where id = ?1", (id, now.0))?;
        self.note_version(id, operation, now)
    }

    /// Replaces the body of a view; its grants stay, columns keep their numbers by name, and the caller becomes its owner (VIW-4).
    pub fn replace_view(&self, id: ObjectId, new: &NewTable, now: Time) -> Result<()> {
        self.set_owner(id, &new.owner)?;
        self.run(
            "update table_object set comment = ?2, view_text = ?3, body = body + 1, defined = ?4 where id = ?1",
            (id, &new.comment, &new.view_text, now.0),
        )?;
        self.set_view_columns(id, &new.body_columns)?;
        self.bind_view(id, &new.bindings)?;
        let before = self.table_by_id(id)?.map(|view| view.columns).unwrap_or_default();
        for old in before.iter().filter(|old| !new.columns.iter().any(|column| column.name == old.name)) {
            self.drop_column_grants(id, &old.name)?;
        }
        let mut columns = new.columns.clone();
        for column in &mut columns {
            match before.iter().find(|old| old.name == column.name) {
                Some(old) => column.id = old.id,
                None => self.number_columns(std::slice::from_mut(column))?,
            }
        }
        self.set_columns(id, &columns, &[])
    }

    fn set_view_columns(&self, id: ObjectId, names: &[String]) -> Result<()> {
        self.run("delete from view_column where table_id = ?1", [id])?;
        for (position, name) in (0_i64..).zip(names) {
            self.run("insert into view_column values (?1, ?2, ?3)", (id, position, name))?;
        }
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Table> {
    Ok(Table {
        id: row.get("id")?,
        project: project(row)?,
        schema: schema(row)?,
        name: row.get("name")?,
        kind: if kind(row, "kind")? == ObjectKind::View { TableKind::View } else { TableKind::Table },
        owner: principal(row, "principal")?,
        comment: row.get("comment")?,
        lifecycle: row.get("lifecycle")?,
        transactional: row.get("transactional")?,
        columns: Vec::new(),
        partition_columns: Vec::new(),
        view_text: row.get("view_text")?,
        external: external(row)?.map(Arc::new),
        created: Time(row.get("created")?),
        defined: Time(row.get("defined")?),
        modified: Time(row.get("modified")?),
    })
}
