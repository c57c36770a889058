//! `from`: tables, subqueries, joins, and `lateral view`.

use std::mem::take;

use datafusion::sql::sqlparser::ast::{
    BinaryOperator, Expr, ExprWithAlias, FunctionArg, FunctionArgExpr, Ident, Join, JoinConstraint, JoinOperator,
    LateralView, NullInclusion, ObjectName, ObjectNamePart, SetExpr, Spanned, TableAlias, TableAliasColumnDef,
    TableFactor, TableSample, TableSampleKind, TableSampleQuantity, TableSampleUnit, TableWithJoins, Value,
};

use super::expression::call;
use super::scope::Scopes;
use super::{Rewriter, query};
use crate::data::generators;
use crate::data::is_function;
use crate::data::relations::{Relation, object_name};
use crate::data::tokens::{LATERAL, LATERAL_OUTER};
use crate::error::{Code, Result};
use crate::text::fold;

/// A named subquery as a table.
pub(super) fn named(internal: &str) -> TableFactor {
    let name = ObjectName(vec![ObjectNamePart::Identifier(Ident::with_quote('`', internal))]);
    table(name, TableAlias { explicit: true, name: Ident::with_quote('`', internal), columns: Vec::new(), at: None })
}

pub(super) fn table(name: ObjectName, alias: TableAlias) -> TableFactor {
    TableFactor::Table {
        name,
        alias: Some(alias),
        args: None,
        with_hints: Vec::new(),
        version: None,
        with_ordinality: false,
        partitions: Vec::new(),
        json_path: None,
        sample: None,
        index_hints: Vec::new(),
    }
}

/// What a mark for [`crate::data::lateral`] is called that keeps the rows for which its argument is true.
pub const CHOSEN: &str = "?chosen";

/// What a mark is called that numbers equal rows, and the column that it adds.
pub const NUMBERED: &str = "?numbered";

/// A table with a mark, in a node that no query can be written with.
pub(super) fn marked(table: TableFactor, mark: Expr) -> TableFactor {
    TableFactor::Unpivot {
        table: Box::new(table),
        value: mark,
        name: Ident::with_quote('`', "mark:"),
        columns: Vec::new(),
        null_inclusion: None,
        alias: None,
    }
}

/// `rand() < <share>`, where `tablesample (<n> percent)` asks for a share of the rows. Source: "TABLESAMPLE".
fn share(sample: &TableSample) -> Option<Expr> {
    let TableSample { modifier: _, name: None, quantity: Some(quantity), seed: None, bucket: None, offset: None } =
        sample
    else {
        return None;
    };
    let TableSampleQuantity { parenthesized: true, value: Expr::Value(value), unit: Some(TableSampleUnit::Percent) } =
        quantity
    else {
        return None;
    };
    let Value::Number(percent, _) = &value.value else { return None };
    let percent: f64 = percent.parse().ok().filter(|percent| (0.0..=100.0).contains(percent))?;
    let number = |number: f64| Expr::Value(Value::Number(format!("{number:?}"), false).with_empty_span());
    let chance = Expr::BinaryOp {
        left: Box::new(call("rand", [])),
        op: BinaryOperator::Multiply,
        right: Box::new(number(100.0)),
    };
    Some(Expr::BinaryOp { left: Box::new(chance), op: BinaryOperator::Lt, right: Box::new(number(percent)) })
}

impl Rewriter<'_> {
    pub(super) fn from(&mut self, from: &mut Vec<TableWithJoins>, views: &mut Vec<LateralView>) -> Result<()> {
        for item in from.iter_mut() {
            self.table_with_joins(item)?;
        }
        for view in take(views) {
            let input = combine(take(from));
            let relation = self.lateral_view(input, view)?;
            from.push(TableWithJoins { relation, joins: Vec::new() });
        }
        Ok(())
    }

    fn table_with_joins(&mut self, item: &mut TableWithJoins) -> Result<()> {
        self.factor(&mut item.relation)?;
        for mut join in take(&mut item.joins) {
            if let Some(view) = lateral_in_front(&mut join) {
                let read = std::mem::replace(item, TableWithJoins { relation: named(""), joins: Vec::new() });
                item.relation = self.lateral_view(Some(nested(read)), view)?;
                continue;
            }
            let Join { relation, global, join_operator } = &mut join;
            self.factor(relation)?;
            self.only_if(!*global, "`global join`", &*relation)?;
            self.join(join_operator, relation)?;
            item.joins.push(join);
        }
        Ok(())
    }

    fn join(&mut self, operator: &mut JoinOperator, relation: &TableFactor) -> Result<()> {
        let constraint = match operator {
            JoinOperator::Join(constraint) | JoinOperator::Inner(constraint) => constraint,
            JoinOperator::CrossJoin(JoinConstraint::None) => return Ok(()),
            JoinOperator::Left(constraint)
            | JoinOperator::LeftOuter(constraint)
            | JoinOperator::Right(constraint)
            | JoinOperator::RightOuter(constraint)
            | JoinOperator::FullOuter(constraint)
            | JoinOperator::LeftSemi(constraint)
            | JoinOperator::LeftAnti(constraint) => {
                if matches!(constraint, JoinConstraint::None) {
                    return self.semantic("the join has no `on`", relation);
                }
                constraint
            }
            JoinOperator::CrossJoin(_)
            | JoinOperator::Semi(_)
            | JoinOperator::RightSemi(_)
            | JoinOperator::Anti(_)
            | JoinOperator::RightAnti(_)
            | JoinOperator::CrossApply
            | JoinOperator::OuterApply
            | JoinOperator::AsOf { .. }
            | JoinOperator::StraightJoin(_)
            | JoinOperator::ArrayJoin
            | JoinOperator::LeftArrayJoin
            | JoinOperator::InnerArrayJoin => return self.refuse("this kind of join", relation),
        };
        match constraint {
            JoinConstraint::On(condition) => self.expression(condition),
            JoinConstraint::Using(columns) => columns.iter_mut().try_for_each(|column| self.object_name(column)),
            JoinConstraint::Natural => {
                self.joins_naturally = true;
                Ok(())
            }
            JoinConstraint::None => Ok(()),
        }
    }

    pub(super) fn factor(&mut self, factor: &mut TableFactor) -> Result<()> {
        match factor {
            TableFactor::Table {
                name,
                alias,
                args,
                with_hints,
                version,
                with_ordinality,
                partitions,
                json_path,
                sample,
                index_hints,
            } => {
                for (absent, what) in [
                    (args.is_none(), "a function as a table"),
                    (with_hints.is_empty() && index_hints.is_empty(), "hints in `from`"),
                    (version.is_none(), "versions of a table"),
                    (!*with_ordinality, "`with ordinality`"),
                    (partitions.is_empty(), "`partition` in `from`"),
                    (json_path.is_none(), "a path in `from`"),
                ] {
                    self.only_if(absent, what, &*name)?;
                }
                let sample = sample.take();
                self.relation(name, alias)?;
                self.sampled(factor, sample)
            }
            TableFactor::Derived { lateral, subquery, alias, sample } => {
                self.only_if(!*lateral, "`lateral` without `view`", subquery.as_ref())?;
                let sample = sample.take();
                if alias.is_none()
                    && let SetExpr::Values(values) = subquery.body.as_ref()
                {
                    let columns = values.rows.first().map_or(0, |row| row.content.len());
                    *alias = Some(query::alias_of_values(columns));
                } else if let Some(alias) = alias {
                    self.alias(alias)?;
                }
                // The columns of `values` are named by the alias.
                match subquery.body.as_mut() {
                    SetExpr::Values(values) if alias.as_ref().is_some_and(|alias| !alias.columns.is_empty()) => {
                        self.values(values)?;
                        if let Some(selects) = self.spread(values)? {
                            *subquery.body = selects;
                        }
                    }
                    _ => self.query(subquery)?,
                }
                self.sampled(factor, sample)
            }
            TableFactor::NestedJoin { table_with_joins, alias } => {
                if let Some(alias) = alias {
                    self.alias(alias)?;
                }
                self.table_with_joins(table_with_joins)
            }
            TableFactor::TableFunction { .. }
            | TableFactor::Function { .. }
            | TableFactor::UNNEST { .. }
            | TableFactor::JsonTable { .. }
            | TableFactor::OpenJsonTable { .. }
            | TableFactor::XmlTable { .. } => self
                .refuse("a function as a table", &*factor)
                .map_err(|error| error.help("write `from <table> lateral view explode(…) <alias> as <column>`")),
            TableFactor::Pivot { .. } => self.pivot(factor),
            TableFactor::Unpivot { .. } => self.unpivot(factor),
            TableFactor::MatchRecognize { .. } => self.refuse("`match_recognize`", &*factor),
            TableFactor::SemanticView { .. } => self.refuse("`semantic_view`", &*factor),
        }
    }

    /// `tablesample (<n> percent)`: each row is taken by chance.
    fn sampled(&mut self, factor: &mut TableFactor, sample: Option<TableSampleKind>) -> Result<()> {
        let Some(sample) = sample else { return Ok(()) };
        let (TableSampleKind::BeforeTableAlias(sample) | TableSampleKind::AfterTableAlias(sample)) = sample;
        let Some(mut share) = share(&sample) else {
            return self.refuse("this kind of `tablesample`", &*factor).map_err(|error| {
                error.help("write `tablesample (<n> percent)`, or use `sample(<x>, <y>)` in `where`")
            });
        };
        self.expression(&mut share)?;
        let table = std::mem::replace(factor, named(""));
        *factor = marked(table, call(CHOSEN, [share]));
        Ok(())
    }

    /// A table or named subquery: it gets an internal name, and its own as an alias.
    pub(super) fn relation(&mut self, name: &mut ObjectName, alias: &mut Option<TableAlias>) -> Result<()> {
        self.relation_among(true, name, alias)
    }

    /// The same of a table that is stored, whatever subqueries are named.
    pub(super) fn stored_relation(&mut self, name: &mut ObjectName, alias: &mut Option<TableAlias>) -> Result<()> {
        self.relation_among(false, name, alias)
    }

    fn relation_among(
        &mut self,
        subqueries: bool,
        name: &mut ObjectName,
        alias: &mut Option<TableAlias>,
    ) -> Result<()> {
        let span = name.span();
        self.object_name(name)?;
        let parts: Vec<Ident> = name.0.iter().filter_map(|part| part.as_ident().cloned()).collect();
        let (qualifier, table) = match parts.as_slice() {
            [table] => (None, table.clone()),
            [qualifier @ .., table] if qualifier.len() <= 2 => {
                let qualifier: Vec<&str> = qualifier.iter().map(|part| part.value.as_str()).collect();
                (Some(qualifier.join(".")), table.clone())
            }
            _ => {
                return Err(self
                    .error(Code::Semantic, "the name of a table has at most three parts", span)
                    .help("write `<table>`, `<project>.<table>`, `<schema>.<table>` or `<project>.<schema>.<table>`"));
            }
        };
        let named = if subqueries && qualifier.is_none() { self.scopes.use_of(&table.value) } else { None };
        let named = named.map(|(number, named)| (number, named.weight, named.levels));
        *name = match named {
            Some((number, weight, levels)) => {
                self.expand(weight, span)?;
                self.nest(levels, span)?;
                let internal = Ident::with_quote('`', Scopes::internal(number));
                ObjectName(vec![ObjectNamePart::Identifier(internal)])
            }
            None => {
                self.expand(1, span)?;
                let place = self.places.tree(span).unwrap_or_default();
                let relation = Relation { qualifier, name: table.value.clone(), span: place };
                object_name(self.relations.number(relation))
            }
        };
        match alias {
            Some(alias) => self.alias(alias),
            None => {
                *alias = Some(TableAlias { explicit: true, name: table, columns: Vec::new(), at: None });
                Ok(())
            }
        }
    }

    pub(super) fn alias(&mut self, alias: &mut TableAlias) -> Result<()> {
        let TableAlias { explicit: _, name, columns, at } = alias;
        if at.is_some() {
            return Err(self.unsupported("`at` in `from`", name.span));
        }
        self.identifier(name)?;
        for column in columns {
            let TableAliasColumnDef { name, data_type } = column;
            if data_type.is_some() {
                return Err(self.unsupported("types of an alias", name.span));
            }
            self.identifier(name)?;
        }
        Ok(())
    }

    pub(super) fn object_name(&mut self, name: &mut ObjectName) -> Result<()> {
        let span = name.span();
        for part in &mut name.0 {
            match part {
                ObjectNamePart::Identifier(part) => self.identifier(part)?,
                ObjectNamePart::Function(_) => return Err(self.unsupported("a function as a name", span)),
            }
        }
        Ok(())
    }

    /// `lateral view [outer] <function>(…) <alias> [as <columns>]`, carried to [`crate::data::lateral`] in a
    /// node that no query can be written with.
    fn lateral_view(&mut self, input: Option<TableFactor>, view: LateralView) -> Result<TableFactor> {
        let LateralView { mut lateral_view, mut lateral_view_name, mut lateral_col_alias, outer } = view;
        let span = lateral_view.span();
        let Some(input) = input else {
            return Err(self.error(Code::Semantic, "`lateral view` needs a `from`", span));
        };
        let name = match &lateral_view {
            Expr::Function(function) => fold(&function.name.to_string()),
            _ => String::new(),
        };
        // Of functions that are not built in, it is known later whether they make rows.
        let is_users_own = !name.is_empty() && !is_function(&name.replace('`', ""));
        if !is_users_own && !generators::NAMES.contains(&name.as_str()) {
            return Err(self
                .unsupported("this function in `lateral view`", span)
                .help(format!("use one of {}", generators::NAMES.join(", "))));
        }
        match &mut lateral_view {
            Expr::Function(function) if is_users_own => self.function(function)?,
            Expr::Function(function) => {
                self.object_name(&mut function.name)?;
                self.arguments_of(function)?;
            }
            _ => {}
        }
        self.object_name(&mut lateral_view_name)?;
        self.identifiers(&mut lateral_col_alias)?;
        let Some(ObjectNamePart::Identifier(alias)) = lateral_view_name.0.first().cloned() else {
            return Err(self.unsupported("this name of a `lateral view`", span));
        };
        let columns = lateral_col_alias
            .into_iter()
            .map(|column| ExprWithAlias { expr: Expr::Identifier(column), alias: None })
            .collect();
        Ok(TableFactor::Unpivot {
            table: Box::new(input),
            value: lateral_view,
            name: alias,
            columns,
            null_inclusion: outer.then_some(NullInclusion::IncludeNulls),
            alias: None,
        })
    }
}

/// The `lateral view` that the tokens carry as a join, because a join follows it.
fn lateral_in_front(join: &mut Join) -> Option<LateralView> {
    let TableFactor::Table { name, alias: Some(alias), args: Some(arguments), .. } = &mut join.relation else {
        return None;
    };
    let outer = match name.0.as_slice() {
        [ObjectNamePart::Identifier(name)] if name.value == LATERAL => false,
        [ObjectNamePart::Identifier(name)] if name.value == LATERAL_OUTER => true,
        _ => return None,
    };
    match take(&mut arguments.args).pop()? {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(lateral_view)) => Some(LateralView {
            lateral_view,
            lateral_view_name: ObjectName(vec![ObjectNamePart::Identifier(alias.name.clone())]),
            lateral_col_alias: take(&mut alias.columns).into_iter().map(|column| column.name).collect(),
            outer,
        }),
        _ => None,
    }
}

/// The whole `from` as one table: what stands between commas is joined without condition.
fn combine(from: Vec<TableWithJoins>) -> Option<TableFactor> {
    let mut items = from.into_iter();
    let mut first = items.next()?;
    first.joins.extend(items.map(|item| Join {
        relation: nested(item),
        global: false,
        join_operator: JoinOperator::CrossJoin(JoinConstraint::None),
    }));
    Some(nested(first))
}

fn nested(item: TableWithJoins) -> TableFactor {
    if item.joins.is_empty() {
        return item.relation;
    }
    TableFactor::NestedJoin { table_with_joins: Box::new(item), alias: None }
}
