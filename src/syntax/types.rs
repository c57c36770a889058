//! Data types: `bigint`, `decimal(10,2)`, `array<map<string,int>>`.

use nom::Parser;
use nom::combinator::opt;
use nom::multi::separated_list0;

use super::lexer::lex;
use super::parser::{
    Furthest, Name, Parsed, Tokens, end, list, name, parenthesised, quoted_name, shorten, symbol, wrong,
};
use super::phrase::{new_name, small_integer};
use crate::error::{Code, Error, Result};
use crate::model::DataType;

/// Deepest nesting of types.
const DEPTH: usize = 50;

/// Every type's name, for messages.
const NAMES: &str = "tinyint, smallint, int, bigint, float, double, decimal, string, varchar, char, binary, boolean, \
                     date, datetime, timestamp, timestamp_ntz, json, array, map, struct";

/// A data type.
pub fn data_type(tokens: Tokens<'_>) -> Parsed<'_, DataType> {
    nested(tokens, 0)
}

/// The type that `text` names.
///
/// # Errors
/// The text is not a type, or its lengths or nesting exceed the limits.
pub fn parse_type(text: &str) -> Result<DataType> {
    let lexed = lex(text)?;
    let furthest = Furthest::noting();
    let tokens = Tokens::new(&lexed.tokens, text, &furthest, text.len());
    match data_type(tokens).and_then(|(rest, found)| end(rest).map(|_| found)) {
        Ok(found) => Ok(found),
        Err(nom::Err::Failure(super::parser::Miss(Some(error)))) => Err(error),
        Err(_) => Err(furthest.error(tokens)),
    }
}

fn nested(tokens: Tokens<'_>, depth: usize) -> Parsed<'_, DataType> {
    if depth > DEPTH {
        return wrong(
            Error::new(Code::Parse, format!("types nested deeper than {DEPTH} levels"))
                .at(tokens.span())
                .help("use fewer levels, or a json column"),
        );
    }
    let (rest, word) = name(tokens).or_else(|_| tokens.miss("a data type"))?;
    let plain = |found| Ok((rest, found));
    match word.text.as_str() {
        "tinyint" => plain(DataType::Tinyint),
        "smallint" => plain(DataType::Smallint),
        "int" | "integer" => plain(DataType::Int),
        "bigint" => plain(DataType::Bigint),
        "float" => plain(DataType::Float),
        "double" => plain(DataType::Double),
        "string" => plain(DataType::String),
        "binary" => plain(DataType::Binary),
        "boolean" => plain(DataType::Boolean),
        "date" => plain(DataType::Date),
        "datetime" => plain(DataType::Datetime),
        "timestamp" => plain(DataType::Timestamp),
        "timestamp_ntz" => plain(DataType::TimestampNtz),
        "json" => plain(DataType::Json),
        "decimal" => decimal(rest, &word),
        "varchar" => length(rest, &word, 65_535).map(|(rest, length)| (rest, DataType::Varchar(length))),
        "char" => length(rest, &word, 255).map(|(rest, length)| (rest, DataType::Char(length))),
        "array" => {
            let (rest, _) = symbol("<").parse(rest)?;
            let (rest, item) = nested(rest, depth + 1)?;
            let (rest, _) = symbol(">").parse(rest)?;
            Ok((rest, DataType::Array(Box::new(item))))
        }
        "map" => {
            let (rest, _) = symbol("<").parse(rest)?;
            let (rest, key) = nested(rest, depth + 1)?;
            let (rest, _) = symbol(",").parse(rest)?;
            let (rest, value) = nested(rest, depth + 1)?;
            let (rest, _) = symbol(">").parse(rest)?;
            Ok((rest, DataType::Map(Box::new(key), Box::new(value))))
        }
        "struct" => fields(rest, depth),
        _ => wrong(
            Error::new(Code::Parse, format!("`{}` is not a data type", shorten(&word.text)))
                .at(word.span)
                .help(format!("the types are {NAMES}")),
        ),
    }
}

fn fields(tokens: Tokens<'_>, depth: usize) -> Parsed<'_, DataType> {
    let (rest, _) = symbol("<").parse(tokens)?;
    let field = |tokens| {
        let (rest, name) = field_name(tokens)?;
        let (rest, _) = symbol(":").parse(rest)?;
        let (rest, data_type) = nested(rest, depth + 1)?;
        Ok((rest, (name.text, data_type)))
    };
    let (rest, fields) = list(field).parse(rest)?;
    let (rest, _) = symbol(">").parse(rest)?;
    let mut seen = std::collections::BTreeSet::new();
    match fields.iter().find(|(name, _)| !seen.insert(name)) {
        Some((name, _)) => wrong(
            Error::new(Code::Parse, format!("the struct has two fields named `{}`", shorten(name)))
                .at(tokens.span())
                .help("give every field its own name"),
        ),
        None => Ok((rest, DataType::Struct(fields))),
    }
}

/// The name of a field of a struct: quoted, it may be any, as functions name fields `1`, `2`.
fn field_name(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    quoted_name(tokens).or_else(|_| new_name(tokens))
}

fn decimal<'a>(tokens: Tokens<'a>, word: &Name) -> Parsed<'a, DataType> {
    let (rest, numbers) = opt(parenthesised(separated_list0(symbol(","), small_integer))).parse(tokens)?;
    let (precision, scale) = match numbers.as_deref() {
        None => (38, 18),
        Some([precision]) => (*precision, 0),
        Some([precision, scale]) => (*precision, *scale),
        Some(_) => (0, 0),
    };
    let bytes = (u8::try_from(precision), u8::try_from(scale));
    match bytes {
        (Ok(precision @ 1..=38), Ok(scale @ 0..=18)) if scale <= precision => {
            Ok((rest, DataType::Decimal(precision, scale)))
        }
        _ => wrong(
            Error::new(Code::Parse, "a decimal must have precision 1 to 38 and scale 0 to 18, at most the precision")
                .at(word.span)
                .help("write for example `decimal(10,2)`"),
        ),
    }
}

fn length<'a>(tokens: Tokens<'a>, word: &Name, most: u32) -> Parsed<'a, u32> {
    let (rest, length) = parenthesised(small_integer).parse(tokens)?;
    if (1..=most).contains(&length) {
        return Ok((rest, length));
    }
    wrong(Error::new(Code::Parse, format!("the length of a {} must be 1 to {most}", word.text)).at(word.span))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_print_as_they_are_read() {
        for text in [
            "bigint",
            "decimal(10,2)",
            "varchar(65535)",
            "char(1)",
            "array<array<int>>",
            "map<string,struct<a:int,b:json>>",
        ] {
            assert_eq!(parse_type(text).unwrap().to_string(), text);
        }
        assert_eq!(parse_type("DECIMAL").unwrap(), DataType::Decimal(38, 18));
        assert_eq!(parse_type("decimal(5)").unwrap(), DataType::Decimal(5, 0));
    }

    #[test]
    fn lengths_and_nesting_have_limits() {
        for bad in [
            "decimal(39)",
            "decimal(10,19)",
            "decimal(2,3)",
            "decimal()",
            "varchar(0)",
            "varchar(65536)",
            "char(256)",
            "varchar",
            "array<int",
            "struct<a:int,A:int>",
            "blob",
            "",
            "int int",
        ] {
            assert!(parse_type(bad).is_err(), "{bad}");
        }
        assert!(parse_type(&format!("{}int{}", "array<".repeat(10_000), ">".repeat(10_000))).is_err());
    }
}
