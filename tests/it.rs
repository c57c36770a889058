//! What no transcript can show.

#[path = "it/grammar.rs"]
mod grammar;
#[path = "it/readme.rs"]
mod readme;
