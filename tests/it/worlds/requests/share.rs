//! Requests for what packages list, where they are installed, and for views over it.

use odpsh::model::{Action, Grant, Grantee, JobType, Object, ObjectKind, Principal, ProjectId};
use odpsh::security::{Access, Columns, Destination, Requirement, Rights};

use super::{Asker, Request};
use crate::it::worlds::{Installation, Item, Read, Spot, chance, pick};

impl Asker<'_> {
    /// An installation and something that it lists or listed; mostly one that can be used.
    pub(super) fn listed(&mut self) -> Option<(&'_ Installation, &'_ Item)> {
        let (world, rng) = (self.world, &mut self.rng);
        let usable = |one: &&Installation| {
            let package = &world.packages[one.package];
            let allowed = package.allowed.iter().any(|other| other.project == one.project && !other.ended);
            package.alive && allowed && !one.uninstalled
        };
        let lists = |one: &&Installation| !world.packages[one.package].items.is_empty();
        let wanted = chance(rng, 60);
        let among: Vec<&Installation> =
            world.installations.iter().filter(lists).filter(|one| !wanted || usable(one)).collect();
        if among.is_empty() {
            return None;
        }
        let installation = *pick(rng, &among);
        Some((installation, pick(rng, &world.packages[installation.package].items)))
    }

    /// Something that a package lists, asked for where it is installed.
    pub(super) fn shared(&mut self, request: &mut Request) {
        let world = self.world;
        let Some((installation, item)) = self.listed() else { return self.manage(request) };
        let (installation, item) = (installation.clone(), item.clone());
        self.as_user_of(request, &installation, &item);
        // What was dropped is asked for by the name of what followed it.
        let old = world.thing(item.object);
        let again = world.spots().find(|spot| {
            let new = world.thing(*spot);
            world.is_there(*spot) && new.project == old.project && new.schema == old.schema && new.name == old.name
        });
        let spot = again.filter(|_| !world.is_there(item.object)).unwrap_or(item.object);
        match self.rng.u32(0..100) {
            0..62 => self.read_of_shared(request, spot),
            _ => self.single(request, spot, &item.actions),
        }
        if chance(&mut self.rng, 12)
            && let Some((_, other)) = self.listed()
        {
            let (spot, actions) = (other.object, other.actions.clone());
            self.single(request, spot, &actions);
        }
    }

    /// Someone who may use an installed package, more often than not, in the project that installed it.
    pub(super) fn as_user_of(&mut self, request: &mut Request, installation: &Installation, item: &Item) {
        let (world, rng) = (self.world, &mut self.rng);
        let project = &world.projects[crate::it::worlds::place(installation.project)];
        let home = world.thing(item.object).project;
        let holders = |grants: &mut dyn Iterator<Item = &Grant>| -> Vec<Principal> {
            grants
                .flat_map(|grant| match &grant.grantee {
                    Grantee::User(user) => vec![user.clone()],
                    Grantee::Role(role) => project.holders(role.as_str()).cloned().collect(),
                })
                .collect()
        };
        let readers = holders(&mut installation.grants.iter());
        let places = &world.packages[installation.package].items;
        let mut entries = installation.inside.iter().filter(|inside| places[inside.item].object == item.object);
        let inside = holders(&mut entries.by_ref().map(|inside| &inside.grant));
        let managers: Vec<Principal> =
            project.holders("admin").chain(project.holders("super_administrator")).cloned().collect();
        request.principal = match rng.u32(0..100) {
            0..30 if !readers.is_empty() => pick(rng, &readers).clone(),
            30..62 if !inside.is_empty() => pick(rng, &inside).clone(),
            62..70 => project.owner.clone(),
            70..77 if !managers.is_empty() => pick(rng, &managers).clone(),
            77..95 if !project.members.is_empty() => pick(rng, &project.members).clone(),
            _ => pick(rng, &world.people).clone(),
        };
        request.current = Some(match rng.u32(0..100) {
            0..90 => world.reference(installation.project),
            90..95 => home,
            _ => world.reference(*pick(rng, &world.living())),
        });
    }

    /// A statement that reads it, whatever its kind.
    pub(super) fn read_of_shared(&mut self, request: &mut Request, spot: Spot) {
        match spot {
            Spot::Table(place) => self.query(request, place),
            Spot::Other(place) => self.use_of(request, place),
        }
    }

    /// A query, with its rows on the screen, in a table or in a file.
    fn query(&mut self, request: &mut Request, place: usize) {
        let home = self.world.tables[place].project;
        let tunnel = chance(&mut self.rng, 33);
        request.job = Some(if tunnel { JobType::Dt } else { JobType::Sql });
        if !tunnel {
            request.requirements.extend(self.job_requirement(request));
        }
        let destination = match (tunnel, &request.current) {
            (true, _) => Destination::Local,
            (false, Some(current)) if chance(&mut self.rng, 40) => {
                request.shows_rows = true;
                Destination::Project(current.clone())
            }
            _ => self.destination(home),
        };
        let read = self.world.read_of(place, &mut self.rng);
        let mut sources = Vec::new();
        self.expand(&read, &Rights::Invoker, &[], &mut request.requirements, &mut sources);
        if chance(&mut self.rng, 12) {
            // The same again, perhaps other columns of it.
            let read = self.world.read_of(place, &mut self.rng);
            self.expand(&read, &Rights::Invoker, &[], &mut request.requirements, &mut sources);
        }
        Self::send(request, &sources, &destination);
        // How a job ends is shown to the session (FLW-2b).
        if let Some(current) = request.current.clone().filter(|_| !tunnel && !request.shows_rows) {
            Self::send(request, &sources, &Destination::Project(current));
        }
    }

    /// A query of columns of which an entry inside a package gives one, by someone who may hold others itself (PTH-1).
    pub(super) fn by_two_paths(&mut self, request: &mut Request) {
        let world = self.world;
        let mut entries = Vec::new();
        for installation in world.installations.iter().filter(|one| !one.uninstalled) {
            let package = &world.packages[installation.package];
            for inside in &installation.inside {
                let item = &package.items[inside.item];
                let reads = |action: &Action| matches!(action, Action::Select | Action::All);
                if let (Spot::Table(table), Some(column), Action::Select) =
                    (item.object, &inside.grant.column, inside.grant.action)
                    && package.alive
                    && !item.removed
                    && item.actions.iter().any(reads)
                {
                    entries.push((installation.project, table, column.clone(), inside.grant.grantee.clone()));
                }
            }
        }
        if entries.is_empty() {
            return self.shared(request);
        }
        // Mostly where leaving the project takes more.
        let is_protected =
            |table: usize| world.projects[crate::it::worlds::place(world.tables[table].project)].protected;
        if chance(&mut self.rng, 70) && entries.iter().any(|(_, table, ..)| is_protected(*table)) {
            entries.retain(|(_, table, ..)| is_protected(*table));
        }
        let (project, table, column, grantee) = pick(&mut self.rng, &entries).clone();
        let project = &world.projects[crate::it::worlds::place(project)];
        let home = &world.projects[crate::it::worlds::place(world.tables[table].project)];
        let holders: Vec<&Principal> = match &grantee {
            Grantee::User(user) => vec![user],
            Grantee::Role(role) => project.holders(role.as_str()).collect(),
        };
        // Those who may read the table itself, or may know it, before others.
        let rights = |user: &Principal| {
            let granted = world.tables[table].grants.iter().any(|grant| grant.grantee == Grantee::User(user.clone()));
            let admin = home.holders("admin").chain(home.holders("super_administrator")).any(|holder| holder == user);
            match home.owner == *user || home.members.contains(user) {
                true => 1 + u8::from(granted) + u8::from(admin) * 2 + u8::from(home.owner == *user) * 4,
                false => 0,
            }
        };
        if let Some(holder) = holders.into_iter().max_by_key(|user| rights(user)) {
            request.principal = holder.clone();
        }
        request.current = Some(world.reference(project.id));
        request.job = Some(JobType::Sql);
        let mut read = world.read_of(table, &mut self.rng);
        read.columns.push(column);
        let mut sources = Vec::new();
        self.expand(&read, &Rights::Invoker, &[], &mut request.requirements, &mut sources);
        let destination = self.destination(home.id);
        Self::send(request, &sources, &destination);
    }

    /// One action, mostly one that is listed.
    pub(super) fn single(&mut self, request: &mut Request, spot: Spot, listed: &[Action]) {
        let object = self.world.thing(spot);
        let rng = &mut self.rng;
        let among: Vec<Action> = listed.iter().copied().filter(|action| *action != Action::All).collect();
        let action = match among.as_slice() {
            [_, ..] if chance(rng, 60) => *pick(rng, &among),
            _ => *pick(rng, Action::grantable(object.kind)),
        };
        let columns = match spot {
            Spot::Table(place) if action.covers_columns() && chance(rng, 70) => {
                Columns::Read(self.world.read_of(place, rng).columns.into_iter().collect())
            }
            _ => Columns::Whole,
        };
        request.requirements.push(Requirement::Access(Access { columns, ..Access::of(action, object) }));
    }

    /// A view whose body reads what a package lists, in the project of the view, by someone who may use the view.
    pub(super) fn view_over_shared(&mut self, request: &mut Request) {
        let world = self.world;
        let is_listed = |read: &Read, project: ProjectId| {
            world.installations.iter().any(|one| {
                let listed = &world.packages[one.package].items;
                one.project == project && listed.iter().any(|item| item.object == Spot::Table(read.table))
            })
        };
        let fits = |place: &usize| {
            let view = &world.tables[*place];
            view.alive && view.body.iter().any(|read| is_listed(read, view.project))
        };
        let views: Vec<usize> = (0..world.tables.len()).filter(fits).collect();
        if views.is_empty() {
            return self.shared(request);
        }
        let place = *pick(&mut self.rng, &views);
        request.principal = self.caller(Spot::Table(place));
        if chance(&mut self.rng, 92) {
            request.current = Some(world.reference(world.tables[place].project));
        }
        self.query(request, place);
    }

    /// Something that privileges are given on, beside tables and projects; a grant inside a package is given on the package.
    pub(super) fn given_on(&mut self, request: &mut Request) -> Option<Object> {
        let (world, rng) = (self.world, &mut self.rng);
        let object = match rng.u32(0..10) {
            0..5 if !world.installations.is_empty() => {
                let installation = pick(rng, &world.installations);
                world.installed(installation)
            }
            5..7 => world.project_object(*pick(rng, &world.living())).default_schema(),
            _ if !world.others.is_empty() => world.thing(Spot::Other(rng.usize(0..world.others.len()))),
            _ => return None,
        };
        if chance(rng, 80) {
            request.current = Some(object.project.clone());
        }
        let project = &world.projects[crate::it::worlds::place(object.project.id)];
        let managers: Vec<&Principal> = project.holders("admin").chain(std::iter::once(&project.owner)).collect();
        if chance(rng, 40) {
            request.principal = (*pick(rng, &managers)).clone();
        } else if let Some(owner) = object.owner.clone().filter(|_| object.kind.is_owned())
            && chance(rng, 50)
        {
            request.principal = owner;
        }
        Some(object)
    }

    /// An action on a package, a schema, or an object beside tables.
    pub(super) fn on_given(&mut self, request: &mut Request) {
        let Some(object) = self.given_on(request) else { return self.manage(request) };
        let rng = &mut self.rng;
        let action = match object.kind {
            _ if chance(rng, 40) => *pick(rng, &[Action::ShowAclGrants, Action::GrantPrivs, Action::GrantDownload]),
            ObjectKind::Package => Action::Read,
            kind => *pick(rng, Action::grantable(kind)),
        };
        request.requirements.push(Access::of(action, object).into());
    }
}
