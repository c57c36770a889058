//! Why the body of a view, or of a function in SQL, cannot be used.

use super::level::VIEW_DEPTH;
use crate::data;
use crate::error::{Code, Error};
use crate::model::{Object, ObjectKind};

/// Why the body of a view cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    /// Something that it names is not there, or not what it was.
    NoLongerFits,
    /// Views behind views behind views.
    TooDeep,
    /// With the bodies of the views that it names it reads too many tables.
    TooLarge,
}

impl Unusable {
    /// What is reported to a caller who may use the view otherwise.
    pub fn error(self, view: &Object) -> Box<Error> {
        let table = "put the rows of a view that is used often into a table".to_owned();
        let is_function = view.kind == ObjectKind::Function;
        let statement = if is_function { "create or replace sql function" } else { "create or replace view" };
        let (reason, help) = match self {
            Self::NoLongerFits => (
                "its definition no longer fits".to_owned(),
                match &view.owner {
                    Some(owner) => format!("its owner {owner} can replace it with `{statement}`"),
                    None => format!("replace it with `{statement}`"),
                },
            ),
            Self::TooDeep => (format!("views and functions are nested deeper than {VIEW_DEPTH} levels"), table),
            Self::TooLarge => (format!("it reads more than {} tables", data::MOST_TABLES), table),
        };
        Error::new(Code::Semantic, format!("{view} cannot be used: {reason}")).help(help)
    }
}
