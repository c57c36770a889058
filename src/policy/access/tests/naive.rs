//! The index against a scan of every statement, on random policies.

use fastrand::Rng;

use super::super::*;
use crate::model::{Action, Source};

const PRINCIPALS: [&str; 4] = ["*", "ALIYUN$a", "ALIYUN$b", "RAM$a:u"];
const ACTIONS: [&str; 8] = ["Select", "Describe", "Drop", "All", "*", "D*", "Download", "Create*"];
const RESOURCES: [&str; 14] = [
    "projects/p",
    "projects/p/*",
    "projects/p/tables/t1",
    "projects/p/tables/t?",
    "projects/p/tables/*",
    "projects/p/schemas/default/tables/t*",
    "projects/p/*/t1",
    "projects/*",
    "projects/p/tables/*1",
    "projects/p/tables/t1*",
    "projects/p/resources/a.jar",
    "*",
    "?rojects/p/tables/*",
    "projects/p/tables/tab",
];
const CONDITIONS: [&str; 4] = [
    "",
    r#", "Condition": {"DateLessThan": {"acs:CurrentTime": "1970-01-01T00:00:01Z"}}"#,
    r#", "Condition": {"StringNotEquals": {"odps:InstanceId": "i"}}"#,
    r#", "Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}"#,
];

fn pick<'t>(random: &mut Rng, from: &[&'t str]) -> &'t str {
    from[random.usize(..from.len())]
}

fn several(random: &mut Rng, from: &[&str], prefix: &str) -> String {
    let items: Vec<String> = (0..random.usize(1..=3)).map(|_| format!("\"{prefix}{}\"", pick(random, from))).collect();
    format!("[{}]", items.join(", "))
}

fn policy(random: &mut Rng, profile: Profile) -> AccessPolicy {
    let statements: Vec<String> = (0..random.usize(0..150))
        .map(|_| {
            let principal = match profile.has_principals() {
                true => format!("\"Principal\": {}, ", several(random, &PRINCIPALS, "")),
                false => String::new(),
            };
            let effect = pick(random, &["Allow", "Deny"]);
            let (actions, resources) = (several(random, &ACTIONS, "odps:"), several(random, &RESOURCES, "acs:odps:*:"));
            let condition = pick(random, &CONDITIONS);
            format!(r#"{{"Effect": "{effect}", {principal}"Action": {actions}, "Resource": {resources}{condition}}}"#)
        })
        .collect();
    let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
    let text = super::document(&statements);
    AccessPolicy::parse(&text, profile, "p").unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn scan(policy: &AccessPolicy, effect: Effect, asked: &Asked<'_>, context: &RequestContext<'_>) -> Vec<usize> {
    let names = |statement: &Statement| {
        statement.is_for_anyone()
            || statement.principals.iter().any(|principal| principal.named() == Some(context.principal))
    };
    let matches = |statement: &Statement| {
        statement.effect == effect
            && statement.actions.contains(asked.action)
            && names(statement)
            && statement.resources.iter().any(|resource| asked.uris.iter().any(|uri| resource.matches(uri)))
            && statement.conditions.iter().all(|condition| condition.holds(effect, context, Some(asked)))
    };
    let numbered = policy.statements.iter().enumerate();
    numbered.filter(|(_, statement)| matches(statement)).map(|(at, _)| at + 1).collect()
}

#[test]
fn the_index_finds_what_a_scan_finds() {
    let mut random = Rng::with_seed(9);
    let (mut found, mut tried) = (0, 0);
    for round in 0..60 {
        let profile = if round % 2 == 0 { Profile::Project } else { Profile::ResourceRole };
        let policy = policy(&mut random, profile);
        for _ in 0..60 {
            let uris: Vec<String> = match random.usize(..4) {
                0 => vec!["projects/p".to_owned()],
                1 => vec!["projects/p/resources/a.jar".to_owned()],
                _ => {
                    let table = pick(&mut random, &["t1", "t2", "tab", "x1", "x"]);
                    vec![format!("projects/p/tables/{table}"), format!("projects/p/schemas/default/tables/{table}")]
                }
            };
            let principal =
                Principal::parse(pick(&mut random, &["ALIYUN$a", "ALIYUN$b", "RAM$a:u", "RAM$a:v"])).unwrap();
            let action = [Action::Select, Action::Drop, Action::Download, Action::CreateTable][random.usize(..4)];
            let (source, privileges) = (Source::default(), BTreeSet::new());
            let context =
                RequestContext { principal: &principal, job: None, source: &source, now: Time(random.i64(..2000)) };
            let asked = Asked { action, uris: &uris, privileges: &privileges, instance: Some("j") };
            for effect in Effect::ALL {
                let expected = scan(&policy, effect, &asked, &context);
                assert_eq!(policy.matching(effect, &asked, &context), expected.first().copied());
                tried += 1;
                found += usize::from(!expected.is_empty());
            }
            let named = policy.statements.iter().filter(|statement| statement.effect == Effect::Deny);
            let binds =
                named.filter(|it| it.is_for_anyone() || it.principals.iter().any(|p| p.named() == Some(&principal)));
            assert_eq!(policy.binds(&principal), binds.count() > 0);
        }
    }
    assert!(found > tried / 4 && found < tried, "{found} of {tried}");
}
