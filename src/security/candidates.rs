use super::acl;
use super::evidence::AccessPlace;
use super::facts::Facts;
use super::package;
use super::path::Candidates;
use super::request::{Access, Claim, Columns, Request};
use crate::error::Result;
use crate::model::{Action, Time};

/// For each claim of a request, the accesses that it requires, each with every path that may allow it; none for claims of other kinds.
pub(super) fn candidates(request: &Request, facts: &dyn Facts, now: Time) -> Result<Vec<Vec<Candidates>>> {
    let of_claim = |(claim, wanted): (usize, &Claim)| match wanted {
        Claim::Access(access) => {
            let (accesses, for_download) = required(access, request, facts)?;
            let collect = |access: Access| {
                let package::Listed { paths: packages, closed } = package::paths(&access, request, facts, now)?;
                let own = acl::paths(&access, request, facts, now)?;
                let place = AccessPlace { claim, action: access.action };
                Ok(Candidates { access, place, for_download, packages, closed, own })
            };
            accesses.into_iter().map(collect).collect()
        }
        Claim::Anyone(_) | Claim::Member(_) | Claim::GrantTo { .. } => Ok(Vec::new()),
    };
    request.claims.iter().enumerate().map(of_claim).collect()
}

/// With download control on, a tunnel download requires Describe and Download instead of Select (DLC-1).
fn required(access: &Access, request: &Request, facts: &dyn Facts) -> Result<(Vec<Access>, bool)> {
    let controlled = request.downloads
        && access.action == Action::Select
        && facts.project(access.object.project.id)?.is_some_and(|project| project.has_download_control());
    if !controlled {
        return Ok((vec![access.clone()], false));
    }
    let describe = Access { action: Action::Describe, columns: Columns::Whole, ..access.clone() };
    Ok((vec![describe, Access { action: Action::Download, ..access.clone() }], true))
}
