//! `.who can … on role` and `… on package`: who can manage a role or package in the current project.

use super::caller::How;
use super::session::Session;
use crate::analysis::{Able, Reach, advise};
use crate::command::{Item, Listing, ManagedAsked, Outcome, asked_of_package, asked_of_role};
use crate::error::{Code, Error, Result};
use crate::model::{Cell, Principal, Row};
use crate::security::{Explained, Judge, Verdict, manages};
use crate::store::Snapshot;
use crate::syntax::Name;
use crate::syntax::grant::Target;

impl Session {
    /// Who can take an action on a role.
    pub(super) fn who_can_on_role(&self, action: &Name, role: &Name) -> Result<Outcome> {
        let snapshot = self.service.store.read()?;
        let how = How::at(self.now());
        let judge = Judge::new(&snapshot, how.now);
        let asked = asked_of_role(action, role, &self.caller.context(&how, &judge), &snapshot)?;
        self.who_can_manage(asked, &judge, &snapshot)
    }

    /// Who can take an action of management on a package; nothing if it is another action, or on something else.
    pub(super) fn who_can_on_package(&self, action: &Name, target: &Target) -> Result<Option<Outcome>> {
        let snapshot = self.service.store.read()?;
        let how = How::at(self.now());
        let judge = Judge::new(&snapshot, how.now);
        let asked = asked_of_package(action, target, &self.caller.context(&how, &judge), &snapshot)?;
        asked.map(|asked| self.who_can_manage(asked, &judge, &snapshot)).transpose()
    }

    /// For who may describe it and manages the project: the answer names other principals and what lets them (BND-2).
    fn who_can_manage(&self, asked: ManagedAsked, judge: &Judge<'_>, snapshot: &Snapshot<'_>) -> Result<Outcome> {
        let viewer = &self.caller.principal;
        let request = self.caller.request(vec![asked.describing]);
        let manages = manages(&asked.project, viewer, snapshot)?;
        let ask = "ask the project's owner, a Super_Administrator or Admin";
        if let Verdict::Denied(denial) = judge.decide(&request)?.verdict() {
            let mut error = denial.error(viewer, self.caller.current.as_ref());
            // To describe it alone would not be enough.
            if !manages {
                return Err(error.help(ask));
            }
            let advice = advise(&mut |_| Ok(request.clone()), snapshot, self.now(), Some(viewer))?;
            error.help = advice.visible_to(viewer, snapshot)?.help().or(error.help);
            return Err(error);
        }
        if !manages {
            let project = &asked.project.name;
            let message = format!("who can manage roles and packages is shown to administrators of project {project}");
            return Err(Error::new(Code::AccessDenied, message).help(ask));
        }
        let requirements = asked.requirements?;
        let reach = Reach { facts: snapshot, now: self.now(), roles: true };
        let able = reach.who_can_manage(&requirements, &asked.project)?;
        let rows = able.iter().map(|one| row(one, &asked.project.name, viewer, snapshot));
        let mut outcome = Outcome::listing(Listing::WhoCan, rows.collect::<Result<_>>()?);
        outcome.items.extend(asked.note.map(|note| Item::Status(note.to_owned())));
        Ok(outcome)
    }
}

fn row(able: &Able, project: &str, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<Row> {
    let grounds = able.decision.grounds(&able.request, snapshot, viewer)?;
    let when = able.when.iter().map(|when| format!("only {when}"));
    let reason: Cell = when.chain(Explained::lines(&grounds)).collect::<Vec<_>>().into();
    let principal = (&able.principal).into();
    Ok(vec!["principal".into(), principal, Cell::Null, Cell::Null, Cell::Null, project.into(), reason])
}
