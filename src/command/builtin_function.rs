//! The functions that every query knows: `show builtin functions`, and help of one.

use super::outcome::{Listing, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::{BuiltinFunction, Cell, Row, Standing, builtin_function, builtin_functions};
use crate::syntax::Name;
use crate::text::nearest;

/// All of them, or the one of this name.
pub(super) fn listed(only: Option<&Name>) -> Result<Outcome> {
    let rows = match only {
        None => built().map(row).collect(),
        Some(name) => vec![row(known(name)?)],
    };
    Ok(Outcome::listing(Listing::BuiltinFunctions, rows))
}

fn built() -> impl Iterator<Item = &'static BuiltinFunction> {
    builtin_functions().iter().filter(|function| function.is_built())
}

fn known(name: &Name) -> Result<&'static BuiltinFunction> {
    builtin_function(&name.text).ok_or_else(|| {
        let near = nearest(&name.text, built().map(|function| function.name));
        let error = Error::new(Code::NotFound, format!("there is no built-in function `{}`", name.text)).at(name.span);
        match near {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("`show builtin functions;` lists them; `show functions;` lists those of the project"),
        }
    })
}

fn row(function: &BuiltinFunction) -> Row {
    let BuiltinFunction { family, name, syntax, standing, source, meaning } = *function;
    [family, name, syntax, standing.text(), source, meaning].map(Cell::from).into()
}

/// Syntax and meaning of a built-in function; nothing if there is none of this name.
pub(super) fn help(name: &str) -> Option<Vec<String>> {
    let function = builtin_function(name)?;
    let standing = match function.standing {
        Standing::Exact => "  here: as documented",
        Standing::Chosen => "  here: the documentation leaves the result open in part",
        Standing::NotBuilt => "  here: not supported yet",
    };
    Some(vec![
        format!("{} ({} function)", function.name, function.family),
        format!("  {}", function.syntax),
        format!("  {}.", function.meaning),
        standing.to_owned(),
        format!("  source: {}", function.source),
    ])
}
