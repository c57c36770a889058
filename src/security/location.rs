//! External locations: which ones a project lets be named, and where (EXT-2).

use super::decision::Trail;
use super::denial::{Denial, Reason};
use super::evidence::{Finding, LocationGround};
use super::facts::Facts;
use super::request::{Request, Requirement, Rights};
use super::rule::Rule;
use super::stop::Judged;
use crate::model::{Location, Object, ProjectRef, locations};

/// The use of a place outside of the state, in a project whose list of locations counts (EXT-2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocationUse {
    /// The place.
    pub location: Location,
    /// The project whose list counts.
    pub project: ProjectRef,
    /// Who named it: the caller, or the owner of the table whose definition names it.
    pub rights: Rights,
}

impl LocationUse {
    /// The table whose definition names the place.
    pub(super) fn behind(&self) -> Option<&Object> {
        match &self.rights {
            Rights::Definer { view, .. } => Some(view),
            Rights::Invoker => None,
        }
    }
}

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
