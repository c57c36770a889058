//! The rows of a table as a query, made of tokens: no value or name that it contains can be more than that.

use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Location, Span as TokenSpan, Token, TokenWithSpan, Word};

use super::limits;
use super::parse::{Query, read};
use super::tokens::{Places, checked_name};
use crate::error::{Code, Error, Result};
use crate::model::Dialect;
use crate::text::Span;

/// Rows of one table or view.
#[derive(Debug, Clone, Copy)]
pub struct TableRows<'r> {
    /// What was typed before the name, folded.
    pub qualifier: &'r [&'r str],
    /// The name, folded.
    pub name: &'r str,
    /// Where the table stands in the script.
    pub span: Span,
    /// The columns; none for all of them.
    pub columns: &'r [&'r str],
    /// Values that columns must have: one of these lists; none for every row.
    pub partitions: &'r [Vec<(&'r str, &'r str)>],
    /// Most rows.
    pub limit: Option<u64>,
}

impl Query {
    /// The query for rows of a table.
    ///
    /// # Errors
    /// A name that no column or table can have, or more values than a query takes.
    pub fn of_table(rows: &TableRows<'_>, dialect: &Dialect) -> Result<Self> {
        // The longest condition as a typed query would have it: `( … ) or` for each partition, and four tokens for each value of one.
        let longest = rows.partitions.iter().map(Vec::len).max().unwrap_or_default();
        if rows.partitions.len() * 2 + longest * 4 > limits::CHAIN {
            return Err(Error::new(Code::Parse, "the statement names too many partitions")
                .at(rows.span)
                .help("name fewer of them at once"));
        }
        let tokens = Builder::tokens(rows).map_err(|error| error.at(rows.span))?;
        let places = Places::all_at(rows.span, tokens.len());
        read(tokens, places, "", rows.span.start, dialect)
    }
}

#[derive(Default)]
struct Builder {
    out: Vec<TokenWithSpan>,
}

impl Builder {
    fn tokens(rows: &TableRows<'_>) -> Result<Vec<TokenWithSpan>> {
        let mut builder = Self::default();
        builder.keyword("select", Keyword::SELECT);
        for (at, column) in rows.columns.iter().enumerate() {
            if at > 0 {
                builder.push(Token::Comma);
            }
            builder.name(column)?;
        }
        if rows.columns.is_empty() {
            builder.push(Token::Mul);
        }
        builder.keyword("from", Keyword::FROM);
        for part in rows.qualifier {
            builder.name(part)?;
            builder.push(Token::Period);
        }
        builder.name(rows.name)?;
        for (at, values) in rows.partitions.iter().filter(|values| !values.is_empty()).enumerate() {
            match at {
                0 => builder.keyword("where", Keyword::WHERE),
                _ => builder.keyword("or", Keyword::OR),
            }
            builder.values(values)?;
        }
        if let Some(limit) = rows.limit {
            let limit = limit.min(i64::MAX.unsigned_abs());
            builder.keyword("limit", Keyword::LIMIT);
            builder.push(Token::Number(limit.to_string(), false));
        }
        Ok(builder.out)
    }

    fn values(&mut self, values: &[(&str, &str)]) -> Result<()> {
        for (at, (column, value)) in values.iter().enumerate() {
            if at > 0 {
                self.keyword("and", Keyword::AND);
            }
            self.name(column)?;
            self.push(Token::Eq);
            self.push(Token::SingleQuotedString((*value).to_owned()));
        }
        Ok(())
    }

    fn keyword(&mut self, word: &str, keyword: Keyword) {
        self.push(Token::Word(Word { value: word.to_owned(), quote_style: None, keyword }));
    }

    fn name(&mut self, name: &str) -> Result<()> {
        let value = checked_name(name)?;
        self.push(Token::Word(Word { value, quote_style: Some('`'), keyword: Keyword::NoKeyword }));
        Ok(())
    }

    /// A token's line is its number.
    fn push(&mut self, token: Token) {
        let line = u64::try_from(self.out.len() + 1).unwrap_or(u64::MAX);
        let place = |column| Location { line, column };
        self.out.push(TokenWithSpan { token, span: TokenSpan { start: place(1), end: place(2) } });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(rows: TableRows<'_>) -> Result<String> {
        Query::of_table(&rows, &Dialect::default()).map(|query| query.rewritten.query.to_string())
    }

    fn plain(name: &str) -> TableRows<'_> {
        TableRows { qualifier: &[], name, span: Span::new(5, 6), columns: &[], partitions: &[], limit: None }
    }

    #[test]
    fn values_are_only_values() {
        let partitions = [vec![("p", "a' or '1"), ("q", "x")], vec![("p", "b")]];
        let text = of(TableRows { partitions: &partitions, limit: Some(u64::MAX), ..plain("t") }).unwrap();
        let filter = text.split_once("WHERE").unwrap().1;
        assert_eq!(filter.trim(), "`p` = 'a'' or ''1' AND `q` = 'x' OR `p` = 'b' LIMIT 9223372036854775807");
    }

    #[test]
    fn a_name_that_no_column_can_have_is_refused_at_the_table() {
        let error = of(TableRows { columns: &["a`, b"], ..plain("t") }).unwrap_err();
        assert_eq!(error.message, "`a`, b` cannot be a name");
        assert_eq!(error.span, Some(Span::new(5, 6)));
    }

    #[test]
    fn partitions_are_as_many_as_a_query_takes() {
        let many = |count| vec![vec![("p", "a")]; count];
        assert!(of(TableRows { partitions: &many(990), ..plain("t") }).is_ok());
        assert!(of(TableRows { partitions: &many(1_000), ..plain("t") }).is_err());
    }
}
