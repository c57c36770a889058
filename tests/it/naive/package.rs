//! PTH-1 to PTH-3, PKG-2, PKG-3, SWI-1: what installed packages allow of an access.

use std::collections::BTreeSet;

use odpsh::model::{Action, Grant, Object, ObjectKind, Principal};
use odpsh::security::{Access, Columns, Rights};

use super::Hearing;
use super::entries::received;
use super::project::{holds_built_in, is_member};
use crate::it::worlds::{Inside, Installation, Item, Package, Project, Spot};

/// What the package path allows of an access.
#[derive(Debug, Clone, Default)]
pub(super) struct ByPackage {
    pub(super) whole: bool,
    pub(super) columns: BTreeSet<String>,
}

/// Why a subject may use what a package lists, or may not.
pub(super) enum Ground {
    /// The action is not listed.
    NotListed,
    /// Not a member of the project that installed it.
    Stranger,
    /// Owner, Super_Administrator or Admin of the installing project.
    Manages,
    /// A Deny of Read on the package.
    Denied,
    /// Read on the package.
    Read,
    /// Read on the package by a policy.
    Policy,
    /// Entries inside of it, for these columns or for all.
    Inside(ByPackage),
    /// There are entries, and they are ignored.
    Ignored,
    /// There were entries.
    Ended,
    Nothing,
}

impl ByPackage {
    /// What is left for the own path: one passing path per referenced column is enough (PTH-1).
    pub(super) fn rest(&self, asked: &Columns) -> Option<Columns> {
        if self.whole {
            return None;
        }
        let Columns::Read(asked) = asked else { return Some(Columns::Whole) };
        let rest: BTreeSet<String> = asked.iter().filter(|column| !self.columns.contains(*column)).cloned().collect();
        // `count(*)` needs at least one column (ACC-5).
        let done = if asked.is_empty() { !self.columns.is_empty() } else { rest.is_empty() };
        (!done).then_some(Columns::Read(rest))
    }

    /// Whether it allows some columns.
    pub(super) fn is_partial(&self) -> bool {
        !self.whole && !self.columns.is_empty()
    }

    fn passes(&self) -> bool {
        self.whole || !self.columns.is_empty()
    }
}

impl<'w> Hearing<'w> {
    /// What all packages together allow: each path is judged whole, and one is enough.
    pub(super) fn by_package(&mut self, access: &Access) -> ByPackage {
        let world = self.world;
        let mut all = ByPackage::default();
        let Some(current) = self.request.current.as_ref().and_then(|current| world.project(current.id)) else {
            return all;
        };
        if current.id == access.object.project.id || !of_type(access.object.kind).contains(&access.action) {
            return all;
        }
        let Some(spot) = world.spot(&access.object) else { return all };
        for installation in &world.installations {
            let package = &world.packages[installation.package];
            for (place, item) in package.items.iter().enumerate() {
                if item.object != spot {
                    self.hear_of_namesake(access, installation, package, item);
                    continue;
                }
                let ground = self.ground(access, installation, place);
                if let Some(state) = self.is_over(installation, item, current) {
                    if !matches!(ground, Ground::NotListed | Ground::Nothing | Ground::Stranger) {
                        self.say(state, false);
                    }
                    continue;
                }
                self.hear(access, item, &ground);
                self.hear_of_policies(access, installation, place, &ground);
                match ground {
                    Ground::Manages | Ground::Read | Ground::Policy => all.whole = true,
                    Ground::Inside(some) => {
                        all.whole |= some.whole;
                        all.columns.extend(some.columns);
                    }
                    Ground::NotListed
                    | Ground::Stranger
                    | Ground::Denied
                    | Ground::Ignored
                    | Ground::Ended
                    | Ground::Nothing => {}
                }
            }
        }
        all
    }

    /// PTH-3, PKG-3: the sentence by which an item of an installed package no longer counts, or not here.
    pub(super) fn is_over(&self, installation: &Installation, item: &Item, current: &Project) -> Option<&'static str> {
        let world = self.world;
        let package = &world.packages[installation.package];
        if installation.project != current.id {
            return Some("PTH-3 while the installing project is current");
        }
        if !package.alive {
            let same = |other: &Package| other.alive && other.project == package.project && other.name == package.name;
            let again = world.packages.iter().any(same);
            return Some(if again { "PKG-3 a re-created package is installed anew" } else { "PKG-3 dropped" });
        }
        if installation.uninstalled {
            return Some("PKG-3 uninstalled");
        }
        // `allow` again restores access.
        if !package.allowed.iter().any(|allowance| allowance.project == current.id && !allowance.ended) {
            return Some("PKG-3 disallowed");
        }
        item.removed.then_some("PKG-3 removed")
    }

    /// Whether an installed package would let the subject of an access have it.
    pub(super) fn ground(&self, access: &Access, installation: &Installation, place: usize) -> Ground {
        let world = self.world;
        let package = &world.packages[installation.package];
        let kind = access.object.kind;
        // PTH-2: for the actions listed in the package.
        if !package.items[place].actions.iter().any(|listed| stands_for(*listed, access.action, kind)) {
            return Ground::NotListed;
        }
        // VIW-1: inside a view's body the subject is the view's owner.
        let who = match &access.rights {
            Rights::Invoker => Some(&self.request.principal),
            Rights::Definer { owner, .. } => owner.as_ref(),
        };
        let Some(who) = who else { return Ground::Stranger };
        let Some(project) = world.project(installation.project) else { return Ground::Stranger };
        if !is_member(project, who) {
            return Ground::Stranger;
        }
        // A Deny of Read on it closes it to all but owner and Super_Administrator; everyone else needs Read by ACL or by a policy of that
        // project.
        let read = Access { rights: access.rights.clone(), ..Access::of(Action::Read, world.installed(installation)) };
        if self.would_be_denied(&read, who, project) {
            return Ground::Denied;
        }
        if manages(project, who) {
            return Ground::Manages;
        }
        if self.would_be_allowed(&read, who, project) {
            return Ground::Policy;
        }
        let reads: Vec<&Grant> = installation.grants.iter().filter(|grant| received(grant, who, project)).collect();
        let inside: Vec<&Grant> = installation
            .inside
            .iter()
            .filter(|inside| inside.item == place)
            .map(|inside| &inside.grant)
            .filter(|grant| received(grant, who, project) && stands_for(grant.action, access.action, kind))
            .collect();
        if reads.is_empty() && inside.is_empty() {
            return Ground::Nothing;
        }
        // SWI-1: Read on packages included.
        if !project.uses_acl {
            return Ground::Ignored;
        }
        // ACC-2: unexpired, conditions true.
        let valid = |grant: &&Grant| grant.expires.is_none_or(|end| self.now < end) && self.conditions_hold(grant);
        if reads.iter().any(valid) {
            return Ground::Read;
        }
        let inside: Vec<&Grant> = inside.into_iter().filter(valid).collect();
        let some = ByPackage {
            whole: inside.iter().any(|grant| grant.column.is_none()),
            columns: inside.iter().filter_map(|grant| grant.column.clone()).collect(),
        };
        if some.passes() { Ground::Inside(some) } else { Ground::Ended }
    }

    /// What the sentences say of a package that can be used here.
    fn hear(&mut self, access: &Access, item: &Item, ground: &Ground) {
        let read = "PTH-3 Read on the package";
        match ground {
            Ground::NotListed if access.action == Action::Download => self.say("PKG-2 Download only if listed", false),
            Ground::NotListed => self.say("PTH-2 the actions listed in the package", false),
            Ground::Stranger if matches!(access.rights, Rights::Definer { .. }) => {
                self.say("VIW-1 owner is no member where it is installed", false);
            }
            Ground::Stranger => {}
            Ground::Manages => self.say("PTH-3 who manages needs no Read", true),
            Ground::Denied => self.say("PTH-3 a Deny of Read on it", false),
            Ground::Read => self.say(read, true),
            Ground::Policy => self.say("PTH-3 Read by a policy", true),
            Ground::Inside(some) => {
                self.say("PTH-3 a fine-grained grant inside it", true);
                if some.is_partial() {
                    self.say("PTH-3 a grant inside it on columns", true);
                }
            }
            Ground::Ignored => self.say("SWI-1 Read on packages included", false),
            Ground::Ended => self.say("PTH-3 a fine-grained grant inside it", false),
            Ground::Nothing => self.say(read, false),
        }
        if !matches!(ground, Ground::Manages | Ground::Read | Ground::Policy | Ground::Inside(_)) {
            return;
        }
        self.say("PTH-2 the actions listed in the package", true);
        if access.action == Action::Download {
            self.say("PKG-2 Download only if listed", true);
        }
        let calls = access.object.kind == ObjectKind::Function && access.action == Action::Execute;
        if calls && !item.actions.iter().any(|action| matches!(action, Action::Execute | Action::All)) {
            self.say("PKG-2 Read on a function lets it be called", true);
        }
    }

    /// A Deny of Read closes it to all but owner and Super_Administrator, whatever would open it else.
    fn hear_of_policies(&mut self, access: &Access, installation: &Installation, place: usize, ground: &Ground) {
        let world = self.world;
        let (Some(who), Some(project)) = (access.subject(&self.request.principal), world.project(installation.project))
        else {
            return;
        };
        let read = Access { rights: access.rights.clone(), ..Access::of(Action::Read, world.installed(installation)) };
        match ground {
            Ground::Manages if self.is_exempt_from_deny(&read, who, project) => {
                self.say("PTH-3 to all but owner and Super_Administrator", true);
            }
            Ground::Denied => {
                if manages(project, who) {
                    self.say("PTH-3 a Deny of Read on it × Admin", false);
                }
                let inside = |inside: &&Inside| inside.item == place && received(&inside.grant, who, project);
                if installation.inside.iter().any(|one| inside(&one)) {
                    self.say("PTH-3 a Deny of Read on it × a fine-grained grant", false);
                }
            }
            _ => {}
        }
    }

    /// ACC-9: a new object of a name inherits no package entry of the old one.
    fn hear_of_namesake(&mut self, access: &Access, installation: &Installation, package: &Package, item: &Item) {
        let world = self.world;
        let here = self.request.current.as_ref().is_some_and(|current| current.id == installation.project);
        if !here || world.is_there(item.object) || installation.uninstalled || !package.alive {
            return;
        }
        let (old, new): (Object, &Object) = (world.thing(item.object), &access.object);
        let is_table = |spot: Spot| matches!(spot, Spot::Table(_));
        let same_kind = old.kind == new.kind || (is_table(item.object) && new.kind == ObjectKind::View);
        if same_kind && old.project == new.project && old.schema == new.schema && old.name == new.name {
            self.say("ACC-9 a new object inherits no package entry", false);
        }
    }
}

/// ACC-6: All stands for every action of the type except Download. PKG-2: Read on a function lets it be called.
fn stands_for(given: Action, asked: Action, kind: ObjectKind) -> bool {
    given == asked
        || (given == Action::All && asked != Action::Download)
        || (given == Action::Read && asked == Action::Execute && kind == ObjectKind::Function)
}

/// The actions of a type (PERM): a package lists these and nothing of management.
fn of_type(kind: ObjectKind) -> &'static [Action] {
    use Action::{All, Alter, Delete, Describe, Download, Drop, Execute, Read, Select, ShowHistory, Update, Write};
    match kind {
        ObjectKind::Table | ObjectKind::View => &[Download, Describe, Select, Alter, Update, Drop, ShowHistory, All],
        ObjectKind::Resource => &[Download, Read, Write, Delete, All],
        ObjectKind::Function => &[Download, Read, Write, Delete, Execute, All],
        ObjectKind::Instance => &[Download, Read, Write, All],
        // No projects as objects (PKG-2).
        ObjectKind::Project | ObjectKind::Package | ObjectKind::Schema => &[],
    }
}

/// PTH-3: owner, Super_Administrator and Admin of the installing project.
pub(super) fn manages(project: &Project, who: &Principal) -> bool {
    let holds = |role: &str| holds_built_in(project, role, who);
    project.owner == *who || holds("super_administrator") || holds("admin")
}
