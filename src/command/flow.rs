//! Where the data of a statement goes: the destinations of what it reads (FLW-2, FLW-2b), and what is derived from data (FLW-2a).

use super::bound::Context;
use crate::model::{Identity, Object, ProjectRef};
use crate::security::{Access, Destination, Flow, Part};

/// What a statement does with the rows that it reads.
#[derive(Debug, Clone, Copy)]
pub(super) enum Use<'u> {
    /// The session sees them.
    Shown,
    /// A job writes them into an object of this project, and the session sees how it ends.
    Written(&'u ProjectRef),
    /// An object of this project is defined by them, and none is read yet.
    Defined(&'u ProjectRef),
    /// A job writes them into files outside, of an external table of this project if it says so, and the session sees how it ends.
    Outside(Option<&'u ProjectRef>),
    /// They go into a local file.
    TakenOut,
}

/// The destinations of everything that a statement reads. Every statement that reads asks this function.
///
/// How a job ends depends on its rows: success or error, counts, duration. So wherever its rows go, the session's project is a
/// destination as well (FLW-2b). For a local file it need not be named: no trust reaches a file (FLW-6), so what may go there may go
/// to every project, and where Download is asked instead, no flow is (DLC-1). What is only explained goes nowhere (FLW-10).
pub(super) fn destinations(rows: Use<'_>, context: &Context<'_>) -> Vec<Destination> {
    let session = Destination::Project(session(context));
    match rows {
        _ if context.explains => Vec::new(),
        Use::Shown => vec![session],
        Use::Written(project) => {
            let target = Destination::Project(project.clone());
            if target == session { vec![target] } else { vec![target, session] }
        }
        Use::Outside(project) => {
            let mut all: Vec<_> = project.map(|project| Destination::Project(project.clone())).into_iter().collect();
            all.push(Destination::External);
            if !all.contains(&session) {
                all.push(session);
            }
            all
        }
        Use::Defined(project) => vec![Destination::Project(project.clone())],
        Use::TakenOut => vec![Destination::Local],
    }
}

/// The project whose screen the session is; a session in no project is outside of all of them.
fn session(context: &Context<'_>) -> ProjectRef {
    context.current.cloned().unwrap_or_else(|| ProjectRef::unknown("(none)"))
}

/// What is derived from the data of an object goes to the session (FLW-2a): for statements that show nothing else, and for those
/// whose outcome depends on it. What is not there has no data: that it is missing is told as ever (STG-4a).
pub(super) fn derived(object: &Object, context: &Context<'_>) -> Vec<Flow> {
    if object.id == Identity::Unknown {
        return Vec::new();
    }
    let flow = |destination| Flow { source: object.clone(), through: Vec::new(), destination };
    destinations(Use::Shown, context).into_iter().map(flow).collect()
}

/// The part of a statement that shows what is derived from the data of an object, to callers with these accesses.
pub(super) fn part(object: &Object, accesses: Vec<Access>, context: &Context<'_>) -> Part {
    Part { of: object.clone(), job: None, accesses, flows: derived(object, context) }
}
