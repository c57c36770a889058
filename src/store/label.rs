//! Labels: of data, of who reads it, and label grants.

use std::sync::Arc;

use rusqlite::Row;

use super::account::principal;
use super::acl::AclPlace;
use super::error::damaged;
use super::id::Inside;
use super::object::schema;
use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{
    ColumnId, Grantee, LabelGrant, Labels, Level, Object, ObjectId, Principal, ProjectId, RoleName, Time,
};

/// The number that stands for the table itself.
pub(super) const WHOLE: ColumnId = ColumnId(0);

/// A label grant with the table that it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelEntry {
    /// Name of the table's project.
    pub project: String,
    /// Name of the table or view.
    pub table: String,
    /// The installed package that the grant is inside of: `<creator>.<package>`.
    pub inside: Option<String>,
    /// The grant.
    pub grant: LabelGrant,
}

/// Inside a package that cannot be used, a grant tells the names that it was given with, nothing newer (PKG-3, STG-4).
const ENTRY: &str = "with entry as (select *, installation is null or exists (
    select 1 from installation i join package_allowed w on w.package = i.package and w.project = i.project where i.id = installation
  ) as usable from label_grant)
  select case when g.usable then coalesce(c.name, '') else g.given_column end as column_name, g.column_id, g.role, g.level, g.grantor, g.granted,
    g.expires, a.principal, i.name as inside, o.schema, case when g.usable then o.name else g.given_name end as name, p.name as project_name
  from entry g join object o on o.id = g.object join project p on p.id = o.project
  left join column_object c on c.table_id = g.object and c.id = g.column_id
  left join object i on i.id = g.installation left join account a on a.id = g.account";

impl Snapshot<'_> {
    /// The level of a member or role; the lowest where none was set.
    pub fn level_of(&self, project: ProjectId, grantee: &Grantee) -> Result<Level> {
        let level = match grantee {
            Grantee::User(user) => self.one(
                "select level from reading_level where project = ?1 and account = (select id from account where key = ?2)",
                (project, user.key()),
                |row| row.get(0),
            )?,
            Grantee::Role(role) => self.one(
                "select level from reading_level where project = ?1 and role = ?2",
                (project, role.as_str()),
                |row| row.get(0),
            )?,
        };
        Ok(level.unwrap_or_default())
    }

    /// The labels of a table or view.
    pub fn labels_of(&self, table: ObjectId) -> Result<Arc<Labels>> {
        self.cache().labels(table, || {
            let own = "select level from label where table_id = ?1 and column_id = 0";
            let all: Vec<(String, Option<Level>, bool, Option<String>)> = self.all(
                "select c.name, l.level, c.partitioned, c.generator from column_object c
                 left join label l on l.table_id = c.table_id and l.column_id = c.id
                 where c.table_id = ?1 order by c.position",
                [table],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )?;
            let mut labels =
                Labels { table: self.one(own, [table], |row| row.get(0))?.unwrap_or_default(), ..Labels::default() };
            for (name, level, is_partitioned, generator) in all {
                let source = generator.as_deref().and_then(|text| text.split_once(' '));
                match source {
                    // Chosen: what is calculated from a column is as sensitive.
                    Some((_, source)) => {
                        let label = labels.own(source);
                        labels.columns.push((name, label));
                    }
                    None if is_partitioned => labels.partition_columns.push(name),
                    None => labels.columns.push((name, level)),
                }
            }
            Ok(Arc::new(labels))
        })
    }

    /// The label grants on an object for one grantee; inside this installed package, or outside of any.
    pub(super) fn label_grants_of(
        &self,
        object: &Object,
        inside: Option<&Object>,
        grantee: &Grantee,
    ) -> Result<Vec<LabelGrant>> {
        let Some(id) = object.id.known() else { return Ok(Vec::new()) };
        let read = |row: &Row<'_>| read_grant(row, grantee.clone());
        let select = "select coalesce((select name from column_object c where c.table_id = g.object and c.id = g.column_id), '') as column_name, g.column_id,
             level, grantor, granted, expires from label_grant g";
        match grantee {
            Grantee::User(user) => self.all(
                &format!(
                    "{select} where account = (select id from account where key = ?1) and object = ?2 and inside = ?3
                     and account is not null order by id"
                ),
                (user.key(), id, Inside(inside)),
                read,
            ),
            Grantee::Role(role) => self.all(
                &format!("{select} where object = ?2 and role = ?1 and inside = ?3 and role is not null order by id"),
                (role.as_str(), id, Inside(inside)),
                read,
            ),
        }
    }

    /// All label grants on an object, in the order in which they were given; inside this installed package, or outside of any.
    pub fn label_grants_on(&self, object: &Object, inside: Option<&Object>) -> Result<Vec<LabelEntry>> {
        let Some(id) = object.id.known() else { return Ok(Vec::new()) };
        self.all(&format!("{ENTRY} where g.object = ?1 and g.inside = ?2 order by g.id"), (id, Inside(inside)), read)
    }

    /// All label grants of a grantee in a project, in the order in which they were given.
    pub fn label_grants_to(&self, project: ProjectId, grantee: &Grantee) -> Result<Vec<LabelEntry>> {
        match grantee {
            Grantee::User(user) => self.all(
                &format!(
                    "{ENTRY} where g.account = (select id from account where key = ?2) and g.project = ?1 order by g.id"
                ),
                (project, user.key()),
                read,
            ),
            Grantee::Role(role) => self.all(
                &format!("{ENTRY} where g.project = ?1 and g.role = ?2 order by g.id"),
                (project, role.as_str()),
                read,
            ),
        }
    }
}

impl Snapshot<'_> {
    /// Labels and label grants on what has none, levels of roles that have none: only a changed state has them. A line each.
    pub(super) fn damaged_labels(&self) -> Result<Vec<String>> {
        self.all(
            "select 'database: a label of table ' || o.name || ' is on no column that can have one' from label l
               join object o on o.id = l.table_id where l.column_id <> 0 and not exists (
                 select 1 from column_object c where c.table_id = l.table_id and c.id = l.column_id and not c.partitioned)
             union all
             select 'database: a label grant on ' || o.name || ' is on no column that can have a label' from label_grant g
               join object o on o.id = g.object where g.column_id <> 0 and not exists (
                 select 1 from column_object c where c.table_id = g.object and c.id = g.column_id and not c.partitioned)
             union all
             select 'database: role ' || l.role || ' has a level and is not a role of resource type' from reading_level l
               where l.role is not null and not exists (
                 select 1 from role r where r.project = l.project and r.name = l.role and r.kind = 'resource')",
            [],
            |row| row.get(0),
        )
    }
}

impl Write<'_> {
    /// Sets the level of a member or role.
    pub fn set_level(&self, project: ProjectId, grantee: &Grantee, level: Level) -> Result<()> {
        self.clear_level(project, grantee)?;
        if level == Level::LOWEST {
            return Ok(());
        }
        let (account, role) = self.grantee(grantee)?;
        self.run(
            "insert into reading_level (project, account, role, level) values (?1, ?2, ?3, ?4)",
            (project, account, role, level),
        )?;
        Ok(())
    }

    /// Sets the level of a member or role back to the lowest.
    pub(super) fn clear_level(&self, project: ProjectId, grantee: &Grantee) -> Result<()> {
        let (account, role) = self.grantee(grantee)?;
        self.run(
            "delete from reading_level where project = ?1 and (account = ?2 or role = ?3)",
            (project, account, role),
        )?;
        Ok(())
    }

    /// Labels a column, or with nothing the table itself.
    pub fn set_label(&self, table: ObjectId, column: Option<ColumnId>, level: Level) -> Result<()> {
        self.run(
            "insert into label values (?1, ?2, ?3) on conflict do update set level = excluded.level",
            (table, column.unwrap_or(WHOLE), level),
        )?;
        Ok(())
    }

    /// Takes the label of a column, or with nothing that of the table itself.
    pub fn unset_label(&self, table: ObjectId, column: Option<ColumnId>) -> Result<()> {
        self.run("delete from label where table_id = ?1 and column_id = ?2", (table, column.unwrap_or(WHOLE)))?;
        Ok(())
    }

    /// Deletes labels of and label grants on columns that a table no longer has (ACC-9, LAB-3).
    pub(super) fn drop_labels_of_gone_columns(&self, table: ObjectId) -> Result<()> {
        for labelled in ["label where table_id", "label_grant where object"] {
            self.run(
                &format!(
                    "delete from {labelled} = ?1 and column_id <> 0
                     and column_id not in (select id from column_object where table_id = ?1)"
                ),
                [table],
            )?;
        }
        Ok(())
    }

    /// Gives a label grant; the same again replaces level, grantor, time and end.
    pub fn grant_label(&self, place: &AclPlace, column: Option<ColumnId>, grant: &LabelGrant) -> Result<()> {
        self.revoke_label(place, &grant.grantee, column)?;
        let (account, role) = self.grantee(&grant.grantee)?;
        let AclPlace { object, inside } = place;
        self.run(
            "insert into label_grant (project, object, installation, column_id, account, role, level, grantor, granted, expires,
               given_name, given_column)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
            rusqlite::params![
                place.project().id,
                object.id,
                inside.as_ref().map(|package| package.id),
                column.unwrap_or(WHOLE),
                account,
                role,
                grant.level,
                grant.grantor.to_string(),
                grant.granted.0,
                grant.expires.map(|end| end.0),
                inside.as_ref().map_or("", |_| object.name.as_str()),
                inside.as_ref().and(grant.column.as_deref()).unwrap_or_default(),
            ],
        )?;
        Ok(())
    }

    /// Takes the label grant on a column; with nothing the one on the table and those on all its columns (LAB-5). How many there were.
    pub fn revoke_label(&self, place: &AclPlace, grantee: &Grantee, column: Option<ColumnId>) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        self.run(
            "delete from label_grant where object = ?1 and inside = ?2 and (account = ?3 or role = ?4) and column_id = ?5",
            (place.object.id, Inside(place.inside.as_ref()), account, role, column.unwrap_or(WHOLE)),
        )
    }

    /// Takes every label grant on a table and its columns; how many there were.
    pub fn revoke_labels(&self, place: &AclPlace, grantee: &Grantee) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        self.run(
            "delete from label_grant where object = ?1 and inside = ?2 and (account = ?3 or role = ?4)",
            (place.object.id, Inside(place.inside.as_ref()), account, role),
        )
    }

    /// Takes label grants inside an installed package that cannot be used, by the names that they were given with; with no column, those on
    /// all columns. How many there were.
    pub fn revoke_labels_unusable(&self, place: &AclPlace, grantee: &Grantee, column: Option<&str>) -> Result<usize> {
        let (account, role) = self.grantee(grantee)?;
        self.run(
            "delete from label_grant where installation = ?1 and given_name = ?2 and (?3 is null or given_column = ?3)
             and (account = ?4 or role = ?5) and (select schema from object where id = label_grant.object) = ?6",
            (
                Inside(place.inside.as_ref()),
                place.object.name.as_str(),
                column,
                account,
                role,
                place.object.schema.as_str(),
            ),
        )
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<LabelEntry> {
    let grantee = match row.get::<_, Option<String>>("role")? {
        Some(role) => Grantee::Role(RoleName::new(&role)),
        None => Grantee::User(principal(row, "principal")?),
    };
    Ok(LabelEntry {
        project: row.get("project_name")?,
        table: schema(row)?.qualified(&row.get::<_, String>("name")?),
        inside: row.get("inside")?,
        grant: read_grant(row, grantee)?,
    })
}

fn read_grant(row: &Row<'_>, grantee: Grantee) -> rusqlite::Result<LabelGrant> {
    let (column, grantor): (String, String) = (row.get("column_name")?, row.get("grantor")?);
    // A grant on a column must not be read as one on the table.
    if column.is_empty() && row.get::<_, ColumnId>("column_id")? != WHOLE {
        return Err(damaged("the column of a label grant"));
    }
    Ok(LabelGrant {
        level: row.get("level")?,
        column: (!column.is_empty()).then_some(column),
        grantee,
        grantor: Principal::parse(&grantor).ok_or_else(|| damaged("the grantor of a label grant"))?,
        granted: Time(row.get("granted")?),
        expires: row.get::<_, Option<i64>>("expires")?.map(Time),
    })
}
