//! Requests for what policies are about, by those whom they are for.

use odpsh::model::{Action, JobType, Object, ObjectKind, Principal, ProjectId, RoleName};
use odpsh::security::{Access, Managed};

use super::{Asker, Request, of_tenants};
use crate::it::worlds::policy::DESK;
use crate::it::worlds::{Condition, PolicyAction, PolicyStatement, Project, Spot, World, chance, pick};

/// A statement, the project that it is in, and for whom the policy is: nobody in particular, or the holders of a role.
type Placed<'w> = (&'w PolicyStatement, &'w Project, Option<&'w [Principal]>);

impl<'w> Asker<'w> {
    /// What a statement of a policy is about, mostly by someone whom it is for.
    pub(super) fn as_policy(&mut self, request: &mut Request) {
        let Some((statement, project, holders)) = self.statement() else { return self.manage(request) };
        let object = statement.about.clone();
        let home = object.project.id;
        let named: Vec<&Principal> = match holders {
            Some(holders) => holders.iter().collect(),
            None => statement.principals.iter().flatten().collect(),
        };
        let rng = &mut self.rng;
        request.principal = match rng.u32(0..100) {
            0..70 if !named.is_empty() => (*pick(rng, &named)).clone(),
            0..88 if !project.members.is_empty() => pick(rng, &project.members).clone(),
            88..92 => project.owner.clone(),
            _ => pick(rng, &self.world.people).clone(),
        };
        request.current = self.current(&request.principal, home);
        request.job = chance(&mut self.rng, 50).then(|| *pick(&mut self.rng, &JobType::ALL));
        let action = self.action_of(statement, object.kind);
        if action.is_management() {
            let on =
                if Action::asked_of(object.kind).contains(&action) { object } else { self.world.project_object(home) };
            let access = Access::of(action, on);
            let access = self.about_role(access);
            return request.requirements.push(access.into());
        }
        match (object.kind, self.world.spot(&object)) {
            (ObjectKind::Package, _) => self.of_package(request, &object),
            (_, Some(spot)) => self.of_spot(request, spot, action),
            _ => request.requirements.push(Access::of(action, object).into()),
        }
    }

    /// What is about a role names one; giving one of administrator type is now and then to the caller itself (ADM-2).
    fn about_role(&mut self, access: Access) -> Access {
        let desk = RoleName::new(DESK);
        match access.action {
            Action::DropRole
            | Action::GrantRole
            | Action::RevokeRole
            | Action::DescribeRole
            | Action::PutRolePolicy => match chance(&mut self.apart, 30) {
                true => access.about_role(&desk, true),
                false => access.about("dev"),
            },
            Action::GrantAdministratorRole | Action::RevokeAdministratorRole => {
                let named = access.about_role(&desk, true);
                let managed = Managed { is_to_caller: chance(&mut self.apart, 50), ..named.managed };
                Access { managed, ..named }
            }
            _ => access,
        }
    }

    fn statement(&mut self) -> Option<Placed<'w>> {
        let world: &'w World = self.world;
        let mut all: Vec<Placed<'w>> = Vec::new();
        for project in world.projects.iter().filter(|project| project.alive) {
            let own = project.policy.iter().flat_map(|policy| policy.statements());
            all.extend(own.map(|statement| (statement, project, None)));
            for role in &project.roles {
                let of_role = role.policy.iter().flat_map(|policy| policy.statements());
                all.extend(of_role.map(|statement| (statement, project, Some(role.users.as_slice()))));
            }
        }
        for project in world.projects.iter().filter(|project| project.alive) {
            for role in &project.tenant {
                let of_role = role.policy.iter().flat_map(|policy| policy.statements());
                let here = of_role.filter(|statement| statement.about.project.id == project.id);
                all.extend(here.map(|statement| (statement, project, Some(role.users.as_slice()))));
            }
        }
        // What speaks seldom is picked more often.
        let is_rare = |(statement, ..): &Placed<'w>| {
            let negates = |condition: &Condition| matches!(condition, Condition::Task { negated: true, .. });
            let conditions = &statement.conditions;
            statement.about.kind == ObjectKind::Function
                || if statement.denies { conditions.iter().any(negates) } else { conditions.len() > 1 }
        };
        let rare: Vec<Placed<'w>> = all.iter().copied().filter(is_rare).collect();
        match rare.is_empty() || chance(&mut self.rng, 70) {
            true => (!all.is_empty()).then(|| *pick(&mut self.rng, &all)),
            false => Some(*pick(&mut self.rng, &rare)),
        }
    }

    /// An action that the statement names, or one that fits the object.
    fn action_of(&mut self, statement: &PolicyStatement, kind: ObjectKind) -> Action {
        let rng = &mut self.rng;
        let named: Vec<Action> = statement
            .actions
            .iter()
            .filter_map(|action| match action {
                PolicyAction::Named(name) => Some(*name),
                _ => None,
            })
            .flat_map(|name| {
                Action::ALL.iter().copied().filter(move |action| action.service_name() == name && !of_tenants(*action))
            })
            .collect();
        match kind {
            _ if !named.is_empty() && chance(rng, 85) => *pick(rng, &named),
            ObjectKind::Package => Action::Read,
            _ if statement.denies && chance(rng, 30) => *pick(rng, Action::asked_of(kind)),
            kind if Action::grantable(kind).contains(&Action::Download) && chance(rng, 35) => Action::Download,
            kind => *pick(rng, Action::grantable(kind)),
        }
    }

    /// An object by itself, by a statement that reads it, through a view, or in what is derived from it.
    fn of_spot(&mut self, request: &mut Request, spot: Spot, action: Action) {
        let world = self.world;
        let reads = matches!(action, Action::Select | Action::Read | Action::Execute | Action::Download);
        match self.rng.u32(0..100) {
            0..30 if reads => self.read_of_shared(request, spot),
            30..55 if reads => {
                let read_by = |place: &usize| {
                    let view = &world.tables[*place];
                    view.alive && view.body.iter().any(|read| Spot::Table(read.table) == spot)
                };
                let views: Vec<usize> = (0..world.tables.len()).filter(read_by).collect();
                match views.as_slice() {
                    [] => self.single(request, spot, &[action]),
                    views => {
                        let view = *pick(&mut self.rng, views);
                        if chance(&mut self.rng, 60) {
                            request.principal = self.caller(Spot::Table(view));
                            request.current = Some(world.reference(world.tables[view].project));
                        }
                        self.read_of_shared(request, Spot::Table(view));
                    }
                }
            }
            55..68 if reads => {
                let part = self.part(request, spot);
                request.requirements.push(odpsh::security::Requirement::Member("a test"));
                if chance(&mut self.rng, 50) {
                    request.parts.extend(part);
                } else if let Some(part) = part {
                    request.flows.extend(part.flows);
                }
            }
            _ => self.single(request, spot, &[action]),
        }
    }

    /// What an installed package lists, by those to whom a policy opens or closes the package.
    fn of_package(&mut self, request: &mut Request, package: &Object) {
        let world = self.world;
        let installation = world.installations.iter().find(|one| package.id.known() == Some(one.id));
        let Some(installation) = installation.filter(|_| chance(&mut self.rng, 85)) else {
            return request.requirements.push(Access::of(Action::Read, package.clone()).into());
        };
        let items = &world.packages[installation.package].items;
        let Some(item) = (!items.is_empty()).then(|| pick(&mut self.rng, items).clone()) else {
            return request.requirements.push(Access::of(Action::Read, package.clone()).into());
        };
        let at: ProjectId = installation.project;
        if chance(&mut self.rng, 30) {
            self.as_user_of(request, &installation.clone(), &item);
        }
        request.current = Some(world.reference(at));
        match chance(&mut self.rng, 60) {
            true => self.read_of_shared(request, item.object),
            false => self.single(request, item.object, &item.actions),
        }
    }
}
