use rusqlite::Row;

use super::account::principal;
use super::transaction::{Snapshot, Write};
use crate::error::{Code, Error, Result};
use crate::model::{Function, Principal, ProjectRef, Time};

/// A function that is about to be made, or what replaces one.
#[derive(Debug, Clone)]
pub struct NewFunction {
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// Its name, folded.
    pub name: String,
    /// Who makes or replaces it.
    pub by: Principal,
    /// The class that runs.
    pub class: String,
    /// The resources that it is made of, by project and name.
    pub resources: Vec<(String, String)>,
}

const FUNCTION: &str =
    "select f.*, p.name as project_name, a.principal, m.principal as maker_principal from function_object f
  join project p on p.id = f.project join account a on a.id = f.owner left join account m on m.id = f.maker";

impl Snapshot<'_> {
    /// The function of this name.
    pub fn function(&self, project: i64, name: &str) -> Result<Option<Function>> {
        let found = self.one(&format!("{FUNCTION} where f.project = ?1 and f.name = ?2"), (project, name), read)?;
        found.map(|function| self.with_resources(function)).transpose()
    }

    /// The function of this number.
    pub fn function_by_id(&self, id: i64) -> Result<Option<Function>> {
        let found = self.one(&format!("{FUNCTION} where f.id = ?1"), [id], read)?;
        found.map(|function| self.with_resources(function)).transpose()
    }

    /// The functions of a project, by name.
    pub fn functions(&self, project: i64) -> Result<Vec<Function>> {
        let found = self.all(&format!("{FUNCTION} where f.project = ?1 order by f.name"), [project], read)?;
        found.into_iter().map(|function| self.with_resources(function)).collect()
    }

    fn with_resources(&self, mut function: Function) -> Result<Function> {
        function.resources = self.all(
            "select project, name from function_resource where function_id = ?1 order by position",
            [function.id],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok(function)
    }
}

impl Write<'_> {
    /// Makes a function, or replaces what one of its name is made of: number, owner and grants stay (ACC-9).
    pub fn put_function(&self, new: &NewFunction, now: Time) -> Result<()> {
        let by = self.account_id(&new.by)?;
        let id: Option<i64> = self.one(
            "insert into function_object (project, name, owner, maker, class, created, modified) values (?1, ?2, ?3, ?3, ?4, ?5, ?5)
             on conflict (project, name) do update set maker = excluded.maker, class = excluded.class, modified = excluded.modified
             returning id",
            (new.project.id, &new.name, by, &new.class, now.0),
            |row| row.get(0),
        )?;
        let id = id.ok_or_else(|| Error::new(Code::Internal, "the function that was just stored is missing"))?;
        self.run("delete from function_resource where function_id = ?1", [id])?;
        for (position, (project, name)) in (0_i64..).zip(&new.resources) {
            self.run("insert into function_resource values (?1, ?2, ?3, ?4)", (id, position, project, name))?;
        }
        Ok(())
    }

    /// Removes a function, with its grants (ACC-9).
    pub fn drop_function(&self, id: i64) -> Result<()> {
        self.run("delete from function_object where id = ?1", [id])?;
        Ok(())
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Function> {
    let maker: Option<String> = row.get("maker_principal")?;
    Ok(Function {
        id: row.get("id")?,
        project: ProjectRef { id: row.get("project")?, name: row.get("project_name")? },
        name: row.get("name")?,
        owner: principal(row, "principal")?,
        maker: maker.and_then(|maker| Principal::parse(&maker)),
        class: row.get("class")?,
        resources: Vec::new(),
        created: Time(row.get("created")?),
        modified: Time(row.get("modified")?),
    })
}
