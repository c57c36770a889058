//! Variables and functions of a script in the text of a query that uses them: definitions, each with `;`, and the query.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token as SqlToken, Word};

use super::Converter;
use super::script_function::is_function;
use crate::error::Result;

/// Where in the text of a query that begins with definitions of a script a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    /// There are none.
    None,
    /// In front of the first definition.
    Before,
    /// In the definition of a variable.
    Inside,
    /// In the body of a function.
    Body,
    /// Behind a definition.
    Between,
    /// In the query that uses them.
    Behind,
}

impl Converter<'_> {
    /// `@a := [cache on] … ;` as `with @a as ( … )`, and `@a` as a name; functions likewise. False for every other token.
    pub(super) fn definition(&mut self, text: &str) -> Result<bool> {
        let is_defined = matches!(self.variables, Variables::Before | Variables::Between)
            && self.tokens.get(self.at).is_some_and(|token| is_function(token, self.source));
        if is_defined {
            self.begin_definition();
            return self.function_head().map(|()| true);
        }
        Ok(match self.variables {
            Variables::Body => self.function_body(text),
            _ => self.variable(text),
        })
    }

    /// `with`, or the comma behind another definition.
    pub(super) fn begin_definition(&mut self) {
        self.push(match self.variables {
            Variables::Before => word("with", Keyword::WITH),
            _ => SqlToken::Comma,
        });
    }

    fn variable(&mut self, text: &str) -> bool {
        let begins = self.text(self.at + 2) == ":" && self.text(self.at + 3) == "=";
        match (self.variables, text) {
            (Variables::None, _) => return false,
            (Variables::Before | Variables::Between, "@") if begins => {
                self.begin_definition();
                self.named_variable();
                self.push(word("as", Keyword::AS));
                self.push(SqlToken::LParen);
                let is_cached = self.text(self.at + 3).eq_ignore_ascii_case("cache")
                    && self.text(self.at + 4).eq_ignore_ascii_case("on");
                self.at += if is_cached { 4 } else { 2 };
                self.variables = Variables::Inside;
            }
            (Variables::Inside, ";") => {
                self.push(SqlToken::RParen);
                self.variables = Variables::Between;
            }
            (Variables::Between, _) => {
                self.variables = Variables::Behind;
                if !text.eq_ignore_ascii_case("with") {
                    return self.variable(text);
                }
                self.push(SqlToken::Comma);
            }
            (_, "@") => self.named_variable(),
            _ => return false,
        }
        true
    }

    /// Two tokens: the sign and the name.
    pub(super) fn named_variable(&mut self) {
        let name = format!("@{}", self.text(self.at + 1));
        self.push(SqlToken::make_word(&name, Some('`')));
        self.at += 1;
    }
}

/// A keyword.
pub(super) fn word(text: &str, keyword: Keyword) -> SqlToken {
    SqlToken::Word(Word { value: text.to_owned(), quote_style: None, keyword })
}
