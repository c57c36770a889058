//! Whether the actions and the resources of a statement meet: each resource is refused to which none of the actions applies (POL-6).
//!
//! A Deny of such an action looks closed and is open, so its actions are judged as well. In an Allow they open nothing, and real policies
//! have them: there is a warning.

use super::action_name::{self, Named};
use super::action_set::ActionSet;
use super::condition::Condition;
use super::document::Reader;
use super::draft::Written;
use super::effect::Effect;
use super::profile::Profile;
use super::resource::ResourcePattern;
use super::scope::Scope;
use super::statement::Statement;
use super::template::{Met, Templates};
use super::uri_form::{forms, of_tenant_resources};
use super::warned;
use crate::error::{Error, Result, shortened};
use crate::text::Span;

/// More names than this are not listed in a message.
const LISTED: usize = 8;

/// A statement as it is read: what its parts meet, and where they stand.
pub struct Meeting<'a> {
    pub reader: Reader<'a>,
    pub profile: Profile,
    pub scope: Scope<'a>,
    pub effect: Effect,
    /// The actions, each with its place.
    pub named: &'a [(Named, Span)],
    /// The resources, each with what applies to it, and its place.
    pub resources: &'a [(ResourcePattern, Met, Span)],
}

impl Meeting<'_> {
    /// What applies to one of the resources.
    fn met(&self) -> Met {
        self.resources.iter().fold(Met::default(), |all, (_, met, _)| all.union(*met))
    }

    /// # Errors
    /// A resource meets no action, or an action of a Deny no resource.
    pub fn check(&self) -> Result<()> {
        let actions = self.actions();
        // What an Allow of something done to the project misses with `projects/p/*` has a warning of its own.
        let is_warned = |resource: &ResourcePattern| {
            self.effect == Effect::Allow && self.scope.inside(resource).is_some() && warned::is_on_projects(actions)
        };
        let is_apart = |(resource, met, _): &&(ResourcePattern, Met, Span)| {
            met.actions.intersection(actions).is_empty() && !is_warned(resource)
        };
        if let Some((resource, met, span)) = self.resources.iter().find(is_apart) {
            return Err(self.no_action(resource, *met, *span));
        }
        let met = self.met().actions;
        match self.named.iter().find(|(named, _)| named.actions.intersection(met).is_empty()) {
            Some((named, span)) if self.effect == Effect::Deny => Err(self.no_resource(named, *span)),
            _ => Ok(()),
        }
    }

    /// # Errors
    /// A condition is on what no request has that the statement is about: it would never count.
    pub fn check_conditions(&self, conditions: &[Condition], span: Span) -> Result<()> {
        let actions = self.actions();
        let on_instances = actions.intersection(self.met().on_instances);
        let missed = |condition: &Condition| {
            condition.never_holds(self.effect, actions, on_instances).map(|reason| (condition.key().name(), reason))
        };
        match conditions.iter().find_map(missed) {
            Some((key, reason)) => {
                let message = format!("no action of the statement has {key}: the statement would never count (POL-7)");
                Err(self.reader.wrong(span, &message).help(reason))
            }
            None => Ok(()),
        }
    }

    fn actions(&self) -> ActionSet {
        self.named.iter().fold(ActionSet::default(), |all, (named, _)| all.union(named.actions))
    }

    fn no_action(&self, resource: &ResourcePattern, met: Met, span: Span) -> Box<Error> {
        let shown = shortened(&format!("acs:odps:*:{}", resource.rest()));
        let message = format!("no action of the statement applies to `{shown}`: it can match nothing (POL-6)");
        let (mut accepted, _) = action_name::naming(met.actions, self.profile, self.effect);
        let more = if accepted.len() > LISTED { ", and others" } else { "" };
        accepted.truncate(LISTED);
        let accepted: Vec<String> = accepted.into_iter().map(|name| format!("odps:{name}")).collect();
        let on_it = match accepted.is_empty() {
            true => "no action that such a statement can hold applies to this resource".to_owned(),
            false => format!("what applies to this resource: {}{more}", accepted.join(", ")),
        };
        let first = self.named.first().and_then(|(named, _)| places(named, Some(resource), self.scope));
        self.reader.wrong(span, &message).help(match first {
            Some(places) => format!("{places}; {on_it}"),
            None => on_it,
        })
    }

    fn no_resource(&self, named: &Named, span: Span) -> Box<Error> {
        let shown = shortened(&named.shown);
        let message = format!("`odps:{shown}` applies to no resource of the statement: it would deny nothing (POL-6)");
        let error = self.reader.wrong(span, &message);
        match places(named, self.resources.first().map(|(resource, ..)| resource), self.scope) {
            Some(places) => error.help(places),
            None => error,
        }
    }
}

/// The warnings about actions of an Allow that meet none of its resources.
pub fn warnings(
    number: usize,
    statement: &Statement,
    profile: Profile,
    (scope, templates): (Scope<'_>, &Templates),
) -> Vec<String> {
    if statement.effect == Effect::Deny {
        return Vec::new();
    }
    let met = statement.resources.iter().fold(ActionSet::default(), |all, one| all.union(templates.asked_on(one)));
    let named = |name: &String| action_name::read(name, profile, statement.effect).ok();
    let apart = statement.shown.iter().filter_map(named).filter(|named| named.actions.intersection(met).is_empty());
    let warning = |named: Named| {
        let places = places(&named, statement.resources.first(), scope).map(|places| format!("; {places}"));
        format!(
            "Warning: statement {number} allows nothing by odps:{}: it applies to no resource of the statement{} (POL-6)",
            named.shown,
            places.unwrap_or_default()
        )
    };
    apart.map(warning).collect()
}

/// A part of a statement without the actions and resources that meet nothing any more: it can be put as it is. What cannot be read is kept.
pub fn trimmed(part: Written, profile: Profile, templates: &Templates) -> Written {
    let asked_on = |resource: &String| ResourcePattern::parse(resource).map(|pattern| templates.asked_on(&pattern));
    let meant = |action: &String| {
        let name = action.split_once(':').map_or(action.as_str(), |(_, name)| name);
        action_name::read(name, profile, part.effect).ok().map(|named| named.actions)
    };
    let all = |sets: &mut dyn Iterator<Item = ActionSet>| sets.fold(ActionSet::default(), ActionSet::union);
    let (asked, named) =
        (all(&mut part.resources.iter().filter_map(asked_on)), all(&mut part.actions.iter().filter_map(meant)));
    let meets = |one: Option<ActionSet>, others: ActionSet| one.is_none_or(|one| !one.intersection(others).is_empty());
    Written {
        actions: part.actions.iter().filter(|action| meets(meant(action), asked)).cloned().collect(),
        resources: part.resources.iter().filter(|resource| meets(asked_on(resource), named)).cloned().collect(),
        ..part
    }
}

/// What an action applies to: near the resource that was written, if it is about such objects at all. Nothing for a pattern of actions.
fn places(named: &Named, near: Option<&ResourcePattern>, scope: Scope<'_>) -> Option<String> {
    let project = scope.project();
    if named.shown.contains('*') {
        return None;
    }
    let mut paths: Vec<String> = Vec::new();
    for form in named.actions.iter().flat_map(|action| forms(action, project)).filter(|form| form.is_shown) {
        if !paths.contains(&form.path) {
            paths.push(form.path);
        }
    }
    let in_tenant_role = !matches!(scope, Scope::Project(_));
    let of_tenant: Vec<String> = named
        .actions
        .iter()
        .flat_map(|action| of_tenant_resources(action, in_tenant_role))
        .filter_map(|forms| forms.into_iter().next())
        .collect();
    // `tables` of `/authorization/tables/%`; a project is itself.
    let kind = |path: &str| {
        let path = path.strip_prefix("/authorization").unwrap_or(path);
        path.split('/').nth(1).unwrap_or("projects").to_owned()
    };
    let written: Vec<&str> = near.map(|near| near.rest().split('/').collect()).unwrap_or_default();
    let written = if written.len() <= 2 { written } else { written.into_iter().skip(2).collect() };
    let is_near = |path: &&String| written.contains(&kind(path).as_str());
    let nearest: Vec<String> = paths.iter().filter(is_near).cloned().collect();
    let paths = if nearest.is_empty() { paths } else { nearest };
    let spelled = |path: String| {
        let path = path.replace("%.%", "<project>.<package>").replace(['%', '&'], "<name>");
        format!("acs:odps:*:projects/{project}{path}")
    };
    let of_tenant = of_tenant.into_iter().map(|path| format!("acs:odps:*:{}", path.replace('&', "<name>")));
    let paths: Vec<String> = paths.into_iter().map(spelled).chain(of_tenant).collect();
    (!paths.is_empty()).then(|| format!("odps:{} applies to {}", named.shown, paths.join(", ")))
}
