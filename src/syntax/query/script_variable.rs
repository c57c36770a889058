//! `@a := select …`, `@n bigint := 5`, `@t table(c bigint)`, `if (…) begin … end else …`. Source: "Script mode", "IF".
//!
//! The text is read by `data`, in front of the queries that use the variables; here only its shape is checked.

use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{Input, Parser};

use super::Statement;
use crate::error::{Code, Error};
use crate::syntax::block::{Branch, LEVELS, branches, is_word};
use crate::syntax::parser::{
    Name, Parsed, Tokens, end, keyword, keywords, list, name, parenthesised, rest, symbol, wrong,
};
use crate::syntax::phrase::{new_name, query};
use crate::syntax::statement::QueryText;
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::types::data_type;
use crate::text::Span;

/// How a variable is defined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Defined {
    /// By a query.
    Rows,
    /// By an expression.
    Value,
    /// With its type, or its columns.
    Declared,
}

/// The words that rows begin with.
const ROWS: [&str; 4] = ["select", "with", "from", "values"];
/// The words that may follow rows in parentheses.
const BEHIND_ROWS: [&str; 6] = ["union", "intersect", "except", "minus", "order", "limit"];

/// Whether the value of a variable is a query; else it is an expression.
pub fn is_query(value: &[Token], source: &str) -> bool {
    let is_sign = |token: &Token, sign: &str| token.kind == TokenKind::Symbol && token.span.of(source) == sign;
    let is_any = |token: &Token, words: &[&str]| words.iter().any(|word| is_word(token, word, source));
    let opened = value.iter().take_while(|token| is_sign(token, "(")).count();
    if !value.get(opened).is_some_and(|token| is_any(token, &ROWS)) {
        return false;
    }
    let mut depth = 0_usize;
    for (at, token) in value.iter().enumerate().filter(|_| opened > 0) {
        if is_sign(token, "(") {
            depth += 1;
        } else if is_sign(token, ")") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return value.get(at + 1).is_none_or(|next| is_any(next, &BEHIND_ROWS));
            }
        }
    }
    true
}

/// `@<name> [<type> | table(<columns>)] [:= <value>]`, with a type or a value. `cache on` says how the service stores the rows.
pub(super) fn variable(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let start = tokens;
    let (tokens, name) = preceded(symbol("@"), name).parse(tokens)?;
    let given = || (symbol(":"), symbol("="));
    if let Ok((tokens, _)) = given().parse(tokens) {
        let (tokens, _) = opt(keywords("cache on")).parse(tokens)?;
        return match is_query(tokens.list(), tokens.source()) {
            true => {
                check_closed(tokens)?;
                query
                    .map(|query| Statement::Variable { name: name.clone(), defined: Defined::Rows, query })
                    .parse(tokens)
            }
            false => defined(start, tokens, name, Defined::Value),
        };
    }
    let columns = preceded(keyword("table"), parenthesised(list((new_name, data_type))));
    let (tokens, ()) = nom::branch::alt((columns.map(|_| ()), data_type.map(|_| ()))).parse(tokens)?;
    match given().parse(tokens) {
        Ok((tokens, _)) => defined(start, tokens, name, Defined::Declared),
        Err(_) => {
            end(tokens).or_else(|_| tokens.miss("`:=`"))?;
            Ok((tokens, definition(start, name, Defined::Declared)))
        }
    }
}

fn defined<'a>(start: Tokens<'a>, value: Tokens<'a>, name: Name, defined: Defined) -> Parsed<'a, Statement> {
    check_value(value)?;
    let (after, _) = rest("a query or an expression").parse(value)?;
    Ok((after, definition(start, name, defined)))
}

/// The definition alone, in front of a query that reads it: `data` reads it so, too.
fn definition(start: Tokens<'_>, name: Name, defined: Defined) -> Statement {
    let span = start.rest_span();
    let text = with_reading(span.of(start.source()), &name);
    Statement::Variable { name, defined, query: QueryText::new(text, span) }
}

/// A definition, and a query that reads it.
pub fn with_reading(definition: &str, name: &Name) -> String {
    format!("{definition}{}", reading(name))
}

/// The query that reads a variable, behind its definition.
pub fn reading(name: &Name) -> String {
    format!(";select * from @{}", name.text)
}

/// A value is one expression or query: no parenthesis in it closes one around it.
fn check_value(value: Tokens<'_>) -> Parsed<'_, ()> {
    let starts = ["insert", "create", "drop", "alter", "update", "delete", "merge", "set", "if", "begin", "function"];
    let is_other = value.list().first().is_some_and(|first| {
        first.kind == TokenKind::Word && starts.iter().any(|word| is_word(first, word, value.source()))
    });
    let is_call = value.list().get(1).is_some_and(|next| next.span.of(value.source()) == "(");
    if value.is_empty() || is_other && !is_call {
        return value.miss("a query or an expression");
    }
    check_closed(value)
}

fn check_closed(value: Tokens<'_>) -> Parsed<'_, ()> {
    let mut depth = 0_usize;
    for (at, token) in value.list().iter().enumerate().filter(|(_, token)| token.kind == TokenKind::Symbol) {
        match token.span.of(value.source()) {
            "(" | "[" => depth += 1,
            ")" | "]" if depth == 0 => return value.take_from(at).miss("the end of the value"),
            ")" | "]" => depth -= 1,
            _ => {}
        }
    }
    match depth {
        0 => Ok((value, ())),
        _ => value.take_from(value.list().len()).miss("`)`"),
    }
}

/// `if (<condition>) begin <assignments> end [else if …] [else …]`
pub(super) fn script_if(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    keyword("if").parse(tokens)?;
    let mut assigned = Vec::new();
    conditional(tokens, &mut assigned, 1)?;
    let span = tokens.rest_span();
    // The branches alone, in front of a query that reads nothing.
    let text = format!("{}{IF_ALONE}", span.of(tokens.source()));
    Ok((tokens.take_from(tokens.list().len()), Statement::If { assigned, query: QueryText::new(text, span) }))
}

/// The query behind an `if` that stands alone.
pub const IF_ALONE: &str = ";select 1";

fn conditional<'a>(tokens: Tokens<'a>, assigned: &mut Vec<Name>, level: usize) -> Parsed<'a, ()> {
    if level > LEVELS {
        let place = tokens.list().first().map_or(Span::default(), |first| first.span);
        let error = Error::new(Code::Parse, format!("`if` is nested deeper than {LEVELS} levels")).at(place);
        return wrong(error.help("assign a condition to a variable, or join conditions with `and`"));
    }
    let found = match branches(tokens.list(), tokens.source()) {
        Ok(found) => found,
        Err((at, expected)) => return tokens.take_from(at.min(tokens.list().len())).miss(expected),
    };
    for Branch { condition, statements } in found {
        if let Some((start, behind)) = condition {
            let inside = tokens.take_from(start + 1).take(behind.saturating_sub(start + 2));
            check_value(inside)?;
        }
        for (start, behind) in statements {
            let statement = tokens.take_from(start).take(behind - start);
            if statement.list().first().is_some_and(|first| is_word(first, "if", tokens.source())) {
                conditional(statement, assigned, level + 1)?;
                continue;
            }
            if statement.list().first().is_none_or(|first| first.span.of(tokens.source()) != "@") {
                let place = statement.list().first().map_or(Span::default(), |first| first.span);
                let error = Error::new(
                    Code::Unsupported,
                    "not supported: a branch of `if` that does more than assign variables",
                );
                return wrong(error.at(place).help(
                    "assign the rows to a variable in the branches, and write `insert` or `select` behind them",
                ));
            }
            let (after, assignment) = variable(statement)?;
            end(after)?;
            match assignment {
                Statement::Variable { defined: Defined::Declared, name, .. } => {
                    let error = Error::new(Code::Semantic, format!("`@{}` is declared in a branch of `if`", name.text));
                    return wrong(
                        error.at(name.span).help("declare it before the `if`, and assign it in the branches"),
                    );
                }
                Statement::Variable { name, .. } => assigned.push(name),
                _ => return statement.miss("an assignment"),
            }
        }
    }
    Ok((tokens, ()))
}
