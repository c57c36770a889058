//! Refusals: by which rule, why, and what the user reads.

mod location;
mod sign_in;
mod tenant_resource;

use super::location::LocationUse;
use super::path::{Reader, TooHigh};
use super::policies::PolicyStatement;
use super::request::{Access, Destination, NamedBy, ResourceAccess, Rights, Usage, keeper, named_keeper};
use super::rule::Rule;
use super::uri::{managed_path, reading};
use crate::error::{Code, Error};
use crate::model::{
    AccessKeyId, Area, Grantee, Holders, Identity, Object, ObjectKind, PolicyHolder, Principal, ProjectRef, TenantRight,
};
use tenant_resource::{may_not_manage, may_not_use, not_tenant_manager};

/// A refusal: by which rule, why, and what the user reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// The rule that refuses.
    pub rule: Rule,
    /// What is missing.
    pub reason: Reason,
    /// The view that the caller named, if the denial is about something that it reads and that must not be named (BND-2).
    pub(super) behind: Option<Object>,
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The principal does not exist.
    UnknownPrincipal(Principal),
    /// The account that the session signed in as was dropped; another one may have its name now.
    SignedOut(Principal),
    /// The AccessKey pair that the session signed in with was disabled or deleted.
    KeyEnded(AccessKeyId),
    /// No project is current.
    NoProject,
    /// Not a member of the current project.
    NotMember(ProjectRef),
    /// Not a member of the project of an object; for a view's body, its owner is not.
    NotObjectMember(ProjectRef, Rights),
    /// The address is not on the project's list.
    Address(ProjectRef, String),
    /// The project is frozen.
    Frozen(ProjectRef),
    /// Nothing allows the access; with the columns that lack a grant, if that is all that lacks.
    NoPrivilege(Access, Vec<String>),
    /// This statement of a policy denies the access.
    ExplicitlyDenied(Access, PolicyStatement),
    /// The label of a column is above what its reader may read.
    Label(Access, TooHigh),
    /// Data of this object may not leave its project.
    Protected {
        /// The source.
        object: Object,
        /// Where its data would go.
        destination: Destination,
    },
    /// The grantee is not a member of the project.
    GranteeNotMember(ProjectRef, Grantee),
    /// The caller is bound by a Deny of this policy.
    Bound(ProjectRef, PolicyHolder),
    /// A RAM user may grant only within its own account.
    GranteeOfOtherAccount(Grantee),
    /// A RAM user may allow nothing to everyone.
    OtherAccounts,
    /// The caller lacks a right in the tenant of its account.
    NotTenantManager(TenantRight, Principal),
    /// The project does not belong to the tenant of the caller's account, or is not there.
    NotOfTenant(ProjectRef, Principal),
    /// Only its own account adds this RAM user or RAM role to the project.
    UserOfOtherAccount(ProjectRef, Principal),
    /// Owners do not change while ObjectCreatorHasGrantPermission is off.
    OwnerIsFixed(Object),
    /// The caller may not manage the tenant resource, or it is not there (TRS-5).
    MayNotManage(ResourceAccess),
    /// This statement of the policy of a tenant role denies it.
    ManagingDenied(ResourceAccess, PolicyStatement),
    /// Nothing allows the use of the tenant resource, it is not mounted, or it is not there (TRS-3).
    MayNotUse(Usage),
    /// This statement of a policy denies the use.
    UsageDenied(Usage, PolicyStatement),
    /// The place is outside of those that the project allows (EXT-2).
    LocationNotAllowed(LocationUse),
}

impl Denial {
    pub(super) fn new(rule: Rule, reason: Reason) -> Self {
        Self { rule, reason, behind: None }
    }

    /// The same, met inside the body of this view.
    pub(super) fn behind(self, view: Option<&Object>) -> Self {
        Self { behind: view.cloned(), ..self }
    }

    /// Whether it concerns something that a view reads and that the caller may not know of.
    pub fn is_hidden(&self) -> bool {
        self.behind.is_some()
    }

    /// The view that the caller named, if it concerns something that the view reads and that the caller may not know of.
    pub fn entrance(&self) -> Option<&Object> {
        self.behind.as_ref()
    }

    /// The project that it is about, if it is about one.
    pub fn project(&self) -> Option<&ProjectRef> {
        match &self.reason {
            Reason::NotMember(project)
            | Reason::NotObjectMember(project, _)
            | Reason::Address(project, _)
            | Reason::Frozen(project)
            | Reason::Bound(project, _)
            | Reason::UserOfOtherAccount(project, _)
            | Reason::GranteeNotMember(project, _) => Some(project),
            Reason::NoPrivilege(access, _) | Reason::ExplicitlyDenied(access, _) | Reason::Label(access, _) => {
                Some(&access.object.project)
            }
            Reason::Protected { object, .. } | Reason::OwnerIsFixed(object) => Some(&object.project),
            Reason::MayNotUse(usage) | Reason::UsageDenied(usage, _) => Some(&usage.project),
            Reason::LocationNotAllowed(used) => Some(&used.project),
            Reason::UnknownPrincipal(_)
            | Reason::MayNotManage(_)
            | Reason::ManagingDenied(..)
            | Reason::SignedOut(_)
            | Reason::KeyEnded(_)
            | Reason::NoProject
            | Reason::GranteeOfOtherAccount(_)
            | Reason::NotTenantManager(..)
            | Reason::NotOfTenant(..)
            | Reason::OtherAccounts => None,
        }
    }

    /// The object that it names, if it names one.
    pub fn object(&self) -> Option<&Object> {
        match &self.reason {
            Reason::NoPrivilege(access, _) | Reason::ExplicitlyDenied(access, _) | Reason::Label(access, _) => {
                Some(&access.object)
            }
            Reason::Protected { object, .. } | Reason::OwnerIsFixed(object) => Some(object),
            Reason::NotMember(_)
            | Reason::NotObjectMember(..)
            | Reason::Address(..)
            | Reason::Frozen(_)
            | Reason::Bound(..)
            | Reason::GranteeNotMember(..)
            | Reason::UnknownPrincipal(_)
            | Reason::SignedOut(_)
            | Reason::KeyEnded(_)
            | Reason::NoProject
            | Reason::GranteeOfOtherAccount(_)
            | Reason::NotTenantManager(..)
            | Reason::NotOfTenant(..)
            | Reason::UserOfOtherAccount(..)
            | Reason::MayNotManage(_)
            | Reason::ManagingDenied(..)
            | Reason::MayNotUse(_)
            | Reason::UsageDenied(..)
            | Reason::LocationNotAllowed(_)
            | Reason::OtherAccounts => None,
        }
    }

    /// Whether the label of a column is the reason.
    pub fn is_by_label(&self) -> bool {
        matches!(self.reason, Reason::Label(..))
    }

    /// The access that nothing allows, if that is the reason.
    pub fn missing(&self) -> Option<&Access> {
        let Reason::NoPrivilege(access, _) = &self.reason else { return None };
        Some(access)
    }

    /// Whether it is this very object on which the caller lacks an action.
    pub fn is_about(&self, object: &Object) -> bool {
        matches!(&self.reason, Reason::NoPrivilege(access, _) if access.object == *object && access.rights == Rights::Invoker)
    }

    /// The denial as an error, in the service's words where they are known. It has help only if no change of grants, members or
    /// settings would lift the denial: what would is for `analysis` to say.
    ///
    /// Source: E13, E95. The service adds a context id, which this shell has none of.
    pub fn error(&self, principal: &Principal, current: Option<&ProjectRef>) -> Box<Error> {
        let mut error = self.worded(principal, current);
        error.rule = Some(self.rule.id());
        error
    }

    fn worded(&self, principal: &Principal, current: Option<&ProjectRef>) -> Box<Error> {
        let tips = match current {
            Some(project) => format!(" --->Tips: CurrentProject:{}; Principal:{principal};", project.name),
            None => format!(" --->Tips: Principal:{principal};"),
        };
        if let Some(view) = &self.behind {
            return hidden(&self.reason, view, &tips);
        }
        match &self.reason {
            Reason::UnknownPrincipal(unknown) => sign_in::unknown(unknown),
            Reason::SignedOut(gone) => sign_in::dropped(gone),
            Reason::KeyEnded(key) => sign_in::key_ended(key),
            Reason::NoProject => Error::new(Code::AccessDenied, "no project is current")
                .help("choose one with `use <project>;`, or start with `--project <project>`"),
            Reason::NotMember(project) => not_member(Code::AccessDenied, project, ""),
            Reason::NotObjectMember(project, Rights::Invoker) => not_member(Code::Authorization, project, &tips),
            Reason::NotObjectMember(project, Rights::Definer { owner, view }) => without_owner(
                owner.as_ref(),
                view,
                Error::new(
                    Code::Authorization,
                    format!("Authorization Failed [4002], {view} cannot be used: its {} doesn't exist in project {}.{tips}", named_keeper(owner.as_ref(), view), project.name),
                ),
            ),
            Reason::Address(project, ip) => Error::new(
                Code::AccessDenied,
                format!("Access denied by project ip white list: sourceIP:'{ip}' is not in white list. project: {}", project.name),
            ),
            Reason::Frozen(project) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4093], You have NO privilege to do the restricted operation on {{acs:odps:*:projects/{}}}. Access Mode is AllDenied.", project.name),
            ),
            Reason::NoPrivilege(access, columns) => no_privilege(access, columns, &tips),
            Reason::ExplicitlyDenied(access, _) => explicitly_denied(access, &tips),
            Reason::Label(access, too_high) => label_too_high(access, too_high, &tips),
            Reason::Protected { object, .. } => {
                Error::new(Code::Authorization, protected(object, &format!("project '{}'", object.project.name), &tips))
            }
            Reason::GranteeNotMember(project, grantee) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4002], {grantee} doesn't exist in project {}.", project.name),
            ),
            Reason::Bound(_, holder @ PolicyHolder::TenantRole(_)) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4011], {holder} denies something to you: you cannot change that yourself.{tips}"),
            )
            .help("ask the account, or a Super_Administrator of the tenant"),
            Reason::Bound(project, holder) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4011], {holder} in project {} denies something to you: you cannot change that yourself.{tips}", project.name),
            )
            .help("ask the project's owner or a Super_Administrator"),
            Reason::GranteeOfOtherAccount(grantee) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4019], a RAM user may grant only to RAM users of its own account, not to {grantee}"),
            )
            .help("have the account itself grant it"),
            Reason::OtherAccounts => Error::new(
                Code::AccessDenied,
                "Authorization Failed [4019], a RAM user may grant only to RAM users of its own account, not to everyone",
            )
            .help("name RAM users of your account in place of `*`, or have the account itself put the policy"),
            Reason::NotTenantManager(right, tenant) => not_tenant_manager(*right, tenant, &tips),
            Reason::NotOfTenant(project, tenant) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4019], project {} is not a project of {tenant}.{tips}", project.name),
            )
            .help(format!("statements about tenant users and tenant roles are for projects that {tenant} owns")),
            Reason::UserOfOtherAccount(project, user) => Error::new(
                Code::AccessDenied,
                format!("Authorization Failed [4019], {user} is added to project {} by its own account only.{tips}", project.name),
            )
            .help(format!("add {} and let it add users; then it, or a RAM user of it, can add {user}", user.account())),
            Reason::MayNotManage(access) => may_not_manage(access, "4019", &tips),
            Reason::ManagingDenied(access, _) => may_not_manage(access, "4011", &tips),
            Reason::MayNotUse(usage) => may_not_use(usage, "4009,4019", &tips),
            Reason::UsageDenied(usage, _) => may_not_use(usage, "4011", &tips),
            Reason::LocationNotAllowed(used) => location::outside(used, &tips),
            Reason::OwnerIsFixed(object) => Error::new(
                Code::Authorization,
                format!("Authorization Failed [4019], the owner of {object} cannot be changed while ObjectCreatorHasGrantPermission is false.{tips}"),
            ),
        }
    }
}

/// A denial about something that a view reads: only the view is named (BND-2).
fn hidden(reason: &Reason, view: &Object, tips: &str) -> Box<Error> {
    let whose = |subject: &Rights| match subject {
        Rights::Definer { owner, view: inner } if inner == view => {
            format!("its {}", named_keeper(owner.as_ref(), view))
        }
        Rights::Invoker | Rights::Definer { .. } => "the owner of an object it reads".to_owned(),
    };
    let (code, message) = match reason {
        Reason::NotObjectMember(_, subject) => {
            let who = whose(subject);
            let message =
                format!("[4002], {view} cannot be used: {who} doesn't exist in the project of an object it reads.");
            (Code::Authorization, format!("Authorization Failed {message}{tips}"))
        }
        Reason::NoPrivilege(access, _) if access.object.id == Identity::Gone => return changed(view, tips),
        Reason::NoPrivilege(access, _) => {
            let who = whose(&access.rights);
            let message = format!(
                "[4009,4019], {view} cannot be used: {who} has NO privilege 'odps:{}' on an object it reads. Deny as default for Resource.",
                access.action
            );
            (Code::Authorization, format!("Authorization Failed {message}{tips}"))
        }
        Reason::ExplicitlyDenied(access, _) => {
            let who = whose(&access.rights);
            let message = format!(
                "[4011], {view} cannot be used: {who} has NO privilege 'odps:{}' on an object it reads. Explicitly denied by policy.",
                access.action
            );
            (Code::Authorization, format!("Authorization Failed {message}{tips}"))
        }
        Reason::Label(access, too_high) => {
            let who = match &too_high.reader {
                Reader::User(Rights::Invoker) => "you are".to_owned(),
                Reader::User(rights) => format!("{} is", whose(rights)),
                Reader::Package(_) => format!("{} is, by a package,", whose(&access.rights)),
                Reader::Subject => format!("{} is", whose(&access.rights)),
            };
            let message = format!(
                "[4031], {view} cannot be used: {who} below the sensitive label of a column it reads. CheckLabelSecurity failed."
            );
            (Code::Authorization, format!("Authorization Failed {message}{tips}"))
        }
        Reason::Protected { object, .. } => {
            let project = match object.project == view.project {
                true => format!("project '{}'", view.project.name),
                false => "the project of an object it reads".to_owned(),
            };
            (Code::Authorization, protected(view, &project, tips))
        }
        Reason::MayNotUse(usage) | Reason::UsageDenied(usage, _) => {
            let who = match &usage.named_by {
                NamedBy::Rights(rights) => whose(rights),
                NamedBy::Managers => "its project".to_owned(),
            };
            let message = format!(
                "[4019], {view} cannot be used: {who} has NO privilege 'odps:Usage' on a tenant resource that it needs."
            );
            (Code::Authorization, format!("Authorization Failed {message}{tips}"))
        }
        Reason::LocationNotAllowed(_) => return location::hidden(view, tips),
        Reason::Address(_, from) => {
            let message = format!(
                "Access denied by project ip white list: sourceIP:'{from}' is not in white list. project: that of an object {view} reads"
            );
            (Code::AccessDenied, message)
        }
        Reason::UnknownPrincipal(_)
        | Reason::SignedOut(_)
        | Reason::KeyEnded(_)
        | Reason::NoProject
        | Reason::NotMember(_)
        | Reason::Frozen(_)
        | Reason::Bound(..)
        | Reason::GranteeNotMember(..)
        | Reason::GranteeOfOtherAccount(_)
        | Reason::OtherAccounts
        | Reason::NotTenantManager(..)
        | Reason::NotOfTenant(..)
        | Reason::UserOfOtherAccount(..)
        | Reason::MayNotManage(_)
        | Reason::ManagingDenied(..)
        | Reason::OwnerIsFixed(_) => {
            let message = format!(
                "[4093], You have NO privilege to do the restricted operation on an object that {view} reads. Access Mode is AllDenied."
            );
            (Code::AccessDenied, format!("Authorization Failed {message}"))
        }
    };
    let owner = view.owner.as_ref().map(|owner| format!(", {owner},")).unwrap_or_default();
    Error::new(code, message).help(format!("the owner of {view}{owner} can tell you what it reads"))
}

/// A label that is too high, in the service's words; inside a view, function or resource, with whose level is too low.
fn label_too_high(access: &Access, too_high: &TooHigh, tips: &str) -> Box<Error> {
    let TooHigh { column, label, level, reader, .. } = too_high;
    let (resource, action) = (resource(access), access.action);
    let (who, whose) = match (&access.rights, reader) {
        (Rights::Definer { owner, view }, Reader::Subject | Reader::Package(_)) => {
            (format!("{view} cannot be used: its {} has", named_keeper(owner.as_ref(), view)), "its")
        }
        (Rights::Definer { view, .. }, Reader::User(Rights::Definer { owner, view: user })) => {
            (format!("{view} cannot be used by {user}: its {} has", named_keeper(owner.as_ref(), user)), "its")
        }
        (Rights::Definer { view, .. }, Reader::User(Rights::Invoker)) => {
            (format!("{view} cannot be used: You have"), "your")
        }
        (Rights::Invoker, _) => ("You have".to_owned(), "your"),
    };
    let through = if matches!(reader, Reader::Package(_)) { " through the package" } else { "" };
    Error::new(
        Code::Authorization,
        format!(
            "Authorization Failed [4031], {who} NO privilege 'odps:{action}' on {{{resource}}}. CheckLabelSecurity failed. The sensitive label of column '{column}' is {label}, but {whose} effective label{through} is {level}.{tips}"
        ),
    )
}

/// What helps where the result of a statement is refused because of what changed since.
const AGAIN: &str = "run the statement again";

/// The denial of a result that was read through a view, of something that is gone since (FLW-9a).
fn changed(view: &Object, tips: &str) -> Box<Error> {
    let message = format!("Authorization Failed [4009,4019], an object that {view} read has changed since then.{tips}");
    Error::new(Code::Authorization, message).help(AGAIN)
}

fn not_member(code: Code, project: &ProjectRef, tips: &str) -> Box<Error> {
    Error::new(code, format!("Authorization Failed [4002], You don't exist in project {}.{tips}", project.name))
}

fn no_privilege(access: &Access, columns: &[String], tips: &str) -> Box<Error> {
    let Access { action, object, rights, .. } = access;
    let resource = resource(access);
    if let Rights::Definer { owner, view } = rights {
        if object.id == Identity::Gone {
            return changed(view, tips);
        }
        let error = Error::new(
            Code::Authorization,
            format!(
                "Authorization Failed [4009,4019], {view} cannot be used: its {} has NO privilege 'odps:{action}' on {{{resource}}}. Deny as default for Resource.{tips}",
                named_keeper(owner.as_ref(), view)
            ),
        );
        return without_owner(owner.as_ref(), view, error);
    }
    let privilege = format!("You have NO privilege 'odps:{action}' on {{{resource}}}.");
    if !matches!(action.holders(), Holders::Privilege | Holders::Download) {
        return Error::new(Code::AccessDenied, format!("Authorization Failed [4019], {privilege}{tips}"));
    }
    match object.kind {
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => {
            Error::new(Code::AccessDenied, format!("Authorization Failed [4009,4019], {privilege}{tips}"))
        }
        ObjectKind::Table | ObjectKind::View | ObjectKind::Resource | ObjectKind::Function | ObjectKind::Instance => {
            let check = match columns {
                [] => String::new(),
                columns => {
                    format!(" ACL check failed. You have no permissions to access column: {}", columns.join(", "))
                }
            };
            let error = Error::new(
                Code::Authorization,
                format!("Authorization Failed [4009,4019], {privilege} Deny as default for Resource.{tips}{check}"),
            );
            match object.id {
                Identity::Gone => error.help(AGAIN),
                Identity::Unknown | Identity::Project(_) | Identity::Known(_) => error,
            }
        }
    }
}

/// The 4021: rows of `object` may not leave `project`, as it is called here.
fn protected(object: &Object, project: &str, tips: &str) -> String {
    format!(
        "Authorization Failed [4021], You have NO privilege 'odps:{}' on {{acs:odps:*:{}}}. {project} is protected. You need to contact the project owner to set the exception policy for you.{tips}",
        reading(object.kind),
        object.path()
    )
}

/// Source: E13.
fn explicitly_denied(access: &Access, tips: &str) -> Box<Error> {
    let Access { action, object, rights, .. } = access;
    let resource = resource(access);
    let subject = match rights {
        Rights::Invoker => "You have".to_owned(),
        Rights::Definer { owner, view } => {
            format!("{view} cannot be used: its {} has", named_keeper(owner.as_ref(), view))
        }
    };
    let code = match object.kind {
        _ if action.is_management() => Code::AccessDenied,
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => Code::AccessDenied,
        ObjectKind::Table | ObjectKind::View | ObjectKind::Resource | ObjectKind::Function | ObjectKind::Instance => {
            Code::Authorization
        }
    };
    let message = format!(
        "Authorization Failed [4011], {subject} NO privilege 'odps:{action}' on {{{resource}}}. Explicitly denied by policy.{tips}"
    );
    Error::new(code, message)
}

/// An error about whose rights count inside a view; if that account no longer exists, nothing but a new view helps.
fn without_owner(owner: Option<&Principal>, view: &Object, error: Box<Error>) -> Box<Error> {
    match owner {
        Some(_) => error,
        None => error.help(format!("replace {view}: then its new {} counts", keeper(view))),
    }
}

/// The resource in a message.
fn resource(Access { action, object, managed, .. }: &Access) -> String {
    let name = managed.name.as_deref().filter(|_| action.area() != Area::Object);
    format!("acs:odps:*:{}{}", object.path(), managed_path(action.area(), name))
}
