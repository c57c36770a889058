use super::action_name;
use super::draft::{Draft, Written};
use super::effect::Effect;
use super::profile::Profile;
use crate::model::Action;

/// A statement that is to be added to a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStatement {
    /// What it does.
    pub effect: Effect,
    /// Whom it is for; empty for a role.
    pub principals: Vec<String>,
    /// Its actions, such as `odps:Select`.
    pub actions: Vec<String>,
    /// Its resource, with `acs:odps:*:`.
    pub resource: String,
    /// Its conditions, as a policy has them.
    pub conditions: Option<serde_json::Value>,
}

/// The statement that allows one action of management on one URI, in a role of administrator type; nothing for what is never delegated (ADM-2).
pub fn delegating(action: Action, uri: &str) -> Option<NewStatement> {
    let (names, _) = action_name::naming([action].into_iter().collect(), Profile::AdministratorRole, Effect::Allow);
    // Another name stands for more.
    let own = names.iter().find(|name| **name == action.service_name()).or_else(|| names.first())?;
    Some(NewStatement {
        effect: Effect::Allow,
        principals: Vec::new(),
        actions: vec![format!("odps:{own}")],
        resource: format!("acs:odps:*:{uri}"),
        conditions: None,
    })
}

/// A policy document with a statement added at its end: what advice and `grant` with `privilegeproperties` produce.
///
/// One that stands there already is not added again. Nothing if the old document cannot be read, or the statement says nothing.
pub fn with_statement(old: Option<&str>, statement: &NewStatement) -> Option<String> {
    let (mut draft, known) = match old {
        Some(old) => Draft::of(old).ok()?,
        None => (Draft::default(), Vec::new()),
    };
    let mut actions: Vec<String> = Vec::new();
    for action in &statement.actions {
        if !actions.contains(action) {
            actions.push(action.clone());
        }
    }
    let written = Written {
        effect: statement.effect,
        principals: (!statement.principals.is_empty()).then(|| statement.principals.clone()),
        actions,
        resources: vec![statement.resource.clone()],
        condition: statement.conditions.as_ref().map(serde_json::Value::to_string),
    };
    if !known.contains(&written) {
        draft.statements.push(written.json()?);
    }
    Some(draft.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::AccessPolicy;

    #[test]
    fn statements_are_added_at_the_end() {
        let statement = NewStatement {
            effect: Effect::Deny,
            principals: vec![],
            actions: vec!["odps:Drop".into()],
            resource: "acs:odps:*:projects/p/tables/t".into(),
            conditions: Some(serde_json::json!({"IpAddress": {"acs:SourceIp": ["10.0.0.0/8"]}})),
        };
        let one = with_statement(None, &statement).unwrap();
        let two = with_statement(Some(&one), &NewStatement { conditions: None, ..statement.clone() }).unwrap();
        assert!(two.starts_with(one.trim_end_matches("]}")));
        let listed = AccessPolicy::parse_new(&two, Profile::ResourceRole, "p").unwrap().listed();
        assert_eq!((listed.len(), listed[0].conditional, listed[1].conditional), (2, true, false));
        assert_eq!(with_statement(Some(&two), &statement).as_ref(), Some(&two));
        assert_eq!(with_statement(Some("{"), &statement), None);
        let of_project = NewStatement { principals: vec!["ALIYUN$a".into()], ..statement };
        assert!(AccessPolicy::parse_new(&with_statement(None, &of_project).unwrap(), Profile::Project, "p").is_ok());
    }
}
