//! The table of built-in functions, as a page.

use std::fmt::Write;

use odpsh::model::{BuiltinFunction, Standing, builtin_functions};

/// The head of the page.
const HEAD: &str = "# Built-in functions

The functions that every query knows. `help function <name>;` shows one, `show builtin functions;` lists all. An argument in `[]` may be left
out; `…` may be repeated; `|` separates the types that are accepted. Results marked *chosen* are left open by the documentation in part;
all others are as documented.

This page is generated from `src/data/functions/functions.tsv`; a test checks that it is current.
";

fn page() -> String {
    let mut page = HEAD.to_owned();
    let mut family = "";
    for function in builtin_functions().iter().filter(|function| function.is_built()) {
        if function.family != family {
            family = function.family;
            write!(page, "\n## {family}\n\n| function | gives | source |\n| --- | --- | --- |\n").expect("memory");
        }
        let chosen = if function.standing == Standing::Chosen { " (*chosen*)" } else { "" };
        let BuiltinFunction { syntax, meaning, source, .. } = function;
        writeln!(page, "| `{}` | {meaning}{chosen} | {source} |", syntax.replace('|', "\\|")).expect("memory");
    }
    page.push_str("\n## Not supported yet\n\n| function | why | source |\n| --- | --- | --- |\n");
    for BuiltinFunction { syntax, meaning, source, .. } in builtin_functions().iter().filter(|other| !other.is_built())
    {
        writeln!(page, "| `{}` | {meaning} | {source} |", syntax.replace('|', "\\|")).expect("memory");
    }
    page
}

#[test]
fn the_page_of_functions_is_what_the_table_says() {
    let expected = page();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/functions.md");
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == expected, "docs/functions.md must be:\n\n{expected}");
}

/// The functions of the documents' lists: date, mathematical, window, aggregate, string, complex types, encryption, other.
const DOCUMENTED: &str = "
    add_months current_timestamp current_timezone dateadd date_add datediff date_format datepart date_sub datetrunc day dayofmonth dayofweek
    dayofyear extract from_unixtime from_utc_timestamp getdate hour isdate lastday last_day minute month months_between next_day now quarter
    second to_char to_date to_millis unix_timestamp weekday weekofyear year
    abs acos asin atan atan2 bin cbrt ceil conv corr cos cosh cot degrees e exp factorial floor format_number hex isnan ln log log10 log2
    negative pi pow radians rand round shiftleft shiftright shiftrightunsigned sign sin sinh sqrt tan tanh trunc unhex width_bucket
    cluster_sample cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
    any_value approx_distinct arg_max arg_min avg bitwise_and_agg bitwise_or_agg bitwise_xor_agg collect_list collect_set count count_if
    covar_pop covar_samp histogram map_agg map_union map_union_sum max max_by median min min_by multimap_agg numeric_histogram percentile
    percentile_approx percentile_cont percentile_disc stddev stddev_samp sum variance var_pop var_samp wm_concat
    ascii char_matchcount chr concat concat_ws decode encode find_in_set from_json get_json_object initcap instr is_encoding json_tuple
    keyvalue keyvalue_tuple length lengthb locate lpad ltrim mask_hash md5 parse_url parse_url_tuple regexp_count regexp_extract
    regexp_extract_all regexp_instr regexp_replace regexp_substr repeat replace reverse rpad rtrim soundex space split_part substr substring
    substring_index tolower to_json toupper translate trim url_decode url_encode
    all_match any_match array array_contains array_distinct array_except array_intersect array_join array_max array_min array_normalize
    array_position array_reduce array_remove array_repeat array_sort array_union arrays_overlap arrays_zip combinations explode filter flatten
    index ngrams posexplode sequence shuffle size slice sort_array transform zip_with
    map map_concat map_entries map_filter map_from_arrays map_from_entries map_keys map_values map_zip_with multimap_from_entries
    transform_keys transform_values field inline named_struct struct
    json_array json_exists json_explode json_extract json_format json_object json_parse json_pretty json_type json_valid
    enhanced_sym_decrypt enhanced_sym_encrypt new_keyset add_key_to_keyset keyset_from_json keyset_to_json rotate_keyset sym_decrypt sym_encrypt
    new_wrapped_keyset rewrap_keyset rotate_wrapped_keyset use_wrapped_keyset
    base64 cast coalesce compress crc32 decompress get_idcard_age get_idcard_birthday get_idcard_sex get_user_id greatest hash if least max_pt
    nullif nvl ordinal partition_exists sample sha sha1 sha2 split stack str_to_map table_exists trans_array trans_cols unbase64 unique_id uuid
    failif
";

#[test]
fn every_documented_function_is_in_the_table() {
    for name in DOCUMENTED.split_whitespace() {
        assert!(builtin_functions().iter().any(|function| function.name == name), "functions.tsv lacks {name}");
    }
}
