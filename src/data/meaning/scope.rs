//! What one `from` shows.

use std::collections::{BTreeSet, HashMap};

use datafusion::sql::sqlparser::ast::TableAliasColumnDef;

use super::Base;

/// A column that a table, a subquery or a `lateral view` shows.
#[derive(Debug, Clone)]
pub struct Shown {
    pub name: String,
    /// The column of a relation that it is, if it is one as it stands there.
    pub base: Option<Base>,
}

impl Shown {
    pub fn computed(name: String) -> Self {
        Self { name, base: None }
    }
}

/// Columns under the names that an alias gives the first of them.
pub fn renamed(mut shown: Vec<Shown>, names: &[TableAliasColumnDef]) -> Vec<Shown> {
    for (column, named) in shown.iter_mut().zip(names) {
        column.name.clone_from(&named.name.value);
    }
    shown
}

/// One table, subquery or `lateral view` of a `from`.
#[derive(Debug, Clone, Default)]
pub struct Factor {
    pub alias: Option<String>,
    pub shown: Vec<Shown>,
    /// The relation that has columns besides, which the caller does not hold.
    pub others: Option<usize>,
    /// Whether it may show other columns, of names that are not known here.
    pub is_open: bool,
}

impl Factor {
    pub fn column(&self, name: &str) -> Option<&Shown> {
        self.shown.iter().find(|column| column.name == name)
    }
}

/// What a name finds.
#[derive(Debug)]
pub enum Found {
    None,
    /// One column, and which columns of relations it is.
    One(Vec<Base>),
    Several,
}

/// Everything that a `from` shows.
#[derive(Debug, Default)]
pub struct Scope {
    factors: Vec<Factor>,
    /// The places of columns by their names: table, and column in it.
    places: HashMap<String, Vec<(usize, usize)>>,
    /// Columns of `using`: one column, though several tables have it.
    merged: BTreeSet<String>,
    merges_all: bool,
    /// Names that the list of the `select` gives.
    pub aliases: BTreeSet<String>,
}

impl Scope {
    pub fn of(factor: Factor) -> Self {
        let mut scope = Self::default();
        scope.add(factor);
        scope
    }

    pub fn add(&mut self, factor: Factor) {
        for (at, column) in factor.shown.iter().enumerate() {
            self.places.entry(column.name.clone()).or_default().push((self.factors.len(), at));
        }
        self.factors.push(factor);
    }

    /// How many tables there are.
    pub fn factors(&self) -> usize {
        self.factors.len()
    }

    /// Takes out the tables from this one on: a join shows none of their columns.
    pub fn hide_from(&mut self, first: usize) {
        self.factors.truncate(first);
        for places in self.places.values_mut() {
            places.retain(|(factor, _)| *factor < first);
        }
    }

    pub fn merge(&mut self, name: &str) {
        self.merged.insert(name.to_owned());
    }

    pub fn merge_all(&mut self) {
        self.merges_all = true;
    }

    /// As the planner finds a name: of several columns, the one that belongs to no table.
    pub fn find(&self, name: &str) -> Found {
        let bases = self.bases(name);
        match self.places.get(name).map(Vec::as_slice).unwrap_or_default() {
            [] => Found::None,
            [_] => Found::One(bases),
            _ if self.merges_all || self.merged.contains(name) => Found::One(bases),
            several => {
                let has_no_table = |(factor, _): &&(usize, usize)| {
                    self.factors.get(*factor).is_some_and(|factor| factor.alias.is_none())
                };
                match several.iter().filter(has_no_table).count() {
                    1 => Found::One(bases),
                    _ => Found::Several,
                }
            }
        }
    }

    /// The columns of relations that a name stands for.
    pub fn bases(&self, name: &str) -> Vec<Base> {
        let places = self.places.get(name).into_iter().flatten();
        places.filter_map(|(factor, at)| self.factors.get(*factor)?.shown.get(*at)?.base.clone()).collect()
    }

    /// Every column, or those of one table.
    pub fn shown(&self, alias: Option<&str>) -> impl Iterator<Item = &Shown> {
        let factors = self.factors.iter().filter(move |factor| alias.is_none() || factor.alias.as_deref() == alias);
        factors.flat_map(|factor| &factor.shown)
    }

    /// The table of this name.
    pub fn called(&self, alias: &str) -> Option<&Factor> {
        self.factors.iter().find(|factor| factor.alias.as_deref() == Some(alias))
    }

    pub fn has_alias(&self, alias: &str) -> bool {
        self.called(alias).is_some()
    }

    /// The relations that have columns besides, which the caller does not hold.
    pub fn others(&self) -> impl Iterator<Item = usize> {
        self.factors.iter().filter_map(|factor| factor.others)
    }

    pub fn is_open(&self) -> bool {
        self.factors.iter().any(|factor| factor.is_open)
    }
}
