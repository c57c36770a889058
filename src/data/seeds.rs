//! What random values are made from: each use of a view's body has a seed of its own.
//!
//! No seed, and no value, can be found from the others: what a body draws stays unknown to its caller (VIW-5).

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{Expr, LogicalPlan, ScalarUDF};
use md5::{Digest, Md5};

use super::functions::context::ContextFunction;
use super::functions::once;

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
    let mut seeds = Seeds { number, made: HashMap::new() };
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
}

impl Seeds {
    fn put_in(&mut self, expression: Expr) -> Result<Transformed<Expr>> {
        expression.transform_up(|part| {
            let Expr::ScalarFunction(call) = &part else { return Ok(Transformed::no(part)) };
            let function =
                match call.func.inner().downcast_ref::<ContextFunction>() {
                    Some(function) if function.is_random() => {
                        let number = self.number;
                        let key = Arc::as_ptr(call.func.inner()).cast::<()>().addr();
                        Arc::clone(self.made.entry(key).or_insert_with(|| {
                            Arc::new(ScalarUDF::from(function.with_seed(|seed| seed_of(seed, number))))
                        }))
                    }
                    Some(_) => return Ok(Transformed::no(part)),
                    None => match once::with_body(&call.func, |body| Ok(self.put_in(body)?.data))? {
                        Some(function) => function,
                        None => return Ok(Transformed::no(part)),
                    },
                };
            Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, call.args.clone()))))
        })
    }
}
