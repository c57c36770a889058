//! What each statement means: `bind` turns it into a request and the work that a yes sets free.
//!
//! One file per family. Nothing here decides: [`Bound`] gives its request to `security`, and its work runs only from
//! `Authorised<Bound>`. Where binding depends on a decision, it asks [`Context::judge`].

mod absent;
mod annotation;
mod basis;
mod bound;
mod builtin_function;
mod elsewhere;
mod external;
mod external_schema;
mod flow;
mod function;
mod grant;
mod grants_shown;
mod information;
mod instance;
mod label;
mod label_shown;
mod managed_asked;
mod named_usage;
mod outcome;
mod package;
mod package_shown;
mod pages;
mod policy;
mod policy_grant;
mod project;
mod protection;
mod query;
mod refusal;
mod resolve;
mod resource;
mod role;
mod schema;
mod session;
mod setting;
mod stored;
mod table;
mod tenant;
mod tenant_policy;
mod tenant_resource;
mod tunnel;
mod unbound;
mod usage;
mod user;

pub use absent::{Absent, Instead};
pub use basis::Basis;
pub use bound::{
    AttachWork, Bound, Context, Draft, Export, Files, Folders, Look, Pieces, Place, StoredFile, Work, release,
};
pub use grant::named_object;
pub use instance::{Await, Then};
pub use managed_asked::{ManagedAsked, asked_of_package, asked_of_role};
pub use outcome::{
    AdvisedStatement, Alternative, Answer, Chunk, Description, Explanation, Extended, Failure, GrantEntry, Grants,
    GrantsOf, ImplicitGrant, Item, Listing, Outcome, OwnedObject, PackageDescription, PartitionDescription,
    PolicyEntry, Progress, Properties, PropertiesOf, Refused, Rows, Step, Steps, TableDescription, Unit, VisibleAdvice,
};
pub use query::{Existing, Insert, Job, Query, Written, bind_earlier_views, place_in_body};
pub use session::SessionChange;
pub use tunnel::{Download, DownloadPart, Resumed, Upload};
pub use usage::Usage;

use crate::error::{Code, Error, Result};
use crate::store::Snapshot;
use crate::syntax::Statement;

/// Binds a statement: its names to objects, its accesses and flows to a request, its effect to work.
///
/// # Errors
/// What cannot even be asked: a statement of the local world, no current project, a text that is no query. Objects that are not
/// there are no error here: they are judged first (STG-4).
pub fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let bound = bind_alone(statement, context, snapshot);
    // Taken in any case: it is about this statement alone.
    let locked = snapshot.take_locked();
    let mut bound = bound?;
    let locked = locked.or(locked_target(&bound, snapshot)?);
    if let Some(error) = locked {
        // Told to whoever is allowed to read the data (ENC-1).
        bound.work = Err(error.into());
    }
    // What jobs use is named by the session and the project, not by the statement (TRS-4).
    let usages = named_usage::of_job(&bound.request, context, snapshot)?;
    Ok(if usages.is_empty() { bound } else { bound.with_request(|request| named_usage::added(request, usages)) })
}

/// Why what a statement writes cannot be encrypted.
fn locked_target(bound: &Bound, snapshot: &Snapshot<'_>) -> Result<Option<Box<Error>>> {
    for project in bound.work.iter().flat_map(Work::filled) {
        match snapshot.data_key(project) {
            Err(error) if error.code == Code::EncryptionKey => return Ok(Some(error)),
            key => drop(key?),
        }
    }
    Ok(None)
}

fn bind_alone(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Session(statement) => session::bind(statement, context, snapshot),
        Statement::Project(statement) => project::bind(statement, context, snapshot),
        Statement::Schema(statement) => schema::bind(statement, context, snapshot),
        Statement::Table(statement) => table::bind(statement, context, snapshot),
        Statement::Query(statement) => query::bind(statement, context, snapshot),
        Statement::Resource(statement) => resource::bind(statement, context, snapshot),
        Statement::Function(statement) => function::bind(statement, context, snapshot),
        Statement::User(statement) => user::bind(statement, context, snapshot),
        Statement::Role(statement) => role::bind(statement, context, snapshot),
        Statement::Grant(statement) => grant::bind(statement, context, snapshot),
        Statement::Label(statement) => label::bind(statement, context, snapshot),
        Statement::Package(statement) => package::bind(statement, context, snapshot),
        Statement::Policy(statement) => policy::bind(statement, context, snapshot),
        Statement::Tenant(statement) => tenant::bind(statement, context, snapshot),
        Statement::TenantResource(statement) => tenant_resource::bind(statement, context, snapshot),
        Statement::Protection(statement) => protection::bind(statement, context, snapshot),
        Statement::Instance(statement) => instance::bind(statement, context, snapshot),
        Statement::Tunnel(statement) => tunnel::bind(statement, context, snapshot),
        Statement::Elsewhere(statement) => elsewhere::bind(statement, context, snapshot),
        Statement::Local(_) => {
            Err(Error::new(Code::Semantic, "a local command is not decided: it acts on the state file itself"))
        }
    }
}

/// Reads what is left unread by `syntax`: the queries inside a statement.
///
/// # Errors
/// A query that is none, with its place.
pub fn check_syntax(statement: &Statement) -> Result<()> {
    query::check_syntax(statement)
}

/// Whether a statement reads or writes rows: then it is planned before the state is locked, and keeps the data files alive.
pub fn touches_rows(statement: &Statement) -> bool {
    match statement {
        Statement::Query(_) => true,
        Statement::Table(statement) => table::plans(statement),
        Statement::Instance(statement) => instance::fetches(statement),
        Statement::Tunnel(statement) => tunnel::touches_rows(statement),
        Statement::Session(_)
        | Statement::Project(_)
        | Statement::Schema(_)
        | Statement::Resource(_)
        | Statement::Function(_)
        | Statement::User(_)
        | Statement::Role(_)
        | Statement::Grant(_)
        | Statement::Label(_)
        | Statement::Package(_)
        | Statement::Policy(_)
        | Statement::Tenant(_)
        | Statement::TenantResource(_)
        | Statement::Protection(_)
        | Statement::Elsewhere(_)
        | Statement::Local(_) => false,
    }
}

/// Whether a statement is bound before the state is locked: it may take long, because it plans a query or touches a local file, or it
/// changes nothing, and needs the lock for its record alone.
pub fn is_bound_first(statement: &Statement) -> bool {
    match statement {
        Statement::Session(_) | Statement::Query(_) | Statement::Tunnel(_) | Statement::Elsewhere(_) => true,
        Statement::Project(statement) => project::only_shows(statement),
        Statement::Schema(statement) => schema::only_shows(statement),
        Statement::Table(statement) => table::plans(statement) || table::only_shows(statement),
        Statement::Resource(statement) => resource::only_shows(statement) || resource::reads_file(statement),
        Statement::Function(statement) => function::only_shows(statement),
        Statement::User(statement) => user::only_shows(statement),
        Statement::Role(statement) => role::only_shows(statement),
        Statement::Grant(statement) => grant::only_shows(statement),
        Statement::Label(statement) => label::only_shows(statement),
        Statement::Package(statement) => package::only_shows(statement),
        Statement::Policy(statement) => policy::only_shows(statement) || policy::reads_file(statement),
        Statement::Tenant(statement) => tenant::only_shows(statement),
        Statement::TenantResource(statement) => tenant_resource::only_shows(statement),
        Statement::Protection(statement) => protection::only_shows(statement) || protection::reads_file(statement),
        Statement::Instance(statement) => instance::fetches(statement) || instance::only_shows(statement),
        Statement::Local(_) => false,
    }
}

/// Whether a statement does nothing but change the state, quickly and without a file: then it may share a commit with others.
pub fn only_changes(statement: &Statement) -> bool {
    match statement {
        // Its rows are read while they are shown, and must not show what a later statement did.
        Statement::Package(crate::syntax::package::Statement::Show { .. }) => false,
        Statement::User(_)
        | Statement::Role(_)
        | Statement::Grant(_)
        | Statement::Label(_)
        | Statement::Package(_)
        | Statement::Tenant(_)
        | Statement::TenantResource(_) => true,
        Statement::Session(_)
        | Statement::Project(_)
        | Statement::Schema(_)
        | Statement::Table(_)
        | Statement::Query(_)
        | Statement::Instance(_)
        | Statement::Tunnel(_)
        | Statement::Resource(_)
        | Statement::Function(_)
        | Statement::Policy(_)
        | Statement::Protection(_)
        | Statement::Elsewhere(_)
        | Statement::Local(_) => false,
    }
}
