//! `privilegeproperties (…)` of grants: conditions, an end, and the installed package that they are inside of.

use std::fmt;

use nom::Parser;
use nom::combinator::opt;

use super::Target;
use crate::error::{Code, Error};
use crate::model::ObjectKind;
use crate::syntax::object::ObjectName;
use crate::syntax::parser::{Name, Parsed, Tokens, shorten, wrong};
use crate::syntax::phrase::{Commas, privilege_properties, unsupported};
use crate::syntax::policy::Limits;
use crate::syntax::qualifier::Qualifier;

/// What a grant says about itself, as it is written.
pub(super) struct Properties<'a> {
    /// Conditions and end.
    pub limits: &'a Limits,
    /// The installed package that it is inside of.
    pub inside: Option<&'a ObjectName>,
}

impl fmt::Display for Properties<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut pairs = Vec::new();
        if let Some((project, name)) = self.inside.and_then(|inside| Some((inside.project()?, &inside.name))) {
            pairs.push("\"refobject\"=\"true\"".to_owned());
            pairs.push(format!("\"refproject\"=\"{}\"", project.text));
            pairs.push(format!("\"package\"=\"{}\"", name.text));
        }
        pairs.extend(self.limits.pairs());
        match pairs.as_slice() {
            [] => Ok(()),
            pairs => write!(f, " privilegeproperties ({})", Commas(pairs)),
        }
    }
}

/// `privilegeproperties (…)`: conditions, days until the end, and the installed package that the entry is inside of. Source: CMDSET, PKGACL.
pub(super) fn properties<'a>(tokens: Tokens<'a>, target: &Target) -> Parsed<'a, (Limits, Option<ObjectName>)> {
    let start = tokens.span();
    let (rest, given) = opt(privilege_properties).parse(tokens)?;
    let (mut limits, mut inside, mut project, mut package) = (Limits::default(), false, None, None);
    let mut seen = std::collections::BTreeSet::new();
    for (key, value) in given.unwrap_or_default() {
        if !seen.insert(key.text.clone()) {
            return wrong(
                Error::new(Code::Parse, format!("\"{}\" appears twice in `privilegeproperties`", shorten(&key.text)))
                    .at(key.span)
                    .help("remove one of them"),
            );
        }
        let named = Name { text: crate::text::fold(&value), span: key.span };
        match (key.text.as_str(), value.parse::<u32>()) {
            ("conditions", _) => limits.conditions = Some(Name { text: value, span: key.span }),
            ("expires", Ok(days @ 1..)) => limits.expires = Some(days),
            ("expires", _) => {
                return wrong(
                    Error::new(Code::Parse, format!("`{}` is not a number of days", shorten(&value)))
                        .at(key.span)
                        .help("write for example `privilegeproperties (\"expires\"=\"30\")`"),
                );
            }
            ("refobject", _) if named.text == "true" => inside = true,
            ("refobject", _) if named.text == "false" => inside = false,
            ("refproject", _) => project = Some(named),
            ("package", _) => package = Some(named),
            _ => {
                let what = format!("the property \"{}\" of a grant", shorten(&key.text));
                let help = "use `\"conditions\"=\"<conditions>\"`, `\"expires\"=\"<days>\"` or, for an object inside an installed package, `\"refobject\"=\"true\", \"refproject\"=\"<project>\", \"package\"=\"<package>\"`";
                return wrong(unsupported(&what, key.span, help));
            }
        }
    }
    let inside = match (inside, project, package) {
        (false, None, None) => None,
        (true, Some(project), Some(name)) => {
            Some(ObjectName { kind: ObjectKind::Package, qualifier: Qualifier::of(vec![project]), name })
        }
        _ => {
            return wrong(
                Error::new(Code::Parse, "an object inside a package needs \"refobject\", \"refproject\" and \"package\"")
                    .at(start)
                    .help("write `privilegeproperties (\"refobject\"=\"true\", \"refproject\"=\"<project>\", \"package\"=\"<package>\")`"),
            );
        }
    };
    if inside.is_some() && !target.kind().is_shareable() {
        return wrong(Error::new(Code::Parse, format!("a {} cannot be in a package", target.kind().name())).at(start));
    }
    Ok((rest, (limits, inside)))
}

/// The installed package of `privilegeproperties ("refobject"="true", …)`, in statements that take neither conditions nor an expiry there.
pub fn inside<'a>(tokens: Tokens<'a>, target: &Target) -> Parsed<'a, Option<ObjectName>> {
    let (rest, (limits, inside)) = properties(tokens, target)?;
    if limits != Limits::default() {
        return wrong(
            Error::new(Code::Parse, "`\"conditions\"` and `\"expires\"` do not belong in this statement")
                .at(tokens.span())
                .help("write `with exp <days>` after the grantee of `grant label`, and nothing in other statements"),
        );
    }
    Ok((rest, inside))
}

/// The same as it is written.
pub fn spelled_inside(inside: Option<&ObjectName>) -> String {
    Properties { limits: &Limits::default(), inside }.to_string()
}
