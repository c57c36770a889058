//! The layout of the state file: what a new one is made with, and how an older one is known.

use rusqlite::Connection;

use crate::error::Result;

/// Version of `schema.sql`. It goes up with the first change after a release; `migrate.rs` then says what the step takes.
pub(super) const SCHEMA_VERSION: i64 = 4;
/// Marks a SQLite file as an odpsh state: `odps` in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x6f64_7073;

const SCHEMA: &str = include_str!("schema.sql");

/// Makes the tables, indexes and triggers of a new state.
pub(super) fn create_schema(connection: &Connection) -> Result<()> {
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    connection.execute_batch(&format!("begin immediate; {SCHEMA} commit;"))?;
    Ok(())
}

/// The schema in two parts: tables and indexes, then triggers, which must not fire while old rows are copied.
pub(super) fn schema_parts() -> (&'static str, &'static str) {
    SCHEMA.find("\ncreate trigger").and_then(|at| SCHEMA.split_at_checked(at)).unwrap_or((SCHEMA, ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_goes_up_with_the_schema() {
        let schema = crc32fast::hash(SCHEMA.as_bytes());
        // A state of another layout must be told apart: raise the version with the first change after a release.
        assert_eq!((SCHEMA_VERSION, schema), (4, 0x459a_6136), "schema.sql has changed: {schema:#x}");
    }

    #[test]
    fn triggers_come_last() {
        let (tables, triggers) = schema_parts();
        assert!(!tables.contains("create trigger") && !triggers.contains("create table"));
    }
}
