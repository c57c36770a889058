//! The own path: what a principal may do by its role, its ownership or its grants (ACC-2, ACC-5 to ACC-8, DLC-2, SWI-1, SWI-2).

use std::collections::BTreeSet;

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::request::{Access, Columns, Request, Subject, keeper};
use super::rule::Rule;
use super::standing::{Standing, standing};
use crate::error::Result;
use crate::model::{Action, Grant, Grantee, Object, ObjectKind, Principal, Project, Time};

/// Who may perform an action without, or only with, a grant.
pub(super) enum Authority {
    /// Owner, Super_Administrator, Admin, the object's owner, ACL.
    Resource,
    /// Owner, Super_Administrator, ACL: Download (DLC-2).
    Download,
    /// Owner, Super_Administrator, and Admin if so marked (security-model.md 1.5).
    Management { admin: bool },
    /// Owner, Super_Administrator, Admin, the object's owner while it may grant (ACC-8).
    Granting,
    /// Owner, Super_Administrator, Admin, the object's owner.
    Showing,
    /// Owner, Super_Administrator, the table's owner; not a view's (ACC-7).
    Ownership,
}

pub(super) fn authority(action: Action) -> Authority {
    match action {
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
        | Action::CreateTable
        | Action::CreateInstance
        | Action::CreateFunction
        | Action::CreateResource
        | Action::CreateModel
        | Action::CreateVolume => Authority::Resource,
        Action::Download => Authority::Download,
        Action::ChangeOwner => Authority::Ownership,
        Action::GrantPrivs => Authority::Granting,
        Action::ShowAclGrants => Authority::Showing,
        Action::GrantDownload
        | Action::SetProperty
        | Action::SetSecurityConfiguration
        | Action::AddTrustedProject
        | Action::RemoveTrustedProject
        | Action::AddAccountProvider
        | Action::RemoveAccountProvider
        | Action::CreateAdministratorRole
        | Action::GrantAdmin
        | Action::GrantSuperAdministrator
        | Action::CreatePackage
        | Action::DropPackage
        | Action::AddPackageResource
        | Action::RemovePackageResource
        | Action::AllowInstallPackage
        | Action::DisallowInstallPackage => Authority::Management { admin: false },
        Action::GetProperty
        | Action::GetSecurityConfiguration
        | Action::ListTrustedProjects
        | Action::ListAccountProviders
        | Action::AddUser
        | Action::RemoveUser
        | Action::ListUsers
        | Action::CreateRole
        | Action::DropRole
        | Action::DescribeRole
        | Action::ListRoles
        | Action::GrantRole
        | Action::RevokeRole
        | Action::ListRolePrincipals
        | Action::ListUserRoles
        | Action::PurgePrivs
        | Action::InstallPackage
        | Action::UninstallPackage
        | Action::ShowPackages
        | Action::DescribePackage => Authority::Management { admin: true },
    }
}

/// Whether the subject of an access is a member of the object's project: the project and its standing there, or the refusal (PRJ-2).
pub(super) fn judge_member(
    access: &Access,
    caller: &Principal,
    facts: &dyn Facts,
) -> Result<Result<(Project, Standing), Denial>> {
    let reference = &access.object.project;
    if let Some(project) = facts.project(reference.id)? {
        let standing = standing(facts, &project, access.subject(caller))?;
        if standing.is_member() {
            return Ok(Ok((project, standing)));
        }
    }
    let reason = Reason::NotObjectMember(reference.clone(), access.subject.clone());
    Ok(Err(Denial::new(Rule::ObjectMember, reason).behind(access.behind())))
}

/// Judges one access on the own path of its subject.
pub(super) fn judge(
    access: &Access,
    request: &Request,
    facts: &dyn Facts,
    now: Time,
    trail: &mut Trail,
) -> Result<Option<Denial>> {
    let caller = &request.principal;
    let object = &access.object;
    let subject = access.subject(caller);
    let (project, standing) = match judge_member(access, caller, facts)? {
        Ok(member) => member,
        Err(denial) => return Ok(Some(denial)),
    };
    // For what was read inside a view and is gone, whoever fetches is asked (FLW-9a).
    if let Subject::ViewOwner { owner, view } = &access.subject
        && object.id != Object::GONE
    {
        let action = access.action;
        match request.entrance(view) {
            entrance if entrance == view => {
                trail.note(Rule::ViewOwner, format!("inside {view}, the {} {owner} needs {action}", keeper(view)));
            }
            // That there is another view inside, and whose it is, is for who manages its project (BND-2).
            entrance => {
                let full = format!("inside {view}, the {} {owner} needs {action}", keeper(view));
                let asked = format!("inside {entrance}, the owner of what it reads needs {action}");
                trail.note_fact(Rule::ViewOwner, asked, &view.project, full);
            }
        }
    }
    let asked = access.shown(request);
    let judged = Judged { access, request, subject, project: &project, standing: &standing };
    if let Some(reason) = judged.implicit() {
        match &access.subject {
            Subject::Caller => trail.note(reason.0, format!("{} on {asked}: {subject} is {}", access.action, reason.1)),
            // What a view reads, and what its owner is there, is for who manages that project (BND-2).
            Subject::ViewOwner { .. } => {
                let full = format!("{} on {object}: {subject} is {}", access.action, reason.1);
                trail.note_fact(reason.0, format!("{} on {asked}: allowed", access.action), &object.project, full);
            }
        }
        if matches!(authority(access.action), Authority::Ownership)
            && !project.security.object_creator_has_grant_permission
        {
            return Ok(Some(Denial::new(Rule::ObjectOwner, Reason::OwnerIsFixed(object.clone()))));
        }
        return Ok(None);
    }
    let missing = match authority(access.action) {
        Authority::Resource | Authority::Download => judged.by_acl(facts, now, trail)?,
        Authority::Management { .. } | Authority::Granting | Authority::Showing | Authority::Ownership => {
            Some(BTreeSet::new())
        }
    };
    Ok(missing.map(|columns| {
        let rule = match authority(access.action) {
            Authority::Download => Rule::DownloadHolders,
            Authority::Management { .. } if access.action == Action::GrantDownload => Rule::DownloadHolders,
            Authority::Management { .. } => managing(access.action),
            Authority::Granting | Authority::Showing => Rule::Granting,
            Authority::Ownership => Rule::ObjectOwner,
            Authority::Resource if !columns.is_empty() => Rule::Columns,
            Authority::Resource if matches!(access.subject, Subject::ViewOwner { .. }) => Rule::ViewOwner,
            Authority::Resource if access.action == Action::CreateInstance => Rule::CreateInstance,
            Authority::Resource => Rule::DefaultDeny,
        };
        Denial::new(rule, Reason::NoPrivilege(access.clone(), columns.into_iter().collect())).behind(access.behind())
    }))
}

struct Judged<'a> {
    access: &'a Access,
    request: &'a Request,
    subject: &'a Principal,
    project: &'a Project,
    standing: &'a Standing,
}

impl Judged<'_> {
    /// The ground that needs no grant, if there is one.
    fn implicit(&self) -> Option<(Rule, &'static str)> {
        let object = &self.access.object;
        let security = &self.project.security;
        let owns = object.kind.is_owned() && object.owner == *self.subject;
        let authority = authority(self.access.action);
        let rule = match authority {
            Authority::Management { .. } => managing(self.access.action),
            Authority::Granting | Authority::Showing => Rule::Granting,
            Authority::Ownership => Rule::ObjectOwner,
            Authority::Download => Rule::DownloadHolders,
            Authority::Resource => Rule::OwnPath,
        };
        if *self.standing == Standing::Owner {
            return Some((rule, "the project's owner"));
        }
        if self.standing.is_super() {
            return Some((rule, "Super_Administrator"));
        }
        let admin = match authority {
            Authority::Resource | Authority::Granting | Authority::Showing => true,
            Authority::Management { admin } => admin,
            Authority::Download | Authority::Ownership => false,
        };
        // What is left of the rows of something that is gone is not for Admin (FLW-9a).
        if admin && self.standing.is_admin() && object.id != Object::GONE {
            return Some((rule, "Admin"));
        }
        let owner = match authority {
            Authority::Resource => security.object_creator_has_access_permission,
            Authority::Granting => security.object_creator_has_grant_permission,
            Authority::Showing => true,
            Authority::Ownership => object.kind == ObjectKind::Table,
            Authority::Management { .. } | Authority::Download => false,
        };
        (owner && owns).then_some((rule, "the object's owner"))
    }

    /// Asks the ACL: `None` if it allows the access, else the columns that it leaves out.
    fn by_acl(&self, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Result<Option<BTreeSet<String>>> {
        let Access { action, object, columns, .. } = self.access;
        if !self.project.security.check_permission_using_acl {
            trail.note_fact(
                Rule::AclSwitch,
                format!("{action} on {}: ACL entries are ignored", self.access.asked(self.request)),
                &object.project,
                format!("CheckPermissionUsingACL=false in project {}", object.project.name),
            );
            return Ok(Some(BTreeSet::new()));
        }
        let grantees = self.standing.grantees(self.subject);
        let mut entries = facts.grants(object, &grantees)?;
        let in_schema = |kind| Action::grantable(kind).contains(action) && *action != Action::All;
        if object.kind == ObjectKind::Project && in_schema(ObjectKind::Project) && in_schema(ObjectKind::Schema) {
            // What is made or listed without naming a schema is made or listed in `default`; `All` on the project is more.
            entries.extend(facts.grants(&object.default_schema(), &grantees)?);
        }
        let valid: Vec<Grant> =
            entries.into_iter().filter(|grant| grant.action.covers(*action) && grant.is_valid(now)).collect();
        if let Some(grant) = valid.iter().find(|grant| grant.column.is_none()) {
            let rule = if grant.action == Action::All { Rule::All } else { Rule::OwnPath };
            self.note_grant(rule, grant, trail);
            return Ok(None);
        }
        let Columns::Read(needed) = columns else { return Ok(Some(BTreeSet::new())) };
        let granted: BTreeSet<&str> = valid.iter().filter_map(|grant| grant.column.as_deref()).collect();
        let missing: BTreeSet<String> =
            needed.iter().filter(|column| !granted.contains(column.as_str())).cloned().collect();
        if granted.is_empty() {
            return Ok(Some(BTreeSet::new()));
        }
        if missing.is_empty() {
            for grant in &valid {
                self.note_grant(Rule::Columns, grant, trail);
            }
            return Ok(None);
        }
        Ok(Some(missing))
    }

    fn note_grant(&self, rule: Rule, grant: &Grant, trail: &mut Trail) {
        let object = &self.access.object;
        let column = grant.column.as_ref().map(|column| format!("({column})")).unwrap_or_default();
        trail.note_fact(
            rule,
            format!("{} on {}: allowed by ACL", self.access.action, self.access.shown(self.request)),
            &object.project,
            format!("{}{column} granted to {} by {} at {}", grant.action, grant.grantee, grant.grantor, grant.granted),
        );
    }
}

/// The rule about who may manage.
fn managing(action: Action) -> Rule {
    match action {
        action if action.manages_packages() => Rule::PackageMakers,
        _ => Rule::Management,
    }
}

/// Whether `grantor` may give something to `grantee` in this project (ACC-8).
pub(super) fn judge_grantee(
    project: &crate::model::ProjectRef,
    grantee: &Grantee,
    grantor: &Principal,
    facts: &dyn Facts,
    trail: &mut Trail,
) -> Result<Option<Denial>> {
    let denied = |reason| Ok(Some(Denial::new(Rule::Granting, reason)));
    let Some(known) = facts.project(project.id)? else {
        return denied(Reason::GranteeNotMember(project.clone(), grantee.clone()));
    };
    let receivers = match grantee {
        Grantee::User(user) => {
            if !standing(facts, &known, user)?.is_member() {
                return denied(Reason::GranteeNotMember(project.clone(), grantee.clone()));
            }
            vec![user.clone()]
        }
        // A role must not carry a RAM user's grant to another account.
        Grantee::Role(role) if !grantor.is_account() => facts.role_users(project.id, role)?,
        Grantee::Role(_) => Vec::new(),
    };
    if !receivers.iter().all(|user| may_hand_to(grantor, user)) {
        return denied(Reason::GranteeOfOtherAccount(grantee.clone()));
    }
    trail.note(Rule::Granting, format!("{grantee} may be granted it in project {}", project.name));
    Ok(None)
}

/// Whether a principal may hand rights to another one: a RAM user only within its own account (ACC-8).
pub(super) fn may_hand_to(grantor: &Principal, receiver: &Principal) -> bool {
    grantor.is_account() || (!receiver.is_account() && receiver.account_key() == grantor.account_key())
}
