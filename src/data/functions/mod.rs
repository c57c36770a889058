//! Every function that a query may call, by its MaxCompute name.
//!
//! Nothing here reads files, the machine's clock or its settings. The engine's functions are listed one by one: only
//! those that mean what MaxCompute means.

mod aggregate;
mod arguments;
mod collection;
mod conditional;
mod context;
mod date;
mod engine;
pub mod exact;
mod json;
mod number;
mod pattern;
mod regex;
mod row;
mod string;
mod sum;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};

use self::context::ContextFunction;
use crate::model::Time;

/// The functions by name.
pub struct Functions {
    scalar: BTreeMap<String, Arc<ScalarUDF>>,
    aggregate: BTreeMap<String, Arc<AggregateUDF>>,
    window: BTreeMap<String, Arc<WindowUDF>>,
}

/// The functions of this program.
pub fn registry() -> &'static Functions {
    static FUNCTIONS: LazyLock<Functions> = LazyLock::new(Functions::new);
    &FUNCTIONS
}

impl Functions {
    fn new() -> Self {
        let ours = [date::functions(), string::functions(), regex::functions(), json::functions(), number::functions()];
        let mut scalar = engine::scalar();
        for function in ours.into_iter().flatten() {
            let function = Arc::new(ScalarUDF::from(function));
            scalar.insert(function.name().to_owned(), function);
        }
        for function in [
            ScalarUDF::from(conditional::Decode::new()),
            ScalarUDF::from(collection::Size::new()),
            ScalarUDF::from(collection::MakeMap::new()),
        ] {
            scalar.insert(function.name().to_owned(), Arc::new(function));
        }
        let mut aggregate = engine::aggregate();
        aggregate.insert("sum".to_owned(), Arc::new(AggregateUDF::from(sum::Sum::new())));
        aggregate.extend(aggregate::functions().into_iter().map(|function| (function.name().to_owned(), function)));
        Self { scalar, aggregate, window: engine::window() }
    }

    /// A function of one row, unless it depends on time or chance; names are folded.
    pub fn scalar(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        if context::NAMES.contains(&name) {
            return None;
        }
        self.scalar.get(name).cloned()
    }

    /// A function of one row that depends on time or chance, as of `now` and with this seed.
    ///
    /// Ask once a statement for each name, so that random values go on and do not begin again.
    pub fn contextual(&self, name: &str, now: Time, seed: u64) -> Option<Arc<ScalarUDF>> {
        ContextFunction::new(name, now, seed).map(|function| Arc::new(ScalarUDF::from(function)))
    }

    /// A function of many rows.
    pub fn aggregate(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregate.get(name).cloned()
    }

    /// A function of a window.
    pub fn window(&self, name: &str) -> Option<Arc<WindowUDF>> {
        self.window.get(name).cloned()
    }

    /// Whether there is a function of this name, of whatever kind.
    pub fn contains(&self, name: &str) -> bool {
        context::NAMES.contains(&name)
            || self.scalar.contains_key(name)
            || self.aggregate.contains_key(name)
            || self.window.contains_key(name)
    }

    /// Every name, in order.
    pub fn names(&self) -> Vec<String> {
        let contextual = context::NAMES.iter().map(|name| (*name).to_owned());
        let all = self.scalar.keys().chain(self.aggregate.keys()).chain(self.window.keys()).cloned();
        let names: std::collections::BTreeSet<String> = all.chain(contextual).collect();
        names.into_iter().collect()
    }
}
