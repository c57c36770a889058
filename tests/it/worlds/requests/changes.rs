//! Requests that change single rows.

use odpsh::model::{Action, JobType};
use odpsh::security::{Access, Destination, Request, Rights};

use super::Asker;
use crate::it::worlds::chance;

impl Asker<'_> {
    /// Rows that change: their table is a source, whatever is read of it (FLW-2).
    pub(super) fn change_rows(&mut self, request: &mut Request, place: usize) {
        if !self.world.tables[place].body.is_empty() {
            return self.write_from(request, place);
        }
        request.job = Some(JobType::Sql);
        request.requirements.extend(self.job_requirement(request));
        let object = self.world.object(place);
        request.requirements.push(Access::of(Action::Update, object.clone()).into());
        let mut sources = vec![(object.clone(), Vec::new())];
        if chance(&mut self.rng, 70) {
            let read = self.world.read_of(place, &mut self.rng);
            self.expand(&read, &Rights::Invoker, &[], &mut request.requirements, &mut sources);
        }
        if chance(&mut self.rng, 40) {
            let other = self.rng.usize(0..self.world.tables.len());
            sources.extend(self.reads(other, &mut request.requirements));
        }
        let own = Destination::Project(object.project.clone());
        Self::send(request, &sources, &own);
        if let Some(current) = request.current.clone().map(Destination::Project).filter(|current| *current != own) {
            Self::send(request, &sources, &current);
        }
    }
}
