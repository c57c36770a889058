//! What the sentences on labels say of a column, and which of them alone made the difference.

use odpsh::model::{Grantee, LabelGrant, ObjectKind, Principal};
use odpsh::security::{Columns, Rights};

use super::level::{granted, grantees, set};
use super::{Asked, Hearing, Levels, Reading, is_member};
use crate::it::naive::package::{Ground, manages};
use crate::it::worlds::{Project, Table};

impl<'w> Hearing<'w> {
    pub(super) fn hear_of_label(&mut self, reading: &Reading<'_, 'w>, levels: &Levels) {
        let Reading { asked, label, .. } = reading;
        let passes = levels.pass(*label);
        self.hear_of_order(reading, levels);
        if *label == 0 {
            return;
        }
        self.hear_whose(asked, levels, *label);
        if asked.instead {
            self.say("LAB-6 labels × Download", passes);
        }
        let of_result =
            |flow: &odpsh::security::Flow| flow.through.first().is_some_and(|by| by.kind == ObjectKind::Instance);
        if self.request.flows.iter().any(of_result) {
            self.say("FLW-9a labels of a result", passes);
        }
        match (levels.own, levels.packages) {
            (Some(own), Some(shared)) if own >= *label && shared < *label => {
                self.say("PTH-1 the own path where a label closes the package's", true);
            }
            (Some(own), Some(shared)) if own < *label && shared >= *label => {
                self.say("PTH-1 the package's path where a label closes the own", true);
            }
            _ => {}
        }
        let world = self.world;
        if let Some(who) = asked.access.subject(&self.request.principal).cloned() {
            if levels.own.is_some() {
                self.hear_of_own(reading, &who);
            }
            if !passes && manages(reading.project, &who) {
                self.say("LAB-2 nobody is exempt", false);
            }
        }
        for caller in self.asked_besides(&asked.access.rights) {
            if let Some(who) = caller.subject(&self.request.principal).cloned().filter(|_| !passes) {
                self.hear_of_sleep(&who, reading.project, reading.table, *label);
            }
        }
        if levels.packages.is_some() {
            self.hear_of_packages(reading);
        }
        // ACC-9: of what was dropped nothing is left.
        let old = world.tables.iter().find(|old| !old.alive && is_namesake(old, reading.table));
        if let Some(old) = old.filter(|_| !passes) {
            let all = old.label_grants.iter().any(|grant| grant.level.number() >= *label);
            if all {
                self.say("ACC-9 a new table inherits no label grants", false);
            }
        }
    }

    /// LAB-1: a column's own label before the table's. LAB-3: what is made anew has no label of the old.
    fn hear_of_order(&mut self, reading: &Reading<'_, 'w>, levels: &Levels) {
        let (table, label) = (reading.table, reading.label);
        let passes = levels.pass(label);
        if table.label != label && levels.pass(table.label) != passes {
            self.say("LAB-1 a column's own label before the table's", passes);
        }
        if label > 0
            && let Some(source) = table.clone_of.filter(|_| !table.relabelled)
        {
            self.say("LAB-3 a clone keeps the labels of its source", passes);
            if self.world.tables[source].labels_when_cloned.is_some() {
                self.say("LAB-3 whatever its source got since", passes);
            }
        }
        let old = self.world.tables.iter().find(|old| !old.alive && is_namesake(old, table));
        if old.is_some_and(|old| passes && !levels.pass(self.label_of(old, reading.column))) {
            self.say("LAB-3 what is made anew has no label of the old", true);
        }
    }

    /// LAB-6: whose level it is.
    fn hear_whose(&mut self, asked: &Asked, levels: &Levels, label: u8) {
        let passes = levels.subject() >= label;
        let sentence = match (&asked.access.rights, asked.access.object.kind) {
            (Rights::Invoker, ObjectKind::View) => "LAB-6 the caller's for the view's own columns",
            (Rights::Invoker, _) => "LAB-1 the level of who reads",
            (Rights::Definer { view, .. }, _) if view.kind == ObjectKind::View => "LAB-6 the owner's inside a view",
            (Rights::Definer { .. }, _) => "LAB-6 the maker's behind functions and table resources",
        };
        self.say(sentence, passes);
        if passes && let [makers @ .., caller] = levels.callers.as_slice() {
            self.say("LAB-6 the caller's behind functions and table resources", *caller >= label);
            if !makers.is_empty() && *caller >= label {
                let all = makers.iter().all(|level| *level >= label);
                self.say("LAB-6 the maker's of a function that uses a table resource", all);
            }
        }
    }

    fn hear_of_own(&mut self, reading: &Reading<'_, 'w>, who: &Principal) {
        let Reading { project, table, column, label, .. } = reading;
        let now = self.now;
        let grants: Vec<&LabelGrant> = table.label_grants.iter().collect();
        let level = self.own_level(who, project, table, column);
        let passes = level >= *label;
        let alone = Grantee::User(who.clone());
        let of_all = |of: &dyn Fn(&Grantee) -> u8| grantees(project, who).iter().map(of).max().unwrap_or_default();
        let by_levels = of_all(&|grantee| set(project, grantee));
        let by_itself = set(project, &alone).max(granted(&grants, &alone, column, now));
        if passes && set(project, &alone) >= *label {
            self.say("LAB-1 its own level", true);
        }
        if passes && by_itself < *label {
            self.say(
                if by_levels >= *label { "LAB-1 the level of a role" } else { "LAB-1 a label grant of a role" },
                true,
            );
        }
        let on_column = |grantee: &Grantee| {
            grants.iter().any(|grant| {
                grant.grantee == *grantee
                    && grant.column.as_deref() == Some(*column)
                    && grant.expires.is_none_or(|end| now < end)
            })
        };
        let on_table_alone: Vec<&LabelGrant> = grants.iter().copied().filter(|grant| grant.column.is_none()).collect();
        let by_table = of_all(&|grantee| granted(&on_table_alone, grantee, column, now));
        if passes && by_levels < *label {
            let by_column =
                of_all(&|grantee| if on_column(grantee) { granted(&grants, grantee, column, now) } else { 0 });
            self.say(
                if by_column >= *label {
                    "LAB-1 a label grant on the column"
                } else {
                    "LAB-1 a label grant on the table"
                },
                true,
            );
            if by_table < *label {
                self.say("LAB-5 a grant on a column goes before one on the table", true);
            }
        }
        if passes {
            return;
        }
        if by_table >= *label {
            self.say("LAB-5 a grant on a column goes before one on the table", false);
        }
        let ended = |grant: &&LabelGrant| {
            grant.expires.is_some_and(|end| end <= now)
                && grant.level.number() >= *label
                && grant.column.as_deref().is_none_or(|on| on == *column)
                && grantees(project, who).contains(&grant.grantee)
        };
        if grants.iter().any(ended) {
            self.say("LAB-1 a valid label grant", false);
        }
    }

    /// ACC-9: what somebody holds who is no member sleeps.
    pub(super) fn hear_of_sleep(&mut self, who: &Principal, project: &Project, table: &Table, label: u8) {
        let asleep = |grant: &LabelGrant| grant.grantee == Grantee::User(who.clone()) && grant.level.number() >= label;
        if !is_member(project, who) && table.label_grants.iter().any(asleep) {
            self.say("ACC-9 label grants of who is no member sleep", false);
        }
    }

    fn hear_of_packages(&mut self, reading: &Reading<'_, 'w>) {
        let world = self.world;
        let access = &reading.asked.access;
        let (label, column) = (reading.label, reading.column);
        let Some(current) = self.request.current.as_ref().and_then(|current| world.project(current.id)) else { return };
        for installation in &world.installations {
            let items = &world.packages[installation.package].items;
            for (place, item) in items.iter().enumerate() {
                if Some(item.object) != world.spot(&access.object)
                    || self.is_over(installation, item, current).is_some()
                {
                    continue;
                }
                let Some(using) = self.using_label(installation) else { continue };
                match self.ground(access, installation, place) {
                    Ground::Manages | Ground::Read | Ground::Policy => {
                        self.say("LAB-4 the `using label` of the allow statement", using >= label);
                    }
                    Ground::Inside(some) if some.whole || some.columns.contains(column) => {
                        let raised = self.level_inside(access, installation, place, column);
                        self.say("LAB-4 raised by label grants inside the package", raised.min(using) >= label);
                        if raised == 0 {
                            self.say("LAB-4 who comes by a fine-grained grant has 0", false);
                        }
                        if raised >= label && using < label {
                            self.say("LAB-4 at most to the `using label`", false);
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// LAB-6: `count(*)` reads no column.
    pub(super) fn hear_of_count(&mut self, asked: &Asked, project: &'w Project, table: &'w Table) {
        let Columns::Read(none) = &asked.access.columns else { return };
        if !none.is_empty() || !project.checks_labels {
            return;
        }
        let Some(who) = asked.access.subject(&self.request.principal) else { return };
        let above = |column: &String| self.label_of(table, column) > self.own_level(who, project, table, column);
        if table.columns.iter().all(above) {
            self.say("LAB-6 count(*) reads none", true);
        }
    }
}

/// Whether a table has the name that another one had.
fn is_namesake(old: &Table, new: &Table) -> bool {
    (old.project, &old.schema, &old.name) == (new.project, &new.schema, &new.name)
}
