//! The URIs that objects can have, as templates: what a pattern must have in common with one of them to match anything (POL-6).

use super::automaton::{Automaton, Characters, Part};
use crate::text::fold;

/// Marks in the templates below: one or more characters of a name, of a resource's name, of anything. No URI has them.
const NAME: char = '%';
const FILE: char = '&';
const ANY: char = '~';

/// More characters than a URI can have: five names of 128 and the words between them.
pub const LONGEST: usize = 1500;

/// Objects in a schema: those of the schema `default` are also written without it.
const IN_SCHEMA: [&str; 5] = ["tables/%", "resources/&", "registration/functions/%", "functions/%", "instances/%"];

/// What is about the project as a whole. Source: PERM, table of management actions.
const MANAGED: [&str; 13] = [
    "",
    "/configurations/security_configuration",
    "/configurations/policy",
    "/configurations/protected_exception",
    "/users",
    "/principals/users",
    "/roles",
    "/roles/resource",
    "/roles/resource/%",
    "/roles/administrator",
    "/roles/administrator/%",
    "/roles/super_administrator",
    "/roles/super_administrator/super_administrator",
];

/// What a pattern can be about, by the first of its templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Objects that there can be here.
    Here,
    /// Kinds of object that are documented and that there are not here yet.
    NotYet,
    /// A column: rights on columns come from grants only.
    Column,
    /// Objects of another project.
    OtherProject,
    /// Nothing.
    Nothing,
}

/// The templates of one project.
pub struct Templates {
    here: Automaton,
    not_yet: Automaton,
    column: Automaton,
    /// Everything that begins as objects of the project do.
    own: Automaton,
    any_project: Automaton,
}

impl Templates {
    /// The templates of the project of this name.
    pub fn of(project: &str) -> Self {
        let base = format!("projects/{}", fold(project));
        let in_schema = || IN_SCHEMA.into_iter().flat_map(|form| [form.to_owned(), format!("schemas/default/{form}")]);
        let objects: Vec<String> =
            in_schema().chain(["schemas/default".to_owned(), "packages/%.%".to_owned()]).collect();
        let mut here = vec![base.clone()];
        here.extend(objects.iter().map(|object| format!("{base}/{object}")));
        here.extend(MANAGED.iter().map(|path| format!("{base}/authorization{path}")));
        here.extend(["packages", "packages/%.%"].map(|path| format!("{base}/authorization/{path}")));
        // The rights on an object are managed at what its URI has behind the project; those on the project at its own.
        for object in objects.into_iter().chain([base.clone()]) {
            here.extend(
                ["", "acl/", "packageresources/%.%/"].map(|form| format!("{base}/authorization/{form}{object}")),
            );
        }
        let not_yet = [
            "schemas/%",
            "schemas/%/~",
            "models/%",
            "volumes/~",
            "authorization/configurations/security_policy",
            "authorization/schemas/%/~",
            "authorization/acl/schemas/%/~",
            "authorization/models/%",
            "authorization/acl/models/%",
        ];
        let tenant = [
            "regions/~",
            "quotas/~",
            "networklinks/~",
            "networklink/~",
            "servers/~",
            "foreignservers/~",
            "images/~",
            "image/~",
        ];
        let column = ["tables/%/%", "schemas/%/tables/%/%"].map(|path| format!("{base}/{path}"));
        let compiled = |forms: Vec<String>| Automaton::of(&forms.iter().map(|form| parts(form)).collect::<Vec<_>>());
        Self {
            here: compiled(here),
            column: compiled(column.into()),
            not_yet: compiled(
                not_yet.iter().map(|path| format!("{base}/{path}")).chain(tenant.map(str::to_owned)).collect(),
            ),
            own: compiled(vec![base.clone(), format!("{base}/"), format!("{base}/~")]),
            any_project: compiled(vec!["projects/~".to_owned()]),
        }
    }

    /// What a pattern, without `acs:odps:*:` and folded, can be about.
    pub fn reach(&self, pattern: &str) -> Reach {
        // Each character but `*` takes one of the URI.
        if pattern.chars().filter(|c| *c != '*').count() > LONGEST {
            return Reach::Nothing;
        }
        let meets = |templates: &Automaton| templates.meets(pattern);
        match () {
            () if meets(&self.here) => Reach::Here,
            () if meets(&self.column) => Reach::Column,
            () if meets(&self.not_yet) => Reach::NotYet,
            () if meets(&self.any_project) && !meets(&self.own) => Reach::OtherProject,
            () => Reach::Nothing,
        }
    }
}

/// What a template can have at each place.
fn parts(template: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    for c in template.chars() {
        let characters = match c {
            NAME => Characters::Name,
            FILE => Characters::File,
            ANY => Characters::Any,
            c => Characters::Exactly(c),
        };
        parts.push(Part { characters, repeats: false });
        if !matches!(characters, Characters::Exactly(_)) {
            parts.push(Part { characters, repeats: true });
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Action, Object, ObjectKind, ProjectId, ProjectRef};

    #[test]
    fn what_objects_have_is_reached() {
        let templates = Templates::of("P");
        for here in [
            "*",
            "projects/*",
            "projects/p",
            "projects/p/*",
            "projects/p/*/*",
            "projects/p/tables/tb_*",
            "projects/p/tables/t?",
            "projects/?/tables/t",
            "projects/p/schemas/default/tables/t",
            "projects/p/schemas/default",
            "projects/p/schemas/*/tables/t",
            "projects/p/resources/a-b.jar",
            "projects/p/registration/functions/f",
            "projects/p/functions/*",
            "projects/p/instances/*",
            "projects/p/packages/other.pack",
            "projects/p/authorization",
            "projects/p/authorization/configurations/policy",
            "projects/p/authorization/roles/resource/*",
            "projects/p/authorization/roles/*/worker",
            "projects/p/authorization/acl/tables/*",
            "projects/p/authorization/acl/projects/p",
            "projects/p/authorization/schemas/*/tables/*",
            "projects/p/authorization/packageresources/a.b/tables/t",
            "*/authorization/*",
            "*tables*",
            "?rojects/p",
        ] {
            assert_eq!(templates.reach(here), Reach::Here, "{here}");
        }
        for (pattern, reach) in [
            ("projects/p/tables/t/c", Reach::Column),
            ("projects/p/tables/t/*", Reach::Column),
            ("projects/p/schemas/default/tables/*/c", Reach::Column),
            ("projects/p/models/m", Reach::NotYet),
            ("projects/p/schemas/other/tables/t", Reach::NotYet),
            ("projects/p/schemas/other", Reach::NotYet),
            ("quotas/q", Reach::NotYet),
            ("regions/*/quotas/q", Reach::NotYet),
            ("projects/other/tables/t", Reach::OtherProject),
            ("projects/other*", Reach::OtherProject),
            ("projects/p/", Reach::Nothing),
            ("projects/p/tabels/t", Reach::Nothing),
            ("projects/p/tables/", Reach::Nothing),
            ("projects", Reach::Nothing),
            ("projects/p/tables/t t", Reach::Nothing),
            ("bucket/x", Reach::Nothing),
            ("tables/t", Reach::Nothing),
            ("", Reach::Nothing),
        ] {
            assert_eq!(templates.reach(pattern), reach, "{pattern}");
        }
    }

    #[test]
    fn what_objects_and_management_have_is_reached_by_any_pattern_that_matches_it() {
        let project = ProjectRef { id: ProjectId(1), name: "p".into() };
        let mut uris: Vec<String> =
            Action::ALL.iter().map(|action| format!("projects/p{}", action.area().path())).collect();
        for kind in ObjectKind::ALL {
            let names = [(ObjectKind::Project, "p"), (ObjectKind::Package, "q.pack"), (ObjectKind::Schema, "default")];
            let name = names.iter().find(|(known, _)| *known == kind).map_or("some_name", |(_, name)| name);
            uris.push(Object::unknown(kind, project.clone(), name).path());
        }
        uris.push("projects/p/schemas/default/tables/t".into());
        uris.push("projects/p/authorization/acl/resources/a-b.jar".into());
        let templates = Templates::of("p");
        let mut random = fastrand::Rng::with_seed(3);
        for uri in &uris {
            assert_eq!(templates.reach(uri), Reach::Here, "{uri}");
            for _ in 0..100 {
                let mut pattern: Vec<char> = uri.chars().collect();
                for _ in 0..random.usize(1..4) {
                    let from = random.usize(..=pattern.len());
                    let to = random.usize(from..=pattern.len());
                    match random.bool() {
                        true => drop(pattern.splice(from..to, ['*'])),
                        false => pattern[from..to].iter_mut().filter(|c| **c != '*').take(1).for_each(|c| *c = '?'),
                    }
                }
                let pattern: String = pattern.into_iter().collect();
                assert!(crate::policy::pattern::matches(&pattern, uri), "{pattern} {uri}");
                assert_eq!(templates.reach(&pattern), Reach::Here, "{pattern} {uri}");
            }
        }
    }
}
