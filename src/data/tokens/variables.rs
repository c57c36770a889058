//! Variables and functions of a script in the text of a query that uses them: definitions, each with `;`, and the query.
//!
//! Each value that a variable is given becomes a named subquery; behind an `if`, one more of what its branches gave.

mod branches;

use std::collections::BTreeMap;

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token as SqlToken, Word};

use super::script_function::is_function;
use super::{Converter, Places};
use crate::data::limits::EXPANDED;
use crate::data::parse::check_expression;
use crate::error::{Code, Error, Result};
use crate::syntax::end_of_statement;
use crate::syntax::query::is_query;
use crate::text::fold;

/// The function that says whether a branch of an `if` is the one that counts: no query can write its name.
pub const BRANCH: &str = "?branch";

/// What rows are called that stand in front of a condition, or of the columns of a variable: no query can write its name.
pub const VALUES: &str = "value:";

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

/// The variables that have a value, folded, without `@`.
#[derive(Debug, Default)]
pub(super) struct Values {
    present: BTreeMap<String, Value>,
    /// How many values each was given.
    given: BTreeMap<String, usize>,
    /// How many `if` there were.
    ifs: usize,
    /// The branches of `if` that the statement is in that is being read, from the outermost: the subquery that says which branch counts, how many
    /// parts that has, and the number of the branch.
    path: Vec<(String, usize, usize)>,
    /// Of each statement in a branch that is no assignment: the branches that it is in.
    effects: Vec<Vec<(String, usize, usize)>>,
    /// Of the definition or query that is being read: how many parts the values that it names have.
    cost: usize,
}

/// The value of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Value {
    /// It is the so manieth one that the text gives to the variable.
    number: usize,
    declared: Option<Declared>,
    /// How many parts it has once the values that it names are written out: itself and theirs.
    cost: usize,
}

/// The type of a variable, or its columns in parentheses: tokens by their places.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Declared {
    start: usize,
    end: usize,
    is_table: bool,
}

impl Value {
    fn name(self, name: &str) -> String {
        match self.number {
            1 => format!("@{name}"),
            number => format!("@{name}:{number}"),
        }
    }
}

impl Converter<'_> {
    /// A definition as a named subquery, and `@a` as a name. False for every other token.
    pub(super) fn definition(&mut self, text: &str) -> Result<bool> {
        match self.variables {
            Variables::None => return Ok(false),
            Variables::Body => return Ok(self.function_body(text)),
            Variables::Inside | Variables::Behind => {}
            Variables::Before | Variables::Between => {
                if self.tokens.get(self.at).is_some_and(|token| is_function(token, self.source)) {
                    self.begin_definition();
                    return self.function_head().map(|()| true);
                }
                let length = self.tokens.get(self.at..).and_then(|left| end_of_statement(left, self.source));
                let end = self.at + length.unwrap_or_default();
                let behind = if self.text(end.saturating_sub(1)) == ";" { end.saturating_sub(1) } else { end };
                if text == "@" || text.eq_ignore_ascii_case("if") {
                    // Those of an earlier `if` are not asked for.
                    self.values.effects.clear();
                    self.statement(self.at, behind)?;
                    self.at = end.saturating_sub(1);
                    return Ok(true);
                }
                self.variables = Variables::Behind;
                if text.eq_ignore_ascii_case("with") {
                    self.push(SqlToken::Comma);
                    if self.text(self.at + 1).eq_ignore_ascii_case("recursive") {
                        // It stands behind the first `with`; no definition reads itself.
                        self.out.insert(1, self.placed(word("recursive", Keyword::RECURSIVE)));
                        self.at += 1;
                    }
                    return Ok(true);
                }
            }
        }
        let is_variable = text == "@";
        let asks = || {
            let before = |back: usize| self.at.checked_sub(back).map(|at| self.text(at)).unwrap_or_default();
            before(1) == "select" && before(2) == ";" && self.at + 1 == self.tokens.len()
        };
        if is_variable && asks() {
            self.which_run()?;
            return Ok(true);
        }
        if is_variable {
            let cost = self.named_variable();
            self.spend(cost)?;
        }
        Ok(is_variable)
    }

    /// `with`, or the comma behind another definition.
    pub(super) fn begin_definition(&mut self) {
        self.push(match self.variables {
            Variables::Before => word("with", Keyword::WITH),
            _ => SqlToken::Comma,
        });
    }

    /// Two tokens, the sign and the name: the value that the variable has here.
    ///
    /// Gives how many parts that has.
    pub(super) fn named_variable(&mut self) -> usize {
        let typed = self.text(self.at + 1);
        let (name, cost) = match self.values.present.get(&fold(typed)) {
            Some(value) => (value.name(&fold(typed)), value.cost),
            None => (format!("@{typed}"), 0),
        };
        self.push(quoted(&name));
        self.at += 1;
        cost
    }

    /// Counts the parts of a value that is named. A value is calculated wherever it is named, so that they double with each that names another twice.
    fn spend(&mut self, cost: usize) -> Result<()> {
        self.values.cost = self.values.cost.saturating_add(cost);
        if self.values.cost > EXPANDED {
            let message = format!("the values of variables have more than {EXPANDED} parts once they are written out");
            return Err(Error::new(Code::Semantic, message)
                .help("name a variable once in the value of another, or put its rows into a table"));
        }
        Ok(())
    }

    /// An assignment or an `if`, without its `;`. Other statements in a branch are bound by themselves.
    fn statement(&mut self, start: usize, end: usize) -> Result<()> {
        match self.text(start) {
            "@" => self.assignment(start, end),
            word if word.eq_ignore_ascii_case("if") => self.conditional(start, end),
            _ => {
                self.values.effects.push(self.values.path.clone());
                Ok(())
            }
        }
    }

    /// `<name> as (`, where a definition that stands at a place begins.
    fn open(&mut self, at: usize, name: &str) {
        self.at = at;
        self.begin_definition();
        self.push(quoted(name));
        self.push(word("as", Keyword::AS));
        self.push(SqlToken::LParen);
        self.variables = Variables::Inside;
        self.values.cost = 1;
    }

    /// Ends a definition; how many parts it has.
    fn close(&mut self) -> usize {
        self.push(SqlToken::RParen);
        self.variables = Variables::Between;
        std::mem::take(&mut self.values.cost)
    }

    /// `@a := …`, `@n bigint := …`, `@t table(…) := …`; the last two without a value, too.
    fn assignment(&mut self, start: usize, end: usize) -> Result<()> {
        let name = fold(self.text(start + 1));
        let given = (start + 2..end).find(|at| self.text(*at) == ":" && self.text(at + 1) == "=");
        let type_end = given.unwrap_or(end);
        let mut declared = self.values.present.get(&name).and_then(|value| value.declared);
        if type_end > start + 2 {
            let is_table = self.text(start + 2).eq_ignore_ascii_case("table");
            declared = Some(Declared { start: start + 2, end: type_end, is_table });
        }
        let value = given.map(|given| {
            let is_cached =
                self.text(given + 2).eq_ignore_ascii_case("cache") && self.text(given + 3).eq_ignore_ascii_case("on");
            (if is_cached { given + 4 } else { given + 2 }, end)
        });
        let new = self.new_value(&name, declared);
        self.open(start, &new.name(&name));
        match (declared, value) {
            (None, Some(value)) => self.rows(value)?,
            (Some(declared), Some(value)) if declared.is_table => self.rows_as(declared, value)?,
            (Some(declared), None) if declared.is_table => self.no_rows(declared)?,
            (Some(declared), value) => {
                self.push(word("select", Keyword::SELECT));
                self.push(word("cast", Keyword::CAST));
                self.push(SqlToken::LParen);
                match value {
                    Some((from, to)) => {
                        self.push(SqlToken::LParen);
                        match is_query(self.tokens.get(from..to).unwrap_or_default(), self.source) {
                            true => self.copy(from, to)?,
                            false => self.expression(from, to)?,
                        }
                        self.push(SqlToken::RParen);
                    }
                    None => self.push(word("null", Keyword::NULL)),
                }
                self.push(word("as", Keyword::AS));
                self.copy(declared.start, declared.end)?;
                self.push(SqlToken::RParen);
            }
            (None, None) => return Err(self.wrong("a variable without type and value".to_owned())),
        }
        let cost = self.close();
        self.values.present.insert(name, Value { cost, ..new });
        Ok(())
    }

    fn new_value(&mut self, name: &str, declared: Option<Declared>) -> Value {
        let given = self.values.given.entry(name.to_owned()).or_default();
        *given += 1;
        Value { number: *given, declared, cost: 0 }
    }

    /// A query, or an expression as the only value of a row.
    fn rows(&mut self, (from, to): (usize, usize)) -> Result<()> {
        if is_query(self.tokens.get(from..to).unwrap_or_default(), self.source) {
            return self.copy(from, to);
        }
        self.push(word("select", Keyword::SELECT));
        self.push(SqlToken::LParen);
        self.expression(from, to)?;
        self.push(SqlToken::RParen);
        Ok(())
    }

    /// Rows with the declared columns: by their places, as an insert fills them.
    fn rows_as(&mut self, declared: Declared, value: (usize, usize)) -> Result<()> {
        let columns = self.columns(declared);
        self.push(word("select", Keyword::SELECT));
        for (at, (name, types)) in columns.iter().enumerate() {
            self.column(at, Some(name), name, *types)?;
        }
        self.push(word("from", Keyword::FROM));
        self.push(SqlToken::LParen);
        self.rows(value)?;
        self.push(SqlToken::RParen);
        self.push(word("as", Keyword::AS));
        self.push(quoted(VALUES));
        self.push(SqlToken::LParen);
        for (at, (name, _)) in columns.iter().enumerate() {
            if at > 0 {
                self.push(SqlToken::Comma);
            }
            self.push(quoted(name));
        }
        self.push(SqlToken::RParen);
        Ok(())
    }

    fn no_rows(&mut self, declared: Declared) -> Result<()> {
        self.push(word("select", Keyword::SELECT));
        for (at, (name, types)) in self.columns(declared).iter().enumerate() {
            self.column(at, None, name, *types)?;
        }
        self.push(word("limit", Keyword::LIMIT));
        self.push(SqlToken::Number("0".to_owned(), false));
        Ok(())
    }

    /// `cast(<value> as <type>) as <name>`, with NULL as the value of no rows.
    fn column(&mut self, at: usize, value: Option<&str>, name: &str, (from, to): (usize, usize)) -> Result<()> {
        if at > 0 {
            self.push(SqlToken::Comma);
        }
        self.push(word("cast", Keyword::CAST));
        self.push(SqlToken::LParen);
        self.push(value.map_or_else(|| word("null", Keyword::NULL), quoted));
        self.push(word("as", Keyword::AS));
        self.copy(from, to)?;
        self.push(SqlToken::RParen);
        self.push(word("as", Keyword::AS));
        self.push(quoted(name));
        Ok(())
    }

    /// The columns in `table(…)`, with the tokens of their types.
    fn columns(&self, declared: Declared) -> Vec<(String, (usize, usize))> {
        let (mut columns, mut depth, mut start) = (Vec::new(), 0_usize, declared.start + 2);
        for at in declared.start + 2..declared.end {
            match self.text(at) {
                "(" | "<" => depth += 1,
                ">>" => depth = depth.saturating_sub(2),
                ">" => depth = depth.saturating_sub(1),
                ")" if depth > 0 => depth -= 1,
                "," | ")" if depth == 0 => {
                    columns.push((fold(self.text(start).trim_matches('`')), (start + 1, at)));
                    start = at + 1;
                }
                _ => {}
            }
        }
        columns
    }

    /// Tokens that are one expression.
    fn expression(&mut self, from: usize, to: usize) -> Result<()> {
        let before = self.out.len();
        self.copy(from, to)?;
        let copied = self.out.get(before..).unwrap_or_default().to_vec();
        let places = Places::new(self.tokens.get(..to).unwrap_or_default(), 0, self.place(to));
        check_expression(copied, self.source, &places)
    }

    /// Where a token begins; the end of the text behind the last one.
    fn place(&self, at: usize) -> usize {
        self.tokens.get(at).map_or(self.source.len(), |token| token.span.start)
    }

    /// Tokens as they are.
    fn copy(&mut self, from: usize, to: usize) -> Result<()> {
        let place = std::mem::replace(&mut self.at, from);
        while self.at < to && self.step()? {}
        self.at = place;
        Ok(())
    }
}

/// A keyword.
pub(super) fn word(text: &str, keyword: Keyword) -> SqlToken {
    SqlToken::Word(Word { value: text.to_owned(), quote_style: None, keyword })
}

/// A name that the parser takes as it is.
pub(super) fn quoted(name: &str) -> SqlToken {
    SqlToken::make_word(name, Some('`'))
}
