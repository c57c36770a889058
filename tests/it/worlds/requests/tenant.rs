//! Requests about tenants: their users and roles, and RAM users who are added to projects.

use odpsh::model::{Principal, ProjectRef, TenantRight};
use odpsh::security::{Request, Requirement};

use super::Asker;
use crate::it::worlds::{chance, pick};

impl Asker<'_> {
    pub(super) fn on_tenant(&mut self, request: &mut Request) {
        let (world, rng) = (self.world, &mut self.rng);
        let project = pick(rng, &world.projects);
        let held: Vec<&Principal> = project.tenant.iter().flat_map(|role| &role.users).collect();
        if !held.is_empty() && chance(rng, 60) {
            request.principal = (*pick(rng, &held)).clone();
            request.current = Some(world.reference(project.id));
        }
        let other = match chance(rng, 12) {
            true => ProjectRef::unknown("prj_none"),
            false => world.reference(pick(rng, &world.projects).id),
        };
        if chance(rng, 40) {
            let guests = world.people.iter().filter(|person| !person.is_account()).cloned().collect::<Vec<_>>();
            let user = if chance(rng, 85) { pick(rng, &guests) } else { pick(rng, &world.people) };
            let project = if chance(rng, 70) { request.current.clone().unwrap_or(other) } else { other };
            return request.requirements.push(Requirement::Join { project, user: user.clone() });
        }
        let rights = [TenantRight::Manage, TenantRight::Lead, TenantRight::Information];
        let right = rights[rng.usize(..rights.len())];
        request.requirements.push(Requirement::Tenant(right));
        if chance(rng, 50) {
            request.requirements.push(Requirement::TenantProject(other));
        }
    }
}
