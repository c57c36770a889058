//! Tenants: every account is one, with the RAM users that are in it.

use fastrand::Rng;
use odpsh::model::{Principal, RoleName, Time};
use odpsh::store::Write;

use super::{TenantRole, World, chance};

impl World {
    /// Draws the roles of each tenant, and who holds them.
    pub(super) fn add_tenants(&mut self, rng: &mut Rng) {
        for tenant in self.tenants() {
            let users = self.ram_users(&tenant);
            let mut drawn = |name: &str, often| TenantRole {
                name: RoleName::new(name),
                users: users.iter().filter(|_| chance(rng, often)).cloned().collect(),
            };
            let roles = [drawn(RoleName::SUPER_ADMINISTRATOR, 7), drawn(RoleName::ADMIN, 10)];
            for project in self.projects.iter_mut().filter(|project| project.owner == tenant) {
                project.tenant = roles.to_vec();
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
                for user in &role.users {
                    write.grant_tenant_role(&tenant, &role.name, user, &tenant, now).expect("a tenant user");
                }
            }
        }
    }
}
