//! Who can manage a role or package is who passes the decision, of all principals there are.

use std::collections::BTreeSet;

use odpsh::analysis::Reach;
use odpsh::model::{Action, Principal, Project, RoleKind, RoleName, Source};
use odpsh::security::{Access, Facts, Request, Requirement, Reverse, decide};
use odpsh::store::Snapshot;

use crate::it::worlds::World;

#[test]
fn who_can_manage_is_equal_to_brute_force() {
    let (mut able, mut delegated, mut unable) = (0, 0, 0);
    for seed in 0..40 {
        // In which circumstances somebody can is another matter.
        let mut world = World::random(6_000 + seed);
        for project in &mut world.projects {
            let roles = project.roles.iter_mut().map(|role| &mut role.policy);
            let tenant_roles = project.tenant.iter_mut().map(|role| &mut role.policy);
            let policies = roles.chain(tenant_roles).chain([&mut project.policy]);
            policies.flatten().for_each(|policy| *policy = policy.anywhere());
        }
        let listed = world.store();
        // Where everyone will come from is not asked: as if there were no address lists.
        for project in &mut world.projects {
            project.addresses.clear();
            project.vpcs.clear();
        }
        let store = world.store();
        let (snapshot, as_listed) = (store.read().unwrap(), listed.read().unwrap());
        let reach = Reach { facts: &as_listed, now: world.now, roles: true };
        let people: Vec<Principal> =
            snapshot.accounts().unwrap().into_iter().map(|account| account.principal).collect();
        let projects: BTreeSet<_> = people
            .iter()
            .flat_map(|person| snapshot.projects_of_principal(person).unwrap())
            .map(|project| project.id)
            .collect();
        for id in projects {
            let project = snapshot.project(id).unwrap().unwrap();
            for (name, requirements) in asked(&project, &snapshot) {
                let allowed = |person: &&Principal| {
                    let request = Request {
                        principal: (*person).clone(),
                        account: None,
                        key: None,
                        source: Source::default(),
                        current: Some(project.reference()),
                        job: None,
                        requirements: requirements.clone(),
                        flows: Vec::new(),
                        shows_rows: false,
                        downloads: false,
                        definitions: std::collections::BTreeMap::new(),
                        mentioned: std::sync::Arc::default(),
                        parts: Vec::new(),
                    };
                    decide(&request, &snapshot, world.now).unwrap().is_allowed()
                };
                let expected: BTreeSet<String> = people.iter().filter(allowed).map(Principal::key).collect();
                let found = reach.who_can_manage(&requirements, &project.reference()).unwrap();
                assert!(found.iter().all(|one| one.when.is_none()), "world {seed}: {name}");
                let rules =
                    |one: &odpsh::analysis::Able| one.decision.rules().iter().map(|rule| rule.id()).collect::<Vec<_>>();
                delegated += found.iter().filter(|one| rules(one).contains(&"ADM-1")).count();
                let found: BTreeSet<String> = found.iter().map(|one| one.principal.key()).collect();
                assert_eq!(found, expected, "world {seed}: {name} in {}", project.name);
                able += found.len();
                unable += people.len() - found.len();
            }
        }
    }
    // Otherwise little was compared.
    assert!(able > 500 && delegated > 5 && unable > 500, "{able} {delegated} {unable}");
}

/// What managing each role and a package takes.
fn asked(project: &Project, snapshot: &Snapshot<'_>) -> Vec<(String, Vec<Requirement>)> {
    let mut asked = Vec::new();
    let own = snapshot.role_list(project.id).unwrap().into_iter();
    let own = own.map(|role| (role.name, role.kind == RoleKind::Admin));
    let built_in = [RoleName::ADMIN, RoleName::SUPER_ADMINISTRATOR].map(|name| (RoleName::new(name), false));
    for (role, is_administrator_role) in own.chain(built_in) {
        let about = |action: &Action| -> Requirement {
            Access::of(*action, project.object()).about_role(&role, is_administrator_role).into()
        };
        for actions in [
            &[Action::DescribeRole][..],
            &[Action::ListRolePrincipals],
            &[Action::GrantRole],
            &[Action::GrantRole, Action::GrantAdministratorRole],
            &[Action::DropRole, Action::CreateAdministratorRole],
            &[Action::PutRolePolicy, Action::PutAdministratorPolicy],
        ] {
            asked.push((format!("{actions:?} on role {role}"), actions.iter().map(about).collect()));
        }
    }
    for action in [Action::DescribePackage, Action::AddPackageResource, Action::AllowInstallPackage] {
        let package = format!("{}.p1", project.name);
        let access = Access::of(action, project.object()).about(package.as_str());
        asked.push((format!("{action} on package {package}"), vec![access.into()]));
    }
    asked
}
