use super::record::DraftRecord;
use super::service::Service;
use super::session::Options;
use crate::error::{Code, Error, Result};
use crate::model::{AccessKeyId, AuditVerdict, Principal, Source};
use crate::signature::{self, Authorization, Refusal, Request};
use crate::store::{Account, AuditRecord};

/// Who signed in, and with which AccessKey pair, if with one.
pub(super) struct SignedIn {
    pub account: Account,
    pub key: Option<AccessKeyId>,
}

/// The account of the session. That somebody failed to sign in is recorded, without what was given as a secret (KEY-1).
pub(super) fn sign_in(service: &Service, options: &Options) -> Result<SignedIn> {
    if let Some(pair) = &options.key {
        let request = first_request(options.project.as_deref(), service)?;
        let region = options.region.as_deref();
        let authorization = signature::sign(&request, &pair.id, &pair.secret, region).unwrap_or_default();
        return service.authenticate(&request, &authorization, &Source::default());
    }
    let found = account_of(service, options);
    if let Err(error) = &found {
        let who = options.user.as_ref().map(ToString::to_string).unwrap_or_default();
        service.record_refusal(&who, &Source::default(), error.code)?;
    }
    found.map(|account| SignedIn { account, key: None })
}

/// What a client asks first. The shell signs it as a client of the service does, and verifies it as the service does.
fn first_request(project: Option<&str>, service: &Service) -> Result<Request> {
    let target = format!("/projects/{}", project.unwrap_or_default().replace(['%', '?'], ""));
    let date = signature::http_date(service.world.now()).unwrap_or_default();
    let agent = concat!("odpsh/", env!("CARGO_PKG_VERSION"));
    Request::new("GET", &target, [("date", date.as_str()), ("x-odps-user-agent", agent)])
        .ok_or_else(|| Error::new(Code::Credentials, "a request cannot be signed"))
}

impl Service {
    /// Whose AccessKey pair signed a request: what a server asks for each one. A refusal is recorded.
    ///
    /// # Errors
    /// The request is refused, or the root key is missing.
    pub fn principal_of(&self, request: &Request, authorization: &str, source: &Source) -> Result<Principal> {
        self.authenticate(request, authorization, source).map(|signed_in| signed_in.account.principal)
    }

    /// Who signed a request. A refusal is recorded, with the id of the key (AUD-1).
    ///
    /// # Errors
    /// The request is refused, or the root key is missing.
    pub(super) fn authenticate(&self, request: &Request, authorization: &str, source: &Source) -> Result<SignedIn> {
        let found = Authorization::parse(authorization).map_err(refused).and_then(|given| self.verify(request, &given));
        if let Err(error) = &found {
            let id = Authorization::parse(authorization).ok().and_then(|given| AccessKeyId::parse(&given.id));
            // What has another form may be a secret in the wrong place.
            let who = id.map_or("accessKeyId of no valid form".to_owned(), |id| format!("accessKeyId {id}"));
            self.record_refusal(&who, source, error.code)?;
        }
        found
    }

    fn verify(&self, request: &Request, given: &Authorization) -> Result<SignedIn> {
        let snapshot = self.store.read()?;
        let found = AccessKeyId::parse(&given.id).map(|id| snapshot.access_key(&id)).transpose()?.flatten();
        let Some((key, wrapped)) = found.filter(|(key, _)| key.enabled) else {
            return Err(refused(Refusal::KeyNotFound));
        };
        let secret = self.root_keys.unwrapped((&key.id, key.account), &wrapped)?;
        signature::verify(request, given, &secret, self.world.now()).map_err(refused)?;
        match snapshot.account(&key.principal)? {
            Some(account) => Ok(SignedIn { account, key: Some(key.id) }),
            None => Err(refused(Refusal::KeyNotFound)),
        }
    }

    fn record_refusal(&self, who: &str, source: &Source, code: Code) -> Result<()> {
        self.audit(&AuditRecord {
            verdict: AuditVerdict::Failed,
            code: Some(code.number()),
            source: source.to_string(),
            ..DraftRecord::outside(who, "sign in", self.world.now())
        })
    }
}

fn refused(refusal: Refusal) -> Box<Error> {
    let (code, help) = match refusal {
        Refusal::Malformed | Refusal::KeyNotFound => (
            Code::Credentials,
            "`.account key list` lists the AccessKeys, `.account key create <principal>` creates one",
        ),
        Refusal::Mismatch => (Code::Signature, "give the secret that was shown when the AccessKey was created"),
        Refusal::Expired { .. } => (Code::RequestExpired, "set the clock of the client"),
    };
    Error::new(code, refusal.message()).help(help)
}

fn account_of(service: &Service, options: &Options) -> Result<Account> {
    let snapshot = service.store.read()?;
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
