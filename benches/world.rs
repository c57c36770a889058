//! States S and L: the same people and questions in a small and in a large world, written straight into the schema.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context, Result};
use odpsh::model::{Principal, Time};
use odpsh::store::{Durability, Filling, StatePath, Store, Write};
use rusqlite::{Connection, params};

/// When everything was made.
const MADE: i64 = 1_600_000_000_000;
/// The account that owns every project.
pub const OWNER: &str = "ALIYUN$owner";
/// A member of every project, with roles in each, whose questions are measured.
pub const ALICE: &str = "ALIYUN$alice@example.com";
/// The project that most of a world is in.
pub const BIG: &str = "p1";
/// A project with packages of [`BIG`] installed.
pub const GUEST: &str = "p2";
/// A protected project.
pub const PROTECTED: &str = "p3";
/// Roles of each project; Alice holds the first three.
const ROLES: i64 = 20;
/// Tables of each project but the big one, if there are enough.
const TABLES: i64 = 50;

/// How much of what there is.
#[derive(Clone, Copy)]
pub struct Scale {
    name: &'static str,
    projects: i64,
    tables: i64,
    packages: i64,
    accounts: i64,
    grants: i64,
}

/// A small world.
pub const S: Scale = Scale { name: "S", projects: 10, tables: 1_000, packages: 100, accounts: 20, grants: 1_000 };
/// A large world: the sizes that `odpsh` must hold.
pub const L: Scale =
    Scale { name: "L", projects: 1_000, tables: 100_000, packages: 100_000, accounts: 10_000, grants: 1_000_000 };

impl Scale {
    /// The state file of this world; made if it is not there, or of another version of the schema; whole if it is there.
    pub fn state(self) -> Result<PathBuf> {
        let folder = folder();
        fs::create_dir_all(&folder)?;
        let file = folder.join(format!("{}.db", self.name));
        let is_usable = || Store::open(&StatePath::File(file.clone()), Durability::AtEnd).is_ok();
        if !file.exists() || !is_usable() {
            let draft = folder.join(format!("{}.draft-{}", self.name, std::process::id()));
            self.write(&draft).with_context(|| format!("making {}", file.display()))?;
            fs::rename(&draft, &file)?;
        }
        Ok(file)
    }

    fn write(self, file: &Path) -> Result<()> {
        let owner = Principal::parse(OWNER).context("a principal")?;
        let populate = |write: &Write<'_>| {
            write.create_account(&owner, Time(MADE))?;
            write.create_project("sandbox", &owner, Time(MADE)).map(drop)
        };
        let filling = Filling { populate: &populate, ..Filling::NONE };
        Store::open_with(&StatePath::File(file.to_owned()), Durability::AtEnd, filling)?;
        let connection = Connection::open(file)?;
        connection.execute_batch(
            "pragma synchronous = off; pragma journal_mode = off; pragma cache_size = -400000; begin immediate;",
        )?;
        self.write_people(&connection)?;
        self.write_projects(&connection)?;
        self.write_tables(&connection)?;
        self.write_packages(&connection)?;
        self.write_grants(&connection)?;
        connection.execute_batch("commit; pragma journal_mode = wal; pragma wal_checkpoint(truncate);")?;
        Ok(())
    }

    fn write_people(self, connection: &Connection) -> Result<()> {
        let mut insert = connection.prepare("insert into account (principal, key, created) values (?1, ?2, ?3)")?;
        for number in 2..=self.accounts {
            let name = if number == 2 { ALICE.to_owned() } else { format!("ALIYUN$user{number}@example.com") };
            insert.execute(params![name, name.to_lowercase(), MADE])?;
        }
        Ok(())
    }

    /// Project 1 is the sandbox; `p1` and the others follow. Everyone trusts the big one; it trusts everyone.
    fn write_projects(self, connection: &Connection) -> Result<()> {
        let mut project =
            connection.prepare("insert into project (name, owner, created, modified) values (?1, 1, ?2, ?2)")?;
        let mut object =
            connection.prepare("insert into object (project, kind, name, created) values (?1, ?2, ?3, ?4)")?;
        let mut property = connection.prepare("insert into project_property values (?1, ?2, ?3)")?;
        let mut provider = connection.prepare("insert into account_provider values (?1, ?2)")?;
        let mut role =
            connection.prepare("insert into role (project, name, kind, created) values (?1, ?2, 'resource', ?3)")?;
        let mut member = connection.prepare("insert into member (project, account, added) values (?1, ?2, ?3)")?;
        let mut holder = connection.prepare("insert into role_user values (?1, ?2, ?3, ?4, ?5)")?;
        for number in 1..self.projects {
            project.execute(params![format!("p{number}"), MADE])?;
            let id = connection.last_insert_rowid();
            for (kind, name) in [("project", format!("p{number}")), ("schema", "default".to_owned())] {
                object.execute(params![id, kind, name, MADE])?;
            }
            property.execute(params![id, "odps.security.ip.whitelist", "127.0.0.1,::1,10.0.0.0/8"])?;
            property.execute(params![id, "READ_TABLE_MAX_ROW", "5000"])?;
            for name in ["ALIYUN", "RAM"] {
                provider.execute(params![id, name])?;
            }
            for name in ["Admin", "Super_Administrator"] {
                connection
                    .prepare_cached("insert into role (project, name, kind, created) values (?1, ?2, 'admin', ?3)")?
                    .execute(params![id, name, MADE])?;
            }
            for number in 0..ROLES {
                role.execute(params![id, format!("r{number}"), MADE])?;
            }
            let members = if number == 1 { self.accounts } else { self.accounts.min(100) };
            for account in 2..=members {
                member.execute(params![id, account, MADE])?;
                let roles = if account == 2 { 0..3 } else { account % ROLES..account % ROLES + 1 };
                for number in roles {
                    holder.execute(params![id, format!("r{number}"), account, MADE, OWNER])?;
                }
            }
        }
        connection.execute_batch(&format!(
            "update project set project_protection = 1 where name = '{PROTECTED}';
             insert into trusted_project select a.id, b.id, {MADE} from project a, project b
               where a.id <> b.id and '{BIG}' in (a.name, b.name) and a.id > 1 and b.id > 1;"
        ))?;
        Ok(())
    }

    /// `t1`, `t2` … in each project; what is left lies in the big one.
    fn write_tables(self, connection: &Connection) -> Result<()> {
        let mut object = connection
            .prepare("insert into object (project, name, kind, owner, created) values (?1, ?2, 'table', 1, ?3)")?;
        let mut table = connection.prepare("insert into table_object (id, defined, modified) values (?1, ?2, ?2)")?;
        let mut column = connection.prepare(
            "insert into column_object (table_id, position, id, name, data_type) values (?1, ?2, ?3, ?4, ?5)",
        )?;
        let others = TABLES.min(self.tables / self.projects / 2);
        let mut next = 1;
        for project in 2..=self.projects {
            let tables = if project == 2 { self.tables - others * (self.projects - 2) } else { others };
            for number in 1..=tables {
                object.execute(params![project, format!("t{number}"), MADE])?;
                let id = connection.last_insert_rowid();
                table.execute([id, MADE])?;
                for (position, (name, kind)) in
                    [("id", "BIGINT"), ("name", "STRING"), ("at", "DATETIME")].into_iter().enumerate()
                {
                    column.execute(params![id, i64::try_from(position)?, next, name, kind])?;
                    next += 1;
                }
            }
        }
        connection.execute("update sequence set next = ?1 where name = 'column'", [next])?;
        Ok(())
    }

    /// Packages of the big project, each with a table; the second project installed a hundred of them.
    fn write_packages(self, connection: &Connection) -> Result<()> {
        let mut package = connection.prepare("insert into package (project, name, created) values (2, ?1, ?2)")?;
        let mut object = connection.prepare("insert into package_object (package, object) values (?1, ?2)")?;
        let mut privilege = connection.prepare("insert into package_privilege values (?1, 'Select')")?;
        let mut allowed = connection.prepare("insert into package_allowed values (?1, 3, 0, ?2)")?;
        let mut at = connection
            .prepare("insert into object (project, name, kind, created) values (3, 'p1.' || ?1, 'package', ?2)")?;
        let mut installed = connection.prepare(
            "insert into installation (id, project, source, package, name, installed) values (?1, 3, 2, ?2, ?3, ?4)",
        )?;
        let ends = "select min(id), count(*) from object where project = 2 and kind = 'table'";
        let (first, tables): (i64, i64) = connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        for number in 1..=self.packages {
            let name = format!("package{number}");
            package.execute(params![name, MADE])?;
            let id = connection.last_insert_rowid();
            object.execute([id, first + number % tables])?;
            privilege.execute([connection.last_insert_rowid()])?;
            allowed.execute(params![id, MADE])?;
            if number <= 100 {
                at.execute(params![name, MADE])?;
                installed.execute(params![connection.last_insert_rowid(), id, name, MADE])?;
            }
        }
        Ok(())
    }

    /// Half of the grants in the big project, many of them on `t1` and many of them Alice's; the others all over.
    fn write_grants(self, connection: &Connection) -> Result<()> {
        // What the grants of a new world would move is of no interest.
        connection.execute_batch("drop trigger acl_inserted;")?;
        let mut insert = connection.prepare(
            "insert into acl (project, object, account, role, action, grantor, granted)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict do nothing",
        )?;
        let mut left = self.grants;
        let mut give = |project: i64, table: i64, account: Option<i64>, role: Option<String>, action: &str| {
            if left > 0 {
                let given = insert.execute(params![project, table, account, role, action, OWNER, MADE])?;
                left -= i64::try_from(given)?;
            }
            Ok::<i64, anyhow::Error>(left)
        };
        let tables = |project: i64| -> Result<(i64, i64)> {
            let ends = "select min(id), max(id) from object where project = ?1 and kind = 'table'";
            Ok(connection.query_row(ends, [project], |row| Ok((row.get(0)?, row.get(1)?)))?)
        };
        let (first, last) = tables(2)?;
        give(2, first, None, Some("r1".to_owned()), "Select")?;
        give(2, first + 1, Some(2), None, "Select")?;
        // On the first table for many; of Alice on many tables.
        for account in 3..=self.accounts {
            for action in ["Select", "Describe"] {
                give(2, first, Some(account), None, action)?;
            }
        }
        for table in first + 1..=last.min(first + self.accounts) {
            give(2, table, Some(2), None, "Describe")?;
        }
        // What `.who can` is asked about: a hundred people hold something on it.
        for account in 3..=self.accounts.min(102) {
            give(2, first + 2, Some(account), None, "Select")?;
        }
        for project in 3..=self.projects {
            let (first, last) = tables(project)?;
            for table in first..=last {
                for role in [1, 4, 5] {
                    give(project, table, None, Some(format!("r{role}")), "Select")?;
                }
                give(project, table, Some(table % self.accounts.min(100) + 1), None, "Select")?;
            }
        }
        for round in 0.. {
            let before = give(2, first, None, Some("r1".to_owned()), "Select")?;
            for table in first + 3..=last {
                give(2, table, Some((table + round) % self.accounts + 1), None, "Select")?;
                give(2, table, None, Some(format!("r{}", (table + round) % ROLES)), "Describe")?;
            }
            let after = give(2, first, None, Some("r1".to_owned()), "Select")?;
            if after == 0 || after == before {
                break;
            }
        }
        drop(insert);
        connection.execute_batch(
            "create trigger acl_inserted after insert on acl begin update project set version = version + 1 where id = new.project; end;",
        )?;
        Ok(())
    }
}

/// Where the worlds lie: `ODPSH_WORLDS`, or a folder for temporary files.
fn folder() -> PathBuf {
    env::var_os("ODPSH_WORLDS").map_or_else(|| env::temp_dir().join("odpsh-worlds"), PathBuf::from)
}
