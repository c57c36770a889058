//! States S and L, on which is measured that a statement costs the same in a world of any size.

pub mod facts;
pub mod world;
