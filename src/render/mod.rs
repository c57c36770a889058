//! Outcomes and errors → text, in the chosen output mode.
//!
//! Data goes to one writer, status words and errors to another. Results stream: memory does not grow with their rows. Never
//! decides anything, never opens a file or asks what a terminal is: writers and [`Style`] are arguments, and only a writer or
//! the rows themselves can fail.

mod boxed;
mod csv;
mod describe;
mod described;
mod escape;
mod explanation;
mod failure;
mod form;
mod grants;
mod joined;
mod json;
mod lines;
mod listed;
mod listing;
mod markdown;
mod package;
mod percent;
mod progress;
mod properties;
mod renderer;
mod ruled;
mod style;

pub use escape::visible;
pub use renderer::{RenderError, Renderer};
pub use style::{Style, Target};
