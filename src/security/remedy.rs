//! A statement that would lift a denial, the change that it makes, and who may see how much of it.

use super::hypothetical::Change;
use crate::model::{Object, Principal, ProjectRef, RoleName, Source};
use crate::syntax::{Statement, protection};

/// Who may do what the matrix keeps from Admin.
pub(super) const HIGH: &str = "its owner or a Super_Administrator";
/// Who may do what Admin may.
pub(super) const MANAGERS: &str = "its owner, a Super_Administrator or Admin";

/// A statement that would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    pub(super) change: Change,
    /// The project in which it is issued; none for a command of the local world.
    pub project: Option<ProjectRef>,
    /// A principal who may issue it: the project's owner; `None` if the project does not exist.
    pub by: Option<Principal>,
    /// The address to issue it from, if the project's lists do not admit every one.
    pub from: Option<Source>,
    /// The statement.
    pub statement: Statement,
    /// The text of the policy file that it names.
    pub file: Option<String>,
    /// Who may issue it, in words.
    pub may: String,
    /// What else it opens, in words.
    pub opens: String,
    /// The redacted form for viewers who do not administer the project, if the statement or its issuers would reveal too much.
    pub(super) outside: Option<Outside>,
}

/// A remedy redacted so that it reveals nothing of its project (BND-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outside {
    /// The statement, with `…` in place of what only administrators of the project may see.
    pub statement: Statement,
    /// A description of the contents of the policy file that it names.
    pub file: Option<String>,
    /// Who may issue it.
    pub may: String,
}

impl std::fmt::Display for Remedy {
    /// With the text of the policy file that it names.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.issued())?;
        self.file.as_ref().map_or(Ok(()), |text| write!(f, ", where the file contains {text}"))
    }
}

/// How much a remedy opens beyond its purpose: one that opens less is advised first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Breadth {
    /// Nothing by itself.
    Nothing,
    /// Columns of one object, to one principal.
    Columns,
    /// Objects, to one principal: by a grant, a package or an exception.
    Object,
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
    /// Where, who, what: ``in project p, its owner or a Super_Administrator: `add trustedproject d;` ``.
    pub(super) fn issued(&self) -> String {
        let Self { project, statement, may, .. } = self;
        match project {
            Some(project) => format!("in project {}, {may}: `{statement};`", project.name),
            None => format!("{may}: `{statement}`"),
        }
    }

    /// The name of the policy file that it names.
    pub fn file_name(&self) -> Option<&str> {
        let Statement::Protection(protection::Statement::Set { exception, .. }) = &self.statement else { return None };
        exception.as_ref().map(|file| file.text.as_str())
    }

    pub(super) fn change(&self) -> &Change {
        &self.change
    }

    /// The remedy as shown to viewers who do not administer its project.
    pub(super) fn for_outsiders(self) -> Self {
        match self.outside {
            None => self,
            Some(Outside { statement, file, may }) => Self { statement, file, may, outside: None, ..self },
        }
    }

    /// Whether showing this remedy reveals nothing about whether the project exists (STG-4).
    pub(super) fn follows_from_the_denial(&self) -> bool {
        !matches!(self.change, Change::Provider(..))
    }

    /// Whether it can be issued: its issuer and its object exist.
    pub(super) fn is_possible(&self) -> bool {
        let exists = !matches!(&self.change, Change::Grant(object, _) | Change::Grants(object, _) if object.id == Object::UNKNOWN);
        exists && (self.project.is_none() || self.by.is_some())
    }

    /// Who holds the role that it grants, or more, in words.
    pub(super) fn holders(&self) -> Option<&'static str> {
        let Change::Role(_, role, _) = &self.change else { return None };
        match role.as_str() {
            RoleName::ADMIN => Some(MANAGERS),
            RoleName::SUPER_ADMINISTRATOR => Some(HIGH),
            _ => None,
        }
    }

    fn breadth(&self) -> Breadth {
        match &self.change {
            Change::Account(_) | Change::Provider(..) | Change::Member(..) => Breadth::Nothing,
            Change::Grants(..) => Breadth::Columns,
            Change::Grant(_, grant) if grant.column.is_some() => Breadth::Columns,
            Change::Grant(..) | Change::Exception(..) => Breadth::Object,
            Change::Role(..)
            | Change::Trust(..)
            | Change::Restored(_)
            | Change::Switch(..)
            | Change::Property(..)
            | Change::EveryAddress
            | Change::NoRoles => Breadth::Project,
        }
    }

    /// Whether it excepts something from protection: between projects, trust would do as well.
    pub(super) fn is_exception(&self) -> bool {
        matches!(self.change, Change::Exception(..))
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
            | Change::Role(..)
            | Change::Grant(..)
            | Change::Grants(..)
            | Change::Trust(..)
            | Change::Switch(..)
            | Change::EveryAddress
            | Change::NoRoles
            | Change::Exception(..) => 2,
        }
    }
}
