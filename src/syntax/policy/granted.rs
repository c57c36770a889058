//! `grant` and `revoke` of statements in the policies of roles: `… privilegeproperties ("policy"="true", "allow"="true")`.

use std::collections::BTreeSet;
use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::preceded;

use crate::error::{Code, Error};
use crate::model::{Action, ObjectKind};
use crate::syntax::grant::privilege;
use crate::syntax::parser::{Miss, Name, Parsed, Tokens, glued, keyword, keywords, list, name, shorten, wrong};
use crate::syntax::phrase::{Commas, grantee, privilege_properties};
use crate::text::{Span, fold};

/// What a statement of a policy says of some actions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyGrant {
    /// The actions, each with its position.
    pub actions: Vec<(Action, Name)>,
    /// What kind of object it is about.
    pub kind: ObjectKind,
    /// The name of the object, which can have the wildcards `*` and `?`.
    pub pattern: Name,
    /// The roles whose policies are meant.
    pub roles: Vec<Name>,
    /// Whether they are roles of the tenant.
    pub of_tenant: bool,
    /// Whether it denies.
    pub denies: bool,
}

/// What a grant, or a new statement of a policy, is limited to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Limits {
    /// The text of its conditions.
    pub conditions: Option<Name>,
    /// Days until it ends.
    pub expires: Option<u32>,
}

/// Characters that names of objects have, and the wildcards.
const IN_PATTERNS: &str = "_.:-*?";

/// `grant <actions> on <type> <pattern> to role <role> privilegeproperties ("policy"="true", …)`
pub(super) fn grant(tokens: Tokens<'_>) -> Parsed<'_, (PolicyGrant, Limits)> {
    granted(tokens, "grant", "to")
}

/// `revoke <actions> on <type> <pattern> from role <role> privilegeproperties ("policy"="true", …)`
pub(super) fn revoke(tokens: Tokens<'_>) -> Parsed<'_, PolicyGrant> {
    let (rest, (granted, limits)) = granted(tokens, "revoke", "from")?;
    match limits {
        Limits { conditions: None, expires: None } => Ok((rest, granted)),
        Limits { .. } => wrong(
            Error::new(Code::Parse, "`revoke` does not take conditions or an expiry")
                .at(tokens.span())
                .help("it takes the actions out of every statement on this object, conditional ones included"),
        ),
    }
}

fn granted<'a>(tokens: Tokens<'a>, verb: &'static str, preposition: &'static str) -> Parsed<'a, (PolicyGrant, Limits)> {
    let start = tokens.span();
    let (tokens, names) = preceded(keyword(verb), list(name)).parse(tokens)?;
    let (tokens, kind) = preceded(keyword("on"), opt(kind)).parse(tokens)?;
    let (tokens, pattern) = glued("the name of an object").parse(tokens)?;
    let role = preceded(keyword("role"), name).map(|role| Some((false, role)));
    let tenant_role = preceded(keywords("tenant role"), name).map(|role| Some((true, role)));
    let other = grantee.map(|_| None);
    let (tokens, roles) = preceded(keyword(preposition), list(alt((role, tenant_role, other)))).parse(tokens)?;
    let of_tenant = roles.iter().flatten().any(|(of_tenant, _)| *of_tenant);
    let given = privilege_properties(tokens);
    let is_policy =
        |given: &[(Name, String)]| given.iter().any(|(key, value)| key.text == "policy" && fold(value) == "true");
    let (rest, given) = match given {
        Ok((rest, given)) if is_policy(&given) => (rest, given),
        _ if of_tenant => return wrong(without_policy(tokens.span(), preposition)),
        Ok(_) => return tokens.miss("\"policy\"=\"true\""),
        Err(miss) => return Err(miss),
    };
    let kind = kind.unwrap_or(ObjectKind::Table);
    let Some(roles) = roles.into_iter().collect::<Option<Vec<(bool, Name)>>>() else {
        return wrong(
            Error::new(Code::Parse, "policies belong to roles: a user has none of its own")
                .at(tokens.span())
                .help(format!("write `{preposition} role <role>`, and grant the role to the user")),
        );
    };
    if let Some((_, role)) = roles.iter().find(|(is_of_tenant, _)| *is_of_tenant != of_tenant) {
        return wrong(
            Error::new(Code::Parse, "roles of the project and of the tenant are in one statement")
                .at(role.span)
                .help("write a statement for each"),
        );
    }
    let roles = roles.into_iter().map(|(_, role)| role).collect();
    if !pattern.text.chars().all(|c| c.is_ascii_alphanumeric() || IN_PATTERNS.contains(c)) {
        return wrong(
            Error::new(Code::Parse, format!("`{}` is not the name of a {}", shorten(&pattern.text), kind.name()))
                .at(pattern.span)
                .help("write a name, or a pattern with `*` and `?`"),
        );
    }
    let actions = names.into_iter().map(|name| Ok((privilege(&name, kind)?, name)));
    let actions: Vec<(Action, Name)> = actions.collect::<Result<_, nom::Err<Miss>>>()?;
    let (denies, limits) = properties(given, start)?;
    let pattern = Name { text: fold(&pattern.text), ..pattern };
    Ok((rest, (PolicyGrant { actions, kind, pattern, roles, of_tenant, denies }, limits)))
}

/// A tenant role holds no entries (TNT-3).
fn without_policy(span: Span, preposition: &str) -> Box<Error> {
    Error::new(Code::Conflict, "a tenant role holds nothing but a policy (TNT-3)").at(span).help(format!(
        "write `{preposition} tenant role <role> privilegeproperties (\"policy\"=\"true\", \"allow\"=\"true\")`"
    ))
}

/// The kind of the object; a view is a table.
fn kind(tokens: Tokens<'_>) -> Parsed<'_, ObjectKind> {
    let word = |kind: ObjectKind| value(kind, keyword(kind.name()));
    alt((
        word(ObjectKind::Project),
        value(ObjectKind::Table, keyword("view")),
        word(ObjectKind::Table),
        word(ObjectKind::Resource),
        word(ObjectKind::Function),
        word(ObjectKind::Instance),
        word(ObjectKind::Package),
        word(ObjectKind::Schema),
    ))
    .parse(tokens)
}

/// Whether the statement denies, and what it is limited to.
fn properties(given: Vec<(Name, String)>, start: Span) -> Result<(bool, Limits), nom::Err<Miss>> {
    let failure = |error: Box<Error>| Err(nom::Err::Failure(Miss(Some(error))));
    let mut seen = BTreeSet::new();
    let (mut denies, mut limits) = (None, Limits::default());
    for (key, value) in given {
        if !seen.insert(key.text.clone()) {
            return failure(
                Error::new(Code::Parse, format!("\"{}\" appears twice in `privilegeproperties`", shorten(&key.text)))
                    .at(key.span)
                    .help("remove one of them"),
            );
        }
        match (key.text.as_str(), fold(&value).as_str()) {
            ("policy", _) => {}
            ("allow" | "deny", says @ ("true" | "false")) => {
                let says_deny = (key.text == "deny") == (says == "true");
                if denies.replace(says_deny).is_some_and(|before| before != says_deny) {
                    return failure(
                        Error::new(Code::Parse, "\"allow\" and \"deny\" contradict each other")
                            .at(key.span)
                            .help("write one of them"),
                    );
                }
            }
            ("allow" | "deny", _) => {
                return failure(
                    Error::new(Code::Parse, format!("\"{}\" is \"true\" or \"false\"", key.text)).at(key.span),
                );
            }
            ("conditions", _) => limits.conditions = Some(Name { text: value, span: key.span }),
            ("expires", days) => match days.parse() {
                Ok(days @ 1..) => limits.expires = Some(days),
                _ => {
                    return failure(
                        Error::new(Code::Parse, format!("`{}` is not a number of days", shorten(&value)))
                            .at(key.span)
                            .help("write for example `\"expires\"=\"30\"`"),
                    );
                }
            },
            _ => {
                return failure(
                    Error::new(Code::Parse, format!("unknown property \"{}\" of a policy", shorten(&key.text)))
                        .at(key.span)
                        .help("use \"policy\", \"allow\" or \"deny\", \"conditions\" and \"expires\""),
                );
            }
        }
    }
    match denies {
        Some(denies) => Ok((denies, limits)),
        None => failure(Error::new(Code::Parse, "it is missing whether the policy allows or denies").at(start).help(
            "write `privilegeproperties (\"policy\"=\"true\", \"allow\"=\"true\")`, or \"allow\"=\"false\" to deny",
        )),
    }
}

impl Limits {
    /// The properties that say so, as they are written.
    pub fn pairs(&self) -> Vec<String> {
        let conditions = self.conditions.iter().map(|text| {
            let escaped = text.text.replace('\\', "\\\\").replace('"', "\\\"");
            format!("\"conditions\"=\"{escaped}\"")
        });
        conditions.chain(self.expires.map(|days| format!("\"expires\"=\"{days}\""))).collect()
    }
}

impl PolicyGrant {
    /// The statement in words: `verb` and `preposition` are `grant … to` or `revoke … from`.
    pub(super) fn spelled(
        &self,
        f: &mut fmt::Formatter<'_>,
        (verb, preposition): (&str, &str),
        limits: &Limits,
    ) -> fmt::Result {
        let Self { actions, kind, pattern, roles, of_tenant, denies } = self;
        let actions: Vec<String> = actions.iter().map(|(action, _)| action.to_string()).collect();
        let roles: Vec<String> =
            roles.iter().map(|role| format!("{}role {role}", if *of_tenant { "tenant " } else { "" })).collect();
        let mut pairs = vec!["\"policy\"=\"true\"".to_owned(), format!("\"allow\"=\"{}\"", !denies)];
        pairs.extend(limits.pairs());
        write!(
            f,
            "{verb} {} on {} {} {preposition} {} privilegeproperties ({})",
            Commas(&actions),
            kind.name(),
            pattern.text,
            Commas(&roles),
            Commas(&pairs)
        )
    }
}
