//! FLW-1 to FLW-6, FLW-9, VIW-2, VIW-3, PTH-2, EXC-7, DLC-1: whether data may leave its project.

use odpsh::model::{Action, Identity, Object, ObjectKind, ProjectId};
use odpsh::security::{Access, Destination, Flow, Rights};

use super::{Asked, Hearing, Passed, Why};
use crate::it::worlds::Project;

impl Hearing<'_> {
    /// FLW-4: a flow from P is free if the destination is P, or P is not protected, or the destination project is in P's own
    /// trusted list, or an exception statement of P matches.
    pub(super) fn flow(&mut self, flow: &Flow) -> Passed {
        let world = self.world;
        let refused = Err((
            "FLW-4",
            Why::Protected { object: flow.source.to_string(), destination: flow.destination.to_string() },
        ));
        let Some(source) = world.project(flow.source.project.id) else { return refused };
        let to = match &flow.destination {
            Destination::Project(to) => Some(to.id),
            Destination::Local | Destination::External => None,
        };
        if to == Some(source.id) {
            self.say("FLW-4 stays in P", true);
            return Ok(());
        }
        // DLC-1: what Download was asked for instead of Select is not judged as a flow to the file.
        if flow.destination == Destination::Local && self.all_reads(flow, |asked| asked.instead) {
            self.say("DLC-1 no flow stage", true);
            return Ok(());
        }
        if !source.protected {
            let into_protected = to.and_then(|to| world.project(to)).is_some_and(|to| to.protected);
            self.say(if into_protected { "FLW-5 inflow" } else { "FLW-4 not protected" }, true);
            return Ok(());
        }
        if self.came_by_package(flow) {
            return Ok(());
        }
        let by = |kind| flow.source.kind == kind || flow.through.iter().any(|other| other.kind == kind);
        // FLW-6: by project id, as listed by the source.
        if to.is_some_and(|to| source.trusts.contains(&to)) {
            self.say("FLW-6 trusted", true);
            return Ok(());
        }
        let excepted = self.excepted(flow, source);
        for (kind, sentence) in [
            (ObjectKind::Resource, "FLW-3 resources read"),
            (ObjectKind::Function, "FLW-3 functions called"),
            (ObjectKind::Instance, "FLW-9 results, when they are fetched"),
        ] {
            if by(kind) {
                self.say(sentence, excepted);
            }
        }
        if flow.through.last().is_some_and(|last| matches!(last.kind, ObjectKind::Resource | ObjectKind::Function)) {
            self.say("FLW-3 a table used as a resource, or by a function", excepted);
        }
        if excepted {
            self.say("EXC-7 excepted, whatever the destination", true);
            return Ok(());
        }
        self.refuse_flow(flow, source, to);
        refused
    }

    /// PTH-2: for what came by the package path no flow check, whatever the destination. VIW-3: a packaged view exempts base
    /// tables of the creator project only, and none that a view of another project in between reads. PTH-1: each path is judged
    /// whole, so a view of that project that came by no package is checked, although what is behind it came to its owner by
    /// one. FLW-9: an instance's result is judged as if what it read were read now.
    fn came_by_package(&mut self, flow: &Flow) -> bool {
        let by_package = Asked::is_by_packages;
        let home = flow.source.project.id;
        let direct = self.all_reads(flow, by_package) || self.read_by_package(&flow.source, &flow.through);
        let way: Vec<Object> = flow.through.iter().chain([&flow.source]).cloned().collect();
        for (place, object) in way.iter().enumerate() {
            let (before, at_home) = (&way[..place], object.project.id == home);
            let shared = self.all_reads_of(object, before.last(), by_package) || self.read_by_package(object, before);
            if shared && place < flow.through.len() {
                let sentence = match (object.kind, at_home) {
                    (ObjectKind::Instance, true) => "VIW-3 of a packaged instance, tables of its project",
                    (ObjectKind::Instance, false) => "VIW-3 of a packaged instance, no others",
                    (_, true) => "VIW-3 base tables of the creator project",
                    (_, false) => "VIW-3 of the creator project only",
                };
                self.say(sentence, at_home);
            }
            // What a view of the same project leads to came with that view.
            if !at_home || before.last().is_some_and(|view| view.project.id == home) {
                continue;
            }
            if !shared {
                let last = place == flow.through.len();
                if direct && !last {
                    self.say("PTH-1 each path is judged whole", false);
                }
                if self.all_reads_of(object, before.last(), |asked| asked.rest().is_none()) {
                    self.say("PTH-1 a column needs the own path: all flows are judged", false);
                }
                if self.all_reads(flow, |asked| asked.shared.is_partial()) {
                    self.say("PTH-2 only what came by the package", false);
                }
                return false;
            }
        }
        if self.all_reads(flow, by_package) {
            self.say("PTH-2 no flow check", true);
        } else if direct {
            self.say("PTH-2 no flow check of a result", true);
        }
        true
    }

    /// FLW-9: whether a package would let what an instance's result was made of be read now, by whoever the query read it for.
    /// FLW-2a: what is derived from the data of an object that the statement does not read is freed by a package that lists what
    /// reads it.
    fn read_by_package(&mut self, object: &Object, way: &[Object]) -> bool {
        let views = match way {
            [] => way,
            [first, views @ ..] if first.kind == ObjectKind::Instance => views,
            _ => return false,
        };
        if views.iter().any(|view| view.kind != ObjectKind::View) {
            return false;
        }
        // What the statement reads itself is judged as such; so are rights on what a result was made of, where download control
        // asks for them (DLC-1).
        let asked = self.is_read(object, way.last());
        let action = match object.kind {
            _ if asked => return false,
            ObjectKind::Table | ObjectKind::View => Action::Select,
            ObjectKind::Resource => Action::Read,
            ObjectKind::Function => Action::Execute,
            _ => return false,
        };
        let rights = views
            .last()
            .map_or(Rights::Invoker, |view| Rights::Definer { owner: view.owner.clone(), view: view.clone() });
        let access = Access { rights, ..Access::of(action, object.clone()) };
        let passes = self.by_package(&access).rest(&access.columns).is_none();
        if way.is_empty() {
            self.say("FLW-2a a package that lists what reads it", passes);
        }
        passes
    }

    fn all_reads(&self, flow: &Flow, are: impl Fn(&Asked) -> bool) -> bool {
        self.all_reads_of(&flow.source, flow.through.last(), are)
    }

    /// Whether an object is read, by the caller or inside this view, and all reads of it are like that.
    fn all_reads_of(&self, object: &Object, inside: Option<&Object>, are: impl Fn(&Asked) -> bool) -> bool {
        let mut all = self.reads_of(object, inside).into_iter().peekable();
        all.peek().is_some() && all.all(are)
    }

    fn is_read(&self, object: &Object, inside: Option<&Object>) -> bool {
        !self.reads_of(object, inside).is_empty()
    }

    fn reads_of(&self, object: &Object, inside: Option<&Object>) -> Vec<&Asked> {
        let reads = [Action::Select, Action::Read, Action::Execute, Action::Download];
        // FLW-9: an instance is no view, what its result was made of is judged as if it were read now.
        let inside = inside.filter(|view| view.kind != ObjectKind::Instance);
        let rights = |asked: &Asked| match &asked.access.rights {
            Rights::Invoker => inside.is_none(),
            Rights::Definer { view, .. } => inside == Some(view),
        };
        let read =
            |asked: &&Asked| reads.contains(&asked.access.action) && asked.access.object == *object && rights(asked);
        self.asked.iter().flatten().filter(read).collect()
    }

    /// What did not help.
    fn refuse_flow(&mut self, flow: &Flow, source: &Project, to: Option<ProjectId>) {
        let world = self.world;
        self.say("FLW-4 protected", false);
        if source.owner == self.request.principal {
            self.say("FLW-1 the owner is not exempt", false);
        }
        match to.and_then(|to| world.project(to)) {
            Some(to) => {
                if to.trusts.contains(&source.id) {
                    self.say("FLW-6 one-way", false);
                }
                let friends = source.trusts.iter().filter_map(|id| world.project(*id));
                if friends.into_iter().any(|friend| friend.trusts.contains(&to.id)) {
                    self.say("FLW-6 never transitive", false);
                }
                let old = source.trusted_once.iter().any(|id| world.reference(*id).name == to.name);
                if old {
                    self.say("ACC-11 a new project inherits no trust", false);
                }
            }
            None if !source.trusts.is_empty() => self.say("FLW-6 never local or external", false),
            None => {}
        }
        for view in flow.through.iter().filter(|view| view.project.id != source.id) {
            let elsewhere = world.project(view.project.id).is_some_and(|project| self.any_statement(project, view));
            if elsewhere {
                self.say("VIW-2 not in another project's policy", false);
            }
        }
    }

    /// VIW-2: an exception counts only in the policy of that table's project, and only on the base table or on a view of
    /// that same project; not on one that reads it through a view of another. FLW-9: or on the instance itself.
    fn excepted(&mut self, flow: &Flow, source: &Project) -> bool {
        if source.exception.is_empty() {
            return false;
        }
        // FLW-9a: what is gone has no name any more.
        let is_there = |object: &Object| object.id != Identity::Gone;
        if is_there(&flow.source) && self.any_statement(source, &flow.source) {
            return true;
        }
        let foreign = flow.through.iter().rposition(|view| view.project.id != source.id).map_or(0, |place| place + 1);
        for (place, view) in flow.through.iter().enumerate().filter(|(_, view)| view.project.id == source.id) {
            if place < foreign && view.kind != ObjectKind::Instance {
                continue;
            }
            if self.any_statement(source, view) {
                let on_instance = view.kind == ObjectKind::Instance;
                self.say(
                    if on_instance { "FLW-9 may name the instance" } else { "VIW-2 on a view of that project" },
                    true,
                );
                return true;
            }
        }
        self.near_misses(flow, source);
        false
    }
}
