//! `function f(@a bigint) as @a + 1`: functions of a script. Source: "SQL functions", temporary ones.
//!
//! The text is read by `data`, in front of the queries that call the function; here only its shape is checked.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::Statement;
use crate::error::{Code, Error};
use crate::syntax::parser::{Name, Parsed, Tokens, keyword, list, name, parenthesised, rest, symbol, wrong};

use crate::syntax::statement::QueryText;
use crate::syntax::types::data_type;
use crate::text::fold;

/// `function <name>(@<parameter> <type>, …) [returns @<result> <type>] as [begin] … [end]`
pub(super) fn script_function(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let start = tokens;
    let (tokens, called) = preceded(keyword("function"), name).parse(tokens)?;
    // `any` leaves the value as it is.
    let typed = || pair(variable, alt((value((), keyword("any")), data_type.map(|_| ()))));
    let (tokens, parameters) = parenthesised(opt(list(typed()))).parse(tokens)?;
    let (tokens, result) = opt(preceded(keyword("returns"), typed())).parse(tokens)?;
    let (tokens, _) = keyword("as").parse(tokens)?;
    let (tokens, _) = rest("an expression").parse(tokens)?;
    let names: Vec<&Name> = parameters.iter().flatten().chain(&result).map(|(name, _)| name).collect();
    for (at, one) in names.iter().enumerate() {
        if names.iter().take(at).any(|before| fold(&before.text) == fold(&one.text)) {
            return wrong(Error::new(Code::Semantic, format!("`@{}` is defined twice", one.text)).at(one.span));
        }
    }
    let span = start
        .list()
        .first()
        .zip(start.list().last())
        .map_or_else(|| called.span, |(first, last)| first.span.to(last.span));
    // The function alone, in front of a query that calls nothing: `data` reads it so, too.
    let text = format!("{};select 1", span.of(start.source()));
    Ok((tokens, Statement::Function { name: called, query: QueryText::new(text, span) }))
}

fn variable(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    preceded(symbol("@"), name).parse(tokens)
}
