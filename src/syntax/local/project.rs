use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use super::Statement;
use crate::model::DEFAULT_KEY;
use crate::syntax::parser::{Name, Parsed, Tokens, keyword, keywords, name, principal};
use crate::syntax::phrase::new_name;
use crate::syntax::tenant_resource::key_name;

/// What follows `.project`.
pub(super) fn project(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    let owner = opt(preceded(keyword("owner"), principal));
    // Without a name, the default key of the owner.
    let encrypted = keyword("encrypted").map(|span| Name { text: DEFAULT_KEY.to_owned(), span });
    let key = opt(alt((preceded(keywords("encrypted with key"), key_name), encrypted)));
    alt((
        preceded(keyword("create"), (new_name, owner, key)).map(|(project, owner, key)| Statement::ProjectCreate {
            project,
            owner,
            key,
        }),
        preceded(keyword("drop"), name).map(|project| Statement::ProjectDrop { project }),
        preceded(keyword("freeze"), name).map(|project| Statement::ProjectFreeze { project, frozen: true }),
        preceded(keyword("restore"), name).map(|project| Statement::ProjectFreeze { project, frozen: false }),
    ))
    .parse(tokens)
}
