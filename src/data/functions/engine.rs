//! The engine's own functions that mean what MaxCompute means, and the names that MaxCompute gives them.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::logical_expr::{AggregateUDF, ScalarUDF, WindowUDF};
use datafusion::{functions, functions_aggregate, functions_nested, functions_window};

use super::guarded::Growth;

/// Names of scalar functions: MaxCompute's, and the engine's where it differs.
const SCALAR: &[(&str, &str)] = &[
    // Conditions.
    ("coalesce", ""),
    ("nvl", "coalesce"),
    ("nvl2", ""),
    ("nullif", ""),
    ("greatest", ""),
    ("least", ""),
    // Numbers.
    ("isnan", ""),
    ("pi", ""),
    ("trunc", ""),
    // Text.
    ("initcap", ""),
    ("octet_length", ""),
    ("strpos", ""),
    ("translate", ""),
    ("md5", ""),
    // Structures. `make_array`, `get_field` and `array_element` are what brackets and dots stand for.
    ("named_struct", ""),
    ("struct", ""),
    ("get_field", ""),
    ("make_array", ""),
    ("array", "make_array"),
    ("array_element", ""),
    ("array_slice", ""),
    ("array_append", ""),
    ("array_concat", ""),
    ("array_contains", "array_has"),
    ("array_distinct", ""),
    ("array_except", ""),
    ("array_intersect", ""),
    ("array_max", ""),
    ("array_min", ""),
    ("array_remove", "array_remove_all"),
    ("array_union", ""),
    ("flatten", ""),
    ("map_entries", ""),
    ("map_extract", ""),
    ("map_keys", ""),
    ("map_values", ""),
];

/// Scalar functions of the Spark dialect, where that is the meaning that MaxCompute has.
const SPARK: &[&str] = &[
    "abs",
    "ascii",
    "base64",
    "bin",
    "ceil",
    "crc32",
    "elt",
    "floor",
    "format_string",
    "if",
    "pmod",
    "round",
    "sha1",
    "sha2",
    "slice",
    "soundex",
];

/// Names of aggregates. Source: "STDDEV" and "VARIANCE" are those of the whole population.
const AGGREGATE: &[(&str, &str)] = &[
    ("count", ""),
    ("avg", ""),
    ("min", ""),
    ("max", ""),
    ("any_value", ""),
    ("array_agg", ""),
    ("approx_distinct", ""),
    ("any", "bool_or"),
    ("bool_and", ""),
    ("bool_or", ""),
    ("bitwise_and_agg", "bit_and"),
    ("bitwise_or_agg", "bit_or"),
    ("bitwise_xor_agg", "bit_xor"),
    ("corr", ""),
    ("covar_pop", ""),
    ("covar_samp", ""),
    ("grouping", ""),
    ("stddev", "stddev_pop"),
    ("stddev_pop", ""),
    ("stddev_samp", "stddev"),
    ("variance", "var_pop"),
    ("var_pop", ""),
    ("var_samp", "var"),
];

/// Aggregates of the Spark dialect.
const SPARK_AGGREGATE: &[&str] = &["collect_list", "collect_set"];

/// Names of window functions.
const WINDOW: &[&str] = &[
    "cume_dist",
    "dense_rank",
    "first_value",
    "lag",
    "last_value",
    "lead",
    "nth_value",
    "ntile",
    "percent_rank",
    "rank",
    "row_number",
];

/// How much a scalar function of the engine gives, compared with what it is given.
pub fn growth(name: &str) -> Growth {
    match name {
        "coalesce" | "nvl" => Growth::FirstKnown,
        "concat_ws" => Growth::Separated(0),
        "array_join" => Growth::Separated(1),
        "format_string" => Growth::Formatted,
        "base64" | "hex" | "bin" | "translate" | "initcap" | "str_to_map" => Growth::Times(4),
        "array_repeat" => Growth::Repeated,
        "ngrams" => Growth::Runs,
        "combinations" => Growth::Choices,
        _ => Growth::Times(1),
    }
}

/// Scalar functions of the engine.
pub fn scalar() -> BTreeMap<String, Arc<ScalarUDF>> {
    let known =
        named(functions::all_default_functions().into_iter().chain(functions_nested::all_default_nested_functions()));
    let spark = named(datafusion_spark::all_default_scalar_functions().into_iter());
    let mut chosen = renamed(SCALAR, &known);
    chosen.extend(SPARK.iter().filter_map(|name| Some(((*name).to_owned(), Arc::clone(spark.get(*name)?)))));
    for (name, other) in [("ceiling", "ceil"), ("sha", "sha1")] {
        if let Some(function) = chosen.get(other).cloned() {
            chosen.insert(name.to_owned(), function);
        }
    }
    chosen
}

/// Aggregates of the engine.
pub fn aggregate() -> BTreeMap<String, Arc<AggregateUDF>> {
    let all = functions_aggregate::all_default_aggregate_functions().into_iter();
    let known = all
        .flat_map(|function| {
            let names: Vec<String> = function.aliases().iter().cloned().chain([function.name().to_owned()]).collect();
            names.into_iter().map(move |name| (name, Arc::clone(&function)))
        })
        .collect();
    let mut chosen = renamed(AGGREGATE, &known);
    let spark = datafusion_spark::all_default_aggregate_functions().into_iter();
    let spark = spark.filter(|function| SPARK_AGGREGATE.contains(&function.name()));
    chosen.extend(spark.map(|function| (function.name().to_owned(), function)));
    chosen
}

/// Window functions of the engine.
pub fn window() -> BTreeMap<String, Arc<WindowUDF>> {
    let all = functions_window::all_default_window_functions().into_iter();
    all.filter(|function| WINDOW.contains(&function.name()))
        .map(|function| (function.name().to_owned(), function))
        .collect()
}

fn named(all: impl Iterator<Item = Arc<ScalarUDF>>) -> BTreeMap<String, Arc<ScalarUDF>> {
    all.flat_map(|function| {
        let names: Vec<String> = function.aliases().iter().cloned().chain([function.name().to_owned()]).collect();
        names.into_iter().map(move |name| (name, Arc::clone(&function)))
    })
    .collect()
}

fn renamed<T>(names: &[(&str, &str)], known: &BTreeMap<String, Arc<T>>) -> BTreeMap<String, Arc<T>> {
    let find = |(name, other): &(&str, &str)| {
        let function = known.get(if other.is_empty() { *name } else { *other })?;
        Some(((*name).to_owned(), Arc::clone(function)))
    };
    names.iter().filter_map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_function_is_there() {
        let (scalar, aggregate, window) = (scalar(), aggregate(), window());
        let missing = SCALAR
            .iter()
            .map(|(name, _)| *name)
            .chain(SPARK.iter().copied())
            .filter(|name| !scalar.contains_key(*name));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&str>::new());
        let listed = AGGREGATE.iter().map(|(name, _)| *name).chain(SPARK_AGGREGATE.iter().copied());
        assert_eq!(listed.filter(|name| !aggregate.contains_key(*name)).collect::<Vec<_>>(), Vec::<&str>::new());
        assert_eq!(WINDOW.iter().filter(|name| !window.contains_key(**name)).count(), 0);
    }
}
