//! `cube` and `rollup` of several columns at a time, and inside of `grouping sets`: written out as `grouping sets`.
//!
//! Source: "GROUPING SETS": `cube ((a, b), c)` means `grouping sets ((a, b, c), (a, b), (c), ())`.

use std::mem::take;

use datafusion::sql::sqlparser::ast::{
    Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, GroupByWithModifier,
};

/// Most items of a `cube` that is written out: it stands for as many sets as these have subsets. Chosen.
const ITEMS: usize = 10;

/// Writes out in a `group by` what the planner does not read.
///
/// # Errors
/// How many items a `cube` has that has too many.
pub(super) fn spell_out(group_by: &mut GroupByExpr) -> Result<(), usize> {
    let GroupByExpr::Expressions(items, modifiers) = group_by else { return Ok(()) };
    let listed = modifiers.iter_mut().filter_map(|modifier| match modifier {
        GroupByWithModifier::GroupingSets(listed) => Some(listed),
        _ => None,
    });
    items.iter_mut().chain(listed).try_for_each(item)
}

fn item(item: &mut Expr) -> Result<(), usize> {
    let sets = match item {
        Expr::Cube(parts) if has_tuple(parts) => subsets(take(parts))?,
        Expr::Rollup(parts) if has_tuple(parts) => prefixes(take(parts)),
        Expr::GroupingSets(listed) if listed.iter().any(|set| nested(set).is_some()) => {
            let mut sets = Vec::new();
            for set in take(listed) {
                match nested(&set) {
                    Some((true, parts)) => sets.extend(subsets(parts)?),
                    Some((false, parts)) => sets.extend(prefixes(parts)),
                    None => sets.push(set),
                }
            }
            sets
        }
        _ => return Ok(()),
    };
    *item = Expr::GroupingSets(sets);
    Ok(())
}

fn has_tuple(parts: &[Vec<Expr>]) -> bool {
    parts.iter().any(|part| part.len() != 1)
}

/// The parts of a `cube` (or else `rollup`) that stands in the place of a set.
fn nested(set: &[Expr]) -> Option<(bool, Vec<Vec<Expr>>)> {
    match set {
        [Expr::Cube(parts)] => Some((true, parts.clone())),
        [Expr::Rollup(parts)] => Some((false, parts.clone())),
        [Expr::Function(Function { name, args: FunctionArguments::List(list), .. })] => {
            let name = name.to_string();
            let cube = name.eq_ignore_ascii_case("cube");
            if !cube && !name.eq_ignore_ascii_case("rollup") {
                return None;
            }
            let parts = list.args.iter().map(|argument| match argument {
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Tuple(part))) => Some(part.clone()),
                FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::Nested(part))) => Some(vec![part.as_ref().clone()]),
                FunctionArg::Unnamed(FunctionArgExpr::Expr(part)) => Some(vec![part.clone()]),
                _ => None,
            });
            Some((cube, parts.collect::<Option<_>>()?))
        }
        _ => None,
    }
}

/// Every choice of the parts, the largest first.
fn subsets(parts: Vec<Vec<Expr>>) -> Result<Vec<Vec<Expr>>, usize> {
    if parts.len() > ITEMS {
        return Err(parts.len());
    }
    let mut sets = vec![Vec::new()];
    for part in parts {
        let without = sets.clone();
        sets.iter_mut().for_each(|set| add(set, &part));
        sets.extend(without);
    }
    Ok(sets)
}

/// The first parts, all of them first.
fn prefixes(parts: Vec<Vec<Expr>>) -> Vec<Vec<Expr>> {
    let mut set = Vec::new();
    let mut sets = vec![set.clone()];
    for part in parts {
        add(&mut set, &part);
        sets.push(set.clone());
    }
    sets.reverse();
    sets
}

/// A column that is in a set stays in it once.
fn add(set: &mut Vec<Expr>, part: &[Expr]) {
    for column in part {
        if !set.contains(column) {
            set.push(column.clone());
        }
    }
}
