//! `if` of a script in the text of a query: which branch counts, and what variables are behind it.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::Token as SqlToken;

use super::{BRANCH, VALUES, Value, quoted, word};
use crate::data::tokens::Converter;
use crate::error::{Code, Error, Result};
use crate::syntax::branches;

impl Converter<'_> {
    /// The values of the query behind an `if`: for each statement that is no assignment, whether it runs.
    pub(super) fn which_run(&mut self) -> Result<()> {
        if self.values.effects.is_empty() {
            self.number_of(1);
        }
        for (at, path) in std::mem::take(&mut self.values.effects).into_iter().enumerate() {
            if at > 0 {
                self.push(SqlToken::Comma);
            }
            // The condition of an inner `if` is asked where its branch counts.
            for (choice, cost, number) in &path {
                self.spend(*cost)?;
                self.push(word("case", Keyword::CASE));
                self.push(word("when", Keyword::WHEN));
                self.counts(choice, *number);
                self.push(word("then", Keyword::THEN));
            }
            self.push(word("true", Keyword::TRUE));
            for _ in &path {
                self.push(word("else", Keyword::ELSE));
                self.push(word("false", Keyword::FALSE));
                self.push(word("end", Keyword::END));
            }
            self.push(word("as", Keyword::AS));
            self.push(quoted(&format!("effect:{at}")));
        }
        Ok(())
    }

    /// `if (…) … else …`: a named subquery says which branch counts; every value that a branch gives is one, too.
    pub(super) fn conditional(&mut self, start: usize, end: usize) -> Result<()> {
        let tokens = self.tokens.get(start..end).unwrap_or_default();
        let found = branches(tokens, self.source)
            .map_err(|(_, expected)| Error::new(Code::Parse, format!("expected {expected}")))?;
        self.values.ifs += 1;
        let choice = format!("@if:{}", self.values.ifs);
        let conditions: Vec<_> = found.iter().filter_map(|branch| branch.condition).collect();
        let cost = self.choice(start, &choice, &conditions)?;
        let before = self.values.present.clone();
        let mut after = Vec::new();
        for (at, branch) in found.iter().enumerate() {
            self.values.present = before.clone();
            self.values.path.push((choice.clone(), cost, at + 1));
            for (from, to) in &branch.statements {
                self.statement(start + from, start + to)?;
            }
            self.values.path.pop();
            after.push(std::mem::take(&mut self.values.present));
        }
        if found.last().is_some_and(|branch| branch.condition.is_some()) {
            after.push(before.clone());
        }
        self.values.present = before.clone();
        for (name, value) in before {
            let values: Vec<Value> = after.iter().filter_map(|names| names.get(&name).copied()).collect();
            if values.iter().any(|of| *of != value) {
                self.joined(start, (&choice, cost), &name, &values)?;
            }
        }
        Ok(())
    }

    /// The number of the branch that counts: of the first whose condition is true. How many parts it has.
    fn choice(&mut self, start: usize, choice: &str, conditions: &[(usize, usize)]) -> Result<usize> {
        self.open(start, choice);
        self.push(word("select", Keyword::SELECT));
        self.push(word("case", Keyword::CASE));
        for (at, (from, to)) in conditions.iter().enumerate() {
            self.push(word("when", Keyword::WHEN));
            self.push(quoted(BRANCH));
            self.push(SqlToken::LParen);
            self.push(SqlToken::LParen);
            self.push(word("select", Keyword::SELECT));
            self.push(word("true", Keyword::TRUE));
            self.push(word("from", Keyword::FROM));
            self.push(SqlToken::LParen);
            self.push(word("select", Keyword::SELECT));
            self.number_of(1);
            self.push(SqlToken::RParen);
            self.push(word("as", Keyword::AS));
            self.push(quoted(VALUES));
            // Where it is a condition, it may be `exists (…)` too.
            self.push(word("where", Keyword::WHERE));
            self.expression(start + from, start + to)?;
            self.push(SqlToken::RParen);
            self.push(SqlToken::Comma);
            self.push(word("true", Keyword::TRUE));
            self.push(SqlToken::RParen);
            self.push(word("then", Keyword::THEN));
            self.number_of(at + 1);
        }
        self.push(word("else", Keyword::ELSE));
        self.number_of(conditions.len() + 1);
        self.push(word("end", Keyword::END));
        self.spend(conditions.len())?;
        Ok(self.close())
    }

    /// What a variable is behind an `if`: the value that the branch gave it that counts.
    fn joined(&mut self, start: usize, (choice, cost): (&str, usize), name: &str, values: &[Value]) -> Result<()> {
        let declared = values.first().and_then(|value| value.declared);
        let is_table = declared.is_some_and(|declared| declared.is_table);
        let new = self.new_value(name, declared);
        self.open(start, &new.name(name));
        if !is_table {
            self.push(word("select", Keyword::SELECT));
            self.push(word("case", Keyword::CASE));
        }
        for (at, value) in values.iter().enumerate() {
            self.spend(value.cost.saturating_add(cost))?;
            match is_table {
                true => {
                    if at > 0 {
                        self.push(word("union", Keyword::UNION));
                        self.push(word("all", Keyword::ALL));
                    }
                    self.everything_of(&value.name(name));
                    self.push(word("where", Keyword::WHERE));
                    self.counts(choice, at + 1);
                }
                false => {
                    self.push(word("when", Keyword::WHEN));
                    self.counts(choice, at + 1);
                    self.push(word("then", Keyword::THEN));
                    self.push(quoted(&value.name(name)));
                }
            }
        }
        if !is_table {
            self.push(word("end", Keyword::END));
        }
        let cost = self.close();
        self.values.present.insert(name.to_owned(), Value { cost, ..new });
        Ok(())
    }

    /// Whether a branch is the one that counts.
    fn counts(&mut self, choice: &str, number: usize) {
        self.push(quoted(BRANCH));
        self.push(SqlToken::LParen);
        self.push(SqlToken::LParen);
        self.everything_of(choice);
        self.push(SqlToken::RParen);
        self.push(SqlToken::Comma);
        self.number_of(number);
        self.push(SqlToken::RParen);
    }

    fn everything_of(&mut self, name: &str) {
        self.push(word("select", Keyword::SELECT));
        self.push(SqlToken::Mul);
        self.push(word("from", Keyword::FROM));
        self.push(quoted(name));
    }

    fn number_of(&mut self, number: usize) {
        self.push(SqlToken::Number(number.to_string(), false));
    }
}
