//! EXC-1 to EXC-6: whether an exception statement matches, on the values that the policy's text was made from.

use odpsh::model::{Grant, JobType, Object, ObjectKind, Principal};
use odpsh::security::Flow;

use super::Hearing;
use super::project::holds;
use crate::it::worlds::{Condition, ExceptionAction, Order, Piece, Project, Resource, Statement, Task};

/// How far a statement fits, part by part.
struct Fit {
    principal: bool,
    action: bool,
    resource: bool,
    conditions: Vec<bool>,
}

impl Fit {
    fn whole(&self) -> bool {
        self.principal && self.action && self.resource && self.conditions.iter().all(|holds| *holds)
    }
}

impl Hearing<'_> {
    /// EXC-5: statements are or-ed.
    pub(super) fn any_statement(&mut self, project: &Project, object: &Object) -> bool {
        let Some(place) = project.exception.iter().position(|statement| self.fit(statement, object).whole()) else {
            return false;
        };
        let statement = &project.exception[place];
        if place > 0 {
            self.say("EXC-5 or-ed statements", true);
        }
        if statement.conditions.len() > 1 {
            self.say("EXC-5 and-ed conditions", true);
        }
        if statement.principals.iter().all(Option::is_some) {
            self.say("EXC-1 principal", true);
        }
        self.say("EXC-2 action", true);
        self.say(action_of(object.kind), true);
        self.say("EXC-3 resource", true);
        let on_task = statement.conditions.iter().any(|condition| matches!(condition, Condition::Task { .. }));
        if on_task {
            self.say("EXC-4 task type", true);
        } else if !self.has_task_type() {
            self.say("EXC-4 every job type", true);
        }
        true
    }

    /// Why the statements on the source itself did not match, where one part alone kept them from it.
    pub(super) fn near_misses(&mut self, flow: &Flow, project: &Project) {
        for statement in &project.exception {
            let Fit { principal, action, resource, conditions } = self.fit(statement, &flow.source);
            let failed = conditions.iter().filter(|holds| !**holds).count();
            match (principal, action, resource, failed) {
                (false, true, true, 0) => {
                    self.say("EXC-1 principal", false);
                    let account = self.request.principal.account_key();
                    let named = |one: &Principal| one.is_account() && one.account_key() == account;
                    if statement.principals.iter().flatten().any(named) {
                        self.say("EXC-1 an account does not stand for its RAM users", false);
                    }
                }
                (true, false, true, 0) => {
                    self.say("EXC-2 action", false);
                    self.say(action_of(flow.source.kind), false);
                }
                (true, true, false, 0) => self.say("EXC-3 resource", false),
                (true, true, true, 1) if conditions.len() > 1 => self.say("EXC-5 and-ed conditions", false),
                (true, true, true, 1) => {
                    let on_task = matches!(statement.conditions[0], Condition::Task { .. });
                    if on_task && !self.has_task_type() {
                        self.say("EXC-4 every job type", false);
                    } else if on_task {
                        self.say("EXC-4 task type", false);
                    }
                }
                _ => {}
            }
        }
    }

    fn fit(&self, statement: &Statement, object: &Object) -> Fit {
        let caller = &self.request.principal;
        let needed: &[ExceptionAction] = match object.kind {
            ObjectKind::Table | ObjectKind::View => &[ExceptionAction::Select],
            ObjectKind::Resource | ObjectKind::Instance => &[ExceptionAction::Read],
            ObjectKind::Function => &[ExceptionAction::Read, ExceptionAction::Execute],
            _ => panic!("data comes from tables, views, resources, functions and instances"),
        };
        let kinds: &[&str] = match object.kind {
            ObjectKind::Resource => &["resources"],
            ObjectKind::Function => &["functions", "registration/functions"],
            ObjectKind::Instance => &["instances"],
            _ => &["tables"],
        };
        // EXC-3: without schema it is `default`.
        let long = format!("schemas/{}/", object.schema);
        let schemas = if object.schema.is_default() { vec!["", &long] } else { vec![long.as_str()] };
        let paths: Vec<String> = kinds
            .iter()
            .flat_map(|kind| schemas.iter().map(move |schema| format!("{schema}{kind}/{}", object.name)))
            .collect();
        let resource = |resource: &Resource| paths.iter().any(|path| fits(&resource.0, path));
        Fit {
            principal: statement.principals.iter().any(|one| one.as_ref().is_none_or(|one| one == caller)),
            action: statement.actions.iter().any(|action| needed.contains(action) || *action == ExceptionAction::Any),
            resource: statement.resources.iter().any(resource),
            conditions: statement.conditions.iter().map(|condition| self.holds(condition, false)).collect(),
        }
    }

    pub(super) fn has_task_type(&self) -> bool {
        matches!(self.request.job, Some(JobType::Dt | JobType::Sql | JobType::MapReduce))
    }

    /// Whether the conditions of an entry hold for the request.
    pub(super) fn conditions_hold(&self, grant: &Grant) -> bool {
        let Some(text) = &grant.conditions else { return true };
        let known = self.world.conditions.iter().find(|(known, _)| known == text);
        let (_, conditions) = known.expect("conditions of a world are kept with it");
        conditions.iter().all(|condition| self.holds(condition, false))
    }

    /// EXC-5, POL-7: several values are or-ed; the `Not` forms are the opposite of that.
    pub(super) fn holds(&self, condition: &Condition, denies: bool) -> bool {
        match condition {
            // EXC-4: a job that has no task type can be excepted only without this condition. POL-7: in an Allow no condition on a key
            // holds that the request does not have, in a Deny the negative ones do.
            Condition::Task { negated, .. } if !self.has_task_type() => denies && *negated,
            Condition::Task { negated, tasks } => {
                let is = |task: &Task| match task {
                    Task::Exactly(job) => self.request.job == Some(*job),
                    Task::Beginning(start) => self.request.job.is_some_and(|job| job.name().starts_with(start)),
                };
                tasks.iter().any(is) != *negated
            }
            Condition::Time { negated, order, times } => {
                let is = |time: &odpsh::model::Time| match order {
                    Order::Equal => self.now == *time,
                    Order::Less => self.now < *time,
                    Order::LessOrEqual => self.now <= *time,
                    Order::Greater => self.now > *time,
                    Order::GreaterOrEqual => self.now >= *time,
                };
                times.iter().any(is) != *negated
            }
            Condition::Address { negated, lists } => {
                let inside = lists.iter().flatten().any(|entry| holds(entry, self.request.source.ip));
                inside != *negated
            }
        }
    }
}

/// The part of EXC-2 about objects of this kind.
fn action_of(kind: ObjectKind) -> &'static str {
    match kind {
        ObjectKind::Resource | ObjectKind::Instance => "EXC-2 Read for resources and instances",
        ObjectKind::Function => "EXC-2 Read or Execute for functions",
        _ => "EXC-2 Select for tables and views",
    }
}

/// EXC-3, POL-6: `*` and `?` are wildcards, `*` crosses `/`; case does not count.
pub(super) fn fits(pattern: &[Piece], text: &str) -> bool {
    match pattern {
        [] => text.is_empty(),
        [Piece::Text(start), rest @ ..] => {
            let (begins, behind) = (text.get(..start.len()), text.get(start.len()..).unwrap_or_default());
            begins.is_some_and(|begin| begin.eq_ignore_ascii_case(start)) && fits(rest, behind)
        }
        [Piece::One, rest @ ..] => {
            let mut characters = text.chars();
            characters.next().is_some() && fits(rest, characters.as_str())
        }
        [Piece::Any, rest @ ..] => (0..=text.len()).any(|covered| fits(rest, text.split_at(covered).1)),
    }
}
