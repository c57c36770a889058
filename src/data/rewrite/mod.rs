//! One walk over the tree of a query, which knows every clause there is: it is kept, rewritten or refused.
//!
//! What MaxCompute has and the planner lacks is rewritten; names are folded; tables get internal names; named subqueries
//! are scoped here. Nothing is ignored: a clause that is not named in these files does not compile, or is refused.

mod column_pattern;
mod data_type;
mod exists;
mod expression;
mod from;
mod function;
mod generator;
mod grouping;
mod interval;
mod join;
mod lambda;
mod like;
mod max_pt;
mod pivot;
mod query;
mod recursion;
mod rows;
mod scope;
mod script_function;
mod select;
mod values;
mod variable;
mod window;
mod written_out;

pub use data_type::data_type;
pub use exists::{Probe, answer_name};
pub use expression::CONVERSIONS;
pub use from::{CHOSEN, NUMBERED};
pub use function::Called;
pub use max_pt::PARTITION;

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{Expr, Ident, Query, Spanned};
use datafusion::sql::sqlparser::tokenizer::Span as TokenSpan;

use self::scope::Scopes;
use self::script_function::ScriptFunctions;
use self::variable::Draws;
use super::change::typed_name;
use super::limits::{EXPANDED, LEVELS};
use super::relations::Relations;
use super::tokens::{PATTERN, Places};
use crate::error::{Code, Error, Result};
use crate::model::{Dialect, Setting};
use crate::text::fold;

/// Longest name, in bytes. Source: "Limits", tables and columns.
const NAME: usize = 128;
/// Marks a repeated column name, so that each is unique inside a plan; what follows is not shown.
pub const REPEATED: char = ':';

/// A query after the walk.
#[derive(Debug)]
pub struct Rewritten {
    /// The query that is run.
    pub query: Query,
    /// Queries that are planned only for what they touch: named subqueries that nothing uses.
    pub unused: Vec<Query>,
    /// Every table that is asked for.
    pub relations: Relations,
    /// Every function that is called.
    pub functions: Vec<Called>,
    /// What it asks of the state.
    pub probes: Vec<Probe>,
    /// Whether the query itself has an `order by`.
    pub ordered: bool,
    /// Whether a number stands in `group by` and means itself.
    pub grouped_by_number: bool,
    /// Internal names of named subqueries, with the names that were typed.
    pub names: Vec<(String, String)>,
    /// How deep queries are nested, named subqueries put in.
    pub levels: usize,
    /// Whether it joins by the columns that tables have in common, whichever these are.
    pub joins_naturally: bool,
    /// Whether a list has a pattern of column names.
    pub has_column_patterns: bool,
}

/// Walks over `query`.
///
/// # Errors
/// A clause that is not supported, or a named subquery that cannot be one.
pub fn rewrite(mut query: Query, places: &Places, dialect: &Dialect) -> Result<Rewritten> {
    let ordered = query.order_by.is_some();
    let mut rewriter = Rewriter {
        places,
        dialect,
        relations: Relations::default(),
        scopes: Scopes::default(),
        functions: Vec::new(),
        probes: Vec::new(),
        script_functions: ScriptFunctions::default(),
        unused: Vec::new(),
        windows: BTreeSet::new(),
        grouped: Vec::new(),
        parameters: Vec::new(),
        shared: Vec::new(),
        variables: Vec::new(),
        draws: None,
        recursions: 0,
        expanded: 0,
        level: 0,
        deepest: 0,
        joins_naturally: false,
        has_column_patterns: false,
        grouped_by_number: false,
    };
    rewriter.query(&mut query)?;
    rewriter.check_uncalled()?;
    Ok(Rewritten {
        query,
        unused: rewriter.unused,
        relations: rewriter.relations,
        functions: rewriter.functions,
        probes: rewriter.probes,
        ordered,
        grouped_by_number: rewriter.grouped_by_number,
        names: rewriter.scopes.names(),
        levels: rewriter.deepest,
        joins_naturally: rewriter.joins_naturally,
        has_column_patterns: rewriter.has_column_patterns,
    })
}

struct Rewriter<'a> {
    places: &'a Places,
    dialect: &'a Dialect,
    relations: Relations,
    scopes: Scopes,
    functions: Vec<Called>,
    probes: Vec<Probe>,
    script_functions: ScriptFunctions,
    unused: Vec<Query>,
    /// Named windows that the present `select` uses.
    windows: BTreeSet<String>,
    /// What the present `select` is grouped by, as it is written.
    grouped: Vec<Expr>,
    /// Names of the parameters of the given functions around the present expression.
    parameters: Vec<String>,
    /// Columns of `using` in the present `select` that are not those of the left side.
    shared: Vec<(String, Expr)>,
    /// Variables of a script that the present `select`, or one around it, reads as tables under their own names.
    variables: Vec<String>,
    /// In the definition of a variable where it is calculated once: the numbers of its random values.
    draws: Option<Draws>,
    /// How many recursive subqueries were written out.
    recursions: usize,
    /// Table references of the query that is being walked over, after named subqueries are put in.
    expanded: usize,
    /// How deep the present query is nested, and the deepest so far.
    level: usize,
    deepest: usize,
    joins_naturally: bool,
    has_column_patterns: bool,
    grouped_by_number: bool,
}

impl Rewriter<'_> {
    /// The refusal of a clause.
    fn refuse<T>(&self, what: &str, tree: &impl Spanned) -> Result<T> {
        Err(self.unsupported(what, tree.span()))
    }

    fn unsupported(&self, what: &str, span: TokenSpan) -> Box<Error> {
        self.error(Code::Unsupported, format!("not supported: {what}"), span)
    }

    fn error(&self, code: Code, message: impl Into<String>, span: TokenSpan) -> Box<Error> {
        let error = Error::new(code, message);
        match self.places.tree(span) {
            Some(place) => error.at(place),
            None => error,
        }
    }

    /// Refuses unless `absent`.
    fn only_if(&self, absent: bool, what: &str, tree: &impl Spanned) -> Result<()> {
        if absent { Ok(()) } else { self.refuse(what, tree) }
    }

    /// Folds a name. It stays quoted where quotes keep the planner from giving it a meaning of its own.
    fn identifier(&self, name: &mut Ident) -> Result<()> {
        let Ident { value, quote_style, span } = name;
        match quote_style {
            None | Some('`') => {}
            Some(_) => {
                return Err(self
                    .error(Code::Parse, "a string cannot be a name", *span)
                    .help("write names without quotes, or in back-quotes"));
            }
        }
        if let Some(pattern) = value.strip_prefix(PATTERN) {
            return Err(self
                .error(Code::Parse, format!("`{pattern}` cannot be a name"), *span)
                .help("a pattern of column names is an item of its own in a `select` list"));
        }
        if typed_name(value).len() > NAME {
            let shown: String = value.chars().take(40).collect();
            return Err(self
                .error(Code::Parse, format!("`{shown}…` is longer than the {NAME} characters of a name"), *span)
                .help("choose a shorter name"));
        }
        *value = fold(value);
        Ok(())
    }

    fn identifiers(&self, names: &mut [Ident]) -> Result<()> {
        names.iter_mut().try_for_each(|name| self.identifier(name))
    }

    /// Counts a query that is nested `levels` deep below the present one.
    fn nest(&mut self, levels: usize, span: TokenSpan) -> Result<()> {
        self.deepest = self.deepest.max(self.level.saturating_add(levels));
        if self.deepest > LEVELS {
            return Err(self
                .error(Code::Semantic, format!("queries are nested deeper than {LEVELS} levels"), span)
                .help("put the rows of an inner query into a table of its own"));
        }
        Ok(())
    }

    /// Counts `more` table references.
    fn expand(&mut self, more: usize, span: TokenSpan) -> Result<()> {
        self.expanded = self.expanded.saturating_add(more);
        if self.expanded > EXPANDED {
            let message = format!("the query reads more than {EXPANDED} tables");
            return Err(match self.recursions {
                0 => self
                    .error(Code::Semantic, message, span)
                    .help("a subquery that is used several times is read each time: store it in a table"),
                _ => self
                    .error(Code::Semantic, format!("{message} once its recursive subqueries are written out"), span)
                    .help(format!(
                        "each step reads what the subquery reads: lower `{}`, or write what it reads to a table first",
                        Setting::Iterations.key()
                    )),
            });
        }
        Ok(())
    }
}
