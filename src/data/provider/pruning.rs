//! Leaves out the files whose partition cannot pass a filter.

use datafusion::arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{DataType as Arrow, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, Result, ScalarValue};
use datafusion::logical_expr::Expr;

use super::File;

/// The files that may hold rows that pass `filters`; `columns` columns of `schema` come from files, the rest from
/// partitions.
pub fn remaining<'a>(
    files: &'a [File],
    schema: &SchemaRef,
    columns: usize,
    filters: &[Expr],
    state: &dyn Session,
) -> Result<Vec<&'a File>> {
    let values: Vec<&Vec<ScalarValue>> = files.iter().map(|file| &file.values).collect();
    let kept = chosen(&values, schema, columns, filters, state)?;
    Ok(files.iter().zip(kept).filter_map(|(file, kept)| kept.then_some(file)).collect())
}

/// Of each partition, whether it may hold such rows.
pub fn kept(
    partitions: &[Vec<ScalarValue>],
    schema: &SchemaRef,
    columns: usize,
    filters: &[Expr],
    state: &dyn Session,
) -> Result<Vec<bool>> {
    chosen(&partitions.iter().collect::<Vec<_>>(), schema, columns, filters, state)
}

fn chosen(
    values: &[&Vec<ScalarValue>],
    schema: &SchemaRef,
    columns: usize,
    filters: &[Expr],
    state: &dyn Session,
) -> Result<Vec<bool>> {
    let mut kept = vec![true; values.len()];
    let partitions = Schema::new(schema.fields().iter().skip(columns).cloned().collect::<Vec<_>>());
    if partitions.fields().is_empty() {
        return Ok(kept);
    }
    for filter in filters {
        let only_partitions =
            filter.column_refs().iter().all(|column| partitions.field_with_name(&column.name).is_ok());
        if !only_partitions || filter.is_volatile() || values.is_empty() {
            continue;
        }
        let Some(passes) = evaluate(values, &partitions, filter, state) else { continue };
        kept.iter_mut().zip(passes).for_each(|(kept, passes)| *kept &= passes);
    }
    Ok(kept)
}

/// Whether each file's partition passes; nothing if the filter cannot be told from partition values alone.
///
/// An error here is no error of the query: the filter is applied to rows again, and fails there if it must.
fn evaluate(files: &[&Vec<ScalarValue>], partitions: &Schema, filter: &Expr, state: &dyn Session) -> Option<Vec<bool>> {
    let names = DFSchema::try_from(partitions.clone()).ok()?;
    let filter = unqualified(filter)?;
    let condition = state.create_physical_expr(filter, &names).ok()?;
    let arrays = (0..partitions.fields().len()).map(|at| {
        let values = files.iter().map(|values| values.get(at).cloned().unwrap_or(ScalarValue::Null));
        ScalarValue::iter_to_array(values).ok()
    });
    let arrays = arrays.collect::<Option<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(files.len()));
    let batch = RecordBatch::try_new_with_options(partitions.clone().into(), arrays, &options).ok()?;
    let result = condition.evaluate(&batch).ok()?.into_array(files.len()).ok()?;
    if *result.data_type() != Arrow::Boolean {
        return None;
    }
    let result = result.as_boolean();
    Some((0..files.len()).map(|at| result.is_valid(at) && result.value(at)).collect())
}

/// The filter with bare column names: the names of the query's relations mean nothing here.
fn unqualified(filter: &Expr) -> Option<Expr> {
    use datafusion::common::Column;
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let bare = filter.clone().transform(|expression| {
        Ok(match expression {
            Expr::Column(column) => Transformed::yes(Expr::Column(Column::new_unqualified(column.name))),
            other => Transformed::no(other),
        })
    });
    bare.ok().map(|bare| bare.data)
}
