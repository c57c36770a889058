//! Random schemas, and what is in them.

use fastrand::Rng;
use odpsh::model::{ObjectId, ObjectKind, ProjectId, SchemaName};

use crate::it::worlds::schema::Schema;
use crate::it::worlds::{Spot, World, chance, pick};

/// One is called as a project.
const NAMES: [&str; 3] = ["s", "t", "prj_b"];

impl World {
    /// Schemas of the projects that are there, and some of their tables, resources and functions in them: mostly under names that others have
    /// in `default`.
    pub(super) fn add_schemas(&mut self, rng: &mut Rng) {
        for id in self.living() {
            for name in NAMES.iter().filter(|_| chance(rng, 45)).collect::<Vec<_>>() {
                let gone = chance(rng, 20);
                self.add_schema(id, name, (!gone, false), rng);
                if gone && chance(rng, 85) {
                    self.add_schema(id, name, (true, true), rng);
                }
            }
        }
        for spot in self.spots().collect::<Vec<_>>() {
            if self.thing(spot).kind.is_in_schema() && chance(rng, 45) {
                self.put_into_a_schema(spot, rng);
            }
        }
    }

    fn add_schema(&mut self, project: ProjectId, name: &str, (alive, late): (bool, bool), rng: &mut Rng) {
        let owner = self.random_owner(project, rng);
        let grants = self.random_grants(ObjectKind::Schema, &[], 9, rng);
        let name = SchemaName::new(name);
        self.schemas.push(Schema { id: ObjectId(0), project, name, owner, alive, late, grants });
    }

    fn put_into_a_schema(&mut self, spot: Spot, rng: &mut Rng) {
        let object = self.thing(spot);
        let fitting: Vec<&Schema> = self.schemas.iter().filter(|one| one.project == object.project.id).collect();
        let fitting: Vec<&Schema> = fitting.into_iter().filter(|schema| self.fits_into(spot, schema)).collect();
        if fitting.is_empty() {
            return;
        }
        let schema = pick(rng, &fitting).name.clone();
        let family = object.kind.grants_as();
        let others: Vec<Spot> = self.spots().filter(|other| *other != spot).collect();
        let others = others.into_iter().map(|other| (other, self.thing(other)));
        let others = others.filter(|(_, other)| other.project == object.project && other.kind.grants_as() == family);
        let others: Vec<_> = others.collect();
        let names: Vec<&str> =
            others.iter().map(|(_, other)| other.name.as_str()).chain([object.name.as_str()]).collect();
        let name = if chance(rng, 70) { pick(rng, &names).to_string() } else { object.name.to_string() };
        // Two of one name are there one after the other only.
        let follows = |first: Spot, second: Spot| !self.is_there(first) && self.is_late(second);
        let collides = |other: Spot| !follows(other, spot) && !follows(spot, other);
        let mut namesakes = others.iter().filter(|(_, other)| other.schema == schema && other.name == name);
        if namesakes.any(|(other, _)| collides(*other)) {
            return;
        }
        match spot {
            Spot::Table(place) => (self.tables[place].schema, self.tables[place].name) = (schema, name),
            Spot::Other(place) => (self.others[place].schema, self.others[place].name) = (schema, name),
        }
    }
}
