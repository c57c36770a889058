//! `over (…)` and `window … as (…)`.

use datafusion::sql::sqlparser::ast::{
    Ident, NamedWindowDefinition, NamedWindowExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec,
    WindowType,
};

use super::Rewriter;
use crate::error::{Code, Result};

impl Rewriter<'_> {
    pub(super) fn window(&mut self, window: &mut WindowType) -> Result<()> {
        match window {
            WindowType::WindowSpec(window) => self.window_spec(window),
            WindowType::NamedWindow(name) => self.use_window(name),
        }
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
                NamedWindowExpr::WindowSpec(window) => self.window_spec(window)?,
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

    fn window_spec(&mut self, window: &mut WindowSpec) -> Result<()> {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = window;
        if let Some(name) = window_name {
            self.use_window(name)?;
        }
        self.expressions(partition_by)?;
        self.order_by_items(order_by)?;
        let Some(WindowFrame { units, start_bound, end_bound }) = window_frame else { return Ok(()) };
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
        Ok(())
    }
}
