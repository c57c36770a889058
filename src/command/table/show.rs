use super::columns::partial_partition;
use super::information;
use super::matching::matches;
use crate::command::bound::{Bound, Context, Work};
use crate::command::external_schema;
use crate::command::flow::derived;
use crate::command::outcome::{Listing, Outcome, PropertiesOf};
use crate::command::refusal::Refusal;
use crate::command::resolve::{self, Named};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Column, DataType, External, PartitionSpec, Record, Row, Stored, Table, TableKind};
use crate::security::{Access, Request};
use crate::store::Snapshot;
use crate::syntax::table::{Choice, Filter};
use crate::syntax::{Qualifier, TableName, is_like, text_literal};

/// Tables and views, as the service lists both. Source: "SHOW TABLES".
pub(super) fn bind_tables(
    place: &Qualifier,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_list(&[TableKind::Table, TableKind::View], place, like, context, snapshot)
}

pub(super) fn bind_views(
    place: &Qualifier,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_list(&[TableKind::View], place, like, context, snapshot)
}

/// There are none: `create materialized view` is not built.
pub(super) fn bind_materialized_views(
    place: &Qualifier,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    bind_list(&[], place, like, context, snapshot)
}

fn bind_list(
    kinds: &'static [TableKind],
    qualifier: &Qualifier,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    if let Some(information) = information::list(kinds, qualifier, like, context, snapshot)? {
        return Ok(information);
    }
    let (place, span) = (resolve::listed_place(qualifier, context, snapshot)?, qualifier.span());
    let list = Access::inside(Action::List, resolve::container(&place, snapshot)?);
    if kinds.contains(&TableKind::Table)
        && let Some(bound) = external_schema::list(&place, &list, like, context, snapshot)?
    {
        return Ok(bound);
    }
    let like = like.map(str::to_owned);
    Ok(Bound::show(Request::in_session(context, vec![list.into()]), move |snapshot| {
        resolve::check_listed(&place, span, snapshot)?;
        let mut names = Vec::new();
        for kind in kinds {
            names.extend(snapshot.table_names(&place, *kind)?);
        }
        names.retain(|(_, name)| is_like(name, like.as_deref()));
        names.sort_by(|one, other| one.1.cmp(&other.1));
        let rows = names.into_iter().map(|(owner, name)| vec![(&owner).into(), name.into()]);
        Ok(Outcome::listing(Listing::Tables, rows.collect()).and_status("OK"))
    }))
}

/// Source: odpscmd.
pub(super) fn bind_external(
    qualifier: &Qualifier,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (place, span) = (resolve::listed_place(qualifier, context, snapshot)?, qualifier.span());
    let list = Access::inside(Action::List, resolve::container(&place, snapshot)?);
    if let Some(bound) = external_schema::list(&place, &list, like, context, snapshot)? {
        return Ok(bound);
    }
    let like = like.map(str::to_owned);
    Ok(Bound::show(Request::in_session(context, vec![list.into()]), move |snapshot| {
        resolve::check_listed(&place, span, snapshot)?;
        let mut names = snapshot.external_table_names(&place)?;
        names.retain(|(_, name)| is_like(name, like.as_deref()));
        let rows = names.into_iter().map(|(owner, name)| vec![(&owner).into(), name.into()]);
        Ok(Outcome::listing(Listing::Tables, rows.collect()).and_status("OK"))
    }))
}

pub(super) fn bind_partitions(
    name: &TableName,
    partitions: Option<&Choice>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    // The values of partitions are data of the table, and nothing else is shown (FLW-2a).
    let request = Request {
        flows: derived(&named.object, context),
        ..Request::in_session(context, vec![Access::of(Action::Describe, named.object.clone()).into()])
    };
    let wanted = partitions.cloned();
    Ok(Bound::when_allowed(request, || {
        let (table, wanted) = partitioned(&named, wanted).map_err(|refusal| refusal.at(name.span()))?;
        Ok(Work::show(move |snapshot| {
            let mut rows = Vec::new();
            for found in snapshot.partitions(table.id)? {
                let fits = match &wanted {
                    Wanted::Values(values) => values.0.iter().all(|value| found.spec.0.contains(value)),
                    Wanted::Matching(filter) => matches(filter, &table, &found.spec)?,
                };
                if fits {
                    rows.push(row(&found.spec));
                }
            }
            Ok(Outcome::listing(Listing::Partitions, rows).and_status("OK"))
        }))
    }))
}

/// A partition as it is listed: as a text, and its values by their columns.
fn row(spec: &PartitionSpec) -> Row {
    let values: Record = spec.0.iter().map(|(column, value)| (column.clone(), value.into())).collect();
    vec![spec.to_string().into(), values.into()]
}

/// Which partitions are listed.
enum Wanted {
    /// Those that have these values.
    Values(PartitionSpec),
    /// Those whose values satisfy this.
    Matching(Filter),
}

/// A table that has partitions, and which of them are meant.
fn partitioned(named: &Named, wanted: Option<Choice>) -> Result<(Table, Wanted), Refusal> {
    let table = named.expect_table()?;
    let values = match &wanted {
        Some(Choice::Values(values)) => partial_partition(table, values)?,
        _ => PartitionSpec::default(),
    };
    if !table.is_partitioned() {
        return Err(Error::new(Code::Semantic, format!("table `{}` has no partitions", table.name)).into());
    }
    let wanted = match wanted {
        // What is wrong with a condition is an error whether or not there are partitions.
        Some(Choice::Matching(filter)) => {
            matches(&filter, table, &PartitionSpec::default())?;
            Wanted::Matching(filter)
        }
        Some(Choice::Values(_)) | None => Wanted::Values(values),
    };
    Ok((table.clone(), wanted))
}

/// The statement that makes a table again, behind `before`.
pub(super) fn bind_create(
    name: &TableName,
    before: &'static str,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let request = Request::in_session(context, vec![Access::of(Action::Describe, named.object.clone()).into()]);
    let naming = context.naming()?;
    Ok(Bound::when_allowed(request, || {
        let table = named.expect_any()?.clone();
        external_schema::check_changes(&table, snapshot)?;
        // As the session would read it.
        let name = if naming.has_schemas { table.object().whole_name() } else { table.object().full_name() };
        Ok(Work::show(move |_| {
            let values = Record::default().with("statement", format!("{before}{}", definition(&table, &name)));
            Ok(Outcome::properties(PropertiesOf::Definition, values))
        }))
    }))
}

/// The statement that makes the table again.
pub(super) fn definition(table: &Table, name: &str) -> String {
    let comment = |text: &str| if text.is_empty() { String::new() } else { format!(" comment {}", text_literal(text)) };
    if let Some(query) = &table.view_text {
        let columns: Vec<String> =
            table.columns.iter().map(|column| format!("{}{}", name_of(column), comment(&column.comment))).collect();
        return format!(
            "create view if not exists {name} ({}){} as\n{query};",
            columns.join(", "),
            comment(&table.comment)
        );
    }
    let columns = |columns: &[Column]| {
        let lines = columns.iter().map(|column| {
            let null = if column.nullable { "" } else { " not null" };
            let default = column.default.as_ref().map(|text| format!(" default {}", constant(text, &column.data_type)));
            let default = default.unwrap_or_default();
            format!("  {} {}{null}{default}{}", name_of(column), column.data_type, comment(&column.comment))
        });
        lines.collect::<Vec<_>>().join(",\n")
    };
    let key: Vec<String> = table.columns.iter().filter(|column| column.is_key).map(name_of).collect();
    let key = if key.is_empty() { String::new() } else { format!(",\n  primary key ({})", key.join(", ")) };
    let kind = if table.external.is_some() { "external table" } else { "table" };
    let mut text =
        format!("create {kind} if not exists {name} (\n{}{key}\n){}", columns(&table.columns), comment(&table.comment));
    if let Some((column, from)) = table.generator() {
        let unit = text_literal(from.unit.name());
        text.push_str(&format!("\nauto partitioned by (trunc_time(`{}`, {unit}) as {})", from.column, name_of(column)));
    } else if table.is_partitioned() {
        text.push_str(&format!("\npartitioned by (\n{}\n)", columns(&table.partition_columns)));
    }
    if let Some(external) = &table.external {
        text.push_str(&storage(external));
    }
    if table.transactional {
        text.push_str("\ntblproperties ('transactional'='true')");
    }
    if let Some(days) = table.lifecycle {
        text.push_str(&format!("\nlifecycle {days}"));
    }
    text.push(';');
    text
}

/// The clauses that say where and how the rows of an external table lie.
fn storage(external: &External) -> String {
    let list = |options: &std::collections::BTreeMap<String, String>| {
        let options = options.iter().map(|(key, value)| format!("{}={}", text_literal(key), text_literal(value)));
        options.collect::<Vec<_>>().join(", ")
    };
    let (reader, stored) = external.format.clause();
    let mut text = reader.map(|reader| format!("\nrow format serde {}", text_literal(reader))).unwrap_or_default();
    let serde = match external.serde.is_empty() {
        true => String::new(),
        false => format!("\nwith serdeproperties ({})", list(&external.serde)),
    };
    match stored {
        Stored::By(handler) => text.push_str(&format!("\nstored by {}{serde}", text_literal(handler))),
        Stored::As(format) => text.push_str(&format!("{serde}\nstored as {format}")),
    }
    text.push_str(&format!("\nlocation {}", text_literal(&external.location.to_string())));
    if !external.properties.is_empty() {
        text.push_str(&format!("\ntblproperties ({})", list(&external.properties)));
    }
    text
}

/// A value as a constant of its type.
fn constant(text: &str, data_type: &DataType) -> String {
    let is_bare = matches!(
        data_type,
        DataType::Tinyint
            | DataType::Smallint
            | DataType::Int
            | DataType::Bigint
            | DataType::Float
            | DataType::Double
            | DataType::Decimal(..)
            | DataType::Boolean
    );
    if is_bare { text.to_owned() } else { text_literal(text) }
}

/// In back-quotes, so that a name which is a keyword elsewhere can be typed again.
fn name_of(column: &Column) -> String {
    format!("`{}`", column.name)
}
