//! Expressions: every kind that there is, kept, rewritten or refused.

use datafusion::sql::sqlparser::ast::{
    AccessExpr, BinaryOperator, CaseWhen, CastKind, DataType as SqlType, DateTimeField, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, Interval, ObjectName, ObjectNamePart, OrderByExpr,
    OrderByOptions, Spanned, Subscript, TrimWhereField, TypedString, UnaryOperator, Value, WindowSpec, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span as TokenSpan;

use super::like::{ignoring_case, is_all};
use super::variable::is_of_script;
use super::{Rewriter, data_type, interval};
use crate::error::{Code, Result};
use crate::model::DataType;
use crate::text::fold;

/// Types that can be called like functions.
pub const CONVERSIONS: [&str; 14] = [
    "tinyint",
    "smallint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal",
    "string",
    "boolean",
    "binary",
    "date",
    "datetime",
    "timestamp",
    "timestamp_ntz",
];

/// Most parts of a name such as `a.b.c`. Chosen.
const PARTS: usize = 8;

impl Rewriter<'_> {
    pub(super) fn expressions(&mut self, expressions: &mut [Expr]) -> Result<()> {
        expressions.iter_mut().try_for_each(|expression| self.expression(expression))
    }

    fn both(&mut self, left: &mut Expr, right: &mut Expr) -> Result<()> {
        self.expression(left)?;
        self.expression(right)
    }

    pub(super) fn expression(&mut self, expression: &mut Expr) -> Result<()> {
        match expression {
            Expr::Identifier(name) if name.value.eq_ignore_ascii_case("grouping__id") && !self.grouped.is_empty() => {
                // Source: "GROUPING SETS": as `grouping_id` of all that rows are grouped by.
                *expression = call("grouping", self.grouped.clone());
                self.expression(expression)
            }
            Expr::Identifier(name) => {
                self.identifier(name)?;
                let meant = match name.value.starts_with('@') {
                    true => self.value_of_variable(name)?,
                    false => self.shared(&name.value),
                };
                if let Some(meant) = meant {
                    *expression = meant;
                }
                Ok(())
            }
            Expr::CompoundIdentifier(names) => {
                if names.len() > PARTS {
                    return self.refuse("so many fields in a row", &*expression);
                }
                if let Some(value) = self.field_of_variable(names)? {
                    *expression = value;
                    return Ok(());
                }
                self.identifiers(names)?;
                self.parameter_field(expression);
                Ok(())
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.expression(root)?;
                access_chain.iter_mut().try_for_each(|access| self.access(access))?;
                self.fields_of_value(expression);
                Ok(())
            }
            Expr::Value(value) => match &value.value {
                Value::Number(..)
                | Value::SingleQuotedString(_)
                | Value::HexStringLiteral(_)
                | Value::Boolean(_)
                | Value::Null => Ok(()),
                _ => self.refuse("this kind of literal", &*expression),
            },
            Expr::Nested(inner)
            | Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner) => self.expression(inner),
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => self.both(left, right),
            Expr::InList { expr, list, negated: _ } => {
                self.expression(expr)?;
                self.expressions(list)
            }
            Expr::InSubquery { expr, subquery, negated: _ } => {
                self.expression(expr)?;
                self.query(subquery)
            }
            Expr::Between { expr, negated: _, low, high } => {
                self.expression(expr)?;
                self.both(low, high)
            }
            Expr::BinaryOp { .. } => self.binary(expression),
            Expr::UnaryOp { op: UnaryOperator::BitwiseNot, expr } => {
                self.expression(expr)?;
                let one = Expr::Value(Value::Number("1".to_owned(), false).with_empty_span());
                let all_bits = Expr::UnaryOp { op: UnaryOperator::Minus, expr: Box::new(one) };
                let left = std::mem::replace(expr, Box::new(Expr::Tuple(Vec::new())));
                let bits = Expr::BinaryOp { left, op: BinaryOperator::BitwiseXor, right: Box::new(all_bits) };
                *expression = Expr::Nested(Box::new(bits));
                Ok(())
            }
            Expr::UnaryOp { op, expr } => {
                match op {
                    UnaryOperator::Plus | UnaryOperator::Minus | UnaryOperator::Not => {}
                    UnaryOperator::BangNot => *op = UnaryOperator::Not,
                    UnaryOperator::BitwiseNot
                    | UnaryOperator::AtDashAt
                    | UnaryOperator::DoubleAt
                    | UnaryOperator::Hash
                    | UnaryOperator::PGAbs
                    | UnaryOperator::PGCubeRoot
                    | UnaryOperator::PGPostfixFactorial
                    | UnaryOperator::PGPrefixFactorial
                    | UnaryOperator::PGSquareRoot
                    | UnaryOperator::QuestionDash
                    | UnaryOperator::QuestionPipe => return self.refuse("this operator", expr.as_ref()),
                }
                self.expression(expr)
            }
            Expr::ILike { .. } => {
                ignoring_case(expression);
                self.expression(expression)
            }
            Expr::Like { any, pattern, .. } if *any || is_all(pattern) => {
                *expression = self.any_or_all(expression)?;
                self.expression(expression)
            }
            Expr::Like { negated: _, any: _, expr, pattern, escape_char } => {
                if let Some(escape) = escape_char.take() {
                    self.escaped(pattern, &escape)?;
                }
                self.both(expr, pattern)
            }
            Expr::Trim { .. } => {
                spelled(expression);
                self.expression(expression)
            }
            Expr::RLike { .. } => self.regular(expression),
            Expr::AnyOp { left, compare_op: _, right, is_some: _ } | Expr::AllOp { left, compare_op: _, right } => {
                self.expression(left)?;
                match right.as_mut() {
                    Expr::Subquery(query) => self.query(query),
                    _ => self.refuse("`any` and `all` without a subquery", right.as_ref()),
                }
            }
            Expr::Cast { .. } => self.cast(expression),
            Expr::Extract { .. } => self.extract(expression),
            Expr::TypedString(TypedString { data_type: written, value, uses_odbc_syntax }) => {
                let is_text = matches!(value.value, Value::SingleQuotedString(_));
                match data_type(written) {
                    Some(named) if !*uses_odbc_syntax && is_text => self.edition(&named, expression.span()),
                    _ => self.refuse("this kind of literal", &*expression),
                }
            }
            Expr::Interval(length) if length.last_field.is_some() => {
                interval::spell_out(length);
                if length.last_field.is_none() {
                    return Ok(());
                }
                // Source: "INTERVAL data type", the words of the service.
                let text = length.value.to_string();
                let message = format!("cannot parse {} as a valid INTERVAL_DAY_TIME", text.trim_matches('\''));
                Err(self.error(Code::Parse, message, expression.span()).help(
                    "write `'<years>-<months>' year to month` or `'<days> <hours>:<minutes>:<seconds>' day to second`",
                ))
            }
            Expr::Interval(Interval {
                value,
                leading_field: _,
                leading_precision: None,
                last_field: None,
                fractional_seconds_precision: None,
            }) => self.expression(value),
            Expr::Interval(_) => self.refuse("this kind of interval", &*expression),
            Expr::Function(function) if self.calls_script(function) => {
                self.written_out(expression)?;
                self.expression(expression)
            }
            Expr::Function(function) => {
                if let Some(cast) = converted(function) {
                    *expression = cast;
                    return self.expression(expression);
                }
                if let Some(sampled) = sampled(function) {
                    *expression = sampled;
                    return self.expression(expression);
                }
                if is_of_script(function) {
                    return self.arguments_alone(function);
                }
                if let Some(found) = self.found_before(function)? {
                    *expression = found;
                    return Ok(());
                }
                self.function(function)?;
                super::function::spell_out(function);
                Ok(())
            }
            Expr::Case { case_token: _, end_token: _, operand, conditions, else_result } => {
                for part in operand.iter_mut().chain(else_result) {
                    self.expression(part)?;
                }
                for CaseWhen { condition, result } in conditions {
                    self.both(condition, result)?;
                }
                Ok(())
            }
            Expr::Exists { subquery, negated: _ } | Expr::Subquery(subquery) => self.query(subquery),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                sets.iter_mut().try_for_each(|set| self.expressions(set))
            }
            Expr::Tuple(_) => self.refuse("a list in parentheses as a value", &*expression),
            Expr::Array(_) => self.refuse("`[…]` as a value", &*expression).map_err(|e| e.help("use `array(…)`")),
            Expr::Lambda(_) => self.refuse("`x -> …` here", &*expression).map_err(|error| {
                error.help("functions are given to `transform`, `filter`, `array_reduce` and their like")
            }),
            Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => self.refuse("`is unknown`", &*expression),
            Expr::IsNormalized { .. }
            | Expr::JsonAccess { .. }
            | Expr::InUnnest { .. }
            | Expr::SimilarTo { .. }
            | Expr::Convert { .. }
            | Expr::AtTimeZone { .. }
            | Expr::Ceil { .. }
            | Expr::Floor { .. }
            | Expr::Position { .. }
            | Expr::Substring { .. }
            | Expr::Overlay { .. }
            | Expr::Collate { .. }
            | Expr::Prefixed { .. }
            | Expr::Struct { .. }
            | Expr::Named { .. }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::MatchAgainst { .. }
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..)
            | Expr::OuterJoin(_)
            | Expr::Prior(_)
            | Expr::MemberOf(_) => self.refuse("this kind of expression", &*expression),
        }
    }

    /// Fields, array elements and map values.
    fn access(&mut self, access: &mut AccessExpr) -> Result<()> {
        match access {
            AccessExpr::Dot(Expr::Identifier(name)) => self.identifier(name),
            AccessExpr::Dot(other) => self.refuse("this kind of field", other),
            AccessExpr::Subscript(Subscript::Index { index }) => self.expression(index),
            AccessExpr::Subscript(slice @ Subscript::Slice { .. }) => self.refuse("a range in `[…]`", slice),
        }
    }

    /// `f(x).a[1]`, `c[0].a`: the planner knows fields of columns only, so those of other values are asked for by a function.
    fn fields_of_value(&self, expression: &mut Expr) {
        let Expr::CompoundFieldAccess { root, access_chain } = expression else { return };
        let is_field = |access: &AccessExpr| matches!(access, AccessExpr::Dot(_));
        let is_column = match root.as_ref() {
            Expr::Identifier(name) => !self.parameters.contains(&name.value),
            Expr::CompoundIdentifier(_) => true,
            _ => false,
        };
        let of_column = if is_column { access_chain.iter().take_while(|access| is_field(access)).count() } else { 0 };
        if is_column && !access_chain.iter().skip(of_column).any(is_field) {
            return;
        }
        let rest = access_chain.split_off(of_column);
        let mut value = match of_column {
            0 => std::mem::replace(root.as_mut(), Expr::Tuple(Vec::new())),
            _ => std::mem::replace(expression, Expr::Tuple(Vec::new())),
        };
        for access in rest {
            value = match access {
                AccessExpr::Dot(Expr::Identifier(name)) => call("get_field", [value, text(name.value)]),
                other => Expr::CompoundFieldAccess { root: Box::new(value), access_chain: vec![other] },
            };
        }
        *expression = value;
    }

    fn binary(&mut self, expression: &mut Expr) -> Result<()> {
        let Expr::BinaryOp { left, op, right } = expression else { return Ok(()) };
        match op {
            BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::MyIntegerDivide
            | BinaryOperator::StringConcat
            | BinaryOperator::Gt
            | BinaryOperator::Lt
            | BinaryOperator::GtEq
            | BinaryOperator::LtEq
            | BinaryOperator::Eq
            | BinaryOperator::NotEq
            | BinaryOperator::Spaceship
            | BinaryOperator::And
            | BinaryOperator::Or
            | BinaryOperator::BitwiseOr
            | BinaryOperator::BitwiseAnd
            | BinaryOperator::BitwiseXor => self.both(left, right),
            _ => self.refuse("this operator", left.as_ref()),
        }
    }

    /// `a [not] rlike b`
    fn regular(&mut self, expression: &mut Expr) -> Result<()> {
        let Expr::RLike { negated, expr, pattern, regexp: _ } = expression else { return Ok(()) };
        self.both(expr, pattern)?;
        let negated = *negated;
        let nothing = || Expr::Tuple(Vec::new());
        let arguments = [std::mem::replace(expr.as_mut(), nothing()), std::mem::replace(pattern.as_mut(), nothing())];
        // The function says what is wrong with a pattern; the engine's own operator does not.
        let call = call("rlike", arguments);
        *expression = match negated {
            true => Expr::Nested(Box::new(Expr::UnaryOp { op: UnaryOperator::Not, expr: Box::new(call) })),
            false => call,
        };
        Ok(())
    }

    /// `extract(year from d)`. Source: "EXTRACT": year, month, day, hour, minute.
    fn extract(&mut self, expression: &mut Expr) -> Result<()> {
        let Expr::Extract { field, syntax: _, expr } = expression else { return Ok(()) };
        let name = match field {
            DateTimeField::Year => "year",
            DateTimeField::Quarter => "quarter",
            DateTimeField::Month => "month",
            DateTimeField::Week(None) => "week",
            DateTimeField::Day => "day",
            DateTimeField::Hour => "hour",
            DateTimeField::Minute => "minute",
            DateTimeField::Second => "second",
            _ => return self.refuse("this part in `extract`", expr.as_ref()),
        };
        self.expression(expr)?;
        let moment = std::mem::replace(expr.as_mut(), Expr::Tuple(Vec::new()));
        *expression = call("date_part", [text(name.to_owned()), moment]);
        Ok(())
    }

    /// A type that the edition of the session has.
    pub(super) fn edition(&self, named: &DataType, span: TokenSpan) -> Result<()> {
        self.dialect.check_type(named).map_err(|error| match self.places.tree(span) {
            Some(place) => error.at(place),
            None => error,
        })
    }

    /// Chosen: a value that does not fit the type becomes NULL, unless the session is strict. `try_cast` and `safe_cast`
    /// always give NULL then: they are told from the others by their type, which is `nullable`.
    fn cast(&mut self, expression: &mut Expr) -> Result<()> {
        let span = expression.span();
        let Expr::Cast { kind, expr, data_type: written, array, format } = expression else { return Ok(()) };
        let lenient = matches!(kind, CastKind::TryCast | CastKind::SafeCast);
        *kind = CastKind::TryCast;
        if *array || format.is_some() {
            return self.refuse("this kind of `cast`", expr.as_ref());
        }
        let Some(named) = data_type(written) else {
            return Err(self
                .error(Code::Semantic, format!("`{}` is not a type", written.to_string().to_lowercase()), expr.span())
                .help("types are `bigint`, `string`, `double`, `decimal(p,s)`, `datetime`, `array<…>`, `map<…,…>` …"));
        };
        // A constant such as `1.5BD` is a cast, whose precision nobody chose.
        let chosen = !matches!(expr.as_ref(), Expr::Value(_)) || !matches!(named, DataType::Decimal(..));
        if chosen {
            self.edition(&named, span)?;
        }
        if lenient {
            let inner = std::mem::replace(written, SqlType::Date);
            *written = SqlType::Nullable(Box::new(inner));
        }
        self.expression(expr)
    }
}

/// `cluster_sample(n) over (…)` chooses n rows of each partition, `cluster_sample(n, m)` m of n parts. Source: "CLUSTER_SAMPLE".
fn sampled(function: &Function) -> Option<Expr> {
    let FunctionArguments::List(list) = &function.args else { return None };
    if !function.name.to_string().replace('`', "").eq_ignore_ascii_case("cluster_sample") {
        return None;
    }
    let value = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(Expr::Nested(Box::new(value.clone()))),
        _ => None,
    };
    let given = list.args.iter().map(value).collect::<Option<Vec<_>>>()?;
    let Some(WindowType::WindowSpec(window)) = &function.over else { return None };
    let over = |name: &str, arguments: Vec<Expr>, order_by: Vec<OrderByExpr>| match call(name, arguments) {
        Expr::Function(call) => {
            let window = WindowSpec { order_by, window_frame: None, ..window.clone() };
            Expr::Function(Function { over: Some(WindowType::WindowSpec(window)), ..call })
        }
        other => other,
    };
    let chance = OrderByExpr {
        expr: call("rand", []),
        options: OrderByOptions { asc: None, nulls_first: None },
        with_fill: None,
    };
    let one = Expr::Value(Value::Number("1".to_owned(), false).with_empty_span());
    let place = over("row_number", Vec::new(), vec![chance]);
    let calculated = |left: Expr, op: BinaryOperator, right: Expr| {
        Expr::Nested(Box::new(Expr::BinaryOp { left: Box::new(left), op, right: Box::new(right) }))
    };
    let most = match given.as_slice() {
        [count] => count.clone(),
        [parts, part] => {
            let rows = over("count", vec![one], Vec::new());
            let share = calculated(rows, BinaryOperator::Multiply, part.clone());
            calculated(share, BinaryOperator::Divide, parts.clone())
        }
        _ => return None,
    };
    Some(calculated(place, BinaryOperator::LtEq, most))
}

/// `int(x)` is `cast(x as int)`.
fn converted(function: &Function) -> Option<Expr> {
    let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else { return None };
    if !CONVERSIONS.contains(&fold(&name.value).as_str()) || function.over.is_some() || function.filter.is_some() {
        return None;
    }
    let FunctionArguments::List(list) = &function.args else { return None };
    let ([FunctionArg::Unnamed(FunctionArgExpr::Expr(value))], None) = (list.args.as_slice(), list.duplicate_treatment)
    else {
        return None;
    };
    Some(Expr::Cast {
        kind: CastKind::TryCast,
        expr: Box::new(value.clone()),
        data_type: SqlType::Custom(function.name.clone(), Vec::new()),
        array: false,
        format: None,
    })
}

/// `trim(both 'x' from y)` as a call. Source: "TRIM".
fn spelled(expression: &mut Expr) {
    let given = std::mem::replace(expression, Expr::Tuple(Vec::new()));
    *expression = match given {
        Expr::Trim { expr, trim_where, trim_what, trim_characters } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                Some(TrimWhereField::Both) | None => "trim",
            };
            let characters = trim_what.map(|what| *what).into_iter().chain(trim_characters.into_iter().flatten());
            call(name, std::iter::once(*expr).chain(characters))
        }
        other => other,
    };
}

/// A text as a value.
pub(super) fn text(text: String) -> Expr {
    Expr::Value(Value::SingleQuotedString(text).with_empty_span())
}

/// A call of a function of one row.
pub(super) fn call(name: &str, arguments: impl IntoIterator<Item = Expr>) -> Expr {
    let argument = |expr| FunctionArg::Unnamed(FunctionArgExpr::Expr(expr));
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args: arguments.into_iter().map(argument).collect(),
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
