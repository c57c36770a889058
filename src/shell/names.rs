//! Names for completion: only what the principal may know, and never more than one look-up by index each.

use super::session::Session;
use crate::error::Result;
use crate::model::{Action, Place, Prefix};
use crate::security::{Access, Facts, Judge};
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

    /// Tables and views whose names start with `prefix`, by name: those of the project or schema that `qualifier` names, or of the current one.
    ///
    /// Of very many, the first ones and the very last; none if the principal may not list the schema.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn table_names(&self, qualifier: &[&str], prefix: &str) -> Result<Vec<String>> {
        let snapshot = self.service.store.read()?;
        let Some(place) = self.place(&snapshot, qualifier)? else { return Ok(Vec::new()) };
        match self.may(&snapshot, Access::inside(Action::List, snapshot.container(&place)?))? {
            true => snapshot.table_names_from(&place, &fold(prefix), NAMES),
            false => Ok(Vec::new()),
        }
    }

    /// The columns of a table or view, in their order; none if the principal may not describe it.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn column_names(&self, qualifier: &[&str], table: &str) -> Result<Vec<String>> {
        let snapshot = self.service.store.read()?;
        let Some(place) = self.place(&snapshot, qualifier)? else { return Ok(Vec::new()) };
        let Some(table) = snapshot.table(&place, &fold(table))? else { return Ok(Vec::new()) };
        match self.may(&snapshot, Access::of(Action::Describe, table.object()))? {
            true => Ok(table.all_columns().map(|column| column.name.clone()).collect()),
            false => Ok(Vec::new()),
        }
    }

    /// Policy files in the policy folders whose names start with `prefix`, by name.
    pub fn policy_names(&self, prefix: &str) -> Vec<String> {
        self.caller.files.policies.names(prefix)
    }

    /// Where a name with this qualifier is, if it can be read so.
    fn place(&self, snapshot: &Snapshot<'_>, qualifier: &[&str]) -> Result<Option<Place>> {
        let Ok(Prefix { project, schema }) = self.caller.naming()?.read(qualifier) else { return Ok(None) };
        let project = match (project, &self.caller.current) {
            (Some(name), _) => snapshot.project_by_name(&fold(name))?.map(|project| project.reference()),
            (None, current) => current.clone(),
        };
        Ok(project.map(|project| Place { project, schema }))
    }

    fn may(&self, snapshot: &Snapshot<'_>, access: Access) -> Result<bool> {
        Judge::new(snapshot, self.now()).allows(&self.caller.request(vec![access.into()]))
    }
}
