//! Functions of users' own: what they are made of.

use super::bound::{Bound, Context};
use super::outcome::Outcome;
use super::resolve;
use super::usage::Usage;
use crate::error::{Code, Error, Result};
use crate::model::{Action, Function, Object, ObjectKind};
use crate::security::{Access, Destination, Request, Subject};
use crate::store::{NewFunction, Snapshot};
use crate::syntax::function::Statement;
use crate::syntax::object::ObjectName;
use crate::text::fold;

pub(super) fn bind(statement: &Statement, context: &Context<'_>, snapshot: &Snapshot<'_>) -> Result<Bound> {
    match statement {
        Statement::Create { function, class, resources, replace } => {
            create(function, class, resources, *replace, context, snapshot)
        }
        Statement::Drop { function, if_exists } => {
            let (object, missing) = resolve::object(function, context, snapshot)?;
            let request = Request::in_session(context, vec![Access::of(Action::Delete, object.clone()).into()]);
            Ok(match missing {
                Some(_) if *if_exists => Bound::missing_is_fine(request, object),
                Some(error) => Bound::missing(request, object, error),
                None => Bound::change(request, move |write, _| {
                    write.drop_function(object.id)?;
                    Ok(Outcome::ok())
                }),
            })
        }
        Statement::Describe { function } => {
            let (object, missing) = resolve::object(function, context, snapshot)?;
            let request = Request::in_session(context, vec![Access::of(Action::Read, object.clone()).into()]);
            let found = snapshot.function(object.project.id, &object.name)?;
            Ok(match (missing, found) {
                (None, Some(function)) => Bound::show(request, move |_| Ok(Outcome::lines(described(&function)))),
                (missing, _) => {
                    let error = missing.unwrap_or_else(|| resolve::not_found(&object));
                    Bound::missing(request, object, error)
                }
            })
        }
        Statement::List { project, like } => {
            let project = resolve::project(project.as_ref(), context, snapshot)?;
            let list = Access::of(Action::List, resolve::project_object(&project, snapshot)?);
            let prefix = fold(like.as_deref().unwrap_or_default().trim_end_matches(['*', '%']));
            Ok(Bound::show(Request::in_session(context, vec![list.into()]), move |snapshot| {
                let mut functions = snapshot.functions(project.id)?;
                functions.retain(|function| function.name.starts_with(&prefix));
                Ok(list_shown(&functions))
            }))
        }
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
    let project = resolve::project(name.project.as_ref(), context, snapshot)?;
    let existing = snapshot.function(project.id, &name.name.text)?;
    let object = match &existing {
        Some(existing) => existing.object(),
        None => Object::unknown(ObjectKind::Function, project.clone(), &name.name.text),
    };
    let claim = resolve::make_claim(Action::CreateFunction, &object, replaces, context, snapshot)?;
    let mut usage = Usage::default();
    let mut used = Vec::new();
    let mut missing = None;
    for resource in resources {
        // Without a project, one of the function's own: that is where it is looked for when the function is called.
        let home = match &resource.project {
            Some(named) => resolve::named_project(&named.text, snapshot)?,
            None => project.clone(),
        };
        match snapshot.resource(home.id, &resource.name.text)? {
            Some(found) => usage.add_resource(&found, &Subject::Caller, &[], snapshot)?,
            None => {
                let unknown = Object::unknown(ObjectKind::Resource, home.clone(), &resource.name.text);
                usage.accesses.push(Access::of(Action::Read, unknown.clone()));
                missing.get_or_insert((unknown, resource.span()));
            }
        }
        used.push((home.name, resource.name.text.clone()));
    }
    let claims = std::iter::once(claim).chain(usage.claims()).collect();
    let request = Request {
        job: context.as_job,
        flows: usage.flows(&Destination::Project(project.clone())),
        ..Request::in_session(context, claims)
    };
    if let Some((unknown, span)) = missing {
        let error = resolve::not_found(&unknown).at(span);
        return Ok(Bound::missing(request, unknown, error));
    }
    if is_built_in(&name.name.text) {
        let error = Error::new(Code::Semantic, format!("`{}` is a built-in function", name.name.text));
        return Ok(Bound::fail(
            request,
            error.at(name.name.span).help("choose another name: it would never be called"),
        ));
    }
    let replaced = existing.is_some();
    if let Some(existing) = existing.filter(|_| !replaces) {
        let error = Error::new(Code::State, format!("{} exists already", existing.object()));
        return Ok(Bound::fail(request, error.at(name.span()).help("`-f` replaces it")));
    }
    let new = NewFunction {
        project,
        name: name.name.text.clone(),
        by: context.principal.clone(),
        class: class.to_owned(),
        resources: used,
    };
    Ok(Bound::change(request, move |write, now| {
        write.put_function(&new, now)?;
        // Source: client.md 3.4.
        Ok(Outcome::status(match replaced {
            true => format!("Success: Function {} have been updated.", new.name),
            false => format!("Success: Function '{}' have been created.", new.name),
        }))
    }))
}

#[cfg(feature = "sql")]
fn is_built_in(name: &str) -> bool {
    crate::data::is_function(name)
}

/// Without the engine there are no built-in functions that it could hide.
#[cfg(not(feature = "sql"))]
fn is_built_in(_: &str) -> bool {
    false
}

/// The resources of a function, those of other projects by their full names.
fn resources(function: &Function) -> String {
    let name = |(project, name): &(String, String)| match *project == function.project.name {
        true => name.clone(),
        false => format!("{project}/resources/{name}"),
    };
    function.resources.iter().map(name).collect::<Vec<_>>().join(",")
}

/// Source: client.md 3.4, `%-40s%-40s`.
fn described(function: &Function) -> Vec<String> {
    let row = |key: &str, value: &str| format!("{key:<40}{value:<40}").trim_end().to_owned();
    vec![
        row("Name", &function.name),
        row("Owner", &function.owner.to_string()),
        row("Created Time", &function.created.plain()),
        row("Class", &function.class),
        row("Resources", &resources(function)),
    ]
}

fn list_shown(functions: &[Function]) -> Outcome {
    let row = |function: &Function| {
        vec![
            function.name.clone(),
            function.owner.to_string(),
            function.created.plain(),
            function.class.clone(),
            resources(function),
        ]
    };
    let columns = [("Name", 12), ("Owner", 20), ("Create Time", 15), ("Class", 23), ("Resources", 30)];
    Outcome::list(&columns, functions.iter().map(row).collect(), "functions")
}
