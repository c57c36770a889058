/// What a statement does to what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// It opens a path.
    Allow,
    /// It closes every path (POL-3).
    Deny,
}

impl Effect {
    /// Both.
    pub const ALL: [Effect; 2] = [Self::Allow, Self::Deny];

    /// The word in a policy.
    pub fn name(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }

    /// The effect of this name, in any case of letters (POL-1).
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.name().eq_ignore_ascii_case(name))
    }
}
