//! Requests that use resources, functions and instances.

use odpsh::model::{Action, JobType, Object, ObjectKind, Principal};
use odpsh::security::{Access, Claim, Destination, Flow, Subject};

use super::{Asker, Request, Sourced};
use crate::it::worlds::{Spot, chance, pick};

impl Asker<'_> {
    /// Any use of a resource, function or instance, by someone who has to do with it.
    pub(super) fn on_other(&mut self, request: &mut Request) {
        let world = self.world;
        if world.others.is_empty() {
            return self.manage(request);
        }
        let place = self.rng.usize(0..world.others.len());
        let other = &world.others[place];
        request.principal = self.caller(Spot::Other(place));
        request.current = self.current(&request.principal, other.project);
        match self.rng.u32(0..100) {
            0..60 => self.use_of(request, place),
            60..90 => self.single(request, Spot::Other(place), &[]),
            _ => {
                // One that never was.
                let object = Object::unknown(other.kind, world.reference(other.project), "x77");
                request.claims.push(Access::of(Action::Read, object).into());
            }
        }
    }

    /// The statement that takes data out of it: `get resource`, a call, a function made of it, a result fetched.
    pub(super) fn use_of(&mut self, request: &mut Request, place: usize) {
        let object = self.world.thing(Spot::Other(place));
        match object.kind {
            ObjectKind::Resource if chance(&mut self.rng, 60) => {
                request.claims.push(Access::of(Action::Read, object.clone()).into());
                Self::send(request, &[(object, Vec::new())], &Destination::Local);
            }
            ObjectKind::Resource => self.create_function(request, object),
            ObjectKind::Function => self.call(request, object),
            _ => self.fetch(request, place),
        }
    }

    /// A function made of resources: it holds what they hold.
    fn create_function(&mut self, request: &mut Request, resource: Object) {
        let project = match &request.current {
            Some(current) if chance(&mut self.rng, 80) => current.clone(),
            _ => resource.project.clone(),
        };
        let destination = Destination::Project(project.clone());
        request.claims.push(Access::of(Action::CreateFunction, self.project_object(&project)).into());
        request.claims.push(Access::of(Action::Read, resource.clone()).into());
        Self::send(request, &[(resource, Vec::new())], &destination);
    }

    /// A function called in a query, whose rows are shown or written; now and then beside a table.
    fn call(&mut self, request: &mut Request, function: Object) {
        request.job = Some(JobType::Sql);
        request.claims.extend(self.job_claim(request));
        request.claims.push(Access::of(Action::Execute, function.clone()).into());
        let destination = match &request.current {
            Some(current) if chance(&mut self.rng, 60) => {
                request.shows_rows = true;
                Destination::Project(current.clone())
            }
            _ => self.destination(function.project.id),
        };
        let mut sources = vec![(function, Vec::new())];
        if chance(&mut self.rng, 30) {
            let place = self.rng.usize(0..self.world.tables.len());
            sources.extend(self.reads(place, &mut request.claims));
        }
        Self::send(request, &sources, &destination);
    }

    /// The result of an instance, taken whole to a file: a flow of all that it read.
    fn fetch(&mut self, request: &mut Request, place: usize) {
        let instance = self.world.thing(Spot::Other(place));
        request.job = chance(&mut self.rng, 60).then_some(JobType::Dt);
        request.claims.push(Access::of(Action::Read, instance.clone()).into());
        let sources = self.read_by(place);
        Self::send(request, &sources, &Destination::Local);
    }

    /// What an instance read, each source behind the instance.
    fn read_by(&self, place: usize) -> Vec<Sourced> {
        let instance = self.world.thing(Spot::Other(place));
        let mut sources = Vec::new();
        for read in &self.world.others[place].reads {
            self.expand(read, &Subject::Caller, std::slice::from_ref(&instance), &mut Vec::new(), &mut sources);
        }
        sources
    }

    /// A flow out of a project with an exception policy, by someone whom it names.
    pub(super) fn other_as_excepted(&mut self, request: &mut Request) {
        let world = self.world;
        let excepting = |place: &usize| {
            let project = &world.projects[crate::it::worlds::place(world.others[*place].project)];
            world.others[*place].alive && project.protected && !project.exception.is_empty()
        };
        let places: Vec<usize> = (0..world.others.len()).filter(excepting).collect();
        if places.is_empty() {
            return self.manage(request);
        }
        let place = *pick(&mut self.rng, &places);
        let object = world.thing(Spot::Other(place));
        let project = &world.projects[crate::it::worlds::place(object.project.id)];
        let named: Vec<&Principal> = project.exception.iter().flat_map(|one| &one.principals).flatten().collect();
        if !named.is_empty() && chance(&mut self.rng, 70) {
            request.principal = (*pick(&mut self.rng, &named)).clone();
        }
        self.or_of_its_account(request);
        request.job = Some(*pick(&mut self.rng, &JobType::ALL));
        request.claims.push(Claim::Anyone("a test"));
        let sources = match object.kind {
            ObjectKind::Instance => self.read_by(place),
            _ => vec![(object, Vec::new())],
        };
        let destination = if chance(&mut self.rng, 60) { Destination::Local } else { self.destination(project.id) };
        request.flows.extend(sources.into_iter().map(|(source, through)| Flow {
            source,
            through,
            destination: destination.clone(),
        }));
    }
}
