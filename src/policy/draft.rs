//! The text of a policy, statement by statement, to be written again with a change.
//!
//! A statement that is not changed keeps its text but for white space; one that is changed is written in one form.

use serde::Serialize;
use serde_json::value::RawValue;

use super::document::{Form, RawStatement, Reader};
use super::effect::Effect;
use super::fields;
use crate::error::Result;
use crate::text::Span;

/// What is said of a text that is not a policy: it was stored, so nobody wrote it just now.
const FORM: Form = Form {
    example: "the stored policy cannot be read: put a new one",
    needs: "the stored policy cannot be read: put a new one",
    no_condition: "the stored policy cannot be read: put a new one",
    is_file: true,
};

/// A policy as it is about to be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// The statements' JSON.
    pub statements: Vec<String>,
}

/// A statement as it is written, not interpreted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// What it does.
    pub effect: Effect,
    /// Its principals, if it names any.
    pub principals: Option<Vec<String>>,
    /// Its actions, with `odps:`.
    pub actions: Vec<String>,
    /// Its resources, with `acs:odps:*:`.
    pub resources: Vec<String>,
    /// The JSON of its conditions.
    pub condition: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Json<'a> {
    effect: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<&'a [String]>,
    action: &'a [String],
    resource: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Box<RawValue>>,
}

impl Draft {
    /// Reads a policy, without judging what its statements say.
    pub fn of(text: &str) -> Result<(Self, Vec<Written>)> {
        let reader = Reader::new(text, FORM);
        let list = reader.statements()?.list;
        let written = list.iter().map(|(raw, place)| Written::read(reader, raw, *place)).collect::<Result<_>>()?;
        let statements = list.iter().map(|(_, place)| compact(place.of(reader.text()))).collect();
        Ok((Self { statements }, written))
    }

    /// The policy's JSON, with a line for each statement.
    pub fn text(&self) -> String {
        format!("{{\"Version\":\"1\",\"Statement\":[{}]}}", self.statements.join(",\n"))
    }
}

impl Written {
    fn read<'a>(reader: Reader<'a>, raw: &RawStatement<'a>, place: Span) -> Result<Self> {
        let required = |value: Option<&'a RawValue>, field: &str| value.ok_or_else(|| reader.missing(field, place));
        let texts = |list: Vec<(String, Span)>| list.into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let effect = required(raw.effect, "Effect")?;
        let named: Option<String> = serde_json::from_str(effect.get()).ok();
        Ok(Self {
            effect: named
                .and_then(|name| Effect::parse(&name))
                .ok_or_else(|| reader.wrong(reader.span(effect), "`Effect` must be \"Allow\" or \"Deny\""))?,
            principals: raw.principal.map(|raw| reader.strings(raw, "Principal").map(texts)).transpose()?,
            actions: texts(fields::actions(reader, required(raw.action, "Action")?)?),
            resources: texts(reader.strings(required(raw.resource, "Resource")?, "Resource")?),
            condition: raw.condition.map(|raw| compact(raw.get())),
        })
    }

    /// The JSON of the statement; nothing without actions, resources, or the principals that it needs: then it says nothing.
    pub fn json(&self) -> Option<String> {
        if self.actions.is_empty() || self.resources.is_empty() || self.principals.as_ref().is_some_and(Vec::is_empty) {
            return None;
        }
        let condition = match &self.condition {
            Some(json) => Some(RawValue::from_string(json.clone()).ok()?),
            None => None,
        };
        let json = Json {
            effect: self.effect.name(),
            principal: self.principals.as_deref(),
            action: &self.actions,
            resource: &self.resources,
            condition,
        };
        serde_json::to_string(&json).ok()
    }
}

/// JSON without white space between its parts.
fn compact(json: &str) -> String {
    let (mut in_string, mut escaped) = (false, false);
    let kept = |c: &char| {
        let is_in = in_string;
        match c {
            '"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && *c == '\\' && !escaped;
        is_in || !c.is_ascii_whitespace()
    };
    json.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_is_written_as_it_was() {
        let text = "{\n \"Version\": \"1\",\n \"Statement\": [ { \"Action\" : \"odps:Select\", \"Effect\":\"allow\",\n \"Resource\": \"a \\\" b\\\\\" } ] }";
        let (draft, written) = Draft::of(text).unwrap();
        assert_eq!(
            draft.text(),
            r#"{"Version":"1","Statement":[{"Action":"odps:Select","Effect":"allow","Resource":"a \" b\\"}]}"#
        );
        assert_eq!(Draft::of(&draft.text()).unwrap(), (draft, written.clone()));
        let json = r#"{"Effect":"Allow","Action":["odps:Select"],"Resource":["a \" b\\"]}"#;
        assert_eq!(written[0].json().as_deref(), Some(json));
        assert_eq!(Written { actions: vec![], ..written[0].clone() }.json(), None);
        assert!(Draft::of("{}").is_err());
    }
}
