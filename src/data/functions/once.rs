//! A value that is written once and used several times, where a copy would be something else: a random value would be another one each
//! time, and a long one would double with each level.

use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result as Outcome, internal_datafusion_err};
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, EmptyRelation, Expr, ExprSchemable, LogicalPlan, Projection, ReturnFieldArgs, ScalarFunctionArgs,
    ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::execution_props::ExecutionProps;
use datafusion::physical_expr::{PhysicalExpr, create_physical_expr};

use super::guarded::{CALCULATED, is_once};
use crate::data::barrier::{View, seen_from_outside};
use crate::data::one_by_one::parts_apart;
use crate::data::{effort, sql_function};

/// What the arguments are called inside, each with its number. No query can write it.
const NAME: &str = "?once";

/// What `build` makes of these values. It may write each of them as often as it likes.
///
/// `build` is given the values, or what stands for them, and the schema in which these have types; what it uses besides is calculated
/// inside, only where it has to be. Nothing if it makes nothing.
pub fn once(
    values: &[&Expr],
    schema: &DFSchema,
    build: impl FnOnce(&[Expr], &DFSchema) -> Option<Expr>,
) -> Option<Expr> {
    if !values.iter().any(|value| is_once([*value])) {
        let values: Vec<Expr> = values.iter().map(|value| (*value).clone()).collect();
        return build(&values, schema);
    }
    let mut given = Given::new(schema);
    let named =
        values.iter().map(|value| if is_once([*value]) { given.named(value, schema) } else { Some((*value).clone()) });
    let named = named.collect::<Option<Vec<_>>>()?;
    let scope = given.with(schema)?;
    let body = build(&named, &scope)?;
    let body = given.captured(body, &scope)?;
    given.call(body)
}

/// What a call is given.
struct Given {
    /// The number of the first argument: those around have the numbers before.
    first: usize,
    arguments: Vec<Expr>,
    fields: Vec<FieldRef>,
}

impl Given {
    fn new(schema: &DFSchema) -> Self {
        let first = schema.fields().iter().filter(|field| field.name().starts_with(NAME)).count();
        Self { first, arguments: Vec::new(), fields: Vec::new() }
    }

    /// The column that stands for an argument; the same argument has one column.
    fn named(&mut self, argument: &Expr, schema: &DFSchema) -> Option<Expr> {
        // Two random values are two, though they are written alike.
        let known = self.arguments.iter().position(|known| known == argument && !known.is_volatile());
        let at = known.unwrap_or(self.arguments.len());
        let name = format!("{NAME}{}", self.first + at);
        if known.is_none() {
            let (_, field) = argument.to_field(schema).ok()?;
            self.arguments.push(argument.clone());
            self.fields.push(Arc::new(field.as_ref().clone().with_name(&name).with_nullable(true)));
        }
        Some(Expr::Column(Column::new_unqualified(name)))
    }

    fn is_own(&self, column: &Column) -> bool {
        column.relation.is_none() && self.fields.iter().any(|field| *field.name() == column.name)
    }

    fn schema(&self) -> Option<DFSchema> {
        DFSchema::from_unqualified_fields(self.fields.clone().into(), Default::default()).ok()
    }

    /// A schema with these columns besides.
    fn with(&self, schema: &DFSchema) -> Option<DFSchema> {
        let around = schema.iter().map(|(table, field)| (table.cloned(), Arc::clone(field)));
        let own = self.fields.iter().map(|field| (None, Arc::clone(field)));
        DFSchema::new_with_metadata(around.chain(own).collect(), schema.metadata().clone()).ok()
    }

    /// The same body, which gets what it reads as further arguments: columns, and what only the engine itself can calculate.
    fn captured(&mut self, body: Expr, scope: &DFSchema) -> Option<Expr> {
        let captured = body.transform_down(|part| {
            let is_given = match &part {
                Expr::Column(column) => !self.is_own(column),
                Expr::OuterReferenceColumn(..) | Expr::LambdaVariable(_) | Expr::HigherOrderFunction(_) => true,
                Expr::ScalarSubquery(_) | Expr::Exists(_) | Expr::InSubquery(_) | Expr::SetComparison(_) => true,
                Expr::AggregateFunction(_) | Expr::WindowFunction(_) => true,
                // What it reads is put in as further arguments.
                Expr::ScalarFunction(call) => sql_function::reads(&call.func),
                _ => return Ok(Transformed::no(part)),
            };
            if !is_given {
                return Ok(Transformed::no(part));
            }
            let named = self.named(&part, scope).ok_or_else(|| internal_datafusion_err!("a part without a type"))?;
            Ok(Transformed::new(named, true, TreeNodeRecursion::Jump))
        });
        captured.data().ok()
    }

    fn call(self, body: Expr) -> Option<Expr> {
        let schema = Arc::new(self.schema()?);
        let function = Once::new(self.fields, schema, body, None)?;
        Some(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(function)), self.arguments)))
    }
}

/// The function that does it: its arguments are the columns of its body.
#[derive(Debug)]
struct Once {
    fields: Vec<FieldRef>,
    schema: Arc<DFSchema>,
    body: Expr,
    result: FieldRef,
    /// What the body was at first: the name of a column does not change with it.
    label: String,
    stage: Stage,
    signature: Signature,
    /// The function in SQL whose body it is: what it says of an error is not the caller's to know (VIW-5).
    maker: Option<Arc<View>>,
    /// The body as it runs; made when it runs for the first time.
    running: OnceLock<Arc<dyn PhysicalExpr>>,
}

/// How far the body is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Stage {
    Built,
    /// Its types are settled.
    Settled,
    /// And it was simplified.
    Simplified,
}

impl Once {
    fn new(fields: Vec<FieldRef>, schema: Arc<DFSchema>, body: Expr, maker: Option<Arc<View>>) -> Option<Self> {
        let (_, result) = body.to_field(&schema).ok()?;
        let result = Arc::new(result.as_ref().clone().with_name(NAME).with_nullable(true));
        let volatility = if body.is_volatile() { Volatility::Volatile } else { Volatility::Immutable };
        let label = body.schema_name().to_string();
        let signature = Signature::user_defined(volatility);
        // The body of a stored function was typed by the rules of its maker.
        let stage = if maker.is_some() { Stage::Settled } else { Stage::Built };
        Some(Self { fields, schema, body, result, label, stage, signature, maker, running: OnceLock::new() })
    }

    /// The same function with another form of its body.
    fn with(&self, body: Expr, stage: Stage) -> Arc<ScalarUDF> {
        Arc::new(ScalarUDF::from(Self {
            fields: self.fields.clone(),
            schema: Arc::clone(&self.schema),
            body,
            result: Arc::clone(&self.result),
            label: self.label.clone(),
            stage,
            signature: self.signature.clone(),
            maker: self.maker.clone(),
            running: OnceLock::new(),
        }))
    }

    fn running(&self, options: &Arc<ConfigOptions>) -> Outcome<&Arc<dyn PhysicalExpr>> {
        if let Some(running) = self.running.get() {
            return Ok(running);
        }
        let mut properties = ExecutionProps::new();
        properties.config_options = Some(Arc::clone(options));
        let running = create_physical_expr(&self.body, &self.schema, &properties, &PhysicalPlanningContext::default())?;
        Ok(self.running.get_or_init(|| running))
    }
}

impl PartialEq for Once {
    fn eq(&self, other: &Self) -> bool {
        self.fields == other.fields && self.body == other.body && self.stage == other.stage && self.maker == other.maker
    }
}

impl Eq for Once {}

impl Hash for Once {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.body.hash(state);
        self.stage.hash(state);
    }
}

impl ScalarUDFImpl for Once {
    fn name(&self) -> &str {
        NAME
    }

    fn schema_name(&self, arguments: &[Expr]) -> Outcome<String> {
        if let Some(maker) = &self.maker {
            return Ok(format!("{NAME}({})", maker.name));
        }
        let names: Vec<String> = arguments.iter().map(|argument| argument.schema_name().to_string()).collect();
        Ok(format!("{NAME}({};{})", names.join(","), self.label))
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, _: &[Arrow]) -> Outcome<Vec<Arrow>> {
        effort::step(1)?;
        Ok(self.fields.iter().map(|field| field.data_type().clone()).collect())
    }

    fn return_type(&self, _: &[Arrow]) -> Outcome<Arrow> {
        Ok(self.result.data_type().clone())
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs<'_>) -> Outcome<FieldRef> {
        effort::step(1)?;
        Ok(Arc::clone(&self.result))
    }

    fn simplify(&self, arguments: Vec<Expr>, context: &SimplifyContext) -> Outcome<ExprSimplifyResult> {
        if self.stage == Stage::Simplified {
            return Ok(ExprSimplifyResult::Original(arguments));
        }
        let inside = SimplifyContext::builder()
            .with_schema(Arc::clone(&self.schema))
            .with_config_options(Arc::clone(context.config_options()))
            .with_query_execution_start_time(context.query_execution_start_time())
            .build();
        let body = parts_apart(self.body.clone(), |body| ExprSimplifier::new(inside).simplify(body))?;
        let function = self.with(body, Stage::Simplified);
        Ok(ExprSimplifyResult::Simplified(Expr::ScalarFunction(ScalarFunction::new_udf(function, arguments))))
    }

    fn invoke_with_args(&self, given: ScalarFunctionArgs) -> Outcome<ColumnarValue> {
        effort::step(CALCULATED)?;
        let rows = given.number_rows;
        let columns = given.args.iter().map(|value| value.to_array(rows)).collect::<Outcome<Vec<_>>>()?;
        let schema = Arc::clone(self.schema.inner());
        let rows = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(schema, columns, &rows)?;
        let value = self.running(&given.config_options).and_then(|running| running.evaluate(&batch));
        match &self.maker {
            Some(maker) => value.map_err(|error| seen_from_outside(error, maker)),
            None => value,
        }
    }
}

/// The call of a function in SQL: `body` reads the columns `fields`, which are the arguments.
///
/// Nothing if it has no type.
pub fn stored(fields: Vec<FieldRef>, body: Expr, maker: &Arc<View>, arguments: Vec<Expr>) -> Option<Expr> {
    let schema = Arc::new(DFSchema::from_unqualified_fields(fields.clone().into(), Default::default()).ok()?);
    let function = Once::new(fields, schema, body, Some(Arc::clone(maker)))?;
    Some(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::new(ScalarUDF::from(function)), arguments)))
}

/// The body of one of these functions.
pub fn body(function: &ScalarUDF) -> Option<&Expr> {
    Some(&function.inner().downcast_ref::<Once>()?.body)
}

/// The same function with another body; nothing if it is none of these.
///
/// # Errors
/// Those of `work`.
pub fn with_body(function: &ScalarUDF, work: impl FnOnce(Expr) -> Outcome<Expr>) -> Outcome<Option<Arc<ScalarUDF>>> {
    let Some(once) = function.inner().downcast_ref::<Once>() else { return Ok(None) };
    Ok(Some(once.with(work(once.body.clone())?, once.stage)))
}

/// The same plan, with bodies that `work` has settled the types of, as it does for a plan.
///
/// # Errors
/// Those of `work`.
pub fn settled(plan: LogicalPlan, work: &dyn Fn(LogicalPlan) -> Outcome<LogicalPlan>) -> Outcome<LogicalPlan> {
    let one = |part: Expr| {
        let Expr::ScalarFunction(call) = &part else { return Ok(Transformed::no(part)) };
        match call.func.inner().downcast_ref::<Once>() {
            Some(function) if function.stage == Stage::Built => {
                let function = function.with(body_of(function, work)?, Stage::Settled);
                Ok(Transformed::yes(Expr::ScalarFunction(ScalarFunction::new_udf(function, call.args.clone()))))
            }
            _ => Ok(Transformed::no(part)),
        }
    };
    plan.transform_up_with_subqueries(|plan| {
        let names = NamePreserver::new(&plan);
        plan.map_expressions(|expression| {
            let name = names.save(&expression);
            Ok(expression.transform_up(one)?.update_data(|expression| name.restore(expression)))
        })
    })
    .data()
}

/// The body of a function as the column of a plan, after some work.
fn body_of(function: &Once, work: &dyn Fn(LogicalPlan) -> Outcome<LogicalPlan>) -> Outcome<Expr> {
    let nothing = EmptyRelation { produce_one_row: false, schema: Arc::clone(&function.schema) };
    let body = function.body.clone().alias(NAME);
    let plan = Projection::try_new(vec![body], Arc::new(LogicalPlan::EmptyRelation(nothing)))?;
    match work(LogicalPlan::Projection(plan))? {
        LogicalPlan::Projection(mut projection) if projection.expr.len() == 1 => {
            Ok(projection.expr.remove(0).unalias_nested().data)
        }
        _ => Err(internal_datafusion_err!("a body that is not a value")),
    }
}
