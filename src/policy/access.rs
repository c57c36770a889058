//! The policy of a project or of a role: what its statements allow and deny (POL-1 to POL-8).

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::asked::Asked;
use super::condition::Condition;
use super::context::RequestContext;
use super::document::{Form, Reader};
use super::download_added;
use super::effect::Effect;
use super::index::Index;
use super::listed::ListedStatement;
use super::profile::Profile;
use super::resource::ResourcePattern;
use super::scope::Scope;
use super::statement::{Statement, StatementReader};
use super::template::{Reach, Templates};
use super::warned;
use crate::error::Result;
use crate::model::{Action, Principal, Time};

/// What the file of a project policy looks like.
const OF_PROJECT: Form = Form {
    example: "a policy is JSON: {\"Version\": \"1\", \"Statement\": [{\"Effect\": \"Allow\", \"Principal\": …, \"Action\": …, \"Resource\": …}]}",
    needs: "a project policy needs Version, and in each Statement Effect, Principal, Action and Resource",
    no_condition: "omit it: without it the statement always counts",
    is_file: true,
};

/// What the file of a role's policy looks like.
const OF_ROLE: Form = Form {
    example: "a role's policy is JSON: {\"Version\": \"1\", \"Statement\": [{\"Effect\": \"Allow\", \"Action\": …, \"Resource\": …}]}",
    needs: "a role's policy needs Version, and in each Statement Effect, Action and Resource",
    no_condition: OF_PROJECT.no_condition,
    is_file: true,
};

impl Form {
    fn of(profile: Profile) -> Self {
        if profile.has_principals() { OF_PROJECT } else { OF_ROLE }
    }
}

/// The policy of a project or of a role, compiled: once per change, not once per decision.
#[derive(Debug, Clone)]
pub struct AccessPolicy {
    profile: Profile,
    statements: Vec<Statement>,
    index: Index,
    /// The moments at which a condition on the time turns, in order.
    turns: Vec<Time>,
}

/// A policy, compiled, or why its text cannot be read: then it denies everything.
pub type CompiledPolicy = Arc<Result<AccessPolicy>>;

/// Whom something is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// Everyone; of a role, every holder.
    Anyone,
    /// These: at least one.
    These(BTreeSet<Principal>),
}

impl Principals {
    /// Those and these.
    pub fn with(self, other: Self) -> Self {
        match (self, other) {
            (Self::These(mut these), Self::These(others)) => {
                these.extend(others);
                Self::These(these)
            }
            (Self::Anyone, _) | (_, Self::Anyone) => Self::Anyone,
        }
    }
}

/// Policies are equal if their statements are.
impl PartialEq for AccessPolicy {
    fn eq(&self, other: &Self) -> bool {
        self.profile == other.profile && self.statements == other.statements
    }
}

impl Eq for AccessPolicy {}

impl AccessPolicy {
    /// What it is attached to.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Reads a policy as it is stored.
    ///
    /// # Errors
    /// [`crate::error::Code::Policy`], with line and column of the file, if the text is not JSON or not a policy of this profile.
    pub fn parse<'a>(text: &str, profile: Profile, scope: impl Into<Scope<'a>>) -> Result<Self> {
        Self::read(text, Form::of(profile), profile, scope.into(), false)
    }

    /// Reads a policy that is about to be stored: a resource that can match nothing is refused, too (POL-6).
    ///
    /// # Errors
    /// As [`AccessPolicy::parse`].
    pub fn parse_new<'a>(text: &str, profile: Profile, scope: impl Into<Scope<'a>>) -> Result<Self> {
        Self::read(text, Form::of(profile), profile, scope.into(), true)
    }

    /// Reads what a `grant` adds to the policy of a role, as a document of its own: nobody wrote a file in which an error would have a place.
    ///
    /// # Errors
    /// As [`AccessPolicy::parse_new`], without line and column.
    pub fn parse_added<'a>(text: &str, profile: Profile, scope: impl Into<Scope<'a>>) -> Result<Self> {
        let form = Form { is_file: false, ..Form::of(profile) };
        Self::read(text, form, profile, scope.into(), true)
    }

    fn read(text: &str, form: Form, profile: Profile, scope: Scope<'_>, is_new: bool) -> Result<Self> {
        let reader = Reader::new(text, form);
        let templates = is_new.then(|| Templates::of(scope));
        let statement_reader = StatementReader { reader, profile, scope, templates };
        let raw = reader.statements()?.list;
        let read = raw.iter().map(|(raw, place)| statement_reader.read(raw, *place));
        let statements: Vec<Statement> = read.collect::<Result<_>>()?;
        let conditions = statements.iter().flat_map(|statement| &statement.conditions);
        let turns: BTreeSet<Time> = conditions.flat_map(Condition::turns).collect();
        Ok(Self { profile, index: Index::of(&statements), statements, turns: turns.into_iter().collect() })
    }

    /// What loading warns about: what the policy opens wider, or less wide, than its author may think (POL-6, POL-7, ADM-1).
    ///
    /// `has_schemas`: whether a project that it is about has schemas besides `default`.
    pub fn warnings<'a>(&self, scope: impl Into<Scope<'a>>, has_schemas: bool) -> Vec<String> {
        warned::warnings(&self.statements, self.profile, scope.into(), has_schemas)
    }

    /// The number, from 1, of the first statement of this effect that matches.
    pub fn matching(&self, effect: Effect, asked: &Asked<'_>, context: &RequestContext<'_>) -> Option<usize> {
        let candidates = self.index.candidates(effect, asked.action, Some(context.principal));
        let holds = |at: u32| {
            let statement = self.statements.get(at as usize);
            let holds = |condition: &Condition| condition.holds(effect, context, Some(asked));
            statement.is_some_and(|statement| statement.conditions.iter().all(holds))
        };
        self.index.first(&candidates, asked.uris, holds).map(|at| at as usize + 1)
    }

    /// The first moment after `now` at which a condition on the time turns.
    pub fn turns_after(&self, now: Time) -> Option<Time> {
        self.turns.get(self.turns.partition_point(|turn| *turn <= now)).copied()
    }

    /// The addresses at which a condition on the address turns.
    pub fn address_edges(&self) -> impl Iterator<Item = IpAddr> {
        self.statements.iter().flat_map(|statement| &statement.conditions).flat_map(Condition::address_edges)
    }

    /// Whether a condition is on the kind of job.
    pub fn asks_for_the_job(&self) -> bool {
        self.statements.iter().flat_map(|statement| &statement.conditions).any(Condition::is_on_task_type)
    }

    /// Whether it has a Deny that is about this principal, conditions apart (POL-11); in a role's policy every Deny is.
    pub fn binds(&self, principal: &Principal) -> bool {
        self.index.has(Effect::Deny, principal)
    }

    /// Whether an Allow in it is about this principal at all; in a role's policy every Allow is.
    pub fn allows_something(&self, principal: &Principal) -> bool {
        self.index.has(Effect::Allow, principal)
    }

    /// Whom the Allows are for that match `asked`, conditions apart; nothing if nobody. Those of a role are for every holder.
    pub fn allowed(&self, asked: &Asked<'_>) -> Option<Principals> {
        let candidates = self.index.candidates(Effect::Allow, asked.action, None);
        let mut anyone = false;
        let mut these = BTreeSet::new();
        self.index.first(&candidates, asked.uris, |at| {
            if let Some(statement) = self.statements.get(at as usize) {
                anyone |= statement.is_for_anyone();
                these.extend(statement.principals.iter().filter_map(|principal| principal.named().cloned()));
            }
            // Every match counts: the first one for everyone ends the search.
            anyone
        });
        match anyone {
            true => Some(Principals::Anyone),
            false => (!these.is_empty()).then_some(Principals::These(these)),
        }
    }

    /// Its statements, in their order.
    pub(super) fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The number, from 1, of the first Deny of this action that counts for the caller, on any resource: it holds back a pattern, which
    /// may name what the Deny names.
    pub fn denies_anywhere(&self, asked: &Asked<'_>, context: &RequestContext<'_>) -> Option<usize> {
        let counts = |statement: &Statement| {
            statement.effect == Effect::Deny
                && statement.actions.contains(asked.action)
                && (statement.is_for_anyone()
                    || statement.principals.iter().any(|one| one.named() == Some(context.principal)))
                && statement.conditions.iter().all(|condition| condition.holds(Effect::Deny, context, Some(asked)))
        };
        self.statements.iter().position(counts).map(|at| at + 1)
    }

    /// The number, from 1, of the first Allow for the caller that is about all that a pattern names, `asked` being its URI: an Allow of a part
    /// does not allow the whole.
    pub fn allows_everywhere(&self, asked: &Asked<'_>, context: &RequestContext<'_>) -> Option<usize> {
        let patterns: Vec<ResourcePattern> = asked.uris.iter().filter_map(|uri| ResourcePattern::of_uri(uri)).collect();
        self.allows_by(asked, context, |resource| patterns.iter().any(|pattern| resource.covers(pattern)))
    }

    /// The same of an Allow that spells the URI (ADM-2).
    pub fn allows_spelled(&self, asked: &Asked<'_>, context: &RequestContext<'_>) -> Option<usize> {
        let is_spelled =
            |resource: &ResourcePattern| resource.is_literal() && asked.uris.iter().any(|uri| resource.matches(uri));
        self.allows_by(asked, context, is_spelled)
    }

    fn allows_by(
        &self,
        asked: &Asked<'_>,
        context: &RequestContext<'_>,
        fits: impl Fn(&ResourcePattern) -> bool,
    ) -> Option<usize> {
        let counts = |statement: &Statement| {
            statement.effect == Effect::Allow
                && statement.actions.contains(asked.action)
                && (statement.is_for_anyone()
                    || statement.principals.iter().any(|one| one.named() == Some(context.principal)))
                && statement.resources.iter().any(&fits)
                && statement.conditions.iter().all(|condition| condition.holds(Effect::Allow, context, Some(asked)))
        };
        self.statements.iter().position(counts).map(|at| at + 1)
    }

    /// Whether an Allow in it matches `asked`, conditions apart, that `before` did not have: one that lists the same resource for those
    /// principals under no more conditions was there.
    pub fn allows_newly(&self, asked: &Asked<'_>, before: Option<&Self>) -> bool {
        let matches = |statement: &&Statement| {
            statement.effect == Effect::Allow
                && statement.actions.contains(asked.action)
                && statement.resources.iter().any(|resource| asked.uris.iter().any(|uri| resource.matches(uri)))
        };
        let known: Vec<&Statement> =
            before.iter().flat_map(|before| before.statements.iter().filter(matches)).collect();
        self.statements.iter().filter(matches).any(|new| !known.iter().any(|old| new.is_for_those_of(old)))
    }

    /// Whether it allows Download to a principal, conditions apart.
    pub fn allows_download_to(&self, principal: &Principal) -> bool {
        self.statements.iter().any(|statement| {
            statement.effect == Effect::Allow
                && statement.actions.contains(Action::Download)
                && (statement.is_for_anyone() || statement.principals.iter().any(|one| one.named() == Some(principal)))
        })
    }

    /// The numbers, from 1, of the statements of this effect that are about an object of one of these URIs, with any action, principal and
    /// conditions.
    pub fn statements_on(&self, effect: Effect, uris: &[String]) -> BTreeSet<usize> {
        let is_on = |statement: &Statement| {
            statement.effect == effect
                && statement.resources.iter().any(|resource| uris.iter().any(|uri| resource.matches(uri)))
        };
        let numbered = (1..).zip(&self.statements);
        numbered.filter(|(_, statement)| is_on(statement)).map(|(number, _)| number).collect()
    }

    /// Whether one of its statements of these numbers, from 1, has one of the actions.
    pub fn names_any(&self, numbers: &BTreeSet<usize>, actions: &[Action]) -> bool {
        let named = (1..).zip(&self.statements).filter(|(number, _)| numbers.contains(number));
        named.into_iter().any(|(_, statement)| actions.iter().any(|action| statement.actions.contains(*action)))
    }

    /// Whether its statement of this number, from 1, is for everyone.
    pub fn is_for_anyone(&self, number: usize) -> bool {
        number.checked_sub(1).and_then(|at| self.statements.get(at)).is_some_and(Statement::is_for_anyone)
    }

    /// The principals that it names, each once (ACC-11a).
    pub fn principals(&self) -> impl Iterator<Item = &Principal> {
        self.index.principals()
    }

    /// Whether an Allow of Download is in it that was not in `before` (POL-10).
    pub fn adds_download(&self, before: Option<&AccessPolicy>) -> bool {
        let before = before.map(|policy| policy.statements.as_slice()).unwrap_or_default();
        download_added::adds_download(&self.statements, before)
    }

    /// What `show grants` and `describe role` list: one entry for each statement and resource.
    pub fn listed(&self) -> Vec<ListedStatement> {
        self.statements.iter().flat_map(ListedStatement::of).collect()
    }

    /// The projects that its resources spell out.
    pub fn projects_named(&self) -> BTreeSet<String> {
        let resources = self.statements.iter().flat_map(|statement| &statement.resources);
        let named = resources.filter_map(|resource| resource.rest().strip_prefix("projects/")?.split('/').next());
        named.filter(|name| !name.contains(['*', '?'])).map(str::to_owned).collect()
    }

    /// Those of them that can be about objects of this project.
    pub fn listed_in(&self, project: &str) -> Vec<ListedStatement> {
        let templates = Templates::of(project);
        let is_in = |listed: &ListedStatement| matches!(templates.reach(&listed.resource), Reach::Here(_));
        self.listed().into_iter().filter(is_in).collect()
    }
}

#[cfg(test)]
mod tests;
