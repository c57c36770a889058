//! The URIs that objects can have, as templates: what a pattern must have in common with one of them to match anything (POL-6).

use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::action_set::ActionSet;
use super::automaton::{Automaton, Characters, Part};
use super::resource::ResourcePattern;
use super::scope::Scope;
use super::uri_form::{FILE, NAME, forms, of_tenant_resources};
use crate::model::Action;
use crate::text::fold;

/// Further marks: one or more characters of a path, of anything. No URI has them.
const PATH: char = '$';
const ANY: char = '~';

/// More characters than a URI can have: five names of 128 and the words between them.
pub const LONGEST: usize = 1500;

/// What is asked for with the URIs that a pattern matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Met {
    /// Every action.
    pub actions: ActionSet,
    /// Those that apply to instances.
    pub on_instances: ActionSet,
}

impl Met {
    /// What is in one of the two.
    pub fn union(self, other: Self) -> Self {
        Self { actions: self.actions.union(other.actions), on_instances: self.on_instances.union(other.on_instances) }
    }
}

/// What a pattern can be about, by the first of its templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Objects that there can be here, and what applies to them.
    Here(Met),
    /// Kinds of object that are documented and that there are not here yet.
    NotYet,
    /// A column: rights on columns come from grants only.
    Column,
    /// Objects of another project.
    OtherProject,
    /// Nothing.
    Nothing,
}

/// The templates of what a policy can be about.
pub struct Templates {
    /// Those of a project of any name, where there are several: the most that a pattern can be about.
    any: Option<OneProject>,
    projects: Vec<(String, OnceCell<OneProject>)>,
    /// Whether a project of any name counts.
    is_anywhere: bool,
    /// Those of tenant resources, which are in no project.
    of_tenant: Known,
}

/// Templates, and what is asked for with each.
struct Known {
    automaton: Automaton,
    met: Vec<Met>,
}

impl Known {
    fn of(templates: BTreeMap<String, Met>) -> Self {
        let met = templates.values().copied().collect();
        Self { met, automaton: compiled(templates.into_keys()) }
    }

    /// The tenant resources that a policy of such a scope can be about (TRS-5).
    fn of_tenant_resources(scope: Scope<'_>) -> Self {
        let in_tenant_role = !matches!(scope, Scope::Project(_));
        let mut templates: BTreeMap<String, Met> = BTreeMap::new();
        for action in Action::ALL.iter().copied() {
            for form in of_tenant_resources(action, in_tenant_role).into_iter().flatten() {
                let met = templates.entry(form).or_default();
                met.actions = met.actions.with(action);
            }
        }
        Self::of(templates)
    }

    fn met(&self, pattern: &str) -> Met {
        let met = self.automaton.met(pattern).filter_map(|at| self.met.get(at));
        met.fold(Met::default(), |all, met| all.union(*met))
    }
}

fn compiled(forms: impl Iterator<Item = String>) -> Automaton {
    Automaton::of(&forms.map(|form| parts(&form)).collect::<Vec<_>>())
}

/// The templates of one project.
struct OneProject {
    here: Known,
    not_yet: Automaton,
    column: Automaton,
    /// Everything that begins as objects of the project do.
    own: Automaton,
    any_project: Automaton,
}

impl Templates {
    /// The templates of the projects of a scope.
    pub fn of<'a>(scope: impl Into<Scope<'a>>) -> Self {
        let scope = scope.into();
        let any = match scope {
            Scope::Project(_) => None,
            Scope::Tenant(_) | Scope::AnyProject => Some(OneProject::of(&NAME.to_string())),
        };
        let projects = scope.projects().map(|project| (fold(project), OnceCell::new())).collect();
        let of_tenant = Known::of_tenant_resources(scope);
        Self { any, projects, is_anywhere: matches!(scope, Scope::AnyProject), of_tenant }
    }

    /// What a pattern, without `acs:odps:*:` and folded, can be about.
    pub fn reach(&self, pattern: &str) -> Reach {
        let of_tenant = if is_too_long(pattern) { Met::default() } else { self.of_tenant.met(pattern) };
        match self.reach_in_projects(pattern) {
            Reach::Here(met) => Reach::Here(met.union(of_tenant)),
            reach if of_tenant.actions.is_empty() => reach,
            Reach::NotYet | Reach::Column | Reach::OtherProject | Reach::Nothing => Reach::Here(of_tenant),
        }
    }

    fn reach_in_projects(&self, pattern: &str) -> Reach {
        let reach =
            |(name, known): &(String, OnceCell<OneProject>)| known.get_or_init(|| OneProject::of(name)).reach(pattern);
        let Some(any) = &self.any else { return self.projects.first().map_or(Reach::Nothing, reach) };
        let most = match any.reach(pattern) {
            Reach::Here(most) if !self.is_anywhere => most,
            reach @ (Reach::Here(_) | Reach::NotYet | Reach::Column | Reach::OtherProject | Reach::Nothing) => {
                return reach;
            }
        };
        let mut met = Met::default();
        for project in self.projects.iter().filter(|(name, _)| may_be_in(pattern, name)) {
            if let Reach::Here(more) = reach(project) {
                met = met.union(more);
            }
            if met == most {
                break;
            }
        }
        if met.actions.is_empty() { Reach::OtherProject } else { Reach::Here(met) }
    }
}

/// Whether no URI is as long as what a pattern matches at least: each character but `*` takes one of the URI.
fn is_too_long(pattern: &str) -> bool {
    pattern.chars().filter(|c| *c != '*').count() > LONGEST
}

/// Whether the beginning of a pattern leaves open that it is about something of this project.
fn may_be_in(pattern: &str, project: &str) -> bool {
    let Some(rest) = pattern.strip_prefix("projects/") else { return true };
    let literal = rest.split(['*', '?', '/']).next().unwrap_or_default();
    match rest.get(literal.len()..).and_then(|rest| rest.chars().next()) {
        Some('*' | '?') => project.starts_with(literal),
        Some(_) | None => project == literal,
    }
}

impl OneProject {
    /// The templates of the project of this name, which can be a mark.
    fn of(project: &str) -> Self {
        let project = project.to_owned();
        let base = format!("projects/{project}");
        let mut here: BTreeMap<String, Met> = BTreeMap::new();
        for action in Action::ALL.iter().copied() {
            for form in forms(action, &project) {
                let met = here.entry(format!("{base}{}", form.path)).or_default();
                met.actions = met.actions.with(action);
                if form.is_of_instance {
                    met.on_instances = met.on_instances.with(action);
                }
            }
        }
        let not_yet = [
            "schemas/%/models/%",
            "models/%",
            "volumes/$",
            "authorization/configurations/security_policy",
            "authorization/schemas/%/models/%",
            "authorization/acl/schemas/%/models/%",
            "authorization/models/%",
            "authorization/acl/models/%",
        ];
        let column = ["tables/%/%", "schemas/%/tables/%/%"].map(|path| format!("{base}/{path}"));
        Self {
            here: Known::of(here),
            column: compiled(column.into_iter()),
            not_yet: compiled(not_yet.iter().map(|path| format!("{base}/{path}"))),
            own: compiled([base.clone(), format!("{base}/"), format!("{base}/~")].into_iter()),
            any_project: compiled(std::iter::once("projects/~".to_owned())),
        }
    }

    fn reach(&self, pattern: &str) -> Reach {
        if is_too_long(pattern) {
            return Reach::Nothing;
        }
        let here = self.here.met(pattern);
        let meets = |templates: &Automaton| templates.meets(pattern);
        match () {
            () if !here.actions.is_empty() => Reach::Here(here),
            () if meets(&self.column) => Reach::Column,
            () if meets(&self.not_yet) => Reach::NotYet,
            () if meets(&self.any_project) && !meets(&self.own) => Reach::OtherProject,
            () => Reach::Nothing,
        }
    }
}

impl Templates {
    /// What applies to the objects that a pattern can be about.
    pub fn asked_on(&self, resource: &ResourcePattern) -> ActionSet {
        match self.reach(resource.rest()) {
            Reach::Here(met) => met.actions,
            Reach::NotYet | Reach::Column | Reach::OtherProject | Reach::Nothing => ActionSet::default(),
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
            PATH => Characters::Path,
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
    use crate::model::{Object, ObjectKind, ProjectId, ProjectRef};

    /// Whether something is asked for with a URI that the pattern matches.
    fn is_here(templates: &Templates, pattern: &str) -> bool {
        matches!(templates.reach(pattern), Reach::Here(_))
    }

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
            "projects/p/schemas/other",
            "projects/p/schemas/other/tables/t",
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
            assert!(is_here(&templates, here), "{here}");
        }
        for (pattern, reach) in [
            ("projects/p/tables/t/c", Reach::Column),
            ("projects/p/tables/t/*", Reach::Column),
            ("projects/p/schemas/default/tables/*/c", Reach::Column),
            ("projects/p/models/m", Reach::NotYet),
            ("projects/p/schemas/other/models/m", Reach::NotYet),
            ("projects/p/schemas/other/instances/i", Reach::Nothing),
            ("projects/p/quotas/q", Reach::Nothing),
            ("projects/p/authorization/configurations/security_policy", Reach::NotYet),
            ("*:projects/p/tables/t", Reach::Nothing),
            ("regions/x/tables/q", Reach::Nothing),
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
    fn patterns_of_a_tenant_are_about_its_projects() {
        let projects = ["p".to_owned(), "sales_db".to_owned(), "p2".to_owned()];
        let templates = Templates::of(&projects[..]);
        let (one, two) = (Templates::of("p"), Templates::of("sales_db"));
        for here in
            ["*", "projects/*", "projects/p", "projects/p/tables/t", "projects/p?/tables/*", "projects/*/tables/*"]
        {
            assert!(is_here(&templates, here), "{here}");
        }
        // What it meets is what it meets in any of them.
        let met = |templates: &Templates, pattern| match templates.reach(pattern) {
            Reach::Here(met) => met,
            Reach::NotYet | Reach::Column | Reach::OtherProject | Reach::Nothing => Met::default(),
        };
        for pattern in ["projects/*sales*", "projects/sales_db", "projects/*/tables/*", "projects/p*/resources/?"] {
            let both = met(&one, pattern).union(met(&two, pattern));
            assert_eq!(met(&templates, pattern).actions, both.actions, "{pattern}");
        }
        for (pattern, reach) in [
            ("projects/q", Reach::OtherProject),
            ("projects/q*/tables/t", Reach::OtherProject),
            ("projects/pp/tables/t", Reach::OtherProject),
            ("projects/*/tables/t/c", Reach::Column),
            ("projects/p/tabels/t", Reach::Nothing),
            ("quotas/q/r", Reach::Nothing),
        ] {
            assert_eq!(templates.reach(pattern), reach, "{pattern}");
        }
    }

    #[test]
    fn what_tenants_have_is_in_no_project() {
        let none: [String; 0] = [];
        let (project, tenant) = (Templates::of("p"), Templates::of(&none[..]));
        let met = |templates: &Templates, pattern| match templates.reach(pattern) {
            Reach::Here(met) => met.actions,
            Reach::NotYet | Reach::Column | Reach::OtherProject | Reach::Nothing => ActionSet::default(),
        };
        for pattern in ["quotas/q", "regions/*/images/i-1", "regions/*", "servers/*", "networklink/n?"] {
            assert_eq!(met(&project, pattern).iter().collect::<Vec<_>>(), [Action::Usage], "{pattern}");
            assert!(met(&tenant, pattern).contains(Action::Usage) && met(&tenant, pattern).contains(Action::Drop));
        }
        assert!(met(&tenant, "quotas/q").contains(Action::CreateQuota));
        assert!(!met(&tenant, "quotas/q").contains(Action::CreateImage));
        assert_eq!(met(&tenant, "projects/p"), ActionSet::default());
    }

    #[test]
    fn what_objects_and_management_have_is_reached_by_any_pattern_that_matches_it() {
        let project = ProjectRef { id: ProjectId(1), name: "p".into() };
        let mut uris: Vec<String> =
            Action::ALL.iter().map(|action| format!("projects/p{}", action.area().path())).collect();
        uris.retain(|uri| !uri.ends_with("super_administrator"));
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
            assert!(is_here(&templates, uri), "{uri}");
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
                assert!(is_here(&templates, &pattern), "{pattern} {uri}");
            }
        }
    }
}
