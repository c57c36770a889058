//! Windows whose meaning in MaxCompute is not the planner's: the frame that nobody writes, `first_value(x, true)`.

use datafusion::common::{Result, ScalarValue};
use datafusion::functions_aggregate as engine;
use datafusion::logical_expr::expr::NullTreatment;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawWindowExpr};
use datafusion::logical_expr::{
    Expr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, lit, when,
};

use super::failure::carry;
use crate::error::{Code, Error};

/// Functions whose frame goes to the row itself, and not to its peers. Source: "Window functions".
const ROW_BY_ROW: &[&str] = &["avg", "count", "max", "min", "stddev", "stddev_pop", "stddev_samp", "sum"];

/// Plans windows.
#[derive(Debug)]
pub struct WindowPlanner {
    /// Whether a frame that nobody writes ends with the peers of a row, as in Hive.
    pub hive_compatible: bool,
}

impl ExprPlanner for WindowPlanner {
    fn plan_window(&self, mut window: RawWindowExpr) -> Result<PlannerResult<RawWindowExpr>> {
        let name = window.func_def.name().to_owned();
        // What is written as this range are groups by now, which means the same.
        if !self.hive_compatible
            && ROW_BY_ROW.contains(&name.as_str())
            && !window.order_by.is_empty()
            && is_default(&window.window_frame)
        {
            window.window_frame = WindowFrame::new_bounds(
                WindowFrameUnits::Rows,
                WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
                WindowFrameBound::CurrentRow,
            );
        }
        match name.as_str() {
            "first_value" | "last_value" => ignores_nulls(&mut window, &name, 1)?,
            "nth_value" => ignores_nulls(&mut window, &name, 2)?,
            "count_if" => {
                let counted = std::mem::take(&mut window.args).into_iter();
                window.args = counted.map(|condition| when(condition, lit(1_i64)).end()).collect::<Result<_>>()?;
                window.func_def = WindowFunctionDefinition::AggregateUDF(engine::count::count_udaf());
            }
            "wm_concat" => {
                window.args.reverse();
                window.func_def = WindowFunctionDefinition::AggregateUDF(engine::string_agg::string_agg_udaf());
            }
            _ => {}
        }
        Ok(PlannerResult::Original(window))
    }
}

fn is_default(frame: &WindowFrame) -> bool {
    frame.units == WindowFrameUnits::Range
        && frame.start_bound.is_unbounded()
        && matches!(frame.end_bound, WindowFrameBound::CurrentRow)
}

/// `first_value(x, true)` leaves out NULL. Source: "FIRST_VALUE".
fn ignores_nulls(window: &mut RawWindowExpr, name: &str, values: usize) -> Result<()> {
    let given = window.args.get(values).cloned();
    match given {
        None => return Ok(()),
        Some(Expr::Literal(ScalarValue::Boolean(Some(ignore)), _)) if window.args.len() == values + 1 => {
            window.args.truncate(values);
            if ignore {
                window.null_treatment = Some(NullTreatment::IgnoreNulls);
            }
        }
        Some(_) => {
            return Err(carry(
                Error::new(Code::Semantic, format!("the last argument of `{name}` is `true` or `false`"))
                    .help(format!("`{name}(…, true)` leaves out NULL")),
            ));
        }
    }
    Ok(())
}
