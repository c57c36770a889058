//! Requests about schemas: what may be done with one and in one, and what its owner may grant.

use odpsh::model::{Action, Grantee, Object, ObjectKind, Place, RoleName, SchemaName};
use odpsh::security::{Access, Request, Requirement};

use super::Asker;
use crate::it::worlds::schema::Schema;
use crate::it::worlds::{Spot, chance, pick};

impl Asker<'_> {
    pub(super) fn on_schema(&mut self, request: &mut Request) {
        let world = self.world;
        if world.schemas.is_empty() {
            return request.requirements.push(Requirement::Member("a test"));
        }
        let schema = pick(&mut self.rng, &world.schemas);
        match self.rng.u32(0..10) {
            0..6 => self.of_schema(request, schema),
            _ => self.in_schema(request, schema),
        }
    }

    /// Somebody who has to do with a schema, in its project.
    fn at_schema(&mut self, request: &mut Request, schema: &Schema) {
        let (world, rng) = (self.world, &mut self.rng);
        let project = &world.projects[super::super::place(schema.project)];
        let granted = schema.grants.iter().flat_map(|grant| match &grant.grantee {
            Grantee::User(user) => vec![user],
            Grantee::Role(role) => project.holders(role.as_str()).collect(),
        });
        let granted: Vec<_> = granted.collect();
        request.principal = match rng.u32(0..100) {
            0..35 => schema.owner.clone(),
            35..70 if !granted.is_empty() => (*pick(rng, &granted)).clone(),
            70..90 if !project.members.is_empty() => pick(rng, &project.members).clone(),
            _ => pick(rng, &world.people).clone(),
        };
        if chance(rng, 90) {
            request.current = Some(world.reference(schema.project));
        }
    }

    /// An action on a schema, or on one that never was.
    fn of_schema(&mut self, request: &mut Request, schema: &Schema) {
        self.at_schema(request, schema);
        let object = match chance(&mut self.rng, 8) {
            true => Object::unknown(ObjectKind::Schema, self.world.reference(schema.project), "s77"),
            false => self.world.schema_object(schema),
        };
        let action = match chance(&mut self.rng, 25) {
            true => *pick(&mut self.rng, Action::asked_of(ObjectKind::Schema)),
            false => *pick(&mut self.rng, Action::grantable(ObjectKind::Schema)),
        };
        request.requirements.push(Access::of(action, object).into());
    }

    /// What its owner may do with what is in it, and what not.
    fn in_schema(&mut self, request: &mut Request, schema: &Schema) {
        let world = self.world;
        let is_in = |spot: &Spot| {
            let object = world.thing(*spot);
            object.project.id == schema.project && object.schema == schema.name
        };
        let spots: Vec<Spot> = world.spots().filter(is_in).collect();
        self.at_schema(request, schema);
        let object = match spots.as_slice() {
            [] => {
                let place = Place { project: world.reference(schema.project), schema: schema.name.clone() };
                let place =
                    if chance(&mut self.rng, 20) { Place { schema: SchemaName::new("s77"), ..place } } else { place };
                Object::unknown_in(ObjectKind::Table, place, "t77")
            }
            spots => world.thing(*pick(&mut self.rng, spots)),
        };
        let granting = [Action::GrantPrivs, Action::GrantPrivs, Action::RevokePrivs, Action::ShowAclGrants];
        let action = match chance(&mut self.rng, 70) {
            true => *pick(&mut self.rng, &granting),
            false => *pick(&mut self.rng, Action::asked_of(object.kind)),
        };
        let project = object.project.clone();
        request.requirements.push(Access::of(action, object).into());
        if action == Action::GrantPrivs {
            let rng = &mut self.rng;
            let grantee = match chance(rng, 70) {
                true => Grantee::User(pick(rng, &world.people).clone()),
                false => Grantee::Role(RoleName::new("dev")),
            };
            request.requirements.push(Requirement::GrantTo { project, grantee });
        }
    }
}
