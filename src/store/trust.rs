use super::transaction::{Snapshot, Write};
use crate::error::Result;
use crate::model::{ProjectId, Time};

impl Snapshot<'_> {
    /// The names of the projects that this one trusts, by name.
    pub fn trusted_projects(&self, project: ProjectId) -> Result<Vec<String>> {
        self.all(
            "select p.name from trusted_project t join project p on p.id = t.trusted where t.project = ?1 order by p.name",
            [project],
            |row| row.get(0),
        )
    }
}

impl Write<'_> {
    /// Trusts a project; trusting it again is fine.
    pub fn trust(&self, project: ProjectId, trusted: ProjectId, now: Time) -> Result<()> {
        self.run("insert into trusted_project values (?1, ?2, ?3) on conflict do nothing", (project, trusted, now.0))?;
        Ok(())
    }

    /// Stops trusting a project; whether it was trusted.
    pub fn distrust(&self, project: ProjectId, trusted: ProjectId) -> Result<bool> {
        Ok(self.run("delete from trusted_project where project = ?1 and trusted = ?2", (project, trusted))? > 0)
    }
}
