//! A denial → the fewest changes that lift it.

mod delegated;
mod inside;
mod label;
mod tenant_resource;
mod undeny;

pub(super) use delegated::Delegated;

use super::remedy::{Outside, Remedy, makers};
use crate::error::Result;
use crate::model::{
    Action, Grant, Grantee, Holders, Identity, Object, ObjectKind, Principal, Project, ProjectRef, Property, RoleName,
    Source, Switch,
};
use crate::policy;
use crate::security::{
    Access, Change, Denial, Destination, Facts, Flow, Hypothetical, LocationUse, Reason, Request, Rights, candidates,
    may_hand_to, membership,
};

/// Which of the two paths to an object is opened (PTH-1), and what lets flows out on the own one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Route {
    Own,
    /// The own one, where projects are trusted instead of objects excepted.
    Trust,
    /// The own one, where levels are raised instead of labels granted.
    Level,
    /// The own one, where managing roles are given instead of a policy that allows no more than what is asked.
    Managing,
    /// Read on an installed package that lists the object; the own path if there is none.
    Package,
    /// An entry inside such a package, on the object alone; the own path if there is none.
    Inside,
}

impl Route {
    /// Whether packages are opened.
    pub fn is_by_package(self) -> bool {
        matches!(self, Self::Package | Self::Inside)
    }
}

/// The steps that lift a denial; none where no change could.
pub(super) fn steps(denial: &Denial, request: &Request, route: Route, facts: &Hypothetical<'_>) -> Result<Vec<Remedy>> {
    let caller = &request.principal;
    let maker = Maker { facts };
    if route.is_by_package()
        && let Some(step) = maker.package(denial, route, request)?
    {
        return Ok(vec![step]);
    }
    match &denial.reason {
        Reason::UnknownPrincipal(principal) => Ok(vec![maker.account(principal)?]),
        // A dropped account cannot be restored.
        Reason::SignedOut(_) | Reason::KeyEnded(_) => Ok(Vec::new()),
        // `use` changes the session, not the state.
        Reason::NoProject => Ok(Vec::new()),
        Reason::NotMember(project) | Reason::NotObjectMember(project, Rights::Invoker) => maker.member(project, caller),
        Reason::NotObjectMember(project, Rights::Definer { owner, .. }) => match owner {
            Some(owner) => maker.member(project, owner),
            None => Ok(Vec::new()),
        },
        Reason::Address(project, _) => maker.admit(project, &request.source),
        Reason::Frozen(project) => Ok(vec![maker.restore(project)?]),
        // A grant would apply to the current object of that name, not to the dropped one (FLW-9a).
        Reason::NoPrivilege(Access { object, .. }, _) if object.id == Identity::Gone => Ok(Vec::new()),
        // Nothing is granted on what was dropped, there or not (DEL-1): who manages the project sees its history.
        Reason::NoPrivilege(access, _) if access.managed.is_dropped => {
            Ok(vec![maker.role(&access.object.project, RoleName::ADMIN, caller)?])
        }
        Reason::NoPrivilege(access, columns) => maker.privilege(access, columns, route, caller),
        Reason::ExplicitlyDenied(access, statement) => maker.undeny(access, statement, caller),
        Reason::MayNotUse(usage) => maker.usage(usage, caller),
        Reason::UsageDenied(usage, statement) => maker.undeny_usage(usage, statement, caller),
        Reason::LocationNotAllowed(used) => maker.location(used),
        Reason::Label(access, too_high) => maker.label(access, too_high, route, request),
        // Somebody else changes the policy, or does it.
        Reason::Bound(..)
        | Reason::NotTenantManager(..)
        | Reason::NotOfTenant(..)
        | Reason::MayNotManage(_)
        | Reason::ManagingDenied(..)
        | Reason::UserOfOtherAccount(..) => Ok(Vec::new()),
        Reason::Protected { object, destination } => {
            let is_meant = |flow: &&Flow| flow.source == *object && flow.destination == *destination;
            match request.flows.iter().find(is_meant) {
                Some(flow) => maker.flow(flow, route, request),
                None => Ok(Vec::new()),
            }
        }
        Reason::GranteeNotMember(project, Grantee::User(user)) => maker.member(project, user),
        // Roles are looked up after the decision: here only the project can be missing, and nobody can bring it back.
        Reason::GranteeNotMember(_, Grantee::Role(_)) => Ok(Vec::new()),
        // A RAM user cannot pass anything out of its account: the account itself has to.
        Reason::GranteeOfOtherAccount(_) | Reason::OtherAccounts => Ok(Vec::new()),
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
    Ok(Maker { facts }.package(denial, Route::Package, request)?.is_some())
}

/// Makes steps for a world.
struct Maker<'w> {
    facts: &'w Hypothetical<'w>,
}

impl Maker<'_> {
    /// A step; in a project it is taken by the project's owner, who always may.
    fn step(&self, change: Change, opens: impl Into<String>) -> Result<Remedy> {
        let known = match change.project() {
            Some(project) => self.facts.project(project.id)?,
            None => None,
        };
        let from = match &known {
            Some(project) => self.facts.admitted(project)?,
            None => None,
        };
        let by = known.map(|project| project.owner.clone());
        let may = makers(&change).to_owned();
        Ok(Remedy { change, by, from, may, opens: opens.into(), outside: None, is_inside: false })
    }

    fn account(&self, principal: &Principal) -> Result<Remedy> {
        self.step(Change::Account(principal.clone()), "nothing by itself")
    }

    fn member(&self, project: &ProjectRef, who: &Principal) -> Result<Vec<Remedy>> {
        let known = self.facts.project(project.id)?;
        let foreign = known.filter(|known| !who.is_account() && !who.is_of_account_of(&known.owner));
        let Some(known) = foreign else { return self.added(project, who) };
        // Its own account adds it, which must be a member and allowed to (TNT-4).
        let account = who.account();
        let position = membership(self.facts, &known, &account)?;
        let mut steps = if position.is_member() { Vec::new() } else { self.added(project, &account)? };
        let own = self.added(project, who)?;
        if self.facts.member_since(project.id, who)?.is_some() {
            // Advice does not show the added member that it was added.
            if let (Some(step), Some(last)) = (steps.last_mut(), own.into_iter().last()) {
                step.outside = last.outside;
            }
            return Ok(steps);
        }
        if !position.manages() {
            steps.push(self.role(project, RoleName::ADMIN, &account)?);
        }
        steps.iter_mut().for_each(|step| step.is_inside = true);
        steps.extend(own.into_iter().map(|step| {
            if !matches!(step.change, Change::Member(..)) {
                return step;
            }
            let may = format!("{account}, or a RAM user of it, that may add users there");
            Remedy { by: Some(account.clone()), may, ..step }
        }));
        Ok(steps)
    }

    fn added(&self, project: &ProjectRef, who: &Principal) -> Result<Vec<Remedy>> {
        let mut steps = Vec::new();
        if !self.facts.account_exists(who, None)? {
            steps.push(self.account(who)?);
        }
        let provider = who.provider();
        let refused =
            self.facts.project(project.id)?.is_some() && !self.facts.accepts_provider(project.id, provider)?;
        if refused {
            let change = Change::Provider(project.clone(), provider.to_owned());
            steps.push(self.step(change, format!("adding accounts of {provider}"))?);
        }
        let step = self.step(
            Change::Member(project.clone(), who.clone()),
            "what it owns there, and what it was granted there before, if anything (ACC-9)",
        )?;
        // Whether its account owns the project is for the project's administrators.
        let outside = (!who.is_account()).then(|| Outside {
            change: step.change.clone(),
            may: format!("{}; or {} itself, if the project belongs to another account", step.may, who.account()),
        });
        steps.push(Remedy { outside, ..step });
        Ok(steps)
    }

    fn admit(&self, project: &ProjectRef, source: &Source) -> Result<Vec<Remedy>> {
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        let (property, entry) = match source.vpc() {
            None => (Property::IpWhitelist, source.ip.to_string()),
            Some(vpc) => (Property::VpcWhitelist, format!("{vpc}[{}]", source.ip)),
        };
        let list = match known.property(property) {
            "" => entry.clone(),
            list => format!("{list},{entry}"),
        };
        let set = |list: String| Change::Property(project.clone(), property, list);
        let opens = format!("everything in project {} that is otherwise allowed, from {entry}", project.name);
        let step = self.step(set(list), opens)?;
        let may = format!("{}, from an address that is allowed", step.may);
        // Only the project's administrators may read the list.
        let outside = Outside { change: set(format!("…,{entry}")), may: may.clone() };
        Ok(vec![Remedy { may, outside: Some(outside), ..step }])
    }

    fn restore(&self, project: &ProjectRef) -> Result<Remedy> {
        let opens = format!("everything in project {} that is otherwise allowed", project.name);
        self.step(Change::Restored(project.clone()), opens)
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
        self.step(Change::Switch(project.clone(), switch), opens)
    }

    /// The list of allowed locations, with one more. Only the project's administrators may read it; where a table lies is not told to others.
    fn location(&self, used: &LocationUse) -> Result<Vec<Remedy>> {
        let Some(known) = self.facts.project(used.project.id)? else { return Ok(Vec::new()) };
        let list = |before: &str, location: &str| match before {
            "" => location.to_owned(),
            before => format!("{before}, {location}"),
        };
        let change = |text: String| Change::Locations(used.project.clone(), text);
        let location = used.location.to_string();
        let opens =
            format!("every file in {location}, to all who may define external tables, `load` or `unload` there");
        let step = self.step(change(list(&known.security.external_resource_locations, &location)), opens)?;
        let is_typed = used.rights == Rights::Invoker;
        let outside =
            Outside { change: change(list("…", if is_typed { &location } else { "…" })), may: step.may.clone() };
        Ok(vec![Remedy { outside: Some(outside), is_inside: !is_typed, ..step }])
    }

    /// The change that allows an action on an object: an ACL entry if one suffices; for management a policy that allows nothing else, or a role.
    fn privilege(&self, access: &Access, columns: &[String], route: Route, caller: &Principal) -> Result<Vec<Remedy>> {
        let Access { action, object, .. } = access;
        let project = &object.project;
        let Some(who) = access.subject(caller) else { return Ok(Vec::new()) };
        let Some(known) = self.facts.project(project.id)? else { return Ok(Vec::new()) };
        if action.is_management() && route != Route::Managing {
            let steps = self.delegate(access, who)?;
            if !steps.is_empty() {
                return Ok(steps);
            }
        }
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
                            "{}; also to all users of views, functions or resources that {who} creates from it",
                            step.opens
                        )
                    }
                };
                Ok(vec![Remedy { opens, ..step }])
            }
            Holders::Granting if object.owner.as_ref() == Some(who) && object.kind.is_owned() => {
                Ok(vec![self.switch(project, Switch::ObjectCreatorHasGrantPermission)?])
            }
            Holders::Granting | Holders::Showing | Holders::Managers => {
                Ok(vec![self.role(project, RoleName::ADMIN, who)?])
            }
            // Usage is no access to an object.
            Holders::Tenant => Ok(Vec::new()),
            Holders::Heads | Holders::Ownership => Ok(vec![self.role(project, RoleName::SUPER_ADMINISTRATOR, who)?]),
        }
    }

    fn grant(&self, action: Action, object: &Object, columns: &[String], who: &Principal) -> Result<Remedy> {
        let by = self.facts.project(object.project.id)?.map_or_else(|| who.clone(), |project| project.owner.clone());
        let grant = |column: Option<&String>| Grant {
            action,
            column: column.cloned(),
            grantee: Grantee::User(who.clone()),
            grantor: by.clone(),
            granted: self.facts.now(),
            expires: None,
            conditions: None,
        };
        let opens = match (action, columns, object.kind) {
            (Action::Select, [], _) => {
                "every column of it, from every project; `Select(<columns>)` opens less".to_owned()
            }
            (Action::Select, _, _) => "these columns of it, from every project".to_owned(),
            (_, _, ObjectKind::Project) => format!("{action} anywhere in the project"),
            (Action::Read, _, ObjectKind::Package) => "everything that the package lists, now and later".to_owned(),
            _ => format!("{action} on it by every statement"),
        };
        // Entries on several columns are several entries, which one statement makes.
        let grants = match columns {
            [] => vec![grant(None)],
            columns => columns.iter().map(|column| grant(Some(column))).collect(),
        };
        let step = self.step(Change::Grant(object.clone(), grants), opens)?;
        let (may, outside) = self.who_grants(action, object, who, &step.may)?;
        let outside = Outside { change: step.change.clone(), may: outside };
        Ok(Remedy { may, outside: Some(outside), ..step })
    }

    /// Who may grant an action on an object to `who` (ACC-8): as it is, and in words that hold in any project.
    fn who_grants(&self, action: Action, object: &Object, who: &Principal, makers: &str) -> Result<(String, String)> {
        if action == Action::Download {
            return Ok((makers.to_owned(), makers.to_owned()));
        }
        let mut may = makers.to_owned();
        if self.has_managers_of_other_accounts(&object.project, who)? {
            may.push_str(" that is not a RAM user of another account");
        }
        if !object.kind.is_owned() || object.is_default_schema() {
            return Ok((may, makers.to_owned()));
        }
        let is_in_schema = object.kind.is_in_schema() && !object.schema.is_default();
        // A view is called a table, so that the text does not reveal which it is (STG-4).
        let of_object = object.kind.grants_as().name();
        let known = self.facts.project(object.project.id)?;
        let owners_grant = known.is_none_or(|project| project.security.object_creator_has_grant_permission);
        let mut owners = Vec::new();
        if object.owner.as_ref().is_some_and(|owner| may_hand_to(owner, who)) {
            owners.push(format!("the owner of the {of_object}"));
        }
        let schema = if is_in_schema { self.facts.schema_object(&object.place())? } else { None };
        if schema.and_then(|schema| schema.owner).is_some_and(|owner| may_hand_to(&owner, who)) {
            owners.push("the owner of its schema".to_owned());
        }
        if owners_grant && !owners.is_empty() {
            may = format!("{may}, or {}", owners.join(" or "));
        }
        let of_schema = if is_in_schema { " or of its schema" } else { "" };
        Ok((may, format!("{makers}, or the owner of the {of_object}{of_schema} if owners may grant")))
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

    /// Read on a package that lists what is missing, or an entry inside it, where the current project has installed one.
    fn package(&self, denial: &Denial, route: Route, request: &Request) -> Result<Option<Remedy>> {
        let concerns = |access: &Access| match &denial.reason {
            Reason::NoPrivilege(missing, _) => {
                (access.action, &access.object, &access.rights) == (missing.action, &missing.object, &missing.rights)
            }
            Reason::NotMember(project) | Reason::NotObjectMember(project, _) => access.object.project.id == project.id,
            Reason::Protected { object, .. } => access.object == *object,
            Reason::UnknownPrincipal(_)
            | Reason::SignedOut(_)
            | Reason::KeyEnded(_)
            | Reason::NoProject
            | Reason::Address(..)
            | Reason::Frozen(_)
            | Reason::GranteeNotMember(..)
            | Reason::GranteeOfOtherAccount(_)
            | Reason::OtherAccounts
            | Reason::Bound(..)
            | Reason::NotTenantManager(..)
            | Reason::NotOfTenant(..)
            | Reason::UserOfOtherAccount(..)
            | Reason::ExplicitlyDenied(..)
            | Reason::Label(..)
            | Reason::MayNotManage(_)
            | Reason::ManagingDenied(..)
            | Reason::MayNotUse(_)
            | Reason::UsageDenied(..)
            | Reason::LocationNotAllowed(_)
            | Reason::OwnerIsFixed(_) => false,
        };
        let accesses = candidates(request, self.facts, self.facts.now())?;
        let mut closed = accesses.iter().flatten().filter(|candidates| concerns(&candidates.access));
        let Some((access, package)) = closed.find_map(|closed| Some((&closed.access, closed.closed()?))) else {
            return Ok(None);
        };
        let Some(subject) = access.subject(&request.principal) else { return Ok(None) };
        if route == Route::Inside {
            let columns = if let Reason::NoPrivilege(_, columns) = &denial.reason { columns.as_slice() } else { &[] };
            return self.grant_inside(access, columns, package, (subject, request)).map(Some);
        }
        self.grant(Action::Read, package, &[], subject).map(Some)
    }

    fn role(&self, project: &ProjectRef, role: &str, who: &Principal) -> Result<Remedy> {
        let opens = match role {
            RoleName::ADMIN => "every operation on its objects and most of its administration",
            _ => "everything in the project",
        };
        self.step(Change::Role(project.clone(), RoleName::new(role), who.clone()), opens)
    }

    /// An exception; or trust where that is wanted and it is a project that would be trusted (FLW-6).
    fn flow(&self, flow: &Flow, route: Route, request: &Request) -> Result<Vec<Remedy>> {
        let source = &flow.source.project;
        let Some(known) = self.facts.project(source.id)? else { return Ok(Vec::new()) };
        if let Destination::Project(to) = &flow.destination
            && route == Route::Trust
            && self.facts.project(to.id)?.is_some()
        {
            let opens = format!("the whole project: all data of {}, to project {}", source.name, to.name);
            return Ok(vec![self.step(Change::Trust(source.clone(), to.clone()), opens)?]);
        }
        // A dropped object cannot be named in a policy; the result computed from it can.
        let is_there = |object: &&Object| object.id != Identity::Gone;
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
        let Some(added) = with(None, &objects) else { return Ok(Vec::new()) };
        let by_jobs = match policy::excepted_task(request.job) {
            Some(task) => format!(" by {task} jobs"),
            None => " by jobs of every kind".to_owned(),
        };
        let shown = objects.iter().map(Object::to_string).collect::<Vec<_>>().join(" and ");
        let opens = format!("{shown} to every destination that {} can write to,{by_jobs} (EXC-7)", request.principal);
        let set = |text: String| Change::Exception(source.clone(), text, objects.clone());
        let step = self.step(set(text), opens)?;
        // Only the project's administrators may know whether there is a policy, and what it excepts.
        let besides = set(format!("the current policy, if there is one, and {added}"));
        let outside = Outside { change: besides, may: step.may.clone() };
        Ok(vec![Remedy { outside: Some(outside), ..step }])
    }
}
