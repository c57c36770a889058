//! The layout of the state file: what a new one is made with, and how an older one is known.

use rusqlite::Connection;

use crate::error::Result;

/// Version of `schema.sql`. It goes up with the first change after a release; `migrate.rs` then says what the step takes.
pub(super) const SCHEMA_VERSION: i64 = 16;
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
        assert_eq!((SCHEMA_VERSION, schema), (16, 0xf46d_192b), "schema.sql has changed: {schema:#x}");
    }

    /// Changes of tables that need not move the version of a project, and why.
    const WITHOUT_VERSION: &[(&str, &str, &str)] = &[
        (
            "account",
            "insert update delete",
            "a session compares its account itself; members and roles are deleted with it",
        ),
        ("access_key", "insert update delete", "a session asks for its own key itself; no other decision rests on one"),
        (
            "encryption_key",
            "insert update delete",
            "no decision rests on a key; a switch moves the versions of its projects, so that what runs looks again",
        ),
        ("project_encryption", "update delete", "rotated with its key, and deleted with its project"),
        ("project", "insert delete", "no decision rests on a project before it exists; a dropped one has no version"),
        ("account_provider", "insert update delete", "asked only by `add user`, in its own transaction"),
        ("table_object", "insert delete", "written and deleted with its object"),
        ("external_schema", "insert update delete", "written and deleted with its schema, and never changed"),
        ("external_table", "insert update delete", "written and deleted with its object; another format is no fact"),
        ("external_property", "insert update delete", "written and deleted with its object, and never changed"),
        ("resource_object", "insert delete", "written and deleted with its object"),
        ("function_object", "insert delete", "written and deleted with its object"),
        ("member", "update", "a member is added or removed"),
        ("role", "insert update delete", "a role gives something through its holders and entries"),
        ("role_user", "update", "a role is granted or revoked"),
        ("tenant_user", "insert update delete", "a tenant user is something by its roles"),
        ("tenant_role", "insert delete", "a role gives something through its holders; one that is held stays"),
        ("tenant_role_user", "update", "a role is granted or revoked"),
        ("tenant_role_project", "update", "a role is added or removed"),
        ("tenant_resource_mount", "update", "a resource is mounted or unmounted"),
        ("trusted_project", "update", "a project is added or removed"),
        ("view_column", "insert update delete", "written with the view"),
        ("view_relation", "insert update delete", "written with the view"),
        ("view_relation_column", "insert update delete", "written with the view"),
        ("view_function", "insert update delete", "written with the view"),
        ("view_flag", "insert update delete", "written with the view"),
        ("renamed_column", "insert update delete", "decides only what a message names"),
        ("sequence", "insert update delete", "numbers, no facts"),
        ("schema_object", "insert update delete", "no decision rests on a comment"),
        ("partition_object", "insert update delete", "no decision rests on partitions"),
        ("data_file", "insert update delete", "no decision rests on data"),
        ("table_version", "insert update delete", "no decision rests on data"),
        ("version_file", "insert update delete", "no decision rests on data"),
        (
            "dropped_table",
            "insert update delete",
            "written where an object is deleted; a session compares its account itself",
        ),
        ("dropped_column", "insert update delete", "written with the dropped table"),
        ("dropped_label", "insert update delete", "counts once the table is there again, which moves the version"),
        ("dropped_partition", "insert update delete", "no decision rests on partitions"),
        ("writing", "insert update delete", "no decision rests on data"),
        ("resource_content", "insert update delete", "no decision rests on data"),
        ("resource_piece", "insert update delete", "no decision rests on data"),
        ("function_resource", "insert update delete", "written with the function"),
        ("instance_object", "insert update delete", "what a result was made of is fixed; who may read it is an entry"),
        ("instance_source", "insert update delete", "written with the instance"),
        ("instance_access", "insert update delete", "written with the instance"),
        ("instance_access_column", "insert update delete", "written with the instance"),
        ("instance_result", "insert update delete", "no decision rests on data"),
        ("instance_column", "insert update delete", "no decision rests on data"),
        ("package", "insert update", "a new package lists nothing; it is never renamed"),
        ("package_object", "update", "an object is added or removed"),
        ("package_privilege", "insert update delete", "written with the object that the package lists"),
        ("installation", "update", "the package that it loses moves the version of its project"),
        ("tunnel_session", "insert update delete", "no decision rests on transfers"),
        ("tunnel_source", "insert update delete", "no decision rests on transfers"),
        ("tunnel_block", "insert update delete", "no decision rests on transfers"),
        ("tunnel_file", "insert update delete", "no decision rests on transfers"),
        ("tunnel_line", "insert update delete", "no decision rests on transfers"),
        ("audit", "insert update delete", "records are no facts"),
        ("audit_block", "insert update delete", "records are no facts"),
    ];

    #[test]
    fn every_change_of_a_fact_moves_the_version_of_its_project() {
        let (tables, triggers) = schema_parts();
        let tables = tables.lines().filter_map(|line| line.strip_prefix("create table ")?.split_once(' '));
        let moves = |table: &str, event: &str| {
            triggers.split("create trigger ").any(|trigger| {
                let head = trigger.split(" begin").next().unwrap();
                head.contains(&format!("after {event}"))
                    && head.split_once(" when ").map_or(head, |(head, _)| head).ends_with(&format!("on {table}"))
                    && trigger.contains("update project set version = version + 1")
            })
        };
        for (table, _) in tables {
            for event in ["insert", "update", "delete"] {
                let listed = WITHOUT_VERSION.iter().find(|(of, events, _)| *of == table && events.contains(event));
                assert_eq!(listed.is_none(), moves(table, event), "{event} of {table}: {listed:?}");
            }
        }
    }

    #[test]
    fn triggers_come_last() {
        let (tables, triggers) = schema_parts();
        assert!(!tables.contains("create trigger") && !triggers.contains("create table"));
    }
}
