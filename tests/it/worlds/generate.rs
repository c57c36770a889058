//! Random worlds, small and dense: every switch, list and grant is often there and often missing.

mod condition;
mod label;
mod policy;
mod schema;
mod share;

use fastrand::Rng;
use odpsh::model::{
    Action, Grant, Grantee, Object, ObjectId, ObjectKind, Principal, ProjectId, RoleName, SchemaName, Time,
};

use super::{Addresses, Project, Read, Role, Spot, Statement, Table, Vpc, World, chance, pick};

const NOW: Time = Time(1_700_000_000_000);
const NAMES: [&str; 4] = ["prj_a", "prj_b", "prj_c", "prj_d"];
const COLUMNS: [&str; 4] = ["id", "name", "phone", "ds"];
const ROLES: [&str; 2] = ["dev", "guest"];
/// Labels are drawn apart, so that they change nothing else of a world.
const LABELS: u64 = 1 << 40;
/// Conditions of entries likewise.
const CONDITIONS: u64 = 1 << 41;
/// And tenants.
const TENANTS: u64 = 1 << 42;
/// And tenant resources.
const RESOURCES: u64 = 1 << 44;
/// And roles of administrator type.
const ADMINISTRATORS: u64 = 1 << 46;
/// And schemas.
const SCHEMAS: u64 = 1 << 43;
/// Deepest nesting of views.
const DEEPEST: usize = 3;

impl World {
    /// The world of this seed.
    pub fn random(seed: u64) -> Self {
        Self::random_named(seed, str::to_owned)
    }

    /// The world of this seed, in which everyone has another name.
    pub fn random_named(seed: u64, named: impl Fn(&str) -> String) -> Self {
        let rng = &mut Rng::with_seed(seed);
        let parse = |text: &&str| Principal::parse(&named(text)).expect("a principal");
        let people = [
            "ALIYUN$Amy@aliyun.com",
            "ALIYUN$Bob@aliyun.com",
            "ALIYUN$carol",
            "RAM$Amy@aliyun.com:Ann",
            "RAM$amy@aliyun.com:Abe",
            "RAM$Bob@aliyun.com:Ben",
            "RAM$Amy@aliyun.com:role/Etl",
        ];
        let strangers = ["ALIYUN$nobody", "RAM$Amy@aliyun.com:ghost"];
        let mut world = Self {
            now: NOW,
            people: people.iter().map(parse).collect(),
            strangers: strangers.iter().map(parse).collect(),
            projects: Vec::new(),
            tables: Vec::new(),
            others: Vec::new(),
            schemas: Vec::new(),
            packages: Vec::new(),
            things: Vec::new(),
            conditions: Vec::new(),
            installations: Vec::new(),
        };
        for (number, name) in NAMES.iter().enumerate() {
            if number > 0 && chance(rng, 25) {
                world.add_project(name, false, rng);
            }
            world.add_project(name, true, rng);
        }
        world.add_tables(rng);
        world.add_others(rng);
        world.add_packages(rng);
        world.add_installations(rng);
        world.add_schemas(&mut Rng::with_seed(seed ^ SCHEMAS));
        world.number();
        for id in world.living() {
            world.add_trust(id, rng);
            world.add_exception(id, rng);
        }
        world.add_policies(rng);
        world.add_tenants(&mut Rng::with_seed(seed ^ TENANTS));
        world.add_resources(&mut Rng::with_seed(seed ^ RESOURCES));
        world.add_labels(&mut Rng::with_seed(seed ^ LABELS));
        world.add_conditions(&mut Rng::with_seed(seed ^ CONDITIONS));
        world.add_administrators(&mut Rng::with_seed(seed ^ ADMINISTRATORS));
        world
    }

    /// Numbers the objects in the order in which they are written; a project, its schema and its package `systables` are objects as well.
    fn number(&mut self) {
        let mut last = i64::try_from(self.projects.len() * 3).expect("few projects");
        let mut next = || {
            last += 1;
            ObjectId(last)
        };
        for late in [false, true] {
            self.schemas.iter_mut().filter(|schema| schema.late == late).for_each(|schema| schema.id = next());
            self.others.iter_mut().filter(|other| other.late == late).for_each(|other| other.id = next());
            self.tables.iter_mut().filter(|table| table.late == late).for_each(|table| table.id = next());
            self.installations.iter_mut().filter(|one| one.late == late).for_each(|one| one.id = next());
        }
    }

    /// The numbers of the projects that are there.
    pub(super) fn living(&self) -> Vec<ProjectId> {
        self.projects.iter().filter(|project| project.alive).map(|project| project.id).collect()
    }

    fn next_project(&self) -> ProjectId {
        ProjectId(i64::try_from(self.projects.len()).expect("few projects") + 1)
    }

    fn add_project(&mut self, name: &str, alive: bool, rng: &mut Rng) {
        // Owners are few, so that one often owns two projects; now and then it is a RAM user's account.
        let owners = if chance(rng, 10) { 4 } else { 2 };
        let owner = pick(rng, &self.people[..owners]).clone();
        let mut members: Vec<Principal> = Vec::new();
        for person in self.people.iter().filter(|person| **person != owner) {
            if chance(rng, 65) {
                members.push(person.clone());
            }
        }
        let id = self.next_project();
        let mut project = Project {
            id,
            name: name.to_owned(),
            owner,
            alive,
            frozen: alive && chance(rng, 4),
            addresses: Vec::new(),
            vpcs: Vec::new(),
            uses_acl: chance(rng, 85),
            uses_policy: true,
            controls_resources: false,
            policy: None,
            creator_may_access: chance(rng, 75),
            creator_may_grant: chance(rng, 60),
            protected: chance(rng, 60),
            exception: Vec::new(),
            download_control: chance(rng, 35),
            checks_labels: false,
            levels: Vec::new(),
            read_limit: chance(rng, 40).then(|| *pick(rng, &[1, 50, 500, 10_000])),
            members,
            roles: Vec::new(),
            tenant: Vec::new(),
            trusts: Vec::new(),
            trusted_once: Vec::new(),
            grants: Vec::new(),
            schema_grants: Vec::new(),
        };
        if chance(rng, 9) {
            project.addresses = (0..rng.usize(1..4)).map(|_| Addresses::random(rng)).collect();
        }
        if chance(rng, 5) {
            project.vpcs = (0..rng.usize(1..3)).map(|_| Vpc::random(rng)).collect();
        }
        project.roles = self.random_roles(rng);
        project.grants = self.random_grants(ObjectKind::Project, &[], 20, rng);
        project.schema_grants = self.random_grants(ObjectKind::Schema, &[], 9, rng);
        if !alive {
            for earlier in self.projects.iter_mut().filter(|earlier| earlier.alive) {
                if chance(rng, 60) {
                    earlier.trusted_once.push(id);
                }
            }
        }
        self.projects.push(project);
    }

    /// Roles are held by anyone: who is no member holds them asleep (ACC-9).
    fn random_roles(&self, rng: &mut Rng) -> Vec<Role> {
        let mut roles = Vec::new();
        for (name, often) in [(RoleName::SUPER_ADMINISTRATOR, 8), (RoleName::ADMIN, 15), (ROLES[0], 35), (ROLES[1], 25)]
        {
            let mut users = Vec::new();
            for person in &self.people {
                if chance(rng, often) {
                    users.push(person.clone());
                }
            }
            roles.push(Role { name: RoleName::new(name), is_administrator: false, users, policy: None });
        }
        roles
    }

    /// Grants to anyone: who is no member holds them asleep, and so does a role that is gone (ACC-9).
    fn random_grants(&self, kind: ObjectKind, columns: &[String], most: usize, rng: &mut Rng) -> Vec<Grant> {
        let mut grants: Vec<Grant> = Vec::new();
        let wanted = match kind {
            ObjectKind::Project => [Action::CreateInstance, Action::CreateTable, Action::List],
            ObjectKind::Table | ObjectKind::View => [Action::Select, Action::Describe, Action::Download],
            ObjectKind::Resource => [Action::Read, Action::Read, Action::Write],
            ObjectKind::Function => [Action::Execute, Action::Execute, Action::Read],
            ObjectKind::Instance | ObjectKind::Package => [Action::Read; 3],
            ObjectKind::Schema => [Action::CreateTable, Action::CreateFunction, Action::All],
        };
        for _ in 0..rng.usize(0..most) {
            let grantee = match rng.u32(0..10) {
                0..6 => Grantee::User(pick(rng, &self.people).clone()),
                6..9 => Grantee::Role(RoleName::new(pick::<&str>(rng, &ROLES))),
                _ => Grantee::Role(RoleName::new("gone")),
            };
            let action = match chance(rng, 60) {
                true => *pick(rng, &wanted),
                false => *pick(rng, Action::grantable(kind)),
            };
            let column = match columns {
                [] => None,
                columns => (action.covers_columns() && chance(rng, 45)).then(|| pick(rng, columns).clone()),
            };
            // The same again would replace it, and another end is another grant.
            if grants.iter().any(|g| g.grantee == grantee && g.action == action && g.column == column) {
                continue;
            }
            let expires = chance(rng, 25).then(|| Time(NOW.0 + rng.i64(-1..3) * 1000));
            let grantor = pick(rng, &self.people).clone();
            let granted = Time(NOW.0 - 5_000);
            grants.push(Grant { action, column, grantee, grantor, granted, expires, conditions: None });
        }
        grants
    }

    /// Tables and views; now and then one was dropped, and mostly followed by another of its name.
    fn add_tables(&mut self, rng: &mut Rng) {
        let mut gone = Vec::new();
        for id in self.living() {
            for number in 1..=rng.usize(2..6) {
                let view = !self.tables.is_empty() && chance(rng, 48);
                let name = format!("{}{number}", if view { "v" } else { "t" });
                let alive = !chance(rng, 15);
                self.add_table(id, &name, (alive, false), view && alive, rng);
                if !alive {
                    gone.push((id, name, view));
                }
            }
        }
        for (id, name, view) in gone {
            if chance(rng, 85) {
                self.add_table(id, &name, (true, true), view, rng);
            }
        }
        for id in self.living() {
            if chance(rng, 60) {
                self.add_clone(id, rng);
            }
        }
    }

    /// A clone of some table, which may be gone by now: another object, with an owner and entries of its own.
    fn add_clone(&mut self, project: ProjectId, rng: &mut Rng) {
        let fits = |place: &usize| {
            let table = &self.tables[*place];
            // A transactional table is not cloned.
            !table.is_view() && !table.keyed && table.clone_of.is_none()
        };
        let sources: Vec<usize> = (0..self.tables.len()).filter(fits).collect();
        if sources.is_empty() {
            return;
        }
        let source = *pick(rng, &sources);
        let (columns, late) = (self.tables[source].columns.clone(), self.tables[source].late);
        let grants = self.random_grants(ObjectKind::Table, &columns, 20, rng);
        self.tables.push(Table {
            project,
            schema: SchemaName::default(),
            name: "c1".to_owned(),
            owner: self.random_owner(project, rng),
            alive: true,
            grants,
            late,
            clone_of: Some(source),
            ..self.tables[source].clone()
        });
    }

    fn add_table(&mut self, project: ProjectId, name: &str, (alive, late): (bool, bool), view: bool, rng: &mut Rng) {
        let columns: Vec<String> = COLUMNS.iter().take(rng.usize(1..5)).map(|&name| name.to_owned()).collect();
        let body = if view { self.random_body(project, rng) } else { Vec::new() };
        let owner = self.random_owner(project, rng);
        let kind = if body.is_empty() { ObjectKind::Table } else { ObjectKind::View };
        let grants = self.random_grants(kind, &columns, 20, rng);
        let keyed = body.is_empty() && chance(rng, 25);
        self.tables.push(Table {
            id: ObjectId(0),
            project,
            schema: SchemaName::default(),
            name: name.to_owned(),
            owner,
            alive,
            late,
            columns,
            body,
            keyed,
            clone_of: None,
            labels_when_cloned: None,
            relabelled: false,
            grants,
            label: 0,
            column_labels: Vec::new(),
            label_grants: Vec::new(),
        });
    }

    fn random_owner(&self, project: ProjectId, rng: &mut Rng) -> Principal {
        match chance(rng, 40) {
            true => self.projects[super::place(project)].owner.clone(),
            false => pick(rng, &self.people).clone(),
        }
    }

    fn random_body(&self, project: ProjectId, rng: &mut Rng) -> Vec<Read> {
        let mut body = Vec::new();
        for _ in 0..rng.usize(1..3) {
            let near: Vec<usize> = (0..self.tables.len()).filter(|t| self.tables[*t].project == project).collect();
            let table = match !near.is_empty() && chance(rng, 55) {
                true => *pick(rng, &near),
                false => rng.usize(0..self.tables.len()),
            };
            if self.tables[table].alive && self.depth(table) < DEEPEST {
                body.push(self.read_of(table, rng));
            }
        }
        body
    }

    fn depth(&self, table: usize) -> usize {
        1 + self.tables[table].body.iter().map(|read| self.depth(read.table)).max().unwrap_or_default()
    }

    /// A table and some of its columns; none for `count(*)`.
    pub(super) fn read_of(&self, table: usize, rng: &mut Rng) -> Read {
        let mut columns = self.tables[table].columns.clone();
        let first = columns[0].clone();
        let counts = chance(rng, 22);
        columns.retain(|_| !counts && chance(rng, 50));
        if columns.is_empty() && !counts {
            columns.push(first);
        }
        Read { table, columns }
    }

    fn add_trust(&mut self, id: ProjectId, rng: &mut Rng) {
        let trusts: Vec<ProjectId> =
            self.living().into_iter().filter(|other| *other != id && chance(rng, 35)).collect();
        self.projects[super::place(id)].trusts = trusts;
    }

    fn add_exception(&mut self, id: ProjectId, rng: &mut Rng) {
        let spots: Vec<Spot> = self.spots().filter(|spot| self.thing(*spot).project.id == id).collect();
        let mut objects: Vec<Object> = spots.iter().map(|spot| self.thing(*spot)).collect();
        objects.push(Object::unknown(ObjectKind::Table, self.reference(id), "t99"));
        if chance(rng, 60) {
            let people = self.people.clone();
            let statement = |rng: &mut Rng| Statement::random(rng, &people, &objects, NOW);
            self.projects[super::place(id)].exception = (0..rng.usize(1..4)).map(|_| statement(rng)).collect();
        }
    }
}
