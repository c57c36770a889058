//! What no transcript can show.

#[path = "it/grammar.rs"]
mod grammar;
