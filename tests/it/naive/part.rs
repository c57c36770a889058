//! FLW-2a: what is derived from the data of an object, shown beside something else.

use std::collections::BTreeSet;

use odpsh::security::{Request, Requirement};

use super::Hearing;

impl Hearing<'_> {
    /// FLW-2a: showing it is a flow of the object to the current project. The field is left out where that is not free, and where
    /// the object may not be described.
    pub(super) fn shown(&mut self) -> BTreeSet<String> {
        let (mut shown, mut left_out) = (BTreeSet::new(), BTreeSet::new());
        for part in &self.request.parts {
            let mut request =
                Request { parts: Vec::new(), shows_rows: false, downloads: false, ..self.request.clone() };
            request.requirements = part.accesses.iter().cloned().map(Requirement::Access).collect();
            request.flows.clone_from(&part.flows);
            request.job = part.job.or(request.job);
            let (world, now) = (self.world, self.now);
            let mut alone = Hearing { world, request: &request, now, asked: Vec::new(), heard: Vec::new() };
            let passes = alone.stages().is_ok();
            let by_package = alone.heard.contains(&("FLW-2a a package that lists what reads it", true));
            let is_denied = alone.heard.contains(&("POL-3 a Deny of what reads it closes derived data", false));
            self.say("FLW-2a left out where it is not free", passes);
            if is_denied {
                self.say("POL-3 derived data is left out", false);
            }
            if by_package && passes {
                self.say("FLW-2a a package that lists what reads it", true);
            }
            if passes { &mut shown } else { &mut left_out }.insert(format!("{:?} {}", part.of.id, part.of));
        }
        shown.retain(|object| !left_out.contains(object));
        shown
    }
}
