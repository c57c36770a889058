//! `.who can usage`: who can use a tenant resource in the current project.

use super::session::Session;
use crate::analysis::{Able, Reach};
use crate::command::{Listing, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Cell, Principal, ProjectRef, ResourceAct, Row, TenantResourceKind};
use crate::security::{Access, Explained, Facts, Judge, Requirement, ResourceAccess, Verdict, heads_tenant};
use crate::store::Snapshot;
use crate::syntax::Name;

impl Session {
    /// For who may describe the resource, and for who manages the current project and controls what is mounted to it; to everyone else it is as if
    /// it were not there (TRS-5).
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
        let resource = snapshot.tenant_resource(kind, &project.owner, &name.text)?;
        let judge = Judge::new(&snapshot, self.now());
        let decide = |requirement: Requirement| judge.decide(&self.caller.request(vec![requirement]));
        let describe = ResourceAccess { act: ResourceAct::Describe, resource: resource.clone() };
        if let Verdict::Denied(denial) = decide(Requirement::Act(describe))?.verdict() {
            let manages = decide(Access::of(Action::GetSecurityConfiguration, project.object()).into())?.is_allowed();
            let controls =
                project.security.tenant_resource_access_control && snapshot.is_mounted(&resource, project.id)?;
            if !(manages && controls) {
                return Err(denial.error(viewer, Some(&current)));
            }
        }
        let reach = Reach { facts: &snapshot, now: self.now(), roles: true };
        let users = reach.who_can_use(&resource, &current)?;
        let rows = users.iter().map(|user| row(user, &current, viewer, &snapshot)).collect::<Result<Vec<_>>>()?;
        Ok(Outcome::listing(Listing::WhoCan, rows))
    }
}

fn row(user: &Able, project: &ProjectRef, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<Row> {
    let grounds = user.decision.grounds(&user.request, snapshot, viewer)?;
    // Tenant roles are about other projects as well: their conditions are for who heads the tenant.
    let shows_conditions = heads_tenant(project, viewer, snapshot)?;
    let when = user.when.iter().map(|when| match shows_conditions {
        true => format!("only {when}"),
        false => "only where conditions of policies hold".to_owned(),
    });
    let reason: Cell = when.chain(Explained::lines(&grounds)).collect::<Vec<_>>().into();
    let principal = (&user.principal).into();
    Ok(vec!["principal".into(), principal, Cell::Null, Cell::Null, Cell::Null, (&project.name).into(), reason])
}
