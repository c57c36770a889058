//! The tables and views behind a query, down through view bodies (VIW-1, VIW-2).

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use super::held::InPart;
use super::information;
use super::level::{Called, Level, Size, Target, Views, own_level};
use super::plans::{Planned, Plans, Sources};
use super::probe::{Probed, not_in_a_body};
use super::read_at::read_at;
use super::user_code::{Contents, UserCodes, without_what_is_named};
use crate::command::absent::Missing;
use crate::command::bound::Context;
use crate::command::external;
use crate::command::refusal::all_there;
use crate::command::resolve;
use crate::command::unbound::{Binding, Unbound};
use crate::command::usage::Usage;
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Bindings, Dialect, Identity, Naming, Object, ObjectId, ProjectRef};
use crate::security::{Access, Columns, Destination, Flow, Request, Requirement, Rights};
use crate::store::Snapshot;
use crate::syntax::QueryText;
use crate::text::Span;

/// A query that was planned after its table-level accesses were allowed.
pub(in crate::command) struct Reading {
    /// The plan.
    pub plan: Arc<data::Plan>,
    usage: Usage,
    /// Whether the query names a table without its project.
    pub has_bare_names: bool,
    /// What its names stand for.
    pub bindings: Bindings,
    size: Size,
    /// What they are made of, views with what is behind them, by number.
    definitions: BTreeMap<ObjectId, String>,
    /// Those of them that are read, apart from rows that change; each with the first place in the script that reads it.
    read: BTreeMap<ObjectId, usize>,
    mentioned: Arc<[(Identity, String)]>,
    reads_information: bool,
    /// The first question for the state.
    probe: Option<data::Probe>,
}

impl Reading {
    /// Binds a query and plans it.
    ///
    /// `request` holds what the statement needs besides, `absent` what of that is not there.
    ///
    /// # Errors
    /// The text is no query, or the state cannot be read. No more is bound where the accesses of `request` and the query's table-level
    /// ones are refused, or the query cannot be planned.
    pub fn bind(
        text: &QueryText,
        request: (&Request, Vec<Missing>),
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Binding<Self> {
        Self::bind_in(context.dialect(snapshot)?, text, request, destinations, context, snapshot)
    }

    /// The same, calculated otherwise than the session does.
    ///
    /// # Errors
    /// As [`Reading::bind`].
    pub fn bind_in(
        dialect: Dialect,
        text: &QueryText,
        request: (&Request, Vec<Missing>),
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Binding<Self> {
        let home = resolve::current(context)?;
        let query = data::parse(&text.text, text.starts, &dialect)?;
        let naming = context.naming()?;
        let asked = Asked { query, dialect, names: (naming, &home), target: None };
        let own = request.0.clone();
        let reading = Self::bind_query(asked, request, destinations, context, snapshot)?;
        reading.check_written(text, &own, destinations, context, snapshot)?;
        Ok(reading)
    }

    /// Checks that no variable that this uses reads a table that the script has written since it defined the variable. `own` is what the
    /// statement needs besides.
    ///
    /// # Errors
    /// It does.
    pub(super) fn check_written(
        &self,
        text: &QueryText,
        own: &Request,
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Binding<()> {
        for (table, written) in &text.written {
            let place = resolve::place(&table.qualifier, context, snapshot)?;
            let found = snapshot.table(&place, &table.name.text)?;
            if found.is_some_and(|found| self.read.get(&found.id).is_some_and(|read| read < written)) {
                // A variable means the rows that were there where it is defined. Source: "Script mode", limits.
                let error = Error::new(Code::Semantic, "the script has written a table that this reads")
                    .at(text.span)
                    .help("define the variable behind the statement that writes, or use it before that");
                return Err(Unbound::refused(super::select::whole(own.clone(), self, destinations), error));
            }
        }
        Ok(())
    }

    /// The same for rows of one table: there is no text of a query.
    ///
    /// # Errors
    /// As [`Reading::bind`].
    pub fn bind_rows(
        rows: &data::TableRows<'_>,
        (dialect, naming): (Dialect, Naming),
        request: &Request,
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Binding<Self> {
        let home = resolve::current(context)?;
        let query = data::Query::of_table(rows, &dialect)?;
        let asked = Asked { query, dialect, names: (naming, &home), target: None };
        Self::bind_query(asked, (request, Vec::new()), destinations, context, snapshot)
    }

    /// The same for the rows of a table that change. `unusable` says why they cannot, to callers who may change them.
    ///
    /// Select on a table whose rows change is asked for the columns that the query names; on one of which every row is deleted, for nothing.
    /// It is a source all the same (FLW-2).
    ///
    /// # Errors
    /// As [`Reading::bind`].
    pub(super) fn bind_change(
        (query, dialect): (data::Query, Dialect),
        target: Target<'_>,
        request: &Request,
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Binding<Self> {
        let home = resolve::current(context)?;
        let asked = Asked { query, dialect, names: (context.naming()?, &home), target: Some(target) };
        Self::bind_query(asked, (request, Vec::new()), destinations, context, snapshot)
    }

    fn bind_query(
        Asked { query, dialect, names, target }: Asked<'_>,
        (request, absent): (&Request, Vec<Missing>),
        destinations: &[Destination],
        context: &Context<'_>,
        snapshot: &Snapshot<'_>,
    ) -> Binding<Self> {
        let mut level = own_level(query, Arc::new(dialect), names, target.as_ref(), snapshot)?;
        let reads_information = level.relations.iter().any(|relation| relation.information.is_some());

        for probed in &mut level.probes {
            probed.admit(request, context.judge)?;
        }
        // What the caller names itself comes first, there or not; no view is opened before that is allowed (STG-4a).
        let mut own = request.clone();
        own.requirements.extend(level.requirements());
        let missing = [absent, level.missing()].concat();
        all_there(missing).map_err(|refusal| Unbound::refused(own.clone(), refusal))?;
        if !context.judge.allows(&own)? {
            return Err(Unbound::refused(own, refused()));
        }
        if let Some(error) = level.probes.iter().find_map(Probed::mistake) {
            return Err(Unbound::refused(own, error));
        }
        if let Some(error) = target.and_then(|target| target.unusable) {
            return Err(Unbound::refused(own, error));
        }
        for information in level.relations.iter_mut().filter_map(|relation| relation.information.as_mut()) {
            information.admit(request, destinations, context, snapshot)?;
        }
        let size = Views::new(snapshot).open(&mut level);
        let mut usage = Usage::default();
        collect(&level, &Rights::Invoker, &[], &mut usage, None, snapshot)?;
        let tables = with_usage(request, &usage, destinations);
        if let Some(error) = level.unusable() {
            return Err(Unbound::refused(tables, error));
        }
        // Every access before any flow (STG-1): what columns are missing is not known yet.
        let accesses = Request { flows: Vec::new(), ..tables.clone() };
        if !context.judge.allows(&accesses)? {
            return Err(Unbound::refused(tables, refused()));
        }
        // Only now may messages name columns, and only those that the caller holds (STG-4).
        let tables_only = level.relations.iter().filter(|relation| relation.information.is_none());
        let named = tables_only.map(|relation| (&relation.key, &relation.named));
        let in_part = InPart::of(named, request, context.judge)?;
        let contents = Contents::default();
        let sources = Plans::new(context, snapshot, &contents)
            .sources(&level)
            .map_err(|unplanned| Unbound::refused(in_part.whole(&level, &tables), unplanned.error))?;
        let own_code = UserCodes::load(&level, true, (&contents, &sources.1), (context, snapshot))?;
        let without = first_code(&level).and_then(|call| without_what_is_named(call, context));
        let unusable = own_code.unusable.clone().or(without);
        let planned = match (plan_own(&level, own_code, sources, &in_part, context), &unusable) {
            (Ok(planned), _) => planned,
            // What a function without code gives is not known: of messages about a plan with one, only those about columns are true, and
            // which columns it reads is open.
            (Err(Unread::Unplanned(unplanned)), Some(error)) if !unplanned.misses_a_column() => {
                return Err(Unbound::refused(in_part.whole(&level, &tables), error.clone()));
            }
            (Err(Unread::Unplanned(unplanned)), _) => return Err(Unbound::refused(tables, unplanned.error)),
            (Err(Unread::Touches(columns)), _) => {
                return Err(Unbound::refused(in_part.touching(&level, &tables, &columns), refused()));
            }
        };
        let mut usage = Usage::default();
        collect(&level, &Rights::Invoker, &[], &mut usage, Some(&planned), snapshot)?;
        if let Some(error) = unusable {
            return Err(Unbound::refused(with_usage(request, &usage, destinations), error));
        }
        if reads_information && !context.explains && context.judge.allows(&with_usage(request, &usage, destinations))? {
            let asked = (request, &mut usage);
            information::fill(&level, &planned.plan, asked, destinations, context, snapshot)?;
        }
        let has_bare_names = level.names_without_project();
        let mut definitions = BTreeMap::new();
        // The rows that change are those that are there by now; what a variable reads is what was there when it was defined.
        let read = read_at(&level)?;
        define(&level, &planned, &mut definitions, snapshot)?;
        let bindings = level.bindings();
        let mentioned = mentioned(&level, &planned.plan);
        let plan = planned.plan;
        let probe = level.query.probes().first().cloned();
        Ok(Self { plan, usage, has_bare_names, bindings, size, definitions, read, mentioned, reads_information, probe })
    }

    /// Everything that must be allowed, accesses in the order of the text, view bodies behind their view.
    pub fn requirements(&self) -> impl Iterator<Item = Requirement> + '_ {
        self.usage.requirements()
    }

    /// Checks that a view can have the query as its body.
    ///
    /// # Errors
    /// It reads `information_schema`, or asks whether something is there.
    pub fn check_body(&self, span: Span) -> Result<()> {
        if let Some(probe) = &self.probe {
            return Err(not_in_a_body(probe));
        }
        if self.reads_information { Err(information::not_in_a_view(span)) } else { Ok(()) }
    }

    /// Every access, in the order of the text, view bodies behind their view.
    pub fn accesses(&self) -> &[Access] {
        &self.usage.accesses
    }

    /// Whether a view can be made of the query: its own body counts as one more.
    pub fn fits_into_a_view(&self) -> bool {
        self.size.fits_into_a_view()
    }

    /// What the names of the query are made of: what it was decided and planned for.
    pub fn definitions(&self) -> &BTreeMap<ObjectId, String> {
        &self.definitions
    }

    /// The columns that the text names, in its order.
    pub fn mentioned(&self) -> Arc<[(Identity, String)]> {
        Arc::clone(&self.mentioned)
    }

    /// The flows of every source to every destination.
    pub fn flows(&self, destinations: &[Destination]) -> Vec<Flow> {
        self.usage.flows(destinations)
    }
}

/// A query and how it is read.
struct Asked<'q> {
    query: data::Query,
    dialect: Dialect,
    /// How its names are read, and the project of those without one.
    names: (Naming, &'q ProjectRef),
    /// The table whose rows it is about, where they change.
    target: Option<Target<'q>>,
}

/// The request with everything that a query uses.
fn with_usage(request: &Request, usage: &Usage, destinations: &[Destination]) -> Request {
    let mut request = request.clone();
    request.requirements.extend(usage.requirements());
    request.flows.extend(usage.flows(destinations));
    request
}

/// The first call of a function that runs code, bodies behind the query.
fn first_code(level: &Level) -> Option<&data::Call> {
    let own = level.calls.iter().find(|called| called.body.is_none());
    own.map(|called| &called.call).or_else(|| level.bodies().find_map(first_code))
}

/// Stands where the work of a refused query would: nobody can get there.
fn refused() -> Box<Error> {
    Error::new(Code::Internal, "a query that was refused cannot run")
}

/// The columns that the text of a query names, by their present names, each once, in the order of the text.
fn mentioned(level: &Level, plan: &data::Plan) -> Arc<[(Identity, String)]> {
    let relations: BTreeMap<_, _> = level.relations.iter().map(|relation| (&relation.key, relation)).collect();
    let mut known = BTreeSet::new();
    let named = plan.named().iter().filter(|named| known.insert(*named)).filter_map(|(key, column)| {
        let relation = relations.get(key)?;
        Some((relation.named.object.id, relation.present([column.clone()]).next()?))
    });
    named.collect()
}

/// Lists accesses and sources; with a plan, the columns that it touches, else only the tables.
fn collect(
    level: &Level,
    rights: &Rights,
    through: &[Object],
    usage: &mut Usage,
    planned: Option<&Planned>,
    snapshot: &Snapshot<'_>,
) -> Result<()> {
    for relation in &level.relations {
        if let Some(information) = &relation.information {
            information.add_to(usage);
            continue;
        }
        let object = relation.named.object.clone();
        let columns: BTreeSet<String> = match planned {
            None => Default::default(),
            Some(planned) => relation.present(touched(&planned.plan, &relation.key)?).collect(),
        };
        // Changing rows is Update on their table; Select is for what is read of it.
        if !relation.is_blind || !columns.is_empty() {
            usage.accesses.push(Access {
                columns: Columns::Read(columns),
                rights: rights.clone(),
                ..Access::of(Action::Select, object.clone())
            });
        }
        let Some(body) = &relation.body else {
            usage.sources.push((object, through.to_vec()));
            if let Some(table) = &relation.named.table {
                for needed in external::used(table, snapshot)? {
                    if !usage.outside.contains(&needed) {
                        usage.outside.push(needed);
                    }
                }
            }
            continue;
        };
        let before = usage.sources.len();
        if let Ok(body) = body.as_ref() {
            let owner = Rights::Definer { owner: object.owner.clone(), view: object.clone() };
            let inner = [through, std::slice::from_ref(&object)].concat();
            let planned = planned.and_then(|planned| planned.bodies.views.get(&relation.key)).map(Rc::as_ref);
            collect(body, &owner, &inner, usage, planned, snapshot)?;
        }
        // What a view adds to the tables of other projects comes from its own project (FLW-3).
        let represented = usage.sources.iter().skip(before).any(|(source, _)| source.project.id == object.project.id);
        if !represented {
            usage.sources.push((object, through.to_vec()));
        }
    }
    level.probes.iter().for_each(|probed| probed.add_to(usage, through));
    for called in &level.calls {
        let Called { object, function, body, .. } = called;
        let Some(function) = function else {
            usage.accesses.push(Access { rights: rights.clone(), ..Access::of(Action::Execute, object.clone()) });
            continue;
        };
        usage.add_call(function, rights, through, snapshot)?;
        if let Some(Ok(body)) = body.as_deref() {
            let maker = Rights::Definer { owner: called.maker().cloned(), view: object.clone() };
            let inner = [through, std::slice::from_ref(object)].concat();
            let planned = planned.and_then(|planned| planned.bodies.functions.get(&function.id)).map(Rc::as_ref);
            collect(body, &maker, &inner, usage, planned, snapshot)?;
        }
    }
    Ok(())
}

/// What a plan and the bodies in it are made of, by number: a later binding that gives another list means something else.
fn define(
    level: &Level,
    planned: &Planned,
    definitions: &mut BTreeMap<ObjectId, String>,
    snapshot: &Snapshot<'_>,
) -> Result<()> {
    for Called { function, body, .. } in &level.calls {
        let Some(function) = function else { continue };
        let code = (&function.class, &function.body, snapshot.made_of(function.id)?);
        let known = definitions.insert(function.id, format!("{:?} {code:?}\n", function.maker));
        let planned = planned.bodies.functions.get(&function.id);
        if let (None, Some(Ok(body)), Some(planned)) = (known, body.as_deref(), planned) {
            define(body, planned, definitions, snapshot)?;
        }
    }
    for relation in &level.relations {
        let table = relation.named.known()?;
        let names = touched(&planned.plan, &relation.key)?;
        let columns = table.all_columns().filter(|column| names.contains(&column.name));
        let columns: Vec<_> = columns.map(|column| (column.id, &column.name)).collect();
        // Two queries may know a column by different names.
        let text = format!("{:?} {:?} {:?} {columns:?}\n", table.owner, table.view_text, table.external);
        let known = definitions.entry(table.id).or_default();
        if known.contains(&text) {
            continue;
        }
        known.push_str(&text);
        let planned = planned.bodies.views.get(&relation.key);
        if let (Some(Ok(body)), Some(planned)) = (relation.body.as_deref(), planned) {
            define(body, planned, definitions, snapshot)?;
        }
    }
    Ok(())
}

/// The columns of a relation that the plan touches; a relation that the plan does not know is a mistake that must not pass.
fn touched(plan: &data::Plan, key: &data::RelationKey) -> Result<BTreeSet<String>> {
    let access = plan.accesses().iter().find(|access| access.relation == *key);
    access
        .map(|access| access.columns.clone())
        .ok_or_else(|| Error::new(Code::Internal, format!("the plan does not say what it reads of `{}`", key.1)))
}

/// Why a query has no plan for its caller.
enum Unread {
    /// It has none for anyone.
    Unplanned(data::Unplanned),
    /// The caller does not hold every column that it touches; these are all of them.
    Touches(Vec<data::RelationAccess>),
}

impl From<data::Unplanned> for Unread {
    fn from(unplanned: data::Unplanned) -> Self {
        Self::Unplanned(unplanned)
    }
}

/// Plans a query for its caller.
fn plan_own(
    level: &Level,
    code: UserCodes,
    (sources, bodies): Sources,
    in_part: &InPart,
    context: &Context<'_>,
) -> Result<Planned, Unread> {
    let context = &data_context(level, code, context, None);
    let plan = match in_part.kept_back.is_empty() {
        true => data::plan(&level.query, &sources, context)?,
        false => match data::plan_held(&level.query, &sources, &in_part.kept_back, context)? {
            data::Held::Plan(plan) => plan,
            data::Held::Touches(columns) => return Err(Unread::Touches(columns)),
        },
    };
    Ok(Planned { plan: Arc::new(plan), bodies })
}

/// How the query of a caller is planned, or the body of a view.
pub(super) fn data_context(
    level: &Level,
    code: UserCodes,
    context: &Context<'_>,
    body_of: Option<ObjectId>,
) -> data::Context {
    data::Context {
        now: context.now,
        seed: data::seed_of(context.seed, body_of.map_or(0, |view| view.0)),
        script_seed: context.script_seed,
        dialect: Arc::clone(&level.dialect),
        stand_ins: !level.calls.is_empty(),
        answers: level.probes.iter().map(Probed::answer).collect(),
        code: code.code,
        bodies: code.bodies,
        cancel: Arc::clone(context.cancel),
    }
}
