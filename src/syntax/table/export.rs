//! `export <project> <folder>`: which definitions of a project are written into files.

use std::fmt;

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::Statement;
use crate::error::{Code, Error};
use crate::syntax::parser::{Parsed, Tokens, glued, keyword, name, shorten, wrong};
use crate::syntax::phrase::file;

/// The letters behind `-`, each for one kind of statement. Source: odpscmd, but for `g`. Chosen: without options, everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exported {
    /// `t`: tables and views.
    pub tables: bool,
    /// `p`: partitions.
    pub partitions: bool,
    /// `r`: resources, with their bytes.
    pub resources: bool,
    /// `f`: functions.
    pub functions: bool,
    /// `d`: what is there of the same name is dropped before.
    pub drops: bool,
    /// `g`: members, roles and privileges.
    pub grants: bool,
}

impl Exported {
    const NOTHING: Self =
        Self { tables: false, partitions: false, resources: false, functions: false, drops: false, grants: false };
    const ALL: Self =
        Self { tables: true, partitions: true, resources: true, functions: true, drops: true, grants: true };

    fn of(&mut self, letter: char) -> Option<&mut bool> {
        match letter.to_ascii_lowercase() {
            'r' => Some(&mut self.resources),
            'f' => Some(&mut self.functions),
            't' => Some(&mut self.tables),
            'p' => Some(&mut self.partitions),
            'd' => Some(&mut self.drops),
            'g' => Some(&mut self.grants),
            _ => None,
        }
    }
}

impl fmt::Display for Exported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut known = *self;
        let letters = "rftpdg".chars().filter(|letter| known.of(*letter).is_some_and(|is_on| *is_on));
        write!(f, "-{}", letters.collect::<String>())
    }
}

/// Reads the statement.
pub(super) fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, (project, folder)) = preceded(keyword("export"), (name, file)).parse(tokens)?;
    let (rest, letters) = opt(glued("options such as `-tp`")).parse(tokens)?;
    let Some(letters) = letters else {
        return Ok((rest, Statement::ExportProject { project, folder, what: Exported::ALL }));
    };
    let mut what = Exported::NOTHING;
    let given = letters.text.strip_prefix('-').filter(|given| !given.is_empty());
    let is_known =
        given.is_some_and(|given| given.chars().all(|letter| what.of(letter).map(|on| *on = true).is_some()));
    if !is_known {
        let message = format!("`{}` is not an option of `export`", shorten(&letters.text));
        return wrong(Error::new(Code::Parse, message).at(letters.span).help(
            "write `-` and letters: `t` tables, `p` partitions, `r` resources, `f` functions, `d` drop statements, `g` grants",
        ));
    }
    Ok((rest, Statement::ExportProject { project, folder, what }))
}
