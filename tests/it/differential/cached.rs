//! What a store keeps from statement to statement is what the state says: random changes in every kind of transaction, by the same
//! shell and by another one, on a store that keeps answers and on one that keeps none.

use std::sync::Arc;

use fastrand::Rng;
use odpsh::error::Result;
use odpsh::model::{
    Action, Grant, Grantee, PolicyHolder, Principal, ProjectId, Property, RoleKind, RoleName, SecurityConfiguration,
    Status, Time,
};
use odpsh::security::Facts as _;
use odpsh::store::{Batch, Durability, Snapshot, StatePath, Store, Write};
use serde_json::json;

const PEOPLE: [&str; 5] = ["ALIYUN$a", "ALIYUN$b", "RAM$a:c", "RAM$a:role/d", "ALIYUN$e"];
const PROJECTS: [&str; 3] = ["p", "q", "r"];
const ROLES: [&str; 2] = ["x", "y"];
/// Random scripts, and their statements.
const SCRIPTS: u64 = 20;
const STATEMENTS: usize = 80;

/// How the transaction of a statement ends.
#[derive(Clone, Copy)]
enum End {
    Commit,
    Later,
    Lost,
}

/// One change of the state, made the same way on each store.
#[derive(Debug, Clone)]
struct Change {
    kind: usize,
    person: Principal,
    other: Principal,
    project: &'static str,
    role: RoleName,
    on: bool,
}

impl Change {
    fn random(random: &mut Rng) -> Self {
        let mut person = || Principal::parse(random.choice(PEOPLE).unwrap()).unwrap();
        let (person, other) = (person(), person());
        Self {
            kind: random.usize(0..17),
            person,
            other,
            project: random.choice(PROJECTS).unwrap(),
            role: RoleName::new(random.choice(ROLES).unwrap()),
            on: random.bool(),
        }
    }

    /// Whether it could be made is part of what is compared.
    fn make(&self, write: &Write<'_>, number: i64) -> Result<bool> {
        let Self { kind, person, other, role, on, .. } = self;
        let now = Time(number);
        let Some(project) = write.project_by_name(self.project)? else {
            return match kind {
                0 => write.create_account(person, now).map_or(Ok(false), |_| Ok(true)),
                _ => write.create_project(self.project, person, now).map_or(Ok(false), |_| Ok(true)),
            };
        };
        let id = project.id;
        let made = match kind {
            0 => write.create_account(person, now).map(drop),
            1 => write.drop_account(person).map(drop),
            2 => write.drop_project(id),
            3 => write.add_member(id, person, "", now),
            4 => write.remove_member(id, person),
            5 => write.create_role(id, role, RoleKind::Resource, "", now),
            6 => write.drop_role(id, role),
            7 | 8 => write.grant_role(id, role, person, other, now),
            9 => write.revoke_role(id, role, person),
            10 => write.set_status(id, if *on { Status::Frozen } else { Status::Normal }),
            11 => {
                let security = SecurityConfiguration { project_protection: *on, ..Default::default() };
                write.set_security(id, &security, now)
            }
            12 => write.set_property(id, Property::ReadLimit, if *on { "7" } else { "" }, now),
            13 => write.put_policy(id, &PolicyHolder::Project, RoleKind::Resource, &policy(Some(person), *on)),
            // The policy of a role that is not there waits for it (ACC-9).
            14 => write.put_policy(id, &PolicyHolder::Role(role.clone()), RoleKind::Resource, &policy(None, *on)),
            15 => write.purge(id, &Grantee::Role(role.clone())).map(drop),
            _ => write.grant(
                &project.object().into(),
                &Grant {
                    action: Action::CreateTable,
                    column: None,
                    grantee: Grantee::User(person.clone()),
                    grantor: other.clone(),
                    granted: now,
                    expires: None,
                    conditions: None,
                },
            ),
        };
        Ok(made.is_ok())
    }
}

/// A policy that says one thing or another, for this principal or for the holders of a role.
fn policy(principal: Option<&Principal>, allows: bool) -> String {
    let (effect, action) = if allows { ("Allow", "odps:Select") } else { ("Deny", "odps:Update") };
    let mut statement = json!({ "Effect": effect, "Action": action, "Resource": "*" });
    if let Some(principal) = principal {
        statement["Principal"] = json!(principal.to_string());
    }
    json!({ "Version": "1", "Statement": [statement] }).to_string()
}

/// What the policies of a project and of its roles say.
fn policies(snapshot: &Snapshot<'_>, id: ProjectId) -> String {
    let roles = ROLES.map(|role| PolicyHolder::Role(RoleName::new(role)));
    let said = |holder: PolicyHolder| {
        let compiled = snapshot.policy(id, &holder).unwrap();
        let listed: Vec<String> = compiled
            .iter()
            .flat_map(|policy| policy.as_ref().as_ref().expect("a policy").listed())
            .map(|one| format!("{:?} {:?} {:?}", one.effect, one.principals, one.actions))
            .collect();
        format!("{listed:?} {:?}", snapshot.policy_text(id, &holder).unwrap())
    };
    roles.into_iter().chain([PolicyHolder::Project]).map(said).collect::<Vec<_>>().join("; ")
}

/// Everything that may be kept, asked twice so that the second answer may be a kept one.
fn told(snapshot: &Snapshot<'_>) -> String {
    let mut told = String::new();
    for _ in 0..2 {
        told.clear();
        for name in PROJECTS {
            told.push_str(&format!("{:?}\n", snapshot.project_by_name(name).unwrap()));
        }
        for id in (1..12).map(ProjectId) {
            told.push_str(&format!("{}\n", policies(snapshot, id)));
        }
        for person in PEOPLE.map(|person| Principal::parse(person).unwrap()) {
            let account = snapshot.account(&person).unwrap();
            told.push_str(&format!("{account:?} {}\n", snapshot.account_exists(&person, None).unwrap()));
            for id in (1..12).map(ProjectId) {
                let (since, roles) =
                    (snapshot.member_since(id, &person).unwrap(), snapshot.roles(id, &person).unwrap());
                told.push_str(&format!("{:?} {since:?} {roles:?}\n", snapshot.project(id).unwrap()));
            }
        }
    }
    told
}

/// A statement on one store: what it could do, and what the state says before it ends and behind it.
fn run(batch: &Batch, change: &Change, end: End, number: i64) -> (bool, String, String) {
    let write = batch.write().unwrap();
    told(&write);
    let made = change.make(&write, number).unwrap();
    let inside = told(&write);
    match end {
        _ if !made => drop(write),
        End::Commit => write.commit().unwrap(),
        End::Later => write.commit_later().unwrap(),
        End::Lost => drop(write),
    }
    let behind = batch.write().unwrap();
    (made, inside, told(&behind))
}

#[test]
fn what_is_kept_is_what_the_state_says() {
    let (mut kept, mut lost) = (0, 0);
    for seed in 0..SCRIPTS {
        let folder = tempfile::tempdir().unwrap();
        let open = |name: &str| {
            let path = StatePath::File(folder.path().join(name));
            Store::open(&path, Durability::AtEnd).unwrap()
        };
        // Each file with a shell of its own and with another one.
        let (cached, plain) = ([open("a"), open("a")], [open("b"), open("b")]);
        let plain = plain.map(Store::without_cache);
        let [cached, plain] = [cached, plain].map(|stores| stores.map(|store| Batch::new(Arc::new(store))));
        let mut random = Rng::with_seed(seed);
        for number in 0..STATEMENTS {
            let change = Change::random(&mut random);
            let by = random.usize(0..2);
            let end = *random.choice(&[End::Commit, End::Later, End::Later, End::Lost]).unwrap();
            // While one shell's statements wait for their commit, no other can write.
            for shells in [&cached, &plain] {
                shells[1 - by].settle().unwrap();
            }
            let number = i64::try_from(number).unwrap();
            let with = run(&cached[by], &change, end, number);
            let without = run(&plain[by], &change, end, number);
            assert_eq!(with, without, "script {seed}, statement {number} by shell {by}: {change:?}");
            kept += usize::from(with.0);
            lost += usize::from(with.0 && matches!(end, End::Lost));
        }
    }
    assert!(kept > 300 && lost > 50, "{kept} changes, {lost} of them taken back, are too few");
}
