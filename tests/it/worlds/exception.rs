//! Exception policies as values, and the JSON text that is stored of them.

use fastrand::Rng;
use odpsh::model::{JobType, Object, ObjectKind, Principal, Time};
use serde_json::{Map, Value, json};

use super::{Addresses, chance, pick};

/// One statement of an exception policy.
#[derive(Debug, Clone)]
pub struct Statement {
    /// `None` is `*`.
    pub principals: Vec<Option<Principal>>,
    pub actions: Vec<ExceptionAction>,
    pub resources: Vec<Resource>,
    pub conditions: Vec<Condition>,
    /// Whether actions stand in one string, with commas (EXC-2).
    one_string: bool,
    /// Whether resources are written in capitals (SWI-6).
    capitals: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExceptionAction {
    Select,
    Read,
    Execute,
    Any,
}

/// What stands behind `projects/<p>/`, piece by piece.
#[derive(Debug, Clone)]
pub struct Resource(pub Vec<Piece>);

#[derive(Debug, Clone)]
pub enum Piece {
    Text(String),
    /// `*`
    Any,
    /// `?`
    One,
}

#[derive(Debug, Clone)]
pub enum Condition {
    Task { negated: bool, tasks: Vec<Task> },
    Time { negated: bool, order: Order, times: Vec<Time> },
    Address { negated: bool, lists: Vec<Vec<Addresses>> },
}

/// A value of `odps:TaskType`: exact, or what it begins with.
#[derive(Debug, Clone)]
pub enum Task {
    Exactly(JobType),
    Beginning(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Statement {
    /// A statement that often fits something that is asked for.
    pub fn random(rng: &mut Rng, people: &[Principal], objects: &[Object], now: Time) -> Self {
        let principal = |rng: &mut Rng| (!chance(rng, 35)).then(|| pick(rng, people).clone());
        let principals = (0..rng.usize(1..4)).map(|_| principal(rng)).collect();
        let kinds = [ExceptionAction::Select, ExceptionAction::Read, ExceptionAction::Execute, ExceptionAction::Any];
        let object = pick(rng, objects);
        let fitting = match object.kind {
            ObjectKind::Resource | ObjectKind::Instance => ExceptionAction::Read,
            ObjectKind::Function => *pick(rng, &[ExceptionAction::Read, ExceptionAction::Execute]),
            _ => ExceptionAction::Select,
        };
        let mut actions = vec![if chance(rng, 75) { fitting } else { *pick(rng, &kinds) }];
        if chance(rng, 25) {
            actions.push(*pick(rng, &kinds));
        }
        let another = if chance(rng, 50) { object } else { pick(rng, objects) };
        Self {
            principals,
            actions,
            resources: vec![Resource::random(rng, object), Resource::random(rng, another)],
            conditions: conditions(rng, now, 65, 22),
            one_string: chance(rng, 30),
            capitals: chance(rng, 20),
        }
    }

    /// The policy of these statements as a file's text.
    pub fn policy(all: &[Self], project: &str) -> String {
        let statements: Vec<Value> = all.iter().map(|statement| statement.json(project)).collect();
        let statements = match <[Value; 1]>::try_from(statements) {
            Ok([one]) => one,
            Err(more) => Value::Array(more),
        };
        json!({ "Version": "1", "Statement": statements }).to_string()
    }

    fn json(&self, project: &str) -> Value {
        let principals = self.principals.iter().map(|one| one.as_ref().map_or("*".to_owned(), ToString::to_string));
        let actions: Vec<&str> = self.actions.iter().map(|action| action.text()).collect();
        let resource = |resource: &Resource| {
            let text = resource.text();
            let text = if self.capitals { text.to_uppercase() } else { text };
            format!("acs:odps:*:projects/{project}/{text}")
        };
        let mut fields = json!({
            "Effect": "Allow",
            "Principal": principals.collect::<Vec<_>>(),
            "Action": if self.one_string { json!(actions.join(",")) } else { json!(actions) },
            "Resource": self.resources.iter().map(resource).collect::<Vec<_>>(),
        });
        if !self.conditions.is_empty() {
            fields["Condition"] = conditions_json(&self.conditions);
        }
        fields
    }
}

impl ExceptionAction {
    fn text(self) -> &'static str {
        match self {
            Self::Select => "odps:Select",
            Self::Read => "odps:Read",
            Self::Execute => "odps:Execute",
            Self::Any => "odps:*",
        }
    }
}

impl Resource {
    /// One that fits the object, or nearly.
    fn random(rng: &mut Rng, object: &Object) -> Self {
        use Piece::{Any, One, Text};
        let text = |text: &str| Text(text.to_owned());
        let kind = match object.kind {
            ObjectKind::Resource => "resources/",
            ObjectKind::Instance => "instances/",
            ObjectKind::Function => *pick(rng, &["functions/", "registration/functions/"]),
            _ => "tables/",
        };
        // What names no schema is in `default`.
        let kind = match object.schema.is_default() {
            true => kind.to_owned(),
            false => format!("schemas/{}/{kind}", object.schema),
        };
        let kind = kind.as_str();
        let name = object.name.clone();
        let first: String = name.chars().take(1).collect();
        Self(match rng.u32(0..9) {
            0..3 => vec![text(kind), Text(name.to_string())],
            3 => vec![text(kind), Text(first), Any],
            4 => vec![text(kind), Text(first), One],
            5 => vec![Any],
            6 => vec![text(pick::<&str>(rng, &["t", "f", "i", "resource"])), Any, text("/"), Any],
            7 => vec![text("resources/"), Any],
            _ if object.schema.is_default() => vec![text("schemas/default/"), text(kind), Any, text("1")],
            _ => vec![text("schemas/"), Any, text("/tables/"), text(&name)],
        })
    }

    /// Whether it has no wildcard.
    pub fn is_literal(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    pub(super) fn text(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Text(text) => text.clone(),
            Piece::Any => "*".to_owned(),
            Piece::One => "?".to_owned(),
        };
        self.0.iter().map(piece).collect()
    }
}

/// Conditions, so often on the task type, and so often on each other key.
pub(super) fn conditions(rng: &mut Rng, now: Time, on_task: u32, others: u32) -> Vec<Condition> {
    let mut conditions = Vec::new();
    if chance(rng, on_task) {
        let like = chance(rng, 20);
        let exact = [JobType::Sql, JobType::Dt, JobType::MapReduce];
        let task = |rng: &mut Rng| match like {
            true => Task::Beginning(pick::<&str>(rng, &["S", "D", "Map", ""])),
            false => Task::Exactly(*pick(rng, &exact)),
        };
        let tasks = (0..rng.usize(1..4)).map(|_| task(rng)).collect();
        conditions.push(Condition::Task { negated: chance(rng, 15), tasks });
    }
    if chance(rng, others) {
        let orders = [Order::Equal, Order::Less, Order::LessOrEqual, Order::Greater, Order::GreaterOrEqual];
        let order = *pick(rng, &orders);
        let times = (0..rng.usize(1..3)).map(|_| Time(now.0 + rng.i64(-1..3) * 1000)).collect();
        conditions.push(Condition::Time { negated: order == Order::Equal && chance(rng, 50), order, times });
    }
    if chance(rng, others) {
        let list = |rng: &mut Rng| (0..rng.usize(1..3)).map(|_| Addresses::random(rng)).collect();
        let lists = (0..rng.usize(1..3)).map(|_| list(rng)).collect();
        conditions.push(Condition::Address { negated: chance(rng, 20), lists });
    }
    conditions
}

/// The field `Condition`.
pub(super) fn conditions_json(conditions: &[Condition]) -> Value {
    let mut operators = Map::new();
    for condition in conditions {
        let (operator, key, values) = condition.json();
        operators.entry(operator).or_insert_with(|| json!({}))[key] = values;
    }
    Value::Object(operators)
}

/// The text of `privilegeproperties ("conditions"="…")`.
pub(super) fn conditions_text(conditions: &[Condition]) -> String {
    let spelled = conditions.iter().map(|condition| {
        let (operator, key, values) = condition.json();
        let values = values.as_array().expect("a list").iter().map(|value| value.as_str().expect("a text"));
        let values: Vec<String> = values.map(|value| format!("'{value}'")).collect();
        let relation = match operator {
            "StringEquals" | "DateEquals" | "IpAddress" => Some("in"),
            "StringNotEquals" | "DateNotEquals" | "NotIpAddress" => Some("not in"),
            _ => None,
        };
        match relation {
            Some(relation) => format!("{key} {relation} ({})", values.join(", ")),
            None => format!("{operator}({key}, {})", values.join(", ")),
        }
    });
    spelled.collect::<Vec<_>>().join(" and ")
}

impl Condition {
    fn json(&self) -> (&'static str, &'static str, Value) {
        match self {
            Self::Task { negated, tasks } => {
                let like = tasks.iter().any(|task| matches!(task, Task::Beginning(_)));
                let operator = match (like, negated) {
                    (false, false) => "StringEquals",
                    (false, true) => "StringNotEquals",
                    (true, false) => "StringLike",
                    (true, true) => "StringNotLike",
                };
                let text = |task: &Task| match task {
                    Task::Exactly(job) => job.name().to_owned(),
                    Task::Beginning(start) => format!("{start}*"),
                };
                (operator, "odps:TaskType", tasks.iter().map(text).collect())
            }
            Self::Time { negated, order, times } => {
                let operator = match (order, negated) {
                    (Order::Equal, false) => "DateEquals",
                    (Order::Equal, true) => "DateNotEquals",
                    (Order::Less, _) => "DateLessThan",
                    (Order::LessOrEqual, _) => "DateLessThanEquals",
                    (Order::Greater, _) => "DateGreaterThan",
                    (Order::GreaterOrEqual, _) => "DateGreaterThanEquals",
                };
                (operator, "acs:CurrentTime", times.iter().map(ToString::to_string).collect())
            }
            Self::Address { negated, lists } => {
                let operator = if *negated { "NotIpAddress" } else { "IpAddress" };
                (operator, "acs:SourceIp", lists.iter().map(|list| Addresses::list(list)).collect())
            }
        }
    }
}
