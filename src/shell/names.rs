//! Names for completion: only what the principal may know, and never more than one look-up by index each.

use super::session::Session;
use crate::error::Result;
use crate::model::{Action, Project, Table};
use crate::security::{Access, Judge};
use crate::store::Snapshot;
use crate::text::fold;

/// Names that are given at once.
const NAMES: usize = 200;

impl Session {
    /// The projects that the principal belongs to and whose names start with `prefix`, by name.
    ///
    /// Of very many, the first ones and the very last: what they have in common, all have.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn project_names(&self, prefix: &str) -> Result<Vec<String>> {
        self.service.store.read()?.project_names_from(&self.caller.principal, &fold(prefix), NAMES)
    }

    /// Tables and views whose names start with `prefix`, by name: those of `project`, or of the current one.
    ///
    /// Of very many, the first ones and the very last; none if the principal may not list the project.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn table_names(&self, project: Option<&str>, prefix: &str) -> Result<Vec<String>> {
        let snapshot = self.service.store.read()?;
        match self.listed_project(&snapshot, project)? {
            Some(project) => snapshot.table_names_from(project.id, &fold(prefix), NAMES),
            None => Ok(Vec::new()),
        }
    }

    /// The columns of a table or view, in their order; none if the principal may not describe it.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn column_names(&self, project: Option<&str>, table: &str) -> Result<Vec<String>> {
        let snapshot = self.service.store.read()?;
        let Some(table) = self.described_table(&snapshot, project, table)? else { return Ok(Vec::new()) };
        Ok(table.all_columns().map(|column| column.name.clone()).collect())
    }

    /// Policy files in the policy folders whose names start with `prefix`, by name.
    pub fn policy_names(&self, prefix: &str) -> Vec<String> {
        self.caller.files.policies.names(prefix)
    }

    fn listed_project(&self, snapshot: &Snapshot<'_>, project: Option<&str>) -> Result<Option<Project>> {
        let Some(project) = self.named_project(snapshot, project)? else { return Ok(None) };
        let may = self.may(snapshot, Access::of(Action::List, project.object()))?;
        Ok(may.then_some(project))
    }

    fn described_table(&self, snapshot: &Snapshot<'_>, project: Option<&str>, table: &str) -> Result<Option<Table>> {
        let Some(project) = self.named_project(snapshot, project)? else { return Ok(None) };
        let Some(table) = snapshot.table(project.id, &fold(table))? else { return Ok(None) };
        let may = self.may(snapshot, Access::of(Action::Describe, table.object()))?;
        Ok(may.then_some(table))
    }

    fn named_project(&self, snapshot: &Snapshot<'_>, project: Option<&str>) -> Result<Option<Project>> {
        match (project, &self.caller.current) {
            (Some(name), _) => snapshot.project_by_name(&fold(name)),
            (None, Some(current)) => snapshot.project_by_id(current.id),
            (None, None) => Ok(None),
        }
    }

    fn may(&self, snapshot: &Snapshot<'_>, access: Access) -> Result<bool> {
        Judge::new(snapshot, self.now()).allows(&self.caller.request(vec![access.into()]))
    }
}
