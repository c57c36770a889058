//! `.who can` and `.what can`: the decision, asked of everyone whom any fact names.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::caller::How;
use super::probe::Probe;
use super::session::Session;
use super::ways::Ways;
use crate::analysis::{Everyone, Reach, Reached, RoleThatCan, advise, put_together};
use crate::command::{Chunk, Item, Listing, Outcome, Rows, named_object};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Cell, Object, Principal, ProjectRef, Row, Time};
use crate::security::{Access, Columns, Explained, Facts, Judge, Reverse, Verdict, manages};
use crate::store::{Snapshot, Store};
use crate::syntax::Name;
use crate::syntax::grant::Target;
use crate::text::fold;

/// Objects that are looked at before what was found is shown.
const PAGE: usize = 64;

impl Session {
    /// Who can take an action on an object: for those who may see its grants (BND-2).
    pub(super) fn who_can(&self, action: &Name, columns: &[Name], target: &Target) -> Result<Outcome> {
        let snapshot = self.service.store.read()?;
        let (object, missing) = {
            let how = How::at(self.now());
            named_object(target, &self.caller.context(&how, &Judge::new(&snapshot, how.now)), &snapshot)?
        };
        self.check_may_see(&object, missing, &snapshot)?;
        let asked = asked_action(action, &object)?;
        let columns = asked_columns(columns, asked, &object, &snapshot)?;
        let viewer = &self.caller.principal;
        // Who holds a role, and who may do what on the own path, is for those who manage the project to know.
        let sees_all = manages(&object.project, viewer, &snapshot)?;
        let reach = Reach { facts: &snapshot, now: self.now(), roles: true };
        let probe = Probe { caller: self.caller.clone(), now: self.now() };
        let who_can = |reach: Reach<'_>| -> Result<Vec<Reached>> {
            let found = reach.who_can(asked, &object, &columns)?.into_iter();
            let held =
                found.map(|reached| probe.held_against(reached, &reach, &snapshot)).collect::<Result<Vec<_>>>()?;
            Ok(held.into_iter().flatten().collect())
        };
        let people = who_can(Reach { roles: sees_all, ..reach })?;
        let installers = if sees_all { Vec::new() } else { who_can(reach)? };
        let mut rows = Vec::new();
        let mut add = |row: Row| {
            if !rows.contains(&row) {
                rows.push(row);
            }
        };
        let is_home = |reached: &Reached| reached.current == object.project;
        let shared = installers.into_iter().filter(|reached| !is_home(reached));
        // Who is a member, and who cannot, is for those who manage the project to know.
        let (everyone, people) = match sees_all {
            true => put_together(people, &object.project, &snapshot.members_of(object.project.id)?, &snapshot)?,
            false => (Vec::new(), people),
        };
        for every in everyone {
            add(by_everyone(&every, viewer, &snapshot)?);
        }
        for reached in people.into_iter().filter(|reached| sees_all || is_home(reached)).chain(shared) {
            if is_home(&reached) {
                add(by_principal(&reached, viewer, &snapshot)?);
            } else if let Some(reached) =
                if sees_all { Some(reached) } else { reach.by_packages_alone(reached, &columns)? }
            {
                // Whom another project lets use its packages is for that project to know.
                add(match manages(&reached.current, viewer, &snapshot)? {
                    true => by_principal(&reached, viewer, &snapshot)?,
                    false => by_members(&reached.current),
                });
            }
        }
        if !sees_all {
            for can in reach.roles_that_can(asked, &object, &columns)? {
                // Entries of a role that was dropped stay until they are purged (ACC-9).
                let project = object.project.id;
                let is_there = snapshot.role(project, &can.role)?.is_some();
                if is_there || snapshot.tenant_roles_added_to(project)?.contains(&can.role) {
                    add(by_role(&can, &object));
                }
            }
        }
        let mut outcome = Outcome::listing(Listing::WhoCan, rows);
        outcome.items.extend(self.schema_owner_grants(asked, &object, sees_all, &snapshot)?.map(Item::Status));
        if asked == Action::Download {
            outcome.items.push(Item::Status(how_downloads_are_judged(&object.project, &snapshot)?));
        }
        if sees_all && asked == Action::Select {
            let rows = match (Ways { probe, reach, snapshot: &snapshot, viewer }).of(&object) {
                // Who reads a view is not known without SQL; the other ways alone would look like all of them.
                Err(error) if error.code == Code::WithoutSql => Vec::new(),
                ways => ways?,
            };
            if !rows.is_empty() {
                outcome.items.push(Item::Status(format!(
                    "other ways to read its rows or move them out of project {}:",
                    object.project.name
                )));
                outcome.items.push(Item::Rows(Rows::listed(Listing::WaysOut, rows)));
            }
        } else if asked == Action::Select {
            let project = &object.project.name;
            let note = format!(
                "the views, packages, exceptions and trusted projects through which it is read elsewhere are shown to administrators of project {project}"
            );
            outcome.items.push(Item::Status(note));
        }
        Ok(outcome)
    }

    /// That the owner of an object's schema may grant the action, to itself too (SCH-2): by name only to whoever manages the project.
    fn schema_owner_grants(
        &self,
        action: Action,
        object: &Object,
        sees_all: bool,
        snapshot: &Snapshot<'_>,
    ) -> Result<Option<String>> {
        if !object.kind.is_in_schema() || action == Action::Download || !action.is_grantable_on(object.kind) {
            return Ok(None);
        }
        let Some(schema) = snapshot.schema_object(&object.place())? else { return Ok(None) };
        let project = snapshot.project_by_id(object.project.id)?;
        let owners_grant = project.is_some_and(|project| project.security.object_creator_has_grant_permission);
        let name = schema.owner.as_ref().filter(|_| sees_all).map(|owner| format!(", {owner},")).unwrap_or_default();
        Ok(owners_grant.then(|| format!("the owner of {schema}{name} may grant it, to itself too (SCH-2)")))
    }

    /// What a principal can do: all of it for itself, else in the projects that the session's principal manages (BND-2).
    pub(super) fn what_can(&self, principal: &Principal) -> Result<Outcome> {
        let snapshot = self.service.store.read()?;
        let Some(account) = snapshot.account(principal)? else {
            return Err(Error::new(Code::Principal, format!("Invalid account Name {principal}"))
                .help("`.account list` lists the accounts"));
        };
        let principal = account.principal;
        let reach = Reach { facts: &snapshot, now: self.now(), roles: true };
        let mut objects = reach.objects_of(&principal)?;
        let is_other = principal != self.caller.principal;
        if is_other {
            let mut kept = Vec::new();
            for (current, object) in objects {
                if manages(&current, &self.caller.principal, &snapshot)? {
                    kept.push((current, object));
                }
            }
            objects = kept;
        }
        let note =
            is_other.then(|| format!("what {principal} can do in projects that you do not administer is not shown"));
        let pages = Pages {
            store: Arc::clone(&self.service.store),
            objects: objects.into_iter(),
            principal,
            probe: Probe { caller: self.caller.clone(), now: self.now() },
            viewer: self.caller.principal.clone(),
            now: self.now(),
        };
        let rows = Item::Rows(Rows::streamed(Listing::WhatCan, Box::new(pages)));
        Ok(Outcome { items: std::iter::once(rows).chain(note.map(Item::Status)).collect() })
    }

    /// A caller who may not see the holders of an object gets the same answer as anyone else.
    fn check_may_see(&self, object: &Object, missing: Option<Box<Error>>, snapshot: &Snapshot<'_>) -> Result<()> {
        let requirement = Access::of(Action::ShowAclGrants, object.clone()).into();
        let request = self.caller.request(vec![requirement]);
        match Judge::new(snapshot, self.now()).decide(&request)?.verdict() {
            Verdict::Denied(denial) => {
                let viewer = &self.caller.principal;
                let mut error = denial.error(viewer, self.caller.current.as_ref());
                let advice = advise(&mut |_| Ok(request.clone()), snapshot, self.now(), Some(viewer))?;
                error.help = advice.visible_to(viewer, snapshot)?.help().or(error.help);
                Err(error)
            }
            Verdict::Allowed { .. } => missing.map_or(Ok(()), Err),
        }
    }
}

/// The action, if statements ask for it on objects of this kind.
fn asked_action(name: &Name, object: &Object) -> Result<Action> {
    let known = Action::asked_of(object.kind);
    Action::parse(&name.text).filter(|action| known.contains(action)).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|action| action.name()).collect();
        Error::new(Code::Semantic, format!("`{}` is not an action on {}s", name.text, object.kind.name()))
            .at(name.span)
            .help(format!("the actions are {}", names.join(", ")))
    })
}

/// The columns that are asked for; they are the object's, and the action is one that columns can be asked of.
fn asked_columns(names: &[Name], action: Action, object: &Object, snapshot: &Snapshot<'_>) -> Result<Columns> {
    let Some(first) = names.first() else { return Ok(Columns::Whole) };
    if !action.covers_columns() {
        return Err(Error::new(
            Code::Semantic,
            format!("{action} cannot be limited to columns of a {}", object.kind.name()),
        )
        .at(first.span)
        .help("omit the columns"));
    }
    let table = snapshot.table_of(object)?;
    let known =
        |name: &Name| table.iter().any(|table| table.all_columns().any(|column| column.name == fold(&name.text)));
    match names.iter().find(|name| !known(name)) {
        Some(name) => Err(Error::new(Code::Semantic, format!("{object} has no column `{}`", name.text))
            .at(name.span)
            .help("`desc` lists its columns")),
        None => Ok(Columns::Read(names.iter().map(|name| fold(&name.text)).collect())),
    }
}

/// What a download of data of a project takes.
fn how_downloads_are_judged(project: &ProjectRef, snapshot: &Snapshot<'_>) -> Result<String> {
    let known = snapshot.project_by_id(project.id)?;
    let is_controlled = known.as_ref().is_some_and(|project| project.has_download_control());
    let is_protected = known.as_ref().is_some_and(|project| project.security.project_protection);
    let name = &project.name;
    Ok(match (is_controlled, is_protected) {
        (true, _) => {
            format!("project {name} has download control: a tunnel download needs Describe and Download (DLC-1)")
        }
        (false, true) => {
            format!(
                "project {name} is protected: a tunnel download needs Select and an exception for DT jobs, or a package (FLW-4)"
            )
        }
        (false, false) => format!("project {name} has no download control: Select is sufficient to download (DLC-1)"),
    })
}

/// What one can do, object by object, as it is shown.
struct Pages {
    store: Arc<Store>,
    objects: std::vec::IntoIter<(ProjectRef, Object)>,
    principal: Principal,
    viewer: Principal,
    probe: Probe,
    now: Time,
}

impl Pages {
    fn page(&mut self) -> Result<Option<Chunk>> {
        let snapshot = self.store.read()?;
        let reach = Reach { facts: &snapshot, now: self.now, roles: true };
        let mut rows = Vec::new();
        let mut any = false;
        for (current, object) in self.objects.by_ref().take(PAGE) {
            any = true;
            for reached in reach.actions_on(&self.principal, &object, &current)? {
                let Some(reached) = self.probe.held_against(reached, &reach, &snapshot)? else { continue };
                // What is allowed on the own path is for the object's own project to know.
                let sees_all =
                    self.viewer == self.principal || manages(&reached.object.project, &self.viewer, &snapshot)?;
                let Some(reached) =
                    (if sees_all { Some(reached) } else { reach.by_packages_alone(reached, &Columns::Whole)? })
                else {
                    continue;
                };
                rows.push(vec![
                    reached.object.kind.name().into(),
                    reached.object.full_name().into(),
                    reached.action.name().into(),
                    columns_of(&reached.columns),
                    (&reached.current.name).into(),
                    reason(&reached, &self.viewer, &snapshot)?,
                ]);
            }
        }
        Ok(any.then_some(Chunk::Rows(rows)))
    }
}

impl Iterator for Pages {
    type Item = Result<Chunk>;

    fn next(&mut self) -> Option<Self::Item> {
        self.page().transpose()
    }
}

/// A principal that can, and why: as far as the viewer may read it.
fn by_principal(reached: &Reached, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<Row> {
    let reason = reason(reached, viewer, snapshot)?;
    let columns = columns_of(&reached.columns);
    Ok(vec![
        "principal".into(),
        (&reached.principal).into(),
        Cell::Null,
        Cell::Null,
        columns,
        (&reached.current.name).into(),
        reason,
    ])
}

/// Every member of the project, but some.
fn by_everyone(Everyone { one, except }: &Everyone, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<Row> {
    let reason = reason(one, viewer, snapshot)?;
    let except: Cell = except.iter().map(Principal::to_string).collect();
    let columns = columns_of(&one.columns);
    Ok(vec!["members".into(), Cell::Null, Cell::Null, except, columns, (&one.current.name).into(), reason])
}

/// Members of another project, which does not tell which of them.
fn by_members(project: &ProjectRef) -> Row {
    let project = &project.name;
    let reason = format!(
        "listed by a package installed in project {project}; administrators of {project} can see who may read the package"
    );
    vec!["members".into(), Cell::Null, Cell::Null, Cell::Null, Cell::Null, project.into(), vec![reason].into()]
}

/// The holders of a role that was granted it.
fn by_role(RoleThatCan { role, columns, is_conditional }: &RoleThatCan, object: &Object) -> Row {
    let reason = match is_conditional {
        true => "granted to the role under conditions; administrators of the project can see who holds it",
        false => "granted to the role; administrators of the project can see who holds it",
    };
    let project = &object.project.name;
    let columns = columns_of(columns);
    vec!["role".into(), Cell::Null, role.as_str().into(), Cell::Null, columns, project.into(), vec![reason].into()]
}

/// The columns that are allowed; no value for the whole object.
fn columns_of(columns: &BTreeSet<String>) -> Cell {
    if columns.is_empty() { Cell::Null } else { columns.iter().collect() }
}

/// The grounds of a decision, as far as the viewer may read them.
fn reason(reached: &Reached, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<Cell> {
    let grounds = reached.decision.grounds(&reached.request, snapshot, viewer)?;
    let when = reached.when.iter().map(|when| format!("only {when}"));
    Ok(when.chain(Explained::lines(&grounds)).collect::<Vec<_>>().into())
}
