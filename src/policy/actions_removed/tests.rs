//! What the new document allows and denies is what the old one does, minus exactly what was revoked.

use std::collections::BTreeSet;

use super::*;
use crate::model::{Principal, Source, Time};
use crate::policy::{AccessPolicy, Asked, RequestContext};

const ACTIONS: [Action; 5] = [Action::Select, Action::Describe, Action::Drop, Action::Download, Action::Alter];
const TABLES: [&str; 3] = ["t1", "t2", "x"];

fn decided(text: &str, effect: Effect) -> BTreeSet<(Action, &'static str)> {
    let policy =
        AccessPolicy::parse_new(text, Profile::ResourceRole, "p").unwrap_or_else(|error| panic!("{error}: {text}"));
    let (principal, source, privileges) = (Principal::parse("ALIYUN$a").unwrap(), Source::default(), BTreeSet::new());
    let context = RequestContext { principal: &principal, job: None, source: &source, now: Time(0) };
    let mut found = BTreeSet::new();
    for action in ACTIONS {
        for table in TABLES {
            let uris = [format!("projects/p/tables/{table}"), format!("projects/p/schemas/default/tables/{table}")];
            let asked = Asked { action, uris: &uris, privileges: &privileges, instance: None };
            if policy.matching(effect, &asked, &context).is_some() {
                found.insert((action, table));
            }
        }
    }
    found
}

fn statement(effect: &str, actions: &str, resources: &str) -> String {
    let list = |texts: &str, prefix: &str| {
        texts.split(' ').map(|text| format!("\"{prefix}{text}\"")).collect::<Vec<_>>().join(",")
    };
    let (actions, resources) = (list(actions, "odps:"), list(resources, "acs:odps:*:projects/p/"));
    format!(r#"{{"Effect":"{effect}","Action":[{actions}],"Resource":[{resources}]}}"#)
}

fn document(statements: &[String]) -> String {
    format!(r#"{{"Version": "1", "Statement": [{}]}}"#, statements.join(", "))
}

fn revoke(old: &str, effect: Effect, actions: &[Action], resource: &str) -> Removed {
    without_actions(old, effect, actions, &format!("acs:odps::projects/p/{resource}"), "p").unwrap()
}

#[test]
fn actions_go_and_the_rest_of_the_statement_stays() {
    let old = document(&[
        statement("Allow", "Select Describe", "tables/t1 tables/t2"),
        statement("Deny", "Select", "tables/t1"),
        statement("allow", "select", "schemas/default/tables/T1"),
    ]);
    let new = revoke(&old, Effect::Allow, &[Action::Select], "tables/t1");
    assert!(new.found && new.still.is_empty());
    let mut expected = decided(&old, Effect::Allow);
    expected.remove(&(Action::Select, "t1"));
    assert_eq!(decided(&new.text, Effect::Allow), expected);
    assert_eq!(decided(&new.text, Effect::Deny), decided(&old, Effect::Deny));
    let stays = [
        statement("Allow", "Select Describe", "tables/t2"),
        statement("Deny", "Select", "tables/t1"),
        statement("Allow", "Describe", "tables/t1"),
    ];
    assert_eq!(new.text, document(&stays).replace(": ", ":").replace(", ", ",").replace("},{", "},\n{"));
}

#[test]
fn wildcards_are_spelled_out_without_what_goes() {
    for (effect, name) in [(Effect::Allow, "*"), (Effect::Deny, "*"), (Effect::Allow, "All"), (Effect::Deny, "D*")] {
        let old = document(&[statement(effect.name(), name, "tables/t*")]);
        let new = revoke(&old, effect, &[Action::Drop], "tables/t*");
        let mut expected = decided(&old, effect);
        expected.retain(|(action, _)| *action != Action::Drop);
        assert_eq!(decided(&new.text, effect), expected, "{name}");
    }
    let old = document(&[statement("Deny", "*", "tables/t*")]);
    let all = revoke(&old, Effect::Deny, &[Action::All], "tables/t*");
    assert!(decided(&all.text, Effect::Deny).iter().all(|(action, _)| *action == Action::Download));
    assert!(all.still.is_empty());
}

#[test]
fn what_still_says_so_is_named_and_what_is_not_there_is_not_found() {
    let old = document(&[
        statement("Allow", "Select", "tables/t1"),
        statement("Allow", "All", "tables/*"),
        statement("Allow", "Describe", "*"),
        statement("Deny", "Select", "*"),
    ]);
    let new = revoke(&old, Effect::Allow, &[Action::Select], "tables/t1");
    assert_eq!((new.found, new.still.as_slice()), (true, [1].as_slice()));
    assert_eq!(decided(&new.text, Effect::Allow), decided(&old, Effect::Allow));
    let other = revoke(&old, Effect::Allow, &[Action::Drop], "tables/t1");
    assert_eq!((other.found, other.still.as_slice()), (false, [2].as_slice()));
    assert!(!revoke(&old, Effect::Allow, &[Action::Select], "tables/t?").found);
    assert!(without_actions("{", Effect::Allow, &[Action::Select], "*", "p").is_err());
    assert!(without_actions(&old, Effect::Allow, &[Action::Select], "tables/t1", "p").is_err());
}

#[test]
fn conditions_stay_with_every_part() {
    let conditional = statement("Allow", "Select Drop", "tables/t1 tables/x")
        .replace("\"Action\"", r#""Condition":{"Bool":{"acs:SecureTransport":"true"}},"Action""#);
    let new = revoke(&document(&[conditional]), Effect::Allow, &[Action::Drop], "tables/x");
    let listed = AccessPolicy::parse(&new.text, Profile::ResourceRole, "p").unwrap().listed();
    assert_eq!(listed.len(), 2);
    assert!(listed.iter().all(|entry| entry.conditional));
}
