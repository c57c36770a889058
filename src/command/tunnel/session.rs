//! `tunnel show`, `tunnel purge`, `tunnel help`: the caller's own transfers only.

use crate::command::bound::{Bound, Context};
use crate::command::outcome::{Listing, Outcome};
use crate::error::{Code, Error, Result};
use crate::model::{Principal, Time};
use crate::security::{Request, Requirement};
use crate::store::{LineKind, Snapshot, TransferKind};
use crate::syntax::tunnel::{Command, SessionId, usage};

/// Sessions that are listed. Source: odpscmd.
const LISTED: u64 = 20;
/// Days after which sessions are forgotten. Source: odpscmd.
const DAYS: u64 = 3;
/// Milliseconds of a day.
const DAY: i64 = 86_400_000;

fn own(context: &Context<'_>) -> Request {
    Request::in_session(context, vec![Requirement::None("it concerns the caller's own transfers only")])
}

pub(super) fn bind_history(number: Option<u64>, context: &Context<'_>) -> Bound {
    let principal = context.principal.clone();
    Bound::show(own(context), move |snapshot| {
        let sessions = snapshot.tunnel_sessions(&principal, number.unwrap_or(LISTED))?;
        let row = |session: &crate::store::TunnelSession| {
            let command = session.command.strip_prefix("tunnel ").unwrap_or(&session.command);
            vec![(&session.id).into(), session.status.name().into(), command.into()]
        };
        // The newest is last, as in the client.
        Ok(Outcome::listing(Listing::Transfers, sessions.iter().rev().map(row).collect()))
    })
}

pub(super) fn bind_log(session: Option<&SessionId>, context: &Context<'_>) -> Bound {
    bind_lines(session, LineKind::Log, None, context)
}

/// The records that an upload left out. Source: odpscmd; what is wrong with them is in the log.
pub(super) fn bind_bad(session: Option<&SessionId>, context: &Context<'_>) -> Bound {
    bind_lines(session, LineKind::Bad, Some(TransferKind::Upload), context)
}

fn bind_lines(
    session: Option<&SessionId>,
    kind: LineKind,
    transfers: Option<TransferKind>,
    context: &Context<'_>,
) -> Bound {
    let (principal, session) = (context.principal.clone(), session.cloned());
    Bound::show(own(context), move |snapshot| {
        let found = find(&principal, session.as_ref(), transfers, snapshot)?;
        Ok(Outcome::names(Listing::TransferLines, snapshot.tunnel_lines(&found.id, kind)?))
    })
}

/// A principal's session, or its last one.
///
/// # Errors
/// There is none; the same for one of somebody else.
pub(super) fn find(
    principal: &Principal,
    session: Option<&SessionId>,
    kind: Option<TransferKind>,
    snapshot: &Snapshot<'_>,
) -> Result<crate::store::TunnelSession> {
    let found = snapshot.tunnel_session(principal, session.map(|session| session.text.as_str()), kind)?;
    found.ok_or_else(|| {
        // Source: odpscmd.
        let error =
            Error::new(Code::NotFound, "previous session not found.").help("`tunnel show history;` lists yours");
        match session {
            Some(session) => error.at(session.span),
            None => error,
        }
    })
}

/// Prints the ids of what is forgotten. Source: odpscmd.
pub(super) fn bind_purge(days: Option<u64>, context: &Context<'_>) -> Bound {
    let principal = context.principal.clone();
    let age = i64::try_from(days.unwrap_or(DAYS)).unwrap_or(i64::MAX).saturating_mul(DAY);
    Bound::change(own(context), move |write, now| {
        let purged = write.purge_tunnel(&principal, Time(now.0.saturating_sub(age)))?;
        Ok(Outcome::names(Listing::PurgedTransfers, purged))
    })
}

pub(super) fn bind_help(command: Option<Command>, context: &Context<'_>) -> Bound {
    let request = Request::in_session(context, vec![Requirement::None("help is for everyone")]);
    Bound::show(request, move |_| Ok(Outcome::lines(usage(command))))
}
