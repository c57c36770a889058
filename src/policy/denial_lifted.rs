use super::action_name;
use super::action_set::ActionSet;
use super::actions_removed::{left, says};
use super::draft::{Draft, Written};
use super::effect::Effect;
use super::meeting::trimmed;
use super::principal::PrincipalPattern;
use super::profile::Profile;
use super::resource::ResourcePattern;
use super::scope::Scope;
use super::template::Templates;
use crate::model::{Action, Principal};

/// A policy document of a project or of a role in it, in which one statement no longer denies an action on an object to a principal; without principal, that of a role; without
/// `uris`, on any object, as a grant by pattern requires ([`AccessPolicy::denies_anywhere`](super::AccessPolicy::denies_anywhere)).
///
/// The statement is split: for the other principals all of it stays, for this one the other actions and the other resources do. `*` among
/// the principals and a pattern among the resources cannot be narrowed, so what matches is left out whole: for everyone, on all that the
/// pattern matches. The first part that stays keeps the statement's number, the others come last.
///
/// Nothing if the document cannot be read, or its statement of this number, from 1, does not deny this.
pub fn without_denial<'a>(
    (old, scope): (&str, impl Into<Scope<'a>>),
    statement: usize,
    principal: Option<&Principal>,
    action: Action,
    uris: Option<&[String]>,
) -> Option<String> {
    let (mut draft, written) = Draft::of(old).ok()?;
    let at = statement.checked_sub(1)?;
    let whole = written.get(at).filter(|written| written.effect == Effect::Deny)?;
    let scope = scope.into();
    let profile = match principal {
        Some(_) => Profile::Project,
        None => Profile::of_role_that_holds(&[action], scope),
    };
    let (names, taken) = action_name::naming(ActionSet::default().with(action), profile, Effect::Deny);
    if !says(whole, taken, profile) {
        return None;
    }
    let other_actions = left(whole, taken, profile);
    let is_meant = |named: &String| match (PrincipalPattern::parse(named), principal) {
        (Some(PrincipalPattern::One(named)), Some(principal)) => named == *principal,
        (Some(PrincipalPattern::Anyone), _) => true,
        (Some(PrincipalPattern::One(_)), None) | (None, _) => false,
    };
    let is_about = |named: &String| match uris {
        Some(uris) => ResourcePattern::parse(named).is_some_and(|pattern| uris.iter().any(|uri| pattern.matches(uri))),
        None => true,
    };
    let (meant, others): (Option<Vec<_>>, Option<Vec<_>>) = match &whole.principals {
        Some(principals) => {
            let (meant, others) = principals.iter().cloned().partition(is_meant);
            (Some(meant), Some(others))
        }
        None => (None, Some(Vec::new())),
    };
    let (about, other_resources): (Vec<String>, Vec<String>) = whole.resources.iter().cloned().partition(is_about);
    if about.is_empty() || principal.is_some() != meant.is_some() || meant.as_ref().is_some_and(Vec::is_empty) {
        return None;
    }
    let parts = [
        Written { principals: others, ..whole.clone() },
        Written { principals: meant.clone(), actions: other_actions, ..whole.clone() },
        Written {
            principals: meant,
            actions: names.iter().map(|name| format!("odps:{name}")).collect(),
            resources: other_resources,
            ..whole.clone()
        },
    ];
    let templates = Templates::of(scope);
    let mut parts = parts.into_iter().filter_map(|part| trimmed(part, profile, &templates).json());
    let first = parts.next();
    let behind: Vec<String> = parts.collect();
    draft.statements.splice(at..=at, first);
    draft.statements.extend(behind);
    Some(draft.text())
}

#[cfg(test)]
mod tests;
