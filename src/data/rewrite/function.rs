//! Calls of functions.

use std::collections::BTreeSet;
use std::mem::take;

use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    BinaryOperator, CaseWhen, CastKind, DataType as SqlType, DuplicateTreatment, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, Ident, ObjectName,
    ObjectNamePart, Spanned, Value,
};

use super::Rewriter;
use super::expression::{call, text};
use crate::data::functions::single::FAILIF_SAYS;
use crate::data::functions::{MAP, is_internal, registry};
use crate::error::{Code, Result};
use crate::text::{Span, fold};

/// What the planner calls `explode`.
const UNNEST: &str = "unnest";

/// A call of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Its name, folded.
    pub name: String,
    /// Where it stands.
    pub span: Option<Span>,
    /// Whether `over` follows.
    pub over: bool,
}

/// Calls that the planner does not know, in other words.
///
/// `struct(a, b)` names its fields `col1`, `col2`. Source: "STRUCT". `count(distinct a, b)` counts the different pairs
/// without NULL. Source: "COUNT".
pub(super) fn spell_out(function: &mut Function) {
    let name = function.name.to_string();
    let FunctionArguments::List(list) = &mut function.args else { return };
    match name.trim_matches('`') {
        "field" if list.args.len() == 2 => function.name = ObjectName::from(vec![Ident::new("get_field")]),
        // The text of a query may be shown; a message that is computed could carry values of rows.
        "failif" if matches!(list.args.as_slice(), [_, message] if literal(message).is_some()) => {
            function.name = ObjectName::from(vec![Ident::new(FAILIF_SAYS)]);
        }
        "grouping_id" => function.name = ObjectName::from(vec![Ident::new("grouping")]),
        "decode" if list.args.len() == 2 => function.name = ObjectName::from(vec![Ident::new("?decode_charset")]),
        "wm_concat" if list.duplicate_treatment == Some(DuplicateTreatment::Distinct) && !list.clauses.is_empty() => {
            different_in_order(function);
        }
        "struct" => {
            list.args = named(std::mem::take(&mut list.args));
            function.name = ObjectName::from(vec![Ident::new("named_struct")]);
        }
        // Under its own name the planner would take the engine's map, and plan the arguments twice on every level.
        "map" => function.name = ObjectName::from(vec![Ident::new(MAP)]),
        "count" if list.args.len() > 1 && list.duplicate_treatment == Some(DuplicateTreatment::Distinct) => {
            let given = std::mem::take(&mut list.args);
            let values = given.iter().filter_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
                _ => None,
            });
            let known = values.map(|value| Expr::IsNotNull(Box::new(value)));
            let Some(condition) = known.reduce(|left, right| Expr::BinaryOp {
                left: Box::new(left),
                op: BinaryOperator::And,
                right: Box::new(right),
            }) else {
                return;
            };
            let together = named(given).into_iter().filter_map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
                _ => None,
            });
            let result = call("named_struct", together.collect::<Vec<_>>());
            let case = Expr::Case {
                case_token: AttachedToken::empty(),
                end_token: AttachedToken::empty(),
                operand: None,
                conditions: vec![CaseWhen { condition, result }],
                else_result: None,
            };
            list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(case))];
        }
        _ => {}
    }
}

/// `wm_concat(distinct ',', x) within group (order by y)`: the engine would have `x` and `y` be the same.
fn different_in_order(function: &mut Function) {
    let FunctionArguments::List(list) = &mut function.args else { return };
    let given: Vec<Expr> = take(&mut list.args).into_iter().filter_map(value_of).collect();
    let [separator, value] = given.as_slice() else { return };
    let as_text = Expr::Cast {
        kind: CastKind::TryCast,
        expr: Box::new(value.clone()),
        data_type: SqlType::Custom(ObjectName::from(vec![Ident::new("string")]), Vec::new()),
        array: false,
        format: None,
    };
    list.duplicate_treatment = None;
    list.args = vec![FunctionArg::Unnamed(FunctionArgExpr::Expr(as_text))];
    let known = Expr::IsNotNull(Box::new(value.clone()));
    function.filter = Some(Box::new(match function.filter.take() {
        None => known,
        Some(filter) => {
            Expr::BinaryOp { left: Box::new(Expr::Nested(filter)), op: BinaryOperator::And, right: Box::new(known) }
        }
    }));
    function.name = ObjectName::from(vec![Ident::new("array_agg")]);
    let separator = separator.clone();
    let gathered = Expr::Function(std::mem::replace(function, empty()));
    let joined = call("array_join", [call("array_distinct", [gathered]), separator]);
    if let Expr::Function(joined) = joined {
        *function = joined;
    }
}

fn empty() -> Function {
    Function {
        name: ObjectName::from(Vec::<Ident>::new()),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::None,
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    }
}

fn value_of(argument: FunctionArg) -> Option<Expr> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value),
        _ => None,
    }
}

/// A text that is written as an argument.
pub(super) fn literal(argument: &FunctionArg) -> Option<&str> {
    match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

/// Whether no argument is anything but NULL. Source: "COALESCE".
fn is_nothing(arguments: &FunctionArguments) -> bool {
    let FunctionArguments::List(list) = arguments else { return false };
    list.args.iter().all(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Value(value))) => matches!(value.value, Value::Null),
        _ => false,
    })
}

/// The longest name of a field, as for columns.
const FIELD: usize = 128;

/// The arguments of `named_struct` for these values.
fn named(values: Vec<FunctionArg>) -> Vec<FunctionArg> {
    let name = |at: usize| FunctionArg::Unnamed(FunctionArgExpr::Expr(text(format!("col{}", at + 1))));
    values.into_iter().enumerate().flat_map(|(at, value)| [name(at), value]).collect()
}

impl Rewriter<'_> {
    pub(super) fn function(&mut self, function: &mut Function) -> Result<()> {
        let span = function.name.span();
        self.object_name(&mut function.name)?;
        let [ObjectNamePart::Identifier(name)] = function.name.0.as_slice() else {
            return Err(self.unsupported("functions of a project", span).help("write `<project>:<function>(…)`"));
        };
        if name.value.starts_with(UNNEST) {
            return Err(self.unsupported("`unnest`", span).help("use `explode`"));
        }
        if is_internal(&name.value) {
            let message = format!("function `{}` cannot be resolved", name.value);
            return Err(self.error(Code::Semantic, message, span).help("`show builtin functions;` lists all"));
        }
        if name.value == "named_struct" {
            self.field_names(&function.args)?;
        }
        if name.value == "coalesce" && is_nothing(&function.args) {
            let error = self.error(Code::Semantic, "`coalesce` has no value that is not NULL", span);
            return Err(
                error.help("one of its values must have a type: a column, a constant, or `cast(null as <type>)`")
            );
        }
        let known = match name.value.as_str() {
            "grouping_id" => "grouping",
            "field" => "get_field",
            other => other,
        }
        .to_owned();
        let drawn = self.drawn_once(function, &known);
        let known = drawn.clone().unwrap_or(known);
        if let Some(drawn) = drawn {
            function.name = ObjectName::from(vec![Ident::with_quote('`', drawn)]);
        }
        self.functions.push(Called { name: known, span: self.places.tree(span), over: function.over.is_some() });
        self.arguments_of(function)
    }

    /// Names of fields that a type can be written with: a table or a kept result has no others.
    fn field_names(&self, arguments: &FunctionArguments) -> Result<()> {
        let FunctionArguments::List(list) = arguments else { return Ok(()) };
        let mut known = BTreeSet::new();
        for argument in list.args.iter().step_by(2) {
            let Some(name) = literal(argument) else { continue };
            let folded = fold(name);
            let is_writable = |letter: char| !letter.is_control() && letter != '`';
            let wrong =
                if name.is_empty() || name.len() > FIELD || folded.len() > FIELD || !name.chars().all(is_writable) {
                    "a field of a struct cannot have this name"
                } else if !known.insert(folded) {
                    "two fields of a struct have the same name"
                } else {
                    continue;
                };
            return Err(self.error(Code::Semantic, wrong, argument.span()).help(format!(
                "name each field once, with 1 to {FIELD} bytes, without backticks and control characters"
            )));
        }
        Ok(())
    }

    /// `explode(…)` as a whole column of a `select` list; false for every other expression.
    pub(super) fn generator(&mut self, expr: &mut Expr) -> Result<bool> {
        let Expr::Function(function) = expr else { return Ok(false) };
        match function.name.0.as_mut_slice() {
            [ObjectNamePart::Identifier(name)] if name.value.eq_ignore_ascii_case("explode") => {
                name.value = UNNEST.to_owned();
            }
            _ => return Ok(false),
        }
        self.arguments_of(function)?;
        Ok(true)
    }

    /// Everything of a call but its name.
    pub(super) fn arguments_of(&mut self, function: &mut Function) -> Result<()> {
        let span = function.name.span();
        let Function { name, uses_odbc_syntax, parameters, args, filter, null_treatment: _, over, within_group } =
            function;
        if *uses_odbc_syntax || !matches!(parameters, FunctionArguments::None) {
            return Err(self.unsupported("this kind of call", span));
        }
        let FunctionArguments::List(FunctionArgumentList { duplicate_treatment, args, clauses }) = args else {
            return Err(self.unsupported("a call without a list of arguments", span));
        };
        match duplicate_treatment {
            None | Some(DuplicateTreatment::Distinct | DuplicateTreatment::All) => {}
        }
        let is_count = name.to_string().eq_ignore_ascii_case("count");
        let takes_functions = registry().given(&fold(&name.to_string().replace('`', ""))).is_some();
        // The engine has the order of an aggregate among its arguments. Source: "WM_CONCAT".
        if !within_group.is_empty() && name.to_string().eq_ignore_ascii_case("wm_concat") {
            clauses.push(FunctionArgumentClause::OrderBy(std::mem::take(within_group)));
        }
        let gathers = ["collect_list", "collect_set"].iter().any(|other| name.to_string().eq_ignore_ascii_case(other));
        let distinct = *duplicate_treatment == Some(DuplicateTreatment::Distinct);
        for argument in args {
            match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Lambda(lambda))) if takes_functions => {
                    self.lambda(lambda)?;
                }
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if is_count && distinct => {
                    return Err(self
                        .unsupported("`count(distinct *)`", span)
                        .help("name the columns: `count(distinct a, b)`"));
                }
                FunctionArg::Unnamed(FunctionArgExpr::Expr(argument)) => self.expression(argument)?,
                FunctionArg::Unnamed(FunctionArgExpr::Wildcard) if is_count => {}
                FunctionArg::Unnamed(
                    FunctionArgExpr::Wildcard
                    | FunctionArgExpr::QualifiedWildcard(_)
                    | FunctionArgExpr::WildcardWithOptions(_),
                ) => return Err(self.unsupported("`*` as an argument", span)),
                FunctionArg::Named { .. } | FunctionArg::ExprNamed { .. } => {
                    return Err(self.unsupported("named arguments", span));
                }
            }
        }
        for clause in clauses {
            match clause {
                FunctionArgumentClause::IgnoreOrRespectNulls(_) => {}
                FunctionArgumentClause::OrderBy(_) if gathers => {
                    return Err(self
                        .unsupported("`order by` among the arguments of this function", span)
                        .help("sort what it gathers: `sort_array(collect_list(x))`, or call `array_agg`"));
                }
                FunctionArgumentClause::OrderBy(items) => self.order_by_items(items)?,
                FunctionArgumentClause::Limit(_)
                | FunctionArgumentClause::OnOverflow(_)
                | FunctionArgumentClause::Having(_)
                | FunctionArgumentClause::Separator(_)
                | FunctionArgumentClause::JsonNullClause(_)
                | FunctionArgumentClause::JsonReturningClause(_) => {
                    return Err(self.unsupported("this clause among arguments", span));
                }
            }
        }
        if let Some(filter) = filter {
            self.expression(filter)?;
        }
        self.order_by_items(within_group)?;
        let Some(over) = over else { return Ok(()) };
        match self.window(over)? {
            Some(left_out) => self.excluding(function, left_out),
            None => Ok(()),
        }
    }
}
