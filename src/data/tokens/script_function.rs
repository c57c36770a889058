//! Functions of a script in the text of a query that calls them: `function f(@a bigint) returns @b string as …;` as the named subquery
//! `@f() as (select cast(null as bigint) as parameter @a, cast(null as string) as result @b, … as @)`, which the rewriting takes out.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token as SqlToken;

use super::Converter;
use super::variables::{Variables, quoted, word};
use crate::error::Result;
use crate::syntax::{Token, TokenKind};

/// What the name of the named subquery of a function ends with.
pub const IS_FUNCTION: &str = "()";
/// What the columns begin with whose types are those of parameters.
pub const PARAMETER: &str = "@(";
/// What the column begins with whose type is that of the result.
pub const RESULT: &str = "@)";

/// Whether the definition of a function begins with this token.
pub(super) fn is_function(token: &Token, source: &str) -> bool {
    token.kind == TokenKind::Word && token.span.of(source).eq_ignore_ascii_case("function")
}

impl Converter<'_> {
    /// From `function` to the first token of the body. The syntax was checked when the script was read.
    pub(super) fn function_head(&mut self) -> Result<()> {
        let name = self.text(self.at + 1).trim_matches('`').to_owned();
        self.push(quoted(&format!("@{name}{IS_FUNCTION}")));
        self.push(word("as", Keyword::AS));
        self.push(SqlToken::LParen);
        self.push(word("select", Keyword::SELECT));
        // The types are read as everywhere else.
        self.variables = Variables::Inside;
        self.at += 3;
        while self.text(self.at) == "@" {
            let name = self.parameter(PARAMETER);
            self.typed(&name, |text| matches!(text, "," | ")"))?;
            if self.text(self.at) == "," {
                self.at += 1;
            }
        }
        self.at += 1;
        if self.text(self.at).eq_ignore_ascii_case("returns") {
            self.at += 1;
            let name = if self.text(self.at) == "@" { self.parameter(RESULT) } else { RESULT.to_owned() };
            self.typed(&name, |text| text.eq_ignore_ascii_case("as"))?;
        }
        self.variables = Variables::Body;
        self.open = 0;
        // The token that is read last is `as`, or `begin`.
        if self.text(self.at + 1).eq_ignore_ascii_case("begin") {
            self.at += 1;
            self.open = 1;
        }
        self.value_begins();
        Ok(())
    }

    /// `@a` as the name of a column.
    fn parameter(&mut self, mark: &str) -> String {
        let name = format!("{mark}{}", self.text(self.at + 1));
        self.at += 2;
        name
    }

    /// `bigint` as `cast(null as bigint) as <name>,`, up to the token that `ends` it.
    fn typed(&mut self, name: &str, ends: fn(&str) -> bool) -> Result<()> {
        self.push(word("cast", Keyword::CAST));
        self.push(SqlToken::LParen);
        self.push(word("null", Keyword::NULL));
        self.push(word("as", Keyword::AS));
        let mut depth = 0_usize;
        while self.kind(self.at).is_some() && (depth > 0 || !ends(self.text(self.at))) {
            match self.text(self.at) {
                "(" | "<" => depth += 1,
                ")" | ">" => depth = depth.saturating_sub(1),
                ">>" => depth = depth.saturating_sub(2),
                _ => {}
            }
            if !self.step()? {
                break;
            }
        }
        self.push(SqlToken::RParen);
        self.named(name);
        self.push(SqlToken::Comma);
        Ok(())
    }

    /// The body: an expression, or after `begin` values with names, each with `;`.
    pub(super) fn function_body(&mut self, text: &str) -> bool {
        let in_block = self.open > 0;
        match text {
            "@" => {
                self.named_variable();
            }
            ";" if !in_block => self.function_ends(),
            ";" => self.value_ends(),
            _ => {
                let is = |word: &str| text.eq_ignore_ascii_case(word);
                if in_block && is("case") {
                    self.open += 1;
                } else if in_block && is("end") {
                    self.open -= 1;
                    if self.open == 0 {
                        // `begin <expression> end`
                        if self.text(self.at - 1) != ";" {
                            self.value_ends();
                        }
                        self.at += usize::from(self.text(self.at + 1) == ";");
                        self.push(SqlToken::RParen);
                        self.variables = Variables::Between;
                        return true;
                    }
                }
                return false;
            }
        }
        true
    }

    /// An expression without `begin` is over.
    fn function_ends(&mut self) {
        self.value_named("@");
        self.push(SqlToken::RParen);
        self.variables = Variables::Between;
    }

    /// A value of a block is over: it has the name in front of it, or is the result.
    fn value_ends(&mut self) {
        let name = self.value_name.take().unwrap_or_else(|| "@".to_owned());
        self.value_named(&name);
        let is_last =
            self.text(self.at).eq_ignore_ascii_case("end") || self.text(self.at + 1).eq_ignore_ascii_case("end");
        if !is_last {
            self.push(SqlToken::Comma);
            self.value_begins();
        }
    }

    /// Behind the present token a value begins; in a block, `@x :=` names it.
    fn value_begins(&mut self) {
        let text = |ahead: usize| self.text(self.at + ahead);
        if self.open > 0 && text(1) == "@" && text(3) == ":" && text(4) == "=" {
            self.value_name = Some(format!("@{}", text(2)));
            self.at += 4;
        }
        self.push(SqlToken::LParen);
    }

    fn value_named(&mut self, name: &str) {
        self.push(SqlToken::RParen);
        self.named(name);
    }

    fn named(&mut self, name: &str) {
        self.push(word("as", Keyword::AS));
        self.push(quoted(name));
    }
}
