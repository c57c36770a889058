//! The prompt.

use crate::error::Result;
use crate::render::Style;
use crate::shell::Session;

/// Stand-in until the prompt lands.
pub fn run(session: &mut Session, _style: Style) -> Result<i32> {
    let _ = session.principal();
    Ok(0)
}
