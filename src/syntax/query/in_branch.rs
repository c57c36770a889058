//! What a branch of `if` may have besides assignments.

use nom::branch::alt;
use nom::{Input, Parser};

use super::{Statement, change, create_table_as, insert, multi_insert, select, with_insert};
use crate::error::{Code, Error};
use crate::syntax::parser::{Parsed, Tokens, keywords, wrong};
use crate::syntax::table::{self, Alteration};

/// A statement that a branch of `if` may have besides assignments: it writes rows or shows them, or it changes what tables there are.
pub(super) fn effect(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let change = change::change.map(Statement::Change);
    alt((with_insert, multi_insert, select, create_table_as, insert, change, definition)).parse(tokens)
}

/// `create table`, `drop table`, `truncate table`, `alter table … add|drop partition`: what of the definition of tables a branch of `if` may have.
fn definition(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (rest, statement) = table::statement(tokens)?;
    match &statement {
        table::Statement::Create { table, .. }
        | table::Statement::CreateLike { table, .. }
        | table::Statement::Drop { table, .. }
        | table::Statement::Truncate { table, .. }
        | table::Statement::Alter {
            table,
            change: Alteration::AddPartitions { .. } | Alteration::DropPartitions { .. },
        } => Ok((rest, Statement::Definition { table: table.clone(), statement })),
        _ => tokens.miss("a statement of a branch"),
    }
}

/// `explain` and `cost` show one plan: not those of branches.
pub(super) fn explains_no_if(tokens: Tokens<'_>) -> Parsed<'_, ()> {
    for words in ["explain", "cost sql"] {
        let behind = words.split(' ').count();
        if keywords(words).parse(tokens).is_ok() && starts_with_if(tokens.take_from(behind.min(tokens.list().len()))) {
            let place = tokens.span();
            let error = Error::new(Code::Unsupported, format!("not supported: `{words}` of an `if`")).at(place);
            return wrong(
                error.help(format!("write `{words}` in front of the statements of its branches, each alone")),
            );
        }
    }
    Ok((tokens, ()))
}

fn starts_with_if(tokens: Tokens<'_>) -> bool {
    tokens.list().first().is_some_and(|first| first.span.of(tokens.source()).eq_ignore_ascii_case("if"))
}
