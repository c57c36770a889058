//! Random labels, levels and label grants.

use fastrand::Rng;
use odpsh::model::{Grantee, LabelGrant, Level, RoleName, Time};

use super::{NOW, ROLES};
use crate::it::worlds::{Installation, LabelInside, Spot, World, chance, pick};

impl World {
    /// Labels of data and levels of those who read it, low more often than high, so that both outcomes happen.
    pub(super) fn add_labels(&mut self, rng: &mut Rng) {
        for project in &mut self.projects {
            project.checks_labels = chance(rng, 50);
            let users = std::iter::once(&project.owner).chain(&project.members).cloned().map(Grantee::User);
            let roles = ROLES.map(|role| Grantee::Role(RoleName::new(role)));
            let labelled = users.chain(roles).filter(|_| chance(rng, 55)).collect::<Vec<_>>();
            project.levels = labelled.into_iter().map(|grantee| (grantee, low(rng))).collect();
        }
        for place in 0..self.tables.len() {
            let columns = self.tables[place].columns.clone();
            let label_grants = self.random_label_grants(&columns, 8, &[], rng);
            let table = &mut self.tables[place];
            table.label = if chance(rng, 35) { low(rng) } else { 0 };
            table.column_labels = columns.iter().map(|_| chance(rng, 30).then(|| low(rng))).collect();
            table.label_grants = label_grants;
        }
        self.label_clones(rng);
        for place in 0..self.installations.len() {
            self.installations[place].labels_inside = self.random_labels_inside(&self.installations[place], rng);
        }
    }

    /// A clone has the labels that its source had then, whatever was set on either since (LAB-3).
    fn label_clones(&mut self, rng: &mut Rng) {
        for place in 0..self.tables.len() {
            let Some(source) = self.tables[place].clone_of else { continue };
            let then = (self.tables[source].label, self.tables[source].column_labels.clone());
            let (label, columns) = self.tables[source].labels_when_cloned.clone().unwrap_or(then);
            let clone = &mut self.tables[place];
            clone.relabelled = chance(rng, 20);
            if clone.relabelled {
                clone.label = low(rng);
                clone.column_labels.iter_mut().for_each(|own| *own = Some(low(rng)));
            } else {
                (clone.label, clone.column_labels) = (label, columns);
            }
            let source = &mut self.tables[source];
            if source.labels_when_cloned.is_none() && chance(rng, 45) {
                source.labels_when_cloned = Some((source.label, source.column_labels.clone()));
                source.label = low(rng);
                source.column_labels.iter_mut().for_each(|own| *own = Some(low(rng)));
            }
        }
    }

    /// To anyone: who is no member holds them asleep, and so does a role that is gone (ACC-9).
    fn random_label_grants(
        &self,
        columns: &[String],
        most: usize,
        wanted: &[&Grantee],
        rng: &mut Rng,
    ) -> Vec<LabelGrant> {
        let mut grants: Vec<LabelGrant> = Vec::new();
        for _ in 0..rng.usize(0..most) {
            let grantee = match rng.u32(0..10) {
                _ if !wanted.is_empty() && chance(rng, 65) => (*pick(rng, wanted)).clone(),
                0..6 => Grantee::User(pick(rng, &self.people).clone()),
                6..9 => Grantee::Role(RoleName::new(pick::<&str>(rng, &ROLES))),
                _ => Grantee::Role(RoleName::new("gone")),
            };
            // Often on a column after the table.
            let (grantee, column) = match grants.last() {
                Some(last) if last.column.is_none() && chance(rng, 45) => {
                    (last.grantee.clone(), Some(pick(rng, columns).clone()))
                }
                _ => (grantee, chance(rng, 35).then(|| pick(rng, columns).clone())),
            };
            // The same again would replace it.
            if grants.iter().any(|grant| grant.grantee == grantee && grant.column == column) {
                continue;
            }
            // What is given on the table alone is now and then more than anything asks for.
            let level = if column.is_none() && chance(rng, 25) { 9 } else { low(rng) };
            let level = Level::new(level).expect("a level");
            let expires = chance(rng, 30).then(|| Time(NOW.0 + rng.i64(-1..3) * 1000));
            let grantor = pick(rng, &self.people).clone();
            grants.push(LabelGrant { level, column, grantee, grantor, granted: Time(NOW.0 - 5_000), expires });
        }
        grants
    }

    /// Mostly for those who hold something inside, and now and then above what the package gives: its creator may have allowed it again,
    /// with less.
    fn random_labels_inside(&self, installation: &Installation, rng: &mut Rng) -> Vec<LabelInside> {
        let package = &self.packages[installation.package];
        let mut labels = Vec::new();
        for (item, listed) in package.items.iter().enumerate() {
            let Spot::Table(table) = listed.object else { continue };
            if !self.may_be_given_inside(installation, item) {
                continue;
            }
            let holders: Vec<&Grantee> = installation
                .inside
                .iter()
                .filter(|inside| inside.item == item)
                .map(|inside| &inside.grant.grantee)
                .collect();
            let most = if holders.is_empty() { 2 } else { 6 };
            let grants = self.random_label_grants(&self.tables[table].columns, most, &holders, rng);
            labels.extend(grants.into_iter().map(|grant| LabelInside { item, grant }));
        }
        labels
    }
}

/// A label or level, low more often than high.
fn low(rng: &mut Rng) -> u8 {
    match rng.u32(0..100) {
        0..15 => 0,
        15..40 => 1,
        40..60 => 2,
        60..75 => 3,
        75..85 => 4,
        _ => rng.u8(5..10),
    }
}
