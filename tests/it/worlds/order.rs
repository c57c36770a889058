//! The same world, made by the same statements in another order.

use std::sync::Arc;

use fastrand::Rng;

use super::{Policy, World};

impl World {
    /// Members, roles, entries, trust, label grants, exceptions and statements of policies in another order; objects keep their numbers.
    pub fn in_another_order(&self, rng: &mut Rng) -> Self {
        let mut world = self.clone();
        for project in &mut world.projects {
            rng.shuffle(&mut project.members);
            rng.shuffle(&mut project.roles);
            rng.shuffle(&mut project.trusts);
            rng.shuffle(&mut project.grants);
            rng.shuffle(&mut project.schema_grants);
            rng.shuffle(&mut project.levels);
            rng.shuffle(&mut project.exception);
            let policies = project.roles.iter_mut().map(|role| &mut role.policy).chain([&mut project.policy]);
            for policy in policies.flatten() {
                *policy = shuffled(policy, rng);
            }
            project.roles.iter_mut().for_each(|role| rng.shuffle(&mut role.users));
        }
        for table in &mut world.tables {
            rng.shuffle(&mut table.grants);
            rng.shuffle(&mut table.label_grants);
        }
        world.others.iter_mut().for_each(|other| rng.shuffle(&mut other.grants));
        world.schemas.iter_mut().for_each(|schema| rng.shuffle(&mut schema.grants));
        for installation in &mut world.installations {
            rng.shuffle(&mut installation.grants);
            rng.shuffle(&mut installation.inside);
            rng.shuffle(&mut installation.labels_inside);
        }
        world
    }
}

fn shuffled(policy: &Arc<Policy>, rng: &mut Rng) -> Arc<Policy> {
    let Some(statements) = policy.read() else { return Arc::clone(policy) };
    let mut statements = statements.to_vec();
    rng.shuffle(&mut statements);
    Arc::new(Policy::reading(statements))
}
