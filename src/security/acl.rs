//! The own path: what a principal may do by its role, its ownership or its grants (ACC-2, ACC-5 to ACC-8, DLC-2, SWI-1, SWI-2).

use std::collections::BTreeSet;

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::request::{Access, Columns, Request, Subject, keeper};
use super::rule::Rule;
use super::standing::{Standing, standing};
use super::stop::Judged;
use crate::error::Result;
use crate::model::{Action, Area, Grant, Grantee, Holders, Object, ObjectKind, Principal, Project, Time};

/// The subject of an access must be a member of the object's project: the subject, the project, and its standing there (PRJ-2).
pub(super) fn judge_member<'a>(
    access: &'a Access,
    caller: &'a Principal,
    facts: &dyn Facts,
) -> Judged<(&'a Principal, Project, Standing)> {
    let reference = &access.object.project;
    if let Some(subject) = access.subject(caller)
        && let Some(project) = facts.project(reference.id)?
    {
        let standing = standing(facts, &project, subject)?;
        if standing.is_member() {
            return Ok((subject, project, standing));
        }
    }
    let reason = Reason::NotObjectMember(reference.clone(), access.subject.clone());
    Err(Denial::new(Rule::ObjectMember, reason).behind(access.behind()).into())
}

/// Judges one access on the own path of its subject.
pub(super) fn judge(access: &Access, request: &Request, facts: &dyn Facts, now: Time, trail: &mut Trail) -> Judged {
    let caller = &request.principal;
    let object = &access.object;
    let (subject, project, standing) = judge_member(access, caller, facts)?;
    // For what was read inside a view and is gone, whoever fetches is asked (FLW-9a).
    if let Subject::ViewOwner { view, .. } = &access.subject
        && object.id != Object::GONE
    {
        let action = access.action;
        match request.entrance(view) {
            entrance if entrance == view => {
                trail.note(Rule::ViewOwner, format!("inside {view}, the {} {subject} needs {action}", keeper(view)));
            }
            // That there is another view inside, and whose it is, is for who manages its project (BND-2).
            entrance => {
                let full = format!("inside {view}, the {} {subject} needs {action}", keeper(view));
                let asked = format!("inside {entrance}, the owner of what it reads needs {action}");
                trail.note_fact(Rule::ViewOwner, asked, &view.project, full);
            }
        }
    }
    let asked = access.shown(request);
    let permission = Permission { access, request, subject, project: &project, standing: &standing };
    if let Some(reason) = permission.implicit() {
        match &access.subject {
            Subject::Caller => trail.note(reason.0, format!("{} on {asked}: {subject} is {}", access.action, reason.1)),
            // What a view reads, and what its owner is there, is for who manages that project (BND-2).
            Subject::ViewOwner { .. } => {
                let full = format!("{} on {object}: {subject} is {}", access.action, reason.1);
                trail.note_fact(reason.0, format!("{} on {asked}: allowed", access.action), &object.project, full);
            }
        }
        if access.action.holders() == Holders::Ownership && !project.security.object_creator_has_grant_permission {
            return Err(Denial::new(Rule::ObjectOwner, Reason::OwnerIsFixed(object.clone())).into());
        }
        return Ok(());
    }
    let missing = match access.action.holders() {
        Holders::Privilege | Holders::Download => permission.by_acl(facts, now, trail)?,
        Holders::Managers | Holders::Heads | Holders::Granting | Holders::Showing | Holders::Ownership => {
            Some(BTreeSet::new())
        }
    };
    let Some(columns) = missing else { return Ok(()) };
    let rule = denying(access, &columns);
    let reason = Reason::NoPrivilege(access.clone(), columns.into_iter().collect());
    Err(Denial::new(rule, reason).behind(access.behind()).into())
}

/// The rule that denies an access of which these columns are left; no columns are left if all of it is.
fn denying(access: &Access, columns: &BTreeSet<String>) -> Rule {
    match access.action.holders() {
        Holders::Download => Rule::DownloadHolders,
        Holders::Managers | Holders::Heads => managing(access.action),
        Holders::Granting | Holders::Showing => Rule::Granting,
        Holders::Ownership => Rule::ObjectOwner,
        Holders::Privilege if !columns.is_empty() => Rule::Columns,
        Holders::Privilege if matches!(access.subject, Subject::ViewOwner { .. }) => Rule::ViewOwner,
        Holders::Privilege if access.action == Action::CreateInstance => Rule::CreateInstance,
        Holders::Privilege => Rule::DefaultDeny,
    }
}

/// What an access asks of the subject's standing in a project.
struct Permission<'a> {
    access: &'a Access,
    request: &'a Request,
    subject: &'a Principal,
    project: &'a Project,
    standing: &'a Standing,
}

impl Permission<'_> {
    /// The ground that needs no grant, if there is one.
    fn implicit(&self) -> Option<(Rule, &'static str)> {
        let object = &self.access.object;
        let security = &self.project.security;
        let owns = object.kind.is_owned() && object.owner == *self.subject;
        let holders = self.access.action.holders();
        let rule = match holders {
            Holders::Managers | Holders::Heads => managing(self.access.action),
            Holders::Granting | Holders::Showing => Rule::Granting,
            Holders::Ownership => Rule::ObjectOwner,
            Holders::Download => Rule::DownloadHolders,
            Holders::Privilege => Rule::OwnPath,
        };
        if *self.standing == Standing::Owner {
            return Some((rule, "the project's owner"));
        }
        if self.standing.is_super() {
            return Some((rule, "Super_Administrator"));
        }
        let admin = match holders {
            Holders::Privilege | Holders::Granting | Holders::Showing | Holders::Managers => true,
            Holders::Heads | Holders::Download | Holders::Ownership => false,
        };
        // What is left of the rows of something that is gone is not for Admin (FLW-9a).
        if admin && self.standing.is_admin() && object.id != Object::GONE {
            return Some((rule, "Admin"));
        }
        let owner = match holders {
            Holders::Privilege => security.object_creator_has_access_permission,
            Holders::Granting => security.object_creator_has_grant_permission,
            Holders::Showing => true,
            Holders::Ownership => object.kind == ObjectKind::Table,
            Holders::Managers | Holders::Heads | Holders::Download => false,
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
        let in_schema = |kind| action.is_grantable_on(kind) && *action != Action::All;
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
    match action.area() {
        Area::Packages => Rule::PackageMakers,
        Area::Object if action == Action::GrantDownload => Rule::DownloadHolders,
        Area::Object
        | Area::SecurityConfiguration
        | Area::Authorization
        | Area::Users
        | Area::Roles
        | Area::ResourceRoles
        | Area::AdministratorRoles
        | Area::SuperAdministrator => Rule::Management,
    }
}

/// Whether `grantor` may give something to `grantee` in this project (ACC-8).
pub(super) fn judge_grantee(
    project: &crate::model::ProjectRef,
    grantee: &Grantee,
    grantor: &Principal,
    facts: &dyn Facts,
    trail: &mut Trail,
) -> Judged {
    let denied = |reason| Err(Denial::new(Rule::Granting, reason).into());
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
    Ok(())
}

/// Whether a principal may hand rights to another one: a RAM user only within its own account (ACC-8).
pub(super) fn may_hand_to(grantor: &Principal, receiver: &Principal) -> bool {
    grantor.is_account() || (!receiver.is_account() && receiver.account_key() == grantor.account_key())
}
