//! What is shared: packages, where they are installed, and the objects beside tables that they may list.
//!
//! A world has two eras. Whatever a namesake follows was made in the first and gone at its end; the namesake was made in
//! the second, and so was whatever stands on it.

use odpsh::model::{Action, Grant, Object, ObjectId, ObjectKind, ProjectId, SchemaName};

use super::{LabelInside, Read, World};

/// Where an object stands: among the world's tables, or among the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spot {
    Table(usize),
    Other(usize),
}

/// A resource, function or instance, or what was one.
#[derive(Debug, Clone)]
pub struct Other {
    pub kind: ObjectKind,
    /// The place among those of its kind, from 1.
    pub id: ObjectId,
    pub project: ProjectId,
    /// `default` of an instance.
    pub schema: SchemaName,
    pub name: String,
    pub owner: odpsh::model::Principal,
    /// A dropped one is followed by a new one of its name (ACC-9).
    pub alive: bool,
    /// Made in the second era.
    pub late: bool,
    /// What an instance read; what the body of a SQL function reads.
    pub reads: Vec<Read>,
    /// The resources that a function is made of, or the functions that its body calls; the table that stands in for a resource.
    pub parts: Vec<Spot>,
    /// Who put there what it is made of.
    pub maker: odpsh::model::Principal,
    pub grants: Vec<Grant>,
}

/// A package in the project that made it, or what was one.
#[derive(Debug, Clone)]
pub struct Package {
    pub project: ProjectId,
    pub name: String,
    pub alive: bool,
    pub late: bool,
    pub items: Vec<Item>,
    pub allowed: Vec<Allowance>,
}

/// An object in a package, or one that was removed from it; it may be added again.
#[derive(Debug, Clone)]
pub struct Item {
    pub object: Spot,
    /// In the order in which they are listed for the kind.
    pub actions: Vec<Action>,
    pub removed: bool,
}

/// A project that may install a package, or one that was disallowed; it may be allowed again.
#[derive(Debug, Clone)]
pub struct Allowance {
    pub project: ProjectId,
    pub label: u8,
    pub ended: bool,
}

/// A package in a project that installed it, whatever has become of either.
#[derive(Debug, Clone)]
pub struct Installation {
    /// The place among all, from 1.
    pub id: ObjectId,
    /// Place among the world's packages.
    pub package: usize,
    pub project: ProjectId,
    pub late: bool,
    pub uninstalled: bool,
    /// Read on the package; gone with it (PKG-3).
    pub grants: Vec<Grant>,
    pub inside: Vec<Inside>,
    pub labels_inside: Vec<LabelInside>,
}

/// An entry on an object inside an installed package; gone with the item.
#[derive(Debug, Clone)]
pub struct Inside {
    /// Place among the package's items.
    pub item: usize,
    pub grant: Grant,
}

impl World {
    /// An object, dropped or not.
    pub fn thing(&self, spot: Spot) -> Object {
        match spot {
            Spot::Table(place) => self.object(place),
            Spot::Other(place) => {
                let other = &self.others[place];
                Object {
                    kind: other.kind,
                    id: other.id.into(),
                    project: self.reference(other.project),
                    schema: other.schema.clone(),
                    name: other.name.as_str().into(),
                    owner: Some(other.owner.clone()),
                }
            }
        }
    }

    /// Where an object stands, if it is there.
    pub fn spot(&self, object: &Object) -> Option<Spot> {
        match object.kind {
            ObjectKind::Table | ObjectKind::View => {
                self.tables.iter().position(|table| object.id.known() == Some(table.id) && table.alive).map(Spot::Table)
            }
            kind => {
                let is = |other: &Other| other.kind == kind && object.id.known() == Some(other.id) && other.alive;
                self.others.iter().position(is).map(Spot::Other)
            }
        }
    }

    /// Every object, dropped or not.
    pub fn spots(&self) -> impl Iterator<Item = Spot> + use<> {
        (0..self.tables.len()).map(Spot::Table).chain((0..self.others.len()).map(Spot::Other))
    }

    /// Whether an object is there.
    pub fn is_there(&self, spot: Spot) -> bool {
        match spot {
            Spot::Table(place) => self.tables[place].alive,
            Spot::Other(place) => self.others[place].alive,
        }
    }

    /// Whether an object was made in the second era.
    pub fn is_late(&self, spot: Spot) -> bool {
        match spot {
            Spot::Table(place) => self.tables[place].late,
            Spot::Other(place) => self.others[place].late,
        }
    }

    /// The entries on an object.
    pub fn entries(&self, spot: Spot) -> &[Grant] {
        match spot {
            Spot::Table(place) => &self.tables[place].grants,
            Spot::Other(place) => &self.others[place].grants,
        }
    }

    /// The same, to be changed.
    pub fn entries_mut(&mut self, spot: Spot) -> &mut Vec<Grant> {
        match spot {
            Spot::Table(place) => &mut self.tables[place].grants,
            Spot::Other(place) => &mut self.others[place].grants,
        }
    }

    /// Every entry that there ever was, to be changed.
    pub fn grants_mut(&mut self) -> impl Iterator<Item = &mut Grant> {
        let of_projects =
            self.projects.iter_mut().flat_map(|project| project.grants.iter_mut().chain(&mut project.schema_grants));
        let of_schemas = self.schemas.iter_mut().flat_map(|schema| &mut schema.grants);
        let of_tables = self.tables.iter_mut().flat_map(|table| &mut table.grants);
        let of_others = self.others.iter_mut().flat_map(|other| &mut other.grants);
        let of_packages = self.installations.iter_mut().flat_map(|installation| {
            installation.grants.iter_mut().chain(installation.inside.iter_mut().map(|inside| &mut inside.grant))
        });
        of_projects.chain(of_schemas).chain(of_tables).chain(of_others).chain(of_packages)
    }

    /// A package where it is installed, as the object of an access.
    pub fn installed(&self, installation: &Installation) -> Object {
        let package = &self.packages[installation.package];
        let name = format!("{}.{}", self.reference(package.project).name, package.name);
        let project = self.reference(installation.project);
        Object { id: installation.id.into(), ..Object::unknown(ObjectKind::Package, project, &name) }
    }

    /// Whether something can be given on an item inside an installed package: both are there at the same time.
    pub(super) fn may_be_given_inside(&self, installation: &Installation, item: usize) -> bool {
        let package = &self.packages[installation.package];
        let is_late = self.is_item_late(package, item);
        let Item { object, removed, .. } = &package.items[item];
        let ends_early = !is_late && (*removed || !self.is_there(*object));
        let installation_ends_early = !installation.late && (installation.uninstalled || !package.alive);
        !(installation.late && ends_early || is_late && installation_ends_early)
    }

    /// Whether an item was added in the second era.
    pub fn is_item_late(&self, package: &Package, item: usize) -> bool {
        let Item { object, removed, .. } = &package.items[item];
        let again = !removed && package.items[..item].iter().any(|earlier| earlier.object == *object);
        package.late || again || self.is_late(*object)
    }
}

impl Package {
    /// Whether a project was allowed in the second era.
    pub fn is_allowance_late(&self, place: usize) -> bool {
        self.late || self.allowed[..place].iter().any(|earlier| earlier.project == self.allowed[place].project)
    }
}
