//! TNT-2, TNT-4, TNT-5: who manages a tenant, and who adds RAM users.

use odpsh::model::{Principal, ProjectRef, TenantRight};

use super::{Hearing, Passed, Why};

impl Hearing<'_> {
    /// TNT-5: the tenant is the caller's own account's, and the statement is typed in a project of it. TNT-2: managed by the account, the
    /// tenant's Super_Administrator and Admin; the built-in roles are not given by Admin.
    pub(super) fn manages_tenant(&mut self, right: TenantRight) -> Passed {
        let caller = &self.request.principal;
        let current = self.request.current.clone();
        if let Some(current) = &current {
            self.of_tenant(current)?;
        }
        let project = current.and_then(|current| self.world.project(current.id));
        let holds = |name: &str| {
            project.is_some_and(|project| {
                project.tenant.iter().any(|role| role.name.as_str() == name && role.users.contains(caller))
            })
        };
        let (leads, admin) = (caller.is_account() || holds("super_administrator"), holds("admin"));
        let may = leads || (matches!(right, TenantRight::Manage | TenantRight::Information) && admin);
        self.say("TNT-2 who manages a tenant", may);
        if right == TenantRight::Lead && admin && !leads {
            self.say("TNT-2 Admin manages custom roles only", false);
        }
        if may { Ok(()) } else { Err(("TNT-2", Why::NotTenantManager)) }
    }

    /// TNT-5, TNT-3: a project of the caller's tenant.
    pub(super) fn of_tenant(&mut self, project: &ProjectRef) -> Passed {
        let tenant = self.request.principal.account_key();
        let owner = self.world.project(project.id).map(|project| &project.owner);
        let is_own = owner.is_some_and(|owner| owner.is_account() && owner.account_key() == tenant);
        self.say("TNT-5 in a project of the tenant", is_own);
        if is_own { Ok(()) } else { Err(("TNT-5", Why::NotOfTenant(project.name.to_string()))) }
    }

    /// TNT-4: a RAM user is added to a project of its own account, or by its account or a RAM user of it.
    pub(super) fn joins(&mut self, project: &ProjectRef, user: &Principal) -> Passed {
        if user.is_account() {
            return Ok(());
        }
        let owner = self.world.project(project.id).map(|project| project.owner.account_key());
        let may = owner == Some(user.account_key()) || self.request.principal.account_key() == user.account_key();
        self.say("TNT-4 who adds a RAM user", may);
        if may { Ok(()) } else { Err(("TNT-4", Why::UserOfOtherAccount(user.to_string()))) }
    }
}
