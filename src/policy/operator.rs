//! The operators of conditions, in one table. Source: POLOP, reference of condition operators.

use super::condition_key::Class;
use crate::text::nearest;

/// How the value of a request is held against the values of a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The same text.
    Equal,
    /// The same text, in any case.
    EqualFolded,
    /// A text that matches a pattern.
    Like,
    /// A moment.
    Order(Order),
    /// The same truth.
    Truth,
    /// An address in a network.
    Within,
    /// The request's set and the listed one have something in common.
    Intersect,
    /// Everything in the request's set is listed.
    Subset,
    /// Numbers: no key has one.
    Number,
}

/// How a moment lies to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Equal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// One operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Operator {
    /// The name in a policy.
    pub name: &'static str,
    /// The class of the keys that it takes.
    pub class: Class,
    /// Whether it is the opposite of its comparison.
    pub negated: bool,
    /// What it compares.
    pub comparison: Comparison,
}

const fn row(name: &'static str, class: Class, negated: bool, comparison: Comparison) -> Operator {
    Operator { name, class, negated, comparison }
}

/// Every operator. The names of actions are compared without case, so the `IgnoreCase` forms of the set operators say the same.
const OPERATORS: &[Operator] = &[
    row("StringEquals", Class::Text, false, Comparison::Equal),
    row("StringNotEquals", Class::Text, true, Comparison::Equal),
    row("StringEqualsIgnoreCase", Class::Text, false, Comparison::EqualFolded),
    row("StringNotEqualsIgnoreCase", Class::Text, true, Comparison::EqualFolded),
    row("StringLike", Class::Text, false, Comparison::Like),
    row("StringNotLike", Class::Text, true, Comparison::Like),
    row("NumericEquals", Class::Number, false, Comparison::Number),
    row("NumericNotEquals", Class::Number, true, Comparison::Number),
    row("NumericLessThan", Class::Number, false, Comparison::Number),
    row("NumericLessThanEquals", Class::Number, false, Comparison::Number),
    row("NumericGreaterThan", Class::Number, false, Comparison::Number),
    row("NumericGreaterThanEquals", Class::Number, false, Comparison::Number),
    row("DateEquals", Class::Time, false, Comparison::Order(Order::Equal)),
    row("DateNotEquals", Class::Time, true, Comparison::Order(Order::Equal)),
    row("DateLessThan", Class::Time, false, Comparison::Order(Order::Less)),
    row("DateLessThanEquals", Class::Time, false, Comparison::Order(Order::LessOrEqual)),
    row("DateGreaterThan", Class::Time, false, Comparison::Order(Order::Greater)),
    row("DateGreaterThanEquals", Class::Time, false, Comparison::Order(Order::GreaterOrEqual)),
    row("Bool", Class::Truth, false, Comparison::Truth),
    row("IpAddress", Class::Address, false, Comparison::Within),
    row("NotIpAddress", Class::Address, true, Comparison::Within),
    row("StringIntersectSetNotEmpty", Class::Set, false, Comparison::Intersect),
    row("StringIntersectSetNotEmptyIgnoreCase", Class::Set, false, Comparison::Intersect),
    // As one page of the documentation spells it.
    row("IntersectionSetNotNull", Class::Set, false, Comparison::Intersect),
    row("StringIntersectSetEmpty", Class::Set, true, Comparison::Intersect),
    row("StringIntersectSetEmptyIgnoreCase", Class::Set, true, Comparison::Intersect),
    row("StringSubSet", Class::Set, false, Comparison::Subset),
    row("StringSubSetIgnoreCase", Class::Set, false, Comparison::Subset),
    row("StringNotSubSet", Class::Set, true, Comparison::Subset),
    row("StringNotSubSetIgnoreCase", Class::Set, true, Comparison::Subset),
];

impl Operator {
    /// The operator of this name, exactly.
    pub fn parse(name: &str) -> Option<Self> {
        OPERATORS.iter().copied().find(|operator| operator.name == name)
    }

    /// Whether exceptions of a protected project may use it: what is documented for their keys (EXC-4).
    pub fn is_for_exceptions(self) -> bool {
        self.comparison != Comparison::EqualFolded
    }

    /// The name that was probably meant.
    pub fn near(name: &str) -> Option<&'static str> {
        nearest(name, OPERATORS.iter().map(|operator| operator.name))
    }

    /// The names of those that take keys of a class.
    pub fn of(class: Class) -> impl Iterator<Item = &'static str> {
        OPERATORS.iter().filter(move |operator| operator.class == class).map(|operator| operator.name)
    }
}
