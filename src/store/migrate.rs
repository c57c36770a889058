//! Brings a state of an earlier layout to the present one, in one transaction.
//!
//! Every table is created anew from `schema.sql` and filled from the old table of that name, so that a migrated state has exactly
//! the layout of a new one. A new column gets its default; what the old rows mean in the new layout is said by a step.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::access_key::Wrap;
use super::chain::seal;
use super::schema::{SCHEMA_VERSION, schema_parts};
use crate::error::{Code, Error, Result};
use crate::model::{AccessKeyId, AccountId};
use crate::text::Secret;

/// The oldest layout that can be migrated; states before it were never part of a release.
pub(super) const OLDEST: i64 = 3;

/// For each version: what must be done, after the rows were copied, with a state that is older. The old tables are called `old_…`.
const STEPS: &[(i64, &str)] = &[
    (4, ACCESSES),
    (4, FILES),
    (5, OBJECTS),
    (5, CONTENT),
    (5, RUNNING),
    (9, TENANTS),
    (13, SYSTEM_PACKAGES),
    (13, MADE_OF),
    (16, TRANSFER_LOGS),
];

/// For each version: what a column of a table has in the rows of a state that is older, where that is not what the old column of
/// that name had.
///
/// Before version 5 the kinds of objects were numbered apart. Object `n` of kind `k` became `n * 8 + k`; `k` is 0 of a project, 1 of a table or
/// view, 2 of a resource, 3 of a function, 4 of an instance, 5 of an installed package and 6 of a schema, as the entries had it.
const COLUMNS: &[(i64, &str, &str, &str)] = &[
    (5, "table_object", "id", "id * 8 + 1"),
    (5, "column_object", "table_id", "table_id * 8 + 1"),
    (5, "view_column", "table_id", "table_id * 8 + 1"),
    (5, "view_relation", "view_id", "view_id * 8 + 1"),
    (5, "view_relation", "object", "nullif(object, 0) * 8 + 1"),
    (5, "view_relation_column", "view_id", "view_id * 8 + 1"),
    (5, "view_function", "view_id", "view_id * 8 + 1"),
    (5, "view_function", "object", "nullif(object, 0) * 8 + 3"),
    (5, "view_flag", "view_id", "view_id * 8 + 1"),
    (5, "partition_object", "table_id", "table_id * 8 + 1"),
    (5, "data_file", "table_id", "table_id * 8 + 1"),
    (5, "tunnel_block", "table_id", "table_id * 8 + 1"),
    (5, "resource_object", "id", "id * 8 + 2"),
    (5, "resource_object", "type", "kind"),
    (5, "resource_object", "table_id", "table_id * 8 + 1"),
    (5, "resource_piece", "content", "resource * 8 + 2"),
    (5, "function_object", "id", "id * 8 + 3"),
    (5, "function_resource", "function_id", "function_id * 8 + 3"),
    (5, "instance_object", "id", "id * 8 + 4"),
    (5, "instance_source", "instance", "instance * 8 + 4"),
    (5, "instance_source", "kind", KIND),
    (5, "instance_source", "object", "iif(object > 0, object * 8 + kind, object)"),
    (5, "instance_access", "instance", "instance * 8 + 4"),
    (5, "instance_access", "kind", KIND),
    (5, "instance_access", "object", "iif(object > 0, object * 8 + kind, object)"),
    (5, "instance_access", "inside", "iif(inside > 0, inside * 8 + inside_kind, inside)"),
    (5, "instance_access_column", "instance", "instance * 8 + 4"),
    (5, "instance_result", "instance", "instance * 8 + 4"),
    (5, "instance_column", "instance", "instance * 8 + 4"),
    (5, "package_object", "object", "object * 8 + kind"),
    (5, "installation", "id", "id * 8 + 5"),
    (5, "acl", "object", "object * 8 + kind"),
    (5, "acl", "installation", "nullif(inside, 0) * 8 + 5"),
    (10, "view_relation", "qualifier", "project"),
    (10, "view_function", "qualifier", "project"),
    // Filled by `seal`.
    (12, "audit", "hash", "zeroblob(32)"),
];

/// The first version in which the audit is a chain (AUD-1).
const CHAIN: i64 = 12;

/// The first version that keeps AccessKey secrets encrypted, several for an account (KEY-2).
const KEYS: i64 = 13;

/// The name of a kind from its number.
const KIND: &str = "case kind when 0 then 'project' when 1 then 'table' when 2 then 'resource' when 3 then 'function'
  when 4 then 'instance' when 5 then 'package' else 'schema' end";

/// Jobs did not note what they asked for: it is taken to be each source, and each view, function or resource on the way to it, as a whole.
const ACCESSES: &str = "
insert into instance_access
  (instance, position, action, project, project_name, kind, object, name, body, whole, inside)
select instance, row_number() over (partition by instance order by position, place = 0, place) - 1,
  case kind when 'table' then 'Select' when 'resource' then 'Read' else 'Execute' end, project, project_name, kind, object, name,
  (select t.body from table_object t where t.id = s.object),
  1,
  -- What stands before it on the way: of the source, the last view; of a view, the one before it.
  (select o.object from instance_source o where o.instance = s.instance and o.position = s.position
   and o.place > 0 and (s.place = 0 or o.place < s.place) order by o.place desc limit 1)
from instance_source s where kind in ('table', 'resource', 'function');
";

/// Files were ordered by their names, which end in the number of their job.
const FILES: &str = "
update data_file set added = place
from (select name as of, row_number() over (order by length(name), name) as place from data_file) where of = name;
update sequence set next = (select count(*) + 1 from data_file) where name = 'file';
";

/// What all kinds have in common lay in the table of each. Numbers are not used again, those of objects that are gone included.
const OBJECTS: &str = "
insert into object (id, project, kind, name, owner, created)
  select id * 8, id, 'project', name, null, created from project
  union all select id * 8 + 6, id, 'schema', 'default', null, created from project
  union all select id * 8 + 1, project, kind, name, owner, created from old_table_object
  union all select id * 8 + 2, project, 'resource', name, owner, created from old_resource_object
  union all select id * 8 + 3, project, 'function', name, owner, created from old_function_object
  union all select id * 8 + 4, project, 'instance', name, owner, started from old_instance_object
  union all select i.id * 8 + 5, i.project, 'package', p.name || '.' || i.name, null, i.installed
    from old_installation i join project p on p.id = i.source;
update sqlite_sequence set seq = (select max(seq) * 8 + 7 from sqlite_sequence where name in
  ('project', 'old_table_object', 'old_resource_object', 'old_function_object', 'old_instance_object', 'old_installation'))
  where name = 'object';
";

/// Bytes belonged to their resource itself.
const CONTENT: &str = "
insert into resource_content (id, resource) select distinct r.id, r.id from resource_object r where r.type <> 'table';
";

/// The files of a result that is being written are called after the number of their instance. No shell is running such a query on a
/// state that is being migrated: they are deleted by their prefix, like those of other jobs.
const RUNNING: &str = "
insert or ignore into writing select 'result' || id, 0 from old_instance_object where status = 'Running';
update instance_object set status = 'Failed', error_code = 'ODPS-0010000', error = 'the shell that ran it ended', lost = 'reader',
  ended = (select created from object where object.id = instance_object.id) where status = 'Running';
";

/// Accounts were no tenants: each gets the built-in tenant roles.
const TENANTS: &str = "
insert into tenant_role (tenant, name, created)
select a.id, r.name, a.created from account a, (select 'super_administrator' as name union all select 'admin') r
where a.key like 'aliyun$%' order by a.id, r.name desc;
";

/// Projects had the package of the service's own views installed, and no object for it.
const SYSTEM_PACKAGES: &str = "
insert into object (project, kind, name, created) select id, 'package', 'information_schema.systables', created from project order by id;
";

/// Functions did not note what their resources held, and could not run: they are made of what these hold now.
const MADE_OF: &str = "
update function_resource as f set made_of = (
  select coalesce(c.id, -r.table_id) from object o join project p on p.id = o.project join resource_object r on r.id = o.id
  left join resource_content c on c.resource = r.id
  where o.kind = 'resource' and p.name = f.project and o.schema = f.schema and o.name = f.name);
";

/// Logs of transfers of encrypted projects were kept as text. The root key is not known here: they are removed.
const TRANSFER_LOGS: &str = "
delete from tunnel_line where kind = 'log' and session in (select id from tunnel_session where sealed_by is not null);
";

/// Brings a state of version `from` to [`SCHEMA_VERSION`]; another process may do so at the same time.
///
/// # Errors
/// The old rows do not fit the new layout: the state is damaged. Then nothing has changed.
pub(super) fn migrate(connection: &mut Connection, wrap: Wrap<'_>) -> Result<()> {
    // What is deleted is overwritten: secrets that the old rows hold in plain text.
    connection
        .execute_batch("pragma foreign_keys = off; pragma legacy_alter_table = on; pragma secure_delete = on;")?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if from < SCHEMA_VERSION {
        rebuild(&transaction, from, wrap)?;
    }
    transaction.commit()?;
    connection.execute_batch("pragma legacy_alter_table = off;")?;
    if from < KEYS {
        // Earlier rows may be in free pages and in the log. The new layout is valid without this, so that it may fail.
        let _ = connection.execute_batch("vacuum; pragma wal_checkpoint(truncate);");
    }
    Ok(())
}

fn rebuild(state: &Transaction<'_>, from: i64, wrap: Wrap<'_>) -> Result<()> {
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
        copy(state, table, from)?;
    }
    for (_, step) in STEPS.iter().filter(|(version, _)| *version > from) {
        state.execute_batch(step)?;
    }
    if from < CHAIN {
        seal(state)?;
    }
    if from < KEYS {
        wrap_secrets(state, wrap)?;
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

/// Encrypts the secrets that were kept in plain text, one for each account.
fn wrap_secrets(state: &Transaction<'_>, wrap: Wrap<'_>) -> Result<()> {
    let mut query = state.prepare(
        "select id, access_id, access_key, created from old_account where access_id is not null and access_key is not null order by id",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (account, id): (AccountId, String) = (row.get(0)?, row.get(1)?);
        // A key of another form was never shown to anybody: that of the first account.
        let Some(id) = AccessKeyId::parse(&id) else { continue };
        let wrapped = wrap(&id, account, &Secret::new(row.get::<_, String>(2)?))?;
        state.execute(
            "insert into access_key (id, account, secret, root_key, created) values (?1, ?2, ?3, ?4, ?5)",
            (id.as_str(), account, wrapped.bytes, wrapped.root_key.to_string(), row.get::<_, i64>(3)?),
        )?;
    }
    Ok(())
}

/// Copies what the old and the new table of a name have in common, and what [`COLUMNS`] says; a table that no longer exists is left to
/// the steps.
fn copy(state: &Transaction<'_>, table: &str, from: i64) -> Result<()> {
    let old = columns(state, &renamed(table))?;
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in columns(state, table)? {
        let changed = COLUMNS.iter().find(|(version, of, name, _)| *version > from && *of == table && *name == column);
        match changed {
            Some((.., value)) => values.push((*value).to_owned()),
            None if old.contains(&column) => values.push(quoted(&column)),
            None => continue,
        }
        names.push(quoted(&column));
    }
    if names.is_empty() {
        return Ok(());
    }
    let (names, values) = (names.join(", "), values.join(", "));
    let (name, old) = (quoted(table), quoted(&renamed(table)));
    // The rows that `schema.sql` itself puts into a table are replaced by the old ones.
    state.execute_batch(&format!("insert or replace into {name} ({names}) select {values} from {old}"))?;
    // Numbers are never used again, those of rows that are gone included.
    state.execute("delete from sqlite_sequence where name = ?1", [table])?;
    state.execute(
        "insert into sqlite_sequence (name, seq) select ?1, seq from sqlite_sequence where name = ?2
         and exists (select 1 from sqlite_schema where name = ?1 and sql like '%autoincrement%')",
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
