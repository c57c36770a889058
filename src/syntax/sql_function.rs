//! What a function in SQL is defined by: `(@a bigint) returns @r bigint as begin … end`. Source: "SQL functions".
//!
//! The body is read by `data`; here only the signature is, and the text is written as a query that calls the function.

use std::fmt::Write;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::{pair, preceded};

use super::lexer::lex;
use super::parser::{Furthest, Miss, Name, Parsed, Tokens, keyword, list, name, parenthesised, rest, symbol, wrong};
use super::types::data_type;
use crate::error::{Code, Error, Result};
use crate::model::DataType;
use crate::text::fold;

/// What a stored function is called in the query of its body: no script can define a function of this name.
pub const BODY: &str = "#";

/// What the columns are called that stand for its parameters, each with its number. A body that names one in a subquery is refused as
/// one that names a parameter there.
pub const PARAMETER: &str = "parameter_";

/// The parameters of a function, in their order; without a type, a parameter takes every type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Names without `@`, and types.
    pub parameters: Vec<(Name, Option<DataType>)>,
}

impl Signature {
    /// The first parameter that has no type.
    pub fn untyped(&self) -> Option<&Name> {
        self.parameters.iter().find(|(_, data_type)| data_type.is_none()).map(|(name, _)| name)
    }

    /// The query behind the definition: it calls the function for columns of the types of its parameters.
    pub fn call(&self) -> String {
        let (mut arguments, mut columns) = (String::new(), String::new());
        for (at, (_, data_type)) in self.parameters.iter().enumerate() {
            let comma = if at > 0 { ", " } else { "" };
            let data_type = data_type.clone().unwrap_or(DataType::String);
            let _ = write!(arguments, "{comma}sql_function.{PARAMETER}{at}");
            let _ = write!(columns, "{comma}cast(null as {data_type}) as {PARAMETER}{at}");
        }
        let columns = if columns.is_empty() { "1 as nothing".to_owned() } else { columns };
        format!(";select `{BODY}`({arguments}) as result from (select {columns}) sql_function")
    }
}

/// The query of the body of a stored function: its definition begins with its parameters.
///
/// # Errors
/// The definition cannot be read.
pub fn body_query(definition: &str) -> Result<String> {
    let signature = signature_of(definition)?;
    Ok(format!("function `{BODY}`{definition}{}", signature.call()))
}

/// How many parameters a stored function has.
///
/// # Errors
/// The definition cannot be read.
pub fn parameters(definition: &str) -> Result<usize> {
    Ok(signature_of(definition)?.parameters.len())
}

fn signature_of(definition: &str) -> Result<Signature> {
    let lexed = lex(definition)?;
    let furthest = Furthest::noting();
    let tokens = Tokens::new(&lexed.tokens, definition, &furthest, definition.len());
    match signature(tokens) {
        Ok((_, signature)) => Ok(signature),
        Err(nom::Err::Failure(Miss(Some(error)))) => Err(error),
        Err(_) => Err(furthest.error(tokens)),
    }
}

/// `(@<parameter> <type>, …) [returns [@<result>] <type>] as [begin] … [end]`
pub(super) fn signature(tokens: Tokens<'_>) -> Parsed<'_, Signature> {
    // `any` leaves the value as it is.
    let any_type = || alt((value(None, keyword("any")), data_type.map(Some)));
    let typed = || pair(variable, any_type());
    let (tokens, parameters) = parenthesised(opt(list(typed()))).parse(tokens)?;
    let (tokens, result) = opt(preceded(keyword("returns"), pair(opt(variable), any_type()))).parse(tokens)?;
    let (tokens, _) = keyword("as").parse(tokens)?;
    let (tokens, _) = rest("an expression").parse(tokens)?;
    let parameters = parameters.unwrap_or_default();
    let result = result.and_then(|(name, _)| name);
    let names: Vec<&Name> = parameters.iter().map(|(name, _)| name).chain(&result).collect();
    for (at, one) in names.iter().enumerate() {
        if names.iter().take(at).any(|before| fold(&before.text) == fold(&one.text)) {
            return wrong(Error::new(Code::Semantic, format!("`@{}` is defined twice", one.text)).at(one.span));
        }
    }
    Ok((tokens, Signature { parameters }))
}

fn variable(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    preceded(symbol("@"), name).parse(tokens)
}
