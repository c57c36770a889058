//! Where a statement ends: the `;` inside `begin … end` of a function of a script and of an `if` end none.

use super::token::{Token, TokenKind};

/// How deep `if` may be nested. What is nested deeper is read as one statement here, and refused by the parser.
pub const LEVELS: usize = 10;

/// How many tokens the first statement has, with its `;`, which may be missing behind the `end` of an `if`; none where its end is missing.
pub fn end_of_statement(tokens: &[Token], source: &str) -> Option<usize> {
    let cursor = Cursor { tokens, source };
    // `.why`, with or without an option and its value, ends where the statement behind it does.
    let explains = cursor.is_sign(0, ".") && cursor.is(1, "why");
    let start = [2, 4].into_iter().find(|at| explains && cursor.is(*at, "if")).unwrap_or_default();
    cursor.statement(start, 0).map(|end| end + usize::from(cursor.is_sign(end, ";")))
}

/// The parts of an `if` that begins with the first of these tokens.
///
/// # Errors
/// The place of the token where something else was expected, and what.
pub fn branches(tokens: &[Token], source: &str) -> Result<Vec<Branch>, (usize, &'static str)> {
    Cursor { tokens, source }.branches()
}

/// One branch of an `if`: tokens by their places.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Its condition, in parentheses; none of the last `else`.
    pub condition: Option<(usize, usize)>,
    /// Its statements, each without its `;`.
    pub statements: Vec<(usize, usize)>,
}

/// Whether a token is this keyword.
pub fn is_word(token: &Token, word: &str, source: &str) -> bool {
    token.kind == TokenKind::Word && token.span.of(source).eq_ignore_ascii_case(word)
}

#[derive(Clone, Copy)]
struct Cursor<'a> {
    tokens: &'a [Token],
    source: &'a str,
}

impl Cursor<'_> {
    fn is(self, at: usize, word: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| is_word(token, word, self.source))
    }

    fn is_sign(self, at: usize, sign: &str) -> bool {
        self.tokens.get(at).is_some_and(|token| token.kind == TokenKind::Symbol && token.span.of(self.source) == sign)
    }

    /// The place behind the statement that begins `at`, its `;` apart; `level` is how many `if` it is in.
    fn statement(self, at: usize, level: usize) -> Option<usize> {
        if level <= LEVELS && self.is(at, "if") && self.is_sign(at + 1, "(") {
            return self.conditional(at, level + 1);
        }
        let block = at + self.block_of_function(at);
        (block..self.tokens.len()).find(|place| self.is_sign(*place, ";"))
    }

    fn conditional(self, at: usize, level: usize) -> Option<usize> {
        let mut end = self.branch(self.closed(at + 1)?, level)?;
        while self.is(self.before_else(end), "else") {
            let behind = self.before_else(end) + 1;
            let again = self.is(behind, "if") && self.is_sign(behind + 1, "(");
            end =
                if again { self.branch(self.closed(behind + 1)?, level)? } else { return self.branch(behind, level) };
        }
        Some(end)
    }

    /// Between a branch and its `else` there may be a `;`.
    fn before_else(self, at: usize) -> usize {
        if self.is_sign(at, ";") && self.is(at + 1, "else") { at + 1 } else { at }
    }

    /// `begin … end`, or one statement.
    fn branch(self, at: usize, level: usize) -> Option<usize> {
        if !self.is(at, "begin") {
            return self.statement(at, level);
        }
        let mut at = at + 1;
        loop {
            while self.is_sign(at, ";") {
                at += 1;
            }
            if self.is(at, "end") {
                return Some(at + 1);
            }
            at = self.statement(at, level)?;
        }
    }

    /// The place behind the parenthesis that closes the one `at`.
    fn closed(self, at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        for place in at..self.tokens.len() {
            if self.is_sign(place, "(") {
                depth += 1;
            } else if self.is_sign(place, ")") {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return Some(place + 1);
                }
            }
        }
        None
    }

    /// How many tokens there are up to the `end` of a function that has a `begin`.
    fn block_of_function(self, at: usize) -> usize {
        if !self.is(at, "function") && !self.creates_function(at) {
            return 0;
        }
        let head = (at..self.tokens.len()).find(|place| self.is_sign(*place, ";")).unwrap_or(self.tokens.len());
        let begins = |place: &usize| self.is(*place, "as") && self.is(place + 1, "begin");
        let Some(begin) = (at..head.saturating_sub(1)).find(begins) else { return 0 };
        let mut open = 0_usize;
        for place in begin + 1..self.tokens.len() {
            if self.is(place, "begin") || self.is(place, "case") {
                open += 1;
            } else if self.is(place, "end") {
                open = open.saturating_sub(1);
                if open == 0 {
                    return place - at;
                }
            }
        }
        self.tokens.len() - at
    }

    /// `create [or replace] [sql] function`
    fn creates_function(self, at: usize) -> bool {
        if !self.is(at, "create") {
            return false;
        }
        let replaces = self.is(at + 1, "or") && self.is(at + 2, "replace");
        let at = at + if replaces { 3 } else { 1 };
        self.is(at + usize::from(self.is(at, "sql")), "function")
    }

    /// The first `if` that is in more blocks than an `if` may be.
    fn too_deep(self) -> Option<usize> {
        // Whether each open block ends an `if`, or a `case`.
        let mut open = Vec::new();
        for at in 0..self.tokens.len() {
            let before = at.checked_sub(1);
            let begins = before.is_none_or(|before| {
                self.is_sign(before, ";") || ["begin", "end", "else"].iter().any(|word| self.is(before, word))
            });
            if self.is(at, "begin") || self.is(at, "case") {
                open.push(self.is(at, "begin"));
            } else if self.is(at, "end") {
                open.pop();
            } else if begins && self.is(at, "if") && self.is_sign(at + 1, "(") {
                let levels = open.iter().filter(|is_block| **is_block).count();
                if levels >= LEVELS {
                    return Some(at);
                }
            }
        }
        None
    }

    fn branches(self) -> Result<Vec<Branch>, (usize, &'static str)> {
        if let Some(at) = self.too_deep() {
            return Err((at, "at most 10 levels of `if`"));
        }
        let (mut branches, mut at) = (Vec::new(), 0);
        loop {
            let condition = match self.is(at, "if") {
                true if !self.is_sign(at + 1, "(") => return Err((at + 1, "`(`")),
                true => {
                    let start = at + 1;
                    at = self.closed(start).ok_or((self.tokens.len(), "`)`"))?;
                    Some((start, at))
                }
                false => None,
            };
            let statements = self.statements(&mut at)?;
            let is_last = condition.is_none();
            branches.push(Branch { condition, statements });
            let place = self.before_else(at);
            if is_last || !self.is(place, "else") {
                return match at {
                    at if at < self.tokens.len() => Err((at, "`else`")),
                    _ => Ok(branches),
                };
            }
            at = place + 1;
        }
    }

    /// The statements of the branch that begins `at`, which is put behind it.
    fn statements(self, at: &mut usize) -> Result<Vec<(usize, usize)>, (usize, &'static str)> {
        let length = self.tokens.len();
        if !self.is(*at, "begin") {
            let start = *at;
            *at = self.statement(start, 1).unwrap_or(length);
            return if start == *at { Err((start, "`begin`")) } else { Ok(vec![(start, *at)]) };
        }
        *at += 1;
        let mut statements = Vec::new();
        loop {
            while self.is_sign(*at, ";") {
                *at += 1;
            }
            if self.is(*at, "end") {
                *at += 1;
                return Ok(statements);
            }
            let end = self.statement(*at, 1).ok_or((length, "`;`"))?;
            statements.push((*at, end));
            *at = end;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lex;

    fn first(source: &str) -> &str {
        let tokens = lex(source).unwrap().tokens;
        let end = end_of_statement(&tokens, source).unwrap_or(tokens.len());
        let (first, last) = (tokens[0].span, tokens[end - 1].span);
        first.to(last).of(source).trim_end_matches(';')
    }

    #[test]
    fn an_if_ends_with_its_last_branch() {
        assert_eq!(first("if (a) begin @b := 1; end insert into t select 1"), "if (a) begin @b := 1; end");
        assert_eq!(
            first("if ((1)) @b := 1; else @b := case when 1 then 2 end; x"),
            "if ((1)) @b := 1; else @b := case when 1 then 2 end"
        );
        let nested = "if (a) begin if (b) begin @c := 1; end else @c := 2; end; else if (d) begin end";
        assert_eq!(first(&format!("{nested}; whoami")), nested);
        assert_eq!(first("if not_an_if; x"), "if not_an_if");
        assert_eq!(first(".why if (a) begin select 1; end; x"), ".why if (a) begin select 1; end");
    }

    #[test]
    fn the_branches_of_an_if_have_conditions_and_statements() {
        let source = "if (a) begin @b := 1; @c := 2; end else if (d) @b := 3; else begin ; end";
        let tokens = lex(source).unwrap().tokens;
        let text = |(start, end): &(usize, usize)| tokens[*start].span.to(tokens[*end - 1].span).of(source);
        let branches = branches(&tokens, source).unwrap();
        let conditions: Vec<_> = branches.iter().map(|branch| branch.condition.as_ref().map(text)).collect();
        assert_eq!(conditions, [Some("(a)"), Some("(d)"), None]);
        let statements: Vec<Vec<_>> =
            branches.iter().map(|branch| branch.statements.iter().map(text).collect()).collect();
        assert_eq!(statements, [vec!["@b := 1", "@c := 2"], vec!["@b := 3"], vec![]]);
        let nested = |levels: usize| format!("{}@b := 1;{}", "if (a) begin ".repeat(levels), " end".repeat(levels));
        for (levels, fits) in [(LEVELS, true), (LEVELS + 1, false), (60, false)] {
            let source = nested(levels);
            assert_eq!(super::branches(&lex(&source).unwrap().tokens, &source).is_ok(), fits, "{levels}");
        }
        for wrong in ["if a begin end", "if (a", "if (a)", "if (a) begin @b := 1; end x", "if (a) begin @b := 1"] {
            let tokens = lex(wrong).unwrap().tokens;
            assert!(super::branches(&tokens, wrong).is_err(), "{wrong}");
        }
    }
}
