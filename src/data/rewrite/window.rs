//! `over (…)` and `window … as (…)`.

use datafusion::sql::sqlparser::ast::{
    NamedWindowDefinition, NamedWindowExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowSpec, WindowType,
};

use super::Rewriter;
use crate::error::Result;

impl Rewriter<'_> {
    pub(super) fn window(&mut self, window: &mut WindowType) -> Result<()> {
        match window {
            WindowType::WindowSpec(window) => self.window_spec(window),
            WindowType::NamedWindow(name) => self.identifier(name),
        }
    }

    pub(super) fn named_windows(&mut self, windows: &mut [NamedWindowDefinition]) -> Result<()> {
        for NamedWindowDefinition(name, window) in windows {
            self.identifier(name)?;
            match window {
                NamedWindowExpr::NamedWindow(name) => self.identifier(name)?,
                NamedWindowExpr::WindowSpec(window) => self.window_spec(window)?,
            }
        }
        Ok(())
    }

    fn window_spec(&mut self, window: &mut WindowSpec) -> Result<()> {
        let WindowSpec { window_name, partition_by, order_by, window_frame } = window;
        if let Some(name) = window_name {
            self.identifier(name)?;
        }
        self.expressions(partition_by)?;
        self.order_by_items(order_by)?;
        let Some(WindowFrame { units, start_bound, end_bound }) = window_frame else { return Ok(()) };
        match units {
            WindowFrameUnits::Rows | WindowFrameUnits::Range | WindowFrameUnits::Groups => {}
        }
        for bound in std::iter::once(start_bound).chain(end_bound) {
            match bound {
                WindowFrameBound::CurrentRow
                | WindowFrameBound::Preceding(None)
                | WindowFrameBound::Following(None) => {}
                WindowFrameBound::Preceding(Some(distance)) | WindowFrameBound::Following(Some(distance)) => {
                    self.expression(distance)?;
                }
            }
        }
        Ok(())
    }
}
