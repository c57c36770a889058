//! The views of `information_schema` in queries (AUD-2).
//!
//! A view is read as the package `systables` of a project: whoever may Read that reads the rows of the project, and they flow like its data. The rows
//! of a tenant are those of its projects, each judged by itself, so that what may not be read or not flow is left out.

use std::collections::{BTreeSet, HashSet};

use super::level::Level;
use crate::command::bound::Context;
use crate::command::information;
use crate::command::resolve::Named;
use crate::command::usage::Usage;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, INFORMATION_SCHEMA, InformationRows, InformationView, Listed, Object, ObjectId, ProjectRef, TenantRight,
    Time,
};
use crate::security::{Access, Destination, Request, Requirement};
use crate::store::{InformationScope, Snapshot};
use crate::text::Span;

/// Milliseconds by which days begin before those of UTC. Source: the service's history is in days of UTC+8.
const DAYS_BEFORE: i64 = 8 * 3_600_000;

/// A view of `information_schema` in a query.
pub(super) struct Information {
    view: &'static InformationView,
    /// The packages of the projects whose rows are read.
    packages: Vec<Object>,
    /// Whether the rows are those of the whole tenant.
    of_tenant: bool,
    /// The place of the rows in the plan.
    pub rows: Listed,
}

impl Information {
    /// The view of this name, for `home` or for the tenant, and what the query knows it as.
    ///
    /// # Errors
    /// There is no such view, which everybody may know.
    pub fn bind(
        name: &str,
        of_tenant: bool,
        home: &ProjectRef,
        span: Span,
        snapshot: &Snapshot<'_>,
    ) -> Result<(Named, Self)> {
        let view = information::view(name).map_err(|error| error.at(span))?;
        let (package, since, not_found) = information::package(home, snapshot)?;
        let is_there = of_tenant || not_found.is_none();
        let named = Named {
            object: package.clone(),
            table: is_there.then(|| view.table(since)),
            not_found: not_found.unwrap_or_else(|| Error::new(Code::Internal, "a view that is there")),
        };
        let packages = if of_tenant { Vec::new() } else { vec![package] };
        Ok((named, Self { view, packages, of_tenant, rows: Listed::default() }))
    }

    /// What reading it takes before any of its rows is looked at.
    pub fn requirements(&self) -> Vec<Requirement> {
        let of_tenant = self.of_tenant.then_some(Requirement::Tenant(TenantRight::Information));
        let reads = self.packages.iter().map(|package| Requirement::from(Access::of(Action::Read, package.clone())));
        of_tenant.into_iter().chain(reads).collect()
    }

    /// Adds what reading it takes, and whose data it is.
    pub fn add_to(&self, usage: &mut Usage) {
        if self.of_tenant {
            usage.others.push(Requirement::Tenant(TenantRight::Information));
        }
        for package in &self.packages {
            usage.accesses.push(Access::of(Action::Read, package.clone()));
            usage.sources.push((package.clone(), Vec::new()));
        }
    }

    /// Finds the projects of the tenant whose rows the caller may read and take to the destinations; the others are left out.
    pub fn admit(
        &mut self,
        request: &Request,
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Result<()> {
        if !self.of_tenant {
            return Ok(());
        }
        for name in snapshot.projects_of_tenant(&context.principal.account())? {
            let Some(project) = snapshot.project_by_name(&name)? else { continue };
            let (package, ..) = information::package(&project.reference(), snapshot)?;
            let usage = Usage { sources: vec![(package.clone(), Vec::new())], ..Usage::default() };
            let read = Access::of(Action::Read, package.clone()).into();
            if context.judge.allows(&request.alone(vec![read], usage.flows(destinations)))? {
                self.packages.push(package);
            }
        }
        Ok(())
    }
}

/// Puts the rows into the plan of a query that is allowed. What they show of jobs that read other projects flows from there as well (FLW-2b): it is
/// added to `usage` where it may flow, and left out where it may not.
///
/// # Errors
/// The rows take too much memory, or the state cannot be read.
pub(super) fn fill(
    level: &Level,
    plan: &data::Plan,
    (request, usage): (&Request, &mut Usage),
    destinations: &[Destination],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<()> {
    for relation in &level.relations {
        let Some(read) = &relation.information else { continue };
        let view = read.view;
        let access = plan.accesses().iter().find(|access| access.relation == relation.key);
        let touched: BTreeSet<String> = access.map(|access| access.columns.clone()).unwrap_or_default();
        let reads = |column: &str| touched.contains(column);
        let ended = time_of(plan.days(&relation.key));
        let mut rows = InformationRows::empty(view, reads);
        if read.of_tenant {
            snapshot.add_tenant_information(&mut rows, view, &context.principal.account(), &reads)?;
        }
        for package in &read.packages {
            let all =
                InformationScope { project: package.project.id, ended, now: context.now, kept_back: &HashSet::new() };
            let kept_back = match view.has_jobs() {
                true => kept_back(all, package, (request, &mut *usage), destinations, context, snapshot)?,
                false => HashSet::new(),
            };
            snapshot.add_information(&mut rows, view, InformationScope { kept_back: &kept_back, ..all }, &reads)?;
        }
        read.rows.fill(rows);
    }
    Ok(())
}

/// The jobs of whose end nothing may be shown: whatever way the job took, what it read flows by way of the package. So every binding of a statement
/// asks for the same, though the statement itself has become such a job in between.
fn kept_back(
    scope: InformationScope<'_>,
    package: &Object,
    (request, usage): (&Request, &mut Usage),
    destinations: &[Destination],
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<HashSet<ObjectId>> {
    let mut kept_back = HashSet::new();
    for alike in snapshot.jobs_reading_elsewhere(scope)? {
        let sources = alike.sources.into_iter().map(|source| (source, vec![package.clone()])).collect();
        let read = Usage { sources, ..Usage::default() };
        match context.judge.allows(&request.alone(Vec::new(), read.flows(destinations)))? {
            true => {
                for source in read.sources {
                    if !usage.sources.contains(&source) {
                        usage.sources.push(source);
                    }
                }
            }
            false => kept_back.extend(alike.jobs),
        }
    }
    Ok(kept_back)
}

/// The time in which jobs of these days ended; nothing where no day is named. A text that is no day limits nothing.
fn time_of((first, last): data::Days) -> Option<(Time, Time)> {
    let begin = |text: String| {
        let is_day = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
        let parts = is_day.then(|| Some((text.get(..4)?, text.get(4..6)?, text.get(6..)?)))??;
        let midnight = Time::parse(&format!("{}-{}-{}", parts.0, parts.1, parts.2))?;
        Some(Time(midnight.0 - DAYS_BEFORE))
    };
    let (first, last) = (first.and_then(begin), last.and_then(begin));
    match (first, last) {
        (None, None) => None,
        (first, last) => Some((first.unwrap_or(Time(i64::MIN)), last.map_or(Time(i64::MAX), |day| day.plus_days(1)))),
    }
}

/// What is said of a query that reads such a view where it cannot be read.
pub(super) fn not_in_a_view(span: Span) -> Box<Error> {
    Error::new(Code::Semantic, format!("a view cannot read `{INFORMATION_SCHEMA}`"))
        .at(span)
        .help("its rows are judged for whoever reads them: query it, or write what may be shared into a table")
}
