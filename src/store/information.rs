//! The rows of the views of `information_schema`, read from one snapshot, project by project (AUD-2).
//!
//! Each view is a query of the state that gives the columns which have values here; the others are NULL. Accounts have names and no other
//! identification, so columns such as `user_id` are among these.

use std::collections::{BTreeMap, HashSet};

use rusqlite::types::ValueRef;

use super::partition::Specs;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{
    INFORMATION_SCHEMA, InformationRows, InformationView, ListedValues, Object, ObjectId, ObjectKind, Place, Principal,
    ProjectId, ProjectRef, SYSTEM_PACKAGE, Time,
};

/// The object that stands for the package of these views in a project that has it installed.
pub(super) const PACKAGE: &str = "information_schema.systables";

/// Most bytes that rows of one view may take in memory.
const LIMIT: usize = 512 << 20;

/// Which rows of a view are read.
#[derive(Debug, Clone, Copy)]
pub struct InformationScope<'s> {
    /// The project whose rows they are.
    pub project: ProjectId,
    /// Of jobs and transfers: those that ended in this time. All of them, the running ones included, if it is not limited.
    pub ended: Option<(Time, Time)>,
    /// Entries that are over by then are left out.
    pub now: Time,
    /// The jobs of whose end nothing may be shown (FLW-2b).
    pub kept_back: &'s HashSet<ObjectId>,
}

/// Jobs that read the same in other projects.
#[derive(Debug, Clone)]
pub struct AlikeJobs {
    /// What they read there.
    pub sources: Vec<Object>,
    /// The jobs.
    pub jobs: Vec<ObjectId>,
}

/// An entry of the project `?1`, outside of packages, that is not over at `?4`, on an object of this family.
macro_rules! entries {
    ($columns:literal, $which:literal) => {
        concat!(
            "select ",
            $columns,
            ", p.name as user_catalog, coalesce(a.principal, g.role) as user_name, g.action as privilege_type, g.expires as expired
             from acl g join object o on o.id = g.object join project p on p.id = g.project
             left join account a on a.id = g.account
             where g.project = ?1 and g.installation is null and (g.expires is null or g.expires > ?4) and ",
            $which,
            " order by o.schema, o.name, g.id"
        )
    };
}

/// The same for label grants.
macro_rules! label_grants {
    ($columns:literal, $which:literal) => {
        concat!(
            "select p.name as table_catalog, o.schema as table_schema, o.name as table_name, ",
            $columns,
            "p.name as user_catalog, coalesce(a.principal, g.role) as user_name, cast(g.level as text) as label_level, g.expires as expired
             from label_grant g join object o on o.id = g.object join project p on p.id = g.project
             left join account a on a.id = g.account
             left join column_object c on c.table_id = g.object and c.id = g.column_id
             where g.project = ?1 and g.installation is null and (g.expires is null or g.expires > ?4) and ",
            $which,
            " order by o.schema, o.name, c.position, g.id"
        )
    };
}

const PROVIDER: &str = "case when a.principal like 'RAM$%:role/%' then 'RAMRole' when a.principal like 'RAM$%' then 'RAM' else 'ALIYUN' end";

/// Sources of jobs as the statement names them: the outermost view, or the table itself.
const INPUT_TABLES: &str = "(select group_concat(n.name, ',') from (
     select distinct s.project_name || '.' || iif(s.schema = 'default', '', s.schema || '.') || s.name as name
     from instance_source s where s.instance = i.id and s.kind = 'table' and s.place =
       (select iif(max(v.place) > 0, 1, 0) from instance_source v where v.instance = s.instance and v.position = s.position)
     order by s.position) n)";

/// The query of a view for one project: `?1` is the project, `?2` and `?3` the time of the end, `?4` the present.
fn query(view: &str, is_limited: bool) -> String {
    let fixed = match view {
        "catalogs" => {
            "select p.name as catalog_name, iif(p.frozen, 'Denied', 'Allowed') as status, p.created as create_time,
               a.principal as owner_name,
               (select json_group_object(key, value order by key) from project_property where project = p.id) as settings
             from project p join account a on a.id = p.owner where p.id = ?1"
        }
        "catalog_privileges" => entries!("p.name as catalog_name", "o.kind = 'project'"),
        "schemas" => {
            "select p.name as schema_catalog, o.name as schema_name, a.principal as owner_name, o.created as create_time,
               s.modified as last_modified_time, s.comment as comment
             from object o join project p on p.id = o.project left join schema_object s on s.id = o.id
             left join account a on a.id = o.owner where o.project = ?1 and o.kind = 'schema' order by o.name"
        }
        "users" => {
            return format!(
                "select p.name as user_catalog, {PROVIDER} as identity_provider, a.principal as user_name,
                   cast(coalesce((select level from reading_level where project = p.id and account = a.id), 0) as text) as user_label
                 from project p join account a on a.id = p.owner or a.id in (select account from member where project = p.id)
                 where p.id = ?1 order by a.id"
            );
        }
        "roles" => {
            "select p.name as role_catalog, r.name as role_name, r.comment as comment,
               cast(coalesce((select level from reading_level where project = p.id and role = r.name), 0) as text) as role_label
             from role r join project p on p.id = r.project where r.project = ?1 order by r.name"
        }
        "user_roles" => {
            "select p.name as user_role_catalog, r.role as role_name, a.principal as user_name
             from role_user r join project p on p.id = r.project join account a on a.id = r.account
             where r.project = ?1 order by r.role, a.id"
        }
        "tables" => {
            "select p.name as table_catalog, o.schema as table_schema, o.name as table_name,
               iif(t.view_text is null, 'MANAGED_TABLE', 'VIRTUAL_VIEW') as table_type,
               exists (select 1 from column_object c where c.table_id = o.id and c.partitioned) as is_partitioned,
               a.principal as owner_name, o.created as create_time,
               iif(t.view_text is null, t.modified, t.defined) as last_modified_time,
               iif(t.view_text is not null or exists (select 1 from column_object c where c.table_id = o.id and c.partitioned), null,
                 (select coalesce(sum(f.byte_count), 0) from data_file f where f.table_id = o.id)) as data_length,
               t.comment as table_comment, t.lifecycle as lifecycle, t.lifecycle is not null as lifecycle_enabled,
               t.view_text as view_original_text, t.transactional as is_transactional
             from object o join table_object t on t.id = o.id join project p on p.id = o.project
             join account a on a.id = o.owner where o.project = ?1 and o.family = 'table' order by o.schema, o.name"
        }
        "columns" => {
            "select p.name as table_catalog, o.schema as table_schema, o.name as table_name, c.name as column_name,
               c.position + 1 as ordinal_position, c.fallback as column_default, c.nullable as is_nullable,
               iif(instr(c.data_type, '<'), c.data_type, upper(c.data_type)) as data_type, c.comment as column_comment,
               c.partitioned as is_partition_key
             from object o join column_object c on c.table_id = o.id join project p on p.id = o.project
             where o.project = ?1 and o.family = 'table' order by o.schema, o.name, c.position"
        }
        "partitions" => {
            "select p.name as table_catalog, o.schema as table_schema, o.name as table_name, r.spec as partition_name,
               o.id as table_number, r.created as create_time, r.modified as last_modified_time,
               (select coalesce(sum(f.byte_count), 0) from data_file f where f.table_id = o.id and f.partition_id = r.id) as data_length
             from object o join partition_object r on r.table_id = o.id join project p on p.id = o.project
             where o.project = ?1 and o.family = 'table' order by o.schema, o.name, r.spec"
        }
        "udfs" => {
            "select p.name as udf_catalog, o.schema as udf_schema, o.name as udf_name, a.principal as owner_name,
               o.created as create_time, f.modified as last_modified_time
             from object o join function_object f on f.id = o.id join project p on p.id = o.project
             join account a on a.id = o.owner where o.project = ?1 and o.kind = 'function' order by o.schema, o.name"
        }
        "udf_resources" => {
            "select p.name as udf_catalog, o.schema as udf_schema, o.name as udf_name, r.project as resource_catalog,
               r.schema as resource_schema, r.name as resource_name
             from object o join function_resource r on r.function_id = o.id join project p on p.id = o.project
             where o.project = ?1 and o.kind = 'function' order by o.schema, o.name, r.position"
        }
        "resources" => {
            "select p.name as resource_catalog, o.schema as resource_schema, o.name as resource_name, r.type as resource_type,
               a.principal as owner_name, o.created as create_time, r.modified as last_modified_time,
               iif(r.type = 'table' or exists (select 1 from project_encryption where project = p.id), null, r.byte_count) as size, r.comment as comment
             from object o join resource_object r on r.id = o.id join project p on p.id = o.project
             join account a on a.id = o.owner where o.project = ?1 and o.kind = 'resource' order by o.schema, o.name"
        }
        "table_privileges" => entries!(
            "p.name as table_catalog, o.schema as table_schema, o.name as table_name",
            "o.family = 'table' and g.column_name = ''"
        ),
        "column_privileges" => entries!(
            "p.name as table_catalog, o.schema as table_schema, o.name as table_name, g.column_name as column_name",
            "o.family = 'table' and g.column_name <> ''"
        ),
        "udf_privileges" => {
            entries!("p.name as udf_catalog, o.schema as udf_schema, o.name as udf_name", "o.kind = 'function'")
        }
        "resource_privileges" => entries!(
            "p.name as resource_catalog, o.schema as resource_schema, o.name as resource_name",
            "o.kind = 'resource'"
        ),
        "package_privileges" => entries!(
            "substr(o.name, 1, instr(o.name, '.') - 1) as package_catalog, substr(o.name, instr(o.name, '.') + 1) as package_name",
            "o.kind = 'package'"
        ),
        // A package that the project may no longer use tells nothing (PKG-3).
        "package_objects" => {
            "with usable as (
               select 0 as place, k.id as package, p.name as creator, k.name, null as label
               from package k join project p on p.id = k.project where k.project = ?1
               union all
               select i.id, i.package, p.name, i.name, cast(w.label as text) from installation i
               join package_allowed w on w.package = i.package and w.project = i.project
               join project p on p.id = i.source where i.project = ?1)
             select u.creator as package_catalog, u.name as package_name, o.schema as object_schema,
               upper(o.family) as object_type, o.name as object_name,
               (select group_concat(action, ',' order by action) from package_privilege where package_object = l.id) as allowed_privilege,
               u.label as allowed_label
             from usable u join package_object l on l.package = u.package join object o on o.id = l.object order by u.place, l.id"
        }
        "installed_packages" => {
            "select p.name as installed_package_catalog, substr(o.name, 1, instr(o.name, '.') - 1) as package_catalog,
               substr(o.name, instr(o.name, '.') + 1) as package_name,
               strftime('%Y-%m-%dT%H:%M:%S+0000', coalesce(i.installed, o.created) / 1000, 'unixepoch') as installed_time,
               iif(i.id is null, '0', (select cast(w.label as text) from package_allowed w
                 where w.package = i.package and w.project = i.project)) as allowed_label
             from object o join project p on p.id = o.project left join installation i on i.id = o.id
             where o.project = ?1 and o.kind = 'package' order by i.id"
        }
        "table_labels" => {
            "select p.name as table_catalog, o.schema as table_schema, o.name as table_name, l.level as label_level
             from label l join object o on o.id = l.table_id join project p on p.id = o.project
             where o.project = ?1 and l.column_id = 0 order by o.schema, o.name"
        }
        "column_labels" => {
            "select p.name as table_catalog, o.schema as table_schema, o.name as table_name, c.name as column_name,
               cast(l.level as text) as label_level
             from label l join object o on o.id = l.table_id join project p on p.id = o.project
             join column_object c on c.table_id = l.table_id and c.id = l.column_id
             where o.project = ?1 and l.column_id <> 0 order by o.schema, o.name, c.position"
        }
        "table_label_grants" => label_grants!("", "g.column_id = 0"),
        "column_label_grants" => label_grants!("c.name as column_name, ", "c.id is not null"),
        "tasks" => {
            "select i.id as job, 1 as is_shown_only, p.name as task_catalog, 'SQL' as task_type, o.name as inst_id, i.status as status,
               a.principal as owner_name, o.created as start_time
             from object o join instance_object i on i.id = o.id join project p on p.id = o.project
             join account a on a.id = o.owner where o.project = ?1 and i.status = 'Running' order by o.created, o.id"
        }
        "tasks_history" => return jobs(is_limited),
        _ => "select 1 where false",
    };
    fixed.to_owned()
}

/// Jobs that ended. The end of one that may not be shown is NULL; such a job is there from its beginning, so that being there does not tell of
/// its end (FLW-2b).
fn jobs(is_limited: bool) -> String {
    let of_project = of_project(is_limited);
    format!(
        "select i.id as job, i.status = 'Running' as is_kept_back_only, p.name as task_catalog,
           case i.job when 'MapReduce' then 'LOT' else i.job end as task_type, o.name as inst_id,
           case i.status when 'Success' then 'Terminated' else i.status end as status, a.principal as owner_name,
           i.error_code || ': ' || i.error as result, o.created as submit_time, o.created as start_time, i.ended as end_time,
           {INPUT_TABLES} as input_tables, i.statement as operation_text,
           strftime('%Y%m%d', i.ended / 1000 + 28800, 'unixepoch') as ds
         from {of_project}"
    )
}

/// The jobs of a project, from the index that finds the fewest.
fn of_project(is_limited: bool) -> &'static str {
    match is_limited {
        true => {
            "instance_object i cross join object o on o.id = i.id and o.project = ?1 join project p on p.id = o.project
             join account a on a.id = o.owner where i.ended >= ?2 and i.ended < ?3"
        }
        false => {
            "object o cross join instance_object i on i.id = o.id join project p on p.id = o.project
             join account a on a.id = o.owner where o.project = ?1 and o.kind = 'instance'"
        }
    }
}

/// The rows of a view that belong to a tenant and to none of its projects; `?1` is its account.
fn tenant_query(view: &str) -> Option<String> {
    Some(match view {
        "users" => format!(
            "select {PROVIDER} as identity_provider, a.principal as user_name
             from tenant_user u join account a on a.id = u.account where u.tenant = ?1 order by u.added, a.id"
        ),
        "roles" => "select r.name as role_name, r.comment as comment from tenant_role r where r.tenant = ?1 order by r.name".to_owned(),
        "user_roles" => "select r.name as role_name, a.principal as user_name from tenant_role_user h
             join tenant_role r on r.id = h.role join account a on a.id = h.account where r.tenant = ?1 order by r.name, a.id"
            .to_owned(),
        _ => return None,
    })
}

/// What tells how a job ended (FLW-2b).
const END: [&str; 4] = ["status", "result", "end_time", "ds"];

impl Snapshot<'_> {
    /// The package of the views of `information_schema`, as it is installed in a project, and since when.
    pub fn system_package(&self, project: &ProjectRef) -> Result<Option<(Object, Time)>> {
        let found = self.one(
            "select id, created from object where project = ?1 and schema = 'default' and family = 'package' and name = ?2",
            (project.id, PACKAGE),
            |row| Ok((row.get::<_, ObjectId>(0)?, Time(row.get(1)?))),
        )?;
        Ok(found.map(|(id, since)| {
            (Object { id: id.into(), ..Object::unknown(ObjectKind::Package, project.clone(), PACKAGE) }, since)
        }))
    }

    /// Adds the rows of a project to those of a view; `reads` says which columns get values.
    ///
    /// # Errors
    /// They take too much memory, or the state cannot be read.
    pub fn add_information(
        &self,
        rows: &mut InformationRows,
        view: &InformationView,
        scope: InformationScope<'_>,
        reads: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        let (from, to) = scope.ended.unzip();
        let given = [Some(scope.project.0), from.map(|time| time.0), to.map(|time| time.0), Some(scope.now.0)];
        self.add((rows, view), &query(view.name, scope.ended.is_some()), &given, scope.kept_back, reads)
    }

    /// Adds the rows that belong to a tenant and to no project of it.
    ///
    /// # Errors
    /// As [`Snapshot::add_information`].
    pub fn add_tenant_information(
        &self,
        rows: &mut InformationRows,
        view: &InformationView,
        tenant: &Principal,
        reads: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        let Some(query) = tenant_query(view.name) else { return Ok(()) };
        let Some(tenant) = self.account(tenant)? else { return Ok(()) };
        self.add((rows, view), &query, &[Some(tenant.id.0)], &HashSet::new(), reads)
    }

    fn add(
        &self,
        (rows, view): (&mut InformationRows, &InformationView),
        query: &str,
        given: &[Option<i64>],
        kept_back: &HashSet<ObjectId>,
        reads: &dyn Fn(&str) -> bool,
    ) -> Result<()> {
        let known: Vec<String> = self.connection().prepare_cached(query)?.column_names().map(str::to_owned).collect();
        let has = |name: &str| known.iter().any(|known| known == name);
        // What a row is, before its values: a job, and whether it is a row only where its end is kept back, or only where it is not.
        let marks = ["job", "is_kept_back_only", "is_shown_only", "table_number"];
        // What is derived from rows takes the key of an encrypted project (ENC-1).
        let derived =
            ["tables", "partitions"].contains(&view.name) && ["data_length", "partition_name"].into_iter().any(reads);
        let key = match given.first().copied().flatten().filter(|_| derived) {
            Some(project) => self.data_key(ProjectId(project))?,
            None => None,
        };
        let wanted = view.columns.iter().map(|column| column.name.as_str()).filter(|name| reads(name));
        let selected: Vec<String> = marks
            .into_iter()
            .chain(wanted)
            .map(|name| if has(name) { format!("\"{name}\"") } else { "null".to_owned() })
            .collect();
        let query = format!("select {} from ({query})", selected.join(", "));
        let mut statement = self.connection().prepare_cached(&query)?;
        for (at, value) in (1..=statement.parameter_count()).zip(given) {
            statement.raw_bind_parameter(at, value)?;
        }
        let mut size = 0_usize;
        let mut found = statement.raw_query();
        while let Some(row) = found.next()? {
            let job: Option<ObjectId> = row.get(0)?;
            let is_kept_back = job.is_some_and(|job| kept_back.contains(&job));
            let only = |at: usize| row.get::<_, Option<bool>>(at).map(Option::unwrap_or_default);
            if (only(1)? && !is_kept_back) || (only(2)? && is_kept_back) {
                continue;
            }
            let mut at = marks.len();
            for (column, values) in view.columns.iter().zip(&mut rows.columns) {
                let value = match reads(&column.name) {
                    false => ValueRef::Null,
                    true => {
                        at += 1;
                        row.get_ref(at - 1)?
                    }
                };
                let value = if is_kept_back && END.contains(&column.name.as_str()) { ValueRef::Null } else { value };
                match (values, value) {
                    (ListedValues::Nothing, _) => {}
                    (ListedValues::Text(values), ValueRef::Null) => values.push(None),
                    (ListedValues::Text(values), value) => {
                        let text = value.as_str().map_err(rusqlite::Error::from)?;
                        size = size.saturating_add(text.len());
                        values.push(Some(match column.name.as_str() {
                            "partition_name" => {
                                let (table, key) = (row.get::<_, ObjectId>(3)?.0.to_string(), key.clone());
                                Specs { table, key }.decode(text)?.to_string()
                            }
                            _ => text.to_owned(),
                        }));
                    }
                    (ListedValues::Number(values), value) => {
                        values.push(value.as_i64_or_null().map_err(rusqlite::Error::from)?);
                    }
                    (ListedValues::Truth(values), value) => {
                        values.push(value.as_i64_or_null().map_err(rusqlite::Error::from)?.map(|truth| truth != 0))
                    }
                }
            }
            rows.count += 1;
            size = size.saturating_add(size_of::<Option<String>>() * (selected.len() - marks.len()));
            if size > LIMIT {
                return Err(too_much(view));
            }
        }
        Ok(())
    }

    /// The jobs of a project that read something of other ones, together with those that read the same there.
    pub fn jobs_reading_elsewhere(&self, scope: InformationScope<'_>) -> Result<Vec<AlikeJobs>> {
        let (from, to) = scope.ended.unwrap_or((Time(0), Time(0)));
        let of_project = of_project(scope.ended.is_some());
        let mut statement = self.connection().prepare_cached(&format!(
            "select i.id, (select group_concat(distinct s.project || '/' || s.object || '/' || s.schema || '.' || s.name)
                 from instance_source s where s.instance = i.id and s.place = 0 and s.project <> ?1)
             from {of_project} and exists (select 1 from instance_source s where s.instance = i.id and s.place = 0 and s.project <> ?1)"
        ))?;
        let given = [scope.project.0, from.0, to.0];
        for (at, value) in (1..=statement.parameter_count()).zip(given) {
            statement.raw_bind_parameter(at, value)?;
        }
        let mut alike: BTreeMap<String, Vec<ObjectId>> = BTreeMap::new();
        let mut jobs = Vec::new();
        let mut found = statement.raw_query();
        while let Some(row) = found.next()? {
            jobs.push((row.get::<_, ObjectId>(0)?, row.get::<_, String>(1)?));
        }
        for (job, mark) in jobs {
            alike.entry(mark).or_default().push(job);
        }
        let mut found = Vec::new();
        for jobs in alike.into_values() {
            let Some(first) = jobs.first() else { continue };
            let sources = self.instance_sources(*first)?.into_iter().map(|(source, _)| source);
            let sources = sources.filter(|source| source.project.id != scope.project).collect();
            found.push(AlikeJobs { sources, jobs });
        }
        Ok(found)
    }
}

impl Write<'_> {
    /// Installs the package of the views of `information_schema`.
    ///
    /// # Errors
    /// It is installed already.
    pub fn install_system_package(&self, project: &ProjectRef, now: Time) -> Result<()> {
        let place = Place::default_of(project.clone());
        let made = self.create_object(&super::object::NewObject {
            kind: ObjectKind::Package,
            project: project.id,
            schema: place.schema,
            name: PACKAGE,
            owner: None,
            created: now,
        })?;
        match made {
            Some(_) => Ok(()),
            None => Err(Error::new(
                Code::Exists,
                format!("package {INFORMATION_SCHEMA}.{SYSTEM_PACKAGE} is already installed"),
            )),
        }
    }
}

fn too_much(view: &InformationView) -> Box<Error> {
    let help = match view.has_days() {
        true => "read one day at a time: `where ds = '…'`, and name the columns that you need",
        false => "name the columns that you need in place of `*`",
    };
    Error::new(Code::Memory, format!("the rows of {INFORMATION_SCHEMA}.{} take more than 512 MiB", view.name))
        .help(help)
}
