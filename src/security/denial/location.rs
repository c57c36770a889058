//! Refusals about external locations (EXT-2).

use crate::error::{Code, Error};
use crate::model::Object;
use crate::security::location::LocationUse;

pub(super) fn outside(used: &LocationUse, tips: &str) -> Box<Error> {
    let project = &used.project.name;
    let what = match used.behind() {
        None => format!("location {}", used.location),
        Some(table) => format!("the location of {table}"),
    };
    let message =
        format!("Authorization Failed [4019], {what} is outside of the locations that project {project} allows.{tips}");
    Error::new(Code::Authorization, message)
        .help(format!("`show SecurityConfiguration` lists them to who manages project {project}"))
}

/// The same of something that a view, or a table that the caller may not describe, names.
pub(super) fn hidden(view: &Object, tips: &str) -> Box<Error> {
    let message = format!(
        "Authorization Failed [4019], {view} cannot be used: a location that it needs is outside of those that its project allows.{tips}"
    );
    Error::new(Code::Authorization, message)
}
