//! `msck repair table`: the partitions of an external table that its folders name.

use super::drop::job;
use crate::command::bound::{Bound, Context, Look, Work};
use crate::command::flow::derived;
use crate::command::outcome::{Item, Outcome};
use crate::command::{external, resolve};
use crate::error::{Code, Error, Result};
use crate::model::{Action, PartitionSpec, Table, Time};
use crate::store::{Snapshot, Write};
use crate::syntax::TableName;

/// Alter on the table; its location is looked at as its owner (EXT-1). How many partitions are new shows which there were (FLW-2a).
pub(super) fn bind(name: &TableName, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    let named = resolve::table(name, context, snapshot)?;
    let mut request = job(Action::Alter, &named, context, snapshot)?;
    request.flows = derived(&named.object, context);
    if let Some(table) = &named.table {
        request.requirements.extend(external::used(table, snapshot)?);
    }
    Ok(Bound::when_allowed(request, || {
        let table = named.expect_table().map_err(|refusal| refusal.at(name.span()))?.clone();
        let Some(definition) = table.external.clone() else {
            let error = Error::new(Code::Semantic, format!("`{}` is not an external table", table.name));
            return Err(error
                .at(name.span())
                .help("only the partitions of external tables lie in folders outside")
                .into());
        };
        if !table.is_partitioned() {
            return Err(Error::new(Code::Semantic, format!("table `{}` has no partitions", table.name))
                .at(name.span())
                .into());
        }
        let scan = external::scan(&table, context, snapshot)?;
        Ok(Work::Look(Look::new(move |engine, cancel| {
            let found = engine.partitions_below(&definition.location, &table.partition_columns, &scan, cancel)?;
            Ok(Box::new(move |write, now| {
                let added = note(write, &table, found, now)?;
                let mut outcome = Outcome::ok();
                outcome.items.insert(0, Item::Status(format!("{added} partitions added")));
                Ok(outcome)
            }))
        })))
    }))
}

/// Adds those of the partitions that are not known, and says how many these are.
fn note(write: &Write<'_>, table: &Table, found: Vec<PartitionSpec>, now: Time) -> Result<u64> {
    let mut added = 0_u64;
    for spec in found {
        let fits = table.partition_columns.iter().zip(&spec.0);
        let fits = fits.map(|(column, (_, value))| super::partition_value(column, value));
        // What is no value of its column is no partition.
        let Ok(values) = fits.collect::<Result<Vec<_>>>() else { continue };
        let names = table.partition_columns.iter().map(|column| column.name.clone());
        let spec = PartitionSpec(names.zip(values).collect());
        if write.partition(table.id, &spec)?.is_none() {
            write.ensure_partition(table.id, &spec, now)?;
            added += 1;
        }
    }
    write.touch_definition(table.id, now)?;
    Ok(added)
}
