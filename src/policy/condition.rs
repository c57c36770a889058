//! Conditions of a policy statement: an operator, a key, values.
//!
//! Source: POLCOND, POLOP, POLKEY. Values of one condition are or-ed, conditions and-ed (EXC-5); the `Not` forms are the
//! opposite of the whole (Chosen: or-ed they would hold always).

use std::net::IpAddr;

use super::action_name;
use super::action_set::ActionSet;
use super::address::Addresses;
use super::asked::Asked;
use super::condition_key::{Class, Key, Keys};
use super::context::RequestContext;
use super::effect::Effect;
use super::operator::{Comparison, Operator, Order};
use super::pattern;
use crate::model::{Action, JobType, Time};
use crate::text::nearest;

/// One key, held against its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    key: Key,
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    Text { how: Match, values: Vec<String> },
    Time { order: Order, values: Vec<Time> },
    Truth { values: Vec<bool> },
    Address { values: Vec<Addresses> },
    Intersect { listed: ActionSet },
    Subset { listed: ActionSet },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Equal,
    EqualFolded,
    Like,
}

impl Match {
    fn fits(self, text: &str, value: &str) -> bool {
        match self {
            Self::Equal => value == text,
            Self::EqualFolded => value.eq_ignore_ascii_case(text),
            Self::Like => pattern::matches(value, text),
        }
    }
}

impl Condition {
    /// Whether it is about `odps:TaskType`; an exception without such a condition is for every job type (EXC-4).
    pub fn is_on_task_type(&self) -> bool {
        self.key == Key::TaskType
    }

    /// The key it is about, if its value is what the client says.
    pub fn claimed(&self) -> Option<Key> {
        Some(self.key).filter(|key| key.is_claimed())
    }

    /// The addresses at which it turns, if it is on the address.
    pub fn address_edges(&self) -> impl Iterator<Item = IpAddr> {
        let lists: &[Addresses] = if let Test::Address { values } = &self.test { values } else { &[] };
        lists.iter().flat_map(Addresses::edges)
    }

    /// The moments at which time alone turns it.
    pub fn turns(&self) -> Vec<Time> {
        let Test::Time { order, values } = &self.test else { return Vec::new() };
        let after = |value: &Time| Time(value.0.saturating_add(1));
        match order {
            Order::Less | Order::GreaterOrEqual => values.clone(),
            Order::LessOrEqual | Order::Greater => values.iter().map(after).collect(),
            Order::Equal => values.iter().flat_map(|value| [*value, after(value)]).collect(),
        }
    }

    /// Whether a condition on the task type holds for a job of this type; others may hold for any.
    pub fn admits(&self, job: JobType) -> bool {
        let Test::Text { how, values } = &self.test else { return true };
        let found = |task| values.iter().any(|value| how.fits(task, value));
        !self.is_on_task_type() || task_type(Some(job)).is_some_and(|task| found(task) != self.negated)
    }

    /// Why it never holds in a statement of this effect: none of its actions, or of those that apply to instances, has the key (POL-7).
    pub fn never_holds(&self, effect: Effect, actions: ActionSet, on_instances: ActionSet) -> Option<&'static str> {
        let without = match self.key {
            Key::Privileges if !actions.contains(Action::GrantPrivs) && !actions.contains(Action::RevokePrivs) => {
                "only odps:GrantPrivs and odps:RevokePrivs are about privileges"
            }
            Key::InstanceId if on_instances.is_empty() => "only actions on instances have one",
            Key::TaskType
            | Key::InstanceId
            | Key::UserAgent
            | Key::Referer
            | Key::CurrentTime
            | Key::SecureTransport
            | Key::SourceIp
            | Key::Privileges => return None,
        };
        (effect == Effect::Allow || !self.negated).then_some(without)
    }

    /// The key it is about.
    pub fn key(&self) -> Key {
        self.key
    }

    /// Whether the condition holds for a statement of this effect.
    ///
    /// A key without a value, such as the task type of a Spark job, never opens: in an Allow no condition on it holds, in a Deny the
    /// negative ones do (POL-7). Exceptions, which ask about no action, only allow.
    pub fn holds(&self, effect: Effect, context: &RequestContext<'_>, asked: Option<&Asked<'_>>) -> bool {
        match self.found(context, asked) {
            Some(found) => found != self.negated,
            None => effect == Effect::Deny && self.negated,
        }
    }

    /// Whether the value of the key is among those of the condition; nothing if the request has no such value.
    fn found(&self, context: &RequestContext<'_>, asked: Option<&Asked<'_>>) -> Option<bool> {
        match &self.test {
            Test::Text { how, values } => {
                let text = self.text(context, asked)?;
                Some(values.iter().any(|value| how.fits(text, value)))
            }
            Test::Time { order, values } => Some(values.iter().any(|value| order.holds(context.now, *value))),
            // What does not leave the process is not read on its way.
            Test::Truth { values } => Some(values.contains(&true)),
            Test::Address { values } => Some(values.iter().any(|list| list.contain(context.source.ip))),
            Test::Intersect { listed } => Some(!privileges(asked)?.intersection(*listed).is_empty()),
            Test::Subset { listed } => Some(privileges(asked)?.difference(*listed).is_empty()),
        }
    }

    /// The value of a key that is a text.
    fn text<'a>(&self, context: &RequestContext<'_>, asked: Option<&Asked<'a>>) -> Option<&'a str> {
        match self.key {
            Key::TaskType => task_type(context.job),
            Key::InstanceId => asked?.instance,
            // A process on the same machine sends neither.
            Key::UserAgent | Key::Referer => None,
            Key::CurrentTime | Key::SecureTransport | Key::SourceIp | Key::Privileges => None,
        }
    }
}

/// What is granted or revoked, `All` spelled out; nothing if the request is about no privileges.
fn privileges(asked: Option<&Asked<'_>>) -> Option<ActionSet> {
    let privileges = asked?.privileges;
    let all = if privileges.contains(&Action::All) { ActionSet::all_but_download() } else { ActionSet::default() };
    (!privileges.is_empty()).then(|| privileges.iter().copied().collect::<ActionSet>().union(all))
}

/// The value of `odps:TaskType`; other job types have none (EXC-4).
fn task_type(job: Option<JobType>) -> Option<&'static str> {
    job.filter(|job| matches!(job, JobType::Dt | JobType::Sql | JobType::MapReduce)).map(JobType::name)
}

impl Order {
    fn holds(self, now: Time, value: Time) -> bool {
        match self {
            Self::Equal => now == value,
            Self::Less => now < value,
            Self::LessOrEqual => now <= value,
            Self::Greater => now > value,
            Self::GreaterOrEqual => now >= value,
        }
    }
}

/// Reads a condition; the error is one line without place.
pub fn parse_condition(operator: &str, key: &str, values: Vec<String>, keys: Keys) -> Result<Condition, String> {
    let known = Key::parse(key).filter(|known| keys.include(*known)).ok_or_else(|| unknown_key(key, keys))?;
    let fits = |found: &Operator| found.class == known.class() && (keys == Keys::Access || found.is_for_exceptions());
    let found = Operator::parse(operator).filter(fits).ok_or_else(|| misfit(operator, key, known, keys))?;
    let test = match found.comparison {
        Comparison::Equal => text_test(known, Match::Equal, values)?,
        Comparison::EqualFolded => text_test(known, Match::EqualFolded, values)?,
        Comparison::Like => text_test(known, Match::Like, values)?,
        Comparison::Order(order) => Test::Time { order, values: each(&values, "an ISO 8601 time", Time::parse)? },
        Comparison::Truth => Test::Truth { values: each(&values, "`true` or `false`", truth)? },
        Comparison::Within => Test::Address { values: each(&values, "an IP address or network", Addresses::parse)? },
        Comparison::Intersect => Test::Intersect { listed: listed_privileges(&values)? },
        Comparison::Subset => Test::Subset { listed: listed_privileges(&values)? },
        Comparison::Number => return Err(misfit(operator, key, known, keys)),
    };
    Ok(Condition { key: known, negated: found.negated, test })
}

fn unknown_key(key: &str, keys: Keys) -> String {
    match keys {
        Keys::Exception => {
            format!("condition key `{key}` is not supported: use odps:TaskType, acs:CurrentTime or acs:SourceIp")
        }
        Keys::Access => {
            let names = Key::ALL.map(Key::name);
            match nearest(key, names) {
                Some(near) => format!("unknown condition key `{key}`: did you mean `{near}`?"),
                None => format!("unknown condition key `{key}`: use one of {}", names.join(", ")),
            }
        }
    }
}

/// Why an operator cannot be used with a key.
fn misfit(operator: &str, key: &str, known: Key, keys: Keys) -> String {
    let plain = format!("operator `{operator}` cannot be used with key `{key}`");
    if keys == Keys::Exception {
        return plain;
    }
    match Operator::parse(operator) {
        Some(found) if found.class == Class::Number => {
            format!("operator `{operator}` compares numbers, and no condition key is a number")
        }
        None if Operator::near(operator).is_some() => format!(
            "unknown condition operator `{operator}`: did you mean `{}`?",
            Operator::near(operator).unwrap_or_default()
        ),
        _ => {
            let fitting: Vec<_> = Operator::of(known.class()).collect();
            format!("{plain}: use one of {}", fitting.join(", "))
        }
    }
}

/// Every value, read.
fn each<T>(values: &[String], what: &str, read: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, String> {
    values.iter().map(|value| read(value).ok_or_else(|| format!("`{value}` is not {what}"))).collect()
}

fn truth(value: &str) -> Option<bool> {
    match value {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn text_test(key: Key, how: Match, values: Vec<String>) -> Result<Test, String> {
    let known = ["DT", "SQL", "MapReduce"];
    // A value that no job has would be a condition that never holds, or always.
    let fits = |value: &&String| key != Key::TaskType || known.iter().any(|task| how.fits(task, value));
    match values.iter().find(|value| !fits(value)) {
        Some(bad) => Err(format!("odps:TaskType must be exactly DT, SQL or MapReduce, not `{bad}` (EXC-4)")),
        None => Ok(Test::Text { how, values }),
    }
}

/// The actions that a condition on `acs:Privileges` lists.
fn listed_privileges(values: &[String]) -> Result<ActionSet, String> {
    values.iter().try_fold(ActionSet::default(), |set, value| {
        let name = value.split_once(':').filter(|(prefix, _)| prefix.eq_ignore_ascii_case("odps"));
        let name = name.map_or(value.as_str(), |(_, name)| name);
        match action_name::listed(name) {
            Some(actions) => Ok(set.union(actions)),
            None => Err(match action_name::near(name) {
                Some(near) => format!("`{value}` is not an action: did you mean `{near}`?"),
                None => format!("`{value}` is not an action"),
            }),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Principal, Source};

    fn holds(operator: &str, key: &str, values: &[&str], job: JobType) -> bool {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let (principal, source) = (Principal::parse("ALIYUN$a").unwrap(), Source::default());
        let context = RequestContext { principal: &principal, job: Some(job), source: &source, now: Time(1000) };
        parse_condition(operator, key, values, Keys::Exception).unwrap().holds(Effect::Allow, &context, None)
    }

    #[test]
    fn job_types_without_a_task_type_never_fit() {
        assert!(holds("StringEquals", "odps:TaskType", &["DT", "SQL"], JobType::Sql));
        assert!(!holds("StringNotEquals", "odps:TaskType", &["DT", "SQL"], JobType::Sql));
        assert!(holds("StringNotEquals", "odps:TaskType", &["DT"], JobType::Sql));
        assert!(!holds("StringNotEquals", "odps:TaskType", &["DT"], JobType::Spark));
        assert!(!holds("StringLike", "odps:TaskType", &["*"], JobType::Udf));
    }

    #[test]
    fn times_and_addresses() {
        assert!(holds("DateLessThan", "acs:CurrentTime", &["1970-01-01T00:00:02Z"], JobType::Sql));
        assert!(!holds("DateLessThan", "acs:CurrentTime", &["1970-01-01T00:00:01Z"], JobType::Sql));
        assert!(holds("IpAddress", "acs:SourceIp", &["127.0.0.0/8"], JobType::Sql));
        assert!(!holds("NotIpAddress", "acs:SourceIp", &["127.0.0.0/8"], JobType::Sql));
    }

    #[test]
    fn operators_keys_and_values_that_do_not_fit_are_refused() {
        let parse = |o: &str, k: &str, v: &str| parse_condition(o, k, vec![v.to_owned()], Keys::Exception);
        assert!(parse("NumericEquals", "odps:TaskType", "SQL").is_err());
        assert!(parse("StringEquals", "odps:TaskType", "sql").is_err());
        assert!(parse("Bool", "acs:SecureTransport", "true").is_err());
        assert!(parse("DateLessThan", "acs:CurrentTime", "tomorrow").is_err());
        assert!(parse("IpAddress", "acs:SourceIp", "").is_err());
    }
}
