//! What decisions rest on when they rest on a tenant (STG-2), and sessions that stay open while it changes.

use std::sync::Arc;

use odpsh::error::Result;
use odpsh::model::{PolicyHolder, Principal, ProjectRef, RoleKind, RoleName, Time};
use odpsh::shell::{Durability, Options, RootKeyPlace, Service, ServiceOptions, Session, StatePath, World};
use odpsh::store::{Store, Write};
use odpsh::syntax;

const NOW: Time = Time(0);
const POLICY: &str =
    r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"odps:List","Resource":"acs:odps:*:projects/*"}]}"#;

fn principal(text: &str) -> Principal {
    Principal::parse(text).unwrap()
}

/// A change of a tenant.
type Change = fn(&Write<'_>, &Principal, &Principal, &ProjectRef) -> Result<()>;

/// What is changed, whether that counts in every project of the tenant, or in the first one alone.
const CHANGES: [(&str, bool, Change); 9] = [
    ("a rank is given", true, |write, bob, ann, _| {
        write.grant_tenant_role(bob, &RoleName::new(RoleName::ADMIN), ann, bob, NOW)
    }),
    ("a rank is taken", true, |write, bob, ann, _| write.revoke_tenant_role(bob, &RoleName::new(RoleName::ADMIN), ann)),
    ("a custom role is given", true, |write, bob, ann, _| {
        write.grant_tenant_role(bob, &RoleName::new("auditor"), ann, bob, NOW)
    }),
    ("a policy is put", true, |write, _, _, first| {
        write.put_policy(first.id, &PolicyHolder::TenantRole(RoleName::new("auditor")), RoleKind::Resource, POLICY)
    }),
    ("the same policy is put again", true, |write, _, _, first| {
        write.put_policy(first.id, &PolicyHolder::TenantRole(RoleName::new("auditor")), RoleKind::Resource, POLICY)
    }),
    ("a role is added to a project", false, |write, bob, _, first| {
        write.add_tenant_role(bob, &RoleName::new("auditor"), first, NOW)
    }),
    ("a role is removed from a project", false, |write, bob, _, first| {
        write.remove_tenant_role(bob, &RoleName::new("auditor"), first)
    }),
    ("a role with a project is added again", false, |write, bob, _, first| {
        write.add_tenant_role(bob, &RoleName::new("auditor"), first, NOW)
    }),
    ("the holder is dropped", true, |write, _, ann, _| write.drop_account(ann).map(drop)),
];

#[test]
fn a_change_of_a_tenant_moves_the_version_of_its_projects_and_of_no_other() {
    let store = Store::open(&StatePath::Memory, Durability::AtEnd).unwrap();
    let (bob, ann, eve) = (principal("ALIYUN$bob"), principal("RAM$bob:ann"), principal("ALIYUN$eve"));
    let write = store.write().unwrap();
    for person in [&bob, &ann, &eve] {
        write.create_account(person, NOW).unwrap();
    }
    let projects = [("first", &bob), ("second", &bob), ("other", &eve)]
        .map(|(name, owner)| write.create_project(name, owner, NOW).unwrap());
    write.add_tenant_user(&bob, &ann, "", NOW).unwrap();
    write.create_tenant_role(&bob, &RoleName::new("auditor"), "", NOW).unwrap();
    write.commit().unwrap();
    let versions = || {
        let snapshot = store.read().unwrap();
        projects.clone().map(|project| snapshot.version(project.id).unwrap().unwrap())
    };
    for (what, counts_everywhere, change) in CHANGES {
        let before = versions();
        let write = store.write().unwrap();
        change(&write, &bob, &ann, &projects[0]).unwrap();
        write.commit().unwrap();
        let after = versions();
        assert!(after[0] > before[0], "{what}");
        assert_eq!(after[1] > before[1], counts_everywhere, "{what}");
        assert_eq!(after[2], before[2], "{what}");
    }
    // Dropped with the holder gone: the project that had the role moves, and nothing is left.
    let before = versions();
    let write = store.write().unwrap();
    write.drop_tenant_role(&bob, &RoleName::new("auditor")).unwrap();
    write.create_tenant_role(&bob, &RoleName::new("auditor"), "", NOW).unwrap();
    write.commit().unwrap();
    assert!(versions()[0] > before[0]);
    let snapshot = store.read().unwrap();
    assert!(snapshot.projects_with_tenant_role(&bob, &RoleName::new("auditor")).unwrap().is_empty());
    assert!(snapshot.users_of_tenant_role(&bob, &RoleName::new("auditor")).unwrap().is_empty());
    let holder = PolicyHolder::TenantRole(RoleName::new("auditor"));
    assert_eq!(snapshot.policy_document(projects[0].id, &holder).unwrap(), None);
}

fn session(service: &Arc<Service>, user: &str) -> Session {
    let options =
        Options { user: Some(principal(user)), project: Some("sandbox".to_owned()), ..Options::on(StatePath::Memory) };
    Session::on(service, options).unwrap()
}

fn run(session: &mut Session, text: &str) -> Result<()> {
    for piece in syntax::parse(text)?.pieces {
        session.run(&piece, text)?;
    }
    Ok(())
}

/// What is done to each of them, the session of whom it concerns stays open, and the next statement is decided anew (SWI-4).
#[test]
fn an_open_session_loses_what_its_tenant_takes() {
    let options = ServiceOptions {
        state: StatePath::Memory,
        root_key: RootKeyPlace::Unnamed,
        memory_limit: None,
        durable: Durability::AtEnd,
        system_user: Some("owner".to_owned()),
    };
    for (given, taken) in [
        ("grant tenant role admin to user RAM$owner:ann;", "revoke tenant role admin from user RAM$owner:ann;"),
        (
            "add user RAM$owner:ann; grant tenant role lister to user RAM$owner:ann; add tenant role lister to project sandbox;",
            "remove tenant role lister from project sandbox;",
        ),
        (
            "add user RAM$owner:ann; grant tenant role lister to user RAM$owner:ann; add tenant role lister to project sandbox;",
            "revoke tenant role lister from user RAM$owner:ann; drop tenant role lister; create tenant role lister;
             grant tenant role lister to user RAM$owner:ann; add tenant role lister to project sandbox;",
        ),
        (
            "add user RAM$owner:ann; grant tenant role lister to user RAM$owner:ann; add tenant role lister to project sandbox;",
            r#"revoke List on project sandbox from tenant role lister privilegeproperties ("policy"="true","allow"="true");"#,
        ),
        (
            "grant tenant role super_administrator to user RAM$owner:ann;",
            "revoke tenant role super_administrator from user RAM$owner:ann; remove tenant user RAM$owner:ann;",
        ),
    ] {
        let service = Service::open(World::fixed(NOW), &options).unwrap();
        let mut owner = session(&service, "ALIYUN$owner");
        let set_up = r#"--@ account create RAM$owner:ann
add tenant user RAM$owner:ann; create tenant role lister;
grant List on project sandbox to tenant role lister privilegeproperties ("policy"="true","allow"="true");"#;
        run(&mut owner, set_up).unwrap();
        run(&mut owner, given).unwrap();
        let mut ann = session(&service, "RAM$owner:ann");
        run(&mut ann, "show tables;").unwrap_or_else(|error| panic!("{given}: {}", error.message));
        run(&mut owner, taken).unwrap_or_else(|error| panic!("{taken}: {}", error.message));
        assert!(run(&mut ann, "show tables;").is_err(), "{taken}");
    }
}
