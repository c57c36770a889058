use super::acl;
use super::evidence::AccessPlace;
use super::facts::Facts;
use super::label;
use super::package;
use super::path::{Candidates, Judging};
use super::request::{Access, Columns, Request, Requirement};
use crate::error::Result;
use crate::model::{Action, Time};

/// For each requirement of a request, the accesses that it requires, each with every path that may allow it; none for requirements of other kinds.
///
/// # Errors
/// Fails only if the facts cannot be read.
pub fn candidates<'r>(request: &'r Request, facts: &dyn Facts, now: Time) -> Result<Vec<Vec<Candidates<'r>>>> {
    let of_requirement = |(requirement, wanted): (usize, &'r Requirement)| match wanted {
        Requirement::Access(access) => {
            let (accesses, for_download) = required(access, request, facts)?;
            let collect = |access: Judging<'r>| {
                let package::Listed { paths: packages, closed } = package::paths(&access, request, facts, now)?;
                let own = acl::paths(&access, request, facts, now)?;
                let place = AccessPlace { requirement, action: access.action };
                let label::Asked { labelled, users, is_within: is_within_labels } =
                    label::asked(&access, (&packages, &own), request, facts, now)?;
                Ok(Candidates { access, place, for_download, packages, closed, own, labelled, users, is_within_labels })
            };
            accesses.into_iter().map(collect).collect()
        }
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
        | Requirement::Location(_) => Ok(Vec::new()),
    };
    request.requirements.iter().enumerate().map(of_requirement).collect()
}

/// With download control on, a tunnel download requires Describe and Download instead of Select (DLC-1).
fn required<'r>(access: &'r Access, request: &Request, facts: &dyn Facts) -> Result<(Vec<Judging<'r>>, bool)> {
    let controlled = request.downloads
        && access.action == Action::Select
        && facts.project(access.object.project.id)?.is_some_and(|project| project.has_download_control());
    if !controlled {
        return Ok((vec![Judging::Requested(access)], false));
    }
    let describe = Access { action: Action::Describe, columns: Columns::Whole, ..access.clone() };
    let download = Access { action: Action::Download, ..access.clone() };
    Ok(([describe, download].map(|access| Judging::Instead(Box::new(access))).into(), true))
}
