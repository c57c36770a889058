//! The plan of a query whose caller holds only columns of some relations (STG-4).

use std::collections::BTreeMap;

use datafusion::common::internal_datafusion_err;
use datafusion::sql::sqlparser::ast::Query as Tree;

use super::{Context, Plan, RelationAccess, Source, Unplanned, accesses, build, check_functions, counted, unplanned};
use crate::data::accesses::Touched;
use crate::data::kept_back::{KeptBack, is_named_in};
use crate::data::meaning::{Meaning, meaning};
use crate::data::parse::Query;
use crate::data::planner::{Known, Planner};
use crate::data::relations::{Relation, RelationKey};
use crate::error::Result;

/// What comes of a query whose caller holds only columns of some relations.
#[derive(Debug)]
pub enum Held {
    /// It touches no other columns.
    Plan(Plan),
    /// It touches others: these are all.
    Touches(Vec<RelationAccess>),
}

/// Plans `query` for a caller from whom columns are kept back: as if they were not there, except that `*` means them as well (STG-4).
///
/// # Errors
/// What `plan` fails with, as far as it follows from the other columns.
pub fn plan_held(
    query: &Query,
    sources: &BTreeMap<RelationKey, Source>,
    kept_back: &KeptBack,
    context: &Context,
) -> Result<Held, Unplanned> {
    check_functions(query, context.stand_ins)?;
    counted(context, || build_held(query, sources, kept_back, context))
}

fn build_held(
    query: &Query,
    sources: &BTreeMap<RelationKey, Source>,
    kept_back: &KeptBack,
    context: &Context,
) -> Result<Held, Unplanned> {
    // A natural join means all columns, as `*` does: with some of them it would give other rows. So does a pattern of column names:
    // whether it matches one that is kept back is not to be seen.
    let means_all = query.rewritten.joins_naturally || query.rewritten.has_column_patterns;
    if means_all && kept_back.keeps_columns() {
        return Ok(Held::Touches(all(query, sources)));
    }
    let mut asked = kept_back.clone();
    for (relation, columns) in meaning_of(query, sources, kept_back)?.asked {
        asked.ask_of(relation, columns);
    }
    loop {
        let planner = Planner::new(query, sources, Known { kept_back: &asked, typed: false }, context)?;
        let unplanned = match read(&planner, query, &asked) {
            Ok((touched, tree)) => {
                let mut accesses = accesses(query, &touched, sources);
                accesses.iter_mut().for_each(|access| access.columns.extend(asked.asked_of(&access.relation)));
                if accesses.iter().any(|access| asked.is_beyond(access)) {
                    return Ok(Held::Touches(accesses));
                }
                return Ok(Held::Plan(build(query, &tree, sources, kept_back, context)?));
            }
            Err(unplanned) => unplanned,
        };
        if is_named_in(&unplanned.error.message) {
            // The message is about what `*` means: that takes all of it.
            return Ok(Held::Touches(all(query, sources)));
        }
        // What is not there is asked for like what is kept back: it is put there, and the next mistake is looked for.
        let is_new = unplanned.column.as_deref().is_some_and(|column| asked.ask(column, &unplanned.in_sight));
        if !is_new {
            return match asked.asks() {
                true => Ok(Held::Touches(only_asked(query, &asked))),
                false => Err(unplanned),
            };
        }
    }
}

/// What the names of a query mean to a caller from whom these columns are kept back.
pub(super) fn meaning_of(
    query: &Query,
    sources: &BTreeMap<RelationKey, Source>,
    kept_back: &KeptBack,
) -> Result<Meaning> {
    let known = |relation: &Relation| {
        let key = relation.key();
        let columns = sources.get(&key).into_iter().flat_map(|source| source.table().all_columns());
        kept_back.known(&key, columns.map(|column| column.name.clone()).collect())
    };
    let known: Vec<_> = query.rewritten.relations.list().iter().map(known).collect();
    let trees: Vec<&Tree> = std::iter::once(&query.rewritten.query).chain(&query.rewritten.unused).collect();
    meaning(query, &trees, &known)
}

/// What a query touches in the first of its readings that has a meaning, and that reading.
fn read(planner: &Planner, query: &Query, kept_back: &KeptBack) -> Result<(Touched, Tree), Unplanned> {
    let mut last = Err(unplanned(&internal_datafusion_err!("no reading"), query));
    for tree in kept_back.readings(&query.rewritten.query) {
        last = probe(planner, query, &tree).map(|touched| (touched, tree));
        if last.is_ok() {
            break;
        }
    }
    last
}

/// What a query touches, planned as far as its types.
fn probe(planner: &Planner, query: &Query, tree: &Tree) -> Result<Touched, Unplanned> {
    let failed = |error| unplanned(&error, query);
    let mut touched = Touched::default();
    for tree in std::iter::once(tree).chain(&query.rewritten.unused) {
        let raw = planner.plan(tree).map_err(failed)?;
        touched.add(&raw).map_err(failed)?;
        planner.typed(raw).map_err(failed)?;
    }
    Ok(touched)
}

/// The columns that were asked for and are not held.
fn only_asked(query: &Query, asked: &KeptBack) -> Vec<RelationAccess> {
    let access = |relation: &Relation| {
        let relation = relation.key();
        RelationAccess { columns: asked.asked_of(&relation).collect(), relation }
    };
    query.relations().iter().map(access).collect()
}

/// Every column of every relation.
fn all(query: &Query, sources: &BTreeMap<RelationKey, Source>) -> Vec<RelationAccess> {
    let access = |relation: &Relation| {
        let key = relation.key();
        let columns = sources.get(&key).into_iter().flat_map(|source| source.table().all_columns());
        RelationAccess { columns: columns.map(|column| column.name.clone()).collect(), relation: key }
    };
    query.relations().iter().map(access).collect()
}
