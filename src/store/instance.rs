use rusqlite::Row;

use super::account::{principal, principal_or_none};
use super::error::damaged;
use super::file::abandoned;
use super::object::{NAMED, NewObject, kind, project, schema};
use super::transaction::{Snapshot, Write};
use crate::error::{Error, Result};
use crate::model::{
    Instance, InstanceStatus, JobType, Lost, Object, ObjectId, ObjectKind, Place, Principal, ProjectId, ProjectRef,
    SchemaName, Time,
};
use crate::security::Access;

/// A job that begins, or that is begun and done at once.
#[derive(Debug, Clone)]
pub struct NewInstance {
    /// The project that it runs in.
    pub project: ProjectRef,
    /// Who runs it.
    pub owner: Principal,
    /// The kind of job.
    pub job: JobType,
    /// What is run, secrets removed.
    pub statement: String,
    /// When it begins.
    pub started: Time,
    /// Every source with the views that it is read through, outermost first.
    pub sources: Vec<(Object, Vec<Object>)>,
    /// What it asks for in order to read.
    pub accesses: Vec<Access>,
    /// While it runs: the lease of the process that runs it.
    pub lease: String,
    /// Whether it concerns an encrypted project: then the text of its error is not kept, which may name a partition (ENC-1).
    pub is_concealed: bool,
}

/// Which instances of a project are listed.
#[derive(Debug, Clone)]
pub struct InstanceFilter {
    /// Those of this principal only.
    pub owner: Option<Principal>,
    /// Those that began then or later.
    pub from: Time,
    /// Those that began before.
    pub to: Time,
    /// The last ones of them.
    pub limit: u64,
    /// Those that are running only.
    pub running: bool,
}

const INSTANCE: &str =
    "select i.*, o.name, o.project, o.created as started, p.name as project_name, a.principal from object o
  join instance_object i on i.id = o.id join project p on p.id = o.project join account a on a.id = o.owner";

/// What is kept in the place of the text of an error, where that may have values in it.
const CONCEALED: &str = "error text not stored: the project is encrypted";

impl Snapshot<'_> {
    /// Whether some shell asked for a job to be stopped.
    pub fn is_killed(&self, id: ObjectId) -> Result<bool> {
        let killed = self.one("select killed from instance_object where id = ?1", [id], |row| row.get(0))?;
        Ok(killed.unwrap_or_default())
    }

    /// The instance of this id.
    pub fn instance(&self, project: ProjectId, name: &str) -> Result<Option<Instance>> {
        let place = (project, SchemaName::DEFAULT, ObjectKind::Instance.name(), name);
        self.one(&format!("{INSTANCE} where {NAMED}"), place, read)
    }

    /// The instance of this number.
    pub fn instance_by_id(&self, id: ObjectId) -> Result<Option<Instance>> {
        self.one(&format!("{INSTANCE} where o.id = ?1"), [id], read)
    }

    /// The last instances of a project, oldest first.
    pub fn instances(&self, project: ProjectId, filter: &InstanceFilter) -> Result<Vec<Instance>> {
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let running = if filter.running { "i.status = 'Running' and " } else { "" };
        let last = format!(
            "{running}o.kind = ?5 and o.created >= ?2 and o.created < ?3 order by o.created desc, o.id desc limit ?4"
        );
        let kind = ObjectKind::Instance.name();
        let mut instances = match &filter.owner {
            None => self.all(
                &format!("{INSTANCE} where o.project = ?1 and {last}"),
                (project, filter.from.0, filter.to.0, limit, kind),
                read,
            )?,
            Some(owner) => self.all(
                &format!(
                    "{INSTANCE} where o.owner = (select id from account where key = ?6) and o.project = ?1 and {last}"
                ),
                (project, filter.from.0, filter.to.0, limit, kind, owner.key()),
                read,
            )?,
        };
        instances.reverse();
        Ok(instances)
    }

    /// What an instance read: every source with the views that it was read through, outermost first.
    ///
    /// An object that is there has the name and owner that it has now; one that is gone is a stand-in ([`Object::gone`]): what is said
    /// of its name today is not said of it.
    pub fn instance_sources(&self, id: ObjectId) -> Result<Vec<(Object, Vec<Object>)>> {
        self.sources(id, true)
    }

    /// The same under the names that were noted when the job ran; each as a stand-in that is gone.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn instance_sources_as_noted(&self, id: ObjectId) -> Result<Vec<(Object, Vec<Object>)>> {
        self.sources(id, false)
    }

    fn sources(&self, id: ObjectId, as_now: bool) -> Result<Vec<(Object, Vec<Object>)>> {
        let rows = self.all(
            "select s.position, s.project, coalesce(p.name, s.project_name) as project_name, coalesce(o.kind, s.kind) as kind,
               s.object, coalesce(o.schema, s.schema) as schema, s.name, o.name as name_now, a.principal
             from instance_source s left join project p on p.id = s.project left join object o on o.id = s.object
             left join account a on a.id = o.owner where s.instance = ?1 order by s.position, s.place",
            [id],
            |row| {
                let (kind, project, schema) = (kind(row, "kind")?, project(row)?, schema(row)?);
                let object = match row.get::<_, Option<String>>("name_now")?.filter(|_| as_now) {
                    Some(name) => {
                        let owner = principal_or_none(row, "principal")?;
                        Object { kind, id: row.get("object")?, project, schema, name: name.into(), owner }
                    }
                    None => {
                        let place = Place { project, schema };
                        Object::gone(kind, place, &row.get::<_, String>("name")?)
                    }
                };
                Ok((row.get::<_, i64>("position")?, object))
            },
        )?;
        let mut sources: Vec<(i64, Object, Vec<Object>)> = Vec::new();
        for (position, object) in rows {
            match sources.last_mut().filter(|(last, ..)| *last == position) {
                Some((_, _, through)) => through.push(object),
                None => sources.push((position, object, Vec::new())),
            }
        }
        Ok(sources.into_iter().map(|(_, source, through)| (source, through)).collect())
    }
}

impl Write<'_> {
    /// Notes a job; `letters` gives other ends of its id as long as one is taken. Its number and id.
    pub fn begin_instance(
        &self,
        new: &NewInstance,
        status: InstanceStatus,
        error: Option<&Error>,
        letters: &dyn Fn() -> Result<String>,
    ) -> Result<(ObjectId, String)> {
        let ended = (status != InstanceStatus::Running).then_some(new.started.0);
        let (id, name) = loop {
            let name = format!("{}g{}", new.started.digits(), letters()?);
            let made = self.create_object(&NewObject {
                kind: ObjectKind::Instance,
                project: new.project.id,
                schema: SchemaName::default(),
                name: &name,
                owner: Some(&new.owner),
                created: new.started,
            })?;
            if let Some(id) = made {
                break (id, name);
            }
        };
        self.run(
            "insert into instance_object (id, job, statement, status, ended, error_code, error, lease, concealed)
             values (?1, ?2, ?3, ?4, ?5, ?6, iif(?9 and ?7 is not null, ?10, ?7), ?8, ?9)",
            (
                id,
                new.job.name(),
                &new.statement,
                status.word(),
                ended,
                error.map(|error| error.code.number()),
                error.map(|error| &error.message),
                &new.lease,
                new.is_concealed,
                CONCEALED,
            ),
        )?;
        for (position, (source, through)) in new.sources.iter().enumerate() {
            for (place, object) in std::iter::once(source).chain(through).enumerate() {
                self.run(
                    "insert into instance_source values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                    rusqlite::params![
                        id,
                        position as i64,
                        place as i64,
                        object.project.id,
                        object.project.name.as_str(),
                        object.kind.grants_as().name(),
                        object.id,
                        object.schema.as_str(),
                        object.name.as_str(),
                    ],
                )?;
            }
        }
        self.note_accesses(id, &new.accesses)?;
        Ok((id, name))
    }

    /// Records that a running job has ended. A job that another process has ended keeps its status.
    ///
    /// # Errors
    /// It succeeded, but another process has ended it and deleted its files.
    pub fn end_instance(&self, id: ObjectId, status: InstanceStatus, ended: Time, error: Option<&Error>) -> Result<()> {
        let changed = self.run(
            "update instance_object set status = ?2, ended = ?3, error_code = ?4,
               error = iif(concealed and ?5 is not null, ?6, ?5)
             where id = ?1 and status = 'Running'",
            (
                id,
                status.word(),
                ended.0,
                error.map(|error| error.code.number()),
                error.map(|error| &error.message),
                CONCEALED,
            ),
        )?;
        match status {
            InstanceStatus::Success if changed == 0 => Err(abandoned()),
            _ => Ok(()),
        }
    }

    /// Asks the shell that runs a job to stop it.
    pub fn kill_instance(&self, id: ObjectId) -> Result<()> {
        self.run("update instance_object set killed = 1 where id = ?1 and status = 'Running'", [id])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Instance> {
    let wrong = || damaged("the job type or status of an instance");
    let code: Option<String> = row.get("error_code")?;
    let lost: Option<String> = row.get("lost")?;
    Ok(Instance {
        id: row.get("id")?,
        project: project(row)?,
        name: row.get("name")?,
        owner: principal(row, "principal")?,
        job: JobType::parse(&row.get::<_, String>("job")?).ok_or_else(wrong)?,
        statement: row.get("statement")?,
        status: InstanceStatus::parse(&row.get::<_, String>("status")?).ok_or_else(wrong)?,
        started: Time(row.get("started")?),
        ended: row.get::<_, Option<i64>>("ended")?.map(Time),
        error: code.zip(row.get("error")?),
        lost: lost.and_then(|lost| Lost::parse(&lost)),
    })
}
