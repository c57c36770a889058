use std::collections::BTreeMap;

use super::{ColumnId, ObjectId};

/// What the names in the query of a view stand for, renames since then included (VIW-6), and how it calculates (VIW-5).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bindings {
    /// Its tables and views.
    pub relations: Vec<BoundRelation>,
    /// Its functions that are not built in.
    pub functions: Vec<BoundFunction>,
    /// The flags of the session that made it, as far as they matter.
    pub flags: BTreeMap<String, String>,
}

/// A table or view that the query of a view names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundRelation {
    /// What is written before the name, folded, with points between its parts.
    pub qualifier: Option<String>,
    /// The name as it is written, folded.
    pub name: String,
    /// The number of what it stands for, if anything had the name.
    pub object: Option<ObjectId>,
    /// The columns that it had, by the names that the query knows them by.
    pub columns: Vec<(String, ColumnId)>,
}

/// A function that the query of a view names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundFunction {
    /// What is written before the name, folded, with points between its parts.
    pub qualifier: Option<String>,
    /// The name as it is written, folded.
    pub name: String,
    /// The number of what it stands for, if anything had the name.
    pub object: Option<ObjectId>,
}

impl Bindings {
    /// What a relation of the query stands for.
    pub fn relation(&self, qualifier: Option<&str>, name: &str) -> Option<&BoundRelation> {
        self.relations.iter().find(|bound| bound.qualifier.as_deref() == qualifier && bound.name == name)
    }

    /// What a function of the query stands for.
    pub fn function(&self, qualifier: Option<&str>, name: &str) -> Option<&BoundFunction> {
        self.functions.iter().find(|bound| bound.qualifier.as_deref() == qualifier && bound.name == name)
    }
}
