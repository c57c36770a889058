//! Labels, levels and label grants as facts in memory, and in a state.

use std::sync::Arc;

use odpsh::model::{ColumnId, Labels, Level, Table as StoredTable};
use odpsh::security::MemoryFacts;
use odpsh::store::{AclPlace, Write};

use crate::it::worlds::{Installation, Project, Spot, Table, World};

/// The level of this number.
pub(super) fn level(number: u8) -> Level {
    Level::new(number).expect("a level")
}

impl World {
    /// Labels and levels of what is there.
    pub(super) fn put_labels(&self, facts: &mut MemoryFacts) {
        for project in self.projects.iter().filter(|project| project.alive) {
            let levels = project.levels.iter().map(|(grantee, number)| ((project.id, grantee.clone()), level(*number)));
            facts.levels.extend(levels);
        }
        for (place, table) in self.tables.iter().enumerate().filter(|(_, table)| table.alive) {
            let key = MemoryFacts::object_key(&self.thing(Spot::Table(place)));
            let columns = table.columns.iter().zip(&table.column_labels);
            let columns = columns.map(|(name, own)| (name.clone(), own.map(level))).collect();
            facts
                .labels
                .insert(key, Arc::new(Labels { table: level(table.label), columns, partition_columns: Vec::new() }));
            facts.label_grants.insert(key, table.label_grants.clone());
        }
    }

    /// Sets the labels that were set since tables were cloned, on the source or on the clone.
    pub(super) fn label_anew(&self, late: bool, write: &Write<'_>) {
        let of_era = self.tables.iter().enumerate().filter(|(_, table)| table.late == late);
        for (place, table) in of_era.filter(|(_, table)| table.relabelled || table.labels_when_cloned.is_some()) {
            let made = write.table_of(&self.object(place)).expect("a state").expect("a table");
            table.set_labels(table.label, &table.column_labels, &made, write);
        }
    }

    /// Label grants are given once both are there, the installation and the item.
    pub(super) fn write_labels_inside(&self, installation: &Installation, late: bool, write: &Write<'_>) {
        let package = &self.packages[installation.package];
        for inside in &installation.labels_inside {
            let Spot::Table(table) = package.items[inside.item].object else { continue };
            if (installation.late || self.is_item_late(package, inside.item)) == late {
                let place = AclPlace { object: self.object(table), inside: Some(self.installed(installation)) };
                let stored = write.table_of(&place.object).expect("a state").expect("a table");
                let column = inside.grant.column.as_deref().map(|name| column(&stored, name));
                write.grant_label(&place, column, &inside.grant).expect("a known grantee");
            }
        }
    }
}

impl Project {
    pub(super) fn write_levels(&self, write: &Write<'_>) {
        for (grantee, number) in &self.levels {
            write.set_level(self.id, grantee, level(*number)).expect("a known grantee");
        }
    }
}

impl Table {
    /// The labels that it has when it is made, or cloned; a clone comes with those of its source. And the label grants on it.
    pub(super) fn write_labels(&self, made: &StoredTable, write: &Write<'_>) {
        if let Some((label, columns)) = &self.labels_when_cloned {
            self.set_labels(*label, columns, made, write);
        } else if self.clone_of.is_none() {
            self.set_labels(self.label, &self.column_labels, made, write);
        }
        for grant in &self.label_grants {
            let column = grant.column.as_deref().map(|name| column(made, name));
            write.grant_label(&made.object().into(), column, grant).expect("a known grantee");
        }
    }

    fn set_labels(&self, label: u8, columns: &[Option<u8>], made: &StoredTable, write: &Write<'_>) {
        write.set_label(made.id, None, level(label)).expect("a table");
        for (name, own) in self.columns.iter().zip(columns) {
            if let Some(own) = own {
                write.set_label(made.id, Some(column(made, name)), level(*own)).expect("a column");
            }
        }
    }
}

fn column(table: &StoredTable, name: &str) -> ColumnId {
    table.all_columns().find(|column| column.name == name).expect("a column").id
}
