use super::record::DraftRecord;
use super::service::Service;
use super::session::Options;
use crate::error::{Code, Error, Result};
use crate::model::AuditVerdict;
use crate::store::{Account, AuditRecord};

/// The account of the session. That somebody failed to sign in is recorded, without what was given as a secret.
pub(super) fn sign_in(service: &Service, options: &Options) -> Result<Account> {
    let found = account_of(service, options);
    if let Err(error) = &found {
        let tried = match (&options.key, &options.user) {
            // What has another form may be a secret in the wrong place, or more than a word.
            (Some((id, _)), _) if id.len() <= 64 && id.chars().all(|letter| letter.is_ascii_alphanumeric()) => {
                format!("accessKeyId {id}")
            }
            (Some(_), _) => "accessKeyId of no valid form".to_owned(),
            (None, Some(user)) => user.to_string(),
            (None, None) => String::new(),
        };
        let record = AuditRecord {
            verdict: AuditVerdict::Failed,
            code: Some(error.code.number()),
            ..DraftRecord::outside(&tried, "sign in", service.world.now())
        };
        service.audit(&record)?;
    }
    found
}

fn account_of(service: &Service, options: &Options) -> Result<Account> {
    let snapshot = service.store.read()?;
    if let Some((id, secret)) = &options.key {
        return match snapshot.account_by_key(id, secret)? {
            Some(account) => Ok(account),
            // Source: JSDK.
            None => Err(Error::new(
                Code::AccessDenied,
                "Invalid credentials - accessKeyId not found, or its secret does not match",
            )
            .help("`.account key <principal>` creates a new pair")),
        };
    }
    let wanted = options.user.clone().unwrap_or_else(|| service.first.clone());
    if let Some(account) = snapshot.account(&wanted)? {
        return Ok(account);
    }
    match (&options.user, snapshot.accounts()?.into_iter().next()) {
        // Another system user on the same state: a user who may write the file may sign in as its first account (BND-1).
        (None, Some(account)) => Ok(account),
        _ => Err(Error::new(Code::Principal, format!("Invalid account Name {wanted}"))
            .help("`.account list` lists the accounts, `.account create <principal>` creates one")),
    }
}
