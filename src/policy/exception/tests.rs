use super::*;
use crate::model::{ObjectId, ProjectId, ProjectRef, SchemaName, Source};

const DOCUMENTED: &str = r#"{ "Version": "1", "Statement": [{ "Effect": "Allow", "Principal": "ALIYUN$Alice@aliyun.com",
    "Action": ["odps:Select"], "Resource": "acs:odps:*:projects/project_test/tables/table_test",
    "Condition": { "StringEquals": { "odps:TaskType": ["DT", "SQL"] } } }] }"#;

fn table(name: &str) -> Object {
    let owner = Principal::parse("ALIYUN$Bob@aliyun.com").unwrap();
    let project = ProjectRef { id: ProjectId(1), name: "project_test".into() };
    Object {
        kind: ObjectKind::Table,
        id: ObjectId(1).into(),
        project,
        schema: SchemaName::default(),
        name: name.into(),
        owner: Some(owner),
    }
}

fn excepts(text: &str, principal: &str, name: &str, job: JobType) -> bool {
    let principal = Principal::parse(principal).unwrap();
    let source = Source::default();
    let context = RequestContext { principal: &principal, job: Some(job), source: &source, now: Time(0) };
    ExceptionPolicy::parse(text, "project_test").unwrap().excepts(&table(name), &context).is_some()
}

#[test]
fn the_documented_policy_excepts_its_principal_table_and_job_types_only() {
    let alice = "ALIYUN$alice@aliyun.com";
    assert!(excepts(DOCUMENTED, alice, "table_test", JobType::Sql));
    assert!(excepts(DOCUMENTED, alice, "table_test", JobType::Dt));
    assert!(!excepts(DOCUMENTED, alice, "table_test", JobType::MapReduce));
    assert!(!excepts(DOCUMENTED, alice, "table_test", JobType::Spark));
    assert!(!excepts(DOCUMENTED, alice, "other", JobType::Sql));
    assert!(!excepts(DOCUMENTED, "RAM$Alice@aliyun.com:x", "table_test", JobType::Sql));
}

#[test]
fn faults_are_reported_with_line_and_column() {
    let faulty = [
        ("", "line 1, column 1"),
        ("{\n \"Version\": \"1\",\n}", "line 3"),
        ("{ \"Version\": \"1\" }", "`Statement` is missing"),
        (&DOCUMENTED.replace("Allow", "Deny"), "`Effect` must be"),
        (&DOCUMENTED.replace("project_test/", "other/"), "names project `other`"),
        (&DOCUMENTED.replace("\"SQL\"", "\"Spark\""), "line 3"),
        (&DOCUMENTED.replace("odps:Select", "odps:Drop"), "invalid Action value - odps:Drop"),
        (&DOCUMENTED.replace("ALIYUN$Alice@aliyun.com", "role/admin"), "is not a principal"),
        (&DOCUMENTED.replace("\"Effect\"", "\"Efect\""), "unknown field"),
        (&DOCUMENTED.replace("tables/table", "tables/s1/table"), "cannot match anything"),
        (&DOCUMENTED.replace("table_test", "table_test\\u0000"), "cannot match anything"),
        (&DOCUMENTED.replace("table_test", "table test"), "cannot match anything"),
    ];
    for (text, expected) in faulty {
        let message = ExceptionPolicy::parse_new(text, "project_test").unwrap_err().message;
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("line "), "{message}");
    }
}

#[test]
fn a_resource_that_no_action_reads_is_refused_when_it_is_new() {
    let text =
        |action: &str, resource: &str| DOCUMENTED.replace("odps:Select", action).replace("tables/table_test", resource);
    for (action, resource) in [("odps:Read", "tables/t"), ("odps:Select", "resources/r"), ("odps:Execute", "table?/t")]
    {
        let text = text(action, resource);
        let error = ExceptionPolicy::parse_new(&text, "project_test").unwrap_err();
        assert!(error.message.contains("would except nothing (EXC-2) (line"), "{}", error.message);
        // What some version stored is read.
        assert!(ExceptionPolicy::parse(&text, "project_test").is_ok());
    }
    for (action, resource) in [
        ("odps:Select", "tables/*"),
        ("odps:Execute", "registration/functions/f"),
        ("odps:Read", "*"),
        ("odps:Read, odps:Select", "tables/t"),
    ] {
        let policy = ExceptionPolicy::parse_new(&text(action, resource), "project_test").unwrap();
        assert_eq!(policy.warnings(false), Vec::<String>::new());
        assert_eq!(policy.warnings(true).is_empty(), resource == "*");
    }
    for resource in ["schemas/default/tables/t", "schemas/s/tables/*", "schemas/*/tables/t"] {
        let policy = ExceptionPolicy::parse_new(&text("odps:Select", resource), "project_test").unwrap();
        assert_eq!(policy.warnings(true), Vec::<String>::new(), "{resource}");
    }
}
