use fastrand::Rng;
use odpsh::model::{
    Action, Column, ColumnId, DataType, Grant, Grantee, Labels, Level, Object, ObjectKind, Principal, ProjectId,
    ProjectRef, RoleKind, RoleName, SchemaName, TableKind, Time,
};
use odpsh::store::{AclPlace, NewTable, Package as StoredPackage, Store, Write};
use rusqlite::Connection;

use super::model::{Allowed, Entry, Installation, Item, Model, Package, grantees};
use crate::it::worlds::insert_object;

/// What a step may be; each must have changed something often.
pub const KINDS: [&str; 17] = [
    "create project",
    "drop project",
    "create object",
    "drop object",
    "create package",
    "drop package",
    "add",
    "remove",
    "allow",
    "disallow",
    "install",
    "uninstall",
    "grant read",
    "grant inside",
    "revoke",
    "purge",
    "clear expired or a column",
];

const NAMES: [&str; 3] = ["a", "b", "c"];
const COLUMNS: [&str; 2] = ["id", "phone"];

/// Changes a state and a model alike.
pub struct Stepper<'s> {
    store: &'s Store,
    rows: &'s Connection,
    rng: Rng,
    now: i64,
    pub model: Model,
    /// The steps that changed something.
    pub done: Vec<&'static str>,
}

impl<'s> Stepper<'s> {
    pub fn new(store: &'s Store, rows: &'s Connection, seed: u64) -> Self {
        let write = store.write().expect("nobody else writes");
        for grantee in grantees().iter() {
            if let Grantee::User(user) = grantee {
                write.create_account(user, Time(0)).expect("a new account");
            }
        }
        write.commit().expect("a commit");
        let mut stepper =
            Self { store, rows, rng: Rng::with_seed(seed), now: 1_000, model: Model::default(), done: Vec::new() };
        // Something to begin with.
        for (what, times) in
            [("create project", 9), ("create object", 12), ("create package", 9), ("add", 9), ("allow", 9)]
        {
            (0..times).for_each(|_| drop(stepper.try_step(what)));
        }
        stepper
    }

    fn try_step(&mut self, wanted: &str) -> Option<String> {
        if wanted.ends_with("object") { self.step_on_object(wanted) } else { self.step_in_write(wanted) }
    }

    /// The next step that changes something; what it was.
    pub fn step(&mut self) -> String {
        loop {
            self.now += 1;
            let wanted = match self.rng.u32(0..100) {
                0..2 => "drop project",
                2..8 => "create project",
                8..15 => "create object",
                15..20 => "drop object",
                20..26 => "create package",
                26..30 => "drop package",
                30..42 => "add",
                42..47 => "remove",
                47..55 => "allow",
                55..59 => "disallow",
                59..71 => "install",
                71..75 => "uninstall",
                75..82 => "grant read",
                82..90 => "grant inside",
                90..94 => "revoke",
                94..97 => "purge",
                _ => "clear expired or a column",
            };
            if let Some(what) = self.try_step(wanted) {
                self.done.push(wanted);
                return format!("{wanted}: {what}");
            }
        }
    }

    /// Tables through the store; the others, which are rows of their own, by themselves.
    fn step_on_object(&mut self, wanted: &str) -> Option<String> {
        if wanted == "drop object" {
            let object = choose(&mut self.rng, &self.model.there)?.clone();
            self.change(|write| write.drop_object(object.id.known().expect("a number")));
            self.model.drop_object(&object);
            return Some(object.to_string());
        }
        let project = choose(&mut self.rng, &self.model.living)?.clone();
        let kinds = [ObjectKind::Table, ObjectKind::Table, ObjectKind::Resource, ObjectKind::Function];
        let kind = *choose(&mut self.rng, &[&kinds[..], &[ObjectKind::Instance]].concat())?;
        let name = self.rng.choice(NAMES)?;
        if self.model.there.iter().any(|there| there.kind == kind && there.project == project && there.name == name) {
            return None;
        }
        let owner = owner();
        let id = match kind {
            ObjectKind::Table => {
                let column = |name: &&str| Column {
                    id: ColumnId(0),
                    name: (*name).to_owned(),
                    data_type: DataType::String,
                    comment: String::new(),
                    nullable: true,
                    default: None,
                    is_key: false,
                    generator: None,
                };
                let new = NewTable {
                    body_columns: Vec::new(),
                    bindings: odpsh::model::Bindings::default(),
                    labels: Labels::default(),
                    project: project.clone(),
                    schema: SchemaName::default(),
                    name: name.to_owned(),
                    kind: TableKind::Table,
                    owner: owner.clone(),
                    comment: String::new(),
                    lifecycle: None,
                    transactional: false,
                    view_text: None,
                    external: None,
                    columns: COLUMNS.iter().map(column).collect(),
                    partition_columns: Vec::new(),
                };
                self.change(|write| write.create_table(new, Time(0))).id
            }
            kind => insert_object(self.rows, kind, (project.id, "default", name), &owner),
        };
        let object = Object {
            kind,
            id: id.into(),
            project,
            schema: SchemaName::default(),
            name: name.into(),
            owner: Some(owner),
        };
        self.model.objects.push(object.clone());
        self.model.there.push(object.clone());
        Some(object.to_string())
    }

    fn step_in_write(&mut self, wanted: &str) -> Option<String> {
        match wanted {
            "create project" | "drop project" => self.step_on_project(wanted),
            "create package" | "drop package" | "add" | "remove" | "allow" | "disallow" => self.step_on_package(wanted),
            "install" | "uninstall" => self.step_on_installation(wanted),
            "grant read" | "grant inside" => self.grant(wanted == "grant inside"),
            _ => self.take(wanted),
        }
    }

    fn step_on_project(&mut self, wanted: &str) -> Option<String> {
        if wanted == "drop project" {
            let project = choose(&mut self.rng, &self.model.living)?.clone();
            self.change(|write| write.drop_project(project.id));
            self.model.drop_project(project.id);
            return Some(project.name.to_string());
        }
        let name = self.rng.choice(NAMES)?;
        if self.model.living.iter().any(|there| there.name == name) {
            return None;
        }
        let project = self.change(|write| {
            let project = write.create_project(name, &owner(), Time(0))?;
            write.create_role(project.id, &RoleName::new("dev"), RoleKind::Resource, "", Time(0))?;
            Ok(project)
        });
        self.model.projects = project.id.0;
        self.model.living.push(project);
        Some(name.to_owned())
    }

    fn step_on_package(&mut self, wanted: &str) -> Option<String> {
        let now = Time(self.now);
        if wanted == "create package" {
            let project = choose(&mut self.rng, &self.model.living)?.clone();
            let name = (*self.rng.choice(&NAMES[..2])?).to_owned();
            if self.model.packages.iter().any(|there| there.project == project && there.name == name) {
                let again = self.store.write().expect("nobody else writes").create_package(project.id, &name, now);
                assert!(again.is_err(), "two packages of one name");
                return None;
            }
            let id = self.change(|write| {
                write.create_package(project.id, &name, now)?;
                Ok(write.package(project.id, &name)?.expect("made just now").id)
            });
            let what = format!("{}.{name}", project.name);
            self.model.packages.push(Package { id, project, name });
            return Some(what);
        }
        let package = choose(&mut self.rng, &self.model.packages)?.clone();
        let name = format!("{}.{}", package.project.name, package.name);
        match wanted {
            "drop package" => {
                self.change(|write| write.drop_package(package.id));
                self.model.drop_package(package.id);
                Some(name)
            }
            "add" => {
                let own = |object: &&Object| object.project == package.project;
                let objects: Vec<Object> = self.model.there.iter().filter(own).cloned().collect();
                let object = choose(&mut self.rng, &objects)?.clone();
                let grantable = Action::grantable(object.kind);
                let mut actions: Vec<Action> = grantable.iter().copied().filter(|_| self.rng.bool()).collect();
                actions.extend(actions.is_empty().then_some(Action::All));
                let stored = StoredPackage {
                    id: package.id,
                    project: package.project.clone(),
                    name: package.name.clone(),
                    created: now,
                };
                if self.model.items.iter().any(|item| item.package == package.id && item.object == object) {
                    let again =
                        self.store.write().expect("nobody else writes").add_to_package(&stored, &object, &actions);
                    assert!(again.is_err(), "what is listed stays as it is");
                    return None;
                }
                self.change(|write| write.add_to_package(&stored, &object, &actions));
                let what = format!("{object} to {name}");
                self.model.items.push(Item { package: package.id, object, actions });
                Some(what)
            }
            "remove" => {
                // Also what the package does not list.
                let listed = |item: &&Item| item.package == package.id;
                let items: Vec<Item> = self.model.items.iter().filter(listed).cloned().collect();
                let object = match choose(&mut self.rng, &items) {
                    Some(item) if self.rng.u8(0..5) > 0 => item.object.clone(),
                    _ => choose(&mut self.rng, &self.model.there)?.clone(),
                };
                let listed = self.change(|write| write.remove_from_package(package.id, &object));
                assert_eq!(listed, self.model.remove_item(package.id, &object), "{object} of {name}");
                listed.then(|| format!("{object} from {name}"))
            }
            _ => {
                let may: Vec<ProjectId> =
                    self.model.allowed.iter().filter(|one| one.package == package.id).map(|one| one.project).collect();
                let those_who_may = |there: &&ProjectRef| wanted == "allow" || may.contains(&there.id);
                let living: Vec<ProjectRef> = self.model.living.iter().filter(those_who_may).cloned().collect();
                let project = choose(&mut self.rng, &living)?.clone();
                let is = |one: &Allowed| one.package == package.id && one.project == project.id;
                let there = self.model.allowed.iter().any(is);
                self.model.allowed.retain(|one| !is(one));
                if wanted == "disallow" {
                    let was = self.change(|write| write.disallow_package(package.id, project.id));
                    assert_eq!(was, there, "{name} for {}", project.name);
                    return was.then(|| format!("{name} for {}", project.name));
                }
                let label = self.rng.u8(0..10);
                self.change(|write| write.allow_package(package.id, project.id, Level::new(label).unwrap(), now));
                self.model.allowed.push(Allowed { package: package.id, project: project.id, label });
                Some(format!("{name} for {}", project.name))
            }
        }
    }

    fn step_on_installation(&mut self, wanted: &str) -> Option<String> {
        if wanted == "uninstall" {
            let installation = choose(&mut self.rng, &self.model.installations)?.clone();
            self.change(|write| write.uninstall_package(installation.id));
            self.model.uninstall(installation.id);
            return Some(installation.object().to_string());
        }
        let allowed = choose(&mut self.rng, &self.model.allowed)?.clone();
        let package = self.model.packages.iter().find(|one| one.id == allowed.package)?.clone();
        let project = self.model.living.iter().find(|one| one.id == allowed.project)?.clone();
        if project == package.project {
            return None;
        }
        let created = Time(self.now);
        let stored =
            StoredPackage { id: package.id, project: package.project.clone(), name: package.name.clone(), created };
        let same =
            |one: &&Installation| one.project == project && one.source == package.project && one.name == package.name;
        let there = self.model.installations.iter().find(same).cloned();
        match there {
            Some(there) if there.package.is_some() => {
                let again =
                    self.store.write().expect("nobody else writes").install_package(project.id, &stored, created);
                assert!(again.is_err(), "installed twice");
                return None;
            }
            Some(deleted) => self.model.uninstall(deleted.id),
            None => {}
        }
        let object = self.change(|write| {
            write.install_package(project.id, &stored, created)?;
            let installed = write.installation(project.id, package.project.id, &package.name)?;
            Ok(installed.expect("installed just now").object())
        });
        let id = object.id.known().expect("a number");
        let installation =
            Installation { id, project, source: package.project, package: Some(package.id), name: package.name };
        assert_eq!(installation.object(), object);
        self.model.installed.push(id);
        self.model.installations.push(installation);
        Some(object.to_string())
    }

    /// Read on an installed package, or an entry on what it lists inside of it; sometimes an entry on an object itself.
    fn grant(&mut self, inside: bool) -> Option<String> {
        let installation = choose(&mut self.rng, &self.model.installations)?.clone();
        let package = installation.object();
        let on_object = !inside && self.rng.u8(0..3) == 0;
        let object = match (inside, on_object) {
            (true, _) => {
                let listed = |item: &&Item| Some(item.package) == installation.package;
                let items: Vec<Item> = self.model.items.iter().filter(listed).cloned().collect();
                choose(&mut self.rng, &items)?.object.clone()
            }
            (false, true) => choose(&mut self.rng, &self.model.there)?.clone(),
            (false, false) => package.clone(),
        };
        let place = AclPlace { object: object.clone(), inside: inside.then(|| package.clone()) };
        let action = self.rng.choice(Action::grantable(object.kind))?;
        let may_have_columns = object.kind == ObjectKind::Table && action.covers_columns();
        let column = if may_have_columns && self.rng.bool() { self.rng.choice(COLUMNS) } else { None };
        let grant = Grant {
            action: *action,
            column: column.map(str::to_owned),
            grantee: self.rng.choice(grantees())?,
            grantor: owner(),
            granted: Time(self.now),
            expires: (self.rng.u8(0..3) == 0).then(|| Time(self.now + self.rng.i64(1..60))),
            conditions: (self.rng.u8(0..4) == 0).then(|| "acs:SourceIp = '10.0.0.1'".to_owned()),
        };
        self.change(|write| write.grant(&place, &grant));
        let entry = Entry { project: place.project().id, object, inside: inside.then_some(installation.id), grant };
        // The same again replaces it.
        self.model.entries.retain(|there| !is_same(there, &entry));
        let what = format!("{entry:?}");
        self.model.entries.push(entry);
        Some(what)
    }

    /// Takes entries: one, all of a grantee, those that have ended, or those on a column.
    fn take(&mut self, wanted: &str) -> Option<String> {
        let now = Time(self.now);
        let ended = |there: &Entry| there.grant.expires.is_some_and(|end| end <= now);
        let clears = wanted == "clear expired or a column";
        let fits = |there: &&Entry| !clears || ended(there) || there.grant.column.is_some();
        let entries: Vec<Entry> = self.model.entries.iter().filter(fits).cloned().collect();
        let entry = choose(&mut self.rng, &entries)?.clone();
        let before = self.model.entries.len();
        let Grant { action, column, grantee, .. } = &entry.grant;
        match wanted {
            "revoke" => {
                let installed = self.model.installations.iter().find(|one| Some(one.id) == entry.inside);
                let place = AclPlace { object: entry.object.clone(), inside: installed.map(Installation::object) };
                assert!(self.change(|write| write.revoke(&place, grantee, *action, column.as_deref())), "{entry:?}");
                self.model.entries.retain(|there| !is_same(there, &entry));
            }
            "purge" => {
                self.change(|write| write.purge(entry.project, grantee));
                self.model.entries.retain(|there| there.project != entry.project || there.grant.grantee != *grantee);
            }
            _ if !ended(&entry) => {
                let column = column.clone()?;
                self.change(|write| write.drop_column_grants(entry.object.id.known().expect("a table"), &column));
                self.model
                    .entries
                    .retain(|there| there.object != entry.object || there.grant.column.as_ref() != Some(&column));
            }
            _ => {
                self.change(|write| write.clear_expired(entry.project, now));
                self.model.entries.retain(|there| there.project != entry.project || !ended(there));
            }
        }
        (self.model.entries.len() < before).then(|| format!("{entry:?}"))
    }

    fn change<T>(&self, change: impl FnOnce(&Write<'_>) -> odpsh::error::Result<T>) -> T {
        let write = self.store.write().expect("nobody else writes");
        let done = change(&write).expect("a change that the state takes");
        write.commit().expect("a commit");
        done
    }
}

/// Whether two entries give the same to the same.
fn is_same(one: &Entry, other: &Entry) -> bool {
    let key =
        |entry: &Entry| (entry.grant.action, entry.grant.column.clone(), entry.grant.grantee.clone(), entry.inside);
    one.object == other.object && key(one) == key(other)
}

fn owner() -> Principal {
    Principal::parse("ALIYUN$amy").expect("a principal")
}

/// One of these, if there are any.
fn choose<'t, T>(rng: &mut Rng, from: &'t [T]) -> Option<&'t T> {
    rng.choice(from)
}
