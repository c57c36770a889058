//! Random worlds and random requests, from fixed seeds, and the two forms in which a decision reads a world.
//!
//! A world is plain lists. It knows nothing of facts or SQL, and decides nothing.

mod address;
mod exception;
mod generate;
mod label;
mod order;
mod policy;
mod requests;
mod schema;
mod share;
mod tenant;
mod tenant_resource;
mod written;

use std::sync::Arc;

use odpsh::model::{
    Grant, Grantee, LabelGrant, Object, ObjectId, ObjectKind, Principal, ProjectId, ProjectRef, RoleName, SchemaName,
    Time,
};

pub use address::{Addresses, Vpc};
pub use exception::{Condition, ExceptionAction, Order, Piece, Resource, Statement, Task};
pub use label::LabelInside;
pub use policy::{Policy, PolicyAction, PolicyStatement};
pub use requests::{Asked, Asker};
pub use schema::Schema;
pub use share::{Allowance, Inside, Installation, Item, Other, Package, Spot};
pub use tenant_resource::Thing;
pub use written::insert_object;

/// Everything that a decision may depend on.
#[derive(Debug, Clone)]
pub struct World {
    /// The moment around which grants end.
    pub now: Time,
    /// Who exists, as first spelled.
    pub people: Vec<Principal>,
    /// Who does not.
    pub strangers: Vec<Principal>,
    /// Every project that ever was; the number is the place, from 1.
    pub projects: Vec<Project>,
    /// Every table and view that ever was.
    pub tables: Vec<Table>,
    /// Every resource, function and instance that ever was.
    pub others: Vec<Other>,
    /// Every schema besides `default` that ever was.
    pub schemas: Vec<Schema>,
    /// Every package that ever was.
    pub packages: Vec<Package>,
    /// Every installation that ever was.
    pub installations: Vec<Installation>,
    /// Every tenant resource; the number is the place, from 1.
    pub things: Vec<Thing>,
    /// The conditions that entries have, by their text.
    pub conditions: Vec<(String, Vec<Condition>)>,
}

/// A project, or what was one.
#[derive(Debug, Clone)]
pub struct Project {
    pub id: ProjectId,
    pub name: String,
    pub owner: Principal,
    /// A dropped project is followed by a new one of its name (ACC-11).
    pub alive: bool,
    pub frozen: bool,
    pub addresses: Vec<Addresses>,
    pub vpcs: Vec<Vpc>,
    pub uses_acl: bool,
    pub uses_policy: bool,
    /// Whether it controls the use of tenant resources.
    pub controls_resources: bool,
    /// The project policy.
    pub policy: Option<Arc<Policy>>,
    pub creator_may_access: bool,
    pub creator_may_grant: bool,
    pub protected: bool,
    pub exception: Vec<Statement>,
    pub download_control: bool,
    pub read_limit: Option<u64>,
    /// `LabelSecurity`
    pub checks_labels: bool,
    /// The levels of its owner, members and roles; 0 for all others.
    pub levels: Vec<(Grantee, u8)>,
    pub members: Vec<Principal>,
    pub roles: Vec<Role>,
    /// The roles of its owner's tenant, the same in all its projects.
    pub tenant: Vec<TenantRole>,
    pub trusts: Vec<ProjectId>,
    /// What it trusted before those were dropped.
    pub trusted_once: Vec<ProjectId>,
    pub grants: Vec<Grant>,
    /// Entries on its schema `default`.
    pub schema_grants: Vec<Grant>,
}

impl Project {
    /// The external locations that it allows, if it controls them: by its number.
    pub fn locations(&self) -> Option<&'static str> {
        match self.id.0 % 3 {
            0 => None,
            1 => Some("file:///data/in/, oss://h/bkt/"),
            _ => Some(""),
        }
    }
}

/// A role and who holds it; a removed user holds it asleep.
#[derive(Debug, Clone)]
pub struct Role {
    pub name: RoleName,
    /// Whether it is of administrator type; the built-in ones have no policy.
    pub is_administrator: bool,
    pub users: Vec<Principal>,
    pub policy: Option<Arc<Policy>>,
}

/// A role of a tenant and who holds it.
#[derive(Debug, Clone)]
pub struct TenantRole {
    pub name: RoleName,
    pub users: Vec<Principal>,
    /// Of a custom role.
    pub policy: Option<Arc<Policy>>,
    /// Whether the custom role was added to the project.
    pub is_added: bool,
}

/// A table or view, or what was one.
#[derive(Debug, Clone)]
pub struct Table {
    pub id: ObjectId,
    pub project: ProjectId,
    pub schema: SchemaName,
    pub name: String,
    pub owner: Principal,
    /// A dropped table is followed by a new one of its name (ACC-9).
    pub alive: bool,
    /// Made in the second era.
    pub late: bool,
    pub columns: Vec<String>,
    /// What the body of a view reads; of a table, nothing.
    pub body: Vec<Read>,
    /// Whether its first column is a primary key: an insert replaces the rows of the same keys (FLW-2).
    pub keyed: bool,
    /// The table that it was made as a clone of, in the same era (LAB-3).
    pub clone_of: Option<usize>,
    /// The labels of a table when it was cloned, where they were set anew since: its own, and those of its columns.
    pub labels_when_cloned: Option<(u8, Vec<Option<u8>>)>,
    /// Whether the labels of a clone were set anew since it was made.
    pub relabelled: bool,
    pub grants: Vec<Grant>,
    /// The label of the table itself.
    pub label: u8,
    /// The own label of each column that has one, in the order of the columns.
    pub column_labels: Vec<Option<u8>>,
    pub label_grants: Vec<LabelGrant>,
}

/// A table that is read, and which columns of it.
#[derive(Debug, Clone)]
pub struct Read {
    /// Place among the world's tables.
    pub table: usize,
    pub columns: Vec<String>,
}

impl World {
    /// The project of this number, if it is there.
    pub fn project(&self, id: ProjectId) -> Option<&Project> {
        self.projects.iter().find(|project| project.id == id && project.alive)
    }

    /// A table or view as the object of an access, dropped or not.
    pub fn object(&self, place: usize) -> Object {
        let table = &self.tables[place];
        Object {
            kind: if table.is_view() { ObjectKind::View } else { ObjectKind::Table },
            id: table.id.into(),
            project: self.reference(table.project),
            schema: table.schema.clone(),
            name: table.name.as_str().into(),
            owner: Some(table.owner.clone()),
        }
    }

    /// A project as the object of an access.
    pub fn project_object(&self, id: ProjectId) -> Object {
        let project = &self.projects[place(id)];
        let reference = self.reference(id);
        Object {
            kind: ObjectKind::Project,
            id: id.into(),
            schema: SchemaName::default(),
            name: reference.name.clone(),
            project: reference,
            owner: Some(project.owner.clone()),
        }
    }

    /// A project as others refer to it.
    pub fn reference(&self, id: ProjectId) -> ProjectRef {
        ProjectRef { id, name: self.projects[place(id)].name.as_str().into() }
    }
}

impl Table {
    /// Whether it is a view.
    pub fn is_view(&self) -> bool {
        !self.body.is_empty()
    }
}

/// Where the thing of this number stands.
fn place(id: ProjectId) -> usize {
    usize::try_from(id.0 - 1).expect("numbers start at 1")
}

/// Whether something that happens so often of a hundred times happens now.
fn chance(rng: &mut fastrand::Rng, percent: u32) -> bool {
    rng.u32(0..100) < percent
}

/// One of these.
fn pick<'t, T>(rng: &mut fastrand::Rng, from: &'t [T]) -> &'t T {
    &from[rng.usize(0..from.len())]
}
