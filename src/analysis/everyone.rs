//! Members whom one statement of the project's policy, for `*`, lets do something: said as every member, except those who cannot.

use super::reach::Reached;
use crate::error::Result;
use crate::model::{PolicyHolder, Principal, ProjectRef};
use crate::security::{Facts, Finding, Ground};

/// Fewer are listed one by one.
const LEAST: usize = 2;

/// Every member but some.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Everyone {
    /// One of those who can, for all of them.
    pub one: Reached,
    /// The members who cannot, or not as far.
    pub except: Vec<Principal>,
}

/// Those who can, in the project itself, with those put together who are said as every member. The members are without the owner.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn put_together(
    reached: Vec<Reached>,
    project: &ProjectRef,
    members: &[Principal],
    facts: &dyn Facts,
) -> Result<(Vec<Everyone>, Vec<Reached>)> {
    let mut groups: Vec<Vec<Reached>> = Vec::new();
    let mut others = Vec::new();
    for one in reached {
        if !members.contains(&one.principal) || !is_for_anyone(&one, project, facts)? {
            others.push(one);
            continue;
        }
        match groups.iter_mut().find(|group| group.first().is_some_and(|first| is_alike(first, &one))) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let mut everyone = Vec::new();
    // A group that is not put together says of its members what they can.
    let (large, small): (Vec<_>, Vec<_>) = groups.into_iter().partition(|group| group.len() >= LEAST);
    others.extend(small.into_iter().flatten());
    for group in large {
        let Some(one) = group.first() else { continue };
        let can = |member: &Principal| {
            let own = |reached: &Reached| reached.principal == *member && is_as_far(reached, one);
            group.iter().any(own) || others.iter().any(own)
        };
        let except: Vec<Principal> = members.iter().filter(|member| !can(member)).cloned().collect();
        if except.len() < group.len() {
            everyone.push(Everyone { one: one.clone(), except });
        } else {
            others.extend(group);
        }
    }
    others.sort_by_key(|one| (one.principal.key(), one.current.name.clone()));
    Ok((everyone, others))
}

/// Whether a statement for everyone in the project's own policy is what lets somebody.
fn is_for_anyone(reached: &Reached, project: &ProjectRef, facts: &dyn Facts) -> Result<bool> {
    let statement = reached.decision.evidence().iter().find_map(|evidence| {
        let Finding::Allowed(_, Ground::Policy(statement)) = &evidence.finding else { return None };
        statement.number.filter(|_| statement.holder == PolicyHolder::Project)
    });
    let (Some(number), true) = (statement, reached.current == *project) else { return Ok(false) };
    let policy = facts.policy(project.id, &PolicyHolder::Project)?;
    Ok(matches!(policy.as_deref(), Some(Ok(policy)) if policy.is_for_anyone(number)))
}

/// Whether two can for the same reason, as far and in the same circumstances.
fn is_alike(one: &Reached, other: &Reached) -> bool {
    (&one.columns, &one.when) == (&other.columns, &other.when) && one.decision.evidence() == other.decision.evidence()
}

/// Whether somebody can at least what another one can.
fn is_as_far(reached: &Reached, one: &Reached) -> bool {
    let is_wide = reached.columns.is_empty() || (!one.columns.is_empty() && one.columns.is_subset(&reached.columns));
    reached.current == one.current && is_wide && (reached.when.is_none() || reached.when == one.when)
}
