//! `.who can usage`: who can use a tenant resource in the current project.

use super::session::Session;
use crate::analysis::{Reach, ResourceUser};
use crate::command::{Listing, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Cell, Principal, Row, TenantResourceKind};
use crate::security::{Access, Explained, Judge, Verdict};
use crate::store::Snapshot;
use crate::syntax::Name;

impl Session {
    /// For who manages the current project, which lets its roles use what is mounted to it; to everyone else it is as if it were not there (TRS-5).
    pub(super) fn who_can_use(&self, kind: TenantResourceKind, name: &Name) -> Result<Outcome> {
        let snapshot = self.service.store.read()?;
        let Some(current) = self.caller.current.clone() else {
            return Err(Error::new(Code::AccessDenied, "no project is current")
                .help("choose one with `use <project>;`, or start with `--project <project>`"));
        };
        let viewer = &self.caller.principal;
        let Some(project) = snapshot.project_by_id(current.id)? else {
            return Err(Error::new(Code::NotFound, format!("project {} does not exist", current.name)));
        };
        let requirement = Access::of(Action::GetSecurityConfiguration, project.object()).into();
        let decision = Judge::new(&snapshot, self.now()).decide(&self.caller.request(vec![requirement]))?;
        if let Verdict::Denied(denial) = decision.verdict() {
            return Err(denial.error(viewer, Some(&current)));
        }
        let resource = snapshot.tenant_resource(kind, &project.owner, &name.text)?;
        // Whether one that is not mounted is there is for who manages the tenant.
        let reach = Reach { facts: &snapshot, now: self.now(), roles: true };
        let users = reach.who_can_use(&resource, &current)?;
        let rows = users.iter().map(|user| row(user, &current.name, viewer, &snapshot)).collect::<Result<Vec<_>>>()?;
        Ok(Outcome::listing(Listing::WhoCan, rows))
    }
}

fn row(user: &ResourceUser, project: &str, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<Row> {
    let grounds = user.decision.grounds(&user.request, snapshot, viewer)?;
    let when = user.when.iter().map(|when| format!("only {when}"));
    let reason: Cell = when.chain(Explained::lines(&grounds)).collect::<Vec<_>>().into();
    let principal = (&user.principal).into();
    Ok(vec!["principal".into(), principal, Cell::Null, Cell::Null, Cell::Null, project.into(), reason])
}
