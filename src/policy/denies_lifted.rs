//! What a policy no longer denies: lifting a Deny gives as an Allow does (ACC-8, DLC-2).

use std::collections::{BTreeSet, HashMap};

use super::access::{AccessPolicy, Principals};
use super::action_set::ActionSet;
use super::effect::Effect;
use super::statement::Statement;
use crate::model::Action;

/// What a policy denied that the next one does not, or not in as many cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifted {
    actions: ActionSet,
    /// Whom it was denied to.
    pub principals: Principals,
}

impl Lifted {
    /// Whether this action is among what was denied.
    pub fn includes(&self, action: Action) -> bool {
        self.actions.contains(action)
    }
}

/// What the statements `old` deny and `new` do not; nothing if every Deny stays. Resources and principals are compared by what is written: a
/// Deny that is written otherwise counts as lifted.
pub(super) fn lifted(old: &[Statement], new: &[Statement]) -> Option<Lifted> {
    let mut kept: HashMap<&str, Vec<&Statement>> = HashMap::new();
    for statement in new.iter().filter(|statement| statement.effect == Effect::Deny) {
        for resource in &statement.resources {
            kept.entry(resource.rest()).or_default().push(statement);
        }
    }
    let (mut actions, mut these, mut anyone) = (ActionSet::default(), BTreeSet::new(), false);
    for statement in old.iter().filter(|statement| statement.effect == Effect::Deny) {
        for resource in &statement.resources {
            let on_it = kept.get(resource.rest()).map(Vec::as_slice).unwrap_or_default();
            let stays = |kept: &&&Statement| statement.is_for_those_of(kept);
            let still = on_it.iter().filter(stays).fold(ActionSet::default(), |set, kept| set.union(kept.actions));
            let gone = statement.actions.difference(still);
            if !gone.is_empty() {
                actions = actions.union(gone);
                anyone |= statement.is_for_anyone();
                these.extend(statement.principals.iter().filter_map(|principal| principal.named().cloned()));
            }
        }
    }
    let principals = if anyone { Principals::Anyone } else { Principals::These(these) };
    (!actions.is_empty()).then_some(Lifted { actions, principals })
}

impl AccessPolicy {
    /// What it no longer denies of what `before` denied.
    pub fn lifts(&self, before: Option<&Self>) -> Option<Lifted> {
        lifted(before?.statements(), self.statements())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Profile;

    fn policy(statements: &str) -> AccessPolicy {
        let text = format!(r#"{{"Version": "1", "Statement": [{statements}]}}"#);
        AccessPolicy::parse(&text, Profile::ResourceRole, "p").unwrap()
    }

    fn deny(actions: &str, resources: &str, rest: &str) -> String {
        format!(r#"{{"Effect": "Deny", "Action": [{actions}], "Resource": [{resources}]{rest}}}"#)
    }

    const T: &str = r#""acs:odps:*:projects/p/tables/t""#;
    const BOTH: &str = r#""acs:odps:*:projects/p/tables/t", "acs:odps:*:projects/p/tables/u""#;
    const DROP_AND_SELECT: &str = r#""odps:Drop", "odps:Select""#;

    #[test]
    fn what_is_gone_or_narrower_is_lifted() {
        let old = policy(&deny(DROP_AND_SELECT, T, ""));
        let lifted = |new: &str| policy(new).lifts(Some(&old)).map(|lifted| lifted.actions.iter().collect::<Vec<_>>());
        assert_eq!(lifted(&deny(DROP_AND_SELECT, BOTH, "")), None);
        assert_eq!(lifted(&[deny(r#""odps:Drop""#, T, ""), deny(r#""odps:*""#, T, "")].join(",")), None);
        assert_eq!(lifted(&deny(r#""odps:Drop""#, T, "")), Some(vec![Action::Select]));
        assert_eq!(lifted(""), Some(vec![Action::Select, Action::Drop]));
        let office = r#", "Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}"#;
        assert_eq!(lifted(&deny(DROP_AND_SELECT, T, office)), Some(vec![Action::Select, Action::Drop]));
        assert!(policy("").lifts(None).is_none() && old.lifts(Some(&policy(""))).is_none());
    }
}
