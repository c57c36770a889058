//! Conditions of a policy statement: an operator, a key, values.
//!
//! Source: POLCOND, POLOP, POLKEY. Values of one condition are or-ed, conditions and-ed (EXC-5); the `Not` forms are the
//! opposite of the whole (Chosen: or-ed they would hold always).

use super::context::RequestContext;
use super::{address, pattern};
use crate::model::{JobType, Time};

/// One key, held against its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    negated: bool,
    test: Test,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    /// `odps:TaskType`: equal, or like.
    Task { like: bool, values: Vec<String> },
    /// `acs:CurrentTime`
    Time { order: Order, values: Vec<Time> },
    /// `acs:SourceIp`
    Address { values: Vec<String> },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Condition {
    /// Whether it is about `odps:TaskType`; a statement without such a condition excepts every job type (EXC-4).
    pub fn is_on_task_type(&self) -> bool {
        matches!(self.test, Test::Task { .. })
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
        let Test::Task { like, values } = &self.test else { return true };
        task_type(Some(job)).is_some_and(|task| is_among(task, values, *like) != self.negated)
    }

    /// Whether the condition holds. A key without a value, such as the task type of a Spark job, never holds.
    pub fn holds(&self, context: &RequestContext<'_>) -> bool {
        let found = match &self.test {
            Test::Task { like, values } => match task_type(context.job) {
                Some(task) => is_among(task, values, *like),
                None => return false,
            },
            Test::Time { order, values } => values.iter().any(|value| order.holds(context.now, *value)),
            Test::Address { values } => values.iter().any(|list| address::in_list(list, context.source.ip)),
        };
        found != self.negated
    }
}

fn is_among(task: &str, values: &[String], like: bool) -> bool {
    values.iter().any(|value| if like { pattern::matches(value, task) } else { value == task })
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
pub fn parse_condition(operator: &str, key: &str, values: Vec<String>) -> Result<Condition, String> {
    let (negated, test) = match key.to_lowercase().as_str() {
        "odps:tasktype" => task_test(operator, key, values)?,
        "acs:currenttime" => time_test(operator, key, &values)?,
        "acs:sourceip" => {
            let negated = match operator {
                "IpAddress" => false,
                "NotIpAddress" => true,
                _ => return Err(misfit(operator, key)),
            };
            if let Some(bad) = values.iter().find(|value| !address::is_list(value)) {
                return Err(format!("`{bad}` is not an IP address or network"));
            }
            (negated, Test::Address { values })
        }
        _ => {
            return Err(format!(
                "condition key `{key}` is not supported: use odps:TaskType, acs:CurrentTime or acs:SourceIp"
            ));
        }
    };
    Ok(Condition { negated, test })
}

fn task_test(operator: &str, key: &str, values: Vec<String>) -> Result<(bool, Test), String> {
    let (negated, like) = match operator {
        "StringEquals" => (false, false),
        "StringNotEquals" => (true, false),
        "StringLike" => (false, true),
        "StringNotLike" => (true, true),
        _ => return Err(misfit(operator, key)),
    };
    let known = ["DT", "SQL", "MapReduce"];
    let fits = |value: &String| match like {
        true => known.iter().any(|task| pattern::matches(value, task)),
        false => known.contains(&value.as_str()),
    };
    match values.iter().find(|value| !fits(value)) {
        Some(bad) => Err(format!("odps:TaskType must be exactly DT, SQL or MapReduce, not `{bad}` (EXC-4)")),
        None => Ok((negated, Test::Task { like, values })),
    }
}

fn time_test(operator: &str, key: &str, values: &[String]) -> Result<(bool, Test), String> {
    let (negated, order) = match operator {
        "DateEquals" => (false, Order::Equal),
        "DateNotEquals" => (true, Order::Equal),
        "DateLessThan" => (false, Order::Less),
        "DateLessThanEquals" => (false, Order::LessOrEqual),
        "DateGreaterThan" => (false, Order::Greater),
        "DateGreaterThanEquals" => (false, Order::GreaterOrEqual),
        _ => return Err(misfit(operator, key)),
    };
    let times = values
        .iter()
        .map(|value| Time::parse(value).ok_or_else(|| format!("`{value}` is not an ISO 8601 time")))
        .collect::<Result<_, _>>()?;
    Ok((negated, Test::Time { order, values: times }))
}

fn misfit(operator: &str, key: &str) -> String {
    format!("operator `{operator}` cannot be used with key `{key}`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Principal, Source};

    fn holds(operator: &str, key: &str, values: &[&str], job: JobType) -> bool {
        let values = values.iter().map(|value| (*value).to_owned()).collect();
        let (principal, source) = (Principal::parse("ALIYUN$a").unwrap(), Source::default());
        let context = RequestContext { principal: &principal, job: Some(job), source: &source, now: Time(1000) };
        parse_condition(operator, key, values).unwrap().holds(&context)
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
        let parse = |o: &str, k: &str, v: &str| parse_condition(o, k, vec![v.to_owned()]);
        assert!(parse("NumericEquals", "odps:TaskType", "SQL").is_err());
        assert!(parse("StringEquals", "odps:TaskType", "sql").is_err());
        assert!(parse("Bool", "acs:SecureTransport", "true").is_err());
        assert!(parse("DateLessThan", "acs:CurrentTime", "tomorrow").is_err());
        assert!(parse("IpAddress", "acs:SourceIp", "").is_err());
    }
}
