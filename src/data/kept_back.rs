//! Columns that the caller of a query does not hold. The planner knows that they are there, so that `*` means all columns; it does not
//! know what they are called and what they hold, so that nothing else tells of them (STG-4).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, Field, FieldRef};
use datafusion::sql::sqlparser::ast::{
    ExceptSelectItem, Ident, Query as Tree, SelectItem, SetExpr, VisitMut, VisitorMut, WildcardAdditionalOptions,
};

use super::meaning::Known;
use super::plan::RelationAccess;
use super::relations::RelationKey;
use crate::model::Table;

/// What the names of such columns begin with here: nobody can type it.
const MARK: &str = "\u{1}odps:kept back:";

/// Most columns that are asked for one after the other, because the planner did not find them.
const MOST: usize = 16;

/// For each relation, the columns that are kept back; no entry for one whose caller holds it whole.
#[derive(Debug, Clone, Default)]
pub struct KeptBack {
    kept: BTreeMap<RelationKey, (usize, BTreeSet<String>)>,
    /// Columns that a query asks for and that the planner could not find, as if they were there.
    asked: BTreeMap<RelationKey, BTreeSet<String>>,
    /// How many of them the planner named.
    found: usize,
}

impl KeptBack {
    /// Keeps these columns of a relation back.
    pub fn add(&mut self, relation: RelationKey, columns: BTreeSet<String>) {
        let number = self.kept.len();
        self.kept.insert(relation, (number, columns));
    }

    /// Whether no relation is held in part.
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Whether there is a column that is kept back.
    pub(super) fn keeps_columns(&self) -> bool {
        self.kept.values().any(|(_, columns)| !columns.is_empty())
    }

    /// Whether an access touches what is kept back or not there.
    pub(super) fn is_beyond(&self, access: &RelationAccess) -> bool {
        let kept = self.kept.get(&access.relation).is_some_and(|(_, columns)| !columns.is_disjoint(&access.columns));
        kept || self.asked.contains_key(&access.relation)
    }

    /// Asks for a column of the relations that have one of these names in sight; false if that changes nothing.
    pub(super) fn ask(&mut self, column: &str, in_sight: &[String]) -> bool {
        let mut is_new = false;
        for (relation, (number, columns)) in &self.kept {
            if self.found < MOST && columns.iter().any(|column| in_sight.contains(&marked(*number, column))) {
                is_new |= self.asked.entry(relation.clone()).or_default().insert(column.to_owned());
                self.found += 1;
            }
        }
        is_new
    }

    /// Asks for columns of a relation.
    pub(super) fn ask_of(&mut self, relation: RelationKey, columns: BTreeSet<String>) {
        self.asked.entry(relation).or_default().extend(columns);
    }

    /// What is known of a relation whose columns are these.
    pub(super) fn known(&self, relation: &RelationKey, columns: Vec<String>) -> Known {
        match self.kept.get(relation) {
            None => Known { columns, has_others: false },
            Some((_, kept)) => {
                let has_others = !kept.is_empty();
                Known { columns: columns.into_iter().filter(|column| !kept.contains(column)).collect(), has_others }
            }
        }
    }

    /// Whether anything was asked for.
    pub(super) fn asks(&self) -> bool {
        !self.asked.is_empty()
    }

    /// What was asked for of a relation.
    pub(super) fn asked_of(&self, relation: &RelationKey) -> impl Iterator<Item = String> {
        self.asked.get(relation).into_iter().flatten().cloned()
    }

    /// The name of a column as the planner knows it.
    pub(super) fn name(&self, relation: &RelationKey, column: &str) -> String {
        match self.kept.get(relation) {
            Some((number, columns)) if columns.contains(column) => marked(*number, column),
            _ => column.to_owned(),
        }
    }

    /// The fields of a relation as the planner knows them: without types for `*`, with them for the plan that runs.
    pub(super) fn fields(
        &self,
        relation: &RelationKey,
        table: &Table,
        fields: Vec<FieldRef>,
        typed: bool,
    ) -> Vec<FieldRef> {
        let Some((_, kept)) = self.kept.get(relation) else { return fields };
        let asked = self.asked.get(relation).filter(|_| !typed).into_iter().flatten();
        let asked = asked.map(|column| Arc::new(Field::new(column, Arrow::Null, true)));
        let fields = table.all_columns().zip(fields);
        fields
            .map(|(column, field)| match kept.contains(&column.name) {
                false => field,
                true => {
                    let named = field.as_ref().clone().with_name(self.name(relation, &column.name));
                    Arc::new(if typed { named } else { named.with_data_type(Arrow::Null).with_nullable(true) })
                }
            })
            .chain(asked)
            .collect()
    }

    /// The query in the ways that `* except (…)` can be meant: a column that is left out may be one that is kept back.
    pub(super) fn readings(&self, tree: &Tree) -> Vec<Tree> {
        let mut readings = Vec::new();
        for keep in [true, false] {
            let (mut reading, mut except) = (tree.clone(), Except { kept_back: self, keep, changed: false });
            let _ = VisitMut::visit(&mut reading, &mut except);
            if except.changed {
                readings.push(reading);
            }
        }
        readings.push(tree.clone());
        readings
    }

    fn names(&self, column: &str) -> Vec<String> {
        let hidden = self.kept.values().filter(|(_, columns)| columns.contains(column));
        hidden.map(|(number, _)| marked(*number, column)).collect()
    }
}

fn marked(number: usize, column: &str) -> String {
    format!("{MARK}{number}:{column}")
}

/// Whether a text names a column that is kept back.
pub(super) fn is_named_in(text: &str) -> bool {
    text.contains(MARK)
}

/// Puts the planner's names into `* except (…)`, beside or in place of what was typed.
struct Except<'k> {
    kept_back: &'k KeptBack,
    keep: bool,
    changed: bool,
}

impl Except<'_> {
    fn body(&mut self, body: &mut SetExpr) {
        match body {
            SetExpr::Select(select) => {
                for item in &mut select.projection {
                    if let SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) = item {
                        self.wildcard(options);
                    }
                }
            }
            SetExpr::SetOperation { left, right, .. } => {
                self.body(left);
                self.body(right);
            }
            _ => {}
        }
    }

    fn wildcard(&mut self, options: &mut WildcardAdditionalOptions) {
        let Some(except) = &mut options.opt_except else { return };
        let mut left_out = Vec::new();
        for typed in std::iter::once(&except.first_element).chain(&except.additional_elements) {
            let names = self.kept_back.names(&typed.value);
            if names.is_empty() || self.keep {
                left_out.push(typed.clone());
            }
            self.changed |= !names.is_empty();
            left_out.extend(names.into_iter().map(|name| Ident { value: name, ..typed.clone() }));
        }
        let mut left_out = left_out.into_iter();
        if let Some(first_element) = left_out.next() {
            *except = ExceptSelectItem { first_element, additional_elements: left_out.collect() };
        }
    }
}

impl VisitorMut for Except<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Tree) -> ControlFlow<()> {
        self.body(&mut query.body);
        ControlFlow::Continue(())
    }
}
