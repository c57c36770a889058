//! Spans, names and carets: what every other module needs to talk about a piece of text.
//!
//! Knows no statement and gives no meaning to what it points at.

mod caret;
mod concealed;
mod key_literal;
mod line;
mod name;
mod nearest;
mod secret;
mod span;

pub use caret::{caret, line_column};
pub use concealed::Secret;
pub use key_literal::{calls_with_keys, names_keys, without_values};
pub use line::{one_line, steers};
pub use name::{fold, is_identifier};
pub use nearest::nearest;
pub use secret::{gives_away, masked};
pub use span::Span;
