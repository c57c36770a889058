use super::session;
use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::derived;
use crate::command::query::Insert;
use crate::command::refusal::Refusal;
use crate::command::resolve::{self, Named};
use crate::command::table::whole_partition;
use crate::data::TextFormat;
use crate::error::{Code, Error, Result};
use crate::model::{Action, JobType, PartitionSpec, Table, TableKind};
use crate::security::{Access, Request};
use crate::store::{Snapshot, TransferKind, TransferStatus, TunnelSession};
use crate::syntax::tunnel::{Options, SessionId, Statement, Target, UploadOptions};
use crate::syntax::{FileName, Name, Qualifier, Statement as AnyStatement, TableName, parse_statement};
use crate::text::Span;

/// An upload that is ready to begin, or to go on.
pub struct Upload {
    /// The table, as it was when names were bound.
    pub table: Table,
    /// The partition of it; empty without partitions.
    pub partition: PartitionSpec,
    /// A file, or a folder of files, as typed.
    pub path: FileName,
    /// How it goes.
    pub options: UploadOptions,
    /// How the files look.
    pub format: TextFormat,
    /// The upload that goes on.
    pub resumed: Option<Resumed>,
    given: Options,
}

/// An upload that goes on.
#[derive(Debug, Clone)]
pub struct Resumed {
    /// What began it.
    pub session: TunnelSession,
    /// From the beginning.
    pub force: bool,
}

impl Upload {
    /// What its blocks become part of.
    pub fn insert(&self) -> Insert {
        Insert {
            table: self.table.clone(),
            overwrite: self.options.overwrite,
            columns: self.table.columns.iter().map(|column| column.id).collect(),
            fixed: self.partition.0.clone(),
            dynamic: Vec::new(),
            // What is uploaded was read before the session began.
            replaces: None,
        }
    }

    /// The statement that begins it from the same file, in any current folder and project.
    pub fn command(&self, path: &str) -> String {
        let name = |text: &str| Name { text: text.to_owned(), span: Span::default() };
        let mut parts = vec![name(&self.table.project.name)];
        if !self.table.schema.is_default() {
            parts.push(name(self.table.schema.as_str()));
        }
        let partition = self.partition.0.iter().map(|(column, value)| (name(column), value.clone())).collect();
        let target = Target {
            table: TableName { qualifier: Qualifier::of(parts), name: name(&self.table.name) },
            partition: (!self.partition.0.is_empty()).then_some(partition),
        };
        let path = FileName { text: path.to_owned(), span: Span::default() };
        Statement::Upload { path, target, options: self.given.clone() }.to_string()
    }
}

/// Chosen: Update and Describe on the table, no CreateInstance (STG-5); what comes in flows nowhere (FLW-5). A partition that
/// `-acp` makes needs no more, as with `insert`.
pub(super) fn bind(
    path: &FileName,
    target: &Target,
    given: &Options,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    resolve::current(context)?;
    let options = given.upload()?;
    let format = TextFormat::new(&options.text)?;
    let named = resolve::table(&target.table, context, snapshot)?;
    let access = |action| Access::of(action, named.object.clone()).into();
    let requirements = vec![access(Action::Update), access(Action::Describe)];
    let mut request = Request::in_session(context, requirements).run_as(context, JobType::Dt);
    // Whether it begins tells which partitions there are (FLW-2a); with `-acp` it makes the one that is not there.
    if target.partition.is_some() && !options.create_partition {
        request.flows = derived(&named.object, context);
    }
    Ok(Bound::when_allowed(request, || {
        let place = place(&named, target, &options, snapshot);
        let (table, partition) = place.map_err(|refusal| refusal.at(target.table.span()))?;
        let (path, given) = (path.clone(), given.clone());
        Ok(Work::Upload(Box::new(Upload { table, partition, path, options, format, resumed: None, given })))
    }))
}

/// The table and partition that records go to.
fn place(
    named: &Named,
    target: &Target,
    options: &UploadOptions,
    snapshot: &Snapshot<'_>,
) -> Result<(Table, PartitionSpec), Refusal> {
    let table = named.expect_any()?;
    if table.kind == TableKind::View {
        // Source: odpscmd.
        return Err(Error::new(Code::Semantic, "Invalid operation: upload to a view").into());
    }
    named.expect_internal()?;
    if table.has_key() {
        // Source: "Delta tables": they take an upsert session, which nothing here begins.
        let error = Error::new(Code::Unsupported, "not supported: an upload to a table with a primary key");
        return Err(error.help("upload to another table, then `insert into <table> select …`").into());
    }
    if table.generator().is_some() {
        // Source: "AUTO PARTITION table", limits: only SQL writes it.
        let error =
            Error::new(Code::Unsupported, "not supported: an upload to a table whose partitions are calculated");
        return Err(error.help("upload to another table, then `insert into <table> select …`").into());
    }
    let partition = match &target.partition {
        Some(values) => whole_partition(table, values)?,
        None if table.is_partitioned() => {
            let columns: Vec<&str> = table.partition_columns.iter().map(|column| column.name.as_str()).collect();
            let values: Vec<String> = columns.iter().map(|column| format!("{column}='…'")).collect();
            return Err(Error::new(
                Code::Semantic,
                format!("table `{}` is partitioned by {}: name one partition", table.name, columns.join(", ")),
            )
            .help(format!("write `{}/{}`", target.table, values.join(",")))
            .into());
        }
        None => PartitionSpec::default(),
    };
    if table.is_partitioned() && !options.create_partition && snapshot.partition(table.id, &partition)?.is_none() {
        return Err(Error::new(Code::PartitionNotFound, format!("partition {partition} of `{}`", table.name))
            .help("make it with `alter table … add partition`, or with `-acp true`")
            .into());
    }
    Ok((table.clone(), partition))
}

/// The upload that began the session, decided anew: who has lost a right meanwhile does not go on.
pub(super) fn bind_resume(
    session: Option<&SessionId>,
    force: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let found = session::find(context.principal, session, session.is_none().then_some(TransferKind::Upload), snapshot)?;
    let id = &found.id;
    if found.kind != TransferKind::Upload {
        // Source: odpscmd.
        return Err(Error::new(Code::Conflict, "not support resume for 'download'").help("download it again"));
    }
    if found.status == TransferStatus::Success && !force {
        return Err(Error::new(Code::Conflict, format!("upload {id} came to its end"))
            .help("`tunnel resume <id> -force` uploads its file again"));
    }
    let broken = || Error::new(Code::Internal, format!("upload {id} was begun by no upload"));
    let AnyStatement::Tunnel(Statement::Upload { path, mut target, options }) = parse_statement(&found.command)? else {
        return Err(broken());
    };
    // It was written so that it says where the table is, whatever the session says of names.
    target.table.qualifier = target.table.qualifier.into_full();
    let bound = bind(&path, &target, &options, context, snapshot)?;
    let mut bound = match session {
        Some(session) => bound.pointing_at(session.span),
        None => bound.pointing_nowhere(),
    };
    if let Ok(Work::Upload(upload)) = &mut bound.work {
        upload.resumed = Some(Resumed { session: found, force });
    }
    Ok(bound)
}
