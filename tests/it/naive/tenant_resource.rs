//! TRS-1 to TRS-5: who manages tenant resources, and who uses them where.

use odpsh::model::{Action, Principal, ResourceAct, RoleName, TenantResource, TenantResourceKind};
use odpsh::security::{NamedBy, ResourceAccess, Rights, Usage};

use super::exception::fits;
use super::policy::{is_exempt, is_for};
use super::project::{belongs, holds_built_in, is_guest, is_member};
use super::{Hearing, Passed, Why};
use crate::it::worlds::{Piece, Policy, PolicyAction, PolicyStatement, Project, Resource, Role, TenantRole};

/// Where a policy is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Project,
    Role,
    AdministratorRole,
    TenantRole,
}

impl<'w> Hearing<'w> {
    /// TRS-1, TRS-5: the account, the tenant's Super_Administrator, its Admin (network connections), or a tenant role; the creator mounts.
    pub(super) fn acts(&mut self, ResourceAccess { act, resource }: &ResourceAccess) -> Passed {
        let caller = self.request.principal.clone();
        let mounts = *act == ResourceAct::Mount;
        let (rule, sentence) = if mounts { ("TRS-1", "TRS-1 who mounts") } else { ("TRS-5", "TRS-5 who manages") };
        let refused = || Err((rule, Why::MayNotManage(resource.to_string())));
        if caller.account_key() != resource.tenant.account_key() {
            self.say(sentence, false);
            return refused();
        }
        let roles = self.roles_in_tenant(&caller);
        let holds = |name: &str| roles.iter().any(|role| role.name.as_str() == name);
        if caller.is_account() || holds(RoleName::SUPER_ADMINISTRATOR) {
            self.say(sentence, true);
            return Ok(());
        }
        if mounts {
            let made_it = resource.creator.as_ref() == Some(&caller);
            self.say("TRS-1 the creator mounts", made_it);
            return if made_it { Ok(()) } else { refused() };
        }
        let action = match act {
            ResourceAct::List => Action::List,
            ResourceAct::Describe => Action::Describe,
            ResourceAct::Drop => Action::Drop,
            ResourceAct::Create | ResourceAct::Mount => resource.kind.making(),
        };
        let said = |denies| self.tenant_roles_say(&roles, denies, action, resource, &caller);
        if said(true) {
            self.say("TRS-5 a tenant role denies", false);
            return Err(("TRS-5", Why::ManagingDenied(resource.to_string())));
        }
        let by_rank = holds(RoleName::ADMIN);
        if by_rank {
            self.say("TRS-5 Admin: network connections", resource.kind == TenantResourceKind::NetworkLink);
        }
        let by_role = self.tenant_roles_say(&roles, false, action, resource, &caller);
        self.say("TRS-5 a tenant role allows", by_role);
        match by_role || by_rank && resource.kind == TenantResourceKind::NetworkLink {
            true => Ok(()),
            false => refused(),
        }
    }

    /// TRS-2 to TRS-4.
    pub(super) fn uses(&mut self, usage: &Usage) -> Passed {
        let Usage { resource, project: at, named_by } = usage;
        let may_not = || Why::MayNotUse(resource.to_string());
        let Some(project) = self.world.project(at.id) else { return Err(("TRS-3", may_not())) };
        let rule = if project.controls_resources { "TRS-3" } else { "TRS-2" };
        let refused = || Err((rule, may_not()));
        let is_there = resource.id.is_some() && resource.tenant == project.owner;
        // A data source's own connection must be mounted to the same project.
        let mounted = |resource: &TenantResource| self.is_mounted(resource, project);
        let (itself, connection) = (mounted(resource), resource.connection.as_deref().is_none_or(mounted));
        let rights = match named_by {
            NamedBy::Managers => {
                let fine = is_there && (!project.controls_resources || itself && connection);
                self.say("TRS-3 what managers chose takes the mount", fine);
                return if fine { Ok(()) } else { refused() };
            }
            NamedBy::Rights(rights) => rights,
        };
        let (who, of_definer) = match rights {
            Rights::Invoker => (self.request.principal.clone(), false),
            Rights::Definer { owner, .. } => (owner.clone().expect("an owner"), true),
        };
        let roles = if is_guest(project, &who) || who.is_account() { Vec::new() } else { self.roles_of(project, &who) };
        let leads = roles.iter().any(|role| role.name.as_str() == RoleName::SUPER_ADMINISTRATOR);
        // POL-4: exempt from a tenant role's Deny on tenant resources are the account and the tenant's Super_Administrator only.
        if !leads && self.tenant_roles_say(&roles, true, Action::Usage, resource, &who) {
            self.say("TRS-2 a Deny of a tenant role refuses", false);
            if !project.uses_policy {
                self.say("SWI-7 what tenant roles say of tenant resources stays", false);
            }
            if is_exempt(project, &who) {
                self.say("POL-4 a project's Super_Administrator is not exempt from a tenant role", false);
            }
            return Err(("TRS-2", Why::UsageDenied(resource.to_string())));
        }
        let counts = project.controls_resources && project.uses_policy && !is_exempt(project, &who);
        let denied_here = self.project_says(project, true, resource, &who);
        if denied_here {
            self.say("TRS-3 a Deny in the project", !counts);
            if counts {
                return Err(("ACC-3", Why::UsageDenied(resource.to_string())));
            }
        }
        if !project.controls_resources {
            self.may_run_tasks(project, &who, rights)?;
            self.say("TRS-2 what the project's tenant has", is_there);
            if is_there && !itself {
                self.say("TRS-2 mounts have no effect", true);
            }
            return if is_there { Ok(()) } else { refused() };
        }
        self.say("TRS-3 mounted", is_there && itself);
        if !is_there || !itself {
            return refused();
        }
        if !connection {
            self.say("TRS-4 its connection as well", false);
            return refused();
        }
        if is_exempt(project, &who) {
            self.say("TRS-3 owner and Super_Administrator need the mount only", true);
            return Ok(());
        }
        let by_role = project.uses_policy && self.project_says(project, false, resource, &who);
        let by_tenant = self.tenant_roles_say(&roles, false, Action::Usage, resource, &who);
        let may = is_member(project, &who) && (by_role || by_tenant);
        self.say("TRS-3 Usage by the policy of a role", may);
        if by_tenant && may && !by_role {
            self.say("TRS-3 Usage by a tenant role", true);
        }
        if of_definer {
            self.say("TRS-4 the owner of a definition", may);
        }
        if may { Ok(()) } else { refused() }
    }

    /// TRS-2: whoever may run tasks in the project.
    fn may_run_tasks(&mut self, project: &'w Project, who: &Principal, rights: &Rights) -> Passed {
        let object = self.world.project_object(project.id);
        let access = odpsh::security::Access {
            rights: rights.clone(),
            ..odpsh::security::Access::of(Action::CreateInstance, object.clone())
        };
        let of_view_owner = *rights != Rights::Invoker;
        if self.would_be_denied(&access, who, project) {
            return Err(("ACC-3", super::policy::explicitly(&access, of_view_owner)));
        }
        let may = self.may_on_project(&access, who, project);
        self.say("TRS-2 whoever may run tasks", may);
        match may {
            true => Ok(()),
            false => {
                let object = object.to_string();
                let action = Action::CreateInstance.name();
                Err(("TRS-2", Why::NoPrivilege { action, object, columns: Vec::new(), of_view_owner }))
            }
        }
    }

    /// Whether somebody may do something to a project itself, by what it is there or what it was given.
    fn may_on_project(&mut self, access: &odpsh::security::Access, who: &Principal, project: &'w Project) -> bool {
        let manages = ["super_administrator", "admin"].iter().any(|role| holds_built_in(project, role, who));
        is_member(project, who)
            && (project.owner == *who || manages || self.by_entries(access, who, project, &mut Vec::new()))
    }

    fn is_mounted(&self, resource: &TenantResource, project: &Project) -> bool {
        let same = |thing: &&crate::it::worlds::Thing| {
            thing.kind == resource.kind && thing.name == resource.name && thing.tenant == resource.tenant
        };
        resource.id.is_some()
            && self.world.things.iter().find(same).is_some_and(|thing| thing.mounts.contains(&project.id))
    }

    /// The tenant roles that somebody holds, in the tenant of its account.
    fn roles_in_tenant(&self, who: &Principal) -> Vec<&'w TenantRole> {
        let of_tenant = |project: &&Project| {
            project.alive && project.owner.is_account() && project.owner.account_key() == who.account_key()
        };
        let world = self.world;
        world.projects.iter().find(of_tenant).map(|project| self.roles_of(project, who)).unwrap_or_default()
    }

    fn roles_of(&self, project: &'w Project, who: &Principal) -> Vec<&'w TenantRole> {
        project.tenant.iter().filter(|role| role.users.contains(who)).collect()
    }

    fn tenant_roles_say(
        &self,
        roles: &[&TenantRole],
        denies: bool,
        action: Action,
        resource: &TenantResource,
        who: &Principal,
    ) -> bool {
        let policies = roles.iter().filter_map(|role| role.policy.as_deref());
        policies.into_iter().any(|policy| self.says((policy, Place::TenantRole), denies, action, resource, who))
    }

    /// The policy of the project, which only denies, and those of the roles that a member holds there.
    fn project_says(&self, project: &Project, denies: bool, resource: &TenantResource, who: &Principal) -> bool {
        let of_project = project.policy.as_deref().map(|policy| (policy, Place::Project));
        let held = project.roles.iter().filter(|role| belongs(project, who) && role.users.contains(who));
        let place = |role: &Role| if role.is_administrator { Place::AdministratorRole } else { Place::Role };
        let held = held.filter_map(|role| Some((role.policy.as_deref()?, place(role))));
        of_project
            .into_iter()
            .chain(held)
            .any(|(policy, place)| self.says((policy, place), denies, Action::Usage, resource, who))
    }

    fn says(
        &self,
        (policy, place): (&Policy, Place),
        denies: bool,
        action: Action,
        resource: &TenantResource,
        who: &Principal,
    ) -> bool {
        // ACC-3: what cannot be read denies everything.
        let Some(statements) = policy.read() else { return denies };
        statements.iter().any(|statement| {
            statement.denies == denies
                && is_for(statement, who)
                && statement.actions.iter().any(|named| stands_for(named, action, denies, place))
                && is_about(statement, resource)
                && statement.conditions.iter().all(|condition| self.holds(condition, denies))
        })
    }
}

/// TRS-3: a project policy gives no Usage. TRS-5: roles of projects take Usage only.
fn stands_for(named: &PolicyAction, action: Action, denies: bool, place: Place) -> bool {
    let may_hold = match place {
        Place::TenantRole => true,
        Place::Role => action == Action::Usage,
        Place::Project => action == Action::Usage && denies,
        // POL-5: management alone.
        Place::AdministratorRole => false,
    };
    may_hold
        && match named {
            PolicyAction::Named(name) => action.name().eq_ignore_ascii_case(name),
            PolicyAction::Like(pattern) => fits(pattern, action.name()),
            PolicyAction::Any | PolicyAction::All => true,
        }
}

/// POL-6: every documented form, with and without a region, which is not looked at.
fn is_about(statement: &PolicyStatement, resource: &TenantResource) -> bool {
    let folders: &[&str] = match resource.kind {
        TenantResourceKind::Quota => &["quotas"],
        TenantResourceKind::NetworkLink => &["networklinks", "networklink"],
        TenantResourceKind::ForeignServer => &["servers", "foreignservers"],
        TenantResourceKind::Image => &["images", "image"],
    };
    let fits_one = |Resource(pieces): &Resource, path: &str| {
        let region = match pieces.as_slice() {
            [Piece::Text(text), ..] => text.strip_prefix("regions/").map(|rest| rest.split('/').next().unwrap_or(rest)),
            _ => None,
        };
        let region = region.filter(|region| !region.is_empty()).unwrap_or("some-region");
        fits(pieces, path) || fits(pieces, &format!("regions/{region}/{path}"))
    };
    let paths = folders.iter().map(|folder| format!("{folder}/{}", resource.name));
    let paths: Vec<String> = paths.collect();
    statement.resources.iter().any(|one| paths.iter().any(|path| fits_one(one, path)))
}
