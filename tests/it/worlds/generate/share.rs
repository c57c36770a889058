//! Random resources, functions, instances, packages and installations.

use fastrand::Rng;
use odpsh::model::{Action, Grant, ObjectId, ObjectKind, ProjectId, SchemaName};

use crate::it::worlds::{Allowance, Inside, Installation, Item, Other, Package, Spot, World, chance, pick};

impl World {
    /// Resources, functions and instances; now and then one was dropped, and mostly followed by another of its name.
    pub(super) fn add_others(&mut self, rng: &mut Rng) {
        let mut gone = Vec::new();
        for id in self.living() {
            for (kind, letter) in
                [(ObjectKind::Resource, 'r'), (ObjectKind::Function, 'f'), (ObjectKind::Instance, 'i')]
            {
                for number in 1..=rng.usize(0..3) {
                    let name = format!("{letter}{number}");
                    let alive = !chance(rng, 15);
                    self.add_other(kind, id, &name, (alive, false), rng);
                    if !alive {
                        gone.push((kind, id, name));
                    }
                }
            }
        }
        for (kind, id, name) in gone {
            if chance(rng, 85) {
                self.add_other(kind, id, &name, (true, true), rng);
            }
        }
    }

    fn add_other(
        &mut self,
        kind: ObjectKind,
        project: ProjectId,
        name: &str,
        (alive, late): (bool, bool),
        rng: &mut Rng,
    ) {
        let there: Vec<usize> = (0..self.tables.len()).filter(|table| self.tables[*table].alive).collect();
        let near: Vec<usize> = there.iter().copied().filter(|table| self.tables[*table].project == project).collect();
        let mut reads = Vec::new();
        while kind == ObjectKind::Instance && (reads.is_empty() || chance(rng, 30)) {
            let among = if chance(rng, 60) && !near.is_empty() { &near } else { &there };
            reads.push(self.read_of(*pick(rng, among), rng));
        }
        let is_sql = kind == ObjectKind::Function && chance(rng, 45);
        while is_sql && (reads.is_empty() || chance(rng, 30)) {
            let among = if chance(rng, 60) && !near.is_empty() { &near } else { &there };
            reads.push(self.read_of(*pick(rng, among), rng));
        }
        let resources: Vec<usize> =
            (0..self.others.len()).filter(|other| self.others[*other].kind == ObjectKind::Resource).collect();
        let parts = match kind {
            ObjectKind::Resource if chance(rng, 35) => {
                let among = if chance(rng, 60) && !near.is_empty() { &near } else { &there };
                vec![Spot::Table(*pick(rng, among))]
            }
            ObjectKind::Function if is_sql => {
                let is_there = |other: &Other| other.kind == ObjectKind::Function && other.alive;
                let functions: Vec<usize> =
                    (0..self.others.len()).filter(|other| is_there(&self.others[*other])).collect();
                let calls = !functions.is_empty() && chance(rng, 60);
                calls.then(|| Spot::Other(*pick(rng, &functions))).into_iter().collect()
            }
            ObjectKind::Function if chance(rng, 70) && !resources.is_empty() => {
                let tables: Vec<usize> =
                    resources.iter().copied().filter(|it| !self.others[*it].parts.is_empty()).collect();
                let among = if chance(rng, 80) && !tables.is_empty() { &tables } else { &resources };
                vec![Spot::Other(*pick(rng, among))]
            }
            _ => Vec::new(),
        };
        self.others.push(Other {
            kind,
            id: ObjectId(0),
            project,
            schema: SchemaName::default(),
            name: name.to_owned(),
            owner: self.random_owner(project, rng),
            alive,
            late,
            reads,
            parts,
            maker: self.random_owner(project, rng),
            grants: self.random_grants(kind, &[], 12, rng),
        });
    }

    /// Packages; now and then one was dropped, and mostly followed by another of its name.
    pub(super) fn add_packages(&mut self, rng: &mut Rng) {
        let mut gone = Vec::new();
        for id in self.living() {
            for number in 1..=rng.usize(0..4) {
                let name = format!("p{number}");
                let alive = !chance(rng, 18);
                let package = self.random_package(id, &name, alive, false, rng);
                self.packages.push(package);
                if !alive {
                    gone.push((id, name));
                }
            }
        }
        for (id, name) in gone {
            if chance(rng, 75) {
                let package = self.random_package(id, &name, true, true, rng);
                self.packages.push(package);
            }
        }
    }

    fn random_package(&self, project: ProjectId, name: &str, alive: bool, late: bool, rng: &mut Rng) -> Package {
        let mut items: Vec<Item> = Vec::new();
        for spot in self.spots() {
            let fits = if late { self.is_there(spot) } else { alive || !self.is_late(spot) };
            // What views of other projects read is shared more often.
            let wanted = self
                .tables
                .iter()
                .any(|view| view.project != project && view.body.iter().any(|read| Spot::Table(read.table) == spot));
            if self.thing(spot).project.id != project || !fits || !chance(rng, if wanted { 70 } else { 40 }) {
                continue;
            }
            let kind = self.thing(spot).kind;
            let removed = chance(rng, 15);
            items.push(Item { object: spot, actions: random_actions(kind, rng), removed });
            if removed && alive && !late && self.is_there(spot) && !self.is_late(spot) && chance(rng, 40) {
                items.push(Item { object: spot, actions: random_actions(kind, rng), removed: false });
            }
        }
        let mut allowed = Vec::new();
        for other in self.living() {
            if other == project || !chance(rng, 75) {
                continue;
            }
            let ended = chance(rng, 16);
            allowed.push(Allowance { project: other, label: rng.u8(0..10), ended });
            if ended && alive && !late && chance(rng, 40) {
                allowed.push(Allowance { project: other, label: rng.u8(0..10), ended: false });
            }
        }
        Package { project, name: name.to_owned(), alive, late, items, allowed }
    }

    /// Where packages are installed, in the order of time: not everywhere that they may be, and not for ever.
    pub(super) fn add_installations(&mut self, rng: &mut Rng) {
        let (mut early, mut late) = (Vec::new(), Vec::new());
        for (place, package) in self.packages.iter().enumerate() {
            let mut projects: Vec<ProjectId> = package.allowed.iter().map(|allowance| allowance.project).collect();
            projects.dedup();
            for project in projects {
                if !chance(rng, 85) {
                    continue;
                }
                let uninstalled = chance(rng, 12);
                let at = |late, uninstalled| Installation {
                    id: ObjectId(0),
                    package: place,
                    project,
                    late,
                    uninstalled,
                    grants: Vec::new(),
                    inside: Vec::new(),
                    labels_inside: Vec::new(),
                };
                if package.late || (package.alive && chance(rng, 25)) {
                    late.push(at(true, uninstalled));
                } else {
                    early.push(at(false, uninstalled));
                    if uninstalled && package.alive && chance(rng, 60) {
                        late.push(at(true, false));
                    }
                }
            }
        }
        early.append(&mut late);
        for mut installation in early {
            let readers = if chance(rng, 75) { 6 } else { 1 };
            installation.grants = self.random_grants(ObjectKind::Package, &[], readers, rng);
            installation.inside = self.random_inside(&installation, rng);
            self.installations.push(installation);
        }
    }

    /// Entries on the items that are listed while the package is installed.
    fn random_inside(&self, installation: &Installation, rng: &mut Rng) -> Vec<Inside> {
        let package = &self.packages[installation.package];
        let mut inside = Vec::new();
        for (place, item) in package.items.iter().enumerate() {
            if !self.may_be_given_inside(installation, place) || !chance(rng, 60) {
                continue;
            }
            let columns: &[String] = match item.object {
                Spot::Table(table) => &self.tables[table].columns,
                Spot::Other(_) => &[],
            };
            let grants = self.random_grants(self.thing(item.object).kind, columns, 7, rng);
            let entry = |mut grant: Grant| {
                // What is given inside is mostly what the package lists.
                if chance(rng, 50) {
                    grant.action = *pick(rng, &item.actions);
                    grant.column = grant.column.filter(|_| grant.action.covers_columns());
                }
                Inside { item: place, grant }
            };
            let mut added: Vec<Inside> = grants.into_iter().map(entry).collect();
            let mut seen = Vec::new();
            // The same again would replace it.
            added.retain(|Inside { grant, .. }| {
                let key = (grant.action, grant.column.clone(), grant.grantee.clone());
                let first = !seen.contains(&key);
                seen.push(key);
                first
            });
            inside.append(&mut added);
        }
        inside
    }
}

/// What a package gives on an object: what it gives if nothing else is said, `All`, or anything that the kind has.
fn random_actions(kind: ObjectKind, rng: &mut Rng) -> Vec<Action> {
    let grantable = Action::grantable(kind);
    let often = rng.u32(20..60);
    let listed: Vec<Action> = match rng.u32(0..100) {
        0..50 => Action::shared(kind).to_vec(),
        50..62 => vec![Action::All],
        62..75 => grantable.iter().copied().filter(|action| matches!(action, Action::Download | Action::All)).collect(),
        _ => grantable.iter().copied().filter(|_| chance(rng, often)).collect(),
    };
    let listed = if listed.is_empty() { vec![*pick(rng, grantable)] } else { listed };
    grantable.iter().copied().filter(|action| listed.contains(action)).collect()
}
