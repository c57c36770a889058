use std::fmt;

use super::{Object, ObjectId, ObjectKind, Principal, ProjectRef, SchemaName, Time};

/// What a resource holds. Source: odpscmd.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// A file of any kind.
    File,
    /// A Python file.
    Py,
    /// A Java archive.
    Jar,
    /// A compressed folder.
    Archive,
    /// A table that stands in for a file: it has no bytes of its own.
    Table,
}

impl ResourceKind {
    /// Every kind.
    pub const ALL: [ResourceKind; 5] = [Self::File, Self::Py, Self::Jar, Self::Archive, Self::Table];

    /// The word behind `add`.
    pub fn name(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Py => "py",
            Self::Jar => "jar",
            Self::Archive => "archive",
            Self::Table => "table",
        }
    }

    /// The kind of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }

    /// What the name of such a resource ends with, and what is said if it does not. Source: the client's own checks.
    pub fn endings(self) -> (&'static [&'static str], &'static str) {
        match self {
            Self::File | Self::Table => (&[], ""),
            Self::Py => (&[".py"], "File name must end with py"),
            Self::Jar => (&[".jar"], "File name must end with jar"),
            Self::Archive => (
                &[".jar", ".zip", ".tgz", ".tar.gz", ".tar", ".whl"],
                "File name(alias name) must end with .jar/.zip/.tgz/.tar.gz/.tar/.whl",
            ),
        }
    }
}

/// Whether `name` can be the name of a resource.
///
/// Chosen: ASCII letters, digits, `_`, `.` and `-`, the first of them a letter, digit or `_`, at most 128: a name that is no path,
/// no option and no expansion anywhere.
pub fn is_resource_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|first: char| first.is_ascii_alphanumeric() || first == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-'))
}

/// The table that a resource stands for.
///
/// It is shown by the name that it had when the resource was added, which its reader may know: what became of the table since is
/// told by its own project (STG-4). Chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSource {
    /// Its number; nothing once it is dropped, though one of its name be made anew (ACC-9).
    pub id: Option<ObjectId>,
    /// Its project's name when the resource was added.
    pub project: String,
    /// Its schema then.
    pub schema: SchemaName,
    /// Its name then.
    pub name: String,
    /// The partition that is meant.
    pub partition: Option<String>,
}

impl TableSource {
    /// Its name as an object: a name that no table can have once it is dropped, so that no exception for a new one is for it.
    pub fn object_name(&self) -> String {
        match self.id {
            Some(_) => self.name.clone(),
            None => format!("{} (dropped)", self.name),
        }
    }
}

impl fmt::Display for TableSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.project, self.schema.qualified(&self.name))
    }
}

/// A resource of a project, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Number; never used again.
    pub id: ObjectId,
    /// The project that it belongs to.
    pub project: ProjectRef,
    /// The schema that it is in.
    pub schema: SchemaName,
    /// Name, folded.
    pub name: String,
    /// What it holds.
    pub kind: ResourceKind,
    /// Current owner.
    pub owner: Principal,
    /// Who put there what it holds now; nobody if that account is gone.
    pub updator: Option<Principal>,
    /// Free text.
    pub comment: String,
    /// Of kind `table`, what it stands for.
    pub table: Option<TableSource>,
    /// Bytes.
    pub size: u64,
    /// MD5 of the bytes, in hexadecimal; none of a table.
    pub md5: Option<String>,
    /// When it was made.
    pub created: Time,
    /// When it was last replaced.
    pub modified: Time,
}

impl Resource {
    /// This resource as the object of an access.
    pub fn object(&self) -> Object {
        Object {
            kind: ObjectKind::Resource,
            id: self.id.into(),
            project: self.project.clone(),
            schema: self.schema.clone(),
            name: self.name.as_str().into(),
            owner: Some(self.owner.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_paths_and_no_options() {
        for good in ["udtf.jar", "_x", "2024-01-02.csv", "a..b", &"x".repeat(128)] {
            assert!(is_resource_name(good), "{good}");
        }
        for bad in ["", ".", "..", ".x", "-f", "a/b", "a\\b", "a b", "a'b", "t\u{e4}", "a\n", &"x".repeat(129)] {
            assert!(!is_resource_name(bad), "{bad:?}");
        }
    }
}
