//! What the planner may know: the tables of one query, the functions, the types. Nothing else exists for it: no files,
//! no table functions, no variables, no catalog.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType as Arrow, FieldRef, Schema, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::{Result, ScalarValue, TableReference, plan_datafusion_err};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::planner::{ContextProvider, ExprPlanner, RelationPlanner, TypePlanner};
use datafusion::logical_expr::{
    AggregateUDF, ColumnarValue, HigherOrderUDF, LogicalPlan, ScalarUDF, TableSource, Volatility, WindowUDF, create_udf,
};
use datafusion::optimizer::Analyzer;
use datafusion::sql::planner::{NullOrdering, ParserOptions, SqlToRel};
use datafusion::sql::sqlparser::ast::{DataType as SqlType, Query as Tree, Statement};

use super::calls::{aggregates, scalars};
use super::engine::Cancel;
use super::external::ExternalTable;
use super::functions::{excluding, once, registry};
use super::kept_back::KeptBack;
use super::lateral::LateralPlanner;
use super::listed::ListedRows;
use super::operators::OperatorPlanner;
use super::parse::Query;
use super::plan::{Context, Source};
use super::provider::ManifestTable;
use super::relations::{RelationKey, number_of};
use super::rewrite::answer_name;
use super::windows::WindowPlanner;
use super::{agreement, drawn, effort, exactness, membership, rewrite, types, user_function};
use crate::error::{Code, Error};
use crate::model::Dialect;

/// The planner of one query.
pub struct Planner {
    tables: BTreeMap<usize, Arc<dyn TableSource>>,
    /// Functions of this statement: those that depend on its time or on chance, and those that are not built in.
    contextual: BTreeMap<String, Arc<ScalarUDF>>,
    /// Those of them that give a value for each group of rows.
    aggregates: BTreeMap<String, Arc<AggregateUDF>>,
    dialect: Arc<Dialect>,
    /// Stops functions of windows.
    cancel: Cancel,
    options: ConfigOptions,
    expressions: Vec<Arc<dyn ExprPlanner>>,
    relations: Vec<Arc<dyn RelationPlanner>>,
}

impl Planner {
    /// A planner that knows the relations of `query`.
    ///
    /// # Errors
    /// A relation without a source; a partition that does not fit its table.
    pub fn new(
        query: &Query,
        sources: &BTreeMap<RelationKey, Source>,
        known: Known<'_>,
        context: &Context,
    ) -> crate::error::Result<Self> {
        if let Some(probe) = query.probes().get(context.answers.len()) {
            let error = Error::new(Code::Unsupported, "not supported: asking here whether a table or partition exists");
            return Err(error.at(probe.span).help("ask in a query"));
        }
        let mut tables = BTreeMap::new();
        let mut partitions = BTreeMap::new();
        for (number, relation) in query.rewritten.relations.list().iter().enumerate() {
            let source = sources.get(&relation.key()).ok_or_else(|| {
                Error::new(Code::Internal, format!("`{}` is not bound", relation.typed())).at(relation.span)
            })?;
            let key = relation.key();
            let partition = source.table().partition_columns.first();
            partitions.extend(partition.map(|column| (number, known.kept_back.name(&key, &column.name))));
            tables.insert(number, table_source(&key, source, known, &context.dialect)?);
        }
        let mut options = ConfigOptions::new();
        // An order that is left out would hide the columns that it reads.
        options.sql_parser.enable_subquery_sort_elimination = false;
        options.execution.time_zone = Some(types::ZONE.to_owned());
        let hive_compatible = context.dialect.hive;
        let mut expressions: Vec<Arc<dyn ExprPlanner>> =
            vec![Arc::new(OperatorPlanner), Arc::new(WindowPlanner { hive_compatible })];
        expressions.extend(SessionStateDefaults::default_expr_planners());
        let called = query.rewritten.functions.iter().map(|called| called.name.clone());
        // Asked for once each, so that random values go on and do not begin again.
        let contextual = called
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter_map(|name| {
                let Context { now, seed, script_seed, dialect, .. } = context;
                let drawn_once = || registry().drawn_once(&name, *now, *script_seed, dialect);
                let function = registry().contextual(&name, *now, *seed, dialect).or_else(drawn_once)?;
                Some((name, function))
            })
            .chain(scalars(
                if context.stand_ins { query.calls() } else { &[] },
                (&context.code, &context.bodies),
                &context.cancel,
            ))
            .chain(context.answers.iter().enumerate().map(|(number, answer)| constant(answer_name(number), *answer)))
            .collect();
        let code = context.code.iter().map(|(call, code)| (call.typed(), Arc::clone(code))).collect();
        let dialect = Arc::clone(&context.dialect);
        Ok(Self {
            tables,
            contextual,
            aggregates: aggregates(&context.code, &context.cancel),
            dialect,
            cancel: Arc::clone(&context.cancel),
            options,
            expressions,
            relations: vec![Arc::new(LateralPlanner { partitions, code, cancel: Arc::clone(&context.cancel) })],
        })
    }

    /// The plan of `tree`, as it is written: nothing folded, left out or moved.
    ///
    /// # Errors
    /// The planner's own, which name columns.
    pub fn plan(&self, tree: &Tree) -> Result<LogicalPlan> {
        // MaxCompute sorts NULL as the smallest value. Source: "ORDER BY".
        let options = ParserOptions::new()
            .with_enable_ident_normalization(false)
            .with_map_string_types_to_utf8view(false)
            .with_default_null_ordering(NullOrdering::NullsMin)
            .with_collect_spans(true);
        let planner = SqlToRel::new_with_options(self, options);
        let plan = planner.sql_statement_to_plan(Statement::Query(Box::new(tree.clone())))?;
        user_function::check(&plan)?;
        Ok(plan)
    }
}

impl Planner {
    /// The same plan with every conversion between types written out, which settles the types of its columns, and with
    /// exact operations.
    ///
    /// # Errors
    /// Types that do not fit.
    pub fn typed(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let typed = self.exact(agreement::put_in(plan)?)?;
        membership::spell_out(drawn::put_in(typed)?)
    }

    /// A plan that agreed on its types, with them settled, and with exact operations.
    fn exact(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let plan = exactness::chain(once::settled(plan, &|body| self.exact(body))?)?;
        let typed = Analyzer::new().execute_and_check(plan, &self.options, |_, _| {})?;
        exactness::put_in(typed, &self.dialect)
    }
}

/// A function that is one value.
fn constant(name: String, value: bool) -> (String, Arc<ScalarUDF>) {
    let answer = Arc::new(move |_: &[ColumnarValue]| Ok(ColumnarValue::Scalar(ScalarValue::from(value))));
    let function = create_udf(&name, Vec::new(), Arrow::Boolean, Volatility::Immutable, answer);
    (name, Arc::new(function))
}

/// How much of the relations the planner may know.
#[derive(Debug, Clone, Copy)]
pub struct Known<'k> {
    /// The columns that it knows by other names.
    pub kept_back: &'k KeptBack,
    /// Whether it knows their types, so that its plan can run.
    pub typed: bool,
}

fn table_source(
    relation: &RelationKey,
    source: &Source,
    known: Known<'_>,
    dialect: &Arc<Dialect>,
) -> crate::error::Result<Arc<dyn TableSource>> {
    let table = source.table();
    let fields = known.kept_back.fields(relation, table, types::to_fields(table.all_columns()), known.typed);
    let schema = Arc::new(Schema::new(fields));
    match source {
        Source::Table { table, files } if known.typed => {
            Ok(provider_as_source(ManifestTable::provider_with(table, files, schema)?))
        }
        Source::Listed { rows, .. } if known.typed => {
            Ok(provider_as_source(Arc::new(ListedRows::new(schema, rows.clone()))))
        }
        Source::External { table, scan } if known.typed => {
            Ok(provider_as_source(ExternalTable::provider(table, scan, schema, dialect)))
        }
        Source::Table { .. } | Source::External { .. } | Source::View { .. } | Source::Listed { .. } => {
            Ok(Arc::new(ViewColumns { schema }))
        }
    }
}

/// The columns of a view, or of a table that is not read; what is behind them is put in after the accesses are read.
#[derive(Debug)]
struct ViewColumns {
    schema: SchemaRef,
}

impl TableSource for ViewColumns {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }
}

impl ContextProvider for Planner {
    fn get_table_source(&self, name: TableReference) -> Result<Arc<dyn TableSource>> {
        // What is read often takes long to plan, also without a function.
        effort::step(1)?;
        number_of(&name)
            .and_then(|number| self.tables.get(&number))
            .cloned()
            .ok_or_else(|| plan_datafusion_err!("table not found"))
    }

    fn get_expr_planners(&self) -> &[Arc<dyn ExprPlanner>] {
        &self.expressions
    }

    fn get_relation_planners(&self) -> &[Arc<dyn RelationPlanner>] {
        &self.relations
    }

    fn get_type_planner(&self) -> Option<Arc<dyn TypePlanner>> {
        Some(Arc::new(Types))
    }

    fn get_function_meta(&self, name: &str) -> Option<Arc<ScalarUDF>> {
        self.contextual.get(name).cloned().or_else(|| registry().scalar(name, &self.dialect))
    }

    fn get_higher_order_meta(&self, name: &str) -> Option<Arc<HigherOrderUDF>> {
        registry().given(name)
    }

    fn get_aggregate_meta(&self, name: &str) -> Option<Arc<AggregateUDF>> {
        self.aggregates.get(name).cloned().or_else(|| registry().aggregate(name))
    }

    fn get_window_meta(&self, name: &str) -> Option<Arc<WindowUDF>> {
        excluding::function(name, &self.cancel).or_else(|| registry().window(name))
    }

    fn get_variable_type(&self, _names: &[String]) -> Option<Arrow> {
        None
    }

    fn options(&self) -> &ConfigOptions {
        &self.options
    }

    fn udf_names(&self) -> Vec<String> {
        registry().names()
    }

    fn higher_order_function_names(&self) -> Vec<String> {
        Vec::new()
    }

    fn udaf_names(&self) -> Vec<String> {
        registry().names()
    }

    fn udwf_names(&self) -> Vec<String> {
        registry().names()
    }
}

/// MaxCompute's types.
#[derive(Debug)]
struct Types;

impl TypePlanner for Types {
    fn plan_type_field(&self, written: &SqlType) -> Result<Option<FieldRef>> {
        let (written, lenient) = match written {
            SqlType::Nullable(inner) => (inner.as_ref(), true),
            other => (other, false),
        };
        match rewrite::data_type(written) {
            Some(data_type) => {
                let field = types::to_field("cast", &data_type);
                Ok(Some(Arc::new(if lenient { types::lenient(field) } else { field })))
            }
            None => Err(plan_datafusion_err!("not a type")),
        }
    }
}
