//! The tables of external schemas, as their folders were last seen (SCH-4).
//!
//! A table is known by its name: its row, with grants and labels, stays when its folder is gone, and so do columns that its files no longer have.

use std::collections::BTreeMap;

use super::object::NewObject;
use super::transaction::Write;
use crate::error::Result;
use crate::model::{
    Column, ColumnId, External, ExternalSchema, FOREIGN_SERVER, FoundTable, Location, ObjectKind, Schema, Table, Time,
};

impl Write<'_> {
    /// Notes the tables that are in the location of an external schema.
    pub fn note_tables(
        &self,
        schema: &Schema,
        outside: &ExternalSchema,
        found: &[FoundTable],
        now: Time,
    ) -> Result<()> {
        let Some(owner) = &schema.owner else { return Ok(()) };
        let place = schema.place();
        for found in found {
            let definition = definition(outside, found);
            if let Some(table) = self.table(&place, &found.name)? {
                self.update_found(&table, &definition, found, now)?;
                continue;
            }
            let made = self.insert_object(&NewObject {
                kind: ObjectKind::Table,
                project: place.project.id,
                schema: place.schema.clone(),
                name: &found.name,
                owner: Some(owner),
                created: now,
            })?;
            let Some(id) = made else { continue };
            self.run("insert into table_object (id, defined, modified) values (?1, ?2, ?2)", (id, now.0))?;
            let mut columns: Vec<Column> = found.columns.iter().map(column).collect();
            self.number_columns(&mut columns)?;
            self.set_columns(id, &columns, &[])?;
            self.define_external(id, &definition)?;
        }
        Ok(())
    }

    fn update_found(&self, table: &Table, definition: &External, found: &FoundTable, now: Time) -> Result<()> {
        let mut columns = table.columns.clone();
        for pair in &found.columns {
            match columns.iter_mut().find(|column| column.name == pair.0) {
                Some(known) => known.data_type = pair.1.clone(),
                None => {
                    let mut new = [column(pair)];
                    self.number_columns(&mut new)?;
                    columns.extend(new);
                }
            }
        }
        let is_same = table.external.as_deref() == Some(definition);
        if is_same && columns == table.columns {
            return Ok(());
        }
        self.set_columns(table.id, &columns, &[])?;
        self.run("delete from external_table where id = ?1", [table.id])?;
        self.define_external(table.id, definition)?;
        self.touch_definition(table.id, now)
    }
}

/// How the rows of a table lie in its folder.
fn definition(outside: &ExternalSchema, found: &FoundTable) -> External {
    let mut location: Location = outside.location.clone();
    location.parts.push(found.folder.clone());
    let properties = BTreeMap::from([(FOREIGN_SERVER.to_owned(), outside.server.clone())]);
    External { format: found.format, location, serde: BTreeMap::new(), properties }
}

fn column((name, data_type): &(String, crate::model::DataType)) -> Column {
    Column {
        id: ColumnId(0),
        name: name.clone(),
        data_type: data_type.clone(),
        comment: String::new(),
        nullable: true,
        default: None,
        is_key: false,
        generator: None,
    }
}
