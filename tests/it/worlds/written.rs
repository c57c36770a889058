//! A world as facts in memory, and as a state file.

use std::collections::{BTreeMap, BTreeSet};

use odpsh::model::{
    Column, ColumnId, DataType, Project as ModelProject, Property, RoleKind, RoleName, SecurityConfiguration, Status,
    TableKind, Time,
};
use odpsh::security::MemoryFacts;
use odpsh::store::{Durability, NewTable, StatePath, Store, Write};

use super::{Addresses, Project, Statement, Table, Vpc, World};

/// When everything was made.
const MADE: Time = Time(1_600_000_000_000);

impl World {
    /// The world in memory.
    pub fn memory(&self) -> MemoryFacts {
        let mut facts = MemoryFacts { accounts: BTreeSet::from_iter(self.people.clone()), ..Default::default() };
        for project in self.projects.iter().filter(|project| project.alive) {
            let id = project.id;
            facts.projects.insert(id, project.model());
            facts.members.extend(project.members.iter().map(|member| ((id, member.clone()), MADE)));
            facts.roles.extend(project.roles.iter().map(|role| ((id, role.name.clone()), role.users.clone())));
            facts.trusted.extend(project.trusts.iter().map(|trusted| ((id, *trusted), MADE)));
            let key = MemoryFacts::object_key(&self.project_object(id));
            facts.grants.insert(key, project.grants.clone());
        }
        for (place, table) in self.tables.iter().enumerate().filter(|(_, table)| table.alive) {
            facts.grants.insert(MemoryFacts::object_key(&self.object(place)), table.grants.clone());
        }
        facts
    }

    /// The world as a state of its own.
    pub fn store(&self) -> Store {
        let store = Store::open(&StatePath::Memory, Durability::AtEnd).expect("a state in memory");
        let write = store.write().expect("nobody else writes");
        for (number, person) in self.people.iter().enumerate() {
            let (id, secret) = (format!("id{number}"), format!("secret{number}"));
            write.create_account(person, (&id, &secret), MADE).expect("a new account");
        }
        for project in &self.projects {
            self.write_project(project, &write);
        }
        for (place, table) in self.tables.iter().enumerate() {
            self.write_table(place, table, &write);
        }
        for project in self.projects.iter().filter(|project| project.alive) {
            for trusted in &project.trusts {
                write.trust(project.id, *trusted, MADE).expect("both are there");
            }
        }
        write.commit().expect("a commit");
        store
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
                write.create_role(id, &role.name, RoleKind::Resource, "", MADE).expect("a new role");
            }
            for user in &role.users {
                write.grant_role(id, &role.name, user, &project.owner, MADE).expect("a known user");
            }
        }
        for grant in &project.grants {
            write.grant(&self.project_object(id).into(), grant).expect("a known grantee");
        }
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
        };
        let new = NewTable {
            body_columns: Vec::new(),
            project: self.reference(table.project),
            name: table.name.clone(),
            kind: if table.is_view() { TableKind::View } else { TableKind::Table },
            owner: table.owner.clone(),
            comment: String::new(),
            lifecycle: None,
            view_text: table.is_view().then(|| "select 1".to_owned()),
            columns: table.columns.iter().map(column).collect(),
            partition_columns: Vec::new(),
        };
        let made = write.create_table(new, MADE).expect("a free name");
        assert_eq!(made.object(), self.object(place), "a table is what it was written as");
        for grant in &table.grants {
            write.grant(&made.object().into(), grant).expect("a known grantee");
        }
        if !table.alive {
            write.drop_table(table.id).expect("a table");
        }
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
                object_creator_has_access_permission: self.creator_may_access,
                object_creator_has_grant_permission: self.creator_may_grant,
                project_protection: self.protected,
                exception,
                ..SecurityConfiguration::default()
            },
            properties,
        }
    }

    /// Who holds this built-in role.
    pub fn holders(&self, role: &str) -> impl Iterator<Item = &odpsh::model::Principal> {
        let role = RoleName::new(role);
        self.roles.iter().filter(move |held| held.name == role).flat_map(|held| &held.users)
    }
}
