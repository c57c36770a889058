use std::collections::BTreeSet;
use std::net::IpAddr;

use super::action_set::ActionSet;
use super::asked::Asked;
use super::condition::{Condition, parse_condition};
use super::condition_key::Keys;
use super::condition_text::conditions_of;
use super::context::RequestContext;
use super::effect::Effect;
use crate::error::{Code, Error, Result};
use crate::model::{Action, ObjectKind, Time};

/// The conditions of an ACL entry: the text of `grant … privilegeproperties ("conditions"="…")`, with the same meaning as in a policy (POL-7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions(Vec<Condition>);

impl Conditions {
    /// Reads a text.
    ///
    /// # Errors
    /// As [`conditions_of`].
    pub fn parse(text: &str) -> Result<Self> {
        let blocks = conditions_of(text)?;
        let mut conditions = Vec::new();
        for (operator, keys) in blocks.as_object().into_iter().flatten() {
            for (key, values) in keys.as_object().into_iter().flatten() {
                let values = values.as_array().into_iter().flatten();
                let values = values.filter_map(|value| value.as_str().map(str::to_owned)).collect();
                let condition = parse_condition(operator, key, values, Keys::Access);
                conditions.push(condition.map_err(|problem| Error::new(Code::Policy, problem))?);
            }
        }
        Ok(Self(conditions))
    }

    /// Reads the text of a new entry, which must be able to count: an entry under a condition that never holds looks like a right.
    ///
    /// # Errors
    /// The text cannot be read, or the action has no such key on objects of this kind.
    pub fn parse_new(text: &str, action: Action, kind: ObjectKind) -> Result<Self> {
        let conditions = Self::parse(text)?;
        let actions: ActionSet = [action].into_iter().collect();
        let on_instances = if kind == ObjectKind::Instance { actions } else { ActionSet::default() };
        let missed = |condition: &Condition| {
            let reason = condition.never_holds(Effect::Allow, actions, on_instances)?;
            Some((condition.key().name(), reason))
        };
        match conditions.0.iter().find_map(missed) {
            Some((key, reason)) => {
                let message =
                    format!("{action} on a {} has no {key}: the grant would never count (POL-7)", kind.name());
                Err(Error::new(Code::Policy, message).help(reason))
            }
            None => Ok(conditions),
        }
    }

    /// Whether all of them hold; `instance` is the instance that is touched, if it is one.
    pub fn hold(&self, context: &RequestContext<'_>, action: Action, instance: Option<&str>) -> bool {
        let none = BTreeSet::new();
        let asked = Asked { action, uris: &[], privileges: &none, instance };
        self.0.iter().all(|condition| condition.holds(Effect::Allow, context, Some(&asked)))
    }

    /// The moments at which time alone turns them.
    pub fn turns(&self) -> impl Iterator<Item = Time> {
        self.0.iter().flat_map(Condition::turns)
    }

    /// The addresses at which they turn.
    pub fn address_edges(&self) -> impl Iterator<Item = IpAddr> {
        self.0.iter().flat_map(Condition::address_edges)
    }

    /// Whether one is on the kind of job.
    pub fn asks_for_the_job(&self) -> bool {
        self.0.iter().any(Condition::is_on_task_type)
    }

    /// The keys whose values are what the client says, by name.
    pub fn claimed(&self) -> BTreeSet<&'static str> {
        self.0.iter().filter_map(Condition::claimed).map(|key| key.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{JobType, Principal, Source};

    #[test]
    fn conditions_of_an_entry_mean_what_they_mean_in_a_policy() {
        let principal = Principal::parse("ALIYUN$a").unwrap();
        let source = Source::internet("10.0.0.1".parse().unwrap());
        let context =
            RequestContext { principal: &principal, job: Some(JobType::Sql), source: &source, now: Time(1000) };
        let holds = |text| Conditions::parse(text).unwrap().hold(&context, Action::Select, Some("i1"));
        assert!(holds("acs:SourceIp in ('10.0.0.0/8') and acs:CurrentTime < '1970-01-01T00:00:02Z'"));
        assert!(!holds("acs:SourceIp in ('10.0.0.0/8') and acs:CurrentTime > '1970-01-01T00:00:02Z'"));
        assert!(!holds("acs:SourceIp not in ('10.0.0.0/8')") && !holds("acs:SourceIp = '11.0.0.1'"));
        assert!(holds("odps:TaskType = 'SQL'") && !holds("odps:TaskType = 'DT'"));
        assert!(holds("odps:InstanceId like 'i*'") && !holds("acs:UserAgent != 'x'"));
        assert!(!holds("StringIntersectSetEmpty(acs:Privileges, 'Drop')"));
    }

    #[test]
    fn a_condition_that_never_holds_is_refused() {
        let new = |text, action, kind| Conditions::parse_new(text, action, kind);
        assert!(new("odps:InstanceId = 'a'", Action::Select, ObjectKind::Table).is_err());
        assert!(new("odps:InstanceId = 'a'", Action::Read, ObjectKind::Instance).is_ok());
        assert!(new("StringSubSet(acs:Privileges, 'Drop')", Action::Select, ObjectKind::Table).is_err());
        assert!(new("acs:Referer = 'a'", Action::Select, ObjectKind::Table).is_ok());
    }
}
