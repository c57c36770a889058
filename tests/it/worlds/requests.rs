//! Random requests: statements as they are bound, tunnel transfers, and accesses and flows that no statement makes.

mod changes;
mod derived;
mod excepted;
mod label;
mod other;
mod policy;
mod schema;
mod share;
mod tenant;
mod tenant_resource;

use fastrand::Rng;
use odpsh::model::{
    Action, Grantee, Holders, JobType, Network, Object, ObjectKind, Principal, ProjectId, ProjectRef, RoleName, Source,
    Time,
};
use odpsh::security::{Access, Columns, Destination, Flow, Request, Requirement, Rights};

use super::address::{IPS, VPCS};
use super::{Read, Spot, World, chance, pick};

/// A request, and the moment at which it is made.
#[derive(Debug, Clone)]
pub struct Asked {
    pub request: Request,
    pub now: Time,
}

/// Asks random things of a world.
pub struct Asker<'w> {
    world: &'w World,
    rng: Rng,
    /// What is drawn apart, so that it changes nothing of the other requests.
    apart: Rng,
}

/// Whether it is asked of tenant resources alone.
fn of_tenants(action: Action) -> bool {
    action.holders() == Holders::Tenant
}

/// A source with the views that it is read through.
type Sourced = (Object, Vec<Object>);

impl<'w> Asker<'w> {
    /// Asks this world; the same seed asks the same.
    pub fn new(world: &'w World, seed: u64) -> Self {
        Self { world, rng: Rng::with_seed(seed), apart: Rng::with_seed(seed ^ (1 << 45)) }
    }

    /// The next request.
    pub fn next(&mut self) -> Asked {
        let place = self.rng.usize(0..self.world.tables.len());
        let home = self.world.tables[place].project;
        let principal = self.caller(Spot::Table(place));
        let current = self.current(&principal, home);
        let network = match self.rng.u32(0..100) {
            0..8 => Network::Vpc((*pick(&mut self.rng, &VPCS)).to_owned()),
            8..20 => Network::Classic,
            _ => Network::Internet,
        };
        let ip = if chance(&mut self.rng, 80) { IPS[0] } else { *pick(&mut self.rng, &IPS) };
        let mut request = Request {
            principal,
            account: None,
            key: None,
            source: Source { ip: ip.into(), network },
            current,
            job: None,
            requirements: Vec::new(),
            flows: Vec::new(),
            shows_rows: false,
            downloads: false,
            definitions: std::collections::BTreeMap::new(),
            mentioned: std::sync::Arc::default(),
            parts: Vec::new(),
        };
        match self.rng.u32(0..498) {
            0..2 => request.requirements.push(Requirement::None("a test")),
            2..4 => request.requirements.push(Requirement::Member("a test")),
            4..14 => self.manage(&mut request),
            14..18 => self.on_project(&mut request, home),
            18..34 => self.on_table(&mut request, place),
            34..46 => self.as_granted(&mut request, place),
            46..54 => self.select(&mut request, place),
            54..60 => self.write_from(&mut request, place),
            60..64 => self.change_rows(&mut request, place),
            64..70 => self.download(&mut request, place),
            70..80 => self.give(&mut request, place),
            80..86 => self.flows_alone(&mut request, place),
            86..120 => self.as_excepted(&mut request, place),
            120..132 => self.other_as_excepted(&mut request),
            132..146 => self.on_other(&mut request),
            146..152 => self.on_given(&mut request),
            152..184 => self.shared(&mut request),
            184..194 => self.view_over_shared(&mut request),
            194..218 => self.by_two_paths(&mut request),
            218..226 => self.derived(&mut request),
            226..232 => self.with_parts(&mut request),
            232..282 => self.as_policy(&mut request),
            282..381 => self.labelled(&mut request),
            381..385 => self.by_two_paths(&mut request),
            385..393 => self.as_excepted(&mut request, place),
            393..403 => self.on_tenant(&mut request),
            403..413 => self.as_policy(&mut request),
            418..448 => self.on_schema(&mut request),
            448..478 => self.labelled(&mut request),
            478..486 => self.insert_by_key(&mut request),
            486..498 => self.call_in_sql(&mut request),
            _ => self.anything(&mut request),
        }
        if chance(&mut self.rng, 12) && request.job.is_some() {
            request.job = Some(*pick(&mut self.rng, &JobType::ALL));
        }
        let to_file = request.flows.iter().any(|flow| flow.destination == Destination::Local);
        request.downloads = request.job == Some(JobType::Dt) && (to_file || chance(&mut self.rng, 10));
        if chance(&mut self.rng, 6) {
            self.add_parts(&mut request);
        }
        if chance(&mut self.apart, 11) {
            self.on_resource(&mut request);
        }
        let now = Time(self.world.now.0 + *pick(&mut self.rng, &[-1000, -1, 0, 0, 0, 0, 1, 1000, 5000]));
        Asked { request, now }
    }

    /// Someone who has to do with the object or its project, more often than not.
    fn caller(&mut self, spot: Spot) -> Principal {
        let (world, rng) = (self.world, &mut self.rng);
        let object = world.thing(spot);
        let project = &world.projects[super::place(object.project.id)];
        let granted: Vec<&Principal> = world
            .entries(spot)
            .iter()
            .filter_map(|grant| match &grant.grantee {
                Grantee::User(user) => Some(user),
                Grantee::Role(_) => None,
            })
            .collect();
        let builtin: Vec<&Principal> = project.holders("admin").chain(project.holders("super_administrator")).collect();
        let someone = match rng.u32(0..100) {
            0..18 => &project.owner,
            18..34 if !builtin.is_empty() => pick(rng, &builtin),
            34..50 => object.owner.as_ref().expect("an owner"),
            50..66 if !granted.is_empty() => pick(rng, &granted),
            66..85 if !project.members.is_empty() => pick(rng, &project.members),
            85..89 => pick(rng, &world.strangers),
            _ => pick(rng, &world.people),
        };
        match chance(rng, 15) {
            true => Principal::parse(&someone.to_string().to_uppercase()).expect("a principal in capitals"),
            false => someone.clone(),
        }
    }

    fn current(&mut self, caller: &Principal, home: ProjectId) -> Option<ProjectRef> {
        let (world, rng) = (self.world, &mut self.rng);
        let mine: Vec<ProjectId> = world
            .projects
            .iter()
            .filter(|project| project.alive && (project.owner == *caller || project.members.contains(caller)))
            .map(|project| project.id)
            .collect();
        match rng.u32(0..100) {
            0..65 => Some(world.reference(home)),
            65..90 if !mine.is_empty() => Some(world.reference(*pick(rng, &mine))),
            90..92 => None,
            92..94 => Some(ProjectRef::unknown("prj_none")),
            _ => Some(world.reference(pick(rng, &world.projects).id)),
        }
    }

    fn project(&mut self) -> ProjectId {
        *pick(&mut self.rng, &self.world.living())
    }

    fn job_requirement(&self, request: &Request) -> Option<Requirement> {
        let current = request.current.as_ref()?;
        Some(Access::of(Action::CreateInstance, self.project_object(current)).into())
    }

    /// A project as an object, or its stand-in.
    fn project_object(&self, project: &ProjectRef) -> Object {
        match self.world.project(project.id) {
            Some(_) => self.world.project_object(project.id),
            None => Object::unknown(ObjectKind::Project, ProjectRef::unknown(&project.name), &project.name),
        }
    }

    fn manage(&mut self, request: &mut Request) {
        let Some(current) = &request.current else {
            return request.requirements.push(Requirement::Member("a test"));
        };
        let admins: Vec<&Principal> = self
            .world
            .projects
            .iter()
            .filter(|project| project.id == current.id)
            .flat_map(|project| project.holders("admin"))
            .collect();
        if !admins.is_empty() && chance(&mut self.rng, 30) {
            request.principal = (*pick(&mut self.rng, &admins)).clone();
        }
        let grantable = Action::grantable(ObjectKind::Table);
        let management: Vec<Action> =
            Action::ALL.iter().copied().filter(|action| !grantable.contains(action) && !of_tenants(*action)).collect();
        let object = self.project_object(current);
        request.requirements.push(Access::of(*pick(&mut self.rng, &management), object).into());
    }

    fn on_project(&mut self, request: &mut Request, home: ProjectId) {
        let action = *pick(&mut self.rng, Action::grantable(ObjectKind::Project));
        let project = if chance(&mut self.rng, 70) { home } else { self.project() };
        let object = self.world.project_object(project);
        // What is made or listed without naming a schema is in `default`.
        let access =
            if chance(&mut self.rng, 50) { Access::inside(action, object) } else { Access::of(action, object) };
        request.requirements.push(access.into());
    }

    /// Any action on a table, on one that was dropped, or on one that never was.
    fn on_table(&mut self, request: &mut Request, place: usize) {
        let rng = &mut self.rng;
        let (project, name) = (self.world.reference(self.world.tables[place].project), &self.world.tables[place].name);
        let object = match rng.u32(0..100) {
            0..8 => Object::unknown(ObjectKind::Table, project.clone(), "t77"),
            8..12 => Object::unknown(ObjectKind::Table, ProjectRef::unknown("prj_none"), name),
            _ => self.world.object(place),
        };
        let table = &self.world.tables[place];
        let admins: Vec<&Principal> = self.world.projects[super::place(table.project)].holders("admin").collect();
        match rng.u32(0..100) {
            0..45 => request.principal = table.owner.clone(),
            45..60 if !admins.is_empty() => request.principal = (*pick(rng, &admins)).clone(),
            _ => {}
        }
        if chance(rng, 70) {
            request.current = Some(project.clone());
        }
        let special =
            [Action::ChangeOwner, Action::Undrop, Action::ShowAclGrants, Action::GrantPrivs, Action::GrantDownload];
        let action = match chance(rng, 65) {
            true => *pick(rng, &special),
            false => *pick(rng, Action::grantable(object.kind)),
        };
        // No view is brought back.
        let action =
            if action == Action::Undrop && object.kind == ObjectKind::View { Action::ChangeOwner } else { action };
        let columns = match action.covers_columns() && chance(rng, 60) {
            true => Columns::Read(self.world.read_of(place, rng).columns.into_iter().collect()),
            false => Columns::Whole,
        };
        request.requirements.push(Requirement::Access(Access { columns, ..Access::of(action, object) }));
    }

    /// What was granted on a table, asked for by one who received it.
    fn as_granted(&mut self, request: &mut Request, place: usize) {
        let (world, rng) = (self.world, &mut self.rng);
        let table = &world.tables[place];
        let project = &world.projects[super::place(table.project)];
        if table.grants.is_empty() {
            return self.on_table(request, place);
        }
        let grant = pick(rng, &table.grants);
        let holders: Vec<&Principal> = match &grant.grantee {
            Grantee::User(user) => vec![user],
            Grantee::Role(role) => project.holders(role.as_str()).collect(),
        };
        if !holders.is_empty() {
            request.principal = (*pick(rng, &holders)).clone();
            request.current = Some(world.reference(project.id));
        }
        let action = match grant.action {
            Action::All => *pick(rng, Action::grantable(ObjectKind::Table)),
            action => action,
        };
        let columns = match action.covers_columns() && chance(rng, 75) {
            true => Columns::Read(world.read_of(place, rng).columns.into_iter().collect()),
            false => Columns::Whole,
        };
        request.requirements.push(Requirement::Access(Access { columns, ..Access::of(action, world.object(place)) }));
    }

    /// What a query reads: the table, and down through the bodies of views.
    fn reads(&mut self, place: usize, requirements: &mut Vec<Requirement>) -> Vec<Sourced> {
        let mut sources = Vec::new();
        let more = usize::from(chance(&mut self.rng, 30));
        for number in 0..=more {
            let place = if number == 0 { place } else { self.rng.usize(0..self.world.tables.len()) };
            let read = self.world.read_of(place, &mut self.rng);
            self.expand(&read, &Rights::Invoker, &[], requirements, &mut sources);
        }
        sources
    }

    fn expand(
        &self,
        read: &Read,
        rights: &Rights,
        through: &[Object],
        requirements: &mut Vec<Requirement>,
        sources: &mut Vec<Sourced>,
    ) {
        let object = self.world.object(read.table);
        requirements.push(Requirement::Access(Access {
            columns: Columns::Read(read.columns.iter().cloned().collect()),
            rights: rights.clone(),
            ..Access::of(Action::Select, object.clone())
        }));
        let body = &self.world.tables[read.table].body;
        let owner = Rights::Definer { owner: object.owner.clone(), view: object.clone() };
        let inner = [through, std::slice::from_ref(&object)].concat();
        let before = sources.len();
        for read in body {
            self.expand(read, &owner, &inner, requirements, sources);
        }
        if !sources[before..].iter().any(|(source, _)| source.project.id == object.project.id) {
            sources.push((object, through.to_vec()));
        }
    }

    fn send(request: &mut Request, sources: &[Sourced], destination: &Destination) {
        let flow = |(source, through): &Sourced| Flow {
            source: source.clone(),
            through: through.clone(),
            destination: destination.clone(),
        };
        request.flows.extend(sources.iter().map(flow));
    }

    /// A query whose rows come to the session; as `read`, it is no job.
    fn select(&mut self, request: &mut Request, place: usize) {
        if chance(&mut self.rng, 80) {
            request.job = Some(JobType::Sql);
            request.requirements.extend(self.job_requirement(request));
        }
        let sources = self.reads(place, &mut request.requirements);
        if let Some(current) = request.current.clone() {
            request.shows_rows = true;
            Self::send(request, &sources, &Destination::Project(current));
        }
    }

    /// CTAS, insert or clone, mostly into another project; or an external table.
    fn write_from(&mut self, request: &mut Request, place: usize) {
        request.job = Some(JobType::Sql);
        request.requirements.extend(self.job_requirement(request));
        let destination = self.destination(self.world.tables[place].project);
        match &destination {
            Destination::Project(project) => {
                let into: Vec<usize> = (0..self.world.tables.len())
                    .filter(|place| self.world.tables[*place].project == project.id && self.world.tables[*place].alive)
                    .collect();
                let access = match !into.is_empty() && chance(&mut self.rng, 40) {
                    true => Access::of(Action::Update, self.world.object(*pick(&mut self.rng, &into))),
                    false => Access::inside(Action::CreateTable, self.project_object(project)),
                };
                request.requirements.push(access.into());
            }
            Destination::Local | Destination::External => {}
        }
        let sources = self.reads(place, &mut request.requirements);
        Self::send(request, &sources, &destination);
        // How the job ends is shown to the session (FLW-2b).
        if let Some(current) =
            request.current.clone().filter(|current| destination != Destination::Project(current.clone()))
        {
            Self::send(request, &sources, &Destination::Project(current));
        }
    }

    /// A project that data of `from` could go to, in all relations that two projects can have.
    fn destination(&mut self, from: ProjectId) -> Destination {
        let (world, rng) = (self.world, &mut self.rng);
        let project = &world.projects[super::place(from)];
        let trusted: Vec<ProjectId> =
            project.trusts.iter().copied().filter(|id| world.project(*id).is_some()).collect();
        let namesakes: Vec<ProjectId> = world
            .projects
            .iter()
            .filter(|other| {
                other.alive && project.trusted_once.iter().any(|old| world.reference(*old).name == other.name)
            })
            .map(|other| other.id)
            .collect();
        let id = match rng.u32(0..100) {
            0..12 => from,
            12..34 if !trusted.is_empty() => *pick(rng, &trusted),
            34..46 if !namesakes.is_empty() => *pick(rng, &namesakes),
            46..56 => return Destination::External,
            56..64 => return Destination::Local,
            64..66 => return Destination::Project(ProjectRef::unknown("prj_none")),
            _ => *pick(rng, &world.living()),
        };
        Destination::Project(world.reference(id))
    }

    /// A tunnel download; as a job of another type, rows that it takes to a file.
    fn download(&mut self, request: &mut Request, place: usize) {
        request.job = Some(JobType::Dt);
        let sources = self.reads(place, &mut request.requirements);
        let destination = match chance(&mut self.rng, 85) {
            true => Destination::Local,
            false => self.destination(self.world.tables[place].project),
        };
        Self::send(request, &sources, &destination);
    }

    /// Grants, roles and owners that are given to someone.
    fn give(&mut self, request: &mut Request, place: usize) {
        let rng = &mut self.rng;
        let object = match rng.u32(0..10) {
            0..5 => Some(self.world.object(place)),
            5..7 => Some(self.world.project_object(self.world.tables[place].project)),
            _ => self.given_on(request),
        };
        let Some(object) = object else { return request.requirements.push(Requirement::Member("a test")) };
        let rng = &mut self.rng;
        let grantee = match rng.u32(0..10) {
            0..6 => Grantee::User(pick(rng, &self.world.people).clone()),
            6 => Grantee::User(pick(rng, &self.world.strangers).clone()),
            _ => Grantee::Role(RoleName::new(pick::<&str>(rng, &["dev", "guest", "admin", "gone"]))),
        };
        let actions =
            [Action::GrantPrivs, Action::GrantPrivs, Action::GrantDownload, Action::ChangeOwner, Action::GrantRole];
        let action = *pick(rng, &actions);
        let object = if action == Action::GrantRole { self.world.project_object(object.project.id) } else { object };
        let mut project = object.project.clone();
        if chance(rng, 5) {
            project = ProjectRef::unknown("prj_none");
        }
        if chance(rng, 40) {
            request.principal = pick(rng, &self.world.people[3..]).clone();
            request.requirements.push(Requirement::Member("a test"));
        } else {
            if let Some(owner) = object.owner.clone().filter(|_| object.kind.is_owned() && chance(rng, 40)) {
                request.principal = owner;
                request.current = Some(object.project.clone());
            }
            request.requirements.push(Access::of(action, object).into());
        }
        request.requirements.push(Requirement::GrantTo { project, grantee });
    }

    /// Flows without an access before them, so that the last stage is reached often.
    fn flows_alone(&mut self, request: &mut Request, place: usize) {
        request.job = match chance(&mut self.rng, 60) {
            true => Some(JobType::Sql),
            false => chance(&mut self.rng, 90).then(|| *pick(&mut self.rng, &JobType::ALL)),
        };
        request.shows_rows = chance(&mut self.rng, 30);
        request.requirements.push(Requirement::Member("a test"));
        let sources = self.reads(place, &mut Vec::new());
        let destination = self.destination(self.world.tables[place].project);
        Self::send(request, &sources, &destination);
    }

    /// Requirements and flows in any mixture; also none.
    fn anything(&mut self, request: &mut Request) {
        request.job = chance(&mut self.rng, 70).then(|| *pick(&mut self.rng, &JobType::ALL));
        request.shows_rows = chance(&mut self.rng, 50);
        for _ in 0..self.rng.usize(0..3) {
            let place = self.rng.usize(0..self.world.tables.len());
            match self.rng.u32(0..7) {
                0 => self.on_table(request, place),
                4 => self.on_other(request),
                5 => self.on_given(request),
                1 => self.manage(request),
                2 => self.give(request, place),
                3 => request.requirements.push(Requirement::None("a test")),
                _ => {
                    let sources = self.reads(place, &mut request.requirements);
                    let destination = self.destination(self.world.tables[place].project);
                    Self::send(request, &sources, &destination);
                }
            }
        }
        if chance(&mut self.rng, 10) {
            let project = ProjectRef::unknown("prj_none");
            let source = Object::unknown(ObjectKind::Table, project, "t1");
            let destination = self.destination(ProjectId(1));
            request.flows.push(Flow { source, through: Vec::new(), destination });
        }
    }
}
