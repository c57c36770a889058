//! Who may manage a project (matrix 1.5 of the documents; ADM-1, ADM-2): cell by cell for the built-in roles, and for a role of administrator type that is
//! allowed one action, every other one.

use std::collections::BTreeMap;
use std::sync::Arc;

use odpsh::model::{
    Action, Area, Holders, Object, ObjectKind, PolicyHolder, Principal, Project, ProjectId, RoleName,
    SecurityConfiguration, Source, Status, Time,
};
use odpsh::policy::{AccessPolicy, Profile};
use odpsh::security::{Access, MemoryFacts, Request, decide};

const NOW: Time = Time(1_704_067_200_000);
const P: ProjectId = ProjectId(1);

/// Each action of the matrix, and whether Admin may; owner and Super_Administrator may everything.
const MATRIX: &[(&[Action], bool)] = &[
    (&[Action::SetSecurityConfiguration], false),
    (&[Action::GetSecurityConfiguration], true),
    (&[Action::AddTrustedProject, Action::RemoveTrustedProject], false),
    (&[Action::ListTrustedProjects], true),
    (&[Action::AddUser, Action::RemoveUser, Action::ListUsers, Action::ListUserRoles], true),
    (&[Action::CreateRole, Action::DescribeRole, Action::AlterRole, Action::DropRole, Action::ListRoles], true),
    (&[Action::GrantRole, Action::RevokeRole, Action::ListRolePrincipals], true),
    (&[Action::CreatePackage, Action::DropPackage], false),
    (&[Action::DescribePackage], true),
    (&[Action::InstallPackage, Action::UninstallPackage], true),
    (&[Action::AllowInstallPackage, Action::DisallowInstallPackage], false),
    (&[Action::AddPackageResource, Action::RemovePackageResource], false),
    (&[Action::GrantLabel, Action::RevokeLabel, Action::ShowLabelGrants, Action::SetDataLabel], true),
    (&[Action::SetUserLabel, Action::SetRoleLabel, Action::ShowUserLabelGrants, Action::ShowRoleLabelGrants], true),
    (&[Action::ClearExpiredGrants], true),
];

/// The documents contradict themselves: ShowPackages is not for Admin in the matrix, and listed for it elsewhere (PKG-1).
const CHOSEN: &[(Action, bool)] = &[(Action::ShowPackages, true)];

fn principal(name: &str) -> Principal {
    Principal::parse(&format!("ALIYUN${name}@example.com")).unwrap()
}

/// A project with its owner, a Super_Administrator, an Admin, a member without rights, and the holder of role `only`.
fn world(policy: Option<&str>) -> MemoryFacts {
    let mut facts = MemoryFacts::default();
    let project = Project {
        id: P,
        name: "p".to_owned(),
        owner: principal("owner"),
        comment: String::new(),
        status: Status::Normal,
        created: NOW,
        modified: NOW,
        security: SecurityConfiguration::default(),
        properties: BTreeMap::new(),
    };
    facts.projects.insert(P, Arc::new(project));
    for (name, role) in [
        ("owner", None),
        ("super", Some(RoleName::SUPER_ADMINISTRATOR)),
        ("admin", Some(RoleName::ADMIN)),
        ("member", None),
        ("only", Some("only")),
    ] {
        facts.accounts.insert(principal(name));
        if name != "owner" {
            facts.members.insert((P, principal(name)), NOW);
        }
        if let Some(role) = role {
            facts.roles.insert((P, RoleName::new(role)), vec![principal(name)]);
        }
    }
    if let Some(text) = policy {
        let compiled = Arc::new(AccessPolicy::parse(text, Profile::AdministratorRole, "p"));
        assert!(compiled.is_ok(), "{text}");
        let holder = PolicyHolder::Role(RoleName::new("only"));
        facts.policies.insert((P, holder), (text.to_owned(), compiled));
    }
    facts
}

/// The access of an action, on what it is about.
fn access(action: Action) -> Access {
    let project = world(None).projects[&P].object();
    let reference = project.project.clone();
    let is_on_project = Action::asked_of(ObjectKind::Project).contains(&action);
    let object = match is_on_project {
        true => project,
        false => Object { owner: Some(principal("owner")), ..Object::unknown(ObjectKind::Table, reference, "t") },
    };
    let access = Access::of(action, object);
    let is_of_one = !matches!(
        action,
        Action::CreateRole | Action::CreateAdministratorRole | Action::CreatePackage | Action::ShowPackages
    );
    if action.area() == Area::ResourceRoles && is_of_one {
        access.about_role(&RoleName::new("worker"), false)
    } else if action.area() == Area::AdministratorRoles && is_of_one {
        access.about_role(&RoleName::new("chief"), true)
    } else if action.area() == Area::Packages && is_of_one {
        access.about("p.pack")
    } else {
        access
    }
}

fn may(who: &str, action: Action, facts: &MemoryFacts) -> bool {
    let access = access(action);
    let request = Request {
        principal: principal(who),
        account: None,
        key: None,
        source: Source::default(),
        current: Some(access.object.project.clone()),
        job: None,
        requirements: vec![access.into()],
        flows: Vec::new(),
        shows_rows: false,
        downloads: false,
        definitions: BTreeMap::new(),
        mentioned: Arc::default(),
        parts: Vec::new(),
    };
    decide(&request, facts, NOW).unwrap().is_allowed()
}

fn management() -> impl Iterator<Item = Action> {
    let is_managed = |action: &Action| action.is_management() && action.holders() != Holders::Ownership;
    Action::ALL.iter().copied().filter(is_managed)
}

#[test]
fn the_matrix_holds_cell_by_cell() {
    let facts = world(None);
    let rows = MATRIX.iter().flat_map(|(actions, admin)| actions.iter().map(move |action| (*action, *admin)));
    for (action, admin) in rows.chain(CHOSEN.iter().copied()) {
        for (who, expected) in [("owner", true), ("super", true), ("admin", admin), ("member", false), ("only", false)]
        {
            assert_eq!(may(who, action, &facts), expected, "{who} {action:?}");
        }
    }
}

/// Actions that no policy delegates (ADM-2, DLC-2, ADM-1).
const NEVER: &[Action] = &[
    Action::CreateAdministratorRole,
    Action::GrantAdmin,
    Action::GrantSuperAdministrator,
    Action::GrantDownload,
    Action::PutAdministratorPolicy,
    Action::GetAdministratorPolicy,
    Action::SetOtherProperty,
];

#[test]
fn a_role_of_administrator_type_may_do_exactly_what_its_policy_lists() {
    for allowed in management().filter(|action| !NEVER.contains(action)) {
        let uri = &access(allowed).uris()[0];
        let text = format!(
            r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"odps:{}","Resource":"acs:odps:*:{uri}"}}]}}"#,
            // `purge privs` is RevokePrivs.
            if allowed == Action::PurgePrivs { "RevokePrivs" } else { allowed.service_name() }
        );
        let facts = world(Some(&text));
        assert!(may("only", allowed, &facts), "{text}");
        for other in management().filter(|other| {
            access(*other).uris() != access(allowed).uris() || other.service_name() != allowed.service_name()
        }) {
            assert!(other == allowed || !may("only", other, &facts), "{other:?} by {text}");
        }
        // Nobody else has it by that.
        assert!(!may("member", allowed, &facts), "{allowed:?}");
    }
}

#[test]
fn what_is_never_delegated_is_not_opened_by_any_policy() {
    let everything = r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"odps:*","Resource":"acs:odps:*:*"}]}"#;
    let facts = world(Some(everything));
    for action in management() {
        // Other administrator roles are given by a URI that spells the role (ADM-2).
        let is_never = NEVER.contains(&action) || action == Action::GrantAdministratorRole;
        assert_eq!(may("only", action, &facts), !is_never, "{action:?}");
    }
    for action in [Action::CreateTable, Action::List, Action::CreateInstance] {
        assert!(!may("only", action, &facts), "{action:?}");
    }
}
