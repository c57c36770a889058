//! Requests for what is labelled, by those whose levels and label grants may be enough.

use odpsh::model::{Action, Grantee, JobType, ObjectKind, Principal, ProjectId};
use odpsh::security::{Columns, Destination, Rights};

use super::{Asker, Request};
use crate::it::worlds::{Installation, Project, Spot, Table, chance, pick, place};

impl<'w> Asker<'w> {
    /// A query, a download or a call that reads labelled columns.
    pub(super) fn labelled(&mut self, request: &mut Request) {
        match self.rng.u32(0..100) {
            0..18 => self.as_label_holder(request),
            18..60 => self.behind_unlabelled(request),
            60..80 => self.inside_packages(request),
            80..86 => self.result(request),
            _ => self.by_either_path(request),
        }
    }

    /// The result of a query, fetched by someone who may.
    fn result(&mut self, request: &mut Request) {
        let world = self.world;
        let instances: Vec<usize> =
            (0..world.others.len()).filter(|other| world.others[*other].kind == ObjectKind::Instance).collect();
        if instances.is_empty() {
            return self.manage(request);
        }
        let instance = *pick(&mut self.rng, &instances);
        let home = world.others[instance].project;
        let managers = self.managers(home);
        request.principal = (*pick(&mut self.rng, &managers)).clone();
        request.current = Some(world.reference(home));
        self.use_of(request, instance);
    }

    fn home(&self, table: &Table) -> &'w Project {
        &self.world.projects[place(table.project)]
    }

    /// Owner, Super_Administrators and Admins of a project.
    fn managers(&self, project: ProjectId) -> Vec<&'w Principal> {
        let project = &self.world.projects[place(project)];
        let held = project.holders("admin").chain(project.holders("super_administrator"));
        held.filter(|user| project.members.contains(user)).chain([&project.owner]).collect()
    }

    /// Those who may read a table whatever its labels are.
    fn readers(&self, table: &Table) -> Vec<Principal> {
        let home = self.home(table);
        let reads = |action: Action| matches!(action, Action::Select | Action::All);
        let entries = table.grants.iter().filter(|grant| reads(grant.action) && grant.column.is_none());
        let granted = entries.filter_map(|grant| match &grant.grantee {
            Grantee::User(user) => Some(user),
            Grantee::Role(_) => None,
        });
        let members = granted.filter(|user| home.members.contains(user));
        members.chain(self.managers(table.project)).cloned().collect()
    }

    /// A table of a project that checks labels, read by someone who may, and who holds a label grant on it where there is one.
    fn as_label_holder(&mut self, request: &mut Request) {
        let world = self.world;
        let controlled = chance(&mut self.rng, 35);
        let fits = |place: &usize| {
            let (table, home) = (&world.tables[*place], self.home(&world.tables[*place]));
            table.alive && home.checks_labels && home.download_control == controlled && !table.label_grants.is_empty()
        };
        let tables: Vec<usize> = (0..world.tables.len()).filter(fits).collect();
        if tables.is_empty() {
            return self.manage(request);
        }
        let place = *pick(&mut self.rng, &tables);
        let (table, home) = (&world.tables[place], self.home(&world.tables[place]));
        let readers = self.readers(table);
        let holds = |user: &&Principal| {
            table.label_grants.iter().any(|grant| match &grant.grantee {
                Grantee::User(holder) => holder == *user,
                Grantee::Role(role) => home.holders(role.as_str()).any(|holder| holder == *user),
            })
        };
        let holders: Vec<&Principal> = readers.iter().filter(holds).collect();
        request.principal = match holders.is_empty() {
            true => pick(&mut self.rng, &readers).clone(),
            false => (*pick(&mut self.rng, &holders)).clone(),
        };
        request.current = Some(world.reference(home.id));
        let to = match controlled {
            true => Destination::Local,
            false => Destination::Project(world.reference(home.id)),
        };
        request.job = Some(if controlled { JobType::Dt } else { JobType::Sql });
        let mut sources = Vec::new();
        let read = world.read_of(place, &mut self.rng);
        self.expand(&read, &Rights::Invoker, &[], &mut request.requirements, &mut sources);
        Self::send(request, &sources, &to);
    }

    /// A function or table resource that leads to a table, used by someone who may.
    fn behind_unlabelled(&mut self, request: &mut Request) {
        let world = self.world;
        let reads_table = |other: &usize| {
            let is_table = |spot: &Spot| match spot {
                Spot::Table(table) => {
                    let table = &world.tables[*table];
                    table.alive
                        && self.home(table).checks_labels
                        && self.readers(table).contains(&world.others[*other].maker)
                }
                Spot::Other(_) => false,
            };
            world.others[*other].alive && world.others[*other].parts.iter().any(is_table)
        };
        let resources: Vec<usize> = (0..world.others.len()).filter(reads_table).collect();
        let uses = |other: &usize| {
            let function = &world.others[*other];
            let is_used = |spot: &Spot| match spot {
                Spot::Other(resource) if resources.contains(resource) => {
                    self.managers(world.others[*resource].project).contains(&&function.maker)
                }
                _ => false,
            };
            function.alive && function.parts.iter().any(is_used)
        };
        let functions: Vec<usize> = (0..world.others.len()).filter(uses).collect();
        let among = match functions.as_slice() {
            [_, ..] if chance(&mut self.rng, 85) => &functions,
            _ => &resources,
        };
        if among.is_empty() {
            return self.as_label_holder(request);
        }
        // Now and then one where a label grant of its user sleeps.
        let sleepers = |other: &usize| self.sleepers(*other).into_iter().map(|user| (*other, user)).collect::<Vec<_>>();
        let asleep: Vec<(usize, &Principal)> = among.iter().flat_map(sleepers).collect();
        if !asleep.is_empty() && chance(&mut self.rng, 15) {
            let (other, user) = *pick(&mut self.rng, &asleep);
            request.principal = user.clone();
            request.current = Some(world.reference(world.others[other].project));
            return self.use_of(request, other);
        }
        // Often one whose maker has no level where the table is, although the maker of the table resource has.
        let is_low = |other: &usize| {
            let (maker, at) = (&world.others[*other].maker, self.behind(*other));
            let levels = world.others[*other].parts.iter().map(|part| match part {
                Spot::Other(resource) => self.level_of(&world.others[*resource].maker, at),
                Spot::Table(_) => 9,
            });
            self.level_of(maker, at) == 0 && levels.into_iter().any(|level| level > 0)
        };
        let low: Vec<usize> = among.iter().copied().filter(is_low).collect();
        let wanted = !low.is_empty() && chance(&mut self.rng, 65);
        let other = *pick(&mut self.rng, if wanted { &low } else { among });
        let home = world.others[other].project;
        let mut managers = self.managers(home);
        // Mostly those whose level may be enough, or whose label grants sleep.
        let at = self.behind(other);
        match self.rng.u32(0..100) {
            0..55 => managers.sort_by_key(|user| std::cmp::Reverse(self.level_of(user, at))),
            55..88 => managers.sort_by_key(|user| at.owner == **user || at.members.contains(user)),
            _ => self.rng.shuffle(&mut managers),
        }
        request.principal = managers[0].clone();
        request.current = Some(world.reference(home));
        self.use_of(request, other);
    }

    /// The project of the table that a table resource, or a function made of one, leads to.
    fn behind(&self, other: usize) -> &'w Project {
        let own = || &self.world.projects[place(self.world.others[other].project)];
        self.table_behind(other).map_or_else(own, |table| self.home(table))
    }

    /// Who may use it and holds label grants on the table that it leads to, where they are no members.
    fn sleepers(&self, other: usize) -> Vec<&'w Principal> {
        let Some(table) = self.table_behind(other) else { return Vec::new() };
        let at = self.home(table);
        let mut managers = self.managers(self.world.others[other].project);
        managers.retain(|user| {
            at.owner != **user
                && !at.members.contains(user)
                && table.label_grants.iter().any(|grant| grant.grantee == Grantee::User((*user).clone()))
        });
        managers
    }

    /// The table that a table resource, or a function made of one, leads to.
    fn table_behind(&self, other: usize) -> Option<&'w Table> {
        match self.world.others[other].parts.as_slice() {
            [Spot::Table(table)] => Some(&self.world.tables[*table]),
            [Spot::Other(resource)] => self.table_behind(*resource),
            _ => None,
        }
    }

    fn level_of(&self, user: &Principal, at: &Project) -> u8 {
        let of = at.levels.iter().find(|(grantee, _)| *grantee == Grantee::User(user.clone()));
        of.map_or(0, |(_, level)| *level)
    }

    /// What is granted inside a package, mostly where a label grant inside it is above what the package gives.
    fn inside_packages(&mut self, request: &mut Request) {
        let world = self.world;
        let mut entries = Vec::new();
        let above = chance(&mut self.rng, 55);
        for installation in &world.installations {
            let Some(using) = self.using(installation) else { continue };
            let items = &world.packages[installation.package].items;
            for label in installation.labels_inside.iter().filter(|label| (label.grant.level.number() > using) == above)
            {
                let item = &items[label.item];
                let Spot::Table(table) = item.object else { continue };
                let lists = item.actions.iter().any(|action| matches!(action, Action::Select | Action::All));
                if item.removed || !lists {
                    continue;
                }
                let holder = installation.inside.iter().find(|inside| {
                    inside.item == label.item
                        && inside.grant.grantee == label.grant.grantee
                        && matches!(inside.grant.action, Action::Select | Action::All)
                });
                if let Some(holder) = holder.filter(|_| self.home(&world.tables[table]).checks_labels) {
                    entries.push((
                        installation.project,
                        table,
                        holder.grant.clone(),
                        (using, label.grant.level.number()),
                    ));
                }
            }
        }
        if entries.is_empty() {
            return self.by_either_path(request);
        }
        let (project, table, grant, (using, most)) = pick(&mut self.rng, &entries).clone();
        let at = &world.projects[place(project)];
        let holders: Vec<&Principal> = match &grant.grantee {
            Grantee::User(user) => vec![user],
            Grantee::Role(role) => at.holders(role.as_str()).collect(),
        };
        let holders: Vec<&Principal> = holders.into_iter().filter(|user| at.members.contains(user)).collect();
        if !holders.is_empty() {
            request.principal = (*pick(&mut self.rng, &holders)).clone();
        }
        request.current = Some(world.reference(project));
        let read = &world.tables[table];
        let labels = read.columns.iter().zip(&read.column_labels);
        let is_high = |label: u8| if above { label > using && label <= most } else { label > 0 && label <= most };
        let fits = |column: &&String| grant.column.as_ref().is_none_or(|only| only == *column);
        let high = labels.filter(|(_, own)| is_high(own.unwrap_or(read.label))).map(|(column, _)| column);
        let column = match high.filter(fits).collect::<Vec<_>>().as_slice() {
            [] => grant.column.clone().unwrap_or_else(|| pick(&mut self.rng, &read.columns).clone()),
            high => (*pick(&mut self.rng, high)).clone(),
        };
        let columns = Columns::Read([column].into());
        let access = odpsh::security::Access::of(Action::Select, world.object(table));
        request.requirements.push(odpsh::security::Access { columns, ..access }.into());
    }

    fn using(&self, installation: &Installation) -> Option<u8> {
        let package = &self.world.packages[installation.package];
        let allowed = package.allowed.iter().find(|other| other.project == installation.project && !other.ended);
        allowed.filter(|_| package.alive && !installation.uninstalled).map(|allowance| allowance.label)
    }

    /// What a package lists of a project that is protected, by someone who may read it there as well.
    fn by_either_path(&mut self, request: &mut Request) {
        let world = self.world;
        let mut entries: Vec<(ProjectId, usize, Principal)> = Vec::new();
        for installation in world.installations.iter().filter(|one| self.using(one).is_some()) {
            let at = &world.projects[place(installation.project)];
            for item in world.packages[installation.package].items.iter().filter(|item| !item.removed) {
                let Spot::Table(table) = item.object else { continue };
                let (read, home) = (&world.tables[table], self.home(&world.tables[table]));
                let lists = item.actions.iter().any(|action| matches!(action, Action::Select | Action::All));
                if !read.alive || !lists || !home.checks_labels || !home.protected {
                    continue;
                }
                let holds = |user: &Principal| {
                    at.holders("admin").any(|holder| holder == user)
                        || installation.grants.iter().any(|grant| grant.grantee == Grantee::User(user.clone()))
                };
                let both = self
                    .readers(read)
                    .into_iter()
                    .filter(|user| at.owner == *user || at.members.contains(user) && holds(user));
                entries.extend(both.map(|user| (installation.project, table, user)));
            }
        }
        if entries.is_empty() {
            return self.shared(request);
        }
        let (project, table, user) = pick(&mut self.rng, &entries).clone();
        request.principal = user;
        request.current = Some(world.reference(project));
        request.job = Some(JobType::Sql);
        let mut sources = Vec::new();
        let read = world.read_of(table, &mut self.rng);
        self.expand(&read, &Rights::Invoker, &[], &mut request.requirements, &mut sources);
        let destination = self.destination(world.tables[table].project);
        Self::send(request, &sources, &destination);
    }
}
