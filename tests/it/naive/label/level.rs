//! LAB-1, LAB-4, LAB-5, ACC-9: up to which label somebody reads.

use odpsh::model::{Grantee, LabelGrant, Principal, Time};
use odpsh::security::Access;

use super::{Hearing, belongs, is_member};
use crate::it::naive::package::Ground;
use crate::it::worlds::{Installation, Project, Table};

impl Hearing<'_> {
    /// LAB-1: the highest of its own level, the levels of its roles, and, for itself and for each role, the label grant. Who is no
    /// member has level 0 (LAB-3), and its grants sleep (ACC-9).
    pub(super) fn own_level(&self, who: &Principal, project: &Project, table: &Table, column: &str) -> u8 {
        if !is_member(project, who) {
            return 0;
        }
        let grants: Vec<&LabelGrant> = table.label_grants.iter().collect();
        let of = |grantee: &Grantee| set(project, grantee).max(granted(&grants, grantee, column, self.now));
        grantees(project, who).iter().map(of).max().unwrap_or_default()
    }

    /// LAB-4: the highest level of the packages that may be used and that open the column.
    pub(super) fn level_by_packages(&self, access: &Access, column: &str) -> Option<u8> {
        let world = self.world;
        let current = world.project(self.request.current.as_ref()?.id)?;
        let spot = world.spot(&access.object)?;
        if current.id == access.object.project.id {
            return None;
        }
        let mut highest = None;
        for installation in &world.installations {
            let items = &world.packages[installation.package].items;
            for (place, item) in items.iter().enumerate().filter(|(_, item)| item.object == spot) {
                if self.is_over(installation, item, current).is_none() {
                    highest = highest.max(self.level_by_package(access, installation, place, column));
                }
            }
        }
        highest
    }

    /// LAB-4: for who holds Read on the package, or manages the installing project, the `using label`; for who comes by a fine-grained
    /// grant 0, raised by label grants inside the package, at most to the `using label`.
    fn level_by_package(&self, access: &Access, installation: &Installation, place: usize, column: &str) -> Option<u8> {
        let using = self.using_label(installation)?;
        match self.ground(access, installation, place) {
            Ground::Manages | Ground::Read | Ground::Policy => Some(using),
            Ground::Inside(some) => {
                let opens = some.whole || some.columns.contains(column);
                opens.then(|| using.min(self.level_inside(access, installation, place, column)))
            }
            Ground::NotListed
            | Ground::Stranger
            | Ground::Denied
            | Ground::Ignored
            | Ground::Ended
            | Ground::Nothing => None,
        }
    }

    pub(super) fn using_label(&self, installation: &Installation) -> Option<u8> {
        let allowed = &self.world.packages[installation.package].allowed;
        let now = allowed.iter().find(|allowance| allowance.project == installation.project && !allowance.ended);
        now.map(|allowance| allowance.label)
    }

    /// What label grants inside a package raise it to, without the ceiling.
    pub(super) fn level_inside(&self, access: &Access, installation: &Installation, place: usize, column: &str) -> u8 {
        let (Some(who), Some(project)) =
            (access.subject(&self.request.principal), self.world.project(installation.project))
        else {
            return 0;
        };
        let inside = installation.labels_inside.iter().filter(|inside| inside.item == place);
        let grants: Vec<&LabelGrant> = inside.map(|inside| &inside.grant).collect();
        let of = |grantee: &Grantee| granted(&grants, grantee, column, self.now);
        grantees(project, who).iter().map(of).max().unwrap_or_default()
    }
}

/// Somebody, and the roles that it holds as a member.
pub(super) fn grantees(project: &Project, who: &Principal) -> Vec<Grantee> {
    let held = project.roles.iter().filter(|role| belongs(project, who) && role.users.contains(who));
    let roles = held.map(|role| Grantee::Role(role.name.clone()));
    std::iter::once(Grantee::User(who.clone())).chain(roles).collect()
}

/// The level that was set for a member or role.
pub(super) fn set(project: &Project, grantee: &Grantee) -> u8 {
    project.levels.iter().find(|(holder, _)| holder == grantee).map_or(0, |(_, level)| *level)
}

/// LAB-1, LAB-5: the valid label grant on the column or, only where that grantee has none, on the table.
pub(super) fn granted(grants: &[&LabelGrant], grantee: &Grantee, column: &str, now: Time) -> u8 {
    let on = |place: Option<&str>| {
        let valid = |grant: &&&LabelGrant| {
            grant.grantee == *grantee && grant.column.as_deref() == place && grant.expires.is_none_or(|end| now < end)
        };
        grants.iter().find(valid).map(|grant| grant.level.number())
    };
    on(Some(column)).or_else(|| on(None)).unwrap_or_default()
}
