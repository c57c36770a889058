//! PRJ-1 to PRJ-3.

use odpsh::model::{Principal, ProjectRef};
use odpsh::security::{Access, Destination, Requirement, Rights};

use super::{Asked, Hearing, Passed, Why};
use crate::it::worlds::{Addresses, Project};

impl Hearing<'_> {
    /// The project stage: of the current project first, then of every project touched, in the order of the text; of each
    /// membership, address, status, in this order (STG-1). What comes after membership tells that a project is there (STG-4).
    pub(super) fn projects(&mut self) -> Passed {
        let (world, request) = (self.world, self.request);
        let requirements = &request.requirements;
        let anyone_may = !requirements.is_empty()
            && requirements.iter().all(|requirement| matches!(requirement, Requirement::None(_)));
        match &request.current {
            None if anyone_may && request.flows.is_empty() => return Ok(()),
            // TRS-1: what stands in for the console is in no project.
            None if requirements.iter().any(|one| matches!(one, Requirement::Act(_)))
                && requirements
                    .iter()
                    .all(|one| matches!(one, Requirement::Act(_) | Requirement::TenantProject(_)))
                && request.flows.is_empty() => {}
            None => {
                self.say("PRJ-1 no project", false);
                return Err(("PRJ-1", Why::NoProject));
            }
            Some(_) if anyone_may => self.say("PRJ-1 anyone may", true),
            Some(current) => {
                let project = world.project(current.id);
                let member = project.is_some_and(|project| is_member(project, &request.principal));
                self.say("PRJ-1 member", member);
                if !member {
                    return Err(("PRJ-1", Why::NotMember(current.name.to_string())));
                }
                self.gate(current)?;
            }
        }
        for (place, requirement) in requirements.iter().enumerate() {
            match requirement {
                Requirement::None(_) | Requirement::Member(_) => {}
                Requirement::AllowTo { .. } | Requirement::Unbound { .. } => {
                    panic!("the random requests put no policies")
                }
                Requirement::Tenant(_) => {}
                // STG-4: whether another tenant's project is in use is for its members.
                Requirement::TenantProject(project) => {
                    if world.project(project.id).is_some_and(|known| is_member(known, &request.principal)) {
                        self.gate(project)?;
                    }
                }
                Requirement::Join { project, .. } => self.gate(project)?,
                Requirement::Act(_) => {}
                Requirement::Usage(usage) => self.gate(&usage.project)?,
                Requirement::Location(used) => self.gate(&used.project)?,
                Requirement::Access(access) => {
                    let own: Vec<Access> = self.asked[place].iter().filter_map(Asked::rest).collect();
                    if own.is_empty() {
                        self.say("PRJ-2 the package path does not", true);
                    }
                    own.iter().try_for_each(|access| self.object_member(access))?;
                    self.gate(&access.object.project)?;
                }
                Requirement::GrantTo { project, .. } => self.gate(project)?,
            }
        }
        for flow in &request.flows {
            self.gate(&flow.source.project)?;
            for view in &flow.through {
                self.gate(&view.project)?;
            }
            if let Destination::Project(project) = &flow.destination {
                self.gate(project)?;
            }
        }
        Ok(())
    }

    /// PRJ-2: an access on the own path needs membership of the object's project too. In a view's body, its owner's (VIW-1).
    fn object_member(&mut self, access: &Access) -> Passed {
        let project = &access.object.project;
        let (who, of_view_owner) = match &access.rights {
            Rights::Invoker => (Some(&self.request.principal), false),
            Rights::Definer { owner, .. } => (owner.as_ref(), true),
        };
        let Some(who) = who else {
            return Err(("PRJ-2", Why::NotObjectMember { project: project.name.to_string(), of_view_owner }));
        };
        let member = self.world.project(project.id).is_some_and(|project| is_member(project, who));
        self.say(if of_view_owner { "VIW-1 owner is member" } else { "PRJ-2 member" }, member);
        if let Some(known) = self.world.project(project.id)
            && is_guest(known, who)
            && known.members.contains(who)
        {
            self.say("TNT-4 a member while its account is one", hosts(known, who));
        }
        if !member && self.holds_something(access, who) {
            self.say("ACC-9 a removed user's grants are suspended", false);
        }
        if !member {
            self.hear_of_membership_first(access, who);
        }
        if member {
            Ok(())
        } else {
            Err(("PRJ-2", Why::NotObjectMember { project: project.name.to_string(), of_view_owner }))
        }
    }

    /// PRJ-3: address lists and status of every project touched count, owner included.
    fn gate(&mut self, project: &ProjectRef) -> Passed {
        let world = self.world;
        let Some(project) = world.project(project.id) else { return Ok(()) };
        let admitted = self.admits(project);
        if !project.addresses.is_empty() || !project.vpcs.is_empty() {
            self.say("PRJ-3 address", admitted);
        }
        if !admitted {
            if project.owner == self.request.principal {
                self.say("PRJ-3 owner included", false);
            }
            return Err(("PRJ-3", Why::Address(project.name.clone())));
        }
        self.say("PRJ-3 status", !project.frozen);
        if project.frozen { Err(("PRJ-3", Why::Frozen(project.name.clone()))) } else { Ok(()) }
    }

    /// No list, no restriction. One list alone closes the other way in.
    fn admits(&self, project: &Project) -> bool {
        let source = &self.request.source;
        if project.addresses.is_empty() && project.vpcs.is_empty() {
            return true;
        }
        match source.vpc() {
            None => project.addresses.iter().any(|entry| holds(entry, source.ip)),
            Some(from) => project
                .vpcs
                .iter()
                .filter(|vpc| vpc.name.eq_ignore_ascii_case(from))
                .any(|vpc| vpc.addresses.is_empty() || vpc.addresses.iter().any(|entry| holds(entry, source.ip))),
        }
    }
}

/// Whether an entry of a list holds this address.
pub(super) fn holds(entry: &Addresses, ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(ip) => entry.first <= ip.octets() && ip.octets() <= entry.last,
        std::net::IpAddr::V6(_) => false,
    }
}

/// PRJ-1: the owner is a member.
pub fn is_member(project: &Project, who: &Principal) -> bool {
    project.owner == *who || belongs(project, who)
}

/// Who is a member besides the owner. TNT-4: in a project that its account does not own, a RAM user only while its account is one. TNT-2: the
/// tenant's Super_Administrator and Admin are.
pub(super) fn belongs(project: &Project, who: &Principal) -> bool {
    let added = project.members.contains(who) && (!is_guest(project, who) || hosts(project, who));
    added || ["super_administrator", "admin"].iter().any(|role| is_in_tenant(project, role, who))
}

/// Whether it is a RAM user of an account that does not own the project.
pub(super) fn is_guest(project: &Project, who: &Principal) -> bool {
    !who.is_account() && who.account_key() != project.owner.account_key()
}

/// Whether the account of a RAM user is a member.
pub(super) fn hosts(project: &Project, who: &Principal) -> bool {
    project.members.iter().any(|member| member.is_account() && member.account_key() == who.account_key())
}

/// TNT-2: whether somebody holds a built-in role of the tenant that owns the project.
pub(super) fn is_in_tenant(project: &Project, role: &str, who: &Principal) -> bool {
    let is_own = project.owner.is_account() && !is_guest(project, who);
    is_own && project.tenant.iter().any(|held| held.name.as_str() == role && held.users.contains(who))
}

/// Whether somebody holds this built-in role, in the project or in its tenant.
pub fn holds_built_in(project: &Project, role: &str, who: &Principal) -> bool {
    let by_project = belongs(project, who) && project.holders(role).any(|user| user == who);
    by_project || is_in_tenant(project, role, who)
}
