//! `.who can` says from where, and as which kind of job, exactly: held against single decisions from many places.

use std::collections::BTreeSet;
use std::net::IpAddr;

use fastrand::Rng;
use odpsh::analysis::{Reach, put_together};
use odpsh::model::{Action, JobType, Object, ObjectKind, Principal, Project, Source};
use odpsh::security::{Access, Columns, Destination, Facts, Flow, Request, Reverse, decide};
use odpsh::store::Snapshot;

use crate::it::worlds::{Policy, PolicyStatement, World};

const WORLDS: u64 = 2;

/// What is asked, of whom, where.
#[derive(Clone, Copy)]
struct Question<'a> {
    snapshot: &'a Snapshot<'a>,
    world: &'a World,
    principal: &'a Principal,
    project: &'a Project,
    action: Action,
    object: &'a Object,
}

impl Question<'_> {
    fn is_download(&self) -> bool {
        self.action == Action::Download && matches!(self.object.kind, ObjectKind::Table | ObjectKind::View)
    }

    fn allowed(&self, ip: IpAddr, job: Option<JobType>, columns: Columns) -> bool {
        let downloads = self.is_download();
        let action = if downloads { Action::Select } else { self.action };
        let out = Flow { source: self.object.clone(), through: Vec::new(), destination: Destination::Local };
        let request = Request {
            principal: self.principal.clone(),
            account: None,
            key: None,
            source: Source::internet(ip),
            current: Some(self.project.reference()),
            job: if downloads { Some(JobType::Dt) } else { job },
            requirements: vec![Access { columns, ..Access::of(action, self.object.clone()) }.into()],
            downloads,
            flows: Vec::from_iter(downloads.then_some(out)),
            shows_rows: false,
            definitions: std::collections::BTreeMap::new(),
            mentioned: std::sync::Arc::default(),
            parts: Vec::new(),
        };
        decide(&request, self.snapshot, self.world.now).expect("facts").is_allowed()
    }

    /// The whole, or else every column that passes alone; nothing if none does.
    fn columns(&self, ip: IpAddr, job: Option<JobType>, columns: &[String]) -> Option<BTreeSet<String>> {
        if self.allowed(ip, job, Columns::Whole) {
            return Some(BTreeSet::new());
        }
        let one = |column: &&String| self.allowed(ip, job, Columns::Read([(*column).clone()].into()));
        let covers = self.action.covers_columns();
        let passing: BTreeSet<String> = columns.iter().filter(|_| covers).filter(one).cloned().collect();
        (!passing.is_empty()).then_some(passing)
    }
}

/// Addresses inside and outside of those that worlds name.
fn addresses() -> Vec<IpAddr> {
    [
        "127.0.0.1",
        "10.0.0.1",
        "10.1.2.3",
        "10.255.255.255",
        "11.0.0.0",
        "192.168.1.9",
        "172.16.5.4",
        "8.8.8.8",
        "::1",
        "fe80::7",
    ]
    .map(|text| text.parse().expect("an address"))
    .into()
}

fn columns_of(object: &Object, snapshot: &Snapshot<'_>) -> Vec<String> {
    match object.kind {
        ObjectKind::Table | ObjectKind::View => {
            let table = snapshot.table_of(object).expect("a table").expect("a table");
            table.all_columns().map(|column| column.name.clone()).collect()
        }
        _ => Vec::new(),
    }
}

/// Lets every member select from the tables of its project by a policy, except one, which a Deny names.
fn open_tables(world: &mut World, rng: &mut Rng) {
    for place in 0..world.tables.len() {
        let object = world.object(place);
        let Some(project) = world.projects.iter_mut().find(|project| project.id == object.project.id) else { continue };
        let opens = PolicyStatement::plain(false, Action::Select, &object);
        let mut policy = Policy::with(project.policy.as_ref(), opens);
        if let Some(member) = rng.choice(&project.members) {
            let mut closes = PolicyStatement::plain(true, Action::Select, &object);
            closes.principals = vec![Some(member.clone())];
            policy = Policy::with(Some(&policy), closes);
        }
        project.policy = Some(policy);
    }
}

#[test]
fn who_can_says_exactly_from_where_and_as_what() {
    let (mut conditional, mut together, mut excepted, rng) = (0, 0, 0, &mut Rng::with_seed(20));
    for seed in 0..WORLDS {
        let mut world = World::random(4_500 + seed);
        // Where address lists let in is not asked.
        for project in &mut world.projects {
            project.addresses.clear();
            project.vpcs.clear();
        }
        open_tables(&mut world, rng);
        let texts: Vec<String> = world.conditions.iter().map(|(text, _)| text.clone()).collect();
        for grant in world.grants_mut() {
            grant.conditions = if rng.u8(0..10) < 6 { rng.choice(&texts).cloned() } else { None };
        }
        let store = world.store();
        let snapshot = store.read().expect("a snapshot");
        let people: Vec<Principal> =
            snapshot.accounts().expect("accounts").into_iter().map(|account| account.principal).collect();
        let reach = Reach { facts: &snapshot, now: world.now, roles: true };
        for id in world.projects.iter().filter(|project| project.alive).map(|project| project.id) {
            let home = snapshot.project(id).expect("facts").expect("a project");
            let members = snapshot.members_of(id).expect("members");
            let objects = [home.object()].into_iter().chain(snapshot.objects_in(&home.reference()).expect("objects"));
            for object in objects {
                let columns = columns_of(&object, &snapshot);
                for action in Action::asked_of(object.kind).iter().copied() {
                    let found = reach.who_can(action, &object, &Columns::Whole).expect("facts");
                    let found: Vec<_> = found.into_iter().filter(|reached| reached.current.id == id).collect();
                    conditional += found.iter().filter(|reached| reached.when.is_some()).count();
                    let (everyone, others) =
                        put_together(found.clone(), &home.reference(), &members, &snapshot).expect("facts");
                    together += everyone.len();
                    excepted += everyone.iter().filter(|every| !every.except.is_empty()).count();
                    for principal in &people {
                        let question = Question {
                            snapshot: &snapshot,
                            world: &world,
                            principal,
                            project: &home,
                            action,
                            object: &object,
                        };
                        let ip = *rng.choice(&addresses()).expect("addresses");
                        let job = *rng
                            .choice([Some(JobType::Sql), Some(JobType::Dt), Some(JobType::MapReduce), None].iter())
                            .expect("jobs");
                        let expected = question.columns(ip, job, &columns);
                        let admits = |when: &Option<odpsh::analysis::When>| {
                            let jobs = [Some(JobType::Sql), Some(JobType::Dt), Some(JobType::MapReduce), None];
                            let mut jobs = jobs.iter().filter(|other| question.is_download() || **other == job);
                            when.as_ref().is_none_or(|when| jobs.any(|job| when.admits(ip, *job)))
                        };
                        let said: Vec<_> = found
                            .iter()
                            .filter(|reached| reached.principal == *principal && admits(&reached.when))
                            .map(|reached| reached.columns.clone())
                            .collect();
                        let case = format!("world {seed}: {principal} {action} on {object} from {ip} as {job:?}");
                        assert_eq!(said, Vec::from_iter(expected.clone()), "{case}");
                        // What is said of every member holds of each who is not excepted.
                        let of_all = everyone.iter().any(|every| {
                            let is_meant = members.contains(principal) && !every.except.contains(principal);
                            is_meant && admits(&every.one.when) && Some(&every.one.columns) == expected.as_ref()
                        });
                        let of_one = others.iter().any(|reached| {
                            reached.principal == *principal
                                && admits(&reached.when)
                                && Some(&reached.columns) == expected.as_ref()
                        });
                        assert_eq!(of_all || of_one, expected.is_some(), "{case}");
                        for every in everyone
                            .iter()
                            .filter(|every| members.contains(principal) && !every.except.contains(principal))
                        {
                            assert!(!admits(&every.one.when) || expected.is_some(), "{case}: said of every member");
                        }
                    }
                }
            }
        }
    }
    assert!(conditional >= 30 && together >= 10 && excepted >= 5, "{conditional} {together} {excepted}");
}
