//! Conditions on partition columns: `alter table … drop partition (ds < '20240101')`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::multi::many0;
use nom::sequence::{pair, preceded, separated_pair};

use crate::syntax::parser::{Name, Parsed, Tokens, keyword, list, name, parenthesised, string, symbol};
use crate::syntax::phrase::{literal, signed_integer};
use crate::syntax::token::{TokenKind, text_literal};

/// A condition on the values of partition columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Filter {
    /// `<column> <operator> <value>`
    Compare(Operand, Operator, Compared),
    /// `<column> in (<values>)`
    In(Operand, Vec<Compared>),
    /// `<column> like <pattern>`
    Like(Operand, String),
    /// `<column> rlike <regular expression>`
    Rlike(Operand, String),
    /// `not …`
    Not(Box<Filter>),
    /// `… and …`
    And(Vec<Filter>),
    /// `… or …`
    Or(Vec<Filter>),
}

/// What is compared: the value of a partition column, or what a function makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operand {
    /// The partition column.
    pub column: Name,
    /// The function.
    pub function: Option<Function>,
}

/// What it is compared with: `where` compares text with a number as numbers, and with text as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Compared {
    /// As it was written, without quotes.
    pub text: String,
    /// Whether it was written as a number.
    pub is_number: bool,
}

/// A function of one value. Source: "Partition operations", drop partition: scalar functions of partition columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `substr(…, <start>[, <length>])`
    Part(i64, Option<i64>),
    /// `tolower(…)`
    Lower,
    /// `toupper(…)`
    Upper,
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
    let (tokens, column) = operand(tokens)?;
    let (tokens, negated) = opt(keyword("not")).parse(tokens)?;
    let values =
        preceded(keyword("in"), parenthesised(list(compared))).map(|values| Filter::In(column.clone(), values));
    let like = preceded(keyword("like"), string).map(|pattern| Filter::Like(column.clone(), pattern));
    let rlike = preceded(alt((keyword("rlike"), keyword("regexp"))), string)
        .map(|pattern| Filter::Rlike(column.clone(), pattern));
    let between =
        preceded(keyword("between"), separated_pair(compared, keyword("and"), compared)).map(|(least, most)| {
            Filter::And(vec![
                Filter::Compare(column.clone(), Operator::AtLeast, least),
                Filter::Compare(column.clone(), Operator::AtMost, most),
            ])
        });
    let worded = alt((values, like, rlike, between));
    if negated.is_some() {
        return { worded }.map(|inner| Filter::Not(Box::new(inner))).parse(tokens);
    }
    let operator = alt((
        value(Operator::Equal, symbol("=")),
        value(Operator::Different, alt((symbol("<>"), symbol("!=")))),
        value(Operator::AtMost, symbol("<=")),
        value(Operator::AtLeast, symbol(">=")),
        value(Operator::Less, symbol("<")),
        value(Operator::Greater, symbol(">")),
    ));
    let simple = (operator, compared).map(|(operator, value)| Filter::Compare(column.clone(), operator, value));
    alt((simple, worded)).parse(tokens)
}

fn compared(tokens: Tokens<'_>) -> Parsed<'_, Compared> {
    let (rest, text) = literal(tokens)?;
    let is_number = tokens.list().first().is_some_and(|token| token.kind != TokenKind::Text);
    match is_number && text.parse::<f64>().is_err() {
        true => tokens.miss("a number"),
        false => Ok((rest, Compared { text, is_number })),
    }
}

fn operand(tokens: Tokens<'_>) -> Parsed<'_, Operand> {
    let numbers = pair(preceded(symbol(","), signed_integer), opt(preceded(symbol(","), signed_integer)));
    let part = preceded(
        alt((keyword("substr"), keyword("substring"))),
        parenthesised(pair(name, numbers)).map(|(column, (start, length))| (column, Function::Part(start, length))),
    );
    let of_one = |words: [&'static str; 2], function: Function| {
        let [one, other] = words;
        preceded(alt((keyword(one), keyword(other))), parenthesised(name)).map(move |column| (column, function))
    };
    let called =
        alt((part, of_one(["tolower", "lower"], Function::Lower), of_one(["toupper", "upper"], Function::Upper)));
    let called = called.map(|(column, function)| Operand { column, function: Some(function) });
    alt((called, name.map(|column| Operand { column, function: None }))).parse(tokens)
}

impl fmt::Display for Compared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_number { f.write_str(&self.text) } else { f.write_str(&text_literal(&self.text)) }
    }
}

impl fmt::Display for Operand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.function {
            None => write!(f, "{}", self.column),
            Some(Function::Part(start, None)) => write!(f, "substr({}, {start})", self.column),
            Some(Function::Part(start, Some(length))) => write!(f, "substr({}, {start}, {length})", self.column),
            Some(Function::Lower) => write!(f, "tolower({})", self.column),
            Some(Function::Upper) => write!(f, "toupper({})", self.column),
        }
    }
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
                    Self::Compare(..) | Self::In(..) | Self::Like(..) | Self::Rlike(..) | Self::Not(_) => {
                        write!(f, "{part}")?
                    }
                }
            }
            Ok(())
        };
        match self {
            Self::Compare(column, operator, value) => write!(f, "{column} {operator} {value}"),
            Self::In(column, values) => {
                let values: Vec<String> = values.iter().map(Compared::to_string).collect();
                write!(f, "{column} in ({})", values.join(", "))
            }
            Self::Like(column, pattern) => write!(f, "{column} like {}", text_literal(pattern)),
            Self::Rlike(column, pattern) => write!(f, "{column} rlike {}", text_literal(pattern)),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
        }
    }
}
