//! What lets somebody read a label: grants, levels, and the label of a package (LAB-1, LAB-4).

use super::{Maker, Route};
use crate::analysis::remedy::Remedy;
use crate::error::Result;
use crate::model::{Level, Object, Principal};
use crate::security::{Access, Change, Facts, Reader, Request, Short, TooHigh, membership};

impl Maker<'_> {
    /// What lets the reader of columns read their labels: a grant for each label, or a higher level; of a package, a higher label for all who
    /// read it, or the own path.
    pub(super) fn label(
        &self,
        access: &Access,
        too_high: &TooHigh,
        route: Route,
        request: &Request,
    ) -> Result<Vec<Remedy>> {
        let (Access { object, .. }, caller) = (access, &request.principal);
        let project = &object.project;
        let highest = too_high.all.iter().map(|short| short.label).max().unwrap_or(too_high.label);
        let who = match &too_high.reader {
            Reader::Package(package) if route.is_by_package() => {
                if self.given_label(package, object, request)?.is_some_and(|given| given >= highest) {
                    return self.label_inside(package, access, too_high, caller);
                }
                let installer = &package.project.name;
                let opens = format!(
                    "what package {} lists, up to label {highest}, to all who read it in project {installer}",
                    package.name
                );
                return Ok(vec![self.step(Change::PackageLabel(project.clone(), package.clone(), highest), opens)?]);
            }
            Reader::User(rights) => rights.subject(caller),
            Reader::Subject | Reader::Package(_) => access.subject(caller),
        };
        let (Some(who), Some(known)) = (who, self.facts.project(project.id)?) else { return Ok(Vec::new()) };
        let mut steps = Vec::new();
        if !membership(self.facts, &known, who)?.is_member() {
            steps.extend(self.member(project, who)?);
        }
        // In place of the package, the own path: what of it is open already needs nothing.
        let is_by_package = matches!(too_high.reader, Reader::Package(_));
        let closed = too_high.all.iter().filter(|short| is_by_package && !short.is_own_open);
        let closed: Vec<String> = closed.map(|short| short.column.clone()).collect();
        if !closed.is_empty() {
            steps.extend(self.privilege(access, &closed, route, caller)?);
        }
        let lacking = too_high.all.iter().filter(|short| !(is_by_package && short.is_own_level_enough));
        let lacking: Vec<&Short> = lacking.collect();
        if route == Route::Level && !lacking.is_empty() {
            let opens = format!("every column that it may select in project {} up to label {highest}", project.name);
            steps.push(self.step(Change::Level(project.clone(), who.clone(), highest), opens)?);
            return Ok(steps);
        }
        let mut labels: Vec<Level> = lacking.iter().map(|short| short.label).collect();
        labels.sort_unstable();
        labels.dedup();
        for label in labels {
            let of_label = lacking.iter().filter(|short| short.label == label);
            let columns = of_label.map(|short| short.column.clone()).collect();
            let opens = format!("these columns of it up to label {label}, for 180 days");
            steps.push(self.step(Change::LabelGrant(object.clone(), who.clone(), label, columns), opens)?);
        }
        Ok(steps)
    }

    /// Label grants on the columns that are too high for an entry inside a package.
    pub(super) fn label_inside(
        &self,
        package: &Object,
        access: &Access,
        too_high: &TooHigh,
        caller: &Principal,
    ) -> Result<Vec<Remedy>> {
        let Some(who) = access.subject(caller) else { return Ok(Vec::new()) };
        let mut labels: Vec<Level> = too_high.all.iter().map(|short| short.label).collect();
        labels.sort_unstable();
        labels.dedup();
        let mut steps = Vec::new();
        for label in labels {
            let is_of_label = |short: &&Short| short.label == label;
            let columns = too_high.all.iter().filter(is_of_label).map(|short| short.column.clone()).collect();
            let project = &package.project.name;
            let opens = format!("these columns of it up to label {label}, from project {project} alone, for 180 days");
            let change = Change::LabelInside(package.clone(), access.object.clone(), who.clone(), label, columns);
            steps.push(self.step(change, opens)?);
        }
        Ok(steps)
    }
}
