//! Statements as others would give them: bound and decided, never run.

use std::collections::BTreeMap;

use super::caller::{Caller, How};
use crate::analysis::{Reach, Reached};
use crate::command::Usage;
use crate::error::{Code, Result};
use crate::model::{Action, NAMESPACE_SCHEMA, ObjectKind, Principal, ProjectRef, Source, Time};
use crate::security::{Decision, Destination, Request, Requested};
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
        source: &Source,
        reach: &Reach<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<(Request, Decision)>> {
        let statement = syntax::parse_statement(text)?;
        let Some(caller) = self.as_another(principal, current, source, snapshot)? else { return Ok(None) };
        let bound = caller.bind(&statement, &How::at(self.now), snapshot)?;
        // What could not be bound whole was refused on the way, or would fail: its request is a part of what it needs.
        if let Some(failure) = bound.failure() {
            let failure = Box::new(failure.clone());
            return if failure.code == Code::WithoutSql { Err(failure) } else { Ok(None) };
        }
        let decision = reach.decide(bound.request())?;
        Ok(decision.is_allowed().then(|| (bound.request().clone(), decision)))
    }

    /// Whether this principal may make use of something in their project, and be shown what comes of it.
    pub fn may_use(
        &self,
        usage: &Usage,
        (principal, current): (&Principal, &ProjectRef),
        source: &Source,
        reach: &Reach<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<bool> {
        let Some(caller) = self.as_another(principal, current, source, snapshot)? else { return Ok(false) };
        let flows = usage.flows(&[Destination::Project(current.clone())]);
        let request = Request { flows, ..caller.request(usage.requirements().collect()) };
        Ok(reach.decide(&request)?.is_allowed())
    }

    /// The session of another principal; nothing if there is no such account.
    fn as_another(
        &self,
        principal: &Principal,
        current: &ProjectRef,
        source: &Source,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<Caller>> {
        let Some(account) = snapshot.account(principal)? else { return Ok(None) };
        Ok(Some(Caller {
            principal: principal.clone(),
            account: account.id,
            key: None,
            source: source.clone(),
            current: Some(current.clone()),
            // Names have all three parts.
            flags: BTreeMap::from([(NAMESPACE_SCHEMA.to_owned(), true.to_string())]),
            aliases: BTreeMap::new(),
            ..self.caller.clone()
        }))
    }

    /// The same one who can, if it is about rows of a view: what is behind the view, and what its owner may read of it, is only known once it is bound.
    pub fn held_against(
        &self,
        reached: Reached,
        reach: &Reach<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<Reached>> {
        let object = &reached.object;
        let columns = reached.columns.iter().cloned().collect::<Vec<_>>().join(",");
        let name = object.whole_name();
        let text = match (object.kind, reached.action) {
            (ObjectKind::View, Action::Download) => {
                let columns = if columns.is_empty() { String::new() } else { format!(" -cn {columns}") };
                format!("tunnel download{columns} {name} '{}.csv'", object.name)
            }
            // It is no job: CreateInstance is not asked (STG-5).
            (ObjectKind::View, Action::Select) if columns.is_empty() => format!("read {name}"),
            (ObjectKind::View, Action::Select) => format!("read {name} ({columns})"),
            _ => return Ok(Some(reached)),
        };
        let who = (&reached.principal, &reached.current);
        let admitted = reach.address_in(&reached.current)?;
        let source = match &reached.when {
            None => admitted,
            Some(_) if admitted == Source::default() => reached.request.source.clone(),
            // An address at which the conditions hold may be one that the lists of the project do not admit.
            Some(_) => return Ok(Some(reached)),
        };
        let allowed = match self.allowed(&text, who, &source, reach, snapshot) {
            // What is behind views is not known without SQL.
            Err(error) if error.code == Code::WithoutSql => return Ok(Some(reached)),
            allowed => allowed?,
        };
        // Whether packages alone allow it is said of the access itself.
        let is_download = reached.action == Action::Download;
        Ok(allowed
            .map(|(request, decision)| if is_download { Reached { request, decision, ..reached } } else { reached }))
    }
}
