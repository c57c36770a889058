use crate::error::Result;
use crate::model::{AccessKeyId, AccountId, Principal, ProjectId, Time};
use crate::security::{Facts, Request};
use crate::store::Snapshot;

/// What a decision rests on: as long as none of it moves, the request is decided the same (STG-2).
#[derive(Debug, Clone)]
pub struct Basis {
    principal: Principal,
    account: Option<AccountId>,
    key: Option<AccessKeyId>,
    /// Whether the session's account was there, and its key enabled.
    signed_in: bool,
    /// Security version of every project touched.
    versions: Vec<(ProjectId, Option<i64>)>,
    /// The first moment at which time alone may change the decision.
    until: Option<Time>,
}

impl Basis {
    /// What the decision about a request rests on in this state.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn of(request: &Request, until: Option<Time>, snapshot: &Snapshot<'_>) -> Result<Self> {
        let version = |id: ProjectId| Ok((id, snapshot.version(id)?));
        Ok(Self {
            principal: request.principal.clone(),
            account: request.account,
            key: request.key.clone(),
            signed_in: is_signed_in(&request.principal, request.account, request.key.as_ref(), snapshot)?,
            versions: request.projects().into_iter().map(version).collect::<Result<_>>()?,
            until,
        })
    }

    /// Whether none of it moved.
    ///
    /// # Errors
    /// The state cannot be read.
    pub fn holds(&self, snapshot: &Snapshot<'_>, now: Time) -> Result<bool> {
        if self.until.is_some_and(|until| now >= until)
            || is_signed_in(&self.principal, self.account, self.key.as_ref(), snapshot)? != self.signed_in
        {
            return Ok(false);
        }
        for (id, version) in &self.versions {
            if snapshot.version(*id)? != *version {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

fn is_signed_in(
    principal: &Principal,
    account: Option<AccountId>,
    key: Option<&AccessKeyId>,
    snapshot: &Snapshot<'_>,
) -> Result<bool> {
    let key_ended = match (key, account) {
        (Some(key), Some(account)) => !snapshot.is_key_enabled(key, account)?,
        _ => false,
    };
    Ok(!key_ended && snapshot.account_exists(principal, account)?)
}
