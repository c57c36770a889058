//! Requests that change single rows.

use odpsh::model::{Action, JobType, Principal};
use odpsh::security::{Access, Destination, Request, Rights};

use super::Asker;
use crate::it::worlds::{Spot, chance, pick, place};

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

    /// An insert into a table with a primary key: which rows it replaces depends on those that are there, so that it is a source; Select on
    /// it is not asked (FLW-2).
    pub(super) fn insert_by_key(&mut self, request: &mut Request) {
        let world = self.world;
        let is_protected = |table: &usize| world.projects[place(world.tables[*table].project)].protected;
        let keyed: Vec<usize> =
            (0..world.tables.len()).filter(|table| world.tables[*table].keyed && world.tables[*table].alive).collect();
        let protected: Vec<usize> = keyed.iter().copied().filter(is_protected).collect();
        let among = if chance(&mut self.rng, 70) && !protected.is_empty() { &protected } else { &keyed };
        if among.is_empty() {
            return self.manage(request);
        }
        let target = *pick(&mut self.rng, among);
        let object = world.object(target);
        let home = &world.projects[place(object.project.id)];
        let writers: Vec<&Principal> =
            home.holders("admin").chain([&home.owner, &world.tables[target].owner]).collect();
        request.principal = match chance(&mut self.rng, 70) {
            true => (*pick(&mut self.rng, &writers)).clone(),
            false => self.caller(Spot::Table(target)),
        };
        // Mostly from another project.
        let elsewhere = self.project();
        request.current = self.current(&request.principal, elsewhere);
        request.job = Some(JobType::Sql);
        request.requirements.extend(self.job_requirement(request));
        request.requirements.push(Access::of(Action::Update, object.clone()).into());
        let mut sources = vec![(object.clone(), Vec::new())];
        if chance(&mut self.rng, 40) {
            let other = self.rng.usize(0..world.tables.len());
            sources.extend(self.reads(other, &mut request.requirements));
        }
        let own = Destination::Project(object.project.clone());
        Self::send(request, &sources, &own);
        if let Some(current) = request.current.clone().map(Destination::Project).filter(|current| *current != own) {
            Self::send(request, &sources, &current);
        }
    }
}
