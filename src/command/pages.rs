//! Results that may be long and are read from the state page by page while they are shown: the first line comes at once, and memory
//! holds one page.

use std::sync::Arc;

use super::outcome::Chunk;
use crate::error::Result;
use crate::model::Row;
use crate::store::{Snapshot, Store};

/// Rows that are read at once.
pub(super) const PAGE: usize = 1_000;

/// The rows that `next` gives, page by page, until it gives none.
///
/// Each page is a view of its own, so that a long list keeps no other shell's work from being tidied up: what others add or remove
/// meanwhile may show further down, and never twice, because each page begins behind the last row of the one before.
pub(super) fn pages(
    store: &Arc<Store>,
    next: impl FnMut(&Snapshot<'_>) -> Result<Vec<Row>> + 'static,
) -> Box<dyn Iterator<Item = Result<Chunk>>> {
    pages_after(Vec::new(), store, next)
}

/// The same, with some rows before those of the first page.
pub(super) fn pages_after(
    mut first: Vec<Row>,
    store: &Arc<Store>,
    mut next: impl FnMut(&Snapshot<'_>) -> Result<Vec<Row>> + 'static,
) -> Box<dyn Iterator<Item = Result<Chunk>>> {
    let store = Arc::clone(store);
    let mut ended = false;
    Box::new(std::iter::from_fn(move || {
        if ended {
            return None;
        }
        let page = store.read().and_then(|snapshot| next(&snapshot));
        ended = page.as_ref().map_or(true, |rows| rows.len() < PAGE);
        let mut rows = std::mem::take(&mut first);
        Some(page.map(|page| {
            rows.extend(page);
            Chunk::Rows(rows)
        }))
    }))
}
