//! Every function that a query may call, by its MaxCompute name.
//!
//! Nothing here reads files, the machine's clock or its settings. The engine's functions are listed one by one: only
//! those that mean what MaxCompute means.

mod aggregate;
pub mod allowance;
mod arguments;
mod bytes;
mod charset;
mod collection;
mod concat;
mod conditional;
pub(in crate::data) mod context;
mod date;
pub mod decimal;
mod decimal_sum;
mod decimal_sums;
mod discrete;
mod encryption;
mod engine;
pub mod exact;
pub mod excluding;
mod extreme;
mod extreme_nested;
mod first_known;
pub mod first_of;
mod format;
mod frames;
mod from_json;
mod gather;
pub mod guarded;
mod histogram;
mod identity;
mod json;
mod json_change;
pub mod json_value;
mod lambda;
mod least;
mod lenient;
pub mod like;
pub mod list;
mod map;
mod network;
pub mod nullable;
mod number;
mod numeric;
mod numeric_histogram;
pub mod once;
pub mod one_nan;
pub mod one_zero;
pub mod opaque;
pub mod order;
pub mod pattern;
mod quantile;
pub mod regex;
mod round;
mod row;
pub mod single;
mod string;
mod sum;
#[cfg(test)]
mod tests;
mod time_of_day;
mod url;
pub mod value;
pub mod whole;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::{AggregateUDF, HigherOrderUDF, ScalarUDF, WindowUDF};

use self::context::ContextFunction;
use self::guarded::{Growth, Guarded};
pub use self::json_value::AT as JSON_AT;
use self::json_value::JsonFunction;
use self::row::RowFunction;
use crate::model::{Dialect, Time};

/// A function with more types than the engine gives it.
type Change = fn(&Arc<ScalarUDF>) -> Arc<ScalarUDF>;

/// The engine's functions that brackets, dots and other functions stand for. MaxCompute documents none of these names: no query may call them,
/// and no user function may have them.
const INTERNAL: [&str; 7] =
    ["array_append", "array_concat", "array_element", "array_slice", "get_field", "make_array", "map_extract"];

/// Whether only plans know the function of this name, folded.
pub fn is_internal(name: &str) -> bool {
    INTERNAL.contains(&name)
}

/// What the planner calls `map`: nobody can type it.
pub const MAP: &str = "?map";

/// The functions by name.
pub struct Functions {
    /// Those of one row that are computed here.
    rows: BTreeMap<&'static str, RowFunction>,
    scalar: BTreeMap<String, Arc<ScalarUDF>>,
    /// Those of them that make JSON, which shows values as the session does.
    json: BTreeMap<&'static str, JsonFunction>,
    aggregate: BTreeMap<String, Arc<AggregateUDF>>,
    window: BTreeMap<String, Arc<WindowUDF>>,
    given: BTreeMap<String, Arc<HigherOrderUDF>>,
}

/// The functions of this program.
pub fn registry() -> &'static Functions {
    static FUNCTIONS: LazyLock<Functions> = LazyLock::new(Functions::new);
    &FUNCTIONS
}

impl Functions {
    fn new() -> Self {
        let ours = [
            date::functions(),
            string::functions(),
            regex::functions(),
            json::functions(),
            number::functions(),
            format::functions(),
            url::functions(),
            identity::functions(),
            time_of_day::functions(),
        ];
        let mut scalar = engine::scalar();
        let changes: [(&[&str], Change); 9] = [
            (&["abs", "ceil", "ceiling", "floor", "isnan", "trunc"], lenient::with_text),
            (&["coalesce"], lenient::with_numbers),
            (&["nvl"], lenient::with_pair),
            (&["greatest", "least"], lenient::with_compared),
            (&["nvl2"], lenient::with_free),
            (&["array_union", "array_except", "array_intersect", "array_concat"], lenient::with_arrays),
            (&["array_contains"], lenient::with_sought),
            (&["if"], lenient::with_results),
            (&["ascii", "initcap", "md5", "octet_length", "soundex", "strpos", "translate"], lenient::with_values),
        ];
        for (names, change) in changes {
            for name in names {
                if let Some(function) = scalar.get(*name).map(change) {
                    scalar.insert((*name).to_owned(), function);
                }
            }
        }
        if let Some(inner) = scalar.remove("least") {
            scalar.insert("least".to_owned(), Arc::new(ScalarUDF::from(least::Least::new(inner))));
        }
        if let Some(inner) = scalar.remove("round") {
            scalar.insert("round".to_owned(), Arc::new(ScalarUDF::from(round::Round::new(inner))));
        }
        if let Some(function) = scalar.get("make_array").map(lenient::with_numbers) {
            scalar.insert("array".to_owned(), Arc::clone(&function));
            scalar.insert("make_array".to_owned(), function);
        }
        let rows = ours.into_iter().flatten().map(|function| (function.called(), function)).collect();
        let values = [
            list::functions(),
            map::functions(),
            bytes::functions(),
            charset::functions(),
            single::functions(),
            encryption::functions(),
            network::functions(),
        ];
        let values = values.into_iter().flatten().map(ScalarUDF::from);
        let json: BTreeMap<_, _> =
            json_value::functions().into_iter().map(|function| (function.called(), function)).collect();
        for function in values.chain(json.values().cloned().map(ScalarUDF::from)) {
            scalar.insert(function.name().to_owned(), Arc::new(function));
        }
        for function in [
            ScalarUDF::from(conditional::Decode::new()),
            ScalarUDF::from(collection::Size::new()),
            first_of::function(),
            ScalarUDF::from(from_json::FromJson::new(&Arc::default())),
            ScalarUDF::from(concat::Concat::new(string::concat())),
        ] {
            scalar.insert(function.name().to_owned(), Arc::new(function));
        }
        let mut aggregate = engine::aggregate();
        for name in ["avg", "corr", "covar_pop", "covar_samp", "stddev", "stddev_pop", "stddev_samp"] {
            if let Some(function) = aggregate.get(name).map(numeric::with_text) {
                aggregate.insert(name.to_owned(), function);
            }
        }
        for name in ["variance", "var_pop", "var_samp"] {
            if let Some(function) = aggregate.get(name).map(numeric::with_text) {
                aggregate.insert(name.to_owned(), function);
            }
        }
        aggregate.insert("sum".to_owned(), Arc::new(AggregateUDF::from(sum::Sum::new())));
        for function in [extreme::min(), extreme::max()] {
            aggregate.insert(function.name().to_owned(), Arc::new(function));
        }
        let ours = aggregate::functions()
            .into_iter()
            .chain(quantile::functions())
            .chain(gather::functions())
            .chain([discrete::function(), Arc::new(numeric_histogram::function())]);
        aggregate.extend(ours.map(|function| (function.name().to_owned(), function)));
        let given = lambda::functions().into_iter().map(|function| (function.name().to_owned(), Arc::new(function)));
        let guarded = |(name, function): (String, Arc<ScalarUDF>)| {
            let function = Arc::new(Guarded::function(&name, function, engine::growth(&name)));
            (name, function)
        };
        let mut scalar: BTreeMap<_, _> = scalar.into_iter().map(guarded).collect();
        if let Some(map) = scalar.get("map").cloned() {
            scalar.insert(MAP.to_owned(), Arc::new(Guarded::function(MAP, map, Growth::Times(1))));
        }
        Self { rows, scalar, json, aggregate, window: engine::window(), given: given.collect() }
    }

    /// A function of one row, unless it depends on time or chance; names are folded.
    pub fn scalar(&self, name: &str, dialect: &Arc<Dialect>) -> Option<Arc<ScalarUDF>> {
        if context::NAMES.contains(&name) {
            return None;
        }
        if name == "concat" {
            let texts = string::concat().speaking(dialect);
            let function = Arc::new(ScalarUDF::from(concat::Concat::new(texts)));
            return Some(Arc::new(Guarded::function(name, function, Growth::Own)));
        }
        if name == "from_json" {
            let function = Arc::new(ScalarUDF::from(from_json::FromJson::new(dialect)));
            return Some(Arc::new(Guarded::function(name, function, engine::growth(name))));
        }
        if let Some(function) = self.json.get(name) {
            let function = Arc::new(ScalarUDF::from(function.speaking(dialect)));
            return Some(Arc::new(Guarded::function(name, function, engine::growth(name))));
        }
        match self.rows.get(name) {
            Some(function) => {
                let function = Arc::new(ScalarUDF::from(function.speaking(dialect)));
                Some(Arc::new(Guarded::function(name, function, Growth::Own)))
            }
            None => self.scalar.get(name).cloned(),
        }
    }

    /// Whether there is a function of one row of this name.
    pub fn has_scalar(&self, name: &str) -> bool {
        context::NAMES.contains(&name) || self.rows.contains_key(name) || self.scalar.contains_key(name)
    }

    /// A function of one row that depends on time or chance, as of `now` and with this seed.
    ///
    /// Ask once a statement for each name, so that random values go on and do not begin again.
    pub fn contextual(&self, name: &str, now: Time, seed: u64, dialect: &Arc<Dialect>) -> Option<Arc<ScalarUDF>> {
        ContextFunction::new(name, now, seed, dialect).map(|function| Arc::new(ScalarUDF::from(function)))
    }

    /// One that draws what a script draws once, by its name of [`context::drawn_once`].
    pub fn drawn_once(&self, name: &str, now: Time, seed: u64, dialect: &Arc<Dialect>) -> Option<Arc<ScalarUDF>> {
        ContextFunction::once(name, now, seed, dialect).map(|function| Arc::new(ScalarUDF::from(function)))
    }

    /// A function of many rows.
    pub fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregate.get(name).cloned()
    }

    /// A function of a window.
    pub fn window(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.window.get(name).cloned()
    }

    /// A function that is given a function.
    pub fn given(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        self.given.get(name).cloned()
    }

    /// Whether there is a function of this name, of any kind.
    pub fn contains(&self, name: &str) -> bool {
        self.has_scalar(name)
            || self.aggregate.contains_key(name)
            || self.window.contains_key(name)
            || self.given.contains_key(name)
    }

    /// Every name that can be called, in order.
    pub fn names(&self) -> Vec<String> {
        let contextual = context::NAMES.iter().map(|name| (*name).to_owned());
        let rows = self.rows.keys().map(|name| (*name).to_owned());
        let all = self.scalar.keys().chain(self.aggregate.keys()).chain(self.window.keys());
        let all = all.chain(self.given.keys()).cloned();
        let callable =
            all.chain(contextual).chain(rows).filter(|name| !name.starts_with(value::HIDDEN) && !is_internal(name));
        let names: std::collections::BTreeSet<String> = callable.collect();
        names.into_iter().collect()
    }
}
