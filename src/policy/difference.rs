//! What one policy says and another does not: what is allowed anew, and what is no longer denied, which gives as well (ACC-8, DLC-2).

use std::collections::{BTreeSet, HashMap};

use super::access::{AccessPolicy, Principals};
use super::action_set::ActionSet;
use super::bits::Bits;
use super::effect::Effect;
use super::statement::Statement;
use crate::model::{Action, Principal};

/// What the statements of one effect say beyond those of another policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    actions: ActionSet,
    /// Whom they say it of.
    pub principals: Principals,
}

impl Difference {
    /// Whether this action is among them.
    pub fn includes(&self, action: Action) -> bool {
        self.actions.contains(action)
    }
}

/// Statements of one effect, by what they list: so the time does not grow with the product of long lists.
#[derive(Default)]
struct Listed<'s> {
    statements: Vec<&'s Statement>,
    anyone: Bits,
    principals: HashMap<String, Bits>,
    resources: HashMap<&'s str, Vec<u32>>,
    conditions: HashMap<Vec<String>, Bits>,
}

impl<'s> Listed<'s> {
    fn of(statements: impl Iterator<Item = &'s Statement>) -> Self {
        let mut listed = Self::default();
        for (at, statement) in (0..).zip(statements) {
            listed.statements.push(statement);
            if statement.is_for_anyone() {
                listed.anyone.set(at);
            }
            for principal in statement.principals.iter().filter_map(|principal| principal.named()) {
                listed.principals.entry(principal.key()).or_default().set(at);
            }
            for resource in &statement.resources {
                listed.resources.entry(resource.rest()).or_default().push(at);
            }
            listed.conditions.entry(conditions(statement)).or_default().set(at);
        }
        listed
    }

    /// The statements that count wherever one with these conditions does: conditions are and-ed, so theirs are among these.
    fn under(&self, conditions: &[String]) -> Bits {
        let mut found = Bits::default();
        for (known, statements) in &self.conditions {
            if known.iter().all(|condition| conditions.binary_search(condition).is_ok()) {
                found.add(statements);
            }
        }
        found
    }

    /// The principals that a statement names, by the statements among `within` that are for them.
    fn by_statements<'p>(&self, statement: &'p Statement, within: &Bits) -> HashMap<Bits, Vec<Option<&'p Principal>>> {
        let mut groups: HashMap<Bits, Vec<Option<&Principal>>> = HashMap::new();
        let named: Vec<Option<&Principal>> = match statement.is_for_anyone() {
            true => vec![None],
            false => statement.principals.iter().map(|principal| principal.named()).collect(),
        };
        let none = Bits::default();
        for principal in named {
            let own = principal.and_then(|principal| self.principals.get(&principal.key())).unwrap_or(&none);
            let mut meant = within.clone();
            meant.keep_one_of(&self.anyone, own);
            groups.entry(meant).or_default().push(principal);
        }
        groups
    }

    /// The actions that those of `within` say of this resource.
    fn actions(&self, resource: &str, within: &Bits) -> ActionSet {
        let on_it = self.resources.get(resource).into_iter().flatten().filter(|at| within.has(**at));
        let statements = on_it.filter_map(|at| self.statements.get(*at as usize));
        statements.fold(ActionSet::default(), |all, statement| all.union(statement.actions))
    }
}

/// What the statements of `effect` in `said` say and those in `known` do not. Resources and conditions are compared by what is written: what is
/// written otherwise counts as different.
fn difference(said: &[Statement], known: &[Statement], effect: Effect) -> Option<Difference> {
    let of_effect = |statements: &'_ &Statement| statements.effect == effect;
    let known = Listed::of(known.iter().filter(of_effect));
    let (mut actions, mut these, mut anyone) = (ActionSet::default(), BTreeSet::new(), false);
    let mut under: HashMap<Vec<String>, Bits> = HashMap::new();
    for statement in said.iter().filter(of_effect) {
        let conditions = conditions(statement);
        let within = under.entry(conditions).or_insert_with_key(|conditions| known.under(conditions));
        for (within, principals) in known.by_statements(statement, within) {
            let beyond = |resource: &str| statement.actions.difference(known.actions(resource, &within));
            let rest = statement.resources.iter().map(|resource| beyond(resource.rest()));
            let rest = rest.fold(ActionSet::default(), ActionSet::union);
            if !rest.is_empty() {
                actions = actions.union(rest);
                anyone |= principals.contains(&None);
                these.extend(principals.into_iter().flatten().cloned());
            }
        }
    }
    let principals = if anyone { Principals::Anyone } else { Principals::These(these) };
    (!actions.is_empty()).then_some(Difference { actions, principals })
}

/// The conditions in an order of their own.
fn conditions(statement: &Statement) -> Vec<String> {
    let mut conditions: Vec<String> = statement.conditions.iter().map(|condition| format!("{condition:?}")).collect();
    conditions.sort();
    conditions
}

impl AccessPolicy {
    /// What it no longer denies of what `before` denied.
    pub fn lifts(&self, before: Option<&Self>) -> Option<Difference> {
        difference(before?.statements(), self.statements(), Effect::Deny)
    }

    /// What it denies at all.
    pub fn denies(&self) -> Option<Difference> {
        difference(self.statements(), &[], Effect::Deny)
    }

    /// What it allows that `before` did not.
    pub fn adds(&self, before: Option<&Self>) -> Option<Difference> {
        difference(self.statements(), before.map(Self::statements).unwrap_or_default(), Effect::Allow)
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

    #[test]
    fn what_is_allowed_anew_is_told_for_each_principal() {
        let statement = |effect: &str, who: &str, rest: &str| {
            format!(r#"{{"Effect": "{effect}", "Principal": {who}, "Action": "odps:Select", "Resource": [{T}]{rest}}}"#)
        };
        let policy = |statements: &[String]| {
            let text = format!(r#"{{"Version": "1", "Statement": [{}]}}"#, statements.join(","));
            AccessPolicy::parse(&text, Profile::Project, "p").unwrap()
        };
        let a = || statement("Allow", r#""ALIYUN$a""#, "");
        let old = policy(&[a()]);
        let added = |new: &[String]| policy(new).adds(Some(&old)).map(|added| added.principals);
        let one = |who: &str| Some(Principals::These([Principal::parse(who).unwrap()].into()));
        assert_eq!(added(&[a(), statement("Deny", r#""*""#, "")]), None);
        assert_eq!(added(&[statement("Allow", r#"["ALIYUN$A", "RAM$b:c"]"#, "")]), one("RAM$b:c"));
        assert_eq!(added(&[a(), statement("Allow", r#""*""#, "")]), Some(Principals::Anyone));
        let office = r#", "Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}"#;
        assert_eq!(added(&[statement("Allow", r#""ALIYUN$a""#, office)]), None);
        let narrow = policy(&[statement("Allow", r#""ALIYUN$a""#, office)]);
        assert_eq!(old.adds(Some(&narrow)).map(|added| added.principals), one("ALIYUN$a"));
        assert_eq!(old.adds(None).map(|added| added.principals), one("ALIYUN$a"));
    }

    #[test]
    fn long_lists_do_not_multiply() {
        let list = |count: usize, of: &dyn Fn(usize) -> String| {
            (0..count).map(|at| format!("\"{}\"", of(at))).collect::<Vec<_>>().join(",")
        };
        let text = |effect: &str, last: &str| {
            format!(
                r#"{{"Version": "1", "Statement": [{{"Effect": "{effect}", "Principal": [{}, "{last}"], "Action": "odps:*", "Resource": [{}]}}]}}"#,
                list(8_000, &|at| format!("RAM$a:u{at}")),
                list(8_000, &|at| format!("acs:odps::projects/p/tables/t{at}")),
            )
        };
        let parse = |text: &str| AccessPolicy::parse(text, Profile::Project, "p").unwrap();
        let start = std::time::Instant::now();
        for effect in ["Allow", "Deny"] {
            let (old, new) = (parse(&text(effect, "RAM$a:x")), parse(&text(effect, "RAM$a:y")));
            assert!(new.adds(Some(&old)).is_some() || new.lifts(Some(&old)).is_some());
        }
        assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
    }
}
