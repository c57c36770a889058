//! Variables of a script in the text of a query that uses them: definitions, each with `;`, and the query.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token as SqlToken, Word};

use super::Converter;

/// Where in the text of a query that begins with variables of a script a token stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Variables {
    /// There are none.
    None,
    /// In front of the first definition.
    Before,
    /// In a definition.
    Inside,
    /// Behind a definition.
    Between,
    /// In the query that uses them.
    Behind,
}

impl Converter<'_> {
    /// `@a := [cache on] … ;` as `with @a as ( … )`, and `@a` as a name.
    pub(super) fn variable(&mut self, text: &str) -> bool {
        let word = |text: &str, keyword| SqlToken::Word(Word { value: text.to_owned(), quote_style: None, keyword });
        let begins = self.text(self.at + 2) == ":" && self.text(self.at + 3) == "=";
        match (self.variables, text) {
            (Variables::None, _) => return false,
            (Variables::Before | Variables::Between, "@") if begins => {
                self.push(match self.variables {
                    Variables::Before => word("with", Keyword::WITH),
                    _ => SqlToken::Comma,
                });
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
    fn named_variable(&mut self) {
        let name = format!("@{}", self.text(self.at + 1));
        self.push(SqlToken::make_word(&name, Some('`')));
        self.at += 1;
    }
}
