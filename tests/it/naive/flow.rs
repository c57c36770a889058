//! FLW-1 to FLW-6, VIW-2, EXC-7, DLC-1: whether data may leave its project.

use odpsh::model::JobType;
use odpsh::security::{Destination, Flow};

use super::{Hearing, Passed, Why};
use crate::it::worlds::Project;

impl Hearing<'_> {
    /// FLW-4: a flow from P is free if the destination is P, or P is not protected, or the destination project is in P's own
    /// trusted list, or an exception statement of P matches.
    pub(super) fn flow(&mut self, flow: &Flow) -> Passed {
        let world = self.world;
        let refused = Err((
            "FLW-4",
            Why::Protected { object: flow.source.to_string(), destination: flow.destination.to_string() },
        ));
        let Some(source) = world.project(flow.source.project.id) else { return refused };
        let to = match &flow.destination {
            Destination::Project(to) => Some(to.id),
            Destination::Local | Destination::External => None,
        };
        if to == Some(source.id) {
            self.say("FLW-4 stays in P", true);
            return Ok(());
        }
        // DLC-1: of a tunnel download with control on, the flow stage is not asked.
        if source.download_control && self.request.job == Some(JobType::Dt) && flow.destination == Destination::Local {
            self.say("DLC-1 no flow stage", true);
            return Ok(());
        }
        if !source.protected {
            let into_protected = to.and_then(|to| world.project(to)).is_some_and(|to| to.protected);
            self.say(if into_protected { "FLW-5 inflow" } else { "FLW-4 not protected" }, true);
            return Ok(());
        }
        // FLW-6: by project id, as listed by the source.
        if to.is_some_and(|to| source.trusts.contains(&to)) {
            self.say("FLW-6 trusted", true);
            return Ok(());
        }
        if self.excepted(flow, source) {
            self.say("EXC-7 excepted, whatever the destination", true);
            return Ok(());
        }
        self.refuse_flow(flow, source, to);
        refused
    }

    /// What did not help.
    fn refuse_flow(&mut self, flow: &Flow, source: &Project, to: Option<i64>) {
        let world = self.world;
        self.say("FLW-4 protected", false);
        if source.owner == self.request.principal {
            self.say("FLW-1 the owner is not exempt", false);
        }
        match to.and_then(|to| world.project(to)) {
            Some(to) => {
                if to.trusts.contains(&source.id) {
                    self.say("FLW-6 one-way", false);
                }
                let friends = source.trusts.iter().filter_map(|id| world.project(*id));
                if friends.into_iter().any(|friend| friend.trusts.contains(&to.id)) {
                    self.say("FLW-6 never transitive", false);
                }
                let old = source.trusted_once.iter().any(|id| world.reference(*id).name == to.name);
                if old {
                    self.say("ACC-11 a new project inherits no trust", false);
                }
            }
            None if !source.trusts.is_empty() => self.say("FLW-6 never local or external", false),
            None => {}
        }
        for view in flow.through.iter().filter(|view| view.project.id != source.id) {
            let elsewhere = world.project(view.project.id).is_some_and(|project| self.any_statement(project, view));
            if elsewhere {
                self.say("VIW-2 not in another project's policy", false);
            }
        }
    }

    /// VIW-2: an exception counts only in the policy of that table's project, and only on the base table or on a view of
    /// that same project.
    fn excepted(&mut self, flow: &Flow, source: &Project) -> bool {
        if source.exception.is_empty() {
            return false;
        }
        if self.any_statement(source, &flow.source) {
            return true;
        }
        for view in flow.through.iter().filter(|view| view.project.id == source.id) {
            if self.any_statement(source, view) {
                self.say("VIW-2 on a view of that project", true);
                return true;
            }
        }
        self.near_misses(flow, source);
        false
    }
}
