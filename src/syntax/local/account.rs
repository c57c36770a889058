use nom::Parser;
use nom::branch::alt;
use nom::combinator::{opt, value};
use nom::sequence::preceded;

use super::Statement;
use crate::error::{Code, Error};
use crate::model::AccessKeyId;
use crate::syntax::parser::{Parsed, Tokens, glued, keyword, principal, wrong};

/// What follows `.account`.
pub(super) fn account(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keyword("create"), principal).map(|principal| Statement::AccountCreate { principal }),
        preceded(keyword("drop"), principal).map(|principal| Statement::AccountDrop { principal }),
        value(Statement::AccountList, keyword("list")),
        preceded(keyword("key"), account_key),
    ))
    .parse(tokens)
}

fn account_key(tokens: Tokens<'_>) -> Parsed<'_, Statement> {
    alt((
        preceded(keyword("create"), principal).map(|principal| Statement::KeyCreate { principal }),
        preceded(keyword("list"), opt(principal)).map(|principal| Statement::KeyList { principal }),
        preceded(keyword("disable"), access_key_id).map(|id| Statement::KeyEnable { id, on: false }),
        preceded(keyword("enable"), access_key_id).map(|id| Statement::KeyEnable { id, on: true }),
        preceded(keyword("delete"), access_key_id).map(|id| Statement::KeyDelete { id }),
    ))
    .parse(tokens)
}

/// What is given may be a secret in the wrong place: a message does not repeat it.
fn access_key_id(tokens: Tokens<'_>) -> Parsed<'_, AccessKeyId> {
    let (rest, text) = glued("an AccessKey ID").parse(tokens)?;
    match AccessKeyId::parse(&text.text) {
        Some(id) => Ok((rest, id)),
        None => wrong(
            Error::new(Code::Parse, "this is not an AccessKey ID, which begins with LTAI and has letters and digits")
                .at(text.span)
                .help("`.account key list` lists the AccessKeys"),
        ),
    }
}
