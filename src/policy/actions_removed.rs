use super::action_name;
use super::action_set::ActionSet;
use super::draft::{Draft, Written};
use super::effect::Effect;
use super::meeting::trimmed;
use super::profile::Profile;
use super::resource::ResourcePattern;
use super::scope::Scope;
use super::template::Templates;
use crate::error::{Code, Error, Result, shortened};
use crate::model::Action;

/// A policy document from which actions were removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removed {
    /// The new document.
    pub text: String,
    /// Whether a statement said so.
    pub found: bool,
    /// The numbers, from 1, of the statements of the new document that still say so: their resource is wider.
    pub still: Vec<usize>,
}

/// A role's policy document without these actions on this resource: what `revoke` with `privilegeproperties` produces (POL-8).
///
/// They are taken out of every statement of the effect that has the same resource, in every spelling and under all conditions. A statement
/// with more resources is split: its part that stays keeps its number, and the other part comes last. What is left of a wildcard is
/// spelled out, as far as it meets what is left of the resources.
///
/// # Errors
/// The document cannot be read, or the resource is not one.
pub fn without_actions<'a>(
    old: &str,
    effect: Effect,
    actions: &[Action],
    resource: &str,
    scope: impl Into<Scope<'a>>,
) -> Result<Removed> {
    let (draft, written) = Draft::of(old)?;
    let resource = pattern(resource)?;
    let scope = scope.into();
    let profile = profile_of(&written, actions, scope);
    let all = if actions.contains(&Action::All) { ActionSet::all_but_download() } else { ActionSet::default() };
    let (_, taken) = action_name::naming(actions.iter().copied().collect::<ActionSet>().union(all), profile, effect);

    let templates = Templates::of(scope);
    let canonical = resource.canonical();
    let mut found = false;
    let (mut kept, mut behind) = (Vec::new(), Vec::new());
    for (text, statement) in draft.statements.into_iter().zip(&written) {
        let is_same =
            |named: &&String| ResourcePattern::parse(named).is_some_and(|named| named.canonical() == canonical);
        let (same, others): (Vec<&String>, Vec<&String>) = statement.resources.iter().partition(is_same);
        if statement.effect != effect || same.is_empty() || !says(statement, taken, profile) {
            kept.push(text);
            continue;
        }
        found = true;
        let owned = |resources: Vec<&String>| resources.into_iter().cloned().collect::<Vec<_>>();
        let rest = Written { resources: owned(others), ..statement.clone() };
        let split = Written { resources: owned(same), actions: left(statement, taken, profile), ..statement.clone() };
        let [rest, split] = [rest, split].map(|part| trimmed(part, profile, &templates).json());
        match (rest, split) {
            (Some(rest), split) => {
                kept.push(rest);
                behind.extend(split);
            }
            (None, split) => kept.extend(split),
        }
    }
    kept.extend(behind);
    let text = Draft { statements: kept }.text();
    let (_, written) = Draft::of(&text)?;
    let covers = |statement: &Written| {
        let wider = |named: &String| ResourcePattern::parse(named).is_some_and(|named| named.covers(&resource));
        statement.effect == effect && says(statement, taken, profile) && statement.resources.iter().any(wider)
    };
    let still = (1..).zip(&written).filter(|(_, statement)| covers(statement)).map(|(number, _)| number).collect();
    Ok(Removed { text, found, still })
}

fn pattern(resource: &str) -> Result<ResourcePattern> {
    let wrong = || Error::new(Code::Policy, format!("`{}` is not a resource", shortened(resource)));
    ResourcePattern::parse(resource).ok_or_else(wrong)
}

/// What a document is attached to, by what it says.
fn profile_of(written: &[Written], actions: &[Action], scope: Scope<'_>) -> Profile {
    if written.iter().any(|statement| statement.principals.is_some()) {
        return Profile::Project;
    }
    Profile::of_role_that_holds(actions, scope)
}

fn name(action: &str) -> &str {
    action.split_once(':').map_or(action, |(_, name)| name)
}

/// Whether a statement is about one of these actions.
pub(super) fn says(statement: &Written, taken: ActionSet, profile: Profile) -> bool {
    let named = |action: &String| action_name::read(name(action), profile, statement.effect).ok();
    statement.actions.iter().filter_map(named).any(|named| !named.actions.intersection(taken).is_empty())
}

/// The actions of a statement without these.
pub(super) fn left(statement: &Written, taken: ActionSet, profile: Profile) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for action in &statement.actions {
        // What nobody knows any more is kept as it is.
        let rest = action_name::left_of(name(action), taken, profile, statement.effect);
        let rest = rest.unwrap_or_else(|_| vec![name(action).to_owned()]);
        for action in rest.iter().map(|name| format!("odps:{name}")) {
            if !left.contains(&action) {
                left.push(action);
            }
        }
    }
    left
}

#[cfg(test)]
mod tests;
