//! Higher labels, lower levels and fewer label grants never turn no into yes.

use odpsh::model::{Grantee, LabelGrant, Level};
use odpsh::security::{Access, Requirement};

use super::{WORLDS, compare_in, never_allows, never_denies};
use crate::it::worlds::{Asked, Spot, World};

/// A label so much higher, as far as there are labels.
fn raised(label: u8) -> u8 {
    (label + 3).min(9)
}

/// Every project checks labels.
fn checked(mut world: World) -> World {
    world.projects.iter_mut().for_each(|project| project.checks_labels = true);
    world
}

/// The last access of a request to a table, and the place of the table.
fn last_read<'a>(world: &World, asked: &'a Asked) -> Option<(&'a Access, usize)> {
    asked.request.requirements.iter().rev().find_map(|requirement| match requirement {
        Requirement::Access(access) => match world.spot(&access.object) {
            Some(Spot::Table(place)) => Some((access, place)),
            _ => None,
        },
        _ => None,
    })
}

#[test]
fn higher_labels_never_turn_no_into_yes() {
    let raise = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for (place, table) in changed.tables.iter_mut().enumerate() {
            match (place + number) % 3 {
                0 => table.label = raised(table.label),
                1 => {
                    for own in &mut table.column_labels {
                        *own = Some(raised(own.unwrap_or(table.label)));
                    }
                }
                _ => {
                    // One column alone.
                    let column = number % table.column_labels.len();
                    let own = table.column_labels[column].unwrap_or(table.label);
                    table.column_labels[column] = Some(raised(own));
                }
            }
        }
        true
    };
    compare_in("labels were raised (LAB-1)", WORLDS, checked, raise, never_allows);
}

#[test]
fn fewer_label_grants_on_tables_never_turn_no_into_yes() {
    let is_on_column = |grant: &LabelGrant| grant.column.is_some();
    let take = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for table in changed.tables.iter_mut().filter(|_| !number.is_multiple_of(3)) {
            table.label_grants.retain(is_on_column);
        }
        for installation in changed.installations.iter_mut().filter(|_| number % 3 != 1) {
            installation.labels_inside.retain(|inside| is_on_column(&inside.grant));
        }
        true
    };
    compare_in("label grants on tables were taken", 3 * WORLDS, without_levels, take, never_allows);
}

/// No member has a level, so that label grants decide.
fn without_levels(world: World) -> World {
    let mut world = checked(world);
    world.projects.iter_mut().for_each(|project| project.levels.clear());
    world
}

#[test]
fn lower_levels_never_turn_no_into_yes() {
    let lower = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for (_, level) in changed.projects.iter_mut().flat_map(|project| &mut project.levels) {
            *level = if number.is_multiple_of(2) { 0 } else { *level / 2 };
        }
        true
    };
    compare_in("levels were lowered (LAB-1)", WORLDS, checked, lower, never_allows);
}

#[test]
fn lower_labels_of_packages_never_turn_no_into_yes() {
    let lower = |_: &World, changed: &mut World, _: &Asked, number: usize| {
        for allowance in changed.packages.iter_mut().flat_map(|package| &mut package.allowed) {
            allowance.label = if number.is_multiple_of(2) { 0 } else { allowance.label / 2 };
        }
        true
    };
    compare_in("labels of packages were lowered (LAB-4)", WORLDS, checked, lower, never_allows);
}

#[test]
fn a_label_grant_on_a_table_for_who_has_none_never_turns_yes_into_no() {
    let give = |world: &World, changed: &mut World, asked: &Asked, number: usize| {
        let Some((access, place)) = last_read(world, asked) else { return false };
        let Some(who) = access.subject(&asked.request.principal) else { return false };
        let table = &mut changed.tables[place];
        let grantee = Grantee::User(who.clone());
        if table.label_grants.iter().any(|grant| grant.grantee == grantee) {
            return false;
        }
        let level = Level::new(if number.is_multiple_of(2) { 9 } else { 3 }).expect("a level");
        let grantor = world.people[0].clone();
        table.label_grants.push(LabelGrant {
            level,
            column: None,
            grantee,
            grantor,
            granted: world.now,
            expires: None,
        });
        true
    };
    compare_in("a label grant on a table was added (LAB-1)", WORLDS, checked, give, never_denies);
}

#[test]
fn labels_switched_off_never_turn_yes_into_no() {
    let off = |_: &World, changed: &mut World, _: &Asked, _: usize| {
        changed.projects.iter_mut().for_each(|project| project.checks_labels = false);
        true
    };
    compare_in("labels were switched off (LAB-1)", WORLDS, checked, off, never_denies);
}
