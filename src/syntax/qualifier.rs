//! What names have before their last part.

use std::fmt;

use super::parser::Name;
use crate::text::Span;

/// What a name has before its last part: nothing, `a` or `a.b`. Which of them are projects and schemas depends on the session (SCH-1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Qualifier {
    parts: Vec<Name>,
    /// Whether they are a project, and a schema, in every session: `-p a`, `a/schemas/b/…`.
    is_full: bool,
}

impl Qualifier {
    /// These parts, at most two.
    pub fn of(parts: Vec<Name>) -> Self {
        Self { parts, is_full: false }
    }

    /// A project, or a project and a schema, in every session.
    pub fn full(parts: Vec<Name>) -> Self {
        Self { parts, is_full: true }
    }

    /// The same, read as a project, or a project and a schema, in every session.
    pub fn into_full(self) -> Self {
        Self { is_full: !self.parts.is_empty(), ..self }
    }

    /// Whether there is nothing.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The parts.
    pub fn parts(&self) -> &[Name] {
        &self.parts
    }

    /// The texts of the parts.
    pub fn texts(&self) -> Vec<&str> {
        self.parts.iter().map(|part| part.text.as_str()).collect()
    }

    /// Whether it is a project, and a schema, in every session.
    pub fn is_full(&self) -> bool {
        self.is_full
    }

    /// The project that an option of the statement names: `-p <project>`.
    pub fn option(&self) -> Option<&Name> {
        match self.parts.as_slice() {
            [project] if self.is_full => Some(project),
            _ => None,
        }
    }

    /// The position of this, if there is anything.
    pub fn span(&self) -> Option<Span> {
        let (first, last) = (self.parts.first()?, self.parts.last()?);
        Some(first.span.to(last.span))
    }

    /// The position of this and what follows it.
    pub fn span_to(&self, end: Span) -> Span {
        self.parts.first().map_or(end, |first| first.span.to(end))
    }

    /// The name with what is before it, with `mark` between the parts: an option, or parts.
    pub fn write(&self, mark: char, name: &dyn fmt::Display, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(project) = self.option() {
            return write!(f, "-p {project} {name}");
        }
        for part in &self.parts {
            write!(f, "{part}{mark}")?;
        }
        name.fmt(f)
    }

    /// ` in a.b`, ` -p a`, or nothing: in statements that list.
    pub fn write_list(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.option(), self.parts.as_slice()) {
            (Some(project), _) => write!(f, " -p {project}"),
            (None, []) => Ok(()),
            (None, [first]) => write!(f, " in {first}"),
            (None, [first, rest @ ..]) => {
                write!(f, " in {first}")?;
                rest.iter().try_for_each(|part| write!(f, ".{part}"))
            }
        }
    }
}
