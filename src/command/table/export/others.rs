//! Resources and functions.

use super::{failed, may};
use crate::command::bound::Context;
use crate::command::function::definition;
use crate::error::Result;
use crate::model::{Action, Function, Place, Resource, ResourceKind};
use crate::security::Shown;
use crate::store::Snapshot;
use crate::syntax::resource::{Content, New, Statement};
use crate::syntax::table::Exported;
use crate::syntax::{FileName, Name, Qualifier, TableName};

/// The resources and functions of a project, in the order in which they were made.
pub(super) struct Others {
    resources: Option<Vec<Resource>>,
    functions: Option<Vec<(Function, bool)>>,
    place: Place,
}

impl Others {
    pub(super) fn find(place: &Place, what: Exported, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Self> {
        let mut functions = None;
        if what.functions {
            let mut found = snapshot.functions(place)?;
            found.sort_by_key(|function| function.id);
            let judged = |function: Function| {
                let is_seen = may(Action::Read, function.object(), context)?;
                Ok((function, is_seen))
            };
            functions = Some(found.into_iter().map(judged).collect::<Result<_>>()?);
        }
        let resources = what.resources.then(|| snapshot.resources(place)).transpose()?;
        Ok(Self { resources, functions, place: place.clone() })
    }

    /// The resources that have bytes.
    pub(super) fn files(&self) -> impl Iterator<Item = &Resource> {
        self.resources.iter().flatten().filter(|resource| resource.table.is_none())
    }

    /// The statements, with remarks on what is not there: the files of resources are in this folder.
    pub(super) fn statements(&self, what: Exported, folder: &str, shown: &Shown) -> Vec<String> {
        let mut statements = Vec::new();
        if what.drops {
            let seen = self.functions.iter().flatten().filter(|(_, is_seen)| *is_seen);
            // Chosen: resources are replaced and not dropped, since dropping one that is not there is an error.
            statements.extend(seen.map(|(function, _)| format!("drop function if exists {};", named(&function.name))));
        }
        if let Some(resources) = &self.resources {
            // Source: odpscmd.
            statements.push(format!("----Total resources:{}", resources.len()));
            statements.extend(resources.iter().map(|resource| match &resource.table {
                None if shown.includes(&resource.object()) => {
                    let path = FileName { text: format!("{folder}/{}", resource.name), ..FileName::default() };
                    added(resource, Content::File(path))
                }
                None => failed(&format!("resource {} may not be copied out of its project", resource.name)),
                Some(_) => self.table_resource(resource),
            }));
        }
        if let Some(functions) = &self.functions {
            statements.push(format!("----Total functions:{}", functions.len()));
            statements.extend(functions.iter().map(|(function, is_seen)| match is_seen {
                true => definition(function),
                false => failed(&format!("no privilege to read function {}", named(&function.name))),
            }));
        }
        statements
    }

    /// A resource that stands for a whole table of the same project; `list resources` shows as much.
    fn table_resource(&self, resource: &Resource) -> String {
        match &resource.table {
            Some(table)
                if table.id.is_some()
                    && table.partition.is_none()
                    && table.project == self.place.project.name
                    && table.schema == self.place.schema =>
            {
                let table = TableName { qualifier: Qualifier::default(), name: named(&table.name) };
                added(resource, Content::Table(table, None))
            }
            _ => failed(&format!("resource {} does not stand for a whole table of the project", resource.name)),
        }
    }
}

fn added(resource: &Resource, content: Content) -> String {
    let comment = Some(resource.comment.clone()).filter(|comment| !comment.is_empty());
    let takes_alias = matches!(resource.kind, ResourceKind::File | ResourceKind::Archive | ResourceKind::Table);
    let alias = takes_alias.then(|| named(&resource.name));
    let new = New { kind: resource.kind, content, alias, comment, replace: true };
    format!("{};", Statement::Add(new))
}

fn named(text: &str) -> Name {
    Name { text: text.to_owned(), ..Name::default() }
}
