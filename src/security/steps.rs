//! A denial → the fewest statements that take it away.

use super::acl::may_hand_to;
use super::candidates::candidates;
use super::denial::{Denial, Reason};
use super::facts::Facts;
use super::hypothetical::{Change, Hypothetical};
use super::remedy::{HIGH, MANAGERS, Outside, Remedy};
use super::request::{Access, Destination, Flow, Request, Rights};
use crate::error::Result;
use crate::model::{
    Action, Grant, Grantee, Holders, Object, ObjectKind, Principal, Project, ProjectRef, Property, RoleName, Source,
    Switch,
};
use crate::policy;
use crate::syntax::grant::{Privilege, Statement as GrantStatement, Target};
use crate::syntax::object::ObjectName;
use crate::syntax::{FileName, Name, Statement, TableName, local, project, protection, role, user};
use crate::text::Span;

/// Which of the two paths to an object is opened (PTH-1), and what lets flows out on the own one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    Own,
    /// The own one, where projects are trusted instead of objects excepted.
    Trust,
    /// Read on an installed package that lists the object; the own path if there is none.
    Package,
}

/// The steps that take a denial away; none where no statement could.
pub(super) fn steps(denial: &Denial, request: &Request, path: Path, facts: &Hypothetical<'_>) -> Result<Vec<Remedy>> {
    let caller = &request.principal;
    let maker = Maker { facts };
    if path == Path::Package
        && let Some(step) = maker.package(denial, request)?
    {
        return Ok(vec![step]);
    }
    match &denial.reason {
        Reason::UnknownPrincipal(principal) => Ok(vec![maker.account(principal)]),
        // Nobody can bring back the account that it was.
        Reason::SignedOut(_) => Ok(Vec::new()),
        // `use` is no act on the world.
        Reason::NoProject => Ok(Vec::new()),
        Reason::NotMember(project) | Reason::NotObjectMember(project, Rights::Invoker) => maker.member(project, caller),
        Reason::NotObjectMember(project, Rights::Definer { owner, .. }) => match owner {
            Some(owner) => maker.member(project, owner),
            None => Ok(Vec::new()),
        },
        Reason::Address(project, _) => maker.admit(project, &request.source),
        Reason::Frozen(project) => Ok(vec![maker.restore(project)]),
        // A grant would open what has the name now, and not give what is gone (FLW-9a).
        Reason::NoPrivilege(Access { object, .. }, _) if object.id == Object::GONE => Ok(Vec::new()),
        Reason::NoPrivilege(access, columns) => maker.privilege(access, columns, caller),
        Reason::Protected { object, destination } => {
            let is_meant = |flow: &&Flow| flow.source == *object && flow.destination == *destination;
            match request.flows.iter().find(is_meant) {
                Some(flow) => maker.flow(flow, path, request),
                None => Ok(Vec::new()),
            }
        }
        Reason::GranteeNotMember(project, Grantee::User(user)) => maker.member(project, user),
        Reason::GranteeNotMember(project, Grantee::Role(name)) => Ok(vec![maker.make_role(project, name)?]),
        // A RAM user cannot pass anything out of its account: the account itself has to.
        Reason::GranteeOfOtherAccount(_) => Ok(Vec::new()),
        Reason::OwnerIsFixed(object) => {
            Ok(vec![maker.switch(&object.project, Switch::ObjectCreatorHasGrantPermission)?])
        }
    }
}

/// The step that excepts several objects of one project from its protection; none where they cannot be excepted.
pub(super) fn exceptions(objects: &[Object], request: &Request, facts: &Hypothetical<'_>) -> Result<Vec<Remedy>> {
    let Some(first) = objects.first() else { return Ok(Vec::new()) };
    match facts.project(first.project.id)? {
        Some(known) => Maker { facts }.except(&known, objects, request),
        None => Ok(Vec::new()),
    }
}

/// Whether a denial is lifted by Read on an installed package.
pub(super) fn is_by_package(denial: &Denial, request: &Request, facts: &Hypothetical<'_>) -> Result<bool> {
    Ok(Maker { facts }.package(denial, request)?.is_some())
}

/// Makes steps for a world.
struct Maker<'w> {
    facts: &'w Hypothetical<'w>,
}

impl Maker<'_> {
    /// A step in a project, to be issued by its owner: who always may.
    fn step(
        &self,
        project: &ProjectRef,
        statement: Statement,
        change: Change,
        may: impl Into<String>,
        opens: impl Into<String>,
    ) -> Result<Remedy> {
        let known = self.facts.project(project.id)?;
        let from = match &known {
            Some(project) => self.facts.admitted(project)?,
            None => None,
        };
        Ok(Remedy {
            change,
            project: Some(project.clone()),
            by: known.map(|project| project.owner.clone()),
            from,
            statement,
            file: None,
            may: may.into(),
            opens: opens.into(),
            outside: None,
        })
    }

    /// A step that whoever holds the state file takes (BND-1).
    fn local(statement: local::Statement, change: Change, opens: impl Into<String>) -> Remedy {
        Remedy {
            change,
            project: None,
            by: None,
            from: None,
            statement: Statement::Local(statement),
            file: None,
            may: "whoever holds the state file".to_owned(),
            opens: opens.into(),
            outside: None,
        }
    }

    fn account(&self, principal: &Principal) -> Remedy {
        Self::local(
            local::Statement::AccountCreate { principal: principal.clone() },
            Change::Account(principal.clone()),
            "nothing by itself",
        )
    }

    fn member(&self, project: &ProjectRef, who: &Principal) -> Result<Vec<Remedy>> {
        let mut steps = Vec::new();
        if !self.facts.account_exists(who, None)? {
            steps.push(self.account(who));
        }
        let provider = who.provider();
        let refused =
            self.facts.project(project.id)?.is_some() && !self.facts.accepts_provider(project.id, provider)?;
        if refused {
            let statement = user::Statement::AddProvider { provider: name(&provider.to_lowercase()) };
            steps.push(self.step(
                project,
                Statement::User(statement),
                Change::Provider(project.id, provider.to_owned()),
                HIGH,
                format!("adding accounts of {provider}"),
            )?);
        }
        let statement = user::Statement::Add { user: who.clone(), comment: None };
        steps.push(self.step(
            project,
            Statement::User(statement),
            Change::Member(project.id, who.clone()),
            MANAGERS,
            "what it owns there, and what it was granted there before, if anything (ACC-9)",
        )?);
        Ok(steps)
    }

    fn admit(&self, project: &ProjectRef, source: &Source) -> Result<Vec<Remedy>> {
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        let (property, entry) = match &source.vpc {
            None => (Property::IpWhitelist, source.ip.to_string()),
            Some(vpc) => (Property::VpcWhitelist, format!("{vpc}[{}]", source.ip)),
        };
        let list = match known.property(property) {
            "" => entry.clone(),
            list => format!("{list},{entry}"),
        };
        let set = |list: &str| {
            let settings = vec![(name(property.key()), list.to_owned())];
            Statement::Project(project::Statement::SetProject { settings })
        };
        let may = format!("{HIGH}, from an address that is allowed");
        let opens = format!("everything in project {} that is otherwise allowed, from {entry}", project.name);
        // Only the project's administrators may read the list.
        let outside = Outside { statement: set(&format!("…,{entry}")), file: None, may: may.clone() };
        let step = self.step(project, set(&list), Change::Property(project.id, property, list), may, opens)?;
        Ok(vec![Remedy { outside: Some(outside), ..step }])
    }

    fn restore(&self, project: &ProjectRef) -> Remedy {
        Self::local(
            local::Statement::ProjectFreeze { project: name(&project.name), frozen: false },
            Change::Restored(project.id),
            format!("everything in project {} that is otherwise allowed", project.name),
        )
    }

    fn switch(&self, project: &ProjectRef, switch: Switch) -> Result<Remedy> {
        let opens = match switch {
            Switch::CheckPermissionUsingAcl => "everything that an ACL entry of the project grants",
            Switch::CheckPermissionUsingPolicy
            | Switch::ObjectCreatorHasAccessPermission
            | Switch::ObjectCreatorHasGrantPermission
            | Switch::LabelSecurity
            | Switch::ExternalResourceAccessControl => {
                "granting and changing the owner, to the owners of all its objects"
            }
        };
        self.step(
            project,
            Statement::Project(project::Statement::SetSwitch { switch, on: true }),
            Change::Switch(project.id, switch),
            HIGH,
            opens,
        )
    }

    /// What gives an action on an object: an entry where entries can, else a role.
    fn privilege(&self, access: &Access, columns: &[String], caller: &Principal) -> Result<Vec<Remedy>> {
        let Access { action, object, .. } = access;
        let project = &object.project;
        let Some(who) = access.subject(caller) else { return Ok(Vec::new()) };
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        match action.holders() {
            Holders::Privilege | Holders::Download => {
                if !known.security.check_permission_using_acl {
                    return Ok(vec![self.switch(project, Switch::CheckPermissionUsingAcl)?]);
                }
                let step = self.grant(*action, object, columns, who)?;
                let opens = match &access.rights {
                    Rights::Invoker => step.opens,
                    Rights::Definer { .. } => {
                        format!(
                            "{}; also to whoever may use views, functions or resources that {who} makes from it",
                            step.opens
                        )
                    }
                };
                Ok(vec![Remedy { opens, ..step }])
            }
            Holders::Granting if object.owner == *who && object.kind.is_owned() => {
                Ok(vec![self.switch(project, Switch::ObjectCreatorHasGrantPermission)?])
            }
            Holders::Granting | Holders::Showing | Holders::Managers => {
                Ok(vec![self.role(project, RoleName::ADMIN, who)?])
            }
            Holders::Heads | Holders::Ownership => Ok(vec![self.role(project, RoleName::SUPER_ADMINISTRATOR, who)?]),
        }
    }

    fn grant(&self, action: Action, object: &Object, columns: &[String], who: &Principal) -> Result<Remedy> {
        let columns: Vec<Name> = columns.iter().map(|column| name(column)).collect();
        let privilege = Privilege { action, name: name(action.name()), columns: columns.clone() };
        let statement = GrantStatement::Grant {
            privileges: vec![privilege],
            target: target(object),
            grantees: vec![Grantee::User(who.clone())],
            expires: None,
            inside: None,
        };
        let by = self.facts.project(object.project.id)?.map_or_else(|| who.clone(), |project| project.owner.clone());
        let column = columns.first().map(|column| column.text.clone());
        let grant = |column| Grant {
            action,
            column,
            grantee: Grantee::User(who.clone()),
            grantor: by.clone(),
            granted: self.facts.now(),
            expires: None,
        };
        let (may, outside) = self.who_grants(action, object, who)?;
        let opens = match (action, columns.as_slice(), object.kind) {
            (Action::Select, [], _) => {
                "every column of it, from every project; `Select(<columns>)` opens less".to_owned()
            }
            (Action::Select, _, _) => "these columns of it, from every project".to_owned(),
            (_, _, ObjectKind::Project) => format!("{action} anywhere in the project"),
            (Action::Read, _, ObjectKind::Package) => "everything that the package lists, now and later".to_owned(),
            _ => format!("{action} on it by every statement"),
        };
        // Entries on several columns are several entries; each is one change, and the statement makes them all.
        let change = match columns.len() {
            0 | 1 => Change::Grant(object.clone(), grant(column)),
            _ => {
                Change::Grants(object.clone(), columns.iter().map(|column| grant(Some(column.text.clone()))).collect())
            }
        };
        let statement = Statement::Grant(statement);
        let outside = Outside { statement: statement.clone(), file: None, may: outside };
        let step = self.step(&object.project, statement, change, may, opens)?;
        Ok(Remedy { outside: Some(outside), ..step })
    }

    /// Who may grant an action on an object to `who` (ACC-8): as it is, and in words that hold in any project.
    fn who_grants(&self, action: Action, object: &Object, who: &Principal) -> Result<(String, String)> {
        if action == Action::Download {
            return Ok((HIGH.to_owned(), HIGH.to_owned()));
        }
        let mut may = MANAGERS.to_owned();
        if self.has_managers_of_other_accounts(&object.project, who)? {
            may.push_str(" that is not a RAM user of another account");
        }
        if !object.kind.is_owned() {
            return Ok((may, MANAGERS.to_owned()));
        }
        // A view is called a table, so that the text does not reveal which it is (STG-4).
        let owner = format!("or the owner of the {}", object.kind.grants_as().name());
        let known = self.facts.project(object.project.id)?;
        let owners_grant = known.is_none_or(|project| project.security.object_creator_has_grant_permission);
        if owners_grant && may_hand_to(&object.owner, who) {
            may = format!("{may}, {owner}");
        }
        Ok((may, format!("{MANAGERS}, {owner} if owners may grant")))
    }

    /// Whether a RAM user manages the project who may grant nothing to `who`.
    fn has_managers_of_other_accounts(&self, project: &ProjectRef, who: &Principal) -> Result<bool> {
        for role in [RoleName::SUPER_ADMINISTRATOR, RoleName::ADMIN] {
            let users = self.facts.role_users(project.id, &RoleName::new(role))?;
            if users.iter().any(|user| !may_hand_to(user, who)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Read on a package that lists what is missing, where the current project has installed one.
    fn package(&self, denial: &Denial, request: &Request) -> Result<Option<Remedy>> {
        let concerns = |access: &Access| match &denial.reason {
            Reason::NoPrivilege(missing, _) => {
                (access.action, &access.object, &access.rights) == (missing.action, &missing.object, &missing.rights)
            }
            Reason::NotMember(project) | Reason::NotObjectMember(project, _) => access.object.project.id == project.id,
            Reason::Protected { object, .. } => access.object == *object,
            Reason::UnknownPrincipal(_)
            | Reason::SignedOut(_)
            | Reason::NoProject
            | Reason::Address(..)
            | Reason::Frozen(_)
            | Reason::GranteeNotMember(..)
            | Reason::GranteeOfOtherAccount(_)
            | Reason::OwnerIsFixed(_) => false,
        };
        let accesses = candidates(request, self.facts, self.facts.now())?;
        let mut closed = accesses.iter().flatten().filter(|candidates| concerns(&candidates.access));
        let Some((access, package)) = closed.find_map(|closed| Some((&closed.access, closed.closed()?))) else {
            return Ok(None);
        };
        let Some(subject) = access.subject(&request.principal) else { return Ok(None) };
        self.grant(Action::Read, package, &[], subject).map(Some)
    }

    fn role(&self, project: &ProjectRef, role: &str, who: &Principal) -> Result<Remedy> {
        let statement = role::Statement::Grant { roles: vec![name(role)], users: vec![who.clone()] };
        let opens = match role {
            RoleName::ADMIN => "every operation on its objects and most of its administration",
            _ => "everything in the project",
        };
        self.step(
            project,
            Statement::Role(statement),
            Change::Role(project.id, RoleName::new(role), who.clone()),
            HIGH,
            opens,
        )
    }

    fn make_role(&self, project: &ProjectRef, role: &RoleName) -> Result<Remedy> {
        let statement = role::Statement::Create {
            role: name(role.as_str()),
            comment: None,
            kind: crate::model::RoleKind::Resource,
        };
        self.step(
            project,
            Statement::Role(statement),
            Change::Role(project.id, role.clone(), Principal::Account { account: String::new() }),
            MANAGERS,
            "nothing by itself",
        )
    }

    /// An exception; or trust where that is wanted and it is a project that would be trusted (FLW-6).
    fn flow(&self, flow: &Flow, path: Path, request: &Request) -> Result<Vec<Remedy>> {
        let source = &flow.source.project;
        let Some(known) = self.facts.project(source.id)? else { return Ok(Vec::new()) };
        if let Destination::Project(to) = &flow.destination
            && path == Path::Trust
            && self.facts.project(to.id)?.is_some()
        {
            let statement = protection::Statement::AddTrusted { project: name(&to.name) };
            return Ok(vec![self.step(
                source,
                Statement::Protection(statement),
                Change::Trust(source.id, to.id),
                HIGH,
                format!("the whole project: all data of {}, to project {}", source.name, to.name),
            )?]);
        }
        // What is gone has no name that a policy could say; the result that is made of it has.
        let is_there = |object: &&Object| object.id != Object::GONE;
        let results =
            flow.through.first().filter(|first| first.kind == ObjectKind::Instance && first.project == *source);
        match Some(&flow.source).filter(is_there).or(results) {
            Some(object) => self.except(&known, std::slice::from_ref(object), request),
            None => Ok(Vec::new()),
        }
    }

    /// One policy holds what is excepted for several flows out of a project.
    fn except(&self, known: &Project, objects: &[Object], request: &Request) -> Result<Vec<Remedy>> {
        let source = &known.reference();
        let with = |old: Option<&str>, objects: &[Object]| {
            policy::with_statements(old, objects, &request.principal, request.job)
        };
        let Some(text) = with(known.security.exception.as_deref(), objects) else { return Ok(Vec::new()) };
        let objects = [self.facts.excepted(source.id), objects].concat();
        let added = with(None, &objects);
        let file = FileName { text: format!("{}_exception.json", source.name), span: Span::default() };
        let statement = protection::Statement::Set { on: true, exception: Some(file) };
        let by_jobs = match policy::excepted_task(request.job) {
            Some(task) => format!(" by {task} jobs"),
            None => " by jobs of every kind".to_owned(),
        };
        let statement = Statement::Protection(statement);
        let shown = objects.iter().map(Object::to_string).collect::<Vec<_>>().join(" and ");
        let opens = format!("{shown} to every destination that {} can write to,{by_jobs} (EXC-7)", request.principal);
        // Only the project's administrators may know whether there is a policy, and what it excepts.
        let besides = added.map(|added| format!("the current policy, if there is one, and {added}"));
        let outside = Outside { statement: statement.clone(), file: besides, may: HIGH.to_owned() };
        let change = Change::Exception(source.id, text.clone(), objects);
        let step = self.step(source, statement, change, HIGH, opens)?;
        Ok(vec![Remedy { file: Some(text), outside: Some(outside), ..step }])
    }
}

/// How a grant names an object: in its own project, without it.
fn target(object: &Object) -> Target {
    match object.kind {
        ObjectKind::Project => Target::Project(name(&object.name)),
        ObjectKind::Table | ObjectKind::View => {
            Target::Table { table: TableName { project: None, name: name(&object.name) }, columns: Vec::new() }
        }
        ObjectKind::Package => {
            let (project, package) = object.name.split_once('.').unwrap_or(("", &object.name));
            Target::Object(ObjectName { kind: object.kind, project: Some(name(project)), name: name(package) })
        }
        kind @ (ObjectKind::Resource | ObjectKind::Function | ObjectKind::Instance | ObjectKind::Schema) => {
            Target::Object(ObjectName { kind, project: None, name: name(&object.name) })
        }
    }
}

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), span: Span::default() }
}
