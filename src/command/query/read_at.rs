//! Where in a script a statement reads what: its own query behind the definitions of the variables that it uses.

use std::collections::BTreeMap;

use super::level::{Level, Relation};
use crate::data;
use crate::error::Result;
use crate::model::ObjectId;

/// What is read, by number, the table whose rows change apart; with the first place in the script that reads it.
pub(super) fn read_at(level: &Level) -> Result<BTreeMap<ObjectId, usize>> {
    let mut read = BTreeMap::new();
    for called in &level.calls {
        if let Some(Ok(body)) = called.body.as_deref() {
            read_by(body, called.call.span.unwrap_or_default().start, &mut read)?;
        }
    }
    for named in level.query.relations() {
        let is_it = |relation: &&Relation| relation.key == named.key() && !data::is_target(&relation.key);
        if let Some(relation) = level.relations.iter().find(is_it) {
            note(relation, named.span.start, &mut read)?;
        }
    }
    Ok(read)
}

/// The same of a body that is read at a place.
fn read_by(body: &Level, place: usize, read: &mut BTreeMap<ObjectId, usize>) -> Result<()> {
    for called in &body.calls {
        if let Some(Ok(body)) = called.body.as_deref() {
            read_by(body, place, read)?;
        }
    }
    body.relations.iter().try_for_each(|relation| note(relation, place, read))
}

fn note(relation: &Relation, place: usize, read: &mut BTreeMap<ObjectId, usize>) -> Result<()> {
    let first = read.entry(relation.named.known()?.id).or_insert(usize::MAX);
    if place >= *first {
        return Ok(());
    }
    *first = place;
    match relation.body.as_deref() {
        Some(Ok(body)) => read_by(body, place, read),
        _ => Ok(()),
    }
}
