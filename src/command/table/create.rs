use super::columns::{check_columns, columns};
use crate::command::bound::{Bound, Context, Work};
use crate::command::external;
use crate::command::outcome::{Item, Outcome};
use crate::command::refusal::Refusal;
use crate::command::resolve;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Bindings, Column, ColumnId, JobType, Labels, Place, TableKind};
use crate::security::{Access, Request, Requirement};
use crate::store::{NewTable, Snapshot};
use crate::syntax::table::{ColumnDefinition, Constant, Layout, Storage};
use crate::syntax::{Name, TableName};

/// What `create table` defines.
pub(super) struct Definition<'d> {
    pub columns: &'d [ColumnDefinition],
    pub key: &'d [Name],
    pub partitions: &'d [ColumnDefinition],
    pub comment: Option<&'d str>,
    pub lifecycle: Option<u32>,
    pub transactional: bool,
    pub layout: &'d Layout,
}

pub(super) fn bind(
    table: &TableName,
    if_not_exists: bool,
    definition: &Definition<'_>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let (place, request) = request(table, Vec::new(), context, snapshot)?;
    let new = NewTable {
        project: place.project,
        schema: place.schema,
        name: table.name.text.clone(),
        kind: TableKind::Table,
        owner: context.principal.clone(),
        comment: definition.comment.unwrap_or_default().to_owned(),
        lifecycle: definition.lifecycle,
        transactional: definition.transactional,
        view_text: None,
        external: None,
        body_columns: Vec::new(),
        bindings: Bindings::default(),
        labels: Labels::default(),
        columns: keyed(columns(definition.columns), definition.key),
        partition_columns: columns(definition.partitions),
    };
    let dialect = context.dialect(snapshot)?;
    Ok(Bound::when_allowed(request, || {
        let mut columns = new.columns.iter().chain(&new.partition_columns);
        columns.try_for_each(|column| dialect.check_type(&column.data_type))?;
        check_defaults(definition)?;
        check_key(definition)?;
        check_generator(definition)?;
        let names: Vec<&str> = definition.columns.iter().map(|column| column.name.text.as_str()).collect();
        check_clusters(definition.layout, &names, definition.transactional)?;
        new.columns.iter().try_for_each(data::check_default)?;
        make(new, if_not_exists, table, snapshot)
    }))
}

/// `create external table`: its owner is who names its location, with its own rights there (EXT-1, TRS-4). Nothing outside is looked at.
pub(super) fn bind_external(
    table: &TableName,
    if_not_exists: bool,
    (columns_of, partitions, comment): (&[ColumnDefinition], &[ColumnDefinition], Option<&str>),
    storage: &Storage,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let external = external::defined(storage)?;
    let place = resolve::place(&table.qualifier, context, snapshot)?;
    let further = external::named(&external, &place.project, snapshot)?;
    let (place, request) = request(table, further, context, snapshot)?;
    let new = NewTable {
        project: place.project,
        schema: place.schema,
        name: table.name.text.clone(),
        kind: TableKind::Table,
        owner: context.principal.clone(),
        comment: comment.unwrap_or_default().to_owned(),
        lifecycle: None,
        transactional: false,
        view_text: None,
        external: Some(std::sync::Arc::new(external)),
        body_columns: Vec::new(),
        bindings: Bindings::default(),
        labels: Labels::default(),
        columns: columns(columns_of),
        partition_columns: columns(partitions),
    };
    let dialect = context.dialect(snapshot)?;
    Ok(Bound::when_allowed(request, || {
        let mut columns = new.columns.iter().chain(&new.partition_columns);
        columns.try_for_each(|column| dialect.check_type(&column.data_type))?;
        make(new, if_not_exists, table, snapshot)
    }))
}

/// Source: "AUTO PARTITION table": partitions follow from a column that is a time. Chosen: not in a transactional table, whose rows change in their
/// partition.
fn check_generator(definition: &Definition<'_>) -> Result<()> {
    let Some((name, _)) = definition.partitions.iter().find_map(|column| column.generator.as_ref()) else {
        return Ok(());
    };
    let wrong = |message: String| Error::new(Code::Semantic, message).at(name.span);
    if definition.transactional {
        return Err(wrong("not supported: `auto partitioned by` in a transactional table".to_owned())
            .help("write `partitioned by (<column> <type>)`"));
    }
    let Some(column) = definition.columns.iter().find(|column| column.name == *name) else {
        return Err(wrong(format!("`{}` is not a column of the table", name.text)));
    };
    use crate::model::DataType as T;
    if matches!(column.data_type, T::Date | T::Datetime | T::Timestamp | T::TimestampNtz) {
        return Ok(());
    }
    Err(wrong(format!("partitions cannot be calculated from a {}", column.data_type))
        .help("name a column of type date, datetime, timestamp or timestamp_ntz"))
}

/// The columns, those of the primary key marked as such.
fn keyed(columns: Vec<Column>, key: &[Name]) -> Vec<Column> {
    let is_key = |column: &Column| key.iter().any(|name| name.text == column.name);
    columns.into_iter().map(|column| Column { is_key: is_key(&column), ..column }).collect()
}

/// Source: "Delta tables": the columns of a primary key are not null and of few types, and the table is transactional.
fn check_key(definition: &Definition<'_>) -> Result<()> {
    for (at, name) in definition.key.iter().enumerate() {
        let wrong = |message: String| Error::new(Code::Semantic, message).at(name.span);
        if definition.key.iter().take(at).any(|before| before == name) {
            return Err(wrong(format!("column `{}` appears twice in the primary key", name.text)));
        }
        let Some(column) = definition.columns.iter().find(|column| column.name == *name) else {
            let error = wrong(format!("column `{}` cannot be part of a primary key", name.text));
            return Err(error.help("name columns that are not partition columns"));
        };
        if !column.not_null {
            return Err(wrong(format!("`{}` is in the primary key and may be NULL", name.text)).help("add `not null`"));
        }
        use crate::model::DataType;
        let is_allowed = matches!(
            column.data_type,
            DataType::Tinyint
                | DataType::Smallint
                | DataType::Int
                | DataType::Bigint
                | DataType::String
                | DataType::Varchar(_)
        );
        if !is_allowed {
            let error = wrong(format!("a column of a primary key cannot have the type {}", column.data_type));
            return Err(error.help("use tinyint, smallint, int, bigint, string or varchar"));
        }
    }
    match definition.key.first() {
        Some(name) if !definition.transactional => {
            Err(Error::new(Code::Semantic, "a table with a primary key must be transactional")
                .at(name.span)
                .help("add `tblproperties (\"transactional\"=\"true\")`"))
        }
        _ => Ok(()),
    }
}

/// Source: "CREATE TABLE": `null` is no default of a column that is not null; partition columns have none.
fn check_defaults(definition: &Definition<'_>) -> Result<()> {
    let wrong = |column: &ColumnDefinition, why: &str| {
        Err(Error::new(Code::Semantic, format!("`{}` {why}", column.name.text)).at(column.name.span))
    };
    if let Some(column) = definition.partitions.iter().find(|column| column.default.is_some()) {
        return wrong(column, "is a partition column, and has no default");
    }
    let refused = |column: &&ColumnDefinition| column.not_null && column.default == Some(Constant::Null);
    match definition.columns.iter().find(refused) {
        Some(column) => wrong(column, "is not null, and cannot be NULL by default"),
        None => Ok(()),
    }
}

/// Source: "CREATE TABLE": a table with clusters cannot be transactional. Chosen: its columns must be there, though the clusters change nothing.
pub(in crate::command) fn check_clusters(layout: &Layout, columns: &[&str], transactional: bool) -> Result<()> {
    let Some(clusters) = &layout.clusters else { return Ok(()) };
    let mut named = clusters.columns.iter().chain(clusters.sorted.iter().map(|(name, _)| name));
    if let Some(name) = named.find(|name| !columns.contains(&name.text.as_str())) {
        return Err(Error::new(Code::Semantic, format!("`{}` is not a column of the table", name.text)).at(name.span));
    }
    if transactional {
        return Err(
            Error::new(Code::Semantic, "a transactional table cannot have `clustered by`").help("remove one of them")
        );
    }
    Ok(())
}

/// Source: PERM leaves `create table … like` open; Chosen: Describe on the table that is copied.
pub(super) fn bind_like(
    table: &TableName,
    if_not_exists: bool,
    source: &TableName,
    lifecycle: Option<u32>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let named = resolve::table(source, context, snapshot)?;
    let describe = Access::of(Action::Describe, named.object.clone()).into();
    let (place, request) = request(table, vec![describe], context, snapshot)?;
    let unnumbered =
        |columns: &[Column]| columns.iter().cloned().map(|column| Column { id: ColumnId(0), ..column }).collect();
    Ok(Bound::when_allowed(request, || {
        let source = named.expect_any()?;
        let new = NewTable {
            project: place.project,
            schema: place.schema,
            name: table.name.text.clone(),
            kind: TableKind::Table,
            owner: context.principal.clone(),
            comment: source.comment.clone(),
            lifecycle,
            transactional: source.transactional,
            view_text: None,
            external: None,
            body_columns: Vec::new(),
            bindings: Bindings::default(),
            labels: Labels::default(),
            columns: unnumbered(&source.columns),
            partition_columns: unnumbered(&source.partition_columns),
        };
        make(new, if_not_exists, table, snapshot)
    }))
}

/// A job that makes a table in the schema that the name says.
fn request(
    table: &TableName,
    further: Vec<Requirement>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<(Place, Request)> {
    let place = resolve::place(&table.qualifier, context, snapshot)?;
    let create = Access::inside(Action::CreateTable, resolve::container(&place, snapshot)?).into();
    let mut requirements = vec![resolve::job_requirement(context, snapshot)?, create];
    requirements.extend(further);
    Ok((place, Request::in_session(context, requirements).run_as(context, JobType::Sql)))
}

fn make(new: NewTable, if_not_exists: bool, table: &TableName, snapshot: &Snapshot<'_>) -> Result<Work, Refusal> {
    let place = new.place();
    resolve::check_schema(&place, snapshot).map_err(|error| error.at(table.span()))?;
    check_columns(&new.columns, &new.partition_columns)?;
    let span = table.span();
    Ok(Work::change(move |write, now| {
        if write.table(&place, &new.name)?.is_some() {
            return if if_not_exists {
                Ok(Outcome { items: vec![Item::Status("OK".to_owned())] })
            } else {
                Err(Error::new(Code::TableExists, place.qualified(&new.name)).at(span))
            };
        }
        write.create_table(new, now)?;
        Ok(Outcome::ok())
    }))
}
