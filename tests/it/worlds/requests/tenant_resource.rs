//! Requests about tenant resources: their management, and their use by callers, definers and projects.

use odpsh::model::{Location, Principal, ResourceAct, TenantResource, TenantResourceKind};
use odpsh::security::{LocationUse, NamedBy, Request, Requirement, ResourceAccess, Rights, Usage};

use super::Asker;
use crate::it::worlds::{chance, pick};

const ACTS: [ResourceAct; 5] =
    [ResourceAct::Create, ResourceAct::List, ResourceAct::Describe, ResourceAct::Drop, ResourceAct::Mount];

impl Asker<'_> {
    /// In the place of what the request asked for.
    pub(super) fn on_resource(&mut self, request: &mut Request) {
        let (world, rng) = (self.world, &mut self.apart);
        request.requirements.clear();
        request.flows.clear();
        request.parts.clear();
        request.job = None;
        request.shows_rows = false;
        let project = world.project(*pick(rng, &world.living())).expect("a living project");
        let members: Vec<&Principal> = project
            .members
            .iter()
            .chain(project.tenant.iter().flat_map(|role| &role.users))
            .chain([&project.owner])
            .collect();
        if chance(rng, 85) {
            request.principal = (*pick(rng, &members)).clone();
            request.current = Some(world.reference(project.id));
        }
        let own: Vec<usize> =
            (0..world.things.len()).filter(|place| world.things[*place].tenant == project.owner).collect();
        let resource = match chance(rng, 12) || own.is_empty() {
            true => {
                let kind = *pick(rng, &TenantResourceKind::ALL);
                TenantResource::unknown(kind, &project.owner, pick::<&str>(rng, &["small", "none-such"]))
            }
            false => {
                // Now and then one of another tenant.
                let any: Vec<usize> = (0..world.things.len()).collect();
                let from = if chance(rng, 95) { &own } else { &any };
                world.tenant_resource(*pick(rng, from))
            }
        };
        if chance(rng, 40) {
            if let Some(creator) = resource.creator.clone().filter(|_| chance(rng, 25)) {
                request.principal = creator;
            }
            // The console is in no project.
            if chance(rng, 70) {
                request.current = None;
            }
            return request.requirements.push(Requirement::Act(ResourceAccess { act: *pick(rng, &ACTS), resource }));
        }
        // Whom a tenant role binds although it leads the project.
        let leaders: Vec<&Principal> =
            project.holders("super_administrator").filter(|user| user.is_of_account_of(&project.owner)).collect();
        if !leaders.is_empty() && chance(rng, 75) {
            request.principal = (*pick(rng, &leaders)).clone();
            request.current = Some(world.reference(project.id));
        }
        let named_by = match rng.u32(0..10) {
            0..6 => NamedBy::Rights(Rights::Invoker),
            6..9 => {
                // Mostly of somebody who holds a role.
                let holds = |who: &Principal| project.roles.iter().any(|role| role.users.contains(who));
                let any = chance(rng, 30);
                let own = (0..world.tables.len()).filter(|place| {
                    let table = &world.tables[*place];
                    table.project == project.id && (any || table.owner != project.owner && holds(&table.owner))
                });
                match own.collect::<Vec<_>>().as_slice() {
                    [] => NamedBy::Managers,
                    own => {
                        let view = world.object(*pick(rng, own));
                        NamedBy::Rights(Rights::Definer { owner: view.owner.clone(), view })
                    }
                }
            }
            _ => NamedBy::Managers,
        };
        request.requirements.push(Requirement::Member("a test"));
        let rights = match &named_by {
            NamedBy::Rights(rights) => rights.clone(),
            NamedBy::Managers => Rights::Invoker,
        };
        let located = chance(rng, 40);
        if !located || chance(rng, 50) {
            let project = world.reference(project.id);
            request.requirements.push(Requirement::Usage(Usage { resource, project, named_by }));
        }
        if located {
            let text = pick::<&str>(
                rng,
                &[
                    "file:///data/in/",
                    "file:///data/in/a/b",
                    "file:///data/input/",
                    "file:///",
                    "oss://h/bkt/x",
                    "s3://h/bkt/x",
                ],
            );
            let location = Location::parse(text).expect("a location");
            let project = world.reference(project.id);
            request.requirements.push(Requirement::Location(LocationUse { location, project, rights }));
        }
    }
}
