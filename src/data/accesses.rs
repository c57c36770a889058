//! Which columns of which tables a plan touches, read off the plan as it is written.
//!
//! Follows columns by their position through every node that there is; a node that is not known is refused. A column
//! counts as soon as any expression names it, wherever the expression stands and whether or not its rows are used.

use std::collections::{BTreeSet, HashMap};

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, DFSchema, JoinType, Result, field_not_found, internal_datafusion_err, internal_err};
use datafusion::logical_expr::{Distinct, Expr, Join, LogicalPlan, Projection, Subquery, TableScan, Union};

use super::lateral::passes_through;
use super::relations::number_of;

/// A column of a table: numbers of the relation and of the column in it.
type Base = (usize, usize);

/// The table columns that the columns of a plan are, by position; nothing where one is computed.
type Bases = Vec<Option<Base>>;

/// Collects what plans touch.
#[derive(Debug, Default)]
pub struct Touched {
    columns: BTreeSet<Base>,
    scans: Vec<usize>,
}

impl Touched {
    /// Adds everything that `plan` touches, its own columns included.
    ///
    /// # Errors
    /// A plan that cannot be followed.
    pub fn add(&mut self, plan: &LogicalPlan) -> Result<()> {
        let bases = self.walk(plan, &[])?;
        self.touch_all(&bases);
        Ok(())
    }

    /// The numbers of the touched columns of relation `number`.
    pub fn columns(&self, number: usize) -> impl Iterator<Item = usize> {
        self.columns.range((number, 0)..=(number, usize::MAX)).map(|(_, column)| *column)
    }

    /// The relation of every scan, once for each.
    pub fn scans(&self) -> &[usize] {
        &self.scans
    }

    fn touch_all(&mut self, bases: &Bases) {
        self.columns.extend(bases.iter().flatten());
    }

    fn walk(&mut self, plan: &LogicalPlan, outer: &[&Columns<'_>]) -> Result<Bases> {
        let bases = match plan {
            LogicalPlan::Projection(projection) => self.projection(projection, outer)?,
            LogicalPlan::Filter(filter) => {
                let bases = self.walk(&filter.input, outer)?;
                self.expressions([&filter.predicate], &[&Columns::new(filter.input.schema(), &bases)], outer)?;
                bases
            }
            LogicalPlan::Window(window) => {
                let mut bases = self.walk(&window.input, outer)?;
                self.expressions(&window.window_expr, &[&Columns::new(window.input.schema(), &bases)], outer)?;
                bases.extend(window.window_expr.iter().map(|_| None));
                bases
            }
            LogicalPlan::Aggregate(aggregate) => {
                let bases = self.walk(&aggregate.input, outer)?;
                let input = Columns::new(aggregate.input.schema(), &bases);
                self.expressions(aggregate.group_expr.iter().chain(&aggregate.aggr_expr), &[&input], outer)?;
                computed(plan.schema())
            }
            LogicalPlan::Sort(sort) => {
                let bases = self.walk(&sort.input, outer)?;
                let input = Columns::new(sort.input.schema(), &bases);
                self.expressions(sort.expr.iter().map(|item| &item.expr), &[&input], outer)?;
                bases
            }
            LogicalPlan::Join(join) => self.join(join, outer)?,
            LogicalPlan::Union(Union { inputs, schema }) => {
                for input in inputs {
                    let bases = self.walk(input, outer)?;
                    self.touch_all(&bases);
                }
                computed(schema)
            }
            LogicalPlan::TableScan(scan) => self.scan(scan, outer)?,
            LogicalPlan::EmptyRelation(empty) => computed(&empty.schema),
            LogicalPlan::Subquery(subquery) => {
                self.expressions(&subquery.outer_ref_columns, &[], outer)?;
                self.walk(&subquery.subquery, outer)?
            }
            LogicalPlan::SubqueryAlias(alias) => self.walk(&alias.input, outer)?,
            LogicalPlan::Limit(limit) => {
                let counts = limit.skip.iter().chain(&limit.fetch).map(AsRef::as_ref);
                self.expressions(counts, &[], outer)?;
                self.walk(&limit.input, outer)?
            }
            LogicalPlan::Values(values) => {
                self.expressions(values.values.iter().flatten(), &[], outer)?;
                computed(&values.schema)
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                let bases = self.walk(input, outer)?;
                self.touch_all(&bases);
                bases
            }
            LogicalPlan::Unnest(unnest) => {
                let bases = match unnest.input.as_ref() {
                    LogicalPlan::Projection(below) => self.columns_of(below, outer)?,
                    other => self.walk(other, outer)?,
                };
                let input = Columns::new(unnest.input.schema(), &bases);
                for column in &unnest.exec_columns {
                    self.column(column, &[&input])?;
                }
                let dependencies = unnest.dependency_indices.iter();
                dependencies.map(|index| bases.get(*index).copied().flatten()).collect()
            }
            LogicalPlan::Distinct(Distinct::On(_))
            | LogicalPlan::Repartition(_)
            | LogicalPlan::Statement(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Extension(_)
            | LogicalPlan::Dml(_)
            | LogicalPlan::Ddl(_)
            | LogicalPlan::Copy(_)
            | LogicalPlan::DescribeTable(_)
            | LogicalPlan::RecursiveQuery(_) => return internal_err!("a step that is not known"),
        };
        if bases.len() != plan.schema().fields().len() {
            return internal_err!("columns that cannot be followed");
        }
        Ok(bases)
    }

    fn projection(&mut self, projection: &Projection, outer: &[&Columns<'_>]) -> Result<Bases> {
        if let LogicalPlan::Unnest(unnest) = projection.input.as_ref()
            && passes_through(unnest)
        {
            return self.columns_of(projection, outer);
        }
        let bases = self.walk(&projection.input, outer)?;
        self.expressions(&projection.expr, &[&Columns::new(projection.input.schema(), &bases)], outer)?;
        Ok(computed(&projection.schema))
    }

    /// A list of columns that a `lateral view` hands on: plain columns count where they are used.
    fn columns_of(&mut self, projection: &Projection, outer: &[&Columns<'_>]) -> Result<Bases> {
        let bases = self.walk(&projection.input, outer)?;
        let input = Columns::new(projection.input.schema(), &bases);
        let mut handed = Bases::new();
        for expr in &projection.expr {
            match expr {
                Expr::Column(column) => match input.find(column).as_slice() {
                    [index] => handed.push(bases.get(*index).copied().flatten()),
                    _ => return internal_err!("a column that cannot be followed"),
                },
                other => {
                    self.expressions([other], &[&input], outer)?;
                    handed.push(None);
                }
            }
        }
        Ok(handed)
    }

    fn join(&mut self, join: &Join, outer: &[&Columns<'_>]) -> Result<Bases> {
        let left_bases = self.walk(&join.left, outer)?;
        let left = Columns::new(join.left.schema(), &left_bases);
        // The right side of a lateral join sees the left.
        let mut seen = outer.to_vec();
        seen.push(&left);
        let right_bases = self.walk(&join.right, &seen)?;
        let right = Columns::new(join.right.schema(), &right_bases);
        let conditions = join.on.iter().flat_map(|(left, right)| [left, right]).chain(&join.filter);
        self.expressions(conditions, &[&left, &right], outer)?;
        Ok(match join.join_type {
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => {
                left_bases.iter().chain(&right_bases).copied().collect()
            }
            JoinType::LeftSemi | JoinType::LeftAnti => left_bases,
            JoinType::RightSemi | JoinType::RightAnti => right_bases,
            JoinType::LeftMark => left_bases.iter().copied().chain([None]).collect(),
            JoinType::RightMark => right_bases.iter().copied().chain([None]).collect(),
        })
    }

    fn scan(&mut self, scan: &TableScan, outer: &[&Columns<'_>]) -> Result<Bases> {
        let number = number_of(&scan.table_name).ok_or_else(|| internal_datafusion_err!("an unknown table"))?;
        self.scans.push(number);
        let bases: Bases = match &scan.projection {
            Some(columns) => columns.iter().map(|column| Some((number, *column))).collect(),
            None => (0..scan.source.schema().fields().len()).map(|column| Some((number, column))).collect(),
        };
        self.expressions(&scan.filters, &[&Columns::new(&scan.projected_schema, &bases)], outer)?;
        Ok(bases)
    }

    fn expressions<'e>(
        &mut self,
        expressions: impl IntoIterator<Item = &'e Expr>,
        input: &[&Columns<'_>],
        outer: &[&Columns<'_>],
    ) -> Result<()> {
        expressions.into_iter().try_for_each(|expression| self.expression(expression, input, outer))
    }

    fn expression(&mut self, expression: &Expr, input: &[&Columns<'_>], outer: &[&Columns<'_>]) -> Result<()> {
        match expression {
            Expr::Column(column) => return self.column(column, input),
            Expr::OuterReferenceColumn(_, column) => return self.column(column, outer),
            Expr::Exists(exists) => return self.subquery(&exists.subquery, input, outer),
            Expr::ScalarSubquery(subquery) => return self.subquery(subquery, input, outer),
            Expr::InSubquery(within) => self.subquery(&within.subquery, input, outer)?,
            Expr::SetComparison(comparison) => self.subquery(&comparison.subquery, input, outer)?,
            // What a given function is called with is an element of a list, which counts where the list stands.
            Expr::Literal(..) | Expr::LambdaVariable(_) => return Ok(()),
            Expr::Alias(_)
            | Expr::BinaryExpr(_)
            | Expr::Like(_)
            | Expr::SimilarTo(_)
            | Expr::Not(_)
            | Expr::IsNotNull(_)
            | Expr::IsNull(_)
            | Expr::IsTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsUnknown(_)
            | Expr::IsNotTrue(_)
            | Expr::IsNotFalse(_)
            | Expr::IsNotUnknown(_)
            | Expr::Negative(_)
            | Expr::Between(_)
            | Expr::Case(_)
            | Expr::Cast(_)
            | Expr::TryCast(_)
            | Expr::ScalarFunction(_)
            | Expr::HigherOrderFunction(_)
            | Expr::Lambda(_)
            | Expr::AggregateFunction(_)
            | Expr::WindowFunction(_)
            | Expr::InList(_)
            | Expr::GroupingSet(_)
            | Expr::Unnest(_) => {}
            // Wildcards are gone from a plan; the rest cannot be written. Not named: the arm of a deprecated one.
            _ => return internal_err!("an expression that is not known"),
        }
        let mut parts = Vec::new();
        datafusion::common::tree_node::TreeNode::apply_children(expression, |part| {
            parts.push(part);
            Ok(TreeNodeRecursion::Continue)
        })?;
        self.expressions(parts, input, outer)
    }

    /// A subquery inside an expression sees the columns around it; all that it gives counts as used.
    fn subquery(&mut self, subquery: &Subquery, input: &[&Columns<'_>], outer: &[&Columns<'_>]) -> Result<()> {
        let seen: Vec<&Columns<'_>> = outer.iter().chain(input).copied().collect();
        self.expressions(&subquery.outer_ref_columns, &[], &seen)?;
        let bases = self.walk(&subquery.subquery, &seen)?;
        self.touch_all(&bases);
        Ok(())
    }

    /// Where several columns could be meant, all of them count.
    fn column(&mut self, column: &Column, among: &[&Columns<'_>]) -> Result<()> {
        let mut found = false;
        for columns in among {
            for index in columns.find(column) {
                found = true;
                self.columns.extend(columns.bases.get(index).copied().flatten());
            }
        }
        match among.first() {
            _ if found => Ok(()),
            // The planner leaves names in `order by` to whoever comes next.
            Some(columns) => Err(field_not_found(column.relation.clone(), &column.name, columns.schema)),
            None => internal_err!("a column that cannot be followed"),
        }
    }
}

fn computed(schema: &DFSchema) -> Bases {
    vec![None; schema.fields().len()]
}

/// The columns that an expression can name.
struct Columns<'a> {
    schema: &'a DFSchema,
    bases: &'a Bases,
    by_name: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Columns<'a> {
    fn new(schema: &'a DFSchema, bases: &'a Bases) -> Self {
        let mut by_name: HashMap<&str, Vec<usize>> = HashMap::with_capacity(bases.len());
        for (index, field) in schema.fields().iter().enumerate() {
            by_name.entry(field.name().as_str()).or_default().push(index);
        }
        Self { schema, bases, by_name }
    }

    /// As the planner finds a column: by its name, and by its table if one is given.
    fn find(&self, column: &Column) -> Vec<usize> {
        let named = self.by_name.get(column.name.as_str()).map(Vec::as_slice).unwrap_or_default();
        let fits = |index: &&usize| match (&column.relation, self.schema.qualified_field(**index).0) {
            (Some(wanted), Some(table)) => wanted.resolved_eq(table),
            (Some(_), None) => false,
            (None, _) => true,
        };
        named.iter().filter(fits).copied().collect()
    }
}
