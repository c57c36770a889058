//! What using a resource or calling a function asks for, and whose data flows with it (FLW-3).
//!
//! Both are like views. A table that stands in for a resource, and the resources behind a function, are read with the rights of
//! the principal who stored them; their user needs Read on the resource, or Execute on the function. Chosen, as is that this
//! is decided at every use: a new object inherits nothing from a dropped one of its name.

use super::resolve;
use crate::error::Result;
use crate::model::{Action, Function, Object, ObjectKind, Place, Principal, Resource, ResourceRef};
use crate::security::{Access, Destination, Flow, Requirement, Rights};
use crate::store::Snapshot;

/// Accesses, and the sources of flows with what they are read through.
#[derive(Debug, Default)]
pub struct Usage {
    /// What must be allowed.
    pub accesses: Vec<Access>,
    /// Whose data it is, with the views, functions and table resources that it is read through.
    pub sources: Vec<(Object, Vec<Object>)>,
    /// What must be allowed besides.
    pub others: Vec<Requirement>,
    /// What is reached outside, and by what (EXT-2, TRS-4).
    pub outside: Vec<Requirement>,
}

impl Usage {
    /// Adds the use of a resource by `rights`, through these views and functions.
    pub fn add_resource(
        &mut self,
        resource: &Resource,
        rights: &Rights,
        through: &[Object],
        snapshot: &Snapshot<'_>,
    ) -> Result<()> {
        let object = resource.object();
        self.accesses.push(whole(Action::Read, &object, rights));
        let Some(source) = &resource.table else {
            self.sources.push((object, through.to_vec()));
            return Ok(());
        };
        let table = match source.id.map(|id| snapshot.table_by_id(id)).transpose()?.flatten() {
            Some(table) => table.object(),
            // A dropped table does not exist, even if another one has its name now.
            None => {
                let project = resolve::named_project(&source.project, snapshot)?;
                let place = Place { project, schema: source.schema.clone() };
                Object::unknown_in(ObjectKind::Table, place, &source.object_name())
            }
        };
        let inside = maker(resource.updator.as_ref(), &object);
        self.accesses.push(whole(Action::Select, &table, &inside));
        // As a view of another project: that it stands for this table is told by its own.
        if table.project.id != object.project.id {
            self.sources.push((object.clone(), through.to_vec()));
        }
        self.sources.push((table, [through, &[object]].concat()));
        Ok(())
    }

    /// Adds the call of a function by `rights`, through these views.
    pub fn add_call(
        &mut self,
        function: &Function,
        rights: &Rights,
        through: &[Object],
        snapshot: &Snapshot<'_>,
    ) -> Result<()> {
        let object = function.object();
        self.accesses.push(whole(Action::Execute, &object, rights));
        self.sources.push((object.clone(), through.to_vec()));
        let inside = maker(function.maker.as_ref(), &object);
        let through = [through, &[object]].concat();
        for ResourceRef { project, schema, name } in &function.resources {
            let place = Place { project: resolve::named_project(project, snapshot)?, schema: schema.clone() };
            match snapshot.resource(&place, name)? {
                Some(resource) => self.add_resource(&resource, &inside, &through, snapshot)?,
                None => {
                    let missing = Object::unknown_in(ObjectKind::Resource, place, name);
                    self.accesses.push(whole(Action::Read, &missing, &inside));
                }
            }
        }
        Ok(())
    }

    /// What reading a resource asks for, by itself.
    pub fn of_resource(resource: &Resource, snapshot: &Snapshot<'_>) -> Result<Self> {
        let mut usage = Self::default();
        usage.add_resource(resource, &Rights::Invoker, &[], snapshot)?;
        Ok(usage)
    }

    /// What calling a function asks for, by itself.
    pub fn of_call(function: &Function, snapshot: &Snapshot<'_>) -> Result<Self> {
        let mut usage = Self::default();
        usage.add_call(function, &Rights::Invoker, &[], snapshot)?;
        Ok(usage)
    }

    /// Everything that must be allowed.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> + '_ {
        let accesses = self.accesses.iter().cloned().map(Requirement::Access);
        self.others.iter().cloned().chain(accesses).chain(self.outside.iter().cloned())
    }

    /// The flows of every source to every destination (FLW-2).
    pub fn flows(&self, destinations: &[Destination]) -> Vec<Flow> {
        let flow = |(source, through): &(Object, Vec<Object>), destination: &Destination| Flow {
            source: source.clone(),
            through: through.clone(),
            destination: destination.clone(),
        };
        let to = |destination| self.sources.iter().map(move |source| flow(source, destination));
        destinations.iter().flat_map(to).collect()
    }
}

fn whole(action: Action, object: &Object, rights: &Rights) -> Access {
    Access { rights: rights.clone(), ..Access::of(action, object.clone()) }
}

/// Who stored the content of a table resource or function; `None` if that account was dropped.
fn maker(principal: Option<&Principal>, object: &Object) -> Rights {
    Rights::Definer { owner: principal.cloned(), view: object.clone() }
}
