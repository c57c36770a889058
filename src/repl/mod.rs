//! The prompt: a person types, statements run, an error does not end anything.
//!
//! Knows how lines are read, coloured, completed and remembered; never what a statement means, and no way to run one but
//! [`Session::run_through`](crate::shell::Session::run_through).

mod assistant;
mod candidates;
mod colour;
mod conversation;
mod history;
mod place;
mod query_words;
mod question;
mod screen;

pub use conversation::run;
pub use screen::Screen;
