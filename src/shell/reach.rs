//! `.who can` and `.what can`: the decision, asked of everyone whom any fact names.

use std::rc::Rc;

use super::pipeline::facts;
use super::session::Session;
use crate::command::{Chunk, Item, Layout, Outcome, Rows, named_object};
use crate::error::{Code, Error, Result};
use crate::model::{Action, Cell, DataType, Object, Principal, ProjectRef, ResultColumn, Row, Source, Time};
use crate::security::{Access, Columns, Reach, Reached, Verdict, decide, standing};
use crate::store::{Snapshot, Store};
use crate::syntax::Name;
use crate::syntax::grant::Target;

/// Objects that are looked at before what was found is shown.
const PAGE: usize = 64;

impl Session {
    /// Who can take an action on an object: for those who may see its grants (BND-2).
    pub(super) fn who_can(&self, action: &Name, columns: &[Name], target: &Target) -> Result<Outcome> {
        let snapshot = self.store.read()?;
        let (object, missing) = named_object(target, &self.context(0), &snapshot)?;
        let asked = asked_action(action, &object)?;
        self.check_may_see(&object, missing, &snapshot)?;
        let columns = match columns {
            [] => Columns::Whole,
            names => Columns::Read(names.iter().map(|name| name.text.clone()).collect()),
        };
        let reach = Reach { source: &self.caller.source, facts: &snapshot, now: self.now() };
        let mut rows = Vec::new();
        for reached in reach.who_can(asked, &object, &columns)? {
            let row = match manages(&reached.current, &self.caller.principal, &snapshot)?
                || reached.current == object.project
            {
                true => shown(&reached, &self.caller.principal, &snapshot, reached.principal.to_string())?,
                // Whom another project lets use its packages is for that project to know.
                false => hidden(&reached),
            };
            if !rows.contains(&row) {
                rows.push(row);
            }
        }
        let names = ["Principal", "Columns", "Project", "Reason"];
        let layout = Layout::Ruled(names.iter().enumerate().map(|(place, name)| width(name, place, &rows)).collect());
        Ok(table(names, layout, Box::new(std::iter::once(Ok(Chunk::Rows(rows))))))
    }

    /// What a principal can do: all of it for itself, else in the projects that the session's principal manages (BND-2).
    pub(super) fn what_can(&self, principal: &Principal) -> Result<Outcome> {
        let snapshot = self.store.read()?;
        let Some(account) = snapshot.account(principal)? else {
            return Err(Error::new(Code::Principal, format!("Invalid account Name {principal}"))
                .help("`.account list` shows who exists"));
        };
        let principal = account.principal;
        let reach = Reach { source: &self.caller.source, facts: &snapshot, now: self.now() };
        let mut objects = reach.objects_of(&principal)?;
        if principal != self.caller.principal {
            let mut kept = Vec::new();
            for (current, object) in objects {
                if manages(&current, &self.caller.principal, &snapshot)? {
                    kept.push((current, object));
                }
            }
            objects = kept;
        }
        let pages = Pages {
            store: self.store.clone(),
            objects: objects.into_iter(),
            principal,
            viewer: self.caller.principal.clone(),
            source: self.caller.source.clone(),
            now: self.now(),
        };
        Ok(table(["Object", "Action", "Columns", "Project", "Reason"], Layout::Box, Box::new(pages)))
    }

    /// Who may not see who holds an object is told what anyone is told.
    fn check_may_see(&self, object: &Object, missing: Option<Box<Error>>, snapshot: &Snapshot<'_>) -> Result<()> {
        let claim = Access::of(Action::ShowAclGrants, object.clone()).into();
        match decide(&self.caller.request(vec![claim]), facts(snapshot), self.now())?.verdict() {
            Verdict::Denied(denial) => Err(denial.error(&self.caller.principal, self.caller.current.as_ref())),
            Verdict::Allowed { .. } => missing.map_or(Ok(()), Err),
        }
    }
}

/// The action, if statements ask for it on objects of this kind.
fn asked_action(name: &Name, object: &Object) -> Result<Action> {
    let known = Action::asked_of(object.kind);
    Action::parse(&name.text).filter(|action| known.contains(action)).ok_or_else(|| {
        let names: Vec<_> = known.iter().map(|action| action.name()).collect();
        Error::new(Code::Semantic, format!("nobody is asked for `{}` on a {}", name.text, object.kind.name()))
            .at(name.span)
            .help(format!("there are {}", names.join(", ")))
    })
}

fn manages(project: &ProjectRef, viewer: &Principal, snapshot: &Snapshot<'_>) -> Result<bool> {
    Ok(match snapshot.project_by_id(project.id)? {
        Some(project) => standing(snapshot, &project, viewer)?.manages(),
        None => false,
    })
}

/// What one can do, object by object, as it is shown.
struct Pages {
    store: Rc<Store>,
    objects: std::vec::IntoIter<(ProjectRef, Object)>,
    principal: Principal,
    viewer: Principal,
    source: Source,
    now: Time,
}

impl Pages {
    fn page(&mut self) -> Result<Option<Chunk>> {
        let snapshot = self.store.read()?;
        let reach = Reach { source: &self.source, facts: &snapshot, now: self.now };
        let mut rows = Vec::new();
        let mut any = false;
        for (current, object) in self.objects.by_ref().take(PAGE) {
            any = true;
            for reached in reach.actions_on(&self.principal, &object, &current)? {
                let mut row = shown(&reached, &self.viewer, &snapshot, reached.object.to_string())?;
                row.insert(1, Cell::Text(reached.action.name().to_owned()));
                rows.push(row);
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

/// Head, columns, project, reason: as far as the viewer may read them.
fn shown(reached: &Reached, viewer: &Principal, snapshot: &Snapshot<'_>, head: String) -> Result<Row> {
    // Signing in and membership are the same for everyone who can.
    let lines = reached.decision.lines(snapshot, viewer)?;
    let reason: Vec<String> =
        lines.into_iter().filter(|line| !line.starts_with("STG-1") && !line.starts_with("PRJ-1")).collect();
    let columns = reached.columns.iter().cloned().collect::<Vec<_>>().join(", ");
    Ok([head, columns, reached.current.name.clone(), reason.join("; ")].map(Cell::Text).to_vec())
}

fn hidden(reached: &Reached) -> Row {
    let project = &reached.current.name;
    let who = format!("(members of project {project})");
    let reason = format!("a package that project {project} installed: who of them, those who manage it see");
    [who, String::new(), project.clone(), reason].map(Cell::Text).to_vec()
}

/// As wide as the widest cell of a column.
fn width(name: &str, place: usize, rows: &[Row]) -> usize {
    let cells = rows.iter().filter_map(|row| row.get(place));
    let lengths = cells.map(|cell| match cell {
        Cell::Text(text) => text.chars().count(),
        _ => 0,
    });
    lengths.chain([name.len()]).max().unwrap_or_default()
}

fn table<const N: usize>(names: [&str; N], layout: Layout, chunks: Box<dyn Iterator<Item = Result<Chunk>>>) -> Outcome {
    let columns = names.map(|name| ResultColumn { name: name.to_owned(), data_type: DataType::String }).to_vec();
    Outcome { items: vec![Item::Rows(Rows { columns, layout, ordered: true, chunks })] }
}
