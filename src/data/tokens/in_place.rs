//! What a word or a parenthesis is in one place only: `pivot (`, `for` inside of it, `replace (` behind `*`, `exclude …` at the end of a frame,
//! `current_date` where a value stands.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token as SqlToken;

use super::{Converter, EXCLUDED, Opened};
use crate::data::keywords::keyword;
use crate::syntax::TokenKind;

/// How many tokens a frame may have. Chosen.
const FRAME: usize = 64;

impl Converter<'_> {
    /// Whether `exclude …` ends the frame of a window here.
    pub(super) fn ends_frame(&self) -> bool {
        let before = self.at.checked_sub(1).map(|at| self.text(at)).unwrap_or_default();
        let bounds = ["row", "preceding", "following"].iter().any(|word| before.eq_ignore_ascii_case(word));
        bounds && self.left_out().is_some_and(|(_, words)| self.text(self.at + words + 1) == ")")
    }

    /// Which rows the `exclude` at the present place leaves out, and in how many words it says so.
    pub(super) fn left_out(&self) -> Option<(&'static str, usize)> {
        let is = |at: usize, word: &str| self.text(self.at + at).eq_ignore_ascii_case(word);
        match () {
            () if is(1, "current") && is(2, "row") => Some(("current", 2)),
            () if is(1, "no") && is(2, "others") => Some(("", 2)),
            () if is(1, "group") => Some(("group", 1)),
            () if is(1, "ties") => Some(("ties", 1)),
            () => None,
        }
    }

    /// In front of a frame that leaves rows out: the parser has no such frames, and gets it as one more item of the order.
    pub(super) fn mark_excluded(&mut self) {
        let present = self.at;
        let mut depth = 0_usize;
        for at in present..(present + FRAME).min(self.tokens.len()) {
            match self.text(at) {
                "(" => depth += 1,
                ")" if depth == 0 => break,
                ")" => depth -= 1,
                word if depth == 0 && word.eq_ignore_ascii_case("exclude") => {
                    self.at = at;
                    let left_out = if self.ends_frame() { self.left_out() } else { None };
                    self.at = present;
                    if let Some((rows, _)) = left_out.filter(|(rows, _)| !rows.is_empty()) {
                        if self.is_ordered() {
                            self.push(SqlToken::Comma);
                        } else {
                            self.push(SqlToken::make_keyword("ORDER"));
                            self.push(SqlToken::make_keyword("BY"));
                        }
                        self.push(SqlToken::make_word(EXCLUDED, Some('`')));
                        self.push(SqlToken::LParen);
                        self.push(SqlToken::SingleQuotedString(rows.to_owned()));
                        self.push(SqlToken::RParen);
                    }
                    return;
                }
                _ => {}
            }
        }
    }

    /// Whether `order` stands in the parenthesis around the present place, before it.
    pub(super) fn is_ordered(&self) -> bool {
        let mut depth = 0_usize;
        for at in (0..self.at).rev() {
            match self.text(at) {
                ")" => depth += 1,
                "(" if depth == 0 => return false,
                "(" => depth -= 1,
                word if depth == 0 && word.eq_ignore_ascii_case("order") => return true,
                _ => {}
            }
        }
        false
    }

    /// The keyword that a word is only in its place: `pivot (` behind a table, `for` inside of it, `replace (` behind `*`.
    pub(super) fn in_place(&self, text: &str, before: &str) -> Option<Keyword> {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        let next = self.text(self.at + 1);
        if is("for") && self.opened.last() == Some(&Opened::Pivot) {
            return Some(Keyword::FOR);
        }
        // A window may be described in the words of `distribute by … sort by …`. Source: G4, `partitioningSpec`.
        if next.eq_ignore_ascii_case("by") && self.opened.last() == Some(&Opened::Over) {
            match () {
                () if is("distribute") => return Some(Keyword::PARTITION),
                () if is("sort") => return Some(Keyword::ORDER),
                () => {}
            }
        }
        // `interval '1-2' year to month`
        let unit = |word: &str| {
            ["year", "month", "day", "hour", "minute", "second"].iter().any(|unit| word.eq_ignore_ascii_case(unit))
        };
        if is("to") && unit(before) && unit(next) {
            return Some(Keyword::TO);
        }
        if is("pivot") && next == "(" && self.is_behind_table(before) {
            return Some(Keyword::PIVOT);
        }
        let opens = next == "(" || ["include", "exclude"].iter().any(|word| next.eq_ignore_ascii_case(word));
        if is("unpivot") && opens && self.is_behind_table(before) {
            return Some(Keyword::UNPIVOT);
        }
        if is("replace") && next == "(" {
            let front = self.at.checked_sub(2).map(|at| self.text(at)).unwrap_or_default();
            let is_list = ["select", "distinct", "all", ",", "."].iter().any(|word| front.eq_ignore_ascii_case(word));
            return (before == ")" || before == "*" && is_list).then_some(Keyword::REPLACE);
        }
        None
    }

    /// Whether what stands before can be the end of a table: its name, its alias, or the end of a subquery.
    pub(super) fn is_behind_table(&self, before: &str) -> bool {
        let kind = self.at.checked_sub(1).and_then(|at| self.kind(at));
        match kind {
            Some(TokenKind::Word) => keyword(before, None, "") == Keyword::NoKeyword,
            Some(TokenKind::Quoted) => true,
            _ => before == ")",
        }
    }

    pub(super) fn count_opened(&mut self, symbol: &str) {
        match symbol {
            "(" => {
                let word = |back: usize| self.at.checked_sub(back).map(|at| self.text(at)).unwrap_or_default();
                let first = if word(1).eq_ignore_ascii_case("nulls") { word(3) } else { word(1) };
                let is = |names: &[&str]| names.iter().any(|name| first.eq_ignore_ascii_case(name));
                self.opened.push(match () {
                    () if is(&["pivot", "unpivot"]) => Opened::Pivot,
                    () if is(&["substring", "substr"]) => Opened::Substring,
                    () if is(&["over"]) => Opened::Over,
                    () => Opened::Other,
                });
            }
            ")" => {
                self.opened.pop();
            }
            _ => {}
        }
    }

    /// Whether this word stands between two arguments: `substring(x from 2 for 3)`. Source: G4, `builtinFunctionStructure`.
    pub(super) fn separates(&mut self, text: &str) -> bool {
        let next = match self.opened.last() {
            Some(Opened::Substring) if text.eq_ignore_ascii_case("from") => Opened::Part,
            Some(Opened::Part) if text.eq_ignore_ascii_case("for") => Opened::Other,
            _ => return false,
        };
        self.opened.pop();
        self.opened.push(next);
        true
    }

    /// Whether this parenthesis is one around the whole list of `distribute by (…)` and its like, which the parser would take for
    /// an operand. Source: G4, `sortByClause` and its neighbours.
    pub(super) fn only_holds_together(&mut self, symbol: &str) -> bool {
        if symbol == ")" {
            return self.dropped.pop_if(|close| *close == self.at).is_some();
        }
        let word = |back: usize| self.at.checked_sub(back).map(|at| self.text(at)).unwrap_or_default();
        let lists = ["partition", "distribute", "sort", "cluster", "zorder"];
        if symbol != "("
            || !word(1).eq_ignore_ascii_case("by")
            || !lists.iter().any(|list| word(2).eq_ignore_ascii_case(list))
        {
            return false;
        }
        let Some(close) = self.closing(self.at).filter(|_| !self.text(self.at + 1).eq_ignore_ascii_case("select"))
        else {
            return false;
        };
        let ends = [
            "",
            ")",
            "order",
            "sort",
            "distribute",
            "cluster",
            "zorder",
            "limit",
            "rows",
            "range",
            "groups",
            "union",
            "except",
            "minus",
            "intersect",
            "insert",
        ];
        let is_whole = ends.iter().any(|end| self.text(close + 1).eq_ignore_ascii_case(end));
        if is_whole {
            self.dropped.push(close);
        }
        is_whole
    }

    /// `current_date` and its like without parentheses, where a value stands. Source: G4, `dateLiteral`, `timestampLiteral`.
    pub(super) fn is_moment(&self, text: &str) -> bool {
        let names = ["current_date", "current_timestamp"];
        if !names.iter().any(|name| text.eq_ignore_ascii_case(name)) || matches!(self.text(self.at + 1), "(" | ".") {
            return false;
        }
        let before = self.at.checked_sub(1).map(|at| self.text(at)).unwrap_or_default();
        let kind = self.at.checked_sub(1).and_then(|at| self.kind(at));
        let words = [
            "select", "distinct", "all", "where", "and", "or", "not", "on", "having", "when", "then", "else", "case",
            "by", "between", "in", "like",
        ];
        match kind {
            Some(TokenKind::Symbol) => !matches!(before, ")" | "]" | "."),
            Some(TokenKind::Word) => words.iter().any(|word| before.eq_ignore_ascii_case(word)),
            _ => false,
        }
    }
}
