//! A change that would lift a denial, who may make it, and who may see how much of it.

use super::spelling;
use crate::command::AdvisedStatement;
use crate::model::{
    Action, Holders, Identity, NAMESPACE_SCHEMA, ObjectKind, PolicyHolder, Principal, ProjectRef, RoleName, Source,
};
use crate::policy::{AccessPolicy, Profile};
use crate::security::Change;
use crate::syntax::{Statement, session};

/// A change that would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    /// The change.
    pub change: Change,
    /// A principal who may make it: the project's owner. `None` if the project does not exist, or if the change is a local command.
    pub by: Option<Principal>,
    /// The address to make it from, if the project's lists do not admit every one.
    pub from: Option<Source>,
    /// Who may make it, in words.
    pub may: String,
    /// What else it opens, in words.
    pub opens: String,
    /// The redacted form for viewers who do not administer the project, if the change or its makers would reveal too much.
    pub(super) outside: Option<Outside>,
    /// Whether it reveals something of the project, so that others are not shown it at all.
    pub(super) is_inside: bool,
}

/// A remedy redacted so that it reveals nothing of its project (BND-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outside {
    /// The change, with `…` or a description in place of the value that only administrators of the project may see.
    pub change: Change,
    /// Who may make it.
    pub may: String,
}

/// How much a remedy opens beyond its purpose: one that opens less is advised first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Breadth {
    /// Nothing by itself.
    Nothing,
    /// Columns of one object, to one principal.
    Columns,
    /// An object, to one principal: by a grant, an exception or a policy.
    Object,
    /// All that a package lists, to one principal.
    Package,
    /// A project: to another one, to an address, or all of it to one principal.
    Project,
}

impl Breadth {
    /// Those of several remedies, the widest first.
    pub fn of_all(remedies: &[Remedy]) -> Vec<Self> {
        let mut breadths: Vec<Self> = remedies.iter().map(Remedy::breadth).collect();
        breadths.sort_unstable_by(|one, other| other.cmp(one));
        breadths
    }
}

impl Remedy {
    /// The project in which the change is made; none for a command of the local world.
    pub fn project(&self) -> Option<&ProjectRef> {
        self.change.project()
    }

    /// The statement that makes the change.
    pub fn statement(&self) -> Statement {
        spelling::statement(&self.change)
    }

    /// The flag without which the statement would not name what it does: names have schemas (SCH-1).
    pub fn setting(&self) -> Option<Statement> {
        let needs = self.change.object().is_some_and(|object| !object.schema.is_default());
        needs.then(|| {
            let (key, value) = (NAMESPACE_SCHEMA.to_owned(), true.to_string());
            Statement::Session(session::Statement::Set { key, value })
        })
    }

    /// The name and the text of the policy file that the statement names.
    pub fn file(&self) -> Option<(String, &str)> {
        match &self.change {
            Change::Exception(_, text, _) | Change::Policy(_, _, text, _) => {
                Some((spelling::file_name(&self.change)?, text))
            }
            Change::Account(_)
            | Change::Provider(..)
            | Change::Member(..)
            | Change::NewRole(..)
            | Change::Role(..)
            | Change::Grant(..)
            | Change::Inside(..)
            | Change::LabelInside(..)
            | Change::Trust(..)
            | Change::Restored(_)
            | Change::Switch(..)
            | Change::LabelGrant(..)
            | Change::Level(..)
            | Change::PackageLabel(..)
            | Change::Mount(..)
            | Change::Locations(..)
            | Change::Property(..) => None,
        }
    }

    /// The remedy in the words of the shell.
    pub fn spelled(&self) -> AdvisedStatement {
        AdvisedStatement {
            project: self.project().map(|project| project.name.to_string()),
            may: self.may.clone(),
            statement: match self.setting() {
                Some(setting) => format!("{setting}; {}", self.statement()),
                None => self.statement().to_string(),
            },
            // JSON has no line break inside of its texts.
            file: self.file().map(|(_, text)| text.replace('\n', " ")),
            opens: self.opens.clone(),
        }
    }

    /// The remedy as shown to viewers who do not administer its project.
    pub(super) fn for_outsiders(self) -> Self {
        match self.outside {
            None => self,
            Some(Outside { change, may }) => Self { change, may, outside: None, ..self },
        }
    }

    /// Whether it shows the policy of a tenant role, which is about other projects as well.
    pub(super) fn is_of_tenant(&self) -> bool {
        matches!(self.change, Change::Policy(_, PolicyHolder::TenantRole(_), ..))
    }

    /// Whether showing this remedy reveals nothing about whether the project exists (STG-4).
    pub(super) fn follows_from_the_denial(&self) -> bool {
        // Nor which policy denies.
        let is_told = match &self.change {
            Change::Provider(..) | Change::Policy(..) | Change::PackageLabel(..) => false,
            // Nor which roles there are, and what packages list.
            Change::NewRole(..) | Change::Inside(..) | Change::LabelInside(..) => false,
            Change::Role(_, role, _) => role.is_built_in(),
            Change::Account(_)
            | Change::Member(..)
            | Change::Grant(..)
            | Change::Trust(..)
            | Change::Restored(_)
            | Change::Switch(..)
            | Change::LabelGrant(..)
            | Change::Level(..)
            | Change::Mount(..)
            | Change::Locations(..)
            | Change::Exception(..)
            | Change::Property(..) => true,
        };
        is_told && !self.is_inside
    }

    /// Whether it can be made: its maker and its object exist.
    pub(super) fn is_possible(&self) -> bool {
        let exists = !matches!(&self.change, Change::Grant(object, _) if object.id == Identity::Unknown);
        exists && (self.project().is_none() || self.by.is_some())
    }

    /// Who holds the role that it grants, or more, in words.
    pub(super) fn holders(&self) -> Option<&'static str> {
        let Change::Role(_, role, _) = &self.change else { return None };
        // It is for somebody else, who does something before.
        if self.is_inside {
            return None;
        }
        match role.as_str() {
            RoleName::ADMIN => Some(MANAGERS),
            RoleName::SUPER_ADMINISTRATOR => Some(HEADS),
            _ => None,
        }
    }

    fn breadth(&self) -> Breadth {
        match &self.change {
            Change::Account(_) | Change::Provider(..) | Change::Member(..) | Change::NewRole(..) => Breadth::Nothing,
            // What it holds is said by the policy that is put on it.
            Change::Role(_, role, _) if !role.is_built_in() => Breadth::Nothing,
            Change::Grant(_, grants) | Change::Inside(_, _, grants)
                if grants.iter().all(|grant| grant.column.is_some()) =>
            {
                Breadth::Columns
            }
            Change::LabelGrant(..) | Change::LabelInside(..) => Breadth::Columns,
            Change::Grant(object, _) if object.kind == ObjectKind::Package => Breadth::Package,
            Change::Grant(..) | Change::Inside(..) | Change::Exception(..) | Change::Policy(..) | Change::Mount(..) => {
                Breadth::Object
            }
            Change::Level(..)
            | Change::Locations(..)
            | Change::PackageLabel(..)
            | Change::Role(..)
            | Change::Trust(..)
            | Change::Restored(_)
            | Change::Switch(..)
            | Change::Property(..) => Breadth::Project,
        }
    }

    /// Whether it excepts something from protection: between projects, trust would do as well.
    pub(super) fn is_exception(&self) -> bool {
        matches!(self.change, Change::Exception(..))
    }

    /// Whether it lets somebody read up to a label: a higher level would do as well.
    pub(super) fn is_label_grant(&self) -> bool {
        matches!(self.change, Change::LabelGrant(..))
    }

    /// The role of administrator type whose policy it changes so that it allows more.
    pub(super) fn delegates(&self) -> Option<(&ProjectRef, &PolicyHolder)> {
        let Change::Policy(project, holder, _, policy) = &self.change else { return None };
        let is_of_administrator = |policy: &AccessPolicy| policy.profile() == Profile::AdministratorRole;
        policy.as_ref().as_ref().is_ok_and(is_of_administrator).then_some((project, holder))
    }

    /// Its place among all that has to be done: in a project that is frozen, or that allows no address, nothing else
    /// can be done before.
    pub(super) fn turn(&self) -> u8 {
        match self.change {
            Change::Restored(_) => 0,
            Change::Property(..) => 1,
            Change::Account(_)
            | Change::Provider(..)
            | Change::Member(..)
            | Change::NewRole(..)
            | Change::Role(..)
            | Change::Grant(..)
            | Change::Inside(..)
            | Change::LabelInside(..)
            | Change::Trust(..)
            | Change::Switch(..)
            | Change::Exception(..)
            | Change::LabelGrant(..)
            | Change::Level(..)
            | Change::PackageLabel(..)
            | Change::Mount(..)
            | Change::Locations(..)
            | Change::Policy(..) => 2,
        }
    }
}

/// Who may make a change, besides the owner of an object, in words.
pub(super) fn makers(change: &Change) -> &'static str {
    let action = match change {
        Change::Account(_) | Change::Restored(_) => return "anyone with access to the state file",
        Change::Provider(..) => Action::AddAccountProvider,
        Change::Member(..) => Action::AddUser,
        Change::Role(_, role, _) => match role.as_str() {
            RoleName::SUPER_ADMINISTRATOR => Action::GrantSuperAdministrator,
            RoleName::ADMIN => Action::GrantAdmin,
            // Those of resource type are not advised.
            _ => Action::GrantAdministratorRole,
        },
        Change::NewRole(..) => Action::CreateAdministratorRole,
        Change::Grant(_, grants) if grants.iter().any(|grant| grant.action == Action::Download) => {
            Action::GrantDownload
        }
        Change::Grant(..) | Change::Inside(..) => Action::GrantPrivs,
        Change::LabelGrant(..) | Change::LabelInside(..) => Action::GrantLabel,
        Change::Level(..) => Action::SetUserLabel,
        Change::PackageLabel(..) => Action::AllowInstallPackage,
        Change::Trust(..) => Action::AddTrustedProject,
        Change::Switch(..) | Change::Exception(..) | Change::Locations(..) => Action::SetSecurityConfiguration,
        Change::Property(..) => Action::SetProperty,
        Change::Policy(_, PolicyHolder::Project, ..) => Action::PutPolicy,
        Change::Policy(_, PolicyHolder::Role(_), _, policy) => match policy.as_ref() {
            Ok(policy) if policy.profile() == Profile::AdministratorRole => Action::PutAdministratorPolicy,
            _ => Action::PutRolePolicy,
        },
        Change::Policy(_, PolicyHolder::TenantRole(_), ..) => {
            return "its owner, or a Super_Administrator or Admin of its tenant";
        }
        Change::Mount(..) => {
            return "its owner, a Super_Administrator of its tenant, or who created the tenant resource";
        }
    };
    match action.holders() {
        Holders::Heads | Holders::Download | Holders::Ownership | Holders::Tenant => HEADS,
        Holders::Managers | Holders::Granting | Holders::Showing | Holders::Privilege => MANAGERS,
    }
}

/// Who may perform actions that Admin may not.
pub(super) const HEADS: &str = "its owner or a Super_Administrator";
/// Who may perform actions that Admin may.
const MANAGERS: &str = "its owner, a Super_Administrator or Admin";
