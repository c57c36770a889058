//! Whether an ACL entry counts: it has not ended, and its conditions hold (ACC-2).

use super::request::Request;
use crate::model::{Grant, Object, ObjectKind, Principal, Time};
use crate::policy::{Conditions, RequestContext};

/// Who asks, from where, how and when: what conditions are held against.
pub(super) fn context<'r>(request: &'r Request, subject: &'r Principal, now: Time) -> RequestContext<'r> {
    RequestContext { principal: subject, job: request.job, source: &request.source, now }
}

/// Whether an entry on an object, or inside a package on it, counts for a request.
pub(super) fn counts(grant: &Grant, object: &Object, context: &RequestContext<'_>) -> bool {
    grant.is_valid(context.now)
        && conditions(grant).is_none_or(|conditions| match conditions {
            Ok(conditions) => {
                let instance = (object.kind == ObjectKind::Instance).then_some(object.name.as_str());
                conditions.hold(context, grant.action, instance)
            }
            // A condition that is lost would open.
            Err(_) => false,
        })
}

/// The conditions of an entry, if it has some; an error if they cannot be read, so that it allows nothing.
pub fn conditions(grant: &Grant) -> Option<crate::error::Result<Conditions>> {
    grant.conditions.as_deref().map(Conditions::parse)
}
