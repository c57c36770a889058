//! Functions in SQL: a body that its maker wrote, calculated for the arguments of a caller (UDF-2).
//!
//! The body is planned by itself, as its maker, like that of a view. A call stays a call in the plan of the caller until what this
//! reads is known. Then it becomes a function whose body no rule of the engine looks into; what the body reads in subqueries becomes
//! further arguments, each behind a border (VIW-5).

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, DataFusionError, Result as Outcome, internal_err};
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::expr::{Exists, ScalarFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::{
    ColumnarValue, EmptyRelation, Expr, LogicalPlan, LogicalPlanBuilder, Projection, ReturnFieldArgs,
    ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Subquery, Volatility, lit,
};

use super::barrier::{self, View};
use super::failure::carry;
use super::functions::{first_of, once};
use super::plan::{Plan, Readable};
use super::seeds;
use crate::error::{Code, Error, Result};
use crate::model::ObjectKind;
use crate::syntax::PARAMETER;

/// What the values are called that subqueries give, each with its number.
const READ: &str = "?read";

/// A function in SQL, with the plan of its body.
#[derive(Debug)]
pub struct SqlFunction {
    maker: Arc<View>,
    plan: Arc<Plan>,
    /// The parameters, then what is read.
    fields: Vec<FieldRef>,
    /// How many of them are parameters.
    parameters: usize,
    /// The value, as the column of a plan.
    body: LogicalPlan,
    result: FieldRef,
    /// The queries in it, each of which gives one value.
    read: Vec<LogicalPlan>,
}

impl SqlFunction {
    /// The function whose body has this plan: a call for columns of the types of its parameters.
    ///
    /// # Errors
    /// The body is more than a value for the parameters.
    pub fn new(plan: Arc<Plan>, name: String, maker: String) -> Result<Self> {
        let unsupported = |what: &str| Error::new(Code::Unsupported, format!("not supported: {what}"));
        let LogicalPlan::Projection(projection) = plan.logical() else {
            return Err(unsupported("this kind of expression in the body of a function"));
        };
        let ([value], true) = (projection.expr.as_slice(), gives_one_row(&projection.input)) else {
            return Err(unsupported("this kind of expression in the body of a function"));
        };
        let maker = Arc::new(View { kind: ObjectKind::Function, name, owner: maker });
        let result = Arc::clone(projection.schema.field(0));
        let mut fields: Vec<FieldRef> = projection.input.schema().fields().iter().map(Arc::clone).collect();
        let parameters = fields.iter().take_while(|field| field.name().starts_with(PARAMETER)).count();
        fields.truncate(parameters);
        let mut read = Vec::new();
        let mut refused = None;
        let body = value.clone().unalias().transform_down(|part| {
            let (query, outer) = match &part {
                Expr::Column(column) => {
                    return Ok(Transformed::yes(Expr::Column(Column::new_unqualified(&column.name))));
                }
                Expr::ScalarSubquery(query) => (query.subquery.as_ref().clone(), &query.outer_ref_columns),
                Expr::Exists(Exists { subquery, negated }) => {
                    (is_there(subquery.subquery.as_ref().clone(), *negated)?, &subquery.outer_ref_columns)
                }
                Expr::InSubquery(_) | Expr::SetComparison(_) => {
                    refused.get_or_insert("comparing with a subquery in the body of a function");
                    return Ok(Transformed::no(part));
                }
                Expr::AggregateFunction(_) | Expr::WindowFunction(_) => {
                    refused.get_or_insert("an aggregate or window function in the body of a function");
                    return Ok(Transformed::no(part));
                }
                _ => return Ok(Transformed::no(part)),
            };
            if !outer.is_empty() {
                refused.get_or_insert("a parameter in a subquery in the body of a function");
                return Ok(Transformed::new(part, false, TreeNodeRecursion::Jump));
            }
            let Some(field) = query.schema().fields().first() else {
                return internal_err!("a subquery without a column");
            };
            let name = format!("{READ}{}", read.len());
            fields.push(Arc::new(field.as_ref().clone().with_name(&name).with_nullable(true)));
            read.push(barrier::around(query, maker.as_ref().clone())?);
            Ok(Transformed::new(Expr::Column(Column::new_unqualified(name)), true, TreeNodeRecursion::Jump))
        });
        let wrong = |_: DataFusionError| Error::new(Code::Internal, "the body of a function cannot be planned");
        let body = body.data().map_err(wrong)?;
        if let Some(what) = refused {
            let error = unsupported(what);
            return Err(error.help("join with the table in the query, and pass its columns to the function"));
        }
        let schema = DFSchema::from_unqualified_fields(fields.clone().into(), Default::default()).map_err(wrong)?;
        let nothing = EmptyRelation { produce_one_row: false, schema: Arc::new(schema) };
        let body = Projection::try_new(vec![body.alias("?r")], Arc::new(LogicalPlan::EmptyRelation(nothing)));
        let body = LogicalPlan::Projection(body.map_err(wrong)?);
        Ok(Self { maker, plan, fields, parameters, body, result, read })
    }

    /// What its body may read.
    pub(in crate::data) fn readable(&self) -> Arc<Readable> {
        self.plan.readable()
    }

    /// The plan of its body.
    pub(in crate::data) fn plan(&self) -> &Plan {
        &self.plan
    }

    fn types(&self) -> Vec<Arrow> {
        self.fields.iter().take(self.parameters).map(|field| field.data_type().clone()).collect()
    }

    /// The call of its body for these arguments; each use draws random values, and runs users' code, of its own.
    fn call(&self, mut arguments: Vec<Expr>, number: i64) -> Outcome<Expr> {
        for query in &self.read {
            let query = Arc::new(seeds::for_use(query.clone(), number)?);
            let subquery = Subquery { subquery: query, outer_ref_columns: Vec::new(), spans: Default::default() };
            arguments.push(Expr::ScalarSubquery(subquery));
        }
        let LogicalPlan::Projection(body) = seeds::for_use(self.body.clone(), number)? else {
            return internal_err!("a body that is not a value");
        };
        let body = body.expr.into_iter().next().map(|body| body.unalias_nested().data);
        let call = body.and_then(|body| once::stored(self.fields.clone(), body, &self.maker, arguments));
        match call {
            Some(call) => Ok(call),
            None => internal_err!("a body without a type"),
        }
    }
}

/// Whether a query has rows, as a query of one value.
fn is_there(query: LogicalPlan, negated: bool) -> Outcome<LogicalPlan> {
    let rows = LogicalPlanBuilder::from(query)
        .limit(0, Some(1))?
        .aggregate(Vec::<Expr>::new(), vec![count(lit(1_i64)).alias(READ)])?;
    let counted = Expr::Column(Column::new_unqualified(READ));
    let value = if negated { counted.eq(lit(0_i64)) } else { counted.gt(lit(0_i64)) };
    rows.project(vec![value.alias(READ)])?.build()
}

/// Whether this is the row of columns that stands for the arguments, and nothing else.
fn gives_one_row(plan: &LogicalPlan) -> bool {
    match plan {
        LogicalPlan::SubqueryAlias(alias) => gives_one_row(&alias.input),
        LogicalPlan::Projection(projection) => gives_one_row(&projection.input),
        LogicalPlan::EmptyRelation(row) => row.produce_one_row,
        _ => false,
    }
}

/// A call, before what it reads is put in.
#[derive(Debug)]
pub(in crate::data) struct SqlCall {
    name: String,
    function: Arc<SqlFunction>,
    signature: Signature,
}

impl SqlCall {
    /// The function as a query calls it, by the name that the planner asks for.
    pub fn new(name: &str, function: &Arc<SqlFunction>) -> Self {
        let is_volatile = !function.read.is_empty()
            || matches!(&function.body, LogicalPlan::Projection(body) if body.expr.iter().any(Expr::is_volatile));
        let volatility = if is_volatile { Volatility::Volatile } else { Volatility::Immutable };
        Self { name: name.to_owned(), function: Arc::clone(function), signature: Signature::user_defined(volatility) }
    }
}

impl PartialEq for SqlCall {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.function, &other.function)
    }
}

impl Eq for SqlCall {}

impl Hash for SqlCall {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        Arc::as_ptr(&self.function).addr().hash(state);
    }
}

impl ScalarUDFImpl for SqlCall {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, given: &[Arrow]) -> Outcome<Vec<Arrow>> {
        let takes = self.function.types();
        if takes.len() != given.len() {
            let (name, takes, given) = (&self.function.maker.name, takes.len(), given.len());
            let noun = if takes == 1 { "argument" } else { "arguments" };
            let error = Error::new(Code::Semantic, format!("function `{name}` takes {takes} {noun}, not {given}"));
            return Err(carry(error));
        }
        Ok(takes)
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(self.function.result.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        Ok(Arc::new(self.function.result.as_ref().clone().with_name(&self.name).with_nullable(true)))
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        internal_err!("a function without its body")
    }
}

fn of(function: &ScalarUDF) -> Option<&Arc<SqlFunction>> {
    Some(&function.inner().downcast_ref::<SqlCall>()?.function)
}

/// Whether a function is one in SQL that reads rows of its maker's.
pub(in crate::data) fn reads(function: &ScalarUDF) -> bool {
    of(function).is_some_and(|function| !function.read.is_empty())
}

/// The same plan, with the bodies of functions in the places of their calls, and without what functions of a script do not read.
///
/// # Errors
/// A call of a function that reads rows, where the engine knows no query.
pub(in crate::data) fn put_in(plan: LogicalPlan) -> Outcome<LogicalPlan> {
    let uses = Cell::new(0);
    plan.transform_up_with_subqueries(|node| {
        let names = NamePreserver::new(&node);
        let node = node.map_expressions(|expression| {
            let name = names.save(&expression);
            let changed = written_out(expression, true, &uses)?;
            Ok(if changed.transformed { changed.update_data(|expression| name.restore(expression)) } else { changed })
        })?;
        match node.transformed {
            true => node.data.recompute_schema().map(Transformed::yes),
            false => Ok(node),
        }
    })
    .data()
}

/// `has_rows`: whether a query may stand here.
fn written_out(expression: Expr, has_rows: bool, uses: &Cell<i64>) -> Outcome<Transformed<Expr>> {
    expression.transform_up(|part| {
        let Expr::ScalarFunction(call) = &part else { return Ok(Transformed::no(part)) };
        if let Some(function) = of(&call.func) {
            if !has_rows && !function.read.is_empty() {
                let message = format!("not supported: function `{}`, which reads a table, in this place", call.name());
                let error = Error::new(Code::Unsupported, message);
                return Err(carry(error.help("call it in a subquery of `from`")));
            }
            uses.set(uses.get() - 1);
            return function.call(call.args.clone(), uses.get()).map(Transformed::yes);
        }
        if let Some(value) = first_of::without_others(call) {
            return Ok(Transformed::yes(value.clone()));
        }
        let with_body = once::with_body(&call.func, |body| Ok(written_out(body, false, uses)?.data))?;
        Ok(match with_body {
            Some(function) => {
                let call = ScalarFunction::new_udf(function, call.args.clone());
                Transformed::yes(Expr::ScalarFunction(call))
            }
            None => Transformed::no(part),
        })
    })
}

/// The calls of functions in SQL in a plan, each as often as it stands there.
///
/// # Errors
/// A mistake in this program.
pub(in crate::data) fn called(plan: &LogicalPlan) -> Outcome<Vec<Arc<SqlFunction>>> {
    let mut found = Vec::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expression| {
            find(expression, &mut found)?;
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

fn find(expression: &Expr, found: &mut Vec<Arc<SqlFunction>>) -> Outcome<()> {
    expression.apply(|part| {
        if let Expr::ScalarFunction(call) = part {
            found.extend(of(&call.func).cloned());
            if let Some(body) = once::body(&call.func) {
                find(body, found)?;
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
