//! Where rows of a table can be read, and may go, besides on the table itself: through views, functions, and resources that stand for it.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::Probe;
use crate::analysis::{Reach, Reached, WayOut};
use crate::command::{Usage, place_in_body};
use crate::error::Result;
use crate::model::{
    Action, JobType, Object, ObjectId, ObjectKind, Principal, ProjectId, ProjectRef, Resource, Row, TableKind,
};
use crate::policy::Exempted;
use crate::security::{Columns, manages};
use crate::store::Snapshot;
use crate::syntax::parameters;

/// The ways by which an object's rows are read or may leave, as far as a viewer may know them.
pub(super) struct Ways<'w> {
    pub probe: Probe,
    pub reach: Reach<'w>,
    pub snapshot: &'w Snapshot<'w>,
    /// The viewer.
    pub viewer: &'w Principal,
}

impl Ways<'_> {
    /// A row for each way: what it is, for whom, and where to; then those of what stands for its rows: the views and functions in SQL that read it,
    /// the resources that stand for it or for one of these views, and the other functions that are made of such a resource.
    pub fn of(&self, object: &Object) -> Result<Vec<Row>> {
        let mut rows = self.out(object, "")?;
        let bodies = self.bodies_on(object)?;
        for body in &bodies {
            rows.extend(self.used(body, self.readers(body)?)?);
        }
        let mut functions = BTreeMap::new();
        for resource in self.resources_for(std::iter::once(object).chain(&bodies))? {
            let usage = Usage::of_resource(&resource, self.snapshot)?;
            let resource_object = resource.object();
            rows.extend(self.used(&resource_object, self.users(Action::Read, &resource_object, &usage)?)?);
            for function in self.snapshot.functions_of(&resource)? {
                functions.insert(function.id, function);
            }
        }
        for function in functions.into_values() {
            if self.is_seen(&function.project, object)? {
                let usage = Usage::of_call(&function, self.snapshot)?;
                rows.extend(self.used(&function.object(), self.users(Action::Execute, &function.object(), &usage)?)?);
            }
        }
        Ok(rows)
    }

    /// The rows of something that stands for rows, which so many use.
    fn used(&self, object: &Object, users: Vec<String>) -> Result<Vec<Row>> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let mut rows = vec![row(&object.to_string(), users, &format!("project {}", object.project.name))];
        rows.extend(self.out(object, &format!("{object}, "))?);
        Ok(rows)
    }

    /// The resources that stand for one of these objects, and that the viewer may know.
    fn resources_for<'o>(&self, objects: impl Iterator<Item = &'o Object>) -> Result<Vec<Resource>> {
        let mut found = Vec::new();
        for object in objects {
            let Some(id) = object.id.known() else { continue };
            for resource in self.snapshot.resources_for(id)? {
                if self.is_seen(&resource.project, object)? {
                    found.push(resource);
                }
            }
        }
        Ok(found)
    }

    /// Whether the viewer may know what a project has, who asks about this object.
    fn is_seen(&self, project: &ProjectRef, object: &Object) -> Result<bool> {
        Ok(project.id == object.project.id || manages(project, self.viewer, self.snapshot)?)
    }

    /// Who uses a resource or function, as the whole use is decided: its maker's rights and the flows of what it reads included.
    fn users(&self, action: Action, object: &Object, usage: &Usage) -> Result<Vec<String>> {
        let mut users = BTreeSet::new();
        for reached in self.reach.who_can(action, object, &Columns::Whole)? {
            let who = (&reached.principal, &reached.current);
            if self.probe.may_use(usage, who, &self.reach.address_in(who.1)?, &self.reach, self.snapshot)? {
                users.insert(self.called(&reached, "")?);
            }
        }
        Ok(users.into_iter().collect())
    }

    /// Someone who can, as the viewer may know them.
    fn called(&self, reached: &Reached, columns: &str) -> Result<String> {
        Ok(match manages(&reached.current, self.viewer, self.snapshot)? {
            true => format!("{}{columns}", reached.principal),
            false => format!("(members of project {})", reached.current.name),
        })
    }

    /// The ways out of the object's own project; of what stands for rows of a table, no protection and trust: they are the table's own.
    fn out(&self, object: &Object, before: &str) -> Result<Vec<Row>> {
        let readers = || vec!["every reader".to_owned()];
        let mut rows = Vec::new();
        for way in self.reach.ways_out(object)? {
            let stands_for_rows = object.kind != ObjectKind::Table;
            rows.push(match way {
                WayOut::Open | WayOut::Trusted { .. } if stands_for_rows => continue,
                WayOut::Open => row("no protection", readers(), "everywhere"),
                WayOut::Trusted { project } => row("trusted project", readers(), &format!("project {project}")),
                WayOut::Excepted(Exempted { statement, principals, tasks }) => {
                    let who: Vec<String> = principals.iter().map(Principal::to_string).collect();
                    let who = if who.is_empty() { readers() } else { who };
                    let jobs = match tasks {
                        None => "by jobs of every kind".to_owned(),
                        Some(tasks) => {
                            format!("by {} jobs", tasks.into_iter().map(JobType::name).collect::<Vec<_>>().join(", "))
                        }
                    };
                    let what = format!("{before}exception policy, statement {statement}");
                    row(&what, who, &format!("everywhere, {jobs}"))
                }
                WayOut::Package { package } => {
                    let installer = &package.project.name;
                    let who = vec!["every reader of the package".to_owned()];
                    row(&format!("{before}{package}"), who, &format!("project {installer}"))
                }
            });
        }
        Ok(rows)
    }

    /// The views and functions that read an object, directly or through others: in its own project, and in those that the viewer manages.
    fn bodies_on(&self, object: &Object) -> Result<Vec<Object>> {
        let mut managed: BTreeMap<ProjectId, bool> = BTreeMap::from([(object.project.id, true)]);
        let mut bodies = Vec::new();
        // Few tables are views: the projects are not searched one by one.
        for id in self.snapshot.bodies_with_names()? {
            let Some(body) = self.with_body(id)?.filter(|_| object.id.known() != Some(id)) else { continue };
            let is_seen = match managed.get(&body.project.id) {
                Some(known) => *known,
                None => manages(&body.project, self.viewer, self.snapshot)?,
            };
            managed.insert(body.project.id, is_seen);
            if is_seen && self.reads(id, &body.project, object, &mut BTreeSet::new())? {
                bodies.push(body);
            }
        }
        bodies.sort_by(|one, other| {
            (&one.project, &one.schema, &one.name).cmp(&(&other.project, &other.schema, &other.name))
        });
        Ok(bodies)
    }

    /// The view or function of this number.
    fn with_body(&self, id: ObjectId) -> Result<Option<Object>> {
        if let Some(view) = self.snapshot.table_by_id(id)? {
            return Ok((view.kind == TableKind::View).then(|| view.object()));
        }
        let function = self.snapshot.function_by_id(id)?;
        Ok(function.filter(|function| function.body.is_some()).map(|function| function.object()))
    }

    /// Whether a body reads an object, directly or through other bodies, by the objects its names refer to.
    fn reads(
        &self,
        body: ObjectId,
        project: &ProjectRef,
        object: &Object,
        seen: &mut BTreeSet<ObjectId>,
    ) -> Result<bool> {
        if !seen.insert(body) {
            return Ok(false);
        }
        let bindings = self.snapshot.bindings(body)?;
        for relation in &bindings.relations {
            let bound = relation.object.map(|id| self.snapshot.table_by_id(id)).transpose()?.flatten();
            let table = match bound {
                Some(table) => Some(table),
                // What was made under the name of a thing that is gone is meant from then on (VIW-6).
                None => {
                    let place = place_in_body(project, &bindings, relation.qualifier.as_deref(), self.snapshot)?;
                    self.snapshot.table(&place, &relation.name)?
                }
            };
            let Some(table) = table else { continue };
            if object.id.known() == Some(table.id)
                || table.kind == TableKind::View && self.reads(table.id, &table.project, object, seen)?
            {
                return Ok(true);
            }
        }
        for called in &bindings.functions {
            let bound = called.object.map(|id| self.snapshot.function_by_id(id)).transpose()?.flatten();
            let function = match bound {
                Some(function) => Some(function),
                None => {
                    let place = place_in_body(project, &bindings, called.qualifier.as_deref(), self.snapshot)?;
                    self.snapshot.function(&place, &called.name)?
                }
            };
            let Some(function) = function else { continue };
            let is_read = match function.body {
                Some(_) => self.reads(function.id, &function.project, object, seen)?,
                None => self.is_made_of(function.id, object, seen)?,
            };
            if is_read {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a resource of a function stands for an object, or for a view that reads it.
    fn is_made_of(&self, function: ObjectId, object: &Object, seen: &mut BTreeSet<ObjectId>) -> Result<bool> {
        for resource in self.snapshot.made_of(function)?.into_iter().filter_map(|made| made.resource) {
            let table = self.snapshot.resource_by_id(resource)?.and_then(|resource| resource.table?.id);
            let Some(table) = table.map(|id| self.snapshot.table_by_id(id)).transpose()?.flatten() else { continue };
            if object.id.known() == Some(table.id)
                || table.kind == TableKind::View && self.reads(table.id, &table.project, object, seen)?
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Who reads a view, or calls a function, as the whole statement is decided: its maker's rights and the flows of what it reads included.
    fn readers(&self, view: &Object) -> Result<Vec<String>> {
        let mut readers = BTreeSet::new();
        let call = self.call(view)?;
        let action = if call.is_some() { Action::Execute } else { Action::Select };
        for reached in self.reach.who_can(action, view, &Columns::Whole)? {
            let columns = reached.columns.iter().cloned().collect::<Vec<_>>().join(", ");
            let columns = if columns.is_empty() { columns } else { format!(" ({columns})") };
            let text = call.clone().unwrap_or_else(|| format!("read {}{columns}", view.whole_name()));
            let who = (&reached.principal, &reached.current);
            if self.probe.allowed(&text, who, &self.reach.address_in(who.1)?, &self.reach, self.snapshot)?.is_none() {
                continue;
            }
            readers.insert(self.called(&reached, &columns)?);
        }
        Ok(readers.into_iter().collect())
    }

    /// A query that calls a function for nothing.
    fn call(&self, object: &Object) -> Result<Option<String>> {
        let id = object.id.known().filter(|_| object.kind == ObjectKind::Function);
        let function = id.map(|id| self.snapshot.function_by_id(id)).transpose()?.flatten();
        let Some(body) = function.and_then(|function| function.body) else { return Ok(None) };
        let arguments = vec!["null"; parameters(&body)?].join(", ");
        Ok(Some(format!("select {}:{}:{}({arguments})", object.project.name, object.schema, object.name)))
    }
}

fn row(by: &str, who: Vec<String>, to: &str) -> Row {
    vec![by.into(), who.into(), to.into()]
}
