//! Which words are keywords, and where.
//!
//! Everything else is a name: type names, units, and the many keywords of other dialects.

use datafusion::sql::sqlparser::keywords::Keyword;

use crate::syntax::TokenKind;

/// The keyword that `word` is in front of the token `next`.
pub fn keyword(word: &str, next: Option<TokenKind>, next_text: &str) -> Keyword {
    let word = word.to_ascii_uppercase();
    let followed_by = |sign: &str| next == Some(TokenKind::Symbol) && next_text == sign;
    let followed_by_word = |words: &[&str]| words.iter().any(|other| next_text.eq_ignore_ascii_case(other));
    let when = |condition: bool, keyword: Keyword| if condition { keyword } else { Keyword::NoKeyword };
    // In front of these, a word is a column.
    let ends_operand = [")", ",", ".", "=", "<", ">", "+", "-", "*", "/", "["].into_iter().any(followed_by);
    match word.as_str() {
        // Functions of the same name are called, types have no parenthesis.
        "ARRAY" => when(followed_by("<"), Keyword::ARRAY),
        "MAP" => when(followed_by("<"), Keyword::MAP),
        "STRUCT" => when(followed_by("<"), Keyword::STRUCT),
        "DATE" => when(next == Some(TokenKind::Text), Keyword::DATE),
        "DATETIME" => when(next == Some(TokenKind::Text), Keyword::DATETIME),
        "TIMESTAMP" => when(next == Some(TokenKind::Text), Keyword::TIMESTAMP),
        "INTERVAL" => when(!matches!(next, Some(TokenKind::Symbol) | None) || followed_by("-"), Keyword::INTERVAL),
        "EXTRACT" => when(followed_by("("), Keyword::EXTRACT),
        "TRY_CAST" => when(followed_by("("), Keyword::TRY_CAST),
        "SAFE_CAST" => when(followed_by("("), Keyword::SAFE_CAST),
        "LEFT" => when(!followed_by("("), Keyword::LEFT),
        "RIGHT" => when(!followed_by("("), Keyword::RIGHT),
        "CUBE" => Keyword::CUBE,
        "MINUS" => when(followed_by("(") || followed_by_word(&["select", "all", "distinct"]), Keyword::EXCEPT),
        // Rows that are written in the order of these columns. Source: "INSERT", ZORDER BY.
        "SORT" | "ZORDER" => when(followed_by_word(&["by"]), Keyword::SORT),
        "DISTRIBUTE" => when(followed_by_word(&["by"]), Keyword::DISTRIBUTE),
        "CLUSTER" => when(followed_by_word(&["by"]), Keyword::CLUSTER),
        "CONNECT" => when(followed_by_word(&["by"]), Keyword::CONNECT),
        "START" => when(followed_by_word(&["with"]), Keyword::START),
        "FOR" => when(followed_by_word(&["update", "share"]), Keyword::FOR),
        // Which rows a frame counts by. Source: "Window functions", frame_clause.
        "GROUPS" => when(
            next == Some(TokenKind::Number) || followed_by_word(&["between", "unbounded", "current"]),
            Keyword::GROUPS,
        ),
        "INCLUDE" => when(followed_by_word(&["nulls"]), Keyword::INCLUDE),
        "EXCLUDE" => when(followed_by_word(&["nulls"]), Keyword::EXCLUDE),
        "FETCH" => when(followed_by_word(&["first", "next"]), Keyword::FETCH),
        "PERCENT" => when(followed_by(")"), Keyword::PERCENT),
        "TABLESAMPLE" => when(followed_by("("), Keyword::TABLESAMPLE),
        "GROUPING" => when(followed_by_word(&["sets"]), Keyword::GROUPING),
        "WINDOW" => when(matches!(next, Some(TokenKind::Word | TokenKind::Quoted)), Keyword::WINDOW),
        "FILTER" => when(followed_by("("), Keyword::FILTER),
        "WITHIN" => when(followed_by_word(&["group"]), Keyword::WITHIN),
        "IGNORE" => when(followed_by_word(&["nulls"]), Keyword::IGNORE),
        "RESPECT" => when(followed_by_word(&["nulls"]), Keyword::RESPECT),
        "ROW" => when(!followed_by("("), Keyword::ROW),
        "TRIM" => when(followed_by("("), Keyword::TRIM),
        "BOTH" => when(!ends_operand, Keyword::BOTH),
        "LEADING" => when(!ends_operand, Keyword::LEADING),
        "TRAILING" => when(!ends_operand, Keyword::TRAILING),
        "ANY" => when(followed_by("("), Keyword::ANY),
        "SOME" => when(followed_by("("), Keyword::SOME),
        other => always(other),
    }
}

/// Words that are keywords everywhere.
fn always(word: &str) -> Keyword {
    match word {
        "SELECT" => Keyword::SELECT,
        "FROM" => Keyword::FROM,
        "WHERE" => Keyword::WHERE,
        "GROUP" => Keyword::GROUP,
        "BY" => Keyword::BY,
        "HAVING" => Keyword::HAVING,
        "ORDER" => Keyword::ORDER,
        "LIMIT" => Keyword::LIMIT,
        "OFFSET" => Keyword::OFFSET,
        "UNION" => Keyword::UNION,
        "EXCEPT" => Keyword::EXCEPT,
        "INTERSECT" => Keyword::INTERSECT,
        "ALL" => Keyword::ALL,
        "DISTINCT" => Keyword::DISTINCT,
        "WITH" => Keyword::WITH,
        "RECURSIVE" => Keyword::RECURSIVE,
        "AS" => Keyword::AS,
        "AND" => Keyword::AND,
        "OR" => Keyword::OR,
        "NOT" => Keyword::NOT,
        "IN" => Keyword::IN,
        "IS" => Keyword::IS,
        "NULL" => Keyword::NULL,
        "TRUE" => Keyword::TRUE,
        "FALSE" => Keyword::FALSE,
        "BETWEEN" => Keyword::BETWEEN,
        "LIKE" => Keyword::LIKE,
        "ILIKE" => Keyword::ILIKE,
        "RLIKE" => Keyword::RLIKE,
        "REGEXP" => Keyword::REGEXP,
        "ESCAPE" => Keyword::ESCAPE,
        "EXISTS" => Keyword::EXISTS,
        "CASE" => Keyword::CASE,
        "WHEN" => Keyword::WHEN,
        "THEN" => Keyword::THEN,
        "ELSE" => Keyword::ELSE,
        "END" => Keyword::END,
        "CAST" => Keyword::CAST,
        "DIV" => Keyword::DIV,
        "ON" => Keyword::ON,
        "USING" => Keyword::USING,
        "JOIN" => Keyword::JOIN,
        "INNER" => Keyword::INNER,
        "FULL" => Keyword::FULL,
        "OUTER" => Keyword::OUTER,
        "CROSS" => Keyword::CROSS,
        "SEMI" => Keyword::SEMI,
        "ANTI" => Keyword::ANTI,
        "NATURAL" => Keyword::NATURAL,
        "LATERAL" => Keyword::LATERAL,
        "VIEW" => Keyword::VIEW,
        "ASC" => Keyword::ASC,
        "DESC" => Keyword::DESC,
        "NULLS" => Keyword::NULLS,
        "FIRST" => Keyword::FIRST,
        "LAST" => Keyword::LAST,
        "OVER" => Keyword::OVER,
        "PARTITION" => Keyword::PARTITION,
        "ROWS" => Keyword::ROWS,
        "RANGE" => Keyword::RANGE,
        "UNBOUNDED" => Keyword::UNBOUNDED,
        "PRECEDING" => Keyword::PRECEDING,
        "FOLLOWING" => Keyword::FOLLOWING,
        "CURRENT" => Keyword::CURRENT,
        "VALUES" => Keyword::VALUES,
        "SETS" => Keyword::SETS,
        "ROLLUP" => Keyword::ROLLUP,
        "QUALIFY" => Keyword::QUALIFY,
        "INTO" => Keyword::INTO,
        "UPDATE" => Keyword::UPDATE,
        "SHARE" => Keyword::SHARE,
        "NEXT" => Keyword::NEXT,
        "YEAR" => Keyword::YEAR,
        "QUARTER" => Keyword::QUARTER,
        "MONTH" => Keyword::MONTH,
        "WEEK" => Keyword::WEEK,
        "DAY" => Keyword::DAY,
        "HOUR" => Keyword::HOUR,
        "MINUTE" => Keyword::MINUTE,
        "SECOND" => Keyword::SECOND,
        _ => Keyword::NoKeyword,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_functions_of_the_same_name_are_told_apart() {
        assert_eq!(keyword("array", Some(TokenKind::Symbol), "("), Keyword::NoKeyword);
        assert_eq!(keyword("array", Some(TokenKind::Symbol), "<"), Keyword::ARRAY);
        assert_eq!(keyword("date", Some(TokenKind::Text), "'2024-01-01'"), Keyword::DATE);
        assert_eq!(keyword("date", None, ""), Keyword::NoKeyword);
        assert_eq!(keyword("copy", None, ""), Keyword::NoKeyword);
    }
}
