use std::fmt;

use smol_str::SmolStr;

use super::{Action, Identity, Place, Principal, ProjectId, SchemaName};

/// A project as a decision sees it: who it is, not what it is set to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectRef {
    /// Number of the project; never used again after a drop (ACC-11).
    pub id: ProjectId,
    /// Name, folded.
    pub name: SmolStr,
}

impl ProjectRef {
    /// Stands in for a project that is not there: nobody is a member of it (STG-4).
    pub fn unknown(name: &str) -> Self {
        Self { id: ProjectId::UNKNOWN, name: name.into() }
    }
}

/// The kinds of object that privileges are granted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectKind {
    /// A project.
    Project,
    /// A table.
    Table,
    /// A view: grants on it are grants on a table object.
    View,
    /// A file that jobs and functions use.
    Resource,
    /// A function of a user's own.
    Function,
    /// A job that ran, with its result.
    Instance,
    /// A package of another project, where it is installed: its project is the one that installed it.
    Package,
    /// A schema of a project: where its tables, resources and functions are.
    Schema,
}

impl ObjectKind {
    /// Every kind.
    pub const ALL: [ObjectKind; 8] = [
        Self::Project,
        Self::Table,
        Self::View,
        Self::Resource,
        Self::Function,
        Self::Instance,
        Self::Package,
        Self::Schema,
    ];

    /// How `show` and `grant … on` call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::Table => "table",
            Self::View => "view",
            Self::Resource => "resource",
            Self::Function => "function",
            Self::Instance => "instance",
            Self::Package => "package",
            Self::Schema => "schema",
        }
    }

    /// The kind of this name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// The kind as names and grants know it: a view is a table, and says only where it is shown that it is one (STG-4).
    pub fn grants_as(self) -> Self {
        match self {
            Self::View => Self::Table,
            kind @ (Self::Project
            | Self::Table
            | Self::Resource
            | Self::Function
            | Self::Instance
            | Self::Package
            | Self::Schema) => kind,
        }
    }

    /// Where its objects lie in the path of their project; a project is its own.
    fn folder(self) -> Option<&'static str> {
        match self {
            Self::Project => None,
            Self::Table | Self::View => Some("tables"),
            Self::Resource => Some("resources"),
            Self::Function => Some("registration/functions"),
            Self::Instance => Some("instances"),
            Self::Package => Some("packages"),
            Self::Schema => Some("schemas"),
        }
    }

    /// Whether a resource of a policy, which can have wildcards, is about objects of this kind.
    pub fn is_named_in(self, resource: &str, project: &str) -> bool {
        let below = resource.strip_prefix("projects/").and_then(|path| path.split_once('/'));
        match (below, self.folder()) {
            (None, folder) => folder.is_none() && resource == format!("projects/{project}"),
            (Some((_, path)), Some(folder)) => {
                let inside = path.strip_prefix("schemas/").and_then(|path| path.split_once('/'));
                match inside {
                    Some(_) if self == Self::Schema => false,
                    inside => {
                        let path = inside.map_or(path, |(_, path)| path);
                        path.starts_with(folder) || path.starts_with('*')
                    }
                }
            }
            (Some(_), None) => false,
        }
    }

    /// Whether its objects have owners whose rights follow from that (ACC-2, ACC-8).
    pub fn is_owned(self) -> bool {
        !matches!(self, Self::Project | Self::Package)
    }

    /// Whether its objects are in schemas: their names can name one (SCH-1).
    pub fn is_in_schema(self) -> bool {
        matches!(self, Self::Table | Self::View | Self::Resource | Self::Function)
    }

    /// What an object of this kind is called inside its project, as statements name it: `name` in the schema `default`, else `schema.name`. The
    /// name of a resource can have points: it is `schema:name`.
    pub fn local_name(self, schema: &SchemaName, name: &str) -> String {
        match self == Self::Resource && !schema.is_default() {
            true => format!("{schema}:{name}"),
            false => schema.qualified(name),
        }
    }

    /// Whether such an object can be in a package: then there is something that the package gives on it (PKG-2).
    pub fn is_shareable(self) -> bool {
        !Action::shared(self).is_empty()
    }
}

/// An object that was found: an access can only be asked for one that exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// What it is.
    pub kind: ObjectKind,
    /// Which one it is.
    pub id: Identity,
    /// The project that it belongs to; of a project, itself.
    pub project: ProjectRef,
    /// The schema that it is in; `default` of what is in none.
    pub schema: SchemaName,
    /// Name, folded; of a package, `<creator>.<package>`.
    pub name: SmolStr,
    /// Current owner (ACC-7); nobody of what is not there, or gone, and of what belongs to its project as such.
    pub owner: Option<Principal>,
}

impl Object {
    /// Stands in for an object that is not there: it is judged like any other on which nobody holds anything, so that a
    /// refusal does not tell whether it exists (STG-4). What passes all the same is then told that it is missing.
    pub fn unknown(kind: ObjectKind, project: ProjectRef, name: &str) -> Self {
        Self::unknown_in(kind, Place::default_of(project), name)
    }

    /// The same in a schema.
    pub fn unknown_in(kind: ObjectKind, place: Place, name: &str) -> Self {
        let Place { project, schema } = place;
        Self { kind, id: Identity::Unknown, project, schema, name: name.into(), owner: None }
    }

    /// Stands in for an object that was read and is gone since: what is left of its rows is for owner and Super_Administrator of its
    /// project only (FLW-9a). Nothing that is said of its name counts for it.
    pub fn gone(kind: ObjectKind, place: Place, name: &str) -> Self {
        Self { id: Identity::Gone, ..Self::unknown_in(kind, place, name) }
    }

    /// Where it is.
    pub fn place(&self) -> Place {
        Place { project: self.project.clone(), schema: self.schema.clone() }
    }

    /// The name with the names of its project and, unless that is `default`, its schema (SCH-3). A package's name says whose it is.
    pub fn full_name(&self) -> String {
        match self.kind {
            ObjectKind::Project | ObjectKind::Package => self.name.to_string(),
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::Resource
            | ObjectKind::Function
            | ObjectKind::Instance
            | ObjectKind::Schema => self.place().qualified(&self.name),
        }
    }

    /// The name with those of its project and schema, whichever that is.
    pub fn whole_name(&self) -> String {
        format!("{}.{}.{}", self.project.name, self.schema, self.name)
    }

    /// The name inside its project, as statements name it: with its schema, unless that is `default`.
    pub fn local_name(&self) -> String {
        self.kind.local_name(&self.schema, &self.name)
    }

    /// What its path has before its folder: the schema, unless that is `default`.
    fn schema_path(&self) -> String {
        if self.schema.is_default() { String::new() } else { format!("schemas/{}/", self.schema) }
    }

    /// The object's path in policies and messages: `projects/<p>/tables/<t>`, `projects/<p>/schemas/<s>/tables/<t>`. Source: PERM, resource URIs.
    pub fn path(&self) -> String {
        let project = format!("projects/{}", self.project.name);
        match self.kind.folder() {
            Some(folder) => format!("{project}/{}{folder}/{}", self.schema_path(), self.name),
            None => project,
        }
    }

    /// The path below its project: `tables/<t>`, `schemas/<s>/tables/<t>`; of a project, its whole path.
    pub fn relative_path(&self) -> String {
        match self.kind.folder() {
            Some(folder) => format!("{}{folder}/{}", self.schema_path(), self.name),
            None => self.path(),
        }
    }

    /// Whether it is the schema that every project has: it comes and goes with its project, and nobody owns it.
    pub fn is_default_schema(&self) -> bool {
        self.kind == ObjectKind::Schema && self.name == SchemaName::DEFAULT
    }

    /// The project that it belongs to, as the object of an access.
    pub fn of_project(&self) -> Object {
        let project = self.project.clone();
        Object { id: project.id.into(), ..Object::unknown(ObjectKind::Project, project.clone(), &project.name) }
    }

    /// The schema that an action on a project is an action on as well: what is made or listed without naming a schema.
    pub fn default_schema(&self) -> Object {
        Object { kind: ObjectKind::Schema, name: SmolStr::new_static(SchemaName::DEFAULT), owner: None, ..self.clone() }
    }
}

impl fmt::Display for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind.name(), self.full_name())
    }
}
