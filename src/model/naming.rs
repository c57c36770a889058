//! How names are read: what their parts stand for (SCH-1).

use std::collections::BTreeMap;

use super::SchemaName;
use crate::error::{Code, Error, Result, shortened};
use crate::text::is_identifier;

/// The flag that says whether names have schemas.
pub const NAMESPACE_SCHEMA: &str = "odps.namespace.schema";
/// The flag that names the current schema.
pub const CURRENT_SCHEMA: &str = "odps.default.schema";

/// Whether names have schemas, and the schema of those that name none (SCH-1).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Naming {
    /// `odps.namespace.schema`: whether `a.b` is an object of the schema `a`; otherwise, of the project `a`.
    pub has_schemas: bool,
    /// `odps.default.schema`: it counts where names have schemas.
    schema: SchemaName,
}

/// What stands before the last part of a name: the project, or `None` for the current one, and the schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prefix<'n> {
    /// The project that is named.
    pub project: Option<&'n str>,
    /// The schema that is meant.
    pub schema: SchemaName,
}

impl Naming {
    /// The naming that these flags say; those that are not about names are ignored.
    ///
    /// # Errors
    /// A value that a flag does not take.
    pub fn of<'f>(flags: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Self> {
        Self::of_session(false, flags)
    }

    /// The naming of a session with these flags, in a tenant whose names have schemas, or none.
    ///
    /// # Errors
    /// As [`Naming::of`].
    pub fn of_session<'f>(of_tenant: bool, flags: impl IntoIterator<Item = (&'f str, &'f str)>) -> Result<Self> {
        let mut naming = Self { has_schemas: of_tenant, ..Self::default() };
        for (key, value) in flags {
            if key.eq_ignore_ascii_case(NAMESPACE_SCHEMA) {
                naming.has_schemas = super::dialect::flag(NAMESPACE_SCHEMA, value)?;
            } else if key.eq_ignore_ascii_case(CURRENT_SCHEMA) {
                naming.schema = check_schema(value)?;
            }
        }
        Ok(naming)
    }

    /// The naming in which a name of so many parts before its last one says where it is whatever the session says: a project, or a project and
    /// a schema.
    pub fn full(parts: usize) -> Self {
        Self { has_schemas: parts > 1, schema: SchemaName::default() }
    }

    /// The flags that make this naming: [`Naming::of`] reads them back.
    pub fn flags(&self) -> BTreeMap<String, String> {
        let mut flags = BTreeMap::new();
        if self.has_schemas {
            flags.insert(NAMESPACE_SCHEMA.to_owned(), true.to_string());
            if !self.schema.is_default() {
                flags.insert(CURRENT_SCHEMA.to_owned(), self.schema.to_string());
            }
        }
        flags
    }

    /// The schema of a name that names neither schema nor project.
    pub fn current_schema(&self) -> SchemaName {
        if self.has_schemas { self.schema.clone() } else { SchemaName::default() }
    }

    /// What the parts before the last part of an object's name stand for: none, one or two.
    ///
    /// # Errors
    /// A name with a project and a schema where names have no schemas. Source: odpscmd.
    pub fn read<'n>(&self, parts: &[&'n str]) -> Result<Prefix<'n>> {
        match (parts, self.has_schemas) {
            ([], _) => Ok(Prefix { project: None, schema: self.current_schema() }),
            ([schema], true) => Ok(Prefix { project: None, schema: SchemaName::new(schema) }),
            ([project], false) => Ok(Prefix { project: Some(project), schema: SchemaName::default() }),
            ([project, schema], true) => Ok(Prefix { project: Some(project), schema: SchemaName::new(schema) }),
            _ => Err(Error::new(Code::Semantic, "a name of three parts names a schema, and names have no schemas here")
                .help(format!(
                    "set {NAMESPACE_SCHEMA}=true if you want to use <project.schema.object> syntax; `<project>.<object>` is in the schema `default`"
                ))),
        }
    }

    /// The same for statements that list what is in a schema: `in a` and `in a.b`, which names project and schema either way.
    pub fn read_list<'n>(&self, parts: &[&'n str]) -> Result<Prefix<'n>> {
        match parts {
            [project, schema] => Ok(Prefix { project: Some(project), schema: SchemaName::new(schema) }),
            parts => self.read(parts),
        }
    }
}

/// The value of `odps.default.schema`, checked.
///
/// # Errors
/// It cannot be the name of a schema.
pub fn check_schema(value: &str) -> Result<SchemaName> {
    if is_identifier(value) {
        return Ok(SchemaName::new(value));
    }
    Err(Error::new(Code::Setting, format!("`{CURRENT_SCHEMA}` cannot be `{}`", shortened(value)))
        .help("write the name of a schema; `show schemas;` lists them"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_for_what_the_session_says() {
        let (old, new) = (
            Naming { schema: SchemaName::new("cur"), ..Naming::default() },
            Naming { has_schemas: true, schema: SchemaName::new("cur") },
        );
        let read = |naming: &Naming, parts: &[&str]| {
            let prefix = naming.read(parts).ok()?;
            Some((prefix.project.map(str::to_owned), prefix.schema.to_string()))
        };
        let pair = |project: Option<&str>, schema: &str| Some((project.map(str::to_owned), schema.to_owned()));
        assert_eq!(read(&old, &[]), pair(None, "default"));
        assert_eq!(read(&new, &[]), pair(None, "cur"));
        assert_eq!(read(&old, &["a"]), pair(Some("a"), "default"));
        assert_eq!(read(&new, &["A"]), pair(None, "a"));
        assert_eq!(read(&old, &["a", "b"]), None);
        assert_eq!(read(&new, &["a", "b"]), pair(Some("a"), "b"));
        assert_eq!(read(&new, &["a", "b", "c"]), None);
        assert_eq!(old.read_list(&["a", "b"]).unwrap(), new.read_list(&["a", "b"]).unwrap());
    }

    #[test]
    fn the_session_decides_else_its_tenant() {
        let has_schemas =
            |tenant, flags: &[(&str, &str)]| Naming::of_session(tenant, flags.iter().copied()).unwrap().has_schemas;
        assert!(has_schemas(true, &[]) && !has_schemas(false, &[]));
        assert!(has_schemas(true, &[(CURRENT_SCHEMA, "s")]));
        assert!(
            has_schemas(false, &[(NAMESPACE_SCHEMA, "true")]) && !has_schemas(true, &[(NAMESPACE_SCHEMA, "false")])
        );
    }

    #[test]
    fn flags_are_read_back() {
        for (namespace, schema) in [("true", "s"), ("true", "default"), ("false", "s"), ("false", "default")] {
            let naming = Naming::of([(NAMESPACE_SCHEMA, namespace), (CURRENT_SCHEMA, schema)]).unwrap();
            let flags = naming.flags();
            let again = Naming::of(flags.iter().map(|(key, value)| (key.as_str(), value.as_str()))).unwrap();
            assert_eq!(again.current_schema(), naming.current_schema());
            assert_eq!(again.has_schemas, naming.has_schemas);
        }
        assert!(Naming::of([(CURRENT_SCHEMA, "a.b")]).is_err() && Naming::of([(NAMESPACE_SCHEMA, "x")]).is_err());
    }
}
