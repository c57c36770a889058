//! Literals of numbers.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token as SqlToken, Word};

use super::{Converter, checked_name};
use crate::error::{Error, Result};

/// Most digits of a decimal.
const DECIMAL: usize = 38;

impl Converter<'_> {
    /// `2S`, `10L`, `1.5BD`, `1Y` are casts. Source: "Data types", literals.
    ///
    /// Chosen: an integer without suffix is a `bigint`; one that does not fit is a `decimal(38,0)`.
    pub(super) fn number(&mut self, text: &str) -> Result<()> {
        let end = digits_end(text);
        let (digits, suffix) = text.split_at_checked(end).unwrap_or((text, ""));
        let whole = digits.bytes().all(|byte| byte.is_ascii_digit());
        let fits = digits.parse::<i64>().is_ok();
        let before = self.at.checked_sub(1).map(|at| self.text(at)).unwrap_or_default();
        let is_name = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        match suffix.to_ascii_uppercase().as_str() {
            // Source: "SELECT": an alias can begin with a digit, and look like a number then.
            suffix if !suffix.is_empty() && is_name && before.eq_ignore_ascii_case("as") => {
                self.push(SqlToken::make_word(&checked_name(text)?, Some('`')));
            }
            "" if whole && !fits && self.is_smallest(digits, 63) => self.smallest(digits, "bigint"),
            "" if whole && !fits && digits.trim_start_matches('0').len() > DECIMAL => {
                return Err(self.too_wide(text, "decimal(38,0)"));
            }
            "" if whole && !fits => self.cast(digits, "decimal(38,0)"),
            "" => self.push(SqlToken::Number(digits.to_owned(), false)),
            "L" if whole && fits => self.push(SqlToken::Number(digits.to_owned(), false)),
            "L" if whole => self.integer(text, digits, 63, "bigint")?,
            "S" if whole => self.integer(text, digits, 15, "smallint")?,
            "Y" if whole => self.integer(text, digits, 7, "tinyint")?,
            "BD" => {
                let (before, fraction) = digits.split_once('.').unwrap_or((digits, ""));
                let scale = fraction.len().min(18);
                let plain = before.bytes().all(|byte| byte.is_ascii_digit());
                if plain && before.trim_start_matches('0').len() + scale > DECIMAL {
                    return Err(self.too_wide(text, &format!("decimal(38,{scale})")));
                }
                self.cast(digits, &format!("decimal(38,{scale})"));
            }
            "D" => self.cast(digits, "double"),
            "F" => self.cast(digits, "float"),
            _ if is_name => {
                self.push(SqlToken::make_word(&checked_name(text)?, Some('`')));
            }
            _ => {
                return Err(self
                    .wrong(format!("`{text}` is not a number"))
                    .help("numbers end in a digit, or in `L`, `S`, `Y`, `BD`, `D`, `F`"));
            }
        }
        Ok(())
    }

    /// An integer of a type of so many bits without the sign.
    fn integer(&mut self, text: &str, digits: &str, bits: u32, data_type: &str) -> Result<()> {
        match digits.parse::<u64>() {
            Ok(value) if value < 1 << bits => self.cast(digits, data_type),
            _ if self.is_smallest(digits, bits) => self.smallest(digits, data_type),
            _ => return Err(self.too_wide(text, data_type)),
        }
        Ok(())
    }

    fn too_wide(&self, text: &str, data_type: &str) -> Box<Error> {
        self.wrong(format!("`{text}` does not fit a `{data_type}`"))
            .help("write it without suffix, or as a `double`: `1e40`")
    }

    /// Whether this is the number whose only place in a type is behind a minus sign, and one is there.
    fn is_smallest(&self, digits: &str, bits: u32) -> bool {
        let mut before = self.out.iter().rev().map(|token| &token.token);
        let minus = before.next() == Some(&SqlToken::Minus);
        // Behind an operand the minus sign takes away.
        let operand = match before.next() {
            None => false,
            Some(SqlToken::Word(word)) => {
                use Keyword::{END, FALSE, NULL, NoKeyword, TRUE};
                matches!(word.keyword, NoKeyword | END | FALSE | NULL | TRUE)
            }
            Some(SqlToken::Number(..) | SqlToken::SingleQuotedString(_)) => true,
            Some(token) => matches!(token, SqlToken::RParen | SqlToken::RBracket),
        };
        minus && !operand && digits.parse() == Ok(1_u64 << bits)
    }

    /// Takes the minus sign into the literal.
    fn smallest(&mut self, digits: &str, data_type: &str) {
        self.out.pop();
        self.cast(&format!("-{digits}"), data_type);
    }

    pub(super) fn cast(&mut self, digits: &str, data_type: &str) {
        let word = |text: &str, keyword| SqlToken::Word(Word { value: text.to_owned(), quote_style: None, keyword });
        self.push(word("cast", Keyword::CAST));
        self.push(SqlToken::LParen);
        self.push(SqlToken::SingleQuotedString(digits.to_owned()));
        self.push(word("as", Keyword::AS));
        let (name, arguments) = data_type.split_once('(').unwrap_or((data_type, ""));
        self.push(word(name, Keyword::NoKeyword));
        if let Some((precision, scale)) = arguments.trim_end_matches(')').split_once(',') {
            self.push(SqlToken::LParen);
            self.push(SqlToken::Number(precision.to_owned(), false));
            self.push(SqlToken::Comma);
            self.push(SqlToken::Number(scale.to_owned(), false));
            self.push(SqlToken::RParen);
        }
        self.push(SqlToken::RParen);
    }
}

/// Where the digits, fraction and exponent of a number end.
fn digits_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = 0;
    while is_digit(end) || bytes.get(end) == Some(&b'.') {
        end += 1;
    }
    if matches!(bytes.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(end + 1), Some(b'+' | b'-')));
        if is_digit(end + 1 + sign) {
            end += 1 + sign;
            while is_digit(end) {
                end += 1;
            }
        }
    }
    end
}
