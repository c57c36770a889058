use std::fmt;

use smol_str::SmolStr;

use super::ProjectRef;
use crate::text::fold;

/// The name of a schema, folded.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SchemaName(SmolStr);

impl SchemaName {
    /// The schema that every project has. Source: PERM: `projects/<p>/tables/<t>` is `projects/<p>/schemas/default/tables/<t>`.
    pub const DEFAULT: &'static str = "default";

    /// The schema of this name, in any case.
    pub fn new(name: &str) -> Self {
        Self(fold(name).into())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name inside their project of what is called `name` in this schema: `name` in `default`, else `schema.name`.
    pub fn qualified(&self, name: &str) -> String {
        if self.is_default() { name.to_owned() } else { format!("{self}.{name}") }
    }

    /// Whether it is the schema that every project has.
    pub fn is_default(&self) -> bool {
        self.0 == Self::DEFAULT
    }
}

impl Default for SchemaName {
    fn default() -> Self {
        Self(SmolStr::new_static(Self::DEFAULT))
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A schema of a project: where tables, resources and functions are. Neither need exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The project.
    pub project: ProjectRef,
    /// Its schema.
    pub schema: SchemaName,
}

impl Place {
    /// The schema `default` of a project.
    pub fn default_of(project: ProjectRef) -> Self {
        Self { project, schema: SchemaName::default() }
    }

    /// The full name of what is called `name` here: `project.name` in the schema `default`, else `project.schema.name` (SCH-3).
    pub fn qualified(&self, name: &str) -> String {
        format!("{self}.{name}")
    }
}

/// `project` for its schema `default`, else `project.schema`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.project.name)?;
        if self.schema.is_default() { Ok(()) } else { write!(f, ".{}", self.schema) }
    }
}
