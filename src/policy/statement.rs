//! One statement of an access policy: whom it is for, what it opens or closes, where, and when.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::action_name::{self, Named, Refused};
use super::action_set::ActionSet;
use super::condition::Condition;
use super::condition_key::Keys;
use super::document::{RawStatement, Reader};
use super::effect::Effect;
use super::fields;
use super::meeting::Meeting;
use super::principal::PrincipalPattern;
use super::profile::Profile;
use super::resource::ResourcePattern;
use super::scope::Scope;
use super::template::{Met, Reach, Templates};
use super::uri_form::NOT_ASKED;
use crate::error::{Error, Result, shortened};
use crate::model::{Action, Holders};
use crate::text::{Span, nearest};

/// A statement, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub effect: Effect,
    /// Whom it is for; empty in the policy of a role, where it is for every holder.
    pub principals: Vec<PrincipalPattern>,
    /// The actions it stands for.
    pub actions: ActionSet,
    /// The actions as they are shown.
    pub shown: Vec<String>,
    /// The objects it is about.
    pub resources: Vec<ResourcePattern>,
    /// All of them hold, or the statement does not count.
    pub conditions: Vec<Condition>,
}

impl Statement {
    /// Whether it is for everyone whom the policy is about.
    pub fn is_for_anyone(&self) -> bool {
        self.principals.is_empty() || self.principals.contains(&PrincipalPattern::Anyone)
    }

    /// Whether another statement counts wherever this one does, for all of its principals; resources and actions apart.
    pub fn is_for_those_of(&self, other: &Self) -> bool {
        let principals = other.is_for_anyone()
            || (!self.is_for_anyone() && self.principals.iter().all(|one| other.principals.contains(one)));
        // Conditions are and-ed: those of the wider statement are among those of the narrower one.
        principals && other.conditions.iter().all(|condition| self.conditions.contains(condition))
    }
}

/// Reads the statements of one document.
pub struct StatementReader<'a> {
    /// The file.
    pub reader: Reader<'a>,
    /// What the document is attached to.
    pub profile: Profile,
    /// Whose objects it can be about.
    pub scope: Scope<'a>,
    /// What resources are checked against, if the document is about to be stored.
    pub templates: Option<Templates>,
}

impl<'a> StatementReader<'a> {
    /// Reads a statement; `place` is where it begins.
    pub fn read(&self, raw: &RawStatement<'a>, place: Span) -> Result<Statement> {
        let reader = self.reader;
        let required = |value: Option<&'a RawValue>, field: &str| value.ok_or_else(|| reader.missing(field, place));
        let effect = self.effect(required(raw.effect, "Effect")?)?;
        let principals = self.principals(raw.principal, place)?;
        let named = fields::actions(reader, required(raw.action, "Action")?)?
            .into_iter()
            .map(|(text, span)| Ok((self.action(&text, effect, span)?, span)))
            .collect::<Result<Vec<_>>>()?;
        let mut known = HashSet::new();
        let resources = reader
            .strings(required(raw.resource, "Resource")?, "Resource")?
            .into_iter()
            .filter(|(text, _)| known.insert(text.clone()))
            .map(|(text, span)| self.resource(&text, span).map(|(pattern, met)| (pattern, met, span)))
            .collect::<Result<Vec<_>>>()?;
        let conditions = match raw.condition {
            Some(condition) => fields::conditions(reader, condition, Keys::Access)?,
            None => Vec::new(),
        };
        if self.templates.is_some() {
            let (profile, scope) = (self.profile, self.scope);
            let meeting = Meeting { reader, profile, scope, effect, named: &named, resources: &resources };
            meeting.check()?;
            meeting.check_conditions(&conditions, raw.condition.map_or(place, |raw| reader.span(raw)))?;
        }
        let actions = named.iter().fold(ActionSet::default(), |all, (named, _)| all.union(named.actions));
        let shown = named.into_iter().map(|(named, _)| named.shown).collect();
        let resources: Vec<ResourcePattern> = resources.into_iter().map(|(pattern, ..)| pattern).collect();
        self.check_download(effect, actions, &resources, place)?;
        Ok(Statement { effect, principals, actions, shown, resources, conditions })
    }

    /// Download of objects by a pattern is for roles only (DLC-2).
    fn check_download(
        &self,
        effect: Effect,
        actions: ActionSet,
        resources: &[ResourcePattern],
        place: Span,
    ) -> Result<()> {
        let allows = effect == Effect::Allow && actions.contains(Action::Download);
        let by_pattern = resources.iter().any(|resource| !resource.is_literal());
        if self.templates.is_none() || !self.profile.has_principals() || !allows || !by_pattern {
            return Ok(());
        }
        Err(self
            .reader
            .wrong(place, "a project policy allows Download of objects by their names only (DLC-2)")
            .help("name each object, or allow it in the policy of a role"))
    }

    fn effect(&self, raw: &'a RawValue) -> Result<Effect> {
        let text: Option<String> = serde_json::from_str(raw.get()).ok();
        text.as_deref().and_then(Effect::parse).ok_or_else(|| {
            let error = self.reader.wrong(self.reader.span(raw), "`Effect` must be \"Allow\" or \"Deny\"");
            match text.as_deref().and_then(|text| nearest(text, Effect::ALL.map(Effect::name))) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error,
            }
        })
    }

    fn principals(&self, raw: Option<&'a RawValue>, place: Span) -> Result<Vec<PrincipalPattern>> {
        let reader = self.reader;
        match (self.profile.has_principals(), raw) {
            (false, None) => Ok(Vec::new()),
            (false, Some(raw)) => Err(reader
                .wrong(reader.span(raw), "the policy of a role cannot name a `Principal` (POL-1)")
                .help("remove it: the statement is for the holders of the role")),
            (true, None) => Err(reader.missing("Principal", place)),
            (true, Some(raw)) => reader
                .strings(raw, "Principal")?
                .into_iter()
                .map(|(text, span)| PrincipalPattern::parse(&text).ok_or_else(|| self.not_a_principal(&text, span)))
                .collect(),
        }
    }

    fn not_a_principal(&self, text: &str, span: Span) -> Box<Error> {
        let text = shortened(text);
        let help = match text.contains(['*', '?']) {
            true => "only `*` by itself matches several principals",
            false => "write ALIYUN$<account>, RAM$<account>:<user>, RAM$<account>:role/<role> or *",
        };
        self.reader.wrong(span, &format!("`{text}` is not a principal (POL-1)")).help(help)
    }

    fn action(&self, text: &str, effect: Effect, span: Span) -> Result<Named> {
        let shown = shortened(text);
        let name = text.split_once(':').filter(|(service, _)| service.eq_ignore_ascii_case("odps"));
        let Some((_, name)) = name else {
            let error = self.reader.wrong(span, &format!("`{shown}` is not an action"));
            return Err(match action_name::near(text) {
                Some(near) => error.help(format!("did you mean `odps:{near}`?")),
                None => error.help("write odps:<Action>, such as odps:Select, or odps:*"),
            });
        };
        let read = action_name::read(name, self.profile, effect);
        // What was stored when nobody looked is read.
        let is_asked = |named: &Named| {
            self.templates.is_none() || !named.actions.difference(NOT_ASKED.into_iter().collect()).is_empty()
        };
        let read = read.and_then(|named| if is_asked(&named) { Ok(named) } else { Err(Refused::NotYet) });
        read.map_err(|refused| {
            let shown = shown.split_once(':').map_or(shown.as_str(), |(_, name)| name);
            let invalid = || {
                let message = format!("failed to check policy format: invalid Action value - odps:{shown}");
                self.reader.wrong(span, &message)
            };
            match refused {
                Refused::Unknown(Some(near)) => invalid().help(format!("did you mean `odps:{near}`?")),
                Refused::Unknown(None) => invalid(),
                Refused::OtherType if is_of_tenants(name) => invalid().help(of_tenants(self.profile)),
                Refused::OtherType => invalid().help(other_type(self.profile)),
                Refused::NotYet => self.reader.wrong(span, &format!("action `odps:{shown}` is not supported yet")),
                Refused::NoAction => self
                    .reader
                    .wrong(span, &format!("`odps:{shown}` matches no action that such a statement can allow (POL-5)"))
                    .help("name the action: in an Allow, a wildcard does not include Download (DLC-2)"),
            }
        })
    }

    /// A resource, and what applies to it; nothing of a document that is stored already.
    fn resource(&self, text: &str, span: Span) -> Result<(ResourcePattern, Met)> {
        let project = self.scope.project();
        let form = format!(
            "acs:odps:*:projects/{project}, or acs:odps:*:projects/{project}/{{tables|resources|functions|instances|packages|authorization}}/<name>"
        );
        let shown = shortened(&text.escape_debug().to_string());
        let wrong = |message: String| Err(self.reader.wrong(span, &message).help(format!("write {form}")));
        let Some(pattern) = ResourcePattern::parse(text) else {
            return wrong(format!("`{shown}` is not a resource"));
        };
        let Some(templates) = &self.templates else { return Ok((pattern, Met::default())) };
        match templates.reach(pattern.rest()) {
            Reach::Here(met) => Ok((pattern, met)),
            Reach::NotYet => Err(self.reader.wrong(span, &format!("resource `{shown}` is not supported yet"))),
            Reach::Column => wrong(format!("`{shown}` names a column: a policy is about whole tables (POL-6)")),
            Reach::OtherProject => wrong(match self.scope {
                Scope::Project(_) => format!(
                    "`{shown}` names another project; a policy of `{project}` is about its own objects only (POL-6)"
                ),
                Scope::Tenant(_) | Scope::AnyProject => format!("`{shown}` names no project of the tenant (POL-6)"),
            }),
            Reach::Nothing => wrong(match self.scope {
                Scope::Project(_) => {
                    format!("`{shown}` cannot match anything: no resource of `{project}` has this form (POL-6)")
                }
                Scope::Tenant(_) | Scope::AnyProject => {
                    format!("`{shown}` cannot match anything: no resource has this form (POL-6)")
                }
            }),
        }
    }
}

/// Whether a name is that of an action on tenant resources alone.
fn is_of_tenants(name: &str) -> bool {
    Action::parse(name).is_some_and(|action| action.holders() == Holders::Tenant)
}

fn of_tenants(profile: Profile) -> &'static str {
    match profile {
        Profile::Project => {
            "a project policy cannot allow the use of tenant resources: the policy of a role can (TRS-3)"
        }
        Profile::ResourceRole => {
            "a role of a project holds Usage of tenant resources only; a tenant role can hold the other actions (TRS-5)"
        }
        Profile::TenantRole | Profile::AdministratorRole => other_type(profile),
    }
}

fn other_type(profile: Profile) -> &'static str {
    match profile {
        Profile::Project => "a project policy cannot allow management: roles of administrator type can (POL-5)",
        Profile::TenantRole => {
            "a tenant role is of resource type and cannot hold management actions: a role of administrator type in a project can (POL-5)"
        }
        Profile::ResourceRole => {
            "a role of resource type cannot hold management actions: one of administrator type can (POL-5)"
        }
        Profile::AdministratorRole => {
            "a role of administrator type holds management actions only, and none that is never delegated (POL-5, ADM-2)"
        }
    }
}
