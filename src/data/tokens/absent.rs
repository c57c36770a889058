//! What queries of the service have and this program has not: refused by its name, where the parser would only say that a word is wrong.

use super::Converter;
use crate::error::{Code, Error, Result};
use crate::syntax::TokenKind;

impl Converter<'_> {
    /// # Errors
    /// `transform (…) using '…'` and `new <Java type>(…)`.
    pub(super) fn check_present(&self, text: &str) -> Result<()> {
        let is = |at: usize, word: &str| self.text(at).eq_ignore_ascii_case(word);
        let kind = |at: usize| self.kind(at);
        let behind = |at: usize| self.closing(at).map(|close| close + 1);
        // Source: "SELECT TRANSFORM", "UDT".
        let absent = match () {
            () if text.eq_ignore_ascii_case("transform")
                && is(self.at + 1, "(")
                && behind(self.at + 1).is_some_and(|at| is(at, "using") || is(at, "row")) =>
            {
                ("`select transform … using`", "it runs a program; write a function in Python: `create function …`")
            }
            () if text.eq_ignore_ascii_case("new")
                && kind(self.at + 1) == Some(TokenKind::Word)
                && ["(", ".", "[", "<"].iter().any(|sign| is(self.at + 2, sign)) =>
            {
                ("objects of Java", "call a built-in function, or write one in Python: `create function …`")
            }
            () => return Ok(()),
        };
        let error = Error::new(Code::Unsupported, format!("not supported: {}", absent.0)).help(absent.1);
        Err(match self.tokens.get(self.at) {
            Some(token) => error.at(token.span),
            None => error,
        })
    }
}
