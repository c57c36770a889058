//! Whether a policy allows Download where the one before it did not (POL-10).

use std::collections::HashMap;

use super::bits::Bits;
use super::effect::Effect;
use super::principal::PrincipalPattern;
use super::statement::Statement;
use crate::model::Action;

/// The Allows of Download of a policy, by what they list.
#[derive(Default)]
struct Listed {
    principals: HashMap<Option<String>, Bits>,
    resources: HashMap<String, Bits>,
    conditions: HashMap<Vec<String>, Bits>,
}

/// Whether an Allow of Download is in `new` that was not in `old`.
///
/// One that lists a part of what an old one lists, under the same conditions, was there: so a statement can be split. Lists are
/// compared by what is written; a pattern in another form counts as new.
pub fn adds_download(new: &[Statement], old: &[Statement]) -> bool {
    let mut listed = Listed::default();
    for (at, statement) in (0..).zip(old).filter(|(_, statement)| allows(statement)) {
        listed.conditions.entry(conditions(statement)).or_default().set(at);
        for principal in &statement.principals {
            listed.principals.entry(key(principal)).or_default().set(at);
        }
        for resource in &statement.resources {
            listed.resources.entry(resource.rest().to_owned()).or_default().set(at);
        }
    }
    new.iter().filter(|statement| allows(statement)).any(|statement| !listed.has(statement))
}

impl Listed {
    /// Whether one statement lists all that this one does.
    fn has(&self, statement: &Statement) -> bool {
        let Some(known) = self.conditions.get(&conditions(statement)) else { return false };
        let mut known = known.clone();
        let none = Bits::default();
        for principal in &statement.principals {
            known.keep(self.principals.get(&key(principal)).unwrap_or(&none));
        }
        for resource in &statement.resources {
            known.keep(self.resources.get(resource.rest()).unwrap_or(&none));
        }
        !known.is_empty()
    }
}

fn allows(statement: &Statement) -> bool {
    statement.effect == Effect::Allow && statement.actions.contains(Action::Download)
}

fn key(principal: &PrincipalPattern) -> Option<String> {
    principal.named().map(crate::model::Principal::key)
}

/// The conditions in an order of their own: they are and-ed.
fn conditions(statement: &Statement) -> Vec<String> {
    let mut conditions: Vec<String> = statement.conditions.iter().map(|condition| format!("{condition:?}")).collect();
    conditions.sort();
    conditions
}
