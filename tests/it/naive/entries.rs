//! ACC-9, SCH-2: which ACL entries count for an object, and for whom.

use odpsh::model::{Grant, Grantee, Object, ObjectKind, Principal};
use odpsh::security::Access;

use super::access::IN_SCHEMA;
use super::project::belongs;
use crate::it::worlds::{Installation, Project, Schema, World};

/// The entries on an object; an object that is gone has none, whatever it had (ACC-9).
pub(super) fn grants_on<'w>(world: &'w World, object: &Object) -> &'w [Grant] {
    match object.kind {
        ObjectKind::Project => world.project(object.project.id).map_or(&[], |project| &project.grants),
        ObjectKind::Schema if object.name == "default" => {
            world.project(object.project.id).map_or(&[], |project| &project.schema_grants)
        }
        ObjectKind::Schema => {
            let is = |schema: &&Schema| object.id.known() == Some(schema.id) && schema.alive;
            world.schemas.iter().find(is).map_or(&[], |schema| &schema.grants)
        }
        ObjectKind::Package => {
            // PKG-3: drop and uninstall delete the Read grants.
            let there = |installation: &&Installation| {
                object.id.known() == Some(installation.id)
                    && !installation.uninstalled
                    && world.packages[installation.package].alive
            };
            world.installations.iter().find(there).map_or(&[], |installation| &installation.grants)
        }
        _ => world.spot(object).map_or(&[], |spot| world.entries(spot)),
    }
}

/// SCH-2: the entries on the schema that making or listing in a project without naming a schema is about as well, and on the project that one on a schema is.
pub(super) fn schema_grants_for<'w>(world: &'w World, access: &Access) -> &'w [Grant] {
    let project = world.project(access.object.project.id).filter(|_| IN_SCHEMA.contains(&access.action));
    match (project, access.object.kind) {
        (Some(project), ObjectKind::Project) if access.managed.is_in_default => &project.schema_grants,
        (Some(project), ObjectKind::Schema) => &project.grants,
        _ => &[],
    }
}

/// Whether an entry is for this user or a role of this user.
pub(super) fn received(grant: &Grant, who: &Principal, project: &Project) -> bool {
    match &grant.grantee {
        Grantee::User(user) => user == who,
        Grantee::Role(role) => belongs(project, who) && project.holders(role.as_str()).any(|user| user == who),
    }
}
