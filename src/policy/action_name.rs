//! The names that policies have for actions, and what each stands for (POL-5).

use std::sync::LazyLock;

use super::action_set::ActionSet;
use super::effect::Effect;
use super::pattern;
use super::profile::Profile;
use crate::model::Action;
use crate::text::nearest;

/// One name, and its actions.
struct Name {
    name: &'static str,
    /// The same in lower case, to be matched.
    characters: Vec<char>,
    /// The spelling that is shown: of a name that one page of the documentation has, that of the others.
    shown: &'static str,
    /// The actions that the service calls so.
    own: ActionSet,
    /// The same, and the actions that the service has no name for and decides with them.
    with_parts: ActionSet,
}

/// What owners of tables may do, and nobody can let others do: it is denied with Alter (ACC-7, DEL-1).
const OF_OWNERS: &[Action] = &[Action::ChangeOwner, Action::Undrop];

/// Actions that are parts of another one for the service, and have other holders here: no policy can name them.
///
/// `purge privs` is RevokePrivs (ADM-1); a table's owner is changed by `alter table` (PERM), and a Deny of that closes bringing it back as well.
const PARTS: &[(Action, &[Action])] = &[
    (Action::Alter, OF_OWNERS),
    (Action::CreateRole, &[Action::CreateAdministratorRole]),
    (Action::GrantRole, &[Action::GrantAdmin, Action::GrantSuperAdministrator]),
    (Action::GrantPrivs, &[Action::GrantDownload]),
    (Action::RevokePrivs, &[Action::PurgePrivs]),
];

/// Actions that no policy can give to a role (ADM-2).
const NEVER_DELEGATED: &[Action] = &[
    Action::CreateAdministratorRole,
    Action::GrantAdmin,
    Action::GrantSuperAdministrator,
    Action::GrantDownload,
    Action::PutAdministratorPolicy,
    Action::GetAdministratorPolicy,
    Action::SetOtherProperty,
];

/// Names that one page of the documentation has for what the others call differently. Source: PERM, ROLE.
const ALIASES: &[(&str, Action)] = &[
    ("AddTrustedProjects", Action::AddTrustedProject),
    ("RemoveTrustedProjects", Action::RemoveTrustedProject),
    ("AddAccountProviders", Action::AddAccountProvider),
    ("RemoveAccountProviders", Action::RemoveAccountProvider),
    ("ListPrincipalRoles", Action::ListUserRoles),
];

/// Documented actions that nothing here asks for yet.
const NOT_YET: &[&str] = &["CreateJob", "Run", "UpdateTenantObjectBindings"];

impl Name {
    /// `All` is not one of the actions: a pattern stands for actions.
    fn is_an_action(&self) -> bool {
        self.name != Action::All.name()
    }
}

static NAMES: LazyLock<Vec<Name>> = LazyLock::new(|| {
    let is_part = |action: Action| PARTS.iter().any(|(_, parts)| parts.contains(&action));
    let characters = |name: &str| name.to_ascii_lowercase().chars().collect();
    let mut names: Vec<Name> = Vec::new();
    for action in Action::ALL.iter().copied().filter(|action| !is_part(*action)) {
        let parts = PARTS.iter().filter(|(whole, _)| *whole == action).flat_map(|(_, parts)| parts.iter().copied());
        let with_parts = parts.collect::<ActionSet>().with(action);
        let service = action.service_name();
        match names.iter_mut().find(|known| known.name == service) {
            Some(known) => {
                known.own = known.own.with(action);
                known.with_parts = known.with_parts.union(with_parts);
            }
            None => {
                let own = ActionSet::default().with(action);
                names.push(Name { name: service, characters: characters(service), shown: service, own, with_parts });
            }
        }
    }
    let alias = |(name, action): &(&'static str, Action)| {
        let actions = ActionSet::default().with(*action);
        Name { name, characters: characters(name), shown: action.service_name(), own: actions, with_parts: actions }
    };
    names.extend(ALIASES.iter().map(alias));
    names
});

/// What a name of a statement stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name as it is shown.
    pub shown: String,
    /// Its actions.
    pub actions: ActionSet,
}

/// Why a name cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// It is not an action; the nearest is given.
    Unknown(Option<&'static str>),
    /// It is documented, and nothing here asks for it yet.
    NotYet,
    /// Such a document cannot hold it.
    OtherType,
    /// A pattern that stands for no action here.
    NoAction,
}

/// What an action name, without `odps:`, stands for in a statement.
pub fn read(name: &str, profile: Profile, effect: Effect) -> Result<Named, Refused> {
    let scope = scope(profile, effect);
    if name.contains('*') {
        return by_pattern(name, effect, scope);
    }
    if name.eq_ignore_ascii_case(Action::All.name()) {
        let actions = ActionSet::all_but_download().union(of_owners()).intersection(scope);
        let named = Named { shown: Action::All.name().to_owned(), actions };
        return if actions.is_empty() { Err(Refused::OtherType) } else { Ok(named) };
    }
    let Some(known) = find(name) else {
        let is_known = NOT_YET.iter().any(|known| known.eq_ignore_ascii_case(name));
        return Err(if is_known { Refused::NotYet } else { Refused::Unknown(near(name)) });
    };
    match known.with_parts.intersection(scope) {
        actions if actions.is_empty() => Err(Refused::OtherType),
        actions => Ok(Named { shown: known.shown.to_owned(), actions }),
    }
}

fn by_pattern(name: &str, effect: Effect, scope: ActionSet) -> Result<Named, Refused> {
    // Once, and not for each name: a document can have very many patterns.
    let folded: Vec<char> = name.to_ascii_lowercase().chars().collect();
    let meant = NAMES
        .iter()
        .filter(|known| known.is_an_action() && pattern::matches_folded(&folded, &known.characters))
        .fold(ActionSet::default(), |set, known| set.union(known.with_parts));
    let actions = match effect {
        Effect::Allow => meant.intersection(scope).without(Action::Download),
        Effect::Deny => meant.intersection(scope),
    };
    match () {
        () if !actions.is_empty() => Ok(Named { shown: name.to_owned(), actions }),
        () if meant.is_empty() && NOT_YET.iter().any(|known| pattern::matches(name, known)) => Err(Refused::NotYet),
        () if meant.is_empty() => Err(Refused::Unknown(None)),
        () if meant.intersection(scope).is_empty() => Err(Refused::OtherType),
        () => Err(Refused::NoAction),
    }
}

fn of_owners() -> ActionSet {
    OF_OWNERS.iter().copied().collect()
}

/// The actions that a statement can be about (POL-5). Changing an owner is denied with Alter, and nothing allows it (ACC-7).
fn scope(profile: Profile, effect: Effect) -> ActionSet {
    let management = ActionSet::of_management().difference(of_owners());
    // Only tenant roles make tenant resources (TRS-5), and a project policy does not let anyone use them (TRS-3).
    let objects = ActionSet::of_objects().difference(ActionSet::making_tenant_resources());
    let denied = objects.union(of_owners());
    match (profile, effect) {
        (Profile::Project, Effect::Allow) => objects.without(Action::Usage),
        (Profile::ResourceRole, Effect::Allow) => objects,
        (Profile::ResourceRole, Effect::Deny) => denied,
        (Profile::TenantRole, Effect::Allow) => ActionSet::of_objects(),
        (Profile::TenantRole, Effect::Deny) => ActionSet::of_objects().union(of_owners()),
        (Profile::Project, Effect::Deny) => denied.union(management),
        (Profile::AdministratorRole, Effect::Deny) => management,
        (Profile::AdministratorRole, Effect::Allow) => management.difference(NEVER_DELEGATED.iter().copied().collect()),
    }
}

/// The names, each with its actions, that spell out what a statement can be about.
fn spelled(profile: Profile, effect: Effect) -> impl Iterator<Item = (&'static str, ActionSet)> {
    let scope = scope(profile, effect);
    let names = NAMES.iter().filter(|known| known.is_an_action() && known.name == known.shown);
    names
        .map(move |known| (known.name, known.with_parts.intersection(scope)))
        .filter(|(_, actions)| !actions.is_empty())
}

/// The names that stand for one of these actions in a statement, and everything they stand for: a policy cannot tell apart what has one
/// name.
pub fn naming(actions: ActionSet, profile: Profile, effect: Effect) -> (Vec<&'static str>, ActionSet) {
    let (names, sets): (Vec<_>, Vec<_>) =
        spelled(profile, effect).filter(|(_, named)| !named.intersection(actions).is_empty()).unzip();
    (names, sets.into_iter().fold(ActionSet::default(), ActionSet::union))
}

/// What is left of a name, without `odps:`, when these actions are taken out: itself if it stands for none of them, else the names of the
/// others.
pub fn left_of(name: &str, taken: ActionSet, profile: Profile, effect: Effect) -> Result<Vec<String>, Refused> {
    let actions = read(name, profile, effect)?.actions;
    if actions.intersection(taken).is_empty() {
        return Ok(vec![name.to_owned()]);
    }
    let rest = actions.difference(taken);
    let is_left = |(_, named): &(&str, ActionSet)| named.difference(rest).is_empty();
    Ok(spelled(profile, effect).filter(is_left).map(|(name, _)| name.to_owned()).collect())
}

/// The actions of a name in a list of privileges: `All` is spelled out.
pub fn listed(name: &str) -> Option<ActionSet> {
    match name.eq_ignore_ascii_case(Action::All.name()) {
        true => Some(ActionSet::all_but_download()),
        false => find(name).map(|known| known.own),
    }
}

fn find(name: &str) -> Option<&'static Name> {
    NAMES.iter().find(|known| known.name.eq_ignore_ascii_case(name))
}

/// The name that was probably meant.
pub fn near(name: &str) -> Option<&'static str> {
    nearest(name, NAMES.iter().map(|known| known.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(name: &str, profile: Profile, effect: Effect) -> Vec<Action> {
        read(name, profile, effect).unwrap().actions.iter().collect()
    }

    #[test]
    fn one_name_is_that_of_several_actions() {
        use Action::{
            CreateAdministratorRole, CreateRole, GrantAdmin, GrantAdministratorRole, GrantRole,
            GrantSuperAdministrator, PurgePrivs, PutAdministratorPolicy, PutException, PutPolicy, PutRolePolicy,
            RevokePrivs,
        };
        let (admin, project) = (Profile::AdministratorRole, Profile::Project);
        assert_eq!(actions("putpolicy", admin, Effect::Allow), [PutPolicy, PutException, PutRolePolicy]);
        let put = [PutPolicy, PutException, PutRolePolicy, PutAdministratorPolicy];
        assert_eq!(actions("PutPolicy", project, Effect::Deny), put);
        assert_eq!(actions("GrantRole", admin, Effect::Allow), [GrantRole, GrantAdministratorRole]);
        let given = [GrantRole, GrantAdmin, GrantAdministratorRole, GrantSuperAdministrator];
        assert_eq!(actions("GrantRole", admin, Effect::Deny), given);
        assert_eq!(actions("CreateRole", project, Effect::Deny), [CreateRole, CreateAdministratorRole]);
        assert_eq!(actions("RevokePrivs", admin, Effect::Allow), [RevokePrivs, PurgePrivs]);
        assert_eq!(actions("ListPrincipalRoles", admin, Effect::Allow), [Action::ListUserRoles]);
    }

    #[test]
    fn wildcards_stand_for_what_the_document_may_hold() {
        let (admin, project, role) = (Profile::AdministratorRole, Profile::Project, Profile::ResourceRole);
        let holds =
            |name, profile, effect, action| read(name, profile, effect).is_ok_and(|it| it.actions.contains(action));
        for profile in [project, role] {
            assert!(!holds("*", profile, Effect::Allow, Action::Download));
            assert!(!holds("*", profile, Effect::Allow, Action::GrantPrivs));
            assert!(holds("*", profile, Effect::Deny, Action::Download));
            assert!(holds("D*", profile, Effect::Deny, Action::Download));
            assert!(!holds("All", profile, Effect::Deny, Action::Download));
            assert!(!holds("D*", profile, Effect::Allow, Action::Download));
            assert!(holds("Download", profile, Effect::Allow, Action::Download));
        }
        for action in Action::ALL.iter().copied().filter(|action| *action != Action::All) {
            assert_eq!(holds("*", project, Effect::Deny, action), !action.makes_tenant_resources(), "{action}");
            let is_allowed = !action.is_management() && action != Action::Download;
            assert_eq!(holds("*", Profile::TenantRole, Effect::Allow, action), is_allowed, "{action}");
        }
        assert!(!holds("*", project, Effect::Allow, Action::Usage) && holds("*", role, Effect::Allow, Action::Usage));
        assert!(!holds("*", role, Effect::Allow, Action::CreateImage));
        for profile in [project, role] {
            assert!(holds("Alter", profile, Effect::Deny, Action::ChangeOwner));
            assert!(!holds("*", profile, Effect::Allow, Action::ChangeOwner));
        }
        assert!(!holds("*", admin, Effect::Deny, Action::ChangeOwner));
        // `All` is not among the actions that `A*` stands for.
        assert!(!holds("A*", role, Effect::Allow, Action::Select) && holds("A*", role, Effect::Allow, Action::Alter));
        for never in NEVER_DELEGATED.iter().copied() {
            assert!(!holds("*", admin, Effect::Allow, never) && holds("*", admin, Effect::Deny, never), "{never}");
        }
    }

    #[test]
    fn names_spell_out_what_a_wildcard_stands_for() {
        for profile in [Profile::Project, Profile::ResourceRole, Profile::AdministratorRole] {
            for effect in Effect::ALL {
                let everything =
                    spelled(profile, effect).fold(ActionSet::default(), |set, (_, named)| set.union(named));
                let expected = match effect {
                    Effect::Allow => everything.without(Action::Download),
                    Effect::Deny => everything,
                };
                assert_eq!(read("*", profile, effect).unwrap().actions, expected);
            }
        }
        let left = |name, taken| {
            left_of(name, ActionSet::default().with(taken), Profile::ResourceRole, Effect::Allow).unwrap()
        };
        assert_eq!(left("D*", Action::Describe), ["Drop", "Delete"]);
        assert_eq!(left("D*", Action::Select), ["D*"]);
        assert_eq!(left("select", Action::Select), <[&str; 0]>::default());
        assert!(!left("All", Action::Select).contains(&"Download".to_owned()));
        let denied = left_of("All", ActionSet::default().with(Action::Select), Profile::Project, Effect::Deny).unwrap();
        assert!(denied.contains(&"Alter".to_owned()));
    }

    #[test]
    fn other_names_are_refused_with_the_reason() {
        let of = |name, profile, effect| read(name, profile, effect).unwrap_err();
        let role = Profile::ResourceRole;
        assert_eq!(of("Selct", role, Effect::Allow), Refused::Unknown(Some("Select")));
        assert_eq!(of("CreateJob", Profile::AdministratorRole, Effect::Allow), Refused::NotYet);
        assert_eq!(of("Cr*Job", role, Effect::Allow), Refused::NotYet);
        assert_eq!(of("CreateQuota", role, Effect::Allow), Refused::OtherType);
        assert_eq!(of("Usage", Profile::Project, Effect::Allow), Refused::OtherType);
        assert_eq!(of("Foo*", role, Effect::Allow), Refused::Unknown(None));
        assert_eq!(of("CreatePackage", role, Effect::Deny), Refused::OtherType);
        assert_eq!(of("CreatePackage", Profile::Project, Effect::Allow), Refused::OtherType);
        assert_eq!(of("Select", Profile::AdministratorRole, Effect::Deny), Refused::OtherType);
        assert_eq!(of("All", Profile::AdministratorRole, Effect::Deny), Refused::OtherType);
        assert_eq!(of("Add*", role, Effect::Allow), Refused::OtherType);
        assert_eq!(of("Downl*", role, Effect::Allow), Refused::NoAction);
        assert!(matches!(of("GrantDownload", Profile::Project, Effect::Deny), Refused::Unknown(_)));
        assert!(matches!(of("?elect", role, Effect::Deny), Refused::Unknown(_)));
        for name in NOT_YET {
            assert!(find(name).is_none(), "{name} is there: take it off the list");
        }
    }
}
