//! Random policies of projects and roles.

use std::sync::Arc;

use fastrand::Rng;
use odpsh::model::{Object, ObjectKind, RoleName};

use super::NOW;
use crate::it::worlds::policy::{DESK, Material};
use crate::it::worlds::{Policy, Role, World, chance, pick};

impl World {
    /// Policies of projects that are there or were, and of the roles that are not built in.
    pub(super) fn add_policies(&mut self, rng: &mut Rng) {
        for place in 0..self.projects.len() {
            let objects = self.objects_of(place, rng);
            let people = self.people.clone();
            let material =
                |of_project| Material { people: &people, objects: &objects, now: NOW, of_project, manages: false };
            let project = &mut self.projects[place];
            project.uses_policy = chance(rng, 80);
            project.policy = chance(rng, 45).then(|| Arc::new(Policy::random(rng, &material(true))));
            for role in project.roles.iter_mut().filter(|role| !role.name.is_built_in()) {
                role.policy = chance(rng, 35).then(|| Arc::new(Policy::random(rng, &material(false))));
            }
        }
    }

    /// A custom role of administrator type in most projects; it receives nothing but its policy (ADM-3).
    pub(super) fn add_administrators(&mut self, rng: &mut Rng) {
        for place in 0..self.projects.len() {
            if chance(rng, 30) {
                continue;
            }
            let objects = self.objects_of(place, rng);
            let people = self.people.clone();
            let material = Material { people: &people, objects: &objects, now: NOW, of_project: false, manages: true };
            let users = people.iter().filter(|_| chance(rng, 30)).cloned().collect();
            let policy = chance(rng, 90).then(|| Arc::new(Policy::random(rng, &material)));
            let name = RoleName::new(DESK);
            self.projects[place].roles.push(Role { name, is_administrator: true, users, policy });
        }
    }

    /// What policies of a project may name: everything in it, things that never were, and now and then something of another project.
    pub(in crate::it::worlds) fn objects_of(&self, place: usize, rng: &mut Rng) -> Vec<Object> {
        let project = self.projects[place].id;
        let mut objects = Vec::new();
        for spot in self.spots() {
            let object = self.thing(spot);
            if object.project.id == project || chance(rng, 4) {
                objects.push(object);
            }
        }
        let installed = self.installations.iter().filter(|one| one.project == project);
        objects.extend(installed.map(|installation| self.installed(installation)));
        let schemas = self.schemas.iter().filter(|schema| schema.project == project);
        objects.extend(schemas.map(|schema| self.schema_object(schema)));
        let own = self.project_object(project);
        objects.extend([own.default_schema(), own.clone(), own]);
        let reference = self.reference(project);
        let (kind, name) = *pick(rng, &[(ObjectKind::Table, "t77"), (ObjectKind::Resource, "x77")]);
        objects.push(Object::unknown(kind, reference.clone(), name));
        objects.push(Object::unknown(ObjectKind::Table, reference, "t99"));
        objects
    }
}
