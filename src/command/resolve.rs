//! Names → objects, without telling whether one exists (STG-4).

use super::bound::Context;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Object, ObjectKind, ProjectRef, Table, TableKind};
use crate::security::{Access, Claim, Request};
use crate::store::Snapshot;
use crate::syntax::{Name, TableName};

/// A table or view that a statement names: found, or a stand-in.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// What the access is asked for.
    pub object: Object,
    /// The table, if it is there.
    pub table: Option<Table>,
    /// What to say if it is not, to someone who may know.
    pub not_found: Box<Error>,
}

/// The current project.
///
/// # Errors
/// No project is current.
pub(super) fn current(context: &Context<'_>) -> Result<ProjectRef> {
    context.current.cloned().ok_or_else(|| {
        Error::new(Code::AccessDenied, "no project is current")
            .help("choose one with `use <project>;`, or start with `--project <project>`")
    })
}

/// The current project as the object of an access.
pub(super) fn current_object(context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Object> {
    project_object(&current(context)?, snapshot)
}

/// A project as the object of an access; one that is gone gets a stand-in.
pub(super) fn project_object(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Object> {
    Ok(match snapshot.project_by_id(project.id)? {
        Some(project) => project.object(),
        None => Object::unknown(ObjectKind::Project, ProjectRef::unknown(&project.name), &project.name),
    })
}

/// The project of a typed name, or the current one.
pub(super) fn project(name: Option<&Name>, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<ProjectRef> {
    match name {
        None => current(context),
        Some(name) => Ok(match snapshot.project_by_name(&name.text)? {
            Some(project) => project.reference(),
            None => ProjectRef::unknown(&name.text),
        }),
    }
}

/// The table or view of a typed name.
pub(super) fn table(name: &TableName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Named> {
    let project = project(name.project.as_ref(), context, snapshot)?;
    let named = table_in(project, &name.name.text, snapshot)?;
    Ok(Named { not_found: named.not_found.at(name.span()), ..named })
}

/// The table or view of this name in a project.
pub(super) fn table_in(project: ProjectRef, name: &str, snapshot: &Snapshot<'_>) -> Result<Named> {
    let not_found = Error::new(Code::TableNotFound, format!("table {}.{name} cannot be resolved", project.name))
        .help("`show tables;` lists what is there");
    let table = snapshot.table(project.id, name)?;
    let object = match &table {
        Some(table) => table.object(),
        None => Object::unknown(ObjectKind::Table, project, name),
    };
    Ok(Named { object, table, not_found })
}

/// A job in the current project needs CreateInstance there (STG-5).
pub(super) fn job_claim(context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Claim> {
    Ok(Access::of(Action::CreateInstance, current_object(context, snapshot)?).into())
}

/// An action on the current project.
pub(super) fn project_claim(action: Action, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Claim> {
    Ok(Access::of(action, current_object(context, snapshot)?).into())
}

/// The request for one action on the current project.
pub(super) fn project_request(action: Action, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Request> {
    Ok(Request::in_session(context, vec![project_claim(action, context, snapshot)?]))
}

impl Named {
    /// The table, if the statement is for tables.
    pub fn expect_table(&self) -> Result<&Table> {
        match &self.table {
            None => Err(self.not_found.clone()),
            Some(table) if table.kind == TableKind::View => {
                Err(Error::new(Code::Semantic, format!("`{}` is a view", table.name))
                    .help("name a table; `drop view` and `create or replace view` are for views"))
            }
            Some(table) => Ok(table),
        }
    }

    /// The view, if the statement is for views.
    pub fn expect_view(&self) -> Result<&Table> {
        match &self.table {
            None => Err(Error::new(
                Code::ViewNotFound,
                format!("view {}.{} cannot be resolved", self.object.project.name, self.object.name),
            )),
            Some(table) if table.kind == TableKind::Table => {
                Err(Error::new(Code::ViewNotFound, format!("`{}` is a table, not a view", table.name)))
            }
            Some(table) => Ok(table),
        }
    }

    /// The table or view.
    pub fn expect_any(&self) -> Result<&Table> {
        self.table.as_ref().ok_or_else(|| self.not_found.clone())
    }
}
