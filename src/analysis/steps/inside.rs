//! What opens one object of a package, and not the package (PTH-3).

use super::Maker;
use crate::analysis::remedy::Remedy;
use crate::error::Result;
use crate::model::{Action, Grant, Grantee, Level, Object, Principal, Share};
use crate::security::{Access, Change, Facts, Request};

impl Maker<'_> {
    /// An entry on an object inside an installed package that lists it.
    pub(super) fn grant_inside(
        &self,
        access: &Access,
        columns: &[String],
        package: &Object,
        (who, request): (&Principal, &Request),
    ) -> Result<Remedy> {
        let object = &access.object;
        // Read on a function of a package lets it be called, and the package may list no more (PKG-2).
        let is_listed = |share: &Share| share.actions.iter().any(|listed| listed.covers(access.action));
        let action = match self.share(package, object, request)? {
            Some(share) if !is_listed(&share) => Action::Read,
            _ => access.action,
        };
        let by = self.facts.project(package.project.id)?.map_or_else(|| who.clone(), |project| project.owner.clone());
        let grant = |column: Option<&String>| Grant {
            action,
            column: column.cloned(),
            grantee: Grantee::User(who.clone()),
            grantor: by.clone(),
            granted: self.facts.now(),
            expires: None,
            conditions: None,
        };
        let (grants, what) = match columns {
            [] => (vec![grant(None)], "it"),
            columns => (columns.iter().map(|column| grant(Some(column))).collect(), "these columns of it"),
        };
        let opens = format!("{action} on {what}, from project {} alone", package.project.name);
        let step = self.step(Change::Inside(package.clone(), object.clone(), grants), opens)?;
        let (may, _) = self.who_grants(action, package, who, &step.may)?;
        Ok(Remedy { may, ..step })
    }

    /// Up to which label the maker of a package lets an object be read in the current project.
    pub(super) fn given_label(&self, package: &Object, object: &Object, request: &Request) -> Result<Option<Level>> {
        Ok(self.share(package, object, request)?.map(|share| share.label))
    }

    fn share(&self, package: &Object, object: &Object, request: &Request) -> Result<Option<Share>> {
        let Some(current) = &request.current else { return Ok(None) };
        let shares = self.facts.shares(current.id, object)?;
        Ok(shares.into_iter().find(|share| share.package.id == package.id))
    }
}
