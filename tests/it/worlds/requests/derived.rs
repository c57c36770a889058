//! Requests for what is derived from data: alone, or beside something else (FLW-2a, FLW-2b).

use odpsh::model::{Action, JobType, ObjectKind};
use odpsh::security::{Access, Destination, Flow, Part};

use super::{Asker, Request};
use crate::it::worlds::{Spot, chance, pick};

impl Asker<'_> {
    /// The partitions of a table, or how a job ended: nothing else is shown.
    pub(super) fn derived(&mut self, request: &mut Request) {
        let spot = self.described(request);
        let Some(part) = self.part(request, spot) else { return self.manage(request) };
        let action = if part.of.kind == ObjectKind::Instance { Action::Read } else { Action::Describe };
        request.requirements.push(Access::of(action, part.of).into());
        request.flows = part.flows;
        request.job = part.job;
    }

    /// A few parts beside what a request asks for.
    pub(super) fn add_parts(&mut self, request: &mut Request) {
        for _ in 0..self.rng.usize(1..4) {
            let spot = Spot::Table(self.rng.usize(0..self.world.tables.len()));
            let part = self.part(request, spot);
            request.parts.extend(part);
        }
    }

    /// The sizes of what the caller may or may not describe.
    pub(super) fn with_parts(&mut self, request: &mut Request) {
        for _ in 0..self.rng.usize(1..4) {
            let spot = self.described(request);
            let part = self.part(request, spot);
            request.parts.extend(part);
        }
        request.requirements.push(odpsh::security::Requirement::Member("a test"));
    }

    /// Something that is described, mostly by someone who may: what a package lists, or anything.
    fn described(&mut self, request: &mut Request) -> Spot {
        if chance(&mut self.rng, 60)
            && let Some((installation, item)) = self.listed()
        {
            let (installation, item) = (installation.clone(), item.clone());
            self.as_user_of(request, &installation, &item);
            return item.object;
        }
        match self.world.others.len() {
            0 => Spot::Table(self.rng.usize(0..self.world.tables.len())),
            _ if chance(&mut self.rng, 70) => Spot::Table(self.rng.usize(0..self.world.tables.len())),
            others => Spot::Other(self.rng.usize(0..others)),
        }
    }

    /// What is derived from the data of an object; of an instance, from what it read.
    pub(super) fn part(&mut self, request: &Request, spot: Spot) -> Option<Part> {
        let current = Destination::Project(request.current.clone()?);
        let of = self.world.thing(spot);
        let (sources, job, action) = match spot {
            Spot::Other(place) if of.kind == ObjectKind::Instance => {
                (self.read_by(place), Some(*pick(&mut self.rng, &JobType::ALL)), Action::Read)
            }
            Spot::Other(_) => (vec![(of.clone(), Vec::new())], None, Action::Read),
            Spot::Table(_) => (vec![(of.clone(), Vec::new())], None, Action::Describe),
        };
        let flow = |(source, through)| Flow { source, through, destination: current.clone() };
        let accesses = if chance(&mut self.rng, 50) { vec![Access::of(action, of.clone())] } else { Vec::new() };
        Some(Part { of, job, accesses, flows: sources.into_iter().map(flow).collect() })
    }
}
