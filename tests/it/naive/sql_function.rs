//! UDF-2: the body of a SQL function is its maker's, as a view's.

use odpsh::model::{Action, ObjectKind};
use odpsh::security::{Access, Rights};

use super::Hearing;
use crate::it::worlds::Spot;

impl Hearing<'_> {
    /// What an access inside such a body led to.
    pub(super) fn hear_of_sql_function(&mut self, access: &Access, passes: bool) {
        let Rights::Definer { view, .. } = &access.rights else { return };
        let is_sql = match self.world.spot(view) {
            Some(Spot::Other(function)) => !self.world.others[function].reads.is_empty(),
            _ => false,
        };
        if view.kind != ObjectKind::Function || !is_sql {
            return;
        }
        self.say("UDF-2 the body of a SQL function is its maker's", passes);
        if access.action == Action::Execute {
            self.say("UDF-2 what it calls is its maker's as well", passes);
        }
    }
}
