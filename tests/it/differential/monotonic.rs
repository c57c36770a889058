//! What is added to a world, or taken from it, moves decisions in one direction only.

use odpsh::model::{Action, Grant, Grantee, ObjectId, ObjectKind};
use odpsh::security::{Requirement, Verdict};

use super::decided;
use crate::it::worlds::{Allowance, Asked, Asker, Installation, Item, Package, World};

const WORLDS: u64 = 40;
const REQUESTS: usize = 100;

/// Decides the same requests in a world and in a changed one.
fn compare(
    what: &str,
    change: impl Fn(&World, &mut World, &Asked, usize) -> bool,
    may: impl Fn(&Verdict, &Verdict) -> bool,
) {
    let mut moved = 0;
    for seed in 0..WORLDS {
        let world = World::random(1_000 + seed);
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
        };
        let object = &access.object;
        let grants = match object.kind {
            ObjectKind::Project => {
                changed.projects.iter_mut().find(|p| p.id == object.project.id && p.alive).map(|p| &mut p.grants)
            }
            ObjectKind::Schema => {
                changed.projects.iter_mut().find(|p| p.id == object.project.id && p.alive).map(|p| &mut p.schema_grants)
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
    compare("memberships and a role were added", add, never_denies);
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
    compare("trust and exceptions were taken", take, never_allows);
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
            };
            changed.installations.push(Installation {
                id: ObjectId(1_000_000 + i64::try_from(changed.installations.len()).expect("few installations")),
                package: changed.packages.len() - 1,
                project: current.id,
                late: true,
                uninstalled: false,
                grants: if number.is_multiple_of(5) { Vec::new() } else { vec![read] },
                inside: Vec::new(),
            });
            new += 1;
        }
        new > 0
    };
    compare("a package was added", share, never_denies);
}
