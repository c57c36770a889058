//! What resources and functions have in common: one drops, describes and lists them by name.

use super::bound::{Bound, Context, Work};
use super::outcome::Outcome;
use super::refusal::{Refusal, there};
use super::resolve;
use crate::error::Result;
use crate::model::{Action, Object, Place};
use crate::security::{Access, Part, Request, Shown};
use crate::store::Snapshot;
use crate::syntax::object::ObjectName;
use crate::syntax::{Qualifier, is_like};

/// `drop`: asks for Delete.
pub(super) fn drop(
    name: &ObjectName,
    if_exists: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let request = asked(Action::Delete, &object, context);
    if missing.is_some() && if_exists {
        return Ok(Bound::missing_is_fine(request, object));
    }
    Ok(Bound::when_allowed(request, || {
        there(&object, missing)?;
        Ok(Work::change(move |write, _| {
            if let Some(id) = object.id.known() {
                write.drop_object(id)?;
            }
            Ok(Outcome::ok())
        }))
    }))
}

/// `desc`: asks for Read.
pub(super) fn describe<T: 'static>(
    name: &ObjectName,
    find: fn(&Snapshot<'_>, &Place, &str) -> Result<Option<T>>,
    part: impl FnOnce(&T) -> Option<Part>,
    show: impl FnOnce(&T, &Snapshot<'_>, &Shown) -> Result<Outcome> + 'static,
    (context, snapshot): (&Context<'_>, &Snapshot<'_>),
) -> Result<Bound> {
    let (object, missing) = resolve::object(name, context, snapshot)?;
    let request = asked(Action::Read, &object, context);
    let found = find(snapshot, &object.place(), &object.name)?;
    let request = Request { parts: found.as_ref().and_then(part).into_iter().collect(), ..request };
    Ok(Bound::when_allowed(request, || {
        there(&object, missing)?;
        let found = found.ok_or_else(|| gone(&object))?;
        Ok(Work::show_parts(move |snapshot, shown| show(&found, snapshot, shown)))
    }))
}

/// `list`: asks for List on the schema or project; those whose names `like` finds.
pub(super) fn list<T: 'static>(
    (qualifier, like): (&Qualifier, Option<&str>),
    all: fn(&Snapshot<'_>, &Place) -> Result<Vec<T>>,
    name: fn(&T) -> &str,
    part: impl FnMut(&T) -> Option<Part>,
    show: impl FnOnce(&[T], &Snapshot<'_>, &Shown) -> Result<Outcome> + 'static,
    (context, snapshot): (&Context<'_>, &Snapshot<'_>),
) -> Result<Bound> {
    let (place, span) = (resolve::listed_place(qualifier, context, snapshot)?, qualifier.span());
    let list = Access::inside(Action::List, resolve::container(&place, snapshot)?);
    let request = Request::in_session(context, vec![list.into()]);
    let mut found = all(snapshot, &place)?;
    found.retain(|found| is_like(name(found), like));
    let request = Request { parts: found.iter().filter_map(part).collect(), ..request };
    Ok(Bound::show_parts(request, move |snapshot, shown| {
        resolve::check_listed(&place, span, snapshot)?;
        show(&found, snapshot, shown)
    }))
}

/// The refusal where an object that has a name is not stored.
pub(super) fn gone(object: &Object) -> Refusal {
    Refusal::missing(object.clone(), resolve::not_found(object))
}

fn asked(action: Action, object: &Object, context: &Context<'_>) -> Request {
    Request::in_session(context, vec![Access::of(action, object.clone()).into()])
}
