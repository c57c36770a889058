//! What a statement names and is not there: who is told so in place of a denial (STG-4a).

use crate::error::{Error, Result};
use crate::model::{Action, Object};
use crate::security::{Access, Denial, Judge, Request};

/// An object that a statement names and that is not there.
#[derive(Debug, Clone)]
pub(super) struct Missing {
    object: Object,
    error: Option<Box<Error>>,
}

impl Missing {
    /// One that the statement cannot do without.
    pub fn new(object: Object, error: Box<Error>) -> Self {
        Self { object, error: Some(error) }
    }

    /// One that need not be there: `drop … if exists`.
    pub fn fine(object: Object) -> Self {
        Self { object, error: None }
    }

    /// What is said of it to someone who may know.
    pub fn error(&self) -> Option<Box<Error>> {
        self.error.clone()
    }

    /// The same, with `change` made to what is said of it.
    pub fn map_error(self, change: impl FnOnce(Box<Error>) -> Box<Error>) -> Self {
        Self { error: self.error.map(change), ..self }
    }
}

/// Everything that a statement names and that is not there.
#[derive(Debug)]
pub struct Absent {
    request: Option<Request>,
    missing: Vec<Missing>,
}

/// What is said in place of a denial.
#[derive(Debug)]
pub enum Instead {
    /// That the object of the denial is not there.
    NotThere(Box<Error>),
    /// Nothing: it need not be there.
    Fine,
}

impl Absent {
    pub(super) fn new(request: &Request, missing: Vec<Missing>) -> Self {
        Self { request: (!missing.is_empty()).then(|| request.clone()), missing }
    }

    /// What is said in place of `denial`, which is what the whole statement met, to someone who may list the schema of its object.
    /// Only the access that failed counts: that something else is missing would tell that its object is there.
    ///
    /// # Errors
    /// The facts cannot be read.
    pub fn instead_of(&self, denial: &Denial, judge: &Judge<'_>) -> Result<Option<Instead>> {
        let Some(request) = &self.request else { return Ok(None) };
        let Some(missing) = self.missing.iter().find(|missing| denial.is_about(&missing.object)) else {
            return Ok(None);
        };
        let requirements = vec![listing(&missing.object, judge)?.into()];
        let list = Request { requirements, flows: Vec::new(), shows_rows: false, parts: Vec::new(), ..request.clone() };
        if !judge.allows(&list)? {
            return Ok(None);
        }
        Ok(Some(missing.error.clone().map_or(Instead::Fine, Instead::NotThere)))
    }
}

/// What shows that an object is there, or is not.
///
/// # Errors
/// The facts cannot be read.
pub(super) fn listing(object: &Object, judge: &Judge<'_>) -> Result<Access> {
    // What is in no schema belongs to the project itself: List on `default` does not show it (SCH-2).
    Ok(match object.kind.is_in_schema() {
        true => Access::inside(Action::List, judge.container(&object.place())?),
        false => Access::of(Action::List, object.of_project()),
    })
}
