//! What is added to a world, or taken from it, moves decisions in one direction only.

mod label;

use odpsh::model::{Action, Grant, Grantee, Object, ObjectId, ObjectKind, Principal};
use odpsh::security::{Requirement, Verdict};

use super::decided;
use crate::it::worlds::{Allowance, Asked, Asker, Installation, Item, Package, Policy, PolicyStatement, Schema, World};

const WORLDS: u64 = 40;
/// Enough where most requests are about what changes.
const FEW: u64 = 30;
const REQUESTS: usize = 100;

/// Decides the same requests in a world and in a changed one.
fn compare(
    what: &str,
    change: impl Fn(&World, &mut World, &Asked, usize) -> bool,
    may: impl Fn(&Verdict, &Verdict) -> bool,
) {
    compare_in(what, WORLDS, |world| world, change, may);
}

/// The same in so many worlds that were prepared.
fn compare_in(
    what: &str,
    worlds: u64,
    prepare: impl Fn(World) -> World,
    change: impl Fn(&World, &mut World, &Asked, usize) -> bool,
    may: impl Fn(&Verdict, &Verdict) -> bool,
) {
    let mut moved = 0;
    for seed in 0..worlds {
        let world = prepare(World::random(1_000 + seed));
        let memory = world.memory();
        let mut asker = Asker::new(&world, seed);
        for number in 0..REQUESTS {
            let asked = asker.next();
            let mut changed = world.clone();
            if !change(&world, &mut changed, &asked, number) {
                continue;
            }
            let before = decided(&asked.request, &memory, asked.now);
            let after = decided(&asked.request, &changed.memory(), asked.now);
            assert!(
                may(before.verdict(), after.verdict()),
                "{what}: world {seed}, request {number}: {:#?}\nbefore {:#?}\nafter {:#?}",
                asked.request,
                before,
                after
            );
            moved += usize::from(before.is_allowed() != after.is_allowed());
        }
    }
    assert!(moved >= 20, "{what}: only {moved} decisions moved, the property is hardly tested");
}

/// What was allowed stays allowed, and nothing more is left out.
fn never_denies(before: &Verdict, after: &Verdict) -> bool {
    match (before, after) {
        (Verdict::Allowed { shown: before, .. }, Verdict::Allowed { shown: after, .. }) => before.is_within(after),
        (Verdict::Allowed { .. }, Verdict::Denied(_)) => false,
        (Verdict::Denied(_), _) => true,
    }
}

/// What was denied stays denied, and no more is shown.
fn never_allows(before: &Verdict, after: &Verdict) -> bool {
    match (before, after) {
        (
            Verdict::Allowed { row_limit: before, shown: before_shown },
            Verdict::Allowed { row_limit: after, shown: after_shown },
        ) => after.unwrap_or(u64::MAX) <= before.unwrap_or(u64::MAX) && after_shown.is_within(before_shown),
        (Verdict::Denied(_), Verdict::Allowed { .. }) => false,
        (_, Verdict::Denied(_)) => true,
    }
}

#[test]
fn a_new_grant_never_turns_yes_into_no() {
    let give = |world: &World, changed: &mut World, asked: &Asked, number: usize| {
        // What the request asks for, given to the one who asks; now and then `All`.
        let Some(access) = asked.request.requirements.iter().rev().find_map(|requirement| match requirement {
            Requirement::Access(access) => Some(access),
            _ => None,
        }) else {
            return false;
        };
        let grant = Grant {
            action: if number.is_multiple_of(5) { Action::All } else { access.action },
            column: None,
            grantee: Grantee::User(asked.request.principal.clone()),
            grantor: world.people[0].clone(),
            granted: world.now,
            expires: None,
            conditions: None,
        };
        let object = &access.object;
        let grants = match object.kind {
            ObjectKind::Project => {
                changed.projects.iter_mut().find(|p| p.id == object.project.id && p.alive).map(|p| &mut p.grants)
            }
            ObjectKind::Schema if object.is_default_schema() => {
                changed.projects.iter_mut().find(|p| p.id == object.project.id && p.alive).map(|p| &mut p.schema_grants)
            }
            ObjectKind::Schema => {
                let is = |schema: &&mut Schema| object.id.known() == Some(schema.id) && schema.alive;
                changed.schemas.iter_mut().find(is).map(|schema| &mut schema.grants)
            }
            ObjectKind::Package => {
                changed.installations.iter_mut().find(|i| object.id.known() == Some(i.id)).map(|i| &mut i.grants)
            }
            _ => changed.spot(object).map(|spot| changed.entries_mut(spot)),
        };
        grants.is_some_and(|grants| {
            grants.push(grant);
            true
        })
    };
    compare("a grant was added", give, never_denies);
}

#[test]
fn a_schema_of_ones_own_never_turns_yes_into_no() {
    let give = |_: &World, changed: &mut World, asked: &Asked, _: usize| {
        let schemas = asked.request.requirements.iter().filter_map(|requirement| match requirement {
            Requirement::Access(access) if access.object.kind.is_in_schema() => {
                Some((access.object.project.id, access.object.schema.clone()))
            }
            _ => None,
        });
        let schemas: Vec<_> = schemas.collect();
        let mut given = changed.schemas.iter_mut().filter(|one| schemas.contains(&(one.project, one.name.clone())));
        given.by_ref().fold(false, |_, schema| {
            schema.owner = asked.request.principal.clone();
            true
        })
    };
    // Owners grant, so that it shows.
    let granting = |mut world: World| {
        world.projects.iter_mut().for_each(|project| project.creator_may_grant = true);
        world
    };
    compare_in("a schema was given", 5 * WORLDS, granting, give, never_denies);
}

#[test]
fn a_new_member_or_role_never_turns_yes_into_no_for_itself() {
    let add = |_: &World, changed: &mut World, asked: &Asked, number: usize| {
        let caller = &asked.request.principal;
        // A RAM user's grants to a role depend on who holds it (ACC-8): those are another matter.
        if asked.request.requirements.iter().any(|requirement| matches!(requirement, Requirement::GrantTo { .. })) {
            return false;
        }
        for project in &mut changed.projects {
            if !project.members.contains(caller) && project.owner != *caller {
                project.members.push(caller.clone());
            }
            let role = number % project.roles.len();
            project.roles[role].users.push(caller.clone());
        }
        true
    };
    // A role may deny (POL-3), a tenant role to members only (TNT-3): those that do are another matter.
    let prepare = |mut world: World| {
        for project in &mut world.projects {
            project.roles.iter_mut().for_each(|role| role.policy = None);
            project.tenant.iter_mut().for_each(|role| role.policy = None);
        }
        world
    };
    compare_in("memberships and a role were added", WORLDS, prepare, add, never_denies);
}

#[test]
fn less_trust_and_fewer_exceptions_never_turn_no_into_yes() {
    let take = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for project in &mut changed.projects {
            if number.is_multiple_of(2) {
                project.trusts.clear();
            }
            if !number.is_multiple_of(3) {
                project.exception.pop();
            }
        }
        true
    };
    compare_in("trust and exceptions were taken", 3 * WORLDS, |world| world, take, never_allows);
}

#[test]
fn more_protection_never_turns_no_into_yes() {
    let protect = |_: &World, changed: &mut World, _: &Asked, _: usize| {
        changed.projects.iter_mut().for_each(|project| project.protected = true);
        true
    };
    compare("protection was switched on", protect, never_allows);
}

#[test]
fn fewer_grants_and_narrower_switches_never_turn_no_into_yes() {
    let narrow = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for project in &mut changed.projects {
            match number % 4 {
                0 => project.uses_acl = false,
                1 => project.creator_may_access = false,
                2 => project.creator_may_grant = false,
                _ => project.frozen = true,
            }
        }
        true
    };
    compare("switches were narrowed", narrow, never_allows);
}

#[test]
fn what_packages_lose_never_turns_no_into_yes() {
    let take = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for package in &mut changed.packages {
            match number % 5 {
                0 => package.items.iter_mut().for_each(|item| item.removed = true),
                1 => package.allowed.iter_mut().for_each(|allowance| allowance.ended = true),
                2 => package.alive = false,
                _ => {}
            }
        }
        for installation in &mut changed.installations {
            match number % 5 {
                3 => installation.uninstalled = true,
                4 => {
                    installation.grants.clear();
                    installation.inside.clear();
                }
                _ => {}
            }
        }
        true
    };
    compare("packages were removed, disallowed, dropped, uninstalled or closed (PTH-1)", take, never_allows);
}

#[test]
fn a_new_package_never_turns_yes_into_no() {
    let share = |world: &World, changed: &mut World, asked: &Asked, number: usize| {
        let current = asked.request.current.as_ref().filter(|current| world.project(current.id).is_some());
        let Some(current) = current else { return false };
        let accesses = asked.request.requirements.iter().filter_map(|requirement| match requirement {
            Requirement::Access(access) => Some(access),
            _ => None,
        });
        // Everything that is asked for of other projects, or only the last of it.
        let mut new = 0;
        for access in accesses.rev().take(if number.is_multiple_of(2) { 1 } else { 9 }) {
            let Some(object) = world.spot(&access.object).filter(|_| access.object.project != *current) else {
                continue;
            };
            let action = if number.is_multiple_of(3) { Action::All } else { access.action };
            changed.packages.push(Package {
                project: access.object.project.id,
                name: format!("new{new}"),
                alive: true,
                late: true,
                items: vec![Item { object, actions: vec![action], removed: false }],
                allowed: vec![Allowance { project: current.id, label: 0, ended: false }],
            });
            let read = Grant {
                action: Action::Read,
                column: None,
                grantee: Grantee::User(asked.request.principal.clone()),
                grantor: world.people[0].clone(),
                granted: world.now,
                expires: None,
                conditions: None,
            };
            changed.installations.push(Installation {
                id: ObjectId(1_000_000 + i64::try_from(changed.installations.len()).expect("few installations")),
                package: changed.packages.len() - 1,
                project: current.id,
                late: true,
                uninstalled: false,
                grants: if number.is_multiple_of(5) { Vec::new() } else { vec![read] },
                inside: Vec::new(),
                labels_inside: Vec::new(),
            });
            new += 1;
        }
        new > 0
    };
    compare("a package was added", share, never_denies);
}

/// Adds a statement about what a request asks for to the policy of each project that it is about: of the whole request, or of its last part.
fn state(changed: &mut World, asked: &Asked, number: usize, denies: bool) -> bool {
    let request = &asked.request;
    let accesses = request.requirements.iter().filter_map(|requirement| match requirement {
        Requirement::Access(access) => Some((access.action, access.object.clone())),
        _ => None,
    });
    // Data is closed by a Deny of what reads it, too (POL-3).
    let flows = request.flows.iter().chain(request.parts.iter().flat_map(|part| &part.flows));
    let sources = flows.map(|flow| {
        let action = match flow.source.kind {
            ObjectKind::Resource | ObjectKind::Instance => Action::Read,
            ObjectKind::Function => Action::Execute,
            _ => Action::Select,
        };
        (action, flow.source.clone())
    });
    let all: Vec<(Action, Object)> = accesses.chain(sources.take(usize::from(denies) * 9)).collect();
    let mut new = 0;
    for (action, object) in all.iter().rev().take(if number.is_multiple_of(2) { 1 } else { 9 }) {
        if !denies && action.is_management() {
            continue;
        }
        for project in changed.projects.iter_mut().filter(|project| project.id == object.project.id) {
            let statement = PolicyStatement::plain(denies, *action, object);
            project.policy = Some(Policy::with(project.policy.as_ref(), statement));
            new += 1;
        }
    }
    new > 0
}

/// Every RAM user of a tenant holds a role of it, which was added to all projects.
fn with_tenant_roles(mut world: World) -> World {
    let people = world.people.clone();
    for project in &mut world.projects {
        for role in project.tenant.iter_mut().filter(|role| !role.name.is_built_in()) {
            let is_of =
                |person: &&Principal| !person.is_account() && person.account_key() == project.owner.account_key();
            role.users = people.iter().filter(is_of).cloned().collect();
            role.is_added = project.alive;
        }
    }
    world
}

/// Adds to the policies of tenant roles what allows or denies something that a request asks for.
fn state_in_tenant(changed: &mut World, asked: &Asked, denies: bool) -> bool {
    let mut new = 0;
    for requirement in &asked.request.requirements {
        let Requirement::Access(access) = requirement else { continue };
        if access.action.is_management() {
            continue;
        }
        let mut statement = PolicyStatement::plain(denies, access.action, &access.object);
        statement.principals.clear();
        let owner = changed.projects.iter().find(|project| project.id == access.object.project.id);
        let Some(owner) = owner.map(|project| project.owner.clone()) else { continue };
        for project in changed.projects.iter_mut().filter(|project| project.owner == owner) {
            for role in project.tenant.iter_mut().filter(|role| !role.name.is_built_in()) {
                role.policy = Some(Policy::with(role.policy.as_ref(), statement.clone()));
                new += 1;
            }
        }
    }
    new > 0
}

#[test]
fn a_new_deny_of_a_tenant_role_never_turns_no_into_yes() {
    let deny = |_: &World, changed: &mut World, asked: &Asked, _: usize| state_in_tenant(changed, asked, true);
    compare_in("a Deny was added to tenant roles (TNT-3)", WORLDS, with_tenant_roles, deny, never_allows);
}

#[test]
fn a_new_allow_of_a_tenant_role_never_turns_yes_into_no() {
    let allow = |_: &World, changed: &mut World, asked: &Asked, _: usize| state_in_tenant(changed, asked, false);
    compare_in("an Allow was added to tenant roles (TNT-3)", WORLDS, with_tenant_roles, allow, never_denies);
}

#[test]
fn a_new_deny_never_turns_no_into_yes() {
    let deny = |_: &World, changed: &mut World, asked: &Asked, number: usize| state(changed, asked, number, true);
    compare_in("a Deny was added (ACC-3)", FEW, |world| world, deny, never_allows);
}

#[test]
fn a_new_allow_never_turns_yes_into_no() {
    let allow = |_: &World, changed: &mut World, asked: &Asked, number: usize| state(changed, asked, number, false);
    compare_in("an Allow was added (POL-2)", FEW, |world| world, allow, never_denies);
}

#[test]
fn fewer_allows_never_turn_no_into_yes() {
    // Decisions move where there is no other ground.
    let prepare = |mut world: World| {
        world.projects.iter_mut().for_each(|project| project.uses_acl = false);
        world
    };
    let take = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for project in &mut changed.projects {
            let roles = project.roles.iter_mut().map(|role| &mut role.policy);
            for policy in roles.chain([&mut project.policy]).flatten().skip(number % 2) {
                *policy = policy.without_allows();
            }
        }
        true
    };
    compare_in("Allows were taken", 2 * WORLDS, prepare, take, never_allows);
}

#[test]
fn fewer_entries_never_turn_no_into_yes() {
    let take = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        let projects =
            changed.projects.iter_mut().flat_map(|project| [&mut project.grants, &mut project.schema_grants]);
        let tables = changed.tables.iter_mut().map(|table| &mut table.grants);
        let others = changed.others.iter_mut().map(|other| &mut other.grants);
        let schemas = changed.schemas.iter_mut().map(|schema| &mut schema.grants);
        for grants in projects.chain(tables).chain(others).chain(schemas) {
            let mut place = 0;
            grants.retain(|_| {
                place += 1;
                !(place + number).is_multiple_of(2)
            });
        }
        true
    };
    compare_in("entries were taken", 2 * FEW, |world| world, take, never_allows);
}
