//! Requests that exceptions may fit.

use odpsh::model::{JobType, Principal};
use odpsh::security::{Destination, Request, Requirement};

use super::Asker;
use crate::it::worlds::{chance, pick};

impl Asker<'_> {
    /// A flow that an exception may fit, by someone whom it names, or by one of its account.
    pub(super) fn as_excepted(&mut self, request: &mut Request, place: usize) {
        let world = self.world;
        let home = world.tables[place].project;
        let excepting: Vec<usize> = (0..world.tables.len())
            .filter(|place| !world.projects[super::super::place(world.tables[*place].project)].exception.is_empty())
            .filter(|place| world.tables[*place].is_view() || world.tables[*place].project == home)
            .collect();
        let within = |place: &usize| {
            let table = &world.tables[*place];
            table.body.iter().any(|read| world.tables[read.table].project == table.project)
        };
        let views: Vec<usize> = excepting.iter().copied().filter(within).collect();
        let place = match (chance(&mut self.rng, 65), views.as_slice(), excepting.as_slice()) {
            (true, views @ [_, ..], _) => *pick(&mut self.rng, views),
            (_, _, excepting @ [_, ..]) => *pick(&mut self.rng, excepting),
            _ => place,
        };
        let project = &world.projects[super::super::place(world.tables[place].project)];
        let named: Vec<&Principal> =
            project.exception.iter().flat_map(|statement| &statement.principals).flatten().collect();
        if !named.is_empty() && chance(&mut self.rng, 70) {
            request.principal = (*pick(&mut self.rng, &named)).clone();
        }
        self.or_of_its_account(request);
        request.job = Some(*pick(&mut self.rng, &JobType::ALL));
        request.requirements.push(Requirement::None("a test"));
        let sources = self.reads(place, &mut Vec::new());
        let destination = if chance(&mut self.rng, 60) { Destination::External } else { self.destination(project.id) };
        Self::send(request, &sources, &destination);
    }

    /// Now and then another one of the same account.
    pub(super) fn or_of_its_account(&mut self, request: &mut Request) {
        if chance(&mut self.rng, 45) {
            let account = request.principal.account_key();
            let same: Vec<&Principal> =
                self.world.people.iter().filter(|person| person.account_key() == account).collect();
            if !same.is_empty() {
                request.principal = (*pick(&mut self.rng, &same)).clone();
            }
        }
    }
}
