//! What the claims of a request come to: which accesses are asked for, and how much of each the package path allows.

use super::facts::Facts;
use super::package::{self, Coverage};
use super::request::{Access, Claim, Columns, Flow, Request, Subject};
use crate::error::Result;
use crate::model::{Action, Object, ObjectKind, Time};

/// One access as it is judged.
#[derive(Debug)]
pub(super) struct Asked {
    /// The access.
    pub access: Access,
    /// Whether it replaces Select in a tunnel download (DLC-1).
    pub for_download: bool,
    /// What packages allow of it.
    pub shared: Coverage,
}

impl Asked {
    /// What the own path must allow; nothing where packages allow it all.
    pub fn on_own_path(&self) -> Option<Access> {
        let columns = self.shared.rest(&self.access.columns)?;
        Some(Access { columns, ..self.access.clone() })
    }

    fn is_by_package(&self) -> bool {
        self.shared.rest(&self.access.columns).is_none()
    }
}

/// For each claim of a request, the accesses it requires; none for claims of other kinds.
pub(super) fn asked(request: &Request, facts: &dyn Facts, now: Time) -> Result<Vec<Vec<Asked>>> {
    let of_claim = |claim: &Claim| match claim {
        Claim::Access(access) => {
            let (accesses, for_download) = of_access(access, request, facts)?;
            let judged = |access: Access| {
                let shared = package::coverage(&access, request, facts, now)?;
                Ok(Asked { access, for_download, shared })
            };
            accesses.into_iter().map(judged).collect()
        }
        Claim::Anyone(_) | Claim::Member(_) | Claim::GrantTo { .. } => Ok(Vec::new()),
    };
    request.claims.iter().map(of_claim).collect()
}

/// With download control on, a tunnel download requires Describe and Download instead of Select (DLC-1).
fn of_access(access: &Access, request: &Request, facts: &dyn Facts) -> Result<(Vec<Access>, bool)> {
    let controlled = request.downloads
        && access.action == Action::Select
        && facts.project(access.object.project.id)?.is_some_and(|project| project.has_download_control());
    if !controlled {
        return Ok((vec![access.clone()], false));
    }
    let describe = Access { action: Action::Describe, columns: Columns::Whole, ..access.clone() };
    Ok((vec![describe, Access { action: Action::Download, ..access.clone() }], true))
}

/// Whether all data of a flow was read through packages: then protection does not apply (PTH-2).
///
/// What counts is how each stretch of the way that lies in the source's project was entered, from the caller's side. Below a
/// packaged view, what it reads in the project that made the package comes by the package as well (VIW-3), up to the first view
/// of another project: whoever makes that one chooses what it reads. Below one that was read on the own path nothing comes by
/// a package, whatever its owner may use: what it adds came by none (PTH-1).
pub(super) fn came_by_package(
    flow: &Flow,
    asked: &[Vec<Asked>],
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<bool> {
    let mut is_inside = false;
    for (place, object) in flow.through.iter().chain(std::iter::once(&flow.source)).enumerate() {
        let was_inside = std::mem::replace(&mut is_inside, object.project.id == flow.source.project.id);
        let views = flow.through.get(..place).unwrap_or_default();
        if is_inside && !was_inside && !was_shared(object, views, asked, request, facts, now)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether packages alone let an object be read through these views.
fn was_shared(
    object: &Object,
    views: &[Object],
    asked: &[Vec<Asked>],
    request: &Request,
    facts: &dyn Facts,
    now: Time,
) -> Result<bool> {
    let mut reads = reads(object, views, asked).peekable();
    if reads.peek().is_some() {
        return Ok(reads.all(Asked::is_by_package));
    }
    // Nothing reads it now: what an instance made of it (FLW-9), and what is derived from its data (FLW-2a), is judged as if all of
    // it were read.
    match as_if_read(object, views) {
        Some(access) => Ok(package::coverage(&access, request, facts, now)?.rest(&access.columns).is_none()),
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
    let subject = match views.last() {
        None => Subject::Caller,
        Some(view) => Subject::ViewOwner { owner: Some(view.owner.clone()), view: view.clone() },
    };
    Some(Access { action, object: object.clone(), columns: Columns::Whole, subject })
}

/// Whether Download was required for the source of a flow: it replaces protection (DLC-1).
pub(super) fn is_judged_by_download(flow: &Flow, asked: &[Vec<Asked>]) -> bool {
    let mut reads = reads(&flow.source, &flow.through, asked).peekable();
    reads.peek().is_some() && reads.all(|asked| asked.for_download)
}

/// The accesses that read an object through these views. An instance before them is no view: what its result was made of is read
/// as if it were read now (FLW-9).
fn reads<'a>(object: &'a Object, views: &'a [Object], asked: &'a [Vec<Asked>]) -> impl Iterator<Item = &'a Asked> {
    let inner = views.last().filter(|view| view.kind != ObjectKind::Instance);
    asked.iter().flatten().filter(move |asked| {
        let Access { action, object: read, subject, .. } = &asked.access;
        let inside = match (subject, inner) {
            (Subject::Caller, None) => true,
            (Subject::ViewOwner { view, .. }, Some(last)) => view == last,
            _ => false,
        };
        inside && read == object && action.reads_data()
    })
}
