//! Statements as others would give them: bound and decided, never run.

use std::collections::BTreeMap;

use super::caller::{Caller, How};
use crate::analysis::{Reach, Reached};
use crate::error::Result;
use crate::model::{Action, ObjectKind, Principal, ProjectRef, Time};
use crate::security::{Decision, Request, Requested};
use crate::store::Snapshot;
use crate::syntax;

/// Gives statements as anyone would.
#[derive(Clone)]
pub(super) struct Probe {
    /// Whose files are looked at: those of this machine.
    pub caller: Caller,
    /// When.
    pub now: Time,
}

impl Probe {
    /// The request of a statement of this principal, and how it is decided, if it is allowed.
    pub fn allowed(
        &self,
        text: &str,
        (principal, current): (&Principal, &ProjectRef),
        reach: &Reach<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<(Request, Decision)>> {
        let statement = syntax::parse_statement(text)?;
        let Some(account) = snapshot.account(principal)? else { return Ok(None) };
        let caller = Caller {
            principal: principal.clone(),
            account: account.id,
            source: reach.address_in(current)?,
            current: Some(current.clone()),
            flags: BTreeMap::new(),
            aliases: BTreeMap::new(),
            ..self.caller.clone()
        };
        let bound = caller.bind(&statement, &How::at(self.now), snapshot)?;
        // What could not be bound whole was refused on the way, or would fail: its request is a part of what it needs.
        if bound.failure().is_some() {
            return Ok(None);
        }
        let decision = reach.decide(bound.request())?;
        Ok(decision.is_allowed().then(|| (bound.request().clone(), decision)))
    }

    /// The same one who can, if it is about a download of a view: what is behind the view is only known once it is bound.
    pub fn held_against(
        &self,
        reached: Reached,
        reach: &Reach<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<Reached>> {
        if reached.action != Action::Download || reached.object.kind != ObjectKind::View {
            return Ok(Some(reached));
        }
        let columns = reached.columns.iter().cloned().collect::<Vec<_>>().join(",");
        let columns = if columns.is_empty() { String::new() } else { format!(" -cn {columns}") };
        let object = &reached.object;
        let text = format!("tunnel download{columns} {}.{} '{}.csv'", object.project.name, object.name, object.name);
        let who = (&reached.principal, &reached.current);
        let allowed = self.allowed(&text, who, reach, snapshot)?;
        Ok(allowed.map(|(request, decision)| Reached { request, decision, ..reached }))
    }
}
