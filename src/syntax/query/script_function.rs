//! `function f(@a bigint) as @a + 1`: functions of a script. Source: "SQL functions", temporary ones.
//!
//! The text is read by `data`, in front of the queries that call the function; here only its shape is checked.

use nom::Parser;
use nom::sequence::preceded;

use super::Statement;
use crate::error::{Code, Error};
use crate::syntax::parser::{Parsed, Tokens, keyword, name, wrong};
use crate::syntax::sql_function::{BODY, signature};
use crate::syntax::statement::QueryText;

/// `function <name>(@<parameter> <type>, …) [returns [@<result>] <type>] as [begin] … [end]`
pub(super) fn script_function(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let start = tokens;
    let (tokens, called) = preceded(keyword("function"), name).parse(tokens)?;
    if called.text == BODY {
        let error = Error::new(Code::Parse, format!("`{BODY}` cannot be the name of a function"));
        return wrong(error.at(called.span));
    }
    let (tokens, _) = signature(tokens)?;
    let span = start.rest_span();
    // The function alone, in front of a query that calls nothing: `data` reads it so, too.
    let text = format!("{};select 1", span.of(start.source()));
    Ok((tokens, Statement::Function { name: called, query: QueryText::new(text, span) }))
}
