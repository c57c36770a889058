//! What tenants have besides projects, where it is mounted, and what policies say of it (TRS-1 to TRS-5).

use std::sync::Arc;

use fastrand::Rng;
use odpsh::model::{Principal, ProjectId, TenantResource, TenantResourceKind, Time};
use odpsh::security::MemoryFacts;
use odpsh::store::Write;

use super::{Piece, Policy, PolicyStatement, Resource, World, chance, pick};

/// A tenant resource.
#[derive(Debug, Clone)]
pub struct Thing {
    pub kind: TenantResourceKind,
    pub name: &'static str,
    pub tenant: Principal,
    pub creator: Principal,
    /// The place of the network connection that it goes through.
    pub connection: Option<usize>,
    pub mounts: Vec<ProjectId>,
}

const NAMES: [&str; 2] = ["small", "big-1"];

impl World {
    /// Draws the resources of each tenant that has a project, their mounts, switches, and statements about them.
    pub(super) fn add_resources(&mut self, rng: &mut Rng) {
        let living: Vec<usize> = (0..self.projects.len()).filter(|place| self.projects[*place].alive).collect();
        for place in &living {
            self.projects[*place].controls_resources = chance(rng, 55);
        }
        let mut tenants: Vec<Principal> = Vec::new();
        for place in &living {
            let owner = &self.projects[*place].owner;
            if owner.is_account() && !tenants.contains(owner) {
                tenants.push(owner.clone());
            }
        }
        for tenant in &tenants {
            let own: Vec<usize> =
                living.iter().copied().filter(|place| self.projects[*place].owner == *tenant).collect();
            self.draw_things(tenant, &own, rng);
            self.draw_tenant_statements(tenant, rng);
            for place in own {
                self.draw_statements(place, rng);
            }
        }
    }

    fn draw_things(&mut self, tenant: &Principal, own: &[usize], rng: &mut Rng) {
        let users: Vec<Principal> =
            self.people.iter().filter(|person| person.account_key() == tenant.account_key()).cloned().collect();
        let kinds = [
            TenantResourceKind::NetworkLink,
            TenantResourceKind::Quota,
            TenantResourceKind::ForeignServer,
            TenantResourceKind::Image,
        ];
        for kind in kinds {
            for name in NAMES {
                if chance(rng, 20) {
                    continue;
                }
                let links: Vec<usize> = (0..self.things.len())
                    .filter(|at| {
                        self.things[*at].tenant == *tenant && self.things[*at].kind == TenantResourceKind::NetworkLink
                    })
                    .collect();
                let goes_through = kind == TenantResourceKind::ForeignServer && !links.is_empty() && chance(rng, 60);
                let connection = goes_through.then(|| *pick(rng, &links));
                let mounts = own.iter().filter(|_| chance(rng, 60)).map(|place| self.projects[*place].id).collect();
                let (tenant, creator) = (tenant.clone(), pick(rng, &users).clone());
                self.things.push(Thing { kind, name, tenant, creator, connection, mounts });
            }
        }
    }

    /// In the policies of custom tenant roles, which are the same in every project of the tenant.
    fn draw_tenant_statements(&mut self, tenant: &Principal, rng: &mut Rng) {
        let Some(first) = self.projects.iter().position(|project| project.owner == *tenant && project.alive) else {
            return;
        };
        let about = self.project_object(self.projects[first].id);
        for number in 0..self.projects[first].tenant.len() {
            if self.projects[first].tenant[number].name.is_built_in() || chance(rng, 45) {
                continue;
            }
            let mut policy = self.projects[first].tenant[number].policy.clone();
            for _ in 0..rng.usize(1..4) {
                let kind = *pick(rng, &TenantResourceKind::ALL);
                let names = ["Usage", "Usage", kind.making().name(), "List", "Describe", "Drop"];
                let action = *pick(rng, &names);
                let statement = PolicyStatement::on_resource(rng, (action, kind, &NAMES), &about, None);
                policy = Some(Policy::with(policy.as_ref(), statement));
            }
            for project in self.projects.iter_mut().filter(|project| project.owner == *tenant) {
                project.tenant[number].policy = policy.clone();
            }
        }
    }

    /// In the policy of a project, which only denies, and in those of its roles.
    fn draw_statements(&mut self, place: usize, rng: &mut Rng) {
        let about = self.project_object(self.projects[place].id);
        let statement = |rng: &mut Rng, principal| {
            let kind = *pick(rng, &TenantResourceKind::ALL);
            PolicyStatement::on_resource(rng, ("Usage", kind, &NAMES), &about, principal)
        };
        if chance(rng, 20) {
            let person = pick(rng, &self.people).clone();
            let statement = statement(rng, Some(person));
            let policy = &mut self.projects[place].policy;
            *policy = Some(Policy::with(policy.as_ref(), statement));
        }
        for number in 0..self.projects[place].roles.len() {
            if self.projects[place].roles[number].name.is_built_in() {
                continue;
            }
            let mut policy: Option<Arc<Policy>> = self.projects[place].roles[number].policy.clone();
            for _ in 0..rng.usize(0..4) {
                policy = Some(Policy::with(policy.as_ref(), statement(rng, None)));
            }
            self.projects[place].roles[number].policy = policy;
        }
    }

    /// A tenant resource as requests have it.
    pub fn tenant_resource(&self, place: usize) -> TenantResource {
        let thing = &self.things[place];
        TenantResource {
            kind: thing.kind,
            tenant: thing.tenant.clone(),
            name: thing.name.to_owned(),
            id: Some(i64::try_from(place).expect("few of them") + 1),
            creator: Some(thing.creator.clone()),
            connection: thing.connection.map(|place| Box::new(self.tenant_resource(place))),
        }
    }

    pub(super) fn put_resources(&self, facts: &mut MemoryFacts) {
        for (number, thing) in (1..).zip(&self.things) {
            facts.mounts.extend(thing.mounts.iter().map(|project| (number, *project)));
        }
    }

    pub(super) fn write_resources(&self, write: &Write<'_>, now: Time) {
        for (place, thing) in self.things.iter().enumerate() {
            let resource = self.tenant_resource(place);
            write.create_tenant_resource(&resource, &thing.creator, now).expect("a free name");
            let found = write.tenant_resource(thing.kind, &thing.tenant, thing.name).expect("it is there");
            assert_eq!(found.id, resource.id, "numbers are places");
            for project in &thing.mounts {
                write.mount(&resource, &self.reference(*project), now).expect("a project");
            }
        }
        for project in self.projects.iter().filter(|project| project.alive) {
            write.set_resource_control(project.id, project.controls_resources, now).expect("a project");
        }
    }
}

/// A pattern that fits a resource of this kind, or nearly.
pub(super) fn pattern(rng: &mut Rng, kind: TenantResourceKind, names: &[&str]) -> Resource {
    use Piece::{Any, One, Text};
    let text = |text: String| Text(text);
    let folders: &[&str] = match kind {
        TenantResourceKind::Quota => &["quotas"],
        TenantResourceKind::NetworkLink => &["networklinks", "networklink"],
        TenantResourceKind::ForeignServer => &["servers", "foreignservers"],
        TenantResourceKind::Image => &["images", "image"],
    };
    let folder = *pick(rng, folders);
    let name = *pick(rng, names);
    Resource(match rng.u32(0..10) {
        0..3 => vec![text(format!("{folder}/{name}"))],
        3..5 => vec![text(format!("{folder}/")), Any],
        5 => vec![text("regions/".to_owned()), Any, text(format!("/{folder}/{name}"))],
        6 => vec![text(format!("regions/cn-hangzhou/{folder}/{name}"))],
        7 => vec![text("regions/cn-".to_owned()), Any, text(format!("/{folder}/{name}"))],
        8 => vec![text(format!("{folder}/{}", name.split_at(name.len() - 1).0)), One],
        _ => vec![text("regions/".to_owned()), Any],
    })
}
