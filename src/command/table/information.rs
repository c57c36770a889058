//! `desc` and `show tables` of `information_schema`: what its views are called and have as columns is told to whoever may read them.

use std::sync::Arc;

use crate::command::bound::{Bound, Context, Work};
use crate::command::outcome::{Description, Extended, Listing, Outcome, TableDescription};
use crate::command::{information, resolve};
use crate::error::{Code, Error, Result};
use crate::model::{Action, INFORMATION_SCHEMA, InformationView, Labels, Row, TableKind, TenantRight, Time};
use crate::security::{Access, Request, Requirement};
use crate::store::Snapshot;
use crate::syntax::{Qualifier, TableName, is_like};

/// `desc` of a view of `information_schema`; nothing for any other name.
pub(super) fn describe(
    name: &TableName,
    extended: bool,
    is_partition: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Option<Bound>> {
    let qualifier = &name.qualifier;
    let texts = qualifier.texts();
    let Ok(prefix) = resolve::naming(qualifier, context)?.read(&texts) else { return Ok(None) };
    let Some(of_tenant) = information::scope(&prefix) else { return Ok(None) };
    let view = information::view(&name.name.text).map_err(|error| error.at(name.span()))?;
    let (request, since, not_found) = request(of_tenant, context, snapshot)?;
    Ok(Some(Bound::when_allowed(request, || {
        not_found.map_or(Ok(()), |error| Err(error.at(name.span())))?;
        if is_partition {
            let error = Error::new(Code::Semantic, format!("{INFORMATION_SCHEMA}.{} has no partitions", view.name));
            return Err(error.at(name.span()).into());
        }
        Ok(Work::show(move |_| {
            let table = TableDescription {
                labels: Arc::new(Labels::default()),
                extended: extended.then_some(Extended { files: None, rows: None }),
                ..TableDescription::of(&view.table(since))
            };
            Ok(Outcome::described(Description::Table(table)).and_status("OK"))
        }))
    })))
}

/// `show tables in information_schema`; nothing for any other place. They are listed as views.
pub(super) fn list(
    kinds: &[TableKind],
    qualifier: &Qualifier,
    like: Option<&str>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Option<Bound>> {
    let texts = qualifier.texts();
    let Ok(prefix) = context.naming()?.read_list(&texts) else { return Ok(None) };
    let Some(of_tenant) = information::scope(&prefix) else { return Ok(None) };
    let (request, _, not_found) = request(of_tenant, context, snapshot)?;
    let are_listed = kinds.contains(&TableKind::View);
    let like = like.map(str::to_owned);
    Ok(Some(Bound::when_allowed(request, || {
        not_found.map_or(Ok(()), Err)?;
        Ok(Work::show(move |_| {
            let mut names: Vec<&str> = InformationView::all().iter().map(|view| view.name).collect();
            names.retain(|name| are_listed && is_like(name, like.as_deref()));
            names.sort_unstable();
            let owner = format!("ALIYUN${INFORMATION_SCHEMA}");
            let rows: Vec<Row> = names.into_iter().map(|name| vec![(&owner).into(), name.into()]).collect();
            Ok(Outcome::listing(Listing::Tables, rows).and_status("OK"))
        }))
    })))
}

/// What knowing the views takes, and what to say if they are not there.
fn request(
    of_tenant: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<(Request, Time, Option<Box<Error>>)> {
    let (package, since, not_found) = information::package(&resolve::current(context)?, snapshot)?;
    let requirement = match of_tenant {
        true => Requirement::Tenant(TenantRight::Information),
        false => Access::of(Action::Read, package).into(),
    };
    Ok((Request::in_session(context, vec![requirement]), since, not_found.filter(|_| !of_tenant)))
}
