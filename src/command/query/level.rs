//! What a query names: tables, views and functions, and what the bodies of views name.
//!
//! The caller's names are looked up; those in a body stand for what they meant when the view was made (VIW-6).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use super::information::Information;
use super::probe::{Probed, not_in_a_body};
pub(super) use super::unusable::Unusable;
use crate::command::absent::Missing;
use crate::command::information;
use crate::command::resolve::{self, Named};
use crate::data;
use crate::error::{Code, Error, Result};
use crate::model::{
    Action, Bindings, BoundFunction, BoundRelation, Column, Dialect, Function, Naming, Object, ObjectId, ObjectKind,
    Place, Prefix, Principal, ProjectRef, Table, TableKind,
};
use crate::security::{Access, Columns, Requirement};
use crate::store::{Snapshot, Write};
use crate::syntax::body_query;

/// Deepest nesting of views.
pub(super) const VIEW_DEPTH: usize = 20;

/// A query whose relations are known and whose plan is not made yet.
pub(super) struct Level {
    pub query: data::Query,
    pub relations: Vec<Relation>,
    pub calls: Vec<Called>,
    /// What it asks of the state.
    pub probes: Vec<Probed>,
    /// How it calculates: as the session does that asks, or that made the view (VIW-5).
    pub dialect: Arc<Dialect>,
    /// How its names are read: likewise (SCH-1).
    pub naming: Naming,
}

/// A call of a function that is not built in.
pub(super) struct Called {
    pub call: data::Call,
    pub object: Object,
    /// The function, if it is there.
    pub function: Option<Function>,
    /// The body of a function in SQL, or why it cannot be used.
    pub body: Option<Body>,
}

impl Called {
    /// Why the body of the function cannot be used, if so.
    fn unusable(&self) -> Option<Unusable> {
        unusable(self.body.as_deref()?)
    }

    /// Whose rights the body of the function has.
    pub fn maker(&self) -> Option<&Principal> {
        self.function.as_ref()?.maker.as_ref()
    }
}

/// Why a body cannot be used, if so: by itself, or by what is behind it.
fn unusable(body: &Result<Level, Unusable>) -> Option<Unusable> {
    match body {
        Err(reason) => Some(*reason),
        Ok(body) if !body.missing().is_empty() => Some(Unusable::NoLongerFits),
        Ok(body) => {
            let relations = body.relations.iter().find_map(Relation::unusable);
            relations.or_else(|| body.calls.iter().find_map(Called::unusable))
        }
    }
}

/// One relation of a query.
pub(super) struct Relation {
    pub key: data::RelationKey,
    /// What it is; a table with its columns as the query knows them.
    pub named: Named,
    /// Columns that are called otherwise now, by the names that the query knows them by.
    renamed: BTreeMap<String, String>,
    /// The body of a view, or why it cannot be used.
    pub body: Option<Body>,
    /// Whether its rows change whatever is in them, so that it is read only where the query names its columns.
    pub is_blind: bool,
    /// The view of `information_schema` that it is.
    pub information: Option<Information>,
}

/// The body of a view: opened once, however often it is read.
pub(super) type Body = Rc<Result<Level, Unusable>>;

/// The table whose rows a statement changes.
pub(super) struct Target<'t> {
    /// The table, there or not.
    pub named: &'t Named,
    /// Whether its rows change whatever is in them: nothing is read of it but the columns that the query names.
    pub is_blind: bool,
    /// Why its rows cannot change.
    pub unusable: Option<Box<Error>>,
}

impl Relation {
    /// Why the body of the view cannot be used, if so.
    fn unusable(&self) -> Option<Unusable> {
        unusable(self.body.as_deref()?)
    }

    /// Columns by their present names.
    pub fn present(&self, columns: impl IntoIterator<Item = String>) -> impl Iterator<Item = String> {
        columns.into_iter().map(|name| self.renamed.get(&name).cloned().unwrap_or(name))
    }
}

impl Level {
    /// What it names and is not there: relations in the order of the text, then functions.
    pub fn missing(&self) -> Vec<Missing> {
        let relations = self.relations.iter().filter(|relation| relation.named.table.is_none());
        let relations =
            relations.map(|Relation { named, .. }| Missing::new(named.object.clone(), named.not_found.clone()));
        let calls = self.calls.iter().filter(|called| called.function.is_none());
        let calls = calls.map(|Called { call, object, .. }| Missing::new(object.clone(), call.unknown()));
        relations.chain(calls).chain(self.probes.iter().filter_map(Probed::missing)).collect()
    }

    /// What it asks of what it names itself, on table level.
    pub fn requirements(&self) -> Vec<Requirement> {
        let mut requirements = Vec::new();
        for relation in self.relations.iter().filter(|relation| !relation.is_blind) {
            match &relation.information {
                Some(information) => requirements.extend(information.requirements()),
                None => {
                    let columns = Columns::Read(Default::default());
                    let access = Access { columns, ..Access::of(Action::Select, relation.named.object.clone()) };
                    requirements.push(access.into());
                }
            }
        }
        requirements.extend(self.calls.iter().map(|called| Access::of(Action::Execute, called.object.clone()).into()));
        requirements.extend(self.probes.iter().map(|probed| probed.access.clone().into()));
        requirements
    }

    /// What is said of the first view or function whose body cannot be used.
    pub fn unusable(&self) -> Option<Box<Error>> {
        let relations =
            self.relations.iter().find_map(|relation| Some(relation.unusable()?.error(&relation.named.object)));
        let called = |called: &Called| Some(called.unusable()?.error(&called.object));
        relations.or_else(|| self.calls.iter().find_map(called))
    }

    /// Whether it names a table without its project.
    pub fn names_without_project(&self) -> bool {
        self.relations.iter().any(|relation| {
            let parts: Vec<&str> = relation.key.0.iter().flat_map(|qualifier| qualifier.split('.')).collect();
            !matches!(self.naming.read(&parts), Ok(Prefix { project: Some(_), .. }))
        })
    }

    /// The bodies of the views and functions that it names.
    pub fn bodies(&self) -> impl Iterator<Item = &Level> {
        let relations = self.relations.iter().map(|relation| &relation.body);
        let calls = self.calls.iter().map(|called| &called.body);
        relations.chain(calls).filter_map(|body| body.as_ref()?.as_ref().as_ref().ok())
    }

    /// What its names stand for, to be kept with a view.
    pub fn bindings(&self) -> Bindings {
        let relation = |relation: &Relation| {
            let table = relation.named.table.as_ref();
            let columns = table.filter(|table| table.kind == TableKind::Table).map(|table| table.columns.as_slice());
            BoundRelation {
                qualifier: relation.key.0.clone(),
                name: relation.key.1.clone(),
                object: table.map(|table| table.id),
                columns: columns.unwrap_or_default().iter().map(|column| (column.name.clone(), column.id)).collect(),
            }
        };
        let function = |called: &Called| BoundFunction {
            qualifier: called.call.qualifier.clone(),
            name: called.call.name.clone(),
            object: called.function.as_ref().map(|function| function.id),
        };
        Bindings {
            relations: self.relations.iter().map(relation).collect(),
            functions: self.calls.iter().map(function).collect(),
            flags: self.dialect.flags().into_iter().chain(self.naming.flags()).collect(),
        }
    }
}

/// Finds the relations and functions that a query names itself, as `naming` reads them; names without a project belong to `home`. `target` is
/// the table whose rows the statement changes.
pub(super) fn own_level(
    query: data::Query,
    dialect: Arc<Dialect>,
    (naming, home): (Naming, &ProjectRef),
    target: Option<&Target<'_>>,
    snapshot: &Snapshot<'_>,
) -> Result<Level> {
    let mut relations = Vec::new();
    for relation in query.relations() {
        let target = target.filter(|_| data::is_target(&relation.key()));
        let (named, information) = match target {
            Some(target) => (target.named.clone(), None),
            None => named(relation, &naming, home, snapshot).map_err(|error| error.at(relation.span))?,
        };
        let named = Named { not_found: named.not_found.at(relation.span), ..named };
        relations.push(Relation {
            key: (relation.qualifier.clone(), relation.name.clone()),
            named,
            renamed: BTreeMap::new(),
            body: None,
            is_blind: target.is_some_and(|target| target.is_blind),
            information,
        });
    }
    let mut calls = Vec::new();
    for call in query.calls() {
        let place = place(call.qualifier.as_deref(), &naming, home, snapshot)?;
        let function = snapshot.function(&place, &call.name)?;
        calls.push(called(call, function, place));
    }
    let mut probes = Vec::new();
    for probe in query.probes() {
        let place = place(probe.qualifier.as_deref(), &naming, home, snapshot).map_err(|error| error.at(probe.span))?;
        probes.push(Probed::new(probe, resolve::table_in(place, &probe.name, snapshot)?, snapshot)?);
    }
    Ok(Level { query, relations, calls, probes, dialect, naming })
}

/// The table, view, or view of `information_schema` that a query names.
fn named(
    relation: &data::Relation,
    naming: &Naming,
    home: &ProjectRef,
    snapshot: &Snapshot<'_>,
) -> Result<(Named, Option<Information>)> {
    let parts: Vec<&str> = relation.qualifier.iter().flat_map(|qualifier| qualifier.split('.')).collect();
    let prefix = naming.read(&parts)?;
    if let Some(of_tenant) = information::scope(&prefix) {
        let (named, information) = Information::bind(&relation.name, of_tenant, home, relation.span, snapshot)?;
        return Ok((named, Some(information)));
    }
    let place = resolve::place_of(prefix, || Ok(home.clone()), snapshot)?;
    Ok((resolve::table_in(place, &relation.name, snapshot)?, None))
}

fn called(call: &data::Call, function: Option<Function>, place: Place) -> Called {
    let object = match &function {
        Some(function) => function.object(),
        None => Object::unknown_in(ObjectKind::Function, place, &call.name),
    };
    Called { call: call.clone(), object, function, body: None }
}

/// Where something is that a query names with this qualifier.
fn place(qualifier: Option<&str>, naming: &Naming, home: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<Place> {
    let parts: Vec<&str> = qualifier.into_iter().flat_map(|qualifier| qualifier.split('.')).collect();
    resolve::place_of(naming.read(&parts)?, || Ok(home.clone()), snapshot)
}

/// Where something is that a body in this project names, by the flags of the session that made it.
pub fn place_in_body(
    project: &ProjectRef,
    bindings: &Bindings,
    qualifier: Option<&str>,
    snapshot: &Snapshot<'_>,
) -> Result<Place> {
    let flags = bindings.flags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    place(qualifier, &Naming::of(flags)?, project, snapshot)
}

/// Opens the bodies of views, each once a statement.
pub(super) struct Views<'s> {
    snapshot: &'s Snapshot<'s>,
    /// The views around the one that is being opened.
    open: Vec<ObjectId>,
    known: BTreeMap<ObjectId, (Body, Size)>,
}

/// How much there is behind the names of a query, at least.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Size {
    /// Tables that are read.
    tables: usize,
    /// Views that are open at once.
    depth: usize,
}

impl Size {
    fn add(&mut self, inside: Self) {
        self.tables = self.tables.saturating_add(inside.tables);
        self.depth = self.depth.max(inside.depth);
    }

    /// Whether a view can be made of the query.
    pub fn fits_into_a_view(self) -> bool {
        self.depth < VIEW_DEPTH
    }
}

impl<'s> Views<'s> {
    pub fn new(snapshot: &'s Snapshot<'s>) -> Self {
        Self { snapshot, open: Vec::new(), known: BTreeMap::new() }
    }

    /// Opens the bodies of the views that a query names, and of those behind them.
    pub fn open(&mut self, level: &mut Level) -> Size {
        let mut size = Size::default();
        for relation in &mut level.relations {
            let view = relation.named.table.as_ref().filter(|table| table.kind == TableKind::View);
            let inside = match view {
                None => Size { tables: 1, depth: 0 },
                Some(view) => {
                    let (body, inside) = self.body(&Definition::of_view(view));
                    relation.body = Some(body);
                    Size { depth: inside.depth + 1, ..inside }
                }
            };
            size.add(inside);
        }
        for called in &mut level.calls {
            let definition = called.function.as_ref().and_then(Definition::of_function);
            if let Some(definition) = definition {
                let (body, inside) = self.body(&definition);
                called.body = Some(body);
                size.add(Size { depth: inside.depth + 1, ..inside });
            }
        }
        size
    }

    fn body(&mut self, definition: &Definition<'_>) -> (Body, Size) {
        let id = definition.id;
        if let Some(known) = self.known.get(&id) {
            return known.clone();
        }
        if self.open.contains(&id) {
            return (Rc::new(Err(Unusable::NoLongerFits)), Size::default());
        }
        if self.open.len() >= VIEW_DEPTH {
            return (Rc::new(Err(Unusable::TooDeep)), Size::default());
        }
        self.open.push(id);
        let read = self.read(definition);
        self.open.pop();
        let opened = match read {
            Ok((level, size)) => (Rc::new(Ok(level)), size),
            Err(reason) => (Rc::new(Err(reason)), Size::default()),
        };
        self.known.insert(id, opened.clone());
        opened
    }

    fn read(&mut self, definition: &Definition<'_>) -> Result<(Level, Size), Unusable> {
        let mut level = bound_level(definition, self.snapshot).map_err(|_| Unusable::NoLongerFits)?;
        let size = self.open(&mut level);
        if size.tables > data::MOST_TABLES { Err(Unusable::TooLarge) } else { Ok((level, size)) }
    }
}

/// What has a body: a view, or a function in SQL.
struct Definition<'d> {
    id: ObjectId,
    project: &'d ProjectRef,
    kind: ObjectKind,
    text: &'d str,
}

impl<'d> Definition<'d> {
    fn of_view(view: &'d Table) -> Self {
        let text = view.view_text.as_deref().unwrap_or_default();
        Self { id: view.id, project: &view.project, kind: ObjectKind::View, text }
    }

    fn of_function(function: &'d Function) -> Option<Self> {
        let text = function.body.as_deref()?;
        Some(Self { id: function.id, project: &function.project, kind: ObjectKind::Function, text })
    }

    fn query(&self, dialect: &Dialect) -> Result<data::Query> {
        match self.kind == ObjectKind::Function {
            true => data::parse(&body_query(self.text)?, 0, dialect),
            false => data::parse(self.text, 0, dialect),
        }
    }
}

/// The query of a body with what its names stand for. What is gone, and what merely got an old name, is as not there.
fn bound_level(view: &Definition<'_>, snapshot: &Snapshot<'_>) -> Result<Level> {
    let bindings = snapshot.bindings(view.id)?;
    let flags = bindings.flags.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    let naming = Naming::of(flags.clone())?;
    let dialect = Arc::new(Dialect::of(flags)?.of_body());
    let query = view.query(&dialect)?;
    if let Some(probe) = query.probes().first() {
        return Err(not_in_a_body(probe));
    }
    let mut relations = Vec::new();
    for relation in query.relations() {
        let place = place(relation.qualifier.as_deref(), &naming, view.project, snapshot)?;
        let bound = bindings.relation(relation.qualifier.as_deref(), &relation.name);
        let found = bound.map(|bound| bound_table(bound, &place, snapshot)).transpose()?.flatten();
        let (table, renamed) = found.unzip();
        let named = Named {
            object: match &table {
                Some(table) => table.object(),
                None => Object::unknown_in(ObjectKind::Table, place, &relation.name),
            },
            table,
            not_found: Error::new(Code::TableNotFound, relation.name.clone()),
        };
        let key = (relation.qualifier.clone(), relation.name.clone());
        relations.push(Relation {
            key,
            named,
            renamed: renamed.unwrap_or_default(),
            body: None,
            is_blind: false,
            information: None,
        });
    }
    let mut calls = Vec::new();
    for call in query.calls() {
        let place = place(call.qualifier.as_deref(), &naming, view.project, snapshot)?;
        let bound = bindings.function(call.qualifier.as_deref(), &call.name);
        let bound = bound.and_then(|bound| bound.object);
        let bound = bound.map(|id| snapshot.function_by_id(id)).transpose()?.flatten();
        // Functions are not renamed: one that has the name was made under it.
        let function = bound.map_or_else(|| snapshot.function(&place, &call.name), |bound| Ok(Some(bound)))?;
        calls.push(called(call, function, place));
    }
    Ok(Level { query, relations, calls, probes: Vec::new(), dialect, naming })
}

/// The table or view that a name in a body stands for, with its columns as the body knows them, and those that are called
/// otherwise now.
fn bound_table(
    bound: &BoundRelation,
    place: &Place,
    snapshot: &Snapshot<'_>,
) -> Result<Option<(Table, BTreeMap<String, String>)>> {
    let (mut table, is_same) = match bound.object.map(|id| snapshot.table_by_id(id)).transpose()?.flatten() {
        Some(table) => (table, true),
        // What is gone is replaced by what was made under its name, and by nothing that got the name otherwise.
        None => match snapshot.table(place, &bound.name)? {
            Some(table) if !snapshot.is_renamed(table.id)? => (table, false),
            _ => return Ok(None),
        },
    };
    let mut renamed = BTreeMap::new();
    if table.kind == TableKind::View || bound.columns.is_empty() {
        return Ok(Some((table, renamed)));
    }
    let mut columns: Vec<Column> = Vec::new();
    for (name, id) in &bound.columns {
        if let Some(column) = table.columns.iter().find(|column| is_same && column.id == *id) {
            if column.name != *name {
                renamed.insert(name.clone(), column.name.clone());
            }
            columns.push(Column { name: name.clone(), ..column.clone() });
        } else if let Some(column) = table.columns.iter().find(|column| column.name == *name)
            && !bound.columns.iter().any(|(_, id)| is_same && *id == column.id)
            && !snapshot.is_renamed_column(column.id)?
        {
            columns.push(column.clone());
        }
    }
    table.columns = columns;
    Ok(Some((table, renamed)))
}

/// Binds the views of a state that an earlier version made, which bound names at each use: from now on they mean what their names
/// stand for at this moment.
///
/// # Errors
/// The state cannot be read or written.
pub fn bind_earlier_views(write: &Write<'_>) -> Result<()> {
    for id in write.unbound_views()? {
        let Some(view) = write.table_by_id(id)? else { continue };
        let dialect = Arc::<Dialect>::default();
        let query = data::parse(view.view_text.as_deref().unwrap_or_default(), 0, &dialect);
        if query.as_ref().is_err_and(|error| error.code == Code::WithoutSql) {
            // A build with SQL binds them later.
            return Ok(());
        }
        let level = query.and_then(|query| own_level(query, dialect, (Naming::default(), &view.project), None, write));
        let bindings = level.map(|level| level.bindings());
        write.bind_view(id, &bindings.unwrap_or_default())?;
    }
    Ok(())
}
