//! ACC, VIW-1, SWI-1, SWI-2, DLC: whether one access is allowed on the own path.

use std::collections::BTreeSet;

use odpsh::model::{Action, Grant, Grantee, Identity, Object, ObjectKind, Principal, ProjectRef};
use odpsh::security::{Access, Columns, Requirement, Rights};

use super::entries::{grants_on, received, schema_grants_for};
use super::policy::explicitly;
use super::project::{holds_built_in, is_in_tenant, is_member};
use super::{Asked, Hearing, Passed, Why};
use crate::it::worlds::Project;

/// The matrix of who may manage (ROLE): what Admin may not.
const NOT_FOR_ADMIN: [Action; 17] = [
    Action::SetSecurityConfiguration,
    Action::AddTrustedProject,
    Action::RemoveTrustedProject,
    Action::AddAccountProvider,
    Action::RemoveAccountProvider,
    Action::SetProperty,
    Action::SetOtherProperty,
    Action::PutException,
    Action::CreateAdministratorRole,
    Action::GrantAdmin,
    Action::GrantSuperAdministrator,
    // ADM-2: Admin gives resource roles only.
    Action::GrantAdministratorRole,
    Action::RevokeAdministratorRole,
    // POL-10: the policies of the project and of administrator roles.
    Action::PutPolicy,
    Action::GetPolicy,
    Action::PutAdministratorPolicy,
    Action::GetAdministratorPolicy,
];

/// POL-10: who puts and reads policies, of projects and of roles.
const ABOUT_POLICIES: [Action; 8] = [
    Action::PutPolicy,
    Action::GetPolicy,
    Action::PutRolePolicy,
    Action::GetRolePolicy,
    Action::AddPolicyStatments,
    Action::RemovePolicyStatments,
    Action::PutAdministratorPolicy,
    Action::GetAdministratorPolicy,
];

/// LAB-5: owner, Super_Administrator, Admin.
const ABOUT_LABELS: [Action; 8] = [
    Action::SetDataLabel,
    Action::SetUserLabel,
    Action::SetRoleLabel,
    Action::ShowRoleLabelGrants,
    Action::GrantLabel,
    Action::RevokeLabel,
    Action::ShowLabelGrants,
    Action::ShowUserLabelGrants,
];

/// PKG-1: create, add, remove, allow, disallow, drop: owner or Super_Administrator.
const MAKING_PACKAGES: [Action; 6] = [
    Action::CreatePackage,
    Action::DropPackage,
    Action::AddPackageResource,
    Action::RemovePackageResource,
    Action::AllowInstallPackage,
    Action::DisallowInstallPackage,
];

/// PKG-1: install, uninstall, show and describe: Admin too.
const USING_PACKAGES: [Action; 4] =
    [Action::InstallPackage, Action::UninstallPackage, Action::ShowPackages, Action::DescribePackage];

/// What is made or listed in a project is made or listed in its schema `default`.
pub(super) const IN_SCHEMA: [Action; 5] =
    [Action::List, Action::CreateTable, Action::CreateModel, Action::CreateFunction, Action::CreateResource];

/// What somebody is to a project and to an object in it.
struct Membership {
    owner: bool,
    super_administrator: bool,
    admin: bool,
    /// Creator means current owner (ACC-7).
    creator: bool,
    /// The owner of the schema that the object is in.
    schema_owner: bool,
}

impl<'w> Hearing<'w> {
    /// What a requirement asks for, and what packages allow of it.
    pub(super) fn asked_by(&mut self, requirement: &Requirement) -> Vec<Asked> {
        let Requirement::Access(access) = requirement else { return Vec::new() };
        let controlled = self.world.project(access.object.project.id).is_some_and(|project| project.download_control);
        let instead = self.is_tunnel_download() && access.action == Action::Select && controlled;
        let asked = match instead {
            // DLC-1: with control on, Describe and Download on the object; Select is not asked.
            true => vec![
                Access { action: Action::Describe, columns: Columns::Whole, ..access.clone() },
                Access { action: Action::Download, ..access.clone() },
            ],
            false => vec![access.clone()],
        };
        let with_paths = |access: Access| {
            let kept = self.columns_read(&access).iter().all(|column| self.keeps_package(&access, column));
            Asked { shared: self.by_package(&access), access, instead, kept }
        };
        asked.into_iter().map(with_paths).collect()
    }

    pub(super) fn access(&mut self, access: &Access, place: usize) -> Passed {
        let passed = self.asked[place].clone().iter().try_for_each(|asked| self.by_either_path(asked));
        if self.asked[place].iter().any(|asked| asked.instead) {
            self.say("DLC-1 Describe and Download", passed.is_ok());
            if self.asked[place].iter().all(|asked| asked.rest().is_none()) {
                self.say("DLC-1 by the package path as well", true);
            }
        }
        if access.object.kind == ObjectKind::Instance && access.action == Action::Read {
            self.say("FLW-9 whoever holds Read on it", passed.is_ok());
        }
        self.hear_of_sql_function(access, passed.is_ok());
        passed
    }

    /// PTH-1: one passing path per referenced column is enough.
    fn by_either_path(&mut self, asked: &Asked) -> Passed {
        let access = &asked.access;
        // PTH-1: Denies of the object's project strike out all.
        if let Some(who) = access.subject(&self.request.principal)
            && let Some(project) = self.world.project(access.object.project.id)
            && self.is_denied(access, who, project)
        {
            if asked.rest().is_none() {
                self.say("POL-3 package paths included", false);
            }
            return Err(("ACC-3", explicitly(access, access.rights != Rights::Invoker)));
        }
        let Some(rest) = asked.rest() else { return Ok(()) };
        let project = self.world.project(rest.object.project.id).expect("nobody is a member of what is not there");
        let passed = self.own_path(&rest, project);
        if asked.shared.is_partial() {
            self.say("PTH-1 one path for each column", passed.is_ok());
        }
        passed
    }

    pub(super) fn own_path(&mut self, access: &Access, project: &'w Project) -> Passed {
        let Access { action, object, rights, .. } = access;
        let (who, inside_view) = match rights {
            Rights::Invoker => (&self.request.principal, false),
            Rights::Definer { owner: Some(owner), .. } => (owner, true),
            Rights::Definer { owner: None, .. } => {
                return Err(("PRJ-2", Why::NotObjectMember { project: project.name.clone(), of_view_owner: true }));
            }
        };
        let holds_role = |role: &str| holds_built_in(project, role, who);
        // A package belongs to its project.
        let is_owned = !matches!(object.kind, ObjectKind::Project | ObjectKind::Package);
        let membership = Membership {
            owner: project.owner == *who,
            super_administrator: holds_role("super_administrator"),
            admin: holds_role("admin"),
            creator: is_owned && object.owner.as_ref() == Some(who),
            schema_owner: self.world.schema_of(object).is_some_and(|schema| schema.owner == *who),
        };
        let by_tenant = ["super_administrator", "admin"].iter().any(|role| is_in_tenant(project, role, who));
        let mut lacking = Vec::new();
        let high = membership.owner || membership.super_administrator;
        let allowed = match action {
            Action::ChangeOwner => {
                let may = self.may_change_owner(object, &membership);
                if may && !project.creator_may_grant {
                    self.say("ACC-7 owners are fixed", false);
                    return Err(("ACC-7", Why::OwnerIsFixed(object.to_string())));
                }
                may
            }
            Action::Undrop => {
                self.say("DEL-1 owned it, or owner or Super_Administrator", high || membership.creator);
                high || membership.creator
            }
            Action::GrantPrivs | Action::RevokePrivs => self.may_grant(project, &membership),
            Action::ShowAclGrants => {
                membership.owner
                    || membership.super_administrator
                    || membership.admin
                    || membership.creator
                    || membership.schema_owner
            }
            Action::GrantDownload => {
                let may = membership.owner || membership.super_administrator;
                self.say("DLC-2 only they grant it", may);
                may
            }
            Action::Download => {
                // DLC-2: Admin and object owners do not hold it.
                let may = membership.owner || membership.super_administrator;
                if may {
                    self.say("DLC-2 hold Download", true);
                } else if membership.admin || membership.creator {
                    self.say("DLC-2 Admin and object owners do not", false);
                }
                may || self.by_entries(access, who, project, &mut lacking)
            }
            // FLW-9a: what is gone since is read by owner and Super_Administrator of its project only.
            _ if object.id == Identity::Gone => {
                let may = membership.owner || membership.super_administrator;
                self.say("FLW-9a what is gone since", may);
                may
            }
            action if is_resource_action(*action) => {
                let may =
                    self.by_membership(project, &membership) || self.by_entries(access, who, project, &mut lacking);
                // SCH-2: no grant on a schema gives Select, and its owner has nothing of what is in it.
                if membership.schema_owner && !membership.creator {
                    self.say("SCH-2 the schema's owner holds nothing of what is in it", may);
                }
                may
            }
            action if MAKING_PACKAGES.contains(action) => {
                let may = membership.owner || membership.super_administrator;
                self.say("PKG-1 owner or Super_Administrator", may);
                if !may && membership.admin {
                    self.say("PKG-1 not by Admin", false);
                }
                may
            }
            action if USING_PACKAGES.contains(action) => {
                let may = membership.owner || membership.super_administrator || membership.admin;
                self.say("PKG-1 Admin too", may);
                may
            }
            action if ABOUT_LABELS.contains(action) => {
                self.say("LAB-5 who sets labels", high || membership.admin);
                high || membership.admin
            }
            action => self.may_manage(*action, &membership),
        };
        let allowed = allowed || self.is_delegated(access, who, project);
        if inside_view {
            self.say("VIW-1 the owner's rights", allowed);
        }
        if by_tenant && !project.members.contains(who) {
            self.say("TNT-2 counts in each project of the tenant", allowed);
        }
        if *action == Action::CreateInstance {
            self.say("STG-5 CreateInstance", allowed);
        }
        if allowed {
            return Ok(());
        }
        let rule = match action {
            Action::ChangeOwner => "ACC-7",
            Action::Undrop => "DEL-1",
            Action::GrantPrivs | Action::RevokePrivs | Action::ShowAclGrants => "ACC-8",
            Action::GrantDownload | Action::Download => "DLC-2",
            action if MAKING_PACKAGES.contains(action) || USING_PACKAGES.contains(action) => "PKG-1",
            action if ABOUT_POLICIES.contains(action) => "POL-10",
            action if ABOUT_LABELS.contains(action) => "LAB-5",
            action if !is_resource_action(*action) => "SWI-2",
            _ if !lacking.is_empty() => "ACC-5",
            _ if inside_view => "VIW-1",
            Action::CreateInstance => "STG-5",
            _ => "ACC-1",
        };
        if rule == "ACC-1" {
            self.say("ACC-1 default deny", false);
        }
        let why = Why::NoPrivilege {
            action: action.name(),
            object: object.to_string(),
            columns: lacking,
            of_view_owner: inside_view,
        };
        Err((rule, why))
    }

    /// ACC-2, without the ACL: project owner; Super_Administrator; Admin; owner of the object while it is let.
    fn by_membership(&mut self, project: &Project, membership: &Membership) -> bool {
        if membership.owner {
            self.say("ACC-2 project owner", true);
        } else if membership.super_administrator {
            self.say("ACC-2 Super_Administrator", true);
        } else if membership.admin {
            self.say("ACC-2 Admin", true);
        } else if membership.creator {
            self.say("ACC-2 owner of the object", project.creator_may_access);
            return project.creator_may_access;
        } else {
            return false;
        }
        true
    }

    /// SWI-2, and the matrix: owner or Super_Administrator; Admin too where the matrix says so.
    fn may_manage(&mut self, action: Action, membership: &Membership) -> bool {
        let high = membership.owner || membership.super_administrator;
        let for_admin = !NOT_FOR_ADMIN.contains(&action);
        if ABOUT_POLICIES.contains(&action) {
            self.say("POL-10 who puts and reads policies", high || (for_admin && membership.admin));
        }
        self.say(
            if for_admin { "SWI-2 read and listed by Admin too" } else { "SWI-2 owner or Super_Administrator" },
            high || (for_admin && membership.admin),
        );
        if !high && !for_admin && membership.admin {
            self.say("SWI-2 not by Admin", false);
        }
        high || (for_admin && membership.admin)
    }

    /// ACC-8: owner, Super_Administrator, Admin, and while ObjectCreatorHasGrantPermission is true the object's owner and that of its schema.
    fn may_grant(&mut self, project: &Project, membership: &Membership) -> bool {
        let high = membership.owner || membership.super_administrator || membership.admin;
        if !high && membership.creator {
            self.say("ACC-8 object's owner grants", project.creator_may_grant);
        }
        if !high && !membership.creator && membership.schema_owner {
            self.say("ACC-8 the owner of its schema grants", project.creator_may_grant);
        }
        let may = high || ((membership.creator || membership.schema_owner) && project.creator_may_grant);
        self.say("ACC-8 may grant", may);
        may
    }

    /// ACC-7: Admin may not change table owners; a view's owner is changed only by project owner or Super_Administrator.
    fn may_change_owner(&mut self, object: &Object, membership: &Membership) -> bool {
        let high = membership.owner || membership.super_administrator;
        if !high && membership.admin && !membership.creator {
            self.say("ACC-7 not by Admin", false);
        }
        if !high && membership.creator {
            self.say("ACC-7 by its owner, not a view's", object.kind != ObjectKind::View);
        }
        let changes = matches!(object.kind, ObjectKind::Table | ObjectKind::Schema);
        let may = high || (membership.creator && changes);
        self.say("ACC-7 change owner", may);
        may
    }

    /// ACC-2: ACL, policy Allow; ACC-4: a project policy need not allow what an ACL allows.
    pub(super) fn by_entries(
        &mut self,
        access: &Access,
        who: &Principal,
        project: &'w Project,
        lacking: &mut Vec<String>,
    ) -> bool {
        let by_acl = self.by_acl(access, who, project, lacking);
        let by_policy = self.by_policy(access, who, project);
        if by_acl && !by_policy && project.uses_policy && project.policy.is_some() {
            self.say("ACC-4 a project policy need not allow what an ACL allows", true);
        }
        by_acl || by_policy
    }

    /// ACC-2: ACL of the user or of a role of the user, unexpired, while CheckPermissionUsingACL is true.
    fn by_acl(&mut self, access: &Access, who: &Principal, project: &Project, lacking: &mut Vec<String>) -> bool {
        let world = self.world;
        let Access { action, object, columns, .. } = access;
        if *action == Action::CreateInstance && self.holds_on_schema(object, who, project) {
            self.say("ACC-2 CreateInstance is not in a schema", false);
        }
        let mut matching = Vec::new();
        let of_schema = schema_grants_for(world, access);
        for grant in grants_on(world, object).iter().chain(of_schema).filter(|grant| received(grant, who, project)) {
            // ACC-6: All stands for every action of the type except Download.
            let fits = grant.action == *action || (grant.action == Action::All && *action != Action::Download);
            if grant.action == Action::All {
                self.say(if fits { "ACC-6 All" } else { "ACC-6 except Download" }, fits);
            }
            if fits {
                matching.push(grant);
            }
        }
        let ends = |grant: &Grant| grant.expires.is_some_and(|end| end <= self.now);
        let (ended, valid): (Vec<&Grant>, Vec<&Grant>) = matching.into_iter().partition(|grant| ends(grant));
        if !ended.is_empty() && valid.is_empty() {
            self.say("ACC-2 unexpired", false);
        }
        // A condition is a part of the path: elsewhere, or at another time, the entry allows nothing.
        let (valid, closed): (Vec<&Grant>, Vec<&Grant>) =
            valid.into_iter().partition(|grant| self.conditions_hold(grant));
        if !closed.is_empty() && valid.is_empty() {
            self.say("ACC-2 conditions true", false);
        }
        if !valid.is_empty() && valid.iter().all(|grant| grant.conditions.is_some()) {
            self.say("ACC-2 conditions true", true);
        }
        if !valid.is_empty() {
            // SWI-1: without the switch, ACL entries are ignored.
            self.say("SWI-1 ACL", project.uses_acl);
        }
        if !project.uses_acl {
            return false;
        }
        if let Some(grant) = valid.iter().find(|grant| grant.column.is_none()) {
            let is_of = |entries: &[Grant]| entries.iter().any(|entry| std::ptr::eq(entry, *grant));
            if is_of(of_schema) {
                let is_schema = object.kind == ObjectKind::Schema && object.name != "default";
                self.say(
                    if is_schema {
                        "SCH-2 on the project counts in every schema"
                    } else {
                        "ACC-2 ACL of schema default"
                    },
                    true,
                );
            } else if world.schemas.iter().any(|schema| is_of(&schema.grants)) {
                self.say("SCH-2 on a schema counts there", true);
            }
            self.say(
                if matches!(grant.grantee, Grantee::Role(_)) { "ACC-2 ACL of a role" } else { "ACC-2 ACL of the user" },
                true,
            );
            return true;
        }
        // ACC-5: column grants must cover every referenced column; count(*) needs one.
        let Columns::Read(read) = columns else { return false };
        let granted: BTreeSet<&String> = valid.iter().filter_map(|grant| grant.column.as_ref()).collect();
        if granted.is_empty() {
            return false;
        }
        if read.is_empty() {
            self.say("ACC-5 count(*) by one column", true);
        }
        lacking.extend(read.iter().filter(|column| !granted.contains(column)).cloned());
        self.say("ACC-5 every column", lacking.is_empty());
        lacking.is_empty()
    }

    /// Whether somebody holds All on the schema of a project.
    fn holds_on_schema(&self, object: &Object, who: &Principal, project: &Project) -> bool {
        let all = |grant: &&Grant| grant.action == Action::All && received(grant, who, project);
        object.project.id == project.id && project.schema_grants.iter().any(|grant| all(&grant))
    }

    /// Whether somebody was granted what is asked for, member or not.
    pub(super) fn holds_something(&self, access: &Access, who: &Principal) -> bool {
        let grantee = Grantee::User(who.clone());
        grants_on(self.world, &access.object).iter().any(|g| g.grantee == grantee && g.action == access.action)
    }

    /// ACC-8: the grantee must be a member; a RAM-user grantor grants only to RAM users of the same account.
    pub(super) fn grant_to(&mut self, project: &ProjectRef, grantee: &Grantee) -> Passed {
        let world = self.world;
        let not_member = Err(("ACC-8", Why::GranteeNotMember(grantee.to_string())));
        let Some(known) = world.project(project.id) else { return not_member };
        let grantor = &self.request.principal;
        // Through a role it reaches everybody who holds the role, now or when added again.
        let receivers: Vec<&Principal> = match grantee {
            Grantee::User(user) => {
                let member = is_member(known, user);
                self.say("ACC-8 grantee is member", member);
                if !member {
                    return not_member;
                }
                vec![user]
            }
            Grantee::Role(role) => known.holders(role.as_str()).collect(),
        };
        if !grantor.is_account() {
            let same = |user: &&Principal| !user.is_account() && user.account_key() == grantor.account_key();
            let within = receivers.iter().all(same);
            self.say("ACC-8 RAM user within its account", within);
            if !within {
                return Err(("ACC-8", Why::GranteeOfOtherAccount));
            }
        }
        Ok(())
    }
}

/// What is granted on objects, Download apart.
pub(super) fn is_resource_action(action: Action) -> bool {
    matches!(
        action,
        Action::All
            | Action::Select
            | Action::Describe
            | Action::Alter
            | Action::Update
            | Action::Drop
            | Action::ShowHistory
            | Action::Read
            | Action::Write
            | Action::Delete
            | Action::Execute
            | Action::List
            | Action::CreateSchema
            | Action::CreateTable
            | Action::CreateInstance
            | Action::CreateFunction
            | Action::CreateResource
            | Action::CreateModel
            | Action::CreateVolume
    )
}
