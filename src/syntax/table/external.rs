//! Where and how rows lie outside of the state: the clauses of `create external table`, `unload` and `load`.

use std::fmt;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::multi::many0;
use nom::sequence::{preceded, separated_pair};

use super::read::column;
use super::{ColumnDefinition, Statement};
use crate::error::{Code, Error};
use crate::syntax::FileName;
use crate::syntax::parser::{
    Name, Parsed, Tokens, comment, keyword, keywords, list, name, parenthesised, string, symbol, wrong,
};
use crate::syntax::phrase::{Commas, if_not_exists, new_table_name};
use crate::syntax::token::text_literal;
use crate::text::Span;

/// Where and how rows lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Storage {
    /// How their files look.
    pub stored: Stored,
    /// `with serdeproperties (…)`
    pub serde: Vec<Property>,
    /// `location '…'`
    pub location: FileName,
    /// `tblproperties (…)`, or `properties (…)` of `unload` and `load`.
    pub properties: Vec<Property>,
}

/// How files look, as typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stored {
    /// `stored by '<handler>'`
    By(FileName),
    /// `[row format serde '<serde>'] stored as <format>`
    As(Option<FileName>, Name),
}

/// `'<key>'='<value>'`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    /// The key, folded.
    pub key: FileName,
    /// The value.
    pub value: String,
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", text_literal(&self.key.text), text_literal(&self.value))
    }
}

impl Storage {
    /// Writes what follows the columns; `properties` is what the last clause is called.
    pub fn write(&self, f: &mut fmt::Formatter<'_>, properties: &str) -> fmt::Result {
        self.write_stored(f)?;
        write!(f, " location {}", text_literal(&self.location.text))?;
        self.write_properties(f, properties)
    }

    /// The same for `unload` and `load`, which name the location first.
    pub fn write_behind_location(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, " location {}", text_literal(&self.location.text))?;
        self.write_stored(f)?;
        self.write_properties(f, "properties")
    }

    fn write_stored(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let serde = |f: &mut fmt::Formatter<'_>| match self.serde.is_empty() {
            true => Ok(()),
            false => write!(f, " with serdeproperties ({})", Commas(&self.serde)),
        };
        match &self.stored {
            Stored::By(handler) => {
                write!(f, " stored by {}", text_literal(&handler.text))?;
                serde(f)
            }
            Stored::As(reader, format) => {
                if let Some(reader) = reader {
                    write!(f, " row format serde {}", text_literal(&reader.text))?;
                }
                serde(f)?;
                write!(f, " stored as {format}")
            }
        }
    }

    fn write_properties(&self, f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
        match self.properties.is_empty() {
            true => Ok(()),
            false => write!(f, " {name} ({})", Commas(&self.properties)),
        }
    }
}

/// A clause of what follows the columns.
enum Clause {
    Comment(String),
    Partitions(Vec<ColumnDefinition>),
    By(FileName),
    Serde(FileName),
    As(Name),
    SerdeProperties(Vec<Property>),
    Location(FileName),
    Properties(Vec<Property>),
}

#[derive(Default)]
struct Given {
    comment: Option<String>,
    partitions: Option<Vec<ColumnDefinition>>,
    by: Option<FileName>,
    reader: Option<FileName>,
    format: Option<Name>,
    serde: Option<Vec<Property>>,
    location: Option<FileName>,
    properties: Option<Vec<Property>>,
}

impl Given {
    /// Takes a clause; whether it was given before.
    fn take(&mut self, clause: Clause) -> bool {
        match clause {
            Clause::Comment(text) => self.comment.replace(text).is_some(),
            Clause::Partitions(columns) => self.partitions.replace(columns).is_some(),
            Clause::By(handler) => self.by.replace(handler).is_some(),
            Clause::Serde(reader) => self.reader.replace(reader).is_some(),
            Clause::As(format) => self.format.replace(format).is_some(),
            Clause::SerdeProperties(options) => self.serde.replace(options).is_some(),
            Clause::Location(location) => self.location.replace(location).is_some(),
            Clause::Properties(options) => self.properties.replace(options).is_some(),
        }
    }
}

/// A string with its place.
/// A string, with its place.
pub(in crate::syntax) fn text(tokens: Tokens<'_>) -> Parsed<'_, FileName> {
    let span = tokens.list().first().map_or(tokens.span(), |token| token.span);
    string.map(|text| FileName { text, span }).parse(tokens)
}

/// `location '…'`
pub(in crate::syntax) fn location(tokens: Tokens<'_>) -> Parsed<'_, FileName> {
    preceded(keyword("location"), text).parse(tokens)
}

fn options(tokens: Tokens<'_>) -> Parsed<'_, Vec<Property>> {
    let key = text.map(|key: FileName| FileName { text: key.text.to_ascii_lowercase(), span: key.span });
    let option = separated_pair(key, symbol("="), string).map(|(key, value)| Property { key, value });
    let (rest, options) = parenthesised(list(option)).parse(tokens)?;
    for (at, option) in options.iter().enumerate() {
        if options.iter().take(at).any(|other| other.key.text == option.key.text) {
            return wrong(
                Error::new(Code::Parse, "the property is given twice")
                    .at(option.key.span)
                    .help("leave one of them out"),
            );
        }
    }
    Ok((rest, options))
}

fn clause<'a>(properties: &'static str, tokens: Tokens<'a>) -> Parsed<'a, (Clause, Span)> {
    let place = tokens.span();
    alt((
        comment().map(Clause::Comment),
        preceded(keywords("partitioned by"), parenthesised(list(column))).map(Clause::Partitions),
        preceded(keywords("stored by"), text).map(Clause::By),
        preceded(keywords("stored as"), name).map(Clause::As),
        preceded(keywords("row format serde"), text).map(Clause::Serde),
        preceded(keywords("with serdeproperties"), options).map(Clause::SerdeProperties),
        location.map(Clause::Location),
        preceded(keyword(properties), options).map(Clause::Properties),
    ))
    .map(|clause| (clause, place))
    .parse(tokens)
}

/// The clauses, in any order, each once.
fn given<'a>(properties: &'static str, tokens: Tokens<'a>) -> Parsed<'a, Given> {
    let (rest, clauses) = many0(|tokens| clause(properties, tokens)).parse(tokens)?;
    let mut given = Given::default();
    for (clause, place) in clauses {
        if given.take(clause) {
            return wrong(Error::new(Code::Parse, "the clause is given twice").at(place).help("leave one of them out"));
        }
    }
    Ok((rest, given))
}

/// What `given` says of the storage.
fn stored<'a>(given: Given, rest: Tokens<'a>) -> Parsed<'a, Storage> {
    let Given { by, reader, format, serde, location, properties, .. } = given;
    let stored = match (by, reader, format) {
        (Some(handler), None, None) => Stored::By(handler),
        (None, reader, Some(format)) => Stored::As(reader, format),
        (Some(handler), ..) => {
            let error =
                Error::new(Code::Parse, "`stored by` and `stored as` say the same thing twice").at(handler.span);
            return wrong(error.help("leave one of them out"));
        }
        (None, Some(reader), None) => {
            return wrong(
                Error::new(Code::Parse, "`stored as` is missing after the SerDe")
                    .at(reader.span)
                    .help("write `stored as textfile` or `stored as parquet`"),
            );
        }
        (None, None, None) => return rest.miss("`stored by` or `stored as`"),
    };
    let Some(location) = location else { return rest.miss("`location`") };
    let (serde, properties) = (serde.unwrap_or_default(), properties.unwrap_or_default());
    Ok((rest, Storage { stored, serde, location, properties }))
}

/// The clauses behind `into location` and `from location`, the location included.
pub(in crate::syntax) fn storage(tokens: Tokens<'_>) -> Parsed<'_, Storage> {
    let (rest, given) = given("properties", tokens)?;
    if given.comment.is_some() || given.partitions.is_some() {
        return tokens.miss("`stored by` or `stored as`");
    }
    stored(given, rest)
}

/// `create external table …`
pub(super) fn create(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, if_not_exists) = preceded(keywords("create external table"), if_not_exists()).parse(tokens)?;
    let (tokens, table) = new_table_name(tokens)?;
    let (tokens, columns) = parenthesised(list(column)).parse(tokens)?;
    let (rest, mut given) = given("tblproperties", tokens)?;
    let (comment, partitions) = (given.comment.take(), given.partitions.take().unwrap_or_default());
    super::read::check_columns(tokens, &columns, &partitions)?;
    if let Some(column) = columns.iter().chain(&partitions).find(|column| column.default.is_some() || column.not_null) {
        let error = Error::new(Code::Unsupported, "not supported: `not null` and `default` in an external table");
        return wrong(error.at(column.name.span).help("remove it: the files say what the values are"));
    }
    let (rest, storage) = stored(given, rest)?;
    Ok((rest, Statement::CreateExternal { table, if_not_exists, columns, partitions, comment, storage }))
}

/// `msck repair table <t> [add partitions]`
pub(super) fn repair(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    preceded(keywords("msck repair table"), crate::syntax::phrase::table_name)
        .and(opt(keywords("add partitions")))
        .map(|(table, _)| Statement::Repair { table })
        .parse(tokens)
}
