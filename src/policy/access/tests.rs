//! What access policies mean, statement by statement; `naive` compares the index with a scan, `hostile` has files that are made to be slow.

use std::collections::BTreeSet;

use super::*;
use crate::model::{Action, JobType, Source};

mod hostile;
mod naive;

/// A policy of these statements.
fn document(statements: &[&str]) -> String {
    format!(r#"{{"Version": "1", "Statement": [{}]}}"#, statements.join(",\n"))
}

fn principal(text: &str) -> Principal {
    Principal::parse(text).unwrap()
}

/// Whom, and on which URIs, an action is asked for.
struct Case<'a> {
    who: &'a str,
    action: Action,
    uris: &'a [&'a str],
    job: Option<JobType>,
    instance: Option<&'a str>,
    privileges: &'a [Action],
    now: Time,
}

const CASE: Case<'static> = Case {
    who: "ALIYUN$a",
    action: Action::Select,
    uris: &["projects/p/tables/t"],
    job: Some(JobType::Sql),
    instance: None,
    privileges: &[],
    now: Time(0),
};

impl Case<'_> {
    fn on<T>(&self, run: impl FnOnce(&Asked<'_>, &RequestContext<'_>) -> T) -> T {
        let uris: Vec<String> = self.uris.iter().map(|uri| (*uri).to_owned()).collect();
        let privileges: BTreeSet<Action> = self.privileges.iter().copied().collect();
        let (principal, source) = (principal(self.who), Source::default());
        let asked = Asked { action: self.action, uris: &uris, privileges: &privileges, instance: self.instance };
        run(&asked, &RequestContext { principal: &principal, job: self.job, source: &source, now: self.now })
    }

    fn matching(&self, policy: &AccessPolicy, effect: Effect) -> Option<usize> {
        self.on(|asked, context| policy.matching(effect, asked, context))
    }
}

fn role(statements: &[&str]) -> AccessPolicy {
    AccessPolicy::parse_new(&document(statements), Profile::ResourceRole, "p").unwrap()
}

/// Whether a role's statement with this condition counts.
fn counts(effect: Effect, condition: &str, case: &Case<'_>) -> bool {
    let name = if case.action.is_management() { Profile::AdministratorRole } else { Profile::ResourceRole };
    let text = document(&[&format!(
        r#"{{"Effect": "{}", "Action": "odps:{}", "Resource": "*", "Condition": {condition}}}"#,
        effect.name(),
        case.action
    )]);
    case.matching(&AccessPolicy::parse(&text, name, "p").unwrap(), effect).is_some()
}

const SELECT: &str =
    r#"{"Effect": "allow", "Action": "odps:select, odps:Describe", "Resource": "acs:odps:*:projects/p/tables/t*"}"#;
const DENY: &str = r#"{"Effect": "DENY", "Action": ["odps:*"], "Resource": ["acs:odps::projects/P/tables/Secret", "acs:odps:*:projects/p/tables/s?"]}"#;

#[test]
fn statements_match_by_effect_action_and_any_form_of_the_uri() {
    let policy = role(&[SELECT, DENY]);
    assert_eq!(CASE.matching(&policy, Effect::Allow), Some(1));
    assert_eq!(CASE.matching(&policy, Effect::Deny), None);
    assert_eq!(Case { action: Action::Drop, ..CASE }.matching(&policy, Effect::Allow), None);
    let forms = &["projects/p/schemas/default/tables/secret", "projects/p/tables/secret"];
    assert_eq!(Case { uris: forms, action: Action::Download, ..CASE }.matching(&policy, Effect::Deny), Some(2));
    assert_eq!(Case { uris: &["projects/p/tables/s1"], ..CASE }.matching(&policy, Effect::Deny), Some(2));
    assert_eq!(Case { uris: &["projects/p/tables/s12"], ..CASE }.matching(&policy, Effect::Deny), None);
}

#[test]
fn a_project_policy_is_for_whom_it_names() {
    let statement = |effect: &str, who: &str| {
        format!(
            r#"{{"Effect": "{effect}", "Principal": {who}, "Action": "odps:Select", "Resource": "acs:odps:*:projects/p/tables/*"}}"#
        )
    };
    let text = document(&[
        &statement("Allow", r#"["ALIYUN$A", "RAM$b:c"]"#),
        &statement("Deny", r#""ALIYUN$x""#),
        &statement("Allow", r#""*""#),
    ]);
    let policy = AccessPolicy::parse_new(&text, Profile::Project, "p").unwrap();
    assert_eq!(CASE.matching(&policy, Effect::Allow), Some(1));
    assert_eq!(Case { who: "RAM$a:u", ..CASE }.matching(&policy, Effect::Allow), Some(3));
    assert_eq!(Case { who: "ALIYUN$X", ..CASE }.matching(&policy, Effect::Deny), Some(2));
    assert!(policy.binds(&principal("aliyun$x")) && !policy.binds(&principal("ALIYUN$a")));
    assert!(policy.allows_something(&principal("ALIYUN$other")));
    let named: Vec<String> = policy.principals().map(Principal::to_string).collect();
    assert_eq!(named, ["ALIYUN$A", "ALIYUN$x", "RAM$b:c"]);
    assert_eq!(CASE.on(|asked, _| policy.allowed(asked)), Some(Principals::Anyone));
    let two =
        AccessPolicy::parse(&document(&[&statement("Allow", r#"["ALIYUN$A", "RAM$b:c"]"#)]), Profile::Project, "p");
    let these = Principals::These([principal("ALIYUN$a"), principal("RAM$b:c")].into());
    assert_eq!(CASE.on(|asked, _| two.as_ref().unwrap().allowed(asked)), Some(these));
    assert!(!two.as_ref().unwrap().allows_something(&principal("ALIYUN$other")));
    assert_eq!(Case { action: Action::Drop, ..CASE }.on(|asked, _| two.unwrap().allowed(asked)), None);
}

#[test]
fn a_policy_without_statements_is_valid_and_says_nothing() {
    for profile in [Profile::Project, Profile::ResourceRole, Profile::AdministratorRole] {
        let policy = AccessPolicy::parse_new(&document(&[]), profile, "p").unwrap();
        assert_eq!(CASE.matching(&policy, Effect::Allow), None);
        assert!(!policy.binds(&principal("ALIYUN$a")) && policy.listed().is_empty());
        assert_eq!(policy.principals().count(), 0);
    }
}

#[test]
fn faults_are_reported_with_their_place_and_what_was_meant() {
    let faulty = [
        ("", "line 1, column 1", ""),
        (r#"{"Version": "2", "Statement": []}"#, "`Version` must be", ""),
        (r#"{"Version": "1"}"#, "`Statement` is missing", "a role's policy needs"),
        (
            &document(&[&SELECT.replace("allow", "alow")]),
            "`Effect` must be \"Allow\" or \"Deny\" (line 1, column",
            "did you mean `Allow`?",
        ),
        (
            &document(&[SELECT, &SELECT.replace("Effect", "Efect")]),
            "unknown field `Efect`, expected one of `Effect`",
            "",
        ),
        (
            &document(&[SELECT, &SELECT.replace("\"Action\"", "\"Effect\": \"Allow\", \"Action\"")]),
            "duplicate field `Effect` (line 2",
            "",
        ),
        (
            &document(&[SELECT, &SELECT.replace("\"Action\"", "\"Principal\": \"*\", \"Action\"")]),
            "cannot name a `Principal` (POL-1) (line 2",
            "remove it",
        ),
        (
            &document(&[&SELECT.replace("select", "slect")]),
            "failed to check policy format: invalid Action value - odps:slect",
            "did you mean `odps:Select`?",
        ),
        (
            &document(&[&SELECT.replace("odps:select", "Select")]),
            "`Select` is not an action",
            "did you mean `odps:Select`?",
        ),
        (
            &document(&[&SELECT.replace("odps:select", "odps:CreatePackage")]),
            "failed to check policy format: invalid Action value - odps:CreatePackage",
            "resource type",
        ),
        (&document(&[&SELECT.replace("select", "CreateJob")]), "action `odps:CreateJob` is not supported yet", ""),
        (
            &document(&[&SELECT.replace("odps:select, odps:Describe", "odps:Usage")]),
            "no action of the statement applies",
            "acs:odps:*:quotas/<name>",
        ),
        (&document(&[&SELECT.replace("select", "")]), "invalid Action value", ""),
        (&document(&[&SELECT.replace("\"odps:select, odps:Describe\"", "[]")]), "`Action` is an empty list", ""),
        (
            &document(&[&SELECT.replace("projects/p/", "projects/q/")]),
            "names another project",
            "write acs:odps:*:projects/p",
        ),
        (&document(&[&SELECT.replace("t*", "t/c")]), "names a column", ""),
        (&document(&[&SELECT.replace("tables", "models")]), "not supported yet", ""),
        (&document(&[&SELECT.replace("tables", "tabels")]), "cannot match anything", ""),
        (&document(&[&SELECT.replace("t*", "t\\u0000*")]), "cannot match anything", ""),
        (&document(&[&SELECT.replace("acs:odps", "acs:oss")]), "is not a resource", ""),
        (
            &document(&[&SELECT.replace("\"Resource\"", "\"Condition\": {}, \"Resource\"")]),
            "`Condition` is empty",
            "omit it",
        ),
    ];
    for (text, expected, help) in faulty {
        let error = AccessPolicy::parse_new(text, Profile::ResourceRole, "p").unwrap_err();
        assert!(error.message.contains(expected) && error.message.contains("line "), "{text}: {}", error.message);
        assert!(error.help.clone().unwrap_or_default().contains(help), "{text}: {:?}", error.help);
    }
    let parse = |text: &str| AccessPolicy::parse_new(&document(&[text]), Profile::Project, "p").unwrap_err().message;
    assert!(parse(SELECT).contains("`Principal` is missing"));
    let with = |who: &str| SELECT.replace("\"Action\"", &format!("\"Principal\": \"{who}\", \"Action\""));
    for who in ["a", "ALIYUN$*", "RAM$a:*", "role/x", ""] {
        assert!(parse(&with(who)).contains("is not a principal"), "{who}");
    }
    // A stored policy is read even if it can match nothing.
    assert!(AccessPolicy::parse(&document(&[&SELECT.replace("tables", "tabels")]), Profile::ResourceRole, "p").is_ok());
}

#[test]
fn conditions_are_held_against_the_request() {
    let plain = |condition: &str| counts(Effect::Allow, condition, &CASE);
    assert!(plain(r#"{"StringEquals": {"odps:TaskType": ["DT", "SQL"]}}"#));
    assert!(plain(r#"{"StringEqualsIgnoreCase": {"odps:TaskType": "sql"}}"#));
    assert!(!plain(r#"{"StringNotEqualsIgnoreCase": {"odps:TaskType": "sql"}}"#));
    assert!(
        plain(r#"{"Bool": {"acs:SecureTransport": "true"}}"#)
            && !plain(r#"{"Bool": {"acs:SecureTransport": "false"}}"#)
    );
    assert!(plain(
        r#"{"IpAddress": {"ACS:sourceip": "127.0.0.0/8"}, "DateLessThan": {"acs:CurrentTime": "2000-01-01"}}"#
    ));
    assert!(!plain(
        r#"{"IpAddress": {"acs:SourceIp": "127.0.0.0/8"}, "DateGreaterThan": {"acs:CurrentTime": "2000-01-01"}}"#
    ));
    let instance = Case { instance: Some("i1"), ..CASE };
    assert!(counts(Effect::Allow, r#"{"StringLike": {"odps:InstanceId": "i?"}}"#, &instance));
    let grant = |privileges| Case { action: Action::GrantPrivs, privileges, ..CASE };
    let (one, two) = (grant(&[Action::Select]), grant(&[Action::Select, Action::Drop]));
    let subset = r#"{"StringSubSet": {"acs:Privileges": ["Select", "odps:describe"]}}"#;
    assert!(counts(Effect::Allow, subset, &one) && !counts(Effect::Allow, subset, &two));
    let other = r#"{"StringNotSubSetIgnoreCase": {"acs:Privileges": ["select"]}}"#;
    assert!(!counts(Effect::Deny, other, &one) && counts(Effect::Deny, other, &two));
    let some = r#"{"IntersectionSetNotNull": {"acs:Privileges": ["Download", "Drop"]}}"#;
    assert!(!counts(Effect::Deny, some, &one) && counts(Effect::Deny, some, &two));
    let none = r#"{"StringIntersectSetEmpty": {"acs:Privileges": "Drop"}}"#;
    assert!(counts(Effect::Allow, none, &one) && !counts(Effect::Allow, none, &two));
    assert!(counts(Effect::Allow, r#"{"StringSubSet": {"acs:Privileges": "All"}}"#, &two));
    assert!(!counts(Effect::Allow, r#"{"StringSubSet": {"acs:Privileges": "All"}}"#, &grant(&[Action::Download])));
}

#[test]
fn a_key_without_a_value_never_opens() {
    let spark = Case { job: Some(JobType::Spark), ..CASE };
    for (key, value) in
        [("odps:TaskType", "SQL"), ("odps:InstanceId", "x"), ("acs:UserAgent", "x"), ("acs:Referer", "x")]
    {
        let condition = |operator: &str| format!(r#"{{"{operator}": {{"{key}": "{value}"}}}}"#);
        for (operator, negative) in
            [("StringEquals", false), ("StringLike", false), ("StringNotEquals", true), ("StringNotLike", true)]
        {
            assert!(!counts(Effect::Allow, &condition(operator), &spark), "{operator} {key}");
            assert_eq!(counts(Effect::Deny, &condition(operator), &spark), negative, "{operator} {key}");
        }
    }
    let absent = Case { action: Action::AddUser, ..CASE };
    for (operator, negative) in [("StringSubSet", false), ("StringNotSubSet", true), ("StringIntersectSetEmpty", true)]
    {
        let condition = format!(r#"{{"{operator}": {{"acs:Privileges": "Select"}}}}"#);
        assert!(!counts(Effect::Allow, &condition, &absent));
        assert_eq!(counts(Effect::Deny, &condition, &absent), negative, "{operator}");
    }
}

#[test]
fn conditions_that_do_not_fit_are_refused() {
    for (condition, expected) in [
        (r#"{"StringEqual": {"odps:TaskType": "SQL"}}"#, "did you mean `StringEquals`?"),
        (r#"{"NumericEquals": {"odps:TaskType": "1"}}"#, "no condition key is a number"),
        (r#"{"StringEquals": {"odps:TaskTyp": "SQL"}}"#, "did you mean `odps:TaskType`?"),
        (r#"{"StringEquals": {"acs:xyz": "SQL"}}"#, "use one of odps:TaskType"),
        (r#"{"IpAddress": {"acs:CurrentTime": "1.1.1.1"}}"#, "use one of DateEquals"),
        (r#"{"StringSubSet": {"odps:TaskType": "SQL"}}"#, "cannot be used with key"),
        (r#"{"StringEquals": {"acs:Privileges": "Select"}}"#, "StringIntersectSetNotEmpty"),
        (r#"{"StringSubSet": {"acs:Privileges": "Selct"}}"#, "did you mean `Select`?"),
        (r#"{"Bool": {"acs:SecureTransport": "yes"}}"#, "is not `true` or `false`"),
        (r#"{"StringEquals": {"odps:TaskType": "Spark"}}"#, "exactly DT, SQL or MapReduce"),
        (r#"{"StringEquals": {"odps:TaskType": []}}"#, "is an empty list"),
        (r#"{"StringEquals": {"odps:TaskType": "SQL", "odps:tasktype": "DT"}}"#, "appears twice"),
        (r#"{"DateLessThan": {"acs:CurrentTime": "soon"}}"#, "is not an ISO 8601 time"),
    ] {
        let statement = SELECT.replace("\"Resource\"", &format!("\"Condition\": {condition}, \"Resource\""));
        let message =
            AccessPolicy::parse_new(&document(&[&statement]), Profile::ResourceRole, "p").unwrap_err().message;
        assert!(message.contains(expected), "{condition}: {message}");
    }
}

#[test]
fn time_turns_conditions() {
    let at = |operator: &str, time: &str| {
        SELECT.replace(
            "\"Resource\"",
            &format!(r#""Condition": {{"{operator}": {{"acs:CurrentTime": "{time}"}}}}, "Resource""#),
        )
    };
    let second = "1970-01-01T00:00:01Z";
    let policy =
        role(&[&at("DateLessThan", second), &at("DateEquals", second), &at("DateGreaterThan", "1970-01-01T00:00:02Z")]);
    let mut moments = Vec::new();
    let mut now = Time(0);
    while let Some(next) = policy.turns_after(now) {
        moments.push(next.0);
        now = next;
    }
    assert_eq!(moments, [1000, 1001, 2001]);
    assert_eq!(CASE.matching(&policy, Effect::Allow), Some(1));
    assert_eq!(Case { now: Time(1000), ..CASE }.matching(&policy, Effect::Allow), Some(2));
    assert_eq!(Case { now: Time(2000), ..CASE }.matching(&policy, Effect::Allow), None);
    assert_eq!(Case { now: Time(2001), ..CASE }.matching(&policy, Effect::Allow), Some(3));
}

#[test]
fn loading_warns_of_what_is_easily_missed() {
    let inside = |action: &str, resource: &str| {
        role(&[&format!(r#"{{"Effect": "Allow", "Action": "{action}", "Resource": {resource}}}"#)]).warnings("p", false)
    };
    let narrow = r#""acs:odps:*:projects/p/*""#;
    assert!(inside("odps:CreateInstance", narrow)[0].contains("projects/p/* does not match the project itself"));
    assert!(inside("odps:Select", narrow).is_empty());
    assert!(inside("odps:*", r#"["acs:odps:*:projects/p/*", "acs:odps:*:projects/p"]"#).is_empty());
    // `default` only, where there are other schemas.
    for (resource, names_none) in [
        ("projects/p/tables/t", true),
        ("projects/p/tables/*", true),
        ("projects/p/schemas/default/tables/t", false),
        ("projects/p/*/tables/t", false),
        ("projects/p/schemas/*", false),
    ] {
        let policy = role(&[&SELECT.replace("projects/p/tables/t*", resource)]);
        let warns = |has_schemas| {
            policy
                .warnings("p", has_schemas)
                .iter()
                .any(|warning| warning.ends_with("what is in the schema default (POL-6)"))
        };
        assert_eq!((warns(true), warns(false)), (names_none, false), "{resource}");
    }
    let agent = SELECT.replace("\"Resource\"", r#""Condition": {"StringLike": {"acs:useragent": "x*"}}, "Resource""#);
    assert!(role(&[&agent]).warnings("p", false)[0].contains("acs:UserAgent is set by the client"));
    let text = document(&[
        r#"{"Effect": "Allow", "Action": ["odps:GrantPrivs", "odps:ListUsers", "odps:Put*"], "Resource": "*"}"#,
    ]);
    let policy = AccessPolicy::parse_new(&text, Profile::AdministratorRole, "p").unwrap();
    assert!(
        policy.warnings("p", false)[0].contains("by GrantPrivs, PutPolicy a holder"),
        "{:?}",
        policy.warnings("p", false)
    );
}

#[test]
fn an_allow_of_download_is_new_unless_it_was_there() {
    let download = SELECT.replace("odps:select", "odps:Download");
    let more = download.replace("tables/t*", "tables/*");
    let narrower =
        download.replace("\"Resource\"", r#""Condition": {"IpAddress": {"acs:SourceIp": "10.0.0.0/8"}}, "Resource""#);
    assert!(!role(&[SELECT, DENY]).adds_download(None));
    assert!(role(&[&download]).adds_download(None) && role(&[&download]).adds_download(Some(&role(&[SELECT]))));
    assert!(!role(&[SELECT, &download]).adds_download(Some(&role(&[&download]))));
    assert!(role(&[&narrower]).adds_download(Some(&role(&[&download]))));
    assert!(role(&[&download]).adds_download(Some(&role(&[&narrower]))));
    // A statement may be split; what was on one resource is not for another.
    let both = download.replace(
        "\"acs:odps:*:projects/p/tables/t*\"",
        r#"["acs:odps:*:projects/p/tables/t*", "acs:odps:*:projects/p/tables/*"]"#,
    );
    assert!(!role(&[&download, &more]).adds_download(Some(&role(&[&both]))));
    assert!(role(&[&both]).adds_download(Some(&role(&[&download, &more]))));
    assert!(role(&[&download, &more]).adds_download(Some(&role(&[&download]))));
}

#[test]
fn statements_are_listed_by_resource() {
    let listed = role(&[SELECT, DENY]).listed();
    assert_eq!(listed.len(), 3);
    assert_eq!(listed[0].actions, ["Select", "Describe"]);
    assert_eq!(listed[0].resource, "projects/p/tables/t*");
    assert!(listed[0].principals.is_empty() && !listed[0].conditional);
    assert_eq!((listed[2].effect, listed[2].actions[0].as_str()), (Effect::Deny, "*"));
}
