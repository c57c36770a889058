//! `.who can` and `.what can` find everyone and everything: as many as brute force over all principals, projects and objects.

mod circumstances;
mod managed;

use std::collections::BTreeSet;

use odpsh::analysis::{Reach, WayOut};
use odpsh::model::{Action, JobType, Object, ObjectKind, Principal, Project, ProjectId, Source};
use odpsh::policy::Exempted;
use odpsh::security::{Access, Columns, Destination, Facts, Flow, Request, Requirement, Reverse, decide};
use odpsh::store::Snapshot;

use super::worlds::World;

const WORLDS: u64 = 5;

/// Who, where, doing what, to which columns; none for the whole.
type Found = BTreeSet<(String, ProjectId, &'static str, String)>;

fn allowed(
    snapshot: &Snapshot<'_>,
    world: &World,
    (principal, project): (&Principal, &Project),
    action: Action,
    object: &Object,
    columns: Columns,
) -> bool {
    // Who can download is whom a tunnel download lets: Select in a DT job, with its flow to a file.
    let downloads = action == Action::Download && matches!(object.kind, ObjectKind::Table | ObjectKind::View);
    let (action, destination) = if downloads { (Action::Select, Some(Destination::Local)) } else { (action, None) };
    decided(snapshot, world, (principal, project), (action, object, columns), destination)
}

/// Whether someone can take an action, by a DT job if the data goes to a file, else by an SQL job if it goes anywhere.
fn decided(
    snapshot: &Snapshot<'_>,
    world: &World,
    (principal, project): (&Principal, &Project),
    (action, object, columns): (Action, &Object, Columns),
    destination: Option<Destination>,
) -> bool {
    let job = destination.as_ref().map(|to| if *to == Destination::Local { JobType::Dt } else { JobType::Sql });
    let flow = |destination| Flow { source: object.clone(), through: Vec::new(), destination };
    let request = Request {
        principal: principal.clone(),
        account: None,
        key: None,
        source: Source::default(),
        current: Some(project.reference()),
        job,
        requirements: vec![Requirement::Access(Access { columns, ..Access::of(action, object.clone()) })],
        downloads: destination == Some(Destination::Local),
        flows: destination.map(flow).into_iter().collect(),
        shows_rows: false,
        definitions: std::collections::BTreeMap::new(),
        mentioned: std::sync::Arc::default(),
        parts: Vec::new(),
    };
    decide(&request, snapshot, world.now).expect("facts").is_allowed()
}

/// The whole, or else every column that passes alone.
fn brute(
    snapshot: &Snapshot<'_>,
    world: &World,
    who: (&Principal, &Project),
    action: Action,
    object: &Object,
    columns: &[String],
) -> Option<String> {
    if allowed(snapshot, world, who, action, object, Columns::Whole) {
        return Some(String::new());
    }
    if !action.covers_columns() {
        return None;
    }
    let one =
        |column: &&String| allowed(snapshot, world, who, action, object, Columns::Read([(*column).clone()].into()));
    let passing: Vec<&str> = columns.iter().filter(one).map(String::as_str).collect();
    (!passing.is_empty()).then(|| passing.join(","))
}

#[test]
fn who_can_and_what_can_are_equal_to_brute_force() {
    let mut compared = 0;
    for seed in 0..WORLDS {
        // In which circumstances somebody can is another matter.
        let mut world = World::random(4_000 + seed);
        for project in &mut world.projects {
            let roles = project.roles.iter_mut().map(|role| &mut role.policy);
            let tenant_roles = project.tenant.iter_mut().map(|role| &mut role.policy);
            let policies = roles.chain(tenant_roles).chain([&mut project.policy]);
            policies.flatten().for_each(|policy| *policy = policy.anywhere());
        }
        world.grants_mut().for_each(|grant| grant.conditions = None);
        let listed = world.store();
        // Where everyone will come from is not asked: as if there were no address lists.
        for project in &mut world.projects {
            project.addresses.clear();
            project.vpcs.clear();
        }
        let store = world.store();
        let snapshot = store.read().expect("a snapshot");
        let as_listed = listed.read().expect("a snapshot");
        let people: Vec<Principal> =
            snapshot.accounts().expect("accounts").into_iter().map(|account| account.principal).collect();
        let mut ids = BTreeSet::new();
        for person in &people {
            ids.extend(snapshot.projects_of_principal(person).expect("projects").into_iter().map(|project| project.id));
        }
        let projects: Vec<Project> =
            ids.iter().map(|id| (*snapshot.project(*id).expect("facts").expect("a project")).clone()).collect();
        let reach = Reach { facts: &as_listed, now: world.now, roles: true };
        let mut all: BTreeSet<(String, String, ProjectId, &str, String)> = BTreeSet::new();
        for home in &projects {
            let objects = [home.object()].into_iter().chain(snapshot.objects_in(&home.reference()).expect("objects"));
            for object in objects {
                let columns: Vec<String> = match object.kind {
                    ObjectKind::Table | ObjectKind::View => {
                        let table = snapshot.table_of(&object).expect("a table").expect("a table");
                        let mut names: Vec<String> = table.all_columns().map(|column| column.name.clone()).collect();
                        names.sort();
                        names
                    }
                    _ => Vec::new(),
                };
                check_ways(&snapshot, &reach, &world, (&people, &projects), &object);
                for action in Action::asked_of(object.kind) {
                    let mut expected = Found::new();
                    for person in &people {
                        for project in &projects {
                            // On the own path any project will do: the object's own stands for all of them.
                            let shared = !snapshot.shares(project.id, &object).expect("shares").is_empty();
                            if project.id != home.id && !shared {
                                continue;
                            }
                            if let Some(passing) =
                                brute(&snapshot, &world, (person, project), *action, &object, &columns)
                            {
                                expected.insert((person.key(), project.id, action.name(), passing));
                            }
                        }
                    }
                    let found: Found = reach
                        .who_can(*action, &object, &Columns::Whole)
                        .expect("facts")
                        .into_iter()
                        .map(|reached| {
                            let columns: Vec<String> = reached.columns.into_iter().collect();
                            (reached.principal.key(), reached.current.id, action.name(), columns.join(","))
                        })
                        .collect();
                    // A member of an installing project may pass on its own path as well: in its own project it is listed.
                    let missing: Vec<_> = expected
                        .difference(&found)
                        .filter(|(who, at, action, columns)| {
                            *at == home.id || !found.contains(&(who.clone(), home.id, *action, columns.clone()))
                        })
                        .collect();
                    assert!(missing.is_empty(), "world {seed}, {action} on {object}: not found {missing:?}");
                    let extra: Vec<_> = found.difference(&expected).collect();
                    assert!(extra.is_empty(), "world {seed}, {action} on {object}: found too much {extra:?}");
                    compared += expected.len();
                    all.extend(
                        found
                            .into_iter()
                            .map(|(who, at, action, columns)| (who, object.to_string(), at, action, columns)),
                    );
                }
            }
        }
        for person in &people {
            let mut found = BTreeSet::new();
            for (current, object) in reach.objects_of(person).expect("facts") {
                for reached in reach.actions_on(person, &object, &current).expect("facts") {
                    let columns: Vec<String> = reached.columns.into_iter().collect();
                    found.insert((
                        person.key(),
                        object.to_string(),
                        current.id,
                        reached.action.name(),
                        columns.join(","),
                    ));
                }
            }
            // What is there is not brought back (DEL-1).
            let is_asked = |action: &str| action != Action::Undrop.name();
            let of_person: Vec<_> = all.iter().filter(|entry| entry.0 == person.key() && is_asked(entry.3)).collect();
            for entry in of_person {
                // What somebody may do in every schema is listed with the project (SCH-2).
                let (who, object, at, action, columns) = entry;
                let project = snapshot.project(*at).expect("facts").expect("a project");
                let of_project = (who.clone(), project.object().to_string(), *at, *action, columns.clone());
                let is_in_every = object.starts_with("schema ") && found.contains(&of_project);
                assert!(found.contains(entry) || is_in_every, "world {seed}: .what can {person} lacks {entry:?}");
            }
        }
    }
    assert!(compared >= 2_000, "only {compared} rows were compared");
}

/// Whoever reads an object in SQL jobs may take it into another project if one of its ways leads there, and else may not.
fn check_ways(
    snapshot: &Snapshot<'_>,
    reach: &Reach<'_>,
    world: &World,
    (people, projects): (&[Principal], &[Project]),
    object: &Object,
) {
    if object.kind != ObjectKind::Table {
        return;
    }
    let ways = reach.ways_out(object).expect("facts");
    for person in people {
        for project in projects.iter().filter(|project| project.id != object.project.id) {
            let to = |destination| {
                decided(snapshot, world, (person, project), (Action::Select, object, Columns::Whole), destination)
            };
            if !to(None) {
                continue;
            }
            let leads = |way: &WayOut| match way {
                WayOut::Open => true,
                WayOut::Trusted { project: trusted } => *trusted == project.name,
                WayOut::Excepted(Exempted { principals, tasks, .. }) => {
                    (principals.is_empty() || principals.contains(person))
                        && tasks.as_ref().is_none_or(|tasks| tasks.contains(&JobType::Sql))
                }
                WayOut::Package { package } => package.project.id == project.id,
            };
            let found = ways.iter().any(leads);
            let leaves = to(Some(Destination::Project(project.reference())));
            // A condition on time or address may keep a statement from letting it out, and a package lists it for some only.
            let is_certain = |way: &WayOut| matches!(way, WayOut::Open | WayOut::Trusted { .. }) && leads(way);
            assert!(found || !leaves, "{object} leaves to project {} for {person}, by none of {ways:?}", project.name);
            assert!(
                leaves || !ways.iter().any(is_certain),
                "{object} does not leave to project {} for {person}",
                project.name
            );
        }
    }
}
