//! The conditions of `.audit`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::value;
use nom::sequence::preceded;

use super::Clock;
use crate::error::{Code, Error};
use crate::model::{AuditVerdict, Principal, TenantResourceKind, Time};
use crate::syntax::grant::{Target, target};
use crate::syntax::parser::{Name, Parsed, Tokens, glued, keyword, shorten, string, wrong};
use crate::syntax::phrase::{Spelled, user};
use crate::syntax::tenant_resource::resource_name;
use crate::syntax::token::text_literal;

/// The conditions of `.audit`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditConditions {
    /// `by <principal>`
    pub by: Option<Principal>,
    /// `on <object>`
    pub on: Option<AuditObject>,
    /// `allowed`, `denied`, `failed` or `local`
    pub verdict: Option<AuditVerdict>,
    /// `rule <id>`
    pub rule: Option<Name>,
    /// `since <time>`
    pub since: Option<Time>,
    /// `until <time>`
    pub until: Option<Time>,
}

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditObject {
    /// An object of a project.
    Target(Target),
    /// `quota|networklink|foreignserver|image <name>`, of the tenant of the session's account.
    Resource(TenantResourceKind, Name),
}

impl fmt::Display for AuditObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Target(target) => target.fmt(f),
            Self::Resource(kind, name) => write!(f, "{} {}", kind.name(), name.text),
        }
    }
}

impl fmt::Display for AuditConditions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |time: &Option<Time>| time.map(|time| text_literal(&Clock::At(time).to_string()));
        let conditions = [
            ("by ", self.by.as_ref().map(|by| Spelled(by).to_string())),
            ("on ", self.on.as_ref().map(AuditObject::to_string)),
            ("", self.verdict.map(|verdict| verdict.word().to_owned())),
            ("rule ", self.rule.as_ref().map(|rule| rule.text.clone())),
            ("since ", time(&self.since)),
            ("until ", time(&self.until)),
        ];
        conditions.iter().try_for_each(|(word, value)| match value {
            Some(value) => write!(f, " {word}{value}"),
            None => Ok(()),
        })
    }
}

/// The conditions of `.audit` in any order, each once.
pub(super) fn audit_conditions(tokens: Tokens<'_>) -> Parsed<'_, AuditConditions> {
    enum One {
        By(Principal),
        On(AuditObject),
        Verdict(AuditVerdict),
        Rule(Name),
        Since(Time),
        Until(Time),
    }
    fn set<T>(place: &mut Option<T>, value: T) -> bool {
        place.replace(value).is_none()
    }
    let mut one = alt((
        preceded(keyword("by"), user).map(One::By),
        preceded(keyword("on"), alt((resource, object.map(AuditObject::Target)))).map(One::On),
        alt(AuditVerdict::ALL.map(|verdict| value(verdict, keyword(verdict.word())))).map(One::Verdict),
        preceded(keyword("rule"), glued("the id of a rule")).map(One::Rule),
        preceded(keyword("since"), moment).map(One::Since),
        preceded(keyword("until"), moment).map(One::Until),
    ));
    let mut rest = tokens;
    let mut conditions = AuditConditions::default();
    while !rest.is_empty() {
        let at = rest.span();
        let (after, condition) = one.parse(rest)?;
        let is_first = match condition {
            One::By(principal) => set(&mut conditions.by, principal),
            One::On(target) => set(&mut conditions.on, target),
            One::Verdict(verdict) => set(&mut conditions.verdict, verdict),
            One::Rule(rule) => set(&mut conditions.rule, rule),
            One::Since(time) => set(&mut conditions.since, time),
            One::Until(time) => set(&mut conditions.until, time),
        };
        if !is_first {
            return wrong(
                Error::new(Code::Parse, "this condition is given twice")
                    .at(at)
                    .help("records fit every condition; give each once"),
            );
        }
        rest = after;
    }
    Ok((rest, conditions))
}

/// `quota <name>`, and the like.
fn resource(tokens: Tokens<'_>) -> Parsed<'_, AuditObject> {
    let kinds = TenantResourceKind::ALL.map(|kind| {
        preceded(keyword(kind.name()), resource_name(kind)).map(move |name| AuditObject::Resource(kind, name))
    });
    alt(kinds).parse(tokens)
}

/// An object; a record does not say which columns of it.
fn object(tokens: Tokens<'_>) -> Parsed<'_, Target> {
    let (rest, target) = target(tokens)?;
    match target {
        Target::Table { columns, .. } if !columns.is_empty() => wrong(
            Error::new(Code::Parse, "audit records do not say which columns an access is about")
                .at(tokens.span())
                .help("name the table without columns"),
        ),
        target => Ok((rest, target)),
    }
}

/// A time as a string, or without a blank in it.
fn moment(tokens: Tokens<'_>) -> Parsed<'_, Time> {
    let at = tokens.span();
    let (rest, text) = alt((string, glued("a time").map(|time| time.text))).parse(tokens)?;
    match Time::parse(&text).filter(|time| Time::parse(&time.to_string()).is_some()) {
        Some(time) => Ok((rest, time)),
        None => wrong(
            Error::new(Code::Parse, format!("`{}` is not a time", shorten(&text)))
                .at(at)
                .help("write `2024-01-31`, `2024-01-31T12:00:00Z` or `'2024-01-31 12:00:00'`"),
        ),
    }
}
