//! Clauses in the order in which the parser knows them.
//!
//! `from t where … group by … select …` becomes `from t select … where … group by …`, `t tablesample (…) x` becomes
//! `t x tablesample (…)`. A `lateral view` in front of a join stays where it is. Source: G4, `fromRest`, `tableSource`.

use datafusion::sql::sqlparser::keywords::Keyword;

use crate::data::keywords::keyword;
use crate::syntax::{Token, TokenKind};

/// Clauses that may stand in front of `select`.
const IN_FRONT: &[&str] = &["lateral", "where", "group", "having", "window", "qualify"];
/// What ends the list of `select` and what may follow it there.
const BEHIND: &[&str] = &[
    "where",
    "group",
    "having",
    "window",
    "qualify",
    "order",
    "sort",
    "distribute",
    "cluster",
    "zorder",
    "limit",
    "union",
    "except",
    "minus",
    "intersect",
    "insert",
    "lateral",
];

/// The tokens of a query, its clauses in the usual order.
pub(in crate::data) fn usual_order(source: &str, mut tokens: Vec<Token>) -> Vec<Token> {
    let mut levels = vec![Level::default()];
    for at in 0..tokens.len() {
        let text = tokens.get(at).map(|token| token.span.of(source)).unwrap_or_default();
        let is_word = tokens.get(at).is_some_and(|token| token.kind == TokenKind::Word);
        let Some(level) = levels.last_mut() else { break };
        match text {
            "(" => {
                level.begun = true;
                levels.push(Level::default());
                continue;
            }
            ")" => {
                if levels.len() > 1 {
                    levels.pop();
                }
                continue;
            }
            _ => {}
        }
        let is = |word: &str| is_word && text.eq_ignore_ascii_case(word);
        if is("from") && level.may_begin() {
            move_behind_select(source, &mut tokens, at);
        } else if is("tablesample") {
            move_behind_alias(source, &mut tokens, at);
        }
        level.with |= is("with") && !level.begun;
        level.begun = true;
        if is("select") {
            level.selects = true;
        } else if ["union", "except", "minus", "intersect"].into_iter().any(is) {
            (level.selects, level.again) = (false, true);
        } else if !["all", "distinct"].into_iter().any(is) {
            level.again = false;
        }
    }
    tokens
}

/// What was read of one level of parentheses.
#[derive(Default)]
struct Level {
    begun: bool,
    with: bool,
    selects: bool,
    /// A set operation was read just now.
    again: bool,
}

impl Level {
    /// Whether a `from` begins a query here.
    fn may_begin(&self) -> bool {
        !self.selects && (!self.begun || self.with || self.again)
    }
}

/// The first token from `start` at the same depth for which the words say yes; the end of the level without one.
fn find(source: &str, tokens: &[Token], start: usize, words: &[&str]) -> (usize, bool) {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(start) {
        let text = token.span.of(source);
        match text {
            "(" => depth += 1,
            ")" if depth == 0 => return (at, false),
            ")" => depth -= 1,
            _ if depth == 0
                && token.kind == TokenKind::Word
                && words.iter().any(|word| text.eq_ignore_ascii_case(word)) =>
            {
                return (at, true);
            }
            _ => {}
        }
    }
    (tokens.len(), false)
}

fn move_behind_select(source: &str, tokens: &mut [Token], from: usize) {
    let (select, true) = find(source, tokens, from + 1, &["select", "insert"]) else { return };
    let mut joined = from;
    while let (join, true) = find(source, tokens, joined + 1, &["join", "select"])
        && join < select
    {
        joined = join;
    }
    let (clause, true) = find(source, tokens, joined + 1, IN_FRONT) else { return };
    if clause > select || tokens.get(select).is_some_and(|token| token.span.of(source).eq_ignore_ascii_case("insert")) {
        return;
    }
    let (end, _) = find(source, tokens, select + 1, BEHIND);
    if let Some(moved) = tokens.get_mut(clause..end) {
        moved.rotate_left(select - clause);
    }
}

/// `tablesample (…) [as] x`
fn move_behind_alias(source: &str, tokens: &mut [Token], sample: usize) {
    let text = |at: usize| tokens.get(at).map(|token| token.span.of(source)).unwrap_or_default();
    if text(sample + 1) != "(" {
        return;
    }
    let (close, false) = find(source, tokens, sample + 2, &[]) else { return };
    let behind = close + 1;
    let name = behind + usize::from(text(behind).eq_ignore_ascii_case("as"));
    let next = tokens.get(name + 1).map(|token| token.kind);
    let is_name = match tokens.get(name).map(|token| token.kind) {
        Some(TokenKind::Quoted) => true,
        Some(TokenKind::Word) => keyword(text(name), next, text(name + 1)) == Keyword::NoKeyword,
        _ => false,
    };
    if is_name && let Some(moved) = tokens.get_mut(sample..=name) {
        moved.rotate_left(behind - sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lex;

    fn ordered(text: &str) -> String {
        let tokens = usual_order(text, lex(text).unwrap().tokens);
        tokens.iter().map(|token| token.span.of(text)).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn clauses_in_front_of_select_move_behind_it() {
        assert_eq!(ordered("from t where a select b order by c"), "from t select b where a order by c");
        assert_eq!(ordered("from t group by a having b select c"), "from t select c group by a having b");
        assert_eq!(ordered("from t lateral view f(a) x as y select c"), "from t select c lateral view f ( a ) x as y");
        assert_eq!(
            ordered("from t lateral view f(a) x as y join u on b where c select d"),
            "from t lateral view f ( a ) x as y join u on b select d where c"
        );
        assert_eq!(ordered("x(from t where (a) select b) y"), "x ( from t select b where ( a ) ) y");
        assert_eq!(
            ordered("with x as (select 1) from x where a select b union all from y where c select d"),
            "with x as ( select 1 ) from x select b where a union all from y select d where c"
        );
    }

    #[test]
    fn what_is_in_order_stays() {
        for text in [
            "from t select a where b",
            "select extract ( year from d ) from t where a",
            "select a from t where b in ( select c from u where d )",
            "from t insert into u select a where b",
            "select trim ( both from a ) from t where b union select c from u where d",
        ] {
            assert_eq!(ordered(text), text);
        }
    }

    #[test]
    fn a_sample_moves_behind_the_alias() {
        assert_eq!(ordered("from t tablesample (1 percent) x where"), "from t x tablesample ( 1 percent ) where");
        assert_eq!(ordered("from t tablesample (1 percent) as x"), "from t as x tablesample ( 1 percent )");
        assert_eq!(ordered("from t x tablesample (1 percent) join u"), "from t x tablesample ( 1 percent ) join u");
    }
}
