//! A denial → the fewest statements that take it away, each with the change that it makes.

use super::acl::{Authority, authority};
use super::denial::{Denial, Reason};
use super::exception;
use super::facts::Facts;
use super::network::AddressList;
use super::request::{Access, Destination, Flow, Request, Subject};
use super::what_if::{Change, WhatIf};
use crate::error::Result;
use crate::model::{
    Action, Grant, Grantee, Object, ObjectKind, Principal, Project, ProjectRef, Property, RoleName, Source, Switch,
};
use crate::syntax::grant::{Privilege, Statement as GrantStatement, Target};
use crate::syntax::object::ObjectName;
use crate::syntax::{FileName, Name, Statement, TableName, local, project, protection, role, user};
use crate::text::Span;

/// A statement that would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    change: Change,
    /// The project in which it is issued; none for a command of the local world.
    pub project: Option<ProjectRef>,
    /// One who may issue it: the project's owner; nobody where there is no such project.
    pub by: Option<Principal>,
    /// The address to issue it from, if the project's lists do not admit every one.
    pub from: Option<Source>,
    /// The statement.
    pub statement: Statement,
    /// The text of the policy file that it names.
    pub file: Option<String>,
    /// Who may issue it, in words.
    pub may: String,
    /// What else it opens, in words.
    pub opens: String,
}

impl std::fmt::Display for Remedy {
    /// Where, who, what: ``in project p, its owner or a Super_Administrator: `add trustedproject d;` ``.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { project, statement, may, file, .. } = self;
        match project {
            Some(project) => write!(f, "in project {}, {may}: `{statement};`", project.name)?,
            None => write!(f, "{may}: `{statement}`")?,
        }
        file.as_ref().map_or(Ok(()), |text| write!(f, ", where the file holds {text}"))
    }
}

impl Remedy {
    /// The name of the policy file that it names.
    pub fn file_name(&self) -> Option<&str> {
        match &self.statement {
            Statement::Protection(protection::Statement::Set { exception: Some(file), .. }) => Some(&file.text),
            _ => None,
        }
    }

    pub(super) fn change(&self) -> &Change {
        &self.change
    }

    /// Whether it is the same for a project that is not there (STG-4): which accounts a project takes is its own affair.
    pub(super) fn follows_from_the_denial(&self) -> bool {
        !matches!(self.change, Change::Provider(..))
    }

    /// Whether someone is there to issue it, on something that is there.
    pub(super) fn is_possible(&self) -> bool {
        let exists = !matches!(&self.change, Change::Grant(object, _) | Change::Grants(object, _) if object.id == Object::UNKNOWN);
        exists && (self.project.is_none() || self.by.is_some())
    }
}

/// The steps that take a denial away; none where no statement could.
pub(super) fn steps(denial: &Denial, request: &Request, facts: &WhatIf<'_>) -> Result<Vec<Remedy>> {
    let caller = &request.principal;
    let maker = Maker { facts };
    match &denial.reason {
        Reason::UnknownPrincipal(principal) => Ok(vec![maker.account(principal)]),
        // `use` is no act on the world.
        Reason::NoProject => Ok(Vec::new()),
        Reason::NotMember(project) | Reason::NotObjectMember(project, Subject::Caller) => maker.member(project, caller),
        Reason::NotObjectMember(_, Subject::ViewOwner { owner, .. }) if owner.is_nobody() => Ok(Vec::new()),
        Reason::NotObjectMember(project, Subject::ViewOwner { owner, .. }) => maker.member(project, owner),
        Reason::Address(project, _) => maker.admit(project, &request.source),
        Reason::Frozen(project) => Ok(vec![maker.restore(project)]),
        Reason::NoPrivilege(access, columns) => maker.privilege(access, columns, caller),
        Reason::Protected { object, destination } => {
            let is_meant = |flow: &&Flow| flow.source == *object && flow.destination.to_string() == *destination;
            match request.flows.iter().find(is_meant) {
                Some(flow) => maker.flow(flow, request),
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

/// Makes steps for a world.
struct Maker<'w> {
    facts: &'w WhatIf<'w>,
}

/// Who may do what the matrix keeps from Admin.
const HIGH: &str = "its owner or a Super_Administrator";
/// Who may do what Admin may.
const MANAGERS: &str = "its owner, a Super_Administrator or Admin";

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
        let from = known.as_ref().and_then(admitted);
        Ok(Remedy {
            change,
            project: Some(project.clone()),
            by: known.map(|project| project.owner),
            from,
            statement,
            file: None,
            may: may.into(),
            opens: opens.into(),
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
        if !self.facts.account_exists(who)? {
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
            "what it was granted there before, if anything (ACC-9)",
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
        let settings = vec![(name(property.key()), list.clone())];
        Ok(vec![self.step(
            project,
            Statement::Project(project::Statement::SetProject { settings }),
            Change::Property(project.id, property, list),
            format!("{HIGH}, from an address that is admitted"),
            format!("everything in project {} that is allowed otherwise, from {entry}", project.name),
        )?])
    }

    fn restore(&self, project: &ProjectRef) -> Remedy {
        Self::local(
            local::Statement::ProjectFreeze { project: name(&project.name), frozen: false },
            Change::Restored(project.id),
            format!("everything in project {} that is allowed otherwise", project.name),
        )
    }

    fn switch(&self, project: &ProjectRef, switch: Switch) -> Result<Remedy> {
        let opens = match switch {
            Switch::CheckPermissionUsingAcl => "what every ACL entry of the project gives",
            _ => "granting and handing over by the owners of all its objects",
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
        let who = access.subject(caller);
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        match authority(*action) {
            Authority::Resource | Authority::Download => {
                if !known.security.check_permission_using_acl {
                    return Ok(vec![self.switch(project, Switch::CheckPermissionUsingAcl)?]);
                }
                Ok(vec![self.grant(*action, object, columns, who)?])
            }
            Authority::Granting if object.owner == *who && object.kind.is_owned() => {
                Ok(vec![self.switch(project, Switch::ObjectCreatorHasGrantPermission)?])
            }
            Authority::Granting | Authority::Showing | Authority::Management { admin: true } => {
                Ok(vec![self.role(project, RoleName::ADMIN, who)?])
            }
            Authority::Management { admin: false } | Authority::Ownership => {
                Ok(vec![self.role(project, RoleName::SUPER_ADMINISTRATOR, who)?])
            }
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
        let by = self.facts.project(object.project.id)?.map_or_else(|| who.clone(), |project| project.owner);
        let column = columns.first().map(|column| column.text.clone());
        let grant = |column| Grant {
            action,
            column,
            grantee: Grantee::User(who.clone()),
            grantor: by.clone(),
            granted: self.facts.now(),
            expires: None,
        };
        let may = match action {
            Action::Download => HIGH.to_owned(),
            _ if object.kind.is_owned() => format!("{MANAGERS}, or the owner of the {}", shown_kind(object).name()),
            _ => MANAGERS.to_owned(),
        };
        let opens = match (action, columns.as_slice(), object.kind) {
            (Action::Select, [], _) => "every column of it, from every project in which it may run jobs".to_owned(),
            (Action::Select, _, _) => "these columns of it, from every project in which it may run jobs".to_owned(),
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
        self.step(&object.project, Statement::Grant(statement), change, may, opens)
    }

    fn role(&self, project: &ProjectRef, role: &str, who: &Principal) -> Result<Remedy> {
        let statement = role::Statement::Grant { roles: vec![name(role)], users: vec![who.clone()] };
        let opens = match role {
            RoleName::ADMIN => "all operations on its objects and most of its management: rather let an Admin do it",
            _ => "everything in the project: rather let its owner do it",
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

    /// A project can be trusted; a file or a store outside cannot: there it takes an exception (FLW-6).
    fn flow(&self, flow: &Flow, request: &Request) -> Result<Vec<Remedy>> {
        let source = &flow.source.project;
        let Some(known) = self.facts.project(source.id)? else { return Ok(Vec::new()) };
        if let Destination::Project(to) = &flow.destination
            && self.facts.project(to.id)?.is_some()
        {
            let statement = protection::Statement::AddTrusted { project: name(&to.name) };
            return Ok(vec![self.step(
                source,
                Statement::Protection(statement),
                Change::Trust(source.id, to.id),
                HIGH,
                format!("all data of project {} towards project {}", source.name, to.name),
            )?]);
        }
        let old = known.security.exception.as_deref();
        let Some(text) = exception::with_statement(old, &flow.source, &request.principal, request.job) else {
            return Ok(Vec::new());
        };
        let file = FileName { text: format!("{}_exception.json", source.name), span: Span::default() };
        let statement = protection::Statement::Set { on: true, exception: Some(file) };
        let by_jobs = match exception::excepted_task(request.job) {
            Some(task) => format!(" by {task} jobs"),
            None => " by jobs of every kind".to_owned(),
        };
        let step = self.step(
            source,
            Statement::Protection(statement),
            Change::Exception(source.id, text.clone()),
            HIGH,
            format!(
                "{} towards every destination that {} can write to,{by_jobs} (EXC-7)",
                flow.source, request.principal
            ),
        )?;
        Ok(vec![Remedy { file: Some(text), ..step }])
    }
}

/// An address that a project admits; none if it admits every one.
fn admitted(project: &Project) -> Option<Source> {
    let list = AddressList::parse(project.property(Property::IpWhitelist), project.property(Property::VpcWhitelist));
    list.ok()?.example()
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
        kind => Target::Object(ObjectName { kind, project: None, name: name(&object.name) }),
    }
}

/// A view is called a table: whether it is one is not told (STG-4).
fn shown_kind(object: &Object) -> ObjectKind {
    if object.kind == ObjectKind::View { ObjectKind::Table } else { object.kind }
}

fn name(text: &str) -> Name {
    Name { text: text.to_owned(), span: Span::default() }
}
