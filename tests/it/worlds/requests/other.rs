//! Requests that use resources, functions and instances.

use odpsh::model::{Action, JobType, Object, ObjectKind, Principal};
use odpsh::security::{Access, Destination, Flow, Requirement, Rights};

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
                request.requirements.push(Access::of(Action::Read, object).into());
            }
        }
    }

    /// The statement that takes data out of it: `get resource`, a call, a function made of it, a result fetched.
    pub(super) fn use_of(&mut self, request: &mut Request, place: usize) {
        let kind = self.world.others[place].kind;
        match kind {
            ObjectKind::Resource if chance(&mut self.rng, 60) => {
                let sources = self.use_in(place, &Rights::Invoker, &[], &mut request.requirements);
                Self::send(request, &sources, &Destination::Local);
            }
            ObjectKind::Resource => self.create_function(request, place),
            ObjectKind::Function => self.call(request, place),
            _ => self.fetch(request, place),
        }
    }

    /// What using a resource or calling a function asks for, and whose data it is: both are like views, read with the rights of
    /// whoever put there what is in them.
    fn use_in(
        &self,
        place: usize,
        rights: &Rights,
        through: &[Object],
        requirements: &mut Vec<Requirement>,
    ) -> Vec<Sourced> {
        let other = &self.world.others[place];
        let object = self.world.thing(Spot::Other(place));
        let action = if other.kind == ObjectKind::Function { Action::Execute } else { Action::Read };
        let whole = |action, object| Access { rights: rights.clone(), ..Access::of(action, object) };
        requirements.push(whole(action, object.clone()).into());
        let inside = Rights::Definer { owner: Some(other.maker.clone()), view: object.clone() };
        let inner = [through, std::slice::from_ref(&object)].concat();
        let mut sources = Vec::new();
        if other.kind == ObjectKind::Function {
            // The body of a SQL function is its maker's, as a view's (UDF-2).
            for read in &other.reads {
                self.expand(read, &inside, &inner, requirements, &mut sources);
            }
        }
        for part in &other.parts {
            match part {
                Spot::Table(table) => {
                    let table = self.world.object(*table);
                    requirements
                        .push(Access { rights: inside.clone(), ..Access::of(Action::Select, table.clone()) }.into());
                    sources.push((table, inner.clone()));
                }
                Spot::Other(resource) => sources.append(&mut self.use_in(*resource, &inside, &inner, requirements)),
            }
        }
        let stands_in = other.kind == ObjectKind::Resource
            && sources.iter().any(|(table, _)| table.project.id == object.project.id);
        if !stands_in {
            sources.insert(0, (object, through.to_vec()));
        }
        sources
    }

    /// A function made of resources: it holds what they hold.
    fn create_function(&mut self, request: &mut Request, resource: usize) {
        let home = self.world.reference(self.world.others[resource].project);
        let project = match &request.current {
            Some(current) if chance(&mut self.rng, 80) => current.clone(),
            _ => home,
        };
        request.requirements.push(Access::inside(Action::CreateFunction, self.project_object(&project)).into());
        let sources = self.use_in(resource, &Rights::Invoker, &[], &mut request.requirements);
        Self::send(request, &sources, &Destination::Project(project));
    }

    /// A function called in a query, whose rows are shown or written; now and then beside a table.
    fn call(&mut self, request: &mut Request, function: usize) {
        request.job = Some(JobType::Sql);
        request.requirements.extend(self.job_requirement(request));
        let mut sources = self.use_in(function, &Rights::Invoker, &[], &mut request.requirements);
        let destination = match &request.current {
            Some(current) if chance(&mut self.rng, 60) => {
                request.shows_rows = true;
                Destination::Project(current.clone())
            }
            _ => self.destination(self.world.others[function].project),
        };
        if chance(&mut self.rng, 30) {
            let place = self.rng.usize(0..self.world.tables.len());
            sources.extend(self.reads(place, &mut request.requirements));
        }
        Self::send(request, &sources, &destination);
    }

    /// A SQL function called by someone who may, often one whose body calls another or reads a view.
    pub(super) fn call_in_sql(&mut self, request: &mut Request) {
        let world = self.world;
        let is_sql = |other: &usize| {
            let function = &world.others[*other];
            function.kind == ObjectKind::Function && function.alive && !function.reads.is_empty()
        };
        let functions: Vec<usize> = (0..world.others.len()).filter(is_sql).collect();
        let leads_on = |other: &usize| {
            let function = &world.others[*other];
            !function.parts.is_empty() || function.reads.iter().any(|read| world.tables[read.table].is_view())
        };
        let further: Vec<usize> = functions.iter().copied().filter(leads_on).collect();
        let among = if chance(&mut self.rng, 50) && !further.is_empty() { &further } else { &functions };
        if among.is_empty() {
            return self.manage(request);
        }
        let function = *pick(&mut self.rng, among);
        request.principal = self.caller(Spot::Other(function));
        request.current = self.current(&request.principal, world.others[function].project);
        self.call(request, function);
    }

    /// The result of an instance, waited for, or taken whole to a file: a flow of all that it read.
    fn fetch(&mut self, request: &mut Request, place: usize) {
        let instance = self.world.thing(Spot::Other(place));
        request.requirements.push(Access::of(Action::Read, instance.clone()).into());
        let sources = self.asked_again(place, &mut request.requirements);
        if let Some(current) = request.current.clone().filter(|_| chance(&mut self.rng, 30)) {
            request.job = Some(JobType::Sql);
            request.shows_rows = true;
            return Self::send(request, &sources, &Destination::Project(current));
        }
        request.job = Some(JobType::Dt);
        if self.is_controlled(&instance) {
            // It stands behind Read on the instance.
            request.requirements.insert(1, Access::of(Action::Download, instance).into());
        }
        Self::send(request, &sources, &Destination::Local);
    }

    fn is_controlled(&self, object: &Object) -> bool {
        self.world.project(object.project.id).is_some_and(|project| project.download_control)
    }

    /// What an instance asked for in order to read, which is asked for again (FLW-9a), and its sources; now and then one is gone.
    fn asked_again(&mut self, place: usize, requirements: &mut Vec<Requirement>) -> Vec<Sourced> {
        let mut sources = self.read_by(place);
        // No statement makes flows alone; they are judged all the same.
        let asks = chance(&mut self.rng, 60);
        for (source, through) in &mut sources {
            if chance(&mut self.rng, 25) {
                *source = Object::gone(source.kind, source.place(), &source.name);
            }
            let mut rights = Rights::Invoker;
            for read in through.iter().skip(1).chain([&*source]) {
                let action = match read.kind {
                    ObjectKind::Table | ObjectKind::View => Action::Select,
                    ObjectKind::Function => Action::Execute,
                    _ => Action::Read,
                };
                let access = Access::of(action, read.clone());
                requirements.extend(asks.then(|| Access { rights: rights.clone(), ..access }.into()));
                rights = Rights::Definer { owner: read.owner.clone(), view: read.clone() };
            }
        }
        sources
    }

    /// What an instance read, each source behind the instance.
    pub(super) fn read_by(&self, place: usize) -> Vec<Sourced> {
        let instance = self.world.thing(Spot::Other(place));
        let mut sources = Vec::new();
        for read in &self.world.others[place].reads {
            self.expand(read, &Rights::Invoker, std::slice::from_ref(&instance), &mut Vec::new(), &mut sources);
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
        request.requirements.push(Requirement::None("a test"));
        let sources = match object.kind {
            ObjectKind::Instance => self.read_by(place),
            _ => self.use_in(place, &Rights::Invoker, &[], &mut Vec::new()),
        };
        let destination = if chance(&mut self.rng, 60) { Destination::Local } else { self.destination(project.id) };
        request.flows.extend(sources.into_iter().map(|(source, through)| Flow {
            source,
            through,
            destination: destination.clone(),
        }));
    }
}
