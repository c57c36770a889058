use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{Bindings, BoundFunction, BoundRelation, ColumnId, ObjectId};

impl Snapshot<'_> {
    /// What the query of a view called its columns when the view was made.
    pub fn view_columns(&self, id: ObjectId) -> Result<Vec<String>> {
        self.all("select name from view_column where table_id = ?1 order by position", [id], |row| row.get(0))
    }

    /// What the names in the query of a view stand for.
    pub fn bindings(&self, view: ObjectId) -> Result<Bindings> {
        let mut bindings = Bindings::default();
        let relations = self.all(
            "select position, qualifier, name, object from view_relation where view_id = ?1 order by position",
            [view],
            |row| {
                let position: i64 = row.get(0)?;
                let (qualifier, name, object) = (row.get(1)?, row.get(2)?, row.get(3)?);
                Ok((position, BoundRelation { qualifier, name, object, columns: Vec::new() }))
            },
        )?;
        for (relation, bound) in relations {
            let columns = self.all(
                "select name, column_id from view_relation_column where view_id = ?1 and relation = ?2 order by position",
                (view, relation),
                |row| Ok((row.get(0)?, row.get(1)?)),
            )?;
            bindings.relations.push(BoundRelation { columns, ..bound });
        }
        bindings.functions = self.all(
            "select qualifier, name, object from view_function where view_id = ?1 order by position",
            [view],
            |row| Ok(BoundFunction { qualifier: row.get(0)?, name: row.get(1)?, object: row.get(2)? }),
        )?;
        let flags = self
            .all("select key, value from view_flag where view_id = ?1", [view], |row| Ok((row.get(0)?, row.get(1)?)))?;
        bindings.flags = flags.into_iter().collect();
        Ok(bindings)
    }

    /// Whether a table or view got its name by being renamed.
    pub fn is_renamed(&self, table: ObjectId) -> Result<bool> {
        let found = self.one("select 1 from table_object where id = ?1 and renamed = 1", [table], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Whether a column got its name by being renamed.
    pub fn is_renamed_column(&self, column: ColumnId) -> Result<bool> {
        let found = self.one("select 1 from renamed_column where id = ?1", [column], |_| Ok(()))?;
        Ok(found.is_some())
    }

    /// Whether a column of a table got its name by being renamed.
    pub fn has_renamed_columns(&self, table: ObjectId) -> Result<bool> {
        let sql = "select 1 from column_object c join renamed_column r on r.id = c.id where c.table_id = ?1 limit 1";
        Ok(self.one(sql, [table], |_| Ok(()))?.is_some())
    }

    /// The views and functions whose bodies name tables, views or functions.
    pub fn bodies_with_names(&self) -> Result<Vec<ObjectId>> {
        let sql = "select view_id from view_relation union select view_id from view_function order by 1";
        self.all(sql, (), |row| row.get(0))
    }

    /// The views whose names are not bound yet: those of a state that an earlier version made.
    pub fn unbound_views(&self) -> Result<Vec<ObjectId>> {
        self.all("select id from table_object where view_text is not null and bound = 0 order by id", (), |row| {
            row.get(0)
        })
    }
}

impl Write<'_> {
    /// Keeps what the names in the query of a view stand for.
    pub fn bind_view(&self, view: ObjectId, bindings: &Bindings) -> Result<()> {
        for table in ["view_relation", "view_relation_column", "view_function", "view_flag"] {
            self.run(&format!("delete from {table} where view_id = ?1"), [view])?;
        }
        for (position, bound) in (0_i64..).zip(&bindings.relations) {
            let place = (view, position, &bound.qualifier, &bound.name, bound.object);
            self.run("insert into view_relation values (?1, ?2, ?3, ?4, ?5)", place)?;
            for (at, (name, column)) in (0_i64..).zip(&bound.columns) {
                let column = (view, position, at, name, column);
                self.run("insert into view_relation_column values (?1, ?2, ?3, ?4, ?5)", column)?;
            }
        }
        for (position, bound) in (0_i64..).zip(&bindings.functions) {
            let place = (view, position, &bound.qualifier, &bound.name, bound.object);
            self.run("insert into view_function values (?1, ?2, ?3, ?4, ?5)", place)?;
        }
        for (key, value) in &bindings.flags {
            self.run("insert into view_flag values (?1, ?2, ?3)", (view, key, value))?;
        }
        self.run("update table_object set bound = 1 where id = ?1", [view])?;
        Ok(())
    }

    /// Notes that a column got its name by being renamed: no query that meant another one means it now (VIW-6).
    pub fn note_renamed_column(&self, column: ColumnId) -> Result<()> {
        self.run("insert into renamed_column values (?1) on conflict do nothing", [column])?;
        Ok(())
    }
}
