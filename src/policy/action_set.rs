use crate::model::Action;

/// A set of actions: one bit for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActionSet(u128);

/// There is a bit for every action: otherwise this does not compile.
const _: usize = 128 - Action::ALL.len();

impl ActionSet {
    /// Whether the action is in it.
    pub fn contains(self, action: Action) -> bool {
        self.0 & bit(action) != 0
    }

    /// The set, and this action.
    pub fn with(self, action: Action) -> Self {
        Self(self.0 | bit(action))
    }

    /// The set without this action.
    pub fn without(self, action: Action) -> Self {
        Self(self.0 & !bit(action))
    }

    /// What is in one of the two.
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    pub fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this one and not in the other.
    pub fn difference(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it has no action.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The actions, in the order of their table.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL.iter().copied().filter(move |action| self.contains(*action))
    }

    /// Every action that is not management.
    pub fn of_objects() -> Self {
        Action::ALL.iter().copied().filter(|action| !action.is_management()).collect()
    }

    /// What makes tenant resources.
    pub fn making_tenant_resources() -> Self {
        Action::ALL.iter().copied().filter(|action| action.makes_tenant_resources()).collect()
    }

    /// What `All` is in a policy: every object action but Download (POL-5).
    pub fn all_but_download() -> Self {
        Self::of_objects().without(Action::Download)
    }

    /// Every management action.
    pub fn of_management() -> Self {
        Action::ALL.iter().copied().filter(|action| action.is_management()).collect()
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        actions.into_iter().fold(Self::default(), Self::with)
    }
}

fn bit(action: Action) -> u128 {
    1 << (action as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_has_a_bit_of_its_own() {
        for action in Action::ALL.iter().copied() {
            assert_eq!(ActionSet::default().with(action).iter().collect::<Vec<_>>(), [action]);
        }
        let all = ActionSet::of_objects().union(ActionSet::of_management());
        assert_eq!(all.iter().count(), Action::ALL.len());
        assert!(ActionSet::of_objects().intersection(ActionSet::of_management()).is_empty());
    }
}
