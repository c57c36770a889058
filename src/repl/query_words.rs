use crate::syntax::grammar;

/// Keywords inside of queries, of which the grammar files say no more than that a query stands there.
pub const QUERY_WORDS: [&str; 78] = [
    "all",
    "and",
    "anti",
    "array",
    "as",
    "asc",
    "between",
    "bigint",
    "binary",
    "boolean",
    "by",
    "case",
    "cast",
    "char",
    "cross",
    "cube",
    "current",
    "date",
    "datetime",
    "decimal",
    "desc",
    "distinct",
    "distribute",
    "double",
    "else",
    "end",
    "except",
    "exists",
    "explode",
    "false",
    "float",
    "following",
    "from",
    "full",
    "group",
    "grouping",
    "having",
    "in",
    "inner",
    "int",
    "intersect",
    "interval",
    "is",
    "join",
    "lateral",
    "left",
    "like",
    "limit",
    "map",
    "minus",
    "not",
    "null",
    "nulls",
    "offset",
    "on",
    "or",
    "order",
    "outer",
    "over",
    "partition",
    "preceding",
    "range",
    "right",
    "rlike",
    "rollup",
    "rows",
    "select",
    "semi",
    "sets",
    "sort",
    "string",
    "then",
    "true",
    "unbounded",
    "union",
    "when",
    "where",
    "with",
];

/// Whether a word is a keyword somewhere.
pub fn is_keyword(word: &str) -> bool {
    let word = word.to_lowercase();
    QUERY_WORDS.binary_search(&word.as_str()).is_ok() || grammar::keywords().contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_come_from_queries_and_from_the_grammar_files() {
        assert!(QUERY_WORDS.is_sorted());
        for word in ["SELECT", "where", "Grant", "trustedproject", "use"] {
            assert!(is_keyword(word), "{word}");
        }
        assert!(!is_keyword("phone"));
    }
}
