use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::{
    Object, ObjectId, ObjectKind, Principal, Project, ProjectId, ProjectRef, Property, SchemaName,
    SecurityConfiguration, Source, Status, Time,
};
use crate::security::{Destination, Flow, MemoryFacts, Request, decide};

const OWNER: &str = "ALIYUN$owner@aliyun.com";
const OTHER: &str = "ALIYUN$other@aliyun.com";

fn who(name: &str) -> Principal {
    Principal::parse(name).unwrap()
}

/// Project 1 of OWNER, and project 2 of OTHER.
fn world(change: impl Fn(&mut Project)) -> MemoryFacts {
    let project = |id: ProjectId, owner: &str| Project {
        id,
        name: format!("p{}", id.0),
        owner: who(owner),
        comment: String::new(),
        status: Status::Normal,
        created: Time(0),
        modified: Time(0),
        security: SecurityConfiguration::default(),
        properties: BTreeMap::new(),
    };
    let mut one = project(ProjectId(1), OWNER);
    change(&mut one);
    MemoryFacts {
        accounts: [OWNER, OTHER].map(who).into(),
        projects: [one, project(ProjectId(2), OTHER)].map(|project| (project.id, Arc::new(project))).into(),
        ..MemoryFacts::default()
    }
}

/// OTHER, in its own project, moves data of a table of project 1.
fn outflow() -> Request {
    let one = ProjectRef { id: ProjectId(1), name: "p1".into() };
    let two = ProjectRef { id: ProjectId(2), name: "p2".into() };
    let table = Object {
        kind: ObjectKind::Table,
        id: ObjectId(1).into(),
        project: one,
        schema: SchemaName::default(),
        name: "t".into(),
        owner: Some(who(OWNER)),
    };
    let flow = Flow { source: table, through: Vec::new(), destination: Destination::Project(two.clone()) };
    Request {
        principal: who(OTHER),
        account: None,
        key: None,
        source: Source::default(),
        current: Some(two),
        job: None,
        requirements: Vec::new(),
        flows: vec![flow],
        shows_rows: false,
        downloads: false,
        definitions: BTreeMap::new(),
        mentioned: std::sync::Arc::default(),
        parts: Vec::new(),
    }
}

fn explained(facts: &MemoryFacts, viewer: &str) -> Vec<String> {
    let request = outflow();
    let decision = decide(&request, facts, Time(0)).unwrap();
    assert!(!decision.is_allowed());
    let explained = decision.explanation(&request, facts, &who(viewer)).unwrap();
    explained.iter().map(ToString::to_string).collect()
}

#[test]
fn a_policy_that_cannot_be_read_lets_nothing_out_and_its_project_learns_of_it() {
    let facts = world(|project| {
        project.security.project_protection = true;
        project.security.exception = Some("not JSON".to_owned());
    });
    let is_told = |viewer| explained(&facts, viewer).iter().any(|line| line.contains("policy cannot be read"));
    assert!(is_told(OWNER));
    assert!(!is_told(OTHER));
}

#[test]
fn an_address_list_that_cannot_be_read_admits_nobody_and_its_project_learns_of_it() {
    let facts = world(|project| {
        project.properties.insert(Property::IpWhitelist.key().to_owned(), "nowhere".to_owned());
    });
    let is_told =
        |viewer| explained(&facts, viewer).iter().any(|line| line.contains("lists of project p1 cannot be read"));
    assert!(is_told(OWNER));
    assert!(!is_told(OTHER));
}
