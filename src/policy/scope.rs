use super::resource::ResourcePattern;
use crate::text::fold;

/// Whose objects the statements of a policy can be about.
#[derive(Debug, Clone, Copy)]
pub enum Scope<'a> {
    /// Those of the project of this name.
    Project(&'a str),
    /// Those of the projects of a tenant, by their names (TNT-3).
    Tenant(&'a [String]),
    /// Those of any project: for what the policy of a tenant role says already.
    AnyProject,
}

impl<'a> From<&'a str> for Scope<'a> {
    fn from(project: &'a str) -> Self {
        Self::Project(project)
    }
}

impl<'a> From<&'a String> for Scope<'a> {
    fn from(project: &'a String) -> Self {
        Self::Project(project)
    }
}

impl<'a> From<&'a [String]> for Scope<'a> {
    fn from(projects: &'a [String]) -> Self {
        Self::Tenant(projects)
    }
}

impl<'a> Scope<'a> {
    /// The project, as messages write it in a URI.
    pub fn project(self) -> &'a str {
        match self {
            Self::Project(project) => project,
            Self::Tenant(_) | Self::AnyProject => "<project>",
        }
    }

    /// The names of the projects.
    pub fn projects(self) -> impl Iterator<Item = &'a str> {
        let (one, many) = match self {
            Self::Project(project) => (Some(project), &[][..]),
            Self::Tenant(projects) => (None, projects),
            Self::AnyProject => (None, &[][..]),
        };
        one.into_iter().chain(many.iter().map(String::as_str))
    }

    /// The path of the project of which a pattern is all that is in it, without the project itself.
    pub fn inside(self, resource: &ResourcePattern) -> Option<String> {
        let inside = resource.rest().strip_suffix("/*")?;
        self.projects().map(path).find(|path| path == inside)
    }
}

fn path(project: &str) -> String {
    format!("projects/{}", fold(project))
}
