//! `over (…)` and `window … as (…)`.

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, NamedWindowDefinition, NamedWindowExpr,
    ObjectName, Spanned, Value, ValueWithSpan, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::Rewriter;
use crate::data::functions::excluding;
use crate::data::tokens::EXCLUDED;
use crate::error::{Code, Result};

impl Rewriter<'_> {
    /// Gives what the frame of the window leaves out, if it does.
    pub(super) fn window(&mut self, window: &mut WindowType) -> Result<Option<LeftOut>> {
        match window {
            WindowType::WindowSpec(window) => self.window_spec(window),
            WindowType::NamedWindow(name) => self.use_window(name).map(|()| None),
        }
    }

    /// A function whose frame leaves rows out, in other words. Source: "Window functions", frame_clause.
    pub(super) fn excluding(&self, function: &mut Function, left_out: LeftOut) -> Result<()> {
        let span = function.name.span();
        let name = function.name.to_string().replace('`', "");
        let FunctionArguments::List(list) = &mut function.args else { return Ok(()) };
        let is_plain = list.duplicate_treatment.is_none() && list.clauses.is_empty();
        if !excluding::NAMES.contains(&name.as_str())
            || !is_plain
            || function.filter.is_some()
            || function.null_treatment.is_some()
        {
            return Err(self
                .unsupported("`exclude` with this function", span)
                .help(format!("it works with {}, without `distinct` and `filter`", excluding::NAMES.join(", "))));
        }
        for argument in &mut list.args {
            if matches!(argument, FunctionArg::Unnamed(FunctionArgExpr::Wildcard)) {
                let one = Expr::Value(Value::Number("1".to_owned(), false).with_empty_span());
                *argument = FunctionArg::Unnamed(FunctionArgExpr::Expr(one));
            }
        }
        let keys = if left_out.rows == "current" { Vec::new() } else { left_out.keys };
        function.name =
            ObjectName::from(vec![Ident::with_quote('`', excluding::name(&name, &left_out.rows, keys.len()))]);
        list.args.extend(keys.into_iter().map(|key| FunctionArg::Unnamed(FunctionArgExpr::Expr(key))));
        Ok(())
    }

    fn use_window(&mut self, name: &mut Ident) -> Result<()> {
        self.identifier(name)?;
        self.windows.insert(name.value.clone());
        Ok(())
    }

    pub(super) fn named_windows(&mut self, windows: &mut [NamedWindowDefinition]) -> Result<()> {
        for NamedWindowDefinition(name, window) in windows.iter_mut() {
            self.identifier(name)?;
            match window {
                NamedWindowExpr::NamedWindow(name) => self.use_window(name)?,
                NamedWindowExpr::WindowSpec(window) => {
                    if self.window_spec(window)?.is_some() {
                        return Err(self
                            .unsupported("`exclude` in a window with a name", name.span)
                            .help("write the window after `over`"));
                    }
                }
            }
        }
        // The planner passes over what nobody uses, and its columns would not count (STG-3).
        match windows.iter().find(|NamedWindowDefinition(name, _)| !self.windows.contains(&name.value)) {
            Some(NamedWindowDefinition(name, _)) => Err(self
                .error(
                    Code::Semantic,
                    format!("window `{}` is not used by the `select` that names it", name.value),
                    name.span,
                )
                .help("leave it out, or use it with `over`")),
            None => Ok(()),
        }
    }

    fn window_spec(&mut self, window: &mut WindowSpec) -> Result<Option<LeftOut>> {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = window;
        let rows = order_by.pop_if(|item| excluded(&item.expr).is_some()).and_then(|item| excluded(&item.expr));
        if let Some(name) = window_name {
            self.use_window(name)?;
        }
        self.expressions(partition_by)?;
        self.order_by_items(order_by)?;
        if rows.as_ref().is_some_and(|rows| rows != "current")
            && let Some(name) = window_name
        {
            return Err(self
                .unsupported("this `exclude` with the order of a window that has a name", name.span)
                .help("write the whole window after `over`"));
        }
        let left_out = rows.map(|rows| LeftOut { rows, keys: order_by.iter().map(|item| item.expr.clone()).collect() });
        let Some(WindowFrame { units, start_bound, end_bound }) = window_frame else { return Ok(left_out) };
        match units {
            WindowFrameUnits::Rows | WindowFrameUnits::Range | WindowFrameUnits::Groups => {}
        }
        for bound in std::iter::once(&mut *start_bound).chain(end_bound.as_mut()) {
            match bound {
                WindowFrameBound::CurrentRow
                | WindowFrameBound::Preceding(None)
                | WindowFrameBound::Following(None) => {}
                WindowFrameBound::Preceding(Some(distance)) | WindowFrameBound::Following(Some(distance)) => {
                    self.expression(distance)?;
                }
            }
        }
        // Written, it means the peers of the row; left out, it means less to some functions. Groups mean the peers, too.
        if matches!(
            (&*units, &*start_bound, &*end_bound),
            (WindowFrameUnits::Range, WindowFrameBound::Preceding(None), None | Some(WindowFrameBound::CurrentRow))
        ) {
            *units = WindowFrameUnits::Groups;
        }
        Ok(left_out)
    }
}

/// Rows that a frame leaves out.
pub(super) struct LeftOut {
    /// `current`, `group` or `ties`.
    rows: String,
    /// What the window is ordered by.
    keys: Vec<Expr>,
}

/// Which rows the mark of a frame says.
fn excluded(item: &Expr) -> Option<String> {
    let Expr::Function(Function { name, args: FunctionArguments::List(list), .. }) = item else { return None };
    match (name.to_string().trim_matches('`'), list.args.as_slice()) {
        (
            EXCLUDED,
            [
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(ValueWithSpan {
                    value: Value::SingleQuotedString(rows),
                    ..
                }))),
            ],
        ) => Some(rows.clone()),
        _ => None,
    }
}
