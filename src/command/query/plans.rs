//! The plans of a query and of the views under it.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::level::{Called, Level, Unusable};
use super::relation::data_context;
use super::user_code::{Contents, UserCodes};
use crate::command::bound::Context;
use crate::command::external;
use crate::data;
use crate::error::Result;
use crate::model::{ObjectId, Table};
use crate::store::Snapshot;

/// A plan and the plans of the bodies under it.
pub(super) struct Planned {
    pub plan: Arc<data::Plan>,
    pub bodies: Bodies,
}

/// The plans of the views that a query reads, by their keys, and of the functions in SQL that it calls, by their numbers.
#[derive(Default)]
pub(super) struct Bodies {
    pub views: BTreeMap<data::RelationKey, Rc<Planned>>,
    pub functions: BTreeMap<ObjectId, Rc<Planned>>,
}

/// What the planner reads, and the plans of the bodies among it.
pub(super) type Sources = (BTreeMap<data::RelationKey, data::Source>, Bodies);

/// Plans queries and the bodies of views, each body once.
pub(super) struct Plans<'a> {
    context: &'a Context<'a>,
    snapshot: &'a Snapshot<'a>,
    contents: &'a Contents,
    made: BTreeMap<ObjectId, Result<Rc<Planned>, Unusable>>,
}

impl<'a> Plans<'a> {
    pub fn new(context: &'a Context<'a>, snapshot: &'a Snapshot<'a>, contents: &'a Contents) -> Self {
        Self { context, snapshot, contents, made: BTreeMap::new() }
    }

    fn plan(&mut self, view: ObjectId, level: &Level) -> Result<Planned, data::Unplanned> {
        let (sources, bodies) = self.sources(level)?;
        // What a function says inside of a body is its owner's.
        let loaded = UserCodes::load(level, false, (self.contents, &bodies), (self.context, self.snapshot))?;
        if let Some(error) = loaded.unusable {
            return Err(error.into());
        }
        let context = data_context(level, loaded, self.context, Some(view));
        Ok(Planned { plan: Arc::new(data::plan(&level.query, &sources, &context)?), bodies })
    }

    pub fn sources(&mut self, level: &Level) -> Result<Sources, data::Unplanned> {
        let (mut sources, mut bodies) = (BTreeMap::new(), Bodies::default());
        for relation in &level.relations {
            let table = relation.named.known()?.clone();
            let source = match (&relation.body, &relation.information) {
                (_, Some(information)) => data::Source::Listed { table, rows: information.rows.clone() },
                (None, None) if table.external.is_some() => {
                    let scan = external::scan(&table, self.context, self.snapshot)?;
                    data::Source::External { table, scan }
                }
                (None, None) => {
                    let files = self.snapshot.files_to_plan(table.id)?;
                    let table = if data::is_target(&relation.key) { data::numbered(table) } else { table };
                    data::Source::Table { files, table }
                }
                (Some(body), None) => {
                    let planned = self.view(&table, body).map_err(|reason| reason.error(&relation.named.object))?;
                    let body = planned.plan.clone();
                    bodies.views.insert(relation.key.clone(), planned);
                    data::Source::View { table, body }
                }
            };
            sources.insert(relation.key.clone(), source);
        }
        for Called { function, body, object, .. } in &level.calls {
            if let (Some(function), Some(body)) = (function, body) {
                let planned = self.body(function.id, body, |_| true).map_err(|reason| reason.error(object))?;
                bodies.functions.insert(function.id, planned);
            }
        }
        Ok((sources, bodies))
    }

    fn view(&mut self, view: &Table, body: &Result<Level, Unusable>) -> Result<Rc<Planned>, Unusable> {
        // By position alone, a new column of a table would slip under a grant on an old one (ACC-5).
        let names = self.snapshot.view_columns(view.id).unwrap_or_default();
        self.body(view.id, body, |plan| fits(view, &names, plan))
    }

    /// What is wrong with a body may name columns that only its owner may know of: only the kind of it is passed on.
    fn body(
        &mut self,
        id: ObjectId,
        body: &Result<Level, Unusable>,
        fits: impl FnOnce(&data::Plan) -> bool,
    ) -> Result<Rc<Planned>, Unusable> {
        if let Some(made) = self.made.get(&id) {
            return made.clone();
        }
        let made = match body {
            Err(reason) => Err(*reason),
            Ok(level) => self.plan(id, level).map_err(|unplanned| match unplanned.too_large {
                true => Unusable::TooLarge,
                false => Unusable::NoLongerFits,
            }),
        };
        let made = made.and_then(|planned| match fits(&planned.plan) {
            true => Ok(Rc::new(planned)),
            false => Err(Unusable::NoLongerFits),
        });
        self.made.insert(id, made.clone());
        made
    }
}

/// Whether a body still gives the columns that it gave when the view was made: the same names and types, in the same order.
fn fits(view: &Table, names: &[String], body: &data::Plan) -> bool {
    let given = body.columns().iter().map(|column| (column.name.to_lowercase(), &column.data_type));
    given.eq(names.iter().cloned().zip(view.columns.iter().map(|column| &column.data_type)))
}
