//! Brings a state of an earlier layout to the present one, in one transaction.
//!
//! Every table is created anew from `schema.sql` and filled from the old table of that name, so that a migrated state has exactly
//! the layout of a new one. A new column gets its default; what the old rows mean in the new layout is said by a step.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::schema::{SCHEMA_VERSION, schema_parts};
use crate::error::{Code, Error, Result};

/// The oldest layout that can be migrated; states before it were never part of a release.
pub(super) const OLDEST: i64 = 3;

/// For each version: what must be done, after the rows were copied, with a state that is older. The old tables are called `old_…`.
const STEPS: &[(i64, &str)] = &[(4, ACCESSES), (4, FILES)];

/// Jobs did not note what they asked for: it is taken to be each source, and each view, function or resource on the way to it, as a whole.
const ACCESSES: &str = "
insert into instance_access
select instance, row_number() over (partition by instance order by position, place = 0, place) - 1,
  case kind when 1 then 'Select' when 2 then 'Read' else 'Execute' end, project, project_name, kind, object, name,
  (select t.body from table_object t where s.kind = 1 and t.id = s.object),
  1,
  -- What stands before it on the way: of the source, the last view; of a view, the one before it.
  (select o.kind from instance_source o where o.instance = s.instance and o.position = s.position
   and o.place > 0 and (s.place = 0 or o.place < s.place) order by o.place desc limit 1),
  (select o.object from instance_source o where o.instance = s.instance and o.position = s.position
   and o.place > 0 and (s.place = 0 or o.place < s.place) order by o.place desc limit 1)
from instance_source s where kind in (1, 2, 3);
";

/// Files were ordered by their names, which end in the number of their job.
const FILES: &str = "
update data_file set added = place
from (select name as of, row_number() over (order by length(name), name) as place from data_file) where of = name;
update sequence set next = (select count(*) + 1 from data_file) where name = 'file';
";

/// Brings a state of version `from` to [`SCHEMA_VERSION`]; another process may do so at the same time.
///
/// # Errors
/// The old rows do not fit the new layout: the state is damaged. Then nothing has changed.
pub(super) fn migrate(connection: &mut Connection) -> Result<()> {
    connection.execute_batch("pragma foreign_keys = off; pragma legacy_alter_table = on;")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if from < SCHEMA_VERSION {
        rebuild(&transaction, from)?;
    }
    transaction.commit()?;
    connection.execute_batch("pragma legacy_alter_table = off;")?;
    Ok(())
}

fn rebuild(state: &Transaction<'_>, from: i64) -> Result<()> {
    for (kind, name) in parts(state, "type in ('trigger', 'index') and sql is not null")? {
        state.execute_batch(&format!("drop {kind} {}", quoted(&name)))?;
    }
    let old: Vec<String> =
        parts(state, "type = 'table' and name not like 'sqlite_%'")?.into_iter().map(|part| part.1).collect();
    for table in &old {
        state.execute_batch(&format!("alter table {} rename to {}", quoted(table), quoted(&renamed(table))))?;
    }
    let (tables, triggers) = schema_parts();
    state.execute_batch(tables)?;
    for table in &old {
        copy(state, table)?;
    }
    for (_, step) in STEPS.iter().filter(|(version, _)| *version > from) {
        state.execute_batch(step)?;
    }
    for table in &old {
        state.execute_batch(&format!("drop table {}", quoted(&renamed(table))))?;
    }
    state.execute_batch(triggers)?;
    state.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    let broken: Option<String> = state
        .prepare("pragma foreign_key_check")?
        .query_map([], |row| row.get::<_, Option<String>>(0))?
        .next()
        .transpose()?
        .flatten();
    match broken {
        None => Ok(()),
        Some(table) => Err(Error::new(
            Code::StateFile,
            format!("the state cannot be migrated to this version: a row of {table} has a dangling reference"),
        )
        .help(
            "the state was already damaged; restore a backup of the state file and its data folder. Nothing was changed",
        )),
    }
}

/// Copies what the old and the new table of a name have in common; a table that no longer exists is left to the steps.
fn copy(state: &Transaction<'_>, table: &str) -> Result<()> {
    let new = columns(state, table)?;
    let shared: Vec<String> = columns(state, &renamed(table))?
        .into_iter()
        .filter(|column| new.contains(column))
        .map(|name| quoted(&name))
        .collect();
    if shared.is_empty() {
        return Ok(());
    }
    let (shared, name, old) = (shared.join(", "), quoted(table), quoted(&renamed(table)));
    // The rows that `schema.sql` itself puts into a table are replaced by the old ones.
    state.execute_batch(&format!("insert or replace into {name} ({shared}) select {shared} from {old}"))?;
    // Numbers are never used again, those of rows that are gone included.
    state.execute("delete from sqlite_sequence where name = ?1", [table])?;
    state.execute(
        "insert into sqlite_sequence (name, seq) select ?1, seq from sqlite_sequence where name = ?2",
        [table, &renamed(table)],
    )?;
    Ok(())
}

/// The stored columns of a table; empty if the table does not exist.
fn columns(state: &Transaction<'_>, table: &str) -> Result<Vec<String>> {
    let mut query = state.prepare("select name from pragma_table_xinfo(?1) where hidden = 0")?;
    let names = query.query_map([table], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(names)
}

fn parts(state: &Transaction<'_>, which: &str) -> Result<Vec<(String, String)>> {
    let mut query = state.prepare(&format!("select type, name from sqlite_schema where {which} order by name"))?;
    let parts = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    Ok(parts)
}

fn renamed(table: &str) -> String {
    format!("old_{table}")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
