//! The own path: what a principal may do by its role, its ownership or its grants (ACC-2, ACC-5 to ACC-8, DLC-2, SWI-1, SWI-2).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::clearance::Clearance;
use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::entry::{context, counts};
use super::evidence::{Finding, Ground};
use super::facts::Facts;
use super::membership::{Membership, membership};
use super::path::{Bar, Candidates, Extent, Lack, OwnPaths, Path, combine};
use super::policies::policies;
use super::request::{Access, Columns, Request, Rights};
use super::rule::Rule;
use super::stop::Judged;
use crate::error::Result;
use crate::model::{
    Action, Area, Grant, Grantee, Holders, Identity, Object, ObjectKind, Principal, Project, ProjectId, ProjectRef,
    RoleName, TenantRank, Time,
};
use crate::policy::{Principals, RequestContext};

/// The paths that the object's own project opens for an access.
pub(super) fn paths(access: &Access, request: &Request, facts: &dyn Facts, now: Time) -> Result<OwnPaths> {
    let outside = || OwnPaths::of(Arc::new(Membership::Outsider));
    let Some(subject) = access.subject(&request.principal) else { return Ok(outside()) };
    let Some(project) = facts.project(access.object.project.id)? else {
        let is_dropped = access.object.project.id != ProjectId::UNKNOWN;
        return Ok(OwnPaths { bar: is_dropped.then_some(Bar::ProjectDropped), ..outside() });
    };
    let mut own = OwnPaths::of(membership(facts, &project, subject)?);
    let policies = policies(access, (subject, &own.membership), &project, request, facts, now)?;
    own.denied = policies.deny;
    if !own.membership.is_member() {
        return Ok(own);
    }
    if project.security.label_security && access.action.reads_data() {
        own.clearance = Clearance::own(&access.object, subject, &project, facts, now)?;
    }
    let holders = access.action.holders();
    if let Some(ground) = by_membership(access, subject, &project, &own.membership, facts)? {
        let is_fixed = access.action == Action::ChangeOwner && !project.security.object_creator_has_grant_permission;
        own.bar = is_fixed.then_some(Bar::OwnerIsFixed);
        own.paths.push(Path::whole(deciding(access.action), ground));
    } else if matches!(holders, Holders::Privilege | Holders::Download) {
        let context = context(request, subject, now);
        match by_entries(access, &own.membership.grantees(subject), &project, facts, &context)? {
            Some(entries) => (own.paths, own.withheld) = entries,
            None if policies.allow.is_none() => own.bar = Some(Bar::AclIgnored),
            None => {}
        }
        own.paths.extend(policies.allow.map(|statement| Path::whole(Rule::PolicyAllow, Ground::Policy(statement))));
    } else {
        // Management, by the policy of a role of administrator type.
        own.paths.extend(policies.allow.map(|statement| Path::whole(Rule::Delegated, Ground::Policy(statement))));
    }
    Ok(own)
}

/// The ground that needs no entry, if there is one.
fn by_membership(
    access: &Access,
    subject: &Principal,
    project: &Project,
    membership: &Membership,
    facts: &dyn Facts,
) -> Result<Option<Ground>> {
    let object = &access.object;
    let holders = access.action.holders();
    if *membership == Membership::Owner {
        return Ok(Some(Ground::ProjectOwner));
    }
    if membership.is_super() {
        return Ok(Some(match membership.holds(RoleName::SUPER_ADMINISTRATOR) {
            true => Ground::SuperAdministrator,
            false => Ground::TenantRank(TenantRank::SuperAdministrator),
        }));
    }
    let admin = match holders {
        Holders::Privilege | Holders::Granting | Holders::Showing | Holders::Managers => true,
        Holders::Heads | Holders::Download | Holders::Ownership | Holders::Tenant => false,
    };
    // What is left of the rows of something that is gone is not for Admin (FLW-9a).
    if admin && membership.is_admin() && object.id != Identity::Gone {
        return Ok(Some(match membership.holds(RoleName::ADMIN) {
            true => Ground::Admin,
            false => Ground::TenantRank(TenantRank::Admin),
        }));
    }
    let owner = match holders {
        Holders::Privilege => project.security.object_creator_has_access_permission,
        Holders::Granting => project.security.object_creator_has_grant_permission,
        Holders::Showing => true,
        Holders::Ownership => matches!(object.kind, ObjectKind::Table | ObjectKind::Schema),
        Holders::Managers | Holders::Heads | Holders::Download | Holders::Tenant => false,
    };
    let owns = object.kind.is_owned() && object.owner.as_ref() == Some(subject);
    if owner && owns {
        return Ok(Some(Ground::ObjectOwner));
    }
    // What is in a schema is granted by its owner as by that of the object (ACC-8, SCH-2).
    let grants = owner && matches!(holders, Holders::Granting | Holders::Showing) && object.kind.is_in_schema();
    let owns_schema =
        grants && facts.schema_object(&object.place())?.and_then(|schema| schema.owner).as_ref() == Some(subject);
    Ok(owns_schema.then_some(Ground::SchemaOwner))
}

/// The entries for these grantees that allow the access, or columns of it, and those that would but for their conditions; `None` if the project
/// ignores entries (SWI-1).
fn by_entries(
    access: &Access,
    grantees: &[Grantee],
    project: &Project,
    facts: &dyn Facts,
    context: &RequestContext<'_>,
) -> Result<Option<(Vec<Path>, Vec<Grant>)>> {
    if !project.security.check_permission_using_acl {
        return Ok(None);
    }
    let Access { action, object, .. } = access;
    let (mut open, mut withheld) = (Vec::new(), Vec::new());
    let path = |grant: Grant| match grant.column.clone() {
        None if grant.action == Action::All => Path::whole(Rule::All, Ground::Entry(grant)),
        None => Path::whole(Rule::OwnPath, Ground::Entry(grant)),
        Some(column) => Path { extent: Extent::Column(column), rule: Rule::Columns, ground: Ground::Entry(grant) },
    };
    for holder in std::iter::once(object).chain(&access.counted_besides()) {
        for grant in facts.grants(holder, grantees)? {
            if !grant.action.covers(*action) || !grant.is_valid(context.now) {
                continue;
            }
            match counts(&grant, object, context) {
                true => open.push(path(grant)),
                false => withheld.push(grant),
            }
        }
    }
    Ok(Some((open, withheld)))
}

/// The columns that entries for one grantee alone allow an access on in this case, none of them for the whole; `None` if they allow nothing of it.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn columns_granted(
    access: &Access,
    grantee: &Grantee,
    facts: &dyn Facts,
    context: &RequestContext<'_>,
) -> Result<Option<BTreeSet<String>>> {
    let Some(project) = facts.project(access.object.project.id)? else { return Ok(None) };
    let (paths, _) = by_entries(access, std::slice::from_ref(grantee), &project, facts, context)?.unwrap_or_default();
    let asked = match &access.columns {
        Columns::Whole => None,
        Columns::Read(asked) => Some(asked),
    };
    let mut columns = BTreeSet::new();
    for path in paths {
        match path.extent {
            Extent::Whole => return Ok(Some(asked.cloned().unwrap_or_default())),
            Extent::Column(column) => drop(columns.insert(column)),
        }
    }
    columns.retain(|column| asked.is_none_or(|asked| asked.contains(column)));
    Ok((!columns.is_empty()).then_some(columns))
}

/// The objects whose entries count for an access.
pub fn objects_with_entries(access: &Access) -> Vec<Object> {
    std::iter::once(access.object.clone()).chain(access.counted_besides()).collect()
}

/// The subject of an access must be a member of the object's project, as far as packages do not allow it (PRJ-2).
pub(super) fn judge_member(candidates: &Candidates<'_>) -> Judged {
    let Candidates { access, own, .. } = candidates;
    if own.membership.is_member() || candidates.is_listed() {
        return Ok(());
    }
    // To be a member of another project of that name would not help (FLW-9a).
    let reason = match own.bar {
        Some(Bar::ProjectDropped) if access.object.id == Identity::Gone => {
            Reason::NoPrivilege(Access::clone(access), Vec::new())
        }
        _ => Reason::NotObjectMember(access.object.project.clone(), access.rights.clone()),
    };
    Err(Denial::new(Rule::ObjectMember, reason).behind(access.behind()).into())
}

/// Judges what packages leave of one access.
pub(super) fn judge(candidates: &Candidates<'_>, trail: &mut Trail) -> Judged {
    judge_member(candidates)?;
    let Candidates { place, own, .. } = candidates;
    let access: &Access = &candidates.access;
    let combined = combine(candidates);
    if let Some(Lack::Denied(statement)) = combined.missing {
        trail.note(Rule::PolicyDeny, Finding::Denied(*place, statement.clone()));
        let reason = Reason::ExplicitlyDenied(access.clone(), statement);
        return Err(Denial::new(Rule::PolicyDeny, reason).behind(access.behind()).into());
    }
    if candidates.needs_own().is_none() {
        return Ok(());
    }
    // For what was read inside a view and is gone, the fetching caller's rights count (FLW-9a).
    if access.behind().is_some() && access.object.id != Identity::Gone {
        trail.note(Rule::ViewOwner, Finding::Definer(*place));
    }
    for path in combined.own {
        trail.note(path.rule, Finding::Allowed(*place, path.ground.clone()));
    }
    // Labels are judged once every access is allowed.
    let (Some(lack), Some(columns)) = (combined.missing, candidates.left_by_packages()) else { return Ok(()) };
    if own.bar == Some(Bar::OwnerIsFixed) {
        return Err(Denial::new(Rule::ObjectOwner, Reason::OwnerIsFixed(access.object.clone())).into());
    }
    if own.bar == Some(Bar::AclIgnored) {
        trail.note(Rule::AclSwitch, Finding::AclIgnored(*place));
    }
    for grant in &own.withheld {
        trail.note(Rule::OwnPath, Finding::Withheld(*place, grant.clone()));
    }
    let (rule, missing) = match lack {
        Lack::Columns(columns) => (denying(access, true), columns.into_iter().collect()),
        Lack::Everything => (denying(access, false), Vec::new()),
        Lack::Denied(_) | Lack::Label(_) => return Ok(()),
    };
    let reason = Reason::NoPrivilege(Access { columns: columns.into_owned(), ..access.clone() }, missing);
    Err(Denial::new(rule, reason).behind(access.behind()).into())
}

/// The rule that denies an access: some columns of it, or all.
fn denying(access: &Access, columns: bool) -> Rule {
    match access.action.holders() {
        Holders::Privilege if columns => Rule::Columns,
        Holders::Privilege if matches!(access.rights, Rights::Definer { .. }) => Rule::ViewOwner,
        Holders::Privilege if access.action == Action::CreateInstance => Rule::CreateInstance,
        Holders::Privilege => Rule::DefaultDeny,
        Holders::Managers
        | Holders::Heads
        | Holders::Granting
        | Holders::Showing
        | Holders::Ownership
        | Holders::Tenant
        | Holders::Download => deciding(access.action),
    }
}

/// The rule that says who may take an action without an entry.
fn deciding(action: Action) -> Rule {
    match action.holders() {
        Holders::Managers | Holders::Heads => managing(action),
        Holders::Granting | Holders::Showing => Rule::Granting,
        Holders::Ownership if action == Action::Undrop => Rule::Undrop,
        Holders::Ownership => Rule::ObjectOwner,
        Holders::Tenant => Rule::ResourceManagers,
        Holders::Download => Rule::DownloadHolders,
        Holders::Privilege => Rule::OwnPath,
    }
}

/// The rule about who may manage.
fn managing(action: Action) -> Rule {
    match action.area() {
        Area::Packages => Rule::PackageMakers,
        _ if action.is_about_labels() => Rule::LabelMakers,
        Area::Object if action == Action::GrantDownload => Rule::DownloadHolders,
        Area::Policy => Rule::PolicyMakers,
        Area::ResourceRoles | Area::AdministratorRoles if action.is_about_policies() => Rule::PolicyMakers,
        Area::Object
        | Area::SecurityConfiguration
        | Area::Exception
        | Area::Authorization
        | Area::Users
        | Area::Roles
        | Area::ResourceRoles
        | Area::AdministratorRoles
        | Area::SuperAdministrator
        | Area::Labels => Rule::Management,
    }
}

/// Whether `grantor` may give something to `grantee` in this project (ACC-8).
pub(super) fn judge_grantee(project: &ProjectRef, grantee: &Grantee, grantor: &Principal, facts: &dyn Facts) -> Judged {
    let denied = |reason| Err(Denial::new(Rule::Granting, reason).into());
    let Some(known) = facts.project(project.id)? else {
        return denied(Reason::GranteeNotMember(project.clone(), grantee.clone()));
    };
    let receivers = match grantee {
        Grantee::User(user) => {
            if !membership(facts, &known, user)?.is_member() {
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
    Ok(())
}

/// Whether `grantor` may allow something to those whom a policy names (ACC-8); they need not be members.
pub(super) fn judge_receivers(principals: &Principals, grantor: &Principal) -> Judged {
    let denied = |reason| Err(Denial::new(Rule::Granting, reason).into());
    match principals {
        Principals::Anyone if !grantor.is_account() => denied(Reason::OtherAccounts),
        Principals::Anyone => Ok(()),
        Principals::These(principals) => match principals.iter().find(|user| !may_hand_to(grantor, user)) {
            Some(user) => denied(Reason::GranteeOfOtherAccount(Grantee::User(user.clone()))),
            None => Ok(()),
        },
    }
}

/// Whether a principal may hand rights to another one: a RAM user only within its own account (ACC-8).
pub fn may_hand_to(grantor: &Principal, receiver: &Principal) -> bool {
    grantor.is_account() || (!receiver.is_account() && receiver.account_key() == grantor.account_key())
}
