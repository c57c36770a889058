//! Files that are made to be slow, deep or large: each is read, or refused, in little time.

use std::time::Instant;

use super::*;

/// Far more than any of these takes, even unoptimised on a busy machine.
const SECONDS: u64 = 20;

fn in_time<T>(run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = run();
    assert!(start.elapsed().as_secs() < SECONDS, "took {:?}", start.elapsed());
    result
}

fn parse(text: &str) -> Result<AccessPolicy> {
    in_time(|| AccessPolicy::parse_new(text, Profile::ResourceRole, "p"))
}

fn of_resource(resource: &str) -> String {
    document(&[&format!(r#"{{"Effect": "Deny", "Action": "odps:*", "Resource": "acs:odps:*:{resource}"}}"#)])
}

#[test]
fn ten_thousand_statements_are_not_tried_one_by_one() {
    let statement = |number: usize| {
        format!(r#"{{"Effect":"Deny","Action":"odps:Drop","Resource":"acs:odps::projects/p/tables/t{number}_*"}}"#)
    };
    let statements: Vec<String> = (0..10_000).map(statement).collect();
    let text = document(&statements.iter().map(String::as_str).collect::<Vec<_>>());
    let policy = parse(&text).unwrap();
    let case = Case { action: Action::Drop, uris: &["projects/p/tables/t9999_x", "projects/p/tables/u"], ..CASE };
    in_time(|| {
        for _ in 0..20_000 {
            assert_eq!(case.matching(&policy, Effect::Deny), Some(10_000));
        }
    });
}

#[test]
fn ten_thousand_principals_of_one_pattern_are_not_tried_one_by_one() {
    let statement = |number: usize| {
        format!(
            r#"{{"Effect":"Deny","Principal":"RAM$a:u{number}","Action":"odps:*","Resource":"acs:odps::projects/p/*"}}"#
        )
    };
    let statements: Vec<String> = (0..9_000).map(statement).collect();
    let text = document(&statements.iter().map(String::as_str).collect::<Vec<_>>());
    let policy = in_time(|| AccessPolicy::parse_new(&text, Profile::Project, "p")).unwrap();
    in_time(|| {
        for _ in 0..1_000 {
            assert_eq!(Case { who: "RAM$a:u8999", ..CASE }.matching(&policy, Effect::Deny), Some(9_000));
            assert_eq!(Case { who: "RAM$a:v", ..CASE }.matching(&policy, Effect::Deny), None);
        }
    });
}

#[test]
fn many_resources_and_principals_of_one_statement_do_not_multiply() {
    let list = |count: usize, of: &dyn Fn(usize) -> String| {
        format!("[{}]", (0..count).map(|at| format!("\"{}\"", of(at))).collect::<Vec<_>>().join(","))
    };
    let text = document(&[&format!(
        r#"{{"Effect": "Deny", "Principal": {}, "Action": "odps:*", "Resource": {}}}"#,
        list(20_000, &|at| format!("RAM$a:u{at}")),
        list(12_000, &|at| format!("acs:odps::projects/p/tables/t{at}*")),
    )]);
    let policy = in_time(|| AccessPolicy::parse_new(&text, Profile::Project, "p")).unwrap();
    assert_eq!(policy.principals().count(), 20_000);
}

#[test]
fn slow_patterns_are_read_and_matched_fast() {
    let long = "a".repeat(100);
    for (pattern, is_read) in [
        (format!("projects/p/tables/{}", "*a".repeat(100)), true),
        (format!("projects/p/tables/{}b", "*a".repeat(5_000)), false),
        ("*".repeat(500_000), true),
        (format!("projects/p/tables/{}", "?".repeat(100_000)), false),
        (format!("{}!", "*a".repeat(600)), false),
        (format!("*{}", "/*".repeat(1_400)), false),
    ] {
        let policy = parse(&of_resource(&pattern));
        assert_eq!(policy.is_ok(), is_read, "{} characters", pattern.len());
        if let Ok(policy) = policy {
            let uri = format!("projects/p/tables/{long}");
            in_time(|| Case { uris: &[&uri], ..CASE }.matching(&policy, Effect::Deny));
        }
    }
    // All of the forms are followed to their ends.
    let slow = |at: usize| format!(r#""acs:odps::*/tables/*{}*{at}*""#, "*e*a*".repeat(8));
    let slow: Vec<String> = (0..9_000).map(slow).collect();
    let many = format!(r#"{{"Effect": "Deny", "Action": "odps:*", "Resource": [{}]}}"#, slow.join(","));
    assert!(parse(&document(&[&many])).is_ok());
}

#[test]
fn long_lists_of_actions_are_read_fast() {
    let list = |count: usize, of: &dyn Fn(usize) -> String| {
        let items = (0..count).map(|at| format!("\"odps:{}\"", of(at))).collect::<Vec<_>>().join(",");
        document(&[&format!(r#"{{"Effect": "Deny", "Action": [{items}], "Resource": "*"}}"#)])
    };
    // Equal ones are read once.
    let policy = parse(&list(80_000, &|_| "*".to_owned())).unwrap();
    assert_eq!(policy.listed()[0].actions, ["*"]);
    // Others stand for the same actions with more and more stars.
    let stars = |at: usize, place: u32| "*".repeat(1 + at / 4_usize.pow(place) % 4);
    let select = |at: usize| (0..).zip("Select".chars()).map(|(place, c)| format!("{}{c}", stars(at, place))).collect();
    assert_eq!(parse(&list(4_096, &select)).unwrap().listed()[0].actions.len(), 4_096);
}

#[test]
fn deep_and_repeated_json_is_refused() {
    let deep = "[".repeat(100_000);
    let closed = format!("{deep}{}", "]".repeat(100_000));
    let statement = |field: &str, value: &str| {
        let plain = r#"{"Effect": "Allow", "Action": "odps:Select", "Resource": "*", "Condition": {"StringEquals": {"odps:TaskType": "SQL"}}}"#;
        let old = ["\"Allow\"", "\"odps:Select\"", "\"*\"", "{\"StringEquals\": {\"odps:TaskType\": \"SQL\"}}"];
        let at = ["Effect", "Action", "Resource", "Condition"].iter().position(|known| *known == field).unwrap();
        document(&[&plain.replace(old[at], value)])
    };
    for text in [
        deep.clone(),
        closed.clone(),
        statement("Effect", &closed),
        statement("Action", &closed),
        statement("Resource", &closed),
        statement("Condition", &closed),
        statement("Condition", &format!(r#"{{"StringEquals": {closed}}}"#)),
        statement("Condition", &format!(r#"{{"StringEquals": {{"odps:TaskType": {closed}}}}}"#)),
        statement("Effect", r#""Allow", "Effect": "Deny""#),
        statement("Effect", r#""Allow", "\u0045ffect": "Deny""#),
        statement("Resource", r#""*", "Resource": "*""#),
        statement(
            "Condition",
            r#"{"StringEquals": {"odps:TaskType": "SQL"}, "StringEquals": {"odps:TaskType": "DT"}}"#,
        ),
        statement("Condition", "null"),
        statement("Effect", "null"),
        document(&["null"]),
        document(&["[\"Allow\", null, \"odps:Select\", \"*\", null]"]),
        r#"{"Version": "1", "Statement": [], "Statement": []}"#.to_owned(),
        format!(r#"{{"Version": "1", "Statement": [{}]}}"#, vec!["{}"; 100_000].join(",")),
        format!("{}{}", " ".repeat(2 << 20), document(&[])),
    ] {
        assert!(parse(&text).is_err(), "{}", text.chars().take(200).collect::<String>());
    }
    // An error message stays short for every file.
    for field in ["Action", "Resource"] {
        let error = parse(&statement(field, &format!("\"{}\"", "x".repeat(500_000)))).unwrap_err();
        assert!(error.message.len() < 400, "{field}: {}", error.message.len());
    }
}
