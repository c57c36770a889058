//! External locations: which ones a project lets be named, and where (EXT-2).

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::{Finding, LocationGround};
use super::facts::Facts;
use super::request::{LocationUse, Request, Requirement};
use super::rule::Rule;
use super::stop::Judged;
use crate::model::locations;

/// Judges every location that a request names, in the order of the text. What stands at a location is not looked at.
pub(super) fn judge(request: &Request, facts: &dyn Facts, trail: &mut Trail) -> Judged {
    for (place, requirement) in request.requirements.iter().enumerate() {
        let Requirement::Location(used) = requirement else { continue };
        let ground = match facts.project(used.project.id)? {
            Some(project) if !project.security.external_resource_access_control => Some(LocationGround::Unchecked),
            // A list that cannot be read allows nothing.
            Some(project) => locations(&project.security.external_resource_locations)
                .unwrap_or_default()
                .into_iter()
                .find(|allowed| allowed.covers(&used.location))
                .map(LocationGround::Listed),
            None => None,
        };
        match ground {
            Some(ground) => trail.note(Rule::ExternalLocation, Finding::Location(place, ground)),
            None => return Err(refused(used).into()),
        }
    }
    Ok(())
}

fn refused(used: &LocationUse) -> Denial {
    Denial::new(Rule::ExternalLocation, Reason::LocationNotAllowed(used.clone())).behind(used.behind())
}
