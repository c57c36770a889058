//! What the new document decides is what the old one does, minus exactly what was lifted: compared over a small world.

use std::collections::BTreeSet;

use fastrand::Rng;

use super::*;
use crate::model::{Source, Time};
use crate::policy::{AccessPolicy, Asked, RequestContext};

const WHO: [&str; 3] = ["ALIYUN$a", "ALIYUN$b", "RAM$a:u"];
const TABLES: [&str; 4] = ["t1", "t2", "tab", "x"];
const ACTIONS: [Action; 6] =
    [Action::Select, Action::Describe, Action::Drop, Action::Download, Action::Alter, Action::ChangeOwner];

fn uris(table: &str) -> Vec<String> {
    vec![format!("projects/p/tables/{table}"), format!("projects/p/schemas/default/tables/{table}")]
}

/// What a document denies.
fn all_denied(text: &str, profile: Profile) -> BTreeSet<(&'static str, Action, &'static str)> {
    let policy = AccessPolicy::parse_new(text, profile, "p").unwrap_or_else(|error| panic!("{error}: {text}"));
    let (source, privileges) = (Source::default(), BTreeSet::new());
    let mut found = BTreeSet::new();
    for who in WHO {
        let principal = Principal::parse(who).unwrap();
        let context = RequestContext { principal: &principal, job: None, source: &source, now: Time(0) };
        for table in TABLES {
            let uris = uris(table);
            for action in ACTIONS {
                let asked = Asked { action, uris: &uris, privileges: &privileges, instance: None };
                if policy.matching(Effect::Deny, &asked, &context).is_some() {
                    found.insert((who, action, table));
                }
            }
        }
    }
    found
}

fn document(statement: &str) -> String {
    format!(r#"{{"Version": "1", "Statement": [{statement}]}}"#)
}

const DENY: &str = r#"{"Effect": "Deny", "Principal": ["ALIYUN$A", "RAM$a:u"], "Action": "odps:*", "Resource": ["acs:odps:*:projects/p/tables/t1", "acs:odps:*:projects/p/tables/x"]}"#;

#[test]
fn exactly_one_denial_is_lifted() {
    let a = Principal::parse("ALIYUN$a").unwrap();
    let old = document(DENY);
    let new = without_denial((&old, "p"), 1, Some(&a), Action::Select, Some(&uris("t1"))).unwrap();
    let mut expected = all_denied(&old, Profile::Project);
    assert!(expected.remove(&("ALIYUN$a", Action::Select, "t1")));
    assert_eq!(all_denied(&new, Profile::Project), expected);
    // The others keep the number of the statement.
    assert!(
        new.starts_with(r#"{"Version":"1","Statement":[{"Effect":"Deny","Principal":["RAM$a:u"],"Action":["odps:*"]"#),
        "{new}"
    );
}

#[test]
fn a_statement_of_which_nothing_is_left_is_removed() {
    let role = r#"{"Effect": "Deny", "Action": "odps:Drop", "Resource": "acs:odps:*:projects/p/tables/t*", "Condition": {"Bool": {"acs:SecureTransport": "true"}}}"#;
    let old = document(&format!("{role},{}", role.replace("Drop", "Select")));
    let new = without_denial((&old, "p"), 1, None, Action::Drop, Some(&uris("t1"))).unwrap();
    let denied = all_denied(&new, Profile::ResourceRole);
    assert!(!denied.contains(&("ALIYUN$a", Action::Drop, "t2")), "a pattern goes as a whole");
    assert!(denied.contains(&("ALIYUN$a", Action::Select, "t1")) && new.contains("SecureTransport"));
    let none = without_denial((&document(role), "p"), 1, None, Action::Drop, Some(&uris("t1"))).unwrap();
    assert_eq!(none, r#"{"Version":"1","Statement":[]}"#);
}

#[test]
fn what_a_statement_does_not_deny_is_not_lifted() {
    let (a, b) = (Principal::parse("ALIYUN$a").unwrap(), Principal::parse("ALIYUN$b").unwrap());
    let old = document(DENY);
    assert_eq!(without_denial((&old, "p"), 1, Some(&b), Action::Select, Some(&uris("t1"))), None);
    assert_eq!(without_denial((&old, "p"), 1, Some(&a), Action::Select, Some(&uris("t2"))), None);
    assert_eq!(without_denial((&old, "p"), 2, Some(&a), Action::Select, Some(&uris("t1"))), None);
    assert_eq!(without_denial((&old, "p"), 0, Some(&a), Action::Select, Some(&uris("t1"))), None);
    assert_eq!(without_denial((&old, "p"), 1, None, Action::Select, Some(&uris("t1"))), None);
    assert_eq!(
        without_denial((&old.replace("Deny", "Allow"), "p"), 1, Some(&a), Action::Select, Some(&uris("t1"))),
        None
    );
    assert_eq!(without_denial(("{", "p"), 1, Some(&a), Action::Select, Some(&uris("t1"))), None);
}

#[test]
fn everything_else_stays_denied_in_random_policies() {
    let mut random = Rng::with_seed(4);
    let mut pick = |from: &[&str], prefix: &str| {
        let items: Vec<String> =
            (0..random.usize(1..=3)).map(|_| format!("\"{prefix}{}\"", from[random.usize(..from.len())])).collect();
        format!("[{}]", items.join(","))
    };
    let mut lifted = 0;
    for _ in 0..150 {
        let statement = format!(
            r#"{{"Effect": "deny", "Principal": {}, "Action": {}, "Resource": {}}}"#,
            pick(&["*", "ALIYUN$a", "ALIYUN$b", "RAM$A:u"], ""),
            pick(&["*", "Select", "drop", "D*", "All", "Alter", "U*"], "odps:"),
            pick(
                &[
                    "projects/p/tables/t1",
                    "projects/p/tables/t*",
                    "projects/p/tables/x",
                    "projects/p/schemas/default/tables/tab"
                ],
                "acs:odps:*:"
            ),
        );
        let old = document(&statement);
        let before = all_denied(&old, Profile::Project);
        let Some(sample) = before.iter().nth(before.len() / 2).copied() else { continue };
        let (who, action, table) = sample;
        let principal = Principal::parse(who).unwrap();
        let new = without_denial((&old, "p"), 1, Some(&principal), action, Some(&uris(table))).unwrap();
        let after = all_denied(&new, Profile::Project);
        assert!(!after.contains(&sample), "{old} -> {new}");
        assert!(after.is_subset(&before));
        // What goes with it has the same name of the action, and an element that cannot be narrowed.
        for (other_who, other_action, other_table) in before.difference(&after) {
            let same_name = [Action::Alter, Action::ChangeOwner];
            let together = *other_action == action || same_name.contains(other_action) && same_name.contains(&action);
            assert!(together, "{old} -> {new}");
            assert!(*other_who == who || statement.contains("\"*\""), "{old} -> {new}");
            assert!(*other_table == table || statement.contains("tables/t*"), "{old} -> {new}");
        }
        lifted += 1;
    }
    assert!(lifted > 100, "{lifted}");
}

#[test]
fn for_a_pattern_a_denial_is_lifted_on_all_that_the_statement_names() {
    let a = Principal::parse("ALIYUN$a").unwrap();
    let new = without_denial((&document(DENY), "p"), 1, Some(&a), Action::Select, None).unwrap();
    let expected: Vec<_> = all_denied(&document(DENY), Profile::Project)
        .into_iter()
        .filter(|(who, action, _)| (*who, *action) != ("ALIYUN$a", Action::Select))
        .collect();
    assert_eq!(all_denied(&new, Profile::Project).into_iter().collect::<Vec<_>>(), expected);
}
