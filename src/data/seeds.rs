//! What random values are made from: each use of a view's body has a seed of its own, and processes of its own for users' functions.
//!
//! No seed, and no value, can be found from the others: what a body draws stays unknown to its caller (VIW-5).

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::expr::{AggregateFunction, ScalarFunction, WindowFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{AggregateUDF, Expr, LogicalPlan, ScalarUDF, WindowFunctionDefinition};
use md5::{Digest, Md5};

use super::functions::context::ContextFunction;
use super::functions::once;
use super::user_function::{AggregateCode, ScalarCode, TableCode};

/// The seed of a part of something, by the number of the part.
pub fn seed_of(whole: u64, part: i64) -> u64 {
    let digest = Md5::new().chain_update(whole.to_le_bytes()).chain_update(part.to_le_bytes()).finalize();
    digest.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// The same body for another use of it.
///
/// # Errors
/// A mistake in this program.
pub(super) fn for_use(body: LogicalPlan, number: i64) -> Result<LogicalPlan> {
    let mut seeds = Seeds { number, made: HashMap::new(), aggregates: HashMap::new() };
    body.transform_up_with_subqueries(|node| {
        let names = NamePreserver::new(&node);
        node.map_expressions(|expression| {
            let name = names.save(&expression);
            let changed = seeds.put_in(expression)?;
            Ok(if changed.transformed { changed.update_data(|expression| name.restore(expression)) } else { changed })
        })
    })
    .data()
}

struct Seeds {
    number: i64,
    /// Calls of one function go on drawing from each other.
    made: HashMap<usize, Arc<ScalarUDF>>,
    aggregates: HashMap<usize, Arc<AggregateUDF>>,
}

impl Seeds {
    /// A user's aggregate with a process of its own.
    fn aggregate(&mut self, function: &Arc<AggregateUDF>) -> Option<Arc<AggregateUDF>> {
        let code = function.inner().downcast_ref::<AggregateCode>()?;
        let key = Arc::as_ptr(function.inner()).cast::<()>().addr();
        let made = self.aggregates.entry(key).or_insert_with(|| Arc::new(AggregateUDF::from(code.apart())));
        Some(Arc::clone(made))
    }

    fn put_in(&mut self, expression: Expr) -> Result<Transformed<Expr>> {
        expression.transform_up(|part| {
            let call = match &part {
                Expr::ScalarFunction(call) => call,
                Expr::AggregateFunction(call) => {
                    let Some(func) = self.aggregate(&call.func) else { return Ok(Transformed::no(part)) };
                    return Ok(Transformed::yes(Expr::AggregateFunction(AggregateFunction { func, ..call.clone() })));
                }
                Expr::WindowFunction(call) => {
                    let WindowFunctionDefinition::AggregateUDF(func) = &call.fun else {
                        return Ok(Transformed::no(part));
                    };
                    let Some(func) = self.aggregate(func) else { return Ok(Transformed::no(part)) };
                    let fun = WindowFunctionDefinition::AggregateUDF(func);
                    return Ok(Transformed::yes(Expr::from(WindowFunction { fun, ..call.as_ref().clone() })));
                }
                _ => return Ok(Transformed::no(part)),
            };
            let inner = call.func.inner();
            let key = Arc::as_ptr(inner).cast::<()>().addr();
            let number = self.number;
            let mut made =
                |other: &dyn Fn() -> ScalarUDF| Arc::clone(self.made.entry(key).or_insert_with(|| Arc::new(other())));
            let apart = || {
                let scalar = inner.downcast_ref::<ScalarCode>().map(|code| ScalarUDF::from(code.apart()));
                scalar.or_else(|| Some(ScalarUDF::from(inner.downcast_ref::<TableCode>()?.apart())))
            };
            let is_code = inner.is::<ScalarCode>() || inner.is::<TableCode>();
            let function = match (inner.downcast_ref::<ContextFunction>(), is_code) {
                (Some(function), _) if function.is_random() => {
                    made(&|| ScalarUDF::from(function.with_seed(|seed| seed_of(seed, number))))
                }
                (Some(_), _) => return Ok(Transformed::no(part)),
                // A process of its own for each use of the body (UDF-1).
                (None, true) => match apart() {
                    Some(apart) => made(&|| apart.clone()),
                    None => return Ok(Transformed::no(part)),
                },
                (None, false) => match once::with_body(&call.func, |body| Ok(self.put_in(body)?.data))? {
                    Some(function) => function,
                    None => return Ok(Transformed::no(part)),
                },
            };
            Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, call.args.clone()))))
        })
    }
}
