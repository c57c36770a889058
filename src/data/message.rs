//! The planner's messages in this program's words: what was typed instead of internal names, MaxCompute's types.
//!
//! They name columns: `command` shows them only to who may read every table that was asked for.

use datafusion::common::{DataFusionError, SchemaError, TableReference};

use super::change::ROW;
use super::failure::not_for_each_row;
use super::functions::MAP;
use super::functions::value::HIDDEN;
use super::parse::Query;
use super::relations::readable;
use super::rewrite::REPEATED;
use super::tokens::IF;
use crate::error::{Code, Error};
use crate::text::Span;

/// The error for an error of the planner.
pub fn explained(error: &DataFusionError, query: &Query) -> Box<Error> {
    match error {
        DataFusionError::Diagnostic(diagnostic, inner) => {
            let error = explained(inner, query);
            match diagnostic.span {
                Some(span) => {
                    let place = query.places.token(span.start.line).to(query.places.token(span.end.line));
                    error.at(place)
                }
                None => error,
            }
        }
        DataFusionError::Context(_, inner) => explained(inner, query),
        DataFusionError::Shared(inner) => explained(inner, query),
        DataFusionError::Collection(errors) => errors.first().map_or_else(unknown, |first| explained(first, query)),
        DataFusionError::External(inner) => match inner.downcast_ref::<Error>() {
            Some(ours) => Box::new(ours.clone()),
            None => unknown(),
        },
        DataFusionError::SchemaError(inner, _) => schema(inner, query),
        DataFusionError::Internal(message) => {
            mistake(message, query).unwrap_or_else(|| Error::new(Code::Internal, "the planner failed on this query"))
        }
        DataFusionError::Plan(message) if message.contains("Correlated scalar subquery can only be used in") => {
            not_for_each_row()
        }
        DataFusionError::NotImplemented(message) => {
            Error::new(Code::Unsupported, format!("not supported: {}", sentence(message, query)))
        }
        DataFusionError::Plan(message) | DataFusionError::Execution(message) => {
            let error = Error::new(Code::Semantic, sentence(message, query));
            let error = match called(message) {
                Some(_) => error.help("convert the arguments with `cast`, or pass a different number of them"),
                None if message.contains(NO_FIELDS) => error.help(
                    "write `['name']` for a value of JSON or of a map, and `get_json_object` for JSON in a string",
                ),
                None if message.contains(NO_LIKE) => error.help("convert it with `cast(… as string)`"),
                None if query.rewritten.grouped_by_number && error.message.contains("`group by`") => {
                    let key = crate::model::Setting::GroupByPosition.key();
                    error.help(format!("a number in `group by` is a constant unless you run `set {key}=true;` first"))
                }
                None => error,
            };
            match place(message, query) {
                Some(place) => error.at(place),
                None => error,
            }
        }
        _ => unknown(),
    }
}

/// The column that could not be found, if that is what is wrong.
pub fn unknown_column(error: &DataFusionError) -> Option<String> {
    match error {
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => unknown_column(inner),
        DataFusionError::Shared(inner) => unknown_column(inner),
        DataFusionError::Collection(errors) => errors.first().and_then(unknown_column),
        DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
            // What looks like the table of a schema is a column with fields.
            SchemaError::FieldNotFound { field, .. } => match &field.relation {
                Some(TableReference::Partial { table, .. }) => Some(table.to_string()),
                _ => Some(field.name.clone()),
            },
            _ => None,
        },
        _ => None,
    }
}

/// The columns that were in sight where one could not be found.
pub fn in_sight(error: &DataFusionError) -> Vec<String> {
    match error {
        DataFusionError::Diagnostic(_, inner) | DataFusionError::Context(_, inner) => in_sight(inner),
        DataFusionError::Shared(inner) => in_sight(inner),
        DataFusionError::Collection(errors) => errors.first().map(in_sight).unwrap_or_default(),
        DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
            SchemaError::FieldNotFound { valid_fields, .. } => {
                valid_fields.iter().map(|field| field.name.clone()).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// A mistake of types that the planner calls its own.
fn mistake(message: &str, query: &Query) -> Option<Box<Error>> {
    let (error, clause) = if let Some(types) = between(message, "Failed to coerce types ", " in BETWEEN expression") {
        let (left, right) = types.split_once(" and ")?;
        let (left, right) = (wording(left, query), wording(right, query));
        let error = Error::new(Code::Semantic, format!("`between` cannot compare `{left}` with `{right}`"));
        (error.help("convert one of them with `cast`"), "between")
    } else if let Some(given) = message.split_once("Cannot run range queries on datatype: ").map(|(_, given)| given) {
        let error = Error::new(Code::Semantic, format!("a window cannot be ordered by `{}`", wording(given, query)));
        (error.help("order it by numbers, strings, dates or times"), "over")
    } else {
        let name = between(message, "Function '", "' failed to match any signature")?;
        let error = Error::new(Code::Semantic, format!("no function `{name}` takes arguments of these types"));
        let mut calls = query.rewritten.functions.iter().filter(|function| function.name == name);
        let place = calls.next().filter(|_| calls.next().is_none()).and_then(|function| function.span);
        let error = error.help("convert the arguments with `cast`, or pass a different number of them");
        return Some(match place {
            Some(place) => error.at(place),
            None => error,
        });
    };
    Some(match query.places.clause(clause) {
        Some(place) => error.at(place),
        None => error,
    })
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(between, _)| between)
}

/// The call that fits no function.
fn called(message: &str) -> Option<&str> {
    let (_, rest) = message.split_once("No function matches the given name and argument types '")?;
    rest.split('\'').next()
}

/// Where the cause of a message stands, if only one place can be meant.
fn place(message: &str, query: &Query) -> Option<Span> {
    if let Some(name) = called(message).and_then(|call| call.split('(').next()) {
        let mut calls = query.rewritten.functions.iter().filter(|function| function.name == name);
        return calls.next().filter(|_| calls.next().is_none())?.span;
    }
    if message.contains("non-boolean predicate") {
        return condition(query);
    }
    let clause = [
        ("not allowed in the WHERE clause", "where"),
        ("Cannot find column with position", "group"),
        ("Order by column out of bounds", "order"),
        ("subquery should only return one column", "in"),
    ];
    let (_, clause) = clause.into_iter().find(|(part, _)| message.contains(part))?;
    query.places.clause(clause)
}

/// The only condition that a message about one can mean.
fn condition(query: &Query) -> Option<Span> {
    let places = &query.places;
    match places.has(IF) {
        true if ["where", "having", "on"].into_iter().any(|clause| places.has(clause)) => None,
        true => places.clause(IF),
        false => places.clause("where"),
    }
}

fn unknown() -> Box<Error> {
    Error::new(Code::Semantic, UNKNOWN)
}

/// How the planner's message about a field begins.
const NO_FIELDS: &str = "Cannot access field at argument 1: type ";
/// How that about `like` begins.
const NO_LIKE: &str = "There isn't a common type to coerce ";

const UNKNOWN: &str = "invalid query: check the types and the number of its arguments and columns";

fn schema(error: &SchemaError, query: &Query) -> Box<Error> {
    let shown = |name: String| wording(&name.replace('"', ""), query);
    match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let error = Error::new(Code::Semantic, format!("column `{}` cannot be resolved", shown(field.flat_name())));
            let close =
                valid_fields.iter().map(|valid| (distance(&valid.name, &field.name), valid)).min_by_key(|c| c.0);
            match close {
                Some((distance, valid)) if distance <= 2 && valid.name != field.name => {
                    error.help(format!("did you mean `{}`?", shown(valid.name.clone())))
                }
                _ => error,
            }
        }
        SchemaError::AmbiguousReference { field } => {
            Error::new(Code::Semantic, format!("column `{}` is ambiguous", shown(field.name.clone())))
                .help("qualify it with the alias of its table")
        }
        SchemaError::DuplicateQualifiedField { qualifier, name } => {
            let table = shown(qualifier.to_string());
            Error::new(
                Code::Semantic,
                format!("`{table}` appears twice in `from`: `{table}.{}` is ambiguous", shown(name.clone())),
            )
            .help("give each table an alias of its own")
        }
        SchemaError::DuplicateUnqualifiedField { name } => {
            Error::new(Code::Semantic, format!("column `{}` appears twice", shown(name.clone())))
                .help("give one of them an alias")
        }
    }
}

/// The first sentence of a message, if it can be shown.
fn sentence(message: &str, query: &Query) -> String {
    if let Some((_, rest)) = message.split_once("must appear in the GROUP BY clause") {
        let column = message.split('"').nth(1).filter(|_| !rest.is_empty()).unwrap_or("of the list");
        if column.ends_with(ROW) {
            return "aggregate functions are not allowed where rows are changed: write a subquery".to_owned();
        }
        return format!(
            "column `{}` must appear in `group by` or be used in an aggregate function",
            wording(column, query)
        );
    }
    if let Some(call) = called(message) {
        return format!("no function `{}` takes arguments of these types", wording(call, query));
    }
    if message.contains("non-boolean predicate") {
        let data_type = message.rsplit_once(" returning ").map(|(_, data_type)| wording(data_type, query));
        return format!("a condition is a BOOLEAN, and this one is {}", data_type.unwrap_or_default().to_uppercase());
    }
    if let Some((_, given)) = message.split_once(NO_FIELDS) {
        let given = given.split_once(" is not Struct").map_or(given, |(given, _)| given);
        return format!("a value of type {} has no fields", wording(given, query));
    }
    if let Some(types) = between(message, NO_LIKE, " in LIKE expression") {
        let types: Vec<String> = types.split(" and ").map(|name| wording(name, query)).collect();
        return format!("`like` compares strings, not {}", types.join(" with "));
    }
    if message.starts_with("lambda defined") {
        return "a lambda has more parameters than it receives".to_owned();
    }
    if message.contains("Projections require unique expression names") {
        let column = message.split('"').nth(1).unwrap_or_default();
        return format!("column `{}` appears twice in the list: give one an alias", wording(column, query));
    }
    if message.contains("names given as column alias") {
        let numbers: Vec<&str> = message.split(' ').filter(|word| word.parse::<usize>().is_ok()).collect();
        if let [given, wanted, ..] = numbers.as_slice() {
            return format!("the query returns {given} columns, and {wanted} are named");
        }
    }
    let first = message.lines().next().unwrap_or_default().split(". ").next().unwrap_or_default();
    let shown = wording(first, query);
    let internal =
        ["::", "{", "Some(", "None", "Expr", "Plan", "DataFusion", "ast node", "Signature", "TypeSignature", "RUST"];
    if shown.is_empty() || internal.iter().any(|part| shown.contains(part)) {
        return UNKNOWN.to_owned();
    }
    let shown = shown.trim_end_matches(['.', '!']).replace(['"', '\''], "`");
    match shown.split_once(' ') {
        Some((first, rest)) => format!("{} {rest}", first.to_lowercase()),
        None => UNKNOWN.to_owned(),
    }
}

/// Text of the planner with typed names, and types and literals as they are typed.
pub fn wording(text: &str, query: &Query) -> String {
    let mut text = readable(text, query.rewritten.relations.list());
    for (internal, typed) in query.rewritten.names.iter().rev() {
        text = text.replace(internal.as_str(), typed);
    }
    let text = text
        .replace("values:", "values")
        .replace("value:", "value")
        .replace("variable:", "variable")
        .replace("generated:", "generated");
    let text = text.replace("@if:", "if:").replace(MAP, "map").replace(ROW, "row");
    plain_calls(&plain_types(&without_marks(&text)))
}

/// Functions of this program, without the sign that keeps their names from being typed: `?branch(…)`. Literals stay as they are.
fn plain_calls(text: &str) -> String {
    let (mut out, mut is_literal) = (String::with_capacity(text.len()), false);
    for (at, letter) in text.char_indices() {
        is_literal ^= letter == '\'';
        let is_call = !is_literal && letter == HIDDEN && begins_call(text.get(at + 1..).unwrap_or_default());
        if !is_call {
            out.push(letter);
        }
    }
    out
}

/// Whether a name and an open parenthesis come next.
fn begins_call(text: &str) -> bool {
    let after = text.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
    after.len() < text.len() && after.starts_with('(')
}

/// Repeated names lose the mark that makes them different.
fn without_marks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(REPEATED) {
        out.push_str(before);
        let named = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        let (mark, behind) = after.split_at_checked(digits).unwrap_or(("", after));
        if !named || mark.is_empty() {
            out.push(REPEATED);
            out.push_str(mark);
        }
        rest = behind;
    }
    out + rest
}

/// Names of types as MaxCompute has them; literals without their types.
fn plain_types(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let start = rest.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(rest.len());
        let (before, at_word) = rest.split_at_checked(start).unwrap_or((rest, ""));
        out.push_str(before);
        let end = at_word.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(at_word.len());
        let (word, after) = at_word.split_at_checked(end).unwrap_or((at_word, ""));
        let glued = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        rest = after;
        if !glued && let Some((name, behind)) = composed(word, after) {
            out.push_str(&name);
            rest = behind;
            continue;
        }
        match type_name(word) {
            Some(name) if !glued => match literal(after) {
                Some((value, behind)) if name != "decimal" && name != "timestamp" => {
                    out.push_str(&value);
                    rest = behind;
                }
                _ => out.push_str(name),
            },
            _ => out.push_str(word),
        }
    }
    out
}

/// A type with others inside, or a moment with its unit and zone; and the rest.
fn composed<'a>(word: &str, after: &'a str) -> Option<(String, &'a str)> {
    if !matches!(word, "List" | "Map" | "Struct" | "Timestamp") {
        return None;
    }
    let mut depth = 0_usize;
    let (end, _) = after.char_indices().find(|(_, sign)| {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0
    })?;
    let inside = after.get(1..end)?;
    let name = match word {
        "List" => {
            let item = first_part(inside);
            format!("array<{}>", plain_types(item.trim_start_matches("nullable ").trim_start_matches("non-null ")))
        }
        "Map" => "map<…>".to_owned(),
        "Struct" => "struct<…>".to_owned(),
        _ if !inside.contains(',') => "timestamp_ntz".to_owned(),
        _ if inside.starts_with("ms") || inside.starts_with('s') || inside.starts_with("Millisecond") => {
            "datetime".to_owned()
        }
        _ => "timestamp".to_owned(),
    };
    Some((name, after.get(end + 1..).unwrap_or_default()))
}

/// The value in the parentheses that `text` starts with, and the rest.
fn literal(text: &str) -> Option<(String, &str)> {
    let inside = text.strip_prefix('(')?;
    let (value, rest) = match inside.strip_prefix('"') {
        Some(quoted) => {
            let (value, rest) = quoted.split_once("\")")?;
            return Some((format!("'{value}'"), rest));
        }
        None => inside.split_once(')')?,
    };
    Some((value.to_owned(), rest))
}

/// What stands before the first comma that is not in parentheses.
fn first_part(inside: &str) -> &str {
    let mut depth = 0_usize;
    let comma = inside.char_indices().find(|(_, sign)| {
        match sign {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && *sign == ','
    });
    comma.and_then(|(at, _)| inside.get(..at)).unwrap_or(inside)
}

fn type_name(word: &str) -> Option<&'static str> {
    Some(match word {
        "Int8" => "tinyint",
        "Int16" | "UInt8" => "smallint",
        "Int32" | "UInt16" => "int",
        "Int64" | "UInt32" | "UInt64" => "bigint",
        "Float32" => "float",
        "Float64" => "double",
        "Utf8" | "Utf8View" | "LargeUtf8" => "string",
        "Boolean" => "boolean",
        "Binary" | "BinaryView" => "binary",
        "Date32" => "date",
        "Decimal128" | "Decimal256" => "decimal",
        "Timestamp" => "timestamp",
        "List" => "array",
        "Struct" => "struct",
        "Map" => "map",
        "Null" => "null",
        _ => return None,
    })
}

/// How many letters differ, as far as it matters here.
pub fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (at, letter) in left.chars().enumerate() {
        let mut previous = row.first().copied().unwrap_or_default();
        let mut next = vec![at + 1];
        for (column, other) in right.iter().enumerate() {
            let above = row.get(column + 1).copied().unwrap_or_default();
            let beside = next.last().copied().unwrap_or_default();
            let changed = previous + usize::from(letter != *other);
            next.push(changed.min(above + 1).min(beside + 1));
            previous = above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}
