//! The tokens of the one lexer, as the query parser wants them.
//!
//! Literals are settled here, and each word is a keyword only where a query of MaxCompute has that keyword: other
//! keywords of the parser cannot be written. A token's line is its number, so that every place finds its way back.

mod absent;
mod in_place;
mod laterals;
mod number;
mod places;
mod script_function;
mod usual_order;
mod variables;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Span as TokenSpan, Token as SqlToken, TokenWithSpan, Word};

use self::laterals::Lateral;
pub use self::places::{IF, Places};
use self::script_function::is_function;
pub use self::script_function::{IS_FUNCTION, PARAMETER, RESULT};
pub(in crate::data) use self::usual_order::usual_order;
pub use self::variables::{BRANCH, VALUES};
use self::variables::{Values, Variables};
use super::functions::json_value::{LITERAL, is_json};
use super::keywords::keyword;
use crate::error::{Code, Error, Result};
use crate::syntax::{Token, TokenKind, bad_escape, text_value};

/// What stands between project and function in the name of a call.
pub const IN_PROJECT: &str = ":";

/// What a pattern of column names begins with here: nobody can type it.
pub const PATTERN: char = '\u{2}';

/// What the patterns of `like all (…)` look like to the parser: arguments of a function that nobody can call.
pub const ALL_PATTERNS: &str = "?all";

/// What stands at the end of the order of a window whose frame leaves rows out: a call that nobody can type.
pub const EXCLUDED: &str = "?exclude";

/// A `lateral view` in front of a join: a function that nobody can call, of the call of the one that makes rows.
pub const LATERAL: &str = "?lateral";

/// The same of `lateral view outer`.
pub const LATERAL_OUTER: &str = "?lateral outer";

/// Longest name in back-quotes, in characters.
const NAME: usize = 128;

/// The tokens for the parser.
///
/// # Errors
/// A sign, a literal or a name that no query has.
pub fn convert(source: &str, tokens: &[Token]) -> Result<Vec<TokenWithSpan>> {
    let begins = |first: &Token| {
        first.span.of(source) == "@" || is_function(first, source) || first.span.of(source).eq_ignore_ascii_case("if")
    };
    let variables = if tokens.first().is_some_and(begins) { Variables::Before } else { Variables::None };
    let out = Vec::with_capacity(tokens.len());
    let values = Values::default();
    let mut converted = Converter {
        source,
        tokens,
        at: 0,
        opened: Vec::new(),
        laterals: Vec::new(),
        dropped: Vec::new(),
        types: 0,
        variables,
        values,
        open: 0,
        value_name: None,
        out,
    };
    while converted.step()? {}
    Ok(converted.out)
}

/// A name in back-quotes. Signs that the planner gives a meaning inside a name cannot stand in one. Chosen.
///
/// # Errors
/// No table or column can have this name.
pub fn checked_name(name: &str) -> Result<String> {
    let forbidden = |c: char| c.is_control() || matches!(c, '.' | '"' | '`' | '\'' | ':' | '@' | '$' | '?' | '\\');
    if name.is_empty() || name.chars().count() > NAME || name.contains(forbidden) {
        return Err(Error::new(Code::Parse, format!("`{name}` cannot be a name"))
            .help(format!("names have 1 to {NAME} characters: letters, digits and `_`")));
    }
    Ok(name.to_owned())
}

struct Converter<'a> {
    source: &'a str,
    tokens: &'a [Token],
    at: usize,
    variables: Variables,
    /// The values that variables have so far.
    values: Values,
    /// In the body of a function of a script, how many `begin` and `case` are open.
    open: usize,
    /// In such a block, the name of the value that is being read.
    value_name: Option<String>,
    /// What the open parentheses belong to, innermost last.
    opened: Vec<Opened>,
    /// The `lateral view` whose arguments are being read, innermost last.
    laterals: Vec<Lateral>,
    /// Parentheses that only hold a list together, by the place where they close.
    dropped: Vec<usize>,
    /// How many `struct<`, `array<`, `map<` are open: the colons in them stand behind the names of fields.
    types: usize,
    out: Vec<TokenWithSpan>,
}

/// What a parenthesis belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Opened {
    /// `pivot` or `unpivot`
    Pivot,
    /// `substring` or `substr`
    Substring,
    /// The same behind `from`.
    Part,
    /// `over`
    Over,
    /// Anything else.
    Other,
}

impl<'a> Converter<'a> {
    fn text(&self, at: usize) -> &'a str {
        self.tokens.get(at).map(|token| token.span.of(self.source)).unwrap_or_default()
    }

    fn kind(&self, at: usize) -> Option<TokenKind> {
        self.tokens.get(at).map(|token| token.kind)
    }

    fn push(&mut self, token: SqlToken) {
        let token = self.placed(token);
        self.out.push(token);
    }

    /// A token that stands for the present one.
    fn placed(&self, token: SqlToken) -> TokenWithSpan {
        let line = u64::try_from(self.at + 1).unwrap_or(u64::MAX);
        let place = |column| Location { line, column };
        TokenWithSpan { token, span: TokenSpan { start: place(1), end: place(2) } }
    }

    fn wrong(&self, message: String) -> Box<Error> {
        let error = Error::new(Code::Parse, message);
        match self.tokens.get(self.at) {
            Some(token) => error.at(token.span),
            None => error,
        }
    }

    fn step(&mut self) -> Result<bool> {
        let text = self.text(self.at);
        if self.kind(self.at).is_some() && self.definition(text)? {
            self.at += 1;
            return Ok(true);
        }
        match self.kind(self.at) {
            None => return Ok(false),
            Some(TokenKind::Word | TokenKind::Quoted) if self.called_in_project().is_some() => {
                self.called(self.called_in_project().unwrap_or(self.at))?;
            }
            // The parser knows this type by no keyword. Source: "Data types", literals.
            Some(TokenKind::Word)
                if text.eq_ignore_ascii_case("timestamp_ntz") && self.kind(self.at + 1) == Some(TokenKind::Text) =>
            {
                let value = text_value(self.text(self.at + 1));
                self.cast(&value, &text.to_ascii_lowercase());
                self.at += 1;
            }
            Some(TokenKind::Word)
                if text.eq_ignore_ascii_case("json") && self.kind(self.at + 1) == Some(TokenKind::Text) =>
            {
                let value = text_value(self.text(self.at + 1));
                self.json(value)?;
                self.at += 1;
            }
            Some(TokenKind::Word) if self.is_prefix(text) => {
                let literal = self.text(self.at + 1);
                let value = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
                let token = match text.eq_ignore_ascii_case("r") {
                    true => SqlToken::SingleQuotedString(self.raw(value)?),
                    false => SqlToken::HexStringLiteral(self.hexadecimal(value)?),
                };
                self.push(token);
                self.at += 1;
            }
            Some(TokenKind::Word) if text.eq_ignore_ascii_case("exclude") && self.ends_frame() => {
                self.at += self.left_out().map_or(0, |(_, words)| words);
            }
            Some(TokenKind::Word) if self.joined_lateral().is_some() => {
                if let Some(lateral) = self.joined_lateral() {
                    self.begin_lateral(lateral);
                }
            }
            Some(TokenKind::Word) if self.separates(text) => self.push(SqlToken::Comma),
            Some(TokenKind::Word) if self.is_moment(text) => {
                self.push(SqlToken::make_word(text, None));
                self.push(SqlToken::LParen);
                self.push(SqlToken::RParen);
            }
            Some(TokenKind::Word) => {
                self.check_present(text)?;
                let before = self.at.checked_sub(1).map(|at| self.text(at)).unwrap_or_default();
                let next = (self.kind(self.at + 1), self.text(self.at + 1));
                let keyword = match self.in_place(text, before) {
                    _ if before == "." => Keyword::NoKeyword,
                    Some(keyword) => keyword,
                    None => keyword(text, next.0, next.1),
                };
                let is_like = ["like", "ilike"].iter().any(|like| before.eq_ignore_ascii_case(like));
                let token = match keyword {
                    // The parser has no `like all`.
                    Keyword::ALL if is_like && next.1 == "(" => SqlToken::make_word(ALL_PATTERNS, Some('`')),
                    Keyword::SOME if is_like => SqlToken::make_keyword("any"),
                    _ => SqlToken::Word(Word { value: text.to_owned(), quote_style: None, keyword }),
                };
                if matches!(keyword, Keyword::ROWS | Keyword::RANGE | Keyword::GROUPS) {
                    self.mark_excluded();
                }
                self.push(token);
                // `trim(both from x)` takes blanks away.
                if matches!(keyword, Keyword::BOTH | Keyword::LEADING | Keyword::TRAILING)
                    && next.1.eq_ignore_ascii_case("from")
                {
                    self.push(SqlToken::SingleQuotedString(" ".to_owned()));
                }
            }
            Some(TokenKind::Quoted) => {
                let name = match self.column_pattern(text) {
                    Some(pattern) => pattern,
                    None => self.name(text)?,
                };
                self.push(SqlToken::Word(Word { value: name, quote_style: Some('`'), keyword: Keyword::NoKeyword }));
            }
            Some(TokenKind::Text) => self.strings()?,
            Some(TokenKind::Number) => self.number(text)?,
            Some(TokenKind::Symbol) if self.only_holds_together(text) => {}
            Some(TokenKind::Symbol) => {
                self.count_types(text);
                self.count_opened(text);
                let symbol = self.symbol(text)?;
                self.push(symbol);
                self.end_lateral()?;
            }
            Some(TokenKind::Directive) => return Err(self.wrong("a local command inside a query".to_owned())),
        }
        self.at += 1;
        Ok(true)
    }

    /// `json '…'`, as a call whose type is named: the conversion of a text would make a JSON string.
    fn json(&mut self, value: String) -> Result<()> {
        if !is_json(&value) {
            return Err(self
                .wrong("the text of this `json` literal is not valid JSON".to_owned())
                .help("a JSON string has double quotes in it: `json '\"a\"'`"));
        }
        let word = |text: &str, keyword| SqlToken::Word(Word { value: text.to_owned(), quote_style: None, keyword });
        self.push(word("cast", Keyword::CAST));
        self.push(SqlToken::LParen);
        self.push(SqlToken::make_word(LITERAL, Some('`')));
        self.push(SqlToken::LParen);
        self.push(SqlToken::SingleQuotedString(value));
        self.push(SqlToken::RParen);
        self.push(word("as", Keyword::AS));
        self.push(word("json", Keyword::NoKeyword));
        self.push(SqlToken::RParen);
        Ok(())
    }

    /// Whether `r'…'` or `X'…'` begins here: no space stands before the string. Source: "Data types", string and binary.
    fn is_prefix(&self, text: &str) -> bool {
        let adjacent = match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
            (Some(word), Some(literal)) => literal.kind == TokenKind::Text && literal.span.start == word.span.end,
            _ => false,
        };
        adjacent && (text.eq_ignore_ascii_case("r") || text.eq_ignore_ascii_case("x"))
    }

    /// `r'(…)'`, `r'x(…)x'`: what stands between the parentheses, as it is.
    fn raw(&self, literal: &str) -> Result<String> {
        let inner = literal.split_once('(').and_then(|(mark, rest)| rest.strip_suffix(mark)?.strip_suffix(')'));
        inner.map(str::to_owned).ok_or_else(|| {
            self.wrong("a raw string has no parentheses".to_owned()).help("write `r'(…)'`, or `r'x(…)x'`")
        })
    }

    fn hexadecimal(&self, digits: &str) -> Result<String> {
        match digits.len().is_multiple_of(2) && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            true => Ok(digits.to_owned()),
            false => Err(self.wrong("a binary literal takes pairs of hexadecimal digits".to_owned())),
        }
    }

    /// An item of a `select` list in back-quotes that cannot be a name: a pattern of column names. Source: "SELECT syntax".
    fn column_pattern(&self, text: &str) -> Option<String> {
        let pattern = text.strip_prefix('`')?.strip_suffix('`')?;
        let before = self.at.checked_sub(1).map(|at| self.text(at)).unwrap_or_default();
        let begins = ["select", "distinct", "all", ",", "."].iter().any(|word| before.eq_ignore_ascii_case(word));
        let ends = ["", ",", "from", ")"].iter().any(|word| self.text(self.at + 1).eq_ignore_ascii_case(word));
        let sign = |c: char| matches!(c, '.' | '*' | '+' | '?' | '(' | ')' | '[' | ']' | '|' | '^' | '$');
        let is_pattern =
            checked_name(pattern).is_err() && pattern.contains(sign) && !pattern.contains(char::is_control);
        (begins && ends && is_pattern && pattern.chars().count() <= NAME).then(|| format!("{PATTERN}{pattern}"))
    }

    fn name(&self, text: &str) -> Result<String> {
        let name = text.strip_prefix('`').and_then(|name| name.strip_suffix('`')).unwrap_or(text);
        checked_name(name).map_err(|error| match self.tokens.get(self.at) {
            Some(token) => error.at(token.span),
            None => error,
        })
    }

    /// The place of the function where `a:<function>(` or `a:b:<function>(` stands here. Source: old documents, "cross-project UDF".
    fn called_in_project(&self) -> Option<usize> {
        let is_name = |at: usize| matches!(self.kind(at), Some(TokenKind::Word | TokenKind::Quoted));
        let mut at = self.at;
        while at < self.at + 4 && self.text(at + 1) == ":" && is_name(at + 2) {
            at += 2;
        }
        (self.types == 0 && at > self.at && self.text(at + 1) == "(").then_some(at)
    }

    /// The function with what is before it as one name: the colon can stand in no other.
    fn called(&mut self, last: usize) -> Result<()> {
        let first = self.at;
        let mut names = Vec::new();
        for at in (first..=last).step_by(2) {
            self.at = at;
            let text = self.text(at);
            names.push(if self.kind(at) == Some(TokenKind::Quoted) { self.name(text)? } else { text.to_owned() });
        }
        self.at = first;
        self.push(SqlToken::Word(Word {
            value: names.join(IN_PROJECT),
            quote_style: Some('`'),
            keyword: Keyword::NoKeyword,
        }));
        self.at = last;
        Ok(())
    }

    fn count_types(&mut self, symbol: &str) {
        let before = self.at.checked_sub(1).map(|at| self.text(at)).unwrap_or_default();
        let is_type = ["struct", "array", "map"].iter().any(|name| before.eq_ignore_ascii_case(name));
        match symbol {
            "<" if is_type => self.types += 1,
            ">" => self.types = self.types.saturating_sub(1),
            _ => {}
        }
    }

    /// Strings that follow each other are one string. Source: "Data types", string.
    fn strings(&mut self) -> Result<()> {
        self.check_escapes()?;
        let mut value = text_value(self.text(self.at));
        let first = self.at;
        while self.kind(self.at + 1) == Some(TokenKind::Text) {
            self.at += 1;
            self.check_escapes()?;
            value.push_str(&text_value(self.text(self.at)));
        }
        let last = std::mem::replace(&mut self.at, first);
        self.push(SqlToken::SingleQuotedString(value));
        self.at = last;
        Ok(())
    }

    fn check_escapes(&self) -> Result<()> {
        match bad_escape(self.text(self.at)) {
            Some(sequence) => Err(self.wrong(format!("unexpected escape sequence: {sequence}")).help(
                "a character by its number has three octal digits: `\\001`; close the string in front of further ones",
            )),
            None => Ok(()),
        }
    }

    fn symbol(&self, text: &str) -> Result<SqlToken> {
        Ok(match text {
            "," => SqlToken::Comma,
            "." => SqlToken::Period,
            "(" => SqlToken::LParen,
            ")" => SqlToken::RParen,
            "[" => SqlToken::LBracket,
            "]" => SqlToken::RBracket,
            "+" => SqlToken::Plus,
            "-" => SqlToken::Minus,
            "*" => SqlToken::Mul,
            "/" => SqlToken::Div,
            "%" => SqlToken::Mod,
            "=" | "==" => SqlToken::Eq,
            "<>" | "!=" => SqlToken::Neq,
            "<" => SqlToken::Lt,
            ">" => SqlToken::Gt,
            "<=" => SqlToken::LtEq,
            ">=" => SqlToken::GtEq,
            "<=>" => SqlToken::Spaceship,
            "||" => SqlToken::StringConcat,
            "!" => SqlToken::ExclamationMark,
            "&" => SqlToken::Ampersand,
            "|" => SqlToken::Pipe,
            "^" => SqlToken::Caret,
            "~" => SqlToken::Tilde,
            ":" => SqlToken::Colon,
            "->" => SqlToken::Arrow,
            "\u{2018}" | "\u{2019}" | "\u{201C}" | "\u{201D}" => {
                return Err(self
                    .wrong(format!("`{text}` is not allowed in a query"))
                    .help("strings are quoted with `'`"));
            }
            "@" => {
                let help = "a variable is written without quotes: `@name`; its name has letters, digits and `_`";
                return Err(self.wrong("`@` without the name of a variable".to_owned()).help(help));
            }
            _ => return Err(self.wrong(format!("`{text}` is not allowed in a query"))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::lex;
    use crate::text::Span;

    fn printed(text: &str) -> String {
        let tokens = convert(text, &lex(text).unwrap().tokens).unwrap();
        tokens.iter().map(|token| token.token.to_string()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn literals_are_settled() {
        assert_eq!(printed("10L 1.5 1e3 .5"), "10 1.5 1e3 .5");
        assert_eq!(printed("2S"), "cast ( '2' as smallint )");
        assert_eq!(printed("-128Y"), "cast ( '-128' as tinyint )");
        assert_eq!(printed("(-9223372036854775808)"), "( cast ( '-9223372036854775808' as bigint ) )");
        assert_eq!(printed("timestamp_ntz '2024-01-01'"), "cast ( '2024-01-01' as timestamp_ntz )");
        assert_eq!(printed("1.25BD"), "cast ( '1.25' as decimal ( 38 , 2 ) )");
        assert_eq!(printed("9223372036854775808"), "cast ( '9223372036854775808' as decimal ( 38 , 0 ) )");
        assert_eq!(printed(r#"'a' "b" '\u0041'"#), "'abA'");
    }

    #[test]
    fn a_call_in_a_project_is_one_name_and_a_field_of_a_type_is_not() {
        assert_eq!(printed("p:f(1)"), "`p:f` ( 1 )");
        assert_eq!(printed("a < P : `F` (1)"), "a < `P:F` ( 1 )");
        assert_eq!(printed("struct<a:decimal(1, 0)>"), "struct < a : decimal ( 1 , 0 ) >");
        assert_eq!(
            printed("map<string, struct<a:char(1)>>, p:f()"),
            "map < string , struct < a : char ( 1 ) > > , `p:f` ( )"
        );
        assert_eq!(printed("p:f"), "p : f");
        assert_eq!(printed("p:s:f(1)"), "`p:s:f` ( 1 )");
        let error = convert("p:`a.b`(1)", &lex("p:`a.b`(1)").unwrap().tokens).unwrap_err();
        assert_eq!(error.span, Some(Span::new(2, 7)));
    }

    #[test]
    fn what_no_query_has_is_refused_where_it_stands() {
        for (bad, start) in [("a ? b", 2), ("a @b", 2), ("1.5x", 0), ("x `a.b`", 2), ("a; b", 1), ("{}", 0)] {
            let error = convert(bad, &lex(bad).unwrap().tokens).unwrap_err();
            assert_eq!(error.span.unwrap().start, start, "{bad}");
        }
    }

    #[test]
    fn places_lead_back_to_the_script() {
        let text = "select  a";
        let places = Places::new(&lex(text).unwrap().tokens, 100, text.len());
        assert_eq!(places.token(2), Span::new(108, 109));
        assert_eq!(places.token(3), Span::new(109, 109));
    }
}
