//! A world as facts in memory, and as a state file.

mod label;
mod share;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::sync::Arc;

use odpsh::model::{
    Column, ColumnId, DataType, PolicyHolder, Project as ModelProject, Property, RoleKind, RoleName,
    SecurityConfiguration, Share, Status, TableKind, Time,
};
use odpsh::policy::Profile;
use odpsh::security::MemoryFacts;
use odpsh::store::{Durability, NewTable, StatePath, Store, Write};
use rusqlite::Connection;
use tempfile::TempDir;

use label::level;
pub use share::insert_object;

use super::{Addresses, Installation, Policy, Project, Role, Statement, Table, Vpc, World};

/// When everything was made.
const MADE: Time = Time(1_600_000_000_000);

/// A state, and the folder that it goes with.
pub struct State {
    store: Store,
    _folder: TempDir,
}

impl Deref for State {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl World {
    /// The world in memory.
    pub fn memory(&self) -> MemoryFacts {
        let mut facts = MemoryFacts { accounts: BTreeSet::from_iter(self.people.clone()), ..Default::default() };
        for project in self.projects.iter().filter(|project| project.alive) {
            let id = project.id;
            facts.projects.insert(id, Arc::new(project.model()));
            facts.members.extend(project.members.iter().map(|member| ((id, member.clone()), MADE)));
            let administrators = project.roles.iter().filter(|role| role.is_administrator);
            facts.administrator_roles.extend(administrators.map(|role| (id, role.name.clone())));
            facts.roles.extend(project.roles.iter().map(|role| ((id, role.name.clone()), role.users.clone())));
            let held =
                project.tenant.iter().map(|role| ((project.owner.clone(), role.name.clone()), role.users.clone()));
            facts.tenant_roles.extend(held);
            let added = project.tenant.iter().filter(|role| role.is_added).map(|role| role.name.clone());
            facts.tenant_roles_in.insert(id, added.collect());
            facts.trusted.extend(project.trusts.iter().map(|trusted| ((id, *trusted), MADE)));
            facts.policies.extend(project.policies().chain(project.tenant_policies()).map(|(holder, policy)| {
                let profile = match holder {
                    PolicyHolder::Project => Profile::Project,
                    PolicyHolder::Role(ref role) if project.is_administrator(role) => Profile::AdministratorRole,
                    PolicyHolder::Role(_) => Profile::ResourceRole,
                    PolicyHolder::TenantRole(_) => Profile::TenantRole,
                };
                ((id, holder), policy.compiled(profile, &project.name).clone())
            }));
            let object = self.project_object(id);
            facts.grants.insert(MemoryFacts::object_key(&object), project.grants.clone());
            facts.grants.insert(MemoryFacts::object_key(&object.default_schema()), project.schema_grants.clone());
        }
        for schema in self.schemas.iter().filter(|schema| schema.alive) {
            let object = self.schema_object(schema);
            facts.grants.insert(MemoryFacts::object_key(&object), schema.grants.clone());
            facts.schemas.insert((schema.project, schema.name.clone()), object);
        }
        self.put_labels(&mut facts);
        self.put_resources(&mut facts);
        for spot in self.spots().filter(|spot| self.is_there(*spot)) {
            facts.grants.insert(MemoryFacts::object_key(&self.thing(spot)), self.entries(spot).to_vec());
        }
        for installation in self.installations.iter().filter(|installation| !installation.uninstalled) {
            self.put_installed(installation, &mut facts);
        }
        facts
    }

    /// What an installed package gives, if it can be used.
    fn put_installed(&self, installation: &Installation, facts: &mut MemoryFacts) {
        let package = &self.packages[installation.package];
        if !package.alive {
            return;
        }
        let object = self.installed(installation);
        facts.grants.insert(MemoryFacts::object_key(&object), installation.grants.clone());
        let may_use = package.allowed.iter().find(|other| other.project == installation.project && !other.ended);
        let Some(allowance) = may_use else { return };
        for (place, item) in package.items.iter().enumerate() {
            if item.removed || !self.is_there(item.object) {
                continue;
            }
            let listed = MemoryFacts::object_key(&self.thing(item.object));
            let share = Share { package: object.clone(), actions: item.actions.clone(), label: level(allowance.label) };
            facts.shares.entry((installation.project, listed)).or_default().push(share);
            let inside = installation.inside.iter().filter(|inside| inside.item == place);
            let entries = inside.map(|inside| inside.grant.clone()).collect();
            facts.inside.insert((object.id, listed), entries);
            let labels = installation.labels_inside.iter().filter(|inside| inside.item == place);
            facts.labels_inside.insert((object.id, listed), labels.map(|inside| inside.grant.clone()).collect());
        }
    }

    /// The world as a state of its own, written through what the store offers, so that whatever is left over is there.
    pub fn store(&self) -> State {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        let store = Store::open(&StatePath::File(path.clone()), Durability::AtEnd).expect("a new state");
        let rows = Connection::open(path).expect("the same state");
        rows.execute_batch("pragma foreign_keys = on; pragma synchronous = off").expect("a connection");
        let write = store.write().expect("nobody else writes");
        for person in &self.people {
            write.create_account(person, MADE).expect("a new account");
        }
        self.write_tenants(&write, MADE);
        for project in &self.projects {
            self.write_project(project, &write);
        }
        for project in self.projects.iter().filter(|project| project.alive) {
            for trusted in &project.trusts {
                write.trust(project.id, *trusted, MADE).expect("both are there");
            }
        }
        self.write_tenant_roles(&write, MADE);
        self.write_resources(&write, MADE);
        write.commit().expect("a commit");
        for late in [false, true] {
            let write = store.write().expect("nobody else writes");
            self.write_schemas(late, &write);
            write.commit().expect("a commit");
            self.write_others(late, &rows);
            let write = store.write().expect("nobody else writes");
            for (place, table) in self.tables.iter().enumerate().filter(|(_, table)| table.late == late) {
                self.write_table(place, table, &write);
            }
            self.label_anew(late, &write);
            self.write_shared(late, &write);
            self.end_shared(late, &write);
            self.drop_schemas(late, &write);
            for table in self.tables.iter().filter(|table| table.late == late && !table.alive) {
                write.drop_object(table.id).expect("a table, or one that went with its schema");
            }
            write.commit().expect("a commit");
            self.drop_others(late, &rows);
        }
        drop(rows);
        State { store, _folder: folder }
    }

    fn write_project(&self, project: &Project, write: &Write<'_>) {
        let id = project.id;
        let made = write.create_project(&project.name, &project.owner, MADE).expect("a free name");
        assert_eq!(made.id, id, "numbers are places");
        for member in &project.members {
            write.add_member(id, member, "", MADE).expect("a new member");
        }
        for role in &project.roles {
            if !role.name.is_built_in() {
                write.create_role(id, &role.name, role.kind(), "", MADE).expect("a new role");
            }
            for user in &role.users {
                write.grant_role(id, &role.name, user, &project.owner, MADE).expect("a known user");
            }
        }
        for (holder, policy) in project.policies() {
            let kind = match &holder {
                PolicyHolder::Role(role) if project.is_administrator(role) => RoleKind::Admin,
                _ => RoleKind::Resource,
            };
            write.put_policy(id, &holder, kind, &policy.text()).expect("a project");
        }
        for grant in &project.grants {
            write.grant(&self.project_object(id).into(), grant).expect("a known grantee");
        }
        for grant in &project.schema_grants {
            write.grant(&self.project_object(id).default_schema().into(), grant).expect("a known grantee");
        }
        project.write_levels(write);
        let model = project.model();
        write.set_security(id, &model.security, MADE).expect("a project");
        for property in Property::ALL {
            if let Some(value) = model.properties.get(property.key()) {
                write.set_property(id, property, value, MADE).expect("a project");
            }
        }
        write.set_status(id, model.status).expect("a project");
        if !project.alive {
            for earlier in self.projects.iter().filter(|earlier| earlier.trusted_once.contains(&id)) {
                write.trust(earlier.id, id, MADE).expect("both are there");
            }
            write.drop_project(id).expect("a project");
        }
    }

    fn write_table(&self, place: usize, table: &Table, write: &Write<'_>) {
        let column = |name: &String| Column {
            id: ColumnId(0),
            name: name.clone(),
            data_type: DataType::String,
            comment: String::new(),
            nullable: true,
            default: None,
            is_key: false,
            generator: None,
        };
        let mut columns: Vec<Column> = table.columns.iter().map(column).collect();
        if let Some(key) = columns.first_mut().filter(|_| table.keyed) {
            (key.is_key, key.nullable) = (true, false);
        }
        let cloned = table.clone_of.map(|source| write.labels_of(self.tables[source].id).expect("a table"));
        let new = NewTable {
            body_columns: Vec::new(),
            bindings: odpsh::model::Bindings::default(),
            labels: cloned.map(|labels| (*labels).clone()).unwrap_or_default(),
            project: self.reference(table.project),
            schema: table.schema.clone(),
            name: table.name.clone(),
            kind: if table.is_view() { TableKind::View } else { TableKind::Table },
            owner: table.owner.clone(),
            comment: String::new(),
            lifecycle: None,
            transactional: table.keyed,
            view_text: table.is_view().then(|| "select 1".to_owned()),
            external: None,
            columns,
            partition_columns: Vec::new(),
        };
        let made = write.create_table(new, MADE).expect("a free name");
        assert_eq!(made.object(), self.object(place), "a table is what it was written as");
        for grant in &table.grants {
            write.grant(&made.object().into(), grant).expect("a known grantee");
        }
        table.write_labels(&made, write);
    }
}

impl Role {
    fn kind(&self) -> RoleKind {
        if self.is_administrator { RoleKind::Admin } else { RoleKind::Resource }
    }
}

impl Project {
    fn model(&self) -> ModelProject {
        let mut properties = BTreeMap::new();
        let mut set = |property: Property, value: String| {
            if !value.is_empty() {
                properties.insert(property.key().to_owned(), value);
            }
        };
        set(Property::IpWhitelist, Addresses::list(&self.addresses));
        set(Property::VpcWhitelist, Vpc::list(&self.vpcs));
        set(Property::ReadLimit, self.read_limit.map(|rows| rows.to_string()).unwrap_or_default());
        set(Property::DownloadControl, if self.download_control { "true".to_owned() } else { String::new() });
        let exception = (!self.exception.is_empty()).then(|| Statement::policy(&self.exception, &self.name));
        ModelProject {
            id: self.id,
            name: self.name.clone(),
            owner: self.owner.clone(),
            comment: String::new(),
            status: if self.frozen { Status::Frozen } else { Status::Normal },
            created: MADE,
            modified: MADE,
            security: SecurityConfiguration {
                check_permission_using_acl: self.uses_acl,
                check_permission_using_policy: self.uses_policy,
                object_creator_has_access_permission: self.creator_may_access,
                object_creator_has_grant_permission: self.creator_may_grant,
                project_protection: self.protected,
                label_security: self.checks_labels,
                tenant_resource_access_control: self.controls_resources,
                external_resource_access_control: self.locations().is_some(),
                external_resource_locations: self.locations().unwrap_or_default().to_owned(),
                exception,
            },
            properties,
        }
    }

    /// Its policy, and those of its roles.
    fn policies(&self) -> impl Iterator<Item = (PolicyHolder, &Policy)> {
        let own = self.policy.iter().map(|policy| (PolicyHolder::Project, policy.as_ref()));
        let of_role = |role: &'_ Role| PolicyHolder::Role(role.name.clone());
        own.chain(self.roles.iter().filter_map(move |role| Some((of_role(role), role.policy.as_deref()?))))
    }

    /// Whether a role of it is of administrator type.
    fn is_administrator(&self, name: &RoleName) -> bool {
        self.roles.iter().any(|role| role.name == *name && role.is_administrator)
    }

    /// The policies of the roles of its tenant.
    fn tenant_policies(&self) -> impl Iterator<Item = (PolicyHolder, &Policy)> {
        let with_policy = self.tenant.iter().filter_map(|role| Some((role, role.policy.as_deref()?)));
        with_policy.map(|(role, policy)| (PolicyHolder::TenantRole(role.name.clone()), policy))
    }

    /// Who holds this built-in role.
    pub fn holders(&self, role: &str) -> impl Iterator<Item = &odpsh::model::Principal> {
        let role = RoleName::new(role);
        self.roles.iter().filter(move |held| held.name == role).flat_map(|held| &held.users)
    }
}
