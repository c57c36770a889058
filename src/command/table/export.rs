//! `export <project> <folder>`: the statements that make a project again, as files (odpscmd).
//!
//! Each object is shown to callers whom the statement that shows it alone would be allowed to: `show create table`, `desc function`,
//! `get resource`, `show acl`. What depends on rows, and the bytes of resources, are parts of the statement, which go into a local file (FLW-2a).

mod grants;
mod others;
mod tables;

use crate::command::bound::{Bound, Context, Draft, Export, Place as FilePlace, Work};
use crate::command::flow::{Use, destinations};
use crate::command::outcome::Outcome;
use crate::command::resolve;
use crate::command::resource;
use crate::error::Result;
use crate::model::{Action, Object, Place, Resource};
use crate::security::{Access, Flow, Part, Request};
use crate::store::Snapshot;
use crate::syntax::table::Exported;
use crate::syntax::{FileName, Name};
use crate::text::one_line;
use grants::Grants;
use others::Others;
use tables::Tables;

/// The files, as the client calls them, but for the last one. Chosen: it writes no grants.
const SQLS: &str = "project_odps_sqls.dump";
const OTHERS: &str = "project_odps_others.dump";
const GRANTS: &str = "project_odps_grants.dump";
const RESOURCES: &str = "resources";

/// List on the project; nothing more is looked at for a caller who does not have it (STG-4a).
pub(super) fn bind(
    project: &Name,
    folder: &FileName,
    what: Exported,
    context: &Context<'_>,
    snapshot: &Snapshot<'_>,
) -> Result<Bound> {
    let place = Place::default_of(resolve::project(Some(project), context, snapshot)?);
    let list = Access::inside(Action::List, resolve::container(&place, snapshot)?);
    let mut request = Request::in_session(context, vec![list.into()]);
    if !context.judge.allows(&request)? {
        return Ok(Bound::new(request, Work::nothing()));
    }
    let tables = Tables::find(&place, context, snapshot)?;
    let others = Others::find(&place, what, context, snapshot)?;
    let grants = match what.grants {
        true => Some(Grants::find(&place, &tables, context, snapshot)?),
        false => None,
    };
    if what.partitions {
        request.parts.extend(tables.seen.iter().map(|table| taken_out(&table.object(), context)));
    }
    for resource in others.files() {
        request.parts.push(resource::taken_out(resource, context, snapshot)?);
    }
    let place_of = |name: &str| {
        let text = format!("{}/{name}", folder.text);
        context.files.place(&FileName { text, span: folder.span })
    };
    let resources = FileName { text: format!("{}/{RESOURCES}", folder.text), span: folder.span };
    let files: Vec<(Resource, Box<dyn FilePlace>)> = others
        .files()
        .map(|resource| (resource.clone(), place_of(&format!("{RESOURCES}/{}", resource.name))))
        .collect();
    let texts = [SQLS, OTHERS, GRANTS].map(place_of);
    let folders = context.files.folders();
    let has_schemas = context.naming()?.has_schemas;
    let now = context.now;
    Ok(Bound::new(
        request,
        Work::Export(Box::new(move |snapshot, shown| {
            let mut written = Vec::new();
            folders.make(&resources)?;
            for (resource, place) in files.iter().filter(|(resource, _)| shown.includes(&resource.object())) {
                written.push(resource::draft(resource, &**place, snapshot)?);
            }
            let mut sqls = tables.statements(what, snapshot, shown)?;
            if has_schemas {
                sqls.insert(0, failed("objects of other schemas than `default` are not exported"));
            }
            let others = others.statements(what, &resources.text, shown);
            let grants = grants.map(|grants| grants.statements(now));
            let mut lines = Vec::new();
            for ((place, name), text) in
                texts.iter().zip([SQLS, OTHERS, GRANTS]).zip([Some(sqls), Some(others), grants])
            {
                let Some(text) = text else { continue };
                written.push(text_draft(&text, name, &**place)?);
                lines.extend(text);
            }
            let lines = lines.iter().flat_map(|line| line.lines().map(str::to_owned)).collect::<Vec<_>>();
            Ok(Export { draft: Box::new(Drafts(written)), outcome: Outcome::lines(lines) })
        })),
    ))
}

/// What is derived from the data of an object, for a local file.
fn taken_out(object: &Object, context: &Context<'_>) -> Part {
    let flow = |destination| Flow { source: object.clone(), through: Vec::new(), destination };
    let flows = destinations(Use::TakenOut, context).into_iter().map(flow).collect();
    Part { of: object.clone(), job: None, accesses: vec![Access::of(Action::Describe, object.clone())], flows }
}

/// Whether the caller may do something with an object.
fn may(action: Action, object: Object, context: &Context<'_>) -> Result<bool> {
    context.judge.allows(&Request::in_session(context, vec![Access::of(action, object).into()]))
}

/// A remark on what is not exported. Source: odpscmd, which begins such lines so.
fn failed(what: &str) -> String {
    remark(&format!("----Failed: {what}"))
}

/// A comment: whatever is in it, nothing of it is a statement in the file.
fn remark(text: &str) -> String {
    one_line(text).into_owned()
}

/// Writes statements, a line or more each.
fn text_draft(statements: &[String], name: &str, place: &dyn FilePlace) -> Result<Box<dyn Draft>> {
    let mut lines = statements.iter();
    place.draft(name, &mut || Ok(lines.next().map(|line| format!("{line}\n").into_bytes())))
}

/// Several files, which get their names one after the other: those with statements last, so that what they name is there.
struct Drafts(Vec<Box<dyn Draft>>);

impl Draft for Drafts {
    fn keep(self: Box<Self>) -> Result<()> {
        for (at, draft) in self.0.into_iter().enumerate() {
            draft.keep().map_err(|error| match at {
                0 => error,
                _ => error
                    .help("the files before it were replaced, the others are as they were; run the statement again"),
            })?;
        }
        Ok(())
    }
}
