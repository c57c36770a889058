//! How the data of a flow was read: through packages (PTH-2, VIW-3), or under Download (DLC-1).

use super::facts::Facts;
use super::package;
use super::path::Candidates;
use super::request::{Access, Flow, Request, Rights};
use crate::error::Result;
use crate::model::{Action, Object, ObjectKind, Time};

/// Whether all data of a flow was read through packages: then protection does not apply (PTH-2).
///
/// What counts is how each stretch of the way that lies in the source's project was entered, from the caller's side. Below a
/// packaged view, what it reads in the project that made the package comes by the package as well (VIW-3), up to the first view
/// of another project: the maker of that view chooses what it reads. Below one that was read on the own path nothing comes by
/// a package, even if its owner may use one: what it adds came by none (PTH-1).
pub(super) fn came_by_package(
    flow: &Flow,
    accesses: &[Vec<Candidates<'_>>],
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<bool> {
    let mut is_inside = false;
    for (place, object) in flow.through.iter().chain(std::iter::once(&flow.source)).enumerate() {
        let was_inside = std::mem::replace(&mut is_inside, object.project.id == flow.source.project.id);
        let views = flow.through.get(..place).unwrap_or_default();
        if is_inside && !was_inside && !was_shared(object, views, accesses, request, facts, now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether packages alone let an object be read through these views.
fn was_shared(
    object: &Object,
    views: &[Object],
    accesses: &[Vec<Candidates<'_>>],
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<bool> {
    let mut reads = reads(object, views, accesses).peekable();
    if reads.peek().is_some() {
        return Ok(reads.all(Candidates::is_by_package));
    }
    // Nothing reads it now: what an instance made of it (FLW-9), and what is derived from its data (FLW-2a), is judged as if all of
    // it were read.
    match as_if_read(object, views) {
        Some(access) => Ok(package::paths(&access, request, facts, now)?.cover(&access.columns)),
        None => Ok(false),
    }
}

/// The access that reads the whole object, by the query of an instance through these views, or else directly; none where it is read
/// through anything else.
fn as_if_read(object: &Object, way: &[Object]) -> Option<Access> {
    let views = match way.split_first() {
        Some((instance, views)) if instance.kind == ObjectKind::Instance => views,
        Some(_) => return None,
        None => way,
    };
    if !views.iter().all(|view| view.kind == ObjectKind::View) {
        return None;
    }
    let action = match object.kind {
        ObjectKind::Table | ObjectKind::View => Action::Select,
        ObjectKind::Resource => Action::Read,
        ObjectKind::Function => Action::Execute,
        ObjectKind::Project | ObjectKind::Instance | ObjectKind::Package | ObjectKind::Schema => return None,
    };
    let rights = match views.last() {
        None => Rights::Invoker,
        Some(view) => Rights::Definer { owner: view.owner.clone(), view: view.clone() },
    };
    Some(Access { rights, ..Access::of(action, object.clone()) })
}

/// Whether Download was required for the source of a flow: it replaces protection (DLC-1).
pub(super) fn is_judged_by_download(flow: &Flow, accesses: &[Vec<Candidates<'_>>]) -> bool {
    let mut reads = reads(&flow.source, &flow.through, accesses).peekable();
    reads.peek().is_some() && reads.all(|read| read.for_download)
}

/// The accesses that read an object through these views. An instance before them is no view: what its result was made of is read
/// as if it were read now (FLW-9).
fn reads<'a>(
    object: &'a Object,
    views: &'a [Object],
    accesses: &'a [Vec<Candidates<'a>>],
) -> impl Iterator<Item = &'a Candidates<'a>> {
    let inner = views.last().filter(|view| view.kind != ObjectKind::Instance);
    accesses.iter().flatten().filter(move |candidates| {
        let Access { action, object: read, rights, .. } = &*candidates.access;
        let inside = match (rights, inner) {
            (Rights::Invoker, None) => true,
            (Rights::Definer { view, .. }, Some(last)) => view == last,
            _ => false,
        };
        inside && read == object && action.reads_data()
    })
}
