//! Packages, installations, and the objects beside tables, written era by era.

use odpsh::model::{ObjectId, ObjectKind, Principal, ProjectId};
use odpsh::store::{AclPlace, Package as StoredPackage, Write};
use rusqlite::Connection;

use super::MADE;
use super::label::level;
use crate::it::worlds::{Installation, Other, Package, Spot, World};

/// Writes the rows of a resource, function or instance themselves; its number.
pub fn insert_object(
    rows: &Connection,
    kind: ObjectKind,
    (project, schema, name): (ProjectId, &str, &str),
    owner: &Principal,
) -> ObjectId {
    let insert = "insert into object (project, schema, kind, name, owner, created) select ?1, ?5, ?2, ?3, id, 0 from account where key = ?4";
    rows.execute(insert, (project, kind.name(), name, owner.key(), schema)).expect("a free name");
    let id = ObjectId(rows.last_insert_rowid());
    let (columns, values) = match kind {
        ObjectKind::Resource => ("modified, type", "0, 'py'"),
        ObjectKind::Function => ("modified, class", "0, 'a.B'"),
        _ => ("job, statement, status", "'SQL', '', 'Success'"),
    };
    let insert = format!("insert into {}_object (id, {columns}) values (?1, {values})", kind.name());
    rows.execute(&insert, [id]).expect("a new number");
    id
}

impl World {
    /// Writes the rows of resources, functions and instances themselves.
    pub(super) fn write_others(&self, late: bool, rows: &Connection) {
        for other in self.others.iter().filter(|other| other.late == late) {
            let id = insert_object(rows, other.kind, (other.project, other.schema.as_str(), &other.name), &other.owner);
            assert_eq!(id, other.id, "numbers are given in the order in which objects are written");
        }
    }

    /// Makes the schemas of this era, with what is granted on them.
    pub(super) fn write_schemas(&self, late: bool, write: &Write<'_>) {
        for schema in self.schemas.iter().filter(|schema| schema.late == late) {
            let place = self.place_of(schema);
            assert!(write.create_schema(&place, &schema.owner, "", MADE).expect("a project"), "a free name");
            let made = write.schema(&place).expect("a state").expect("a schema").object();
            assert_eq!(made, self.schema_object(schema), "a schema is what it was written as");
            for grant in &schema.grants {
                write.grant(&made.clone().into(), grant).expect("a known grantee");
            }
        }
    }

    /// Drops those that are not there any more, with what is in them.
    pub(super) fn drop_schemas(&self, late: bool, write: &Write<'_>) {
        for schema in self.schemas.iter().filter(|schema| schema.late == late && !schema.alive) {
            let stored = write.schema(&self.place_of(schema)).expect("a state").expect("a schema");
            write.drop_schema(&stored, MADE).expect("not the schema of a project");
        }
    }

    /// Drops those that are not there any more.
    pub(super) fn drop_others(&self, late: bool, rows: &Connection) {
        for Other { id, .. } in self.others.iter().filter(|other| other.late == late && !other.alive) {
            rows.execute("delete from object where id = ?1", [id]).expect("a row");
        }
    }

    /// What is shared in this era: packages, what they list, who may install them, who did, and what is granted on that.
    pub(super) fn write_shared(&self, late: bool, write: &Write<'_>) {
        for (place, other) in self.others.iter().enumerate().filter(|(_, other)| other.late == late) {
            for grant in &other.grants {
                write.grant(&self.thing(Spot::Other(place)).into(), grant).expect("a known grantee");
            }
        }
        for package in self.packages.iter().filter(|package| package.late == late) {
            write.create_package(package.project, &package.name, MADE).expect("a free name");
        }
        for package in self.of_era(late) {
            let stored = stored(package, write);
            for (place, item) in package.items.iter().enumerate() {
                if self.is_item_late(package, place) == late {
                    write.add_to_package(&stored, &self.thing(item.object), &item.actions).expect("not listed yet");
                }
            }
            for (place, allowance) in package.allowed.iter().enumerate() {
                if package.is_allowance_late(place) == late {
                    write.allow_package(stored.id, allowance.project, level(allowance.label), MADE).expect("a package");
                }
            }
        }
        for installation in &self.installations {
            if installation.late == late {
                self.install(installation, write);
            }
            self.write_inside(installation, late, write);
        }
    }

    /// The packages that are there in this era.
    fn of_era(&self, late: bool) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(move |package| if late { package.alive } else { !package.late })
    }

    fn install(&self, installation: &Installation, write: &Write<'_>) {
        let package = &self.packages[installation.package];
        let stored = stored(package, write);
        write.install_package(installation.project, &stored, MADE).expect("not installed");
        let installed = write.installation(installation.project, package.project, &package.name).expect("a state");
        let object = installed.expect("an installation").object();
        assert_eq!(object, self.installed(installation), "an installation is what it was written as");
        for grant in &installation.grants {
            write.grant(&object.clone().into(), grant).expect("a known grantee");
        }
    }

    /// Entries are given once both are there, the installation and the item.
    fn write_inside(&self, installation: &Installation, late: bool, write: &Write<'_>) {
        let package = &self.packages[installation.package];
        for inside in &installation.inside {
            if (installation.late || self.is_item_late(package, inside.item)) == late {
                let object = self.thing(package.items[inside.item].object);
                let place = AclPlace { object, inside: Some(self.installed(installation)) };
                write.grant(&place, &inside.grant).expect("a known grantee");
            }
        }
        self.write_labels_inside(installation, late, write);
    }

    /// Ends what ends in this era.
    pub(super) fn end_shared(&self, late: bool, write: &Write<'_>) {
        for package in self.of_era(late) {
            let stored = stored(package, write);
            for (place, item) in package.items.iter().enumerate() {
                if item.removed && self.is_item_late(package, place) == late {
                    assert!(write.remove_from_package(stored.id, &self.thing(item.object)).expect("a state"), "listed");
                }
            }
            for (place, allowance) in package.allowed.iter().enumerate() {
                if allowance.ended && package.is_allowance_late(place) == late {
                    assert!(write.disallow_package(stored.id, allowance.project).expect("a state"), "allowed");
                }
            }
        }
        for installation in self.installations.iter().filter(|one| one.uninstalled && one.late == late) {
            write.uninstall_package(installation.id).expect("an installation");
        }
        for package in self.packages.iter().filter(|package| !package.alive && package.late == late) {
            write.drop_package(stored(package, write).id).expect("a package");
        }
    }
}

fn stored(package: &Package, write: &Write<'_>) -> StoredPackage {
    write.package(package.project, &package.name).expect("a state").expect("a package")
}
