//! What may follow the columns of `create table`, or its name before `as`: comment, partitions, properties, lifecycle, format, clusters.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::multi::many0;
use nom::sequence::{pair, preceded, terminated};

use super::{Clusters, ColumnDefinition, Layout};
use crate::error::{Code, Error};
use crate::model::{DataType, TimeUnit};
use crate::syntax::parser::{
    Name, Parsed, Tokens, comment, flag, keyword, keywords, list, name, parenthesised, shorten, string, symbol, wrong,
};
use crate::syntax::phrase::{lifecycle, new_name, small_integer};
use crate::text::Span;

/// The clauses that were given, with partition columns of one kind.
pub struct Clauses<P> {
    /// Table comment.
    pub comment: Option<String>,
    /// Partition columns.
    pub partitions: Option<Vec<P>>,
    /// A partition column whose values are calculated.
    pub generated: Option<Generated>,
    /// What `tblproperties` says of `transactional`.
    pub transactional: Option<bool>,
    /// Days.
    pub lifecycle: Option<u32>,
    /// How the service would store the rows.
    pub layout: Layout,
}

enum Clause<P> {
    Comment(String),
    Partitions(Vec<P>),
    Generated(Generated),
    Properties(Vec<(String, Property)>),
    Lifecycle(u32),
    Format(Name),
    Clusters(Clusters),
}

enum Property {
    Transactional(bool),
    /// Its value.
    WithoutEffect(String),
}

/// `auto partitioned by (trunc_time(<column>, '<unit>') [as <name>])`
pub struct Generated {
    /// Where it is.
    place: Span,
    /// The column that the values are calculated from.
    from: Name,
    unit: TimeUnit,
    name: Option<Name>,
}

impl Generated {
    /// The partition column. Source: "AUTO PARTITION table": without a name it gets the first one of `_pt_col_0_`, `_pt_col_1_`, … that is free.
    pub fn column(self, columns: &[ColumnDefinition]) -> ColumnDefinition {
        let is_free = |name: &String| columns.iter().all(|column| column.name.text != *name);
        let free = || (0_usize..).map(|number| format!("_pt_col_{number}_")).find(is_free).unwrap_or_default();
        let name = self.name.unwrap_or_else(|| Name { text: free(), span: self.place });
        let generator = Some((self.from, self.unit));
        ColumnDefinition { name, data_type: DataType::String, not_null: false, default: None, comment: None, generator }
    }
}

/// `'year'`, `'month'`, `'day'` or `'hour'`
fn unit(tokens: Tokens<'_>) -> Parsed<'_, TimeUnit> {
    let (rest, unit) = string(tokens)?;
    match TimeUnit::parse(&unit) {
        Some(unit) => Ok((rest, unit)),
        None => {
            let message = format!("`{}` is not a part of a time", shorten(&unit));
            wrong(Error::new(Code::Parse, message).at(tokens.span()).help("write 'year', 'month', 'day' or 'hour'"))
        }
    }
}

fn generated(tokens: Tokens<'_>) -> Parsed<'_, Generated> {
    let place = tokens.span();
    let arguments = (symbol("("), name, symbol(","), unit, symbol(")"));
    let call = preceded(keyword("trunc_time"), arguments).map(|(_, from, _, unit, _)| (from, unit));
    let column = pair(call, opt(preceded(keyword("as"), new_name)));
    preceded(keywords("auto partitioned by"), parenthesised(column))
        .map(|((from, unit), name)| Generated { place, from, unit, name })
        .parse(tokens)
}

/// Every clause, in any order, each once; `partition` reads a partition column.
pub fn clauses<'a, P>(
    partition: fn(Tokens<'a>) -> Parsed<'a, P>,
) -> impl Parser<Tokens<'a>, Output = Clauses<P>, Error = crate::syntax::parser::Miss> {
    move |tokens: Tokens<'a>| {
        let (tokens, given) = many0(|tokens| clause(partition, tokens)).parse(tokens)?;
        let mut clauses = Clauses {
            comment: None,
            partitions: None,
            generated: None,
            transactional: None,
            lifecycle: None,
            layout: Layout::default(),
        };
        for clause in given {
            if let Some(again) = clauses.take(clause) {
                return wrong(again);
            }
        }
        Ok((tokens, clauses))
    }
}

impl<P> Clauses<P> {
    /// Checks that no partition column is calculated.
    pub fn not_generated<'a>(&self, tokens: Tokens<'a>) -> Parsed<'a, ()> {
        let Some(generated) = &self.generated else { return Ok((tokens, ())) };
        let error = Error::new(Code::Unsupported, "not supported: `auto partitioned by` with a query");
        wrong(error.at(generated.place).help("create the table, then `insert into <table> select …`"))
    }

    /// Takes a clause; an error if it was given before.
    fn take(&mut self, (clause, place): (Clause<P>, Span)) -> Option<Box<Error>> {
        let again = match clause {
            Clause::Comment(text) => self.comment.replace(text).is_some(),
            Clause::Partitions(columns) => self.partitions.replace(columns).is_some() || self.generated.is_some(),
            Clause::Generated(column) => self.generated.replace(column).is_some() || self.partitions.is_some(),
            Clause::Properties(properties) => return self.take_properties(properties, place),
            Clause::Lifecycle(days) => self.lifecycle.replace(days).is_some(),
            Clause::Format(format) => self.layout.format.replace(format).is_some(),
            Clause::Clusters(clusters) => self.layout.clusters.replace(clusters).is_some(),
        };
        again.then(|| Error::new(Code::Parse, "the clause is given twice").at(place).help("leave one of them out"))
    }

    fn take_properties(&mut self, properties: Vec<(String, Property)>, place: Span) -> Option<Box<Error>> {
        for (key, property) in properties {
            let again = match property {
                Property::Transactional(value) => self.transactional.replace(value).is_some(),
                Property::WithoutEffect(value) => {
                    let known = self.layout.properties.iter().any(|(known, _)| *known == key);
                    self.layout.properties.push((key.clone(), value));
                    known
                }
            };
            if again {
                let error = Error::new(Code::Parse, format!("the table property `{key}` is given twice"));
                return Some(error.at(place).help("leave one of them out"));
            }
        }
        None
    }
}

fn clause<'a, P>(partition: fn(Tokens<'a>) -> Parsed<'a, P>, tokens: Tokens<'a>) -> Parsed<'a, (Clause<P>, Span)> {
    let place = tokens.span();
    let partitioned = preceded(keywords("partitioned by"), parenthesised(list(partition)));
    alt((
        comment().map(Clause::Comment),
        partitioned.map(Clause::Partitions),
        generated.map(Clause::Generated),
        preceded(keyword("tblproperties"), parenthesised(list(property))).map(Clause::Properties),
        lifecycle.map(Clause::Lifecycle),
        preceded(keywords("stored as"), format).map(Clause::Format),
        clusters.map(Clause::Clusters),
    ))
    .map(|clause| (clause, place))
    .parse(tokens)
}

/// The formats of internal tables, and those that Hive has. Source: "CREATE TABLE", "Storage formats".
const FORMATS: [&str; 8] = ["aliorc", "orc", "parquet", "cfile", "textfile", "sequencefile", "rcfile", "avro"];

fn format(tokens: Tokens<'_>) -> Parsed<'_, Name> {
    let (rest, format) = name(tokens)?;
    if FORMATS.contains(&format.text.as_str()) {
        return Ok((rest, format));
    }
    let message = format!("`{}` is not a format of tables", shorten(&format.text));
    wrong(Error::new(Code::Parse, message).at(format.span).help(format!("the formats are {}", FORMATS.join(", "))))
}

/// `[range] clustered by (<columns>) [sorted by (<columns>)] [into <number> buckets|shards]`
fn clusters(tokens: Tokens<'_>) -> Parsed<'_, Clusters> {
    let direction = opt(alt((value(false, keyword("asc")), value(true, keyword("desc")))));
    let sorted = pair(name, direction.map(Option::unwrap_or_default));
    let (tokens, by_range) = flag("range").parse(tokens)?;
    let (tokens, columns) = preceded(keywords("clustered by"), parenthesised(list(name))).parse(tokens)?;
    let (tokens, sorted) = opt(preceded(keywords("sorted by"), parenthesised(list(sorted)))).parse(tokens)?;
    let parts = terminated(small_integer, alt((keyword("buckets"), keyword("shards"))));
    let (tokens, buckets) = opt(preceded(keyword("into"), parts)).parse(tokens)?;
    Ok((tokens, Clusters { by_range, columns, sorted: sorted.unwrap_or_default(), buckets }))
}

/// Properties that say how rows are stored, how much history is kept or how fast it is read, with their smallest and largest number. They change no
/// result. Source: "CREATE TABLE", "Table properties".
const WITHOUT_EFFECT: [(&str, Option<(u32, u32)>); 3] =
    [("write.bucket.num", Some((1, 4096))), ("acid.data.retain.hours", Some((0, 168))), ("columnar.nested.type", None)];

/// `"transactional"="true"`, or a property that has no effect here.
fn property(tokens: Tokens<'_>) -> Parsed<'_, (String, Property)> {
    let (rest, key) = string(tokens)?;
    let folded = key.to_ascii_lowercase();
    let (value_at, _) = symbol("=").parse(rest)?;
    let (rest, value) = string(value_at)?;
    if let Some((_, range)) = WITHOUT_EFFECT.iter().find(|(known, _)| *known == folded) {
        if let Some((least, most)) = range
            && !value.parse().is_ok_and(|number: u32| (*least..=*most).contains(&number))
        {
            let error = Error::new(Code::Parse, format!("`{folded}` must be a number from {least} to {most}"));
            return wrong(error.at(value_at.span()));
        }
        return Ok((rest, (folded, Property::WithoutEffect(value))));
    }
    if folded != "transactional" {
        let message = format!("not supported: the table property `{}`", shorten(&key));
        let error = Error::new(Code::Unsupported, message).at(tokens.span());
        return wrong(error.help("remove it: `\"transactional\"=\"true\"` is the only property with an effect"));
    }
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok((rest, (folded, Property::Transactional(true)))),
        "false" => Ok((rest, (folded, Property::Transactional(false)))),
        _ => {
            let error = Error::new(Code::Parse, "`transactional` is neither `\"true\"` nor `\"false\"`");
            wrong(error.at(value_at.span()).help("write `tblproperties (\"transactional\"=\"true\")`"))
        }
    }
}

/// `set tblproperties (…)`, `[range] clustered by (…) …` or `not clustered`: what is said of `transactional`, and the rest.
pub(super) fn layout_change(tokens: Tokens<'_>) -> Parsed<'_, (Option<bool>, Layout)> {
    let mut given: Clauses<()> = Clauses {
        comment: None,
        partitions: None,
        generated: None,
        transactional: None,
        lifecycle: None,
        layout: Layout::default(),
    };
    let place = tokens.span();
    if let Ok((rest, _)) = keywords("not clustered").parse(tokens) {
        return Ok((rest, (None, given.layout)));
    }
    let properties = preceded(keywords("set tblproperties"), parenthesised(list(property)));
    let (rest, clause) = alt((properties.map(Clause::Properties), clusters.map(Clause::Clusters))).parse(tokens)?;
    match given.take((clause, place)) {
        Some(again) => wrong(again),
        None => Ok((rest, (given.transactional, given.layout))),
    }
}
