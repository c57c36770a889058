use super::effect::Effect;
use super::principal::PrincipalPattern;
use super::statement::Statement;

/// One statement on one resource, as `show grants` and `describe role` list it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedStatement {
    /// What it does.
    pub effect: Effect,
    /// The principals it names, `*` for everyone; empty in the policy of a role.
    pub principals: Vec<String>,
    /// The actions as they are written, without `odps:`.
    pub actions: Vec<String>,
    /// The resource, without `acs:odps:*:`.
    pub resource: String,
    /// Whether it has conditions.
    pub conditional: bool,
}

impl ListedStatement {
    /// The entries of a statement.
    pub(super) fn of(statement: &Statement) -> impl Iterator<Item = Self> {
        let principals = |principal: &PrincipalPattern| match principal.named() {
            Some(principal) => principal.to_string(),
            None => "*".to_owned(),
        };
        statement.resources.iter().map(move |resource| Self {
            effect: statement.effect,
            principals: statement.principals.iter().map(principals).collect(),
            actions: statement.shown.clone(),
            resource: resource.rest().to_owned(),
            conditional: !statement.conditions.is_empty(),
        })
    }
}
