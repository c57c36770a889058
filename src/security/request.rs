use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::location::LocationUse;
pub use super::managed::Managed;
use super::uri::{reading, uris, uris_allowed};
use crate::model::{
    AccessKeyId, AccountId, Action, Grantee, Identity, JobType, Object, ObjectId, ObjectKind, PolicyHolder, Principal,
    ProjectRef, ResourceAct, RoleName, Source, TenantResource, TenantRight,
};
use crate::policy::Principals;

/// Who wants to do what, from where, and where data would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// Id of the account that the session signed in as: a new account of the same name is a different one (ACC-11a).
    /// `None` asks about the current account of that name.
    pub account: Option<AccountId>,
    /// The AccessKey pair that the session signed in with, if it was one: it ends with the pair (FLW-12).
    pub key: Option<AccessKeyId>,
    /// The address that it asks from.
    pub source: Source,
    /// The project in which the statement runs; `None` for statements that need none.
    pub current: Option<ProjectRef>,
    /// The job type that it runs as; `None` for statements that are not jobs.
    pub job: Option<JobType>,
    /// What must be allowed, in the order of the text.
    pub requirements: Vec<Requirement>,
    /// Which data would go where.
    pub flows: Vec<Flow>,
    /// Whether rows of the sources are shown to the session (FLW-8).
    pub shows_rows: bool,
    /// Whether it is a tunnel download, or is decided as one (DLC-1): a fact of the statement, whether or not there is anything to download.
    pub downloads: bool,
    /// What the tables and views of a query are made of, by number: no rule asks for it, but a job that is decided again must mean
    /// the same (STG-2).
    pub definitions: BTreeMap<ObjectId, String>,
    /// The columns that the text of a query names, in its order: which column a refusal names, of several (LAB-7).
    pub mentioned: Arc<[(Identity, String)]>,
    /// The other parts that it shows; those that may not be shown are left out (FLW-2a).
    pub parts: Vec<Part>,
}

/// What a statement shows that is derived from the data of one object, such as its size. Where it may not be shown, the statement
/// runs and leaves it out (FLW-2a).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The object.
    pub of: Object,
    /// The kind of job that its data was read by, for exceptions; `None` where it was no job.
    pub job: Option<JobType>,
    /// What must be allowed, besides what the statement itself needs.
    pub accesses: Vec<Access>,
    /// Which data would go where.
    pub flows: Vec<Flow>,
}

/// One thing that must be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// Nothing: anyone may, for this reason.
    None(&'static str),
    /// Membership of the current project, for this reason.
    Member(&'static str),
    /// An action on an object.
    Access(Access),
    /// Giving something to someone in this project (ACC-8).
    GrantTo {
        /// Where the grantee must be at home.
        project: ProjectRef,
        /// Who receives it.
        grantee: Grantee,
    },
    /// Allowing something to these principals, members or not, in a policy of this project (ACC-8).
    AllowTo {
        /// The project.
        project: ProjectRef,
        /// Whom the policy names.
        principals: Principals,
    },
    /// A right in the tenant of the caller's account, in a project of that tenant (TNT-2, TNT-5).
    Tenant(TenantRight),
    /// That this project belongs to the tenant of the caller's account (TNT-3).
    TenantProject(ProjectRef),
    /// That the caller may add this principal to a project (TNT-4).
    Join {
        /// The project.
        project: ProjectRef,
        /// Who is added.
        user: Principal,
    },
    /// Not being bound by a Deny of this policy, which the statement changes or takes from the caller (POL-11).
    Unbound {
        /// The project.
        project: ProjectRef,
        /// What the policy is attached to.
        holder: PolicyHolder,
    },
    /// Managing a tenant resource (TRS-1, TRS-5).
    Act(ResourceAccess),
    /// The use of a tenant resource, which is decided after everything else (STG-1).
    Usage(Usage),
    /// The use of a place outside of the state (EXT-2).
    Location(LocationUse),
}

/// Something other than its use that is done to a tenant resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceAccess {
    /// What is done.
    pub act: ResourceAct,
    /// To what.
    pub resource: TenantResource,
}

/// The use of a tenant resource in a project (TRS-2 to TRS-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usage {
    /// What is used.
    pub resource: TenantResource,
    /// The project whose switch, mounts and policies count.
    pub project: ProjectRef,
    /// Who named it.
    pub named_by: NamedBy,
}

/// Who named a tenant resource: whoever did needs it (TRS-4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedBy {
    /// The caller; or the owner of the object whose definition names it.
    Rights(Rights),
    /// Who manages the project, for all of it: as its default quota (TRS-3).
    Managers,
}

impl Usage {
    /// The object whose definition names the resource.
    pub(super) fn behind(&self) -> Option<&Object> {
        match &self.named_by {
            NamedBy::Rights(Rights::Definer { view, .. }) => Some(view),
            NamedBy::Rights(Rights::Invoker) | NamedBy::Managers => None,
        }
    }
}

/// An action on an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// What is done.
    pub action: Action,
    /// To what.
    pub object: Object,
    /// To which columns of it.
    pub columns: Columns,
    /// With whose rights.
    pub rights: Rights,
    /// Of management: what it is about, besides the object.
    pub managed: Managed,
}

/// The columns that an access touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Columns {
    /// The object as a whole.
    Whole,
    /// These columns are read; none of them for `count(*)` (ACC-5).
    Read(BTreeSet<String>),
}

/// Whose rights count for an access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rights {
    /// The caller's.
    Invoker,
    /// Those of the owner of the view whose body makes the access (VIW-1); likewise of who stored the content of a function or table
    /// resource.
    Definer {
        /// The owner; `None` if that account is gone: then nothing inside is allowed.
        owner: Option<Principal>,
        /// The view, function or resource.
        view: Object,
    },
}

impl Rights {
    /// Who has them; nobody where the account of an owner is gone.
    pub fn subject<'a>(&'a self, caller: &'a Principal) -> Option<&'a Principal> {
        match self {
            Self::Invoker => Some(caller),
            Self::Definer { owner, .. } => owner.as_ref(),
        }
    }
}

/// What a message calls whose rights count inside a view, function or resource.
pub(super) fn keeper(view: &Object) -> &'static str {
    match view.kind {
        ObjectKind::Resource | ObjectKind::Function => "maker",
        ObjectKind::Project
        | ObjectKind::Table
        | ObjectKind::View
        | ObjectKind::Instance
        | ObjectKind::Package
        | ObjectKind::Schema => "owner",
    }
}

/// Whose rights count inside a view, function or resource, in words.
pub(super) fn named_keeper(owner: Option<&Principal>, view: &Object) -> String {
    match owner {
        Some(owner) => format!("{} {owner}", keeper(view)),
        None => format!("{}, whose account no longer exists,", keeper(view)),
    }
}

/// Data of one object that goes to one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// What the data comes from.
    pub source: Object,
    /// The views through which it is read, outermost first (VIW-2); of an instance's result, the instance before them (FLW-9).
    pub through: Vec<Object>,
    /// Where it goes.
    pub destination: Destination,
}

/// Where data goes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Destination {
    /// Into a project: its tables, or the screen of a session in it.
    Project(ProjectRef),
    /// Into a file on the local machine.
    Local,
    /// Into external storage.
    External,
}

impl Request {
    /// Whether the statement runs as a job, which makes an instance (STG-5).
    pub fn makes_instance(&self) -> bool {
        self.requirements.iter().any(
            |requirement| matches!(requirement, Requirement::Access(access) if access.action == Action::CreateInstance),
        )
    }

    /// The same caller's request for these requirements and flows alone.
    pub fn alone(&self, requirements: Vec<Requirement>, flows: Vec<Flow>) -> Self {
        Self {
            principal: self.principal.clone(),
            account: self.account,
            key: self.key.clone(),
            source: self.source.clone(),
            current: self.current.clone(),
            job: self.job,
            requirements,
            flows,
            shows_rows: false,
            downloads: self.downloads,
            definitions: BTreeMap::new(),
            mentioned: Arc::clone(&self.mentioned),
            parts: Vec::new(),
        }
    }

    /// The view that the caller named, of those through which `view` is read: what it reads is not named (BND-2).
    pub(super) fn entrance<'r>(&'r self, view: &'r Object) -> &'r Object {
        let mut entrance = view;
        for _ in &self.requirements {
            let mut outer = None;
            for access in self.accesses().filter(|access| access.object == *entrance) {
                match &access.rights {
                    Rights::Invoker => return entrance,
                    Rights::Definer { view, .. } => outer = Some(view),
                }
            }
            match outer {
                Some(view) => entrance = view,
                None => break,
            }
        }
        let flow = self.flows.iter().find(|flow| flow.through.contains(entrance));
        flow.and_then(|flow| flow.through.first()).unwrap_or(entrance)
    }

    /// Whether the caller named this project, or something in it.
    pub(super) fn names(&self, project: &ProjectRef) -> bool {
        let is_own = |access: &Access| access.rights == Rights::Invoker && access.object.project == *project;
        let is_seen = |flow: &Flow| {
            let outermost = flow.through.first().unwrap_or(&flow.source);
            outermost.project == *project || matches!(&flow.destination, Destination::Project(to) if to == project)
        };
        let is_given_in = |requirement: &Requirement| matches!(requirement, Requirement::GrantTo { project: at, .. } if at == project);
        self.current.as_ref() == Some(project)
            || self.accesses().any(is_own)
            || self.flows.iter().any(is_seen)
            || self.requirements.iter().any(is_given_in)
    }

    /// The tenant resources that it uses, each with the place of its requirement.
    pub fn usages(&self) -> impl Iterator<Item = (usize, &Usage)> {
        self.requirements.iter().enumerate().filter_map(|(place, requirement)| match requirement {
            Requirement::Usage(usage) => Some((place, usage)),
            Requirement::None(_)
            | Requirement::Member(_)
            | Requirement::Access(_)
            | Requirement::GrantTo { .. }
            | Requirement::AllowTo { .. }
            | Requirement::Unbound { .. }
            | Requirement::Tenant(_)
            | Requirement::TenantProject(_)
            | Requirement::Join { .. }
            | Requirement::Act(_)
            | Requirement::Location(_) => None,
        })
    }

    /// The use of a tenant resource that the requirement at this place is, if it is one.
    pub(super) fn usage(&self, place: usize) -> Option<&Usage> {
        self.usages().find(|(at, _)| *at == place).map(|(_, usage)| usage)
    }

    /// The accesses that it requires.
    pub fn accesses(&self) -> impl Iterator<Item = &Access> {
        self.requirements.iter().filter_map(|requirement| match requirement {
            Requirement::Access(access) => Some(access),
            Requirement::None(_)
            | Requirement::Member(_)
            | Requirement::GrantTo { .. }
            | Requirement::AllowTo { .. }
            | Requirement::Unbound { .. }
            | Requirement::Tenant(_)
            | Requirement::TenantProject(_)
            | Requirement::Join { .. }
            | Requirement::Act(_)
            | Requirement::Usage(_)
            | Requirement::Location(_) => None,
        })
    }
}

impl Flow {
    /// The source, in words that the caller may read: an object that a view reads is not named (BND-2).
    pub(super) fn shown(&self) -> String {
        match self.through.first() {
            None => self.source.to_string(),
            Some(view) => format!("an object that {view} reads"),
        }
    }
}

impl Access {
    /// Whose rights count; nobody's where the account of an owner is gone.
    pub fn subject<'a>(&'a self, caller: &'a Principal) -> Option<&'a Principal> {
        self.rights.subject(caller)
    }

    /// Whether its name is a pattern, as in a grant with a policy: no object has such a name.
    pub fn is_by_pattern(&self) -> bool {
        let is_pattern = |name: &str| name.contains(['*', '?']);
        let object = &self.object;
        is_pattern(&object.name)
            || is_pattern(object.schema.as_str())
            || self.managed.name.as_deref().is_some_and(is_pattern)
    }

    /// The object, in words that the caller may read: an object that a view reads is not named.
    pub(super) fn shown(&self, request: &Request) -> String {
        match &self.rights {
            Rights::Invoker => self.object.to_string(),
            Rights::Definer { view, .. } => format!("an object that {} reads", request.entrance(view)),
        }
    }

    /// The same before it is allowed, without revealing whether the name is that of a view (STG-4).
    pub(super) fn asked(&self, request: &Request) -> String {
        match (&self.rights, self.object.kind) {
            (Rights::Invoker, ObjectKind::View) => {
                Object { kind: ObjectKind::Table, ..self.object.clone() }.to_string()
            }
            _ => self.shown(request),
        }
    }

    /// The view in whose body it is made.
    pub(super) fn behind(&self) -> Option<&Object> {
        match &self.rights {
            Rights::Invoker => None,
            Rights::Definer { view, .. } => Some(view),
        }
    }

    /// Every form of the URI of what it is about, as policies spell it, without `acs:odps:*:` (POL-6).
    pub fn uris(&self) -> Vec<String> {
        uris(self)
    }

    /// The forms by which a policy allows it: of a role only that of its type. A Deny counts in any form, since the name does not tell the type.
    pub fn uris_allowed(&self) -> Vec<String> {
        uris_allowed(self)
    }

    /// The same, about this role, which is of administrator type or not.
    pub fn about_role(self, name: &RoleName, is_administrator_role: bool) -> Self {
        Self { managed: Managed { is_administrator_role, ..self.managed.clone() }, ..self }.about(name.as_str())
    }

    /// The actions of which a Deny closes it: its own; of Download also the one that reads the data (DLC-1); of what shows the grants of a
    /// member or role also ShowAclGrants, by which the documents call it (ADM-1).
    pub fn denied_with(&self) -> impl Iterator<Item = Action> {
        let reads = (self.action == Action::Download).then(|| reading(self.object.kind));
        let shows =
            matches!(self.action, Action::ListUserRoles | Action::DescribeRole).then_some(Action::ShowAclGrants);
        std::iter::once(self.action).chain(reads).chain(shows)
    }

    /// Whether it reads rows, bytes or a function: what the result of a job is made of (FLW-9a).
    pub fn is_of_rows(&self) -> bool {
        let kinds = [ObjectKind::Table, ObjectKind::View, ObjectKind::Resource, ObjectKind::Function];
        self.action.reads_data() && kinds.contains(&self.object.kind)
    }

    /// An action of the caller on an object as a whole.
    pub fn of(action: Action, object: Object) -> Self {
        Self { action, object, columns: Columns::Whole, rights: Rights::Invoker, managed: Managed::default() }
    }

    /// Making or listing objects in a schema: `container` is the schema, or the project for `default` (SCH-2).
    pub fn inside(action: Action, container: Object) -> Self {
        let managed = Managed { is_in_default: container.kind == ObjectKind::Project, ..Managed::default() };
        Self { managed, ..Self::of(action, container) }
    }

    /// The object besides its own on which rights count for it: what may be made or listed in the project may be in every schema, and what
    /// names no schema is in `default` (SCH-2). `All` on the project is more.
    pub(super) fn counted_besides(&self) -> Option<Object> {
        let Self { action, object, managed, .. } = self;
        let is_in_both = *action != Action::All
            && action.is_grantable_on(ObjectKind::Project)
            && action.is_grantable_on(ObjectKind::Schema);
        match object.kind {
            ObjectKind::Project => (is_in_both && managed.is_in_default).then(|| object.default_schema()),
            ObjectKind::Schema => is_in_both.then(|| object.of_project()),
            ObjectKind::Table
            | ObjectKind::View
            | ObjectKind::Resource
            | ObjectKind::Function
            | ObjectKind::Instance
            | ObjectKind::Package => None,
        }
    }

    /// The same, about this role or package.
    pub fn about(self, name: impl Into<String>) -> Self {
        Self { managed: Managed { name: Some(name.into()), ..self.managed }, ..self }
    }
}

impl Destination {
    /// The project into which data goes, if it is one: only a project can be trusted (FLW-6).
    pub fn project(&self) -> Option<&ProjectRef> {
        match self {
            Self::Project(project) => Some(project),
            Self::Local | Self::External => None,
        }
    }
}

impl From<Access> for Requirement {
    fn from(access: Access) -> Self {
        Requirement::Access(access)
    }
}

impl std::fmt::Display for Destination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Project(project) => write!(f, "project {}", project.name),
            Self::Local => f.write_str("a local file"),
            Self::External => f.write_str("external storage"),
        }
    }
}
