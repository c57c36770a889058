//! The condition text of grants, `acs:SourceIp in ('10.0.0.0/8') and acs:CurrentTime < '2027-01-01'`, as conditions of a policy.
//!
//! Source: the client's grammar (`policyCondition`). Which operator of a policy a sign means depends on the class of its key.

use std::collections::BTreeMap;

use super::condition::parse_condition;
use super::condition_key::{Class, Key, Keys};
use super::condition_token::{Token, tokens};
use super::operator::{Comparison, Operator};
use crate::error::{Code, Error, Result, shortened};
use crate::text::nearest;

/// How a condition text looks.
const FORM: &str = "write conditions as key = 'value', key in ('value', …) or Operator(key, 'value', …), joined by AND";

/// How a key is compared with its values in a condition text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Equal,
    NotEqual,
    Like,
    NotLike,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    In,
    NotIn,
}

impl Relation {
    /// Every relation.
    const ALL: [Relation; 10] = [
        Self::Equal,
        Self::NotEqual,
        Self::Like,
        Self::NotLike,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
        Self::In,
        Self::NotIn,
    ];

    /// The relation of a sign or word, behind NOT or not.
    fn of(token: &Token, not: bool) -> Option<Self> {
        let shown = if not { format!("NOT {}", token.shown()) } else { token.shown() };
        let is_text = matches!(token, Token::Text(_) | Token::Number(_));
        Self::ALL.into_iter().find(|relation| !is_text && relation.shown().eq_ignore_ascii_case(&shown))
    }

    fn shown(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Like => "LIKE",
            Self::NotLike => "NOT LIKE",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::In => "IN",
            Self::NotIn => "NOT IN",
        }
    }

    /// The operator of a policy that it means for a class of keys.
    fn operator(self, class: Class) -> Option<&'static str> {
        match (class, self) {
            (Class::Text, Self::Equal | Self::In) => Some("StringEquals"),
            (Class::Text, Self::NotEqual | Self::NotIn) => Some("StringNotEquals"),
            (Class::Text, Self::Like) => Some("StringLike"),
            (Class::Text, Self::NotLike) => Some("StringNotLike"),
            (Class::Time, Self::Equal | Self::In) => Some("DateEquals"),
            (Class::Time, Self::NotEqual | Self::NotIn) => Some("DateNotEquals"),
            (Class::Time, Self::Less) => Some("DateLessThan"),
            (Class::Time, Self::LessOrEqual) => Some("DateLessThanEquals"),
            (Class::Time, Self::Greater) => Some("DateGreaterThan"),
            (Class::Time, Self::GreaterOrEqual) => Some("DateGreaterThanEquals"),
            (Class::Truth, Self::Equal | Self::In) => Some("Bool"),
            (Class::Address, Self::Equal | Self::In) => Some("IpAddress"),
            (Class::Address, Self::NotEqual | Self::NotIn) => Some("NotIpAddress"),
            _ => None,
        }
    }
}

/// One condition that was read.
struct Read {
    operator: Operator,
    key: Key,
    values: Vec<String>,
    at: usize,
}

/// The conditions of a grant as the `Condition` of a policy statement.
///
/// # Errors
/// [`Code::Policy`] with the place in the text: it cannot be read, a key or operator is unknown, or they do not go together.
pub fn conditions_of(text: &str) -> Result<serde_json::Value> {
    let tokens = tokens(text).map_err(|at| wrong(text, at, "this cannot be read").help(FORM))?;
    let mut parser = Parser { text, tokens: &tokens };
    let mut blocks: BTreeMap<&'static str, BTreeMap<&'static str, Vec<String>>> = BTreeMap::new();
    loop {
        let read = parser.condition()?;
        let keys = blocks.entry(read.operator.name).or_default();
        match keys.get_mut(read.key.name()) {
            None => {
                keys.insert(read.key.name(), read.values);
            }
            // The values of a key are or-ed: to be in neither of two lists is not to be in both together.
            Some(values) if read.operator.negated && read.operator.comparison != Comparison::Subset => {
                values.extend(read.values);
            }
            Some(_) => {
                let message = format!("{} has two conditions of the same kind", read.key.name());
                return Err(wrong(text, read.at, &message).help("a policy can have one: list all values in it"));
            }
        }
        match parser.next() {
            None => break,
            Some((token, _)) if token.is_word("and") => {}
            Some((token, at)) => return Err(parser.expected("AND", Some((token, *at)))),
        }
    }
    let block = |(operator, keys): (&str, BTreeMap<&str, Vec<String>>)| {
        let keys = keys.into_iter().map(|(key, values)| (key.to_owned(), serde_json::Value::from(values)));
        (operator.to_owned(), serde_json::Value::Object(keys.collect()))
    };
    Ok(serde_json::Value::Object(blocks.into_iter().map(block).collect()))
}

fn wrong(text: &str, at: usize, message: &str) -> Box<Error> {
    let column = text.get(..at).unwrap_or(text).chars().count() + 1;
    Error::new(Code::Policy, format!("{message} (character {column} of the conditions)"))
}

struct Parser<'a> {
    text: &'a str,
    /// What is not read yet.
    tokens: &'a [(Token, usize)],
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<&'a (Token, usize)> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(first)
    }

    fn expected(&self, what: &str, found: Option<(&Token, usize)>) -> Box<Error> {
        let (found, at) = match found {
            Some((token, at)) => (format!("`{}`", shortened(&token.shown())), at),
            None => ("the end".to_owned(), self.text.len()),
        };
        wrong(self.text, at, &format!("expected {what}, found {found}")).help(FORM)
    }

    fn sign(&mut self, sign: &'static str) -> Result<()> {
        match self.next() {
            Some((Token::Sign(found), _)) if *found == sign => Ok(()),
            found => Err(self.expected(&format!("`{sign}`"), found.map(|(token, at)| (token, *at)))),
        }
    }

    fn condition(&mut self) -> Result<Read> {
        let [(first, at), rest @ ..] = self.tokens else { return Err(self.expected("a condition", None)) };
        let opens = matches!(rest.first(), Some((Token::Sign("("), _)));
        if let (Token::Word(name), true, false) = (first, opens, first.is_word("lower")) {
            self.tokens = rest;
            return self.call(name, *at);
        }
        let (key, in_any_case) = self.compared_key()?;
        let (relation, related_at) = self.relation()?;
        let values = match self.tokens {
            [(Token::Sign("("), _), rest @ ..] => {
                self.tokens = rest;
                self.values()?
            }
            _ => vec![self.value()?],
        };
        let name = relation.operator(key.class()).ok_or_else(|| {
            let message = format!("`{}` cannot be used with {}", relation.shown(), key.name());
            let fitting: Vec<_> = Operator::of(key.class()).collect();
            wrong(self.text, related_at, &message).help(format!("use a function: {}", fitting.join(", ")))
        })?;
        let name = match (in_any_case, name) {
            (true, "StringEquals") => "StringEqualsIgnoreCase",
            (true, "StringNotEquals") => "StringNotEqualsIgnoreCase",
            (_, name) => name,
        };
        self.checked(name, key, values, *at)
    }

    /// `Operator(key, value, …)`, behind the operator.
    fn call(&mut self, name: &str, at: usize) -> Result<Read> {
        self.sign("(")?;
        let (key, _) = self.compared_key()?;
        self.sign(",")?;
        let values = self.values()?;
        let known = Operator::parse(name).map(|operator| operator.name);
        let known = known.or_else(|| Operator::near(name).filter(|near| near.eq_ignore_ascii_case(name)));
        self.checked(known.unwrap_or(name), key, values, at)
    }

    fn checked(&self, operator: &str, key: Key, values: Vec<String>, at: usize) -> Result<Read> {
        parse_condition(operator, key.name(), values.clone(), Keys::Access)
            .map_err(|problem| wrong(self.text, at, &problem))?;
        let operator = Operator::parse(operator).ok_or_else(|| wrong(self.text, at, "unknown operator"))?;
        Ok(Read { operator, key, values, at })
    }

    /// A key, also in quotes, and whether it is compared in any case: `lower(key)`.
    fn compared_key(&mut self) -> Result<(Key, bool)> {
        let lower = self.tokens.first().is_some_and(|(token, _)| token.is_word("lower"));
        if lower {
            self.next();
            self.sign("(")?;
        }
        let found = self.next();
        let Some((Token::Word(name) | Token::Text(name), at)) = found else {
            return Err(self.expected("a key", found.map(|(token, at)| (token, *at))));
        };
        let key = Key::parse(name).ok_or_else(|| {
            let names = Key::ALL.map(Key::name);
            let error = wrong(self.text, *at, &format!("unknown condition key `{}`", shortened(name)));
            match nearest(name, names) {
                Some(near) => error.help(format!("did you mean `{near}`?")),
                None => error.help(format!("use one of {}", names.join(", "))),
            }
        })?;
        if lower {
            self.sign(")")?;
        }
        Ok((key, lower))
    }

    fn relation(&mut self) -> Result<(Relation, usize)> {
        let found = self.next();
        let not = found.is_some_and(|(token, _)| token.is_word("not"));
        let second = if not { self.next() } else { found };
        let relation = second.and_then(|(token, _)| Relation::of(token, not));
        match (relation, found) {
            (Some(relation), Some((_, at))) => Ok((relation, *at)),
            _ => {
                let what = if not { "LIKE or IN" } else { "=, !=, <, <=, >, >=, LIKE or IN" };
                Err(self.expected(what, second.map(|(token, at)| (token, *at))))
            }
        }
    }

    fn value(&mut self) -> Result<String> {
        match self.next() {
            Some((Token::Text(value) | Token::Number(value), _)) => Ok(value.clone()),
            found => Err(self.expected("a value in quotes", found.map(|(token, at)| (token, *at)))),
        }
    }

    /// Values and the bracket behind them.
    fn values(&mut self) -> Result<Vec<String>> {
        let mut values = vec![self.value()?];
        loop {
            match self.next() {
                Some((Token::Sign(","), _)) => values.push(self.value()?),
                Some((Token::Sign(")"), _)) => return Ok(values),
                found => return Err(self.expected("`,` or `)`", found.map(|(token, at)| (token, *at)))),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_become_those_of_a_policy() {
        let of = |text| conditions_of(text).unwrap();
        assert_eq!(
            of("acs:SourceIp in ('192.168.0.0/16','172.12.0.0/16') and 'odps:InstanceId'='aaaaaa'"),
            json!({"IpAddress": {"acs:SourceIp": ["192.168.0.0/16", "172.12.0.0/16"]}, "StringEquals": {"odps:InstanceId": ["aaaaaa"]}})
        );
        assert_eq!(
            of(
                "acs:currenttime >= '2026-01-01' AND acs:CurrentTime<'2027-01-01' and acs:SourceIp not in (\"10.0.0.0/8\") AND acs:SourceIp != '11.0.0.1'"
            ),
            json!({"DateGreaterThanEquals": {"acs:CurrentTime": ["2026-01-01"]}, "DateLessThan": {"acs:CurrentTime": ["2027-01-01"]}, "NotIpAddress": {"acs:SourceIp": ["10.0.0.0/8", "11.0.0.1"]}})
        );
        assert_eq!(
            of(
                "stringsubset(acs:Privileges, 'Select', 'Describe') and Bool('acs:SecureTransport', 'true') and lower(odps:TaskType) = 'sql' and odps:InstanceId not like '2026*' and acs:UserAgent <> 7"
            ),
            json!({"StringSubSet": {"acs:Privileges": ["Select", "Describe"]}, "Bool": {"acs:SecureTransport": ["true"]}, "StringEqualsIgnoreCase": {"odps:TaskType": ["sql"]}, "StringNotLike": {"odps:InstanceId": ["2026*"]}, "StringNotEquals": {"acs:UserAgent": ["7"]}})
        );
        assert_eq!(of("odps:InstanceId != ('a', 'b')"), of("odps:InstanceId not in ('a','b')"));
        assert_eq!(of("odps:InstanceId in 'a'"), of("odps:InstanceId = 'a'"));
        assert_eq!(of(r"acs:Referer = 'a\'b'"), json!({"StringEquals": {"acs:Referer": ["a'b"]}}));
    }

    #[test]
    fn what_does_not_go_together_is_refused_with_its_place() {
        for (text, expected) in [
            ("", "expected a condition, found the end (character 1"),
            ("acs:SourceIp", "expected =, !=, <, <=, >, >=, LIKE or IN, found the end (character 13"),
            ("acs:SourceIp = ", "expected a value in quotes, found the end"),
            ("acs:SourceIp = x", "expected a value in quotes, found `x` (character 16"),
            ("acs:SourceIp < '1.1.1.1'", "`<` cannot be used with acs:SourceIp (character 14"),
            ("acs:SourceIp like '1.1.1.*'", "`LIKE` cannot be used with acs:SourceIp"),
            ("acs:SourceIp = '1.1.1'", "`1.1.1` is not an IP address or network (character 1"),
            ("acs:Privileges in ('Select')", "`IN` cannot be used with acs:Privileges"),
            ("acs:CurrentTime = 'now'", "is not an ISO 8601 time"),
            ("odps:TaskTyp = 'SQL'", "unknown condition key `odps:TaskTyp` (character 1"),
            ("odps:TaskType = 'SQL' or odps:TaskType = 'DT'", "expected AND, found `or` (character 23"),
            ("odps:TaskType = 'SQL' and odps:TaskType = 'DT'", "has two conditions of the same kind (character 27"),
            (
                "StringNotSubSet(acs:Privileges, 'Drop') and StringNotSubSet(acs:Privileges, 'Read')",
                "two conditions of the same kind",
            ),
            ("odps:TaskType in ('SQL'", "expected `,` or `)`, found the end"),
            ("odps:TaskType in ()", "expected a value in quotes, found `)`"),
            ("odps:TaskType not = 'SQL'", "expected LIKE or IN"),
            ("odps:TaskType = 'SQL", "this cannot be read (character 17"),
            ("odps:TaskType ~ 'SQL'", "this cannot be read (character 15"),
            ("NumericEquals(odps:TaskType, 1)", "no condition key is a number"),
            ("StringEqualz(odps:TaskType, 'SQL')", "did you mean `StringEquals`?"),
            ("IpAddress(odps:TaskType, 'SQL')", "cannot be used with key"),
            ("odps:InstanceId = - 'x'", "this cannot be read"),
            ("Bool()", "expected a key, found `)`"),
        ] {
            let error = conditions_of(text).unwrap_err();
            assert!(
                error.message.contains(expected) && error.message.contains("of the conditions"),
                "{text}: {}",
                error.message
            );
        }
        assert!(conditions_of(&"(".repeat(100_000)).is_err());
        assert!(conditions_of(&format!("odps:InstanceId in ({})", vec!["'a'"; 100_000].join(","))).is_ok());
    }
}
