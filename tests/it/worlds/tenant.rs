//! Tenants: every account is one, with the RAM users that are in it.

use std::sync::Arc;

use fastrand::Rng;
use odpsh::model::{PolicyHolder, Principal, RoleKind, RoleName, Time};
use odpsh::store::Write;

use super::policy::Material;
use super::{Policy, TenantRole, World, chance};

/// Custom roles.
const CUSTOM: [&str; 2] = ["auditor", "keeper"];

impl World {
    /// Draws the roles of each tenant, and who holds them.
    pub(super) fn add_tenants(&mut self, rng: &mut Rng) {
        for tenant in self.tenants() {
            let users = self.ram_users(&tenant);
            let mut drawn = |name: &str, often| TenantRole {
                name: RoleName::new(name),
                users: users.iter().filter(|_| chance(rng, often)).cloned().collect(),
                policy: None,
                is_added: false,
            };
            let mut roles = vec![drawn(RoleName::SUPER_ADMINISTRATOR, 7), drawn(RoleName::ADMIN, 10)];
            roles.extend(CUSTOM.map(|name| drawn(name, 45)));
            let places = (0..self.projects.len()).filter(|place| self.projects[*place].owner == tenant);
            let places: Vec<usize> = places.collect();
            let mut objects = Vec::new();
            for place in &places {
                objects.extend(self.objects_of(*place, rng));
            }
            for role in roles.iter_mut().skip(2) {
                let material = Material {
                    people: &self.people,
                    objects: &objects,
                    now: self.now,
                    of_project: false,
                    manages: false,
                };
                let has_policy = !objects.is_empty() && chance(rng, 75);
                role.policy = has_policy.then(|| Arc::new(Policy::random(rng, &material)));
            }
            for place in places {
                let added = roles.iter().enumerate().map(|(number, role)| {
                    let is_added = number >= 2 && self.projects[place].alive && chance(rng, 60);
                    TenantRole { is_added, ..role.clone() }
                });
                self.projects[place].tenant = added.collect();
            }
        }
    }

    /// The accounts.
    fn tenants(&self) -> Vec<Principal> {
        self.people.iter().filter(|person| person.is_account()).cloned().collect()
    }

    /// The RAM users and RAM roles of an account.
    fn ram_users(&self, tenant: &Principal) -> Vec<Principal> {
        let is_of = |person: &&Principal| !person.is_account() && person.account_key() == tenant.account_key();
        self.people.iter().filter(is_of).cloned().collect()
    }

    pub(super) fn write_tenants(&self, write: &Write<'_>, now: Time) {
        for tenant in self.tenants() {
            let Some(project) = self.projects.iter().find(|project| project.owner == tenant) else { continue };
            for user in self.ram_users(&tenant) {
                write.add_tenant_user(&tenant, &user, "", now).expect("a RAM user of the account");
            }
            for role in &project.tenant {
                if !role.name.is_built_in() {
                    write.create_tenant_role(&tenant, &role.name, "", now).expect("a new role");
                }
                for user in &role.users {
                    write.grant_tenant_role(&tenant, &role.name, user, &tenant, now).expect("a tenant user");
                }
            }
        }
    }

    /// The policies of tenant roles, and the projects that they were added to, once those are there.
    pub(super) fn write_tenant_roles(&self, write: &Write<'_>, now: Time) {
        for project in self.projects.iter().filter(|project| project.alive) {
            for role in &project.tenant {
                if let Some(policy) = &role.policy {
                    let holder = PolicyHolder::TenantRole(role.name.clone());
                    write.put_policy(project.id, &holder, RoleKind::Resource, &policy.text()).expect("a project");
                }
                if role.is_added {
                    let reference = self.reference(project.id);
                    write.add_tenant_role(&project.owner, &role.name, &reference, now).expect("no role of this name");
                }
            }
        }
    }
}
