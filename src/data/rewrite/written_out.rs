//! Calls that are written out: expressions with values in the places of their names, and what is in them.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    AccessExpr, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectNamePart, VisitMut,
    VisitorMut, visit_expressions,
};

use super::expression::{CONVERSIONS, call};
use crate::data::functions::context::is_random;
use crate::data::functions::first_of::FIRST_OF;
use crate::data::functions::registry;
use crate::text::fold;

/// Puts values in the places of `@x` and `@x.field`.
pub(super) fn substitute(expr: &mut Expr, values: &BTreeMap<String, Expr>) {
    struct Names<'v>(&'v BTreeMap<String, Expr>);
    impl VisitorMut for Names<'_> {
        type Break = ();

        fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            let found = match &*expr {
                Expr::Identifier(name) => self.0.get(&fold(&name.value)).cloned().map(|value| (value, Vec::new())),
                Expr::CompoundIdentifier(names) => names.split_first().and_then(|(first, fields)| {
                    let dot = |field: &Ident| AccessExpr::Dot(Expr::Identifier(field.clone()));
                    Some((self.0.get(&fold(&first.value))?.clone(), fields.iter().map(dot).collect()))
                }),
                _ => None,
            };
            if let Some((value, access_chain)) = found {
                let root = match value {
                    name @ Expr::Identifier(_) => Box::new(name),
                    other => Box::new(Expr::Nested(Box::new(other))),
                };
                *expr = match (access_chain.is_empty(), *root) {
                    (true, root) => root,
                    (false, Expr::Identifier(name)) => {
                        // A parameter stays one until the call.
                        let fields = access_chain.into_iter().filter_map(|access| match access {
                            AccessExpr::Dot(Expr::Identifier(field)) => Some(field),
                            _ => None,
                        });
                        Expr::CompoundIdentifier(std::iter::once(name).chain(fields).collect())
                    }
                    (false, root) => Expr::CompoundFieldAccess { root: Box::new(root), access_chain },
                };
            }
            ControlFlow::Continue(())
        }
    }
    let _ = VisitMut::visit(expr, &mut Names(values));
}

/// A value, with others beside it that are bound and decided and not calculated.
pub(super) fn with_others(value: Expr, others: Vec<Expr>) -> Expr {
    match others.is_empty() {
        true => value,
        false => call(FIRST_OF, std::iter::once(value).chain(others)),
    }
}

/// What is left of an expression when it is calculated.
pub(super) fn calculated(body: &Expr) -> Expr {
    struct Others;
    impl VisitorMut for Others {
        type Break = ();

        fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
            while let Expr::Function(function) = &*expr
                && simple_name(function).as_deref() == Some(FIRST_OF)
                && let Some(value) = plain_arguments(function).and_then(|given| given.into_iter().next())
            {
                *expr = value;
            }
            ControlFlow::Continue(())
        }
    }
    let mut value = body.clone();
    let _ = VisitMut::visit(&mut value, &mut Others);
    value
}

/// How often an expression reads a parameter.
pub(super) fn uses(body: &Expr, parameter: &str) -> usize {
    names_in(body).filter(|name| fold(&name.value) == parameter).count()
}

/// The names that an expression reads: `a`, and of `a.b` the first.
pub(super) fn names_in(body: &Expr) -> impl Iterator<Item = Ident> {
    let mut names = Vec::new();
    let _ = visit_expressions(body, |part: &Expr| {
        names.extend(match part {
            Expr::Identifier(name) => Some(name.clone()),
            Expr::CompoundIdentifier(names) => names.first().cloned(),
            _ => None,
        });
        ControlFlow::<()>::Continue(())
    });
    names.into_iter()
}

/// How many expressions there are in one, itself included.
pub(super) fn parts(expr: &Expr) -> usize {
    let mut parts = 0;
    let _ = visit_expressions(expr, |_: &Expr| {
        parts += 1;
        ControlFlow::<()>::Continue(())
    });
    parts
}

/// How many parts an expression has once these values are in their places.
pub(super) fn written_out_parts(expr: &Expr, values: &BTreeMap<String, Expr>) -> usize {
    let read = names_in(expr).filter_map(|name| values.get(&fold(&name.value)).map(parts));
    read.fold(parts(expr), usize::saturating_add)
}

/// Whether two calculations may give different values: it draws a random one, or calls what is not known here.
pub(super) fn differs_each_time(argument: &Expr) -> bool {
    visit_expressions(argument, |part: &Expr| match part {
        Expr::Function(function) => match simple_name(function) {
            Some(name) if is_random(&name) => ControlFlow::Break(()),
            Some(name) if registry().contains(&name) || CONVERSIONS.contains(&name.as_str()) => {
                ControlFlow::Continue(())
            }
            _ => ControlFlow::Break(()),
        },
        _ => ControlFlow::Continue(()),
    })
    .is_break()
}

/// The name of a call, folded, if it has one part.
pub(super) fn simple_name(function: &Function) -> Option<String> {
    match function.name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] => Some(fold(&name.value)),
        _ => None,
    }
}

/// The arguments of a call that has nothing else.
pub(super) fn plain_arguments(function: &Function) -> Option<Vec<Expr>> {
    let is_plain = function.over.is_none()
        && function.filter.is_none()
        && function.null_treatment.is_none()
        && function.within_group.is_empty()
        && !function.uses_odbc_syntax;
    let FunctionArguments::List(list) = &function.args else { return None };
    if !is_plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return None;
    }
    let value = |argument: &FunctionArg| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(value)) => Some(value.clone()),
        _ => None,
    };
    list.args.iter().map(value).collect()
}
