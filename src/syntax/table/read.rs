//! Statements about tables, from text.

use std::collections::BTreeSet;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::multi::{many0, many1};
use nom::sequence::{pair, preceded, separated_pair, terminated};

use super::clause::{Clauses, clauses, layout_change};
use super::export;
use super::external;
use super::filter::filter;
use super::versions;
use super::{Alteration, Choice, ColumnDefinition, Constant, Filter, Statement, Task};
use crate::error::{Code, Error};
use crate::model::Principal;
use crate::syntax::TableName;
use crate::syntax::parser::{
    Miss, Name, Parsed, Tokens, comment, end, flag, integer, keyword, keywords, list, name, parenthesised, principal,
    shorten, string, symbol, wrong,
};
use crate::syntax::phrase::{
    follows, if_exists, if_not_exists, lifecycle, like, listed_in, new_name, new_table_name, partition,
    partition_values, query, table_name, unsupported,
};
use crate::syntax::token::TokenKind;
use crate::syntax::types::data_type;

/// Reads a statement of this family.
pub fn statement(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let list_word = || alt((keyword("show"), keyword("list"), keyword("ls")));
    alt((
        alt((create, external::create, external::repair)),
        preceded(keywords("drop table"), pair(if_exists(), table_name))
            .and(opt(keyword("purge")))
            .map(|((if_exists, table), purge)| Statement::Drop { table, if_exists, purge: purge.is_some() }),
        alter,
        analyze,
        preceded(keywords("truncate table"), pair(table_name, opt(choices)))
            .map(|(table, partitions)| Statement::Truncate { table, partitions: partitions.unwrap_or_default() }),
        create_view,
        preceded(keywords("drop view"), pair(if_exists(), table_name))
            .and(opt(keyword("purge")))
            .map(|((if_exists, view), _)| Statement::DropView { view, if_exists }),
        preceded((list_word(), keyword("tables")), pair(listed_in, opt(like)))
            .map(|(place, like)| Statement::ShowTables { place, like }),
        preceded((keyword("show"), keywords("external tables")), pair(listed_in, opt(like)))
            .map(|(place, like)| Statement::ShowExternal { place, like }),
        preceded((list_word(), keyword("views")), pair(listed_in, opt(like)))
            .map(|(place, like)| Statement::ShowViews { place, like }),
        preceded((keyword("show"), keywords("materialized views")), pair(listed_in, opt(like)))
            .map(|(place, like)| Statement::ShowMaterializedViews { place, like }),
        preceded((list_word(), keyword("partitions")), pair(listed_table, opt(shown_partitions)))
            .map(|(table, partitions)| Statement::ShowPartitions { table, partitions }),
        preceded(keywords("show create table"), table_name).map(|table| Statement::ShowCreate { table }),
        preceded(keywords("export table"), table_name).map(|table| Statement::ExportTable { table }),
        export::statement,
        preceded(keyword("count"), pair(table_name, opt(partition)))
            .map(|(table, partition)| Statement::Count { table, partition }),
        describe,
        alt((read, versions::statement.map(Statement::Versions))),
    ))
    .parse(tokens)
}

/// `[project.]table`, or `-p <project> <table>`; a specification is no table.
fn listed_table(tokens: Tokens<'_>) -> Parsed<'_, TableName> {
    if partition(tokens).is_ok() {
        return tokens.miss("a table");
    }
    let mark = tokens.list().first().map(|token| token.span.of(tokens.source()));
    if mark != Some("-") {
        return table_name(tokens);
    }
    let (rest, qualifier) = listed_in(tokens)?;
    name.map(|name| TableName { qualifier: qualifier.clone(), name }).parse(rest)
}

/// `create table` with columns, or `like`; with a query it is another family's.
fn create(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, if_not_exists) = preceded(keywords("create table"), if_not_exists()).parse(tokens)?;
    let (tokens, table) = new_table_name(tokens)?;
    let (tokens, source) = opt(preceded(keyword("like"), table_name)).parse(tokens)?;
    if let Some(source) = source {
        let (tokens, lifecycle) = opt(lifecycle).parse(tokens)?;
        return Ok((tokens, Statement::CreateLike { table, if_not_exists, source, lifecycle }));
    }
    let (tokens, items) = parenthesised(list(item)).parse(tokens)?;
    let (columns, key) = keyed(items)?;
    let (tokens, given) = clauses(column).parse(tokens)?;
    let Clauses { comment, partitions, generated, transactional, lifecycle, layout } = given;
    let mut partitions = partitions.unwrap_or_default();
    partitions.extend(generated.map(|generated| generated.column(&columns)));
    check_columns(tokens, &columns, &partitions)?;
    Ok((
        tokens,
        Statement::Create { table, if_not_exists, columns, key, partitions, comment, lifecycle, transactional, layout },
    ))
}

/// Checks that every column has a name of its own, and partition columns a type that they can have.
pub(super) fn check_columns<'a>(
    tokens: Tokens<'a>,
    columns: &[ColumnDefinition],
    partitions: &[ColumnDefinition],
) -> Parsed<'a, ()> {
    check_distinct(tokens, columns.iter().chain(partitions).map(|column| &column.name))?;
    match partitions.iter().find(|column| !column.data_type.partitions()) {
        None => Ok((tokens, ())),
        Some(column) => wrong(
            Error::new(
                Code::Parse,
                format!("a partition column cannot have the type {}", shorten(&column.data_type.to_string())),
            )
            .at(column.name.span)
            .help("use string, varchar, char, date, tinyint, smallint, int or bigint"),
        ),
    }
}

/// The constant behind `default`.
fn constant(tokens: Tokens<'_>) -> Parsed<'_, Constant> {
    let number = |tokens| -> Parsed<'_, Constant> {
        let (rest, sign) = opt(value("-", symbol("-"))).parse(tokens)?;
        match rest.list().first() {
            Some(token) if token.kind == TokenKind::Number => {
                let digits = token.span.of(tokens.source()).trim_end_matches(|c: char| c.is_ascii_alphabetic());
                let number = format!("{}{digits}", sign.unwrap_or_default());
                Ok((nom::Input::take_from(&rest, 1), Constant::Number(number)))
            }
            _ => rest.miss("a number"),
        }
    };
    alt((
        value(Constant::Null, keyword("null")),
        value(Constant::Flag(true), keyword("true")),
        value(Constant::Flag(false), keyword("false")),
        preceded(alt((keyword("date"), keyword("datetime"), keyword("timestamp"))), string).map(Constant::Text),
        string.map(Constant::Text),
        number,
    ))
    .parse(tokens)
}

pub(super) fn column(tokens: Tokens<'_>) -> Parsed<'_, ColumnDefinition> {
    described(tokens, false).map(|(rest, (column, _))| (rest, column))
}

/// What may follow the type of a column.
#[derive(Clone)]
enum Ending {
    Null(bool),
    Default(Constant),
    Comment(String),
    Key,
}

/// A column, and whether it is the primary key if it may say so. What follows its type may stand in any order. Source: G4,
/// `columnNameTypeConstraint`.
fn described(tokens: Tokens<'_>, with_key: bool) -> Parsed<'_, (ColumnDefinition, bool)> {
    let (tokens, (name, data_type)) = pair(new_name, data_type).parse(tokens)?;
    let mut column =
        ColumnDefinition { name, data_type, not_null: false, default: None, comment: None, generator: None };
    let (mut null, mut is_key, mut rest) = (None, false, tokens);
    loop {
        let key = keywords("primary key").map(|_| Ending::Key);
        let (after, found) = match if with_key { alt((key, ending)).parse(rest) } else { ending(rest) } {
            Err(nom::Err::Error(_)) => break,
            read => read?,
        };
        let again = match found {
            Ending::Null(not) => null.replace(not).is_some(),
            Ending::Default(constant) => column.default.replace(constant).is_some(),
            Ending::Comment(comment) => column.comment.replace(comment).is_some(),
            Ending::Key => std::mem::replace(&mut is_key, true),
        };
        if again {
            let error = Error::new(Code::Parse, format!("column `{}` says this twice", shorten(&column.name.text)));
            return wrong(error.at(rest.span()));
        }
        rest = after;
    }
    column.not_null = null.unwrap_or(false);
    Ok((rest, (column, is_key)))
}

fn ending(tokens: Tokens<'_>) -> Parsed<'_, Ending> {
    alt((
        value(Ending::Null(true), keywords("not null")),
        value(Ending::Null(false), keyword("null")),
        preceded(keyword("default"), constant).map(Ending::Default),
        comment().map(Ending::Comment),
    ))
    .parse(tokens)
}

/// What stands between the parentheses of `create table`.
enum Item {
    Column(ColumnDefinition),
    KeyColumn(ColumnDefinition),
    Key(Vec<Name>),
}

fn item(tokens: Tokens<'_>) -> Parsed<'_, Item> {
    let key = || keywords("primary key");
    if follows(tokens, 0, "constraint") && follows(tokens, 2, "primary key") {
        let help = "a primary key has no name: write `primary key (<columns>)`";
        return wrong(unsupported("constraint", tokens.span(), help));
    }
    if let Ok((tokens, names)) = preceded(key(), parenthesised(list(name))).parse(tokens) {
        let kinds = ["enable", "disable", "rely", "norely", "not enforced"];
        return match kinds.into_iter().any(|kind| follows(tokens, 0, kind)) {
            true => wrong(unsupported("a key that is not checked", tokens.span(), "remove it: every key is checked")),
            false => Ok((tokens, Item::Key(names))),
        };
    }
    let (tokens, (column, is_key)) = described(tokens, true)?;
    if follows(tokens, 0, "generated always as (") || follows(tokens, 0, "as (") {
        return wrong(unsupported(
            "a generated column",
            tokens.span(),
            "make a view with the expression; `auto partitioned by (trunc_time(…))` generates a partition column",
        ));
    }
    Ok((tokens, if is_key { Item::KeyColumn(column) } else { Item::Column(column) }))
}

/// The columns, and the names of those of the primary key.
fn keyed(items: Vec<Item>) -> Result<(Vec<ColumnDefinition>, Vec<Name>), nom::Err<Miss>> {
    let (mut columns, mut key): (Vec<ColumnDefinition>, Vec<Name>) = Default::default();
    for item in items {
        let names = match item {
            Item::Column(column) => {
                columns.push(column);
                continue;
            }
            Item::KeyColumn(column) => {
                columns.push(column.clone());
                vec![column.name]
            }
            Item::Key(names) => names,
        };
        if !key.is_empty() {
            let place = names.first().map(|name| name.span).unwrap_or_default();
            let error = Error::new(Code::Parse, "the table has two primary keys").at(place);
            return Err(nom::Err::Failure(Miss(Some(
                error.help("write `primary key (<columns>)` for several columns"),
            ))));
        }
        key = names;
    }
    Ok((columns, key))
}

fn check_distinct<'a, 'b>(tokens: Tokens<'a>, names: impl Iterator<Item = &'b Name>) -> Parsed<'a, ()> {
    let mut seen = BTreeSet::new();
    for name in names {
        if !seen.insert(&name.text) {
            return wrong(
                Error::new(Code::Parse, format!("the column `{}` is defined twice", shorten(&name.text)))
                    .at(name.span)
                    .help("give every column its own name"),
            );
        }
    }
    Ok((tokens, ()))
}

fn create_view(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, or_replace) = preceded(keyword("create"), flag("or replace")).parse(tokens)?;
    let (tokens, if_not_exists) = preceded(keyword("view"), if_not_exists()).parse(tokens)?;
    let (tokens, view) = new_table_name(tokens)?;
    let (tokens, columns) = opt(parenthesised(list(pair(new_name, opt(comment()))))).parse(tokens)?;
    let columns = columns.unwrap_or_default();
    check_distinct(tokens, columns.iter().map(|(name, _)| name))?;
    let (tokens, comment) = opt(comment()).parse(tokens)?;
    let (tokens, query) = preceded(keyword("as"), query).parse(tokens)?;
    Ok((tokens, Statement::CreateView { view, or_replace, if_not_exists, columns, comment, query }))
}

/// A table may be named `extended`: the word is an option only before another name.
fn describe(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let described = || pair(table_name, opt(partition));
    let plain = described().map(|found| (false, found));
    let extended = preceded(keyword("extended"), described()).map(|found| (true, found));
    preceded(alt((keyword("desc"), keyword("describe"))), alt((terminated(plain, end), terminated(extended, end))))
        .map(|(extended, (table, partition))| Statement::Describe { table, extended, partition })
        .parse(tokens)
}

fn read(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, table) = preceded(keyword("read"), table_name).parse(tokens)?;
    let (tokens, columns) = opt(parenthesised(list(name))).parse(tokens)?;
    let (tokens, partition) = opt(partition).parse(tokens)?;
    let (tokens, rows) = opt(integer).parse(tokens)?;
    Ok((tokens, Statement::Read { table, columns: columns.unwrap_or_default(), partition, rows }))
}

fn alter(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let table = preceded(keywords("alter table"), pair(table_name, alteration));
    let rename = preceded(keywords("rename to"), new_name).map(Alteration::RenameView);
    let view = preceded(keywords("alter view"), pair(table_name, alt((change_owner, rename))));
    alt((table, view)).map(|(table, change)| Statement::Alter { table, change }).parse(tokens)
}

/// Source: "Collecting statistics".
fn analyze(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let (tokens, (table, partition)) =
        preceded(keywords("analyze table"), pair(table_name, opt(partition))).parse(tokens)?;
    let columns = preceded(
        (keyword("for"), opt(keyword("all")), keyword("columns")),
        opt(parenthesised(list(name))).map(Option::unwrap_or_default),
    );
    let (tokens, columns) = preceded(keywords("compute statistics"), opt(columns)).parse(tokens)?;
    let change = Alteration::Analyze(partition, columns.unwrap_or_default());
    Ok((tokens, Statement::Alter { table, change }))
}

fn alteration(tokens: Tokens<'_>) -> Parsed<'_, Alteration> {
    let columns = || alt((keyword("columns"), keyword("column")));
    alt((
        preceded(keywords("rename to"), new_name).map(Alteration::Rename),
        preceded((keyword("rename"), keyword("column")), separated_pair(name, keyword("to"), new_name))
            .map(|(old, new)| Alteration::RenameColumn(old, new)),
        preceded((keyword("add"), columns()), pair(if_not_exists(), alt((parenthesised(list(column)), list(column)))))
            .map(|(if_not_exists, columns)| Alteration::AddColumns { if_not_exists, columns }),
        preceded((keyword("drop"), columns()), alt((parenthesised(list(name)), list(name))))
            .map(Alteration::DropColumns),
        preceded((keyword("change"), opt(keyword("column"))), separated_pair(name, keywords("rename to"), new_name))
            .map(|(old, new)| Alteration::RenameColumn(old, new)),
        preceded((keyword("change"), opt(keyword("column"))), pair(name, comment()))
            .map(|(column, comment)| Alteration::CommentColumn(column, comment)),
        preceded((keyword("change"), opt(keyword("column"))), terminated(name, keyword("null")))
            .map(Alteration::NullableColumn),
        preceded((keyword("change"), opt(keyword("column"))), (name, column, opt(preceded(keyword("after"), name))))
            .map(|(old, column, after)| Alteration::ChangeColumn(old, column, after)),
        preceded(keyword("add"), (if_not_exists(), partition, external::location)).map(
            |(if_not_exists, partition, location)| Alteration::AddPartitionAt { if_not_exists, partition, location },
        ),
        preceded(keyword("add"), pair(if_not_exists(), many1(partition)))
            .map(|(if_not_exists, partitions)| Alteration::AddPartitions { if_not_exists, partitions }),
        preceded(keyword("drop"), pair(if_exists(), terminated(list(partition), end)))
            .map(|(if_exists, partitions)| Alteration::DropPartitions { if_exists, partitions }),
        preceded(keyword("drop"), pair(if_exists(), list(preceded(keyword("partition"), filter))))
            .map(|(if_exists, filters)| Alteration::DropMatching { if_exists, filter: any_of(filters) }),
        preceded(keyword("set"), comment()).map(Alteration::Comment),
        preceded(keyword("set"), lifecycle).map(Alteration::Lifecycle),
        change_owner,
        separated_pair(partition, keywords("rename to"), partition)
            .map(|(from, to)| Alteration::RenamePartition(from, to)),
        merge_partitions,
        layout_change.map(|(transactional, layout)| Alteration::Layout { transactional, layout }),
        preceded(keyword("touch"), partition).map(|partition| Alteration::Maintain(Some(partition), Task::Touch)),
        pair(opt(partition), task).map(|(partition, task)| Alteration::Maintain(partition, task)),
    ))
    .parse(tokens)
}

/// One condition of several: a partition satisfies any of them.
fn any_of(mut filters: Vec<Filter>) -> Filter {
    match (filters.pop(), filters.is_empty()) {
        (Some(only), true) => only,
        (last, _) => Filter::Or(filters.into_iter().chain(last).collect()),
    }
}

/// `partition (…), …`, each by values or by a condition
fn choices(tokens: Tokens<'_>) -> Parsed<'_, Vec<Choice>> {
    let matching = preceded(keyword("partition"), filter).map(Choice::Matching);
    list(alt((partition.map(Choice::Values), matching))).parse(tokens)
}

/// `[partition] (…)`, by values or by a condition
fn shown_partitions(tokens: Tokens<'_>) -> Parsed<'_, Choice> {
    let values = alt((partition, partition_values)).map(Choice::Values);
    alt((values, preceded(opt(keyword("partition")), filter).map(Choice::Matching))).parse(tokens)
}

/// `merge [if exists] partition (…), … overwrite partition (…) [purge]`
fn merge_partitions(tokens: Tokens<'_>) -> Parsed<'_, Alteration> {
    let (tokens, if_exists) = preceded(keyword("merge"), if_exists()).parse(tokens)?;
    let (tokens, partitions) = choices(tokens)?;
    let (tokens, target) = preceded(keyword("overwrite"), partition).parse(tokens)?;
    let (tokens, purge) = opt(keyword("purge")).parse(tokens)?;
    let purge = purge.is_some();
    Ok((tokens, Alteration::MergePartitions { if_exists, partitions, target, purge }))
}

fn task(tokens: Tokens<'_>) -> Parsed<'_, Task> {
    let kind = alt((value(Task::CompactMajor, keyword("major")), value(Task::CompactMinor, keyword("minor"))));
    alt((
        value(Task::Touch, keyword("touch")),
        value(Task::Merge, keywords("merge smallfiles")),
        value(Task::Archive, keyword("archive")),
        value(Task::Freeze, keyword("freeze")),
        value(Task::Restore, keyword("restore")),
        value(Task::EnableLifecycle, keywords("enable lifecycle")),
        value(Task::DisableLifecycle, keywords("disable lifecycle")),
        // Source: odpscmd: hours, and whether a warning is left out; here they change nothing.
        preceded(keyword("compact"), terminated(kind, many0(compact_option))),
    ))
    .parse(tokens)
}

/// `-h <hours>`, `-f`
fn compact_option(tokens: Tokens<'_>) -> Parsed<'_, ()> {
    let hours = (symbol("-"), keyword("h"), integer).map(|_| ());
    let force = (symbol("-"), keyword("f"), opt(integer)).map(|_| ());
    alt((hours, force)).parse(tokens)
}

fn change_owner(tokens: Tokens<'_>) -> Parsed<'_, Alteration> {
    preceded(keywords("changeowner to"), new_owner).map(Alteration::ChangeOwner).parse(tokens)
}

/// The principal that an object is given to, with or without quotes.
pub(in crate::syntax) fn new_owner(tokens: Tokens<'_>) -> Parsed<'_, Principal> {
    let Ok((rest, text)) = string(tokens) else {
        return principal.parse(tokens);
    };
    match Principal::parse(&text) {
        Some(owner) => Ok((rest, owner)),
        None => wrong(
            Error::new(Code::Principal, format!("Invalid account Name {}", shorten(&text)))
                .at(tokens.span())
                .help("write 'ALIYUN$<account>' or 'RAM$<account>:<user>'"),
        ),
    }
}
