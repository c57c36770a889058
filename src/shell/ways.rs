//! Where rows of a table can be read, and may go, besides on the table itself: through views, and functions in SQL.

use std::collections::{BTreeMap, BTreeSet};

use super::probe::Probe;
use crate::analysis::{Reach, WayOut};
use crate::command::place_in_body;
use crate::error::Result;
use crate::model::{Action, JobType, Object, ObjectId, ObjectKind, Principal, ProjectId, ProjectRef, Row, TableKind};
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
    /// A row for each way: what it is, for whom, and where to; then those of the views and functions that read the object.
    pub fn of(&self, object: &Object) -> Result<Vec<Row>> {
        let mut rows = self.out(object, "")?;
        for view in self.bodies_on(object)? {
            let readers = self.readers(&view)?;
            if readers.is_empty() {
                continue;
            }
            rows.push(row(&view.to_string(), readers, &format!("project {}", view.project.name)));
            rows.extend(self.out(&view, &format!("{view}, "))?);
        }
        Ok(rows)
    }

    /// The ways out of the object's own project; of a view or function, only packages: the rest is the tables' own.
    fn out(&self, object: &Object, before: &str) -> Result<Vec<Row>> {
        let readers = || vec!["every reader".to_owned()];
        let mut rows = Vec::new();
        for way in self.reach.ways_out(object)? {
            let is_view = matches!(object.kind, ObjectKind::View | ObjectKind::Function);
            rows.push(match way {
                WayOut::Open | WayOut::Trusted { .. } if is_view => continue,
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
            let Some(function) = function.filter(|function| function.body.is_some()) else { continue };
            if self.reads(function.id, &function.project, object, seen)? {
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
            readers.insert(match manages(&reached.current, self.viewer, self.snapshot)? {
                true => format!("{}{columns}", reached.principal),
                false => format!("(members of project {})", reached.current.name),
            });
        }
        Ok(readers.into_iter().collect())
    }
}

impl Ways<'_> {
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
