//! Functions of a script: each call becomes the function's expression, with the arguments in the places of the parameters.
//!
//! An expression reads its parameters only, so that it means the same wherever the call is.

use std::collections::{BTreeMap, BTreeSet};
use std::mem::replace;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, Cte, DataType as SqlType, Expr, Function, Ident, Query, Select, SelectItem, SetExpr, Spanned, Value,
    Visit, VisitMut, Visitor, VisitorMut, visit_expressions,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::expression::CONVERSIONS;
use super::written_out::{
    calculated, differs_each_time, names_in, parts, plain_arguments, simple_name, substitute, uses, with_others,
    written_out_parts,
};
use super::{Rewriter, data_type};
use crate::data::functions::registry;
use crate::data::tokens::{IS_FUNCTION, PARAMETER, RESULT};
use crate::error::{Code, Error, Result};
use crate::syntax::BODY;
use crate::text::fold;

/// Longest expression after every call has been written out, in parts. Chosen, as for one that is typed.
const EXPRESSION: usize = 2_000;
/// The same, for all expressions of a query together. Chosen.
const EXPRESSIONS: usize = 100_000;

/// A function of a script.
#[derive(Debug, Clone)]
pub(super) struct ScriptFunction {
    parameters: Vec<Parameter>,
    /// Whether a call was written out, which shows what is wrong with it.
    is_called: bool,
    /// Reads parameters only, and calls no function of the script. Has what the value does not need beside it.
    body: Expr,
}

#[derive(Debug, Clone)]
struct Parameter {
    /// With its `@`, folded.
    name: String,
    /// None for `any`.
    data_type: Option<SqlType>,
    /// How often the value reads it.
    uses: usize,
    /// How often it stands in the body: also where nothing is calculated.
    places: usize,
}

/// The functions of a script that a query knows.
#[derive(Debug, Default)]
pub(super) struct ScriptFunctions {
    known: BTreeMap<String, ScriptFunction>,
    /// How many parts all calls have come to.
    parts: usize,
}

impl Rewriter<'_> {
    /// Takes the function out that a named subquery stands for; false for every other named subquery.
    pub(super) fn defines_function(&mut self, cte: &mut Cte) -> Result<bool> {
        let called = &cte.alias.name;
        let Some(name) = called.value.strip_prefix('@').and_then(|name| name.strip_suffix(IS_FUNCTION)) else {
            return Ok(false);
        };
        let (name, span) = (fold(name), called.span);
        if registry().contains(&name) || CONVERSIONS.contains(&name.as_str()) {
            let error = self.error(Code::Semantic, format!("`{name}` is a built-in function"), span);
            return Err(error.help("choose another name"));
        }
        let SetExpr::Select(select) = replace(cte.query.body.as_mut(), SetExpr::Values(super::query::no_values()))
        else {
            return Err(self.unsupported("this kind of function", span));
        };
        // What the body of a stored function reads is its maker's, and means the same wherever the call is.
        let may_read = name == BODY;
        let function = self.script_function(*select, may_read, span)?;
        self.script_functions.known.insert(name, function);
        Ok(true)
    }

    fn script_function(&mut self, select: Select, may_read: bool, span: Span) -> Result<ScriptFunction> {
        let (mut parameters, mut values, mut result) = (Vec::new(), BTreeMap::new(), None);
        let (mut locals, mut read) = (Vec::new(), BTreeSet::new());
        for item in select.projection {
            let SelectItem::ExprWithAlias { mut expr, alias } = item else {
                return Err(self.unsupported("a list as the value of a function", span));
            };
            let typed = |expr: Expr| match expr {
                Expr::Cast { data_type, .. } => Some(data_type),
                _ => None,
            };
            if let Some(name) = alias.value.strip_prefix(PARAMETER) {
                let name = format!("@{}", fold(name));
                values.insert(name.clone(), Expr::Identifier(Ident::with_quote('`', &name)));
                let data_type = typed(expr).filter(|written| !is_any(written));
                parameters.push(Parameter { name, data_type, uses: 0, places: 0 });
            } else if let Some(name) = alias.value.strip_prefix(RESULT) {
                result = Some((format!("@{}", fold(name)), typed(expr).filter(|written| !is_any(written))));
            } else {
                self.only_parameters(&expr, may_read)
                    .map_err(|error| if error.span.is_none() { self.placed(error, span) } else { error })?;
                self.written_out(&mut expr)?;
                // Values double with each one that reads another twice: counted before they are written out.
                if written_out_parts(&expr, &values) > EXPRESSION {
                    return Err(self.too_long(span));
                }
                read.extend(names_in(&expr).map(|name| fold(&name.value)));
                substitute(&mut expr, &values);
                let name = fold(&alias.value);
                let is_result = name == "@" || result.as_ref().is_some_and(|(result, _)| *result == name);
                if let (true, Some((_, data_type))) = (is_result, &result) {
                    expr = self.as_type(expr, data_type.as_ref())?;
                }
                if values.insert(name.clone(), expr.clone()).is_some() {
                    return Err(self.error(Code::Semantic, format!("`{name}` is defined twice"), alias.span));
                }
                locals.push((name, is_result, expr));
            }
        }
        let Some((_, true, value)) = locals.pop() else {
            let named = result
                .filter(|(name, _)| name != "@")
                .map_or_else(|| "the result".to_owned(), |(name, _)| format!("`{name}`"));
            let error = self.error(Code::Semantic, format!("the last value of a function must be {named}"), span);
            return Err(error.help("write `returns @<result> <type>` and give `@<result>` its value last"));
        };
        // Each value is bound and decided, also if no other reads it (STG-3).
        let unread = locals.into_iter().filter(|(name, ..)| !read.contains(name)).map(|(.., value)| value);
        let body = with_others(value, unread.collect());
        if parts(&body) > EXPRESSION {
            return Err(self.too_long(span));
        }
        if visit_expressions(&body, |part: &Expr| match part {
            Expr::Function(function) if simple_name(function).as_deref() == Some(BODY) => ControlFlow::Break(()),
            _ => ControlFlow::Continue(()),
        })
        .is_break()
        {
            return Err(self.error(Code::Semantic, format!("function `{BODY}` cannot be resolved"), span));
        }
        if let Some(unknown) = unknown_variable(&body, &parameters) {
            let error = self.error(Code::Semantic, format!("`{}` is not defined", unknown.value), unknown.span);
            return Err(error.help("the expression of a function reads its parameters, and values before it"));
        }
        let value = calculated(&body);
        for parameter in &mut parameters {
            parameter.uses = uses(&value, &parameter.name);
            parameter.places = uses(&body, &parameter.name);
            if let Some(written) = &parameter.data_type {
                match data_type(written) {
                    Some(known) => self.edition(&known, span)?,
                    None => return Err(self.unsupported(&format!("the type `{written}`"), span)),
                }
            }
        }
        Ok(ScriptFunction { parameters, is_called: false, body })
    }

    /// Walks over the expressions of functions that nothing calls, with NULL for each parameter: a mistake shows, and what they call is asked for.
    pub(super) fn check_uncalled(&mut self) -> Result<()> {
        let known = std::mem::take(&mut self.script_functions.known);
        known.values().filter(|function| !function.is_called).try_for_each(|function| self.checked(function))
    }

    fn checked(&mut self, function: &ScriptFunction) -> Result<()> {
        let null = || Expr::Value(Value::Null.with_empty_span());
        let values = function.parameters.iter().map(|parameter| (parameter.name.clone(), typed_as(null(), parameter)));
        let mut body = function.body.clone();
        substitute(&mut body, &values.collect());
        self.expression(&mut body)
    }

    fn too_long(&self, span: Span) -> Box<Error> {
        let message =
            format!("the expression has more than {EXPRESSION} parts once functions and values are written out");
        self.error(Code::Semantic, message, span).help("calculate a part of it in a subquery")
    }

    fn placed(&self, error: Box<Error>, span: Span) -> Box<Error> {
        match self.places.tree(span) {
            Some(place) => error.at(place),
            None => error,
        }
    }

    /// Refuses what no expression over parameters has; inside of a subquery, if there may be one, everything is allowed.
    fn only_parameters(&self, expr: &Expr, may_read: bool) -> Result<()> {
        match expr.visit(&mut OnlyParameters { rewriter: self, may_read, queries: 0 }) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    fn is_of_parameters(&self, part: &Expr, may_read: bool) -> Result<()> {
        let error = match part {
            Expr::Identifier(name) if !name.value.starts_with('@') => Some(
                self.error(Code::Semantic, format!("column `{}` in the body of a function", name.value), name.span)
                    .help("a function reads its parameters: `@<parameter>`"),
            ),
            Expr::CompoundIdentifier(names) if !names.first().is_some_and(|name| name.value.starts_with('@')) => {
                Some(self.error(Code::Semantic, "a column in the body of a function", part.span()))
            }
            Expr::Subquery(_) | Expr::Exists { .. } | Expr::InSubquery { .. } if !may_read => {
                Some(self.unsupported("a subquery in a function of a script", part.span()))
            }
            Expr::InSubquery { .. } => Some(
                self.unsupported("`in (select …)` in the body of a function", part.span())
                    .help("use `exists (select …)` or `(select count(*) …) > 0`, without a parameter in the subquery"),
            ),
            Expr::Lambda(_) => Some(self.unsupported("`x -> …` in the body of a function", part.span())),
            Expr::Function(function) => self.of_many_rows(function),
            _ => None,
        };
        error.map_or(Ok(()), Err)
    }

    fn of_many_rows(&self, function: &Function) -> Option<Box<Error>> {
        let name = simple_name(function).unwrap_or_default();
        let is_of_many = function.over.is_some()
            || !registry().has_scalar(&name)
                && (registry().aggregate(&name).is_some() || registry().window(&name).is_some());
        is_of_many.then(|| {
            self.unsupported("an aggregate or window function in the body of a function", function.name.span())
                .help("write it in the query: `f(sum(a))`")
        })
    }

    /// Writes every call of a function of the script out, inner ones first.
    pub(super) fn written_out(&mut self, expr: &mut Expr) -> Result<()> {
        if self.script_functions.known.is_empty() {
            return Ok(());
        }
        match VisitMut::visit(expr, &mut Calls(self)) {
            ControlFlow::Break(error) => Err(error),
            ControlFlow::Continue(()) => Ok(()),
        }
    }

    /// Whether this calls a function of the script.
    pub(super) fn calls_script(&self, function: &Function) -> bool {
        !self.script_functions.known.is_empty()
            && simple_name(function).is_some_and(|name| self.script_functions.known.contains_key(&name))
    }

    /// The expression of a call; its arguments call no function of the script.
    fn expression_of(&mut self, function: &Function) -> Result<Option<Expr>> {
        let known = simple_name(function).and_then(|name| self.script_functions.known.get_mut(&name));
        let Some(known) = known else { return Ok(None) };
        known.is_called = true;
        let known = known.clone();
        let span = function.name.span();
        let Some(arguments) = plain_arguments(function) else {
            return Err(self.unsupported("this kind of call of a function of a script", span));
        };
        if arguments.len() != known.parameters.len() {
            let (wanted, given) = (known.parameters.len(), arguments.len());
            let noun = if wanted == 1 { "argument" } else { "arguments" };
            let message = format!("the function has {wanted} {noun}, and is called with {given}");
            return Err(self.error(Code::Semantic, message, span));
        }
        let mut parts = parts(&known.body);
        let (mut values, mut unused) = (BTreeMap::new(), Vec::new());
        for (parameter, argument) in known.parameters.iter().zip(arguments) {
            if parameter.uses > 1 && differs_each_time(&argument) {
                let message = format!("`{}` would be calculated {} times", parameter.name, parameter.uses);
                return Err(self
                    .error(Code::Unsupported, format!("not supported: {message}"), argument.span())
                    .help("give the function a column: calculate the value in a subquery"));
            }
            parts += parameter.places.max(1) * self::parts(&argument);
            let argument = typed_as(argument, parameter);
            match parameter.places {
                0 => unused.push(argument),
                _ => drop(values.insert(parameter.name.clone(), argument)),
            }
        }
        self.script_functions.parts += parts;
        if parts > EXPRESSION || self.script_functions.parts > EXPRESSIONS {
            return Err(self.too_long(span));
        }
        let mut body = known.body;
        substitute(&mut body, &values);
        Ok(Some(Expr::Nested(Box::new(with_others(body, unused)))))
    }

    fn as_type(&self, expr: Expr, written: Option<&SqlType>) -> Result<Expr> {
        Ok(match written {
            Some(written) if data_type(written).is_none() => {
                return Err(self.unsupported(&format!("the type `{written}`"), expr.span()));
            }
            Some(written) => cast(expr, written),
            None => expr,
        })
    }
}

struct OnlyParameters<'r, 'a> {
    rewriter: &'r Rewriter<'a>,
    may_read: bool,
    /// How many queries are around.
    queries: usize,
}

impl Visitor for OnlyParameters<'_, '_> {
    type Break = Box<Error>;

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<Self::Break> {
        self.queries += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<Self::Break> {
        self.queries -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, part: &Expr) -> ControlFlow<Self::Break> {
        match self.queries {
            0 => match self.rewriter.is_of_parameters(part, self.may_read) {
                Ok(()) => ControlFlow::Continue(()),
                Err(error) => ControlFlow::Break(error),
            },
            _ => ControlFlow::Continue(()),
        }
    }
}

struct Calls<'r, 'a>(&'r mut Rewriter<'a>);

impl VisitorMut for Calls<'_, '_> {
    type Break = Box<Error>;

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<Self::Break> {
        let Expr::Function(function) = &*expr else { return ControlFlow::Continue(()) };
        match self.0.expression_of(function) {
            Ok(Some(body)) => {
                *expr = body;
                ControlFlow::Continue(())
            }
            Ok(None) => ControlFlow::Continue(()),
            Err(error) => ControlFlow::Break(error),
        }
    }
}

/// A name with `@` that is none of the parameters.
fn unknown_variable(body: &Expr, parameters: &[Parameter]) -> Option<Ident> {
    names_in(body).find(|name| {
        let folded = fold(&name.value);
        folded.starts_with('@') && parameters.iter().all(|parameter| parameter.name != folded)
    })
}

fn typed_as(value: Expr, parameter: &Parameter) -> Expr {
    match &parameter.data_type {
        Some(written) => cast(value, written),
        None => value,
    }
}

fn cast(value: Expr, written: &SqlType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(value), data_type: written.clone(), array: false, format: None }
}

/// `any`: every type.
fn is_any(written: &SqlType) -> bool {
    written.to_string().eq_ignore_ascii_case("any")
}
