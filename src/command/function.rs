//! Functions of users' own: what they are made of.

mod sql_function;

use super::absent::Missing;
use super::bound::{Bound, Context, Work};
use super::flow::{Use, destinations};
use super::outcome::{Listing, Outcome, PropertiesOf};
use super::refusal::all_there;
use super::resolve;
use super::stored;
use super::unbound::settled;
use super::usage::Usage;
use crate::data::is_function;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Cell, Function, Object, ObjectKind, Place, Record, ResourceRef};
use crate::security::{Access, Request, Rights};
use crate::store::{NewCode, NewFunction, Snapshot};
use crate::syntax::function::Statement;
use crate::syntax::object::ObjectName;
use crate::syntax::{Name, text_literal};

/// Whether a statement only shows something.
pub(super) fn only_shows(statement: &Statement) -> bool {
    match statement {
        Statement::Describe { .. } | Statement::List { .. } => true,
        Statement::Create { .. } | Statement::CreateSql { .. } | Statement::Drop { .. } => false,
    }
}

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Create { function, class, resources, replace } => {
            create(function, class, resources, *replace, context, snapshot)
        }
        Statement::CreateSql { function, or_replace, if_not_exists, definition, body } => {
            let definition = sql_function::Definition {
                text: definition,
                body,
                or_replace: *or_replace,
                if_not_exists: *if_not_exists,
            };
            settled(sql_function::bind(function, &definition, context, snapshot))
        }
        Statement::Drop { function, if_exists } => stored::drop(function, *if_exists, context, snapshot),
        Statement::Describe { function } => stored::describe(
            function,
            |snapshot, place, name| snapshot.function(place, name),
            |_| None,
            |function, _, _| Ok(described(function)),
            (context, snapshot),
        ),
        Statement::List { place, like } => stored::list(
            (place, like.as_deref()),
            |snapshot, place| snapshot.functions(place),
            |function| &function.name,
            |_| None,
            |functions, _, _| Ok(list_shown(functions)),
            (context, snapshot),
        ),
    }
}

/// `create function`: its project depends on the resources that it uses, which is a flow of them into it (FLW-2, FLW-3).
fn create(
    name: &ObjectName,
    class: &str,
    resources: &[ObjectName],
    replaces: bool,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let place = resolve::place(&name.qualifier, context, snapshot)?;
    let existing = snapshot.function(&place, &name.name.text)?;
    let object = match &existing {
        Some(existing) => existing.object(),
        None => Object::unknown_in(ObjectKind::Function, place.clone(), &name.name.text),
    };
    let requirement =
        resolve::make_requirement((Action::CreateFunction, Action::Write), &object, replaces, context, snapshot)?;
    let mut usage = Usage::default();
    let mut used = Vec::new();
    let mut missing = Vec::new();
    for resource in resources {
        // Alone, one where the function is: that is where it is looked for when the function is called.
        let home = match resource.qualifier.is_empty() {
            true => place.clone(),
            false => resolve::place(&resource.qualifier, context, snapshot)?,
        };
        match snapshot.resource(&home, &resource.name.text)? {
            Some(found) => usage.add_resource(&found, &Rights::Invoker, &[], snapshot)?,
            None => {
                let unknown = Object::unknown_in(ObjectKind::Resource, home.clone(), &resource.name.text);
                usage.accesses.push(Access::of(Action::Read, unknown.clone()));
                let error = resolve::not_found(&unknown).at(resource.span());
                missing.push(Missing::new(unknown, error));
            }
        }
        let Place { project, schema } = home;
        used.push(ResourceRef { project: project.name.to_string(), schema, name: resource.name.text.clone() });
    }
    let requirements = std::iter::once(requirement).chain(usage.requirements()).collect();
    let request = Request {
        job: context.as_job,
        flows: usage.flows(&destinations(Use::Defined(&place.project), context)),
        ..Request::in_session(context, requirements)
    };
    let new = NewFunction {
        project: place.project.clone(),
        schema: place.schema.clone(),
        name: name.name.text.clone(),
        by: context.principal.clone(),
        code: NewCode::Class { class: class.to_owned(), resources: used },
    };
    Ok(Bound::when_allowed(request, || {
        all_there(missing)?;
        resolve::check_schema(&place, snapshot).map_err(|error| error.at(name.span()))?;
        check_name(name, existing.as_ref(), replaces)?;
        let replaced = existing.is_some();
        Ok(Work::change(move |write, now| {
            write.put_function(&new, now)?;
            // Source: odpscmd.
            Ok(Outcome::status(match replaced {
                true => format!("Success: Function {} have been updated.", new.name),
                false => format!("Success: Function '{}' have been created.", new.name),
            }))
        }))
    }))
}

/// Whether the function may have its name.
fn check_name(name: &ObjectName, existing: Option<&Function>, replaces: bool) -> Result<()> {
    check_built_in(name)?;
    match existing.filter(|_| !replaces) {
        None => Ok(()),
        Some(existing) => Err(Error::new(Code::Exists, format!("{} already exists", existing.object()))
            .at(name.span())
            .help("`-f` replaces it")),
    }
}

fn check_built_in(name: &ObjectName) -> Result<()> {
    if !is_function(&name.name.text) {
        return Ok(());
    }
    let error = Error::new(Code::Semantic, format!("`{}` is a built-in function", name.name.text));
    Err(error.at(name.name.span).help("choose another name: it would never be called"))
}

/// The resources of a function, those of other projects by their full names.
fn resources(function: &Function) -> Cell {
    resource_names(function).collect()
}

fn resource_names(function: &Function) -> impl Iterator<Item = String> {
    let name = move |ResourceRef { project, schema, name }: &ResourceRef| match (
        *project == function.project.name && *schema == function.schema,
        schema.is_default(),
    ) {
        (true, _) => name.clone(),
        (false, true) => format!("{project}/resources/{name}"),
        (false, false) => format!("{project}/schemas/{schema}/resources/{name}"),
    };
    function.resources.iter().map(name)
}

/// The statement that makes a function again.
pub(super) fn definition(function: &Function) -> String {
    let name = Name { text: function.name.clone(), ..Name::default() };
    match &function.body {
        Some(body) => format!("create sql function {name}{body};"),
        None => {
            let names: Vec<String> = resource_names(function).map(|name| text_literal(&name)).collect();
            format!("create function {name} as {} using {};", text_literal(&function.class), names.join(", "))
        }
    }
}

fn described(function: &Function) -> Outcome {
    let values =
        Record::default().with("name", &function.name).with("owner", &function.owner).with("created", function.created);
    let values = match &function.body {
        Some(body) => values.with("sql_definition_text", body),
        None => values.with("class", &function.class).with("resources", resources(function)),
    };
    Outcome::properties(PropertiesOf::Function, values)
}

fn list_shown(functions: &[Function]) -> Outcome {
    let row = |function: &Function| {
        vec![
            (&function.name).into(),
            (&function.owner).into(),
            function.created.into(),
            (&function.class).into(),
            resources(function),
        ]
    };
    Outcome::listing(Listing::Functions, functions.iter().map(row).collect())
        .and_status(format!("{} functions", functions.len()))
}
