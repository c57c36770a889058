use rusqlite::Row;

use super::account::principal;
use super::acl::{kind_number, kind_of};
use super::error::damaged;
use super::transaction::{Snapshot, Write};
use crate::error::{Error, Result};
use crate::model::{Instance, InstanceStatus, JobType, Lost, Object, ObjectKind, Principal, ProjectRef, Time};
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
}

const INSTANCE: &str = "select i.*, p.name as project_name, a.principal from instance_object i
  join project p on p.id = i.project join account a on a.id = i.owner";

impl Snapshot<'_> {
    /// Whether some shell asked for a job to be stopped.
    pub fn is_killed(&self, id: i64) -> Result<bool> {
        let killed = self.one("select killed from instance_object where id = ?1", [id], |row| row.get(0))?;
        Ok(killed.unwrap_or_default())
    }

    /// The instance of this id.
    pub fn instance(&self, project: i64, name: &str) -> Result<Option<Instance>> {
        self.one(&format!("{INSTANCE} where i.project = ?1 and i.name = ?2"), (project, name), read)
    }

    /// The instance of this number.
    pub fn instance_by_id(&self, id: i64) -> Result<Option<Instance>> {
        self.one(&format!("{INSTANCE} where i.id = ?1"), [id], read)
    }

    /// The last instances of a project, oldest first.
    pub fn instances(&self, project: i64, filter: &InstanceFilter) -> Result<Vec<Instance>> {
        let limit = i64::try_from(filter.limit).unwrap_or(i64::MAX);
        let last = "i.started >= ?2 and i.started < ?3 order by i.started desc, i.id desc limit ?4";
        let mut instances = match &filter.owner {
            None => self.all(
                &format!("{INSTANCE} where i.project = ?1 and {last}"),
                (project, filter.from.0, filter.to.0, limit),
                read,
            )?,
            Some(owner) => self.all(
                &format!(
                    "{INSTANCE} where i.owner = (select id from account where key = ?5) and i.project = ?1 and {last}"
                ),
                (project, filter.from.0, filter.to.0, limit, owner.key()),
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
    pub fn instance_sources(&self, id: i64) -> Result<Vec<(Object, Vec<Object>)>> {
        self.sources(id, true)
    }

    /// The same under the names that were noted when the job ran; each as a stand-in that is gone.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn instance_sources_as_noted(&self, id: i64) -> Result<Vec<(Object, Vec<Object>)>> {
        self.sources(id, false)
    }

    fn sources(&self, id: i64, as_now: bool) -> Result<Vec<(Object, Vec<Object>)>> {
        let rows = self.all(
            "select s.position, s.project, coalesce(p.name, s.project_name), s.kind, s.object, s.name,
               case s.kind when 1 then t.name when 2 then r.name when 3 then f.name end,
               (select principal from account where id = case s.kind when 1 then t.owner when 2 then r.owner when 3 then f.owner end),
               t.kind = 'view'
             from instance_source s left join project p on p.id = s.project
             left join table_object t on s.kind = 1 and t.id = s.object
             left join resource_object r on s.kind = 2 and r.id = s.object
             left join function_object f on s.kind = 3 and f.id = s.object
             where s.instance = ?1 order by s.position, s.place",
            [id],
            |row| {
                let project = ProjectRef { id: row.get(1)?, name: row.get(2)? };
                let kind = kind_of(row.get(3)?).ok_or_else(|| damaged("the kind of what an instance read"))?;
                let kind = if row.get::<_, Option<bool>>(8)? == Some(true) { ObjectKind::View } else { kind };
                let owner = row.get::<_, Option<String>>(7)?.and_then(|owner| Principal::parse(&owner));
                let object = match (row.get::<_, Option<String>>(6)?, owner) {
                    (Some(name), Some(owner)) if as_now => Object { kind, id: row.get(4)?, project, name, owner },
                    _ => {
                        let name: String = row.get(5)?;
                        Object::gone(kind, project, &name)
                    }
                };
                Ok((row.get::<_, i64>(0)?, object))
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
    ) -> Result<(i64, String)> {
        let ended = (status != InstanceStatus::Running).then_some(new.started.0);
        let name = loop {
            let name = format!("{}g{}", new.started.digits(), letters()?);
            let added = self.run(
                "insert into instance_object (project, name, owner, job, statement, status, started, ended, error_code, error, lease)
                 values (?1, ?2, (select id from account where key = ?3), ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
                 on conflict (project, name) do nothing",
                rusqlite::params![
                    new.project.id,
                    name,
                    new.owner.key(),
                    new.job.name(),
                    new.statement,
                    status.word(),
                    new.started.0,
                    ended,
                    error.map(|error| error.code.number()),
                    error.map(|error| &error.message),
                    new.lease,
                ],
            )?;
            if added > 0 {
                break name;
            }
        };
        let id = self.last_id();
        for (position, (source, through)) in new.sources.iter().enumerate() {
            for (place, object) in std::iter::once(source).chain(through).enumerate() {
                self.run(
                    "insert into instance_source values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    rusqlite::params![
                        id,
                        position as i64,
                        place as i64,
                        object.project.id,
                        object.project.name,
                        kind_number(object.kind),
                        object.id,
                        object.name,
                    ],
                )?;
            }
        }
        self.note_accesses(id, &new.accesses)?;
        Ok((id, name))
    }

    /// Notes that a job that ran is over.
    pub fn end_instance(&self, id: i64, status: InstanceStatus, ended: Time, error: Option<&Error>) -> Result<()> {
        self.run(
            "update instance_object set status = ?2, ended = ?3, error_code = ?4, error = ?5 where id = ?1",
            (id, status.word(), ended.0, error.map(|error| error.code.number()), error.map(|error| &error.message)),
        )?;
        Ok(())
    }

    /// Asks the shell that runs a job to stop it.
    pub fn kill_instance(&self, id: i64) -> Result<()> {
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
        project: ProjectRef { id: row.get("project")?, name: row.get("project_name")? },
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
