use super::account::principal;
use super::id::Inside;
use super::object::{OBJECT, read};
use super::transaction::Snapshot;
use crate::error::Result;
use crate::model::{Grantee, Object, ObjectKind, Principal, ProjectId, ProjectRef, RoleName};
use crate::security::Reverse;

impl Snapshot<'_> {
    /// What a principal owns in a project, in the order in which it was made.
    pub fn objects_owned_by(&self, project: &ProjectRef, principal: &Principal) -> Result<Vec<Object>> {
        self.all(
            &format!(
                "{OBJECT} where o.owner = (select id from account where key = ?2) and o.project = ?1 order by o.id"
            ),
            (project.id, principal.key()),
            read,
        )
    }
}

impl Reverse for Snapshot<'_> {
    fn grantees_on(&self, object: &Object, inside: Option<&Object>) -> Result<Vec<Grantee>> {
        let Some(id) = self.securable_id(object)? else { return Ok(Vec::new()) };
        self.all(
            "select distinct a.principal, g.role from acl g left join account a on a.id = g.account where g.id in (
               select id from acl where object = ?1 and inside = ?2 and role is not null
               union all select id from acl where object = ?1 and inside = ?2 and account is not null)",
            (id, Inside(inside)),
            |row| {
                Ok(match row.get::<_, Option<String>>(1)? {
                    Some(role) => Grantee::Role(RoleName::new(&role)),
                    None => Grantee::User(principal(row, "principal")?),
                })
            },
        )
    }

    fn members_of(&self, project: ProjectId) -> Result<Vec<Principal>> {
        Ok(self.members(project)?.into_iter().map(|member| member.principal).collect())
    }

    fn roles_with_policies(&self, project: ProjectId) -> Result<Vec<RoleName>> {
        self.roles_that_have_policies(project)
    }

    fn tenant_holders(&self, project: ProjectId, role: &RoleName) -> Result<Vec<Principal>> {
        match self.shared_project(project)? {
            Some(project) => self.users_of_tenant_role(&project.owner, role),
            None => Ok(Vec::new()),
        }
    }

    fn installations_listing(&self, object: &Object) -> Result<Vec<Object>> {
        self.all(
            "select i.id, p.id as project, p.name as project_name, o.name from package_object l
             join installation i on i.package = l.package
             join package_allowed w on w.package = i.package and w.project = i.project
             join object o on o.id = i.id join project p on p.id = i.project
             where l.object = ?1 order by i.id",
            [object.id],
            |row| {
                let package =
                    Object::unknown(ObjectKind::Package, super::object::project(row)?, &row.get::<_, String>(3)?);
                Ok(Object { id: row.get(0)?, ..package })
            },
        )
    }

    fn projects_of_principal(&self, principal: &Principal) -> Result<Vec<ProjectRef>> {
        Ok(self.projects_of(principal)?.iter().map(|project| project.reference()).collect())
    }

    fn objects_in(&self, project: &ProjectRef) -> Result<Vec<Object>> {
        let mut objects = self.owned_objects(project)?;
        objects
            .extend(self.installations_after(project.id, None, usize::MAX)?.iter().map(|installed| installed.object()));
        objects.extend(self.system_package(project)?.map(|(package, _)| package));
        Ok(objects)
    }

    fn objects_named(&self, project: &ProjectRef, principal: &Principal, grantees: &[Grantee]) -> Result<Vec<Object>> {
        let mut objects = self.all(
            // What is in a schema of one's own may be granted (ACC-8).
            &format!(
                "{OBJECT} where o.project = ?1 and (o.owner = (select id from account where key = ?2) or o.schema in
                   (select s.name from object s where s.project = ?1 and s.kind = 'schema'
                    and s.owner = (select id from account where key = ?2)))"
            ),
            (project.id, principal.key()),
            read,
        )?;
        for grantee in grantees {
            objects.extend(match grantee {
                Grantee::User(user) => self.all(
                    &format!(
                        "{OBJECT} where o.id in
                           (select object from acl where account = (select id from account where key = ?2) and project = ?1)"
                    ),
                    (project.id, user.key()),
                    read,
                )?,
                Grantee::Role(role) => self.all(
                    &format!("{OBJECT} where o.id in (select object from acl where project = ?1 and role = ?2)"),
                    (project.id, role.as_str()),
                    read,
                )?,
            });
        }
        // Read on an installed package is an action of its own.
        objects
            .extend(self.installations_after(project.id, None, usize::MAX)?.iter().map(|installed| installed.object()));
        objects.extend(self.system_package(project)?.map(|(package, _)| package));
        Ok(objects)
    }

    fn trusted_by(&self, project: ProjectId) -> Result<Vec<String>> {
        self.trusted_projects(project)
    }

    fn objects_shared(&self, installing: &ProjectRef) -> Result<Vec<Object>> {
        self.all(
            &format!(
                "{OBJECT} where o.id in (select l.object from installation i
                   join package_allowed w on w.package = i.package and w.project = i.project
                   join package_object l on l.package = i.package where i.project = ?1)"
            ),
            [installing.id],
            read,
        )
    }
}
