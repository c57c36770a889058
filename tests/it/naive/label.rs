//! LAB-1 to LAB-6, PTH-1: whether each column that is read keeps a path when labels are compared with levels.

mod hear;
mod level;

use odpsh::model::{Action, ObjectKind, Principal};
use odpsh::security::{Access, Columns, Rights};

use super::project::{belongs, is_member};
use super::{Asked, Hearing, Passed, Why};
use crate::it::worlds::{Project, Spot, Table};

/// Whose level is too low.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// That of whose rights count.
    Subject,
    /// That of a package.
    Package,
    /// That of who calls a function, or uses a table resource.
    Caller,
}

/// A column that is read, where its label counts.
struct Reading<'a, 'w> {
    asked: &'a Asked,
    project: &'w Project,
    table: &'w Table,
    column: &'a str,
    label: u8,
}

/// Up to which label a column is read, by each path that is open to it.
struct Levels {
    own: Option<u8>,
    packages: Option<u8>,
    /// Those of who is asked besides.
    callers: Vec<u8>,
}

impl Levels {
    /// The highest of the paths.
    fn subject(&self) -> u8 {
        self.own.max(self.packages).unwrap_or_default()
    }

    fn pass(&self, label: u8) -> bool {
        self.subject() >= label && self.callers.iter().all(|level| *level >= label)
    }
}

impl<'w> Hearing<'w> {
    /// LAB-6: what reads: the columns of a table or view that are selected or downloaded; of the whole, all. `count(*)`, names and
    /// types read none. In the order of the table.
    pub(super) fn columns_read(&self, access: &Access) -> Vec<String> {
        let Some(table) = self.table(access).filter(|_| matches!(access.action, Action::Select | Action::Download))
        else {
            return Vec::new();
        };
        let read = |column: &&String| match &access.columns {
            Columns::Whole => true,
            Columns::Read(some) => some.contains(*column),
        };
        table.columns.iter().filter(read).cloned().collect()
    }

    fn table(&self, access: &Access) -> Option<&'w Table> {
        match self.world.spot(&access.object) {
            Some(Spot::Table(place)) => Some(&self.world.tables[place]),
            _ => None,
        }
    }

    /// The label stage, after all accesses: each column of each access keeps a path, or the first that has none is told (LAB-7).
    pub(super) fn labels(&mut self) -> Passed {
        for asked in self.asked.clone().iter().flatten() {
            let (Some(project), Some(table)) =
                (self.world.project(asked.access.object.project.id), self.table(&asked.access))
            else {
                continue;
            };
            for column in self.columns_read(&asked.access) {
                let label = self.label_of(table, &column);
                self.label(&Reading { asked, project, table, column: &column, label })?;
            }
            self.hear_of_count(asked, project, table);
        }
        Ok(())
    }

    fn label(&mut self, reading: &Reading<'_, 'w>) -> Passed {
        let levels = self.levels(reading);
        let passes = levels.pass(reading.label);
        // LAB-1: when on.
        if !reading.project.checks_labels {
            if !passes {
                self.say("LAB-1 when on", true);
            }
            return Ok(());
        }
        self.hear_of_label(reading, &levels);
        if passes {
            return Ok(());
        }
        let (subject, label) = (levels.subject(), reading.label);
        let (level, whose) = match levels {
            _ if subject >= label => {
                (levels.callers.iter().copied().find(|level| *level < label).unwrap_or_default(), Whose::Caller)
            }
            Levels { own: Some(own), .. } if own == subject => (own, Whose::Subject),
            _ => (subject, Whose::Package),
        };
        let access = &reading.asked.access;
        let rule = match (whose, &access.rights) {
            (Whose::Package, _) => "LAB-4",
            (Whose::Subject, Rights::Invoker) => "LAB-1",
            _ => "LAB-6",
        };
        let (object, column) = (access.object.to_string(), reading.column.to_owned());
        Err((rule, Why::Label { object, column, label, level, whose }))
    }

    /// PTH-1: a path stays only if it passes permission and label by itself.
    fn levels(&mut self, Reading { asked, project, table, column, .. }: &Reading<'_, 'w>) -> Levels {
        let access = &asked.access;
        let callers = self.asked_besides(&access.rights);
        let caller = |rights: &Rights| self.level_of_caller(rights, project, table, column);
        Levels {
            callers: callers.iter().map(caller).collect(),
            packages: self.level_by_packages(access, column),
            own: self.level_on_own_path(access, project, table, column),
        }
    }

    /// LAB-6: behind functions and table resources, which have no label, both the maker's and the caller's. What a function is made of
    /// is read as its maker's (UDF-2): so that is the caller of what is behind it, and in the end who runs the statement is.
    fn asked_besides(&self, rights: &Rights) -> Vec<Rights> {
        let Rights::Definer { view, .. } = rights else { return Vec::new() };
        if !matches!(view.kind, ObjectKind::Function | ObjectKind::Resource) {
            return Vec::new();
        }
        let used = self.request.accesses().filter(|used| used.object == *view && used.rights != Rights::Invoker);
        let mut callers = Vec::new();
        for rights in used.map(|used| &used.rights) {
            callers.push(rights.clone());
            callers.extend(self.asked_besides(rights).into_iter().filter(|beyond| *beyond != Rights::Invoker));
        }
        callers.push(Rights::Invoker);
        callers
    }

    /// LAB-1: a caller has an effective level, and no path of its own to what is behind a function or resource.
    fn level_of_caller(&self, rights: &Rights, project: &Project, table: &Table, column: &str) -> u8 {
        let who = rights.subject(&self.request.principal);
        who.map_or(0, |who| self.own_level(who, project, table, column))
    }

    /// PTH-2: on the own path the principal's label, where that path is open to the column.
    fn level_on_own_path(&mut self, access: &Access, project: &'w Project, table: &Table, column: &str) -> Option<u8> {
        let columns = Columns::Read([column.to_owned()].into());
        let who: Principal = access.subject(&self.request.principal)?.clone();
        let heard = self.heard.len();
        let open = is_member(project, &who) && self.own_path(&Access { columns, ..access.clone() }, project).is_ok();
        self.heard.truncate(heard);
        open.then(|| self.own_level(&who, project, table, column))
    }

    /// LAB-1: a column's own label before the table's. LAB-3: a clone keeps the labels that its source had then, whatever the source got since.
    fn label_of(&self, table: &Table, column: &str) -> u8 {
        let place = table.columns.iter().position(|known| known == column);
        let of = |label: u8, columns: &[Option<u8>]| place.and_then(|place| columns[place]).unwrap_or(label);
        match table.clone_of.filter(|_| !table.relabelled).map(|source| &self.world.tables[source]) {
            None => of(table.label, &table.column_labels),
            Some(Table { labels_when_cloned: Some((label, columns)), .. }) => of(*label, columns),
            Some(source) => of(source.label, &source.column_labels),
        }
    }

    /// PTH-1: whether a column keeps a package path.
    pub(super) fn keeps_package(&self, access: &Access, column: &str) -> bool {
        let Some(level) = self.level_by_packages(access, column) else { return false };
        let (Some(project), Some(table)) = (self.world.project(access.object.project.id), self.table(access)) else {
            return true;
        };
        if !project.checks_labels {
            return true;
        }
        let label = self.label_of(table, column);
        let passes = |rights: &Rights| self.level_of_caller(rights, project, table, column) >= label;
        level >= label && self.asked_besides(&access.rights).iter().all(passes)
    }
}
