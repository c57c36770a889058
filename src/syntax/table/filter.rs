//! Conditions on partition columns: `alter table … drop partition (ds < '20240101')`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::multi::many0;
use nom::sequence::preceded;

use crate::syntax::parser::{Name, Parsed, Tokens, keyword, list, name, parenthesised, symbol};
use crate::syntax::phrase::literal;
use crate::syntax::token::text_literal;

/// A condition on the values of partition columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `<column> <operator> <value>`
    Compare(Name, Operator, String),
    /// `<column> in (<values>)`
    In(Name, Vec<String>),
    /// `not …`
    Not(Box<Filter>),
    /// `… and …`
    And(Vec<Filter>),
    /// `… or …`
    Or(Vec<Filter>),
}

/// How values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `<>`, `!=`
    Different,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
}

/// `(<condition>)`
pub(super) fn filter(tokens: Tokens<'_>) -> Parsed<'_, Filter> {
    parenthesised(either).parse(tokens)
}

fn either(tokens: Tokens<'_>) -> Parsed<'_, Filter> {
    let (tokens, first) = both(tokens)?;
    let (tokens, further) = many0(preceded(keyword("or"), both)).parse(tokens)?;
    Ok((tokens, together(first, further, Filter::Or)))
}

fn both(tokens: Tokens<'_>) -> Parsed<'_, Filter> {
    let (tokens, first) = one(tokens)?;
    let (tokens, further) = many0(preceded(keyword("and"), one)).parse(tokens)?;
    Ok((tokens, together(first, further, Filter::And)))
}

fn together(first: Filter, further: Vec<Filter>, all: impl Fn(Vec<Filter>) -> Filter) -> Filter {
    if further.is_empty() { first } else { all(std::iter::once(first).chain(further).collect()) }
}

fn one(tokens: Tokens<'_>) -> Parsed<'_, Filter> {
    if symbol("(").parse(tokens).is_ok() {
        return filter(tokens);
    }
    if let Ok((rest, _)) = keyword("not").parse(tokens) {
        return one.map(|inner| Filter::Not(Box::new(inner))).parse(rest);
    }
    let (tokens, column) = name(tokens)?;
    let (tokens, negated) = opt(keyword("not")).parse(tokens)?;
    let values = preceded(keyword("in"), parenthesised(list(literal)));
    if negated.is_some() {
        return values.map(|values| Filter::Not(Box::new(Filter::In(column.clone(), values)))).parse(tokens);
    }
    let operator = alt((
        value(Operator::Equal, symbol("=")),
        value(Operator::Different, alt((symbol("<>"), symbol("!=")))),
        value(Operator::AtMost, symbol("<=")),
        value(Operator::AtLeast, symbol(">=")),
        value(Operator::Less, symbol("<")),
        value(Operator::Greater, symbol(">")),
    ));
    let compared = (operator, literal).map(|(operator, value)| Filter::Compare(column.clone(), operator, value));
    alt((compared, values.map(|values| Filter::In(column.clone(), values)))).parse(tokens)
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::Different => "<>",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Self], word: &str| {
            for (index, part) in parts.iter().enumerate() {
                f.write_str(if index > 0 { word } else { "" })?;
                match part {
                    Self::And(_) | Self::Or(_) => write!(f, "({part})")?,
                    Self::Compare(..) | Self::In(..) | Self::Not(_) => write!(f, "{part}")?,
                }
            }
            Ok(())
        };
        match self {
            Self::Compare(column, operator, value) => write!(f, "{column} {operator} {}", text_literal(value)),
            Self::In(column, values) => {
                let values: Vec<String> = values.iter().map(|value| text_literal(value)).collect();
                write!(f, "{column} in ({})", values.join(", "))
            }
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
        }
    }
}
