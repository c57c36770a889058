use std::collections::BTreeSet;

use crate::model::{Action, Grantee, JobType, Object, ObjectKind, Principal, ProjectRef, Source};

/// Who wants to do what, from where, and where data would go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The address that it asks from.
    pub source: Source,
    /// The project in which the statement runs; `None` for statements that need none.
    pub current: Option<ProjectRef>,
    /// The kind of job that it runs as; `None` for statements that are no job.
    pub job: Option<JobType>,
    /// What must be allowed, in the order of the text.
    pub claims: Vec<Claim>,
    /// Which data would go where.
    pub flows: Vec<Flow>,
    /// Whether rows of the sources are shown to the session (FLW-8).
    pub shows_rows: bool,
}

/// One thing that must be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Claim {
    /// Anyone may, for this reason.
    Anyone(&'static str),
    /// Every member of the current project may, for this reason.
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
    /// By whom.
    pub subject: Subject,
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
pub enum Subject {
    /// The principal who asks.
    Caller,
    /// The owner of the view whose body makes the access (VIW-1); likewise whoever put there what a function or table resource
    /// holds.
    ViewOwner {
        /// The owner.
        owner: Principal,
        /// The view, function or resource.
        view: Object,
    },
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
        self.claims
            .iter()
            .any(|claim| matches!(claim, Claim::Access(access) if access.action == Action::CreateInstance))
    }

    /// Whether it takes data out by tunnel: a tunnel job whose data goes to a local file (DLC-1).
    pub(super) fn is_tunnel_download(&self) -> bool {
        self.job == Some(JobType::Dt) && self.flows.iter().any(|flow| flow.destination == Destination::Local)
    }
}

impl Access {
    /// Whose rights count.
    pub(super) fn subject<'a>(&'a self, caller: &'a Principal) -> &'a Principal {
        match &self.subject {
            Subject::Caller => caller,
            Subject::ViewOwner { owner, .. } => owner,
        }
    }

    /// The object in words that the caller may read: what is inside a view stays there.
    pub(super) fn shown(&self) -> String {
        match &self.subject {
            Subject::Caller => self.object.to_string(),
            Subject::ViewOwner { view, .. } => format!("what {view} reads"),
        }
    }

    /// An action of the caller on an object as a whole.
    pub fn of(action: Action, object: Object) -> Self {
        Self { action, object, columns: Columns::Whole, subject: Subject::Caller }
    }
}

impl From<Access> for Claim {
    fn from(access: Access) -> Self {
        Claim::Access(access)
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
