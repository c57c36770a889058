//! `create sql function`: a body is bound like that of a view (UDF-2, VIW-4).

use crate::command::bound::{Bound, Context, Work};
use crate::command::flow::{Use, destinations};
use crate::command::outcome::Outcome;
use crate::command::query::Reading;
use crate::command::refusal::Refusal;
use crate::command::resolve;
use crate::command::unbound::Binding;
use crate::data::SqlFunction;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Function, JobType, Object, ObjectKind, Place};
use crate::security::{Request, membership};
use crate::store::{NewCode, NewFunction, Snapshot};
use crate::syntax::QueryText;
use crate::syntax::object::ObjectName;
use crate::text::names_keys;

/// What the statement defines.
pub(super) struct Definition<'d> {
    pub text: &'d str,
    pub body: &'d QueryText,
    pub or_replace: bool,
    pub if_not_exists: bool,
}

/// CreateFunction, CreateInstance, Select on every column that the body reads, and Execute on what it calls; replacing needs Write.
pub(super) fn bind(
    name: &ObjectName,
    definition: &Definition<'_>,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Binding<Bound> {
    let place = resolve::place(&name.qualifier, context, snapshot)?;
    let existing = snapshot.function(&place, &name.name.text)?;
    let object = match &existing {
        Some(existing) => existing.object(),
        None => Object::unknown_in(ObjectKind::Function, place.clone(), &name.name.text),
    };
    let actions = (Action::CreateFunction, Action::Write);
    let make = resolve::make_requirement(actions, &object, definition.or_replace, context, snapshot)?;
    let requirements = vec![resolve::job_requirement(context, snapshot)?, make];
    let request = Request::in_session(context, requirements).run_as(context, JobType::Sql);
    // It makes what callers get depend on what the body reads: that is a flow into its project (FLW-2). It reads no row itself.
    let destinations = destinations(Use::Defined(&place.project), context);
    let dialect = context.dialect(snapshot)?.of_new_body();
    let reading = Reading::bind_in(dialect, definition.body, (&request, Vec::new()), &destinations, context, snapshot)?;
    let mut request = request;
    request.requirements.extend(reading.requirements());
    request.flows = reading.flows(&destinations);
    let home = resolve::current(context)?;
    Ok(Bound::when_allowed(request, || {
        resolve::check_schema(&place, snapshot).map_err(|error| error.at(name.span()))?;
        super::check_built_in(name)?;
        reading.check_body(definition.body.span)?;
        let is_at_home = home.id == place.project.id;
        check_body(name, definition, existing.as_ref(), &reading, (is_at_home, context))?;
        put(name, definition, existing, place, &reading, (context, snapshot))
    }))
}

/// Whether a function can have this body.
fn check_body(
    name: &ObjectName,
    definition: &Definition<'_>,
    existing: Option<&Function>,
    reading: &Reading,
    (is_at_home, context): (bool, &Context<'_>),
) -> Result<()> {
    let wrong = |message: String| Error::new(Code::Semantic, message).at(definition.body.span);
    if !is_at_home && reading.has_bare_names {
        let error = wrong("a function in another project must name the project of each table in its body".to_owned());
        return Err(error.help(match context.naming()?.has_schemas {
            true => "write `project.schema.table`",
            false => "write `project.table`",
        }));
    }
    // Its text is kept in the state and shown by `desc`; an argument of a call may be the key, and nothing in the text of the statement that
    // calls it says so (KEY-2).
    if names_keys(definition.text) {
        return Err(wrong(
            "a function that decrypts or encrypts cannot be stored in SQL: its text or calls may contain the key"
                .to_owned(),
        )
        .help("write a view that reads the key from a table that few may read"));
    }
    let refers_to = |existing: &Function| reading.accesses().iter().any(|access| access.object == existing.object());
    if definition.or_replace && existing.is_some_and(refers_to) {
        return Err(wrong(format!("function `{}` would call itself", name.name.text)));
    }
    if !reading.fits_into_a_view() {
        return Err(wrong("views and functions are nested too deeply".to_owned())
            .help("put the rows of a view that is used often into a table"));
    }
    SqlFunction::new(reading.plan.clone(), name.name.text.clone(), context.principal.to_string())
        .map_err(|error| error.at(definition.body.span))?;
    reading.plan.check_stored()
}

/// Makes the function, or puts it in the place of the one of its name.
fn put(
    name: &ObjectName,
    definition: &Definition<'_>,
    existing: Option<Function>,
    place: Place,
    reading: &Reading,
    (context, snapshot): (&Context<'_>, &Snapshot<'_>),
) -> Result<Work, Refusal> {
    if existing.is_some() && !definition.or_replace && definition.if_not_exists {
        return Ok(Work::nothing());
    }
    if let Some(existing) = existing.as_ref().filter(|_| !definition.or_replace) {
        return Err(Error::new(Code::Exists, format!("{} already exists", existing.object()))
            .at(name.span())
            .help("`create or replace sql function` replaces it")
            .into());
    }
    // What a package lists was chosen by who may; nobody else puts another body in its place.
    let leaves_packages = match existing.filter(|existing| existing.owner != *context.principal) {
        Some(existing) => match snapshot.project_by_id(existing.project.id)? {
            Some(project) if membership(snapshot, &project, context.principal)?.is_super() => None,
            _ => Some(existing.object()),
        },
        None => None,
    };
    let new = NewFunction {
        project: place.project,
        schema: place.schema,
        name: name.name.text.clone(),
        by: context.principal.clone(),
        code: NewCode::Sql { body: definition.text.to_owned(), bindings: reading.bindings.clone() },
    };
    Ok(Work::change(move |write, now| {
        write.put_function(&new, now)?;
        if let Some(object) = &leaves_packages {
            write.remove_from_packages(object)?;
        }
        Ok(Outcome::ok())
    }))
}
