//! How far somebody may read an object, by its labels (LAB-1, LAB-4).

use super::facts::Facts;
use super::membership::{Membership, membership};
use crate::error::Result;
use crate::model::{LabelGrant, Level, Object, Principal, Project, Time};

/// Up to which label somebody reads the columns of an object, on one path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Clearance {
    /// On every column: the highest of the subject's own level and those of its roles; of a package, what its maker gave.
    pub level: Level,
    /// The valid label grants on the object, for the subject and for its roles.
    pub grants: Vec<LabelGrant>,
    /// Inside a package no grant counts for more than this.
    pub ceiling: Option<Level>,
}

impl Clearance {
    /// One that no label grant raises.
    pub fn fixed(level: Level) -> Self {
        Self { level, ..Self::default() }
    }

    /// That of a subject on an object of its project; an outsider has none, whatever it holds (ACC-9).
    pub fn own(object: &Object, subject: &Principal, project: &Project, facts: &dyn Facts, now: Time) -> Result<Self> {
        let membership = membership(facts, project, subject)?;
        if *membership == Membership::Outsider {
            return Ok(Self::default());
        }
        let grantees = membership.grantees(subject);
        let mut grants = facts.label_grants(object, &grantees)?;
        grants.retain(|grant| grant.is_valid(now));
        Ok(Self { level: facts.level(project.id, &grantees)?, grants, ceiling: None })
    }

    /// Up to which label it reads a column. Of each grantee the grant on the column counts or, only where it has none, the one on the table;
    /// the highest of all counts (LAB-1).
    pub fn of_column(&self, column: &str) -> Level {
        let has_own = |grant: &LabelGrant| {
            self.grants.iter().any(|other| other.grantee == grant.grantee && other.column.as_deref() == Some(column))
        };
        let counts = |grant: &&LabelGrant| match &grant.column {
            Some(of) => of == column,
            None => !has_own(grant),
        };
        let granted = self.grants.iter().filter(counts).map(|grant| grant.level);
        granted.map(|level| self.ceiling.map_or(level, |most| level.min(most))).fold(self.level, Level::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Grantee, RoleName};

    fn level(number: u8) -> Level {
        Level::new(number).unwrap()
    }

    fn grant(number: u8, column: Option<&str>, role: Option<&str>) -> LabelGrant {
        let user = Principal::parse("ALIYUN$bob@aliyun.com").unwrap();
        let grantee = role.map_or(Grantee::User(user.clone()), |role| Grantee::Role(RoleName::new(role)));
        let column = column.map(str::to_owned);
        LabelGrant { level: level(number), column, grantee, grantor: user, granted: Time(0), expires: None }
    }

    #[test]
    fn a_grant_on_a_column_replaces_the_one_on_the_table_for_its_grantee_only() {
        let grants = vec![grant(5, None, None), grant(2, Some("a"), None), grant(3, None, Some("r"))];
        let mut clearance = Clearance { level: level(1), grants, ceiling: None };
        assert_eq!(clearance.of_column("a"), level(3));
        assert_eq!(clearance.of_column("b"), level(5));
        clearance.ceiling = Some(level(4));
        assert_eq!(clearance.of_column("b"), level(4));
        assert_eq!(Clearance::fixed(level(7)).of_column("b"), level(7));
    }
}
